"""Writing a day of a habit, at a cost that does not grow with its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    true,
    union_all,
    update,
)

from trackercore.domain.calendar import shift
from trackercore.domain.schedule import Period, Plan
from trackercore.domain.streak import Mark, Status, Tally, advance, outcome
from trackercore.models import CheckIn, HabitPause, HabitSchedule, User
from trackercore.schemas import CheckInCreate, CheckInRead
from trackercore.services._clock import not_in_future
from trackercore.services._ledger import RESTS, Ledger, Record, of_habit, seen_from, store_cache
from trackercore.services._plans import (
    CHECK_IN,
    CUTS,
    OWNERS,
    PAUSES,
    VERSIONS,
    AnyRow,
    check_in_records,
    newest_version,
    plan_of,
)
from trackercore.services._rows import forget, sync, table

_check_ins, _schedules, _pauses = table(CheckIn), table(HabitSchedule), table(HabitPause)
_users = table(User)

_of_day = (of_habit(_check_ins), _check_ins.c.day == bindparam("on"))
_new = {
    name: bindparam(f"new_{name}", type_=_check_ins.c[name].type)
    for name in ("status", "amount", "note", "recorded_at")
}
_day_key: dict[str, Any] = {
    "user_id": bindparam("owner"),
    "habit_id": bindparam("habit"),
    "day": bindparam("on"),
}
_INSERT_DAY = insert(_check_ins).values(**_day_key, **_new)
_UPDATE_DAY = update(_check_ins).where(*_of_day).values(**_new)
_DELETE_DAY = delete(_check_ins).where(*_of_day)


def _reaching(source: Any, starts: ColumnElement[date]) -> ColumnElement[bool]:
    """Of rows that follow one another in time, only those that reach into :since or later."""
    last = select(func.max(starts)).where(of_habit(source), starts <= bindparam("since"))
    from_there = starts >= func.coalesce(last.scalar_subquery(), bindparam("since"))
    return and_(of_habit(source), from_there)


_days = (
    select(_check_ins)
    .where(of_habit(_check_ins), _check_ins.c.day >= bindparam("since"))
    .order_by(_check_ins.c.day)
    .limit(bindparam("most"))
    .subquery()
)
_LAST_DAY = select(func.max(_check_ins.c.day)).where(of_habit(_check_ins))
_of_owner = _users.c.id == bindparam("owner")
_records = union_all(
    VERSIONS.where(_reaching(_schedules, _schedules.c.effective_from)),
    PAUSES.where(_reaching(_pauses, _pauses.c.starts_on)),
    check_in_records(_days),
    OWNERS.where(_of_owner),
).subquery()
_RECORDS = select(_records).order_by(_records.c.kind, _records.c.day)

# Of a habit that neither was changed nor rests, as most: the database has a third of the work.
_OF_PLAIN = (
    select(
        _users.c.time_zone,
        _users.c.day_starts_at,
        RESTS,
        _days.c.day,
        _days.c.status.label("word"),
        _days.c.amount.label("number"),
        _days.c.note,
        _days.c.recorded_at,
    )
    .join_from(_users, _days, true(), isouter=True)
    .where(_of_owner)
    .order_by(_days.c.day)
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a habit that is about to be written.

    Attributes:
        day: which.
        stored: what is recorded for it, if anything.
        is_newest: whether nothing is recorded after its period.
        any_ahead: whether anything is recorded after today; None if that was not read.
        plan: by which the days from its period on are judged; None if that takes more history.
        is_all: whether the plan is the same for the days before.
        period: the one that the day lies in, if any.
        marks: what is recorded in the period, in order.
    """

    day: date
    stored: CheckInRead | None
    is_newest: bool
    any_ahead: bool | None
    plan: Plan | None
    is_all: bool
    period: Period | None
    marks: list[Mark]


def open_day(ledger: Ledger, on: date | None, *, archived_too: bool = False) -> tuple[Ledger, Day]:
    """Read what is recorded for a day and in its period; little, however long the history.

    Args:
        ledger: opened with `lock`.
        on: which day; default the user's today.
        archived_too: the day may be one after the habit was archived.

    Returns:
        The ledger, by the owner's settings as they are now that the lock is held; and the day.

    Raises:
        FutureDay: the day has not begun yet.
        HabitArchived: it lies after the day on which the habit was archived.
    """
    day = not_in_future(on, ledger.today)
    if not archived_too:
        ledger.not_archived(day)
    since, until = _around(ledger, day)
    # One more than there can be: it tells that there are later ones.
    key = {**ledger.key, "since": since, "most": (until - since).days + 2}
    settings, others, recorded = _read(ledger, key)
    if settings != ledger.settings:  # they were changed while we waited
        return open_day(ledger.by(*settings), on, archived_too=archived_too)
    plan = plan_of(ledger.row, others, settings)
    period = plan.period_on(day)
    reaches_out = period is not None and not since <= period.start <= period.end <= until
    if reaches_out:
        period = None
    marks = [Mark(row.day, row.word, row.number) for row in recorded]
    last = marks[-1].day if marks else since
    any_ahead = last > ledger.today
    return ledger, Day(
        day=day,
        stored=next((_stored(ledger, row) for row in recorded if row.day == day), None),
        is_newest=period is not None and last <= period.end,
        any_ahead=None if until < last <= ledger.today else any_ahead,
        plan=None if reaches_out else plan,
        is_all=not others,
        period=period,
        marks=[mark for mark in marks if period and period.start <= mark.day <= period.end],
    )


