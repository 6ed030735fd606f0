"""Any calls for tasks with subtasks, some of which repeat, against a slow model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.services.tasks.subtask_model import Model, PlainTask
from tests.support.repeating_oracle import instant_of
from trackercore import (
    Database,
    SubtaskProgress,
    Task,
    TaskCreate,
    TaskUpdate,
    TrackerError,
    UserCreate,
    tasks,
    users,
)
from trackercore.domain.calendar import wall_clock

ZONE = "Europe/Berlin"  # whose clocks are put forward on 2026-03-29
START = datetime(2026, 3, 20, 11, tzinfo=UTC)
DAY = timedelta(days=1)

STEPS = (
    *("create", "create in", "create in", "create in", "repeat", "move", "move", "move out"),
    *("complete", "complete", "complete all", "skip", "reopen", "reopen", "update"),
    *("delete", "archive", "unarchive", "archive completed", "wait"),
)
Step = tuple[str, int, int]
places = st.integers(0, 9)
steps = st.lists(st.tuples(st.sampled_from(STEPS), places, places), max_size=30)

TWICE: list[Step] = [
    *[("repeat", 3, 0), ("create in", 0, 1), ("create in", 0, 2), ("create in", 0, 4)],
    *[("complete", 1, 0), ("complete", 0, 0), ("complete", 2, 0), ("skip", 0, 0)],
    *[("wait", 9, 0), ("complete all", 0, 0), ("move out", 1, 0), ("create in", 0, 3)],
    *[("reopen", 0, 0), ("reopen", 0, 0), ("move", 1, 0), ("reopen", 0, 0), ("reopen", 0, 0)],
]
SINCE: list[Step] = [
    *[("repeat", 6, 0), ("create in", 0, 1), ("create in", 0, 4), ("complete", 2, 0)],
    *[("complete", 0, 0), ("complete", 1, 0), ("complete", 2, 0), ("create in", 0, 7)],
    *[("complete", 3, 0), ("archive", 1, 0), ("reopen", 0, 0), ("skip", 0, 0)],
    *[("unarchive", 1, 0), ("reopen", 0, 0), ("complete all", 0, 0), ("reopen", 0, 0)],
]


class Both:
    """The library and the model, which get the same calls."""

    def __init__(self, session: Session, *, is_loaded: bool) -> None:
        self.session, self.is_loaded = session, is_loaded
        data = UserCreate(email="ada@example.com", time_zone=ZONE)
        self.owner = users.create(session, data).id
        self.model = Model()
        self.rows: list[Task] = []
        self.ids: list[int] = []
        self.now = START

    def run(self, step: str, first: int, second: int) -> None:
        self.now += timedelta(minutes=1)
        left = [number for number, it in enumerate(self.model.tasks) if it.exists]
        if step == "wait":
            self.now += first * DAY
        elif step in ("create", "create in", "repeat"):
            self.create(step, left, first, second)
        elif step == "archive completed":
            self.archive_completed(first)
        elif left:
            self.change(step, left[first % len(left)], left[second % len(left)])

    def create(self, step: str, left: list[int], first: int, second: int) -> None:
        plain = PlainTask()
        today = self.now.date()
        if step == "create in" and left:
            plain.parent = left[first % len(left)]
        if step == "repeat":
            plain.every, plain.due = 1 + first, today + second * DAY
        elif second % 3 == 1:
            plain.due = today + second * DAY
        elif second % 3 == 2:
            at = time(9) if second % 2 else time(2, 30)  # clocks may jump over it
            plain.due = wall_clock(instant_of(today + second * DAY, at, ZONE), ZONE)
        plain.starts_on = None if second % 2 else today
        plain.completed = step != "repeat" and second == 9
        data = TaskCreate(
            title="t",
            parent_id=None if plain.parent is None else self.ids[plain.parent],
            due_date=None if isinstance(plain.due, datetime) else plain.due,
            due_at=plain.due.replace(tzinfo=ZoneInfo(ZONE))
            if isinstance(plain.due, datetime)
            else None,
            starts_on=plain.starts_on,
            recurrence=f"FREQ=DAILY;INTERVAL={plain.every}" if plain.every else None,
            completed=plain.completed,
        )
        refused = self.model.create(plain)

        def create() -> None:
            self.rows.append(tasks.create(self.session, self.owner, data))
            self.ids.append(self.rows[-1].id)

        self.agree(create, refused)

    def archive_completed(self, days: int) -> None:
        before = None if days > 5 else self.now.date() - days * DAY
        archived = self.model.archive_completed(before, self.now)
        assert archived == tasks.archive_completed(
            self.session, self.owner, before=before, now=self.now
        )

    def change(self, step: str, place: int, other: int) -> None:
        session, owner, now = self.session, self.owner, self.now
        task_id, other_id = self.ids[place], self.ids[other]
        refused: type[TrackerError] | None = None
        call: Callable[[], object]
        if step == "move":
            refused = self.model.put_under(place, other)
            data = TaskUpdate(parent_id=other_id)
            call = lambda: tasks.update(session, owner, task_id, data)  # noqa: E731
        elif step == "move out":
            self.model.put_under(place, None)
            data = TaskUpdate(parent_id=None)
            call = lambda: tasks.update(session, owner, task_id, data)  # noqa: E731
        elif step in ("complete", "complete all"):
            is_all = step == "complete all"
            self.model.complete(place, now, subtasks=is_all)
            call = lambda: tasks.complete(session, owner, task_id, subtasks=is_all, now=now)  # noqa: E731
        elif step == "update":
            self.model.complete(place, now, subtasks=False)
            data = TaskUpdate(completed=True)
            call = lambda: tasks.update(session, owner, task_id, data, now=now)  # noqa: E731
        elif step == "skip":
            refused = self.model.skip(place, now)
            call = lambda: tasks.skip_occurrence(session, owner, task_id, now=now)  # noqa: E731
        elif step == "reopen":
            self.model.reopen(place)
            call = lambda: tasks.reopen(session, owner, task_id, now=now)  # noqa: E731
        elif step == "delete":
            self.model.delete(place)
            call = lambda: tasks.delete(session, owner, task_id)  # noqa: E731
        elif step == "archive":
            self.model.archive(place, now)
            call = lambda: tasks.archive(session, owner, task_id, now=now)  # noqa: E731
        else:
            self.model.unarchive(place)
            call = lambda: tasks.unarchive(session, owner, task_id)  # noqa: E731
        self.agree(call, refused)

    def agree(self, call: Callable[[], object], refused: type[TrackerError] | None) -> None:
        if not self.is_loaded:
            self.session.flush()
            self.session.expunge_all()
        if refused is None:
            call()
        else:
            with pytest.raises(refused):
                call()

    def check(self) -> None:
        """That the rows, and the objects that were read before, are as the model says."""
        left = [number for number, it in enumerate(self.model.tasks) if it.exists]
        expected = [self.expected(number) for number in left]
        if self.is_loaded:
            assert [self.seen(self.rows[number]) for number in left] == expected
            for number, row in enumerate(self.rows):
                assert (row in self.session) == self.model.tasks[number].exists
            for number in left:
                children = [row.id for row in self.rows[number].subtasks]
                assert children == [self.ids[it] for it in left if self.is_child(it, number)]
        with Session(self.session.connection()) as other:  # has read nothing yet
            page = tasks.find(other, self.owner, archived=None, limit=1000)
            assert [self.seen(row) for row in page] == expected
            for number in left:
                found = tasks.find(
                    other,
                    self.owner,
                    parent_id=self.ids[number],
                    archived=None,
                    order_by="position",
                )
                assert [row.id for row in found] == [
                    self.ids[it] for it in left if self.is_child(it, number)
                ]

    def is_child(self, place: int, parent: int) -> bool:
        return self.model.tasks[place].parent == parent

    def expected(self, place: int) -> tuple[object, ...]:
        it = self.model.tasks[place]
        parent_id = None if it.parent is None else self.ids[it.parent]
        day = None if it.completed_at is None else it.completed_at.date()
        due, due_day = it.due, it.due
        if isinstance(due, datetime):
            due = instant_of(due.date(), due.time(), ZONE)
            due_day = due.date()
        return (
            *(self.ids[place], parent_id, self.model.progress(place)),
            *(it.completed, it.completed_at, day, due, due_day, it.starts_on),
            *(it.archived_at, it.occurrence),
        )

    def seen(self, row: Task) -> tuple[object, ...]:
        progress: SubtaskProgress | None = row.progress
        due: date | datetime | None = row.due_at or row.due_date
        return (
            *(row.id, row.parent_id),
            None if progress is None else (progress.completed, progress.total),
            *(row.completed, row.completed_at, row.completed_on, due, row.due_day, row.starts_on),
            *(row.archived_at, row.occurrence_date),
        )


@pytest.mark.slow
@settings(max_examples=settings().max_examples // 10)
@given(steps, st.booleans())
@example([("create", 0, 9), ("create in", 0, 0), ("archive completed", 9, 0)], False)
@example(TWICE, True)
@example(TWICE, False)
@example(SINCE, True)
@example(SINCE, False)
def test_any_calls_leave_what_the_model_says(
    database: Database, steps: list[Step], is_loaded: bool
) -> None:
    with database.session() as session:
        both = Both(session, is_loaded=is_loaded)
        for step in steps:
            both.run(*step)
            both.check()
        session.rollback()
