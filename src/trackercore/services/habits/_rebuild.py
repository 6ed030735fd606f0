"""Correcting the streaks of many habits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from trackercore.domain.calendar import local_day
from trackercore.domain.streak import StreakState, cached_state
from trackercore.models import Habit, User
from trackercore.schemas import RebuildResult
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_instant, as_positive
from trackercore.services._shared.pages import read_cursor, write_cursor
from trackercore.services.habits._habit_history import store_state
from trackercore.services.habits._habit_rows import (
    HABITS,
    STATE,
    recorded_column,
    recorded_of,
    rules_columns,
    rules_of,
    state_of,
    state_values,
)

_BATCH = 500

_habits = owned_rows.table(Habit)
_identity = tuple_(_habits.c.user_id, _habits.c.id)
_LOCK = (
    select(_habits.c.user_id, _habits.c.id)
    .order_by(_habits.c.user_id, _habits.c.id)
    .with_for_update(key_share=True)
)
_HISTORIES = (
    select(_habits.c.user_id, _habits.c.id, *rules_columns(), *STATE, recorded_column())
    .select_from(HABITS)
    .order_by(_habits.c.user_id, _habits.c.id)
)


def rebuild_streaks(
    session: Session,
    user_id: int | None = None,
    *,
    limit: int | None = None,
    after: str | None = None,
    now: datetime | None = None,
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
        user_id: only this user's habits; default everybody's.
        limit: most habits to look at; default all.
        after: the `next` of the result before.

    Raises:
        InvalidCursor: `after` was made for others.
    """
    moment = as_instant(now)
    most = None if limit is None else as_positive(limit)
    scope = ("rebuild_streaks", user_id)
    last = None if after is None else read_cursor(after, scope, [Habit.user_id, Habit.id])
    lock = _LOCK
    if user_id is not None:
        owned_rows.check_id(User, user_id)
        lock = lock.where(_habits.c.user_id == user_id)
    connection = owned_rows.connection(session)
    checked = corrected = 0
    while True:
        size = _BATCH if most is None else min(_BATCH, most - checked)
        batch = lock if last is None else lock.where(_identity > tuple_(*last))
        found = connection.execute(batch.limit(size + 1)).all()
        if habits := found[:size]:
            corrected += _correct(session, tuple(habits[0]), tuple(habits[-1]), moment)
            checked += len(habits)
            last = [*habits[-1]]
        elif user_id is not None:
            owned_rows.get(session, User, user_id, lock="change")  # also if deleted meanwhile
        if last is None or len(found) <= size:
            return RebuildResult(checked=checked, corrected=corrected, next=None)
        if checked == most:
            more = write_cursor(scope, last)
            return RebuildResult(checked=checked, corrected=corrected, next=more)


def _correct(session: Session, first: tuple[int, int], last: tuple[int, int], now: datetime) -> int:
    """Correct a range of habits, which are locked; how many were wrong.

    A habit created since then has no history yet, or is right.
    """
    query = _HISTORIES.where(_identity.between(tuple_(*first), tuple_(*last)))
    rows = session.connection().execute(query, execution_options={"yield_per": 100})
    wrong: dict[tuple[int, int], StreakState] = {}
    for row in rows:
        today = local_day(now, row.time_zone, row.day_starts_at)
        state = cached_state(rules_of(row), recorded_of(row.recorded), today)
        if state_values(state) != state_values(state_of(row).from_day(today)):
            wrong[row.user_id, row.id] = state
    for (user_id, habit_id), state in wrong.items():
        store_state(session, user_id, habit_id, state)
    return len(wrong)
