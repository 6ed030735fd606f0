"""`updated_at` is when a row was last changed, whoever changed it: each call of a service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, Call, call
from tests.services.support import LATER, NOW, TODAY, Ids, person
from tests.support.names import short
from trackercore import (
    Base,
    Category,
    Habit,
    HabitArchived,
    StudySession,
    Tag,
    Task,
    TaskCreate,
    TaskUpdate,
    Topic,
    User,
    UserUpdate,
    habits,
    tasks,
    topics,
)

MODELS = (User, Category, Tag, Task, Habit, Topic, StudySession)
TABLES = {short(model.__tablename__): Base.metadata.tables[model.__tablename__] for model in MODELS}
TAGGED = (Task, Habit, StudySession)
CACHE = {
    column.name
    for column in TABLES["habits"].columns
    if "streak" in column.name and not column.name.startswith("starting")
}
"""What is worked out of a habit's history again and again, and says nothing new about it."""

Key = tuple[str, int]
Rows = Mapping[Key, Mapping[str, Any]]


def stored(session: Session) -> Rows:
    session.flush()
    rows = {
        (name, row["id"]): dict(row)
        for name, table in TABLES.items()
        for row in session.connection().execute(select(table)).mappings()
    }
    for model in TAGGED:
        for row_id, tags in session.execute(select(model.id, model.tags)):
            rows[short(model.__tablename__), row_id]["tags"] = tags
    return rows


def unused(_session: Session, _ids: Ids) -> None:
    """Rows as they are new."""


def used(session: Session, ids: Ids) -> None:
    """Rows in all the states from which a call may take them back; all at one position."""
    due = TaskUpdate(due_at=NOW, completed=True)
    tasks.update(session, ids.user, ids.task, due, now=NOW)
    tasks.archive(session, ids.user, ids.task)
    habits.archive(session, ids.user, ids.habit, now=NOW)
    topics.archive(session, ids.user, ids.topic)
    session.execute(update(Habit).where(Habit.id == ids.habit).values(category_id=ids.category))
    items = [
        TaskCreate(title="t", due_at=NOW, completed=completed, category_id=ids.category)
        for completed in (False, True)
    ]
    tasks.create_many(session, ids.user, items)
    habit = {"name": "h", "frequency": "daily", "starts_on": TODAY, "user_id": ids.user}
    session.execute(insert(Habit), [habit])
    for model in (Task, Habit):
        session.execute(update(model).values(position=1))


def last_of(model: type[Task | Habit]) -> Callable[[Session, Ids], object]:
    def move(session: Session, ids: Ids) -> object:
        own_rows = select(model.id).where(model.user_id == ids.user)
        last = session.scalars(own_rows.order_by(model.id.desc())).first()
        own, service = (ids.task, tasks) if model is Task else (ids.habit, habits)
        return service.move(session, ids.user, own, before=last)

    return move


MORE: tuple[Callable[[Session, Ids], object], ...] = (
    call("users.update", data=UserUpdate(time_zone="Pacific/Kiritimati")).run,
    call("users.update", data=UserUpdate(day_starts_at=719)).run,
    call("habits.unarchive", now=LATER).run,
    last_of(Task),
    last_of(Habit),
)
RUNS: tuple[Call | Callable[[Session, Ids], object], ...] = (*CALLS, *MORE)


def test_a_new_row_was_last_changed_when_it_was_created(session: Session) -> None:
    ids = person(session)
    for each in CALLS:
        if "create" in each.service and each.has_owner:
            with session.begin_nested() as savepoint:
                each.run(session, ids)
                for key, row in stored(session).items():
                    assert row["updated_at"] == row["created_at"], (str(each), key)
                savepoint.rollback()


@pytest.mark.slow
@pytest.mark.parametrize(("state", "is_loaded"), [(unused, False), (used, True)])
def test_what_a_call_changes_was_updated_by_it_and_nothing_else(
    session: Session, state: Callable[[Session, Ids], None], is_loaded: bool
) -> None:
    ids, _ = person(session), person(session, "eve@example.com")
    state(session, ids)
    before = stored(session)
    changed = set[str]()
    for each in RUNS:
        run = each.run if isinstance(each, Call) else each
        session.expunge_all()
        models = (Task, Habit, Topic) if is_loaded else ()
        loaded = [session.scalars(select(model)).all() for model in models]
        with session.begin_nested() as savepoint:
            with suppress(HabitArchived):
                run(session, ids)
            after = stored(session)
            if is_loaded:
                check_loaded(session, after)
            savepoint.rollback()
        for key in before.keys() & after.keys():
            was, now = before[key], after[key]
            names = {name for name in was if was[name] != now[name]}
            if str(each).startswith("tags."):  # what becomes of a tag is no change of what has it
                names.discard("tags")
            is_updated = was["updated_at"] < now["updated_at"]
            assert is_updated == bool(names - CACHE - {"updated_at"}), (str(each), key, names)
            changed |= {key[0]} if names else set()
        del loaded
    assert changed == TABLES.keys()


def check_loaded(session: Session, after: Rows) -> None:
    """What is loaded has the time that is stored."""
    for row in session.identity_map.values():
        if isinstance(row, (Task, Habit, Topic)):
            at: datetime = row.updated_at
            assert at == after[short(row.__tablename__), row.id]["updated_at"], row
