"""Daily goals: setting them, a day's progress, and the streak of days that met theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import product
from typing import NamedTuple

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.services.study_sessions.day_by_day import DAY, SetGoal, goal_of, walked
from tests.services.study_sessions.learners import (
    NOTHING,
    NOW,
    TODAY,
    new_topic,
    new_user,
    streak_of,
    study,
)
from tests.support.kinds import together, workers
from tests.support.statements import count_statements
from trackercore import Database, StudyGoal, User, topics
from trackercore.domain.calendar import local_day, nonexistent_dates
from trackercore.schemas.study_goal import GoalProgress, StudyGoalCreate, StudyGoalRead
from trackercore.services.study_sessions._goals import goal_progress, goal_streak, goals, set_goal

YESTERDAY = TODAY - DAY
SATURDAY, SUNDAY = date(2024, 3, 23), date(2024, 3, 24)


class Stored(NamedTuple):
    """A goal as it is in the table."""

    topic_id: int | None
    weekday: int
    effective_from: date
    minutes: int | None


def stored(session: Session, user: User) -> list[Stored]:
    """What is in the table, past the ORM's objects."""
    columns = (StudyGoal.topic_id, StudyGoal.weekday, StudyGoal.effective_from, StudyGoal.minutes)
    query = select(*columns).where(StudyGoal.user_id == user.id)
    keys = (StudyGoal.topic_key, StudyGoal.weekday, StudyGoal.effective_from)
    return [Stored(*row) for row in session.execute(query.order_by(*keys))]


def set_minutes(
    session: Session,
    user: User,
    minutes: int | None,
    on: date | None = None,
    *,
    weekday: int | None = None,
    topic: int | None = None,
) -> StudyGoal:
    data = StudyGoalCreate(minutes=minutes, weekday=weekday, topic_id=topic)
    return set_goal(session, user.id, data, effective_from=on, now=NOW)


def goal_on(session: Session, user: User, day: date, topic: int | None = None) -> int | None:
    return goal_progress(session, user.id, day, topic_id=topic).goal


@pytest.fixture
def ada(session: Session) -> User:
    return new_user(session)


# --- Setting goals ---------------------------------------------------------------------------


def test_a_goal_is_in_force_from_the_users_today_on(session: Session) -> None:
    eve = new_user(session, "eve@example.com", "Pacific/Kiritimati")  # where it is tomorrow
    goal = set_goal(session, eve.id, StudyGoalCreate(minutes=30), now=NOW)
    assert stored(session, eve) == [Stored(None, 0, TODAY + DAY, 30)]
    assert StudyGoalRead.model_validate(goal) == StudyGoalRead(
        user_id=eve.id, topic_id=None, weekday=None, effective_from=TODAY + DAY, minutes=30
    )
    assert [goal_on(session, eve, TODAY + n * DAY) for n in range(3)] == [None, 30, 30]


def test_the_past_keeps_its_goal_and_a_goal_to_come_stays(session: Session, ada: User) -> None:
    set_minutes(session, ada, 20, TODAY - 9 * DAY)
    set_minutes(session, ada, 60, TODAY + 9 * DAY)
    set_minutes(session, ada, 40)
    days = (TODAY - 10 * DAY, YESTERDAY, TODAY, TODAY + 8 * DAY, TODAY + 9 * DAY)
    assert [goal_on(session, ada, day) for day in days] == [None, 20, 40, 40, 60]


def test_setting_a_goal_of_the_same_first_day_replaces_its_minutes(
    session: Session, ada: User
) -> None:
    first = set_minutes(session, ada, 20)
    again = set_minutes(session, ada, 50)
    assert again is first
    assert first.minutes == 50
    assert stored(session, ada) == [Stored(None, 0, TODAY, 50)]


