"""Setting the caches of many habits right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.orm import Session

from trackercore.domain.streak import Mark, Tally, tally
from trackercore.models import CheckIn, Habit, User
from trackercore.services import _rows
from trackercore.services._history import (
    cache_columns,
    cache_of,
    schedule_of,
    start_of,
    store_cache,
)

_BATCH = 200
_FETCH = 10_000

_habits, _check_ins = _rows.table(Habit), _rows.table(CheckIn)
_habit = tuple_(_habits.c.user_id, _habits.c.id)
_habit_of_check_in = tuple_(_check_ins.c.user_id, _check_ins.c.habit_id)


def rebuild_streaks(session: Session, user_id: int | None = None) -> int:
    """Recompute the streak columns of habits from their check-ins.

    The services keep them right; this is for check-ins that were written past the services.
    Habits are locked and corrected in batches, so memory stays flat; the locks last until the
    transaction ends.

    Args:
        session: the caller's.
        user_id: only this user's habits; default everybody's.

    Returns:
        How many habits were wrong.

    Raises:
        NotFound: there is no such user.
    """
    query: Select[*tuple[Any, ...]] = (
        select(_habits)
        .order_by(_habits.c.user_id, _habits.c.id)
        .limit(_BATCH)
        .with_for_update(key_share=True)
    )
    if user_id is not None:
        _rows.get(session, User, user_id)
        query = query.where(_habits.c.user_id == user_id)
    connection = _rows.connection(session)
    corrected = 0
    habits = connection.execute(query).all()
    while habits:
        corrected += _correct(session, habits)
        last = tuple_(habits[-1].user_id, habits[-1].id)
        habits = connection.execute(query.where(_habit > last)).all()
    return corrected


def _correct(session: Session, habits: Sequence[Row[*tuple[Any, ...]]]) -> int:
    by_identity = {(habit.user_id, habit.id): habit for habit in habits}
    right = {identity: _streaks(habit, ()) for identity, habit in by_identity.items()}
    check_ins = session.connection().execute(
        select(
            _check_ins.c.user_id,
            _check_ins.c.habit_id,
            _check_ins.c.day,
            _check_ins.c.status,
            _check_ins.c.amount,
        )
        .where(_habit_of_check_in.between(tuple_(*min(right)), tuple_(*max(right))))
        .order_by(_check_ins.c.user_id, _check_ins.c.habit_id, _check_ins.c.day),
        execution_options={"yield_per": _FETCH},
    )
    for identity, rows in groupby(check_ins, lambda row: (row.user_id, row.habit_id)):
        habit = by_identity.get(identity)
        if habit is None:  # made since the habits were read, and right
            continue
        right[identity] = _streaks(habit, (Mark(row.day, row.status, row.amount) for row in rows))
    wrong = 0
    for identity, habit in by_identity.items():
        if cache_columns(right[identity]) != cache_columns(cache_of(habit)):
            store_cache(session, *identity, right[identity])
            wrong += 1
    return wrong


def _streaks(habit: Row[*tuple[Any, ...]], marks: Iterable[Mark]) -> Tally:
    return tally(schedule_of(habit), habit.starts_on, marks, start=start_of(habit))
