"""States of rows that do not allow a call."""

from datetime import date, datetime

from trackercore.errors.base import TrackerError


class NotAllowed(TrackerError):
    """The state of the row does not allow the call."""

    code = "not_allowed"


class DayAlreadyDone(NotAllowed):
    """The day is done, and skipping it would erase that: undo the check-in first.

    Attributes:
        habit_id: the habit's id.
        day: the local day.
    """

    code = "day_already_done"
    habit_id: int
    day: date

    def __str__(self) -> str:
        return f"{self.day} is done: undo the check-in before skipping the day"


class HabitArchived(NotAllowed):
    """The day is after the one on which the habit was archived: unarchive it first.

    Attributes:
        habit_id: the habit's id.
        day: the local day.
        archived_on: the last day on which the habit was not archived.
    """

    code = "habit_archived"
    habit_id: int
    day: date
    archived_on: date

    def __str__(self) -> str:
        return (
            f"{self.day} is after {self.archived_on}, when the habit was archived: "
            "unarchive it first"
        )


class OccurrenceNotLast(NotAllowed):
    """Only the occurrence that was completed or skipped last can be opened again.

    Attributes:
        task_id: the task's id.
        occurrence_date: the date of the occurrence that was meant.
    """

    code = "occurrence_not_last"
    task_id: int
    occurrence_date: date

    def __str__(self) -> str:
        return (
            f"the occurrence of {self.occurrence_date} is not the one that was completed or "
            "skipped last: only that one can be opened again"
        )


class OccurrenceNotOpen(NotAllowed):
    """The occurrence cannot be completed or skipped: it is not the one that is open.

    Attributes:
        task_id: the task's id.
        occurrence_date: the date of the occurrence that was meant.
        open_date: that of the open one; None if the task is completed.
    """

    code = "occurrence_not_open"
    task_id: int
    occurrence_date: date
    open_date: date | None

    def __str__(self) -> str:
        what_is = "the task is completed" if self.open_date is None else f"{self.open_date} is"
        return f"the occurrence of {self.occurrence_date} is not open: {what_is}"


class TaskDoesNotRepeat(NotAllowed):
    """The task has no recurrence: it has no occurrence of that date, or to skip, or to repeat from.

    Attributes:
        task_id: the task's id.
    """

    code = "task_does_not_repeat"
    task_id: int

    def __str__(self) -> str:
        return f"task {self.task_id} does not repeat: it has no recurrence"


class TimerAlreadyRunning(NotAllowed):
    """A timer is running: stop it, cancel it, or start with `switch=True`.

    Attributes:
        started_at: when it was started; None if another transaction has just started it.
    """

    code = "timer_already_running"
    started_at: datetime | None

    def __str__(self) -> str:
        if self.started_at is None:
            return "a timer is running"
        return f"a timer has been running since {self.started_at}"


class NoRunningTimer(NotAllowed):
    """No timer is running, so none can be stopped or cancelled."""

    code = "no_running_timer"

    def __str__(self) -> str:
        return "no timer is running"


class TimerTooShort(NotAllowed):
    """The timer has run for less than a second, and still runs: `discard=True` drops it.

    Attributes:
        started_at: when it was started.
    """

    code = "timer_too_short"
    started_at: datetime

    def __str__(self) -> str:
        return f"the timer was started at {self.started_at}, less than a second ago"


class ParentIsSubtask(NotAllowed):
    """A subtask cannot have subtasks: there is one level.

    Attributes:
        parent_id: the id of the subtask that was given as the parent.
    """

    code = "parent_is_subtask"
    parent_id: int

    def __str__(self) -> str:
        return f"task {self.parent_id} is a subtask, so it cannot have subtasks"


class TaskHasSubtasks(NotAllowed):
    """A task that has subtasks cannot become one: move them first.

    Attributes:
        task_id: the task's id.
    """

    code = "task_has_subtasks"
    task_id: int

    def __str__(self) -> str:
        return f"task {self.task_id} has subtasks, so it cannot become one: move them first"


class SubtaskCannotRepeat(NotAllowed):
    """A subtask has no recurrence of its own: it repeats with its parent.

    Attributes:
        task_id: the id of the subtask that would repeat, or of the task that would become one.
    """

    code = "subtask_cannot_repeat"
    task_id: int

    def __str__(self) -> str:
        return f"task {self.task_id} cannot be a subtask and have a recurrence"


class UnknownTimeZone(NotAllowed):
    """This machine's tzdata does not have a time zone that is stored, so it knows no local days.

    Install a newer `tzdata` package, or give the user another zone: `users.update(time_zone=)`.

    Attributes:
        time_zone: its name.
        user_id: the user who has it, if it is a user's.
    """

    code = "unknown_time_zone"
    time_zone: str
    user_id: int | None = None

    def __str__(self) -> str:
        name, remedy = repr(self.time_zone), "install a newer tzdata"
        if self.user_id is None:
            return f"this machine's tzdata does not have the time zone {name}: {remedy}"
        return (
            f"user {self.user_id} has the time zone {name}, which this machine's tzdata does not "
            f"have: {remedy}, or give the user another zone"
        )
