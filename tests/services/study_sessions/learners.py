"""Users, topics and sessions for the tests of goals and study streaks, and the totals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from trackercore import (
    Streak,
    StudySession,
    TopicCreate,
    Total,
    User,
    UserCreate,
    study_sessions,
    topics,
    users,
)
from trackercore.domain.calendar import Unit

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
TODAY = date(2024, 3, 20)
TOTALS_BY: dict[Unit, Callable[..., list[Total]]] = {
    "day": study_sessions.totals_by_day,
    "week": study_sessions.totals_by_week,
    "month": study_sessions.totals_by_month,
    "year": study_sessions.totals_by_year,
}
NOTHING = Streak(current=0, longest=0, since=None, alive_through=None)


def new_user(session: Session, email: str = "ada@example.com", time_zone: str = "UTC") -> User:
    return users.create(session, UserCreate(email=email, time_zone=time_zone))


def new_topic(session: Session, user: User, name: str = "SQL") -> int:
    return topics.create(session, user.id, TopicCreate(name=name)).id


def study(
    session: Session, user: User, topic: int, day: date, minutes: int = 0, seconds: int = 0
) -> None:
    """Store a session, also of a day that the user cannot log yet."""
    length = minutes * 60 + seconds
    row = StudySession(user_id=user.id, topic_id=topic, study_date=day, duration_seconds=length)
    session.add(row)


def total_of(start: date, end: date, seconds: int, sessions: int) -> Total:
    return Total(start=start, end=end, minutes=seconds // 60, seconds=seconds, sessions=sessions)


def streak_of(current: int, longest: int, since: date, alive_through: date) -> Streak:
    return Streak(current=current, longest=longest, since=since, alive_through=alive_through)
