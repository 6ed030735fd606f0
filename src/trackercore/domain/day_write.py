"""What a write of one day does to the streaks: the decision between its read and its write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.recorded_days import DayEntry
from trackercore.domain.streak import StreakState, outcome

WholeHistory = Literal["whole history"]
"""The answer of `decide` where the streaks have to be counted again."""


@dataclass(frozen=True, slots=True)
class AroundDay:
    """What is known of a habit when one of its days is written.

    Attributes:
        rules: what the history is judged by.
        state: the streaks before the write.
        entries: what is recorded around the day, its whole period at least, sorted by day.
        last_day: the last day on which anything is recorded, if any is.
    """

    rules: HabitRules
    state: StreakState
    entries: Sequence[DayEntry]
    last_day: date | None


def decide(around: AroundDay, day: date, new: DayEntry | None) -> StreakState | WholeHistory:
    """The streaks after a day is written, if what is known of its period tells.

    It does where the period's outcome stays the same, and where the newest period becomes a success
    or neutral. A period in the middle of a history, or one that is a success no more, may join or
    part runs: that takes the whole history.

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
    if is_newest and was != "success" and now != "open":
        return state.after(rules, period, now)
    return "whole history"
