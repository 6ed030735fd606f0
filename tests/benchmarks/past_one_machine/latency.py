"""What a call takes on each server: one client, in rounds, so that noise meets both alike."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

from tests.benchmarks.past_one_machine.calls import CALLS, Call
from trackercore import Database

_WARM_UP = 3


@dataclass(frozen=True)
class Times:
    """What a call took on one server, in seconds.

    Attributes:
        quickest: a twentieth of the calls were quicker, those that least else disturbed.
        median: of all calls.
    """

    quickest: float
    median: float


@dataclass(frozen=True)
class Latency:
    """What a call took on both servers.

    Attributes:
        call: its name.
        plain: on PostgreSQL alone.
        citus: on Citus.
    """

    call: str
    plain: Times
    citus: Times


def measure(
    plain: Database, citus: Database, active: int, rounds: int, shuffle: random.Random
) -> list[Latency]:
    """All calls, for the users who have many rows."""
    return [_measure(name, plain, citus, active, rounds, shuffle) for name in CALLS]


def _measure(
    name: str, plain: Database, citus: Database, active: int, rounds: int, shuffle: random.Random
) -> Latency:
    order = [("plain", plain), ("citus", citus)]
    times: dict[str, list[float]] = {"plain": [], "citus": []}
    for round_ in range(-_WARM_UP, rounds):
        user_id = shuffle.randint(1, active)
        shuffle.shuffle(order)
        for server, database in order:
            took = _timed(database, CALLS[name], user_id, round_ + _WARM_UP)
            if round_ >= 0:
                times[server].append(took)
    return Latency(name, _times(times["plain"]), _times(times["citus"]))


def _times(taken: Sequence[float]) -> Times:
    twentieths = quantiles(taken, n=20, method="inclusive") if taken[1:] else [*taken]
    return Times(twentieths[0], median(taken))


def _timed(database: Database, call: Call, user_id: int, round_: int) -> float:
    start = perf_counter()
    with database.session() as session:
        call(session, user_id, round_)
    return perf_counter() - start
