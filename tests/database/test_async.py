"""What holds of `AsyncDatabase` alone: tasks that race or are cancelled, and the event loop.

That it keeps what `Database` promises is shown with `Database`, in the other modules.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import pytest
from sqlalchemy import event, inspect, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool

from tests.database.tour import take_tour
from tests.support.names import named
from trackercore import (
    AsyncDatabase,
    Category,
    HabitCreate,
    TimerAlreadyRunning,
    UserCreate,
    habits,
    prepare_engine,
    study_sessions,
    topics,
    users,
)
from trackercore.migrations.state import HEAD

P = ParamSpec("P")

ADA = UserCreate(email="ada@example.com")
BOB = UserCreate(email="bob@example.com")

SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
    "SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(30)",
}


@pytest.fixture(params=["in memory", "sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest) -> str:
    if backend == "in memory":
        return "sqlite://"
    url: str = request.getfixturevalue("empty_url")
    return url


def in_a_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Make an ordinary test of one that is a coroutine."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[AsyncDatabase]:
    database = AsyncDatabase(url)
    await database.init()
    try:
        yield database
    finally:
        await database.dispose()


async def create(database: AsyncDatabase, data: UserCreate) -> int:
    async with database.session() as session:
        return (await session.run_sync(users.create, data)).id


async def emails(database: AsyncDatabase) -> list[str]:
    async with database.session(read_only=True) as session:
        return [user.email for user in await session.run_sync(users.find)]


def checked_out(database: AsyncDatabase) -> int:
    pool = database.engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)
    return pool.checkedout()


@pytest.mark.slow
@in_a_loop
async def test_every_service_works_through_run_sync(url: str) -> None:
    async with opened(url) as database, database.session() as session:
        await session.run_sync(take_tour, "ada@example.com")


@in_a_loop
async def test_what_tasks_do_at_the_same_time_is_done_once(url: str) -> None:
    async with opened(url) as database:
        user_id = await create(database, ADA)
        async with database.session() as session:
            run = HabitCreate(name="Run", frequency="daily")
            habit = await session.run_sync(habits.create, user_id, run)
            topic = await session.run_sync(topics.get_or_create, user_id, "SQL")

        async def check_in() -> bool:
            async with database.session() as session:
                return (await session.run_sync(habits.check_in, user_id, habit.id)).created

        async def start() -> bool:
            with suppress(TimerAlreadyRunning):
                async with database.session() as session:
                    await session.run_sync(study_sessions.start, user_id, topic.id)
                    return True
            return False

        for call in (check_in, start):
            assert sorted(await asyncio.gather(call(), call())) == [False, True]
        async with database.session(read_only=True) as session:
            assert (await session.run_sync(habits.streak, user_id, habit.id)).current == 1
            assert await session.run_sync(study_sessions.running, user_id) is not None


async def wait_for_something_else(session: AsyncSession, begun: asyncio.Event) -> None:
    begun.set()
    await asyncio.Event().wait()


async def wait_for_the_database(session: AsyncSession, begun: asyncio.Event) -> None:
    await session.connection()
    begun.set()
    await session.execute(text(SLOW[session.get_bind().dialect.name]))


@pytest.mark.parametrize("read_only", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("wait", [wait_for_something_else, wait_for_the_database])
@in_a_loop
async def test_a_task_that_is_cancelled_rolls_back_and_gives_the_connection_back(
    wait: Callable[[AsyncSession, asyncio.Event], Awaitable[None]], read_only: bool, url: str
) -> None:
    async with opened(url) as database:
        await create(database, ADA)
        used: list[AsyncSession] = []
        begun = asyncio.Event()

        async def work() -> None:
            async with database.session(read_only=read_only) as session:
                used.append(session)
                if not read_only:
                    await session.run_sync(users.create, BOB)
                await wait(session, begun)

        task = asyncio.create_task(work())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert checked_out(database) == 0
        with pytest.raises(InvalidRequestError, match="permanently closed"):
            await used[0].run_sync(users.find)
        assert await emails(database) == ["ada@example.com"]
        await create(database, BOB)
        assert await emails(database) == ["ada@example.com", "bob@example.com"]


@in_a_loop
async def test_a_task_that_is_cancelled_while_it_waits_for_another_leaves_nothing_behind(
    url: str,
) -> None:
    async with opened(url) as database:
        async with database.session() as session:
            await session.run_sync(users.create, ADA)
            waiting = asyncio.create_task(create(database, ADA))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert checked_out(database) == 0
        await create(database, BOB)
        assert await emails(database) == ["ada@example.com", "bob@example.com"]


def cancel_in_commit(session: AsyncSession) -> None:
    """Cancel the current task at the moment when the transaction begins to commit."""
    task = asyncio.current_task()
    assert task is not None

    def cancel(_: Session) -> None:
        task.cancel("enough")

    event.listen(session.sync_session, "before_commit", cancel)


@in_a_loop
async def test_a_task_that_is_cancelled_in_its_commit_is_cancelled_after_the_block(
    url: str,
) -> None:
    async with opened(url) as database:
        passed: list[str] = []

        async def work() -> None:
            async with database.session() as session:
                await session.run_sync(users.create, ADA)
                cancel_in_commit(session)
            passed.append("the block")
            await asyncio.sleep(0)
            passed.append("the next await")

        with pytest.raises(asyncio.CancelledError, match="enough"):
            await asyncio.create_task(work())
        assert passed == ["the block"]
        assert checked_out(database) == 0
        assert await emails(database) == ["ada@example.com"]


@in_a_loop
async def test_a_cancellation_that_is_due_when_the_block_ends_comes_after_it(url: str) -> None:
    async with opened(url) as database:
        passed: list[str] = []

        async def work() -> None:
            async with database.session() as session:
                await session.run_sync(users.create, ADA)
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            passed.append("the block")
            await asyncio.sleep(0)
            passed.append("the next await")

        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(work())
        assert passed == ["the block"]
        assert await emails(database) == ["ada@example.com"]


@in_a_loop
async def test_a_timeout_that_ends_in_the_commit_does_not_end_the_block(url: str) -> None:
    async with opened(url) as database:
        async with asyncio.timeout(None) as timeout, database.session() as session:
            await session.run_sync(users.create, ADA)

            def end_now(_: Session) -> None:
                timeout.reschedule(0)

            event.listen(session.sync_session, "before_commit", end_now)
        for _ in range(3):
            await asyncio.sleep(0)  # nor is anything cancelled later
        assert await emails(database) == ["ada@example.com"]


@in_a_loop
async def test_a_commit_that_fails_in_a_task_that_is_cancelled_says_so(url: str) -> None:
    async with opened(url) as database:

        async def work() -> None:
            async with database.session() as session:
                await session.run_sync(users.create, ADA)
                cancel_in_commit(session)
                session.add(Category(user_id=0, name="Work"))

        with pytest.raises(IntegrityError):
            await asyncio.create_task(work())
        assert checked_out(database) == 0
        await create(database, BOB)
        assert await emails(database) == ["bob@example.com"]


@in_a_loop
async def test_other_tasks_run_while_one_waits_for_the_database(url: str) -> None:
    async with opened(url) as database:
        async with database.session() as session:
            await session.run_sync(users.create, ADA)
            waiting = asyncio.create_task(create(database, BOB))
            for _ in range(10):
                await asyncio.sleep(0.01)
        await waiting  # which has failed if the loop stood still until it gave up


@in_a_loop
async def test_two_databases_are_upgraded_at_once(url: str) -> None:
    """Alembic, whose state is global, runs for one of them at a time."""
    one, other = AsyncDatabase(url), AsyncDatabase("sqlite://")
    await asyncio.wait_for(asyncio.gather(one.upgrade(), other.upgrade()), timeout=60)
    for database in (one, other):
        assert await database.revision() == HEAD
        await database.dispose()


@in_a_loop
async def test_a_relationship_is_read_within_run_sync(url: str) -> None:
    async with opened(url) as database, database.session() as session:
        ada = await session.run_sync(users.create, ADA)

        def count(_: Session) -> int:
            return len(ada.tasks)

        assert await session.run_sync(count) == 0


@in_a_loop
async def test_the_host_s_engine_is_used_and_not_disposed_of(url: str) -> None:
    engine = prepare_engine(create_async_engine(AsyncDatabase(url).engine.url))
    database = AsyncDatabase(engine)
    assert database.engine == engine
    await database.init()
    assert await database.revision() is not None
    pool = engine.pool
    await database.dispose()
    assert engine.pool is pool
    async with engine.connect() as connection:
        assert await connection.run_sync(lambda host: inspect(host).has_table(named("users"))) or (
            engine.url.database is None  # as each connection is a database
        )
    await engine.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["greenlet", "aiosqlite", "psycopg"])
def test_what_is_missing_is_named_with_the_extra_that_has_it(missing: str) -> None:
    code = (
        f"import sys\nsys.modules[{missing!r}] = None\n"
        "from trackercore import *\n"
        f"AsyncDatabase({'sqlite://' if missing == 'aiosqlite' else 'postgresql://'!r}).engine"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert last == (
        f"ModuleNotFoundError: AsyncDatabase needs {missing}: pip install 'trackercore[async]'"
    )


@pytest.mark.slow
def test_a_driver_that_is_not_installed_is_named_with_what_installs_it() -> None:
    code = (
        "import sys\nsys.modules['psycopg'] = None\n"
        "from trackercore import *\nDatabase('postgresql+psycopg://').engine"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    why = "the driver psycopg is not installed: pip install 'psycopg[binary]'"
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: {why}"


def test_a_database_serves_one_loop_after_another(tmp_path: Path) -> None:
    database = AsyncDatabase(f"sqlite:///{tmp_path / 'test.db'}")

    async def main(data: UserCreate) -> list[str]:
        await database.init()
        await create(database, data)
        try:
            return await emails(database)
        finally:
            await database.dispose()

    assert [asyncio.run(main(data)) for data in (ADA, BOB)] == [
        ["ada@example.com"],
        ["ada@example.com", "bob@example.com"],
    ]
