"""Creating, reading, changing and deleting tasks."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Unpack

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import bindparam, func
from sqlalchemy.orm import Session

from trackercore.backends.statements import InsertFromJson
from trackercore.domain.extra import NOTHING, text_of
from trackercore.domain.repeating import days_before, first_occurrence, start_of
from trackercore.errors import TrackerError
from trackercore.models import Category, Task, User
from trackercore.models.base import new_position
from trackercore.schemas import (
    CreateManyResult,
    TaskCreate,
    TaskFilters,
    TaskOrder,
    TaskUpdate,
)
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_input, as_instant, as_limit
from trackercore.services._shared.clock import DaySettings, day_settings
from trackercore.services._shared.create_many import References, Stored, create_in_batches
from trackercore.services._shared.orders import TASKS
from trackercore.services._shared.pages import Page, count_rows, paginate
from trackercore.services._shared.snapshots import mark_changed, mark_changed_for_subtasks
from trackercore.services._shared.tags import add_tags, given_tags, lock_owner, replace_tags
from trackercore.services._shared.tags_of_many import TagsOfMany
from trackercore.services._shared.task_filters import TaskQuery
from trackercore.services.tasks._completing import closing, reopening
from trackercore.services.tasks._records import Locked, lock
from trackercore.services.tasks._recurrence import checked_recurrence
from trackercore.services.tasks._starts import check_start, check_starts
from trackercore.services.tasks._subtasks import (
    check_changes,
    refer_to_new_parent,
    refer_to_parents,
    reload_parents,
    subtask_conflict,
)
from trackercore.types import BIG_ID, UtcDateTime, text_key, utc_now

_tasks = owned_rows.table(Task)
_DERIVED = (
    *("title_key", "description_key", "due_day", "completed_on", "position"),
    *("recurrence_start", "recurrence_time", "occurrence_date", "occurrence_number"),
    "starts_days_before",
)
_INSERT_NEW = InsertFromJson(
    _tasks,
    [_tasks.c[name] for name in (*TaskCreate.model_fields, *_DERIVED) if name != "tags"],
    lambda row: {
        **row,
        "user_id": bindparam("user_id", type_=BIG_ID),
        "extra": func.coalesce(row.extra, NOTHING.text),
        "created_at": func.coalesce(row.created_at, bindparam("now", type_=UtcDateTime)),
        "updated_at": bindparam("now", type_=UtcDateTime),
    },
    key=("user_id", "external_id"),
    on_conflict="keep",
    returning=(_tasks.c.id, _tasks.c.position),
)
_NEW = TypeAdapter(list[TaskCreate])


def create(session: Session, user_id: int, data: TaskCreate) -> Task:
    """Store a new task.

    Raises:
        ParentIsSubtask: the parent is a subtask itself.
        ExternalIdTaken: a task has this external_id.
        StartsAfterDue: it would start after the day on which it is due.
    """
    data = as_input(data, TaskCreate)
    if data.due_at is not None:
        mark_changed(session, User, user_id)  # users.update stores due days again
    values = data.model_dump(exclude={"tags"})
    check_start(session, user_id, values)
    tags = given_tags(session, user_id, data.tags)
    if data.category_id is not None:
        owned_rows.refer(session, Category, user_id, [data.category_id])
    if data.parent_id is not None:
        refer_to_parents(session, user_id, [data.parent_id])
    task = Task(user_id=owned_rows.check_id(User, user_id), **values)
    conflicts = owned_rows.external_id_conflict(Task, data.external_id)
    owned_rows.add(session, task, user_id, conflicts)
    add_tags(session, task, tags)
    reload_parents(session, user_id, task.parent_id)
    return task


def create_many(session: Session, user_id: int, items: Iterable[TaskCreate]) -> CreateManyResult:
    """Store many tasks. One whose external_id is already stored is left as it is.

    All or nothing: if one task is refused, none is stored. `items` may be a generator, which is
    read in batches, so that memory stays flat. The imports of a user take turns. A `parent_id` is
    that of a task that is stored before the call.

    Raises:
        ParentIsSubtask: a parent is a subtask itself; a note names the item.
        StartsAfterDue: one of them would start after the day on which it is due.
        TypeError: one of the items is no TaskCreate.
    """
    mark_changed(session, User, user_id)  # users.update stores due days again
    owner = owned_rows.get(session, User, user_id, lock="change")
    settings = day_settings(user_id, owner)
    first_position = new_position()
    values = {"user_id": user_id, "now": utc_now()}
    categories = References("category", partial(owned_rows.refer, session, Category, user_id))
    parents = References("parent", partial(refer_to_parents, session, user_id))
    tags = TagsOfMany(session, Task, user_id)

    def create(batch: list[TaskCreate], position: int) -> Stored:
        categories.check(batch, position)
        parents.check(batch, position)
        tags.check(batch, position)
        check_starts(batch, settings, position)
        first = first_position + position
        parameters = {**values, "rows": _as_json(batch, settings, first)}
        connection = owned_rows.connection(session)
        if not any(item.tags for item in batch):
            return Stored(_INSERT_NEW.execute(connection, parameters))
        created: dict[int, TaskCreate] = {
            row.id: batch[row.position - first] for row in _INSERT_NEW.rows(connection, parameters)
        }
        tags.link(created)
        return Stored(len(created))

    result = create_in_batches(session, items, "description", (TaskCreate,), create)
    reload_parents(session, user_id, *parents.ids)
    return result


def _as_json(items: list[TaskCreate], settings: DaySettings, position: int) -> str:
    rows = _NEW.dump_python(items, exclude_none=True, exclude={"__all__": {"extra", "tags"}})
    for row, item in zip(rows, items, strict=True):
        row["title_key"] = text_key(item.title)
        if item.description is not None:
            row["description_key"] = text_key(item.description)
        row["due_day"] = item.due_date if item.due_at is None else settings.day(item.due_at)
        if item.completed_at is not None:
            row["completed_on"] = settings.day(item.completed_at)
        if item.extra:
            row["extra"] = text_of(item.extra)
        zone = settings.time_zone
        if item.recurrence is not None and (start := start_of(item.due_date, item.due_at, zone)):
            row.update(first_occurrence(item.recurrence, item.repeats_from, start, zone))
            row["starts_days_before"] = days_before(item.starts_on, row["due_day"])
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
    order_by: TaskOrder = "id",
    now: datetime | None = None,
    limit: int = 100,
    after: str | Page[Task] | None = None,
    **filters: Unpack[TaskFilters],
) -> Page[Task]:
    """The user's tasks that meet every filter given.

    Args:
        now: what "overdue" and "today" refer to; default the current time.
        filters: see `TaskFilters`.

    Raises:
        TypeError: there is no such filter.
    """
    order = TASKS(order_by)
    limit = as_limit(limit)  # before the statement that reads today
    moment = as_instant(now)
    query = TaskQuery.of(user_id, filters)
    page = paginate(
        session,
        query.select(session, moment, order, after),
        order,
        scope=query.scope,
        owner=user_id,
        limit=limit,
        after=after,
        has_value=query.has_value(order),
        is_scattered=query.is_scattered,
    )
    if not page:
        query.check_references(session)
    return page


def count(
    session: Session,
    user_id: int,
    *,
    now: datetime | None = None,
    **filters: Unpack[TaskFilters],
) -> int:
    """How many tasks `find` finds with the same filters.

    Args:
        filters: see `TaskFilters`.

    Raises:
        TypeError: there is no such filter.
    """
    query = TaskQuery.of(user_id, filters)
    found = count_rows(session, query.select(session, as_instant(now)))
    if not found:
        query.check_references(session)
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

    With a `parent_id` it becomes a subtask, or one of another task; with None, a task of its own.

    A repeating task stays as it is if it is said to be open, and is: only `reopen` takes back what
    is recorded. A new due date or time is for the open occurrence alone, and so is a `starts_on`
    that is given with it; with `this_and_future`, the rule starts again from there. It also does so
    if the recurrence changes, or what it repeats from; the same recurrence is no change. COUNT then
    counts again. Without a recurrence, the open occurrence stays, and so does what is recorded.

    Raises:
        ParentIsItself: the task is given as its own parent.
        ParentIsSubtask: the new parent is a subtask itself.
        TaskHasSubtasks: the task has subtasks, so it cannot become one.
        SubtaskCannotRepeat: a subtask would get a recurrence, or a repeating task a parent.
        ExternalIdTaken: another task has the new external_id.
        RepeatingTaskNotDue: it would repeat, and not be due.
        StartsAfterDue: it would start after the day on which it is due.
        TaskDoesNotRepeat: `repeats_from` is given, and it has no recurrence.
    """
    data = as_input(data, TaskUpdate)
    moment = as_instant(now)
    changes = data.changes()
    if data.due_at is not None or data.completed is False or data.parent_id is not None:
        # users.update stores due days again, and two tasks cannot become subtasks of each other.
        mark_changed(session, User, user_id)
    given = changes.pop("tags", None)
    starts_again = bool(changes.pop("this_and_future", False))
    if given is not None:
        lock_owner(session, user_id)
    if data.category_id is not None:  # locked first, as in categories.delete: no deadlock
        owned_rows.refer(session, Category, user_id, [data.category_id])
    if data.parent_id is not None:
        refer_to_new_parent(session, user_id, task_id, data.parent_id)
    locked = lock(session, user_id, task_id, with_subtasks=data.completed is True)
    task, parent_id = locked.task, locked.task.parent_id
    check_changes(session, task, changes)
    check_start(session, user_id, changes, task)
    tags = None if given is None else given_tags(session, user_id, data.tags, task)
    conflicts = owned_rows.external_id_conflict(Task, data.external_id) | subtask_conflict(task_id)
    changes |= checked_recurrence(session, task, changes, starts_again=starts_again)
    _change(session, locked, changes, conflicts, moment)
    if {"parent_id", "completed"} & changes.keys():
        reload_parents(session, user_id, parent_id, task.parent_id)
    if tags is not None:
        replace_tags(session, task, tags)
    return task


def _change(
    session: Session,
    locked: Locked,
    changes: dict[str, object],
    conflicts: Mapping[str, TrackerError],
    moment: datetime,
) -> None:
    task, user_id = locked.task, locked.task.user_id
    completed = changes.pop("completed", task.completed)
    if completed != task.completed:
        if task.recurrence is not None or "recurrence" in changes:
            # The occurrence is recorded with what is changed of it.
            owned_rows.change(session, task, user_id, changes, conflicts)
            changes = {}
        if completed:
            changes |= closing(session, locked, "completed", None, moment)
        else:
            changes |= reopening(session, task, None, moment)
    owned_rows.change(session, task, user_id, changes, conflicts)


def delete(session: Session, user_id: int, task_id: int) -> None:
    """Delete a task and its subtasks."""
    mark_changed_for_subtasks(session, user_id, task_id)
    task = owned_rows.get(session, Task, user_id, task_id, lock="delete")
    owned_rows.remove(session, task)
    reload_parents(session, user_id, task.parent_id)
