"""Many processes that create or upgrade the tables at the same time, for test_init.py."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from threading import BrokenBarrierError
from typing import Literal, Protocol

from tests.migrations import two_revisions
from tests.support.kinds import Awaited, run_in_greenlet
from tests.support.processes import CONTEXT
from trackercore import Database

PROCESSES = 20

Call = Literal["init", "upgrade"]


class Barrier(Protocol):
    def wait(self, timeout: float) -> int: ...


class _Process:
    together: Barrier


def prepare(together: Barrier) -> None:
    _Process.together = together
    two_revisions.install()


def run(kind: str, call: Call, url: str, schema: str | None) -> str:
    """Wait for the others, then create or upgrade the tables; "done", or the error."""
    if kind == "AsyncDatabase":
        return run_in_greenlet(lambda: _run(Awaited(url, schema=schema), call))
    return _run(Database(url, schema=schema), call)


def _run(database: Database, call: Call) -> str:
    try:
        _Process.together.wait(60)
        if call == "init":
            database.init()
        else:
            database.upgrade()
    except BrokenBarrierError:
        raise
    except Exception as error:  # noqa: BLE001 - the test shows it
        return repr(error)
    finally:
        database.dispose()
    return "done"


@contextmanager
def processes() -> Generator[ProcessPoolExecutor]:
    """As many processes, waiting for their calls."""
    together = CONTEXT.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, CONTEXT, prepare, (together,)) as processes:
        yield processes


def all_at_once(
    processes: ProcessPoolExecutor, kind: str, url: str, schema: str | None, *calls: Call
) -> list[str]:
    """Let all processes make one of the calls; each waits for the others, so each takes one."""
    made: list[Call] = [calls[number % len(calls)] for number in range(PROCESSES)]
    running = [processes.submit(run, kind, call, url, schema) for call in made]
    return [call.result() for call in running]
