"""A slow model of a repeating task: a list of everything that happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

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
    rule_number: int  # of the rules that the task has had
    number: int

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
    days_before: int | None = None
    rule_number: int = 1
    records: list[Record] = field(default_factory=list[Record])
    finished: Record | None = None
    finished_at: datetime | None = None

    def __post_init__(self) -> None:
        self.date, self.number = self.start, 1
        self.due = self.due_of(self.date)

    @property
    def due_day(self) -> Day:
        return self._day_of(self.due)

    @property
    def task(self) -> Repeats:
        return Repeats(self.rule, self.repeats_from, self.start, self.time, self.owner)

    def due_of(self, day: date) -> Due:
        if self.time is None:
            return day, None
        return None, instant_of(day, self.time, self.owner.time_zone)

    def close(self, status: str, now: datetime) -> None:
        """Complete or skip the open occurrence."""
        if self.number == 0:  # of an earlier rule; this one goes on where it was
            following: tuple[Day, int] | None = (self.start, 1)
        elif self.repeats_from == "completion":
            skipped = status == "skipped"
            following = next_from_completion(
                self.task, self.date, self.number, now, skipped=skipped
            )
        else:
            last = max(self.date, now.date()) + 800 * DAY
            following = next_from_due(self.task, self.date, self.number, now, last)
        at = now if status == "completed" else None
        record = Record(
            *(self.date, status, self.due, at, self.owner.time_zone, self.starts_on),
            *(self.rule_number, self.number),
        )
        if following is None:
            self.finished, self.finished_at = record, now
            return
        self.records.append(record)
        self._go_to(*following, self.due_of(following[0]))
        self.starts_on = None
        if self.days_before is not None:
            self.starts_on = self.due_day - self.days_before * DAY

    def reopen(self) -> None:
        """Take back the last thing that was done, if anything was."""
        if self.finished is not None:
            self.finished = None
        elif self.records:
            record = self.records.pop()
            number = record.number if record.rule_number == self.rule_number else 0
            self._go_to(record.date, number, self._here(record.date, record.due, record.zone))
            self.starts_on = record.starts_on

    def _day_of(self, due: Due) -> Day:
        due_date, due_at = due
        day = local_day(due_at, self.owner) if due_at else due_date
        assert day is not None
        return day

    def _go_to(self, day: date, number: int, due: Due) -> None:
        self.date, self.number, self.due = day, number, due

    def edit_due(self, due: Due) -> None:
        """For the occurrence that the row is alone; what is recorded stays."""
        self.due = due
        if self.finished is not None and self.finished.status == "completed":
            self.finished = self.finished._replace(due=due)

    def edit_start(self, days: int | None) -> None:
        """For good if the occurrence is due when the rule says, and else for once."""
        before = self.starts_on
        self.starts_on = None if days is None else self.due_day - days * DAY
        if self.starts_on != before and self.due_day == self._day_of(self.due_of(self.date)):
            self.days_before = days

    def change_rule(self, rule: str, repeats_from: str) -> None:
        """Start again from the open occurrence, unless it is the same rule."""
        if (rule, repeats_from) != (self.rule, self.repeats_from):
            self.start_again(rule, repeats_from)

    def start_again(self, rule: str | None = None, repeats_from: str | None = None) -> None:
        """Have the rule, or another one, start where the open occurrence is due."""
        due_date, due_at = self.due
        if due_at is not None:
            wall = self._shown_by_clocks(self.date, due_at, self.owner.time_zone)
            self.start, self.time = wall.date(), wall.time()
        elif due_date is not None:
            self.start, self.time = due_date, None
        self.rule, self.repeats_from = rule or self.rule, repeats_from or self.repeats_from
        self.date, self.number = self.start, 1
        self.rule_number += 1
        if self.days_before is None and self.starts_on is not None:
            self.days_before = max((self.due_day - self.starts_on).days, 0)
        if self.finished is None:
            return
        if self.finished.status == "skipped" and self.finished.date != self.date:
            self.records.append(self.finished)  # of another occurrence than the row now is
            zone = self.owner.time_zone
            self.finished = Record(
                self.date, "completed", self.due, None, zone, None, self.rule_number, 1
            )
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
        wall = self._shown_by_clocks(day, due[1], zone)
        return None, instant_of(wall.date(), wall.time(), self.owner.time_zone)

    def _shown_by_clocks(self, day: date, due_at: datetime, zone: str) -> datetime:
        """What clocks show then, or would show if they did not jump over the time of the rule."""
        if self.time is not None and due_at == instant_of(day, self.time, zone):
            return datetime.combine(day, self.time)
        return (due_at + offset_at(due_at, zone)).replace(tzinfo=None)

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
                is_over_now = last is not None and is_over(self.task, day, min(last, now))
                is_missed = is_over_now if self.number == 0 else day < self.date or is_over_now
                if self.number == 0 and day == self.start:  # it comes next, late as it may be
                    is_missed = False
                if is_missed or self.finished is None:
                    status = "missed" if is_missed else "upcoming"
                    found.append(Shown(day, status, self.due_of(day), None))
        return sorted((one for one in found if start <= one.date <= end), key=lambda one: one.date)

    def completed_on(self) -> list[date]:
        """The local days of completions; valid while the owner does not move."""
        done = [*self.records, *([self.finished] if self.finished else [])]
        return [local_day(one.completed_at, self.owner) for one in done if one.completed_at]