def _read(
    ledger: Ledger, key: Mapping[str, object]
) -> tuple[tuple[str, int], Sequence[AnyRow], Sequence[AnyRow]]:
    """The owner's settings as they are now, versions and pauses, and what is recorded."""
    connection = ledger.session.connection()
    if ledger.row.schedule_from is None and not ledger.row.rests:
        rows = connection.execute(_OF_PLAIN, key).all()
        owner = rows[0]
        if not owner.rests:  # nor was it told to rest while we waited
            return (owner.time_zone, owner.day_starts_at), [], rows if owner.day else []
    rows = connection.execute(_RECORDS, key).all()
    owner = rows[-1]
    recorded = [row for row in rows if row.kind == CHECK_IN]
    return (owner.word, owner.number), [row for row in rows if row.kind in CUTS], recorded


def _around(ledger: Ledger, day: date) -> tuple[date, date]:
    """Days between which the day's period lies, unless it is a long one of a past schedule."""
    newest = newest_version(ledger.row)
    if ledger.row.schedule_from is not None and day < newest.effective_from:
        return shift(day, -30), shift(day, 30)
    whole = newest.schedule.period_from(day)
    return (day, day) if whole is None else (min(day, whole.start), whole.end)


def day_as_told(
    ledger: Ledger, day: date, status: Status, data: CheckInCreate, stored: CheckInRead | None
) -> CheckInRead:
    """The day as it is to be: what `data` leaves out stays as it is stored."""
    amount, note = data.amount, data.note
    if stored is not None:
        note = stored.note if note is None else note
        if amount is None and stored.status == status:
            amount = stored.amount
    return CheckInRead(
        habit_id=ledger.habit,
        day=day,
        status=status,
        amount=amount or 1,
        note=note,
        recorded_at=ledger.now,
    )


def write(ledger: Ledger, day: Day, new: CheckInRead | None) -> Tally:
    """Store what a day is to be, and bring the cache up to date.

    Args:
        ledger: opened with `lock`.
        day: as it was.
        new: as it is to be; None for nothing recorded.

    Returns:
        The streaks as they are now.
    """
    cache = _seen_at_once(ledger, day, new)
    identity = (ledger.owner, ledger.habit, day.day)
    values: dict[str, Any] = {}
    record: Record = _DELETE_DAY
    if new is not None:
        values = {name: getattr(new, name) for name in _new}
        record = _INSERT_DAY if day.stored is None else _UPDATE_DAY
    key = {**ledger.key, "on": day.day, **{f"new_{name}": told for name, told in values.items()}}
    connection = ledger.session.connection()
    # The habit's row is written also if it stays what it is: at REPEATABLE READ, its change is what
    # tells a writer with an older snapshot that it is one.
    if cache is not None and connection.dialect.name == "postgresql":
        store_cache(ledger.session, ledger.owner, ledger.habit, cache, beside=(record, key))
    else:
        connection.execute(record, key)
        if cache is None:
            all_of_it = day.plan if day.plan is not None and day.is_all else ledger.plan
            cache = seen_from(ledger, date.max, all_of_it)
        store_cache(ledger.session, ledger.owner, ledger.habit, cache)
    if new is None:
        forget(ledger.session, CheckIn, identity)
    else:
        sync(ledger.session, CheckIn, identity, **values)
    return cache


def current_streak(ledger: Ledger, streaks: Tally, any_ahead: bool | None = None) -> int:
    """The current streak on the user's today, which the `streaks` of all that is recorded tell.

    What lies ahead of today, from before the user moved west, does not count yet.

    Args:
        ledger: of the habit.
        streaks: as they are now.
        any_ahead: whether anything is recorded after today; None if that is to be found out.
    """
    start = ledger.start
    if start is None or start.day <= ledger.today:
        if any_ahead is None:
            any_ahead = _is_any_ahead(ledger, streaks)
        if not any_ahead:
            return streaks.current(ledger.today)
    return seen_from(ledger, ledger.today, ledger.plan).current(ledger.today)


def _is_any_ahead(ledger: Ledger, streaks: Tally) -> bool:
    through = streaks.alive_through
    # A day that counts keeps its run standing through the next one: here none lies ahead.
    if ledger.start is None and through is not None and through <= shift(ledger.today, 1):
        return False
    last: date | None = ledger.session.connection().scalar(_LAST_DAY, ledger.key)
    return last is not None and last > ledger.today


def _seen_at_once(ledger: Ledger, day: Day, new: CheckInRead | None) -> Tally | None:
    """The streaks as they are to be; None if that takes the history."""
    if day.plan is None:
        return None
    if day.period is None or (ledger.start is not None and ledger.start.covers(day.period)):
        return ledger.cache
    marks = [mark for mark in day.marks if mark.day != day.day]
    if new is not None:
        marks.append(Mark(new.day, new.status, new.amount))
    was = outcome(day.plan, day.period, day.marks)
    now = outcome(day.plan, day.period, marks)
    if now == was:
        return ledger.cache
    if day.is_newest and was != "success" and now != "open":
        return advance(ledger.cache, day.plan, day.period, now)
    return None


def _stored(ledger: Ledger, row: AnyRow) -> CheckInRead:
    return CheckInRead(
        habit_id=ledger.habit,
        day=row.day,
        status=row.word,
        amount=row.number,
        note=row.note,
        recorded_at=row.recorded_at,
    )
