"""What was done on each day, over all habits of a user. Each call is one statement."""

from datetime import date, datetime

from sqlalchemy import Date, bindparam
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.report import DUE, done_days, statuses
from trackercore.schemas import HabitsOnDay, Streak
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services._shared.arguments import (
    as_day_or_none,
    as_instant,
    as_positive,
    as_range,
)
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.daily_streaks import every_day, streak_of_days
from trackercore.services.habits._habit_rows import (
    all_habits,
    days_around,
    first_done_since,
    recorded_column,
    recorded_of,
    rows_of_all,
    rules_columns,
    rules_of,
    user_pauses_of,
)

_first, _last = bindparam("first", type_=Date()), bindparam("last", type_=Date())
_since, _until = days_around(_first)[0], days_around(_last)[1]
_AROUND_RANGE = all_habits(
    *rules_columns(_since), recorded_column(_since, _until), first_done_since(_since)
)
_UNTIL = all_habits(*rules_columns(_last), recorded_column(until=_last))


def done_by_day(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    max_days: int = MAX_DAYS,
    now: datetime | None = None,
) -> list[HabitsOnDay]:
    """Every day of a range, in order, with how many habits were done, of how many that were due.

    It counts the days of `history` of all habits. One that is archived counts until its last day.

    Args:
        max_days: a longer range is refused.
    """
    first, last = as_range(start, end, as_positive(max_days, "max_days"))
    moment = as_instant(now)
    rows = rows_of_all(session, _AROUND_RANGE, user_id, first=first, last=last)
    today = day_settings(user_id, rows[0]).day(moment)
    days = [*map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))]
    done: dict[date, list[int]] = {day: [] for day in days}
    due: dict[date, list[int]] = {day: [] for day in days}
    for row in rows:
        if row.id is None:
            continue
        rules = rules_of(row).begun(row.first_done, today)
        for report in statuses(rules, [*recorded_of(row.recorded)], first, last, today):
            if report.status in DUE:
                due[report.day].append(row.id)
            if report.status == "done":
                done[report.day].append(row.id)
    return Rows(
        HabitsOnDay(
            day=day,
            done=len(done[day]),
            due=len(due[day]),
            done_ids=tuple(done[day]),
            due_ids=tuple(due[day]),
        )
        for day in days
    )


def any_streak(
    session: Session, user_id: int, as_of: date | None = None, *, now: datetime | None = None
) -> Streak:
    """The streak of days on which any habit was done; check-ins of later days are ignored.

    Any amount above 0 counts, except of a habit at most. A day that is not over does not break the
    streak, nor does one in a pause of all habits, or a date that the user's calendar does not have.
    """
    given, moment = as_day_or_none(as_of, "as_of"), as_instant(now)
    rows = rows_of_all(session, _UNTIL, user_id, last=given or date.max)
    settings = day_settings(user_id, rows[0])
    ordinals = set[int]()
    for row in rows:
        if row.id is not None:
            ordinals |= done_days(rules_of(row), recorded_of(row.recorded))
    rules = every_day(settings, user_pauses_of(rows[0]))
    days = map(date.fromordinal, sorted(ordinals))
    return streak_of_days(given or settings.day(moment), rules, days)
