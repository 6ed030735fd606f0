"""How often a habit was done on each weekday, of how often it could have been."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.recorded_days import RecordedDays

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Their English names: ISO weekday 1 is the first."""


class DoneOf(NamedTuple):
    """On how many days a habit was done, of how many."""

    done: int
    possible: int


def done_by_weekday(
    rules: HabitRules, recorded: RecordedDays, first: date, last: date, today: date
) -> list[DoneOf]:
    """The days of a range from the habit's first day on, until today: Monday first.

    A day is done if its amount is above 0, or where days count, if it reaches `day_minimum`. It is
    possible if it is done, or if it lies in a period and is over, and is neither skipped, paused
    nor nonexistent.

    Args:
        rules: by which the days are judged, from the first day on: see `HabitRules.begun`.
        recorded: what is recorded on these days.
        first: first day of the range.
        last: its last day.
        today: it is not over.
    """
    done, possible = [0] * 7, [0] * 7
    amounts = dict(recorded)
    for begin, end, schedule in rules.schedules_in_force():
        begin, end = max(begin, first), min(end, last, today)  # noqa: PLW2901
        for ordinal in range(begin.toordinal(), end.toordinal() + 1):
            day = date.fromordinal(ordinal)
            amount = amounts.get(day, 0)
            if schedule.is_done(amount):
                done[day.weekday()] += 1
                possible[day.weekday()] += 1
            elif amount is not None and day < today and day not in rules.nonexistent_dates:
                period = schedule.period_from(day)
                is_due = period is not None and period.start <= day
                possible[day.weekday()] += is_due and not rules.is_paused(day)
    return [*map(DoneOf, done, possible)]
