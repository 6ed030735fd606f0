"""The calls whose time is compared, each a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.benchmarks.past_one_machine.rows import MANY, habit_of
from tests.benchmarks.scale import DAY, NOON, TODAY
from trackercore import (
    CheckInCreate,
    StudySessionCreate,
    User,
    habits,
    overview,
    study_sessions,
    tasks,
    users,
)

Call = Callable[[Session, int, int], object]
"""It takes the owner and the number of the round, so that a round can write something new."""

_MANY_DAYS, _MANY_SESSIONS = 100, 500


def one_row(session: Session, user_id: int, _round: int) -> object:
    """The least that can be asked for: a row by its key."""
    return session.execute(select(User.time_zone).where(User.id == user_id)).scalar_one()


def check_in(session: Session, user_id: int, round_: int) -> object:
    """A check-in of today."""
    habit = habit_of(user_id, 1 + round_ % MANY.habits)
    return habits.check_in(session, user_id, habit, add=True, now=NOON)


def find_tasks(session: Session, user_id: int, _round: int) -> object:
    """The first page of open tasks."""
    return tasks.find(session, user_id, completed=False, limit=50)


def totals(session: Session, user_id: int, _round: int) -> object:
    """Weekly totals of a year."""
    return study_sessions.totals_by_week(session, user_id, TODAY - 364 * DAY, TODAY)


def screen(session: Session, user_id: int, _round: int) -> object:
    """The overview of today."""
    return overview(session, user_id, now=NOON)


def import_check_ins(session: Session, user_id: int, round_: int) -> object:
    """100 days of a habit."""
    days = [TODAY - n * DAY for n in range(_MANY_DAYS)]
    created = (CheckInCreate(on=day, amount=2 + round_ % 9) for day in days)
    return habits.check_in_many(session, user_id, habit_of(user_id), created, now=NOON)


def import_sessions(session: Session, user_id: int, _round: int) -> object:
    """500 study sessions."""
    created = (
        StudySessionCreate(topic_id=user_id, duration_minutes=30, study_date=TODAY - n % 365 * DAY)
        for n in range(_MANY_SESSIONS)
    )
    return study_sessions.create_many(session, user_id, created, now=NOON)


def by_email(session: Session, user_id: int, _round: int) -> object:
    """A user by their email, as at a log-in."""
    return users.find_by_email(session, f"user{user_id}@example.com")


def all_users(session: Session, _user_id: int, _round: int) -> object:
    """The first page of all users, which no single shard has."""
    return users.find(session)


CALLS: dict[str, Call] = {
    "a row by its key": one_row,
    "`habits.check_in`": check_in,
    "`tasks.find`, a page of 50": find_tasks,
    "`study_sessions.totals_by_week`, 1,000 sessions": totals,
    "`overview`, 20 habits and 300 tasks": screen,
    f"`habits.check_in_many`, {_MANY_DAYS} days": import_check_ins,
    f"`study_sessions.create_many`, {_MANY_SESSIONS} sessions": import_sessions,
    "`users.find_by_email`": by_email,
    "`users.find`, all users": all_users,
}
MIXED: tuple[Call, ...] = (check_in, find_tasks, screen, totals)
LOADS: dict[str, tuple[Call, ...]] = {"check_in": (check_in,), "mixed": MIXED}
"""What clients repeat, with a random user each time."""
