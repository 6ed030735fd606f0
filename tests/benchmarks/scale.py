"""How many rows, and how many rounds."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tests.benchmarks.site import Site

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
"""The current time of all contestants; the user's day is that of UTC."""

DAY = timedelta(days=1)
TODAY = NOON.date()
TEN_YEARS = 3652


@dataclass(frozen=True)
class Scale:
    """Sizes of the jobs.

    Attributes:
        rounds: of the jobs that take milliseconds.
        long_rounds: of those that take seconds.
        calls: in a run of a short job.
        listed: habits of the list.
        tables: rows of the two tables of study sessions.
        loaded: rows of the bulk loads.
        tasks: of the lists; a fortieth more repeat.
        rebuilt: habits of the rebuild, with 330 check-ins each.
        others_once: in the jobs that take seconds, the other contestants run only once.
    """

    rounds: int
    long_rounds: int
    calls: int
    listed: int
    tables: tuple[int, int]
    loaded: int
    tasks: int
    rebuilt: int
    others_once: bool = False


SCALES = {
    "tiny": Scale(1, 1, 2, 10, (2_000, 4_000), 1_000, 200, 20),
    "small": Scale(9, 3, 10, 200, (20_000, 100_000), 20_000, 20_000, 300),
    "medium": Scale(25, 3, 20, 200, (100_000, 1_000_000), 100_000, 20_000, 1_000),
    "full": Scale(49, 3, 20, 200, (100_000, 10_000_000), 1_000_000, 20_000, 10_000, True),
}


class OpenSite(Protocol):
    """Makes a new site of the backend that is measured."""

    def __call__(self) -> AbstractContextManager[Site]: ...
