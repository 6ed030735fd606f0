"""Correcting the streaks of many habits."""

from collections import Counter
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from trackercore.domain.streak import StreakState, cached_state
from trackercore.errors import UnknownTimeZone
from trackercore.models import Habit, User
from trackercore.schemas import RebuildResult
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_instant, as_positive
from trackercore.services._shared.clock import day_settings
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
from trackercore.services.habits.standings import renew_standings

_BATCH = 500
_MAX_ZONES = 100

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
    ends. Where all users' habits are rebuilt, those of users whose time zone this machine does not
    have are skipped.

    To go on from where one transaction ended, give each a `limit`, and pass on `next`::

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
        UnknownTimeZone: this machine does not have the zone of the one user.
    """
    moment = as_instant(now)
    most = None if limit is None else as_positive(limit, "limit")
    scope = ("rebuild_streaks", user_id)
    last = None if after is None else read_cursor(after, scope, [Habit.user_id, Habit.id])
    lock = _LOCK
    if user_id is not None:
        owned_rows.check_id(User, user_id)
        lock = lock.where(_habits.c.user_id == user_id)
    connection = owned_rows.connection(session)
    seen = corrected = 0
    skipped = Counter[str]()
    while True:
        size = _BATCH if most is None else min(_BATCH, most - seen)
        batch = lock if last is None else lock.where(_identity > tuple_(*last))
        found = connection.execute(batch.limit(size + 1)).all()
        if habits := found[:size]:
            ends = tuple(habits[0]), tuple(habits[-1])
            corrected += _correct(session, *ends, moment, skipped if user_id is None else None)
            seen += len(habits)
            last = [*habits[-1]]
        elif user_id is not None:
            owned_rows.get(session, User, user_id, lock="change")  # also if deleted meanwhile
        is_end = last is None or len(found) <= size
        if is_end or seen == most:
            renew_standings(session, user_id, moment)
            return RebuildResult(
                checked=seen - skipped.total(),
                corrected=corrected,
                skipped=skipped.total(),
                unknown_time_zones=tuple(sorted(skipped)[:_MAX_ZONES]),
                next=None if is_end or last is None else write_cursor(scope, last),
            )


def _correct(
    session: Session,
    first: tuple[int, int],
    last: tuple[int, int],
    now: datetime,
    skipped: Counter[str] | None,
) -> int:
    """Correct a range of habits, which are locked; how many were wrong.

    A habit created since then has no history yet, or is right.

    Args:
        session: the caller's.
        first: the owner and the id of the first habit.
        last: those of the last one.
        now: what today refers to.
        skipped: counts habits by time zones that are unknown here; None to raise the error.
    """
    query = _HISTORIES.where(_identity.between(tuple_(*first), tuple_(*last)))
    rows = owned_rows.open_connection(session).execute(query, execution_options={"yield_per": 100})
    wrong: dict[tuple[int, int], StreakState] = {}
    for row in rows:
        try:
            today = day_settings(row.user_id, row).earliest_day(now)
        except UnknownTimeZone:
            if skipped is None:
                raise
            skipped[row.time_zone] += 1
            continue
        state = cached_state(rules_of(row), recorded_of(row.recorded), today)
        if state_values(state) != state_values(state_of(row).from_day(today)):
            wrong[row.user_id, row.id] = state
    for (user_id, habit_id), state in wrong.items():
        store_state(session, user_id, habit_id, state)
    return len(wrong)
