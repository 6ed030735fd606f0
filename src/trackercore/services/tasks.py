"""Tasks: things to do once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import ColumnElement, Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from trackercore.backends.statements import InsertFromJson
from trackercore.domain.calendar import day_span, possible_days
from trackercore.domain.task_due import Due, is_due
from trackercore.models import Category, Task, User
from trackercore.schemas import CreateManyResult, TaskCreate, TaskUpdate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    as_due,
    as_flag,
    as_input,
    as_instant,
    as_search,
    as_text,
)
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.create_many import References, Stored, create_in_batches
from trackercore.services._shared.due_tasks import may_be_due
from trackercore.services._shared.pages import Page, paginate
from trackercore.services._shared.text_search import has_text
from trackercore.types import BIG_ID, UtcDateTime, nearest_instant, search_key, utc_now

__all__ = ["complete", "create", "create_many", "delete", "find", "get", "reopen", "update"]

_tasks = owned_rows.table(Task)
_INSERT_NEW = InsertFromJson(
    _tasks,
    [_tasks.c[name] for name in (*TaskCreate.model_fields, "search_key")],
    lambda row: {
        **row,
        "user_id": bindparam("user_id", type_=BIG_ID),
        "created_at": func.coalesce(row.created_at, bindparam("now", type_=UtcDateTime)),
    },
    key=("user_id", "external_id"),
    on_conflict="keep",
)
_NEW = TypeAdapter(list[TaskCreate])


def create(session: Session, user_id: int, data: TaskCreate) -> Task:
    """Store a new task.

    Raises:
        Conflict: a task has this external_id.
    """
    data = as_input(data, TaskCreate)
    if data.category_id is not None:
        owned_rows.refer(session, Category, user_id, [data.category_id])
    values = data.model_dump() | {"created_at": data.created_at or utc_now()}
    task = Task(user_id=owned_rows.check_id(User, user_id), **values)
    conflicts = owned_rows.external_id_conflict(Task, data.external_id)
    return owned_rows.add(session, task, user_id, conflicts)


def create_many(session: Session, user_id: int, items: Iterable[TaskCreate]) -> CreateManyResult:
    """Store many tasks. One whose external_id is already stored is left as it is.

    All or nothing: if one task is refused, none is stored. `items` may be a generator, which is
    read in batches, so that memory stays flat. The imports of a user take turns.

    Raises:
        TypeError: one of the items is no TaskCreate.
    """
    owned_rows.get(session, User, user_id, lock="change")
    values = {"user_id": user_id, "now": utc_now()}
    categories = References(session, Category, user_id)

    def create(batch: list[TaskCreate], position: int) -> Stored:
        categories.check(batch, position)
        connection = owned_rows.connection(session)
        return Stored(_INSERT_NEW.execute(connection, {**values, "rows": _as_json(batch)}))

    return create_in_batches(session, items, "description", (TaskCreate,), create)


def _as_json(items: list[TaskCreate]) -> str:
    rows = _NEW.dump_python(items, exclude_none=True)
    for row in rows:
        row["search_key"] = search_key(row["title"], row.get("description"))
    return to_json(rows).decode()


def get(session: Session, user_id: int, task_id: int) -> Task:
    """The user's task of this id."""
    return owned_rows.get(session, Task, user_id, task_id)


def find(
    session: Session,
    user_id: int,
    *,
    completed: bool | None = None,
    category_id: int | None = None,
    due: Due | None = None,
    text: str | None = None,
    external_id: str | None = None,
    now: datetime | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[Task]:
    """The user's tasks, by id.

    Args:
        completed: only completed, or only open tasks.
        category_id: only tasks of this category.
        due: only open tasks that are "overdue" (due_at has passed, or due_date is before today),
            due "today", or "upcoming" (on a later day). A timed task earlier today is both overdue
            and due today; an undated one is none of the three.
        text: part of the title or description, in any letter case and Unicode composition.
        now: what "overdue" and "today" refer to; default the current time.
    """
    moment = as_instant(now)
    query = select(Task).where(Task.user_id == owned_rows.check_id(User, user_id))
    if completed is not None:
        query = query.where(Task.completed.is_(as_flag(completed)))
    if category_id is not None:
        query = query.where(Task.category_id == owned_rows.check_id(Category, category_id))
    if external_id is not None:
        query = query.where(Task.external_id == as_text(external_id))
    if text is not None:
        query = query.where(has_text(Task.search_key, as_search(text)))
    last = None
    if due is not None:
        last = _DueFilter(user_id, as_due(due), moment)
        query = query.where(Task.completed.is_(False), last.possible())
        # The owner's settings are read along with the tasks, so that one statement serves.
        for column in (User.time_zone, User.day_starts_at):
            setting = select(column).where(User.id == user_id).scalar_subquery()
            query = query.add_columns(setting.label(column.key))
    scope = ("tasks", user_id, completed, category_id, due, text, external_id)
    page = paginate(session, query, [Task.id], scope=scope, limit=limit, after=after, last=last)
    if not page.items and category_id is not None:
        owned_rows.get(session, Category, user_id, category_id)
    return page


def update(session: Session, user_id: int, task_id: int, data: TaskUpdate) -> Task:
    """Change a task.

    Raises:
        Conflict: another task has the new external_id.
    """
    data = as_input(data, TaskUpdate)
    if data.category_id is not None:  # locked first, as in categories.delete: no deadlock
        owned_rows.refer(session, Category, user_id, [data.category_id])
    task = owned_rows.get(session, Task, user_id, task_id, lock="change")
    conflicts = owned_rows.external_id_conflict(Task, data.external_id)
    return owned_rows.change(session, task, user_id, data.changes(), conflicts)


def complete(session: Session, user_id: int, task_id: int, *, now: datetime | None = None) -> Task:
    """Complete a task; one that is already completed keeps its completed_at."""
    moment = as_instant(now)
    task = owned_rows.get(session, Task, user_id, task_id, lock="change")
    if not task.completed:
        task.completed = True
        task.completed_at = moment
        session.flush()
    return task


def reopen(session: Session, user_id: int, task_id: int) -> Task:
    """Open a task again, which clears its completed_at."""
    task = owned_rows.get(session, Task, user_id, task_id, lock="change")
    task.completed = False
    task.completed_at = None
    session.flush()
    return task


def delete(session: Session, user_id: int, task_id: int) -> None:
    """Delete a task."""
    owned_rows.remove(session, owned_rows.get(session, Task, user_id, task_id, lock="delete"))


@dataclass(frozen=True, slots=True)
class _DueFilter:
    """Which tasks are due, judged in Python by the owner's settings, which come with each row."""

    user_id: int
    due: Due
    now: datetime

    def keeps(self, row: Row[*tuple[Any, ...]]) -> bool:
        task = row[0]
        return is_due(
            self.due,
            due_date=task.due_date,
            due_at=task.due_at,
            now=self.now,
            **day_settings(self.user_id, row)._asdict(),
        )

    def possible(self) -> ColumnElement[bool]:
        """Before the settings are known: a local day begins and ends within two days of `now`."""
        begins, ends = self.now - timedelta(days=2), self.now + timedelta(days=2)
        instants = nearest_instant(begins), nearest_instant(ends)
        return or_(*may_be_due(self.due, self.now, possible_days(self.now), instants))

    def narrowed_by(self, row: Row[*tuple[Any, ...]]) -> ColumnElement[bool]:
        settings = day_settings(self.user_id, row)
        today = settings.day(self.now)
        begins, ends = day_span(today, *settings)
        instants = nearest_instant(begins), nearest_instant(ends)
        return or_(*may_be_due(self.due, self.now, (today, today), instants))
