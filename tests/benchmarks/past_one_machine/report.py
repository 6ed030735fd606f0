"""The figures as JSON, and as tables of the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from tests.benchmarks.past_one_machine.latency import Latency, Times
from tests.benchmarks.past_one_machine.throughput import Throughput
from tests.benchmarks.report import time_in_words

_BYTES = 10**6


@dataclass(frozen=True)
class Size:
    """The figures of a number of users.

    Attributes:
        users: how many.
        rows: in all tables.
        filled: seconds to fill the tables on PostgreSQL alone.
        distributed: seconds to distribute the filled tables; None without Citus.
        plain_bytes: of tables and indexes on PostgreSQL alone.
        citus_bytes: the same on all nodes together.
        latencies: of one client.
        throughputs: of several clients.
    """

    users: int
    rows: int
    filled: float
    distributed: float | None
    plain_bytes: int
    citus_bytes: int
    latencies: Sequence[Latency]
    throughputs: Sequence[Throughput]


@dataclass(frozen=True)
class Results:
    """A whole run.

    Attributes:
        facts: machine, versions, date.
        sizes: by number of users.
    """

    facts: Mapping[str, str]
    sizes: Sequence[Size]


def write(results: Results, file: Path) -> None:
    """Write everything, times in seconds."""
    file.write_text(json.dumps(asdict(results), indent=1) + "\n", encoding="utf-8")


def read(file: Path) -> Results:
    """What was written."""
    return TypeAdapter(Results).validate_json(file.read_text(encoding="utf-8"))


def lines(results: Results) -> Iterator[str]:
    """The page's lines, in Markdown."""
    for name, value in results.facts.items():
        yield f"- {name}: {value}"
    yield ""
    yield from _sizes(results.sizes)
    yield from _latencies(results.sizes)
    yield from _throughputs(results.sizes)


def _sizes(sizes: Sequence[Size]) -> Iterator[str]:
    yield "| users | rows | filled in | `distribute` | PostgreSQL | Citus |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for size in sizes:
        took = "" if size.distributed is None else time_in_words(size.distributed)
        each = [f"{number / _BYTES:,.0f} MB" for number in (size.plain_bytes, size.citus_bytes)]
        counts = f"{size.users:,} | {size.rows:,} | {time_in_words(size.filled)} | {took}"
        yield f"| {counts} | {' | '.join(each)} |"
    yield ""


def _latencies(sizes: Sequence[Size]) -> Iterator[str]:
    yield f"| one client | {' | '.join(f'{size.users:,} users' for size in sizes)} |"
    yield f"|---|{'---:|' * len(sizes)}"
    for calls in zip(*(size.latencies for size in sizes), strict=True):
        cells = (_times(call.plain, call.citus) for call in calls)
        yield f"| {calls[0].call} | {' | '.join(cells)} |"
    yield ""


def _times(plain: Times, citus: Times) -> str:
    took = f"{time_in_words(plain.quickest)} → {time_in_words(citus.quickest)}"
    ratio, of_medians = citus.quickest / plain.quickest, citus.median / plain.median
    return f"{took}, {ratio:.1f} ({of_medians:.1f})"


def _throughputs(sizes: Sequence[Size]) -> Iterator[str]:
    yield f"| load | clients | {' | '.join(f'{size.users:,} users' for size in sizes)} |"
    yield f"|---|---:|{'---:|' * len(sizes)}"
    for runs in zip(*(size.throughputs for size in sizes), strict=True):
        cells = (f"{run.plain:,.0f} → {run.citus:,.0f}" for run in runs)
        yield f"| {runs[0].load} | {runs[0].clients} | {' | '.join(cells)} |"
    yield ""
