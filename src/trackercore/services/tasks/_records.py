"""Locking a task with what is recorded of it, and writing the records of its occurrences."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, true
from sqlalchemy.orm import Session

from trackercore.backends import backend_of
from trackercore.errors import NotFound
from trackercore.models import Task, TaskOccurrence, User
from trackercore.models.task_occurrence import RecordedStatus
from trackercore.services._shared import owned_rows
from trackercore.services._shared.clock import DaySettings, day_settings
from trackercore.services._shared.owned_rows import OWNER
from trackercore.services._shared.snapshots import mark_changed_for_subtasks
from trackercore.types import BIG_ID, utc_now

_users, _records = owned_rows.table(User), owned_rows.table(TaskOccurrence)
_TASK: ColumnElement[int] = bindparam("task", type_=BIG_ID)
_OF_TASK = (_records.c.user_id == OWNER, _records.c.task_id == _TASK)
_SEEN = select(func.max(_records.c.number)).where(*_OF_TASK).scalar_subquery()
_LOCKED = (
    select(Task, _SEEN, owned_rows.seen_updated_at(Task, {"user_id": OWNER, "id": _TASK}))
    .where(Task.user_id == OWNER, Task.id == _TASK)
    .with_for_update(key_share=True, of=Task)
    .execution_options(populate_existing=True)
)
_NEWEST = (
    select(_records).where(*_OF_TASK).order_by(_records.c.number.desc()).limit(1).subquery("newest")
)
_STANDING = (
    select(_users.c.time_zone, _users.c.day_starts_at, _NEWEST)
    .select_from(_users.outerjoin(_NEWEST, true()))
    .where(_users.c.id == OWNER)
)
_STATUSES = select(_records.c.status).where(
    *_OF_TASK, _records.c.occurrence_date == bindparam("date")
)
_ADD = insert(_records)
_REMOVE = delete(_records).where(*_OF_TASK, _records.c.number == bindparam("number"))


AT_ONCE = timedelta(seconds=1)
"""Calls that do not say which occurrence they mean, and are less apart, mean the same one."""


def is_at_once(session: Session, task: Task, earlier: datetime | None, moment: datetime) -> bool:
    """Whether an earlier call for a task, if there was one, was made at once with this one.

    Where writers take turns, the session may have waited for its turn before this call, and the
    earlier one may have been made meanwhile.

    Args:
        session: the caller's.
        task: is locked.
        earlier: the `now` of the earlier call.
        moment: that of this one.
    """
    if earlier is None:
        return False
    if abs(earlier - moment) < AT_ONCE:
        return True
    connection = owned_rows.open_connection(session)
    turn = backend_of(connection).turn(connection)
    if turn is None or task.updated_at > turn.began_at:  # the earlier one was this session's too
        return False
    first = turn.waited_since - AT_ONCE
    is_current = first < moment <= utc_now()
    return is_current and first < earlier <= turn.began_at


class Locked(NamedTuple):
    """A task that is locked, and what tells whether another call has recorded something meanwhile.

    Attributes:
        task: the row as it is now.
        seen: the number of its newest record when the call began, by its snapshot; None for none.
    """

    task: Task
    seen: int | None


class Standing(NamedTuple):
    """What the next step of a repeating task depends on.

    Attributes:
        settings: what makes an instant the owner's local day.
        newest: the newest record, a row of `task_occurrences`; None if there is none.
    """

    settings: DaySettings
    newest: Any

    @property
    def number(self) -> int:
        """The number of the newest record; 0 if there is none."""
        return 0 if self.newest is None else self.newest.number

    def is_of_call_at_once(
        self, session: Session, locked: Locked, status: RecordedStatus, moment: datetime
    ) -> bool:
        """Whether the newest record is of a call that was made at once with this one.

        It was written while this one waited for the lock of the row; or both have the same effect,
        and `is_at_once` says so.
        """
        if self.newest is None:
            return False
        if self.number > (locked.seen or 0):
            return True
        is_same = bool(self.newest.status == status)
        return is_same and is_at_once(session, locked.task, self.newest.recorded_at, moment)


def lock(session: Session, user_id: int, task_id: int, *, with_subtasks: bool) -> Locked:
    """The user's task, read as it is now, and held until the transaction ends.

    Args:
        session: the caller's.
        user_id: the owner's id.
        task_id: the task's.
        with_subtasks: whether its subtasks may be written too.

    Raises:
        NotFound: there is none.
    """
    seen: tuple[int | None, ...] = ()
    if with_subtasks:
        seen = mark_changed_for_subtasks(session, user_id, task_id, _SEEN)
    key = {"owner": owned_rows.check_id(User, user_id), "task": owned_rows.check_id(Task, task_id)}
    owned_rows.connection(session)
    row = session.execute(_LOCKED, key).first()
    if row is None:
        raise NotFound(owned_rows.entity(Task), task_id)
    task, newest, updated_at = row
    owned_rows.reload_if_waited(session, task, updated_at)
    return Locked(task, seen[0] if seen else newest)


def standing(session: Session, task: Task) -> Standing:
    """The settings of a task's owner, and its newest record: read once the task is locked."""
    row = owned_rows.connection(session).execute(_STANDING, _key(task)).one()
    newest = None if row.number is None else row
    return Standing(day_settings(task.user_id, row), newest)


def recorded_statuses(session: Session, task: Task, day: date) -> set[RecordedStatus]:
    """What is recorded of the occurrence of a date, if anything is."""
    statuses = owned_rows.connection(session).execute(_STATUSES, {**_key(task), "date": day})
    return set(statuses.scalars())


def add_record(
    session: Session,
    task: Task,
    number: int,
    status: RecordedStatus,
    moment: datetime,
    settings: DaySettings,
) -> None:
    """Record what became of the occurrence that the row is, at an instant."""
    is_completed = status == "completed"
    values = {
        "user_id": task.user_id,
        "task_id": task.id,
        "number": number,
        "occurrence_date": task.occurrence_date,
        "status": status,
        "due_date": task.due_date,
        "due_at": task.due_at,
        "due_day": task.due_day,
        "starts_on": task.starts_on,
        "due_time_zone": None if task.due_at is None else settings.time_zone,
        "completed_at": moment if is_completed else None,
        "completed_on": settings.day(moment) if is_completed else None,
        "recorded_at": moment,
    }
    owned_rows.connection(session).execute(_ADD, values)


def remove_record(session: Session, task: Task, number: int) -> None:
    """Delete a record of a task."""
    owned_rows.connection(session).execute(_REMOVE, {**_key(task), "number": number})
    owned_rows.forget(session, TaskOccurrence, (task.user_id, task.id, number))


def _key(task: Task) -> dict[str, int]:
    return {"owner": task.user_id, "task": task.id}
