"""`Database.session`: commit, or roll back and re-raise, and always close."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, event, func, inspect, select, text
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InvalidRequestError,
    OperationalError,
    TimeoutError,
)
from sqlalchemy.orm import Session, object_session
from sqlalchemy.pool import QueuePool

from tests.support.fixtures import OpenDatabase
from tests.support.names import named_sql
from tests.support.statements import count_statements
from trackercore import (
    Base,
    Category,
    CategoryCreate,
    CategoryRead,
    CheckInRead,
    Database,
    HabitCreate,
    HabitPauseRead,
    HabitRead,
    HabitSchedule,
    HabitScheduleRead,
    ScheduleChange,
    StudySessionCreate,
    StudySessionRead,
    TaskCreate,
    TaskRead,
    TopicCreate,
    TopicRead,
    User,
    UserCreate,
    UserRead,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)
from trackercore.models import (
    HabitTag,
    StudyGoal,
    StudySessionTag,
    Tag,
    TaskOccurrence,
    TaskTag,
    Timer,
)
from trackercore.types import utc_now

pytestmark = pytest.mark.both_kinds

ADA = UserCreate(email="ada@example.com")
BOB = UserCreate(email="bob@example.com")
EVE = UserCreate(email="eve@example.com")

ErrorT = TypeVar("ErrorT", bound=BaseException)


class Abort(Exception):
    """Raised to leave a session early."""


def emails(database: Database) -> list[str]:
    with database.session(read_only=True) as session:
        return list(session.scalars(select(User.email).order_by(User.email)))


def connection_of(session: Session) -> object:
    return session.connection().connection.driver_connection


def assert_closed(database: Database, session: Session) -> None:
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0
    assert not session.in_transaction()
    assert not list(session)


def failure(database: Database, error: type[ErrorT], work: Callable[[Session], object]) -> ErrorT:
    """What comes out of a session in which `work` fails; however it does, the session is closed."""
    used: list[Session] = []

    def run() -> None:
        with database.session() as session:
            used.append(session)
            work(session)

    with pytest.raises(error) as caught:
        run()
    assert_closed(database, used[0])
    return caught.value


def test_leaving_the_block_commits_and_closes(database: Database) -> None:
    with database.session() as session:
        ada = users.create(session, ADA)
    assert_closed(database, session)
    assert object_session(ada) is None
    assert emails(database) == ["ada@example.com"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), SystemExit(1)], ids=repr)
def test_an_exception_rolls_back_closes_and_comes_out_as_it_is(
    error: BaseException, database: Database
) -> None:
    def work(session: Session) -> None:
        users.create(session, ADA)
        raise error

    assert failure(database, type(error), work) is error
    assert emails(database) == []


def test_a_flush_that_fails_at_the_end_rolls_back_and_closes(
    database: Database, one_connection: Database
) -> None:
    def work(session: Session) -> None:
        users.create(session, ADA)
        session.add(Category(user_id=0, name="Work"))

    failure(one_connection, IntegrityError, work)
    with one_connection.session() as session:
        users.create(session, BOB)
    assert emails(database) == ["bob@example.com"]


def test_a_commit_that_fails_rolls_back_and_closes(
    database: Database, one_connection: Database
) -> None:
    def work(session: Session) -> None:
        users.create(session, ADA)
        if database.engine.dialect.name == "sqlite":
            session.execute(text("PRAGMA defer_foreign_keys=ON"))
            session.add(Category(user_id=0, name="Work"))
        else:
            deferred = "id integer UNIQUE DEFERRABLE INITIALLY DEFERRED"
            session.execute(text(f"CREATE TEMPORARY TABLE twins ({deferred})"))
            session.execute(text("INSERT INTO twins VALUES (1), (1)"))
        session.flush()

    failure(one_connection, IntegrityError, work)
    with database.session() as session:  # the lock is released
        users.create(session, BOB)
    with one_connection.session() as session:  # and the connection can be used again
        users.create(session, EVE)
    assert emails(database) == ["bob@example.com", "eve@example.com"]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_session_whose_connection_is_lost_is_closed(
    database: Database, one_connection: Database
) -> None:
    def work(session: Session) -> None:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with database.session() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        users.create(session, ADA)

    failure(one_connection, OperationalError, work)
    with one_connection.session() as session:
        users.create(session, BOB)
    assert emails(database) == ["bob@example.com"]


@pytest.mark.parametrize("kind", ["Database"])
def test_a_rollback_that_is_interrupted_leaves_no_connection_in_its_transaction(
    database: Database, one_connection: Database
) -> None:
    def interrupt(_: Connection) -> None:
        raise KeyboardInterrupt

    def work() -> None:
        with one_connection.session() as session:
            users.create(session, ADA)
            event.listen(one_connection.engine, "rollback", interrupt, once=True)
            raise Abort

    with pytest.raises(KeyboardInterrupt) as caught:
        work()
    with one_connection.session() as session:
        users.create(session, BOB)
    assert caught.value.__traceback__ is not None  # notebooks keep it, with all variables
    assert emails(database) == ["bob@example.com"]


def test_what_was_committed_within_the_block_stays(database: Database) -> None:
    with suppress(Abort), database.session() as session:
        users.create(session, ADA)
        session.commit()
        users.create(session, BOB)
        raise Abort
    assert emails(database) == ["ada@example.com"]


def test_a_session_that_is_not_used_sends_nothing(database: Database) -> None:
    with count_statements(database.engine) as statements, database.session():
        pass
    assert statements == []


def test_objects_stay_readable_after_the_session_is_closed(database: Database) -> None:
    with database.session() as session:
        ada = users.create(session, ADA)
        work = categories.create(session, ada.id, CategoryCreate(name="Work"))
        task = tasks.create(session, ada.id, TaskCreate(title="Write", category_id=work.id))
        run = habits.create(session, ada.id, HabitCreate(name="Run", frequency="daily"))
        habits.check_in(session, ada.id, run.id)
        (day,) = habits.check_ins(session, ada.id, run.id)
        tomorrow = day.day + timedelta(days=1)
        habits.pause(session, ada.id, run.id, starts_on=tomorrow)
        (pause,) = habits.pauses(session, ada.id, run.id)
        users.pause(session, ada.id, starts_on=tomorrow)
        (pause_of_all,) = users.pauses(session, ada.id)
        weekly = ScheduleChange(frequency="weekly")
        habits.change_schedule(session, ada.id, run.id, weekly, effective_from=tomorrow)
        schedule = session.scalars(select(HabitSchedule)).one()
        sql = topics.create(session, ada.id, TopicCreate(name="SQL"))
        log = StudySessionCreate(topic_id=sql.id, duration_minutes=50)
        logged = study_sessions.create(session, ada.id, log)
        tasks.complete(session, ada.id, task.id)
        timer = Timer(user_id=ada.id, topic_id=sql.id, started_at=utc_now())
        goal = StudyGoal(user_id=ada.id, effective_from=tomorrow, minutes=60)
        session.add_all([timer, goal])
        fun = Tag(user_id=ada.id, name="Fun")
        session.add(fun)
        session.flush()
        links: list[Base] = [
            TaskTag(user_id=ada.id, task_id=task.id, tag_id=fun.id),
            HabitTag(user_id=ada.id, habit_id=run.id, tag_id=fun.id),
            StudySessionTag(user_id=ada.id, session_id=logged.id, tag_id=fun.id),
        ]
        key = {"user_id": ada.id, "task_id": task.id, "number": 1}
        occurrence = TaskOccurrence(**key, occurrence_date=day.day, status="skipped")
        session.add_all([*links, occurrence])
        session.flush()
    rows: list[Base] = [ada, work, task, run, day, pause, pause_of_all, schedule, sql, logged]
    rows += [timer, goal, fun, occurrence, *links]
    assert {type(row) for row in rows} == {mapper.class_ for mapper in Base.registry.mappers}
    for row in rows:
        assert inspect(row).detached
        mapper = inspect(row).mapper
        values = {column.columns[0]: getattr(row, column.key) for column in mapper.column_attrs}
        mapped = {column for column in row.__table__.columns if column.computed is None}
        assert values.keys() >= mapped
    assert UserRead.model_validate(ada).id == CategoryRead.model_validate(work).user_id
    assert TaskRead.model_validate(task).category_id == work.id
    assert HabitRead.model_validate(run).current_streak == 1
    assert CheckInRead.model_validate(day).habit_id == run.id
    assert HabitPauseRead.model_validate(pause).habit_id == run.id
    assert HabitScheduleRead.model_validate(schedule).frequency == "daily"
    assert TopicRead.model_validate(sql).id == StudySessionRead.model_validate(logged).topic_id


WRITES: dict[str, Callable[[Session], object]] = {
    "ORM": lambda session: session.add(User(email="eve@example.com")),
    "service": lambda session: users.create(session, EVE),
    "SQL": lambda session: session.execute(
        named_sql(
            "INSERT INTO users"
            " (email, time_zone, week_starts_on, day_starts_at, created_at, updated_at) VALUES"
            " ('eve@example.com', 'UTC', 1, 0, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
        )
    ),
    "DDL": lambda session: session.execute(text("CREATE TABLE theirs (id integer)")),
}


@pytest.mark.parametrize("how", WRITES)
def test_a_read_only_session_refuses_writes(how: str, database: Database) -> None:
    refused = pytest.raises(DBAPIError, match=r"read.?only")
    with refused as caught, database.session(read_only=True) as session:
        WRITES[how](session)
    assert caught.value.__notes__ == ["This session was opened with read_only=True."]
    assert emails(database) == []


def test_a_connection_writes_again_after_a_read_only_session(
    database: Database, one_connection: Database
) -> None:
    readers: list[object] = []
    writers: list[object] = []
    for number in range(3):
        with one_connection.session(read_only=True) as session:
            readers.append(connection_of(session))
            assert session.scalar(select(func.count()).select_from(User)) == number
        with pytest.raises(DBAPIError), one_connection.session(read_only=True) as session:
            users.create(session, BOB)
        with one_connection.session() as session:
            writers.append(connection_of(session))
            users.create(session, UserCreate(email=f"user-{number}@example.com"))
        with one_connection.engine.begin() as connection:
            connection.execute(named_sql("UPDATE users SET day_starts_at = day_starts_at + 1"))
    assert len({id(connection) for connection in readers}) == 1
    assert len({id(connection) for connection in writers}) == 1
    apart = database.engine.dialect.name == "sqlite"  # PRAGMA query_only forgets what is prepared
    assert (readers[0] is not writers[0]) == apart


def test_a_session_inside_another_reads_what_is_committed(database: Database) -> None:
    with database.session() as outer:
        users.create(outer, ADA)
        assert emails(database) == []
        outer.commit()
        users.create(outer, BOB)
        assert emails(database) == ["ada@example.com"]
    assert emails(database) == ["ada@example.com", "bob@example.com"]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_session_inside_another_is_a_transaction_of_its_own(database: Database) -> None:
    with suppress(Abort), database.session() as outer:
        users.create(outer, ADA)
        with database.session() as inner:
            users.create(inner, BOB)
        raise Abort
    assert emails(database) == ["bob@example.com"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_on_sqlite_a_second_writer_waits_and_then_fails(
    database: Database, open_database: OpenDatabase
) -> None:
    impatient = open_database(database.engine.url, connect_args={"timeout": 0.1})
    locked = pytest.raises(OperationalError, match="database is locked")
    with impatient.session() as outer:
        users.create(outer, ADA)
        with locked as caught, impatient.session() as inner:
            users.create(inner, BOB)
    assert ["pass it on" in note for note in caught.value.__notes__] == [True]
    assert emails(database) == ["ada@example.com"]


@pytest.mark.parametrize("read_only", [False, True])
def test_on_a_database_in_memory_a_session_inside_another_fails(
    read_only: bool, open_database: OpenDatabase
) -> None:
    database = open_database("sqlite://", pool_timeout=0.1)
    database.init()
    with database.session() as outer:
        users.create(outer, ADA)
        with pytest.raises(TimeoutError) as caught, database.session(read_only=read_only) as inner:
            users.find(inner)
    assert ["pass it on" in note for note in caught.value.__notes__] == [True]
    assert emails(database) == ["ada@example.com"]


def test_a_session_cannot_be_used_after_its_block(database: Database) -> None:
    with database.session() as session:
        users.create(session, ADA)
    with pytest.raises(InvalidRequestError, match="permanently closed"):
        users.find(session)
    assert_closed(database, session)


def test_a_database_without_tables_says_how_to_create_them(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    with pytest.raises(DBAPIError) as caught, database.session() as session:
        users.find(session)
    (note,) = caught.value.__notes__
    assert "init_db()" in note
    assert database.engine.url.render_as_string() in note


def test_one_error_in_nested_blocks_has_one_note(
    database: Database, open_database: OpenDatabase, empty_url: str
) -> None:
    without_tables = open_database(empty_url)
    with (
        pytest.raises(DBAPIError) as caught,
        without_tables.session(read_only=True),
        without_tables.session(read_only=True) as session,
    ):
        users.find(session)
    assert len(caught.value.__notes__) == 1


@pytest.mark.parametrize("wrong", ["1", 1.0, None, ADA])
def test_an_id_that_is_not_an_int_is_a_type_error(session: Session, wrong: object) -> None:
    anything: Any = wrong
    with pytest.raises(TypeError, match="user id must be an int, not"):
        users.get(session, anything)
    ada = users.create(session, ADA)
    with pytest.raises(TypeError, match="task id must be an int, not"):
        tasks.get(session, ada.id, anything)
