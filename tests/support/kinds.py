"""Both kinds of databases under one set of tests: `Database`, and `AsyncDatabase` made to look so.

The tests are plain functions. Where a test's `kind` is "AsyncDatabase", all of it, with its
fixtures, is one task of an event loop in SQLAlchemy's greenlet, so that sessions can be used
there as they are within `AsyncSession.run_sync`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from trackercore import AsyncDatabase, Database
from trackercore.backends.owner_sessions import OWNER_ROLE
from trackercore.backends.retries import RETRIES

KINDS = ("Database", "AsyncDatabase")

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Awaited(Database):
    """An `AsyncDatabase` with the methods of `Database`, each of which awaits its own."""

    def __init__(
        self,
        url: str | URL | Engine | None = None,
        *,
        read_url: str | URL | Engine | None = None,
        schema: str | None = None,
        owner_role: str = OWNER_ROLE,
        **engine_options: object,
    ) -> None:
        self.owner_role = owner_role
        given = AsyncEngine(url) if isinstance(url, Engine) else url
        read = AsyncEngine(read_url) if isinstance(read_url, Engine) else read_url
        self.awaited = AsyncDatabase(
            given, read_url=read, schema=schema, owner_role=owner_role, **engine_options
        )

    def __repr__(self) -> str:
        return repr(self.awaited)

    @property
    def engine(self) -> Engine:
        return self.awaited.engine.sync_engine

    @contextmanager
    def session(self, *, read_only: bool = False, owner: int | None = None) -> Generator[Session]:
        block = self.awaited.session(read_only=read_only, owner=owner)
        session = await_only(block.__aenter__())
        try:
            yield session.sync_session
        except BaseException as error:
            if not await_only(block.__aexit__(type(error), error, error.__traceback__)):
                raise
        else:
            await_only(block.__aexit__(None, None, None))

    def run(
        self,
        fn: Callable[[Session], T],
        *,
        retries: int = RETRIES,
        read_only: bool = False,
        owner: int | None = None,
    ) -> T:
        return await_only(self.awaited.run(fn, retries=retries, read_only=read_only, owner=owner))

    def init(self) -> None:
        await_only(self.awaited.init())

    def revision(self) -> str | None:
        return await_only(self.awaited.revision())

    def upgrade(self, *, lock_timeout: float = 10) -> None:
        await_only(self.awaited.upgrade(lock_timeout=lock_timeout))

    def differences(self) -> list[str]:
        return await_only(self.awaited.differences())

    def dispose(self) -> None:
        await_only(self.awaited.dispose())


def make_database(
    kind: str,
    url: str | URL | Engine | None = None,
    *,
    read_url: str | URL | Engine | None = None,
    schema: str | None = None,
    owner_role: str = OWNER_ROLE,
    **engine_options: object,
) -> Database:
    """A database of this kind."""
    database = Awaited if kind == "AsyncDatabase" else Database
    return database(url, read_url=read_url, schema=schema, owner_role=owner_role, **engine_options)


def make_engine(kind: str, url: str | URL, **options: Any) -> Engine:
    """An engine for a database of this kind, as a host makes it."""
    if kind == "AsyncDatabase":
        # Before 2.0.38, SQLAlchemy would have no pool for SQLite.
        options = {"poolclass": AsyncAdaptedQueuePool, **options}
        return create_async_engine(AsyncDatabase(url).engine.url, **options).sync_engine
    return create_engine(url, **options)


def finish(call: Awaitable[None] | None) -> None:
    """Wait for what a method of SQLite's driver returned, if that was one of aiosqlite's."""
    if call is not None:
        await_only(call)


def run_in_greenlet(work: Callable[[], T]) -> T:
    """Run it in an event loop of its own, where what it does with an `Awaited` can be awaited."""
    return asyncio.run(_in_greenlet(work))


async def _in_greenlet(work: Callable[[], T]) -> T:
    return await AsyncSession().run_sync(lambda _: work())


class Pending(Protocol[T_co]):
    """A call that goes on meanwhile."""

    def done(self) -> bool: ...
    def result(self, timeout: float | None = None) -> T_co: ...


class Workers(Protocol):
    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]: ...


class _Task(Generic[T]):
    """A task of this event loop, for which one waits as for a thread's future."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._task = asyncio.get_running_loop().create_task(_in_greenlet(work))

    def done(self) -> bool:
        return self._task.done()

    def result(self, timeout: float | None = None) -> T:
        await_only(asyncio.wait([self._task], timeout=timeout))
        if not self.done():
            raise TimeoutError
        return self._task.result()


class _Tasks:
    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> _Task[T]:
        return _Task(partial(work, *args, **kwargs))


@contextmanager
def workers(count: int) -> Generator[Workers]:
    """Who works at the same time as the test: threads, or tasks of the test's event loop."""
    if in_greenlet():
        yield _Tasks()
    else:
        with ThreadPoolExecutor(count) as pool:
            yield pool


def together(count: int, work: Callable[[int], T]) -> list[T]:
    """Run `work(0)`, `work(1)`, ... at once; the first exception of any comes out."""
    barrier = threading.Barrier(count)

    def start(number: int) -> T:
        if not in_greenlet():
            barrier.wait(timeout=30)
        return work(number)

    with workers(count) as pool:
        pending = [pool.submit(start, number) for number in range(count)]
        return [call.result() for call in pending]
