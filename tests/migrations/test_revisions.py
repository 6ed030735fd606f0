"""The revisions: their files, the SQL they send, and the rows they keep."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from tests.database.tour import take_tour
from tests.migrations.golden import BACKENDS, FOLDER, path_of, scripts
from tests.migrations.rows import ROWS
from tests.migrations.support import Tracker, each_place
from tests.migrations.two_revisions import NEWEST, REVISIONS
from tests.support.names import named
from trackercore import Database, habits, study_sessions, tasks, topics, users
from trackercore.migrations import state

pytestmark = pytest.mark.slow

Rows = list[dict[str, Any]]

SCRIPTS = ScriptDirectory(str(state.VERSIONS.parent), version_locations=[str(state.VERSIONS)])

_INTO = re.compile(r"INSERT INTO (\w+)")

each_revision = pytest.mark.parametrize("revision", REVISIONS)


def test_the_revisions_are_those_that_alembic_finds() -> None:
    assert [step.revision for step in SCRIPTS.walk_revisions()] == list(reversed(state.REVISIONS))
    assert SCRIPTS.get_heads() == [state.HEAD]


def test_our_branch_has_a_label() -> None:
    """The label is on the first revision, from which all others descend."""
    (base,) = SCRIPTS.get_bases()
    first = SCRIPTS.get_revision(base)
    assert first.revision == state.REVISIONS[0]
    assert first.branch_labels == {"trackercore"}
    for revision in state.REVISIONS:
        assert revision.startswith("trackercore_")


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_revision_sends_the_sql_that_is_on_record(backend: str) -> None:
    """Databases that have been through a released revision would not have a later change."""
    sent = {path_of(revision, backend): sql for revision, sql in scripts(backend).items()}
    recorded = {file: named(file.read_text("utf-8")) for file in FOLDER.glob(f"*.{backend}.sql")}
    assert sent == recorded, (
        "Until 0.1.0 is released, run `python -m tests.migrations.golden`. After that, undo the "
        "edit of a released revision, and make it a new one."
    )


@pytest.mark.parametrize("revision", state.REVISIONS)
def test_a_revision_does_not_use_the_models_of_today(revision: str) -> None:
    source = Path(SCRIPTS.get_revision(revision).path).read_text(encoding="utf-8")
    imported = set(re.findall(r"^\s*(?:from|import) (trackercore\S*)", source, re.MULTILINE))
    assert imported <= {"trackercore.backends.owned_key", "trackercore.table_prefix"}


def read_everything(connection: Connection) -> dict[str, Rows]:
    """All rows of trackercore's tables, in the current schema, as the driver has them."""
    ours = state.OUR_TABLES & set(inspect(connection).get_table_names())
    return {
        table: [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]
        for table in ours - {state.VERSION_TABLE}
    }


def in_order(rows: Rows, columns: set[str]) -> list[str]:
    return sorted(str([row[column] for column in sorted(columns)]) for row in rows)


@each_place
@each_revision
def test_no_upgrade_loses_a_value(revision: str, two_revisions: None, tracker: Tracker) -> None:
    tracker.bring_to(revision)
    tracker.fill(revision)
    with tracker.reading() as connection:
        before = read_everything(connection)
    for table, rows in before.items():
        for column in rows[0]:
            assert [row for row in rows if row[column] is not None], f"{table}.{column} is untried"

    database = tracker.database()
    database.upgrade()
    with tracker.reading() as connection:
        after = read_everything(connection)
    assert set(before) <= set(after)
    for table, rows in before.items():
        columns = set(rows[0])
        assert in_order(after[table], columns) == in_order(rows, columns)
    use(database)


@each_place
@each_revision
def test_code_of_every_revision_can_go_on_writing(
    revision: str, two_revisions: None, tracker: Tracker
) -> None:
    """After the upgrade, while processes are replaced one by one."""
    tracker.bring_to(NEWEST)
    tracker.fill(revision)
    with tracker.reading() as connection:
        written = read_everything(connection)
    assert {table for table, rows in written.items() if rows} == {
        named(match[1]) for match in map(_INTO.search, ROWS[revision]) if match is not None
    }
    use(tracker.database())


def use(database: Database) -> None:
    """Work with the old rows, and with new ones next to them."""
    with database.session() as session:
        ada = users.find_by_email(session, "ada@example.com")
        assert ada is not None
        write, call, water = tasks.find(session, ada.id, archived=None)
        assert write.category is not None
        assert write.category.name == "Work"
        assert tasks.complete(session, ada.id, call.id).completed
        assert water.tags == ("Home",)
        run = min(habits.find(session, ada.id, archived=None), key=lambda habit: habit.id)
        assert [item.amount for item in habits.check_ins(session, ada.id, run.id)] == [1, 3]
        assert habits.rebuild_streaks(session).corrected == 0
        assert habits.check_in(session, ada.id, run.id, on=date(2026, 1, 3)).longest_streak == 3
        (sql,) = topics.find(session, ada.id, archived=None)
        (total,) = study_sessions.totals_by_topic(
            session, ada.id, start=date(2026, 1, 1), end=date(2026, 1, 31)
        )
        assert (total.topic_id, total.name, total.minutes) == (sql.id, "SQL", 25)
        take_tour(session, "lovelace@example.com")
        users.delete(session, ada.id)
        assert [user.email for user in users.find(session)] == ["grace@example.com"]
