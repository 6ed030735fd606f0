"""Timed study, cut where one local day ends and the next begins."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from trackercore.domain.calendar import local_day, zone_of

SECOND = timedelta(seconds=1)
LONGEST = timedelta(days=31)
"""The longest a session may take."""
LONGEST_DAY = timedelta(hours=26)
"""The longest local days, on which clocks were set back by two hours.

Only a few that came twice were longer.
"""

_STEP = timedelta(hours=6)  # clocks are not changed twice within it


OnOverlap = Literal["error", "allow"]
"""What to do with a timed session that overlaps another one: refuse it, or store it anyway."""
OnOverlapOfMany = Literal["error", "allow", "skip"]
"""The same for one of many, which may also be left out."""


class Part(NamedTuple):
    """The part of a span on one local day.

    Attributes:
        day: the local day.
        started_at: when it begins, in UTC.
        ended_at: when it ends, in UTC.
    """

    day: date
    started_at: datetime
    ended_at: datetime

    @property
    def seconds(self) -> int:
        """How long it is. The seconds of all parts add up to those of the span."""
        return (self.ended_at - self.started_at) // SECOND


def whole_second(instant: datetime) -> datetime:
    """The beginning of an instant's second: timed study begins and ends at whole seconds."""
    return instant.replace(microsecond=0)


def whole_minutes(seconds: int) -> int:
    """Seconds in minutes, rounded down: for display, of a session or of a sum of seconds."""
    return seconds // 60


def is_forgotten(started_at: datetime, ended_at: datetime) -> bool:
    """Whether a timer has run for so long that it must have been forgotten: longer than `LONGEST`.

    It is not stopped at that instant, and its time counts in no report.
    """
    return ended_at - started_at > LONGEST


def cut(started_at: datetime, ended_at: datetime, time_zone: str, day_starts_at: int) -> list[Part]:
    """Cut a span at the boundaries of local days; elapsed time is what a stopwatch shows.

    Both ends are moved back to whole seconds first, and local days begin at whole seconds.

    Args:
        started_at: aware.
        ended_at: aware, and later.
        time_zone: IANA name.
        day_starts_at: minutes after midnight, 0..1439.

    Returns:
        The parts in order; none if both ends are in the same second.
    """
    begins, end = (whole_second(instant.astimezone(UTC)) for instant in (started_at, ended_at))
    parts: list[Part] = []
    if begins < end:
        for day, ends in _days(begins, end, time_zone, day_starts_at):
            parts.append(Part(day, begins, ends))
            begins = ends
    return parts


def day_bounds(
    day: date, time_zone: str, day_starts_at: int = 0
) -> tuple[datetime, datetime] | None:
    """The instant at which a local day begins, and the one at which it is over, in UTC.

    Clocks that are set back across the start of a day end it twice. Then the bounds hold all of it,
    and what comes between of the next day.

    Args:
        day: which day.
        time_zone: IANA name.
        day_starts_at: minutes after midnight, 0..1439.

    Returns:
        None for a date that the zone skipped.
    """
    begins = datetime.combine(day, time()) + timedelta(minutes=day_starts_at)
    around = (*_readings(begins, time_zone), *_readings(begins + timedelta(days=1), time_zone))
    parts = cut(min(around), max(around), time_zone, day_starts_at)
    of_day = [part for part in parts if part.day == day]
    return (of_day[0].started_at, of_day[-1].ended_at) if of_day else None


def _readings(wall_clock: datetime, time_zone: str) -> list[datetime]:
    """When clocks show it, in UTC: both times, if they do so twice, and about when, if never."""
    local = wall_clock.replace(tzinfo=zone_of(time_zone))
    return [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


def _days(
    started_at: datetime, ended_at: datetime, time_zone: str, day_starts_at: int
) -> Iterator[tuple[date, datetime]]:
    """The local days of a span, each with the instant at which it is left."""
    if ended_at - started_at <= _STEP:  # mostly the same clock and day at both ends
        zone = zone_of(time_zone)
        first, last = started_at.astimezone(zone), ended_at.astimezone(zone)
        day = local_day(first, time_zone, day_starts_at)
        same_day = local_day(last, time_zone, day_starts_at) == day
        if same_day and first.utcoffset() == last.utcoffset():
            yield day, ended_at
            return
    changes = _changes(started_at, ended_at, time_zone, day_starts_at)
    instants = sorted({started_at, ended_at, *(at for at in changes if started_at < at < ended_at)})
    pieces = [
        (local_day(begins, time_zone, day_starts_at), ends) for begins, ends in pairwise(instants)
    ]
    for number, (day, ends) in enumerate(pieces):
        if number + 1 == len(pieces) or pieces[number + 1][0] != day:
            yield day, ends


def _changes(
    started_at: datetime, ended_at: datetime, time_zone: str, day_starts_at: int
) -> Iterator[datetime]:
    """Every instant at which the local day may change: day boundaries, and changes of clocks."""
    zone = zone_of(time_zone)
    first = (started_at - timedelta(days=2)).date()
    for ahead in range((ended_at - started_at).days + 5):
        boundary = datetime.combine(first + timedelta(days=ahead), time())
        yield from _readings(boundary + timedelta(minutes=day_starts_at), time_zone)
    before = started_at
    while before < ended_at:
        after = min(before + _STEP, ended_at)
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield _change_of_clocks(before, after, zone)
        before = after


def _change_of_clocks(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second in which the offset from UTC changes between two instants."""
    offset = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), -int(-after.timestamp() // 1)
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
