"""What should be stored of a user's tasks and study, in plain Python: see test_any_calls.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

Due = Literal["overdue", "today", "upcoming"]


@dataclass
class PlainTask:
    title: str
    category: int | None
    due_date: date | None
    due_at: datetime | None
    external_id: str | None
    completed_at: datetime | None = None

    def is_due(self, due: Due, now: datetime, today: date, day_of_due_at: date | None) -> bool:
        if self.completed_at is not None:
            return False
        day = self.due_date or day_of_due_at
        if due == "overdue":
            late = self.due_at is not None and self.due_at < now
            return late or (self.due_date is not None and self.due_date < today)
        return day is not None and (day == today if due == "today" else day > today)


class Stay(NamedTuple):
    """A study session, or a part of one."""

    topic: int
    day: date
    minutes: int
    external_id: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    part_of: int | None = None


@dataclass
class Person:
    """Everything of a user's. In UTC, with days that may begin later than midnight."""

    user: int
    day_starts_at: int
    categories: dict[int, str] = field(default_factory=dict[int, str])
    tasks: dict[int, PlainTask] = field(default_factory=dict[int, PlainTask])
    topics: dict[int, str] = field(default_factory=dict[int, str])
    stays: dict[int, Stay] = field(default_factory=dict[int, Stay])
    timer: tuple[int, datetime] | None = None
    goals: dict[int | None, dict[date, int]] = field(
        default_factory=dict[int | None, dict[date, int]]
    )

    def day(self, instant: datetime) -> date:
        return (instant - self.day_starts_at * MINUTE).date()

    def parts(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The span, cut where the user's days begin."""
        while start < end:
            midnight = datetime.combine(self.day(start) + DAY, time(), UTC)
            until = min(end, midnight + self.day_starts_at * MINUTE)
            yield start, until
            start = until

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether a timed session is in the way of a span."""
        return any(
            stay.started_at < end and start < stay.ended_at
            for stay in self.stays.values()
            if stay.started_at is not None and stay.ended_at is not None
        )

    def timer_overlaps(self, end: datetime) -> bool:
        """Whether the timer is in the way of a span that has begun before now and ends then."""
        return self.timer is not None and self.timer[1] < end

    def whole(self, row_id: int) -> list[int]:
        """The ids of all parts of a study session, by that of any of them."""
        first = self.stays[row_id].part_of or row_id
        return [first, *(n for n, stay in self.stays.items() if stay.part_of == first)]

    def delete_topic(self, topic: int) -> None:
        del self.topics[topic]
        self.stays = {n: stay for n, stay in self.stays.items() if stay.topic != topic}
        self.goals.pop(topic, None)
        if self.timer is not None and self.timer[0] == topic:
            self.timer = None

    def goal(self, day: date, topic: int | None) -> int | None:
        begun = {begin: goal for begin, goal in self.goals.get(topic, {}).items() if begin <= day}
        return begun[max(begun)] or None if begun else None

    def studied(self, first: date, last: date, topic: int | None = None) -> list[Stay]:
        return [
            stay
            for stay in self.stays.values()
            if first <= stay.day <= last and topic in (None, stay.topic)
        ]


def same_name(one: str, other: str) -> bool:
    """Whether a user cannot have both names."""
    return one.casefold() == other.casefold()
