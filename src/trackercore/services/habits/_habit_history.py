"""A habit, what is recorded for it, and the cache of its streaks on its row.

A write locks the habit's row first. Writers of one habit take turns, so what is read after the
lock stays true until the commit, and plain statements suffice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Delete, Insert, Update, bindparam, select, update
from sqlalchemy.orm import Session

from trackercore.backends.statements import execute_together
from trackercore.domain.frequency import Outcome, Period
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.outcome import outcome
from trackercore.domain.recorded_days import RecordedDays
from trackercore.domain.streak import (
    StreakStanding,
    StreakState,
    cached_state,
    is_any_ahead,
    streak_state,
)
from trackercore.errors import HabitArchived, NotFound
from trackercore.models import Habit, User
from trackercore.models.habit import attach_standing
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_instant
from trackercore.services._shared.clock import DaySettings, day_settings
from trackercore.services._shared.owned_rows import (
    OWNER,
    check_id,
    connection,
    entity,
    open_connection,
    sync,
    table,
)
from trackercore.services.habits._habit_rows import (
    ATTRIBUTES,
    FIRST_DONE,
    HABITS,
    STATE,
    AnyRow,
    recorded_column,
    recorded_of,
    rules_columns,
    rules_of,
    state_of,
    state_values,
)

_habits, _users = table(Habit), table(User)

IS_HABIT = (_habits.c.user_id == OWNER) & (_habits.c.id == bindparam("habit"))
"""The condition that a row of habits is the one that the parameters name."""

_HABIT = (
    select(
        _users.c.time_zone,
        _users.c.day_starts_at,
        _users.c.week_starts_on,
        *STATE,
        _habits.c.archived_on,
        _habits.c.schedule_from,
        _habits.c.frequency,
        _habits.c.every,
    )
    .select_from(HABITS)
    .where(IS_HABIT)
)
_LOCKED_HABIT = _HABIT.with_for_update(of=_habits, key_share=True)
_RULES = select(*rules_columns()).select_from(HABITS).where(IS_HABIT)
_recorded = recorded_column(bindparam("since"), bindparam("until"))
_RECORDED = select(_recorded).select_from(_habits).where(IS_HABIT)
_WHOLE = _RULES.add_columns(_recorded)
_FIRST_DONE = select(FIRST_DONE).select_from(_habits).where(IS_HABIT)
# The cache is no change of the habit.
_STATE = update(_habits).where(IS_HABIT).values(updated_at=_habits.c.updated_at)


@dataclass(frozen=True)
class HabitHistory:
    """A habit of the user's whose history is being read or written.

    Attributes:
        session: the caller's.
        owner: the user's id.
        habit: the habit's id.
        now: when, in UTC.
        settings: what makes an instant the user's local day.
        row: what is on the habit's row, except for its rules.
    """

    session: Session
    owner: int
    habit: int
    now: datetime
    settings: DaySettings
    row: AnyRow

    @cached_property
    def today(self) -> date:
        """The user's local day now."""
        return self.settings.day(self.now)

    @cached_property
    def earliest_today(self) -> date:
        """The earliest that it is from now on: see `earliest_day`."""
        return self.settings.earliest_day(self.now)

    @property
    def state(self) -> StreakState:
        """The streaks on the habit's row, from today on."""
        return state_of(self.row).from_day(self.earliest_today)

    @property
    def key(self) -> dict[str, Any]:
        """The habit's identity, as the statements name it."""
        return {"owner": self.owner, "habit": self.habit}

    def with_settings_of(self, row: AnyRow) -> HabitHistory:
        """The same by the owner's settings in a newer row."""
        return replace(self, settings=day_settings(self.owner, row))

    @cached_property
    def rules(self) -> HabitRules:
        """What the history is judged by, read when it is first needed."""
        return rules_of(open_connection(self.session).execute(_RULES, self.key).one())

    def begun_rules(self) -> HabitRules:
        """The rules as they are seen from today, with the first day that is judged."""
        return self.rules.begun(self.first_done(), self.today)

    def first_done(self) -> date | None:
        """The first day with an amount above 0, if there is one."""
        day: date | None = open_connection(self.session).scalar(_FIRST_DONE, self.key)
        return day

    def recorded(self, first: date, last: date) -> RecordedDays:
        """What is recorded in a range of days."""
        values = {**self.key, "since": first, "until": last}
        return recorded_of(open_connection(self.session).execute(_RECORDED, values).scalar_one())

    def outcome(self, period: Period, until: date) -> Outcome:
        """What a period comes to by what is recorded in it up to a day."""
        return outcome(self.rules, period, list(self.recorded(period.start, until)))

    def whole(self, until: date) -> tuple[HabitRules, RecordedDays]:
        """The rules, and all that is recorded up to a day: in one statement."""
        values = {**self.key, "since": date.min, "until": until}
        row = open_connection(self.session).execute(_WHOLE, values).one()
        return rules_of(row), recorded_of(row.recorded)

    def streaks_on(self, day: date) -> StreakStanding:
        """How the streaks stand on a day, counted from the history up to it."""
        rules, recorded = self.whole(day)
        return streak_state(rules, recorded, day).on(day, rules)

    def seen_today(
        self, state: StreakState, rules: HabitRules, last_day: date | None
    ) -> StreakStanding:
        """How the streaks stand on the user's today.

        Check-ins after today do not count yet: they were recorded before the user moved west.

        Args:
            state: the streaks by all that is recorded.
            rules: what the history is judged by.
            last_day: the last day on which anything is recorded, if any is.
        """
        start = rules.starting_streak
        if is_any_ahead(self.today, last_day, start and start.day):
            return self.streaks_on(self.today)
        return state.on(self.today, rules)

    def not_archived(self, day: date) -> date:
        """Check that the habit was not archived before the day, and return the day.

        Raises:
            HabitArchived: it was.
        """
        archived_on: date | None = self.row.archived_on
        if archived_on is not None and day > archived_on:
            raise HabitArchived(self.habit, day, archived_on)
        return day


