"""Habits as services return them: with their streaks on the owner's today, `Habit.standing`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Date, Select, bindparam, case, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_dirty

from trackercore.domain.streak import StreakStanding, is_any_ahead, streak_state
from trackercore.errors import NotFound, UnknownTimeZone
from trackercore.models import Habit, User
from trackercore.models.habit import attach_standing
from trackercore.models.habit_standing import HabitStanding
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.owned_rows import (
    OWNER,
    check_id,
    connection,
    entity,
    loaded,
    loaded_row,
    open_connection,
    table,
)
from trackercore.services.habits._habit_history import IS_HABIT
from trackercore.services.habits._habit_rows import (
    HABITS,
    LAST_DAY,
    AnyRow,
    recorded_column,
    recorded_of,
    rules_by,
    rules_columns,
    rules_of,
    schedule_of,
)

_habits, _users = table(Habit), table(User)

# Streaks at least are on the row: their rules are not read.
_grows = or_(_habits.c.streak_grows_from.is_not(None), _habits.c.earlier_streaks.is_not(None))
_JSON = {"versions", "pauses", "user_pauses"}
_SELECT = select(
    Habit,
    _users.c.time_zone,
    _users.c.day_starts_at,
    LAST_DAY.label("last_day"),
    *(
        case((_grows, column)).label(column.key)
        for column in rules_columns()
        if column.key in _JSON
    ),
).select_from(HABITS)
_ONE = _SELECT.where(IS_HABIT).execution_options(populate_existing=True)

_WHOLE = (
    select(
        _habits.c.id,
        *rules_columns(),
        recorded_column(until=bindparam("last", type_=Date())),
    )
    .select_from(HABITS)
    .where(_habits.c.user_id == OWNER, _habits.c.id.in_(bindparam("ids", expanding=True)))
)


def select_habits(*conditions: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
    """Habits of `OWNER`, with what `with_standings` needs; none of their history.

    Args:
        conditions: which habits; one of them equates the owner.
    """
    return _SELECT.where(*conditions)


def with_standings(session: Session, rows: Sequence[AnyRow], now: datetime) -> list[Habit]:
    """The habits of some rows, to each of which its standing is attached.

    Args:
        session: the caller's.
        rows: of `select_habits`, all of one owner.
        now: what the owner's today refers to.
    """
    if not rows:
        return []
    today = day_settings(rows[0].Habit.user_id, rows[0]).day(now)
    return attach_streaks(session, today, rows, streaks_on(session, today, rows))


def attach_streaks(
    session: Session, today: date, rows: Sequence[AnyRow], streaks: Sequence[StreakStanding]
) -> list[Habit]:
    """The habits of some rows of `select_habits`, to which their streaks of today are attached."""
    habits: list[Habit] = [row.Habit for row in rows]
    standings = (_standing(today, streak) for streak in streaks)
    _attach(session, [*zip(habits, standings, strict=True)])
    return habits


def read_habit(session: Session, user_id: int, habit_id: int, now: datetime) -> Habit:
    """A habit as it is now.

    Raises:
        NotFound: there is no such habit.
    """
    key = {"owner": check_id(User, user_id), "habit": check_id(Habit, habit_id)}
    connection(session)
    rows = session.execute(_ONE, key).all()
    if not rows:
        raise NotFound(entity(Habit), habit_id)
    return with_standings(session, rows, now)[0]


def renew_standings(session: Session, user_id: int | None, now: datetime) -> None:
    """Attach new standings to the habits in the session that have one, after a change of many.

    Args:
        session: the caller's.
        user_id: whose habits; None for everybody's, of which those in time zones that this machine
            does not have are left without one.
        now: what today refers to.
    """
    owner = {} if user_id is None else {"user_id": user_id}
    ids: dict[int, list[int]] = {}
    for habit in loaded(session, Habit, **owner):
        if habit.standing is not None:
            ids.setdefault(habit.user_id, []).append(habit.id)
    for of, habits in ids.items():
        query = select_habits(Habit.user_id == OWNER, Habit.id.in_(habits))
        query = query.execution_options(populate_existing=True)
        rows = session.execute(query, {"owner": of}).all()  # which refreshes them
        try:
            with_standings(session, rows, now)
        except UnknownTimeZone:
            if user_id is not None:
                raise


def renew_standing(
    session: Session, user_id: int, habit_id: int, day: date, streaks: StreakStanding
) -> None:
    """Attach what a write has found to the habit, if the session has it."""
    habit = loaded_row(session, Habit, (user_id, habit_id))
    if habit is not None:
        _attach(session, [(habit, _standing(day, streaks))])


def counted_streaks(
    session: Session, user_id: int, day: date, ids: Collection[int]
) -> dict[int, StreakStanding]:
    """How the streaks of a user's habits stand on a day, counted from what is recorded up to it.

    All of it is read, in one statement.
    """
    if not ids:
        return {}
    values = {"owner": user_id, "ids": ids, "last": day}
    streaks: dict[int, StreakStanding] = {}
    for row in open_connection(session).execute(_WHOLE, values):
        rules = rules_of(row)
        streaks[row.id] = streak_state(rules, recorded_of(row.recorded), day).on(day, rules)
    return streaks


def streaks_on(session: Session, day: date, rows: Sequence[AnyRow]) -> list[StreakStanding]:
    """How the streaks of one owner's habits stand on their today, in the order of the rows.

    They are worked out from the rows. Where anything lies after the day, as after a move west, they
    are counted from the history: one more statement for all of these habits.
    """
    ahead = [
        row.Habit.id
        for row in rows
        if is_any_ahead(day, row.last_day, row.Habit.starting_streak_on)
    ]
    counted = counted_streaks(session, rows[0].Habit.user_id, day, ahead)
    return [counted.get(row.Habit.id) or _cached(day, row) for row in rows]


def _cached(day: date, row: AnyRow) -> StreakStanding:
    habit: Habit = row.Habit
    state = habit.cached_state
    rules = rules_by(schedule_of(habit), habit, row) if state.grows_on(day) else None
    return state.on(day, rules)


def _standing(day: date, streaks: StreakStanding) -> HabitStanding:
    return HabitStanding(day, streaks.current, streaks.longest)


def _attach(session: Session, standings: Sequence[tuple[Habit, HabitStanding]]) -> None:
    is_nested = session.in_nested_transaction()
    for habit, standing in standings:
        attach_standing(habit, standing)
        if is_nested:  # the session is to forget it with this savepoint
            flag_dirty(habit)
    if is_nested:
        session.flush()
