"""How many calls a second several clients get done, each a process of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from time import perf_counter

from sqlalchemy import URL

from tests.benchmarks.past_one_machine.calls import LOADS
from trackercore import Database

_WARM_UP = 20
_PATIENCE = 60  # seconds for all to start


@dataclass(frozen=True)
class Throughput:
    """What some clients got done together.

    Attributes:
        load: its name.
        clients: how many.
        plain: calls per second on PostgreSQL alone.
        citus: calls per second on Citus.
    """

    load: str
    clients: int
    plain: float
    citus: float


@dataclass(frozen=True)
class Server:
    """Where clients connect to, and which users there are."""

    url: URL
    schema: str
    users: int


def measure(
    plain: Server, citus: Server, clients: Iterable[int], seconds: float
) -> list[Throughput]:
    """All loads, with so many clients at once."""
    return [
        Throughput(load, number, *(_run(each, load, number, seconds) for each in (plain, citus)))
        for load in LOADS
        for number in clients
    ]


def _run(server: Server, load: str, clients: int, seconds: float) -> float:
    context = get_context("spawn")  # a client shares nothing with this process
    ready, rates = context.Barrier(clients), context.Queue()
    processes = [
        context.Process(
            target=_client, args=(server, load, seed, seconds, ready, rates), daemon=True
        )
        for seed in range(clients)
    ]
    for process in processes:
        process.start()
    total: float = sum(rates.get(timeout=_PATIENCE + seconds) for _ in processes)
    for process in processes:
        process.join()
    return total


def _client(
    server: Server, load: str, seed: int, seconds: float, ready: Barrier, rates: Queue[float]
) -> None:
    rates.put(repeat(server, load, seed, seconds, lambda: ready.wait(_PATIENCE)))


def repeat(
    server: Server, load: str, seed: int, seconds: float, ready: Callable[[], object]
) -> float:
    """Calls per second of one client, which waits until all are `ready`."""
    database = Database(server.url, schema=server.schema)
    users = random.Random(seed)  # noqa: S311 - a choice, no secret
    calls = cycle(LOADS[load])

    def once() -> None:
        with database.session() as session:
            next(calls)(session, users.randint(1, server.users), 0)

    for _ in range(_WARM_UP):
        once()
    ready()
    start, number = perf_counter(), 0
    while (took := perf_counter() - start) < seconds:
        once()
        number += 1
    database.dispose()
    return number / took
