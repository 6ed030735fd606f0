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
from trackercore.domain.habit_rules import HabitRules, Period
from trackercore.domain.streak import DayEntry, Status, StreakState, advance, outcome
from trackercore.models import CheckIn, HabitPause, HabitSchedule, User
from trackercore.schemas import CheckInCreate, CheckInRead
from trackercore.services._shared.clock import not_in_future
from trackercore.services._shared.owned_rows import forget, sync, table
from trackercore.services.habits._habit_history import (
    RESTS,
    HabitHistory,
    Record,
    of_habit,
    seen_from,
    store_cache,
)
from trackercore.services.habits._stored_rules import (
    CHECK_IN,
    CUTS,
    OWNERS,
    PAUSES,
    VERSIONS,
    AnyRow,
    check_in_records,
    newest_version,
    rules_from,
)

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
        rules: by which the days from its period on are judged; None if that takes more history.
        is_all: whether the rules is the same for the days before.
        period: the one that the day lies in, if any.
        entries: what is recorded in the period, in order.
    """

    day: date
    stored: CheckInRead | None
    is_newest: bool
    any_ahead: bool | None
    rules: HabitRules | None
    is_all: bool
    period: Period | None
    entries: list[DayEntry]


def open_day(
    history: HabitHistory, on: date | None, *, archived_too: bool = False
) -> tuple[HabitHistory, Day]:
    """Read what is recorded for a day and in its period; little, however long the history.

    Args:
        history: opened with `lock`.
        on: which day; default the user's today.
        archived_too: the day may be one after the habit was archived.

    Returns:
        The history, by the owner's settings as they are now that the lock is held; and the day.

    Raises:
        FutureDay: the day has not begun yet.
        HabitArchived: it lies after the day on which the habit was archived.
    """
    day = not_in_future(on, history.today)
    if not archived_too:
        history.not_archived(day)
    since, until = _around(history, day)
    # One more than there can be: it tells that there are later ones.
    key = {**history.key, "since": since, "most": (until - since).days + 2}
    settings, others, recorded = _read(history, key)
    if settings != history.settings:  # they were changed while we waited
        return open_day(history.by(*settings), on, archived_too=archived_too)
    rules = rules_from(history.row, others, settings)
    period = rules.period_on(day)
    reaches_out = period is not None and not since <= period.start <= period.end <= until
    if reaches_out:
        period = None
    entries = [DayEntry(row.day, row.word, row.number) for row in recorded]
    last = entries[-1].day if entries else since
    any_ahead = last > history.today
    return history, Day(
        day=day,
        stored=next((_stored(history, row) for row in recorded if row.day == day), None),
        is_newest=period is not None and last <= period.end,
        any_ahead=None if until < last <= history.today else any_ahead,
        rules=None if reaches_out else rules,
        is_all=not others,
        period=period,
        entries=[entry for entry in entries if period and period.start <= entry.day <= period.end],
    )


def _read(
    history: HabitHistory, key: Mapping[str, object]
) -> tuple[tuple[str, int], Sequence[AnyRow], Sequence[AnyRow]]:
    """The owner's settings as they are now, versions and pauses, and what is recorded."""
    connection = history.session.connection()
    if history.row.schedule_from is None and not history.row.rests:
        rows = connection.execute(_OF_PLAIN, key).all()
        owner = rows[0]
        if not owner.rests:  # nor was it told to rest while we waited
            return (owner.time_zone, owner.day_starts_at), [], rows if owner.day else []
    rows = connection.execute(_RECORDS, key).all()
    owner = rows[-1]
    recorded = [row for row in rows if row.kind == CHECK_IN]
    return (owner.word, owner.number), [row for row in rows if row.kind in CUTS], recorded


def _around(history: HabitHistory, day: date) -> tuple[date, date]:
    """Days between which the day's period lies, unless it is a long one of a past schedule."""
    newest = newest_version(history.row)
    if history.row.schedule_from is not None and day < newest.effective_from:
        return shift(day, -30), shift(day, 30)
    whole = newest.schedule.period_from(day)
    return (day, day) if whole is None else (min(day, whole.start), whole.end)


