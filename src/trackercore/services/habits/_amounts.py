"""Sums of the amounts done for a habit: one statement per call."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.amount import amount_of
from trackercore.domain.calendar import Unit
from trackercore.errors import NotFound
from trackercore.models import CheckIn, Habit, User
from trackercore.schemas import AmountTotal
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services._shared.arguments import as_range_to_fill
from trackercore.services._shared.calendar_units import by_unit, key_of
from trackercore.services._shared.owned_rows import OWNER, check_id, connection, entity, table
from trackercore.services.habits._habit_rows import HABITS, AnyRow, of_habit

_users, _habits, _check_ins = table(User), table(Habit), table(CheckIn)


def amounts_by_day(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> list[AmountTotal]:
    """Amounts done on the days from `start` to `end`, in order."""
    return _amounts_by("day", session, user_id, habit_id, start, end, fill, max_days)


def amounts_by_week(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> list[AmountTotal]:
    """Amounts done in weeks by the user's week start.

    The first and the last week may be longer than the range; only days inside it count.
    """
    return _amounts_by("week", session, user_id, habit_id, start, end, fill, max_days)


def amounts_by_month(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> list[AmountTotal]:
    """Amounts done in calendar months, of which only the days inside the range count."""
    return _amounts_by("month", session, user_id, habit_id, start, end, fill, max_days)


def amounts_by_year(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> list[AmountTotal]:
    """Amounts done in calendar years, of which only the days inside the range count."""
    return _amounts_by("year", session, user_id, habit_id, start, end, fill, max_days)


def _amounts_by(
    unit: Unit,
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    fill: bool,
    max_days: int,
) -> list[AmountTotal]:
    days = as_range_to_fill(start, end, fill, max_days)
    rows = _rows(unit, session, user_id, habit_id, *days)
    return Rows(
        _total(first, last, *((0, 0) if row is None else (row.amount, row.days)))
        for first, last, row in by_unit(unit, days, rows, fill=fill)
    )


def _rows(
    unit: Unit, session: Session, user_id: int, habit_id: int, first: date, last: date
) -> Sequence[AnyRow]:
    """A row for each unit in which something is recorded; one without a key if nothing is."""
    key = {"owner": check_id(User, user_id), "habit": check_id(Habit, habit_id)}
    rows = connection(session).execute(_by(unit), {**key, "first": first, "last": last}).all()
    if not rows:
        raise NotFound(entity(Habit), habit_id)
    return rows


@cache
def _by(unit: Unit) -> Select[*tuple[Any, ...]]:
    key = key_of(unit, _check_ins.c.day, _users.c.week_starts_on)
    # In thousandths. PostgreSQL sums up integers as bigint, and SQLite's all have 64 bits.
    amount = type_coerce(_check_ins.c.amount, Integer)
    days = _check_ins.c.day.between(bindparam("first"), bindparam("last"))
    return (
        select(
            func.max(_users.c.week_starts_on).label("week_starts_on"),  # one user, so any row's
            key.label("key"),
            func.sum(amount).label("amount"),
            func.count(func.nullif(amount, 0)).label("days"),
        )
        .select_from(HABITS.outerjoin(_check_ins, and_(*of_habit(_check_ins), days)))
        .where(_habits.c.user_id == OWNER, _habits.c.id == bindparam("habit"))
        .group_by(key)
    )


def _total(start: date, end: date, amount: int, days: int) -> AmountTotal:
    # Half a thousandth is rounded up, in integers: no amount is below 0.
    average = (2 * amount + days) // (2 * days) if days else None
    return AmountTotal(
        start=start,
        end=end,
        amount=amount_of(amount),
        days=days,
        average=None if average is None else amount_of(average),
    )
