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

# Of loose tables; the others are texts.
_TYPES = {
    **dict.fromkeys(("id", "streak"), "BIGINT"),
    **dict.fromkeys(("user_id", "category_id", "topic_id", "duration_minutes"), "INTEGER"),
    **dict.fromkeys(("created_at", "due_date"), "TIMESTAMP"),
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
