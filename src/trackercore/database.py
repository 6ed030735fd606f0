"""Databases and their sessions, and the default database."""

import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar, Literal, Self, TypedDict, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from trackercore.backends import backend_of, check_prepared
from trackercore.backends.engines import DRIVERS, build_engine, parse_url, without_secrets
from trackercore.backends.forks import not_while_forking, reconnect_in_children
from trackercore.backends.owner_sessions import OWNER_ROLE, check_role
from trackercore.backends.retries import RETRIES, ResultT, Retry
from trackercore.errors import NoReplicaInMemory, NoSchemas, NotAReplica, WrongKindOfEngine
from trackercore.migrations import state
from trackercore.migrations.distribution import kept_distributed
from trackercore.migrations.transaction import (
    LOCK_TIMEOUT,
    changing,
    creating,
    reading,
    rights_explained,
)
from trackercore.sessions.interruption import interruptible
from trackercore.sessions.owner import set_owner
from trackercore.sessions.use import ended_by_caller
from trackercore.types import check_row_id


class SessionOptions(TypedDict):
    """The options of our sessions."""

    expire_on_commit: bool
    close_resets_only: Literal[False]


DEFAULT_URL = "sqlite:///trackercore.db"

SESSION: SessionOptions = {"expire_on_commit": False, "close_resets_only": False}
"""Rows stay readable after the block. The session cannot be used again: it would begin a
transaction that nobody ends."""

_ADVICE = "create and upgrade the tables as the login that owns them, with CREATE on their schema"


