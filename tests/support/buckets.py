"""The days, weeks, months and years of the calendar, found without calculation."""

from __future__ import annotations

from datetime import date, timedelta

from trackercore.domain.calendar import Unit

DAY = timedelta(days=1)

# A 53rd ISO week over the turn of the year, one that begins in the old year, a leap day, a century
# without one, and both ends of the calendar.
ANCHORS = [
    date(2020, 12, 31),
    date(2024, 12, 30),
    date(2024, 2, 29),
    date(1900, 2, 28),
    date.min,
    date.max,
]


def walk(unit: Unit, day: date, week_starts_on: int) -> tuple[date, date]:
    """The first and last day of the unit, found by walking from the day until it is another."""
    first = last = day
    while first > date.min and not _begins(unit, first, week_starts_on):
        first -= DAY
    while last < date.max and not _begins(unit, last + DAY, week_starts_on):
        last += DAY
    return first, last


def walks(unit: Unit, start: date, end: date, week_starts_on: int) -> list[tuple[date, date]]:
    """Those of all days of a range, in order."""
    found = [walk(unit, start, week_starts_on)]
    while found[-1][1] < end:
        found.append(walk(unit, found[-1][1] + DAY, week_starts_on))
    return found


def _begins(unit: Unit, day: date, week_starts_on: int) -> bool:
    if unit == "week":
        return day.isoweekday() == week_starts_on
    if unit == "month":
        return day.day == 1
    if unit == "year":
        return (day.month, day.day) == (1, 1)
    return True
