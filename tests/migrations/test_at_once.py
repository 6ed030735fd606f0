"""An upgrade while others use the tables: other upgrades, and programs that are running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from tests.migrations.support import Tracker, on_postgresql, on_sqlite, wait_until
from tests.migrations.two_revisions import NEW_ON_HABITS, OLDEST
from tests.support.fixtures import OpenDatabase
from tests.support.names import named_sql
from trackercore import Database
from trackercore.migrations import run, state

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("two_revisions")]


IN_USE = "A table stayed in use. Nothing was changed"

WAITING_FOR_A_TABLE = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'habits'::regclass
    AND mode = '{}')
    """
WAITING_FOR_THE_FIRST = """
    SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    """


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@on_postgresql
@pytest.mark.parametrize("lock", ["ACCESS SHARE", "ROW EXCLUSIVE", "ACCESS EXCLUSIVE"])
def test_a_table_that_stays_in_use_is_an_error_and_changes_nothing(
    lock: str, filled: Tracker
) -> None:
    """One open transaction that has read it is enough."""
    before = filled.dump()
    with filled.engine.begin() as user:
        user.execute(named_sql(f"LOCK TABLE habits IN {lock} MODE"))
        with pytest.raises(OperationalError) as caught:
            filled.database().upgrade(lock_timeout=0.05)
    assert caught.value.__notes__[0].startswith(IN_USE)
    assert filled.dump() == before
    filled.database().upgrade(lock_timeout=0.05)
    assert filled.database().revision() == state.HEAD


LOCKED = """
    SELECT relname, mode = 'AccessExclusiveLock' FROM pg_locks
    JOIN pg_class ON pg_class.oid = relation
    WHERE pid = pg_backend_pid() AND relname IN ({})
    AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    """


@on_postgresql
def test_a_revision_locks_the_tables_it_alters_and_those_that_new_tables_refer_to(
    filled: Tracker,
) -> None:
    """The first for everybody, the others for those who write."""
    with filled.reading() as connection:
        present = state.OUR_TABLES & set(inspect(connection).get_table_names())
    with filled.changing() as connection:
        run.upgrade(connection)
        query = LOCKED.format(", ".join(f"'{name}'" for name in present))
        locked = connection.execute(text(query)).all()
    for_all = {table for table, exclusive in locked if exclusive}
    assert for_all == {"habits", "sessions"}
    assert {table for table, _ in locked} - for_all == {"users", "topics", "tags"}


@on_postgresql
def test_queries_that_wait_behind_the_upgrade_go_on_when_it_gives_up(
    filled: Tracker, threads: ThreadPoolExecutor
) -> None:
    with filled.engine.begin() as user:
        user.execute(named_sql("SELECT * FROM habits"))
        upgrade = threads.submit(filled.database().upgrade, lock_timeout=1)
        wait_until(filled, WAITING_FOR_A_TABLE.format("AccessExclusiveLock"))
        later = threads.submit(count_habits, filled)
        error = upgrade.exception(60)
        assert isinstance(error, OperationalError)
        assert later.result(60) == 5
    assert filled.database().revision() == OLDEST


def count_habits(tracker: Tracker) -> int:
    with tracker.reading() as connection:
        number: int = connection.execute(named_sql("SELECT count(*) FROM habits")).scalar_one()
        return number


@on_postgresql
def test_a_second_upgrade_waits_longer_than_the_timeout(
    filled: Tracker, threads: ThreadPoolExecutor
) -> None:
    with filled.changing() as first:
        second = threads.submit(filled.database().upgrade, lock_timeout=0.001)
        wait_until(filled, WAITING_FOR_THE_FIRST)
        first.execute(text("SELECT pg_sleep(0.1)"))
        assert not second.done()
        run.upgrade(first)
    assert second.result(60) is None
    assert filled.database().differences() == []


@on_postgresql
@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
@pytest.mark.parametrize("call", [Database.init, Database.upgrade])
def test_a_second_upgrade_sees_what_the_first_has_made(
    call: Callable[[Database], None],
    level: str,
    tracker: Tracker,
    open_database: OpenDatabase,
    threads: ThreadPoolExecutor,
) -> None:
    database = open_database(tracker.url, isolation_level=level)
    with tracker.changing() as first:
        second = threads.submit(call, database)
        wait_until(tracker, WAITING_FOR_THE_FIRST)
        state.create(first)
    assert second.result(60) is None
    assert database.differences() == []


def test_while_an_upgrade_is_under_way_others_see_the_old_revision(filled: Tracker) -> None:
    with filled.changing() as connection:
        run.upgrade(connection)
        assert filled.database().revision() == OLDEST
    assert filled.database().revision() == state.HEAD


def test_threads_may_upgrade_different_databases_at_once(
    tmp_path: Path, threads: ThreadPoolExecutor, open_database: OpenDatabase
) -> None:
    """Alembic keeps what it is doing in globals."""
    databases = [open_database(f"sqlite:///{tmp_path / str(number)}.db") for number in range(8)]
    together = Barrier(8)

    def upgrade(database: Database) -> None:
        together.wait(60)
        database.upgrade()

    for done in [threads.submit(upgrade, database) for database in databases]:
        assert done.result(60) is None
    for database in databases:
        assert database.revision() == state.HEAD
        assert database.differences() == []


@on_sqlite
def test_a_writer_on_sqlite_makes_an_upgrade_give_up_at_the_engine_s_timeout(
    filled: Tracker, open_database: OpenDatabase
) -> None:
    before = filled.dump()
    impatient = open_database(filled.url, connect_args={"timeout": 0})
    with filled.engine.begin(), pytest.raises(OperationalError, match="database is locked"):
        impatient.upgrade()
    assert filled.dump() == before
    impatient.upgrade()
    assert impatient.differences() == []


@on_sqlite
def test_a_reader_on_sqlite_does_not_hinder_an_upgrade(filled: Tracker) -> None:
    with filled.database().session(read_only=True) as session:
        session.execute(named_sql("SELECT * FROM habits"))
        filled.database().upgrade()
        names = session.execute(named_sql("SELECT * FROM habits")).keys()
        assert NEW_ON_HABITS not in names
    assert filled.database().differences() == []


@on_postgresql
@pytest.mark.parametrize("seconds", [0, 0.0001, -1, float("nan"), float("inf")])
def test_the_timeout_is_above_zero_and_finite(seconds: float, filled: Tracker) -> None:
    """0 would mean no limit."""
    with pytest.raises(ValueError, match="lock_timeout"):
        filled.database().upgrade(lock_timeout=seconds)
    assert filled.database().revision() == OLDEST
