"""Every kind of legacy database becomes one that trackercore might have made itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from tests.adoption import legacy, support
from tests.adoption.legacy import ADA, KEPT, KINDS, REJECTED, ROWS, Row, owner_of, rows_of
from tests.migrations import catalogue
from trackercore import (
    Category,
    CategoryCreate,
    Database,
    Habit,
    HabitCreate,
    StudySession,
    StudySessionCreate,
    Task,
    TaskCreate,
    Topic,
    TopicCreate,
    User,
    UserCreate,
    adopt,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)

each_kind = pytest.mark.parametrize(
    "kind",
    [kind if kind == legacy.BOTH else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS],
)


@each_kind
def test_it_becomes_what_trackercore_would_have_made(
    kind: str,
    backend: str,
    empty_url: str,
    shared_database: Callable[[str], Database],
    subtests: pytest.Subtests,
) -> None:
    support.fill(empty_url, kind, rows_of(kind))
    before = support.dump_of(empty_url)
    previewed = adopt(empty_url, owner_email=owner_of(kind), dry_run=True)
    with subtests.test("a dry run changes nothing"):
        assert support.dump_of(empty_url) == before
    report = adopt(empty_url, owner_email=owner_of(kind))
    with subtests.test("a dry run reports what adopting will"):
        assert previewed == report.model_copy(update={"dry_run": True})
    database, new = Database(empty_url), shared_database(backend)
    with subtests.test("the report counts the rows"):
        assert report.kept == {table: KEPT[table] for table in KINDS[kind]}
        rejected = {key: rows for key, rows in REJECTED.items() if key[0] in KINDS[kind]}
        assert support.counts(report.rejected) == rejected
        assert report.owner_id == (1 if "topics" in KINDS[kind] else None)
    with subtests.test("the schema is that of a new database"):
        assert report.revision == database.revision() == new.revision()
        with database.engine.connect() as connection, new.engine.connect() as other:
            tables = catalogue.describe(connection, except_for=support.REJECTED)
            assert tables == catalogue.describe(other)
    with subtests.test("nothing old is left"), database.engine.connect() as connection:
        assert connection.execute(text(LEFTOVERS[backend])).all() == []
    with subtests.test("init and upgrade find nothing to do"), support.unchanged(empty_url):
        database.init()
        database.upgrade()
    database.dispose()
    with subtests.test("adopting again changes nothing"), support.unchanged(empty_url):
        for dry_run in (True, False):
            again = adopt(empty_url, owner_email=owner_of(kind), dry_run=dry_run)
            assert (again.kept, again.corrected, again.rejected) == ({}, (), ())
            assert again.revision == report.revision


# What only the old tables can have brought.
LEFTOVERS = {
    "postgresql": """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind = 'S' AND NOT EXISTS (
            SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'i'
        )
        """,
    "sqlite": """
        SELECT name FROM sqlite_sequence WHERE name NOT IN (SELECT name FROM sqlite_master)
        """,
}


@each_kind
def test_the_app_can_go_on(kind: str, empty_url: str, subtests: pytest.Subtests) -> None:
    support.fill(empty_url, kind, rows_of(kind))
    adopt(empty_url, owner_email=owner_of(kind))
    database = Database(empty_url)
    if "habits" in KINDS[kind]:
        with subtests.test("habits go on from their old streak"), database.session() as session:
            go_on_with_habits(session)
        with subtests.test("the services see the old tasks"), database.session() as session:
            see_tasks(session)
    if "sessions" in KINDS[kind]:
        with subtests.test("totals count the old sessions"), database.session() as session:
            count_minutes(session)
    with (
        subtests.test("new rows get ids after the old ones, rejected ones included"),
        database.session() as session,
    ):
        old = {model: len(rows_of(kind).get(model.__tablename__, [])) for model in MODELS}
        if kind == "StudyTracker":
            old[User] = 1  # who was made for the topics
        assert {type(row): row.id - 1 for row in new_rows(session)} == old
    with subtests.test("users and categories can be deleted"), database.session() as session:
        if "categories" in KINDS[kind]:
            categories.delete(session, 1, 1)
        users.delete(session, 1)
    database.dispose()


def go_on_with_habits(session: Session) -> None:
    run, swim = session.scalars(select(Habit).order_by(Habit.id))
    now = datetime.combine(run.starts_on, time(12), UTC)
    assert habits.rebuild_streaks(session).corrected == 0
    assert habits.streak(session, 1, run.id, now=now).current == 12
    assert habits.check_in(session, 1, run.id, now=now).current_streak == 13
    assert habits.check_in(session, 1, swim.id, now=now).current_streak == 4
    assert habits.check_in(session, 1, run.id, now=now + timedelta(days=1)).current_streak == 14
    late = now + timedelta(days=3)
    assert habits.check_in(session, 1, run.id, now=late).current_streak == 1
    assert habits.streak(session, 1, run.id, now=late).longest == 14
    assert habits.rebuild_streaks(session, now=late).corrected == 0


def see_tasks(session: Session) -> None:
    write, read = tasks.find(session, 1).items
    assert (write.title, write.completed, write.completed_at) == ("Write", True, None)
    assert (read.category_id, read.due_date) == (1, date(2024, 3, 5))
    (call,) = tasks.find(session, 2).items
    assert call.due_at == datetime(2024, 3, 5, 10, 30, tzinfo=UTC)
    ada = users.find_by_email(session, "ADA@example.com")
    assert ada is not None
    assert ada.hashed_password == ROWS["users"][0]["hashed_password"]


def count_minutes(session: Session) -> None:
    day = date(2024, 3, 5)
    total = study_sessions.total(session, 1, day, day)
    assert (total.minutes, total.sessions) == (175, 3)
    by_topic = study_sessions.totals_by_topic(session, 1, day, day)
    assert {(topic.name, topic.minutes) for topic in by_topic} == {("SQL", 75), ("Maps", 100)}


def new_rows(session: Session) -> Iterator[User | Category | Task | Habit | Topic | StudySession]:
    eve = users.create(session, UserCreate(email="eve@example.com"))
    topic = topics.create(session, eve.id, TopicCreate(name="SQL"))
    study = StudySessionCreate(topic_id=topic.id, duration_minutes=25)
    yield eve
    yield categories.create(session, eve.id, CategoryCreate(name="Work"))
    yield tasks.create(session, eve.id, TaskCreate(title="Write"))
    yield habits.create(session, eve.id, HabitCreate(name="Run", frequency="daily"))
    yield topic
    yield study_sessions.create(session, eve.id, study)


MODELS = (User, Category, Task, Habit, Topic, StudySession)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_with_write_ahead_logging_is_adopted_too(empty_url: str) -> None:
    support.execute(empty_url, "PRAGMA journal_mode=WAL")
    support.fill(empty_url, legacy.BOTH, ROWS)
    assert adopt(empty_url, owner_email=ADA).kept == KEPT


@pytest.mark.slow
def test_some_of_the_tables_will_do(empty_url: str, subtests: pytest.Subtests) -> None:
    for subset in [("users",), ("users", "tasks"), ("users", "habits"), ("topics",)]:
        with subtests.test(", ".join(subset)):
            support.renew(empty_url)
            support.put_rows(empty_url, {table: numbered(ROWS[table]) for table in subset})
            owner = ADA if "topics" in subset else None
            report = adopt(empty_url, owner_email=owner)
            assert report.kept == {table: KEPT[table] for table in subset}
            with support.connect(empty_url) as connection:
                names = set(inspect(connection).get_table_names()) - {support.REJECTED}
            assert names == {*support.TABLES, "trackercore_version"}


def numbered(rows: list[Row]) -> list[Row]:
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def test_empty_tables_are_adopted(empty_url: str) -> None:
    support.fill(empty_url, legacy.BOTH, {})
    report = adopt(empty_url)
    assert report.kept == dict.fromkeys(legacy.TABLES, 0)
    assert report.owner_id is None
