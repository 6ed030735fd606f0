"""What psycopg2 does to a database, psycopg 3 does too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adoption import dirty, support
from tests.adoption.legacy import ADA, KEPT
from tests.migrations import two_revisions
from tests.migrations.support import Tracker
from tests.migrations.two_revisions import OLDEST
from trackercore import Database, adopt
from trackercore.migrations import state

pytestmark = [pytest.mark.parametrize("backend", ["postgresql"]), pytest.mark.slow]


@pytest.fixture
def psycopg_url(empty_url: str) -> str:
    """The URL of the same database."""
    return support.with_driver(empty_url, "psycopg")


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_dirty_rows_are_adopted_alike(seed: int, empty_url: str, psycopg_url: str) -> None:
    given = dirty.generate(seed, "postgresql")
    outcomes: list[tuple[object, ...]] = []
    for url in (empty_url, psycopg_url):
        support.put(empty_url, given)
        report, stored, moved = support.adopted(url, given.owner_email)
        outcomes.append((report, stored, support.comparable(moved)))
    assert outcomes[0] == outcomes[1]


def test_a_dry_run_changes_nothing(filled_url: str, psycopg_url: str) -> None:
    with support.unchanged(filled_url):
        assert adopt(psycopg_url, owner_email=ADA, dry_run=True).kept == KEPT


@pytest.fixture
def tracker(psycopg_url: str) -> Iterator[Tracker]:
    tracker = Tracker(psycopg_url)
    yield tracker
    tracker.engine.dispose()


def test_init_makes_the_tables_of_the_models(tracker: Tracker) -> None:
    database = Database(tracker.url)
    database.init()
    assert (database.revision(), database.differences()) == (state.HEAD, [])
    made = tracker.tables()
    tracker.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    other = Database(tracker.url.replace("+psycopg", "+psycopg2"))
    other.init()
    assert tracker.tables() == made
    other.dispose()
    database.dispose()


def test_older_tables_are_upgraded(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    two_revisions.install(monkeypatch)
    tracker.bring_to(OLDEST)
    tracker.fill(OLDEST)
    database = Database(tracker.url)
    assert database.revision() == OLDEST
    database.upgrade()
    assert (database.revision(), database.differences()) == (state.HEAD, [])
    database.dispose()


def test_differences_are_named(tracker: Tracker) -> None:
    database = Database(tracker.url)
    database.init()
    tracker.execute("DROP INDEX ix_sessions_by_day", "ALTER TABLE tasks ADD COLUMN color text")
    assert database.differences() == [
        "column tasks.color is not in the models",
        "index sessions.ix_sessions_by_day is missing",
    ]
    database.dispose()