def open_history(
    session: Session, user_id: int, habit_id: int, now: datetime | None, *, lock: bool = False
) -> HabitHistory:
    """Read a habit's row; with `lock`, keep other writers of its history out.

    After a wait for the lock, what is read of the owner may be old: PostgreSQL reads again only
    the row that it locks. So writers read the owner's settings once more: see `with_settings_of`.

    Raises:
        NotFound: there is no such habit.
    """
    moment = as_instant(now)
    key = {"owner": check_id(User, user_id), "habit": check_id(Habit, habit_id)}
    row = connection(session).execute(_LOCKED_HABIT if lock else _HABIT, key).first()
    if row is None:
        raise NotFound(entity(Habit), habit_id)
    if session.identity_map:  # another session may have changed it since this one loaded it
        _sync(session, user_id, habit_id, state_of(row))
    return HabitHistory(session, user_id, habit_id, moment, day_settings(user_id, row), row)


def locked_habit(
    session: Session, user_id: int, habit_id: int, now: datetime | None
) -> tuple[Habit, HabitHistory]:
    """The habit's row, locked for a change of its rules, and its history.

    A change that is refused leaves the habit the standing that it has.

    Raises:
        NotFound: there is no such habit.
    """
    moment = as_instant(now)  # checked before any SQL
    before = owned_rows.loaded_row(session, Habit, (user_id, habit_id))
    standing = None if before is None else before.standing
    habit = owned_rows.get(session, Habit, user_id, habit_id, lock="change")
    if standing is not None:
        attach_standing(habit, standing)
    return habit, open_history(session, user_id, habit_id, moment)


def rebuild_state(history: HabitHistory) -> StreakState:
    """Count the streaks of a locked habit from all that is recorded, and store them."""
    history.session.flush()
    state = cached_state(*history.whole(date.max), history.earliest_today)
    store_state(history.session, history.owner, history.habit, state)
    return state


def store_state(
    session: Session,
    user_id: int,
    habit_id: int,
    state: StreakState,
    *,
    along_with: tuple[Insert | Update | Delete, dict[str, Any]] | None = None,
) -> None:
    """Write the streaks to the habit's row.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        state: the streaks.
        along_with: a write of a day and its parameters, in the same statement where the database
            can.
    """
    connection, values = open_connection(session), state_values(state)
    key = {"owner": user_id, "habit": habit_id, **values}
    if along_with is None:
        connection.execute(_STATE, key)
    else:
        write, parameters = along_with
        execute_together(connection, write, _STATE, {**parameters, **key})
    _sync(session, user_id, habit_id, state)


def _sync(session: Session, user_id: int, habit_id: int, state: StreakState) -> None:
    values = {ATTRIBUTES[name]: value for name, value in state_values(state).items()}
    sync(session, Habit, (user_id, habit_id), **values)
