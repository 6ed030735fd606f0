"""More rows take neither more statements nor more rows in memory at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.engine.cursor import BufferedRowCursorFetchStrategy, CursorFetchStrategy

from tests.adoption import support
from tests.adoption.legacy import ADA, BOTH
from trackercore import adopt

pytestmark = pytest.mark.slow

BATCH = 10


@dataclass
class Traffic:
    """What goes between the program and the database.

    Attributes:
        sent: the statements.
        at_once: the most rows that were sent or fetched at once.
    """

    sent: list[str] = field(default_factory=list[str])
    at_once: int = 0

    def before(
        self, _: object, cursor: object, sql: str, rows: Sized, context: object, many: bool
    ) -> None:
        self.sent.append(sql)
        if many:
            self.at_once = max(self.at_once, len(rows))

    def after(self, _: object, cursor: Any, *__: object) -> None:
        # psycopg2 has all rows of a query then, except those of a named cursor.
        if cursor.description and not getattr(cursor, "name", None):
            self.at_once = max(self.at_once, cursor.rowcount)


def fetched(traffic: Traffic, fetch: Callable[..., Sized]) -> Callable[..., Sized]:
    """The method, and it counts its rows."""

    def counting(*arguments: Any) -> Sized:
        rows = fetch(*arguments)
        traffic.at_once = max(traffic.at_once, len(rows))
        return rows

    return counting


@contextmanager
def counted() -> Generator[Traffic]:
    traffic = Traffic()
    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": traffic.before,
        "after_cursor_execute": traffic.after,
    }
    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    with pytest.MonkeyPatch.context() as patch:
        for strategy in (CursorFetchStrategy, BufferedRowCursorFetchStrategy):
            for method in ("fetchmany", "fetchall"):
                patch.setattr(strategy, method, fetched(traffic, getattr(strategy, method)))
        yield traffic
    for name, listener in listeners.items():
        event.remove(Engine, name, listener)


# table → its columns, their values for row n, and how many tasks there are for each row. A tenth
# of them belong to nobody.
FILLED = {
    "users": ("email, hashed_password", "'é' || n || '@example.com', 'x'", 10),
    "categories": ("name, user_id", "'Küche ' || n, n", 10),
    "tasks": (
        "title, user_id, category_id",
        "' Task ' || n, CASE WHEN n % 10 > 0 THEN 1 + n % :tenth END, 1 + n % :tenth",
        1,
    ),
    "habits": ("name, frequency, user_id", "'Läufe', 'Daily', n", 10),
    "topics": ("name, created_at", "'Straße ' || n, '2024-03-05 08:00:00'", 1),
    "sessions": (
        "topic_id, study_date, duration_minutes, created_at",
        "n, '2024-03-05', n % 10, '2024-03-05 08:00:00'",
        1,
    ),
}


def adopted(url: str, rows: int) -> tuple[dict[str, int], Traffic]:
    """Adopt as many tasks, topics and sessions: the rows that were kept, and the traffic."""
    support.fill(url, BOTH, {})
    with support.connect(url) as connection:
        for table, (columns, values, share) in FILLED.items():
            query = text(
                f"INSERT INTO {table} ({columns}) WITH RECURSIVE number (n) AS"
                " (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :rows)"
                f" SELECT {values.replace(':tenth', str(rows // 10))} FROM number"
            )
            connection.execute(query, {"rows": rows // share})
    with counted() as traffic:
        return adopt(url, owner_email=ADA).kept, traffic


@pytest.mark.parametrize("few", [100, pytest.param(2_500, marks=pytest.mark.slow)])
def test_ten_times_the_rows_take_no_more_memory_and_no_more_statements(
    few: int, backend: str, empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.adoption._reading_postgresql._BATCH", BATCH)
    (few_kept, small), (many_kept, large) = (adopted(empty_url, rows) for rows in (few, 10 * few))
    assert many_kept == {table: 10 * rows for table, rows in few_kept.items()}
    assert many_kept["tasks"] == many_kept["sessions"] == 9 * few
    # The texts that PostgreSQL cannot fold are read, and their keys written, in batches.
    of_all = [[sql for sql in traffic.sent if "_keys" not in sql] for traffic in (small, large)]
    assert sorted(of_all[0]) == sorted(of_all[1])
    if backend == "sqlite":
        assert len(small.sent) == len(large.sent)
    assert small.at_once == large.at_once
