"""Tables of another version or another program: each call refuses them and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect

from tests.migrations.support import FURTHER, Tracker, each_place, write_revision
from tests.migrations.two_revisions import OLDEST
from tests.support.names import named, short
from trackercore import (
    Base,
    Database,
    SchemaError,
    SchemaOutOfDate,
    SchemaTooNew,
    UnmanagedSchema,
    init_db,
    upgrade_db,
)
from trackercore.migrations import state
from trackercore.table_prefix import table_prefix

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("two_revisions")]

Call = Callable[[Database], object]

init: Call = Database.init
upgrade: Call = Database.upgrade
revision: Call = Database.revision


def refusal(tracker: Tracker, call: Call) -> SchemaError:
    """The error that a call raises, which has changed nothing."""
    before = tracker.dump()
    with pytest.raises(SchemaError) as caught:
        call(tracker.database())
    assert tracker.dump() == before
    return caught.value


@each_place
def test_init_leaves_older_tables_alone_and_names_the_command(filled: Tracker) -> None:
    error = refusal(filled, init)
    assert isinstance(error, SchemaOutOfDate)
    assert (error.revision, error.needed) == (OLDEST, state.HEAD)
    for word in (OLDEST, state.HEAD, "python -m trackercore upgrade"):
        assert word in str(error)


@each_place
@pytest.mark.parametrize("call", [init, upgrade])
def test_newer_tables_are_left_alone(call: Call, tracker: Tracker, tmp_path: Path) -> None:
    body = 'op.create_table("badges", sa.Column("id", sa.Integer, primary_key=True))'
    tracker.bring_to(FURTHER, [write_revision(tmp_path / "versions", body)])
    error = refusal(tracker, call)
    assert isinstance(error, SchemaTooNew)
    assert (error.revision, error.known) == (FURTHER, state.HEAD)
    for word in (FURTHER, state.HEAD, "newer trackercore"):
        assert word in str(error)
    assert tracker.database().revision() == FURTHER


def test_an_unknown_revision_is_refused(tracker: Tracker) -> None:
    tracker.bring_to(OLDEST)
    for unknown in ("abc", "", OLDEST.upper()):
        tracker.execute(f"UPDATE trackercore_version SET version_num = '{unknown}'")
        for call in (init, upgrade):
            assert isinstance(refusal(tracker, call), SchemaTooNew)


def create_some(tracker: Tracker) -> None:
    tables = [Base.metadata.tables[named(name)] for name in ("users", "categories", "habits")]
    with tracker.writing() as connection:
        Base.metadata.create_all(connection, tables=tables)


def create_all(tracker: Tracker) -> None:
    with tracker.writing() as connection:
        Base.metadata.create_all(connection)


UNKNOWN: dict[str, tuple[Callable[[Tracker], None], set[str]]] = {
    "a host's users": (
        lambda tracker: tracker.execute(
            "CREATE TABLE users (name varchar(50) PRIMARY KEY)", "INSERT INTO users VALUES ('ada')"
        ),
        {"users"},
    ),
    "StudyTracker": (
        lambda tracker: tracker.execute(
            "CREATE TABLE topics (id integer PRIMARY KEY, name varchar(200))",
            "CREATE TABLE sessions (id integer PRIMARY KEY, topic_id integer REFERENCES topics)",
            "INSERT INTO topics VALUES (1, 'SQL')",
            "INSERT INTO sessions VALUES (1, 1)",
        ),
        {"topics", "sessions"},
    ),
    "the one that is created last": (
        lambda tracker: tracker.execute("CREATE TABLE tasks (id integer)"),
        {"tasks"},
    ),
    "a view": (
        lambda tracker: tracker.execute("CREATE VIEW users AS SELECT 'ada' AS name"),
        {"users"},
    ),
    "some of ours without their revision": (create_some, {"users", "categories", "habits"}),
    "all of ours without their revision": (create_all, set(map(short, Base.metadata.tables))),
}


@each_place
@pytest.mark.parametrize("unknown", UNKNOWN)
def test_tables_that_trackercore_did_not_make_are_left_alone(
    unknown: str, tracker: Tracker
) -> None:
    create, names = UNKNOWN[unknown]
    create(tracker)
    for call in (init, upgrade, revision):
        error = refusal(tracker, call)
        assert isinstance(error, UnmanagedSchema)
        assert set(map(short, error.tables)) == names
        for word in ("TRACKERCORE_TABLE_PREFIX=", *error.tables):
            assert word in str(error)
        # With a prefix they cannot be FocusFlow's.
        assert ("python -m trackercore adopt" in str(error)) == (table_prefix() == "")
        assert ("schema=" in str(error)) == tracker.url.startswith("postgresql")


@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_ignores_letter_case(tracker: Tracker) -> None:
    tracker.execute(f"CREATE TABLE {table_prefix().upper()}Users (name text)")
    for call in (init, upgrade):
        assert isinstance(refusal(tracker, call), UnmanagedSchema)


@each_place
@pytest.mark.parametrize("call", [init, upgrade])
def test_a_version_table_without_a_row_is_no_schema(call: Call, tracker: Tracker) -> None:
    """A host's `alembic downgrade` to the base leaves it behind."""
    tracker.bring_to(OLDEST)
    tracker.execute("DELETE FROM trackercore_version")
    assert isinstance(refusal(tracker, call), UnmanagedSchema)
    tables = reversed(Base.metadata.sorted_tables)
    tracker.execute(*(f"DROP TABLE IF EXISTS {table}" for table in tables))
    assert tracker.database().revision() is None
    call(tracker.database())
    assert tracker.database().revision() == state.HEAD


@each_place
@pytest.mark.parametrize("call", [init, upgrade])
def test_a_host_s_other_tables_are_fine(call: Call, tracker: Tracker) -> None:
    """Even an alembic_version of its own, and rows that refer to nothing."""
    before = tracker.rows_of_host()
    call(tracker.database())
    assert tracker.database().revision() == state.HEAD
    assert tracker.rows_of_host() == before
    names = set(inspect(tracker.engine).get_table_names())
    assert names & state.OUR_TABLES <= ({named("users")} if tracker.schema else state.OUR_TABLES)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_tables_in_another_schema_do_not_matter(tracker: Tracker) -> None:
    """A `users` of the host's in public, and our own tables in two schemas of two revisions."""
    tracker.execute("CREATE TABLE users (name text)")
    old, new = (Tracker(tracker.url, name) for name in ("old", "new"))
    old.bring_to(OLDEST)
    new.database().init()
    assert (old.database().revision(), new.database().revision()) == (OLDEST, state.HEAD)
    assert old.database().differences()
    assert new.database().differences() == []
    assert isinstance(refusal(tracker, init), UnmanagedSchema)
    before = old.tables()
    new.database().upgrade()
    assert old.tables() == before
    old.database().upgrade()
    assert old.tables() == new.tables()


def test_the_default_database_is_upgraded_by_upgrade_db_and_never_by_init_db(
    tracker: Tracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.database._default", None)
    tracker.bring_to(OLDEST)
    with pytest.raises(SchemaOutOfDate):
        init_db(tracker.url)
    database = upgrade_db()
    assert database.revision() == state.HEAD
    assert init_db() is database
    again = upgrade_db(tracker.url)
    assert again is not database
    for opened in (database, again):
        opened.dispose()
