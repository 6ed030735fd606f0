"""Running contestants in shuffled rounds, and what came out of it."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter, process_time

FLOOR = "driver alone"
OURS = "trackercore"
OTHERS = "best other"

Count = Callable[[], AbstractContextManager[Sequence[str]]]


def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Entry:
    """A contestant's way to do a job.

    Attributes:
        name: of the contestant, and of the way if it has several.
        run: does the job; what it returns is compared with what the others return.
        count: collects the statements sent within the block, if there are any.
    """

    name: str
    run: Callable[[], object]
    count: Count | None = None


@dataclass(frozen=True)
class Goal:
    """What a ratio may be at most.

    Attributes:
        at_most: what `subject` may take, as a multiple of what `base` takes.
        base: an entry, or `OTHERS` for the best that is neither the floor nor ours.
        subject: an entry.
        statements: the number of statements is compared, not the time.
    """

    at_most: float
    base: str = FLOOR
    subject: str = OURS
    statements: bool = False


@dataclass(frozen=True)
class Job:
    """Something to do, which all entries do with the same rows.

    Attributes:
        name: what is done.
        entries: in the order of the table.
        goals: what is wanted of the library.
        rounds: how often each entry runs.
        operations: how many times a run does the job.
        reset: puts the rows back after a run; its time is not measured.
        state: what a run leaves in the database, to be compared.
        alike: whether all entries return and leave the same.
    """

    name: str
    entries: Sequence[Entry]
    goals: Sequence[Goal]
    rounds: int
    operations: int = 1
    reset: Callable[[], None] = nothing
    state: Callable[[], object] = nothing
    alike: bool = True


@dataclass(frozen=True)
class Figure:
    """What an entry took for one operation.

    Attributes:
        name: of the entry.
        lower: first quartile of the seconds that passed.
        median: their second one.
        upper: their third one.
        cpu: median of the seconds in which this process, without a server, was at work.
        statements: sent, transaction control left out; None if they are not counted.
    """

    name: str
    lower: float
    median: float
    upper: float
    cpu: float
    statements: float | None


@dataclass(frozen=True)
class Verdict:
    """A goal and the ratio that was measured."""

    goal: Goal
    ratio: float

    @property
    def met(self) -> bool:
        """Whether the ratio is what it may be at most."""
        return self.ratio <= self.goal.at_most


@dataclass(frozen=True)
class Outcome:
    """A job's figures and verdicts."""

    name: str
    rounds: int
    figures: Sequence[Figure]
    verdicts: Sequence[Verdict]


def run(job: Job, shuffle: random.Random) -> Outcome:
    """Run the entries of a job once for their results and statements, and then in rounds.

    Raises:
        AssertionError: two entries did not return the same.
    """
    statements = _rehearse(job)
    times: dict[str, list[tuple[float, float]]] = {entry.name: [] for entry in job.entries}
    order = list(job.entries)
    for _ in range(job.rounds):
        shuffle.shuffle(order)
        for entry in order:
            gc.collect()
            start, started_work = perf_counter(), process_time()
            entry.run()
            work, passed = process_time() - started_work, perf_counter() - start
            times[entry.name].append((passed / job.operations, work / job.operations))
            job.reset()
    figures = [_figure(name, taken, statements[name]) for name, taken in times.items()]
    verdicts = [
        Verdict(goal, ratio) for goal in job.goals if (ratio := ratio_of(goal, figures)) is not None
    ]
    return Outcome(job.name, job.rounds, figures, verdicts)


def _rehearse(job: Job) -> dict[str, float | None]:
    statements: dict[str, float | None] = {}
    results: list[tuple[str, object]] = []
    for entry in job.entries:
        with entry.count() if entry.count else nullcontext() as sent:
            result = entry.run()
        statements[entry.name] = None if sent is None else len(sent) / job.operations
        results.append((entry.name, (result, job.state())))
        job.reset()
    for name, result in results[1:]:
        same = result == results[0][1] or not job.alike
        assert same, f"{job.name}: {str(results[0])[:500]} is not {str((name, result))[:500]}"
    return statements


def _figure(name: str, times: Sequence[tuple[float, float]], statements: float | None) -> Figure:
    passed, work = ([*taken] for taken in zip(*times, strict=True))
    lower, middle, upper = quantiles(passed, n=4, method="inclusive") if passed[1:] else passed * 3
    return Figure(name, lower, middle, upper, median(work), statements)


def ratio_of(goal: Goal, figures: Sequence[Figure]) -> float | None:
    """What a goal's subject took, as a multiple of its base; None if one of them was not there."""

    def value(figure: Figure) -> float:
        return (figure.statements or 0.0) if goal.statements else figure.median

    subject = [value(figure) for figure in figures if figure.name == goal.subject]
    if goal.base == OTHERS:
        named = (FLOOR, OURS)
        base = [value(figure) for figure in figures if not figure.name.startswith(named)]
    else:
        base = [value(figure) for figure in figures if figure.name == goal.base]
    return subject[0] / min(base) if subject and base else None
