"""Tables are the same whether migrations, `init` or the offline script made them."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from sqlalchemy import inspect
from sqlalchemy.schema import DropSchema

from tests.migrations import catalogue
from tests.migrations.support import Tracker, each_place
from tests.migrations.two_revisions import NEWEST, OLDEST
from tests.support.names import named
from trackercore import Base, Database
from trackercore.migrations import run, state

pytestmark = pytest.mark.slow


@pytest.fixture
def created(database: Database) -> list[str]:
    """The tables that `init` makes."""
    with database.engine.begin() as connection:
        return catalogue.describe(connection)


@pytest.fixture(params=["real", None, OLDEST, NEWEST])
def start(request: pytest.FixtureRequest) -> str | None:
    """The revision to start from: none, with the real revisions or the two, or one of the two."""
    if request.param == "real":
        return None
    request.getfixturevalue("two_revisions")
    revision: str | None = request.param
    return revision


def run_script(tracker: Tracker, script: str) -> None:
    """Run it with the driver alone."""
    with tracker.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.executescript(script)
        else:
            driver.autocommit = True  # the script has its own BEGIN and COMMIT
            driver.cursor().execute(script)


def test_the_description_has_every_detail(created: list[str]) -> None:
    text = "\n".join(created)
    for table in Base.metadata.tables.values():
        names = {str(item.name) for item in table.indexes}
        names |= {str(item.name) for item in table.constraints}
        if "id" in table.columns:
            names.remove(f"pk_{table.name}")  # it has no name on SQLite
        assert [name for name in names if name not in text] == []
        for column in table.columns:
            assert f"column | {table.name} | {column.name} | " in text
    assert f"column | {state.VERSION_TABLE} | version_num | " in text


@each_place
def test_migrated_tables_are_those_that_init_creates(
    start: str | None, created: list[str], tracker: Tracker
) -> None:
    if start is not None:
        tracker.bring_to(start)
    tracker.database().upgrade()
    assert tracker.tables() == created
    assert tracker.database().differences() == []


@each_place
def test_the_offline_script_makes_the_same_tables(
    start: str | None, created: list[str], backend: str, tracker: Tracker
) -> None:
    if start is not None:
        tracker.bring_to(start)
    run_script(tracker, run.script(backend, start, tracker.schema))
    assert tracker.tables() == created
    assert tracker.database().revision() == state.HEAD


@each_place
def test_init_after_a_migration_changes_nothing(tracker: Tracker) -> None:
    tracker.database().upgrade()
    before = tracker.dump()
    tracker.database().init()
    tracker.database().upgrade()
    assert tracker.dump() == before


def test_the_offline_script_changes_nothing_where_it_does_not_fit(
    backend: str, tracker: Tracker
) -> None:
    tracker.database().upgrade()
    before = tracker.dump()
    with pytest.raises(Exception, match="already exists"):
        run_script(tracker, run.script(backend))
    assert tracker.dump() == before


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("schema", ["My tracker", 'so "called"', "select", "a :b", "50% x"])
def test_the_schema_may_have_any_name(backend: str, schema: str, empty_url: str) -> None:
    tracker = Tracker(empty_url, schema)
    tracker.make_host()
    tracker.database().upgrade()
    migrated = tracker.tables()
    with tracker.engine.begin() as connection:
        connection.execute(DropSchema(schema, cascade=True))
    run_script(tracker, run.script(backend, None, schema))
    assert tracker.tables() == migrated != []
    assert set(inspect(tracker.engine).get_table_names()) == {
        "alembic_version",
        "notes",
        named("users"),
    }
