"""The subtasks of a repeating task: how they move on with it, and come back with it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from trackercore.domain.calendar import instant_at, shift
from trackercore.domain.repeating import due_in_new_zone, wall_clock_due
from trackercore.models import Task, TaskOccurrence
from trackercore.services._shared import owned_rows
from trackercore.services._shared.clock import DaySettings
from trackercore.services.tasks._subtasks import OF_PARENT, counts, set_progress
from trackercore.types import UtcDateTime, utc_now

_tasks, _records = owned_rows.table(Task), owned_rows.table(TaskOccurrence)
_DUE = ("due_date", "due_at", "due_day")
_COMPLETED = ("completed_at", "completed_on")
_MOVED = (*_DUE, "starts_on", "time_of_day")
_RECORDED = (*_DUE, "starts_on", *_COMPLETED)
_COUNTS = counts(bindparam("archived_at", type_=UtcDateTime))
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
    .where(*OF_PARENT, _COUNTS)
    .order_by(_tasks.c.id)
    .with_for_update(key_share=True, of=_tasks)
)
_SUBTASKS_WITH_RECORD = (
    select(
        *(_tasks.c[name] for name in ("id", "completed", *_COMPLETED, *_MOVED)),
        _COUNTS.label("counts"),
        *(_records.c[name] for name in ("number", "status", "due_time_zone")),
        *(_records.c[name].label(f"recorded_{name}") for name in _RECORDED),
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
    .where(*OF_PARENT)
    .order_by(_tasks.c.id, _records.c.number)
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


def carry_over(
    session: Session, task: Task, date: date, settings: DaySettings, recorded_at: datetime
) -> None:
    """Open the subtasks of a repeating task for its next occurrence.

    They are recorded, as the occurrence of the task is: those that are open as skipped. All are
    due, and start, as many days later as the next one is, timed ones at the same time of day.

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
    same = {"user_id": task.user_id, "occurrence_date": task.occurrence_date}
    records: list[dict[str, object]] = []
    changes: dict[int, dict[str, object]] = {}
    for row in _rows(session, task, _SUBTASKS, archived_at=task.archived_at):
        changes[row.id] = {**_moved(row, days, settings), **_completion(None)}
        record = {name: getattr(row, name) for name in _RECORDED}
        record |= {**same, "task_id": row.id, "number": row.newest_number + 1}
        record["status"] = "completed" if row.completed else "skipped"
        record["due_time_zone"] = None if row.due_at is None else settings.time_zone
        records.append({**record, "recorded_at": recorded_at})
    if records:
        owned_rows.connection(session).execute(_RECORD, records)
    _write(session, task, changes)
    set_progress(session, task, 0, len(changes))


def take_back(
    session: Session, task: Task, date: date, settings: DaySettings, recorded_at: datetime
) -> None:
    """Undo what `carry_over` did for an occurrence that is open again.

    What it recorded is due as it was then, and completed if it was. A subtask that was completed
    since stays completed; if it was completed then too, what is recorded of that stays. Subtasks
    that it did not record, such as new ones, are left as they are.
    """
    completed = total = 0
    forgotten: dict[int, dict[str, int]] = {}
    changes: dict[int, dict[str, object]] = {}
    key = {"occurrence_date": date, "recorded_at": recorded_at, "archived_at": task.archived_at}
    # By the newest record, as one that stayed may be of the same date and time.
    rows = {row.id: row for row in _rows(session, task, _SUBTASKS_WITH_RECORD, **key)}
    for row in rows.values():
        is_completed, was_completed = row.completed, row.status == "completed"
        if row.number is not None:
            completion = _completion(row if is_completed else None)
            if was_completed and not is_completed:
                completion = _completion(row, "recorded_")
            changes[row.id] = {**_as_recorded(row, settings), **completion}
            if not (was_completed and is_completed):
                record = {"owner": task.user_id, "task": row.id, "record": row.number}
                forgotten[row.id] = record
        if row.counts:
            completed, total = completed + (is_completed or was_completed), total + 1
    if forgotten:
        owned_rows.connection(session).execute(_FORGET, [*forgotten.values()])
    for record in forgotten.values():
        owned_rows.forget(session, TaskOccurrence, tuple(record.values()))
    _write(session, task, changes)
    set_progress(session, task, completed, total)


def _completion(row: Any, prefix: str = "") -> dict[str, object]:
    """What says that a subtask is completed, as a row does; None for one that is open."""
    at = {name: getattr(row, f"{prefix}{name}", None) for name in _COMPLETED}
    return {"completed": row is not None, **at}


def _as_recorded(row: Any, settings: DaySettings) -> dict[str, object]:
    """When a subtask was due, and started."""
    due = {name: getattr(row, f"recorded_{name}") for name in (*_DUE, "starts_on")}
    at = row.time_of_day
    if due["due_at"] is not None:
        zones = (row.due_time_zone, settings.time_zone)
        due["due_at"], at = due_in_new_zone(due["due_at"], *zones, None, at)
        due["due_day"] = settings.day(due["due_at"])
    return {**due, "time_of_day": at}


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
