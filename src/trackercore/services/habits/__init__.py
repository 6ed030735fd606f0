"""Habits, their check-ins and their streaks.

All functions share the rules and arguments of `trackercore.services`. Streaks are counted in
periods of the habit's schedule. `on` and `as_of` are local days, by default the user's today.
Writing a day that has not begun raises `FutureDay`; writing a day after the one on which the habit
was archived raises `HabitArchived`.

- `fill`: also return the days, weeks, months or years in which nothing is recorded.
- `max_days`: a longer range is refused if every day, week, month or year of it is returned.
"""

from trackercore.services.habits._all_habits import any_streak, done_by_day
from trackercore.services.habits._amounts import (
    amounts_by_day,
    amounts_by_month,
    amounts_by_week,
    amounts_by_year,
)
from trackercore.services.habits._archiving import archive, unarchive
from trackercore.services.habits._check_in_many import check_in_many
from trackercore.services.habits._check_ins import check_in, check_ins, skip, undo_check_in
from trackercore.services.habits._crud import count, create, delete, find, get, update
from trackercore.services.habits._moving import move
from trackercore.services.habits._pauses import pause, pauses, resume
from trackercore.services.habits._rebuild import rebuild_streaks
from trackercore.services.habits._reports import (
    best_streaks,
    completion_rate,
    done_by_weekday,
    history,
    streak,
)
from trackercore.services.habits._schedules import change_schedule, schedules
from trackercore.services.habits.period_standings import due
from trackercore.services.habits.strengths import strength, strength_by_day

__all__ = [
    "amounts_by_day",
    "amounts_by_month",
    "amounts_by_week",
    "amounts_by_year",
    "any_streak",
    "archive",
    "best_streaks",
    "change_schedule",
    "check_in",
    "check_in_many",
    "check_ins",
    "completion_rate",
    "count",
    "create",
    "delete",
    "done_by_day",
    "done_by_weekday",
    "due",
    "find",
    "get",
    "history",
    "move",
    "pause",
    "pauses",
    "rebuild_streaks",
    "resume",
    "schedules",
    "skip",
    "streak",
    "strength",
    "strength_by_day",
    "unarchive",
    "undo_check_in",
    "update",
]


def __dir__() -> list[str]:
    return __all__
