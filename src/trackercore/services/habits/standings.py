"""The habits that still want doing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    and_,
    bindparam,
    case,
    func,
    not_,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.calendar import local_day, shift
from trackercore.domain.report import PeriodStanding, standing_on
from trackercore.domain.streak import DayEntry, begun, begun_by
from trackercore.errors import NotFound
from trackercore.models import CheckIn, Habit, HabitPause, HabitSchedule, User
from trackercore.schemas import DueHabit
from trackercore.schemas.fields import MAX_INTERVAL_DAYS
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day, as_instant
from trackercore.services.habits._stored_rules import (
    CACHE,
    CHECK_IN,
    JUDGING,
    PAUSES,
    VERSIONS,
    AnyRow,
    check_in_records,
    rules_from,
    start_of,
)

_users, _habits, _check_ins = (
    owned_rows.table(User),
    owned_rows.table(Habit),
    owned_rows.table(CheckIn),
)
_schedules, _pauses = owned_rows.table(HabitSchedule), owned_rows.table(HabitPause)
_earliest = _check_ins.alias("earliest")

_REACHES = {
    "since_day": 0,
    "since_week": 6,
    "since_month": 30,
    "since_interval": MAX_INTERVAL_DAYS - 1,
}
"""Days before the last of a period on which it begins at the earliest, by the parameter's name."""


def due(
    session: Session, user_id: int, on: date | None = None, *, now: datetime | None = None
) -> list[DueHabit]:
    """The habits that still want doing on a day, by id, in one statement.

    A habit is due from its first day on, on days that its schedule has, until the period's target
    is met; not if the day is skipped or paused, or the habit archived by then, or if skips and
    pauses leave the period too few days.

    Args:
        session: the caller's.
        user_id: the owner.
        on: any day; default the user's today. Later check-ins are ignored.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such user.
    """
    moment = as_instant(now)
    given = None if on is None else as_day(on)
    utc = moment.date()  # two days from the user's day at most, where days start late
    span = (shift(utc, -2), shift(utc, 2)) if given is None else (given, given)
    rows = habit_rows(session, user_id, *span)
    if not rows:
        raise NotFound(owned_rows.entity(User), user_id)
    day = given or local_day(moment, rows[0].time_zone, rows[0].day_starts_at)
    return Rows(
        DueHabit(
            habit_id=habit.id,
            name=habit.name,
            period_start=found.period.start,
            period_end=found.period.end,
            progress=found.progress,
            target=found.period.target,
            remaining=found.period.target - found.progress,
            days_left=found.days_left,
        )
        for habit, found in standings_on(day, rows)
        if found.status == "pending"
    )


def habit_rows(session: Session, user_id: int, first: date, last: date) -> Sequence[AnyRow]:
    """A user's habits, beside what may be needed to judge a day by; no row, no such user.

    Args:
        session: the caller's.
        user_id: the owner.
        first: the day is this one or later.
        last: it is this one or earlier.
    """
    asked = {
        "owner": owned_rows.check_id(User, user_id),
        "first": first,
        "last": last,
        "rested": shift(first, -MAX_INTERVAL_DAYS),
        **{name: shift(first, -days) for name, days in _REACHES.items()},
    }
    return owned_rows.connection(session).execute(_query(), asked).all()


def standings_on(day: date, rows: Sequence[AnyRow]) -> Iterator[tuple[AnyRow, PeriodStanding]]:
    """How each habit's period stands on a day, by id; without those that have none that day."""
    for _, group in groupby(rows, lambda row: row.id):
        found = list(group)
        today = _standing_on(day, found)
        if today is not None:
            yield found[0], today


