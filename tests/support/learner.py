"""A user with a history, for the tests of frames and plots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from trackercore.models import Tag
from trackercore.testing import Factory

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
    make = Factory(session, now=NOW)
    user = make.user(email="ada@example.com", week_starts_on=7)
    sql, rust, unused = (make.topic(user, name=name) for name in ("SQL", "Rust", "Unused"))
    run = make.habit(user, name="Run", starts_on=date(2026, 2, 1))
    read = make.habit(user, name="Read", frequency="weekly", target=2, starts_on=START)
    for day, topic, minutes in [
        (date(2026, 1, 1), rust, 20),
        (date(2026, 1, 31), sql, 90),
        (date(2026, 2, 1), rust, 45),
        (date(2026, 2, 1), sql, 300),
        (date(2026, 3, 8), sql, 15),
    ]:
        make.study_session(topic, duration_minutes=minutes, study_date=day)
    start, end = datetime(2026, 3, 1, 23, tzinfo=UTC), datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    make.timed_session(rust, started_at=start, ended_at=end, notes="late")
    for month, number in [(2, 1), (2, 2), (2, 3), (2, 6), (2, 7), (3, 6), (3, 7), (3, 8), (3, 9)]:
        make.check_in(run, on=date(2026, month, number))
    make.skip(run, on=date(2026, 2, 10))
    make.pause(run, starts_on=date(2026, 2, 12), ends_on=date(2026, 2, 20))
    for day in (date(2026, 1, 5), date(2026, 1, 13)):
        make.check_in(read, on=day, amount=2, note="far")
    session.add(Tag(user_id=user.id, name="never"))
    session.flush()
    return Learner(user.id, sql.id, rust.id, run.id, read.id, unused.id)
