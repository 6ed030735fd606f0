"""Pages through many rows: each row once, in a stable order, at the same cost for every page.

Work is counted (see measures.py), so that a busy machine does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Insert, case, insert, literal, select, true
from sqlalchemy.orm import Session

from tests.services.measures import analyze, effort
from tests.services.support import NOW, TODAY, Ids, logged, person
from tests.support.databases import empty
from trackercore import (
    Category,
    Database,
    Page,
    PageRead,
    StudySession,
    Task,
    TaskCreate,
    TaskRead,
    Topic,
    study_sessions,
    tasks,
    users,
)

MANY = 20_000  # of so few as 10,000, PostgreSQL may read all for a page, in a millisecond
TEMPLATE = 1_000

Row = Task | StudySession
Find = Callable[..., Page[Any]]


def fill(session: Session, ids: Ids, *others: Ids) -> None:
    """Very many tasks and sessions of each user, in turn; what a filter finds is evenly spread."""
    now, to = datetime.now(UTC), [ids.user, *(other.user for other in others)]
    template = person(session, "template@example.com")
    session.execute(
        insert(Task),
        [
            {
                "user_id": template.user,
                "title": f"task {n}",
                "category_id": template.category if n % 10 == 0 else None,
                "completed": n % 3 == 0,
                "due_date": TODAY + timedelta(days=n * 7 % 400 - 200),
                "created_at": now,
            }
            for n in range(TEMPLATE)
        ],
    )
    session.execute(
        insert(StudySession),
        [
            {
                "user_id": template.user,
                "topic_id": template.topic,
                "study_date": TODAY - timedelta(days=n * 7 % TEMPLATE),
                "duration_seconds": 60 * (1 + n % 60),
                "created_at": now,
            }
            for n in range(TEMPLATE)
        ],
    )
    for model, parent in ((Task, Category), (StudySession, Topic)):
        session.execute(_copies(model, parent, template.user, to))
    users.delete(session, template.user)


def _copies(
    model: type[Task | StudySession], parent: type[Category | Topic], of: int, to: list[int]
) -> Insert:
    """Copy somebody's rows to others until each has very many."""
    first = select(literal(1).label("n")).cte(recursive=True)
    numbers = first.union_all(select(first.c.n + 1).where(first.c.n < MANY // TEMPLATE))
    rows, parents = model.__table__, parent.__table__
    pointer = rows.columns["topic_id" if model is StudySession else "category_id"]
    own = {"user_id": parents.c.user_id, pointer.name: case((pointer.is_not(None), parents.c.id))}
    made = [column for column in rows.columns if column.name == "id" or column.computed is not None]
    copied = [column for column in rows.columns if column not in set(made)]
    return insert(model).from_select(
        copied,
        select(*(own.get(column.name, column) for column in copied))
        .select_from(rows)
        .join(numbers, true())
        .join(parents, parents.c.user_id.in_(to))
        .where(rows.c.user_id == of)
        .order_by(numbers.c.n, rows.c.id, parents.c.user_id),
    )


def queries(session: Session, ids: Ids) -> dict[str, Find]:
    of_tasks = partial(partial, tasks.find, session, ids.user)
    of_sessions = partial(partial, study_sessions.find, session, ids.user)
    return {
        "tasks": of_tasks(),
        "open tasks": of_tasks(completed=False),
        "tasks of a category": of_tasks(category_id=ids.category),
        "tasks by text": of_tasks(text="TASK"),
        "upcoming tasks": of_tasks(due="upcoming", now=NOW),
        "sessions": of_sessions(),
        "sessions of a topic": of_sessions(topic_id=ids.topic),
        "sessions in a range": of_sessions(start=TODAY - timedelta(days=TEMPLATE - 150), end=TODAY),
    }


def pages(find: Find, limit: int) -> Iterator[Page[Any]]:
    page = find(limit=limit)
    yield page
    while page.next is not None:
        page = find(limit=limit, after=page.next)
        yield page


def key(row: Row) -> tuple[date, int]:
    return (row.study_date if isinstance(row, StudySession) else date.min, row.id)


NO_INDEX = ("tasks by text", "upcoming tasks")


@pytest.mark.slow
def test_a_page_far_in_costs_what_the_first_one_costs(session: Session, backend: str) -> None:
    ids, *others = (person(session, f"user{n}@example.com") for n in range(2))
    fill(session, ids, *others)
    analyze(session)
    plain = effort(session, tasks.find, session, ids.user)
    for name, find in queries(session, ids).items():
        marks = [page.next for page in pages(find, 300)]
        assert len(marks) > 3
        some = (None, marks[0], marks[len(marks) // 2], marks[-3])
        efforts = [effort(session, find, after=mark) for mark in some]
        if backend == "sqlite":
            assert max(efforts) <= 3 * min(efforts), (name, efforts)
            assert max(efforts) <= 3 * plain or name in NO_INDEX, (name, efforts, plain)
        else:
            # By its statistics it may find it cheaper to pass over rows of others or of no interest
            # in an index that has them in the order of the table, but not over most of them.
            assert max(efforts) <= MANY / 4, (name, efforts)


@pytest.mark.slow
def test_all_rows_are_listed_once_while_others_come_and_go(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
        fill(session, ids)
        for name in ("open tasks", "upcoming tasks", "sessions of a topic"):
            find = queries(session, ids)[name]
            before = {row.id for page in pages(find, 1000) for row in page}
            listed: list[tuple[date, int]] = []
            gone: set[int] = set()
            come: set[int] = set()
            for page in pages(find, 1000):
                listed += map(key, page.items)
                last = page.items[-1]
                # One that was listed goes, and one that was not yet; one comes, before and after.
                unlisted = before - {row_id for _, row_id in listed} - gone
                for row_id in (page.items[0].id, *sorted(unlisted)[-1:]):
                    delete_one(session, ids, last, row_id)
                gone |= set(sorted(unlisted)[-1:])
                come |= {row.id for row in add_two(session, ids, last)}
            assert listed == sorted(set(listed)), name
            ids_listed = {row_id for _, row_id in listed}
            assert before - gone <= ids_listed, name
            assert ids_listed <= before - gone | come, name
            assert not ids_listed & gone, name


def delete_one(session: Session, ids: Ids, like: Row, row_id: int) -> None:
    service = study_sessions if isinstance(like, StudySession) else tasks
    service.delete(session, ids.user, row_id)


def add_two(session: Session, ids: Ids, last: Row) -> list[Row]:
    """Rows that the query finds: around the last one of the page, or at the end of the list."""
    if isinstance(last, Task):
        data = TaskCreate(title="new", due_date=TODAY + timedelta(days=9))
        return [tasks.create(session, ids.user, data) for _ in range(2)]
    days = (last.study_date - timedelta(days=1), last.study_date)
    return [
        study_sessions.create(session, ids.user, logged(ids.topic, day), now=NOW) for day in days
    ]


@settings(max_examples=settings().max_examples // 20)
@given(st.lists(st.integers(0, 4), max_size=15), st.integers(1, 5))
def test_pages_of_any_size_put_together_are_the_list(
    database: Database, days: list[int], limit: int
) -> None:
    with database.session() as session:
        ids = person(session)
        study_sessions.delete(session, ids.user, ids.study_session)
        rows = [
            study_sessions.create(
                session, ids.user, logged(ids.topic, TODAY - timedelta(days=ago)), now=NOW
            )
            for ago in days
        ]
        found = list(pages(queries(session, ids)["sessions"], limit))
        assert [row for page in found for row in page] == sorted(rows, key=key)
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
        assert len(found[-1]) > 0 or not rows  # an empty page does not follow
        assert found[-1].next is None
    empty(database)


def test_a_page_read_is_the_page_as_json_with_the_rows_as_their_own_schemas(
    session: Session,
) -> None:
    ids = person(session)
    page = tasks.find(session, ids.user, limit=1)
    read = PageRead[TaskRead].model_validate(page)
    assert read.items == [TaskRead.model_validate(row) for row in page.items]
    assert read.next == page.next
    assert PageRead[TaskRead].model_validate_json(read.model_dump_json()) == read
