"""Tasks: things to do once.

All functions share the rules and arguments of `trackercore.services`.

- `fill`: also return the days, weeks, months or years in which no task was completed.
- `max_days`: a longer range is refused if every day, week, month or year of it is returned.
"""

from trackercore.services.tasks._archiving import archive, archive_completed, unarchive
from trackercore.services.tasks._completed_totals import (
    completed_by_day,
    completed_by_month,
    completed_by_week,
    completed_by_year,
)
from trackercore.services.tasks._completing import complete, reopen
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

__all__ = [
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
    "reopen",
    "unarchive",
    "update",
]


def __dir__() -> list[str]:
    return __all__
