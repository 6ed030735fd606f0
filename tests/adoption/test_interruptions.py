"""Whatever stops `adopt`, the database is as it was before, and `adopt` can be run again."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.adoption import support, victim
from tests.adoption.legacy import ADA, BOTH, KEPT, ROWS
from tests.support.processes import Child, wait_for_the_server
from trackercore import adopt

pytestmark = pytest.mark.slow  # each test starts processes

if sys.platform == "win32":
    pytest.skip("no SIGKILL", allow_module_level=True)


def adopting(url: str, statement: int | None = None) -> Child:
    """A process that has begun to adopt, and dies before a statement."""
    return Child(victim.adopt_until, statement, url)


def until_it_ends(process: Child, url: str) -> list[int]:
    """How many statements it sent, if it lived."""
    sent: list[int] = list(process.rest())
    wait_for_the_server(url)
    return sent


def test_killed_before_any_statement_it_has_done_nothing(filled_url: str) -> None:
    (statements,) = until_it_ends(adopting(filled_url), filled_url)
    support.fill(filled_url, BOTH, ROWS)
    before = support.dump_of(filled_url)
    for statement in sorted({*range(1, statements, statements // 6), statements}):
        assert until_it_ends(adopting(filled_url, statement), filled_url) == []
        assert support.dump_of(filled_url) == before, statement


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_it_has_done_all_or_nothing(seed: int, filled_url: str) -> None:
    rows = 5_000
    with support.connect(filled_url) as connection:
        connection.execute(text(MANY_TASKS), {"rows": rows})
    before = support.dump_of(filled_url)
    process = adopting(filled_url)
    time.sleep(Random(seed).uniform(0, rows / 30_000))  # noqa: S311 - the moment
    finished = process.kill()
    wait_for_the_server(filled_url)
    if support.dump_of(filled_url) != before:
        assert adopt(filled_url, owner_email=ADA).kept == {}
    else:
        assert finished == []
        kept = {**KEPT, "tasks": KEPT["tasks"] + rows}
        assert adopt(filled_url, owner_email=ADA).kept == kept
    with support.connect(filled_url) as connection:
        assert connection.execute(text("SELECT count(*) FROM tasks")).scalar_one() == (
            KEPT["tasks"] + rows
        )


@pytest.mark.parametrize(
    "statement", ["SELECT count(*) FROM tasks", "UPDATE tasks SET title = 'x'"]
)
def test_while_somebody_uses_a_table_it_gives_up_at_its_timeout(
    statement: str, filled_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading is enough: the old table cannot be dropped, and the file not written."""
    monkeypatch.setattr("trackercore.adoption.run.LOCK_TIMEOUT", 0.2)
    monkeypatch.setattr("trackercore.backends.sqlite_connections.BUSY_TIMEOUT", 0.2)
    before = support.dump_of(filled_url)
    with support.host_engine(filled_url) as engine, engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        connection.execute(text(statement))
        with pytest.raises(OperationalError):
            adopt(filled_url, owner_email=ADA)
        connection.rollback()
    assert support.dump_of(filled_url) == before
    assert adopt(filled_url, owner_email=ADA).kept == KEPT


def test_of_many_at_once_one_adopts(filled_url: str) -> None:
    """The others wait, and find nothing to do."""
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(adopt, filled_url, owner_email=ADA) for _ in range(4)]
        kept = [call.result().kept for call in calls]
    assert sorted(kept, key=len) == [{}, {}, {}, KEPT]


MANY_TASKS = """
    INSERT INTO tasks (title, user_id, category_id, due_date)
    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :rows)
    SELECT ' Task ' || n, 1, 2, CAST(NULL AS TIMESTAMP) FROM number
    """
