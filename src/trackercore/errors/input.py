"""Values that are wrong given what is stored, or the day of the user."""

from datetime import date, datetime, time
from typing import Literal

from trackercore.errors.base import TrackerError

ExtraFault = Literal[
    "extra_type",
    "extra_key",
    "extra_value",
    "extra_text",
    "extra_number",
    "extra_depth",
    "extra_size",
]
"""What can be wrong with an `extra`; also the type of the error in a `pydantic.ValidationError`."""


class InvalidInput(TrackerError, ValueError):
    """The input is well-formed, but wrong given the stored data or the user's day."""

    code = "invalid_input"


class FutureDay(InvalidInput):
    """The day is later than the user's today.

    Attributes:
        day: the day.
        today: the user's today.
        field: the argument or field that says so ("on", "study_date", "ended_at").
    """

    code = "future_day"
    day: date
    today: date
    field: str

    def __str__(self) -> str:
        return f"{self.day} is in the future: the user's today is {self.today}"


class FutureInstant(InvalidInput):
    """The instant is later than now.

    Attributes:
        instant: the instant, which is the argument `at`.
        now: what now was.
    """

    code = "future_instant"
    instant: datetime
    now: datetime

    def __str__(self) -> str:
        return f"{self.instant} is in the future: it is {self.now}"


class NaiveDatetime(InvalidInput):
    """The datetime has no UTC offset, so it names no instant.

    It was given to a row or to a query of your own; the type of a column does not know its name. An
    argument or a field of a schema is refused with a `pydantic.ValidationError`, which names it.

    Attributes:
        value: the datetime.
    """

    code = "naive_datetime"
    value: datetime

    def __str__(self) -> str:
        return f"naive datetime {self.value.isoformat()}: give it a time zone"


class InstantOutOfRange(InvalidInput):
    """The instant lies outside the years 2 to 9998.

    It was given to a row or to a query of your own, as with `NaiveDatetime`.

    Attributes:
        instant: the instant.
    """

    code = "instant_out_of_range"
    instant: datetime

    def __str__(self) -> str:
        return f"{self.instant.isoformat()} is out of range: years 2 to 9998 in UTC"


class DayOutOfRange(InvalidInput):
    """A timed session cannot be moved to the day, at an end of the calendar.

    Attributes:
        day: the day.
    """

    code = "day_out_of_range"
    day: date

    def __str__(self) -> str:
        return f"{self.day} is out of range"


class InvalidCursor(InvalidInput):
    """The `after` is not the `next` of a page of the same query of the same user."""

    code = "invalid_cursor"

    def __str__(self) -> str:
        return "after must be a page of the same query, or its next"


class InvalidExtra(InvalidInput):
    """An `extra` that was assigned to a row is no JSON object, or too large.

    In a schema, the same is a `pydantic.ValidationError`.

    Attributes:
        fault: what is wrong, for programs.
        reason: the same for developers, in English.
        path: the keys and positions that lead to what is wrong.
    """

    code = "invalid_extra"
    fault: ExtraFault
    reason: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return f"extra{''.join(f'[{key!r}]' for key in self.path)} {self.reason}"


class NotExactlyOne(InvalidInput):
    """Of two arguments, both are given, or neither where one is needed.

    Attributes:
        arguments: their names.
    """

    code = "not_exactly_one"
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"give one of the two: {' or '.join(self.arguments)}"


class StartsAfterDue(InvalidInput):
    """The task would start after the day on which it is due.

    Attributes:
        starts_on: the day on which it would start.
        due_day: the user's local day on which it is due.
    """

    code = "starts_after_due"
    starts_on: date
    due_day: date

    def __str__(self) -> str:
        return f"a task that is due on {self.due_day} cannot start later, on {self.starts_on}"


class ParentIsItself(InvalidInput):
    """A task is given as its own parent.

    Attributes:
        task_id: the task's id.
    """

    code = "parent_is_itself"
    task_id: int

    def __str__(self) -> str:
        return f"task {self.task_id} cannot be its own parent"


