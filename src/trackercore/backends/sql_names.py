"""Names of schemas, tables and roles, as they stand in PostgreSQL's SQL."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Engine


def quoted(name: str) -> str:
    """A name as it stands in SQL."""
    return '"' + name.replace('"', '""') + '"'


def qualified(name: str, schema: str | None) -> str:
    """The name of a table with its schema, if that is not the current one."""
    return ".".join(map(quoted, filter(None, (schema, name))))


def schema_of(database: Connection | Engine) -> str | None:
    """The schema that a database's tables are looked for in, if it is not the current one."""
    tables: Mapping[str | None, str | None]
    tables = database.get_execution_options().get("schema_translate_map") or {}
    return tables.get(None)
