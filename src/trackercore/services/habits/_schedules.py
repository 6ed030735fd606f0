"""What a habit is judged by: changes of its schedule, pauses, archiving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.habit_rules import (
    Pause,
    Schedule,
    ScheduleVersion,
    changed,
    day_after,
    paused,
    resumed,
)
from trackercore.domain.streak import outcome
from trackercore.errors import InvalidInput
from trackercore.models import Habit, HabitPause, HabitSchedule
from trackercore.schemas import HabitScheduleRead, ScheduleChange
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day, check_input
from trackercore.services._shared.clock import not_in_future
from trackercore.services.habits._habit_history import (
    HabitHistory,
    first_done,
    read_habit,
    refresh_cache,
)
from trackercore.services.habits._stored_rules import version

ModelT = TypeVar("ModelT", HabitPause, HabitSchedule)

_DAY = timedelta(days=1)


def change_schedule(
    session: Session,
    user_id: int,
    habit_id: int,
    data: ScheduleChange,
    *,
    effective_from: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """Judge the habit by another schedule from a day on, and what was before as it was judged.

    It holds for good: schedules that would have begun later are gone. The period that the day cuts
    in two is a success on either side if the target is met there, and else counts neither for nor
    against the streak. The schedule that is in force already is no change.

    By default the change takes nothing away: it is in force from today on, or, if the target of the
    running period is met already, from the day after that period on.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        data: the whole schedule as it is to be.
        effective_from: the first day of the schedule, past or to come; default as above.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
        HabitArchived: the day is after the one on which the habit was archived.
    """
    check_input(data, ScheduleChange)
    given = None if effective_from is None else as_day(effective_from)
    habit, history = _open(session, user_id, habit_id, now)
    day = history.not_archived(given or _first_free_day(history))
    done = first_done(history)
    begins = habit.starts_on if done is None else min(habit.starts_on, done)
    words = (data.frequency, data.target, data.weekdays, data.interval_days)
    new = version(day, habit.week_starts_on, *words)
    if given is None and history.rules.versions[-1].schedule.same_as(new.schedule):
        return habit  # planned already
    versions = changed(history.rules.versions, new, begins)
    if versions != history.rules.versions:
        _store_versions(session, habit, versions)
        refresh_cache(session, user_id, habit_id)
    return habit


def schedules(session: Session, user_id: int, habit_id: int) -> list[HabitScheduleRead]:
    """The habit's schedules, past, present and to come, in order.

    Raises:
        NotFound: there is no such habit.
    """
    rules = read_habit(session, user_id, habit_id, None, lock=False).rules
    return Rows(
        HabitScheduleRead.model_validate(
            {"effective_from": kept.effective_from if number else None} | _columns(kept.schedule)
        )
        for number, kept in enumerate(rules.versions)
    )


def pause(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """Let the habit rest: its days count neither for nor against the streak.

    A pause that overlaps or touches another becomes one with it. What is done in a pause counts.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        starts_on: its first day, past or to come; default the user's today.
        ends_on: its last day; default until `resume`.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
        HabitArchived: `starts_on` is after the day on which the habit was archived.
        InvalidInput: the pause would end before it starts.
    """
    given = None if starts_on is None else as_day(starts_on)
    last = None if ends_on is None else as_day(ends_on)
    habit, history = _open(session, user_id, habit_id, now)
    first = history.not_archived(given or history.today)
    if last is not None and last < first:
        raise InvalidInput(f"a pause that starts on {first} cannot end before, on {last}")
    _let_rest(history, habit, paused(history.rules.pauses, Pause(first, last)))
    return habit


def resume(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """End the pause that a day lies in on the day before; without one, change nothing.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        on: the first day that counts again, past or to come; default the user's today.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
    """
    given = None if on is None else as_day(on)
    habit, history = _open(session, user_id, habit_id, now)
    _let_rest(history, habit, resumed(history.rules.pauses, given or history.today))
    return habit


def pauses(session: Session, user_id: int, habit_id: int) -> list[HabitPause]:
    """The habit's pauses, past, present and to come, in order.

    Raises:
        NotFound: there is no such habit.
    """
    return _stored(session, HabitPause, owned_rows.get(session, Habit, user_id, habit_id))


def archive(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """Put the habit away: it is no longer due, and its streak stays as it is.

    The period of that day ends with it; it counts if its target is met, and else neither for nor
    against the streak. What is recorded for later days stays recorded and does not count. A habit
    that is archived already is so since its first day, unless `on` is given.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        on: the last day that counts, past or present; default the user's today.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
        FutureDay: `on` has not begun yet.
    """
    given = None if on is None else as_day(on)
    habit, history = _open(session, user_id, habit_id, now)
    day = not_in_future(given, history.today)
    if habit.archived_on is None or given not in (None, habit.archived_on):
        habit.archived_on = day
        refresh_cache(session, user_id, habit_id)
    return habit


def unarchive(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """Take the habit up again; the days it was archived become a pause, so the streak still stands.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        on: the first day that counts again, past or present; default the user's today.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such habit.
        FutureDay: `on` has not begun yet.
    """
    given = None if on is None else as_day(on)
    habit, history = _open(session, user_id, habit_id, now)
    day = not_in_future(given, history.today)
    if habit.archived_on is not None:
        rest = _archived_days(history, habit.archived_on, day)
        if rest is not None:
            _store_pauses(session, habit, paused(history.rules.pauses, rest))
        habit.archived_on = None
        refresh_cache(session, user_id, habit_id)
    return habit


def _let_rest(history: HabitHistory, habit: Habit, pauses: Sequence[Pause]) -> None:
    if pauses != history.rules.pauses:
        _store_pauses(history.session, habit, pauses)
        refresh_cache(history.session, habit.user_id, habit.id)


def _first_free_day(history: HabitHistory) -> date:
    """Today, or the day after the running period if that one is a success already."""
    period = history.rules.period_on(history.today)
    if period is None:
        return history.today
    met = outcome(history.rules, period, history.entries(history.today, period.start)) == "success"
    after = day_after(period.end)
    if not met or after is None or history.rules.period_from(after) is None:
        return history.today
    return after


def _archived_days(history: HabitHistory, archived_on: date, back_on: date) -> Pause | None:
    """The pause that stands for the time in which a habit was archived.

    A period that the archiving cut short, and that is over, stays neutral: all of it is paused.
    """
    if back_on <= archived_on:
        return None
    first = day_after(archived_on)
    cut = history.rules.period_on(archived_on)
    whole = replace(history.rules, archived_on=None).period_on(archived_on)
    if cut is not None and whole is not None and whole.end < back_on:
        entries = history.entries(cut.end, cut.start)
        if outcome(history.rules, cut, entries) != "success":
            first = whole.start
    return None if first is None or first >= back_on else Pause(first, back_on - _DAY)


def _open(
    session: Session, user_id: int, habit_id: int, now: datetime | None
) -> tuple[Habit, HabitHistory]:
    """The locked habit, and its history."""
    habit = owned_rows.get(session, Habit, user_id, habit_id, lock="change")
    return habit, read_habit(session, user_id, habit_id, now, lock=False)


def _stored(session: Session, model: type[ModelT], habit: Habit) -> list[ModelT]:
    """The habit's rows of a model, in order, as they are now."""
    table = owned_rows.table(model)
    query = (
        select(model)
        .where(table.c.user_id == habit.user_id, table.c.habit_id == habit.id)
        .order_by(*table.primary_key)
        .execution_options(populate_existing=True)
    )
    session.flush()
    return Rows(session.scalars(query))


