"""Rows written with plain SQL, past the services and the ORM."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, ForeignKeyConstraint

from tests.support.names import named_sql, short
from trackercore import Base

Row = dict[str, Any]

TABLES = {short(table.name): table for table in Base.metadata.sorted_tables}
"""By their names without the prefix, which the functions here take too."""

# A valid row of every table, without its foreign keys. Dates are text: SQLite has no others.
_NOW = "2026-01-02 12:00:00"
GOOD: dict[str, Row] = {
    "users": {
        "email": "ada@example.com",
        "hashed_password": None,
        "time_zone": "UTC",
        "week_starts_on": 1,
        "day_starts_at": 0,
        "created_at": _NOW,
        "updated_at": _NOW,
    },
    "categories": {"name": "Work", "name_key": "work", "created_at": _NOW, "updated_at": _NOW},
    "tasks": {
        "title": "Write",
        "title_key": "write",
        "position": 1,
        "completed": False,
        "created_at": _NOW,
        "updated_at": _NOW,
    },
    "habits": {
        "name": "Run",
        "name_key": "run",
        "position": 1,
        "frequency": "daily",
        "every": 1,
        "target": 1000,
        "week_starts_on": 1,
        "direction": "at_least",
        "counts": "amount",
        "allowed_misses": 0,
        "starts_on": "2026-01-01",
        "streak": 0,
        "longest_streak": 0,
        "streak_misses": 0,
        "created_at": _NOW,
        "updated_at": _NOW,
    },
    "check_ins": {"day": "2026-01-02", "status": "done", "amount": 1000, "recorded_at": _NOW},
    "habit_schedules": {
        "effective_from": "2026-01-01",
        "frequency": "daily",
        "target": 1000,
        "every": 1,
        "week_starts_on": 1,
        "direction": "at_least",
        "counts": "amount",
        "allowed_misses": 0,
    },
    "timers": {"started_at": _NOW},
    "study_goals": {
        "topic_key": 0,
        "weekday": 0,
        "effective_from": "2026-01-01",
        "minutes": 60,
    },
    "habit_pauses": {"starts_on": "2026-01-01", "ends_on": "2026-01-02"},
    "user_pauses": {"starts_on": "2026-01-01", "ends_on": "2026-01-02"},
    "topics": {"name": "SQL", "name_key": "sql", "created_at": _NOW, "updated_at": _NOW},
    "tags": {"name": "Fun", "name_key": "fun", "created_at": _NOW, "updated_at": _NOW},
    "task_tags": {},
    "habit_tags": {},
    "session_tags": {},
    "task_occurrences": {
        "number": 1,
        "occurrence_date": "2026-01-02",
        "status": "completed",
        "due_date": "2026-01-02",
        "due_day": "2026-01-02",
        "completed_at": _NOW,
        "completed_on": "2026-01-02",
        "recorded_at": _NOW,
    },
    "sessions": {
        "study_date": "2026-01-02",
        "duration_seconds": 1500,
        "started_at": "2026-01-02 12:00:00",
        "ended_at": "2026-01-02 12:25:00",
        "created_at": _NOW,
        "updated_at": _NOW,
    },
}


def insert(connection: Connection, table: str, **values: object) -> Row:
    """Insert a good row with some other values; the row as it is stored."""
    row = GOOD[table] | values
    names, parameters = ", ".join(row), ", ".join(f":{name}" for name in row)
    query = named_sql(f"INSERT INTO {table} ({names}) VALUES ({parameters}) RETURNING *")
    return dict(connection.execute(query, row).mappings().one())


def insert_everything(connection: Connection, email: str) -> dict[str, Row]:
    """A user, and one row of theirs in every other table, each referring to the others."""
    rows = {"users": insert(connection, "users", email=email)}
    for name, table in TABLES.items():
        if name != "users":
            rows[name] = insert(connection, name, **references(name, rows))
        assert set(rows[name]) == set(table.columns.keys())
    return rows


def references(table: str, rows: dict[str, Row]) -> Row:
    """The foreign key values with which a row of the table refers to these rows, but not itself."""
    values = {
        element.parent.name: rows[short(element.column.table.name)][element.column.name]
        for key in TABLES[table].foreign_key_constraints
        if short(key.referred_table.name) != table
        for element in key.elements
    }
    if table == "study_goals":
        values["topic_key"] = values["topic_id"]
    return values


def count(connection: Connection, table: str, where: str = "true", **values: object) -> int:
    query = named_sql(f"SELECT count(*) FROM {table} WHERE {where}")
    number: int = connection.execute(query, values).scalar_one()
    return number


def count_of(connection: Connection, user_id: int) -> dict[str, int]:
    """How many rows of every table are the user's."""
    return {
        name: count(connection, name, f"{owner_column(name)} = :owner", owner=user_id)
        for name in TABLES
    }


def owner_column(table: str) -> str:
    return "id" if table == "users" else "user_id"


def composite_keys() -> list[ForeignKeyConstraint]:
    """The foreign keys between tables that belong to users, in a stable order."""
    keys = [
        key
        for table in TABLES.values()
        for key in table.foreign_key_constraints
        if short(key.referred_table.name) != "users"
    ]
    return sorted(keys, key=lambda key: str(key.name))
