"""An upgrade that is killed, at any moment, has happened as a whole or not at all."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from tests.migrations import victim
from tests.migrations.support import FURTHER, Tracker, wait_until, write_revision
from tests.migrations.two_revisions import NEW_ON_HABITS
from tests.support.names import named_sql
from tests.support.processes import Child
from trackercore.migrations import state

pytestmark = pytest.mark.slow  # each test starts processes

# On SQLite, the change of the type rebuilds the table.
BODY = (
    'op.create_table("badges", sa.Column("id", sa.Integer, primary_key=True))',
    'with op.batch_alter_table("users") as users:',
    '    users.alter_column("time_zone", type_=sa.String(80))',
    "op.execute(\"UPDATE habits SET name = name || '!'\")",
)


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    return write_revision(tmp_path / "versions", *BODY)


def upgrading(tracker: Tracker, versions: Path, step: int | None = None) -> Child:
    """A process that has begun to upgrade, and stops before a step."""
    return Child(victim.upgrade, tracker.url, versions, step)


def kill(process: Child, tracker: Tracker) -> None:
    """Kill it, and wait until the database knows."""
    process.kill()
    with tracker.changing():
        pass


def is_upgraded(tracker: Tracker) -> bool:
    """Whether the upgrade has happened as a whole."""
    with tracker.reading() as connection:
        names = connection.execute(named_sql("SELECT name FROM habits ORDER BY id")).scalars().all()
        assert connection.execute(text("SELECT count(*) FROM badges")).scalar_one() == 0
    assert any("time_zone" in line and "(80)" in line.lower() for line in tracker.tables())
    assert NEW_ON_HABITS in "".join(tracker.tables())
    upgraded = ["Run!", "Swim!", "Read!", "Lift!", "Water!"]
    return names == upgraded and tracker.database().revision() == FURTHER


def test_killed_between_any_two_statements_nothing_has_happened(
    filled: Tracker, versions: Path
) -> None:
    before = filled.dump()
    killed: list[int] = []
    for step in itertools.count(1, 3):
        process = upgrading(filled, versions, step)
        word = process.hear()
        kill(process, filled)
        if word == "done":
            break
        assert filled.dump() == before, step
        killed.append(step)
    assert len(killed) > 3
    assert is_upgraded(filled)


def test_killed_before_the_commit_nothing_has_happened(filled: Tracker, versions: Path) -> None:
    before = filled.dump()
    process = upgrading(filled, versions, victim.COMMIT)
    assert process.hear() == "stopped"
    kill(process, filled)
    assert filled.dump() == before
    process = upgrading(filled, versions)
    assert process.hear() == "done"
    kill(process, filled)
    assert is_upgraded(filled)


def test_killed_at_any_moment_all_has_happened_or_nothing(filled: Tracker, versions: Path) -> None:
    before = filled.dump()
    moments = Random(1)  # noqa: S311
    longest = 0.2
    while filled.dump() == before:
        process = upgrading(filled, versions)
        time.sleep(moments.uniform(0, longest))
        kill(process, filled)
        longest *= 1.5  # until it gets to the end, however slow the machine is
    assert is_upgraded(filled)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_command_that_is_killed_while_it_waits_for_a_table_has_done_nothing(
    filled: Tracker,
) -> None:
    """The server goes on waiting. When it gets the table, no client is left that could commit."""
    before = filled.dump()
    with filled.engine.connect() as reader:
        reader.execute(named_sql("SELECT * FROM habits"))
        process = Child(victim.command, "upgrade", "--url", filled.url)
        wait_until(filled, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        process.kill()
    with filled.changing():
        pass
    assert filled.dump() == before
    filled.database().upgrade()
    assert filled.database().revision() == state.HEAD
