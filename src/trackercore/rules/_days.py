"""Whose day an instant falls on, when a day begins, and what of a span lies in each."""

from datetime import date, datetime

from trackercore.domain import calendar, timed
from trackercore.domain.timed import Part
from trackercore.rules._arguments import as_day, as_instant, as_time_zone, as_whole


def local_day(instant: datetime, time_zone: str, day_starts_at: int = 0) -> date:
    """The date that an instant falls on for somebody.

    It is the date of the wall clock moved back by `day_starts_at` minutes: with 180, half past two
    at night still belongs to the evening before, also on the days when clocks change.

    Args:
        instant: aware. To one that a database returned naive, give the zone that it stores first:
            `value.replace(tzinfo=UTC)`.
    """
    moment = as_instant(instant, "instant")
    return calendar.local_day(moment, as_time_zone(time_zone), _as_day_start(day_starts_at))


def day_bounds(
    day: date, time_zone: str, day_starts_at: int = 0
) -> tuple[datetime, datetime] | None:
    """The instant at which a local day begins, and the one at which it is over, in UTC.

    The day may have 23, 24 or 25 hours. What was stored with an instant is of that day if the
    instant is not before the first, and before the second. Where clocks are set back across the
    start of a day, the day ends twice: then the bounds hold all of it, and what comes between of
    the next day.

    Returns:
        None for a date that the zone skipped when it moved across the date line.
    """
    of_day = as_day(day, "day")
    if not calendar.FIRST_INSTANT.year <= of_day.year < calendar.LAST_INSTANT.year:
        raise ValueError(f"day: {of_day} is out of range: years 2 to 9998")
    return timed.day_bounds(of_day, as_time_zone(time_zone), _as_day_start(day_starts_at))


def cut_by_day(
    started_at: datetime, ended_at: datetime, time_zone: str, day_starts_at: int = 0
) -> list[Part]:
    """Cut a span of time where one local day ends and the next begins.

    Both ends are moved back to whole seconds first. The seconds of the parts add up to what a
    stopwatch shows, also when clocks change.

    Args:
        started_at: aware.
        ended_at: aware, and not before `started_at`.

    Returns:
        The parts in order; none if both ends are in the same second.
    """
    begins, ends = as_instant(started_at, "started_at"), as_instant(ended_at, "ended_at")
    if begins > ends:
        raise ValueError(f"started_at {started_at} is after ended_at {ended_at}")
    return timed.cut(begins, ends, as_time_zone(time_zone), _as_day_start(day_starts_at))


def nonexistent_dates(time_zone: str, day_starts_at: int = 0) -> tuple[date, ...]:
    """The dates that a time zone skipped when it moved across the date line, in order.

    Give them to a rule as `nonexistent`, so that they break no streak.
    """
    return calendar.nonexistent_dates(as_time_zone(time_zone), _as_day_start(day_starts_at))


def _as_day_start(value: int) -> int:
    return as_whole(value, "day_starts_at", 0, 1439)
