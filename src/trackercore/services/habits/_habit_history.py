"""A habit, its history, and the cache of its streaks on its row.

A write locks the habit's row first. Writers of one habit take turns, so what is read after the
lock stays true until the commit, and plain statements suffice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Delete, Insert, Update, bindparam, exists, select, update
from sqlalchemy.orm import Session

from trackercore.domain.calendar import local_day
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.streak import DayEntry, StartingStreak, StreakState, streak_state
from trackercore.errors import HabitArchived, NotFound
from trackercore.models import CheckIn, Habit, HabitPause, User
from trackercore.services._shared.arguments import as_instant
from trackercore.services._shared.owned_rows import check_id, connection, entity, sync, table
from trackercore.services.habits._islands import runs_where, tallies
from trackercore.services.habits._stored_rules import (
    CACHE,
    JUDGING,
    AnyRow,
    rules_from,
    rules_where,
    start_of,
)

_habits, _check_ins, _users = table(Habit), table(CheckIn), table(User)


def of_habit(source: Any) -> Any:
    """The condition that a row is of the habit that the parameters name."""
    return (source.c.user_id == bindparam("owner")) & (source.c.habit_id == bindparam("habit"))


RESTS = exists().where(of_habit(table(HabitPause))).label("rests")
"""Whether the habit has pauses, past, present or to come."""

_HABIT = (
    select(*JUDGING, *CACHE, RESTS)
    .join_from(_habits, _users, _users.c.id == _habits.c.user_id)
    .where(_habits.c.user_id == bindparam("owner"), _habits.c.id == bindparam("habit"))
)
_LOCKED_HABIT = _HABIT.with_for_update(of=_habits, key_share=True)
_PLAN = rules_where(of_habit, _users.c.id == bindparam("owner"))
_RUNS = runs_where(of_habit)
_ENTRIES = (
    select(_check_ins.c.day, _check_ins.c.status, _check_ins.c.amount)
    .where(of_habit(_check_ins), _check_ins.c.day.between(bindparam("since"), bindparam("on")))
    .order_by(_check_ins.c.day)
)
_FIRST_DONE = (
    select(_check_ins.c.day)
    .where(of_habit(_check_ins), _check_ins.c.status == "done")
    .order_by(_check_ins.c.day)
    .limit(1)
)
_CACHE = update(_habits).where(
    _habits.c.user_id == bindparam("owner"), _habits.c.id == bindparam("habit")
)


Record = Insert | Update | Delete
"""A statement that writes a day."""


@dataclass(frozen=True)
class HabitHistory:
    """A habit of the user's whose history is being read or written.

    Attributes:
        session: the caller's.
        owner: the user's id.
        habit: the habit's id.
        now: when, in UTC.
        today: the user's local day then.
        time_zone: the owner's.
        day_starts_at: the owner's, in minutes after midnight.
        row: what is on the habit's row.
    """

    session: Session
    owner: int
    habit: int
    now: datetime
    today: date
    time_zone: str
    day_starts_at: int
    row: AnyRow

    @property
    def key(self) -> dict[str, Any]:
        """The habit's identity, as the statements name it."""
        return {"owner": self.owner, "habit": self.habit}

    @property
    def settings(self) -> tuple[str, int]:
        """The owner's time zone and start of the day, by which `today` is told."""
        return self.time_zone, self.day_starts_at

    def by(self, time_zone: str, day_starts_at: int) -> HabitHistory:
        """The same by other settings of the owner's."""
        today = local_day(self.now, time_zone, day_starts_at)
        return replace(self, time_zone=time_zone, day_starts_at=day_starts_at, today=today)

    @property
    def start(self) -> StartingStreak | None:
        """The streak that the habit came with, if any."""
        return start_of(self.row)

    @property
    def starts_on(self) -> date:
        """The habit's first day, unless a done check-in is earlier."""
        day: date = self.row.starts_on
        return day

    @property
    def cache(self) -> StreakState:
        """The streaks on the habit's row."""
        return cache_of(self.row)

    @cached_property
    def rules(self) -> HabitRules:
        """What the history is judged by, read when it is first asked for."""
        return rules_from(self.row, self.session.connection().execute(_PLAN, self.key))

    def entries(self, through: date, since: date = date.min) -> list[DayEntry]:
        """What is recorded in a range of days, in order."""
        key = {**self.key, "since": since, "on": through}
        return list(map(DayEntry._make, self.session.connection().execute(_ENTRIES, key)))

    def not_archived(self, day: date) -> date:
        """The day, if it is one of the habit's.

        Raises:
            HabitArchived: it lies after the last one.
        """
        archived_on: date | None = self.row.archived_on
        if archived_on is not None and day > archived_on:
            raise HabitArchived(
                f"{day} is after {archived_on}, when the habit was archived: unarchive it first"
            )
        return day


