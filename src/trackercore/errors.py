"""The errors that trackercore raises.

Operational errors of the driver (deadlock, serialization failure, lost connection, "database is
locked") pass through unchanged, so that you can retry them. Input that is wrong by itself is a
`pydantic.ValidationError`.
"""

from __future__ import annotations

from shlex import quote


class TrackerError(Exception):
    """The base of all errors below."""


class NotFound(TrackerError, LookupError):
    """There is no such row, or it belongs to another user: the error does not say which.

    Attributes:
        entity: the kind of row, in words ("task", "study session").
        id: the id that was not found.
    """

    def __init__(self, entity: str, id: object) -> None:
        super().__init__(entity, id)
        self.entity = entity
        self.id = id

    def __str__(self) -> str:
        return f"no {self.entity} {self.id!r}"


class Conflict(TrackerError):
    """The write would store something twice; the message says what."""


class InvalidInput(TrackerError, ValueError):
    """The input is well-formed, but wrong given the stored data or the user's day."""


class FutureDay(InvalidInput):
    """The day is later than the user's today."""


class InvalidCursor(InvalidInput):
    """The `after` is not the `next` of a page of the same query of the same user."""


class NotAllowed(TrackerError):
    """The state of the row does not allow the call."""


class DayAlreadyDone(NotAllowed):
    """The day is done, and skipping it would erase that: undo the check-in first."""


class HabitArchived(NotAllowed):
    """The day is after the one on which the habit was archived: unarchive it first."""


class TimerAlreadyRunning(NotAllowed):
    """A timer is running: stop it, cancel it, or start with `switch=True`."""


class NoRunningTimer(NotAllowed):
    """No timer is running, so none can be stopped or cancelled."""


class TimerTooShort(NotAllowed):
    """The timer has run for less than a second, and still runs: `discard=True` drops it."""


class UnknownTimeZone(NotAllowed):
    """This machine's tzdata does not have a time zone that is stored, so it knows no local days.

    Install a newer `tzdata` package, or give the user another zone: `users.update(time_zone=)`.

    Attributes:
        time_zone: its name.
        user_id: the user who has it.
    """

    def __init__(self, time_zone: str, user_id: int | None = None) -> None:
        super().__init__(time_zone, user_id)
        self.time_zone = time_zone
        self.user_id = user_id

    def __str__(self) -> str:
        return (
            f"user {self.user_id} has the time zone {self.time_zone!r}, which this machine's tzdata"
            " does not have: install a newer tzdata, or give the user another zone"
        )


class DatabaseNotSupported(TrackerError):
    """trackercore does not run on this database, or not with this driver."""


class DatabaseNotFound(TrackerError):
    """The SQLite file does not exist."""


class EngineNotPrepared(TrackerError):
    """The SQLite engine ignores foreign keys, or begins its transactions too late.

    Give `Database` a URL, or call `prepare_engine(engine)` before the engine's first connection.
    """


class SessionInUse(TrackerError):
    """Another thread, or another task, is using the session at this moment.

    The call did nothing. Open a session in each thread and in each task.
    """

    def __str__(self) -> str:
        return (
            "another thread or task is using this session: open one in each, "
            "with `get_session()` or that of your Database"
        )


class SchemaError(TrackerError):
    """The tables are not those that this version of trackercore needs."""


class SchemaOutOfDate(SchemaError):
    """The tables are of an older version of trackercore; nothing was changed.

    Attributes:
        revision: the tables' revision.
        needed: the revision that this version needs.
        schema: the PostgreSQL schema of the tables, if one was given.
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
    """The tables are of a newer version of trackercore; nothing was changed.

    Attributes:
        revision: the tables' revision.
        known: the newest revision that this version knows.
    """

    def __init__(self, revision: str, known: str) -> None:
        super().__init__(revision, known)
        self.revision = revision
        self.known = known

    def __str__(self) -> str:
        return (
            f"the database is at revision {self.revision}, this trackercore knows revisions up to "
            f"{self.known}: install a newer trackercore"
        )


class UnmanagedSchema(SchemaError):
    """There are tables with trackercore's names that it did not create; nothing was changed.

    Attributes:
        tables: their names.
        has_schemas: whether the database has schemas, so that both can be in it.
    """

    def __init__(self, tables: list[str], has_schemas: bool = True) -> None:
        super().__init__(tables, has_schemas)
        self.tables = tables
        self.has_schemas = has_schemas

    def __str__(self) -> str:
        own = "a schema of their own, Database(schema=...)"
        return (
            f"there are tables that trackercore did not create: {', '.join(self.tables)}. "
            "`python -m trackercore adopt` converts those of FocusFlow and StudyTracker. If they "
            f"are yours, keep trackercore's in {own if self.has_schemas else 'another file'}. If "
            "your own Alembic created trackercore's tables, upgrade them with it"
        )


class CannotAdopt(SchemaError):
    """`adopt` cannot convert the tables; nothing was changed."""
