"""Every error the library raises on purpose.

Operational errors of the driver (deadlock, serialization failure, lost connection, "database is
locked") pass through untouched, so that a host may retry them. Input that pydantic can judge is a
`pydantic.ValidationError`.
"""

from __future__ import annotations

from shlex import quote


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


class HabitArchived(NotAllowed):
    """The habit is archived, and the day is later than that: unarchive it first."""


class TimerAlreadyRunning(NotAllowed):
    """A timer is running: stop it, cancel it, or start with `switch=True`."""


class NoRunningTimer(NotAllowed):
    """There is no timer to stop or to cancel."""


class TimerTooShort(NotAllowed):
    """The timer has run for less than a minute, and still runs: `discard=True` drops it."""


class DatabaseNotSupported(TrackerError):
    """The URL or engine names a database that trackercore does not run on."""


class DatabaseNotFound(TrackerError):
    """The SQLite file does not exist, and the call is about one that does."""


class EngineNotPrepared(TrackerError):
    """The SQLite engine ignores foreign keys or opens its transactions too late.

    Give `Database` a URL, or call `prepare_engine(engine)` before the engine's first connection.
    """


class SchemaError(TrackerError):
    """The tables in the database are not those that this version of trackercore needs."""


class SchemaOutOfDate(SchemaError):
    """The tables are of an older version of trackercore, and nothing was changed.

    Attributes:
        revision: what they are at.
        needed: what this version needs.
        schema: the PostgreSQL schema they are in, if it was given.
    """

    def __init__(self, revision: str, needed: str, schema: str | None = None) -> None:
        super().__init__(revision, needed, schema)
        self.revision = revision
        self.needed = needed
        self.schema = schema

    def __str__(self) -> str:
        option = "" if self.schema is None else f" --schema {quote(self.schema)}"
        return (
            f"the database is at revision {self.revision}, this trackercore needs {self.needed}: "
            f"run `python -m trackercore upgrade{option}` with DATABASE_URL set to the database"
        )


class SchemaTooNew(SchemaError):
    """The tables are of a newer version of trackercore, and nothing was changed.

    Attributes:
        revision: what they are at.
        known: the newest one that this version knows.
    """

    def __init__(self, revision: str, known: str) -> None:
        super().__init__(revision, known)
        self.revision = revision
        self.known = known

    def __str__(self) -> str:
        return (
            f"the database is at revision {self.revision}, this trackercore knows them up to "
            f"{self.known}: install a newer trackercore"
        )


class UnmanagedSchema(SchemaError):
    """Tables with trackercore's names are there that it did not make, and nothing was changed.

    Attributes:
        tables: their names.
    """

    def __init__(self, tables: list[str]) -> None:
        super().__init__(tables)
        self.tables = tables

    def __str__(self) -> str:
        return (
            f"there are tables that trackercore did not make: {', '.join(self.tables)}. "
            "`python -m trackercore adopt` takes over those of FocusFlow and StudyTracker; beside "
            "others, keep trackercore's in a schema of their own, Database(schema=...); where your "
            "own Alembic makes trackercore's tables, it upgrades them too"
        )


class CannotAdopt(SchemaError):
    """The tables are not such that `adopt` could take them over, and nothing was changed."""
