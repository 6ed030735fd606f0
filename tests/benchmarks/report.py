"""The figures as JSON and as a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.harness import FLOOR, OURS, Goal, Outcome, Verdict

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


@dataclass(frozen=True)
class Results:
    """A whole run.

    Attributes:
        facts: machine, versions, date.
        scale: by name.
        left_out: contestants that cannot be used, and why.
        outcomes: of the jobs, by backend; "" for the jobs that use none.
    """

    facts: Mapping[str, str]
    scale: str
    left_out: Mapping[str, str]
    outcomes: Mapping[str, Sequence[Outcome]]


def write_json(results: Results, file: Path) -> None:
    """Write everything, times in seconds."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(results), indent=1) + "\n", encoding="utf-8")


def write_page(results: Results, file: Path) -> None:
    """Replace the figures in the page."""
    replace_figures(file, lines(results))


def replace_figures(file: Path, figures: Iterable[str]) -> None:
    """Replace the lines between the marks in a page."""
    before, _, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    text = "\n".join(figures)
    file.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def lines(results: Results) -> Iterator[str]:
    """The page's lines, in Markdown."""
    yield f"- scale: {results.scale}"
    for name, value in results.facts.items():
        yield f"- {name}: {value}"
    for name, reason in results.left_out.items():
        yield f"- {name} could not be measured: `{reason}`"
    yield ""
    for backend, outcomes in results.outcomes.items():
        title = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(backend, "Without a server")
        yield f"### {title}"
        yield ""
        for outcome in outcomes:
            yield from table(outcome)


def table(outcome: Outcome) -> Iterator[str]:
    """A job's lines, in Markdown."""
    yield f"**{outcome.name}** ({outcome.rounds} rounds)"
    yield ""
    memory = any((figure.memory or 0) >= 1 for figure in outcome.figures)
    yield f"| contestant | median | quartiles | CPU | statements |{' memory |' * memory} ratio |"
    yield f"|---|---:|---:|---:|---:|{'---:|' * memory}---:|"
    base = outcome.figures[0].median
    for figure in outcome.figures:
        spread = f"{time_in_words(figure.lower)} to {time_in_words(figure.upper)}"
        sent = "" if figure.statements is None else f"{figure.statements:,.10g}"
        ratio = f"{figure.median / base:.2f}"
        times = f"{time_in_words(figure.median)} | {spread} | {time_in_words(figure.cpu)}"
        more = f" {_megabytes(figure.memory)} |" if memory else ""
        yield f"| {figure.name} | {times} | {sent} |{more} {ratio} |"
    yield ""
    for verdict in outcome.verdicts:
        yield f"- {_goal(verdict)}"
    yield ""


def _goal(verdict: Verdict) -> str:
    goal, met = verdict.goal, "met" if verdict.met else "**missed**"
    return f"{_words(goal)}: {_ratio(goal, verdict.ratio)}, {met}"


def _words(goal: Goal) -> str:
    what = "" if goal.subject == OURS else f"{goal.subject}: "
    if goal.at_most < 1:
        kind = "fewer statements than" if goal.statements else "faster than"
        return f"{what}{1 / goal.at_most:g} times {kind} the {goal.base}"
    return f"{what}{goal.at_most:g} times {'the ' if goal.base == FLOOR else ''}{goal.base} at most"


def _ratio(goal: Goal, ratio: float) -> str:
    return f"{1 / ratio:.1f}" if goal.at_most < 1 else f"{ratio:.2f}"


def _megabytes(memory: float | None) -> str:
    return "" if memory is None else f"{memory:+.0f} MB"


def time_in_words(seconds: float) -> str:
    """Seconds, milliseconds or microseconds, to three digits."""
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"
