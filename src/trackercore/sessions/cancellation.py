"""Work that is finished before the cancellation of its task takes effect."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


async def uninterrupted(work: Coroutine[object, object, None]) -> None:
    """Await the work to its end; a task that is cancelled meanwhile is cancelled after it.

    It is cancelled at its first await once this has returned, unless whoever cancelled it takes
    that back before, as `asyncio.timeout` does at the end of its block.
    """
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("there is no task to wait in")
    inner = asyncio.ensure_future(work)
    late: tuple[int, asyncio.CancelledError] | None = None
    while not inner.done():
        try:
            await asyncio.wait([inner])
        except asyncio.CancelledError as error:
            late = task.cancelling(), error
    if late is not None:
        requests, request = late
        asyncio.get_running_loop().call_soon(_cancel_again, task, requests, request.args)
    inner.result()


def _cancel_again(task: asyncio.Task[object], requests: int, message: tuple[object, ...]) -> None:
    if task.cancelling() >= requests:  # otherwise the request was taken back
        task.uncancel()
        task.cancel(*message)
