"""Tasks: things to do, once or repeatedly.

All functions share the rules and arguments of `trackercore.services`.

- `fill`: also return the days, weeks, months or years in which no task was completed.
- `max_days`: a longer range is refused if every day, week, month or year of it is returned.
"""

from trackercore.services.tasks._agenda import agenda
from trackercore.services.tasks._archiving import archive, archive_completed, unarchive
from trackercore.services.tasks._completed_totals import (
    completed_by_day,
    completed_by_month,
    completed_by_week,
    completed_by_year,
)
from trackercore.services.tasks._completing import complete, reopen, skip_occurrence
from trackercore.services.tasks._crud import (
    count,
    create,
    create_many,
    delete,
    find,
    get,
    update,
)
from trackercore.services.tasks._moving import move
from trackercore.services.tasks._occurrences import occurrences

__all__ = [
    "agenda",
    "archive",
    "archive_completed",
    "complete",
    "completed_by_day",
    "completed_by_month",
    "completed_by_week",
    "completed_by_year",
    "count",
    "create",
    "create_many",
    "delete",
    "find",
    "get",
    "move",
    "occurrences",
    "reopen",
    "skip_occurrence",
    "unarchive",
    "update",
]


def __dir__() -> list[str]:
    return __all__
