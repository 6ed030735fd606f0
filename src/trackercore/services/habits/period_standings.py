"""How a user's habits stand on a day, and which of them are due."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Date, bindparam
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.amount import amount_of
from trackercore.domain.calendar import possible_days
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.report import PeriodProgress, standing_on
from trackercore.domain.streak import StreakStanding, is_any_ahead
from trackercore.models import Habit
from trackercore.schemas import DueHabit
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day_or_none, as_instant
from trackercore.services._shared.clock import day_settings
from trackercore.services.habits._habit_rows import (
    STATE,
    AnyRow,
    all_habits,
    days_around,
    first_done_since,
    recorded_column,
    recorded_of,
    rows_of_all,
    rules_columns,
    rules_of,
    state_of,
)
from trackercore.services.habits.standings import counted_streaks

_habits = owned_rows.table(Habit)
_first, _last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
_since = days_around(_first)[0]
_HABITS = all_habits(
    _habits.c.name,
    _habits.c.unit,
    *rules_columns(_since),
    *STATE,
    recorded_column(_since, _last),
    first_done_since(_since),
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
    day = as_day_or_none(on, "on")
    days = possible_days(moment) if day is None else (day, day)
    rows = habits_around(session, user_id, *days)
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
        if standing.is_due
    )


def habits_around(session: Session, user_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """A user's habits with what is needed to judge one of some days.

    Args:
        first: the first of the days.
        last: the last of them.

    Returns:
        A row for each habit; one without an id if the user has none.

    Raises:
        NotFound: there is no such user.
    """
    return rows_of_all(session, _HABITS, user_id, first=first, last=last)


class HabitPeriod(NamedTuple):
    """How the period of a habit stands on a day.

    Attributes:
        row: of `habits_around`.
        rules: by which it is judged.
        period: how it stands.
    """

    row: AnyRow
    rules: HabitRules
    period: PeriodProgress


def standings_on(day: date, rows: Sequence[AnyRow]) -> Iterator[HabitPeriod]:
    """How each habit stands on a day, by id; without those that have no period that day."""
    for row in rows:
        if row.id is None or min(row.starts_on, row.first_done or date.max) > day:
            continue
        rules = rules_of(row).begun(row.first_done, day)
        standing = standing_on(rules, day, recorded_of(row.recorded))
        if standing is not None:
            yield HabitPeriod(row, rules, standing)


def streaks_on(
    session: Session, user_id: int, day: date, standings: Sequence[HabitPeriod]
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
    return streaks | counted_streaks(session, user_id, day, ahead)