class Database:
    """A database with trackercore's tables.

    Args:
        url: a SQLAlchemy URL, or your own engine. Default: DATABASE_URL from the environment, else
            the SQLite file trackercore.db in the working directory.
        read_url: a replica of the database, as a URL or your own engine: read-only sessions use it.
            They see what it has received so far. `init`, `upgrade` and all that is about the tables
            themselves use `url`.
        schema: the PostgreSQL schema that holds every table, if you have other tables of the same
            names; `init` creates it.
        owner_role: the PostgreSQL role that sessions with `owner=` take, if it is not the one that
            `python -m trackercore secure` makes by default.
        engine_options: for `sqlalchemy.create_engine`, also for `read_url`, unless it is an engine.

    Raises:
        DatabaseNotSupported: neither SQLite nor PostgreSQL, a driver other than pysqlite, psycopg2
            and psycopg, or `schema` on SQLite; or `read_url` cannot be a replica of `url`, as they
            are different kinds of databases, or one is in memory.
        ValueError: `owner_role` is empty, longer than 56 bytes, `trackercore_everyone`, or ends in
            `_logins`.
        sqlalchemy.exc.ArgumentError: not a URL.
    """

    _drivers: ClassVar[Mapping[str, str]] = DRIVERS
    _is_async: ClassVar[bool] = False

    def __init__(
        self,
        url: str | URL | Engine | None = None,
        *,
        read_url: str | URL | Engine | None = None,
        schema: str | None = None,
        owner_role: str = OWNER_ROLE,
        **engine_options: object,
    ) -> None:
        # An AsyncEngine is refused below.
        url = cast("str | URL | Engine | None", getattr(url, "sync_engine", url))
        self._host_engine = url if isinstance(url, Engine) else None
        if isinstance(url, Engine):
            if engine_options:
                raise TypeError("engine options belong where the engine is made")
            url = url.url
        self._url = parse_url(url or os.environ.get("DATABASE_URL") or DEFAULT_URL, self._drivers)
        self._check_kind()
        if schema is not None and not backend_of(self._url).has_schemas:
            raise NoSchemas
        self._schema = schema or _translations(self._host_engine).get(None)
        self.owner_role: str = check_role(owner_role)
        self._options = engine_options
        self._engines: tuple[Engine, Engine] | None = None
        self._checked = False
        self._replica = self._replica_at(read_url) if read_url else None

    def __repr__(self) -> str:
        replica = self._replica
        read = "" if replica is None else f", read_url={without_secrets(replica._url)!r}"
        return f"Database({without_secrets(self._url)!r}{read})"

    @property
    def engine(self) -> Engine:
        """The engine, built on first use.

        Raises:
            EngineNotPrepared: your SQLite engine lacks what `prepare_engine` sets.
        """
        return self._checked_engine()

    def _checked_engine(self, *, read_only: bool = False) -> Engine:
        """The engine, or the read-only one; the host's was checked."""
        engines = self._build_engines()
        if self._host_engine is not None and not self._checked:
            with self._host_engine.connect() as connection:
                check_prepared(connection)
            self._checked = True
        return engines[read_only]

    def _build_engines(self) -> tuple[Engine, Engine]:
        """The engine, and a read-only one for the same database."""
        with not_while_forking:
            if self._engines is None:
                engine = self._host_engine or self._build_engine()
                reconnect_in_children(engine)
                is_ours = self._host_engine is None
                read_only = backend_of(engine).read_only_engine(engine, is_ours=is_ours)
                if self._schema is not None:
                    tables = {**_translations(engine), None: self._schema}
                    engine = engine.execution_options(schema_translate_map=tables)
                    read_only = read_only.execution_options(schema_translate_map=tables)
                self._engines = engine, read_only
            return self._engines

    def _check_kind(self) -> None:
        if self._host_engine is None or self._host_engine.dialect.is_async == self._is_async:
            return
        raise WrongKindOfEngine(not self._is_async)

    def _replica_at(self, url: str | URL | Engine) -> Self:
        is_engine = isinstance(getattr(url, "sync_engine", url), Engine)
        options = backend_of(self._url).replica_options(self._options)
        replica = type(self)(url, schema=self._schema, **({} if is_engine else options))
        urls = (self._url, replica._url)
        kind, its_kind = (url.get_backend_name() for url in urls)
        if kind != its_kind:
            raise NotAReplica(kind, its_kind)
        if any(backend_of(url).is_in_memory(url) for url in urls):
            raise NoReplicaInMemory
        return replica

    def _build_engine(self) -> Engine:
        return build_engine(self._url, self._options)

    def _session_engine(self, *, read_only: bool) -> tuple[Engine, bool]:
        """The engine of a session, and whether it is that of the replica."""
        if read_only and self._replica is not None:
            backend_of(self._replica._url).check_exists(self._replica._url)
            return self._replica._checked_engine(read_only=True), True
        return self._checked_engine(read_only=read_only), False

    def _plain_engine(self, *, read_only: bool = False) -> Engine:
        """The engine for statements that choose the schema themselves."""
        engine = self._checked_engine(read_only=read_only)
        return engine.execution_options(schema_translate_map=None)

    @contextmanager
    def session(self, *, read_only: bool = False, owner: int | None = None) -> Generator[Session]:
        """A session that commits at the end of the block, or rolls back if the block raises.

        It is always closed, and cannot be used again. The columns of objects that it read stay
        readable (`expire_on_commit` is off).

        Args:
            read_only: the database refuses writes. On SQLite such a session does not wait for
                writers; on PostgreSQL it is a READ ONLY transaction. With `read_url` it reads the
                replica, which may not have the newest rows yet.
            owner: the id of the only user whose rows there are in this session, on PostgreSQL whose
                tables `python -m trackercore secure` has secured.

        Raises:
            DatabaseNotFound: the replica is a SQLite file that does not exist.
            NoRowLevelSecurity: `owner` is given on SQLite; or, by the first statement, on tables
                that Citus distributes.
            NotFound: no user can have the id `owner`.
            NotSecured: by the first statement of a session with `owner`: the tables are not
                secured, or the login may not take the role.
            sqlalchemy.exc.InvalidRequestError: by the same, if its isolation level is AUTOCOMMIT.
        """
        engine, is_replica = self._session_engine(read_only=read_only)
        session = Session(engine, **SESSION)
        restrict_to_owner(session, owner, self.owner_role)
        with (
            errors_explained(engine, read_only=read_only, is_replica=is_replica, owner=owner),
            interruptible(),
            session,
            ended_by_caller(session) as commit,
        ):
            yield session
            commit()

    def run(
        self,
        fn: Callable[[Session], ResultT],
        *,
        retries: int = RETRIES,
        read_only: bool = False,
        owner: int | None = None,
    ) -> ResultT:
        """Call `fn` with a new session and commit; try again from the start where that may help.

        It may after a serialization failure, a deadlock, or if a SQLite file was busy. The waits
        between the tries are random, and grow up to a second.

        Args:
            fn: the whole transaction. It may be called many times, so anything that it does apart
                from using the session, such as sending a message, may happen many times too.
            retries: how often to try again.
            read_only: as in `session`.
            owner: as in `session`.

        Returns:
            What `fn` returned at the try that was committed.

        Raises:
            sqlalchemy.exc.DBAPIError: the last try failed; a note says how many there were.
            TypeError: `retries` is not an int.
            ValueError: it is negative.
        """
        retry = Retry(retries)
        while True:
            with retry, self.session(read_only=read_only, owner=owner) as session:
                return fn(session)
            time.sleep(retry.delay)

    def init(self) -> None:
        """Create the tables if there are none; many processes may call it at once.

        Existing tables are never changed: that takes `upgrade`, or `adopt`.

        Raises:
            SchemaOutOfDate: the tables are of an older version of trackercore.
            SchemaTooNew: they are of a newer one.
            TablesMissing: there are only some of them.
            UnmanagedSchema: there are tables of the same names that trackercore did not create.
        """
        revision = self.revision()
        if revision is None:
            engine = self._plain_engine()
            with rights_explained(_ADVICE), creating(engine, self._schema) as connection:
                revision = state.read_revision(connection)
                if revision is None:
                    with kept_distributed(connection):
                        state.create(connection)
                    return
        state.check_current(revision, self._schema)

    def revision(self) -> str | None:
        """The tables' revision; None if there are no tables.

        Raises:
            TablesMissing: there are only some of the tables.
            UnmanagedSchema: there are tables of the same names that trackercore did not create.
        """
        with reading(self._plain_engine(read_only=True), self._schema) as connection:
            return state.read_revision(connection)

    def upgrade(self, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        """Upgrade the tables to this version of trackercore, or create them: all or nothing.

        Of tables that `secure` has secured, those that it adds are secured too.

        Of many processes at once, one does it, and the others wait for it.

        Args:
            lock_timeout: seconds to wait for each table that is in use, on PostgreSQL. Whoever
                wants the table meanwhile waits too, so it is better to give up and try again at a
                quieter time than to wait long.

        Raises:
            SchemaTooNew: the tables are of a newer version of trackercore.
            TablesMissing: there are only some of the tables.
            UnmanagedSchema: there are tables of the same names that trackercore did not create.
            ValueError: `lock_timeout` is not at least 0.001 and finite.
            sqlalchemy.exc.OperationalError: a table stayed busy; nothing was changed.
        """
        from trackercore.migrations import run  # noqa: PLC0415 - imports Alembic

        if self.revision() == state.HEAD:
            return
        engine = self._plain_engine()
        with (
            rights_explained(_ADVICE),
            changing(engine, self._schema, lock_timeout=lock_timeout) as connection,
        ):
            revision = state.read_revision(connection)
            state.check_known(revision)
            if revision is None:
                state.forget_revision(connection)
            if revision != state.HEAD:
                run.upgrade(connection)

    def differences(self) -> list[str]:
        """How the tables differ from the models, in words; empty if they do not.

        It compares tables, columns with their types, NOT NULL, defaults and identities, primary and
        foreign keys, unique constraints, indexes, and the names of CHECKs; and the policies and
        rights of row-level security, if `secure` has made some. It ignores the recorded revision,
        and your own tables.
        """
        from trackercore.migrations import run  # noqa: PLC0415 - imports Alembic

        with reading(self._plain_engine(read_only=True), self._schema) as connection:
            return run.differences(connection)

    def dispose(self) -> None:
        """Close the pooled connections; your own engines are left alone."""
        if self._engines is not None and self._host_engine is None:
            self._engines[0].dispose()
        if self._replica is not None:
            self._replica.dispose()


def engine_or_connection(database: Database | Connection, function: str) -> Engine | Connection:
    """What a function gets at that takes either a `Database` or a connection.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(database, Database):
        return database.engine
    if isinstance(cast("object", database), Connection):
        return database
    kind = type(database).__name__
    raise TypeError(
        f"expected a Database or a Connection, not {kind}: pass Database(url) for a URL, and use "
        f"connection.run_sync({function}) with asyncio"
    )


def restrict_to_owner(session: Session, owner: int | None, role: str) -> None:
    """Let a session have only the rows of a user, if one is given; errors as of `session`."""
    if owner is not None:
        set_owner(session, check_row_id("user", owner))
        backend_of(session.get_bind().engine).restrict_to_owner(session, owner, role)


@contextmanager
def errors_explained(
    engine: Engine,
    *,
    read_only: bool = False,
    is_replica: bool = False,
    owner: int | None = None,
) -> Generator[None]:
    """Add a note to errors of the database whose cause trackercore knows."""
    backend = backend_of(engine)
    name = without_secrets(engine.url)
    try:
        yield
    except DBAPIError as error:
        if backend.is_missing_table(error) and is_replica:
            _add_note(
                error,
                f"Read-only sessions use the replica {name}, which does not have the tables yet.",
            )
        elif backend.is_missing_table(error):
            _add_note(
                error, f"Create the tables first: init_db(), or init() of this database, {name}."
            )
        elif backend.is_busy(error):
            _add_note(
                error,
                f"Another session is writing to {name}. If it is open around this one, pass it on:"
                " a second one can only wait for it.",
            )
        elif read_only and backend.is_refused_write(error):
            _add_note(error, "This session was opened with read_only=True.")
        elif owner is not None and backend.is_not_permitted(error):
            _add_note(
                error,
                f"This session was opened with owner={owner}: it has only the rows of that user,"
                " and of your own tables those to which its role has rights.",
            )
        elif backend.is_not_permitted(error):
            _add_note(
                error,
                "What a login needs to use the tables is in the how-to page"
                ' "Upgrade in production", "Rights on PostgreSQL".',
            )
        raise
    except PoolTimeout as error:
        if backend.is_in_memory(engine.url):
            _add_note(
                error,
                "A database in memory has one connection, which another session is using. If it is"
                " open around this one, pass it on: a second one can only wait for it.",
            )
        raise


def _add_note(error: Exception, note: str) -> None:
    if note not in getattr(error, "__notes__", ()):  # a session around this one has added it
        error.add_note(note)


def _translations(engine: Engine | None) -> dict[str | None, str | None]:
    """The host engine's schema_translate_map."""
    if engine is None:
        return {}
    return dict(engine.get_execution_options().get("schema_translate_map") or {})


_default: Database | None = None


def configure(url_or_database: str | URL | Engine | Database | None = None) -> Database:
    """Replace the default database, which `get_session` and `init_db` use.

    The previous one is not disposed of: it may have open sessions.

    Args:
        url_or_database: a `Database`, or the first argument of one.
    """
    global _default
    if isinstance(url_or_database, Database):
        database = url_or_database
    else:
        database = Database(url_or_database)
    with not_while_forking:
        _default = database
    return database


def get_session(
    *, read_only: bool = False, owner: int | None = None
) -> AbstractContextManager[Session]:
    """`Database.session` of the default database, which is made on first use."""
    return _get_default().session(read_only=read_only, owner=owner)


def run(
    fn: Callable[[Session], ResultT],
    *,
    retries: int = RETRIES,
    read_only: bool = False,
    owner: int | None = None,
) -> ResultT:
    """`Database.run` of the default database, which is made on first use."""
    return _get_default().run(fn, retries=retries, read_only=read_only, owner=owner)


def init_db(url: str | URL | None = None) -> Database:
    """`Database.init` of the default database, after `configure(url)` if a URL is given.

    Returns:
        The default database.

    Raises:
        SchemaOutOfDate: the tables are of an older version of trackercore: see `upgrade_db`.
        SchemaTooNew: they are of a newer one.
        TablesMissing: there are only some of them.
        UnmanagedSchema: there are tables of the same names that trackercore did not create.
    """
    database = _get_default(url)
    database.init()
    return database


def upgrade_db(url: str | URL | None = None) -> Database:
    """`Database.upgrade` of the default database, after `configure(url)` if a URL is given.

    Returns:
        The default database.
    """
    database = _get_default(url)
    database.upgrade()
    return database


def _get_default(url: str | URL | None = None) -> Database:
    """The default database, which a URL replaces."""
    with not_while_forking:
        return _default if _default is not None and url is None else configure(url)
