"""A task does not start after the day on which it is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.tasks.test_repeating import repeating
from trackercore import StartsAfterDue, Task, TaskCreate, TaskUpdate, UserCreate, tasks, users

FIRST, SECOND = date(2026, 3, 10), date(2026, 3, 11)
LATE = datetime(2026, 3, 10, 22, 59, tzinfo=UTC)  # in Berlin, the last minute of the first day
AFTER_MIDNIGHT = datetime(2026, 3, 10, 23, tzinfo=UTC)


@pytest.fixture
def owner(session: Session) -> int:
    return users.create(session, UserCreate(email="a@example.com", time_zone="Europe/Berlin")).id


@pytest.mark.parametrize(
    ("starts_on", "due"),
    [(SECOND, {"due_date": FIRST}), (SECOND, {"due_at": LATE})],
)
def test_it_is_refused_wherever_it_is_written(
    session: Session, owner: int, starts_on: date, due: dict[str, Any]
) -> None:
    new = TaskCreate(title="Sow", starts_on=starts_on, **due)
    with pytest.raises(StartsAfterDue) as refused:
        tasks.create(session, owner, new)
    assert refused.value.facts == {"starts_on": SECOND, "due_day": FIRST}
    with pytest.raises(StartsAfterDue) as refused:
        tasks.create_many(session, owner, [TaskCreate(title="Mow"), new])
    assert refused.value.item == 1
    assert tasks.count(session, owner) == 0
    start: dict[str, Any] = {"starts_on": starts_on}
    for first, then in ((start, due), (due, start)):
        task = tasks.create(session, owner, TaskCreate(title="Sow", **first))
        with pytest.raises(StartsAfterDue):
            tasks.update(session, owner, task.id, TaskUpdate(**then))
        session.refresh(task)
        assert {name: getattr(task, name) for name in first} == first


def test_it_may_start_on_its_last_day_or_never_be_due(session: Session, owner: int) -> None:
    for fields in ({"due_date": SECOND}, {"due_at": AFTER_MIDNIGHT}, {}):
        data = TaskCreate.model_validate({"title": "Sow", "starts_on": SECOND, **fields})
        task = tasks.create(session, owner, data)
        tasks.update(session, owner, task.id, TaskUpdate(title="Mow", starts_on=SECOND))
        later = TaskUpdate(starts_on=date(2026, 4, 1), due_date=date(2026, 4, 1))
        tasks.update(session, owner, task.id, later)
        tasks.update(session, owner, task.id, TaskUpdate(due_date=None, due_at=None))


@pytest.mark.parametrize("close", [tasks.complete, tasks.skip_occurrence])
def test_it_starts_again_when_it_did_after_it_was_held_at_the_next_due_day(
    session: Session, owner: int, close: Callable[..., Task]
) -> None:
    task = repeating(session, owner, "FREQ=DAILY", due_date=FIRST)
    later = date(2026, 3, 13)
    tasks.update(session, owner, task.id, TaskUpdate(due_date=later, starts_on=later))
    close(session, owner, task.id, now=LATE)
    assert (task.due_date, task.starts_on) == (SECOND, SECOND)
    tasks.reopen(session, owner, task.id)
    assert (task.due_date, task.starts_on) == (later, later)