def test_what_is_in_force_already_is_no_change_and_writes_nothing(
    session: Session, ada: User
) -> None:
    sql = new_topic(session, ada)
    for topic, weekday in product((None, sql), (None, 3)):
        first = set_minutes(session, ada, 20, YESTERDAY, topic=topic, weekday=weekday)
        for day in (YESTERDAY, TODAY):
            with count_statements(session) as statements:
                again = set_minutes(session, ada, 20, day, topic=topic, weekday=weekday)
            assert again is first
            assert all(statement.startswith("SELECT") for statement in statements), statements
    assert len(stored(session, ada)) == 4


def test_no_goal_ends_one(session: Session, ada: User) -> None:
    set_minutes(session, ada, 20, YESTERDAY)
    set_minutes(session, ada, 0)
    assert [goal_on(session, ada, day) for day in (YESTERDAY, TODAY, SUNDAY)] == [20, None, None]


def test_a_weekday_has_its_own_goal_until_that_is_taken_back(session: Session, ada: User) -> None:
    week = timedelta(days=7)
    set_minutes(session, ada, 30)
    for weekday in (6, 7):
        set_minutes(session, ada, 0, weekday=weekday)
        set_minutes(session, ada, None, SATURDAY + week, weekday=weekday)
    saturdays = [goal_on(session, ada, SATURDAY + n * week) for n in range(3)]
    assert saturdays == [None, 30, 30]
    assert goal_on(session, ada, SATURDAY - DAY) == 30
    set_minutes(session, ada, 45, SATURDAY + week)
    assert goal_on(session, ada, SUNDAY + week) == 45


def test_goals_of_a_topic_and_of_all_study_know_nothing_of_each_other(
    session: Session, ada: User
) -> None:
    sql, latin = new_topic(session, ada), new_topic(session, ada, "Latin")
    set_minutes(session, ada, 60)
    set_minutes(session, ada, 20, topic=sql)
    assert [goal_on(session, ada, TODAY, topic) for topic in (None, sql, latin)] == [60, 20, None]
    set_minutes(session, ada, 0)
    assert [goal_on(session, ada, TODAY, topic) for topic in (None, sql)] == [None, 20]


def test_all_goals_are_listed_by_topic_weekday_and_first_day(session: Session, ada: User) -> None:
    assert goals(session, ada.id) == []
    sql, latin = new_topic(session, ada), new_topic(session, ada, "Latin")
    keys = list(product((latin, None, sql), (7, None, 1), (SUNDAY, TODAY)))
    for minutes, (topic, weekday, day) in enumerate(keys):
        set_minutes(session, ada, minutes, day, topic=topic, weekday=weekday)
    with count_statements(session) as statements:
        listed = goals(session, ada.id)
    assert len(statements) == 1
    order = product((None, sql, latin), (None, 1, 7), (TODAY, SUNDAY))
    read = map(StudyGoalRead.model_validate, listed)
    assert [(goal.topic_id, goal.weekday, goal.effective_from) for goal in read] == list(order)


def test_a_goal_needs_its_minutes() -> None:
    with pytest.raises(ValidationError):
        StudyGoalCreate.model_validate({})


def test_a_goal_set_in_a_savepoint_is_gone_with_it(session: Session, ada: User) -> None:
    goal = set_minutes(session, ada, 20)
    savepoint = session.begin_nested()
    set_minutes(session, ada, 50)
    set_minutes(session, ada, 10, weekday=1)
    savepoint.rollback()
    assert goal.minutes == 20
    assert goals(session, ada.id) == [goal]


def test_the_goals_of_a_topic_are_deleted_with_it(session: Session, ada: User) -> None:
    sql = new_topic(session, ada)
    set_minutes(session, ada, 20, topic=sql)
    set_minutes(session, ada, 60)
    topics.delete(session, ada.id, sql)
    assert stored(session, ada) == [Stored(None, 0, TODAY, 60)]


# --- A day's progress ------------------------------------------------------------------------


