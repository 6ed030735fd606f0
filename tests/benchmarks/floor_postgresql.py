"""The floor on PostgreSQL: psycopg2."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import cache

import psycopg2

from tests.benchmarks.floor import Floor, Parameters, Row, between

_CHECK_IN = """
WITH habit AS (
  SELECT h.id, h.user_id, h.streak, h.longest_streak, h.streak_alive_through,
         CAST((CAST(:now AS timestamptz) AT TIME ZONE u.time_zone)
              - u.day_starts_at * interval '1 minute' AS date) AS today
  FROM habits h JOIN users u ON u.id = h.user_id
  WHERE h.user_id = :user AND h.id = :habit FOR NO KEY UPDATE OF h
), added AS (
  INSERT INTO check_ins (user_id, habit_id, day, status, amount, recorded_at)
  SELECT user_id, id, today, 'done', 1000, :now FROM habit ON CONFLICT DO NOTHING RETURNING day
), counted AS (
  SELECT habit.*, day,
         CASE WHEN day IS NULL THEN streak
              WHEN streak_alive_through >= today THEN streak + 1 ELSE 1 END AS now
  FROM habit LEFT JOIN added ON true
), stored AS (
  UPDATE habits SET streak = c.now, longest_streak = greatest(c.longest_streak, c.now),
                    streak_alive_through = c.day + 1
  FROM counted c WHERE habits.user_id = c.user_id AND habits.id = c.id AND c.day IS NOT NULL
)
SELECT now, greatest(longest_streak, now), day IS NOT NULL FROM counted
"""


class PostgresqlFloor(Floor):
    """One connection, in autocommit except in transactions that it begins itself."""

    false = "false"
    for_update = "FOR NO KEY UPDATE OF h"
    names = "json_agg"
    islands = (
        "day - CAST(row_number() OVER (PARTITION BY user_id, habit_id ORDER BY day) AS integer)"
    )
    the_day_after = "last + 1"
    week = (
        "(s.study_date - DATE '0001-01-01' + 8 - u.week_starts_on) / 7 * 7 - 7 + u.week_starts_on"
    )

    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(url)
        self._connection.autocommit = True
        self._cursor = self._connection.cursor()
        self._sent: list[str] | None = None

    def rows(self, sql: str, parameters: Parameters) -> list[Row]:
        self._execute(sql, parameters)
        return self._cursor.fetchall()

    def write(self, sql: str, parameters: Parameters | None = None) -> int:
        self._execute(sql, parameters or {})
        return self._cursor.rowcount

    def check_in(self, user: int, habit: int, now: datetime) -> Row:
        """In one statement, which is its own transaction."""
        (row,) = self.rows(_CHECK_IN, {"user": user, "habit": habit, "now": now})
        return row

    def check_in_in_three(self, user: int, habit: int, now: datetime) -> Row:
        """As one would write it for both databases."""
        return super().check_in(user, habit, now)

    def load(self, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        with self.transaction():
            self._cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", _Lines(rows))

    def transaction(self) -> AbstractContextManager[None]:
        return between("BEGIN", "COMMIT", self)

    @contextmanager
    def counted(self) -> Generator[Sequence[str]]:
        sent: list[str] = []
        self._sent = sent
        yield sent
        self._sent = None

    def empty(self, table: str) -> None:
        """Delete all rows, at once."""
        self.write(f"TRUNCATE {table} CASCADE")

    def settle(self) -> None:
        """Bring statistics and the visibility map up to date, as autovacuum would."""
        self.write("VACUUM ANALYZE")
        self.write("CHECKPOINT")

    def close(self) -> None:
        self._connection.close()

    def _execute(self, sql: str, parameters: Parameters) -> None:
        if self._sent is not None and sql not in {"BEGIN", "COMMIT"}:
            self._sent.append(sql)
        self._cursor.execute(_named(sql), dict(parameters))


class _Lines:
    """Rows as COPY reads them, made as COPY reads them."""

    def __init__(self, rows: Iterable[Sequence[object]]) -> None:
        self._lines = self._written(rows)
        self._rest = b""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes; fewer than `size` only at the end."""
        parts, length = [self._rest], len(self._rest)
        while length < size and (line := next(self._lines, b"")):
            parts.append(line)
            length += len(line)
        together = b"".join(parts)
        self._rest = together[size:]
        return together[:size]

    def readline(self, _size: int = -1, /) -> bytes:
        """The next line, which psycopg2 never reads."""
        return next(self._lines, b"")

    @staticmethod
    def _written(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
        for row in rows:
            texts = (r"\N" if value is None else str(value) for value in row)
            yield ("\t".join(texts) + "\n").encode()


@cache
def _named(sql: str) -> str:
    return re.sub(r":([a-z]\w*)", r"%(\1)s", sql.replace("%", "%%"))
