"""Correcting the streaks of many habits."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from trackercore.domain.streak import StreakState, cached_state
from trackercore.errors import UnknownTimeZone
from trackercore.models import Habit, User
from trackercore.schemas import RebuildResult
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_instant, as_positive
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.owned_rows import OWNER
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
from trackercore.sessions.owner import check_has_no_owner

_BATCH = 500
_MAX_ZONES = 100

_habits = owned_rows.table(Habit)
_OWNERS = (
    select(_habits.c.user_id)
    .where(_habits.c.user_id > bindparam("after"))
    .distinct()
    .order_by(_habits.c.user_id)
    .limit(_BATCH)
)
_LOCK = (
    select(_habits.c.id)
    .where(_habits.c.user_id == OWNER, _habits.c.id > bindparam("after"))
    .order_by(_habits.c.id)
    .with_for_update(key_share=True)
)
_HISTORIES = (
    select(_habits.c.id, *rules_columns(), *STATE, recorded_column())
    .select_from(HABITS)
    .where(_habits.c.user_id == OWNER, _habits.c.id.between(bindparam("first"), bindparam("last")))
    .order_by(_habits.c.id)
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
        SessionHasOwner: the session has only the rows of one user, and no `user_id` is given.
        UnknownTimeZone: this machine does not have the zone of the one user.
    """
    moment = as_instant(now)
    most = None if limit is None else as_positive(limit, "limit")
    scope = ("rebuild_streaks", user_id)
    last = None if after is None else read_cursor(after, scope, [Habit.user_id, Habit.id])
    if user_id is None:
        check_has_no_owner(session)
    else:
        owned_rows.check_id(User, user_id)
    connection = owned_rows.connection(session)
    owners = iter([user_id] if user_id is not None else _owners(connection, last))
    seen = corrected = 0
    skipped = Counter[str]()
    is_more = False
    while seen != most and (owner := next(owners, None)) is not None:
        is_more = True
        habit_id = last[1] if last is not None and last[0] == owner else 0
        while is_more and seen != most:
            size = _BATCH if most is None else min(_BATCH, most - seen)
            values = {"owner": owner, "after": habit_id}
            found = connection.execute(_LOCK.limit(size + 1), values).scalars().all()
            is_more = len(found) > size
            if habits := found[:size]:
                ends = habits[0], habits[-1]
                unknown = skipped if user_id is None else None
                corrected += _correct(session, owner, ends, moment, unknown)
                seen += len(habits)
                habit_id = habits[-1]
                last = [owner, habit_id]
    if user_id is not None and not seen:
        owned_rows.get(session, User, user_id, lock="change")  # also if deleted meanwhile
    is_more = is_more or next(owners, None) is not None
    renew_standings(session, user_id, moment)
    return RebuildResult(
        checked=seen - skipped.total(),
        corrected=corrected,
        skipped=skipped.total(),
        unknown_time_zones=tuple(sorted(skipped)[:_MAX_ZONES]),
        next=write_cursor(scope, last) if is_more and last is not None else None,
    )


def _owners(connection: Connection, last: Sequence[int] | None) -> Iterator[int]:
    """The users who have habits, by id; those before the owner of the last one are left out."""
    after = 0 if last is None else last[0] - 1
    while True:
        some = connection.execute(_OWNERS, {"after": after}).scalars().all()
        yield from some
        if len(some) < _BATCH:
            return
        after = some[-1]


def _correct(
    session: Session,
    owner: int,
    ends: tuple[int, int],
    now: datetime,
    skipped: Counter[str] | None,
) -> int:
    """Correct a range of a user's habits, which are locked; how many were wrong.

    A habit created since then has no history yet, or is right.

    Args:
        session: the caller's.
        owner: the user.
        ends: the ids of the first habit and the last one.
        now: what today refers to.
        skipped: counts habits by time zones that are unknown here; None to raise the error.
    """
    values = {"owner": owner, "first": ends[0], "last": ends[1]}
    rows = owned_rows.open_connection(session).execute(
        _HISTORIES, values, execution_options={"yield_per": 100}
    )
    wrong: dict[int, StreakState] = {}
    for row in rows:
        try:
            today = day_settings(owner, row).earliest_day(now)
        except UnknownTimeZone:
            if skipped is None:
                raise
            skipped[row.time_zone] += 1
            continue
        state = cached_state(rules_of(row), recorded_of(row.recorded), today)
        if state_values(state) != state_values(state_of(row).from_day(today)):
            wrong[row.id] = state
    for habit_id, state in wrong.items():
        store_state(session, owner, habit_id, state)
    return len(wrong)
