"""The tables of FocusFlow and StudyTracker: recognised, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Integer,
    String,
    inspect,
)
from sqlalchemy.dialects.postgresql.base import PGInspector
from sqlalchemy.engine import Inspector
from sqlalchemy.types import TypeEngine

from trackercore.errors import CannotAdopt
from trackercore.migrations.state import OUR_TABLES

_Kind = type[TypeEngine[Any]] | tuple[type[TypeEngine[Any]], ...]
_TIME: _Kind = (DateTime, Date)


class Layout(NamedTuple):
    """The columns that a table must have and those it may have, with their types."""

    required: Mapping[str, _Kind]
    optional: Mapping[str, _Kind]


LAYOUTS = {
    "users": Layout(
        {"id": Integer, "email": String}, {"hashed_password": String, "created_at": _TIME}
    ),
    "categories": Layout(
        {"id": Integer, "name": String, "user_id": Integer}, {"created_at": _TIME}
    ),
    "tasks": Layout(
        {"id": Integer, "title": String, "user_id": Integer},
        {
            "description": String,
            "completed": Boolean,
            "due_date": _TIME,
            "category_id": Integer,
            "created_at": _TIME,
        },
    ),
    "habits": Layout(
        {"id": Integer, "name": String, "frequency": String, "user_id": Integer},
        {"streak": Integer, "created_at": _TIME},
    ),
    "topics": Layout({"id": Integer, "name": String}, {"description": String, "created_at": _TIME}),
    "sessions": Layout(
        {"id": Integer, "topic_id": Integer, "study_date": _TIME, "duration_minutes": Integer},
        {"notes": String, "created_at": _TIME},
    ),
}
"""The tables, in an order in which none refers to a later one."""

_PARENTS = {"categories": "users", "tasks": "users", "habits": "users", "sessions": "topics"}

_TRIGGERS = {
    "postgresql": "SELECT tgname, relname, '' FROM pg_trigger "
    "JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)",
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
}


def recognise(connection: Connection) -> list[str]:
    """The tables to adopt, in the order of LAYOUTS.

    Raises:
        CannotAdopt: there are none, or something in or about them would get lost.
    """
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    found = [name for name in LAYOUTS if name in there]
    if not found:
        raise CannotAdopt(
            "there are no tables of FocusFlow or StudyTracker here; init_db() makes new ones"
        )
    problems = [
        f"the table {name} is in the way" for name in sorted(there & OUR_TABLES - LAYOUTS.keys())
    ]
    for name in found:
        problems += _misfits(inspector, name, found)
    problems += _dependents(connection, inspector, set(found))
    if problems:
        raise CannotAdopt("; ".join(problems))
    return found


def _misfits(inspector: Inspector, name: str, found: Sequence[str]) -> Iterator[str]:
    parent = _PARENTS.get(name)
    if parent is not None and parent not in found:
        yield f"there is a table {name}, and no table {parent}"
    if inspector.get_pk_constraint(name)["constrained_columns"] != ["id"]:
        yield f"the primary key of {name} is not its column id"
    layout = LAYOUTS[name]
    kinds = {**layout.required, **layout.optional}
    columns = {column["name"]: column["type"] for column in inspector.get_columns(name)}
    for column in layout.required.keys() - columns.keys():
        yield f"the table {name} has no column {column}"
    for column, type_ in columns.items():
        if column not in kinds:
            yield f"trackercore has no place for the column {name}.{column}"
        # SQLite stores anything anywhere; each row is looked at.
        elif inspector.dialect.name != "sqlite" and not isinstance(type_, kinds[column]):
            yield f"the column {name}.{column} has the type {type_!r}"


def _dependents(connection: Connection, inspector: Inspector, found: set[str]) -> Iterator[str]:
    for (_, table), keys in inspector.get_multi_foreign_keys().items():
        for key in keys:
            # SQLite's names are the same in any letter case.
            referred = key["referred_table"].lower()
            if table not in found and referred in found:
                name = "" if key["name"] is None else f" {key['name']}"
                yield (
                    f"the foreign key{name} of {table} refers to {referred}: "
                    "drop it, and add it again afterwards"
                )
    words = re.compile(rf"\b({'|'.join(found)})\b", re.IGNORECASE)
    views = inspector.get_view_names()
    if isinstance(inspector, PGInspector):
        views += inspector.get_materialized_view_names()
    for view in views:
        if words.search(inspector.get_view_definition(view)):
            yield f"the view {view} reads from them: drop it, and create it again afterwards"
    for trigger, table, body in connection.exec_driver_sql(_TRIGGERS[connection.dialect.name]):
        if table in found or words.search(body):
            yield f"the trigger {trigger} of {table} depends on them: drop it"
