"""People with one of everything, a table of every service call, and what the tables hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore import (
    Base,
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

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
"""A Tuesday, in every zone but the farthest east, where it is Wednesday already."""

TODAY = NOW.date()
LATER = NOW + timedelta(hours=1)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))

Kind = Literal["user", "category", "task", "habit", "topic", "study_session"]


@dataclass(frozen=True)
class Ids:
    """Somebody's rows: one of each kind."""

    user: int
    category: int
    task: int
    habit: int
    topic: int
    study_session: int

    def but(self, kind: Kind, row_id: int) -> Ids:
        """The same with another id in one place."""
        return replace(self, **{kind: row_id})


def person(
    session: Session,
    email: str = "ada@example.com",
    *,
    time_zone: str = "UTC",
    day_starts_at: int = 0,
    minutes: int = 30,
) -> Ids:
    """Somebody new who owns one row of each kind, and has checked in today."""
    data = UserCreate(email=email, time_zone=time_zone, day_starts_at=day_starts_at)
    owner = users.create(session, data).id
    category = categories.create(session, owner, CategoryCreate(name="Home")).id
    task = tasks.create(session, owner, TaskCreate(title="Sweep", category_id=category)).id
    habit = habits.create(session, owner, HabitCreate(name="Run", frequency="daily"), now=NOW).id
    habits.check_in(session, owner, habit, now=NOW)
    topic = topics.create(session, owner, TopicCreate(name="SQL")).id
    study = StudySessionCreate(topic_id=topic, duration_minutes=minutes)
    study_sessions.start(session, owner, topic, now=NOW)
    return Ids(
        user=owner,
        category=category,
        task=task,
        habit=habit,
        topic=topic,
        study_session=study_sessions.create(session, owner, study, now=NOW).id,
    )


def timed(topic: int) -> TimedSessionCreate:
    """Two hours that end an hour ago."""
    start = NOW - timedelta(hours=3)
    return TimedSessionCreate(topic_id=topic, started_at=start, ended_at=start + timedelta(hours=2))


def dump(session: Session) -> dict[str, list[str]]:
    """Every row of every table, as the database has it in this transaction."""
    session.flush()
    connection = session.connection()
    return {
        table.name: sorted(map(repr, connection.execute(select(table))))
        for table in Base.metadata.sorted_tables
    }


@dataclass(frozen=True)
class Call:
    """A service function, called for a user with an id of each of some kinds of rows.

    Attributes:
        service: "module.function".
        kinds: the kinds of rows whose ids it is given, besides the owner's.
        run: makes the call.
        in_schema: whether the ids are fields of its input, and so checked by pydantic.
    """

    service: str
    kinds: tuple[Kind, ...]
    run: Callable[[Session, Ids], object]
    in_schema: bool = False

    def __str__(self) -> str:
        return "-".join((self.service, *self.kinds))


