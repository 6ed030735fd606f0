"""Recording many days of a habit at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import NamedTuple, cast

from pydantic import TypeAdapter
from sqlalchemy import Date, Executable, Integer, Text, bindparam, column, func, literal, select
from sqlalchemy.orm import Session

from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.streak import DayEntry, streak_state
from trackercore.models import CheckIn, User
from trackercore.schemas import CheckInCreate, CheckInManyResult, CheckInRead
from trackercore.services._shared.clock import not_in_future
from trackercore.services._shared.json_rows import batches, insert_rows, json_rows
from trackercore.services._shared.owned_rows import holds, sync, table
from trackercore.services.habits._day_write import current_streak, day_as_told
from trackercore.services.habits._habit_history import (
    RESTS,
    HabitHistory,
    of_habit,
    read_habit,
    seen_from,
    store_cache,
)
from trackercore.services.habits._stored_rules import rules_from
from trackercore.types import BIG_ID, UtcDateTime

_check_ins, _users = table(CheckIn), table(User)
_earliest = select(func.min(_check_ins.c.day)).where(of_habit(_check_ins))
_STORED = (
    select(
        _users.c.time_zone,
        _users.c.day_starts_at,
        RESTS,
        _earliest.scalar_subquery().label("earliest"),
        _check_ins,
    )
    .outerjoin_from(
        _users,
        _check_ins,
        of_habit(_check_ins) & _check_ins.c.day.between(bindparam("first"), bindparam("last")),
    )
    .where(_users.c.id == bindparam("owner"))
)
_ITEMS = TypeAdapter(list[CheckInCreate])


@cache
def _write(dialect: str, *, over: bool) -> Executable:
    """An INSERT of done days; `over` others, if there may be some."""
    columns = (column("on", Date), column("amount", Integer), column("note", Text))
    given = json_rows(dialect, *columns)
    values = {
        "user_id": bindparam("owner", type_=BIG_ID),
        "habit_id": bindparam("habit", type_=BIG_ID),
        "day": func.coalesce(given.c.on, bindparam("today", type_=Date)),
        "status": literal("done"),
        "amount": func.coalesce(given.c.amount, 1),
        "note": given.c.note,
        "recorded_at": bindparam("now", type_=UtcDateTime),
    }
    query = insert_rows(dialect, _check_ins, values)
    if over:
        key = ("user_id", "habit_id", "day")
        replaced = {name: query.excluded[name] for name in values if name not in key}
        query = query.on_conflict_do_update(index_elements=key, set_=replaced)
    return cast("Executable", query)


def check_in_many(
    session: Session,
    user_id: int,
    habit_id: int,
    items: Iterable[CheckInCreate],
    *,
    now: datetime | None = None,
) -> CheckInManyResult:
    """Record many days: the same as a check-in for each, in order, at a fraction of the cost.

    All or nothing: if one of them is refused, none is stored. `items` may be a generator; it is
    read in batches. The streaks are worked out once, at the end.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        items: the days, in any order; of several for one day, the last one counts.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
        FutureDay: a day has not begun yet.
        HabitArchived: a day is after the one on which the habit was archived.
        TypeError: one of the items is no CheckInCreate.
    """
    history = read_habit(session, user_id, habit_id, now, lock=True)
    created = changed = found = 0
    told = _Written()
    with session.begin_nested():
        for batch, is_last in batches(items, "note", CheckInCreate):
            session.flush()  # what the generator may have added
            history, told = _record(history, batch)
            created += told.created
            changed += told.changed
            found += len(batch) - told.created - told.changed
            if not is_last:  # then the generator may still add more itself
                told = _Written()
        rules = told.rules or history.rules
        if told.entries is None:
            cache = seen_from(history, date.max, rules)
        else:
            cache = streak_state(rules, history.starts_on, told.entries, start=history.start)
        if created or changed:
            store_cache(session, user_id, habit_id, cache)
    return CheckInManyResult(
        created=created,
        changed=changed,
        found=found,
        streak=current_streak(history, cache),
        longest_streak=cache.longest,
    )


class _Written(NamedTuple):
    """What a batch has done, and what of the habit it told by the way.

    Attributes:
        created: how many days it made done.
        changed: how many it changed.
        rules: by which the habit is judged, if it was never changed.
        entries: all that is recorded by now, in order; None if there was something before.
    """

    created: int = 0
    changed: int = 0
    rules: HabitRules | None = None
    entries: list[DayEntry] | None = None


def _record(history: HabitHistory, batch: list[CheckInCreate]) -> tuple[HabitHistory, _Written]:
    """Write a batch.

    Returns:
        The history, by the owner's settings as they are now that the lock is held; what was done.
    """
    days = [item.on or history.today for item in batch]
    if max(days) > min(history.today, history.row.archived_on or date.max):
        _refuse_the_first(history, days)
    connection = history.session.connection()
    span = {**history.key, "first": min(days), "last": max(days)}
    rows = connection.execute(_STORED, span).all()
    owner = rows[0]
    settings = (owner.time_zone, owner.day_starts_at)
    if settings != history.settings:  # they were changed while we waited
        return _record(history.by(*settings), batch)
    stored = {row.day: CheckInRead.model_validate(row) for row in rows if row.day is not None}
    new: dict[date, CheckInCreate] = {}
    created = changed = 0
    for day, item in zip(days, batch, strict=True):
        before = _told(history, day, new[day]) if day in new else stored.get(day)
        if before is None:
            new[day] = item
            created += 1
            continue
        after = day_as_told(history, day, "done", item, before)
        if before.status != "done":
            created += 1
        elif (after.amount, after.note) != (before.amount, before.note):
            changed += 1
        else:
            continue
        new[day] = CheckInCreate.model_construct(on=day, amount=after.amount, note=after.note)
    if new:
        given = _ITEMS.dump_json(list(new.values()), exclude_none=True).decode()
        values = {**history.key, "today": history.today, "now": history.now, "rows": given}
        connection.execute(_write(connection.dialect.name, over=bool(stored)), values)
    if holds(history.session, CheckIn):
        for day, item in new.items():
            row = _told(history, day, item).model_dump(exclude={"habit_id", "day"})
            sync(history.session, CheckIn, (history.owner, history.habit, day), **row)
    rules = entries = None
    if history.row.schedule_from is None and not owner.rests:
        rules = rules_from(history.row, (), settings)
    if owner.earliest is None:
        entries = [DayEntry(day, "done", item.amount or 1) for day, item in sorted(new.items())]
    return history, _Written(created, changed, rules, entries)


def _refuse_the_first(history: HabitHistory, days: Sequence[date]) -> None:
    for day in days:
        history.not_archived(not_in_future(day, history.today))


def _told(history: HabitHistory, day: date, item: CheckInCreate) -> CheckInRead:
    return day_as_told(history, day, "done", item, None)
