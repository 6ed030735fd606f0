"""Running contestants in shuffled rounds, and what came out of it."""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import Any

from tests.benchmarks.machine import Peak

FLOOR = "driver alone"
OURS = "trackercore"
OTHERS = "best other"
NAMED = (FLOOR, OURS)
"""Names that begin with these are the floor's or ours, not another contestant's."""

Count = Callable[[], AbstractContextManager[Sequence[str]]]


def nothing() -> None:
    """Do nothing."""


def itself(result: object) -> object:
    """What it is given."""
    return result


@dataclass(frozen=True)
class Entry:
    """A contestant's way to do a job.

    Attributes:
        name: of the contestant, and of the way if it has several.
        run: does the job; what it returns is compared with what the others return.
        count: collects the statements sent within the block, if there are any.
        once: it takes so long that its first run, in which the statements are counted, is the one
            that is timed.
        answer: makes of what `run` returns what is compared, where it has a shape of its own; its
            time is not measured.
    """

    name: str
    run: Callable[[], object]
    count: Count | None = None
    once: bool = False
    answer: Callable[[Any], object] = itself


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
        goals: what the library should reach.
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
        cpu: median of the CPU time of this process, without a server, in seconds.
        statements: sent, transaction control left out; None if they are not counted.
        memory: by how much the first run raised the peak of this process's memory, in MB; None
            where the system does not say.
    """

    name: str
    lower: float
    median: float
    upper: float
    cpu: float
    statements: float | None
    memory: float | None = None


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
    first = _rehearse(job)
    times = {entry.name: [first[entry.name].took] if entry.once else [] for entry in job.entries}
    order = [entry for entry in job.entries if not entry.once]
    for _ in range(job.rounds):
        shuffle.shuffle(order)
        for entry in order:
            times[entry.name].append(_timed(entry.run)[0])
            job.reset()
    figures = [_figure(job, first[name], taken) for name, taken in times.items()]
    verdicts = [
        Verdict(goal, ratio) for goal in job.goals if (ratio := ratio_of(goal, figures)) is not None
    ]
    return Outcome(job.name, job.rounds, figures, verdicts)


@dataclass(frozen=True)
class _FirstRun:
    name: str
    result: object
    took: tuple[float, float]
    statements: int | None
    memory: float | None


def _rehearse(job: Job) -> dict[str, _FirstRun]:
    first: dict[str, _FirstRun] = {}
    for entry in job.entries:
        memory = Peak()
        with entry.count() if entry.count else nullcontext() as sent:
            took, result = _timed(entry.run)
        statements = None if sent is None else len(sent)
        answer = (entry.answer(result), job.state())
        first[entry.name] = _FirstRun(entry.name, answer, took, statements, memory.growth())
        job.reset()
    floor, *others = first.values()
    for other in others:
        same = other.result == floor.result or not job.alike
        assert same, f"{job.name}: {str(floor)[:500]} is not {str(other)[:500]}"
    return first


def _timed(call: Callable[[], object]) -> tuple[tuple[float, float], object]:
    """The seconds that a call took, and those of CPU time of this process; its result."""
    gc.collect()
    start, started_work = perf_counter(), process_time()
    result = call()
    work, passed = process_time() - started_work, perf_counter() - start
    return (passed, work), result


def _figure(job: Job, first: _FirstRun, times: Sequence[tuple[float, float]]) -> Figure:
    passed, work = ([one / job.operations for one in taken] for taken in zip(*times, strict=True))
    lower, middle, upper = quantiles(passed, n=4, method="inclusive") if passed[1:] else passed * 3
    sent = None if first.statements is None else first.statements / job.operations
    return Figure(first.name, lower, middle, upper, median(work), sent, first.memory)


def ratio_of(goal: Goal, figures: Sequence[Figure]) -> float | None:
    """What a goal's subject took, as a multiple of its base; None if one of them was not there."""

    def value(figure: Figure) -> float:
        return (figure.statements or 0.0) if goal.statements else figure.median

    subject = [value(figure) for figure in figures if figure.name == goal.subject]
    if goal.base == OTHERS:
        base = [value(figure) for figure in figures if not figure.name.startswith(NAMED)]
    else:
        base = [value(figure) for figure in figures if figure.name == goal.base]
    return subject[0] / min(base) if subject and base else None
