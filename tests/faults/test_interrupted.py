"""Ctrl-C, and cancellation, at every moment of a call: what is stored stays, and work goes on."""

from __future__ import annotations

import asyncio
import gc
import sys
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Generator
from itertools import count
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.pool import AsyncAdaptedQueuePool

from tests.faults.conftest import Figures, Scale
from tests.support.fixtures import OpenDatabase
from trackercore import AsyncDatabase, Database, User, UserCreate, users
from trackercore.backends.sqlite_memory import MemoryPool

# Python drops an exception that is raised where nothing can catch it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

ADA = UserCreate(email="ada@example.com")
BOB = UserCreate(email="bob@example.com")
CARL = UserCreate(email="carl@example.com")


def interrupt_at(moment: int, work: Callable[[], object]) -> tuple[bool, BaseException | None]:
    """Run it, and raise KeyboardInterrupt where Python would at Ctrl-C: at a call, or after one.

    Returns:
        Whether it lasted until that moment, and how it failed.
    """
    moments = count(1)
    reached = False

    def interrupt(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal reached
        if event in ("call", "c_return") and next(moments) == moment:
            reached = True
            raise KeyboardInterrupt

    before = sys.getprofile()
    gc.disable()  # or the moments would differ from run to run
    sys.setprofile(interrupt)
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - whatever comes of it
        return reached, error
    finally:
        sys.setprofile(before)
        gc.enable()
    return reached, None


def write_and_read(database: Database, data: UserCreate) -> None:
    with database.session() as session:
        users.create(session, data)
    with database.session(read_only=True) as session:
        users.find(session)


def go_on(database: Database) -> bool:
    """Check what is there, write, and put all back; return whether the interrupted is stored."""
    with database.session() as session:  # which would wait for a lock that was left behind
        users.create(session, BOB)
    with database.session(read_only=True) as session:
        there = {user.email for user in users.find(session)}
    assert {ADA.email, BOB.email} <= there <= {ADA.email, BOB.email, CARL.email}
    with database.session() as session:
        session.execute(delete(User).where(User.email != ADA.email))
    return CARL.email in there


@pytest.fixture(params=["in memory", "sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def place(backend: str, request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """The URL of a database, and options with which nothing waits for long."""
    if backend == "in memory":
        return "sqlite://", {"pool_timeout": 0.5}
    url: str = request.getfixturevalue("empty_url")
    return url, {"connect_args": {"timeout": 0.5}} if backend == "sqlite" else {}


@pytest.mark.parametrize("backend", ["in memory"])
def test_in_memory_after_ctrl_c_at_any_moment_the_rows_are_there_and_the_next_session_works(
    place: tuple[str, dict[str, Any]], open_database: OpenDatabase, scale: Scale, figures: Figures
) -> None:
    url, options = place
    database = open_database(url, **options)
    database.init()
    write_and_read(database, ADA)
    kept: BaseException | None = None  # as notebooks keep the last one, with its variables
    number = stored = too_early = 0
    for number in count(1):
        reached, error = interrupt_at(
            number * (7 if scale.full else 83), lambda: write_and_read(database, CARL)
        )
        if not reached:
            break
        kept = error or kept
        pool = database.engine.pool
        assert isinstance(pool, MemoryPool)
        if pool.checkedout():
            # On its way into the end of the block: no code of ours has run. Python closes the
            # session once the traceback is gone.
            assert error is not None
            assert traceback.extract_tb(error.__traceback__)[-2].name == "__exit__", number
            too_early += 1
            kept = error = None
            gc.collect()
        assert pool.checkedout() == 0, number
        stored += go_on(database)
    assert stored
    figures(
        "in memory: Ctrl-C at any moment",
        database,
        moments=number - 1,
        of_them_after_the_commit=stored,
        closed_late=too_early,
        rows_lost=0,
    )


class CancelledAt:
    """An awaitable that is cancelled when it waits for the n-th time."""

    def __init__(self, work: Coroutine[Any, Any, None], moment: int) -> None:
        self._work = work
        self._moment = moment
        self.reached = False

    def __await__(self) -> Generator[Any, Any, None]:
        steps = self._work.__await__()
        answer: Any = None
        for number in count(1):
            try:
                waits_for = steps.send(answer)
            except StopIteration:
                return
            if number == self._moment:
                self.reached = True
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            try:
                answer = yield waits_for
            except BaseException as error:  # noqa: BLE001 - it is handed on
                try:
                    waits_for = steps.throw(error)
                except StopIteration:
                    return
                answer = yield waits_for


def test_after_a_cancellation_at_any_await_the_rows_are_there_and_the_database_can_be_used(
    backend: str, place: tuple[str, dict[str, Any]], figures: Figures
) -> None:
    url, options = place

    async def write_and_read(database: AsyncDatabase, data: UserCreate) -> None:
        async with database.session() as session:
            await session.run_sync(users.create, data)
        async with database.session(read_only=True) as session:
            await session.run_sync(users.find)

    async def main() -> None:
        database = AsyncDatabase(url, **options)
        await database.init()
        await write_and_read(database, ADA)
        number = stored = 0
        for number in count(1):
            cancelled = CancelledAt(write_and_read(database, CARL), number)

            async def wait(cancelled: Awaitable[None] = cancelled) -> None:
                await cancelled

            await asyncio.wait([asyncio.create_task(wait())])
            if not cancelled.reached:
                break
            pool = database.engine.pool
            assert isinstance(pool, AsyncAdaptedQueuePool)
            assert pool.checkedout() == 0, number
            async with database.session() as session:
                await session.run_sync(users.create, BOB)
            async with database.session(read_only=True) as session:
                there = {user.email for user in await session.run_sync(users.find)}
            assert {ADA.email, BOB.email} <= there <= {ADA.email, BOB.email, CARL.email}
            stored += CARL.email in there
            async with database.session() as session:
                await session.execute(delete(User).where(User.email != ADA.email))
        assert number > 5
        where = "in memory: " if backend == "in memory" else ""
        named = Database(url)
        named.engine.dispose()
        figures(
            f"{where}a task cancelled at any await",
            named,
            moments=number - 1,
            of_them_after_the_commit=stored,
            rows_lost=0,
        )
        await database.dispose()

    asyncio.run(main())
