"""The caller's block is the transaction: services write in it, and never end it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from tests.services.calls import CALLS
from tests.services.support import NOW, TODAY, Ids, dump, person
from trackercore import (
    CategoryCreate,
    Conflict,
    Database,
    HabitCreate,
    StudySessionCreate,
    TaskCreate,
    TopicCreate,
    UserCreate,
    UserUpdate,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def ada(database: Database) -> Ids:
    """Somebody whose rows are committed."""
    with database.session() as session:
        return person(session)


def test_no_service_commits(database: Database, ada: Ids) -> None:
    with database.session() as session:
        before = dump(session)
        for call in CALLS:
            # Nor does one commit what was done before it.
            categories.create(session, ada.user, CategoryCreate(name="Before"))
            call.run(session, ada)
            session.rollback()
            assert dump(session) == before, f"{call} was not undone"


def test_a_service_that_writes_has_written_when_it_returns(database: Database, ada: Ids) -> None:
    """So that its errors are raised by it, and not by a later call."""
    for call in CALLS:
        with database.session() as session:
            call.run(session, ada)
            assert not session.new, call
            assert not session.dirty, call
            assert not session.deleted, call
            session.rollback()


def test_the_examples_calls_are_one_transaction(database: Database) -> None:
    def work(session: Session) -> int:
        ada = users.create(session, UserCreate(email="ada@example.com", time_zone="Europe/Berlin"))
        run = habits.create(session, ada.id, HabitCreate(name="Run", frequency="daily"))
        result = habits.check_in(session, ada.id, run.id)
        assert (result.current_streak, result.created) == (1, True)
        sql = topics.create(session, ada.id, TopicCreate(name="SQL"))
        data = StudySessionCreate(topic_id=sql.id, duration_minutes=50)
        study_sessions.create(session, ada.id, data)
        day = users.today(session, ada.id)
        (week,) = study_sessions.totals_by_week(session, ada.id, start=day, end=day)
        assert week.minutes == 50
        category = categories.create(session, ada.id, CategoryCreate(name="Home"))
        tasks.create(session, ada.id, TaskCreate(title="Sweep", category_id=category.id))
        users.update(session, ada.id, UserUpdate(time_zone="UTC"))
        return ada.id

    def fail(database: Database) -> None:
        with database.session() as session:
            work(session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(database)
    with database.session() as session:
        assert not any(dump(session).values())
        work(session)
    with database.session() as session:
        counts = {name: len(rows) for name, rows in dump(session).items()}
    assert counts == {
        "users": 1,
        "habit_pauses": 0,
        "user_pauses": 0,
        "study_goals": 0,
        "timers": 0,
        "habit_schedules": 0,
        "categories": 1,
        "habits": 1,
        "check_ins": 1,
        "topics": 1,
        "sessions": 1,
        "tasks": 1,
        "tags": 0,
        "task_tags": 0,
        "habit_tags": 0,
        "session_tags": 0,
        "task_occurrences": 0,
    }


def test_a_call_sees_what_the_caller_has_not_flushed_yet(session: Session) -> None:
    ids = person(session)
    habit = habits.get(session, ids.user, ids.habit)
    topic = topics.get(session, ids.user, ids.topic)
    with session.no_autoflush:
        habit.name = "Ride"
        topic.name = "Go"
        habits.check_in(session, ids.user, ids.habit, amount=3, now=NOW)
        assert topics.get_or_create(session, ids.user, "go") is topic
        categories.create(session, ids.user, CategoryCreate(name="Garden"))
    session.expire_all()
    assert (habit.name, topic.name) == ("Ride", "Go")


def test_a_refused_call_leaves_what_the_session_has_read_as_it_was(session: Session) -> None:
    ids = person(session)
    task = tasks.get(session, ids.user, ids.task)
    topic = topics.create(session, ids.user, TopicCreate(name="Go"))
    task.title = "Mop"  # not flushed yet
    with pytest.raises(Conflict):
        topics.create(session, ids.user, TopicCreate(name="sql"))
    assert (task.title, topic.name) == ("Mop", "Go")
    session.flush()
    session.expire_all()
    assert (task.title, topic.name) == ("Mop", "Go")


def test_a_savepoint_of_the_callers_takes_back_what_was_done_in_it(session: Session) -> None:
    ids = person(session)
    habit = habits.get(session, ids.user, ids.habit)
    (check_in,) = habits.check_ins(session, ids.user, ids.habit)
    before = dump(session)
    savepoint = session.begin_nested()
    habits.check_in(session, ids.user, ids.habit, on=TODAY.replace(day=9), now=NOW)
    habits.check_in(session, ids.user, ids.habit, on=TODAY, amount=5, note="far", now=NOW)
    topics.delete(session, ids.user, ids.topic)
    assert (habit.cached_streak, check_in.amount, check_in.note) == (2, Decimal(5), "far")
    savepoint.rollback()
    assert dump(session) == before
    assert (habit.cached_streak, habit.cached_longest_streak) == (1, 1)
    assert (check_in.amount, check_in.note) == (Decimal(1), None)
    assert topics.get(session, ids.user, ids.topic).name == "SQL"


def test_objects_stay_readable_though_a_later_call_was_refused(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
        habit = habits.get(session, ids.user, ids.habit)
        with session.begin_nested():  # as a host does that wants to go on after an error
            habits.check_in(session, ids.user, ids.habit, on=TODAY.replace(day=9), now=NOW)
        with pytest.raises(Conflict):
            topics.create(session, ids.user, TopicCreate(name="sql"))
    assert habit.cached_streak == 2


def test_objects_stay_readable_when_their_session_is_closed(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
        rows = (
            users.update(session, ids.user, UserUpdate(time_zone="Asia/Tokyo")),
            tasks.complete(session, ids.user, ids.task, now=NOW),
            habits.get(session, ids.user, ids.habit),
        )
        habits.check_in(session, ids.user, ids.habit, on=TODAY.replace(day=9), now=NOW)
    user, task, habit = rows
    assert (user.time_zone, task.completed_at, habit.cached_streak) == ("Asia/Tokyo", NOW, 2)
