"""Recording many days of a habit at once."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from pydantic_core import to_json
from sqlalchemy import Date, Integer, String, Text, bindparam, column, select
from sqlalchemy.orm import Session

from trackercore.backends.statements import InsertFromJson
from trackercore.domain.amount import amount_of, thousandths
from trackercore.domain.day_write import DayValues, merge
from trackercore.domain.streak import cached_state
from trackercore.errors import FutureDay, NotAllowed
from trackercore.models import CheckIn, User
from trackercore.schemas import CheckInCreate, CheckInManyResult
from trackercore.services._shared import owned_rows
from trackercore.services._shared.batches import batches
from trackercore.services._shared.clock import not_in_future
from trackercore.services._shared.create_many import note_item
from trackercore.services.habits._day_write import not_done
from trackercore.services.habits._habit_history import (
    HabitHistory,
    open_history,
    store_state,
)
from trackercore.services.habits.standings import renew_standing
from trackercore.types import BIG_ID, UtcDateTime

_check_ins, _users = owned_rows.table(CheckIn), owned_rows.table(User)
_in_range = (
    (_check_ins.c.user_id == _users.c.id)
    & (_check_ins.c.habit_id == bindparam("habit"))
    & _check_ins.c.day.between(bindparam("first"), bindparam("last"))
)
_STORED = (
    select(_users.c.time_zone, _users.c.day_starts_at, _check_ins)
    .outerjoin_from(_users, _check_ins, _in_range)
    .where(_users.c.id == owned_rows.OWNER)
)
_WRITE = InsertFromJson(
    _check_ins,
    (
        column("day", Date),
        column("status", String),
        column("amount", Integer),
        column("note", Text),
    ),
    lambda item: {
        "user_id": owned_rows.OWNER,
        "habit_id": bindparam("habit", type_=BIG_ID),
        "day": item.day,
        "status": item.status,
        "amount": item.amount,
        "note": item.note,
        "recorded_at": bindparam("now", type_=UtcDateTime),
    },
    key=("user_id", "habit_id", "day"),
    on_conflict="replace",
)


def check_in_many(
    session: Session,
    user_id: int,
    habit_id: int,
    items: Iterable[CheckInCreate],
    *,
    now: datetime | None = None,
) -> CheckInManyResult:
    """Record many days: the same as a check-in or a skip for each, at a fraction of the cost.

    All or nothing: if one of them is refused, none is stored. `items` may be a generator; it is
    read in batches. The streaks are worked out once, at the end.

    Args:
        items: the days, in any order; of several for one day, the last one counts.

    Raises:
        FutureDay: a day has not begun yet, and nothing is recorded for it.
        DayAlreadyDone: a day to skip is done.
        TypeError: one of the items is no CheckInCreate.
    """
    history = open_history(session, user_id, habit_id, now, lock=True)
    position = created = changed = 0
    with session.begin_nested():
        for batch in batches(items, "note", CheckInCreate):
            session.flush()  # what the generator may have added
            written = _write(history, batch, position)
            history = written.history
            created += written.created
            changed += written.changed
            position += len(batch)
        rules, recorded = history.whole(date.max)
        state = cached_state(rules, recorded, history.earliest_today)
        if created or changed:
            store_state(session, user_id, habit_id, state)
    seen = history.seen_today(state, rules, recorded.last_day)
    renew_standing(session, user_id, habit_id, history.today, seen)
    return CheckInManyResult(
        created=created,
        changed=changed,
        found=position - created - changed,
        current_streak=seen.current,
        longest_streak=seen.longest,
    )


class _Written(NamedTuple):
    """What a batch did.

    Attributes:
        history: the habit, by the owner's settings as they are now that the lock is held.
        created: days that were not done, or not skipped, before.
        changed: days that were, with another amount or note.
    """

    history: HabitHistory
    created: int
    changed: int


def _write(history: HabitHistory, batch: list[CheckInCreate], position: int) -> _Written:
    """Store a batch, given the position of its first item."""
    days = [item.on or history.today for item in batch]
    connection = owned_rows.open_connection(history.session)
    rows = connection.execute(_STORED, {**history.key, "first": min(days), "last": max(days)}).all()
    if (newer := history.with_settings_of(rows[0])).settings != history.settings:
        return _write(newer, batch, position)
    stored = {
        row.day: DayValues(row.status, thousandths(row.amount), row.note)
        for row in rows
        if row.day is not None
    }
    last_day = min(history.today, history.row.archived_on or date.max)
    new: dict[date, DayValues] = {}
    created = changed = 0
    for number, (day, item) in enumerate(zip(days, batch, strict=True), position):
        before = new.get(day) or stored.get(day)
        try:
            if day > last_day:
                history.not_archived(day if before else not_in_future(day, history.today, "on"))
            if item.status == "skipped":
                not_done(history.habit, day, before)
        except (FutureDay, NotAllowed) as error:
            note_item(error, "day", number, item)
            raise
        amount = None if item.amount is None else thousandths(item.amount)
        after = merge(before, item.status, amount, item.note)
        if before is None or before.status != item.status:
            created += 1
        elif after != before:
            changed += 1
        else:
            continue
        new[day] = after
    if new:
        items = [{"day": day, **each._asdict()} for day, each in new.items()]
        values = {**history.key, "now": history.now, "rows": to_json(items).decode()}
        _WRITE.execute(connection, values)
    if owned_rows.holds(history.session, CheckIn):
        for day, each in new.items():
            key = (history.owner, history.habit, day)
            columns = {**each._asdict(), "amount": amount_of(each.amount)}
            owned_rows.sync(history.session, CheckIn, key, **columns, recorded_at=history.now)
    return _Written(history, created, changed)
