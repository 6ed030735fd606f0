"""The example's tables: whose they are, and how their rows go with trackercore's."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Table, delete, func, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import trackercore
from host_app import models
from host_app.models import Base, DeletedTask, HabitDetails, Message, Place, task_places
from trackercore import Database, Habit, HabitCreate, Task, TaskCreate, User, habits, tasks, users
from trackercore.migrations import include_name, state

TABLES = Base.metadata.sorted_tables
SOURCE = Path(models.__file__).read_text(encoding="utf-8")


@pytest.fixture
def habit(session: Session, ada: int) -> Habit:
    return habits.create(session, ada, HabitCreate(name="Run", frequency="daily"))


@pytest.fixture
def task(session: Session, ada: int) -> Task:
    return tasks.create(session, ada, TaskCreate(title="Sow"))


@pytest.fixture
def rows(session: Session, habit: Habit, task: Task) -> list[object]:
    """A row of each table."""
    owner = habit.user_id
    rows: list[object] = [
        HabitDetails(user_id=owner, habit_id=habit.id),
        Message(user_id=owner, habit_id=habit.id, streak=7),
        DeletedTask(user_id=owner, task_id=task.id, deleted_at=habit.created_at),
        Place(user_id=owner, name="Garden", tasks=[task]),
        models.Account(user_id=owner),
    ]
    session.add_all(rows)
    session.flush()
    return rows


def stored(session: Session) -> dict[str, int]:
    """How many rows the tables have that have any."""
    counts = {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES
    }
    return {name: count for name, count in counts.items() if count}


def test_no_name_of_ours_is_written_so_a_prefix_or_a_new_name_changes_nothing() -> None:
    words = {
        node.value
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    ours = tuple(f"{name}." for name in trackercore.Base.metadata.tables)
    assert "places.id" in words
    assert [word for word in words if word.startswith(ours)] == []


def test_each_knows_its_own_tables_and_neither_the_other_s(database: Database) -> None:
    assert not Base.metadata.tables.keys() & trackercore.Base.metadata.tables.keys()
    assert database.differences() == []
    assert database.revision() == state.HEAD
    with database.engine.connect() as connection:
        options = {"include_name": include_name, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_keys_have_the_types_of_the_keys_that_they_refer_to(table: Table) -> None:
    for key in table.foreign_keys:
        assert type(key.parent.type) is type(key.column.type), key


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_table_names_its_owner_and_every_row_goes_with_them(table: Table) -> None:
    assert "user_id" in table.columns
    for constraint in table.foreign_key_constraints:
        assert "user_id" in constraint.column_keys
        assert constraint.ondelete == "CASCADE"


def test_the_database_refuses_a_row_of_another_user_s(
    session: Session, rows: list[object], eve: int, habit: Habit, task: Task
) -> None:
    (place,) = (row for row in rows if isinstance(row, Place))
    for row in (
        HabitDetails(user_id=eve, habit_id=habit.id),
        Message(user_id=eve, habit_id=habit.id, streak=7),
        DeletedTask(user_id=eve, task_id=task.id, deleted_at=habit.created_at),
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.add(row)
    own = tasks.create(session, eve, TaskCreate(title="Reap"))
    link = insert(task_places).values(user_id=eve, task_id=own.id, place_id=place.id)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(link)


def by_service(session: Session, user_id: int) -> None:
    users.delete(session, user_id)


def by_orm(session: Session, user_id: int) -> None:
    session.delete(users.get(session, user_id))
    session.flush()


def by_statement(session: Session, user_id: int) -> None:
    session.execute(delete(User).where(User.id == user_id))


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("deletes", [by_service, by_orm, by_statement])
def test_all_goes_with_the_user(
    session: Session, ada: int, deletes: Callable[[Session, int], None]
) -> None:
    assert stored(session).keys() == {table.name for table in TABLES}
    deletes(session, ada)
    assert stored(session) == {}


def test_what_the_services_delete_leaves_the_session_too(
    session: Session, rows: list[object], habit: Habit, task: Task
) -> None:
    session.expunge_all()  # nothing leads from the habit to its details
    keys = [(type(row), inspect(row).identity) for row in rows]
    details, message, deleted, place, account = [session.get_one(*key) for key in keys]
    habits.delete(session, habit.user_id, habit.id)
    assert details not in session
    assert message not in session
    tasks.delete(session, task.user_id, task.id)
    assert deleted not in session
    assert stored(session) == {"places": 1, "accounts": 1}
    users.delete(session, habit.user_id)
    assert place not in session
    assert account not in session
