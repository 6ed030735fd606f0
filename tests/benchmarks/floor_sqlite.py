"""The floor on SQLite: the driver of Python's standard library."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.floor import Floor, Parameters, Row, between


class SqliteFloor(Floor):
    """One connection, in autocommit except in transactions that it begins itself."""

    false = "0"
    for_update = ""
    names = "json_group_array"
    islands = "julianday(day) - row_number() OVER (PARTITION BY user_id, habit_id ORDER BY day)"
    the_day_after = "date(last, '+1 day')"
    # A number, since a date would have to be written for each row.
    week = (
        "7 * CAST((julianday(s.study_date) + 1.5 - u.week_starts_on) / 7 AS INTEGER)"
        " + u.week_starts_on - 1721426"
    )

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, timeout=30)
        for pragma in ("foreign_keys=ON", "journal_mode=WAL"):
            self._connection.execute(f"PRAGMA {pragma}").close()

    def rows(self, sql: str, parameters: Parameters) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def write(self, sql: str, parameters: Parameters | None = None) -> int:
        written = self._connection.execute(sql, parameters or {}).rowcount
        if written < 0 and sql.lstrip().startswith("WITH"):  # which the driver takes for a SELECT
            (written,) = self._connection.execute("SELECT changes()").fetchone()
        return int(written)

    def load(self, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        marks = ", ".join("?" * len(columns.split(",")))
        with self.transaction():
            sql = f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"
            self._connection.executemany(sql, rows)

    def transaction(self) -> AbstractContextManager[None]:
        return between("BEGIN IMMEDIATE", "COMMIT", self)

    @contextmanager
    def counted(self) -> Generator[Sequence[str]]:
        sent: list[str] = []

        def collect(sql: str) -> None:
            if sql.split(maxsplit=1)[0] not in {"BEGIN", "COMMIT"} and "changes()" not in sql:
                sent.append(sql)

        self._connection.set_trace_callback(collect)
        yield sent
        self._connection.set_trace_callback(None)

    def instant(self, now: datetime) -> str:
        return now.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")

    def empty(self, table: str) -> None:
        """Delete all rows, at once, without checking foreign keys."""
        self.write("PRAGMA foreign_keys=OFF")
        self.write(f"DELETE FROM {table}")
        self.write("PRAGMA foreign_keys=ON")
        self.write("PRAGMA wal_checkpoint(TRUNCATE)")

    def settle(self) -> None:
        """Move what is in the write-ahead log to the file."""
        self.write("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()
