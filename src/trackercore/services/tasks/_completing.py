"""Completing tasks, skipping occurrences of those that repeat, and opening tasks again."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from trackercore.domain.calendar import shift
from trackercore.domain.repeating import due_in_new_zone
from trackercore.errors import OccurrenceNotLast, OccurrenceNotOpen, TaskDoesNotRepeat
from trackercore.models import Task, User
from trackercore.models.task_occurrence import RecordedStatus
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day_or_none, as_flag, as_instant
from trackercore.services._shared.repeating_tasks import open_place, series_of
from trackercore.services._shared.snapshots import mark_changed
from trackercore.services.tasks._carrying_over import carry_over, take_back
from trackercore.services.tasks._records import (
    Locked,
    Standing,
    add_record,
    is_at_once,
    lock,
    recorded_statuses,
    remove_record,
    standing,
)
from trackercore.services.tasks._subtasks import complete_open, reload_parents

Changes = dict[str, object]


def complete(
    session: Session,
    user_id: int,
    task_id: int,
    *,
    occurrence_date: date | None = None,
    subtasks: bool = False,
    now: datetime | None = None,
) -> Task:
    """Complete a task; one that is already completed keeps its completed_at.

    The open occurrence of a repeating task is recorded, and the row becomes the next one. Its
    subtasks are recorded too, open ones as skipped; all are open again, and due as many days later
    as the task. Those that are archived apart from it stay as they are. If there is no next
    occurrence, the task is completed as any other.

    Two calls at once complete one occurrence: without `occurrence_date`, one whose `now` is less
    than a second from that of the last call changes nothing, and neither does one whose session
    was waiting for its turn to write when the last call was made. A later one completes the next
    occurrence, so say which one is meant if the call may be repeated.

    Args:
        occurrence_date: the date of the occurrence that is meant; by default the open one. If that
            one is completed already, nothing changes.
        subtasks: complete its open subtasks too.

    Raises:
        OccurrenceNotOpen: the occurrence of that date is neither open nor completed.
        TaskDoesNotRepeat: the same, of a task without a recurrence.
    """
    with_subtasks = as_flag(subtasks, "subtasks")
    return _close(session, user_id, task_id, "completed", occurrence_date, now, with_subtasks)


def skip_occurrence(
    session: Session,
    user_id: int,
    task_id: int,
    *,
    occurrence_date: date | None = None,
    now: datetime | None = None,
) -> Task:
    """Skip the open occurrence of a repeating task: the row becomes the next one.

    Its subtasks are open again, as in `complete`. If it repeats from completion, the next date is
    counted from the local day of the skip, or from the due day if that is later. After the last
    occurrence, the task is completed, without a completed_at.

    Args:
        occurrence_date: as in `complete`.

    Raises:
        OccurrenceNotOpen: the occurrence of that date is neither open nor skipped.
        TaskDoesNotRepeat: the task has no recurrence.
    """
    return _close(session, user_id, task_id, "skipped", occurrence_date, now)


def _close(
    session: Session,
    user_id: int,
    task_id: int,
    status: RecordedStatus,
    occurrence_date: date | None,
    now: datetime | None,
    with_subtasks: bool = False,
) -> Task:
    day, moment = as_day_or_none(occurrence_date, "occurrence_date"), as_instant(now)
    locked = lock(session, user_id, task_id, with_subtasks=True)
    changes = closing(session, locked, status, day, moment, with_subtasks)
    return _change(session, locked.task, changes)


def _change(session: Session, task: Task, changes: Changes) -> Task:
    if changes:
        owned_rows.change(session, task, task.user_id, changes, {})
        reload_parents(session, task.user_id, task.parent_id)
    return task


def reopen(
    session: Session,
    user_id: int,
    task_id: int,
    *,
    occurrence_date: date | None = None,
    now: datetime | None = None,
) -> Task:
    """Open a task again, which clears its completed_at.

    The occurrence of a repeating task that was completed or skipped last is open again, as it was,
    and its record is gone. If its owner lives in another time zone now, it is due at the time of
    day at which it was due. Its subtasks are due as they were then, and completed if they were;
    those that were completed since stay completed, and those that came since stay as they are.
    What `complete(subtasks=True)` completed stays completed, also if the task does not repeat.

    Two calls at once open one occurrence again, by the same rule as in `complete`.

    Args:
        occurrence_date: the date of the occurrence that is meant; by default the one that was
            completed or skipped last.

    Raises:
        OccurrenceNotLast: the occurrence of that date is not the last one.
    """
    day, moment = as_day_or_none(occurrence_date, "occurrence_date"), as_instant(now)
    mark_changed(session, User, user_id)  # users.update stores the due days of open tasks again
    task = owned_rows.get(session, Task, user_id, task_id, lock="change")
    return _change(session, task, reopening(session, task, day, moment))


def closing(
    session: Session,
    locked: Locked,
    status: RecordedStatus,
    day: date | None,
    moment: datetime,
    with_subtasks: bool = False,
) -> Changes:
    """What completing or skipping changes of a task, after the occurrence is recorded.

    Args:
        session: the caller's.
        locked: the task.
        status: what becomes of the occurrence.
        day: the date of the one that is meant; None for the open one.
        moment: when it happens.
        with_subtasks: whether open subtasks are completed too.
    """
    task = locked.task
    if day is None and status == "completed" and (task.completed or task.recurrence is None):
        if with_subtasks:
            complete_open(session, task, moment)
        return completion(task, True, moment)
    if task.occurrence_date is None and day is None:
        raise TaskDoesNotRepeat(task.id)
    meant = day or task.occurrence_date
    if task.completed or meant != task.occurrence_date:
        assert meant is not None  # noqa: S101 - one of the two is given
        if status in _statuses(session, task, meant):
            return {}
        if task.recurrence is None:
            raise TaskDoesNotRepeat(task.id)
        raise OccurrenceNotOpen(task.id, meant, None if task.completed else task.occurrence_date)
    known = standing(session, task)
    is_same_occurrence = day is None or (known.newest and known.newest.occurrence_date == day)
    if is_same_occurrence and known.is_of_call_at_once(session, locked, status, moment):
        return {}
    if with_subtasks:
        complete_open(session, task, moment)
    return {**_move_on(session, task, known, status, moment), "reopened_at": None}


def _statuses(session: Session, task: Task, day: date) -> set[RecordedStatus]:
    """What became of the occurrence of a date. The row itself is the record of the last one."""
    recorded = recorded_statuses(session, task, day)
    if task.completed and task.occurrence_date == day and "skipped" not in recorded:
        recorded.add("completed")
    return recorded


def _move_on(
    session: Session, task: Task, known: Standing, status: RecordedStatus, moment: datetime
) -> Changes:
    """Record the open occurrence, and say what makes the row the next one."""
    series = series_of(task, known.settings)
    place = open_place(task)
    following = series.next(place, moment, skipped=status == "skipped")
    if following is None and status == "completed":
        return completion(task, True, moment)
    add_record(session, task, known.number + 1, status, moment, known.settings)
    if following is None:
        return {"completed": True, "completed_at": None}
    carry_over(session, task, following.date, known.settings, moment)
    due = series.due(following.date)
    days_before = task.starts_days_before
    return {
        "due_date": due.due_date,
        "due_at": due.due_at,
        "starts_on": None if days_before is None else shift(due.due_day, -days_before),
        "occurrence_date": following.date,
        "occurrence_number": following.number,
    }


def reopening(session: Session, task: Task, day: date | None, moment: datetime) -> Changes:
    """What opening again changes of a task, after the newest record is taken back.

    Args:
        session: the caller's.
        task: is locked.
        day: the date of the occurrence that is meant; None for the last.
        moment: when it happens.
    """
    if task.recurrence is None:
        if day is not None:
            raise OccurrenceNotLast(task.id, day)
        return completion(task, False, None)
    if day is None and is_at_once(session, task, task.reopened_at, moment):
        return {}
    known = standing(session, task)
    newest = known.newest
    if task.completed:
        if day not in (None, task.occurrence_date):
            raise OccurrenceNotLast(task.id, day)
        if newest is not None and newest.occurrence_date == task.occurrence_date:
            remove_record(session, task, newest.number)  # it was skipped
        return {**completion(task, False, None), "reopened_at": moment}
    if newest is None or day not in (None, newest.occurrence_date):
        if day in (None, task.occurrence_date):
            return {}
        raise OccurrenceNotLast(task.id, day)
    return {**_take_back(session, task, known), "reopened_at": moment}


def _take_back(session: Session, task: Task, known: Standing) -> Changes:
    """Delete the newest record, and say what makes the row its occurrence."""
    newest = known.newest
    number = series_of(task, known.settings).number_on(newest.occurrence_date, open_place(task))
    remove_record(session, task, newest.number)
    take_back(session, task, newest.occurrence_date, known.settings, newest.recorded_at)
    due_at = newest.due_at
    if due_at is not None:
        zones = (newest.due_time_zone, known.settings.time_zone)
        by_rule = (newest.occurrence_date, task.recurrence_time)
        due_at, _ = due_in_new_zone(due_at, *zones, *by_rule)
    return {
        "due_date": newest.due_date,
        "due_at": due_at,
        "starts_on": newest.starts_on,
        "occurrence_date": newest.occurrence_date,
        "occurrence_number": number or None,
    }


def completion(task: Task, completed: bool, at: datetime | None) -> Changes:
    """What completing a task at an instant changes of it, or opening it; nothing if it is so."""
    if task.completed == completed:
        return {}
    return {"completed": completed, "completed_at": at if completed else None}