def test_progress_tells_what_is_done_and_what_is_left(session: Session, ada: User) -> None:
    sql, latin = new_topic(session, ada), new_topic(session, ada, "Latin")
    set_minutes(session, ada, 60)
    study(session, ada, sql, YESTERDAY, 10)
    study(session, ada, sql, TODAY, 25)
    assert goal_progress(session, ada.id, now=NOW) == GoalProgress(
        day=TODAY, goal=60, minutes=25, seconds=1500, remaining=35, met=False
    )
    study(session, ada, latin, TODAY, 45)
    assert goal_progress(session, ada.id, now=NOW) == GoalProgress(
        day=TODAY, goal=60, minutes=70, seconds=4200, remaining=0, met=True
    )
    assert goal_progress(session, ada.id, topic_id=sql, now=NOW) == GoalProgress(
        day=TODAY, goal=None, minutes=25, seconds=1500, remaining=0, met=None
    )
    assert goal_progress(session, ada.id, YESTERDAY, now=NOW) == GoalProgress(
        day=YESTERDAY, goal=None, minutes=10, seconds=600, remaining=0, met=None
    )


def test_a_goal_is_met_to_the_second_and_until_then_something_remains(
    session: Session, ada: User
) -> None:
    sql = new_topic(session, ada)
    set_minutes(session, ada, 3)
    for seconds, minutes, met in ((89, 1, False), (90, 2, False), (1, 3, True)):
        study(session, ada, sql, TODAY, seconds=seconds)
        progress = goal_progress(session, ada.id, now=NOW)
        assert (progress.minutes, progress.remaining) == (minutes, 3 - minutes)
        assert progress.met is met
        assert goal_streak(session, ada.id, now=NOW).current == met
    assert goal_progress(session, ada.id, now=NOW).seconds == 180


def test_a_goal_raised_today_leaves_yesterdays_met(session: Session, ada: User) -> None:
    sql = new_topic(session, ada)
    set_minutes(session, ada, 30, YESTERDAY)
    for day in (YESTERDAY, TODAY):
        study(session, ada, sql, day, 30)
    set_minutes(session, ada, 60)
    assert goal_progress(session, ada.id, YESTERDAY).met is True
    assert goal_progress(session, ada.id, now=NOW).met is False
    assert goal_streak(session, ada.id, now=NOW) == streak_of(1, 1, YESTERDAY, TODAY)


