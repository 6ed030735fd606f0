"""More rows take more time, and neither more memory nor more statements."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from tests.adoption import support

if not Path("/proc/self/status").exists():
    pytest.skip("no way to ask for a process's peak of memory", allow_module_level=True)

BOTH = "both, FocusFlow by its SQL script"
FEW, MANY = 2_500, 25_000
ROOM = 15 * 1024  # KiB


class Measured(NamedTuple):
    kept: dict[str, int]
    growth: int
    statements: list[str]

    @property
    def for_all(self) -> list[str]:
        """But for those that read texts, and write their keys, by the thousand."""
        return [line for line in self.statements if "_keys" not in line]


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


def measure(url: str, rows: int) -> Measured:
    """Adopt as many tasks, topics and sessions, in a process of its own."""
    support.fill(url, BOTH, {})
    with support.host_engine(url) as engine, engine.begin() as connection:
        for table, (columns, values, share) in FILLED.items():
            query = text(
                f"INSERT INTO {table} ({columns}) WITH RECURSIVE number (n) AS"
                " (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :rows)"
                f" SELECT {values.replace(':tenth', str(rows // 10))} FROM number"
            )
            connection.execute(query, {"rows": rows // share})
    done = subprocess.run(
        [sys.executable, "-m", "tests.adoption.measure", url],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Measured(*json.loads(done.stdout))


def test_ten_times_the_rows_take_no_more_memory_and_no_more_statements(
    backend: str, empty_url: str, subtests: pytest.Subtests
) -> None:
    few, many = measure(empty_url, FEW), measure(empty_url, MANY)
    assert many.kept == {table: 10 * rows for table, rows in few.kept.items()}
    assert many.kept["tasks"] == many.kept["sessions"] == MANY * 9 // 10
    with subtests.test("memory"):
        assert many.growth < few.growth + ROOM
    with subtests.test("statements"):
        assert sorted(many.for_all) == sorted(few.for_all)
        if backend == "sqlite":
            assert len(many.statements) == len(few.statements)
