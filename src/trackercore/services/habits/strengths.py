"""How strong habits are: on a day, and on every day of a range. Each call is one statement."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Date, bindparam, select
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.strength import strengths
from trackercore.errors import NotFound
from trackercore.models import Habit, User
from trackercore.schemas import HabitStrength
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    as_day_or_none,
    as_instant,
    as_positive,
    as_range,
)
from trackercore.services._shared.clock import day_settings
from trackercore.services.habits._habit_rows import (
    HABITS,
    AnyRow,
    all_habits,
    recorded_column,
    recorded_of,
    rows_of_all,
    rules_columns,
    rules_of,
)

_habits = owned_rows.table(Habit)
_COLUMNS = (
    _habits.c.name,
    _habits.c.unit,
    *rules_columns(),
    recorded_column(until=bindparam("last", type_=Date())),
)
_SOME = (
    select(_habits.c.id, *_COLUMNS)
    .select_from(HABITS)
    .where(
        _habits.c.user_id == owned_rows.OWNER, _habits.c.id.in_(bindparam("ids", expanding=True))
    )
)
_ALL = all_habits(*_COLUMNS)


def strength(
    session: Session,
    user_id: int,
    habit_id: int,
    as_of: date | None = None,
    *,
    now: datetime | None = None,
) -> float:
    """How strong the habit is on a day, 0.0 to 1.0; check-ins of later days are ignored.

    A missed period weakens it a little, and each one that succeeds makes it stronger. A daily habit
    that is done every day is at 0.5 after 13 days, and at 0.8 after 30.
    """
    day, moment = as_day_or_none(as_of, "as_of"), as_instant(now)
    (row,) = _rows(session, user_id, [habit_id], day or date.max)
    day = day or day_settings(user_id, row).day(moment)
    (found,) = _strengths(row, day, day, day)
    return found


def strength_by_day(
    session: Session,
    user_id: int,
    habit_id: int,
    start: date,
    end: date,
    *,
    max_days: int = MAX_DAYS,
    now: datetime | None = None,
) -> list[HabitStrength]:
    """How strong the habit is on every day of a range, in order.

    It is as the user's today sees it. Days after today are as if nothing more were recorded.

    Args:
        max_days: a longer range is refused.
    """
    (found,) = strengths_of(session, user_id, [habit_id], start, end, max_days, now)
    return Rows(
        HabitStrength(day=day, strength=strength)
        for day, strength in zip(found.days, found.strengths, strict=True)
    )


class StrengthByDay(NamedTuple):
    """How strong a habit is on each of some days."""

    habit_id: int
    name: str
    days: Sequence[date]
    strengths: Sequence[float]


def strengths_of(
    session: Session,
    user_id: int,
    habit_ids: Collection[int] | None,
    start: date,
    end: date,
    max_days: int,
    now: datetime | None,
) -> list[StrengthByDay]:
    """How strong habits are on every day of a range: `strength_by_day` of each.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_ids: which habits, in this order; None for all of the user's, by id.
        start: first day of the range.
        end: its last day.
        max_days: a longer range is refused.
        now: the current time.
    """
    first, last = as_range(start, end, as_positive(max_days, "max_days"))
    moment = as_instant(now)
    rows = _rows(session, user_id, habit_ids, last)
    days = [*map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))]
    found: list[StrengthByDay] = []
    for row in rows:
        today = day_settings(user_id, row).day(moment)
        found.append(StrengthByDay(row.id, row.name, days, _strengths(row, first, last, today)))
    return found


def _rows(
    session: Session, user_id: int, habit_ids: Collection[int] | None, last: date
) -> list[AnyRow]:
    """Habits, with all that is recorded up to a day.

    Raises:
        NotFound: there is no such user, or no such habit.
    """
    if habit_ids is None:
        rows = rows_of_all(session, _ALL, user_id, last=last)
        return [row for row in rows if row.id is not None]
    values = {"owner": owned_rows.check_id(User, user_id), "last": last}
    ids = [owned_rows.check_id(Habit, habit_id) for habit_id in habit_ids]
    some = owned_rows.connection(session).execute(_SOME, {**values, "ids": ids})
    by_id = {row.id: row for row in some}
    for habit_id in ids:
        if habit_id not in by_id:
            raise NotFound(owned_rows.entity(Habit), habit_id)
    return [by_id[habit_id] for habit_id in ids]


def _strengths(row: AnyRow, first: date, last: date, as_of: date) -> list[float]:
    """The strength on every day of a range, by what is recorded up to a day."""
    recorded = recorded_of(row.recorded).until(as_of)
    rules = rules_of(row).begun(recorded.first_done, as_of)
    return [*strengths(rules, recorded, first, last, has_unit=row.unit is not None)]
