"""Processes that are killed while they write, for test_killed.py."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from tests.migrations import two_revisions
from tests.support.processes import Tell
from trackercore import (
    CategoryCreate,
    CheckInCreate,
    Database,
    HabitCreate,
    StudySessionCreate,
    TaskCreate,
    UserCreate,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
FIRST = date(1990, 1, 1)


class Size(NamedTuple):
    """How many rows a transaction stores, in addition to a category."""

    tasks: int
    sessions: int
    check_ins: int


SMALL = Size(tasks=3, sessions=4, check_ins=3)
IMPORT = Size(tasks=3, sessions=1500, check_ins=150)


class Whose(NamedTuple):
    user: int
    topic: int
    habit: int


def begin(session: Session, name: str) -> Whose:
    """A user without any of the rows that are counted."""
    user = users.create(session, UserCreate(email=f"{name}@example.com")).id
    habit = HabitCreate(name="Run", frequency="daily", starts_on=FIRST)
    return Whose(
        user,
        topics.get_or_create(session, user, "SQL").id,
        habits.create(session, user, habit, now=NOW).id,
    )


def store(session: Session, whose: Whose, size: Size, number: int) -> None:
    """All rows of one transaction, marked with its number."""
    user, topic, habit = whose
    category = categories.create(session, user, CategoryCreate(name=f"{number}")).id
    for row in range(size.tasks):
        data = TaskCreate(title=f"{row}", category_id=category, external_id=f"{number}/{row}")
        tasks.create(session, user, data)
    days = [FIRST + timedelta(size.check_ins * number + row) for row in range(size.check_ins)]
    check_ins = (CheckInCreate(on=day, note=f"{number}") for day in days)
    habits.check_in_many(session, user, habit, check_ins, now=NOW)
    sessions = (
        StudySessionCreate(
            topic_id=topic,
            duration_minutes=5,
            study_date=FIRST,
            notes=f"{number}",
            external_id=f"{number}/{row}",
        )
        for row in range(size.sessions)
    )
    study_sessions.create_many(session, user, sessions, now=NOW)


def write(url: str, whose: Whose, size: Size, tell: Tell) -> None:
    """One transaction after the other; send the number of each once it is committed.

    The first one takes longer than the others; after it, "ready" is sent.
    """
    database = Database(url)
    for number in range(10**6):
        with database.session() as session:
            store(session, whose, size, number)
        tell(number or "ready")


def upgrade(url: str, tell: Tell) -> None:
    """Upgrade, and send "done" afterwards."""
    two_revisions.install()
    database = Database(url)
    database.revision()
    tell("ready")
    database.upgrade()
    tell("done")
