"""Everything that differs by database: engines, retries, errors, and each database's own SQL.

`sqlite` and `postgresql` have the same functions, listed in `Backend`; `backend_of` picks one. A
third database is one more module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import (
    ColumnClause,
    Connection,
    Delete,
    Engine,
    Executable,
    FromClause,
    Insert,
    Table,
    Update,
)
from sqlalchemy.exc import IntegrityError

from trackercore.backends import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


class Backend(Protocol):
    """The functions that each database's module has."""

    writers_take_turns: bool
    """Whether a transaction that writes keeps all others from writing, from its first moment."""

    def constraint_name(self, error: IntegrityError, written: Table) -> str:
        """The name of the constraint that refused a write to a table.

        "FOREIGN KEY" is all there is where the database names no foreign keys.
        """
        ...

    def insert(self, table: Table) -> SqliteInsert | PostgresqlInsert:
        """An INSERT that has ON CONFLICT."""
        ...

    def json_rows(self, columns: Sequence[ColumnClause[Any]]) -> FromClause:
        """The objects of the JSON array `:rows`, in its order, as rows of these columns.

        Args:
            columns: named as the keys of the objects; NULL where an object has no such key.
        """
        ...

    def combine(self, first: Insert | Update | Delete, then: Update) -> Sequence[Executable]:
        """The statements that do both: one, if the database can do both in one."""
        ...


_BACKENDS: Mapping[str, Backend] = {"postgresql": postgresql, "sqlite": sqlite}


def backend_of(bind: Connection | Engine) -> Backend:
    """The module of the database that a connection or an engine belongs to."""
    return _BACKENDS[bind.dialect.name]
