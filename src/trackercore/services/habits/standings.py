"""How a user's habits stand on a day, and which of them are due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Date, bindparam, case, null, select
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.amount import amount_of
from trackercore.domain.calendar import possible_days
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.report import PeriodStanding, standing_on
from trackercore.domain.streak import StreakStanding, is_any_ahead, streak_state
from trackercore.errors import NotFound
from trackercore.models import Habit, User
from trackercore.schemas import DueHabit
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day_or_none, as_instant
from trackercore.services._shared.clock import day_settings
from trackercore.services.habits._habit_rows import (
    FIRST_DONE,
    HABITS,
    STATE,
    AnyRow,
    days_around,
    recorded_column,
    recorded_of,
    rules_columns,
    rules_of,
    state_of,
)

_users, _habits = owned_rows.table(User), owned_rows.table(Habit)
_first, _last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
_since = days_around(_first)[0]
_HABITS = (
    select(
        _habits.c.id,
        _habits.c.name,
        _habits.c.unit,
        *rules_columns(_since, bindparam("owner")),
        *STATE,
        recorded_column(_since, _last),
        # A first day before the period changes nothing.
        case((_habits.c.starts_on < _since, null()), else_=FIRST_DONE).label("first_done"),
    )
    .select_from(_users.outerjoin(_habits, _habits.c.user_id == _users.c.id))
    .where(_users.c.id == bindparam("owner"))
    .order_by(_habits.c.id)
)


_WHOLE = (
    select(_habits.c.id, *rules_columns(owner=bindparam("owner")), recorded_column(until=_last))
    .select_from(HABITS)
    .where(
        _habits.c.user_id == bindparam("owner"), _habits.c.id.in_(bindparam("ids", expanding=True))
    )
)


def due(
    session: Session, user_id: int, on: date | None = None, *, now: datetime | None = None
) -> list[DueHabit]:
    """The habits that are due on a day, by id, in one statement.

    A habit is due from its first day on, on days that its schedule has, until the period's target
    is met. It is not due if the day is skipped or paused, if it is archived by then, or if skips
    and pauses leave the period too few days. A habit at most is never due.

    Args:
        on: any day; later check-ins are ignored.
    """
    moment = as_instant(now)
    day = as_day_or_none(on)
    days = possible_days(moment) if day is None else (day, day)
    rows = habits_around(session, user_id, *days)
    if not rows:
        raise NotFound(owned_rows.entity(User), user_id)
    settings = day_settings(user_id, rows[0])
    day = day or settings.day(moment)
    return Rows(
        DueHabit(
            habit_id=row.id,
            name=row.name,
            unit=row.unit,
            period_start=standing.period.start,
            period_end=standing.period.end,
            progress=amount_of(standing.progress),
            target=amount_of(standing.period.target),
            remaining=amount_of(standing.remaining),
            days_left=standing.days_left,
        )
        for row, _, standing in standings_on(day, rows)
        if standing.status == "pending" and standing.period.schedule.direction == "at_least"
    )


def habits_around(session: Session, user_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """A user's habits with what is needed to judge one of some days.

    Args:
        first: the first of the days.
        last: the last of them.

    Returns:
        A row for each habit; one without an id if the user has none; no row if there is no user.
    """
    values = {"owner": owned_rows.check_id(User, user_id), "first": first, "last": last}
    return owned_rows.connection(session).execute(_HABITS, values).all()


class HabitStanding(NamedTuple):
    """How the period of a habit stands on a day.

    Attributes:
        row: of `habits_around`.
        rules: by which it is judged.
        period: how it stands.
    """

    row: AnyRow
    rules: HabitRules
    period: PeriodStanding


def standings_on(day: date, rows: Sequence[AnyRow]) -> Iterator[HabitStanding]:
    """How each habit stands on a day, by id; without those that have no period that day."""
    for row in rows:
        if row.id is None or min(row.starts_on, row.first_done or date.max) > day:
            continue
        rules = rules_of(row).begun(row.first_done, day)
        standing = standing_on(rules, day, recorded_of(row.recorded))
        if standing is not None:
            yield HabitStanding(row, rules, standing)


def streaks_on(
    session: Session, user_id: int, day: date, standings: Sequence[HabitStanding]
) -> dict[int, StreakStanding]:
    """How the streaks of habits stand on the user's today, by id.

    They are worked out from the rows. Where anything lies after the day, as after a move west, they
    are counted from the history: one more statement for all of these habits.

    Args:
        session: the caller's.
        user_id: the owner.
        day: their today.
        standings: of the habits, with all that is recorded after the day.
    """
    streaks: dict[int, StreakStanding] = {}
    ahead: list[int] = []
    for row, rules, _ in standings:
        if is_any_ahead(day, recorded_of(row.recorded).last_day, row.starting_streak_on):
            ahead.append(row.id)
        else:
            streaks[row.id] = state_of(row).on(day, rules)
    if ahead:
        values = {"owner": user_id, "ids": ahead, "last": day}
        for row in owned_rows.open_connection(session).execute(_WHOLE, values):
            rules = rules_of(row)
            streaks[row.id] = streak_state(rules, recorded_of(row.recorded), day).on(day, rules)
    return streaks
