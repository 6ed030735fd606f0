"""Rows that are not there, or would be stored twice."""

from datetime import datetime

from trackercore.errors.base import TrackerError


class NotFound(TrackerError, LookupError):
    """There is no such row, or it belongs to another user: the error does not say which.

    Attributes:
        entity: the kind of row, in words ("task", "study session").
        id: the id that was not found.
    """

    code = "not_found"
    entity: str
    id: int

    def __str__(self) -> str:
        return f"no {self.entity} {self.id!r}"


class Conflict(TrackerError):
    """The write would store something twice."""

    code = "conflict"


class NameTaken(Conflict):
    """Another row of the user has the name, in any letter case.

    Attributes:
        entity: the kind of row, in words.
        name: the name that was given.
        other_id: of the row that has it; None if the transaction cannot see it, or not any more.
    """

    code = "name_taken"
    entity: str
    name: str
    other_id: int | None = None

    def __str__(self) -> str:
        return f"a {self.entity} named {self.name!r} exists"


class EmailTaken(Conflict):
    """Another user has the email address. Who it is, is not said: the row is another person's.

    Attributes:
        email: the address that was given, in the form in which it is stored.
    """

    code = "email_taken"
    email: str

    def __str__(self) -> str:
        return f"a user with email {self.email!r} exists"


class ExternalIdTaken(Conflict):
    """Another row of the user has the external id.

    Attributes:
        entity: the kind of row, in words.
        external_id: the one that was given.
        other_id: of the row that has it; None if the transaction cannot see it, or not any more.
    """

    code = "external_id_taken"
    entity: str
    external_id: str
    other_id: int | None = None

    def __str__(self) -> str:
        return f"a {self.entity} with external_id {self.external_id!r} exists"


class SessionsOverlap(Conflict):
    """A timed session would overlap another one of the user.

    Attributes:
        other_id: of the other session; None if it is an earlier item of the same call.
        other_external_id: its external id, if it has one.
        other_started_at: when it started.
        other_ended_at: when it ended.
        other_item: its position, if it is an item of the same batch.
    """

    code = "sessions_overlap"
    other_id: int | None
    other_external_id: str | None
    other_started_at: datetime
    other_ended_at: datetime
    other_item: int | None = None

    def __str__(self) -> str:
        key = "" if self.other_external_id is None else f" (external_id {self.other_external_id!r})"
        other = "an earlier item" if self.other_item is None else f"items[{self.other_item}]"
        if self.other_id is not None:
            other = f"study session {self.other_id}"
        return f"overlaps {other}{key}, {self.other_started_at} to {self.other_ended_at}"


class TimerOverlaps(Conflict):
    """A timed session would overlap the running timer.

    Attributes:
        started_at: when the timer was started.
    """

    code = "timer_overlaps"
    started_at: datetime

    def __str__(self) -> str:
        return f"overlaps the timer that has been running since {self.started_at}"
