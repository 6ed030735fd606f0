"""Setting the caches of many habits right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import Session

from trackercore.domain.streak import DayEntry, StreakState, streak_state
from trackercore.models import CheckIn, Habit, User
from trackercore.schemas import RebuildResult
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_positive
from trackercore.services._shared.pages import read_cursor, write_cursor
from trackercore.services.habits._habit_history import cache_columns, cache_of, store_cache
from trackercore.services.habits._islands import runs_where, tallies
from trackercore.services.habits._stored_rules import (
    JUDGING,
    AnyRow,
    rules_from,
    rules_where,
    start_of,
)

_BATCH = 2_000
_FETCH = 10_000

_users, _habits, _check_ins = (
    owned_rows.table(User),
    owned_rows.table(Habit),
    owned_rows.table(CheckIn),
)
_habit = tuple_(_habits.c.user_id, _habits.c.id)

_HABITS: Select[*tuple[Any, ...]] = (
    select(
        _habits.c.user_id,
        _habits.c.id,
        *JUDGING,
        _habits.c.streak,
        _habits.c.longest_streak,
        _habits.c.streak_alive_through,
    )
    .join_from(_habits, _users, _users.c.id == _habits.c.user_id)
    .order_by(_habits.c.user_id, _habits.c.id)
    .with_for_update(of=_habits, key_share=True)
)

_CHECK_INS: Select[*tuple[Any, ...]] = select(
    _check_ins.c.user_id,
    _check_ins.c.habit_id,
    _check_ins.c.day,
    _check_ins.c.status,
    _check_ins.c.amount,
).order_by(_check_ins.c.user_id, _check_ins.c.habit_id, _check_ins.c.day)

Identity = tuple[int, int]


def rebuild_streaks(
    session: Session,
    user_id: int | None = None,
    *,
    limit: int | None = None,
    after: str | None = None,
) -> RebuildResult:
    """Recompute the streak columns of habits from their check-ins.

    The services keep them right; this is for check-ins that were written past the services. Habits
    are locked and corrected in batches, so memory stays flat; the locks last until the transaction
    ends. To go on from where one transaction ended, give each a `limit`, and pass on `next`::

        after = None
        while True:
            with get_session() as session:
                done = habits.rebuild_streaks(session, limit=10_000, after=after)
            if (after := done.next) is None:
                break

    Args:
        session: the caller's.
        user_id: only this user's habits; default everybody's.
        limit: most habits to look at; default all.
        after: the `next` of the result before.

    Raises:
        NotFound: there is no such user.
        InvalidCursor: `after` was made for others.
    """
    most = None if limit is None else as_positive(limit)
    scope = ("rebuild_streaks", user_id)
    last = None if after is None else read_cursor(after, scope, [Habit.user_id, Habit.id])
    query = _HABITS
    if user_id is not None:
        owned_rows.get(session, User, user_id)
        query = query.where(_habits.c.user_id == user_id)
    connection = owned_rows.connection(session)
    checked = corrected = 0
    while True:
        size = _BATCH if most is None else min(_BATCH, most - checked)
        batch = query if last is None else query.where(_habit > tuple_(*last))
        found = connection.execute(batch.limit(size + 1)).all()
        if habits := found[:size]:
            corrected += _correct(session, habits)
            checked += len(habits)
            last = [habits[-1].user_id, habits[-1].id]
        if last is None or len(found) <= size:
            return RebuildResult(checked=checked, corrected=corrected, next=None)
        if checked == most:
            more = write_cursor(scope, last)
            return RebuildResult(checked=checked, corrected=corrected, next=more)


def _correct(session: Session, habits: Sequence[AnyRow]) -> int:
    by_identity = {(habit.user_id, habit.id): habit for habit in habits}
    first, last = tuple_(*min(by_identity)), tuple_(*max(by_identity))

    def in_batch(source: Any) -> ColumnElement[bool]:
        return tuple_(source.c.user_id, source.c.habit_id).between(first, last)

    records: dict[tuple[int, int | None], list[AnyRow]] = {}
    owners = _users.c.id.in_({owner for owner, _ in by_identity})
    query = rules_where(in_batch, owners)
    connection = session.connection()
    for identity, rows in groupby(connection.execute(query), _identity):
        records[identity] = list(rows)

    rules_by_habit = {
        identity: rules_from(habit, (*records.get(identity, ()), *records[identity[0], None]))
        for identity, habit in by_identity.items()
    }
    plain = {
        identity
        for identity, rules in rules_by_habit.items()
        if rules.is_plain and start_of(by_identity[identity]) is None
    }

    def streaks(identity: Identity, entries: Iterable[DayEntry]) -> StreakState:
        habit = by_identity[identity]
        return streak_state(
            rules_by_habit[identity], habit.starts_on, entries, start=start_of(habit)
        )

    right = {identity: streaks(identity, ()) for identity in by_identity}
    if plain:
        counted = tallies(connection, runs_where(in_batch), {}, rules_by_habit[min(plain)])
        right.update((identity, counted[identity]) for identity in plain & counted.keys())
    if others := by_identity.keys() - plain:
        ids = {habit_id for _, habit_id in others}
        check_ins = connection.execute(
            _CHECK_INS.where(in_batch(_check_ins), _check_ins.c.habit_id.in_(ids)),
            execution_options={"yield_per": _FETCH},
        )
        for identity, rows in groupby(check_ins, _identity):
            if identity in others:  # else it was made since the habits were read, and is right
                right[identity] = streaks(identity, (DayEntry(*row[2:]) for row in rows))
    wrong = 0
    for identity, habit in by_identity.items():
        if cache_columns(right[identity]) != cache_columns(cache_of(habit)):
            store_cache(session, *identity, right[identity])
            wrong += 1
    return wrong


def _identity(row: AnyRow) -> Identity:
    return row.user_id, row.habit_id
