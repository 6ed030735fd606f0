"""Local days: which date an instant falls on for somebody, and how dates group."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from trackercore.errors import UnknownTimeZone

Unit = Literal["day", "week", "month", "year"]

# A year less than Python and the databases have: a PostgreSQL session whose time zone shifts an
# instant beyond them could not read the row, nor any query that finds it.
FIRST_INSTANT = datetime(2, 1, 1, tzinfo=UTC)
LAST_INSTANT = datetime(9999, 1, 1, tzinfo=UTC)

_FIRST_WALL = FIRST_INSTANT.replace(tzinfo=None)
_LAST_WALL = LAST_INSTANT.replace(tzinfo=None) - datetime.resolution
_SET_BACK = timedelta(hours=26)  # more than a zone that crosses the date line eastwards


def is_time_zone(name: str) -> bool:
    """Whether the IANA database has a zone of exactly this name."""
    return name in _zone_names()


@cache
def _zone_names() -> frozenset[str]:
    # These two name no zone: one is whatever the machine is set to, the other that nobody set it.
    return frozenset(available_timezones() - {"localtime", "Factory"})


def zone_of(time_zone: str) -> ZoneInfo:
    """The zone of this name.

    Raises:
        UnknownTimeZone: this machine has none.
    """
    try:
        return ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError):  # not there, not a path within tzdata, not a zone
        raise UnknownTimeZone(time_zone) from None


def local_day(instant: datetime, time_zone: str, day_starts_at: int = 0) -> date:
    """The date somebody in `time_zone` would say it is.

    It is the date of the wall clock moved back by `day_starts_at` minutes: with 180, half past
    two at night still belongs to the evening before, also on the days when clocks change.

    Args:
        instant: aware.
        time_zone: IANA name.
        day_starts_at: minutes after midnight, 0..1439.
    """
    return (wall_clock(instant, time_zone) - timedelta(minutes=day_starts_at)).date()


def wall_clock(instant: datetime, time_zone: str) -> datetime:
    """What clocks show in `time_zone` at an instant: a datetime without a zone."""
    return instant.astimezone(zone_of(time_zone)).replace(tzinfo=None, fold=0)


def instant_at(day: date, at: time, time_zone: str) -> datetime:
    """The instant at which clocks show a time on a date, as RFC 5545 says.

    A time that clocks show twice, as they are set back, is the first of the two. One that they
    skip is taken by the offset before they are put forward: 2:30 is then 3:30. At the ends of the
    calendar it is the first or last instant that can be stored.

    Args:
        day: the date on the wall.
        at: the time on the wall; naive.
        time_zone: IANA name.
    """
    wall = datetime.combine(day, at)
    offset = wall.replace(tzinfo=zone_of(time_zone)).utcoffset() or timedelta()
    offset = min(max(offset, wall - _LAST_WALL), wall - _FIRST_WALL)
    return (wall - offset).replace(tzinfo=UTC)


def earliest_day(instant: datetime, time_zone: str, day_starts_at: int = 0) -> date:
    """The earliest day that `local_day` may say from an instant on.

    That is its day, or the one before: clocks that are set back across the start of a day make it
    the day before once more.
    """
    zone = zone_of(time_zone)
    later = min(instant, LAST_INSTANT - _SET_BACK) + _SET_BACK
    offsets = (moment.astimezone(zone).utcoffset() or timedelta() for moment in (instant, later))
    earliest = instant.astimezone(UTC).replace(tzinfo=None) + min(offsets)
    return (earliest - timedelta(minutes=day_starts_at)).date()


def possible_days(instant: datetime) -> tuple[date, date]:
    """The first and the last day that `local_day` may say, wherever it is and when days start.

    Clocks are at most 16 hours off UTC, and days start up to 24 hours late.
    """
    utc_day = instant.astimezone(UTC).date()
    return shift(utc_day, -2), shift(utc_day, 1)


@lru_cache(maxsize=1024)
def nonexistent_dates(time_zone: str, day_starts_at: int = 0) -> tuple[date, ...]:
    """The dates that a time zone skipped, in order.

    A zone that moved to the other side of the date line skipped a whole day: Apia had no
    2011-12-30. For a user whose day starts later than at midnight, some hours of it existed.

    Args:
        time_zone: IANA name.
        day_starts_at: minutes after midnight, 0..1439.
    """
    skipped: list[date] = []
    for moment in _jumps(time_zone):
        day = local_day(moment - timedelta(microseconds=1), time_zone, day_starts_at)
        reached = local_day(moment, time_zone, day_starts_at)
        while (day := day + timedelta(days=1)) < reached:
            skipped.append(day)
    return tuple(skipped)


@cache
def _jumps(time_zone: str) -> list[datetime]:
    """When a zone's clocks were put forward by half a day or more, to the second."""
    zone, jump = zone_of(time_zone), timedelta(hours=12)

    def offset(moment: datetime) -> timedelta:
        return moment.astimezone(zone).utcoffset() or timedelta()

    jumps: list[datetime] = []
    # The date line is crossed for good, so that a look once a year finds it.
    for year in range(1800, 2100):
        before, after = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
        if offset(after) - offset(before) < jump:
            continue
        while after - before > timedelta(seconds=1):
            middle = before + (after - before) // 2
            middle = middle.replace(microsecond=0)
            if offset(middle) - offset(before) < jump:
                before = middle
            else:
                after = middle
        jumps.append(after)
    return jumps


