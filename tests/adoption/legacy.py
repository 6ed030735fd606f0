"""Legacy databases, created in every known way, and filled and read with plain SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, inspect, text

from tests.adoption.legacy_models import SAME_NAMES, focusflow, studytracker

Row = dict[str, Any]
Rows = dict[str, list[Row]]

SCRIPTS = Path(__file__).parents[1] / "data" / "legacy"

FOCUSFLOW = ("users", "categories", "tasks", "habits")
STUDYTRACKER = ("topics", "sessions")
TABLES = FOCUSFLOW + STUDYTRACKER

# How the tables are created; "loose" ones (see `fill_loose`) hold any row.
KINDS = {
    "FocusFlow, by its SQL script": FOCUSFLOW,
    "FocusFlow, by SQLAlchemy": FOCUSFLOW,
    "FocusFlow, by SQLAlchemy with our names": FOCUSFLOW,
    "StudyTracker": STUDYTRACKER,
    "both, FocusFlow by its SQL script": TABLES,
    "both, FocusFlow by SQLAlchemy with our names": TABLES,
}

BOTH = "both, FocusFlow by its SQL script"
ADA = "ada@example.com"

COLUMNS = {
    table: names.split()
    for table, names in {
        "users": "id email hashed_password created_at",
        "categories": "id name user_id created_at",
        "tasks": "id title user_id description completed due_date category_id created_at",
        "habits": "id name frequency user_id streak created_at",
        "topics": "id name description created_at",
        "sessions": "id topic_id duration_minutes study_date notes created_at",
    }.items()
}
"""All columns of the old designs."""

OTHERS = {
    **{table: [*names, "updated_at"] for table, names in COLUMNS.items()},
    "tasks": [*COLUMNS["tasks"], "completed_at", "updated_at"],
    "habits": [*COLUMNS["habits"], "description", "updated_at"],
}
"""Those and what many trackers like them have too."""

MULTI_USER = {
    **COLUMNS,
    **{table: [*COLUMNS[table], "user_id"] for table in STUDYTRACKER},
}
"""Those of a study app with users: topics or sessions have one, or both do."""

# Of loose tables; the others are texts.
_TYPES = {
    **dict.fromkeys(("id", "streak"), "BIGINT"),
    **dict.fromkeys(("user_id", "category_id", "topic_id", "duration_minutes"), "INTEGER"),
    **dict.fromkeys(("created_at", "updated_at", "completed_at", "due_date"), "TIMESTAMP"),
    "completed": "BOOLEAN",
    "study_date": "DATE",
}

OPTIONAL = {
    *((table, "created_at") for table in TABLES),
    *(("tasks", column) for column in ("description", "completed", "due_date", "category_id")),
    ("users", "hashed_password"),
    ("habits", "streak"),
    ("topics", "description"),
    ("sessions", "notes"),
}
"""What a legacy table may lack."""

# As an app left them: ids were given out by the database.
ROWS: Rows = {
    "users": [
        {"email": "ada@example.com", "hashed_password": "$2b$12$ada"},
        {"email": "Bob@Example.com", "hashed_password": "$2b$12$bob"},
    ],
    "categories": [
        {"name": "Work", "user_id": 1},
        {"name": "work", "user_id": 1},
        {"name": "Work", "user_id": 2},
        {"name": "Old times"},
    ],
    "tasks": [
        {"title": "Write", "user_id": 1, "category_id": 1, "completed": True},
        {"title": "Read", "user_id": 1, "category_id": 2, "due_date": "2024-03-05 00:00:00"},
        {"title": "Call", "user_id": 2, "category_id": 3, "due_date": "2024-03-05 10:30:00"},
        {"title": "Nobody's"},
    ],
    "habits": [
        {"name": "Run", "frequency": "daily", "streak": 12, "user_id": 1},
        {"name": "Swim", "frequency": "Weekly", "streak": 3, "user_id": 1},
        {"name": "Sleep", "frequency": "monthly", "streak": 1, "user_id": 2},
    ],
    "topics": [
        {"name": "SQL", "created_at": "2024-03-01 08:00:00"},
        {"name": "sql", "created_at": "2024-03-02 08:00:00"},
        {"name": "Maps", "description": "of all", "created_at": "2024-03-03 08:00:00"},
    ],
    "sessions": [
        {"topic_id": 1, "duration_minutes": 25},
        {"topic_id": 2, "duration_minutes": 50},
        {"topic_id": 3, "duration_minutes": 100},
        {"topic_id": 3, "duration_minutes": 0},
    ],
}
for study_session in ROWS["sessions"]:
    study_session.update(study_date="2024-03-05", created_at="2024-03-05 21:00:00")

# What is made of them.
KEPT = {"users": 2, "categories": 2, "tasks": 3, "habits": 2, "topics": 2, "sessions": 3}
REJECTED = {
    ("categories", "the user has a category of this name"): 1,
    ("categories", "no owner"): 1,
    ("tasks", "no owner"): 1,
    ("habits", "its frequency is not known"): 1,
    ("topics", "the owner has a topic of this name"): 1,
    ("sessions", "duration_minutes is not 1 to 1440"): 1,
}


def owner_of(kind: str) -> str | None:
    return ADA if "topics" in KINDS[kind] else None


def rows_of(kind: str) -> Rows:
    return {table: ROWS[table] for table in KINDS[kind]}


def create(connection: Connection, kind: str) -> None:
    """Make the tables of one of the `KINDS`."""
    if "by its SQL script" in kind:
        script = SCRIPTS / f"focusflow-{connection.dialect.name}.sql"
        for statement in script.read_text(encoding="utf-8").split("\n\n"):
            connection.exec_driver_sql(statement)
    elif "FocusFlow" in kind:
        names = SAME_NAMES if "with our names" in kind else None
        focusflow(names).create_all(connection)
    if "both" in kind or kind == "StudyTracker":
        studytracker().create_all(connection)


def fill_loose(
    connection: Connection,
    rows: Rows,
    columns: Mapping[str, Iterable[str]] = COLUMNS,
    *,
    zoned: bool = False,
) -> None:
    """Create tables without constraints except the primary key, and insert rows.

    On SQLite the key holds any value, also NULL: only INTEGER PRIMARY KEY is the row id.

    Args:
        connection: the test's.
        rows: table → its rows.
        columns: table → its columns.
        zoned: on PostgreSQL, times are TIMESTAMP WITH TIME ZONE.
    """
    for table in rows:
        items = ", ".join(f"{name} {_loose_type(name, zoned=zoned)}" for name in columns[table])
        connection.exec_driver_sql(f"CREATE TABLE {table} ({items}, PRIMARY KEY (id))")
    insert(connection, rows)


def _loose_type(column: str, *, zoned: bool) -> str:
    declared = _TYPES.get(column, "VARCHAR")
    return "TIMESTAMP WITH TIME ZONE" if zoned and declared == "TIMESTAMP" else declared


class Garbled(bytes):
    """Bytes that SQLite stores as text, though they are not UTF-8."""


def insert(connection: Connection, rows: Rows) -> None:
    """Insert the rows; columns that a row does not have get the table's default."""
    mark = "%s" if connection.dialect.name == "postgresql" else "?"
    for table, members in rows.items():
        for columns, alike in groupby(members, key=tuple):
            values = [tuple(row.values()) for row in alike]
            marks = ", ".join(f"({', '.join(_marks(row, mark))})" for row in values)
            connection.exec_driver_sql(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks}",
                tuple(chain.from_iterable(values)),
            )


def _marks(row: tuple[object, ...], mark: str) -> Iterator[str]:
    for value in row:
        yield f"CAST({mark} AS TEXT)" if isinstance(value, Garbled) else mark


def fetch(connection: Connection, *tables: str) -> Rows:
    """The legacy rows as they are stored; on PostgreSQL as JSON shows them, so times are text."""
    present = set(inspect(connection).get_table_names())
    return {name: _fetch(connection, name) for name in (tables or TABLES) if name in present}


def _fetch(connection: Connection, table: str) -> list[Row]:
    if connection.dialect.name == "postgresql":
        query = text(f"SELECT CAST(row_to_json(t) AS text) FROM {table} AS t")
        found = [json.loads(row) for row in connection.execute(query).scalars()]
        return cast("list[Row]", found)
    # Not through SQLAlchemy's types, which would read the times.
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.text_factory = _text_or_bytes
    result = connection.exec_driver_sql(f"SELECT * FROM {table}")
    return [dict(row) for row in result.mappings()]


def _text_or_bytes(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored
