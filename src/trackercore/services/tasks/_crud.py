"""Creating, reading, changing and deleting tasks."""

from collections.abc import Iterable
from dataclasses import astuple
from datetime import date, datetime

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import bindparam, func
from sqlalchemy.orm import Session

from trackercore.backends.statements import InsertFromJson
from trackercore.domain.extra import NOTHING, text_of
from trackercore.models import Category, Task, User
from trackercore.models.base import new_position
from trackercore.schemas import (
    CreateManyResult,
    Due,
    ExtraFilter,
    TaskCreate,
    TaskOrder,
    TaskUpdate,
)
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_extra_entries, as_input, as_instant, as_limit
from trackercore.services._shared.clock import DaySettings, day_settings
from trackercore.services._shared.create_many import References, Stored, create_in_batches
from trackercore.services._shared.orders import TASKS
from trackercore.services._shared.pages import Page, count_rows, paginate
from trackercore.services._shared.task_filters import TaskFilters
from trackercore.services.tasks._completing import completion, hold_days
from trackercore.types import BIG_ID, UtcDateTime, text_key, utc_now

_tasks = owned_rows.table(Task)
_DERIVED = ("title_key", "description_key", "due_day", "completed_on", "position")
_INSERT_NEW = InsertFromJson(
    _tasks,
    [_tasks.c[name] for name in (*TaskCreate.model_fields, *_DERIVED)],
    lambda row: {
        **row,
        "user_id": bindparam("user_id", type_=BIG_ID),
        "extra": func.coalesce(row.extra, NOTHING.text),
        "created_at": func.coalesce(row.created_at, bindparam("now", type_=UtcDateTime)),
        "updated_at": bindparam("now", type_=UtcDateTime),
    },
    key=("user_id", "external_id"),
    on_conflict="keep",
)
_NEW = TypeAdapter(list[TaskCreate])


def create(session: Session, user_id: int, data: TaskCreate) -> Task:
    """Store a new task.

    Raises:
        ExternalIdTaken: a task has this external_id.
    """
    data = as_input(data, TaskCreate)
    if data.due_at is not None:
        hold_days(session, user_id)
    if data.category_id is not None:
        owned_rows.refer(session, Category, user_id, [data.category_id])
    task = Task(user_id=owned_rows.check_id(User, user_id), **data.model_dump())
    conflicts = owned_rows.external_id_conflict(Task, data.external_id)
    return owned_rows.add(session, task, user_id, conflicts)


def create_many(session: Session, user_id: int, items: Iterable[TaskCreate]) -> CreateManyResult:
    """Store many tasks. One whose external_id is already stored is left as it is.

    All or nothing: if one task is refused, none is stored. `items` may be a generator, which is
    read in batches, so that memory stays flat. The imports of a user take turns.

    Raises:
        TypeError: one of the items is no TaskCreate.
    """
    hold_days(session, user_id)
    owner = owned_rows.get(session, User, user_id, lock="change")
    settings = day_settings(user_id, owner)
    first_position = new_position()
    values = {"user_id": user_id, "now": utc_now()}
    categories = References(session, Category, user_id)

    def create(batch: list[TaskCreate], position: int) -> Stored:
        categories.check(batch, position)
        rows = _as_json(batch, settings, first_position + position)
        connection = owned_rows.connection(session)
        return Stored(_INSERT_NEW.execute(connection, {**values, "rows": rows}))

    return create_in_batches(session, items, "description", (TaskCreate,), create)


def _as_json(items: list[TaskCreate], settings: DaySettings, position: int) -> str:
    rows = _NEW.dump_python(items, exclude_none=True, exclude={"__all__": {"extra"}})
    for row, item in zip(rows, items, strict=True):
        row["title_key"] = text_key(item.title)
        if item.description is not None:
            row["description_key"] = text_key(item.description)
        row["due_day"] = item.due_date if item.due_at is None else settings.day(item.due_at)
        if item.completed_at is not None:
            row["completed_on"] = settings.day(item.completed_at)
        if item.extra:
            row["extra"] = text_of(item.extra)
        row["position"] = position
        position += 1
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
    has_category: bool | None = None,
    due: Due | None = None,
    due_start: date | None = None,
    due_end: date | None = None,
    has_due: bool | None = None,
    completed_start: date | None = None,
    completed_end: date | None = None,
    archived: bool | None = False,
    text: str | None = None,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
    order_by: TaskOrder = "id",
    now: datetime | None = None,
    limit: int = 100,
    after: str | Page[Task] | None = None,
) -> Page[Task]:
    """The user's tasks that meet every condition given.

    Args:
        completed: only completed, or only open tasks.
        category_id: only tasks of this category.
        has_category: only tasks with a category, or only those without one.
        due: only open tasks that are "overdue" (due_at has passed, or due_date is before today),
            due "today", or "upcoming" (on a later day). A timed task earlier today is both overdue
            and due today; an undated one is none of the three, nor is an archived one.
        due_start: only tasks due on this local day or later.
        due_end: only tasks due on this local day or earlier.
        has_due: only tasks that are due at some time, or only those that never are.
        completed_start: only tasks completed on this local day or later.
        completed_end: only tasks completed on this local day or earlier.
        archived: only archived tasks, or only those that are not; None for both.
        text: part of the title or description, in any letter case and Unicode composition.
        now: what "overdue" and "today" refer to; default the current time.
    """
    order = TASKS(order_by)
    limit = as_limit(limit)  # before the statement that reads today
    moment = as_instant(now)
    filters = TaskFilters(
        user_id=user_id,
        completed=completed,
        category_id=category_id,
        has_category=has_category,
        due=due,
        due_start=due_start,
        due_end=due_end,
        has_due=has_due,
        completed_start=completed_start,
        completed_end=completed_end,
        archived=archived,
        text=text,
        external_id=external_id,
        extra=as_extra_entries(extra),
    )
    page = paginate(
        session,
        filters.query(session, moment, order, after),
        order,
        scope=("tasks", *astuple(filters)),
        limit=limit,
        after=after,
        has_value=filters.has_value(order),
    )
    if not page and category_id is not None:
        owned_rows.get(session, Category, user_id, category_id)
    return page


def count(
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
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
    now: datetime | None = None,
) -> int:
    """How many tasks `find` finds with the same arguments."""
    moment = as_instant(now)
    filters = TaskFilters(
        user_id=user_id,
        completed=completed,
        category_id=category_id,
        has_category=has_category,
        due=due,
        due_start=due_start,
        due_end=due_end,
        has_due=has_due,
        completed_start=completed_start,
        completed_end=completed_end,
        archived=archived,
        text=text,
        external_id=external_id,
        extra=as_extra_entries(extra),
    )
    found = count_rows(session, filters.query(session, moment))
    if not found and category_id is not None:
        owned_rows.get(session, Category, user_id, category_id)
    return found


def update(
    session: Session,
    user_id: int,
    task_id: int,
    data: TaskUpdate,
    *,
    now: datetime | None = None,
) -> Task:
    """Change a task. Its `completed` does what `complete` and `reopen` do, at `now`.

    Raises:
        ExternalIdTaken: another task has the new external_id.
    """
    data = as_input(data, TaskUpdate)
    moment = as_instant(now)
    changes = data.changes()
    if data.due_at is not None or data.completed is False:
        hold_days(session, user_id)
    if data.category_id is not None:  # locked first, as in categories.delete: no deadlock
        owned_rows.refer(session, Category, user_id, [data.category_id])
    task = owned_rows.get(session, Task, user_id, task_id, lock="change")
    if "completed" in changes:
        changes |= completion(task, data.completed, moment)
    conflicts = owned_rows.external_id_conflict(Task, data.external_id)
    return owned_rows.change(session, task, user_id, changes, conflicts)


def delete(session: Session, user_id: int, task_id: int) -> None:
    """Delete a task."""
    owned_rows.remove(session, owned_rows.get(session, Task, user_id, task_id, lock="delete"))