class PauseEndsBeforeStart(InvalidInput):
    """The pause would end before it starts.

    Attributes:
        starts_on: its first day.
        ends_on: its last day.
    """

    code = "pause_ends_before_start"
    starts_on: date
    ends_on: date

    def __str__(self) -> str:
        return f"a pause that starts on {self.starts_on} cannot end before, on {self.ends_on}"


class RepeatingTaskNotDue(InvalidInput):
    """A task that repeats needs a due date or time, from which its rule starts.

    Attributes:
        field: the field that would leave it without one.
    """

    code = "repeating_task_not_due"
    field: str

    def __str__(self) -> str:
        return "a task that repeats needs a due_date or a due_at"


class MinutesOfTimedSession(InvalidInput):
    """The minutes of a timed session cannot be set: they follow from its times.

    Attributes:
        session_id: of the session, or of its first part.
    """

    code = "minutes_of_timed_session"
    session_id: int

    def __str__(self) -> str:
        return "a timed session's minutes follow from started_at and ended_at"


class StudyDateWithTimes(InvalidInput):
    """A session gets a new study_date or new times, and not both.

    Attributes:
        session_id: of the session, or of its first part.
    """

    code = "study_date_with_times"
    session_id: int

    def __str__(self) -> str:
        return "give a new study_date, or new times"


class BothTimesNeeded(InvalidInput):
    """A session logged by its length becomes a timed one by both times, not by one.

    Attributes:
        session_id: of the session.
    """

    code = "both_times_needed"
    session_id: int

    def __str__(self) -> str:
        return "a session logged by its length becomes a timed one by both times"


class SessionTooShort(InvalidInput):
    """With its new times, the session would last less than a second.

    Attributes:
        started_at: its start.
        ended_at: its end.
    """

    code = "session_too_short"
    started_at: datetime
    ended_at: datetime

    def __str__(self) -> str:
        return f"a session ends a second after it started, or later: {self.started_at}"


class SessionTooLong(InvalidInput):
    """With its new times, the session would last more than 31 days.

    Attributes:
        started_at: its start.
        ended_at: its end.
    """

    code = "session_too_long"
    started_at: datetime
    ended_at: datetime

    def __str__(self) -> str:
        return f"a session takes 31 days at most: {self.started_at} to {self.ended_at}"


class PartTooLong(InvalidInput):
    """The part of a timed session on a date that came twice is too long to store.

    Attributes:
        day: the local day.
        seconds: the length of the part.
    """

    code = "part_too_long"
    day: date
    seconds: int

    def __str__(self) -> str:
        return f"{self.seconds} seconds on {self.day} are too many for a part"


class NoSuchTime(InvalidInput):
    """A timed session keeps its time of day when it is moved, but the day does not have it.

    Attributes:
        day: the local day.
        wall_time: the time on the wall at which the session starts.
    """

    code = "no_such_time"
    day: date
    wall_time: time

    def __str__(self) -> str:
        return f"{self.day} has no {self.wall_time:%H:%M}: give started_at and ended_at"


class BeforeTimerStart(InvalidInput):
    """The timer would be stopped before it was started.

    Attributes:
        instant: at which it would be stopped.
        started_at: when it was started.
    """

    code = "before_timer_start"
    instant: datetime
    started_at: datetime

    def __str__(self) -> str:
        return f"the timer was started later, at {self.started_at}"


class TimerForgotten(InvalidInput):
    """The timer has run for more than 31 days: stop it at an earlier time, or cancel it.

    Attributes:
        started_at: when it was started.
    """

    code = "timer_forgotten"
    started_at: datetime

    def __str__(self) -> str:
        return (
            f"the timer has been running since {self.started_at}, for more than 31 days: stop it"
            " at an earlier time, with at=, or cancel it"
        )
