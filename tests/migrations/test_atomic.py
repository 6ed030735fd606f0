"""An upgrade happens as a whole or not at all, and never at the expense of other rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from tests.migrations.rows import ROWS
from tests.migrations.support import (
    FURTHER,
    Tracker,
    each_place,
    on_postgresql,
    on_sqlite,
    write_revision,
)
from tests.migrations.two_revisions import OLDEST
from tests.support.fixtures import OpenDatabase
from tests.support.names import named, named_sql
from trackercore import Database, SchemaError
from trackercore.migrations import run, state
from trackercore.migrations.transaction import changing

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("two_revisions")]


REBUILD_USERS = (
    'options = {"recreate": "always", "table_kwargs": {"sqlite_autoincrement": True}}',
    'with op.batch_alter_table("users", **options) as users:',
    '    users.add_column(sa.Column("nickname", sa.String(50)))',
)
LOSE_A_USER = ('op.execute("DELETE FROM users WHERE id = 1")',)
FAIL_IN_THE_MIDDLE = (
    'op.create_table("badges", sa.Column("id", sa.Integer, primary_key=True))',
    'op.add_column("habits", sa.Column("color", sa.String(20)))',
    'op.drop_index("ix_sessions_by_day", "sessions")',
    "op.execute(\"UPDATE users SET time_zone = 'UTC'\")",
    'raise RuntimeError("the middle")',
)
FAIL_IN_THE_DATABASE = (
    *FAIL_IN_THE_MIDDLE[:-1],
    'op.execute("INSERT INTO users (email) VALUES (NULL)")',
)


@each_place
@pytest.mark.parametrize("body", [FAIL_IN_THE_MIDDLE, FAIL_IN_THE_DATABASE])
def test_a_revision_that_fails_leaves_everything_as_before(
    body: tuple[str, ...], filled: Tracker, tmp_path: Path
) -> None:
    """Nor do the revisions that succeeded before it."""
    before = filled.dump()
    with pytest.raises((RuntimeError, DBAPIError)):
        filled.bring_to(FURTHER, [write_revision(tmp_path / "versions", *body)])
    assert filled.dump() == before
    assert filled.database().revision() == OLDEST
    filled.database().upgrade()
    assert filled.database().differences() == []


@each_place
def test_an_upgrade_is_part_of_the_caller_s_transaction(tracker: Tracker) -> None:
    before = tracker.dump()

    def upgrade_and_regret() -> None:
        with tracker.changing() as connection:
            run.upgrade(connection)
            assert state.read_revision(connection) == state.HEAD
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        upgrade_and_regret()
    assert tracker.dump() == before


@on_sqlite
def test_a_table_that_others_refer_to_can_be_rebuilt(filled: Tracker, tmp_path: Path) -> None:
    """With foreign keys on, all that users own would be deleted with the old table."""
    before = filled.dump()
    filled.bring_to(FURTHER, [write_revision(tmp_path / "versions", *REBUILD_USERS)])
    ours = map(named, ('"habits"', '"sessions"', '"users"', '"trackercore_version"'))
    changed = (*ours, '"sqlite_')
    of_others = [line for line in before if line[0] == '"' and not line.startswith(changed)]
    assert len(of_others) > len(ROWS[OLDEST])
    assert set(of_others) <= set(filled.dump())
    with filled.reading() as connection:
        assert connection.execute(named_sql("SELECT id, nickname FROM users")).all() == [
            (1, None),
            (2, None),
        ]
    filled.execute("DELETE FROM users WHERE id = 1")
    with filled.reading() as connection:
        owners = (
            connection.execute(named_sql("SELECT DISTINCT user_id FROM habits")).scalars().all()
        )
    assert owners == [2]


@on_sqlite
def test_a_revision_that_breaks_a_reference_is_not_committed(
    filled: Tracker, tmp_path: Path
) -> None:
    before = filled.dump()
    message = named("nothing was changed: 1 rows of categories .* users")
    with pytest.raises(SchemaError, match=message):
        filled.bring_to(FURTHER, [write_revision(tmp_path / "versions", *LOSE_A_USER)])
    assert filled.dump() == before


@on_sqlite
def test_a_reference_that_was_broken_before_stops_the_upgrade(filled: Tracker) -> None:
    """By a program that does not turn foreign keys on."""
    with create_engine(filled.url, poolclass=NullPool).begin() as careless:
        careless.execute(named_sql("UPDATE tasks SET category_id = 99 WHERE id = 1"))
    before = filled.dump()
    with pytest.raises(SchemaError, match=named("1 rows of tasks refer to rows of categories")):
        filled.database().upgrade()
    assert filled.dump() == before


@on_postgresql
def test_a_revision_cannot_break_a_reference(filled: Tracker, tmp_path: Path) -> None:
    body = 'op.execute("UPDATE user_pauses SET user_id = 99 WHERE user_id = 2")'
    before = filled.dump()
    with pytest.raises(DBAPIError, match=named("fk_user_pauses_user_id")):
        filled.bring_to(FURTHER, [write_revision(tmp_path / "versions", body)])
    assert filled.dump() == before


def fail_to_commit(database: Database, _folder: Path) -> None:
    def refuse(_connection: object) -> None:
        raise RuntimeError("no commit")

    database.revision()
    event.listen(database.engine, "commit", refuse)
    try:
        database.upgrade()
    finally:
        event.remove(database.engine, "commit", refuse)


def run_revision(*body: str) -> Callable[[Database, Path], None]:
    def upgrade(database: Database, folder: Path) -> None:
        versions = write_revision(folder / "versions", *body)
        with changing(database.engine) as connection:
            run.upgrade(connection, FURTHER, more_versions=[versions])

    return upgrade


WAYS: dict[str, Callable[[Database, Path], None]] = {
    "upgrade": lambda database, _folder: database.upgrade(),
    "rebuild": run_revision(*REBUILD_USERS),
    "failure": run_revision(*FAIL_IN_THE_MIDDLE),
    "broken reference": run_revision(*LOSE_A_USER),
    "no commit": fail_to_commit,
}


@on_sqlite
@pytest.mark.parametrize("way", WAYS)
def test_foreign_keys_are_on_again_in_the_pool(
    way: str, filled: Tracker, open_database: OpenDatabase, tmp_path: Path
) -> None:
    database = open_database(filled.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    if way in ("upgrade", "rebuild"):
        WAYS[way](database, tmp_path)
    else:
        with pytest.raises((RuntimeError, SchemaError)):
            WAYS[way](database, tmp_path)
        assert database.revision() == OLDEST
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


@on_postgresql
def test_settings_are_the_host_s_again_in_the_pool(
    tracker: Tracker, open_database: OpenDatabase
) -> None:
    database = open_database(
        tracker.url, schema="My tracker", pool_size=1, max_overflow=0, pool_timeout=0.1
    )
    settings = ("search_path", "lock_timeout", "transaction_isolation", "transaction_read_only")

    def read() -> list[object]:
        with database.engine.connect() as connection:
            return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in settings]

    before = read()
    database.init()
    database.upgrade(lock_timeout=1)
    assert database.differences() == []
    assert read() == before


@on_postgresql
@pytest.mark.parametrize("level", ["AUTOCOMMIT", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("call", [Database.init, Database.upgrade])
def test_the_isolation_level_of_the_host_does_not_matter(
    call: Callable[[Database], None], level: str, tracker: Tracker, open_database: OpenDatabase
) -> None:
    database = open_database(tracker.url, isolation_level=level, pool_size=1, max_overflow=0)

    def level_of_the_pool() -> tuple[object, object]:
        with database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return driver.autocommit, connection.get_isolation_level()

    wanted = level_of_the_pool()
    tracker.execute("CREATE INDEX ix_sessions_by_topic ON notes (id)")
    before = tracker.dump()
    with pytest.raises(DBAPIError, match=named("ix_sessions_by_topic")):
        call(database)
    assert tracker.dump() == before
    tracker.execute("DROP INDEX ix_sessions_by_topic")
    call(database)
    assert level_of_the_pool() == wanted
