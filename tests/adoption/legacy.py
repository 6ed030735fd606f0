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

# How the tables are created; "loose" ones (see `create_loose`) hold any row.
KINDS = {
    "FocusFlow, by its SQL script": FOCUSFLOW,
    "FocusFlow, by SQLAlchemy": FOCUSFLOW,
    "FocusFlow, by SQLAlchemy with our names": FOCUSFLOW,
    "StudyTracker": STUDYTRACKER,
    "both, FocusFlow by its SQL script": TABLES,
    "both, FocusFlow by SQLAlchemy with our names": TABLES,
}

COLUMNS: dict[str, dict[str, str]] = {
    "users": {
        "id": "BIGINT",
        "email": "VARCHAR",
        "hashed_password": "VARCHAR",
        "created_at": "TIMESTAMP",
    },
    "categories": {
        "id": "BIGINT",
        "name": "VARCHAR",
        "user_id": "INTEGER",
        "created_at": "TIMESTAMP",
    },
    "tasks": {
        "id": "BIGINT",
        "title": "VARCHAR",
        "user_id": "INTEGER",
        "description": "TEXT",
        "completed": "BOOLEAN",
        "due_date": "TIMESTAMP",
        "category_id": "INTEGER",
        "created_at": "TIMESTAMP",
    },
    "habits": {
        "id": "BIGINT",
        "name": "VARCHAR",
        "frequency": "VARCHAR",
        "user_id": "INTEGER",
        "streak": "BIGINT",
        "created_at": "TIMESTAMP",
    },
    "topics": {
        "id": "BIGINT",
        "name": "VARCHAR",
        "description": "TEXT",
        "created_at": "TIMESTAMP",
    },
    "sessions": {
        "id": "BIGINT",
        "topic_id": "INTEGER",
        "duration_minutes": "INTEGER",
        "study_date": "DATE",
        "notes": "TEXT",
        "created_at": "TIMESTAMP",
    },
}
"""All columns of the old designs, with the types of loose tables."""

OPTIONAL = {
    ("users", "hashed_password"),
    ("users", "created_at"),
    ("categories", "created_at"),
    ("tasks", "description"),
    ("tasks", "completed"),
    ("tasks", "due_date"),
    ("tasks", "category_id"),
    ("tasks", "created_at"),
    ("habits", "streak"),
    ("habits", "created_at"),
    ("topics", "description"),
    ("topics", "created_at"),
    ("sessions", "notes"),
    ("sessions", "created_at"),
}
"""What a legacy table may lack."""


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


def create_loose(
    connection: Connection, columns: Mapping[str, Iterable[str]], *, zoned: bool = False
) -> None:
    """Make tables with these columns and no constraint but the primary key.

    On SQLite it holds anything, NULL too: only INTEGER PRIMARY KEY is the row id.

    Args:
        connection: the test's.
        columns: table → its columns.
        zoned: on PostgreSQL, times are TIMESTAMP WITH TIME ZONE.
    """
    for table, names in columns.items():
        types = COLUMNS[table]
        items = ", ".join(f"{name} {_loose_type(types[name], zoned=zoned)}" for name in names)
        connection.exec_driver_sql(f"CREATE TABLE {table} ({items}, PRIMARY KEY (id))")


def _loose_type(declared: str, *, zoned: bool) -> str:
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