@cache
def _query() -> Any:
    """Every habit with its owner's settings, beside what may be needed to judge it by."""
    owner: ColumnElement[int] = bindparam("owner")
    last = bindparam("last", type_=Date())
    still = or_(_pauses.c.ends_on.is_(None), _pauses.c.ends_on >= bindparam("rested"))
    rows = [
        VERSIONS.where(_schedules.c.user_id == owner),
        PAUSES.where(_pauses.c.user_id == owner, still),
    ]
    for of_length, since in _reaches():
        near = and_(*_of_habit(_check_ins), _check_ins.c.day.between(since, last))
        # Outer joins, so that SQLite begins with the habits; what they add has no habit_id.
        source = _habits.outerjoin(_check_ins, near)
        mine = check_in_records(_check_ins).select_from(source)
        rows.append(mine.where(_habits.c.user_id == owner, of_length))
    record = ("kind", "day", "until", "word", "number", "chosen", "block")
    columns = ("user_id", "habit_id", *record)
    records = union_all(
        *(row.with_only_columns(*(row.selected_columns[name] for name in columns)) for row in rows)
    ).cte("records")
    records = records.prefix_with("MATERIALIZED", dialect="postgresql")  # not once for every habit
    return (
        select(
            _habits.c.id,
            _habits.c.name,
            *JUDGING,
            *CACHE,
            _first_done().label("first_done"),
            *(records.c[name] for name in record),
        )
        .select_from(_users)
        .outerjoin(_habits, _habits.c.user_id == _users.c.id)
        .outerjoin(records, and_(*_of_habit(records)))
        .where(_users.c.id == owner)
        .order_by(_habits.c.id, records.c.kind, records.c.day)
    )


def _of_habit(source: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return source.c.user_id == _habits.c.user_id, source.c.habit_id == _habits.c.id


def _reaches() -> list[tuple[ColumnElement[bool], ColumnElement[date]]]:
    """How far the period that :first lies in may reach back, by the length of habits' periods.

    Constants, and few of them: by a bound that the row tells, PostgreSQL would read all check-ins.
    """
    in_force = _in_force()
    frequency = _habits.c.frequency
    upto_day = or_(frequency == "daily", frequency == "weekdays")  # in_() is expanded at every call
    upto_week = frequency == "weekly"
    upto_month = or_(frequency == "monthly", _habits.c.interval_days <= 31)
    lengths = (
        and_(in_force, upto_day),
        and_(in_force, upto_week),
        and_(in_force, upto_month),
        not_(and_(in_force, or_(upto_day, upto_week, upto_month))),
    )
    since = [bindparam(name, type_=Date()) for name in _REACHES]
    return list(zip(lengths, since, strict=True))


def _in_force() -> ColumnElement[bool]:
    """Whether the newest schedule is, by :first; where it is not, the one that is has a row."""
    return func.coalesce(_habits.c.schedule_from <= bindparam("first"), true())


def _first_done() -> Any:
    """The first day on which the habit was done, unless it began before the day's period anyway."""
    of_months = (_in_force(), func.coalesce(_habits.c.interval_days, 1) <= 31)
    # In the primary key's order, of which one entry is read: min() may be planned as a scan.
    first = (
        select(_earliest.c.day)
        .where(*_of_habit(_earliest), _earliest.c.status == "done")
        .order_by(_earliest.c.day)
        .limit(1)
        .scalar_subquery()
    )
    before = [
        (_habits.c.starts_on < bindparam("since_interval", type_=Date()), null()),
        (and_(*of_months, _habits.c.starts_on < bindparam("since_month", type_=Date())), null()),
    ]
    return case(*before, else_=first)


def _standing_on(day: date, rows: Sequence[AnyRow]) -> PeriodStanding | None:
    habit = rows[0]
    if habit.id is None:  # a user without habits
        return None
    entries = [DayEntry(row.day, row.word, row.number) for row in rows if row.kind == CHECK_IN]
    if min(habit.starts_on, habit.first_done or date.max) > day:
        return None
    start = begun_by(start_of(habit), day)
    rules = begun(rules_from(habit, rows), habit.starts_on, habit.first_done, start)
    return standing_on(rules, day, entries)
