"""Subtasks: whose they may be, and what is done to them along with their parent."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from trackercore.domain.calendar import instant_at, shift
from trackercore.domain.repeating import due_in_new_zone, wall_clock_due
from trackercore.domain.subtask_progress import SubtaskProgress
from trackercore.errors import (
    ParentIsItself,
    ParentIsSubtask,
    SubtaskCannotRepeat,
    TaskHasSubtasks,
    TrackerError,
)
from trackercore.models import Task, TaskOccurrence, User
from trackercore.services._shared import owned_rows
from trackercore.services._shared.clock import DaySettings, day_settings
from trackercore.types import UtcDateTime, utc_now

_tasks, _records = owned_rows.table(Task), owned_rows.table(TaskOccurrence)
_PARENT_KEY = f"fk_{_tasks.name}_user_id_parent_id"
_DUE = ("due_date", "due_at", "due_day")
_OPEN: dict[str, object] = {"completed": False, "completed_at": None, "completed_on": None}
_MOVED = (*_DUE, "starts_on", "time_of_day")
_RECORDED = (*_DUE, "starts_on", "completed_at", "completed_on")
_OF_PARENT = (_tasks.c.user_id == owned_rows.OWNER, _tasks.c.parent_id == bindparam("parent"))
_NEWEST = (
    select(func.max(_records.c.number))
    .where(_records.c.user_id == owned_rows.OWNER, _records.c.task_id == _tasks.c.id)
    .scalar_subquery()
)
_SUBTASKS = (
    select(
        *(_tasks.c[name] for name in ("id", "completed", "time_of_day", *_RECORDED)),
        func.coalesce(_NEWEST, 0).label("newest_number"),
    )
    .where(*_OF_PARENT)
    .order_by(_tasks.c.id)
    .with_for_update(key_share=True, of=_tasks)
)
_SUBTASKS_WITH_RECORD = (
    select(
        *(_tasks.c[name] for name in ("id", *_MOVED)),
        _records.c.number,
        *(_records.c[name].label(f"recorded_{name}") for name in _RECORDED),
        _records.c.due_time_zone,
    )
    .select_from(
        _tasks.outerjoin(
            _records,
            and_(
                _records.c.user_id == _tasks.c.user_id,
                _records.c.task_id == _tasks.c.id,
                _records.c.occurrence_date == bindparam("occurrence_date"),
                _records.c.recorded_at == bindparam("recorded_at", type_=UtcDateTime),
            ),
        )
    )
    .where(*_OF_PARENT)
    .order_by(_tasks.c.id)
    .with_for_update(key_share=True, of=_tasks)
)
_SUBTASK = update(_tasks).where(
    _tasks.c.user_id == owned_rows.OWNER, _tasks.c.id == bindparam("task")
)
_RECORD = insert(_records)
_FORGET = delete(_records).where(
    _records.c.user_id == owned_rows.OWNER,
    _records.c.task_id == bindparam("task"),
    _records.c.number == bindparam("record"),
)


def refer_to_parents(session: Session, user_id: int, ids: Collection[int]) -> None:
    """Check that tasks of the user may have subtasks, and keep them until the transaction ends.

    Raises:
        NotFound: for the lowest id that is not a task of theirs.
        ParentIsSubtask: for the lowest id of a subtask.
    """
    parents = owned_rows.refer(session, Task, user_id, ids, column=_tasks.c.parent_id)
    for task_id, parent_id in parents.items():
        if parent_id is not None:
            raise ParentIsSubtask(task_id)


def refer_to_new_parent(session: Session, user_id: int, task_id: int, parent_id: int) -> None:
    """The same for a task that gets a parent, whose owner is locked."""
    if task_id == parent_id:
        owned_rows.get(session, Task, user_id, task_id)
        raise ParentIsItself(task_id)
    refer_to_parents(session, user_id, [parent_id])


def check_changes(task: Task, changes: dict[str, object]) -> None:
    """Check that a locked task may have the parent that it has after some changes.

    Raises:
        SubtaskCannotRepeat: it would be a subtask and have a recurrence.
        TaskHasSubtasks: it would become a subtask and has some.
    """
    if changes.get("parent_id", task.parent_id) is None:
        return
    if changes.get("recurrence", task.recurrence) is not None:
        raise SubtaskCannotRepeat(task.id)
    if task.progress is not None:
        raise TaskHasSubtasks(task.id)


def subtask_conflict(task_id: int) -> dict[str, TrackerError]:
    """The entry of `conflicts` for a task that gets a parent, if it got a subtask meanwhile."""
    return {_PARENT_KEY: TaskHasSubtasks(task_id)}


def reload_parents(session: Session, user_id: int, *ids: int | None) -> None:
    """Bring loaded tasks up to date after a change of their subtasks."""
    for parent_id in {*ids} - {None}:
        parent = owned_rows.loaded_row(session, Task, (user_id, parent_id))
        if parent is not None:
            owned_rows.reload(session, parent, "progress", "subtasks")


def complete_open(session: Session, task: Task, moment: datetime) -> None:
    """Complete the open subtasks of a locked task at an instant."""
    if task.progress is None or task.progress.completed == task.progress.total:
        return
    owner = owned_rows.get(session, User, task.user_id)
    day = day_settings(owner.id, owner).day(moment)
    write_subtasks(
        session,
        task,
        _tasks.c.completed.is_(False),
        completed=True,
        completed_at=moment,
        completed_on=day,
    )
    _set_progress(session, task, task.progress.total, task.progress.total)


def write_subtasks(
    session: Session, task: Task, condition: ColumnElement[bool], **values: object
) -> None:
    """Give the subtasks of a locked task that meet a condition new values."""
    changes = {**values, "updated_at": utc_now()}
    query = (
        update(_tasks)
        .where(_tasks.c.user_id == task.user_id, _tasks.c.parent_id == task.id, condition)
        .values(changes)
        .returning(_tasks.c.id)
    )
    for subtask_id in owned_rows.connection(session).execute(query).scalars().all():
        owned_rows.sync(session, Task, (task.user_id, subtask_id), **changes)


def carry_over(
    session: Session, task: Task, date: date, settings: DaySettings, recorded_at: datetime
) -> None:
    """Open the subtasks of a repeating task for its next occurrence.

    Those that are completed are recorded, as the occurrence of the task is. All are due, and start,
    as many days later as the next one is, timed ones at the same time of day.

    Args:
        session: the caller's.
        task: is locked, and still what it was.
        date: that of the next occurrence.
        settings: the owner's.
        recorded_at: of the record of the task's occurrence, by which `take_back` knows the others.
    """
    if task.progress is None or task.occurrence_date is None:
        return
    days = (date - task.occurrence_date).days
    records: list[dict[str, object]] = []
    changes: dict[int, dict[str, object]] = {}
    for row in _rows(session, task, _SUBTASKS):
        changes[row.id] = {**_moved(row, days, settings), **_OPEN}
        if row.completed:
            record = {name: getattr(row, name) for name in _RECORDED}
            record |= {"user_id": task.user_id, "task_id": row.id, "number": row.newest_number + 1}
            record["due_time_zone"] = None if row.due_at is None else settings.time_zone
            record |= {"occurrence_date": task.occurrence_date, "recorded_at": recorded_at}
            records.append({**record, "status": "completed"})
    if records:
        owned_rows.connection(session).execute(_RECORD, records)
    _write(session, task, changes)
    _set_progress(session, task, 0, len(changes))


def take_back(
    session: Session, task: Task, date: date, settings: DaySettings, recorded_at: datetime
) -> None:
    """Undo what `carry_over` did for an occurrence that is open again.

    Subtasks that were recorded along with it are completed again, as they were. The others are
    open, and due as many days earlier.
    """
    if task.progress is None or task.occurrence_date is None:
        return
    days = (date - task.occurrence_date).days
    forgotten: list[dict[str, int]] = []
    changes: dict[int, dict[str, object]] = {}
    key = {"occurrence_date": date, "recorded_at": recorded_at}
    for row in _rows(session, task, _SUBTASKS_WITH_RECORD, **key):
        changes[row.id] = {**_moved(row, days, settings), **_OPEN}
        if row.number is not None:
            recorded = {name: getattr(row, f"recorded_{name}") for name in _RECORDED}
            changes[row.id] |= {**recorded, "completed": True}
            if (due_at := row.recorded_due_at) is not None:
                zones = (row.due_time_zone, settings.time_zone)
                due_at, at = due_in_new_zone(due_at, *zones, None, row.time_of_day)
                day = settings.day(due_at)
                changes[row.id] |= {"due_at": due_at, "due_day": day, "time_of_day": at}
            forgotten.append({"owner": task.user_id, "task": row.id, "record": row.number})
    if forgotten:
        owned_rows.connection(session).execute(_FORGET, forgotten)
    for record in forgotten:
        owned_rows.forget(session, TaskOccurrence, tuple(record.values()))
    _write(session, task, changes)
    _set_progress(session, task, len(forgotten), len(changes))


def _rows(session: Session, task: Task, query: Select[*tuple[Any, ...]], **values: object) -> Any:
    """The subtasks of a task, locked."""
    key = {"owner": task.user_id, "parent": task.id, **values}
    return owned_rows.connection(session).execute(query, key).all()


def _moved(row: Any, days: int, settings: DaySettings) -> dict[str, object]:
    """When a subtask is due, and starts, some days later."""
    due_date, due_at, at = row.due_date, row.due_at, row.time_of_day
    due_day = due_date = None if due_date is None else shift(due_date, days)
    if due_at is not None:
        wall = wall_clock_due(due_at, settings.time_zone, None, at)
        at = wall.time()
        due_at = instant_at(shift(wall.date(), days), at, settings.time_zone)
        due_day = settings.day(due_at)
    starts_on = None if row.starts_on is None else shift(row.starts_on, days)
    return dict(zip(_MOVED, (due_date, due_at, due_day, starts_on, at), strict=True))


def _write(session: Session, task: Task, changes: dict[int, dict[str, object]]) -> None:
    """Change subtasks of a task, each in its own way."""
    if not changes:
        return
    now = utc_now()
    rows = {row_id: {**values, "updated_at": now} for row_id, values in changes.items()}
    keyed = [{"owner": task.user_id, "task": row_id, **row} for row_id, row in rows.items()]
    owned_rows.connection(session).execute(_SUBTASK, keyed)
    for row_id, row in rows.items():
        owned_rows.sync(session, Task, (task.user_id, row_id), **row)


def _set_progress(session: Session, task: Task, completed: int, total: int) -> None:
    """Say on a loaded task how many of its subtasks are completed now."""
    progress = SubtaskProgress(completed, total) if total else None
    owned_rows.sync(session, Task, (task.user_id, task.id), progress=progress)