CALLS = (
    Call("users.get", (), lambda s, i: users.get(s, i.user)),
    Call("users.today", (), lambda s, i: users.today(s, i.user)),
    Call("users.update", (), lambda s, i: users.update(s, i.user, UserUpdate(week_starts_on=7))),
    Call("users.delete", (), lambda s, i: users.delete(s, i.user)),
    Call(
        "categories.create",
        (),
        lambda s, i: categories.create(s, i.user, CategoryCreate(name="Garden")),
    ),
    Call("categories.find", (), lambda s, i: categories.find(s, i.user)),
    Call("categories.get", ("category",), lambda s, i: categories.get(s, i.user, i.category)),
    Call(
        "categories.update",
        ("category",),
        lambda s, i: categories.update(s, i.user, i.category, CategoryUpdate(name="Garden")),
    ),
    Call("categories.delete", ("category",), lambda s, i: categories.delete(s, i.user, i.category)),
    Call("tasks.create", (), lambda s, i: tasks.create(s, i.user, TaskCreate(title="Mow"))),
    Call(
        "tasks.create",
        ("category",),
        lambda s, i: tasks.create(s, i.user, TaskCreate(title="Mow", category_id=i.category)),
        in_schema=True,
    ),
    Call("tasks.find", (), lambda s, i: tasks.find(s, i.user)),
    Call("tasks.find", (), lambda s, i: tasks.find(s, i.user, due="today")),
    Call(
        "tasks.find",
        ("category",),
        lambda s, i: tasks.find(s, i.user, category_id=i.category),
    ),
    Call("tasks.get", ("task",), lambda s, i: tasks.get(s, i.user, i.task)),
    Call(
        "tasks.update",
        ("task",),
        lambda s, i: tasks.update(s, i.user, i.task, TaskUpdate(title="Mow")),
    ),
    Call(
        "tasks.update",
        ("category",),
        lambda s, i: tasks.update(s, i.user, i.task, TaskUpdate(category_id=i.category)),
        in_schema=True,
    ),
    Call("tasks.complete", ("task",), lambda s, i: tasks.complete(s, i.user, i.task)),
    Call("tasks.reopen", ("task",), lambda s, i: tasks.reopen(s, i.user, i.task)),
    Call("tasks.delete", ("task",), lambda s, i: tasks.delete(s, i.user, i.task)),
    Call(
        "habits.create",
        (),
        lambda s, i: habits.create(s, i.user, HabitCreate(name="Read", frequency="weekly")),
    ),
    Call("habits.find", (), lambda s, i: habits.find(s, i.user)),
    Call("habits.due", (), lambda s, i: habits.due(s, i.user)),
    Call("habits.rebuild_streaks", (), lambda s, i: habits.rebuild_streaks(s, i.user)),
    Call("habits.get", ("habit",), lambda s, i: habits.get(s, i.user, i.habit)),
    Call(
        "habits.update",
        ("habit",),
        lambda s, i: habits.update(s, i.user, i.habit, HabitUpdate(name="Read")),
    ),
    Call("habits.delete", ("habit",), lambda s, i: habits.delete(s, i.user, i.habit)),
    Call(
        "habits.check_in",
        ("habit",),
        lambda s, i: habits.check_in(s, i.user, i.habit, amount=2, now=NOW),
    ),
    Call(
        "habits.skip",
        ("habit",),
        lambda s, i: habits.skip(s, i.user, i.habit, on=date(2026, 3, 9), now=NOW),
    ),
    Call(
        "habits.undo_check_in",
        ("habit",),
        lambda s, i: habits.undo_check_in(s, i.user, i.habit, now=NOW),
    ),
    Call("habits.check_ins", ("habit",), lambda s, i: habits.check_ins(s, i.user, i.habit)),
    Call("habits.streak", ("habit",), lambda s, i: habits.streak(s, i.user, i.habit)),
    Call("habits.best_streaks", ("habit",), lambda s, i: habits.best_streaks(s, i.user, i.habit)),
    Call(
        "habits.completion_rate",
        ("habit",),
        lambda s, i: habits.completion_rate(s, i.user, i.habit, *YEAR),
    ),
    Call("habits.history", ("habit",), lambda s, i: habits.history(s, i.user, i.habit, *YEAR)),
    Call(
        "habits.check_in_many",
        ("habit",),
        lambda s, i: habits.check_in_many(
            s, i.user, i.habit, [CheckInCreate(on=date(2026, 3, 8)), CheckInCreate(amount=3)]
        ),
    ),
    Call(
        "habits.change_schedule",
        ("habit",),
        lambda s, i: habits.change_schedule(
            s, i.user, i.habit, ScheduleChange(frequency="monthly"), now=NOW + timedelta(days=1)
        ),
    ),
    Call("habits.schedules", ("habit",), lambda s, i: habits.schedules(s, i.user, i.habit)),
    Call("habits.pause", ("habit",), lambda s, i: habits.pause(s, i.user, i.habit)),
    Call("habits.pauses", ("habit",), lambda s, i: habits.pauses(s, i.user, i.habit)),
    Call(
        "habits.resume",
        ("habit",),
        lambda s, i: habits.resume(s, i.user, i.habit, on=date(2026, 1, 3)),
    ),
    Call("habits.archive", ("habit",), lambda s, i: habits.archive(s, i.user, i.habit)),
    Call("habits.unarchive", ("habit",), lambda s, i: habits.unarchive(s, i.user, i.habit)),
    Call("topics.create", (), lambda s, i: topics.create(s, i.user, TopicCreate(name="Go"))),
    Call("topics.get_or_create", (), lambda s, i: topics.get_or_create(s, i.user, "Go")),
    Call("topics.get_or_create", (), lambda s, i: topics.get_or_create(s, i.user, "SQL")),
    Call("topics.find", (), lambda s, i: topics.find(s, i.user)),
    Call("topics.get", ("topic",), lambda s, i: topics.get(s, i.user, i.topic)),
    Call(
        "topics.update",
        ("topic",),
        lambda s, i: topics.update(s, i.user, i.topic, TopicUpdate(name="Go")),
    ),
    Call("topics.delete", ("topic",), lambda s, i: topics.delete(s, i.user, i.topic)),
    Call(
        "study_sessions.create",
        ("topic",),
        lambda s, i: study_sessions.create(
            s, i.user, StudySessionCreate(topic_id=i.topic, duration_minutes=5)
        ),
        in_schema=True,
    ),
    Call(
        "study_sessions.create_many",
        ("topic",),
        lambda s, i: study_sessions.create_many(
            s, i.user, [StudySessionCreate(topic_id=i.topic, duration_minutes=5)]
        ),
        in_schema=True,
    ),
    Call(
        "study_sessions.create_timed",
        ("topic",),
        lambda s, i: study_sessions.create_timed(s, i.user, timed(i.topic), now=NOW),
        in_schema=True,
    ),
    Call(
        "study_sessions.create_many",
        ("topic",),
        lambda s, i: study_sessions.create_many(s, i.user, [timed(i.topic)], now=NOW),
        in_schema=True,
    ),
    Call(
        "study_sessions.parts",
        ("study_session",),
        lambda s, i: study_sessions.parts(s, i.user, i.study_session),
    ),
    Call(
        "study_sessions.start",
        ("topic",),
        lambda s, i: study_sessions.start(
            s, i.user, i.topic, switch=True, discard=True, allow_overlap=True, now=NOW
        ),
    ),
    Call("study_sessions.running", (), lambda s, i: study_sessions.running(s, i.user)),
    Call("study_sessions.stop", (), lambda s, i: study_sessions.stop(s, i.user, now=LATER)),
    Call("study_sessions.cancel", (), lambda s, i: study_sessions.cancel(s, i.user)),
    Call("study_sessions.rolling", (), lambda s, i: study_sessions.rolling(s, i.user, 7)),
    Call(
        "study_sessions.rolling",
        ("topic",),
        lambda s, i: study_sessions.rolling(s, i.user, 7, topic_id=i.topic),
    ),
    Call("study_sessions.streak", (), lambda s, i: study_sessions.streak(s, i.user)),
    Call(
        "study_sessions.streak",
        ("topic",),
        lambda s, i: study_sessions.streak(s, i.user, topic_id=i.topic),
    ),
    Call(
        "study_sessions.set_goal",
        ("topic",),
        lambda s, i: study_sessions.set_goal(
            s, i.user, StudyGoalCreate(minutes=30, topic_id=i.topic)
        ),
        in_schema=True,
    ),
    Call("study_sessions.goals", (), lambda s, i: study_sessions.goals(s, i.user)),
    Call("study_sessions.goal_progress", (), lambda s, i: study_sessions.goal_progress(s, i.user)),
    Call(
        "study_sessions.goal_progress",
        ("topic",),
        lambda s, i: study_sessions.goal_progress(s, i.user, topic_id=i.topic),
    ),
    Call("study_sessions.goal_streak", (), lambda s, i: study_sessions.goal_streak(s, i.user)),
    Call(
        "study_sessions.goal_streak",
        ("topic",),
        lambda s, i: study_sessions.goal_streak(s, i.user, topic_id=i.topic),
    ),
    Call("overview", (), lambda s, i: overview(s, i.user)),
    Call("study_sessions.find", (), lambda s, i: study_sessions.find(s, i.user)),
    Call(
        "study_sessions.find",
        ("topic",),
        lambda s, i: study_sessions.find(s, i.user, topic_id=i.topic),
    ),
    Call(
        "study_sessions.get",
        ("study_session",),
        lambda s, i: study_sessions.get(s, i.user, i.study_session),
    ),
    Call(
        "study_sessions.update",
        ("study_session",),
        lambda s, i: study_sessions.update(
            s, i.user, i.study_session, StudySessionUpdate(notes="hard")
        ),
    ),
    Call(
        "study_sessions.update",
        ("topic",),
        lambda s, i: study_sessions.update(
            s, i.user, i.study_session, StudySessionUpdate(topic_id=i.topic)
        ),
        in_schema=True,
    ),
    Call(
        "study_sessions.delete",
        ("study_session",),
        lambda s, i: study_sessions.delete(s, i.user, i.study_session),
    ),
    Call("study_sessions.total", (), lambda s, i: study_sessions.total(s, i.user, *YEAR)),
    Call(
        "study_sessions.total",
        ("topic",),
        lambda s, i: study_sessions.total(s, i.user, *YEAR, topic_id=i.topic),
    ),
    Call(
        "study_sessions.totals_by_day",
        (),
        lambda s, i: study_sessions.totals_by_day(s, i.user, *YEAR),
    ),
    Call(
        "study_sessions.totals_by_day",
        ("topic",),
        lambda s, i: study_sessions.totals_by_day(s, i.user, *YEAR, topic_id=i.topic),
    ),
    Call(
        "study_sessions.totals_by_week",
        (),
        lambda s, i: study_sessions.totals_by_week(s, i.user, *YEAR),
    ),
    Call(
        "study_sessions.totals_by_week",
        ("topic",),
        lambda s, i: study_sessions.totals_by_week(s, i.user, *YEAR, topic_id=i.topic),
    ),
    Call(
        "study_sessions.totals_by_month",
        (),
        lambda s, i: study_sessions.totals_by_month(s, i.user, *YEAR),
    ),
    Call(
        "study_sessions.totals_by_month",
        ("topic",),
        lambda s, i: study_sessions.totals_by_month(s, i.user, *YEAR, topic_id=i.topic),
    ),
    Call(
        "study_sessions.totals_by_year",
        (),
        lambda s, i: study_sessions.totals_by_year(s, i.user, *YEAR),
    ),
    Call(
        "study_sessions.totals_by_year",
        ("topic",),
        lambda s, i: study_sessions.totals_by_year(s, i.user, *YEAR, topic_id=i.topic),
    ),
    Call(
        "study_sessions.totals_by_topic",
        (),
        lambda s, i: study_sessions.totals_by_topic(s, i.user, *YEAR),
    ),
    Call(
        "study_sessions.totals_by_topic",
        ("topic",),
        lambda s, i: study_sessions.totals_by_topic(s, i.user, *YEAR, topic_id=i.topic),
    ),
)

OWNERLESS: tuple[tuple[str, Callable[[Session], object]], ...] = (
    ("users.create", lambda s: users.create(s, UserCreate(email="new@example.com"))),
    ("users.find", users.find),
    ("users.find_by_email", lambda s: users.find_by_email(s, "ada@example.com")),
)
"""The services that take no id at all."""
