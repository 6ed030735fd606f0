"""Very many random calls, and the rows and answers that a model in plain Python expects."""

from __future__ import annotations

import time

import pytest
from hypothesis import settings

from tests.database.conftest import OpenDatabase
from tests.faults.conftest import Figures, Scale
from tests.services.test_any_calls import AnyCalls
from tests.support.machines import CallsOfServices, run


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
        max_examples=20 if not scale.full else 200, stateful_step_count=50, database=None
    )
    begun = time.monotonic()
    CallsOfServices.made = 0
    while CallsOfServices.made < scale.calls and time.monotonic() - begun < scale.patience:
        run(lambda: AnyCalls(database), options)
    figures("random calls against a model", database, calls=CallsOfServices.made, differences=0)
