"""Databases, engines, sessions and prefixes that cannot be used."""

from trackercore.errors.base import TrackerError


class DatabaseNotSupported(TrackerError):
    """trackercore does not run on this database, or not in this way."""

    code = "database_not_supported"


class BackendNotSupported(DatabaseNotSupported):
    """The database is neither SQLite nor PostgreSQL.

    Attributes:
        backend: its name in the URL.
    """

    code = "backend_not_supported"
    backend: str

    def __str__(self) -> str:
        return f"trackercore runs on SQLite and PostgreSQL, not on {self.backend}"


class DriverNotSupported(DatabaseNotSupported):
    """trackercore does not run with this driver.

    Attributes:
        driver: its name in the URL.
        supported: the names of the drivers that can be used.
    """

    code = "driver_not_supported"
    driver: str
    supported: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"the driver {self.driver} is not supported here: use {' or '.join(self.supported)}, "
            "or leave it out of the URL"
        )


class NoSchemas(DatabaseNotSupported):
    """SQLite has no schemas: leave out `schema=`."""

    code = "no_schemas"

    def __str__(self) -> str:
        return "SQLite has no schemas: leave out schema="


class NoRowLevelSecurity(DatabaseNotSupported):
    """`owner=` restricts nothing here, on SQLite or on tables that Citus distributes: leave it out.

    Attributes:
        backend: what the database is, "sqlite" or "citus".
    """

    code = "no_row_level_security"
    backend: str

    def __str__(self) -> str:
        if self.backend == "sqlite":
            return "SQLite has no row-level security: owner= and `secure` need PostgreSQL"
        return (
            "row-level security does not hold on tables that Citus distributes, so they are "
            "distributed or secured, not both: leave out owner=, or become a member of the role of "
            "secured tables and run DROP OWNED BY for it before you distribute them"
        )


class WrongKindOfEngine(DatabaseNotSupported):
    """`Database` takes no asyncio engine, and `AsyncDatabase` no other one.

    Attributes:
        is_async: whether the engine that was given is an asyncio engine.
    """

    code = "wrong_kind_of_engine"
    is_async: bool

    def __str__(self) -> str:
        kind, other = ("no", "AsyncDatabase") if self.is_async else ("an", "Database")
        return f"this takes {kind} asyncio engine: give yours to {other}"


class NotAReplica(DatabaseNotSupported):
    """`read_url` is another kind of database than `url`.

    Attributes:
        backend: the kind of `url`.
        read_backend: the kind of `read_url`.
    """

    code = "not_a_replica"
    backend: str
    read_backend: str

    def __str__(self) -> str:
        return f"read_url is of {self.read_backend}, and url of {self.backend}: no replica of it"


class NoReplicaInMemory(DatabaseNotSupported):
    """`read_url` is given, and one of the two databases is in memory."""

    code = "no_replica_in_memory"

    def __str__(self) -> str:
        return "a database in memory neither has nor is a replica: leave out read_url="


class DatabaseNotFound(TrackerError):
    """The SQLite file does not exist.

    Attributes:
        file: its path.
    """

    code = "database_not_found"
    file: str

    def __str__(self) -> str:
        return f"there is no file {self.file}"


class EngineNotPrepared(TrackerError):
    """The SQLite engine ignores foreign keys, or begins its transactions too late.

    Give `Database` a URL, or call `prepare_engine(engine)` before the engine's first connection.
    """

    code = "engine_not_prepared"

    def __str__(self) -> str:
        return (
            "the SQLite engine ignores foreign keys, or begins its transactions too late: give "
            "`Database` a URL, or call `prepare_engine(engine)` before the engine's first "
            "connection"
        )


class SessionInUse(TrackerError):
    """Another thread, or another task, is using the session at this moment.

    The call did nothing. Open a session in each thread and in each task.
    """

    code = "session_in_use"

    def __str__(self) -> str:
        return (
            "another thread or task is using this session: open one in each, "
            "with `get_session()` or that of your Database"
        )


class SessionHasOwner(TrackerError):
    """The call is about other users, and the session has only the rows of one.

    `users.create`, and `habits.rebuild_streaks` of everybody, take a session without `owner=`.

    Attributes:
        owner: the user's id, which the session was opened with.
    """

    code = "session_has_owner"
    owner: int

    def __str__(self) -> str:
        return (
            f"this session was opened with owner={self.owner} and has only the rows of that user: "
            "create users, and rebuild everybody's streaks, in a session without owner="
        )


class InvalidTablePrefix(TrackerError, ValueError):
    """The table prefix is not a beginning of names that every database takes.

    Attributes:
        prefix: the one given.
        max_length: the greatest length, with which no name gets longer than 63 characters.
        variable: the environment variable that has it; None if a call gave it.
    """

    code = "invalid_table_prefix"
    prefix: str
    max_length: int
    variable: str | None = None

    def __str__(self) -> str:
        where = "" if self.variable is None else f" in {self.variable}"
        return (
            f"the table prefix{where} is {self.prefix!r}: it must have at most {self.max_length} "
            "lower-case letters a-z, digits and underscores, not begin with a digit, and not begin "
            "with pg_ or sqlite_"
        )


class ModelsAlreadyLoaded(TrackerError):
    """The models have another table prefix already; it can be set only before they are loaded.

    Attributes:
        table_prefix: the one that they have.
        requested_prefix: the one that came too late.
    """

    code = "models_already_loaded"
    table_prefix: str
    requested_prefix: str

    def __str__(self) -> str:
        return (
            f"the models were loaded with the table prefix {self.table_prefix!r}, so it cannot be "
            f"{self.requested_prefix!r} any more: call set_table_prefix() before anything else is "
            "imported from trackercore, or set the environment variable TRACKERCORE_TABLE_PREFIX"
        )
