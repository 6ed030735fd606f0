"""One call of every service function, for databases that are set up in an unusual way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType

from sqlalchemy.orm import Session

from trackercore import (
    CategoryCreate,
    CategoryUpdate,
    CheckInCreate,
    HabitCreate,
    HabitUpdate,
    ScheduleChange,
    StudyGoalCreate,
    StudySessionCreate,
    StudySessionUpdate,
    TaskCreate,
    TaskUpdate,
    TimedSessionCreate,
    TopicCreate,
    TopicUpdate,
    UserCreate,
    UserUpdate,
    categories,
    habits,
    overview,
    study_sessions,
    tasks,
    topics,
    users,
)

MODULES: list[ModuleType] = [users, categories, tasks, habits, topics, study_sessions]


def take_tour(session: Session, email: str) -> None:
    """Create a user, call everything there is with them, and delete them."""
    ada = users.create(session, UserCreate(email=email))
    users.update(session, ada.id, UserUpdate(time_zone="Asia/Tokyo"))
    assert users.get(session, ada.id) is users.find_by_email(session, email)
    assert ada in list(users.find(session))
    today = users.today(session, ada.id)
    _categories_and_tasks(session, ada.id, today)
    _habits(session, ada.id, today)
    _topics_and_sessions(session, ada.id, today)
    users.delete(session, ada.id)


def _categories_and_tasks(session: Session, ada: int, today: date) -> None:
    work = categories.create(session, ada, CategoryCreate(name="Work"))
    categories.update(session, ada, work.id, CategoryUpdate(name="Office"))
    assert list(categories.find(session, ada)) == [categories.get(session, ada, work.id)]
    task = tasks.create(
        session, ada, TaskCreate(title="Write", due_date=today, category_id=work.id)
    )
    tasks.update(session, ada, task.id, TaskUpdate(description="a report"))
    assert list(tasks.find(session, ada, due="today", category_id=work.id, text="REPORT")) == [task]
    assert tasks.complete(session, ada, task.id).completed
    assert not tasks.reopen(session, ada, task.id).completed
    categories.delete(session, ada, work.id)
    session.refresh(task)
    assert tasks.get(session, ada, task.id).category_id is None
    tasks.delete(session, ada, task.id)


def _habits(session: Session, ada: int, today: date) -> None:
    run = habits.create(session, ada, HabitCreate(name="Run", frequency="daily"))
    habits.update(session, ada, run.id, HabitUpdate(name="Jog"))
    assert list(habits.find(session, ada)) == [habits.get(session, ada, run.id)]
    assert [item.habit_id for item in habits.due(session, ada)] == [run.id]
    assert habits.check_in(session, ada, run.id).streak == 1
    assert habits.check_in(session, ada, run.id, amount=2, add=True).check_in.amount == 3
    assert habits.skip(session, ada, run.id, on=today - timedelta(days=1)).created
    assert habits.check_in(session, ada, run.id, on=today - timedelta(days=2)).streak == 2
    assert len(habits.check_ins(session, ada, run.id)) == 3
    assert habits.streak(session, ada, run.id).current == 2
    assert habits.rebuild_streaks(session).corrected == 0
    assert habits.completion_rate(session, ada, run.id, today, today) == 1.0
    assert [run.length for run in habits.best_streaks(session, ada, run.id)] == [2]
    assert [d.status for d in habits.history(session, ada, run.id, today, today)] == ["done"]
    more = [CheckInCreate(on=today - timedelta(days=ago)) for ago in (3, 4)]
    assert habits.check_in_many(session, ada, run.id, more).streak == 4
    change = ScheduleChange(frequency="weekdays", weekdays=frozenset({1, 2, 3, 4, 5, 6, 7}))
    assert (
        habits.change_schedule(session, ada, run.id, change, effective_from=today).schedule_from
        == today
    )
    assert len(habits.schedules(session, ada, run.id)) == 2
    assert habits.pause(session, ada, run.id).streak_alive_through is None
    assert [pause.starts_on for pause in habits.pauses(session, ada, run.id)] == [today]
    assert habits.resume(session, ada, run.id).current_streak(today + timedelta(days=1)) == 4
    assert habits.archive(session, ada, run.id).archived_on == today
    assert list(habits.find(session, ada, archived=True)) == [run]
    assert habits.unarchive(session, ada, run.id).archived_on is None
    assert habits.undo_check_in(session, ada, run.id).removed
    habits.delete(session, ada, run.id)


def _topics_and_sessions(session: Session, ada: int, today: date) -> None:
    sql = topics.create(session, ada, TopicCreate(name="SQL"))
    topics.update(session, ada, sql.id, TopicUpdate(description="joins"))
    assert topics.get_or_create(session, ada, "sql") is topics.get(session, ada, sql.id)
    assert list(topics.find(session, ada)) == [sql]
    data = StudySessionCreate(topic_id=sql.id, duration_minutes=50, external_id="a")
    logged = study_sessions.create(session, ada, data)
    more = [
        StudySessionCreate(topic_id=sql.id, duration_minutes=10, external_id=key) for key in "ab"
    ]
    result = study_sessions.create_many(session, ada, more)
    assert (result.created, result.found) == (1, 1)
    study_sessions.update(session, ada, logged.id, StudySessionUpdate(duration_minutes=40))
    assert study_sessions.get(session, ada, logged.id).duration_minutes == 40
    assert len(study_sessions.find(session, ada)) == 2
    for totals in (
        study_sessions.totals_by_day,
        study_sessions.totals_by_week,
        study_sessions.totals_by_month,
        study_sessions.totals_by_year,
        study_sessions.totals_by_topic,
    ):
        assert [total.minutes for total in totals(session, ada, today, today)] == [50]
    assert study_sessions.total(session, ada, today, today).sessions == 2
    end = datetime.combine(today, time(), UTC) - timedelta(days=3)
    timed = TimedSessionCreate(
        topic_id=sql.id, started_at=end - timedelta(hours=30), ended_at=end, external_id="c"
    )
    first, *others = study_sessions.create_timed(session, ada, timed)
    assert study_sessions.parts(session, ada, others[0].id) == [first, *others]
    assert study_sessions.create_many(session, ada, [timed]).found == 1
    moved = StudySessionUpdate(study_date=today - timedelta(days=9))
    assert study_sessions.update(session, ada, others[0].id, moved) is first
    study_sessions.delete(session, ada, first.id)
    study_sessions.start(session, ada, sql.id, now=end)
    assert study_sessions.running(session, ada) is not None
    assert study_sessions.rolling(session, ada, 9, include_running=True).minutes > 50
    assert study_sessions.stop(session, ada, at=end + timedelta(hours=1))
    study_sessions.start(session, ada, sql.id, switch=True)
    study_sessions.cancel(session, ada)
    assert study_sessions.streak(session, ada).current == 1
    study_sessions.set_goal(session, ada, StudyGoalCreate(minutes=50))
    assert len(study_sessions.goals(session, ada)) == 1
    assert study_sessions.goal_progress(session, ada).met
    assert study_sessions.goal_streak(session, ada).current == 1
    assert overview(session, ada).goal_today == 50
    study_sessions.delete(session, ada, logged.id)
    topics.delete(session, ada, sql.id)