def day_as_told(
    history: HabitHistory,
    day: date,
    status: Status,
    data: CheckInCreate,
    stored: CheckInRead | None,
) -> CheckInRead:
    """The day as it is to be: what `data` leaves out stays as it is stored."""
    amount, note = data.amount, data.note
    if stored is not None:
        note = stored.note if note is None else note
        if amount is None and stored.status == status:
            amount = stored.amount
    return CheckInRead(
        habit_id=history.habit,
        day=day,
        status=status,
        amount=amount or 1,
        note=note,
        recorded_at=history.now,
    )


def write(history: HabitHistory, day: Day, new: CheckInRead | None) -> StreakState:
    """Store what a day is to be, and bring the cache up to date.

    Args:
        history: opened with `lock`.
        day: as it was.
        new: as it is to be; None for nothing recorded.

    Returns:
        The streaks as they are now.
    """
    cache = _seen_at_once(history, day, new)
    identity = (history.owner, history.habit, day.day)
    values: dict[str, Any] = {}
    record: Record = _DELETE_DAY
    if new is not None:
        values = {name: getattr(new, name) for name in _new}
        record = _INSERT_DAY if day.stored is None else _UPDATE_DAY
    key = {**history.key, "on": day.day, **{f"new_{name}": told for name, told in values.items()}}
    connection = history.session.connection()
    # The habit's row is written also if it stays what it is: at REPEATABLE READ, its change is what
    # tells a writer with an older snapshot that it is one.
    if cache is not None and connection.dialect.name == "postgresql":
        store_cache(history.session, history.owner, history.habit, cache, beside=(record, key))
    else:
        connection.execute(record, key)
        if cache is None:
            all_of_it = day.rules if day.rules is not None and day.is_all else history.rules
            cache = seen_from(history, date.max, all_of_it)
        store_cache(history.session, history.owner, history.habit, cache)
    if new is None:
        forget(history.session, CheckIn, identity)
    else:
        sync(history.session, CheckIn, identity, **values)
    return cache


def current_streak(
    history: HabitHistory, streaks: StreakState, any_ahead: bool | None = None
) -> int:
    """The current streak on the user's today, which the `streaks` of all that is recorded tell.

    What lies ahead of today, from before the user moved west, does not count yet.

    Args:
        history: of the habit.
        streaks: as they are now.
        any_ahead: whether anything is recorded after today; None if that is to be found out.
    """
    start = history.start
    if start is None or start.day <= history.today:
        if any_ahead is None:
            any_ahead = _is_any_ahead(history, streaks)
        if not any_ahead:
            return streaks.current(history.today)
    return seen_from(history, history.today, history.rules).current(history.today)


def _is_any_ahead(history: HabitHistory, streaks: StreakState) -> bool:
    through = streaks.alive_through
    # A day that counts keeps its run standing through the next one: here none lies ahead.
    if history.start is None and through is not None and through <= shift(history.today, 1):
        return False
    last: date | None = history.session.connection().scalar(_LAST_DAY, history.key)
    return last is not None and last > history.today


def _seen_at_once(history: HabitHistory, day: Day, new: CheckInRead | None) -> StreakState | None:
    """The streaks as they are to be; None if that takes the history."""
    if day.rules is None:
        return None
    if day.period is None or (history.start is not None and history.start.covers(day.period)):
        return history.cache
    entries = [entry for entry in day.entries if entry.day != day.day]
    if new is not None:
        entries.append(DayEntry(new.day, new.status, new.amount))
    was = outcome(day.rules, day.period, day.entries)
    now = outcome(day.rules, day.period, entries)
    if now == was:
        return history.cache
    if day.is_newest and was != "success" and now != "open":
        return advance(history.cache, day.rules, day.period, now)
    return None


def _stored(history: HabitHistory, row: AnyRow) -> CheckInRead:
    return CheckInRead(
        habit_id=history.habit,
        day=row.day,
        status=row.word,
        amount=row.number,
        note=row.note,
        recorded_at=row.recorded_at,
    )
