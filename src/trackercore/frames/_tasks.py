"""Tasks as a frame."""

from collections.abc import Iterable
from datetime import datetime
from typing import Unpack

import pandas as pd
from sqlalchemy.orm import Session

from trackercore.domain.recurrence import RepeatsFrom
from trackercore.domain.subtask_progress import SubtaskProgress
from trackercore.frames._columns import (
    Columns,
    days_or_missing,
    flags,
    frame,
    instants,
    integers,
    integers_or_missing,
    lists,
    names,
    one_of,
    texts,
)
from trackercore.frames.python_values import python_filters, python_id
from trackercore.schemas import TaskFilters
from trackercore.services import named_rows
from trackercore.sessions.use import checked


def _totals(progress: Iterable[SubtaskProgress | None]) -> "pd.Series[int]":
    return integers(0 if each is None else each.total for each in progress)


def _completed(progress: Iterable[SubtaskProgress | None]) -> "pd.Series[int]":
    return integers(0 if each is None else each.completed for each in progress)


_COLUMNS: Columns = {
    "title": ("title", texts),
    "description": ("description", texts),
    "category_id": ("category_id", integers_or_missing),
    "category": ("name", names),
    "completed": ("completed", flags),
    "completed_at": ("completed_at", instants),
    "completed_on": ("completed_on", days_or_missing),
    "due_at": ("due_at", instants),
    "due_day": ("due_day", days_or_missing),
    "starts_on": ("starts_on", days_or_missing),
    "priority": ("priority", integers_or_missing),
    "estimate_minutes": ("estimate_minutes", integers_or_missing),
    "tags": ("tags", lists),
    "parent_id": ("parent_id", integers_or_missing),
    "subtasks": ("progress", _totals),
    "completed_subtasks": ("progress", _completed),
    "recurrence": ("recurrence", texts),
    "repeats_from": ("repeats_from", one_of(RepeatsFrom)),
    "occurrence_date": ("occurrence_date", days_or_missing),
    "archived_at": ("archived_at", instants),
    "created_at": ("created_at", instants),
    "external_id": ("external_id", texts),
}


@checked
def tasks(
    session: Session,
    user_id: int,
    *,
    now: datetime | None = None,
    **filters: Unpack[TaskFilters],
) -> pd.DataFrame:
    """All tasks that meet every filter given: those that `tasks.find` has on all its pages.

    Args:
        filters: see `TaskFilters`.

    Returns:
        Columns `title`, `description`, `category_id` (Int64) and `category` (the name, a category),
        both missing in a task without one, `completed` (bool), `completed_at`, `completed_on` (the
        local day of it), `due_at` (missing if the task is due on a day, or never), `due_day` (the
        local day on which it is due), `starts_on`, `priority` and `estimate_minutes` (Int64),
        `tags` (tuples of their names), `parent_id` (Int64, missing in a task that is no subtask),
        `subtasks` and `completed_subtasks` (how many there are), `recurrence`, `repeats_from` (a
        category) and `occurrence_date`, missing in a task that does not repeat, `archived_at`,
        `created_at` and `external_id`, indexed by `task_id`. Days are datetime64[s].
    """
    rows = named_rows.tasks(session, python_id(user_id), python_filters(filters), now)
    return frame(rows, _COLUMNS, pd.Index([row.id for row in rows], dtype="int64", name="task_id"))
