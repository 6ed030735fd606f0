"""What becomes of tasks and their subtasks, in plain Python: slow, and easy to believe."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from trackercore import (
    NotAllowed,
    ParentIsItself,
    ParentIsSubtask,
    SubtaskCannotRepeat,
    TaskDoesNotRepeat,
    TaskHasSubtasks,
    TrackerError,
)

Refusal = type[TrackerError]
DAY = timedelta(days=1)


@dataclass
class PlainTask:
    """A task, without a database.

    Attributes:
        parent: its place in the list of all tasks; None if it is no subtask.
        completed: whether it is done.
        completed_at: when it was completed.
        due: the day, or the local date and time, on which it is due.
        starts_on: the day before which it is not shown as due.
        archived_at: when it was archived.
        every: it repeats after so many days from `start` on; 0 if it does not.
        start: when its rule starts.
        occurrence: the date of the one that is open.
        past: what it and its subtasks were before each move to the next occurrence.
        recorded: the days on which occurrences of it were completed.
        exists: whether it is there, and not deleted.
    """

    parent: int | None = None
    completed: bool = False
    completed_at: datetime | None = None
    due: date | datetime | None = None
    starts_on: date | None = None
    archived_at: datetime | None = None
    every: int = 0
    start: date | None = None
    occurrence: date | None = None
    past: list[Past] = field(default_factory=list["Past"])
    recorded: list[date] = field(default_factory=list[date])
    exists: bool = True


@dataclass
class Past:
    """A repeating task, and its subtasks that moved on along with it, by their places."""

    occurrence: date
    due: date | datetime | None
    starts_on: date | None
    is_completed: bool
    subtasks: dict[int, PlainTask]


class Model:
    """All tasks of a user, by their places in a list."""

    def __init__(self) -> None:
        self.tasks: list[PlainTask] = []

    def children(self, place: int) -> list[PlainTask]:
        return [it for it in self.tasks if it.exists and it.parent == place]

    def counted(self, place: int) -> list[PlainTask]:
        """The subtasks that are not archived, or were archived along with their parent."""
        at = self.tasks[place].archived_at
        return [it for it in self.children(place) if it.archived_at in (None, at)]

    def progress(self, place: int) -> tuple[int, int] | None:
        children = self.counted(place)
        return (sum(it.completed for it in children), len(children)) if children else None

    def place_of(self, task: PlainTask) -> int:
        return next(place for place, it in enumerate(self.tasks) if it is task)

    def create(self, task: PlainTask) -> Refusal | None:
        if task.parent is not None and self.tasks[task.parent].parent is not None:
            return ParentIsSubtask
        task.start = task.occurrence = task.due if task.every else None  # which is a date
        self.tasks.append(task)
        return None

    def put_under(self, place: int, parent: int | None) -> Refusal | None:
        task = self.tasks[place]
        if parent is not None:
            if parent == place:
                return ParentIsItself
            if self.tasks[parent].parent is not None:
                return ParentIsSubtask
            if task.every:
                return SubtaskCannotRepeat
            if self.children(place):
                return TaskHasSubtasks
        task.parent = parent
        return None

    def complete(self, place: int, now: datetime, *, subtasks: bool) -> None:
        task = self.tasks[place]
        if subtasks:
            for child in self.counted(place):
                _complete(child, now)
        if task.every:
            self._move_on(place, now.date(), is_completed=True)
        else:
            _complete(task, now)

    def skip(self, place: int, now: datetime) -> type[NotAllowed] | None:
        if not self.tasks[place].every:
            return TaskDoesNotRepeat
        self._move_on(place, now.date(), is_completed=False)
        return None

    def _move_on(self, place: int, today: date, *, is_completed: bool) -> None:
        task = self.tasks[place]
        assert task.occurrence is not None
        children = self.counted(place)
        before = {self.place_of(child): replace(child) for child in children}
        task.past.append(Past(task.occurrence, task.due, task.starts_on, is_completed, before))
        if is_completed:
            task.recorded.append(today)
        following = task.occurrence
        while following <= task.occurrence or following < today:
            following += task.every * DAY
        passed = following - task.occurrence
        for child in children:
            if child.completed and child.completed_at is not None:
                child.recorded.append(child.completed_at.date())
            _move(child, passed)
            child.completed, child.completed_at = False, None
        task.due = task.occurrence = following
        task.starts_on = None if task.starts_on is None else task.starts_on + passed

    def reopen(self, place: int) -> None:
        task = self.tasks[place]
        if not task.every:
            task.completed, task.completed_at = False, None
            return
        if not task.past:
            return
        past = task.past.pop()
        assert task.occurrence is not None
        if past.is_completed:
            task.recorded.pop()
        for number, was in past.subtasks.items():
            child = self.tasks[number]
            if not child.exists or child.parent != place:
                continue
            child.due, child.starts_on = was.due, was.starts_on
            if child.completed:  # since, and was it before too, both count
                continue
            child.completed, child.completed_at = was.completed, was.completed_at
            if was.completed_at is not None:
                child.recorded.remove(was.completed_at.date())
        task.occurrence, task.due = past.occurrence, past.due
        task.starts_on = past.starts_on

    def delete(self, place: int) -> None:
        for it in (self.tasks[place], *self.children(place)):
            it.exists = False

    def archive(self, place: int, now: datetime) -> None:
        task = self.tasks[place]
        task.archived_at = task.archived_at or now
        for child in self.children(place):
            child.archived_at = child.archived_at or task.archived_at

    def unarchive(self, place: int) -> None:
        task = self.tasks[place]
        for child in self.children(place):
            if child.archived_at == task.archived_at:
                child.archived_at = None
        task.archived_at = None

    def archive_completed(self, before: date | None, now: datetime) -> int:
        archived: list[PlainTask] = []
        for place, task in enumerate(self.tasks):
            if task.exists and task.parent is None and task.completed and not task.archived_at:
                days = [task.completed_at.date()] if task.completed_at else task.recorded
                if before is None or (days and max(days) < before):
                    children = self.children(place)
                    archived += [task, *(it for it in children if not it.archived_at)]
        for task in archived:
            task.archived_at = now
        return len(archived)


def _complete(task: PlainTask, now: datetime) -> None:
    if not task.completed:
        task.completed, task.completed_at = True, now


def _move(task: PlainTask, by: timedelta) -> None:
    task.due = None if task.due is None else task.due + by
    task.starts_on = None if task.starts_on is None else task.starts_on + by
