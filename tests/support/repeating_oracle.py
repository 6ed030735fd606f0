"""Which occurrence of a repeating task comes next, worked out slowly, day by day.

It looks for an instant among those that clocks really showed, and knows nothing of folds and gaps
as Python has them.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.support.recurrence_oracle import is_date, parts_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LAST_DATE = date(9998, 12, 30)


class Owner(NamedTuple):
    """The settings by which days are judged."""

    time_zone: str
    day_starts_at: int


class Repeats(NamedTuple):
    """A repeating task."""

    rule: str
    repeats_from: str
    start: date
    time: time | None
    owner: Owner


def offset_at(instant: datetime, time_zone: str) -> timedelta:
    """What clocks are ahead of UTC by."""
    return instant.astimezone(ZoneInfo(time_zone)).utcoffset() or timedelta()


@lru_cache(maxsize=100_000)
def instant_of(day: date, at: time, time_zone: str) -> datetime:
    """The first instant at which clocks show this; if they never do, by the lesser offset."""
    wall = datetime.combine(day, at, UTC)
    offsets = {offset_at(wall + hours * HOUR, time_zone) for hours in range(-30, 31)}
    shown = [wall - offset for offset in offsets if offset_at(wall - offset, time_zone) == offset]
    return min(shown) if shown else wall - min(offsets)


def local_day(instant: datetime, owner: Owner) -> date:
    """The owner's day."""
    wall = instant + offset_at(instant, owner.time_zone)
    return (wall - timedelta(minutes=owner.day_starts_at)).date()


@lru_cache(maxsize=100_000)
def exists(day: date, time_zone: str, day_starts_at: int) -> bool:
    """Whether there is a minute of the day."""
    noon = datetime.combine(day, time(12), UTC)
    if len({offset_at(noon + shift * DAY, time_zone) for shift in range(-3, 4)}) == 1:
        return True
    minutes = (noon + timedelta(minutes=minute) for minute in range(-3_600, 3_600))
    return any(local_day(one, Owner(time_zone, day_starts_at)) == day for one in minutes)


def is_occurrence(task: Repeats, day: date) -> bool:
    """Whether the day exists where the owner is: for a timed task by the clock alone."""
    starts = task.owner.day_starts_at if task.time is None else 0
    return exists(day, task.owner.time_zone, starts)


def is_over(task: Repeats, day: date, now: datetime) -> bool:
    """Whether the occurrence of a day is over."""
    if task.time is None:
        return local_day(now, task.owner) > day
    return instant_of(day, task.time, task.owner.time_zone) <= now


def next_from_due(
    task: Repeats, day: date, number: int, now: datetime, last: date
) -> tuple[date, int] | None:
    """The next occurrence from due until `last`."""
    parts = parts_of(task.rule)
    while (day := day + DAY) <= last:
        if not is_date(parts, task.start, day):
            continue
        number += 1
        if number > int(parts.get("COUNT", 10**9)):
            return None
        if is_occurrence(task, day) and not is_over(task, day, now):
            return day, number
    return None


def next_from_completion(
    task: Repeats, day: date, number: int, now: datetime, *, skipped: bool
) -> tuple[date, int] | None:
    """The next occurrence from completion."""
    parts = parts_of(task.rule)
    interval = int(parts.get("INTERVAL", "1"))
    done = local_day(now, task.owner)
    if skipped:
        own = day
        if task.time is not None:
            own = local_day(instant_of(day, task.time, task.owner.time_zone), task.owner)
        done = max(done, own)
    match parts["FREQ"]:
        case "DAILY":
            following = done + interval * DAY
        case "WEEKLY":
            following = done + 7 * interval * DAY
        case "MONTHLY":
            following = _months_later(done, interval)
        case _:
            following = _months_later(done, 12 * interval)
    if task.time is not None and 60 * task.time.hour + task.time.minute < task.owner.day_starts_at:
        following += DAY
    while not is_occurrence(task, following):
        following += DAY
    if number + 1 > int(parts.get("COUNT", 10**9)):
        return None
    if f"{following:%Y%m%d}" > parts.get("UNTIL", "99999999"):
        return None
    return following, number + 1


def _months_later(day: date, months: int) -> date:
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def dates_between(task: Repeats, start: date, end: date) -> list[date]:
    """The dates of all occurrences of a range that begins no earlier than the task."""
    parts, number, day = parts_of(task.rule), 0, task.start
    found: list[date] = []
    while day <= end:
        if is_date(parts, task.start, day):
            number += 1
            if number > int(parts.get("COUNT", 10**9)):
                break
            if day >= start and is_occurrence(task, day):
                found.append(day)
        day += DAY
    return found
