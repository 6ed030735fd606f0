"""Habits, their check-ins and their streaks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import Session

from trackercore.domain.calendar import local_day, shift
from trackercore.domain.streak import Mark, Status, outcome, tally
from trackercore.errors import DayAlreadyDone, NotFound
from trackercore.models import CheckIn, Habit, User
from trackercore.schemas import (
    CheckInCreate,
    CheckInRead,
    CheckInResult,
    DueHabit,
    HabitCreate,
    HabitUpdate,
    Streak,
    UndoResult,
)
from trackercore.schemas._fields import DayRange
from trackercore.services import _rows
from trackercore.services._arguments import as_day, as_instant, as_text
from trackercore.services._clock import not_in_future
from trackercore.services._history import (
    Day,
    Ledger,
    marks_through,
    open_day,
    open_ledger,
    schedule_of,
    write,
)
from trackercore.services._pages import Page, paginate
from trackercore.services._rebuild import rebuild_streaks

__all__ = [
    "check_in",
    "check_ins",
    "create",
    "delete",
    "due",
    "find",
    "get",
    "rebuild_streaks",
    "skip",
    "streak",
    "undo_check_in",
    "update",
]


def create(
    session: Session, user_id: int, data: HabitCreate, *, now: datetime | None = None
) -> Habit:
    """Store a new habit; it starts on the user's today and follows their weeks by default.

    Raises:
        NotFound: there is no such user.
        Conflict: they have a habit with this external_id.
    """
    user = _rows.get(session, User, user_id)
    defaults = {
        "starts_on": local_day(as_instant(now), user.time_zone, user.day_starts_at),
        "week_starts_on": user.week_starts_on,
    }
    habit = Habit(user_id=user_id, **defaults | data.model_dump(exclude_none=True))
    conflicts = _rows.external_id_conflict(Habit, data.external_id)
    return _rows.add(session, habit, user_id, conflicts)


def get(session: Session, user_id: int, habit_id: int) -> Habit:
    """The user's habit of this id.

    Raises:
        NotFound: there is none.
    """
    return _rows.get(session, Habit, user_id, habit_id)


def find(
    session: Session,
    user_id: int,
    *,
    external_id: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[Habit]:
    """The user's habits, by id.

    Args:
        session: the caller's.
        user_id: the owner.
        external_id: only the habit with this key in another system.
        limit: most habits on the page, 1..1000.
        after: the `next` of the page before.

    Raises:
        InvalidCursor: `after` was made with other conditions.
    """
    query = select(Habit).where(Habit.user_id == _rows.check_id(User, user_id))
    if external_id is not None:
        query = query.where(Habit.external_id == as_text(external_id))
    scope = ("habits", user_id, external_id)
    return paginate(session, query, [Habit.id], scope=scope, limit=limit, after=after)


def update(session: Session, user_id: int, habit_id: int, data: HabitUpdate) -> Habit:
    """Change what `data` gives; what it leaves out stays.

    Raises:
        NotFound: there is no such habit.
        Conflict: the user has another habit with the new external_id.
    """
    habit = _rows.get(session, Habit, user_id, habit_id, lock=True)
    conflicts = _rows.external_id_conflict(Habit, data.external_id)
    return _rows.change(session, habit, user_id, data.changes(), conflicts)


def delete(session: Session, user_id: int, habit_id: int) -> None:
    """Delete a habit and its history.

    Raises:
        NotFound: there is no such habit.
    """
    _rows.remove(session, _rows.get(session, Habit, user_id, habit_id, lock=True))


def check_in(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    amount: int = 1,
    note: str | None = None,
    add: bool = False,
    now: datetime | None = None,
) -> CheckInResult:
    """Record that the habit was done on a day; the same call again changes nothing.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        on: a local day, past or present; default the user's today.
        amount: how much was done that day, 1..1,000,000; replaces what was recorded.
        note: anything; None keeps the note there is.
        add: add `amount` to what was recorded that day.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
        FutureDay: `on` has not begun yet.
        pydantic.ValidationError: an amount or a sum of amounts out of range.
    """
    data = CheckInCreate(on=on, amount=amount, note=note)
    ledger = open_ledger(session, user_id, habit_id, now, lock=True)
    day = open_day(ledger, not_in_future(data.on, ledger.today))
    if add and day.stored is not None and day.stored.status == "done":
        data = CheckInCreate(on=on, amount=day.stored.amount + data.amount, note=note)
    return _record(ledger, day, "done", data)


def skip(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    note: str | None = None,
    now: datetime | None = None,
) -> CheckInResult:
    """Leave a day out on purpose, which counts neither for nor against the streak.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        on: a local day, past or present; default the user's today.
        note: anything; None keeps the note there is.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
        FutureDay: `on` has not begun yet.
        DayAlreadyDone: the day has a check-in; undo it first.
    """
    data = CheckInCreate(on=on, note=note)
    ledger = open_ledger(session, user_id, habit_id, now, lock=True)
    day = open_day(ledger, not_in_future(data.on, ledger.today))
    if day.stored is not None and day.stored.status == "done":
        raise DayAlreadyDone(f"{day.day} is done: undo the check-in before skipping the day")
    return _record(ledger, day, "skipped", data)


def undo_check_in(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> UndoResult:
    """Remove what is recorded for a day, done or skipped; without anything, change nothing.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        on: a local day, past or present; default the user's today.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
        FutureDay: `on` has not begun yet.
    """
    data = CheckInCreate(on=on)
    ledger = open_ledger(session, user_id, habit_id, now, lock=True)
    day = open_day(ledger, not_in_future(data.on, ledger.today))
    streaks = ledger.cache if day.stored is None else write(ledger, day, None)
    return UndoResult(
        removed=day.stored is not None,
        streak=streaks.current(ledger.today),
        longest_streak=streaks.longest,
    )


def check_ins(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    start: date | None = None,
    end: date | None = None,
) -> list[CheckIn]:
    """The habit's recorded days, done and skipped, in order.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        start: first day of the range; default no limit.
        end: last day of the range; default no limit.

    Raises:
        NotFound: there is no such habit.
        pydantic.ValidationError: `start` is after `end`.
    """
    days = DayRange(start=start, end=end)
    habit = _rows.get(session, Habit, user_id, habit_id)
    query = select(CheckIn).where(CheckIn.user_id == user_id, CheckIn.habit_id == habit.id)
    if days.start is not None:
        query = query.where(CheckIn.day >= days.start)
    if days.end is not None:
        query = query.where(CheckIn.day <= days.end)
    return list(session.scalars(query.order_by(CheckIn.day)))


def streak(
    session: Session,
    user_id: int,
    habit_id: int,
    as_of: date | None = None,
    *,
    now: datetime | None = None,
) -> Streak:
    """The habit's streaks as seen on a day, from its history up to that day.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        as_of: any day; default the user's today. Later check-ins are ignored.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
    """
    ledger = open_ledger(session, user_id, habit_id, now, lock=False)
    day = ledger.today if as_of is None else as_day(as_of)
    marks = marks_through(ledger, day)
    streaks = tally(ledger.schedule, ledger.starts_on, marks, as_of=day)
    stands = streaks.stands_on(day)
    return Streak(
        current=streaks.current(day),
        longest=streaks.longest,
        since=streaks.since if stands else None,
        alive_through=streaks.alive_through if stands else None,
    )


def due(
    session: Session, user_id: int, on: date | None = None, *, now: datetime | None = None
) -> list[DueHabit]:
    """The habits that still want doing on a day, by id, in one statement.

    A habit is due from its `starts_on`, or its first check-in in the day's period, until the
    period's target is met; not if the day is skipped, or skips leave the period too few days.

    Args:
        session: the caller's.
        user_id: the owner.
        on: any day; default the user's today. Later check-ins are ignored.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such user.
    """
    moment = as_instant(now)
    given = None if on is None else as_day(on)
    # Local days lie within two days of UTC's, and a period is a week at most.
    around = moment.date() if given is None else given
    query = (
        select(
            User.time_zone,
            User.day_starts_at,
            Habit.id,
            Habit.name,
            Habit.frequency,
            Habit.target,
            Habit.week_starts_on,
            Habit.starts_on,
            CheckIn.day,
            CheckIn.status,
            CheckIn.amount,
        )
        .select_from(User)
        .outerjoin(Habit, Habit.user_id == User.id)
        .outerjoin(
            CheckIn,
            and_(
                CheckIn.user_id == Habit.user_id,
                CheckIn.habit_id == Habit.id,
                CheckIn.day.between(shift(around, -9), shift(around, 2)),
            ),
        )
        .where(User.id == _rows.check_id(User, user_id))
        .order_by(Habit.id, CheckIn.day)
    )
    rows = session.execute(query).all()
    if not rows:
        raise NotFound(_rows.entity(User), user_id)
    day = given or local_day(moment, rows[0].time_zone, rows[0].day_starts_at)
    by_habit = (list(group) for _, group in groupby(rows, lambda row: row.id))
    return [item for group in by_habit if (item := _due_on(day, group)) is not None]


def _due_on(day: date, rows: Sequence[Row[*tuple[Any, ...]]]) -> DueHabit | None:
    habit = rows[0]
    if habit.id is None:  # a user without habits
        return None
    schedule = schedule_of(habit)
    period = schedule.period(day)
    marks = [
        Mark(row.day, row.status, row.amount)
        for row in rows
        if row.day is not None and period.start <= row.day <= day
    ]
    progress = sum(mark.amount for mark in marks if mark.status == "done")
    begun = habit.starts_on <= day or progress > 0
    skipped = any(mark.day == day and mark.status == "skipped" for mark in marks)
    if not begun or skipped or outcome(schedule, period, marks) != "open":
        return None
    return DueHabit(
        habit_id=habit.id,
        name=habit.name,
        period_start=period.start,
        period_end=period.end,
        progress=progress,
        target=schedule.target,
        remaining=schedule.target - progress,
    )


def _record(ledger: Ledger, day: Day, status: Status, data: CheckInCreate) -> CheckInResult:
    stored = day.stored
    new = CheckInRead(
        habit_id=ledger.habit,
        day=day.day,
        status=status,
        amount=data.amount,
        note=stored.note if data.note is None and stored is not None else data.note,
        recorded_at=ledger.now,
    )
    if stored is not None and new == stored.model_copy(update={"recorded_at": ledger.now}):
        new, streaks = stored, ledger.cache
    else:
        streaks = write(ledger, day, new)
    return CheckInResult(
        check_in=new,
        created=stored is None or stored.status != status,
        streak=streaks.current(ledger.today),
        longest_streak=streaks.longest,
    )
