"""Repeating tasks: which occurrences they have, which comes next, and which were missed.

The dates of occurrences are wall-clock dates: a timed occurrence at 1:00 belongs to its date, also
where the local day of its owner starts later. A date that the owner's zone skipped has no
occurrence, but COUNT counts it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

from trackercore.domain.calendar import (
    LAST_INSTANT,
    instant_at,
    local_day,
    nonexistent_dates,
    shift,
    wall_clock,
)
from trackercore.domain.recurrence import Recurrence, RepeatsFrom, parse_recurrence
from trackercore.errors import UnknownTimeZone

_LAST_DATE = shift(LAST_INSTANT.date(), -2)  # everywhere, all of it can be stored


class Start(NamedTuple):
    """The local date on which a rule starts, and the local time; None for a task due on days."""

    date: date
    time: time | None


def start_of(
    due_date: date | None,
    due_at: datetime | None,
    time_zone: str,
    on: date | None = None,
    at: time | None = None,
) -> Start | None:
    """Where a rule starts that is given to a task; None if the task is never due.

    Args:
        due_date: the day on which it is due, if it is due on a day.
        due_at: the instant, if it is due at one.
        time_zone: its owner's.
        on: its date by the rule before, if it has repeated: as in `wall_clock_due`.
        at: its time by that rule, or as a subtask that was moved along.
    """
    if due_at is not None:
        wall = wall_clock_due(due_at, time_zone, on, at)
        return Start(wall.date(), wall.time())
    return None if due_date is None else Start(due_date, None)


def wall_clock_due(due_at: datetime, time_zone: str, on: date | None, at: time | None) -> datetime:
    """What clocks show, or would show without a gap, when a task is due: without a zone.

    Args:
        due_at: the instant.
        time_zone: its owner's.
        on: the date by its rule, if it has one.
        at: the local time that it was given, if that is known; `due_at` may be edited since.
    """
    wall = wall_clock(due_at, time_zone)
    if at is not None:
        for day in (wall.date(), shift(wall.date(), -1)) if on is None else (on,):
            if due_at == instant_at(day, at, time_zone):
                return datetime.combine(day, at)
    return wall


def due_in_new_zone(
    due_at: datetime, before: str, after: str, on: date | None, at: time | None
) -> tuple[datetime, time | None]:
    """The instant at which clocks of another zone show what a task was due at, and what they show.

    Args:
        due_at: the instant in the zone before.
        before: the zone that its owner has left.
        after: the owner's zone.
        on: as in `wall_clock_due`.
        at: the same.
    """
    if before == after:
        return due_at, at
    try:
        wall = wall_clock_due(due_at, before, on, at)
    except UnknownTimeZone:  # nobody knows what its clocks showed
        return (due_at if on is None or at is None else instant_at(on, at, after)), at
    return instant_at(wall.date(), wall.time(), after), wall.time()


def rule_from(text: str, start: Start, time_zone: str) -> Recurrence:
    """The rule that a text says for a task, with UNTIL as a date.

    An UNTIL with a time becomes the last date whose occurrence is not after it.

    Args:
        text: a rule of RFC 5545.
        start: where the rule starts.
        time_zone: the owner's.

    Raises:
        InvalidRecurrence: it says none.
    """
    rule = parse_recurrence(text)
    until = rule.until_at
    if until is None:
        return rule
    if until.tzinfo is not None:
        day = wall_clock(until, time_zone).date()
        is_after = start.time is not None and instant_at(day, start.time, time_zone) > until
    else:
        day = until.date()
        is_after = start.time is not None and start.time > until.time()
    return rule.ending_on(shift(day, -1) if is_after else day)


def first_occurrence(
    recurrence: str, repeats_from: RepeatsFrom | None, start: Start, time_zone: str
) -> dict[str, object]:
    """The columns of a task that begins to repeat: it is the first occurrence of its rule.

    Raises:
        InvalidRecurrence: the text is no rule.
    """
    return {
        "recurrence": str(rule_from(recurrence, start, time_zone)),
        "repeats_from": repeats_from or "due",
        "recurrence_start": start.date,
        "recurrence_time": start.time,
        "occurrence_date": start.date,
        "occurrence_number": 1,
    }


def days_before(starts_on: date | None, due_day: date | None) -> int | None:
    """How many days before its due day a task starts; None if it has no start, or is never due."""
    if starts_on is None or due_day is None:
        return None
    return max((due_day - starts_on).days, 0)  # after a move of its owner, it may start later


class Place(NamedTuple):
    """An occurrence: its original date, and its number, counted from 1 on; 0 by an earlier rule."""

    date: date
    number: int


class DueOccurrence(NamedTuple):
    """When an occurrence is due by its rule: on a day, or at an instant, and its local day."""

    occurrence_date: date
    due_date: date | None
    due_at: datetime | None
    due_day: date


@lru_cache(maxsize=4096)  # somebody's tasks are mostly due at few times of the day
def _due_at(day: date, at: time, time_zone: str, day_starts_at: int) -> DueOccurrence:
    due_at = instant_at(day, at, time_zone)
    return DueOccurrence(day, None, due_at, local_day(due_at, time_zone, day_starts_at))


@dataclass(frozen=True)
class Series:
    """The occurrences of a repeating task.

    Attributes:
        rule: the dates that it repeats on.
        repeats_from: what the next occurrence is counted from.
        start: the local date of the first one.
        time: the local time of each; None if they are due on days.
        time_zone: the owner's.
        day_starts_at: the minute at which the owner's days start.
    """

    rule: Recurrence
    repeats_from: RepeatsFrom
    start: date
    time: time | None
    time_zone: str
    day_starts_at: int

    @cached_property
    def _nonexistent(self) -> tuple[date, ...]:
        return nonexistent_dates(self.time_zone, self.day_starts_at if self.time is None else 0)

    def due(self, day: date) -> DueOccurrence:
        """When the occurrence of a date is due."""
        if self.time is None:
            return DueOccurrence(day, day, None, day)
        return _due_at(day, self.time, self.time_zone, self.day_starts_at)

    def local_day(self, instant: datetime) -> date:
        """The owner's local day at an instant."""
        return local_day(instant, self.time_zone, self.day_starts_at)

    def is_over(self, day: date, now: datetime) -> bool:
        """Whether the occurrence of a date is over.

        A timed one is at its time; one that is due on a day when that local day ends.
        """
        if self.time is None:
            return day < self.local_day(now)
        return instant_at(day, self.time, self.time_zone) <= now

    def next(self, place: Place, now: datetime, *, skipped: bool = False) -> Place | None:
        """The occurrence that is open after one is completed, or skipped; None after the last.

        From due, it is the first of the rule after that one that is not over. From completion, it
        is the interval after the local day of `now`, or, if one is skipped that is ahead, after it.
        After one of an earlier rule, it is the start of this one, which was open before that one
        was opened again.
        """
        if place.number == 0:
            return Place(self.start, 1)
        if self.repeats_from == "due":
            return next(self._not_over(place, now), None)
        day = self.local_day(now)
        if skipped:
            day = max(day, self.due(place.date).due_day)
        following = self._existing(self._date_on(self.rule.after_completion(day)))
        number, count, until = place.number + 1, self.rule.count, self.rule.until
        if following > min(until or _LAST_DATE, _LAST_DATE) or (count and number > count):
            return None
        return Place(following, number)

    def _date_on(self, day: date) -> date:
        """The date on which clocks show the task's time in a local day."""
        if self.time is None or self.time.hour * 60 + self.time.minute >= self.day_starts_at:
            return day
        return shift(day, 1)

    def _existing(self, day: date) -> date:
        while day in self._nonexistent:
            day += timedelta(days=1)
        return day

    def number_on(self, day: date, place: Place) -> int:
        """The number of the occurrence of a date, from which `place` was reached.

        It is the inverse of `next`. What was recorded before the first occurrence of this rule, was
        by an earlier one, whatever its date, and has the number 0.
        """
        if place.number <= 1:
            return 0
        if self.repeats_from == "completion":
            return place.number - 1
        return max(place.number - self.rule.number_of_dates(self.start, day, place.date), 0)

    def dates(self, place: Place, start: date, end: date) -> Iterator[date]:
        """The dates of all occurrences from `start` to `end`, in order.

        Args:
            place: one of them, from which COUNT is judged; or one of an earlier rule.
            start: the first date that is wanted.
            end: the last one.
        """
        place = self._in_rule(place)
        before = min(shift(place.date, -1), end)
        for day in self.rule.dates(self.start, shift(start, -1), before):
            if day not in self._nonexistent:
                yield day
        if place.number and start <= place.date <= end:
            yield place.date
        yield from (day for day, _ in self._after(place, start, end))

    def _in_rule(self, place: Place) -> Place:
        """The same place; that of an earlier rule comes before all dates of this one."""
        return place if place.number else Place(shift(self.start, -1), 0)

    def _after(self, place: Place, start: date, end: date) -> Iterator[Place]:
        """The occurrences after one, with their numbers if there is a COUNT."""
        count, number = self.rule.count, place.number
        after = place.date if count else max(place.date, shift(start, -1))
        for day in self.rule.dates(self.start, after, min(end, _LAST_DATE)):
            number += 1
            if count and number > count:
                return
            if day >= start and day not in self._nonexistent:
                yield Place(day, number)

    def _not_over(self, place: Place, now: datetime) -> Iterator[Place]:
        # All that are dated before are over: they are counted, as there may be thousands.
        before = max(place.date, shift(wall_clock(now, self.time_zone).date(), -3))
        number = place.number + self.rule.number_of_dates(self.start, place.date, before)
        last_over = Place(before, number)
        for following in self._after(last_over, before, _LAST_DATE):
            if not self.is_over(following.date, now):
                yield following

    def upcoming(
        self, place: Place, start: date, end: date, now: datetime
    ) -> Iterator[DueOccurrence]:
        """The occurrences after the open one whose local days lie from `start` to `end`, in order.

        Those that are over at `now` are left out. From completion there is none: its date is not
        known before the open one is completed.

        Args:
            place: the open occurrence.
            start: the first local day that is wanted.
            end: the last one.
            now: the current time.
        """
        if self.repeats_from == "completion":
            return
        today = self.local_day(now)
        # The local day of a timed one is its date, or the one before if days start later.
        place = self._in_rule(place)
        for following in self._after(place, max(start, shift(today, -1)), shift(end, 1)):
            due = self.due(following.date)
            is_over = due.due_day < today if due.due_at is None else due.due_at <= now
            if start <= due.due_day <= end and not is_over:
                yield due
