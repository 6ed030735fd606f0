"""Users and habits for the tests of habits, and what is stored of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.domain.histories import fold, is_at_least
from tests.support import oracle
from tests.support.oracle import (
    Amount,
    History,
    Kept,
    Rules,
    Wanted,
)
from trackercore import (
    CheckIn,
    DueHabit,
    Habit,
    HabitCreate,
    User,
    UserCreate,
    habits,
    users,
)

T = TypeVar("T")

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
TODAY = date(2024, 3, 20)  # a Wednesday
YESTERDAY = date(2024, 3, 19)
DAY = timedelta(days=1)
START = date(2024, 1, 1)


COLUMNS = (
    Habit.cached_streak,
    Habit.cached_longest_streak,
    Habit.streak_alive_through,
    Habit.streak_grows_from,
    Habit.streak_misses,
)
"""The cache of the streaks, in the order of `Kept`."""


class Row(NamedTuple):
    """A recorded day."""

    day: date
    status: str
    amount: Amount
    note: str | None


def new_user(session: Session, email: str = "ada@example.com", time_zone: str = "UTC") -> User:
    return users.create(session, UserCreate(email=email, time_zone=time_zone))


def new_habit(session: Session, user: User, rules: Rules | None = None) -> Habit:
    rules = rules or Rules("daily", 1, 1, START)
    data = HabitCreate(
        name="Run",
        frequency=rules.frequency,
        target=rules.target,
        weekdays=rules.weekdays,
        every=rules.every,
        week_starts_on=rules.week_starts_on,
        direction=rules.direction,
        counts=rules.counts,
        day_minimum=rules.day_minimum,
        allowed_misses=rules.allowed_misses,
        starts_on=rules.starts_on,
    )
    habit = habits.create(session, user.id, data)
    habit.starting_streak = rules.starting_streak
    habit.starting_streak_on = rules.starting_streak_on
    return habit


def stored_days(session: Session, habit: Habit) -> list[Row]:
    """What is in the table, past the ORM's objects."""
    query = select(CheckIn.day, CheckIn.status, CheckIn.amount, CheckIn.note)
    mine = query.where(CheckIn.user_id == habit.user_id, CheckIn.habit_id == habit.id)
    return [Row(*row) for row in session.execute(mine.order_by(CheckIn.day))]


def stored_columns(session: Session, owner: int, habit: int) -> Kept:
    """The streak columns in the table, past the ORM's objects."""
    query = select(*COLUMNS).where(Habit.user_id == owner, Habit.id == habit)
    return Kept(*session.execute(query).one())


def columns_of(habit: Habit) -> Kept:
    """The streak columns, as a loaded object shows them."""
    return Kept(*(getattr(habit, column.key) for column in COLUMNS))


def expected_columns(rules: Rules, history: History) -> Kept:
    """What the row must say, by the package's pure function; at least, by the oracle too.

    What the columns of the other habits stand for is compared as it is seen from any day.
    """
    state = fold(rules, history)
    pure = Kept(state.streak, state.longest, state.alive_through, state.grows_from, state.misses)
    if is_at_least(rules):
        assert pure == oracle.kept(rules, history)
    return pure


def shown(row: CheckIn) -> Row:
    return Row(row.day, row.status, row.amount, row.note)


def as_wanted(due: list[DueHabit]) -> dict[int, Wanted]:
    assert [item.habit_id for item in due] == sorted(item.habit_id for item in due)
    return {
        item.habit_id: Wanted(
            item.period_start, item.period_end, item.progress, item.remaining, item.days_left
        )
        for item in due
    }
