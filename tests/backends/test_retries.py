"""`run`: a whole transaction, tried again where that may help, and nowhere else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier, Event
from typing import NoReturn, cast

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.orm import Session

from tests.support import kinds
from tests.support.fixtures import OpenDatabase
from tests.support.names import named_sql
from trackercore import (
    Database,
    NameTaken,
    User,
    UserCreate,
    UserUpdate,
    configure,
    run,
    topics,
    users,
)
from trackercore.backends.retries import FIRST_DELAY, LONGEST_DELAY, Retry, delays, is_transient

pytestmark = [pytest.mark.slow, pytest.mark.both_kinds]

each_driver = pytest.mark.parametrize(
    ("backend", "driver"), [("postgresql", "psycopg2"), ("postgresql", "psycopg")]
)

# A task that waited for the others within a transaction would keep them from ever coming.
in_threads = pytest.mark.parametrize("kind", ["Database"])


@pytest.fixture
def driver() -> str:
    """What the URLs of the tests name, or what `each_driver` says."""
    return "psycopg2"


@pytest.fixture
def pair(database: Database) -> tuple[int, int]:
    """The ids of two stored users."""
    with database.session() as session:
        ada = users.create(session, UserCreate(email="ada@example.com"))
        bob = users.create(session, UserCreate(email="bob@example.com"))
        return ada.id, bob.id


@pytest.fixture
def serializable(database: Database, driver: str, open_database: OpenDatabase) -> Database:
    """The database at SERIALIZABLE, as SQLite always is."""
    url = database.engine.url
    if url.get_backend_name() == "sqlite":
        return open_database(url)
    return open_database(url.set(drivername=f"postgresql+{driver}"), isolation_level="SERIALIZABLE")


def lock(session: Session, user_id: int) -> None:
    session.execute(select(User).where(User.id == user_id).with_for_update())


def add_minute(session: Session, user_id: int) -> int:
    """Read and then write, which is lost if another does the same in between."""
    user = users.get(session, user_id)
    minute = user.day_starts_at + 1
    users.update(session, user_id, UserUpdate(day_starts_at=minute))
    return minute


def minutes(database: Database, user_id: int) -> int:
    with database.session(read_only=True) as session:
        return users.get(session, user_id).day_starts_at


def together(count: int, call: Callable[[int], object]) -> None:
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(call, range(count)))


def test_what_the_function_returns_is_returned_and_what_it_did_is_committed(
    database: Database,
) -> None:
    user = database.run(lambda session: users.create(session, UserCreate(email="ada@example.com")))
    assert user.email == "ada@example.com"
    assert database.run(lambda session: users.get(session, user.id), read_only=True).id == user.id


def test_a_read_only_transaction_may_not_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read.?only"):
        database.run(
            lambda session: users.create(session, UserCreate(email="ada@example.com")),
            read_only=True,
        )


def test_the_default_database_is_used_where_none_is_named(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.database._default", None)  # and restored afterwards
    configure(database)
    ada = run(lambda session: users.create(session, UserCreate(email="ada@example.com")))
    assert run(lambda session: users.get(session, ada.id), read_only=True, retries=0).id == ada.id


@pytest.mark.parametrize(
    "error", [ValueError("mine"), NameTaken("topic", "Go"), KeyboardInterrupt()]
)
def test_other_errors_are_raised_at_once_and_nothing_is_stored(
    database: Database, error: BaseException
) -> None:
    calls: list[Session] = []

    def fail(session: Session) -> NoReturn:
        calls.append(session)
        users.create(session, UserCreate(email="ada@example.com"))
        raise error

    with pytest.raises(type(error)) as caught:
        database.run(fail)
    assert caught.value is error
    assert not hasattr(error, "__notes__")
    assert len(calls) == 1
    assert database.run(lambda session: len(users.find(session))) == 0


def test_a_broken_constraint_is_raised_at_once(database: Database, pair: tuple[int, int]) -> None:
    calls: list[Session] = []

    def refuse(session: Session) -> None:
        calls.append(session)
        session.execute(named_sql("UPDATE users SET day_starts_at = -1"))

    with pytest.raises(IntegrityError):
        database.run(refuse)
    assert len(calls) == 1


@in_threads
@each_driver
def test_of_two_transactions_in_a_deadlock_one_is_tried_again(
    serializable: Database, database: Database, pair: tuple[int, int]
) -> None:
    read_committed = serializable.engine.execution_options(isolation_level="READ COMMITTED")
    deadlocked = Database(read_committed)
    both_have_one = Barrier(2)
    tries: list[int] = []

    def swap(first: int) -> None:
        def work(session: Session) -> None:
            tries.append(first)
            lock(session, pair[first])
            if tries.count(first) == 1:
                both_have_one.wait(30)
            lock(session, pair[1 - first])
            users.get(session, pair[first]).day_starts_at += 1

        deadlocked.run(work)

    together(2, swap)
    assert set(tries) == {0, 1}
    assert len(tries) > 2
    assert [minutes(database, user_id) for user_id in pair] == [1, 1]


@each_driver
def test_a_serialization_failure_is_tried_again_with_what_is_stored_by_then(
    serializable: Database, database: Database, pair: tuple[int, int]
) -> None:
    ada, _ = pair
    seen: list[int] = []

    def work(session: Session) -> int:
        minute = users.get(session, ada).day_starts_at
        seen.append(minute)
        if len(seen) == 1:
            database.run(lambda other: add_minute(other, ada))
        return add_minute(session, ada)

    assert serializable.run(work) == 2
    assert seen == [0, 1]


@each_driver
def test_a_commit_that_fails_to_serialize_is_tried_again(
    serializable: Database, pair: tuple[int, int]
) -> None:
    """Each reads what the other writes: of such two, the later commit fails."""
    calls: list[str] = []

    def sum_up(session: Session, into: int) -> int:
        total = sum(user.day_starts_at for user in users.find(session)) + 1
        users.get(session, pair[into]).day_starts_at = total
        session.flush()
        return total

    def work(session: Session) -> int:
        calls.append("first")
        total = sum_up(session, 0)
        if len(calls) == 1:
            serializable.run(lambda other: sum_up(other, 1))
        return total

    assert serializable.run(work) == 2
    assert calls == ["first", "first"]


@each_driver
@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_topic_that_another_has_created_since_is_found_at_the_next_try(
    level: str, serializable: Database, pair: tuple[int, int], open_database: OpenDatabase
) -> None:
    isolated = open_database(serializable.engine.execution_options(isolation_level=level))
    ada, _ = pair
    made: list[int] = []

    def get_or_create(session: Session) -> int:
        users.get(session, ada)
        if not made:
            made.append(isolated.run(lambda other: topics.get_or_create(other, ada, "SQL")).id)
        return topics.get_or_create(session, ada, "sql").id

    with pytest.raises(OperationalError, match="could not serialize access"):
        isolated.run(get_or_create, retries=0)
    made.clear()
    isolated.run(lambda session: topics.delete(session, ada, topics.find(session, ada).items[0].id))
    assert [isolated.run(get_or_create)] == made


@in_threads
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_busy_file_is_tried_again_until_it_is_free(
    database: Database, pair: tuple[int, int], open_database: OpenDatabase
) -> None:
    impatient = open_database(database.engine.url, connect_args={"timeout": 0.01})
    tried = Event()
    calls: list[Session] = []

    def work(session: Session) -> int:
        calls.append(session)
        if len(calls) > 1:
            tried.set()
        return add_minute(session, pair[0])

    with ThreadPoolExecutor(1) as pool:
        with database.session() as writer:
            lock(writer, pair[0])
            waiting = pool.submit(impatient.run, work, retries=1000)
            assert tried.wait(30)
        assert waiting.result(30) == 1
    assert len(calls) > 1


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("retries", "tries"), [(0, 1), (2, 3)])
def test_after_the_last_try_a_note_says_how_many_there_were(
    database: Database, open_database: OpenDatabase, retries: int, tries: int
) -> None:
    impatient = open_database(database.engine.url, connect_args={"timeout": 0})
    calls: list[Session] = []

    def work(session: Session) -> None:
        calls.append(session)
        users.create(session, UserCreate(email="ada@example.com"))

    with database.session() as writer:
        lock(writer, 1)
        with pytest.raises(OperationalError, match="database is locked") as caught:
            impatient.run(work, retries=retries)
    assert len(calls) == tries
    assert caught.value.__notes__[-1] == f"The transaction was tried {tries} times."
    for session in calls:
        with pytest.raises(InvalidRequestError, match="permanently closed"):
            session.connection()


def test_updates_from_eight_threads_or_tasks_are_all_kept(
    serializable: Database, pair: tuple[int, int]
) -> None:
    def add(session: Session) -> int:
        return add_minute(session, pair[0])

    kinds.together(8, lambda _: [serializable.run(add, retries=100) for _ in range(5)])
    assert minutes(serializable, pair[0]) == 40


@pytest.mark.parametrize(
    ("retries", "error"),
    [(-1, ValueError), (None, TypeError), (1.0, TypeError), ("3", TypeError), (True, TypeError)],
)
def test_an_invalid_number_of_retries_is_refused_before_the_first_try(
    retries: object, error: type[Exception]
) -> None:
    database = Database("sqlite:///no/such/folder/file.db")
    with pytest.raises(error, match="retries must be"):
        database.run(Session.close, retries=cast("int", retries))


def failed(reason: BaseException) -> DBAPIError:
    return DBAPIError("SELECT 1", None, reason)


def sqlite_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("what SQLite says")
    error.sqlite_errorcode = code
    return error


class Refusal(Exception):
    """An error as psycopg raises it."""

    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("reason", "transient"),
    [
        (sqlite_error(sqlite3.SQLITE_BUSY), True),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), True),
        (sqlite_error(sqlite3.SQLITE_BUSY_RECOVERY), True),
        (sqlite_error(sqlite3.SQLITE_LOCKED), False),
        (sqlite_error(sqlite3.SQLITE_FULL), False),
        (sqlite_error(sqlite3.SQLITE_READONLY), False),
        (sqlite3.OperationalError("with no code"), False),
        (Refusal("40001"), True),
        (Refusal("40P01"), True),
        (Refusal("40003"), False),
        (Refusal("57P01"), False),
        (Refusal("23505"), False),
        (OSError(sqlite3.SQLITE_BUSY), False),
    ],
)
def test_which_errors_are_tried_again(reason: BaseException, transient: bool) -> None:
    assert is_transient(failed(reason)) == transient
    with nullcontext() if transient else pytest.raises(DBAPIError), Retry(1):
        raise failed(reason)


def test_waits_are_random_below_a_limit_that_doubles_up_to_a_second() -> None:
    limits = [min(FIRST_DELAY * 2**number, LONGEST_DELAY) for number in range(12)]
    drawn = [list(delays(len(limits))) for _ in range(200)]
    for number, limit in enumerate(limits):
        waits = [delay[number] for delay in drawn]
        assert 0 <= min(waits) < limit / 4
        assert limit * 3 / 4 < max(waits) <= limit
