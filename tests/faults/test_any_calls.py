"""Very many random calls of all services, and no answer or row that a model does not expect.

The machines are those of tests/services. Their answers are compared here too after each call, but
the rows only now and then: that took a fifth of the time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from random import randrange

import pytest
from hypothesis import HealthCheck, seed, settings

from tests.faults.conftest import Figures, Scale
from tests.services.habits.test_any_calls import AnyCalls as AnyCallsOfHabits
from tests.services.test_any_calls import AnyCalls
from tests.support.fixtures import OpenDatabase
from tests.support.machines import CallsOfServices, run
from trackercore import Database


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_after_very_many_random_calls_there_is_no_difference(
    backend: str,
    request: pytest.FixtureRequest,
    scale: Scale,
    figures: Figures,
    open_database: OpenDatabase,
) -> None:
    if backend == "sqlite":
        database = open_database("sqlite://")
    else:
        database = open_database(request.getfixturevalue("empty_url"))
    database.init()
    options = settings(
        max_examples=50 if scale.full else 5,
        stateful_step_count=100,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],  # as a machine may be
    )
    begun = time.monotonic()
    made = of_habits = 0
    number = int(os.environ.get("TRACKERCORE_FAULTS_SEED") or randrange(2**32))  # noqa: S311
    while made + of_habits < scale.calls[backend] and time.monotonic() - begun < scale.patience:
        made += calls_of(AnyCalls, database, options, number)
        of_habits += calls_of(AnyCallsOfHabits, database, options, number)
        number += 1
    figures(
        "random calls against a model",
        database,
        calls=made + of_habits,
        of_them_of_habits=of_habits,
        differences=0,
    )


def calls_of(
    machine: Callable[[Database, int], CallsOfServices],
    database: Database,
    options: settings,
    number: int,
) -> int:
    """Let a machine make the calls that follow from a number; how many they were."""
    before = CallsOfServices.made
    try:
        # Without it they would be the same every time where CI is set.
        run(seed(number)(lambda: machine(database, 10)), options)
    except BaseException as error:
        error.add_note(f"again with TRACKERCORE_FAULTS_SEED={number}")
        raise
    return CallsOfServices.made - before
