"""Calls that type checkers must refuse: what is wrong is seen before the program runs.

Every line has an error that mypy and pyright are made to expect, by its code; both of them fail
where there is none. Nothing here is ever run.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

import trackercore
from trackercore import (
    AsyncDatabase,
    CategoryCreate,
    CategoryUpdate,
    Database,
    HabitCreate,
    HabitUpdate,
    ScheduleChange,
    StudySessionCreate,
    StudySessionUpdate,
    Task,
    TaskCreate,
    TaskRead,
    TaskUpdate,
    TimedSessionCreate,
    TopicCreate,
    TopicUpdate,
    User,
    UserCreate,
    UserRead,
    UserUpdate,
    categories,
    frames,
    get_session,
    habits,
    overview,
    plots,
    rules,
    study_sessions,
    tasks,
    topics,
    users,
)


def misuse_databases(session: Session, database: Database, asynchronous: AsyncDatabase) -> None:
    overview(session)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    get_session(True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    get_session().execute  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    Database(asynchronous.engine)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncDatabase(database.engine)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Database(1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def misuse_asyncio(asynchronous: AsyncDatabase, running: AsyncSession, user: User) -> None:
    asynchronous.init().dispose()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await running.run_sync(habits.check_in, user.id)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await running.run_sync(habits.check_in, user.id, "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    habits.check_in(running, user.id, 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def misuse_users(session: Session, user: User) -> None:
    users.get(session)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    users.get(session, "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    users.create(session, {"email": "ada@example.com"})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    users.create(session, user.id, UserCreate(email="ada@example.com"))  # type: ignore[arg-type, call-arg]  # pyright: ignore[reportCallIssue]
    users.find_by_email(session, "ada@example.com").id  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    UserCreate()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    UserCreate(email=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    UserUpdate(email=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    UserUpdate(time_zone=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    UserCreate(email="ada@example.com", nonsense=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    UserRead.model_validate(user).hashed_password  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def misuse_categories(session: Session, user: User) -> None:
    categories.create(session, CategoryCreate(name="Home"))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    categories.create(session, user.id, TopicCreate(name="Home"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    CategoryUpdate(name=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    categories.find(session, user.id, "name")  # type: ignore[arg-type, call-arg]  # pyright: ignore[reportCallIssue]


def misuse_tasks(session: Session, user: User, day: date, now: datetime) -> None:
    TaskCreate(title="Sweep", due_date="tomorrow")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    TaskUpdate(completed_at=now)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    TaskUpdate(title=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tasks.create_many(session, user.id, TaskCreate(title="Mow"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tasks.create_many(session, user.id, [{"title": "Mow"}])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    tasks.find(session, user.id, due="later")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tasks.find(session, user.id).next.upper()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    tasks.find(session, user.id, order_by="colour")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tasks.find(session, user.id, complete=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    tasks.count(session, user.id, has_due="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tasks.find(session, user.id, after=users.find(session))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tasks.find(session, user.id)[0].due_day.year  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    tasks.complete(session, user.id, 1, now=day)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tasks.complete(session, user.id, 1, now)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    tasks.get(session, user.id, 1).completed_at.date()  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]


def misuse_habits(session: Session, user: User, day: date, now: datetime) -> None:
    HabitCreate(name="Run", frequency="hourly")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    HabitUpdate(frequency="weekly")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    habits.check_in(session, user.id, 1, day)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    habits.check_in(session, user.id, 1, amount="1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    habits.check_in(session, user.id, 1).steak  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    habits.check_ins(session, user.id, 1).items  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    habits.streak(session, user.id, 1).since.year  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    habits.rebuild_streaks(user.id)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    habits.rebuild_streaks(session) + 1  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    ScheduleChange(target=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ScheduleChange(frequency="weekdays", weekdays=[1])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    habits.change_schedule(session, user.id, 1, frequency="daily")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    habits.change_schedule(session, user.id, 1, HabitUpdate(name="Run"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    habits.pause(session, user.id, 1, day, day)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    habits.pause(session, user.id, 1, starts_on=now.isoformat())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    habits.completion_rate(session, user.id, 1, day, day) * 100  # type: ignore[operator]  # pyright: ignore[reportOptionalOperand, reportUnusedExpression]
    habits.check_in_many(session, user.id, 1, [day])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    habits.history(session, user.id, 1, day, day)[0].done  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    habits.get(session, user.id, 1).current_streak()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def misuse_topics(session: Session, user: User) -> None:
    TopicUpdate(name=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    topics.get_or_create(session, user.id, TopicCreate(name="SQL"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def misuse_study_sessions(session: Session, user: User, day: date, now: datetime) -> None:
    logged = StudySessionCreate(topic_id=1, duration_minutes=5)
    StudySessionCreate(duration_minutes=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    StudySessionUpdate(study_date=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    study_sessions.create_many(session, user.id, logged)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    study_sessions.total(session)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    study_sessions.total(session, user.id, day, day).name  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    study_sessions.totals_by_week(session, user.id, "2026-01-01", day)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    TimedSessionCreate(topic_id=1, started_at=now)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    TimedSessionCreate(topic_id=1, started_at=day, ended_at=now)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    study_sessions.create_timed(session, user.id, logged)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    study_sessions.start(session, user.id)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    study_sessions.running(session, user.id).topic_id  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    study_sessions.stop(session, user.id, now)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    study_sessions.rolling(session, user.id)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    study_sessions.set_goal(session, user.id, 60)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    study_sessions.goal_progress(session, user.id).goal + 1  # type: ignore[operator]  # pyright: ignore[reportOptionalOperand, reportUnusedExpression]


def misuse_frames(session: Session, user: User, day: date, now: datetime) -> None:
    trackercore.frames.nonsense  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    frames.totals(session, user.id, day, day)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    frames.totals(session, user.id, start=day, end=day, by="hour")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    frames.minutes_by_topic(session, user.id, start=day, end=day, by="topic")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    frames.check_ins(session, user.id, start=now.isoformat())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def misuse_plots(session: Session, user: User, day: date) -> None:
    trackercore.plots.nonsense  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    plots.calendar(session, user.id, year="2026")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    plots.weeks(session, user.id, start=day)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    plots.streaks(session, user.id, 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    plots.streaks(session, user.id).show()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def misuse_rules(day: date, now: datetime) -> None:
    rules.streak([day], "daily")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    rules.streak([now.isoformat()], "daily", day)  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    rules.streak([day], "fortnightly", day)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    rules.due([day], "daily", day).remaining  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    rules.local_day(day, "Europe/Berlin")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    rules.Schedule("weekly", 3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def misuse_extra(session: Session, task: Task, read: TaskRead) -> None:
    task.extra["colour"] = "red"  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    read.extra["colour"] = "red"  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    TaskCreate(title="Mow", extra=["red"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    tasks.find(session, 1, extra={"size": 1.5})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