def _store_versions(session: Session, habit: Habit, versions: Sequence[ScheduleVersion]) -> None:
    *past, newest = versions
    new = {kept.effective_from: kept.schedule for kept in past}
    for row in _stored(session, HabitSchedule, habit):
        if new.pop(row.effective_from, None) is None:
            session.delete(row)
    for day, schedule in new.items():
        key = {"user_id": habit.user_id, "habit_id": habit.id, "effective_from": day}
        session.add(HabitSchedule(**key, **_columns(schedule)))
    for name, value in _columns(newest.schedule).items():
        setattr(habit, name, value)
    habit.schedule_from = newest.effective_from
    session.flush()


def _columns(schedule: Schedule) -> dict[str, object]:
    return {
        "frequency": schedule.frequency,
        "target": schedule.target,
        "weekdays": schedule.weekdays or None,
        "interval_days": schedule.interval_days if schedule.frequency == "interval" else None,
    }


def _store_pauses(session: Session, habit: Habit, pauses: Sequence[Pause]) -> None:
    new = {pause.starts_on: pause.ends_on for pause in pauses}
    for row in _stored(session, HabitPause, habit):
        if row.starts_on in new:
            row.ends_on = new.pop(row.starts_on)
        else:
            session.delete(row)
    for starts_on, ends_on in new.items():
        key = {"user_id": habit.user_id, "habit_id": habit.id, "starts_on": starts_on}
        session.add(HabitPause(**key, ends_on=ends_on))
    session.flush()
