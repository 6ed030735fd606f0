"""Recognising the tables of FocusFlow and StudyTracker."""

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
    bindparam,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.engine import Inspector
from sqlalchemy.engine.interfaces import ReflectedColumn
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

_SCHEMA = select(func.current_schema())
_TRIGGERS_OF_SQLITE = text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")

# What refers to the old tables from any schema, or would be dropped with them.
_DEPENDENTS = text(
    """
    WITH old AS (
        SELECT oid, relname, relkind, relrowsecurity FROM pg_class
        WHERE relname IN :tables AND pg_table_is_visible(oid)
    )
    SELECT format('the foreign key %s of %s refers to %s', conname, conrelid::regclass, relname)
    FROM pg_constraint JOIN old ON old.oid = confrelid
    WHERE contype = 'f' AND conparentid = 0 AND conrelid NOT IN (SELECT oid FROM old)
    UNION
    SELECT format('the view or rule %s of %s depends on %s', rulename, ev_class::regclass, relname)
    FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid
    JOIN old ON old.oid IN (refobjid, ev_class)
    WHERE classid = 'pg_rewrite'::regclass
    UNION
    SELECT format('the function %s depends on %s', objid::regprocedure, relname)
    FROM pg_depend JOIN pg_type ON pg_type.oid = refobjid JOIN old ON old.oid = typrelid
    WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_type'::regclass
    UNION
    SELECT format('the function %s depends on %s', objid::regprocedure, relname)
    FROM pg_depend JOIN old ON old.oid = refobjid
    WHERE classid = 'pg_proc'::regclass AND refclassid = 'pg_class'::regclass
    UNION
    SELECT format('%s has the trigger %s', relname, tgname)
    FROM pg_trigger JOIN old ON old.oid = tgrelid WHERE NOT tgisinternal
    UNION
    SELECT format('the table %s inherits from %s', inhrelid::regclass, inhparent::regclass)
    FROM pg_inherits JOIN old ON old.oid IN (inhrelid, inhparent)
    UNION
    SELECT format('the table %s is in the publication %s', relname, pubname)
    FROM pg_publication_rel JOIN old ON old.oid = prrelid
    JOIN pg_publication ON pg_publication.oid = prpubid
    UNION
    SELECT format('the table %s has row-level security', relname) FROM old
    WHERE relrowsecurity OR oid IN (SELECT polrelid FROM pg_policy)
    UNION
    SELECT format('the table %s is partitioned', relname) FROM old WHERE relkind = 'p'
    """
).bindparams(bindparam("tables", expanding=True))


def recognise(connection: Connection) -> list[str]:
    """The tables to adopt, in the order of LAYOUTS.

    Raises:
        CannotAdopt: there are none, or something in them or about them would get lost.
    """
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    if connection.dialect.name == "sqlite":  # Users is users there
        there = {name.lower() for name in there}
    names = [name for name in LAYOUTS if name in there]
    if not names:
        schema = inspector.dialect.name == "postgresql" and connection.scalar(_SCHEMA)
        where = f"in the schema {schema}" if schema else "here"
        raise CannotAdopt(
            f"there are no tables of FocusFlow or StudyTracker {where}; init_db() makes new ones"
        )
    problems = [
        f"the table {name} is in the way" for name in sorted(there & OUR_TABLES - LAYOUTS.keys())
    ]
    for name in names:
        problems += _misfits(inspector, name, names)
    if connection.dialect.name == "sqlite":
        problems += _dependents_on_sqlite(connection, inspector, set(names))
    else:
        dependents = connection.scalars(_DEPENDENTS, {"tables": names})
        problems += [f"{it}: drop it, and create it again afterwards" for it in sorted(dependents)]
    if problems:
        raise CannotAdopt("; ".join(problems))
    return names


def plain_type(column: ReflectedColumn) -> TypeEngine[Any]:
    """The type of a column, or the one that its domain is made of."""
    type_ = column["type"]
    while isinstance(type_, DOMAIN):
        type_ = type_.data_type
    return type_


def _misfits(inspector: Inspector, name: str, names: Sequence[str]) -> Iterator[str]:
    parent = _PARENTS.get(name)
    if parent is not None and parent not in names:
        yield f"there is a table {name}, and no table {parent}"
    if inspector.get_pk_constraint(name)["constrained_columns"] != ["id"]:
        yield f"the primary key of {name} is not its column id"
    layout = LAYOUTS[name]
    kinds = {**layout.required, **layout.optional}
    columns = {column["name"]: plain_type(column) for column in inspector.get_columns(name)}
    for column in layout.required.keys() - columns.keys():
        yield f"the table {name} has no column {column}"
    for column, type_ in columns.items():
        if column not in kinds:
            known = ", ".join(kinds)
            yield f"trackercore has no place for the column {name}.{column}, only for {known}"
        # SQLite stores anything anywhere; each row is looked at.
        elif inspector.dialect.name != "sqlite" and not isinstance(type_, kinds[column]):
            yield f"the column {name}.{column} has the type {type_}"


def _dependents_on_sqlite(
    connection: Connection, inspector: Inspector, names: set[str]
) -> Iterator[str]:
    for (_, table), keys in inspector.get_multi_foreign_keys().items():
        for key in keys:
            referred = key["referred_table"].lower()
            if table.lower() not in names and referred in names:
                yield (
                    f"a foreign key of {table} refers to {referred}: rebuild the table without it, "
                    "and add it again afterwards"
                )
    words = re.compile(rf"\b({'|'.join(names)})\b", re.IGNORECASE)
    for view in inspector.get_view_names():
        if words.search(inspector.get_view_definition(view)):
            yield f"the view {view} reads from them: drop it, and create it again afterwards"
    for trigger, table, body in connection.execute(_TRIGGERS_OF_SQLITE):
        if table.lower() in names or words.search(body):
            yield f"the trigger {trigger} of {table} depends on them: drop it"
