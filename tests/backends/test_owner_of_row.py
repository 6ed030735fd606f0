"""Subqueries of attributes: where a query equates the owner with a parameter, they do too."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import BindParameter, Select, and_, bindparam, or_, select, true
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session, aliased

from tests.support.names import named
from trackercore import (
    Habit,
    StudySession,
    Tag,
    Task,
    TaskCreate,
    User,
    UserCreate,
    tasks,
    users,
)

OTHER = aliased(Task)
Query = Select[*tuple[Any, ...]]
OWNER: BindParameter[int] = bindparam("owner", 7)

WITH_PARAMETER: dict[str, Query] = {
    "tasks": select(Task).where(Task.user_id == OWNER),
    "habits": select(Habit).where(Habit.user_id == OWNER),
    "sessions": select(StudySession).where(StudySession.user_id == OWNER),
    "tags": select(Tag).where(Tag.user_id == OWNER),
    "order": select(Tag.id).where(Tag.user_id == OWNER).order_by(Tag.use_count),
    "swapped": select(Task).where(Task.user_id == OWNER),
    "several conditions": select(Task).where(and_(true(), Task.id == 1), Task.user_id == OWNER),
    "alias": select(OTHER).where(OTHER.user_id == OWNER),
    "attributes": select(Task.tags, Task.progress).where(Task.user_id == OWNER),
}
WITHOUT: dict[str, Query] = {
    "all rows": select(Task),
    "one of two conditions": select(Task).where(or_(Task.user_id == OWNER, Task.id == 1)),
    "another column": select(Task).where(Task.id == OWNER),
    "not equal": select(Task).where(Task.user_id != OWNER),
    "another table": select(Task).join(User, Task.user_id == User.id).where(User.id == OWNER),
    "an alias of the table": select(Task.tags, OTHER.id).where(
        OTHER.id == 1, OTHER.user_id == OWNER
    ),
    "a column": select(Task, User.id).where(Task.user_id == User.id),
}
_LINKS = named("task_tags"), named("habit_tags"), named("session_tags"), r"\w+_[12]"
_OF_LINKS = re.compile(rf"WHERE (?:{'|'.join(_LINKS)})\.user_id = (\S+)")


def owners(query: Query) -> set[str]:
    """What the subqueries of attributes equate the owner with."""
    compiled = query.compile(dialect=sqlite.dialect(paramstyle="named"))
    return set(_OF_LINKS.findall(str(compiled)))


@pytest.mark.parametrize("query", WITH_PARAMETER.values(), ids=WITH_PARAMETER)
def test_the_parameter_of_the_query_is_that_of_its_subqueries(query: Query) -> None:
    assert owners(query) == {":owner"}


@pytest.mark.parametrize("query", WITHOUT.values(), ids=WITHOUT)
def test_without_one_the_owner_is_that_of_the_row(query: Query) -> None:
    assert owners(query) == {named("tasks.user_id")}


def test_rows_of_one_query_and_of_several_users_have_their_own(session: Session) -> None:
    for name in ("ada", "eve"):
        owner = users.create(session, UserCreate(email=f"{name}@example.com")).id
        parent = tasks.create(session, owner, TaskCreate(title=name, tags=[name]))
        if name == "eve":
            tasks.create(session, owner, TaskCreate(title="part", parent_id=parent.id))
    session.expunge_all()
    all_users = session.scalars(select(User.id).order_by(User.id)).all()
    own = {"ada": ("ada", ("ada",), 0), "eve": ("eve", ("eve",), 1)}

    def found(query: Query) -> list[tuple[str, tuple[str, ...], int]]:
        session.expunge_all()
        rows = session.scalars(query.where(Task.parent_id.is_(None)).order_by(Task.id))
        return [(row.title, row.tags, row.progress.total if row.progress else 0) for row in rows]

    for _ in range(2):  # the second time, the statements are cached
        assert found(select(Task)) == [own["ada"], own["eve"]]
        for owner, name in zip(all_users, own, strict=True):
            assert found(select(Task).where(Task.user_id == owner)) == [own[name]]
