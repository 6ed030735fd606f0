"""Deleting a task so that it can be brought back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from host_app.models import DeletedTask
from host_app.trash import archived_tasks, empty_trash, move_to_trash, restore
from trackercore import NotFound, TaskCreate, tasks

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)


@pytest.fixture
def made(session: Session, ada: int) -> list[int]:
    return [tasks.create(session, ada, TaskCreate(title=f"{n}")).id for n in range(6)]


def test_lists_and_counts_leave_out_what_is_in_the_trash(
    session: Session, ada: int, made: list[int]
) -> None:
    for task in made[:4]:
        move_to_trash(session, ada, task, NOW)
    page = tasks.find(session, ada, limit=2)
    assert [task.id for task in page] == made[4:]  # full, and the last one
    assert page.next is None
    assert tasks.count(session, ada) == 2


def test_what_is_restored_is_as_it_was(session: Session, ada: int, made: list[int]) -> None:
    for _ in range(2):  # twice is as once
        move_to_trash(session, ada, made[0], NOW)
    restore(session, ada, made[0])
    restore(session, ada, made[1])  # was never deleted
    assert tasks.count(session, ada) == len(made)
    assert session.scalars(select(DeletedTask)).all() == []


def test_emptying_deletes_what_was_there_before_an_instant(
    session: Session, ada: int, eve: int, made: list[int]
) -> None:
    for days, task in enumerate(made[:3]):
        move_to_trash(session, ada, task, NOW - timedelta(days=days))
    other = tasks.create(session, eve, TaskCreate(title="Other")).id
    move_to_trash(session, eve, other, NOW - timedelta(days=9))
    empty_trash(session, ada, before=NOW - timedelta(days=1))
    assert tasks.count(session, ada, archived=None) == len(made) - 1
    assert tasks.get(session, eve, other).title == "Other"
    with pytest.raises(NotFound):
        tasks.get(session, ada, made[2])


def test_pages_of_archived_tasks_are_full(session: Session, ada: int, made: list[int]) -> None:
    for task in made:
        tasks.archive(session, ada, task, now=NOW)
    for task in made[1:4]:
        move_to_trash(session, ada, task, NOW)
    first = archived_tasks(session, ada, limit=2)
    assert [task.id for task in first] == [made[0], made[4]]
    rest = archived_tasks(session, ada, after_id=first[-1].id, limit=2)
    assert [task.id for task in rest] == [made[5]]


def test_another_user_s_task_is_not_found(session: Session, eve: int, made: list[int]) -> None:
    with pytest.raises(NotFound):
        move_to_trash(session, eve, made[0], NOW)
    with pytest.raises(NotFound):
        restore(session, eve, made[0])
