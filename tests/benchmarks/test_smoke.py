"""The benchmarks run, and all contestants give the same answers."""

from __future__ import annotations

import gc
import random
from functools import partial

import pytest

from tests.benchmarks.__main__ import WITH_DATABASE
from tests.benchmarks.harness import FLOOR, OURS, Figure, Goal, ratio_of, run
from tests.benchmarks.scale import SCALES
from tests.benchmarks.site import open_site
from tests.support.postgresql import Server


@pytest.mark.usefixtures("without_prefix")  # which the driver's SQL has not
@pytest.mark.parametrize("name", ["check_in", "rebuild"])  # the others take long
def test_a_job_compares_the_library_with_the_driver(
    name: str, backend: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "collect", lambda: 0)  # slow among all the objects of a test run
    make = partial(open_site, backend, server)
    for job in WITH_DATABASE[name](make, SCALES["tiny"]):
        outcome = run(job, random.Random(1))  # noqa: S311 - an order, no secret
        assert len(outcome.verdicts) == len(job.goals)
        assert [figure.name for figure in outcome.figures] == [entry.name for entry in job.entries]


def test_a_goal_is_a_ratio_of_medians_or_of_statements() -> None:
    figures = [
        Figure(FLOOR, 1, 2, 3, 1, statements=1),
        Figure(OURS, 1, 4, 9, 1, statements=5),
        Figure("plain", 7, 8, 9, 1, statements=50),
        Figure("better", 5, 6, 7, 1, statements=40),
    ]
    assert ratio_of(Goal(2), figures) == 2
    assert ratio_of(Goal(1, "best other"), figures) == 4 / 6
    assert ratio_of(Goal(1, "best other", statements=True), figures) == 5 / 40
    assert ratio_of(Goal(1, "absent"), figures) is None
