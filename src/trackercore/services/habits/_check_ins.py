"""Recording what was done for a habit, day by day."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.amount import amount_of, thousandths
from trackercore.domain.day_write import merge
from trackercore.domain.recorded_days import EntryStatus
from trackercore.models import CheckIn, Habit
from trackercore.schemas import CheckInCreate, CheckInRead, CheckInResult, UndoResult
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    as_addend,
    as_amount_of_day,
    as_day_range,
    as_flag,
)
from trackercore.services._shared.day_ranges import within
from trackercore.services.habits._day_write import LockedDay, not_done, read_day, write_day


def check_in(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    amount: Decimal | float | None = None,
    note: str | None = None,
    add: bool = False,
    now: datetime | None = None,
) -> CheckInResult:
    """Record that the habit was done on a day; the same call again changes nothing.

    Args:
        on: past or present.
        amount: how much was done that day, 0..1,000,000 with up to three decimals. It replaces the
            recorded amount. Default the recorded amount, or else 1. Where 0 is recorded, the
            default is 1, unless a note is given: it does not touch the amount.
        note: any text; None keeps the recorded note.
        add: add `amount`, default 1, to the recorded amount. It may be negative: what brings the
            day down to 0 removes the check-in.

    Raises:
        pydantic.ValidationError: an amount or a sum of amounts out of range.
    """
    adds = as_flag(add, "add")
    data = CheckInCreate(on=on, amount=None if adds else amount, note=note)
    done = as_addend(amount) if adds and amount is not None else data.amount
    day = read_day(session, user_id, habit_id, data.on, now)
    return _write(day, "done", None if done is None else thousandths(done), data.note, add=adds)


def skip(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    note: str | None = None,
    now: datetime | None = None,
) -> CheckInResult:
    """Skip a day on purpose: it counts neither for nor against the streak.

    Args:
        on: past or present.
        note: any text; None keeps the recorded note.

    Raises:
        DayAlreadyDone: the day has a check-in; undo it first.
    """
    data = CheckInCreate(on=on, note=note)
    day = read_day(session, user_id, habit_id, data.on, now)
    not_done(habit_id, day.day, day.stored_values)
    return _write(day, "skipped", None, data.note)


def undo_check_in(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> UndoResult:
    """Remove what is recorded for a day, done or skipped; if nothing is, change nothing."""
    data = CheckInCreate(on=on)
    day = read_day(session, user_id, habit_id, data.on, now, to_undo=True)
    seen = day.seen_today(day.around.state if day.stored is None else write_day(day, None))
    return UndoResult(
        removed=day.stored is not None,
        current_streak=seen.current,
        longest_streak=seen.longest,
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
        start: first day of the range; default no limit.
        end: last day of the range; default no limit.
    """
    days = as_day_range(start, end)
    habit = owned_rows.get(session, Habit, user_id, habit_id)
    query = select(CheckIn).where(CheckIn.user_id == user_id, CheckIn.habit_id == habit.id)
    query = query.where(*within(CheckIn.day, days.start, days.end))
    query = query.order_by(CheckIn.day).execution_options(populate_existing=True)
    session.flush()
    return Rows(session.scalars(query))


def _write(
    day: LockedDay, status: EntryStatus, amount: int | None, note: str | None, *, add: bool = False
) -> CheckInResult:
    stored, state = day.stored, day.around.state
    before = day.stored_values
    after = merge(before, status, amount, note, add=add)
    is_removed = add and after.amount == 0
    if stored is None or after != before:
        new = CheckInRead(
            habit_id=day.history.habit,
            day=day.day,
            status=after.status,
            amount=as_amount_of_day(amount_of(after.amount)),
            note=after.note,
            recorded_at=day.history.now,
        )
        state = write_day(day, None if is_removed else new)
    else:
        new = stored
    seen = day.seen_today(state)
    return CheckInResult(
        check_in=new,
        created=stored is None or stored.status != status,
        removed=is_removed,
        current_streak=seen.current,
        longest_streak=seen.longest,
    )
