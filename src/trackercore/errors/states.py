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
