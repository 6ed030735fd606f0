"""What psycopg2 does to a database, psycopg 3 does too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url

from tests.adoption import dirty, legacy, support
from tests.adoption.dirty import Legacy
from tests.adoption.test_kinds import KEPT, ROWS
from tests.migrations import two_revisions
from tests.migrations.support import Tracker
from tests.migrations.two_revisions import OLDEST
from trackercore import AdoptReport, Database, adopt
from trackercore.migrations import state

pytestmark = pytest.mark.parametrize("backend", ["postgresql"])


@pytest.fixture
def psycopg_url(empty_url: str) -> str:
    """The URL of the same database."""
    url = make_url(empty_url).set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


Adopted = tuple[AdoptReport, dict[str, dict[int, legacy.Row]], list[str]]


def adopted(given: Legacy, url: str, host_url: str) -> Adopted:
    """The report, the rows that were kept and those that were moved."""
    support.renew(host_url)
    with support.connect(host_url) as connection:
        legacy.fill_loose(connection, given.rows, given.columns, zoned=given.zoned)
    since = datetime.now(UTC)
    report = adopt(url, owner_email=given.owner_email)
    with support.connect(host_url) as connection:
        return (
            report,
            support.stored(connection, since),
            support.comparable(support.moved(connection)),
        )


@pytest.mark.parametrize("seed", range(4))
def test_dirty_rows_are_adopted_alike(seed: int, empty_url: str, psycopg_url: str) -> None:
    given = dirty.generate(seed, "postgresql")
    expected = adopted(given, empty_url, empty_url)
    assert adopted(given, psycopg_url, empty_url) == expected


def test_a_dry_run_changes_nothing(empty_url: str, psycopg_url: str) -> None:
    support.fill(empty_url, "both, FocusFlow by its SQL script", ROWS)
    before = support.dump_of(empty_url)
    assert adopt(psycopg_url, owner_email="ada@example.com", dry_run=True).kept == KEPT
    assert support.dump_of(empty_url) == before


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
