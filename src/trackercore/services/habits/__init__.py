"""Habits, their check-ins and their streaks.

All functions share the rules and arguments of `trackercore.services`. Streaks are counted in
periods of the habit's schedule. `on` and `as_of` are local days, by default the user's today.
Writing a day that has not begun raises `FutureDay`; writing a day after the one on which the habit
was archived raises `HabitArchived`.
"""

from trackercore.services.habits._archiving import archive, unarchive
from trackercore.services.habits._check_in_many import check_in_many
from trackercore.services.habits._check_ins import check_in, check_ins, skip, undo_check_in
from trackercore.services.habits._crud import create, delete, find, get, update
from trackercore.services.habits._pauses import pause, pauses, resume
from trackercore.services.habits._rebuild import rebuild_streaks
from trackercore.services.habits._reports import best_streaks, completion_rate, history, streak
from trackercore.services.habits._schedules import change_schedule, schedules
from trackercore.services.habits.standings import due

__all__ = [
    "archive",
    "best_streaks",
    "change_schedule",
    "check_in",
    "check_in_many",
    "check_ins",
    "completion_rate",
    "create",
    "delete",
    "due",
    "find",
    "get",
    "history",
    "pause",
    "pauses",
    "rebuild_streaks",
    "resume",
    "schedules",
    "skip",
    "streak",
    "unarchive",
    "undo_check_in",
    "update",
]
