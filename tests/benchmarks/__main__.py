"""`python -m tests.benchmarks`: run jobs, print their figures, and write them to files."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.benchmarks import jobs_bulk, jobs_habits, jobs_process, jobs_study, jobs_tasks, report
from tests.benchmarks.harness import NAMED, Job, Outcome, run
from tests.benchmarks.machine import facts
from tests.benchmarks.others import left_out
from tests.benchmarks.scale import SCALES, Scale
from tests.benchmarks.site import open_site
from tests.support.postgresql import Server

WITH_DATABASE = {
    "check_in": jobs_habits.check_in,
    "long_history": jobs_habits.long_history,
    "backfill": jobs_habits.backfill,
    "list": jobs_habits.listing,
    "weeks": jobs_study.weeks,
    "overview": jobs_habits.overview,
    "tasks": jobs_tasks.lists,
    "load_sessions": jobs_bulk.load_sessions,
    "load_check_ins": jobs_bulk.load_check_ins,
    "rebuild": jobs_bulk.rebuild,
}
WITHOUT_DATABASE = {"init": jobs_process.init_in_memory, "import": jobs_process.imports}
BACKENDS = ("sqlite", "postgresql")


def main(arguments: list[str] | None = None) -> None:
    """Run the jobs that the arguments choose."""
    options = _options(arguments)
    names = options.only or [*WITH_DATABASE, *WITHOUT_DATABASE]
    scale = SCALES[options.scale]
    shuffle = random.Random(options.seed)  # noqa: S311 - an order, no secret
    server = Server.make(durable=True)
    machine = facts(server.version if "postgresql" in options.backend else "not used")
    outcomes: dict[str, list[Outcome]] = {}
    try:
        for backend in options.backend:
            outcomes[backend] = []
            for job in _with_database(names, backend, server, scale):
                outcomes[backend].append(_run(_without_others(job, options), shuffle))
        outcomes[""] = [_run(job, shuffle) for job in _without_database(names, scale)]
    finally:  # also if it was interrupted
        server.stop()
        _write(report.Results(machine, options.scale, left_out(), outcomes), options)


def _write(results: report.Results, options: argparse.Namespace) -> None:
    if options.json is not None:
        report.write_json(results, options.json)
    if options.page is not None:
        report.write_page(results, options.page)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument(
        "--only", nargs="+", choices=[*WITH_DATABASE, *WITHOUT_DATABASE], help="these jobs"
    )
    parser.add_argument("--backend", nargs="+", choices=BACKENDS, default=BACKENDS)
    parser.add_argument("--scale", choices=SCALES, default="small")
    parser.add_argument("--no-others", action="store_true", help="the driver and the library only")
    parser.add_argument("--seed", type=int, default=1, help="of the order in the rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--page", type=Path, metavar="FILE", help="and into this page")
    return parser.parse_args(arguments)


def _with_database(names: list[str], backend: str, server: Server, scale: Scale) -> Iterator[Job]:
    for name, jobs in WITH_DATABASE.items():
        if name in names:
            yield from jobs(partial(open_site, backend, server), scale)


def _without_others(job: Job, options: argparse.Namespace) -> Job:
    if not options.no_others:
        return job
    return replace(job, entries=[each for each in job.entries if each.name.startswith(NAMED)])


def _without_database(names: list[str], scale: Scale) -> Iterator[Job]:
    for name, jobs in WITHOUT_DATABASE.items():
        if name in names:
            yield from jobs(scale)


def _run(job: Job, shuffle: random.Random) -> Outcome:
    outcome = run(job, shuffle)
    sys.stdout.write("\n".join(report.table(outcome)) + "\n")
    sys.stdout.flush()
    return outcome


if __name__ == "__main__":
    main()
