"""Rows of tasks with all that `TaskRead` shows, for Core statements."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.orm import aliased

from trackercore.models import Task
from trackercore.services._shared.owned_rows import table

STORED: Final = tuple(column for column in table(Task).c if column.computed is None)
"""The columns that a task's row has."""


def with_tags_and_progress(rows: FromClause) -> list[ColumnElement[Any]]:
    """The columns of rows of tasks, and their tags and progress.

    Both cost a subquery for each row, so they are for the rows in the end, not for those among
    which a limit chooses.
    """
    task = aliased(Task, rows)
    return [*rows.c, task.tags.label("tags"), task.progress.label("progress")]
