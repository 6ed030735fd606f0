"""`python -m tests.benchmarks.past_one_machine`: compare Citus with one PostgreSQL.

Both URLs name databases that may be filled; tables are made in schemas of their own, and dropped.
The one on Citus has the extension, and its nodes are known to it.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from pathlib import Path

from sqlalchemy import URL, make_url

from tests.benchmarks.machine import facts
from tests.benchmarks.past_one_machine import latency, report, servers, throughput
from tests.benchmarks.past_one_machine.throughput import Server
from tests.benchmarks.report import replace_figures


def main(arguments: list[str] | None = None) -> None:
    """Measure what the arguments choose, and write it after each number of users."""
    options = _options(arguments)
    shuffle = random.Random(options.seed)  # noqa: S311 - an order, no secret
    results = report.Results(_facts(options.citus), [])
    for users in options.users:
        results = replace(results, sizes=[*results.sizes, _size(users, options, shuffle)])
        report.write(results, options.json)
        if options.page is not None:
            replace_figures(options.page, report.lines(results))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.past_one_machine")
    parser.add_argument("--plain", type=make_url, metavar="URL", required=True)
    parser.add_argument("--citus", type=make_url, metavar="URL", required=True)
    parser.add_argument("--users", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--active", type=int, default=64, help="so many of them have many rows")
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 2, 4, 8])
    parser.add_argument("--rounds", type=int, default=101, help="of each call")
    parser.add_argument("--seconds", type=float, default=10, help="of each load")
    parser.add_argument("--seed", type=int, default=1, help="of users and orders")
    parser.add_argument("--json", type=Path, metavar="FILE", required=True)
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the tables here too")
    return parser.parse_args(arguments)


def _facts(citus: URL) -> dict[str, str]:
    postgresql, version = servers.versions(citus)
    found = facts(postgresql)
    names = ("date", "machine", "system", "load when it began", "Python", "PostgreSQL")
    return {**{name: found[name] for name in names}, "Citus": version or "not used"}


def _size(users: int, options: argparse.Namespace, shuffle: random.Random) -> report.Size:
    with (
        servers.filled(options.plain, users, options.active) as plain,
        servers.filled(options.citus, users, options.active) as citus,
    ):
        return report.Size(
            users,
            plain.rows(),
            plain.filled,
            citus.distributed,
            plain.size(),
            citus.size(),
            latency.measure(
                plain.database, citus.database, options.active, options.rounds, shuffle
            ),
            throughput.measure(
                Server(options.plain, plain.schema, users),
                Server(options.citus, citus.schema, users),
                options.clients,
                options.seconds,
            ),
        )


if __name__ == "__main__":
    main()
