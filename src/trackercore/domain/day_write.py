"""What writing one day does to the day and to the streaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.recorded_days import DayEntry, EntryStatus
from trackercore.domain.streak import StreakState, outcome

WholeHistory = Literal["whole history"]
"""The answer of `decide` where the streaks have to be counted again."""


class DayValues(NamedTuple):
    """What is recorded on a day; `amount` is 1 where the day is skipped."""

    status: EntryStatus
    amount: int
    note: str | None

    def entry(self, day: date) -> DayEntry:
        """What the rules need of it."""
        return DayEntry(day, self.amount if self.status == "done" else None)


def merge(
    before: DayValues | None,
    status: EntryStatus,
    amount: int | None = None,
    note: str | None = None,
    *,
    add: bool = False,
) -> DayValues:
    """A day after a check-in or a skip: what is left out stays as it was recorded.

    Args:
        before: what was recorded, if anything was.
        status: what is recorded now.
        amount: None for the amount there was, or else 1.
        note: None for the note there was.
        add: add the amount, by default 1, to the amount there was.

    Returns:
        The day; with `add`, its amount may be 0 or less.
    """
    if before is not None and note is None:
        note = before.note
    done = before.amount if before is not None and before.status == status else None
    if add:
        return DayValues(status, (done or 0) + (1 if amount is None else amount), note)
    return DayValues(status, amount or done or 1, note)


@dataclass(frozen=True, slots=True)
class AroundDay:
    """What `decide` needs to know of a habit.

    Attributes:
        rules: what the history is judged by. They need not be `begun`: whether the first period is
            neutral or a fail makes no difference to streaks.
        state: the streaks before the write.
        entries: what is recorded around the day, at least in its whole period, sorted by day.
        last_day: the last day on which anything is recorded, if any is.
    """

    rules: HabitRules
    state: StreakState
    entries: Sequence[DayEntry]
    last_day: date | None


def decide(around: AroundDay, day: date, new: DayEntry | None) -> StreakState | WholeHistory:
    """The streaks after the write, or "whole history" if the day's period alone does not decide.

    It decides where the period's outcome stays the same, and where the newest period becomes a
    success or neutral. A period in the middle of a history, or one that no longer succeeds, may
    join or split runs.

    Args:
        around: the habit before the write.
        day: the day that is written.
        new: what is recorded on it afterwards; None if nothing is.
    """
    rules, state = around.rules, around.state
    period = rules.period_on(day)
    if period is None or (rules.starting_streak and rules.starting_streak.covers(period)):
        return state
    before = [entry for entry in around.entries if period.start <= entry.day <= period.end]
    after = [entry for entry in before if entry.day != day]
    if new is not None:
        after.append(new)
    was, now = outcome(rules, period, before), outcome(rules, period, after)
    if was == now:
        return state
    is_newest = around.last_day is None or around.last_day <= period.end
    if is_newest and was != "success" and now != "unmet":
        return state.after(rules, period, now)
    return "whole history"
