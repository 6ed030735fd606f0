"""A habit's check-ins, and the cache of its streaks that every write of them keeps.

A write locks the habit's row first. Writers of one habit take turns, so what is read after the
lock stays true until the commit, and plain statements suffice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from trackercore.domain.calendar import local_day
from trackercore.domain.schedule import Period, Schedule
from trackercore.domain.streak import Mark, Start, Tally, advance, outcome, tally
from trackercore.errors import NotFound
from trackercore.models import CheckIn, Habit, User
from trackercore.schemas import CheckInRead
from trackercore.services._arguments import as_instant
from trackercore.services._rows import check_id, connection, entity, forget, sync, table

_habits, _check_ins, _users = table(Habit), table(CheckIn), table(User)

_HABIT = (
    select(
        _habits.c.frequency,
        _habits.c.target,
        _habits.c.week_starts_on,
        _habits.c.starts_on,
        _habits.c.streak,
        _habits.c.longest_streak,
        _habits.c.streak_alive_through,
        _habits.c.starting_streak,
        _habits.c.starting_streak_on,
        _users.c.time_zone,
        _users.c.day_starts_at,
    )
    .join_from(_habits, _users, _users.c.id == _habits.c.user_id)
    .where(_habits.c.user_id == bindparam("owner"), _habits.c.id == bindparam("habit"))
)
_LOCKED_HABIT = _HABIT.with_for_update(of=_habits, key_share=True)

_of_habit = (
    _check_ins.c.user_id == bindparam("owner"),
    _check_ins.c.habit_id == bindparam("habit"),
)
_of_day = (*_of_habit, _check_ins.c.day == bindparam("on"))
_mark = (_check_ins.c.day, _check_ins.c.status, _check_ins.c.amount)
_marks = select(*_mark).where(*_of_habit).order_by(_check_ins.c.day)

_last = select(func.max(_check_ins.c.day)).where(*_of_habit).scalar_subquery()

_THROUGH = _marks.where(_check_ins.c.day <= bindparam("on"))
_FROM = (
    _marks.add_columns(_check_ins.c.habit_id, _check_ins.c.note, _check_ins.c.recorded_at)
    .add_columns(_last.label("last"))
    .where(_check_ins.c.day >= bindparam("on"))
    .limit(bindparam("most"))
)
_INSERT = insert(_check_ins)
_UPDATE = update(_check_ins).where(*_of_day)
_DELETE = delete(_check_ins).where(*_of_day)
_CACHE = update(_habits).where(
    _habits.c.user_id == bindparam("owner"), _habits.c.id == bindparam("habit")
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A habit of the user's whose history is being read or written.

    Attributes:
        session: the caller's.
        owner: the user's id.
        habit: the habit's id.
        now: when, in UTC.
        today: the user's local day then.
        schedule: by which the history is judged.
        starts_on: the habit's first day.
        start: the streak that it came with, if any.
        cache: the streaks on its row.
    """

    session: Session
    owner: int
    habit: int
    now: datetime
    today: date
    schedule: Schedule
    starts_on: date
    start: Start | None
    cache: Tally

    @property
    def key(self) -> dict[str, Any]:
        """The habit's identity, as the statements name it."""
        return {"owner": self.owner, "habit": self.habit}


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a habit that is about to be written.

    Attributes:
        day: which.
        period: the one it lies in.
        stored: what is recorded for it, if anything.
        marks: what is recorded in the period, in order.
        last: the last day recorded, if it is not before the period.
    """

    day: date
    period: Period
    stored: CheckInRead | None
    marks: list[Mark]
    last: date | None


def open_ledger(
    session: Session, user_id: int, habit_id: int, now: datetime | None, *, lock: bool
) -> Ledger:
    """Read a habit; with `lock`, keep other writers of its history out.

    Raises:
        NotFound: there is no such habit.
    """
    moment = as_instant(now)
    key = {"owner": check_id(User, user_id), "habit": check_id(Habit, habit_id)}
    row = connection(session).execute(_LOCKED_HABIT if lock else _HABIT, key).first()
    if row is None:
        raise NotFound(entity(Habit), habit_id)
    cache = cache_of(row)
    # Another session may have changed it since this one loaded it.
    sync(session, Habit, (user_id, habit_id), **cache_columns(cache))
    return Ledger(
        session=session,
        owner=user_id,
        habit=habit_id,
        now=moment,
        today=local_day(moment, row.time_zone, row.day_starts_at),
        schedule=schedule_of(row),
        starts_on=row.starts_on,
        start=start_of(row),
        cache=cache,
    )


def schedule_of(row: Row[*tuple[Any, ...]]) -> Schedule:
    """The schedule on a habit's row."""
    return Schedule(row.frequency, row.target, row.week_starts_on)


