"""Every error the library raises on purpose.

Operational errors of the driver (deadlock, serialization failure, lost connection, "database is
locked") pass through untouched, so that a host may retry them. Input that pydantic can judge is a
`pydantic.ValidationError`.
"""

from __future__ import annotations


class TrackerError(Exception):
    """The base of all errors below."""


class NotFound(TrackerError, LookupError):
    """No such row, or the row belongs to another user: the two look alike on purpose.

    Attributes:
        entity: what was looked for, in words ("task", "study session").
        id: the id that was asked for.
    """

    def __init__(self, entity: str, id: object) -> None:
        super().__init__(entity, id)
        self.entity = entity
        self.id = id

    def __str__(self) -> str:
        return f"no {self.entity} {self.id!r}"


class Conflict(TrackerError):
    """The write would break a uniqueness rule; the message says which one."""


class InvalidInput(TrackerError, ValueError):
    """The input is well-formed, yet the stored data or the clock shows it to be wrong."""


class FutureDay(InvalidInput):
    """The day is later than the user's today; only what has happened can be recorded."""


class InvalidCursor(InvalidInput):
    """The `after` of a page was not made by the same query of the same user."""


class NotAllowed(TrackerError):
    """The row's state does not allow the call."""


class DayAlreadyDone(NotAllowed):
    """The day has a done check-in, which a skip would erase: undo it first."""


class DatabaseNotSupported(TrackerError):
    """The URL or engine names a database that trackercore does not run on."""


class EngineNotPrepared(TrackerError):
    """The SQLite engine ignores foreign keys or opens its transactions too late.

    Give `Database` a URL, or call `prepare_engine(engine)` before the engine's first connection.
    """
