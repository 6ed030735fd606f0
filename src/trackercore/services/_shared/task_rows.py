"""Rows of tasks with all that `TaskRead` shows, for Core statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, FromClause, Label
from sqlalchemy.orm import aliased
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse

from trackercore.models import Task
from trackercore.schemas import TaskRead
from trackercore.services._shared.owned_rows import OWNER, table

SHOWN: Final = tuple(column for column in table(Task).c if column.key in TaskRead.model_fields)
"""The columns of a task's row that `TaskRead` has."""


def with_tags_and_progress(rows: FromClause) -> list[ColumnElement[Any]]:
    """The columns of rows of tasks of `OWNER`, and their tags and progress.

    Both cost a subquery for each row, so they are for the rows in the end, not for those among
    which a limit chooses.
    """
    task = aliased(Task, rows)
    attributes = (task.tags.label("tags"), task.progress.label("progress"))
    return [*rows.c, *(_of_owner(each, rows) for each in attributes)]


def task_of(columns: Iterable[str], row: Sequence[object]) -> TaskRead:
    """What is shown of a task.

    Args:
        columns: their names.
        row: their values; it may have more than `TaskRead` shows.
    """
    # A row's attributes are found by their names one by one, which takes three times as long.
    return TaskRead.model_validate(dict(zip(columns, row, strict=True)))


def _of_owner(expression: Label[Any], rows: FromClause) -> ColumnElement[Any]:
    """What a database would not see through a subquery or a union: whose rows they are."""

    def replace(element: ExternallyTraversible, **_: object) -> ExternallyTraversible | None:
        return OWNER if element is rows.c.user_id else None

    return cast("ColumnElement[Any]", replacement_traverse(expression, {}, replace))
