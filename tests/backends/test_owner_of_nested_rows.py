"""Attributes of rows in queries within queries: whose a row is, its own query says alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Delete,
    FromClause,
    Select,
    Update,
    bindparam,
    delete,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import Session, aliased

from trackercore import SubtaskProgress, Task, TaskCreate, User, UserCreate, tasks, users
from trackercore.types import BIG_ID

Query = Select[*tuple[Any, ...]]

ADA: BindParameter[int] = bindparam("ada", type_=BIG_ID)
EVE: BindParameter[int] = bindparam("eve", type_=BIG_ID)
ONE, OTHER = aliased(Task), aliased(Task)

ROWS = {
    "of ada": ("of ada", ("ada",), None),
    "of eve": ("of eve", ("eve",), SubtaskProgress(0, 1)),
    "part of it": ("part of it", (), None),
}
"""All tasks: the title, tags and progress of each."""
EVES = {"of eve", "part of it"}


@pytest.fixture
def people(session: Session) -> dict[str, int]:
    """Ada and Eve."""
    ada, eve = (users.create(session, UserCreate(email=f"{n}@example.com")).id for n in "ae")
    tasks.create(session, ada, TaskCreate(title="of ada", tags=["ada"]))
    task = tasks.create(session, eve, TaskCreate(title="of eve", tags=["eve"]))
    tasks.create(session, eve, TaskCreate(title="part of it", parent_id=task.id))
    return {"ada": ada, "eve": eve}


def shown(tasks: type[Task], *conditions: ColumnElement[bool]) -> Query:
    columns = tasks.title, tasks.tags.label("tags"), tasks.progress.label("progress")
    return select(*columns).where(*conditions)


def within(inner: FromClause) -> Query:
    """What a query returns, in a query around it that is about Ada's tasks."""
    return select(inner).join_from(Task, inner, true()).where(Task.user_id == ADA)


def has_parts(tasks: type[Task], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that any task of all has subtasks, as one of Eve's does."""
    some = select(tasks.id).where(tasks.progress.is_not(None), *conditions)
    return some.correlate(None).exists()


OF_ALL = shown(Task)
OF_ADA, OF_EVE = shown(Task, Task.user_id == ADA), shown(Task, Task.user_id == EVE)
OF_ROW = select(User.id).where(Task.progress.is_not(None)).correlate(Task).exists()

QUERIES: dict[str, tuple[Query, set[str]]] = {
    "subquery": (within(OF_ALL.subquery()), {*ROWS}),
    "subquery about another": (within(OF_EVE.subquery()), EVES),
    "subquery in a subquery": (within(select(OF_ALL.subquery()).subquery()), {*ROWS}),
    "subquery of an alias": (within(shown(ONE).subquery()), {*ROWS}),
    "CTE": (within(OF_ALL.cte()), {*ROWS}),
    "CTE in a subquery": (within(select(OF_ALL.cte()).subquery()), {*ROWS}),
    "union": (within(union_all(OF_ADA, OF_EVE).subquery()), {*ROWS}),
    "union of all": (within(union_all(OF_ALL, OF_ALL).subquery()), {*ROWS}),
    "table next to an alias": (shown(Task, ONE.user_id == ADA).join(ONE, true()), {*ROWS}),
    "alias next to the table": (shown(ONE, Task.user_id == ADA).join(Task, true()), {*ROWS}),
    "alias next to another": (shown(ONE, OTHER.user_id == ADA).join(OTHER, true()), {*ROWS}),
    "condition": (OF_ADA.where(has_parts(Task)), {"of ada"}),
    "condition about another": (OF_ADA.where(has_parts(Task, Task.user_id == EVE)), {"of ada"}),
    "condition of an alias": (OF_ADA.where(has_parts(ONE)), {"of ada"}),
    "condition of the row": (OF_EVE.where(OF_ROW), {"of eve"}),
    "condition of the row, of all": (OF_ALL.where(OF_ROW), {"of eve"}),
}


@pytest.mark.parametrize(("query", "titles"), QUERIES.values(), ids=QUERIES)
def test_each_row_has_its_own(
    query: Query, titles: set[str], session: Session, people: dict[str, int]
) -> None:
    rows = session.execute(query, people).all()
    assert {row.title for row in rows} == titles
    assert [tuple(row) for row in rows] == [ROWS[row.title] for row in rows]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_each_row_of_a_lateral_subquery_has_its_own(
    session: Session, people: dict[str, int]
) -> None:
    rows = session.execute(within(OF_ALL.correlate(None).lateral()), people)
    assert {row.title: tuple(row) for row in rows} == ROWS


WRITES: dict[str, tuple[Update | Delete, int]] = {
    "update": (update(Task).where(Task.user_id == ADA, has_parts(Task)), 1),
    "update about an alias": (update(Task).where(Task.user_id == ADA, has_parts(ONE)), 1),
    "update of those that have": (update(Task).where(Task.progress.is_not(None)), 1),
    "update of hers": (update(Task).where(Task.user_id == EVE, Task.progress.is_not(None)), 1),
    "delete": (delete(Task).where(Task.user_id == ADA, has_parts(Task)), 1),
    "delete about an alias": (delete(Task).where(Task.user_id == ADA, has_parts(ONE)), 1),
    "delete of those that have": (delete(Task).where(Task.progress.is_not(None)), 1),
    "delete of hers": (delete(Task).where(Task.user_id == EVE, Task.progress.is_not(None)), 1),
}


@pytest.mark.parametrize(("write", "written"), WRITES.values(), ids=WRITES)
def test_a_write_finds_each_row_s_own(
    write: Update | Delete, written: int, session: Session, people: dict[str, int]
) -> None:
    if isinstance(write, Update):
        write = write.values(title="changed")
    result = session.connection().execute(write, people)
    assert result.rowcount == written
