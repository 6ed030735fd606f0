"""Rows of tasks with all that `TaskRead` shows, for Core statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, FromClause, Label
from sqlalchemy.orm import aliased
from sqlalchemy.sql.visitors import ExternallyTraversible, replacement_traverse

from trackercore.models import Task
from trackercore.schemas import TaskRead
from trackercore.schemas.unchecked import unchecked
from trackercore.services._shared.owned_rows import OWNER, table

SHOWN: Final = tuple(column for column in table(Task).c if column.key in TaskRead.model_fields)
"""The columns of a task's row that `TaskRead` has."""


_FIELDS = tuple(TaskRead.model_fields)


def with_tags_and_progress(rows: FromClause) -> list[ColumnElement[Any]]:
    """All that `TaskRead` has, in its order, of rows of tasks of `OWNER` with the `SHOWN` columns.

    Tags and progress cost a subquery for each row, so they are for the rows in the end, not for
    those among which a limit chooses.
    """
    task = aliased(Task, rows)
    made = {name: getattr(task, name).label(name) for name in ("tags", "progress")}
    return [_of_owner(made[name], rows) if name in made else rows.c[name] for name in _FIELDS]


def tasks_of(rows: Iterable[Sequence[object]]) -> Iterator[TaskRead]:
    """What is shown of tasks.

    Args:
        rows: each begins with the columns of `with_tags_and_progress`.
    """
    return unchecked(TaskRead, (dict(zip(_FIELDS, row, strict=False)) for row in rows))


def _of_owner(expression: Label[Any], rows: FromClause) -> ColumnElement[Any]:
    """What a database would not see through a subquery or a union: whose rows they are."""

    def replace(element: ExternallyTraversible, **_: object) -> ExternallyTraversible | None:
        return OWNER if element is rows.c.user_id else None

    return cast("ColumnElement[Any]", replacement_traverse(expression, {}, replace))
