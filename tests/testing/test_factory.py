"""The factory: default values, owners, and the rules of the services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from trackercore import (
    Conflict,
    Database,
    FutureDay,
    Habit,
    NotFound,
    StudySession,
    Tag,
    TimerAlreadyRunning,
    habits,
    overview,
    study_sessions,
    users,
)
from trackercore.testing import Factory, ScratchDatabase

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)
TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
HALF_AN_HOUR = timedelta(minutes=30)
HASH = "$argon2id$"


@pytest.fixture
def session(scratch: ScratchDatabase) -> Iterator[Session]:
    with scratch.enclosing_session() as session:
        yield session


@pytest.fixture
def make(session: Session) -> Factory:
    return Factory(session, now=NOW)


def test_a_row_of_every_kind_needs_no_arguments(make: Factory, session: Session) -> None:
    assert make.user().time_zone == "UTC"
    assert make.category().tasks == []
    task = make.task()
    assert not task.completed
    assert (task.due_date, task.due_at, task.category_id) == (None, None, None)
    assert make.task(recurrence="FREQ=DAILY").due_date == TODAY
    assert make.task(parent=task).parent_id == task.id
    assert make.tag().extra == {}
    habit = make.habit()
    assert (habit.frequency, habit.target, habit.starts_on) == ("daily", Decimal(1), TODAY)
    done = make.check_in()
    assert (done.day, done.status, done.amount) == (TODAY, "done", Decimal(1))
    assert (make.skip().day, make.skip().status) == (TODAY, "skipped")
    assert (make.pause().starts_on, make.pause().ends_on) == (TODAY, None)
    assert (make.user_pause().starts_on, make.user_pause().ends_on) == (TODAY, None)
    assert make.history(make.habit(make.user())).cached_streak == 30
    assert make.topic().sessions == []
    logged = make.study_session()
    assert (logged.study_date, logged.duration_minutes, logged.started_at) == (TODAY, 30, None)
    (timed,) = make.timed_session()
    assert (timed.started_at, timed.ended_at) == (NOW - HALF_AN_HOUR, NOW)
    assert make.timer().started_at == NOW
    assert make.study_goal().minutes == 30
    session.flush()


def test_an_id_in_place_of_a_row_is_refused_in_words(make: Factory) -> None:
    anything: Any = make
    task, habit, topic = make.task(), make.habit(), make.topic()
    calls: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: anything.task(make.owner.id), "user must be a User, .*not int"),
        (lambda: anything.today(make.owner.id), "user must be a User"),
        (lambda: anything.task(parent=task.id), "parent must be a Task"),
        (lambda: anything.task(category="Home"), "category must be a Category, .*not str"),
        (lambda: anything.check_in(habit.id), "habit must be a Habit"),
        (lambda: anything.history(30), "habit must be a Habit"),
        (lambda: anything.study_goal(topic=topic.id), "topic must be a Topic"),
        (lambda: anything.timer(task), "topic must be a Topic, .*not Task"),
    )
    for call, message in calls:
        with pytest.raises(TypeError, match=message):
            call()


def test_tags_are_given_as_rows_ids_or_names(make: Factory) -> None:
    garden, house = make.tag(name="garden"), make.tag(name="house")
    tags: list[int | str | Tag] = [garden, house.id, "spring"]
    names = ("garden", "house", "spring")
    assert make.task(tags=tags).tags == names
    assert make.habit(tags=tags).tags == names
    assert make.study_session(tags=tags).tags == names
    (timed,) = make.timed_session(tags=tags)
    assert timed.tags == names
    with pytest.raises(ValidationError):
        make.task(tags="garden")


def test_rows_without_an_owner_belong_to_the_factorys(make: Factory) -> None:
    owners = {
        make.category().user_id,
        make.tag().user_id,
        make.task().user_id,
        make.habit().user_id,
        make.check_in().user_id,
        make.topic().user_id,
        make.timer().user_id,
    }
    assert owners == {make.owner.id}
    assert make.user().id != make.owner.id


def test_a_row_belongs_to_the_owner_of_its_parent(make: Factory) -> None:
    ada = make.user()
    topic, habit = make.topic(ada), make.habit(ada)
    owners = {
        make.task(ada).user_id,
        make.task(category=make.category(ada)).user_id,
        make.task(parent=make.task(ada)).user_id,
        make.tag(ada).user_id,
        make.check_in(habit).user_id,
        make.skip(habit, on=TODAY - DAY).user_id,
        make.pause(habit).user_id,
        make.user_pause(ada).user_id,
        make.history(habit).user_id,
        make.study_session(topic).user_id,
        make.timed_session(topic)[0].user_id,
        make.timer(topic).user_id,
        make.study_goal(topic=topic).user_id,
        make.study_goal(ada).user_id,
    }
    assert owners == {ada.id}


def test_every_argument_is_stored(make: Factory) -> None:
    user = make.user(
        email="Ada@Example.com",
        hashed_password=HASH,
        time_zone="Asia/Tokyo",
        week_starts_on=7,
        day_starts_at=180,
    )
    assert (user.email, user.hashed_password, user.day_starts_at) == ("ada@example.com", HASH, 180)
    assert make.today(user) == TODAY + DAY
    category = make.category(user, name="Home")
    task = make.task(
        title="Sweep",
        description="all",
        category=category,
        due_at=NOW,
        completed=True,
        completed_at=NOW,
        external_id="1",
        priority=2,
        starts_on=TODAY,
        estimate_minutes=20,
        tags=["indoors"],
    )
    assert (task.category_id, task.due_at, task.completed_at) == (category.id, NOW, NOW)
    assert (task.priority, task.starts_on, task.estimate_minutes) == (2, TODAY, 20)
    tag = make.tag(user, name="urgent")
    weekly = make.task(
        user, recurrence="FREQ=WEEKLY", repeats_from="completion", due_at=NOW, tags=[tag.id]
    )
    assert (weekly.recurrence, weekly.repeats_from) == ("FREQ=WEEKLY", "completion")
    assert (task.tags, weekly.tags) == (("indoors",), ("urgent",))
    habit = make.habit(
        user,
        name="Run",
        frequency="weekly",
        target=2,
        every=3,
        starts_on=TODAY,
        week_starts_on=3,
        direction="at_most",
        counts="days",
        day_minimum=0.5,
        allowed_misses=1,
        unit="km",
        tags=["Indoors", tag.id],
        external_id="1",
    )
    assert habit.tags == ("indoors", "urgent")
    assert (habit.every, habit.week_starts_on, habit.external_id) == (3, 3, "1")
    assert (habit.direction, habit.counts, habit.unit) == ("at_most", "days", "km")
    assert (habit.day_minimum, habit.allowed_misses) == (Decimal("0.5"), 1)
    done = make.check_in(habit, on=TODAY, amount=3.25, note="far")
    assert (done.amount, done.note) == (Decimal("3.25"), "far")
    changed = make.schedule_change(
        habit,
        target=Decimal("1.5"),
        direction="at_most",
        allowed_misses=2,
        effective_from=TODAY + DAY,
    )
    assert (changed.target, changed.allowed_misses) == (Decimal("1.5"), 2)
    assert make.pause(habit, reason="ill").reason == "ill"
    assert make.user_pause(user, ends_on=TODAY + DAY, reason="away").reason == "away"
    topic = make.topic(user, name="SQL", description="joins", external_id="1")
    logged = make.study_session(
        topic, duration_minutes=50, study_date=TODAY, notes="n", tags=["deep"], external_id="1"
    )
    assert (logged.duration_minutes, logged.notes, logged.tags) == (50, "n", ("deep",))
    start = NOW - 20 * HALF_AN_HOUR
    parts = make.timed_session(topic, started_at=start, ended_at=NOW, tags=[tag.id])
    assert {part.tags for part in parts} == {("urgent",)}
    assert sum(part.duration_minutes for part in parts) == 600
    assert make.timer(topic, started_at=NOW, notes="n").notes == "n"
    goal = make.study_goal(minutes=45, topic=topic, weekday=2, effective_from=TODAY - DAY)
    assert (goal.minutes, goal.weekday, goal.effective_from) == (45, 2, TODAY - DAY)


def test_names_that_have_to_be_unique_are(make: Factory, session: Session) -> None:
    user = make.user()
    for factory in (make, make, Factory(session)):
        assert factory.user().email != user.email
        assert factory.category(user).user_id == factory.topic(user).user_id == user.id


def test_a_frequency_needs_no_other_arguments(make: Factory) -> None:
    assert make.habit(frequency="weekdays").weekdays == frozenset({1, 2, 3, 4, 5})
    changed = make.schedule_change(make.habit(), frequency="weekdays", effective_from=TODAY + DAY)
    assert (changed.frequency, changed.schedule_from) == ("weekdays", TODAY + DAY)


def test_a_history_meets_the_target_on_all_days_except_the_missed_ones(make: Factory) -> None:
    habit = make.history(make.habit(target=3), days=10, missed={0, 4})
    assert (habit.cached_streak, habit.cached_longest_streak) == (3, 5)
    assert habit.current_streak(TODAY) == 3


@pytest.mark.parametrize(
    "schedule",
    [
        {"target": 2.5},
        {"counts": "days", "day_minimum": 3},
        {"counts": "days"},
        {"direction": "at_most", "target": 2},
        {"direction": "at_most", "target": 0},
        {"direction": "at_most", "target": 0, "counts": "days", "day_minimum": 3},
    ],
    ids=str,
)
def test_a_history_meets_any_target(
    make: Factory, session: Session, schedule: dict[str, Any]
) -> None:
    habit = make.habit(starts_on=TODAY, **schedule)  # at most, it has to start earlier
    make.history(habit, days=10, missed={4})
    streak = habits.streak(session, habit.user_id, habit.id, now=NOW)
    is_today_met = habit.direction == "at_least"  # at most, it is pending until the day is over
    assert (streak.current, streak.longest) == (3 + is_today_met, 5)
    assert habits.rebuild_streaks(session, now=NOW).corrected == 0


def test_streaks_are_those_of_the_services(make: Factory, session: Session) -> None:
    habit = make.habit(starts_on=TODAY - 9 * DAY)
    make.check_in(habit, on=TODAY - DAY)
    make.check_in(habit, on=TODAY - 3 * DAY)
    make.skip(habit, on=TODAY - 2 * DAY)
    assert habit.cached_streak == 2
    assert habits.rebuild_streaks(session).corrected == 0


def test_a_pause_that_touches_another_is_joined_with_it(make: Factory) -> None:
    habit = make.habit()
    make.pause(habit, starts_on=TODAY - 5 * DAY, ends_on=TODAY - DAY)
    whole = make.pause(habit, ends_on=TODAY + DAY)
    assert (whole.starts_on, whole.ends_on) == (TODAY - 5 * DAY, TODAY + DAY)
    later = make.pause(habit, starts_on=TODAY + 9 * DAY)
    assert later.starts_on == TODAY + 9 * DAY


def test_timed_sessions_fill_the_time_before_one_another_and_the_timer(make: Factory) -> None:
    topic = make.topic()
    make.timer(topic, started_at=NOW - HALF_AN_HOUR)
    rows: list[StudySession] = [make.timed_session(topic)[0] for _ in range(3)]
    assert [row.ended_at for row in rows] == [NOW - number * HALF_AN_HOUR for number in (1, 2, 3)]
    (row,) = make.timed_session(topic, started_at=NOW - 9 * HALF_AN_HOUR)
    assert row.ended_at == NOW - 8 * HALF_AN_HOUR
    (row,) = make.timed_session(topic, ended_at=NOW - 9 * HALF_AN_HOUR)
    assert row.started_at == NOW - 10 * HALF_AN_HOUR
    with pytest.raises(Conflict):
        make.timed_session(topic, started_at=NOW - 9 * HALF_AN_HOUR)
    assert make.timed_session(topic, started_at=NOW - 9 * HALF_AN_HOUR, on_overlap="allow")


def test_what_the_services_refuse_is_refused(make: Factory) -> None:
    make.user(email="ada@example.com")
    with pytest.raises(Conflict):
        make.user(email="ada@example.com")
    with pytest.raises(ValidationError):
        make.user(email="")
    with pytest.raises(ValidationError):
        make.task(title="")
    with pytest.raises(NotFound):
        make.task(make.user(), category=make.category())
    with pytest.raises(FutureDay):
        make.check_in(on=TODAY + DAY)
    make.timer()
    with pytest.raises(TimerAlreadyRunning):
        make.timer()


def test_without_now_it_uses_the_clock(session: Session) -> None:
    make = Factory(session)
    assert make.today() == users.today(session, make.owner.id)
    assert make.check_in().day == make.today()
    *_, timed = make.timed_session()  # in two parts soon after midnight
    assert timed.ended_at is not None
    assert make.timer().started_at >= timed.ended_at
    screen = overview(session, make.owner.id)
    assert screen.timer is not None


def test_its_rows_are_stored_if_the_session_is_committed(database: Database) -> None:
    with database.session() as session:
        habit = Factory(session).history(days=7)
    with database.session() as session:
        stored = session.get_one(Habit, (habit.user_id, habit.id))
        assert stored.cached_streak == 7
        assert study_sessions.running(session, habit.user_id) is None
