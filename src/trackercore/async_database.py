"""Databases for asyncio: everything is that of `Database`, in SQLAlchemy's greenlet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool

from trackercore.backends.engines import build_engine
from trackercore.backends.retries import RETRIES, ResultT, Tries
from trackercore.database import SESSION, Database, advised
from trackercore.errors import DatabaseNotSupported
from trackercore.migrations.transaction import LOCK_TIMEOUT

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

_EXTRA = ("greenlet", "aiosqlite", "psycopg")


class AsyncDatabase:
    """A database with trackercore's tables, for asyncio.

        async with db.session() as session:
            await session.run_sync(habits.check_in, user_id, habit_id)

    It belongs to one event loop: `dispose` of it before another loop uses it.

    Args:
        url: what `Database` takes, for which the driver is aiosqlite or psycopg 3; or an
            `AsyncEngine` of the host's. Default: DATABASE_URL from the environment, else the SQLite
            file trackercore.db in the working directory.
        schema: the PostgreSQL schema that holds every table, as for `Database`.
        engine_options: for `sqlalchemy.ext.asyncio.create_async_engine`, where `url` is not an
            engine.

    Raises:
        DatabaseNotSupported: neither SQLite nor PostgreSQL, a driver that is not for asyncio, or
            `schema` on SQLite.
        ModuleNotFoundError: what the extra `async` installs is not there; a missing driver is
            noticed when the engine is built.
        sqlalchemy.exc.ArgumentError: the URL cannot be parsed.
    """

    def __init__(
        self,
        url: str | URL | AsyncEngine | None = None,
        *,
        schema: str | None = None,
        **engine_options: object,
    ) -> None:
        with _told_of_the_extra():
            import_module("greenlet")
        given = url if url is None or isinstance(url, str | URL) else url.sync_engine
        self._database = _Awaited(given, schema=schema, **engine_options)
        self._engine: AsyncEngine | None = None

    def __repr__(self) -> str:
        return f"Async{self._database!r}"

    @property
    def engine(self) -> AsyncEngine:
        """The engine, built on first use; whether a host's is prepared, `init` and `session` see.

        Raises:
            ModuleNotFoundError: the driver, which the extra `async` installs, is not there.
        """
        if self._engine is None:
            from sqlalchemy.ext.asyncio import AsyncEngine

            self._engine = AsyncEngine(self._database.unchecked_engine())
        return self._engine

    @asynccontextmanager
    async def session(self, *, read_only: bool = False) -> AsyncGenerator[AsyncSession]:
        """A session that commits at the end of the block, or rolls back if the block raises.

        Cancelling the task rolls back too. It is always closed, and of no use afterwards; the
        columns of objects read in it stay readable (`expire_on_commit` is off). No two tasks may
        use it at once.

        Args:
            read_only: the database refuses writes. On SQLite such a session does not wait for
                writers; on PostgreSQL it is a READ ONLY transaction.

        Raises:
            EngineNotPrepared: a SQLite engine of the host's lacks what `prepare_engine` sets.
        """
        from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

        engine = await _awaited(lambda: self._database.checked_engine(read_only=read_only))
        with advised(engine, read_only=read_only):
            async with AsyncSession(AsyncEngine(engine), **SESSION) as session:
                yield session
                await session.commit()

    async def run(
        self, fn: Callable[[Session], ResultT], *, retries: int = RETRIES, read_only: bool = False
    ) -> ResultT:
        """Call `fn` by `run_sync` and commit; again from the start where that may help.

        What is tried again, and when, is as in `Database.run`; other tasks go on meanwhile.

        Args:
            fn: the whole transaction, which may be called many times.
            retries: how many tries may follow the first one.
            read_only: as in `session`.

        Returns:
            What `fn` returned at the try that was committed.

        Raises:
            sqlalchemy.exc.DBAPIError: the last try's, with a note of how many there were.
            TypeError: `retries` is not an int.
            ValueError: it is negative.
        """
        tries = Tries(retries)
        while True:
            try:
                async with self.session(read_only=read_only) as session:
                    return await session.run_sync(fn)
            except DBAPIError as error:
                delay = tries.delay_after(error)
                if delay is None:
                    raise
            await asyncio.sleep(delay)

    async def init(self) -> None:
        """Create the tables if there are none; safe from many processes and tasks at once.

        Tables that are there are never changed: that takes `upgrade`, or `adopt`.

        Raises:
            SchemaOutOfDate: the tables are of an older version of trackercore.
            SchemaTooNew: they are of a newer one.
            UnmanagedSchema: tables of the same names are there that trackercore did not make.
        """
        await _awaited(self._database.init)

    async def revision(self) -> str | None:
        """The revision that the tables are at; None if there are none.

        Raises:
            UnmanagedSchema: tables of the same names are there that trackercore did not make.
        """
        return await _awaited(self._database.revision)

    async def upgrade(self, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        """Bring the tables to what this version needs, or create them: all of it or nothing.

        Args:
            lock_timeout: seconds to wait for each table that others are using, on PostgreSQL.

        Raises:
            SchemaTooNew: the tables are of a newer version of trackercore.
            UnmanagedSchema: tables of the same names are there that trackercore did not make.
            ValueError: `lock_timeout` is not at least 0.001 and finite.
            sqlalchemy.exc.OperationalError: a table stayed busy; nothing was changed.
        """
        await _awaited(lambda: self._database.upgrade(lock_timeout=lock_timeout))

    async def differences(self) -> list[str]:
        """How the tables differ from the models, in words: see `Database.differences`."""
        return await _awaited(self._database.differences)

    async def dispose(self) -> None:
        """Close the pooled connections; an engine of the host's is left alone."""
        await _awaited(self._database.dispose)


class _Awaited(Database):
    """A database on an asyncio driver, to be used within `_awaited`."""

    _drivers: ClassVar = {
        "postgres": "postgresql+psycopg",
        "postgresql": "postgresql+psycopg",
        "postgresql+psycopg2": "postgresql+psycopg",
        "sqlite": "sqlite+aiosqlite",
        "sqlite+pysqlite": "sqlite+aiosqlite",
    }

    def unchecked_engine(self) -> Engine:
        return self._built()[0]

    def checked_engine(self, *, read_only: bool) -> Engine:
        return self._writing_and_reading()[read_only]

    def _build(self) -> Engine:
        # On SQLite, SQLAlchemy before 2.0.38 would not keep connections.
        options = {"poolclass": AsyncAdaptedQueuePool, **self._options}
        return build_engine(self._url, options, create=_create_engine)

    def _check_driver(self) -> None:
        driver = self._url.get_dialect()
        if not driver.get_async_dialect_cls(self._url).is_async:
            raise DatabaseNotSupported(
                f"{driver.driver} is not for asyncio: use Database, or leave it out of the URL"
            )


def _create_engine(url: URL, **options: object) -> Engine:
    from sqlalchemy.ext.asyncio import create_async_engine

    with _told_of_the_extra():
        return create_async_engine(url, **options).sync_engine


@contextmanager
def _told_of_the_extra() -> Generator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise ModuleNotFoundError(
            f"AsyncDatabase needs {error.name}: pip install 'trackercore[async]'", name=error.name
        ) from error


async def _awaited(work: Callable[[], ResultT]) -> ResultT:
    """Do it in SQLAlchemy's greenlet, where whatever seems to wait for the database is awaited."""
    from sqlalchemy.ext.asyncio import AsyncSession

    return await AsyncSession().run_sync(lambda _: work())