def start_of(row: Row[*tuple[Any, ...]]) -> Start | None:
    """The starting streak on a habit's row."""
    if row.starting_streak is None:
        return None
    return Start(row.starting_streak, row.starting_streak_on)


def cache_of(row: Row[*tuple[Any, ...]]) -> Tally:
    """The streaks on a habit's row."""
    return Tally(row.streak, row.longest_streak, row.streak_alive_through)


def seen_from(ledger: Ledger, day: date) -> Tally:
    """The streaks as seen from a day, from the history up to it."""
    rows = ledger.session.connection().execute(_THROUGH, {**ledger.key, "on": day})
    marks = map(Mark._make, rows)
    return tally(ledger.schedule, ledger.starts_on, marks, day, ledger.start)


def open_day(ledger: Ledger, day: date) -> Day:
    """Read what is recorded for a day and in its period; little, however long the history."""
    period = ledger.schedule.period(day)
    # One more than the period can have: `last` comes with a row, be it of a later period.
    key = {**ledger.key, "on": period.start, "most": period.length + 1}
    rows = ledger.session.connection().execute(_FROM, key).all()
    recorded = {row.day: row for row in rows}.get(day)
    marks = [Mark(row.day, row.status, row.amount) for row in rows if row.day <= period.end]
    return Day(
        period=period,
        day=day,
        stored=None if recorded is None else CheckInRead.model_validate(recorded),
        marks=marks,
        last=rows[0].last if rows else None,
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
    _write_row(ledger, day, new)
    cache = _refreshed(ledger, day, new)
    # Also if it is what it was: at REPEATABLE READ, the change of the habit's row is what tells a
    # writer with an older snapshot that it is one.
    store_cache(ledger.session, ledger.owner, ledger.habit, cache)
    return cache


def current_streak(ledger: Ledger, day: Day, cache: Tally) -> int:
    """The current streak on the user's today, which the `cache` tells of the day's habit.

    What lies ahead of today, from before the user moved west, does not count yet.
    """
    events = (day.last, None if ledger.start is None else ledger.start.day)
    if all(event is None or event <= ledger.today for event in events):
        return cache.current(ledger.today)
    return seen_from(ledger, ledger.today).current(ledger.today)


def _refreshed(ledger: Ledger, day: Day, new: CheckInRead | None) -> Tally:
    if ledger.start is not None and ledger.start.covers(day.period):
        return ledger.cache
    marks = [mark for mark in day.marks if mark.day != day.day]
    if new is not None:
        marks.append(Mark(new.day, new.status, new.amount))
    was = outcome(ledger.schedule, day.period, day.marks)
    now = outcome(ledger.schedule, day.period, marks)
    if now == was:
        return ledger.cache
    newest = day.last is None or day.last <= day.period.end
    if newest and was != "success" and now != "open":
        return advance(ledger.cache, ledger.schedule, day.period, now)
    return seen_from(ledger, date.max)


def _write_row(ledger: Ledger, day: Day, new: CheckInRead | None) -> None:
    session, identity = ledger.session, (ledger.owner, ledger.habit, day.day)
    key = {**ledger.key, "on": day.day}
    if new is None:
        session.connection().execute(_DELETE, key)
        forget(session, CheckIn, identity)
        return
    values = new.model_dump(exclude={"habit_id", "day"})
    if day.stored is None:
        identity_columns = dict(zip(("user_id", "habit_id", "day"), identity, strict=True))
        session.connection().execute(_INSERT, identity_columns | values)
    else:
        session.connection().execute(_UPDATE, key | values)
    sync(session, CheckIn, identity, **values)


def store_cache(session: Session, user_id: int, habit_id: int, cache: Tally) -> None:
    """Write the streaks to the habit's row."""
    values = cache_columns(cache)
    session.connection().execute(_CACHE, {"owner": user_id, "habit": habit_id} | values)
    sync(session, Habit, (user_id, habit_id), **values)


def cache_columns(cache: Tally) -> dict[str, int | date | None]:
    """What of the streaks is kept on the habit's row."""
    return {
        "streak": cache.streak,
        "longest_streak": cache.longest,
        "streak_alive_through": cache.alive_through,
    }