@settings(max_examples=settings().max_examples // 5)
@given(
    zone=st.sampled_from(["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Manila"]),
    day_starts_at=st.sampled_from([0, 180, 1439]),
    now=st.datetimes(datetime(1840, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_today_is_the_users_wherever_they_are_and_whenever_their_day_starts(
    database: Database, zone: str, day_starts_at: int, now: datetime
) -> None:
    today = local_day(now, zone, day_starts_at)
    with database.session() as session:
        ada = new_user(session, time_zone=zone)
        ada.day_starts_at = day_starts_at
        sql = new_topic(session, ada)
        for ahead in range(-4, 5):
            set_minutes(session, ada, 100 + ahead, today + ahead * DAY)
            study(session, ada, sql, today + ahead * DAY, 50 + ahead)
        found = goal_progress(session, ada.id, now=now)
        session.rollback()
    assert (found.day, found.goal, found.minutes) == (today, 100, 50)


# --- The streak of days that met their goal --------------------------------------------------


def test_the_streak_goes_on_over_days_without_a_goal(session: Session, ada: User) -> None:
    sql = new_topic(session, ada)
    friday, monday = SATURDAY - DAY, SUNDAY + DAY
    set_minutes(session, ada, 30, YESTERDAY)
    for weekday in (6, 7):
        set_minutes(session, ada, 0, weekday=weekday)
    for day in (YESTERDAY - DAY, YESTERDAY, TODAY, TODAY + DAY, friday, SATURDAY):
        study(session, ada, sql, day, 30)
    # What was before the first goal does not count, nor does the Saturday.
    for day in (friday, SATURDAY, SUNDAY, monday):
        found = goal_streak(session, ada.id, as_of=day)
        assert found == streak_of(4, 4, YESTERDAY, monday)
    over = goal_streak(session, ada.id, as_of=monday + DAY)
    assert over == NOTHING.model_copy(update={"longest": 4})


def test_the_streak_of_a_goal_that_has_ended_stands_for_ever(session: Session, ada: User) -> None:
    sql = new_topic(session, ada)
    assert goal_streak(session, ada.id, now=NOW) == NOTHING
    set_minutes(session, ada, 30, YESTERDAY)
    assert goal_streak(session, ada.id, now=NOW) == NOTHING
    study(session, ada, sql, YESTERDAY, 30)
    set_minutes(session, ada, 0)
    for now in (NOW, NOW + 1000 * DAY):
        found = goal_streak(session, ada.id, now=now)
        assert (found.current, found.since, found.alive_through) == (1, YESTERDAY, None)


def test_a_nonexistent_date_does_not_break_the_streak(session: Session) -> None:
    before, after = date(2011, 12, 29), date(2011, 12, 31)
    found: list[int] = []
    for name, zone in (("eve", "Pacific/Apia"), ("bob", "UTC")):
        user = new_user(session, f"{name}@example.com", zone)
        topic = new_topic(session, user)
        set_minutes(session, user, 30, before)
        for day in (before, after):
            study(session, user, topic, day, 30)
        found.append(goal_streak(session, user.id, as_of=after).current)
    assert found == [2, 1]


def test_the_calendars_ends_are_days_like_others(session: Session, ada: User) -> None:
    sql = new_topic(session, ada)
    set_minutes(session, ada, 30, date.min)
    set_minutes(session, ada, 10, date.max)
    for day in (date.min, date.max):
        study(session, ada, sql, day, 20)
        assert goal_progress(session, ada.id, day).met is (day == date.max)
    assert goal_streak(session, ada.id, as_of=date.min) == NOTHING
    found = goal_streak(session, ada.id, as_of=date.max)
    assert (found.current, found.since, found.alive_through) == (1, date.max, None)


amounts = st.sampled_from([0, 0, 1, 30, 30, 60, 1440])


@settings(max_examples=settings().max_examples // 5)
@given(
    zone=st.sampled_from(["UTC", "Pacific/Apia"]),
    calls=st.lists(
        st.tuples(
            st.sampled_from([None, None, 0, 1]),
            st.tuples(st.just(0), amounts) | st.tuples(st.integers(1, 7), st.none() | amounts),
            st.integers(-15, 10),
        ),
        max_size=10,
    ),
    sessions=st.lists(
        st.tuples(st.booleans(), st.integers(-20, 5), st.sampled_from([1, 15, 30, 30, 60]))
    ),
    ahead=st.none() | st.integers(-20, 20),
)
def test_random_goals_and_sessions_give_what_one_finds_day_by_day(
    database: Database,
    zone: str,
    calls: list[tuple[int | None, tuple[int, int | None], int]],
    sessions: list[tuple[bool, int, int]],
    ahead: int | None,
) -> None:
    """Everything at once, for all study and for a topic, next to another user with the same."""
    now = datetime(2012, 1, 2, 11, tzinfo=UTC)
    today = local_day(now, zone)
    as_of = today + (ahead or 0) * DAY
    with database.session() as session:
        ada, bob = new_user(session, time_zone=zone), new_user(session, "bob@example.com")
        of_ada = new_topic(session, ada), new_topic(session, ada, "Latin")
        of_bob = new_topic(session, bob)
        set_minutes(session, bob, 7, today - 15 * DAY)
        minutes_of: dict[int | None, dict[tuple[int, date], int | None]] = {None: {}, 0: {}, 1: {}}
        for about, (weekday, minutes), offset in calls:
            day, mine = today + offset * DAY, minutes_of[about]
            topic = None if about is None else of_ada[about]
            set_minutes(session, ada, minutes, day, weekday=weekday or None, topic=topic)
            before = [key for key in mine if key[0] == weekday and key[1] <= day]
            if not before or mine[max(before)] != minutes:
                mine[weekday, day] = minutes
        for other, offset, length in sessions:
            study(session, ada, of_ada[other], today + offset * DAY, length)
            study(session, bob, of_bob, today + offset * DAY, length + 1)
        assert stored(session, ada) == [
            Stored(None if about is None else of_ada[about], *key, minutes_of[about][key])
            for about in minutes_of
            for key in sorted(minutes_of[about])
        ]
        for about in (None, 0):
            topic = None if about is None else of_ada[about]
            set_goals = [SetGoal(*key, minutes) for key, minutes in minutes_of[about].items()]
            studied: dict[date, int] = {}
            for other, offset, length in sessions:
                if about is None or not other:
                    day = today + offset * DAY
                    studied[day] = studied.get(day, 0) + length
            given_day = None if ahead is None else as_of
            progress = goal_progress(session, ada.id, given_day, topic_id=topic, now=now)
            goal, minutes = goal_of(set_goals, as_of), studied.get(as_of, 0)
            assert progress == GoalProgress(
                day=as_of,
                goal=goal,
                minutes=minutes,
                seconds=minutes * 60,
                remaining=0 if goal is None or minutes >= goal else goal - minutes,
                met=None if goal is None else minutes >= goal,
            )
            expected = walked(
                partial(goal_of, set_goals),
                studied,
                nonexistent_dates(zone),
                as_of,
                (today - 30 * DAY, today + 60 * DAY),
            )
            event(f"longest {min(expected.longest, 4)}")
            found = goal_streak(session, ada.id, topic_id=topic, as_of=given_day, now=now)
            assert found == expected
        session.rollback()


# --- Cost, and two at once -------------------------------------------------------------------


def test_statements_are_few_whatever_the_history(session: Session, ada: User) -> None:
    sql = new_topic(session, ada)
    for ago in range(60):
        day = TODAY - ago * DAY
        study(session, ada, sql, day, 25)
        for topic in (None, sql):
            set_minutes(session, ada, 1 + ago % 20, day, topic=topic)
    for topic in (None, sql):
        with count_statements(session) as statements:
            assert goal_progress(session, ada.id, topic_id=topic, now=NOW).met
        assert len(statements) == 1, statements
        with count_statements(session) as statements:
            assert goal_streak(session, ada.id, topic_id=topic, now=NOW).current == 60
        assert len(statements) == 2, statements
        with count_statements(session) as statements:
            set_minutes(session, ada, 99, topic=topic)
        assert len(statements) <= 5, statements  # on PostgreSQL, one marks the user as changed


def test_setting_a_goal_waits_for_the_one_before_and_sees_it(database: Database) -> None:
    with database.session() as session:
        ada = new_user(session)

    def set_again() -> StudyGoal:
        with database.session() as session:
            return set_minutes(session, ada, 45)

    with workers(1) as pool:
        with database.session() as first:
            set_minutes(first, ada, 30)
            second = pool.submit(set_again)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.2)
        assert second.result(timeout=30).minutes == 45
    with database.session() as session:
        assert stored(session, ada) == [Stored(None, 0, TODAY, 45)]


def test_the_same_goal_from_many_at_once_is_one_row(database: Database) -> None:
    with database.session() as session:
        ada = new_user(session)
        sql = new_topic(session, ada)

    def set_one(number: int) -> int | None:
        with database.session() as session:
            return set_minutes(session, ada, 30 + number % 2, topic=sql).minutes

    together(6, set_one)
    with database.session() as session:
        (row,) = stored(session, ada)
    assert row[:3] == (sql, 0, TODAY)
    assert row.minutes in (30, 31)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_at_repeatable_read_a_goal_that_cannot_be_seen_is_a_serialization_failure(
    database: Database,
) -> None:
    with database.session() as session:
        ada = new_user(session)
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as old:
        assert goals(old, ada.id) == []  # takes its snapshot
        with database.session() as new:
            set_minutes(new, ada, 30)
        with pytest.raises(OperationalError, match="could not serialize"):
            set_minutes(old, ada, 45)
    with database.session() as session:
        assert stored(session, ada) == [Stored(None, 0, TODAY, 30)]
