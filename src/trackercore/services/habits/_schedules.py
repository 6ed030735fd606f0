"""Changes of a habit's schedule."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.amount import amount_of
from trackercore.domain.calendar import day_after
from trackercore.domain.frequency import Schedule
from trackercore.domain.habit_rules import ScheduleVersion, changed
from trackercore.domain.outcome import is_pending
from trackercore.models import Habit, HabitSchedule
from trackercore.schemas import HabitScheduleRead, ScheduleChange
from trackercore.services._shared.arguments import as_day_or_none, as_input
from trackercore.services._shared.owned_rows import remove
from trackercore.services.habits._habit_history import (
    HabitHistory,
    locked_habit,
    open_history,
    rebuild_state,
)
from trackercore.services.habits._habit_rows import schedule_of
from trackercore.services.habits.standings import read_habit


def change_schedule(
    session: Session,
    user_id: int,
    habit_id: int,
    data: ScheduleChange,
    *,
    effective_from: date | None = None,
    now: datetime | None = None,
) -> Habit:
    """Change the schedule from a day on; the days before keep the schedule they had.

    Schedules that would have begun later are dropped. If the day lies within a period, each of the
    two parts is judged by itself: at least, it is a success if the target is met in it; at most, a
    fail if the target is exceeded; and otherwise neutral. The schedule that is in force already is
    no change. If the same days are judged together as before, later periods begin where they would
    have begun. Where no other week start is given, weeks start as the user's do now.

    By default no success is lost: the change is in force from today on, or, if the target of
    today's period is met already, from the day after that period on. To change the target of
    today's period as a whole, give its first day as `effective_from`.

    Args:
        data: the whole new schedule: what is left out gets its default, the direction too.
        effective_from: its first day, past or future; default as above.
    """
    data = as_input(data, ScheduleChange)
    given = as_day_or_none(effective_from, "effective_from")
    habit, history = locked_habit(session, user_id, habit_id, now)
    day = history.not_archived(given or _first_free_day(history))
    weeks = data.week_starts_on or history.row.week_starts_on
    new = schedule_of(data, weeks)
    versions = history.rules.versions
    is_planned = given is None and versions[-1].schedule.same_as(new)
    first_day = habit.starts_on
    if history.rules.begins_when_done:
        first_day = min(first_day, history.first_done() or first_day)
    if not is_planned and (after := changed(versions, day, new, first_day)) != versions:
        _store(session, habit, after)
        rebuild_state(history)
    habit.week_starts_on = weeks  # also where it makes no difference to the periods
    return read_habit(session, user_id, habit_id, history.now)


def schedules(session: Session, user_id: int, habit_id: int) -> list[HabitScheduleRead]:
    """The habit's schedules, past, present and future, in order."""
    rules = open_history(session, user_id, habit_id, None).rules
    return Rows(
        HabitScheduleRead.model_validate(
            {"effective_from": version.effective_from if number else None}
            | _columns(version.schedule)
        )
        for number, version in enumerate(rules.versions)
    )


def move_first_version(history: HabitHistory, habit: Habit, before: date) -> None:
    """Have the blocks of the first schedule count from the habit's new first day.

    Args:
        history: of a locked habit, whose rules were not read yet.
        habit: its row, with the new first day stored.
        before: its first day until then.
    """
    first, *others = history.rules.versions
    after = habit.starts_on
    has_day = habit.schedule_from is not None  # not if the schedule was never changed
    is_in_force = not others or after < others[0].effective_from
    if has_day and is_in_force and first.schedule.anchored(before) == first.schedule:
        _store(history.session, habit, [first._replace(effective_from=after), *others])


def _first_free_day(history: HabitHistory) -> date:
    """Today, or the day after the running period if that one is a success already."""
    period = history.rules.period_on(history.today)
    if period is None:
        return history.today
    after = day_after(period.end)
    result = history.outcome(period, history.today)
    is_met = result == "success" and not is_pending(period, result, history.today)
    if not is_met or after is None or history.rules.period_from(after) is None:
        return history.today
    return after


def _store(session: Session, habit: Habit, versions: Sequence[ScheduleVersion]) -> None:
    *past, newest = versions
    new = {version.effective_from: version.schedule for version in past}
    rows = (
        select(HabitSchedule)
        .where(HabitSchedule.user_id == habit.user_id, HabitSchedule.habit_id == habit.id)
        .execution_options(populate_existing=True)
    )
    old = [row for row in session.scalars(rows) if new.pop(row.effective_from, None) is None]
    for day, schedule in new.items():
        key = {"user_id": habit.user_id, "habit_id": habit.id, "effective_from": day}
        session.add(HabitSchedule(**key, **_columns(schedule)))
    for name, value in _columns(newest.schedule).items():
        setattr(habit, name, value)
    habit.schedule_from = newest.effective_from
    remove(session, *old)


def _columns(schedule: Schedule) -> dict[str, object]:
    return {
        "frequency": schedule.frequency,
        "target": amount_of(schedule.target),
        "every": schedule.every,
        "weekdays": schedule.weekdays or None,
        "week_starts_on": schedule.week_starts_on,
        "direction": schedule.direction,
        "counts": schedule.counts,
        "day_minimum": None if schedule.day_minimum == 1 else amount_of(schedule.day_minimum),
        "allowed_misses": schedule.allowed_misses,
    }
