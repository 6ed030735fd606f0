"""Fixtures: how much of a fault to make, and where its figures go.

By default there is little of each fault, to test the tests themselves. `nox -s faults` sets
TRACKERCORE_FAULTS=full, for the figures in docs. Then TRACKERCORE_FAULTS_PATIENCE=60 ends the
random calls on each database after a minute.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple, Protocol

import pytest

from tests.faults import results
from trackercore import Database


class Scale(NamedTuple):
    """How much of each fault there is."""

    processes: int
    writes: int
    kills: int
    restarts: int
    rounds: int
    calls: dict[str, int]
    """Random calls on each backend; PostgreSQL takes almost twice as long for one."""
    patience: float
    """Seconds after which no more random calls are begun."""
    full: bool = False


SMOKE = Scale(
    processes=3,
    writes=15,
    kills=3,
    restarts=2,
    rounds=1,
    calls={"sqlite": 500, "postgresql": 500},
    patience=5,
)
FULL = Scale(
    processes=8,
    writes=500,
    kills=67,
    restarts=10,
    rounds=20,
    calls={"sqlite": 900_000, "postgresql": 100_000},
    patience=float(os.environ.get("TRACKERCORE_FAULTS_PATIENCE", "inf")),
    full=True,
)


class Figures(Protocol):
    """Prints the figures of a fault, and keeps those of full scale."""

    def __call__(self, fault: str, database: Database, **figures: int | str) -> None: ...


@pytest.fixture
def scale() -> Scale:
    return FULL if os.environ.get("TRACKERCORE_FAULTS") == "full" else SMOKE


@pytest.fixture
def figures(scale: Scale, capsys: pytest.CaptureFixture[str]) -> Figures:
    begun = time.monotonic()

    def report(fault: str, database: Database, **figures: int | str) -> None:
        name = results.name_of(database)
        seconds = time.monotonic() - begun
        named = {key.replace("_", " "): value for key, value in figures.items()}
        if scale.full:
            results.keep(fault, name, named, seconds)
        with capsys.disabled():
            print(f"\n{fault}, {name}: {named}, {seconds:.1f} s")  # noqa: T201

    return report
