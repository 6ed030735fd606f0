"""One screen: what its parts say by themselves, in a fixed number of statements."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.services.measures import analyze, effort
from tests.support.statements import count_statements
from trackercore import (
    CheckIn,
    Due,
    HabitCreate,
    StudyGoalCreate,
    StudySession,
    StudySessionCreate,
    TaskCreate,
    TaskRead,
    TimedSessionCreate,
    TopicCreate,
    UserCreate,
    habits,
    overview,
    study_sessions,
    tasks,
    topics,
    users,
)

NOW = datetime(2026, 6, 11, 1, 30, tzinfo=UTC)
TODAY = date(2026, 6, 10)  # a Wednesday, for somebody whose day starts at four in Berlin
DAY = timedelta(days=1)


@pytest.fixture
def owner(session: Session) -> int:
    data = UserCreate(
        email="owl@example.com", time_zone="Europe/Berlin", day_starts_at=240, week_starts_on=7
    )
    return users.create(session, data).id


def test_somebody_new_sees_an_empty_screen(session: Session, owner: int) -> None:
    seen = overview(session, owner, now=NOW)
    assert (seen.today, seen.week_start) == (TODAY, date(2026, 6, 7))
    assert (seen.habits, seen.overdue, seen.due_today, seen.timer) == ([], [], [], None)
    assert (seen.minutes_today, seen.minutes_this_week) == (0, 0)
    assert (seen.goal_today, seen.goal_this_week) == (None, None)


def test_habits_of_today_are_shown_with_progress_and_streak(session: Session, owner: int) -> None:
    def habit(name: str, **fields: object) -> int:
        data = {"frequency": "daily", "starts_on": TODAY - 30 * DAY, "name": name, **fields}
        return habits.create(session, owner, HabitCreate.model_validate(data), now=NOW).id

    run = habit("Run")
    swim = habit("Swim", frequency="weekly", target=3)
    water = habit("Water", target=8)
    sit, old = habit("Sit"), habit("Old")
    habit("Work", frequency="weekdays", weekdays=[1])
    lazy = habit("Lazy", frequency="weekly", target=7)
    for day in (TODAY - 2 * DAY, TODAY - DAY, TODAY):
        habits.check_in(session, owner, run, on=day, now=NOW)
    habits.check_in(session, owner, swim, on=TODAY - DAY, now=NOW)
    habits.check_in(session, owner, water, amount=3, now=NOW)
    habits.skip(session, owner, lazy, on=TODAY - DAY, now=NOW)
    habits.pause(session, owner, sit, now=NOW)
    habits.archive(session, owner, old, now=NOW)
    seen = {item.name: item for item in overview(session, owner, now=NOW).habits}
    shown = {name: [item.status, item.progress, item.current_streak] for name, item in seen.items()}
    expected = {
        "Run": ["met", 1, 3],
        "Swim": ["pending", 1, 0],
        "Water": ["pending", 3, 0],
        "Sit": ["paused", 0, 0],
        "Lazy": ["excused", 0, 0],
    }
    assert shown == expected
    assert (seen["Swim"].target, seen["Swim"].days_left) == (Decimal(3), 4)
    due = {item.name for item in habits.due(session, owner, now=NOW)}
    assert due == {name for name, item in seen.items() if item.status == "pending"}


def test_tasks_are_those_that_a_search_finds(session: Session, owner: int) -> None:
    for number in range(-3, 4):
        day = TODAY + number * DAY
        tasks.create(session, owner, TaskCreate(title=f"day {number}", due_date=day))
        at = NOW + number * timedelta(hours=5)
        tasks.create(session, owner, TaskCreate(title=f"at {number}", due_at=at))
    tasks.create(session, owner, TaskCreate(title="some day"))
    done = tasks.create(session, owner, TaskCreate(title="done", due_date=TODAY))
    tasks.complete(session, owner, done.id)
    seen = overview(session, owner, now=NOW)
    lists: dict[Due, list[TaskRead]] = {"overdue": seen.overdue, "today": seen.due_today}
    for due, found in lists.items():
        expected = tasks.find(session, owner, due=due, now=NOW)
        assert {task.title for task in found} == {task.title for task in expected}
    assert seen.overdue[0].title == "day -3"


def test_however_much_is_overdue_today_is_there(session: Session, owner: int) -> None:
    for number in range(120):
        day = TODAY - (number + 1) * DAY
        tasks.create(session, owner, TaskCreate(title=f"{number}", due_date=day))
    tasks.create(session, owner, TaskCreate(title="now", due_date=TODAY))
    seen = overview(session, owner, now=NOW)
    assert len(seen.overdue) == 100
    assert seen.overdue[0].title == "119"
    assert [task.title for task in seen.due_today] == ["now"]


def test_tasks_of_tomorrow_s_first_instant_do_not_crowd_out_those_of_today(
    session: Session, owner: int
) -> None:
    tomorrow = datetime(2026, 6, 11, 2, tzinfo=UTC)  # four in the morning in Berlin
    for number in range(100):
        tasks.create(session, owner, TaskCreate(title=f"{number}", due_at=tomorrow))
    late = tasks.create(session, owner, TaskCreate(title="late", due_at=NOW + DAY / 96))
    early = tasks.create(session, owner, TaskCreate(title="early", due_at=NOW + DAY / 200))
    due = [task.id for task in overview(session, owner, now=NOW).due_today]
    assert due == [early.id, late.id]


def test_minutes_stand_against_the_goals_of_today_and_of_the_week(
    session: Session, owner: int
) -> None:
    sql = topics.create(session, owner, TopicCreate(name="SQL")).id
    for ago, minutes in ((0, 20), (0, 5), (3, 40), (4, 99)):  # the week began three days ago
        log = StudySessionCreate(
            topic_id=sql, duration_minutes=minutes, study_date=TODAY - ago * DAY
        )
        study_sessions.create(session, owner, log, now=NOW)
    for data in (StudyGoalCreate(minutes=60), StudyGoalCreate(minutes=0, weekday=7)):
        study_sessions.set_goal(session, owner, data, effective_from=TODAY - 10 * DAY, now=NOW)
    timer = study_sessions.start(session, owner, sql, now=NOW)
    seen = overview(session, owner, now=NOW)
    assert (seen.minutes_today, seen.goal_today) == (25, 60)
    assert (seen.minutes_this_week, seen.goal_this_week) == (65, 6 * 60)
    progress = study_sessions.goal_progress(session, owner, now=NOW)
    assert (progress.goal, progress.minutes) == (seen.goal_today, seen.minutes_today)
    assert seen.timer is not None
    assert (seen.timer.topic_id, seen.timer.started_at) == (sql, timer.started_at)


def test_minutes_are_sums_of_seconds(session: Session, owner: int) -> None:
    sql = topics.create(session, owner, TopicCreate(name="SQL")).id
    for ago in (1, 0):
        for number in (1, 2):
            end = NOW - ago * DAY - number * timedelta(minutes=2)
            start = end - timedelta(seconds=45)
            data = TimedSessionCreate(topic_id=sql, started_at=start, ended_at=end)
            study_sessions.create_timed(session, owner, data, now=NOW)
    seen = overview(session, owner, now=NOW)
    assert (seen.minutes_today, seen.minutes_this_week) == (1, 3)


def test_it_takes_as_much_for_ten_years_as_for_a_week(session: Session, owner: int) -> None:
    efforts: list[int] = []
    sql = topics.create(session, owner, TopicCreate(name="SQL")).id
    run = habits.create(
        session,
        owner,
        HabitCreate(name="Run", frequency="weekly", target=3, starts_on=TODAY - 4000 * DAY),
        now=NOW,
    ).id
    for days in (range(1, 11), range(11, 3650)):
        key = {"user_id": owner, "habit_id": run}
        session.execute(insert(CheckIn), [{**key, "day": TODAY - n * DAY} for n in days])
        study = {"user_id": owner, "topic_id": sql, "duration_seconds": 1800}
        session.execute(
            insert(StudySession), [{**study, "study_date": TODAY - n * DAY} for n in days]
        )
        habits.rebuild_streaks(session, owner)
        analyze(session)
        with count_statements(session) as statements:
            overview(session, owner, now=NOW)
        assert len(statements) <= 6, statements
        efforts.append(effort(session, overview, session, owner, now=NOW))
    assert efforts[1] <= 1.5 * efforts[0]
