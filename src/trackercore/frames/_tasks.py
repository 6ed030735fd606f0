"""Tasks as a frame."""

from datetime import date, datetime

import pandas as pd
from sqlalchemy.orm import Session

from trackercore.frames._columns import (
    Columns,
    days_or_missing,
    flags,
    frame,
    instants,
    integers_or_missing,
    names,
    texts,
)
from trackercore.frames.python_values import python_day, python_id
from trackercore.schemas import Due, ExtraFilter
from trackercore.services import named_rows
from trackercore.sessions.use import checked

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
    "archived_at": ("archived_at", instants),
    "created_at": ("created_at", instants),
    "external_id": ("external_id", texts),
}


@checked
def tasks(
    session: Session,
    user_id: int,
    *,
    completed: bool | None = None,
    category_id: int | None = None,
    has_category: bool | None = None,
    due: Due | None = None,
    due_start: date | None = None,
    due_end: date | None = None,
    has_due: bool | None = None,
    completed_start: date | None = None,
    completed_end: date | None = None,
    archived: bool | None = False,
    text: str | None = None,
    extra: ExtraFilter | None = None,
    now: datetime | None = None,
) -> pd.DataFrame:
    """All tasks that meet every condition given; the conditions are those of `tasks.find`.

    Args:
        completed: only completed, or only open tasks.
        category_id: only tasks of this category.
        has_category: only tasks with a category, or only those without one.
        due: only open tasks that are "overdue", due "today", or "upcoming".
        due_start: only tasks due on this local day or later.
        due_end: only tasks due on this local day or earlier.
        has_due: only tasks that are due at some time, or only those that never are.
        completed_start: only tasks completed on this local day or later.
        completed_end: only tasks completed on this local day or earlier.
        archived: only archived tasks, or only those that are not; None for both.
        text: part of the title or description, in any letter case and Unicode composition.
        extra: only tasks whose `extra` has these entries: text, ints and bools, by type and value.

    Returns:
        Columns `title`, `description`, `category_id` (Int64) and `category` (the name, a category),
        both missing in a task without one, `completed` (bool), `completed_at`, `completed_on` (the
        local day of it), `due_at` (missing if the task is due on a day, or never), `due_day` (the
        local day on which it is due), `archived_at`, `created_at` and `external_id`, indexed by
        `task_id`. Days are datetime64[s].
    """
    rows = named_rows.tasks(
        session,
        python_id(user_id),
        python_id(category_id),
        extra,
        now,
        completed=completed,
        has_category=has_category,
        due=due,
        due_start=python_day(due_start),
        due_end=python_day(due_end),
        has_due=has_due,
        completed_start=python_day(completed_start),
        completed_end=python_day(completed_end),
        archived=archived,
        text=text,
    )
    return frame(rows, _COLUMNS, pd.Index([row.id for row in rows], dtype="int64", name="task_id"))
