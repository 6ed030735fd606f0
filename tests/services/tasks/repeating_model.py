"""A slow model of a repeating task: a list of everything that happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from tests.support.recurrence_oracle import is_date, parts_of
from tests.support.repeating_oracle import (
    Owner,
    Repeats,
    dates_between,
    instant_of,
    is_over,
    local_day,
    next_from_completion,
    next_from_due,
    offset_at,
)

Day = date  # where `date` is the name of an attribute
Due = tuple[date | None, datetime | None]
DAY = timedelta(days=1)


class Record(NamedTuple):
    """What became of an occurrence."""

    date: date
    status: str
    due: Due
    completed_at: datetime | None
    zone: str
    starts_on: Day | None

    @property
    def shown(self) -> Shown:
        return Shown(self.date, self.status, self.due, self.completed_at)


class Shown(NamedTuple):
    """An occurrence as the package lists it."""

    date: date
    status: str
    due: Due
    completed_at: datetime | None


@dataclass
class Model:
    """A repeating task and its owner."""

    rule: str
    repeats_from: str
    start: date
    time: time | None
    owner: Owner
    starts_on: date | None = None
    records: list[Record] = field(default_factory=list[Record])
    finished: Record | None = None
    finished_at: datetime | None = None

    def __post_init__(self) -> None:
        self.date, self.number = self.start, 1
        self.due = self.due_of(self.date)

    @property
    def task(self) -> Repeats:
        return Repeats(self.rule, self.repeats_from, self.start, self.time, self.owner)

    def due_of(self, day: date) -> Due:
        if self.time is None:
            return day, None
        return None, instant_of(day, self.time, self.owner.time_zone)

    def close(self, status: str, now: datetime) -> None:
        """Complete or skip the open occurrence."""
        if self.repeats_from == "completion":
            skipped = status == "skipped"
            following = next_from_completion(
                self.task, self.date, self.number, now, skipped=skipped
            )
        else:
            last = max(self.date, now.date()) + 800 * DAY
            following = next_from_due(self.task, self.date, self.number, now, last)
        at = now if status == "completed" else None
        record = Record(self.date, status, self.due, at, self.owner.time_zone, self.starts_on)
        if following is None:
            self.finished, self.finished_at = record, now
            return
        self.records.append(record)
        if self.starts_on is not None:
            self.starts_on += following[0] - self.date
        self._go_to(*following, self.due_of(following[0]))
        due_date, due_at = self.due
        day = local_day(due_at, self.owner) if due_at else due_date
        if self.starts_on is not None and day is not None:
            self.starts_on = min(self.starts_on, day)

    def reopen(self) -> None:
        """Take back the last thing that was done, if anything was."""
        if self.finished is not None:
            self.finished = None
        elif self.records:
            record = self.records.pop()
            number = self.number - 1
            if self.repeats_from == "due":
                number = self.number - self._dates_between(record.date, self.date)
            due = self._here(record.date, record.due, record.zone)
            self._go_to(record.date, max(number, 0), due)
            self.starts_on = record.starts_on

    def _dates_between(self, first: date, last: date) -> int:
        if first > last:
            return -self._dates_between(last, first)
        parts = parts_of(self.rule)
        days = (first + DAY * number for number in range(1, (last - first).days + 1))
        return sum(is_date(parts, self.start, day) for day in days)

    def _go_to(self, day: date, number: int, due: Due) -> None:
        self.date, self.number, self.due = day, number, due

    def edit_due(self, due: Due) -> None:
        """For the occurrence that the row is alone; what is recorded stays."""
        self.due = due
        if self.finished is not None and self.finished.status == "completed":
            self.finished = self.finished._replace(due=due)

    def change_rule(self, rule: str, repeats_from: str) -> None:
        """Start again from the open occurrence, where it is due."""
        if (rule, repeats_from) == (self.rule, self.repeats_from):
            return
        self.rule, self.repeats_from = rule, repeats_from
        due_date, due_at = self.due
        if due_at is not None:
            wall = due_at + offset_at(due_at, self.owner.time_zone)
            self.start, self.time = wall.date(), wall.time()
        elif due_date is not None:
            self.start, self.time = due_date, None
        self.date, self.number = self.start, 1
        if self.finished is None:
            return
        if self.finished.status == "skipped" and self.finished.date != self.date:
            self.records.append(self.finished)  # of another occurrence than the row now is
            zone = self.owner.time_zone
            self.finished = Record(self.date, "completed", self.due, None, zone, None)
            self.finished_at = None
        self.finished = self.finished._replace(date=self.date)

    def move(self, owner: Owner) -> None:
        """The owner is elsewhere: clocks show there what they showed."""
        before, self.owner = self.owner, owner
        if self.time is not None:
            self.edit_due(self._here(self.date, self.due, before.time_zone))

    def _here(self, day: date, due: Due, zone: str) -> Due:
        """What an occurrence that was due in some zone is due at now."""
        if due[1] is None or zone == self.owner.time_zone:
            return due
        wall = (due[1] + offset_at(due[1], zone)).replace(tzinfo=None)
        if self.time is not None and due[1] == instant_of(day, self.time, zone):
            wall = datetime.combine(day, self.time)
        return None, instant_of(wall.date(), wall.time(), self.owner.time_zone)

    def shown(self, start: date, end: date, now: datetime) -> list[Shown]:
        """What is listed of a range."""
        found = [record.shown for record in self.records]
        found.append(
            self.finished.shown if self.finished else Shown(self.date, "open", self.due, None)
        )
        last = now if self.finished is None else self.finished_at
        if self.repeats_from == "due":
            known = {one.date for one in found}
            for day in dates_between(self.task, start, end):
                if day in known:
                    continue
                is_missed = day < self.date or (
                    last is not None and is_over(self.task, day, min(last, now))
                )
                if is_missed or self.finished is None:
                    status = "missed" if is_missed else "upcoming"
                    found.append(Shown(day, status, self.due_of(day), None))
        return sorted((one for one in found if start <= one.date <= end), key=lambda one: one.date)

    def completed_on(self) -> list[date]:
        """The local days of completions; valid while the owner does not move."""
        done = [*self.records, *([self.finished] if self.finished else [])]
        return [local_day(one.completed_at, self.owner) for one in done if one.completed_at]
