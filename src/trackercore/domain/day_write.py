"""What writing one day does to the day and to the streaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from trackercore.domain.amount import ONE
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.outcome import outcome
from trackercore.domain.recorded_days import DayEntry, EntryStatus
from trackercore.domain.streak import StreakState, makes_a_difference

WholeHistory = Literal["whole history"]
"""The answer of `decide` where the streaks have to be counted again."""


class DayValues(NamedTuple):
    """What is recorded on a day; `amount`, in thousandths, is 0 where the day is skipped."""

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
        amount: in thousandths; None for the amount there was, if it was more than 0, and else 1. An
            amount of 0 stays only if a note is given: then the note is what is recorded.
        note: None for the note there was.
        add: add the amount, by default 1, to the amount there was.

    Returns:
        The day; with `add`, its amount may be 0 or less.
    """
    done = before.amount if before is not None and before.status == "done" else None
    if amount is None:
        amount = ONE
        if not add and done is not None and (done > 0 or note is not None):
            amount = done
    if before is not None and note is None:
        note = before.note
    if status == "skipped":
        return DayValues(status, 0, note)
    return DayValues(status, (done or 0) + amount if add else amount, note)


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
    success or neutral, or exceeds its target. A period in the middle of a history, or one that was
    counted already, may join or split runs.

    Args:
        around: the habit before the write.
        day: the day that is written.
        new: what is recorded on it afterwards; None if nothing is.
    """
    rules, state = around.rules, around.state
    if rules.grows:
        if day < rules.starts_on:  # it may become the first day, from which a run can grow
            return "whole history"
        rules = rules.growing(date.max)
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
    if rules.grows and now == "neutral" and not state.streak:
        return "whole history"  # the first period may be partial, and neutral as it is
    is_newest = around.last_day is None or around.last_day <= period.end
    is_counted = makes_a_difference(rules, period, was)
    if was == "neutral" and state.grows_from is None:
        is_counted = False  # it did not touch the run
    if not is_newest or is_counted or not makes_a_difference(rules, period, now):
        return "whole history"
    return state.after(rules, period, now) or "whole history"