_LAST = date.max.toordinal()


def shift(day: date, days: int) -> date:
    """`day` moved by a number of days, held at the first and last date there is."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), _LAST))


def day_after(day: date) -> date | None:
    """The next day; None after the last date there is."""
    return None if day == date.max else day + timedelta(days=1)


class CalendarUnit(NamedTuple):
    """Days, weeks, months or years, numbered so that each follows the one before.

    Attributes:
        name: one of them, such as "week".
        longest: the most days that one has.
        number: of the unit that a date lies in; the second argument is the ISO weekday on which
            weeks start.
        starts: the ordinal of a unit's first day, by its number; it may lie outside the calendar.
        alike: whether each has that many days.
    """

    name: str
    longest: int
    number: Callable[[date, int], int]
    starts: Callable[[int, int], int]
    alike: bool = False

    def days(self, number: int, week_starts_on: int, count: int = 1) -> tuple[date, date]:
        """First and last day of so many units, held at the first and last date there is."""
        first = self.starts(number, week_starts_on)
        last = self.starts(number + count, week_starts_on) - 1
        return date.fromordinal(max(first, 1)), date.fromordinal(min(last, _LAST))


def _day_number(day: date, _week_starts_on: int) -> int:
    return day.toordinal()


def _day_starts(number: int, _week_starts_on: int) -> int:
    return number


def _week_number(day: date, week_starts_on: int) -> int:
    return (day.toordinal() - week_starts_on) // 7  # ordinal 1 is a Monday


def _week_starts(number: int, week_starts_on: int) -> int:
    return 7 * number + week_starts_on


def _month_number(day: date, _week_starts_on: int) -> int:
    return 12 * day.year + day.month - 1


def _month_starts(number: int, _week_starts_on: int) -> int:
    year, month = divmod(number, 12)
    if year > date.max.year:
        return _LAST + 1
    return date(year, month + 1, 1).toordinal() if year >= 1 else 0


def _year_number(day: date, _week_starts_on: int) -> int:
    return day.year


def _year_starts(number: int, week_starts_on: int) -> int:
    return _month_starts(12 * number, week_starts_on)


UNITS: dict[Unit, CalendarUnit] = {
    "day": CalendarUnit("day", 1, _day_number, _day_starts, alike=True),
    "week": CalendarUnit("week", 7, _week_number, _week_starts, alike=True),
    "month": CalendarUnit("month", 31, _month_number, _month_starts),
    "year": CalendarUnit("year", 366, _year_number, _year_starts),
}


def bucket(unit: Unit, day: date, week_starts_on: int = 1) -> tuple[date, date]:
    """First and last day of the calendar day, week, month or year that `day` lies in.

    Args:
        unit: how long the bucket is.
        day: any day of it.
        week_starts_on: ISO weekday, 1 (Monday) to 7 (Sunday); only weeks use it.
    """
    calendar = UNITS[unit]
    return calendar.days(calendar.number(day, week_starts_on), week_starts_on)


def buckets(
    unit: Unit, start: date, end: date, week_starts_on: int = 1
) -> Iterator[tuple[date, date]]:
    """The buckets of all days of a range, in order; the first and the last may reach beyond it."""
    first, last = bucket(unit, start, week_starts_on)
    yield first, last
    while last < end:
        first, last = bucket(unit, shift(last, 1), week_starts_on)
        yield first, last
