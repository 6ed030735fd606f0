"""Tasks that are cancelled at random moments: what they stored, and what they leave behind."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from sqlalchemy.pool import AsyncAdaptedQueuePool

from tests.faults.conftest import Figures, Scale
from trackercore import AsyncDatabase, Database, UserCreate, users


async def cancel_at_random(database: AsyncDatabase, count: int) -> Counter[str]:
    """Cancel that many tasks, each of which creates a user, and count how they ended."""
    moments = random.Random(13)  # noqa: S311 - no secret
    loop = asyncio.get_running_loop()
    finished: set[str] = set()
    cancelled: set[str] = set()

    async def create(email: str) -> None:
        async with database.session() as session:
            await session.run_sync(users.create, UserCreate(email=email))
        finished.add(email)

    async def stored() -> set[str]:
        async with database.session(read_only=True) as session:
            emails: set[str] = set()
            after: str | None = None
            while True:
                page = await session.run_sync(users.find, after=after)
                emails.update(user.email for user in page)
                if (after := page.next) is None:
                    return emails

    await create("first@example.com")
    begun = loop.time()
    await create("second@example.com")
    takes = loop.time() - begun
    for number in range(count):
        email = f"{number}@example.com"
        task = asyncio.create_task(create(email))
        await asyncio.sleep(moments.uniform(0, 1.5 * takes))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            cancelled.add(email)
    there = await stored()
    pool = database.engine.pool
    assert isinstance(pool, AsyncAdaptedQueuePool)
    return Counter(
        cancelled=len(cancelled - finished),
        of_them_stored=len((cancelled - finished) & there),
        finished=len(finished),
        of_them_missing=len(finished - there),
        connections_left_open=pool.checkedout(),
    )


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_task_that_was_cancelled_in_its_block_has_stored_nothing(
    database: Database, scale: Scale, figures: Figures
) -> None:
    async def main() -> Counter[str]:
        own = AsyncDatabase(database.engine.url)
        try:
            return await cancel_at_random(own, 4 * scale.writes)
        finally:
            await own.dispose()

    counted = asyncio.run(main())
    assert counted["cancelled"] > 0
    assert counted["of_them_stored"] == 0
    assert counted["of_them_missing"] == 0
    assert counted["connections_left_open"] == 0
    figures("tasks cancelled at random", database, **counted)
