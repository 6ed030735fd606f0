"""Databases for asyncio: a `Database` whose methods run in SQLAlchemy's greenlet."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, cast

from sqlalchemy import Engine
from sqlalchemy.engine import URL
from sqlalchemy.orm import Session

from trackercore.backends.engines import ASYNC_DRIVERS, build_engine
from trackercore.backends.owner_sessions import OWNER_ROLE
from trackercore.backends.retries import RETRIES, ResultT, Retry
from trackercore.database import SESSION, Database, errors_explained, restrict_to_owner
from trackercore.migrations.transaction import LOCK_TIMEOUT
from trackercore.sessions.cancellation import uninterrupted
from trackercore.sessions.interruption import interruptible
from trackercore.sessions.use import check_unused

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

_EXTRA = ("greenlet", "aiosqlite", "psycopg")


class AsyncDatabase:
    """A database with trackercore's tables, for asyncio.

        async with db.session() as session:
            await session.run_sync(habits.check_in, user_id, habit_id)

    It belongs to one event loop: `dispose` of it before another loop uses it.

    Args:
        url: as for `Database`, with the drivers aiosqlite or psycopg 3; or your own `AsyncEngine`.
        read_url: as for `Database`, with the same drivers.
        schema: as for `Database`.
        owner_role: as for `Database`.
        engine_options: for `sqlalchemy.ext.asyncio.create_async_engine`, unless `url` is an engine.

    Raises:
        DatabaseNotSupported: neither SQLite nor PostgreSQL, another driver, a sync engine, or
            `schema` on SQLite, or a `read_url` that cannot be a replica.
        ModuleNotFoundError: the extra `async` is not installed; a missing driver is noticed when
            the engine is built.
        sqlalchemy.exc.ArgumentError: not a URL.
    """

    def __init__(
        self,
        url: "str | URL | AsyncEngine | None" = None,
        *,
        read_url: "str | URL | AsyncEngine | None" = None,
        schema: str | None = None,
        owner_role: str = OWNER_ROLE,
        **engine_options: object,
    ) -> None:
        with _missing_extra_explained():
            import_module("greenlet")
        self._database = _GreenletDatabase(
            _sync(url),
            read_url=_sync(read_url),
            schema=schema,
            owner_role=owner_role,
            **engine_options,
        )
        self._engine: AsyncEngine | None = None

    def __repr__(self) -> str:
        return f"Async{self._database!r}"

    @property
    def engine(self) -> "AsyncEngine":
        """The engine, built on first use; `init` and `session` check whether yours is prepared.

        Raises:
            ModuleNotFoundError: the driver, which the extra `async` installs, is missing.
        """
        if self._engine is None:
            from sqlalchemy.ext.asyncio import AsyncEngine

            self._engine = AsyncEngine(self._database.unchecked_engine())
        return self._engine

    @asynccontextmanager
    async def session(
        self, *, read_only: bool = False, owner: int | None = None
    ) -> "AsyncGenerator[AsyncSession]":
        """See `Database.session`; cancelling the task rolls back too.

        The commit is not interrupted: a task that is cancelled meanwhile leaves the block as if it
        were not, and is cancelled at the first await after it. So if the block raises
        CancelledError, nothing is stored. No two tasks may use the session at once.

        Raises:
            EngineNotPrepared: your SQLite engine lacks what `prepare_engine` sets.
        """
        from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

        engine, is_replica = await _in_greenlet(
            lambda: self._database.session_engine(read_only=read_only)
        )
        with (
            errors_explained(engine, read_only=read_only, is_replica=is_replica, owner=owner),
            interruptible(collect=False),
        ):
            session = AsyncSession(AsyncEngine(engine), **SESSION)
            restrict_to_owner(session.sync_session, owner, self._database.owner_role)
            try:
                yield session
            except BaseException:
                await uninterrupted(session.close())
                raise
            try:
                await uninterrupted(_commit_and_close(session))
            except asyncio.CancelledError:  # of the commit itself, as at the end of the loop
                await session.close()
                raise

    async def run(
        self,
        fn: Callable[[Session], ResultT],
        *,
        retries: int = RETRIES,
        read_only: bool = False,
        owner: int | None = None,
    ) -> ResultT:
        """See `Database.run`; `fn` is called by `run_sync`. Other tasks run during the waits."""
        retry = Retry(retries)
        while True:
            with retry:
                async with self.session(read_only=read_only, owner=owner) as session:
                    return await session.run_sync(fn)
            await asyncio.sleep(retry.delay)

    async def init(self) -> None:
        """See `Database.init`."""
        await _in_greenlet(self._database.init)

    async def revision(self) -> str | None:
        """See `Database.revision`."""
        return await _in_greenlet(self._database.revision)

    async def upgrade(self, *, lock_timeout: float = LOCK_TIMEOUT) -> None:
        """See `Database.upgrade`."""
        await _in_greenlet(lambda: self._database.upgrade(lock_timeout=lock_timeout))

    async def differences(self) -> list[str]:
        """See `Database.differences`."""
        return await _in_greenlet(self._database.differences)

    async def dispose(self) -> None:
        """See `Database.dispose`."""
        await _in_greenlet(self._database.dispose)


async def _commit_and_close(session: "AsyncSession") -> None:
    try:
        check_unused(session.sync_session)
        await session.commit()
    finally:
        await session.close()


class _GreenletDatabase(Database):
    """A `Database` on an asyncio driver, for use within `_in_greenlet`."""

    _drivers: ClassVar = ASYNC_DRIVERS
    _is_async: ClassVar = True

    def unchecked_engine(self) -> Engine:
        return self._build_engines()[0]

    def session_engine(self, *, read_only: bool) -> tuple[Engine, bool]:
        return self._session_engine(read_only=read_only)

    def _build_engine(self) -> Engine:
        return build_engine(self._url, self._options, create=_create_engine)


def _sync(url: "str | URL | AsyncEngine | None") -> str | URL | Engine | None:
    return cast("str | URL | Engine | None", getattr(url, "sync_engine", url))


def _create_engine(url: URL, **options: object) -> Engine:
    from sqlalchemy.ext.asyncio import create_async_engine

    with _missing_extra_explained():
        return create_async_engine(url, **options).sync_engine


@contextmanager
def _missing_extra_explained() -> Generator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        raise ModuleNotFoundError(
            f"AsyncDatabase needs {error.name}: pip install 'trackercore[async]'", name=error.name
        ) from error


async def _in_greenlet(work: Callable[[], ResultT]) -> ResultT:
    """Call `work` where SQLAlchemy awaits the database whenever synchronous code waits for it."""
    from sqlalchemy.ext.asyncio import AsyncSession

    return await AsyncSession().run_sync(lambda _: work())