def read_habit(
    session: Session, user_id: int, habit_id: int, now: datetime | None, *, lock: bool
) -> HabitHistory:
    """Read a habit; with `lock`, keep other writers of its history out.

    Raises:
        NotFound: there is no such habit.
    """
    moment = as_instant(now)
    key = {"owner": check_id(User, user_id), "habit": check_id(Habit, habit_id)}
    row = connection(session).execute(_LOCKED_HABIT if lock else _HABIT, key).first()
    if row is None:
        raise NotFound(entity(Habit), habit_id)
    if session.identity_map:  # another session may have changed it since this one loaded it
        sync(session, Habit, (user_id, habit_id), **cache_columns(cache_of(row)))
    today = local_day(moment, row.time_zone, row.day_starts_at)
    settings = (row.time_zone, row.day_starts_at)
    return HabitHistory(session, user_id, habit_id, moment, today, *settings, row)


def first_done(history: HabitHistory) -> date | None:
    """The first day on which the habit was done, if it was."""
    day: date | None = history.session.connection().scalar(_FIRST_DONE, history.key)
    return day


def seen_from(history: HabitHistory, day: date, rules: HabitRules) -> StreakState:
    """The streaks as seen from a day, from the history up to it."""
    if day == date.max and history.start is None and rules.is_plain:
        connection, identity = history.session.connection(), (history.owner, history.habit)
        return tallies(connection, _RUNS, history.key, rules).get(identity, StreakState())
    return streak_state(rules, history.starts_on, history.entries(day), day, history.start)


def refresh_cache(session: Session, user_id: int, habit_id: int) -> None:
    """Bring the cache of a locked habit up to date, from all that is recorded."""
    history = read_habit(session, user_id, habit_id, None, lock=False)
    store_cache(session, user_id, habit_id, seen_from(history, date.max, history.rules))


def cache_of(row: AnyRow) -> StreakState:
    """The streaks on a habit's row."""
    return StreakState(row.streak, row.longest_streak, row.streak_alive_through)


def store_cache(
    session: Session,
    user_id: int,
    habit_id: int,
    streaks: StreakState,
    beside: tuple[Record, dict[str, Any]] | None = None,
) -> None:
    """Write the streaks to the habit's row.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        streaks: what is to be there.
        beside: on PostgreSQL, what else is written by the same statement, and its parameters.
    """
    values = cache_columns(streaks)
    statement, more = (_CACHE, {}) if beside is None else (_cache_beside(beside[0]), beside[1])
    session.connection().execute(statement, {"owner": user_id, "habit": habit_id, **more, **values})
    sync(session, Habit, (user_id, habit_id), **values)


@cache
def _cache_beside(record: Record) -> Update:
    return _CACHE.add_cte(record.cte("recorded"))


def cache_columns(streaks: StreakState) -> dict[str, int | date | None]:
    """What of the streaks is kept on the habit's row."""
    return {
        "streak": streaks.streak,
        "longest_streak": streaks.longest,
        "streak_alive_through": streaks.alive_through,
    }
