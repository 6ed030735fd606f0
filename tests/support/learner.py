"""A user with a history, for the tests of frames and plots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from trackercore import (
    CheckInCreate,
    HabitCreate,
    StudySessionCreate,
    TimedSessionCreate,
    UserCreate,
    habits,
    study_sessions,
    topics,
    users,
)

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
START, END = date(2026, 1, 1), date(2026, 3, 10)


@dataclass
class Learner:
    """Somebody with two topics and two habits, whose weeks start on Sunday."""

    id: int
    sql: int
    rust: int
    run: int
    read: int
    unused: int

    def with_ids(self, convert: Callable[[int], Any]) -> Learner:
        """The same ids in another type."""
        return Learner(*map(convert, astuple(self)))


@pytest.fixture
def ada(session: Session) -> Learner:
    user_id = users.create(session, UserCreate(email="ada@example.com", week_starts_on=7)).id
    sql, rust = (topics.get_or_create(session, user_id, name).id for name in ("SQL", "Rust"))
    run = HabitCreate(name="Run", frequency="daily", starts_on=date(2026, 2, 1))
    read = HabitCreate(name="Read", frequency="weekly", target=2, starts_on=START)
    ada = Learner(
        user_id,
        sql,
        rust,
        habits.create(session, user_id, run, now=NOW).id,
        habits.create(session, user_id, read, now=NOW).id,
        topics.get_or_create(session, user_id, "Unused").id,
    )
    for day, topic_id, minutes in [
        (date(2026, 1, 1), rust, 20),
        (date(2026, 1, 31), sql, 90),
        (date(2026, 2, 1), rust, 45),
        (date(2026, 2, 1), sql, 300),
        (date(2026, 3, 8), sql, 15),
    ]:
        data = StudySessionCreate(topic_id=topic_id, duration_minutes=minutes, study_date=day)
        study_sessions.create(session, user_id, data, now=NOW)
    over_midnight = TimedSessionCreate(
        topic_id=rust,
        started_at=datetime(2026, 3, 1, 23, tzinfo=UTC),
        ended_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
        notes="late",
    )
    study_sessions.create_timed(session, user_id, over_midnight, now=NOW)
    days = [date(2026, 2, day) for day in (1, 2, 3, 6, 7)]
    days += [date(2026, 3, day) for day in range(6, 10)]
    done = [CheckInCreate(on=day) for day in days]
    habits.check_in_many(session, user_id, ada.run, done, now=NOW)
    habits.skip(session, user_id, ada.run, on=date(2026, 2, 10), now=NOW)
    pause = {"starts_on": date(2026, 2, 12), "ends_on": date(2026, 2, 20)}
    habits.pause(session, user_id, ada.run, **pause, now=NOW)
    for day in (date(2026, 1, 5), date(2026, 1, 13)):
        habits.check_in(session, user_id, ada.read, on=day, amount=2, note="far", now=NOW)
    return ada
