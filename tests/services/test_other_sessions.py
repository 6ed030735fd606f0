"""What a session has loaded, and what other sessions have done to it since."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.services.support import Ids, logged, person
from tests.support.kinds import workers
from tests.support.names import named_sql
from trackercore import (
    CategoryCreate,
    CategoryUpdate,
    Conflict,
    Database,
    HabitCreate,
    NameTaken,
    NotFound,
    StudySessionUpdate,
    TaskCreate,
    TaskUpdate,
    TopicUpdate,
    UserUpdate,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = NOW.date()
DAY = timedelta(days=1)

POSTGRESQL = pytest.mark.parametrize("backend", ["postgresql"])


@pytest.fixture
def ids(database: Database) -> Ids:
    with database.session() as session:
        return person(session)


@contextmanager
def two(database: Database) -> Generator[tuple[Session, Session]]:
    """Two sessions, each with a connection and a transaction of its own."""
    with database.session() as first, database.session() as second:
        yield first, second


def test_pages_go_by_the_rows_as_they_are_now(database: Database, ids: Ids) -> None:
    with database.session() as session:
        for number in range(1, 6):
            log = logged(ids.topic, TODAY - number * DAY)
            study_sessions.create(session, ids.user, log, now=NOW)
    with database.session() as first:
        loaded = study_sessions.find(first, ids.user).items
        first.commit()
        with database.session() as second:
            early = StudySessionUpdate(study_date=date(2020, 1, 1))
            study_sessions.update(second, ids.user, loaded[-1].id, early)
        listed: list[int] = []
        after: str | None = None
        while True:
            page = study_sessions.find(first, ids.user, limit=1, after=after)
            listed += [row.id for row in page]
            if (after := page.next) is None:
                break
        assert sorted(listed) == sorted(row.id for row in loaded)
        assert loaded[-1].study_date == date(2020, 1, 1)


def test_what_is_due_goes_by_the_rows_as_they_are_now(database: Database, ids: Ids) -> None:
    with database.session() as session:
        task = tasks.create(session, ids.user, TaskCreate(title="Mow", due_date=TODAY))
    with database.session() as first:
        tasks.get(first, ids.user, task.id)
        first.commit()
        with database.session() as second:
            tasks.update(second, ids.user, task.id, TaskUpdate(due_date=TODAY + DAY))
        assert not tasks.find(first, ids.user, due="today", now=NOW)
        assert [row.id for row in tasks.find(first, ids.user, due="upcoming", now=NOW)] == [task.id]


def test_a_new_habit_starts_by_the_settings_as_they_are_now(database: Database, ids: Ids) -> None:
    with database.session() as first:
        users.get(first, ids.user)
        first.commit()
        with database.session() as second:
            changes = UserUpdate(time_zone="Pacific/Kiritimati", week_starts_on=7)
            users.update(second, ids.user, changes)
        data = HabitCreate(name="Swim", frequency="weekly")
        habit = habits.create(first, ids.user, data, now=NOW)
        assert (habit.starts_on, habit.week_starts_on) == (TODAY + DAY, 7)


def test_a_check_in_that_another_session_undid_shows_what_replaced_it(
    database: Database, ids: Ids
) -> None:
    with database.session() as first:
        habits.check_in(first, ids.user, ids.habit, on=TODAY, now=NOW)
        (loaded,) = habits.check_ins(first, ids.user, ids.habit, start=TODAY)
        first.commit()
        with database.session() as second:
            habits.undo_check_in(second, ids.user, ids.habit, on=TODAY, now=NOW)
        habits.check_in(first, ids.user, ids.habit, on=TODAY, amount=7, note="new", now=NOW)
        assert (loaded.amount, loaded.note) == (Decimal(7), "new")


def test_a_row_stays_readable_though_its_change_was_refused(database: Database, ids: Ids) -> None:
    with database.session() as session:
        categories.create(session, ids.user, CategoryCreate(name="Taken"))
        category = categories.create(session, ids.user, CategoryCreate(name="Mine"))
        with pytest.raises(Conflict):
            categories.update(session, ids.user, category.id, CategoryUpdate(name="taken"))
    assert category.name == "Mine"


@POSTGRESQL
def test_deleting_a_user_and_creating_for_them_do_not_deadlock(
    database: Database, ids: Ids
) -> None:
    outcome: list[object] = []

    def create() -> None:
        try:
            with database.session() as session:
                data = TaskCreate(title="Mow", category_id=ids.category)
                outcome.append(tasks.create(session, ids.user, data))
        except (NotFound, DBAPIError) as error:
            outcome.append(error)

    with workers(1) as pool:
        with database.session() as session:
            users.get(session, ids.user)
            session.execute(named_sql(f"SELECT id FROM users WHERE id = {ids.user:d} FOR UPDATE"))
            creating = pool.submit(create)
            with suppress(TimeoutError):
                creating.result(timeout=0.3)
            users.delete(session, ids.user)
        creating.result()
    assert isinstance(outcome[0], NotFound), outcome


@POSTGRESQL
def test_changing_a_user_does_not_keep_their_tasks_waiting(database: Database, ids: Ids) -> None:
    with two(database) as (first, second):
        users.update(first, ids.user, UserUpdate(day_starts_at=60))
        second.connection().exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        tasks.create(second, ids.user, TaskCreate(title="Mow", category_id=ids.category))


@POSTGRESQL
def test_describing_a_topic_does_not_keep_its_sessions_waiting(
    database: Database, ids: Ids
) -> None:
    with two(database) as (first, second):
        topics.update(first, ids.user, ids.topic, TopicUpdate(description="SQL"))
        second.connection().exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        study_sessions.create(second, ids.user, logged(ids.topic))


@POSTGRESQL
def test_at_repeatable_read_a_writer_with_an_old_snapshot_gets_an_error(
    database: Database, ids: Ids
) -> None:
    with database.session() as session:
        data = HabitCreate(name="Swim", frequency="weekly", target=2)
        habit = habits.create(session, ids.user, data, now=NOW).id
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as old:
        habits.streak(old, ids.user, habit, now=NOW)  # takes its snapshot
        with database.session() as new:
            habits.check_in(new, ids.user, habit, on=TODAY - DAY, now=NOW)
        with pytest.raises(DBAPIError, match="could not serialize"):
            habits.check_in(old, ids.user, habit, on=TODAY, now=NOW)
    with database.session() as session:
        assert habits.rebuild_streaks(session, ids.user).corrected == 0


@POSTGRESQL
def test_the_row_in_the_way_has_no_id_if_the_snapshot_is_older(
    database: Database, ids: Ids
) -> None:
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as old:
        categories.get(old, ids.user, ids.category)  # takes its snapshot
        with database.session() as new:
            categories.create(new, ids.user, CategoryCreate(name="Late"))
        with pytest.raises(NameTaken) as caught:
            categories.create(old, ids.user, CategoryCreate(name="LATE"))
        assert caught.value.facts == {"entity": "category", "name": "LATE", "other_id": None}
        assert categories.get(old, ids.user, ids.category).name == "Home"
