"""Rows of tasks with all that `TaskRead` shows, for Core statements."""

from __future__ import annotations

from typing import Any, Final, cast

from sqlalchemy import ColumnElement, FromClause, Label
from sqlalchemy.orm import aliased
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse

from trackercore.models import Task
from trackercore.services._shared.owned_rows import OWNER, table

STORED: Final = tuple(column for column in table(Task).c if column.computed is None)
"""The columns that a task's row has."""


def with_tags_and_progress(rows: FromClause) -> list[ColumnElement[Any]]:
    """The columns of rows of tasks of `OWNER`, and their tags and progress.

    Both cost a subquery for each row, so they are for the rows in the end, not for those among
    which a limit chooses.
    """
    task = aliased(Task, rows)
    attributes = (task.tags.label("tags"), task.progress.label("progress"))
    return [*rows.c, *(_of_owner(each, rows) for each in attributes)]


def _of_owner(expression: Label[Any], rows: FromClause) -> ColumnElement[Any]:
    """What a database would not see through a subquery or a union: whose rows they are."""

    def replace(element: ExternallyTraversible, **_: object) -> ExternallyTraversible | None:
        return OWNER if element is rows.c.user_id else None

    return cast("ColumnElement[Any]", replacement_traverse(expression, {}, replace))
