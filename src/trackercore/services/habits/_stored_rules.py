"""What habits are judged by, as the database has it: schedules, pauses, days that never were."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    String,
    Text,
    cast,
    literal_column,
    null,
    select,
    union_all,
)
from sqlalchemy.types import TypeEngine

from trackercore.domain.calendar import nonexistent_dates
from trackercore.domain.habit_rules import Frequency, HabitRules, Pause, Schedule, ScheduleVersion
from trackercore.domain.streak import StartingStreak
from trackercore.models import CheckIn, Habit, HabitPause, HabitSchedule, User
from trackercore.services._shared.owned_rows import table
from trackercore.types import BIG_ID, UtcDateTime, Weekdays

AnyRow = Row[*tuple[Any, ...]]

VERSION, PAUSE, CHECK_IN, OWNER = 0, 1, 2, 3
"""Kinds of records."""

CUTS = (VERSION, PAUSE)
"""Those that `rules_from` makes a rules of."""

_habits, _users = table(Habit), table(User)
_schedules, _pauses, _check_ins = table(HabitSchedule), table(HabitPause), table(CheckIn)

JUDGING = (
    _habits.c.frequency,
    _habits.c.target,
    _habits.c.weekdays,
    _habits.c.interval_days,
    _habits.c.week_starts_on,
    _habits.c.schedule_from,
    _habits.c.starts_on,
    _habits.c.archived_on,
    _habits.c.starting_streak,
    _habits.c.starting_streak_on,
    _users.c.time_zone,
    _users.c.day_starts_at,
)
"""The columns of a habit and its owner that `rules_from` and `start_of` read.

After a wait for the habit's lock, the owner's may be old: PostgreSQL reads anew only what it locks.
So whoever holds the lock reads them again, as a record.
"""

CACHE = (_habits.c.streak, _habits.c.longest_streak, _habits.c.streak_alive_through)
"""The columns of a habit that keep its streaks."""

_RECORD: dict[str, TypeEngine[Any]] = {
    "kind": Integer(),
    "user_id": BIG_ID,
    "habit_id": BIG_ID,
    "day": Date(),
    "until": Date(),
    "word": String(),
    "number": Integer(),
    "chosen": Weekdays(),
    "block": Integer(),
    "note": Text(),
    "recorded_at": UtcDateTime(),
}


def _record(kind: int, **columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    """Rows of one kind in the shape of all, so that one statement can read several kinds."""
    given = {"kind": literal_column(str(kind), Integer()), **columns}
    return select(
        *(given.get(name, cast(null(), type_)).label(name) for name, type_ in _RECORD.items())
    )


def _key(source: Any) -> dict[str, ColumnElement[Any]]:
    return {"user_id": source.c.user_id, "habit_id": source.c.habit_id}


VERSIONS = _record(
    VERSION,
    **_key(_schedules),
    day=_schedules.c.effective_from,
    word=_schedules.c.frequency,
    number=_schedules.c.target,
    chosen=_schedules.c.weekdays,
    block=_schedules.c.interval_days,
)
OWNERS = _record(OWNER, user_id=_users.c.id, word=_users.c.time_zone, number=_users.c.day_starts_at)
PAUSES = _record(PAUSE, **_key(_pauses), day=_pauses.c.starts_on, until=_pauses.c.ends_on)


def check_in_records(source: Any) -> Select[*tuple[Any, ...]]:
    """Check-ins as records."""
    return _record(
        CHECK_IN,
        **_key(source),
        day=source.c.day,
        word=source.c.status,
        number=source.c.amount,
        note=source.c.note,
        recorded_at=source.c.recorded_at,
    )


def rules_where(condition: Any, of_owner: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The past schedules and the pauses of habits, and their owners' settings.

    Args:
        condition: made of the `user_id` and `habit_id` of a table.
        of_owner: the same for users.
    """
    records = union_all(
        VERSIONS.where(condition(_schedules)),
        PAUSES.where(condition(_pauses)),
        OWNERS.where(of_owner),
    ).subquery()
    order = ("user_id", "habit_id", "kind", "day")
    return select(records).order_by(*(records.c[name] for name in order))


def rules_from(
    habit: AnyRow, records: Iterable[AnyRow], settings: tuple[str, int] | None = None
) -> HabitRules:
    """What a habit is judged by.

    Args:
        habit: with the columns `JUDGING`.
        records: its past schedules and its pauses, each kind in order; its owner, if read anew.
        settings: the owner's time zone and start of the day, if they were read anew otherwise.
    """
    settings = settings or (habit.time_zone, habit.day_starts_at)
    versions: list[ScheduleVersion] = []
    pauses: list[Pause] = []
    for row in records:
        if row.kind == VERSION:
            words = (row.word, row.number, row.chosen, row.block)
            versions.append(version(row.day, habit.week_starts_on, *words))
        elif row.kind == PAUSE:
            pauses.append(Pause(row.day, row.until))
        elif row.kind == OWNER:
            settings = (row.word, row.number)
    return HabitRules(
        versions=(*versions, newest_version(habit)),
        pauses=tuple(pauses),
        nonexistent_dates=nonexistent_dates(*settings),
        archived_on=habit.archived_on,
    )


def newest_version(habit: AnyRow) -> ScheduleVersion:
    """The schedule on a habit's own row."""
    words = (habit.frequency, habit.target, habit.weekdays, habit.interval_days)
    return version(habit.schedule_from or habit.starts_on, habit.week_starts_on, *words)


def start_of(habit: AnyRow) -> StartingStreak | None:
    """The starting streak on a habit's row."""
    if habit.starting_streak is None:
        return None
    return StartingStreak(habit.starting_streak, habit.starting_streak_on)


def version(
    effective_from: date,
    week_starts_on: int,
    frequency: Frequency,
    target: int,
    weekdays: Set[int] | None,
    interval_days: int | None,
) -> ScheduleVersion:
    """A schedule from a day on; an interval's first period starts on that day."""
    days = interval_days or 1
    chosen = frozenset(weekdays) if weekdays else frozenset[int]()
    phase = effective_from.toordinal() % days
    schedule = _schedule(frequency, target, week_starts_on, chosen, days, phase)
    return ScheduleVersion(effective_from, schedule)


_schedule = lru_cache(maxsize=1024)(Schedule)  # people's habits are much alike
