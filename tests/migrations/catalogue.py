"""Tables as the databases' own catalogues describe them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import cast

from sqlalchemy import Connection, inspect, text

from trackercore.migrations import state

_OURS = ", ".join(f"'{name}'" for name in sorted(state.OUR_TABLES))


def describe(connection: Connection, *, except_for: str | None = None) -> list[str]:
    """Every column, constraint and index of trackercore's tables in the current schema.

    Sorted, because the order of columns does not matter, and without the schema's name.

    Args:
        connection: to the database.
        except_for: a table to leave out.
    """
    if connection.dialect.name == "sqlite":
        lines = [*_answers(connection, _OF_SQLITE), *_constraints_of_sqlite(connection)]
    else:
        lines = [*_answers(connection, _OF_POSTGRESQL)]
    described = (" ".join(line.split()) for line in lines)
    return sorted(line for line in described if line.split(" | ")[1] != except_for)


def dump(connection: Connection, schema: str | None = None) -> list[str]:
    """Everything in the database, or in one schema of it, rows too, as text."""
    if connection.dialect.name == "sqlite":
        # Not the driver's iterdump(), which from Python 3.13 on checks foreign keys first.
        lines = [*_answers(connection, _EVERYTHING_ON_SQLITE)]
        tables = inspect(connection).get_table_names(sqlite_include_internal=True)
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        driver.text_factory = bytes  # a text may be in any encoding
    else:
        here = f"= '{schema}'::regnamespace" if schema else _NOT_TEMPORARY
        lines = [*_answers(connection, _EVERYTHING.replace("{HERE}", here))]
        tables = list(connection.execute(text(_TABLES.replace("{HERE}", here))).scalars())
    for table in tables:
        lines += rows(connection, f'"{table}"' if connection.dialect.name == "sqlite" else table)
    if connection.dialect.name == "sqlite":
        cast("sqlite3.Connection", connection.connection.driver_connection).text_factory = str
    return lines


def rows(connection: Connection, table: str) -> list[str]:
    """The rows of a table, in some order."""
    # As text, since Python has not all of PostgreSQL's dates.
    what = "*" if connection.dialect.name == "sqlite" else "CAST(t AS text)"
    result = connection.execute(text(f"SELECT {what} FROM {table} AS t"))
    return sorted(f"{table} | {row}" for row in result)


def _answers(connection: Connection, queries: str) -> Iterator[str]:
    for query in queries.split(";"):
        for row in connection.execute(text(query.replace("{OURS}", _OURS))):
            yield " | ".join(map(str, row))


def _constraints_of_sqlite(connection: Connection) -> Iterator[str]:
    inspector = inspect(connection)
    for table in state.OUR_TABLES & set(inspector.get_table_names()):
        for constraint in (
            inspector.get_pk_constraint(table),
            *inspector.get_foreign_keys(table),
            *inspector.get_unique_constraints(table),
            *inspector.get_check_constraints(table),
        ):
            yield f"constraint | {table} | {constraint}"


_NOT_TEMPORARY = "IN (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%')"
_EVERYTHING_ON_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"

_OF_SQLITE = """
SELECT 'table', t.name, wr, strict, sql LIKE '%autoincrement%'
FROM pragma_table_list AS t JOIN sqlite_master AS m ON m.name = t.name
WHERE t.name IN ({OURS});

SELECT 'column', m.name, c.name, c.type, "notnull", dflt_value, pk, hidden
FROM sqlite_master AS m, pragma_table_xinfo(m.name) AS c
WHERE m.name IN ({OURS});

SELECT 'index', tbl_name, sql FROM sqlite_master
WHERE type = 'index' AND sql NOT NULL AND tbl_name IN ({OURS})
"""

# A table's name as text has no schema if it is in the current one.
_OF_POSTGRESQL = """
SELECT 'table', relname, relkind, relpersistence, relhastriggers, reloptions FROM pg_class
WHERE oid::regclass::text IN ({OURS});

SELECT 'column', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull,
    attidentity, attgenerated, attcollation::regcollation, pg_get_expr(adbin, adrelid),
    seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle
FROM pg_attribute
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
LEFT JOIN pg_depend ON refobjid = attrelid AND refobjsubid = attnum AND deptype = 'i'
    AND pg_depend.classid = 'pg_class'::regclass
LEFT JOIN pg_sequence ON seqrelid = objid
WHERE attrelid::regclass::text IN ({OURS}) AND attnum > 0 AND NOT attisdropped;

SELECT 'constraint', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid, true)
FROM pg_constraint
WHERE conrelid::regclass::text IN ({OURS}) AND contype <> 'n';

SELECT 'index', indrelid::regclass, indisvalid, pg_get_indexdef(indexrelid, 0, true) FROM pg_index
WHERE indrelid::regclass::text IN ({OURS})
"""

# Object ids too: a table that was created again is not the same table. From 16384 on they are not
# PostgreSQL's own, except that of the schema public.
_EVERYTHING = """
SELECT oid, nspname FROM pg_namespace WHERE (oid = 2200 OR oid >= 16384) AND oid {HERE} ORDER BY 1;

SELECT oid, relfilenode, relnamespace::regnamespace, relname, relkind FROM pg_class
WHERE oid >= 16384 AND relnamespace {HERE} ORDER BY 1;

SELECT attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull,
    attidentity, atthasdef
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attrelid >= 16384 AND attnum > 0 AND relnamespace {HERE} ORDER BY attrelid, 2;

SELECT oid, conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE oid >= 16384 AND connamespace {HERE} ORDER BY 1;

SELECT oid::regclass, pg_get_viewdef(oid) FROM pg_class
WHERE oid >= 16384 AND relkind = 'v' AND relnamespace {HERE} ORDER BY oid
"""
_TABLES = """
SELECT oid::regclass::text FROM pg_class
WHERE relkind = 'r' AND oid >= 16384 AND relnamespace {HERE} ORDER BY 1
"""
