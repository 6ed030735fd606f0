"""What a test pays for its database: the tables are made once, for the first test of a run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.names import named

pytest_plugins = "pytester"

CONFTEST = """
import json
from sqlalchemy import Engine, event
import pytest

statements = []

@pytest.fixture(autouse=True, scope="session")
def collect():
    def add(connection, cursor, statement, *more):
        statements.append(statement)
    event.listen(Engine, "before_cursor_execute", add)
    yield
    event.remove(Engine, "before_cursor_execute", add)

@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    statements.clear()
    yield
    with open("setups.txt", "a") as file:
        file.write(json.dumps(statements) + "\\n")
"""


def check_setups(pytester: pytest.Pytester, *options: str) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_that_writes(tracker_factory, number):
            tracker_factory.task()
        """
    )
    pytester.runpytest_inprocess(*options).assert_outcomes(passed=3)
    first, *others = map(json.loads, Path("setups.txt").read_text(encoding="utf-8").splitlines())
    assert any(named("CREATE TABLE tasks") in statement for statement in first)
    for sent in others:
        assert sent in ([], ["BEGIN IMMEDIATE"])


def test_in_memory_the_setup_of_a_test_only_begins_a_transaction(pytester: pytest.Pytester) -> None:
    check_setups(pytester)


def test_with_a_url_the_setup_of_a_test_only_begins_a_transaction(
    pytester: pytest.Pytester, empty_url: str
) -> None:
    check_setups(pytester, f"--tracker-database-url={empty_url}")
