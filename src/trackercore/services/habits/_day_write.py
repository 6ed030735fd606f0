"""Writing a day of a habit: read, decide, write.

The cost does not grow with the history, unless the decision takes all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Delete,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from trackercore.domain.amount import thousandths
from trackercore.domain.calendar import shift
from trackercore.domain.day_write import AroundDay, DayValues, WholeHistory, decide
from trackercore.domain.frequency import FREQUENCIES
from trackercore.domain.streak import StreakStanding, StreakState, is_any_ahead
from trackercore.errors import DayAlreadyDone
from trackercore.models import CheckIn, Habit
from trackercore.schemas import CheckInRead
from trackercore.services._shared.clock import not_in_future
from trackercore.services._shared.owned_rows import OWNER, forget, open_connection, sync, table
from trackercore.services.habits._habit_history import (
    IS_HABIT,
    HabitHistory,
    open_history,
    rebuild_state,
    store_state,
)
from trackercore.services.habits._habit_rows import (
    HABITS,
    LAST_DAY,
    AnyRow,
    days_around,
    of_habit,
    recorded_column,
    recorded_of,
    rules_columns,
    rules_of,
)
from trackercore.services.habits.standings import renew_standing

_habits, _check_ins = table(Habit), table(CheckIn)

_day = bindparam("day", type_=Date())
_COLUMNS = ("status", "amount", "note", "recorded_at")


def _statement(since: ColumnElement[date], until: ColumnElement[date]) -> Select[Any]:
    day = and_(*of_habit(_check_ins), _check_ins.c.day == _day)
    return (
        select(
            *rules_columns(since),
            recorded_column(since, until),
            LAST_DAY.label("last_day"),
            *(_check_ins.c[name] for name in _COLUMNS),
        )
        .select_from(HABITS.outerjoin(_check_ins, day))
        .where(IS_HABIT)
    )


# Most days are under the newest schedule, whose longest period is known by then. PostgreSQL plans
# the first one in half the time: a check-in takes 3.1 times the driver's own, and 4.8 by the other.
_AROUND_DAY = _statement(bindparam("since", type_=Date()), bindparam("until", type_=Date()))
_AROUND_PAST_DAY = _statement(*days_around(_day))

_of_day = (
    _check_ins.c.user_id == OWNER,
    _check_ins.c.habit_id == bindparam("habit"),
    _check_ins.c.day == bindparam("on"),
)
_new = {name: bindparam(f"new_{name}", type_=_check_ins.c[name].type) for name in _COLUMNS}
_key: dict[str, Any] = {
    "user_id": OWNER,
    "habit_id": bindparam("habit"),
    "day": bindparam("on"),
}
_INSERT_DAY = insert(_check_ins).values(**_key, **_new)
_UPDATE_DAY = update(_check_ins).where(*_of_day).values(**_new)
_DELETE_DAY = delete(_check_ins).where(*_of_day)


@dataclass(frozen=True, slots=True)
class LockedDay:
    """A day that is about to be written, of a habit that is locked.

    Attributes:
        history: the habit.
        day: which day.
        stored: what is recorded for it, if anything.
        around: what the decision needs.
    """

    history: HabitHistory
    day: date
    stored: CheckInRead | None
    around: AroundDay

    @property
    def stored_values(self) -> DayValues | None:
        """What is recorded, as the rules take it."""
        stored = self.stored
        if stored is None:
            return None
        return DayValues(stored.status, thousandths(stored.amount), stored.note)

    def seen_today(self, state: StreakState) -> StreakStanding:
        """How the streaks stand on the user's today, given their state after the write.

        The habit gets it as its standing.
        """
        rules, before = self.around.rules, self.around.state.grows_from
        if state.grows_from is not None and (before is None or state.grows_from < before):
            rules = self.history.rules  # those around the day lack pauses that count again
        history = self.history
        seen = history.seen_today(state, rules, self.around.last_day)
        renew_standing(history.session, history.owner, history.habit, history.today, seen)
        return seen


def read_day(
    session: Session,
    user_id: int,
    habit_id: int,
    on: date | None,
    now: datetime | None,
    *,
    to_undo: bool = False,
) -> LockedDay:
    """Lock a habit, and read what is recorded for a day and around it.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        on: which day; default the user's today.
        now: what today refers to.
        to_undo: the day may be any: one on which nothing is recorded stays as it is.

    Raises:
        NotFound: there is no such habit.
        FutureDay: the day has not begun yet, and nothing is recorded for it.
        HabitArchived: it lies after the day on which the habit was archived.
    """
    history = open_history(session, user_id, habit_id, now, lock=True)
    day, row = _around(history, on)
    if (newer := history.with_settings_of(row)).settings != history.settings:
        history = newer
        day, row = _around(history, on)
    if not to_undo:
        if row.status is None:  # a recorded day lies ahead after a move west
            not_in_future(day, history.today, "on")
        history.not_archived(day)
    stored = None
    if row.status is not None:
        columns = {name: getattr(row, name) for name in _COLUMNS}
        stored = CheckInRead(habit_id=habit_id, day=day, **columns)
    around = AroundDay(rules_of(row), history.state, list(recorded_of(row.recorded)), row.last_day)
    return LockedDay(history, day, stored, around)


def _around(history: HabitHistory, on: date | None) -> tuple[date, AnyRow]:
    day, row = on or history.today, history.row
    values = {**history.key, "day": day}
    query = _AROUND_PAST_DAY
    if row.schedule_from is None or day >= row.schedule_from:
        longest = FREQUENCIES[row.frequency].unit.longest * row.every
        values |= {"since": shift(day, -longest), "until": shift(day, longest)}
        query = _AROUND_DAY
    return day, open_connection(history.session).execute(query, values).one()


def not_done(habit_id: int, day: date, stored: DayValues | None) -> None:
    """Check that a day may be skipped.

    Raises:
        DayAlreadyDone: it is done.
    """
    if stored is not None and stored.status == "done":
        raise DayAlreadyDone(habit_id, day)


def write_day(day: LockedDay, new: CheckInRead | None) -> StreakState:
    """Store a day, and bring the streaks up to date.

    Args:
        day: as it was read.
        new: what is recorded from now on; None for nothing.

    Returns:
        The streaks as they are now.
    """
    history, key = day.history, (day.history.owner, day.history.habit, day.day)
    values = {} if new is None else {name: getattr(new, name) for name in _COLUMNS}
    write: Insert | Update | Delete = _DELETE_DAY
    entry = None
    if new is not None:
        write = _INSERT_DAY if day.stored is None else _UPDATE_DAY
        entry = DayValues(new.status, thousandths(new.amount), new.note).entry(day.day)
    parameters = {**history.key, "on": day.day, **{f"new_{n}": v for n, v in values.items()}}
    state: StreakState | WholeHistory = "whole history"
    last_day, start = max(day.day, day.around.last_day or day.day), day.around.rules.starting_streak
    if not is_any_ahead(history.earliest_today, last_day, start and start.day):
        state = decide(day.around, day.day, entry)
    # The habit's row is written also if it stays what it is: at REPEATABLE READ, its change makes
    # the write of a transaction with an older snapshot fail.
    if state != "whole history":
        store_state(history.session, *key[:2], state, along_with=(write, parameters))
    else:
        open_connection(history.session).execute(write, parameters)
        state = rebuild_state(history)
    if new is None:
        forget(history.session, CheckIn, key)
    else:
        sync(history.session, CheckIn, key, **values)
    return state
