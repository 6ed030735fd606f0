"""Processes that inherit nothing from this one, send what they do, and may be killed."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import NullPool, create_engine, text

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext

CONTEXT: ForkServerContext | SpawnContext = (
    multiprocessing.get_context("forkserver")
    if "forkserver" in multiprocessing.get_all_start_methods()
    else multiprocessing.get_context("spawn")
)
# Where there is a fork server, it imports these once for all.
CONTEXT.set_forkserver_preload(["trackercore.__main__", "trackercore.migrations.run"])

Tell = Callable[[Any], None]
"""What a child calls to send something to its parent; it arrives even if the child is killed."""

_CLIENTS = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)


class Child:
    """A process that calls `target(*arguments, tell)`, and has sent "ready"."""

    def __init__(self, target: Callable[..., object], *arguments: object) -> None:
        self._pipe, theirs = multiprocessing.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=target, args=(*arguments, theirs.send))
        self._process.start()
        theirs.close()
        assert self.hear() == "ready"

    def hear(self) -> Any:
        """What it sends next.

        Raises:
            EOFError: it has ended.
        """
        assert self._pipe.poll(120)
        return self._pipe.recv()

    def rest(self) -> Iterator[Any]:
        """What it sends until it ends; then release it."""
        try:
            while True:
                yield self.hear()
        except EOFError:
            pass
        finally:
            self._process.join()
            self._process.close()
            self._pipe.close()

    def kill(self) -> list[Any]:
        """Kill it, and return what it had sent by then and nobody had read."""
        self._process.kill()
        return list(self.rest())


def wait_for_the_server(url: str) -> None:
    """Until PostgreSQL has noticed that its clients are gone, and rolled back."""
    if not url.startswith("postgresql"):
        return
    deadline = time.monotonic() + 60
    with create_engine(url, poolclass=NullPool).connect() as connection:
        while connection.execute(_CLIENTS).scalar_one():
            connection.rollback()  # or the statistics stay as they were
            assert time.monotonic() < deadline
            time.sleep(0.01)
