"""Transactions on SQLite: when they begin, what they see, and what a rollback undoes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.support.fixtures import OpenDatabase
from tests.support.kinds import finish, together
from trackercore import (
    Category,
    CategoryCreate,
    Conflict,
    Database,
    User,
    UserCreate,
    categories,
    users,
)

pytestmark = [pytest.mark.both_kinds, pytest.mark.parametrize("backend", ["sqlite"])]

ADA = UserCreate(email="ada@example.com")


class Abort(Exception):
    """Raised to leave a session or a savepoint early."""


@pytest.fixture
def ada(database: Database) -> User:
    with database.session() as session:
        return users.create(session, ADA)


def minutes(database: Database) -> int:
    """A number on Ada's row, to be counted up."""
    with database.session(read_only=True) as session:
        return session.scalars(select(User.day_starts_at)).one()


def names(database: Database) -> list[str]:
    with database.session(read_only=True) as session:
        return list(session.scalars(select(Category.name).order_by(Category.name)))


@pytest.mark.parametrize(("read_only", "begin"), [(False, "BEGIN IMMEDIATE"), (True, "BEGIN")])
def test_only_a_session_that_may_write_takes_the_lock_and_that_at_once(
    read_only: bool, begin: str, one_connection: Database
) -> None:
    sent: list[str] = []
    with one_connection.session(read_only=read_only) as session:
        connection = session.connection().connection.driver_connection
        session.rollback()
        assert connection is not None
        finish(connection.set_trace_callback(sent.append))
        session.execute(text("SELECT 1"))
        session.commit()
        finish(connection.set_trace_callback(None))
    statements = [statement for statement in sent if not statement.startswith("PRAGMA")]
    assert statements == [begin, "SELECT 1", "COMMIT"]


def test_sessions_that_read_and_then_write_lose_nothing(database: Database, ada: User) -> None:
    def count_up(_: int) -> None:
        for _ in range(10):
            with database.session() as session:
                row = users.get(session, ada.id)
                row.day_starts_at += 1

    together(4, count_up)
    assert minutes(database) == 40


def test_a_reader_neither_waits_for_a_writer_nor_sees_what_is_not_committed(
    database: Database, ada: User, open_database: OpenDatabase
) -> None:
    impatient = open_database(database.engine.url, connect_args={"timeout": 0})
    with database.session() as writer:
        users.get(writer, ada.id).day_starts_at = 7
        writer.flush()
        assert minutes(impatient) == 0
    assert minutes(impatient) == 7


def test_a_writer_does_not_wait_for_a_reader_which_sees_one_state_throughout(
    database: Database, ada: User, open_database: OpenDatabase
) -> None:
    impatient = open_database(database.engine.url, connect_args={"timeout": 0})
    column = select(User.day_starts_at)
    with database.session(read_only=True) as reader:
        assert reader.scalars(column).one() == 0
        with impatient.session() as writer:
            users.get(writer, ada.id).day_starts_at = 7
        assert minutes(impatient) == 7
        assert reader.scalars(column).one() == 0


def add(session: Session, user: User, name: str) -> None:
    session.add(Category(user_id=user.id, name=name))
    session.flush()


def test_rolling_back_a_savepoint_undoes_what_came_after_it_and_no_more(
    database: Database, ada: User
) -> None:
    with database.session() as session:
        add(session, ada, "before")
        with suppress(Abort), session.begin_nested():
            add(session, ada, "within")
            raise Abort
        add(session, ada, "after")
    assert names(database) == ["after", "before"]


def test_a_savepoint_inside_another_rolls_back_alone(database: Database, ada: User) -> None:
    with database.session() as session, session.begin_nested():
        add(session, ada, "outer")
        with suppress(Abort), session.begin_nested():
            add(session, ada, "inner")
            raise Abort
    assert names(database) == ["outer"]


def test_what_a_savepoint_released_is_not_committed_before_the_session_is(
    database: Database, ada: User
) -> None:
    with suppress(Abort), database.session() as session:
        with session.begin_nested():
            add(session, ada, "within")
        assert names(database) == []
        raise Abort
    assert names(database) == []


def test_a_conflict_at_the_start_of_a_session_loses_nothing_after_it(
    database: Database, ada: User
) -> None:
    work = CategoryCreate(name="Work")
    with database.session() as session:
        categories.create(session, ada.id, work)
    with database.session() as session:
        with pytest.raises(Conflict):
            categories.create(session, ada.id, work)
        categories.create(session, ada.id, CategoryCreate(name="Play"))
    assert names(database) == ["Play", "Work"]


def test_a_rollback_drops_tables_that_the_session_created(database: Database) -> None:
    with suppress(Abort), database.session() as session:
        session.execute(text("CREATE TABLE theirs (id INTEGER)"))
        raise Abort
    with database.session(read_only=True) as session:
        tables = select(text("name")).select_from(text("sqlite_master"))
        assert "theirs" not in session.scalars(tables).all()


IN_MEMORY = [
    "sqlite://",
    "sqlite:///:memory:",
    "sqlite:///file::memory:?uri=true",
    "sqlite:///file:notes?mode=memory&uri=true",
    "sqlite:///file:notes?mode=memory&cache=shared&uri=true",
]


@pytest.mark.parametrize("url", IN_MEMORY)
def test_a_database_in_memory_is_one_for_all_threads_or_tasks_which_take_turns(
    url: str, backend: str, open_database: OpenDatabase
) -> None:
    database = open_database(url)
    database.init()
    with database.session() as session:
        ada = users.create(session, ADA)

    def work(thread: int) -> None:
        for number in range(10):
            with database.session() as session:
                row = users.get(session, ada.id)
                row.day_starts_at += 1
                data = CategoryCreate(name=f"{thread}-{number}")
                categories.create(session, ada.id, data)
                if number % 3 == 0:
                    session.rollback()
            minutes(database)

    together(8, work)
    assert minutes(database) == 8 * 6
    kept = [f"{thread}-{number}" for thread in range(8) for number in range(10) if number % 3]
    assert names(database) == sorted(kept)


def test_two_databases_in_memory_are_apart(backend: str, open_database: OpenDatabase) -> None:
    one, other = open_database("sqlite://"), open_database("sqlite://")
    one.init()
    other.init()
    with one.session() as session:
        users.create(session, ADA)
    with other.session() as session:
        assert not users.find(session).items
