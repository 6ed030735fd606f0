"""Users with one row of everything, and the contents of all tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.names import short
from trackercore import (
    Base,
    CategoryCreate,
    HabitCreate,
    StudySessionCreate,
    TagCreate,
    TaskCreate,
    TimedSessionCreate,
    TopicCreate,
    UserCreate,
    categories,
    habits,
    study_sessions,
    tags,
    tasks,
    topics,
    users,
)

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
"""A Tuesday, in every zone but the farthest east, where it is Wednesday already."""

TODAY = NOW.date()
LATER = NOW + timedelta(hours=1)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))

NO_EXTRA: dict[str, object] = {}

Kind = Literal["user", "category", "task", "habit", "topic", "study_session", "tag"]


@dataclass(frozen=True)
class Ids:
    """The ids of a user and of one row of each kind that they own."""

    user: int
    category: int
    task: int
    habit: int
    topic: int
    study_session: int
    tag: int

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
    """Create a user who owns one row of each kind, and checked in today."""
    data = UserCreate(email=email, time_zone=time_zone, day_starts_at=day_starts_at)
    owner = users.create(session, data).id
    category = categories.create(session, owner, CategoryCreate(name="Home")).id
    tag = tags.create(session, owner, TagCreate(name="Fun")).id
    to_do = TaskCreate(title="Sweep", category_id=category, tags=[tag])
    task = tasks.create(session, owner, to_do).id
    daily = HabitCreate(name="Run", frequency="daily", tags=[tag])
    habit = habits.create(session, owner, daily, now=NOW).id
    habits.check_in(session, owner, habit, now=NOW)
    topic = topics.create(session, owner, TopicCreate(name="SQL")).id
    study_sessions.start(session, owner, topic, now=NOW)
    return Ids(
        user=owner,
        category=category,
        task=task,
        habit=habit,
        topic=topic,
        study_session=study_sessions.create(
            session, owner, logged(topic, minutes=minutes, tags=[tag]), now=NOW
        ).id,
        tag=tag,
    )


def logged(
    topic: int,
    day: date | None = None,
    *,
    minutes: int = 5,
    key: str | None = None,
    **fields: Any,
) -> StudySessionCreate:
    """A session of some minutes, by default of today."""
    return StudySessionCreate(
        topic_id=topic, duration_minutes=minutes, study_date=day, external_id=key, **fields
    )


def timed(topic: int, hours: int = 2, **fields: Any) -> TimedSessionCreate:
    """A session that ended an hour ago."""
    end = NOW - timedelta(hours=1)
    start = end - timedelta(hours=hours)
    return TimedSessionCreate(topic_id=topic, started_at=start, ended_at=end, **fields)


def dump(session: Session) -> dict[str, list[str]]:
    """All rows of all tables, as this transaction sees them."""
    session.flush()
    connection = session.connection()
    return {
        short(table.name): sorted(map(repr, connection.execute(select(table))))
        for table in Base.metadata.sorted_tables
    }
