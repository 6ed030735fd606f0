"""Recognising the tables of FocusFlow and StudyTracker."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    String,
    exists,
    func,
    inspect,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine import Inspector
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.types import NullType, TypeEngine

from trackercore.adoption._dependents import dependents
from trackercore.adoption._near_names import CONDITIONS, near_columns, near_tables
from trackercore.adoption.reasons import RefusalCode, RefusalReason, RenameCondition, ValueKind
from trackercore.backends.user_emails import user_emails
from trackercore.errors import CannotAdopt
from trackercore.migrations.state import OUR_TABLES

_Kind = type[TypeEngine[Any]] | tuple[type[TypeEngine[Any]], ...]
_TIME: _Kind = (DateTime, Date)


class Layout(NamedTuple):
    """The columns that a table must have and those it may have, with their types."""

    required: Mapping[str, _Kind]
    optional: Mapping[str, _Kind]


_TIMES: Mapping[str, _Kind] = {"created_at": _TIME, "updated_at": _TIME}

LAYOUTS = {
    "users": Layout({"id": Integer, "email": String}, {"hashed_password": String, **_TIMES}),
    "categories": Layout({"id": Integer, "name": String, "user_id": Integer}, _TIMES),
    "tasks": Layout(
        {"id": Integer, "title": String, "user_id": Integer},
        {
            "description": String,
            "completed": Boolean,
            "completed_at": _TIME,
            "due_date": _TIME,
            "category_id": Integer,
            **_TIMES,
        },
    ),
    "habits": Layout(
        {"id": Integer, "name": String, "frequency": String, "user_id": Integer},
        {"description": String, "streak": Integer, **_TIMES},
    ),
    "topics": Layout(
        {"id": Integer, "name": String}, {"user_id": Integer, "description": String, **_TIMES}
    ),
    "sessions": Layout(
        {"id": Integer, "topic_id": Integer, "study_date": _TIME, "duration_minutes": Integer},
        {"user_id": Integer, "notes": String, **_TIMES},
    ),
}
"""The tables, in an order in which none refers to a later one."""

_NEEDED = {"user_id": "users", "topic_id": "topics"}
"""The table that must be there if another has such a column."""

_OF_THE_OWNER = ("topics", "sessions")

_TAKES: Mapping[_Kind, ValueKind] = {
    Integer: "whole_numbers",
    String: "text",
    Boolean: "booleans",
    _TIME: "times",
}

_KEYS = {"id", *_NEEDED, "category_id"}

_SCHEMA = select(func.current_schema())


def recognise(connection: Connection, *, has_owner: bool) -> list[str]:
    """The tables to adopt, in the order of LAYOUTS.

    Args:
        connection: to the database.
        has_owner: whether an owner of topics and sessions is named.

    Raises:
        CannotAdopt: there are none, or something in them or about them would get lost.
    """
    inspector = inspect(connection)
    is_sqlite = connection.dialect.name == "sqlite"  # Users is users there
    there = {name.lower() if is_sqlite else name: name for name in inspector.get_table_names()}
    names = [name for name in LAYOUTS if name in there]
    reasons = [
        RefusalReason(code="table_in_the_way", table=name)
        for name in sorted((OUR_TABLES - {user_emails().name}) & there.keys() - LAYOUTS.keys())
    ]
    if not names:
        schema = connection.dialect.name == "postgresql" and connection.scalar(_SCHEMA)
        reasons = [RefusalReason(code="no_tables", name=schema or None)]
    columns: dict[str, Collection[str]] = {}
    for name in names:
        renamed = _columns(inspector, name, there[name])
        columns[name] = {column.ours for column in renamed}
        reasons += _misfits(inspector, name, there[name], renamed)
        reasons += _needed_tables(name, columns[name], names)
    reasons += _near_tables(inspector, there, names, reasons)
    if names:
        reasons += dependents(connection, inspector, names)
        reasons += _owner(connection, columns, reasons, has_owner=has_owner)
    if reasons:
        raise CannotAdopt(tuple(reasons))
    return names


def plain_type(column: ReflectedColumn) -> TypeEngine[Any]:
    """The type of a column, or the one that its domain is made of."""
    type_ = column["type"]
    while isinstance(type_, DOMAIN):
        type_ = type_.data_type
    return type_


class _Column(NamedTuple):
    """A column, its type, and the name that it should have."""

    name: str
    type_: TypeEngine[Any]
    ours: str


def _columns(inspector: Inspector, name: str, table: str) -> list[_Column]:
    """The columns of a table that is, or may be, the one of ours of this name."""
    types = {column["name"]: plain_type(column) for column in inspector.get_columns(table)}
    near = near_columns(name, types)
    for column, ours in list(near.items()):
        # A category or a user by name, or a UUID, is something else.
        if ours in _KEYS and not isinstance(types[column], Integer):
            del near[column]
    return [_Column(column, type_, near.get(column, column)) for column, type_ in types.items()]


def _misfits(
    inspector: Inspector, name: str, table: str, columns: Sequence[_Column]
) -> Iterator[RefusalReason]:
    key = inspector.get_pk_constraint(table)["constrained_columns"]
    if [column.ours for column in columns if column.name in key] != ["id"]:
        yield RefusalReason(code="primary_key", table=name)
    layout = LAYOUTS[name]
    kinds = {**layout.required, **layout.optional}
    there = {column.ours for column in columns}
    for ours in layout.required:
        if ours not in there:
            yield RefusalReason(code="column_needed", table=name, column=ours)
    for column, type_, ours in columns:
        if ours not in kinds:
            yield RefusalReason(code="column_unknown", table=name, column=column)
            continue
        if ours != column:
            condition = CONDITIONS.get(column.lower())
            yield _rename(inspector, "column_name", name, column, ours, condition)
        if not _fits(inspector, ours, type_, kinds[ours]):
            yield RefusalReason(
                code="column_type",
                table=name,
                column=column,
                type=str(type_),
                takes=_TAKES[kinds[ours]],
            )


def _fits(inspector: Inspector, ours: str, type_: TypeEngine[Any], kind: _Kind) -> bool:
    if inspector.dialect.name == "sqlite":
        # SQLite stores anything anywhere, and each row is looked at. Ids of text are all lost;
        # without a type, 1 and '1' are two ids, and a reference to one is to both.
        return ours != "id" or not isinstance(type_, (String, LargeBinary, NullType))
    return isinstance(type_, kind)


def _needed_tables(
    name: str, columns: Collection[str], names: Collection[str]
) -> Iterator[RefusalReason]:
    for column, needed in _NEEDED.items():
        if column in columns and needed not in names:
            yield RefusalReason(code="table_needed", table=name, column=column, other_table=needed)


def _near_tables(
    inspector: Inspector,
    there: Mapping[str, str],
    names: Collection[str],
    reasons: Sequence[RefusalReason],
) -> list[RefusalReason]:
    """Tables that may be a missing one: all if nothing is known, else those that look like it."""
    needed = {reason.other_table for reason in reasons if reason.code == "table_needed"}
    return [
        _rename(inspector, "table_name", there[table], None, ours, "such_rows")
        for table, ours in near_tables(there).items()
        if not names or ours in needed or _looks_like(inspector, ours, there[table])
    ]


def _looks_like(inspector: Inspector, ours: str, table: str) -> bool:
    """Whether a table has a column of one of ours, other than those that any table has."""
    layout = LAYOUTS[ours]
    telling = {*layout.required, *layout.optional} - {"id", *_TIMES}
    return any(column.ours in telling for column in _columns(inspector, ours, table))


def _rename(
    inspector: Inspector,
    code: RefusalCode,
    table: str,
    column: str | None,
    ours: str,
    condition: RenameCondition | None,
) -> RefusalReason:
    quote = inspector.dialect.identifier_preparer.quote
    what = "" if column is None else f"COLUMN {quote(column)} "
    return RefusalReason(
        code=code,
        table=table,
        column=column,
        rename_to=ours,
        condition=condition,
        sql=f"ALTER TABLE {quote(table)} RENAME {what}TO {quote(ours)}",
    )


def _owner(
    connection: Connection,
    columns: Mapping[str, Collection[str]],
    reasons: Sequence[RefusalReason],
    *,
    has_owner: bool,
) -> Iterator[RefusalReason]:
    tables = [name for name in _OF_THE_OWNER if name in columns]
    if has_owner:
        if not tables:
            yield RefusalReason(code="owner_of_nothing")
        return
    if any("user_id" in columns[name] for name in tables):
        return
    # Row-level security may forbid to look at a table.
    unread = {reason.table for reason in reasons if reason.code == "row_security"}
    rows = (select(exists().select_from(table(name))) for name in tables if name not in unread)
    if any(connection.scalar(row) for row in rows):
        yield RefusalReason(code="owner_needed")
