"""Streaks of days: the rule of habits, with periods of one day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from trackercore.domain.amount import ONE
from trackercore.domain.calendar import nonexistent_dates
from trackercore.domain.frequency import Schedule
from trackercore.domain.habit_rules import HabitRules, Pause, ScheduleVersion
from trackercore.domain.recorded_days import DayEntry, RecordedDays
from trackercore.domain.streak import streak_state
from trackercore.schemas import Streak
from trackercore.services._shared.clock import DaySettings

_EVERY_DAY = (ScheduleVersion(date.min, Schedule("daily")),)


def every_day(settings: DaySettings, pauses: Sequence[Pause] = ()) -> HabitRules:
    """Rules by which each day counts, except in a pause and where the calendar has no such day."""
    return HabitRules(_EVERY_DAY, tuple(pauses), nonexistent_dates(*settings))


def streak_of_days(day: date, rules: HabitRules, days: Iterable[date]) -> Streak:
    """The streak on a day.

    Args:
        day: the day from which one looks back; later ones are ignored.
        rules: with periods of one day.
        days: those that succeed, in order.
    """
    recorded = RecordedDays.of(DayEntry(succeeded, ONE) for succeeded in days)
    return Streak.of(streak_state(rules, recorded, day).on(day, rules))
