"""Statements that are built or sent in another way for each database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Executable,
    Insert,
    Integer,
    Row,
    Table,
    Update,
    literal_column,
    select,
    true,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from trackercore.backends import Backend, backend_of

Columns = ReadOnlyColumnCollection[str, Any]

_ONE = literal_column("1", Integer())


def execute_together(
    connection: Connection,
    first: Insert | Update | Delete,
    then: Update,
    parameters: Mapping[str, Any],
) -> None:
    """Run two writes: in one statement on PostgreSQL, one after the other on SQLite.

    Args:
        connection: of either database.
        first: with explicit values. On PostgreSQL, `then` does not see what it writes.
        then: another table's. Both statements are built once: what runs them is cached for the two.
        parameters: of both.
    """
    for statement in backend_of(connection).combine(first, then):
        connection.execute(statement, parameters)


@dataclass
class InsertFromJson:
    """An INSERT of many rows, which it takes as one parameter: the JSON array `:rows`.

    It is sent, planned and counted once for all rows, and neither SQLAlchemy nor the driver does
    anything row by row.

    Attributes:
        into: the table.
        columns: named as the keys of the objects; NULL where an object has no such key.
        values: what goes into the table's columns, given those of the objects.
        key: the columns of the unique constraint that `on_conflict` is about.
        on_conflict: what to do with a row whose key is stored: raise an IntegrityError, keep what
            is stored, or replace it.
        returning: the columns of the table that `rows` returns.
    """

    into: Table
    columns: Sequence[ColumnClause[Any]]
    values: Callable[[Columns], Mapping[str, ColumnElement[Any]]]
    key: Sequence[str] = ()
    on_conflict: Literal["fail", "keep", "replace"] = "fail"
    returning: Sequence[ColumnClause[Any]] = ()
    _statements: dict[tuple[str, bool], Executable] = field(
        default_factory=dict[tuple[str, bool], Executable], init=False
    )

    def execute(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """Insert the rows.

        Args:
            connection: of either database.
            parameters: `rows`, and those of `values`.

        Returns:
            How many rows were inserted or replaced.
        """
        # Of INSERT ... SELECT, Citus counts the rows too whose key is stored.
        return len(self._run(connection, parameters, is_returning=False).all())

    def rows(
        self, connection: Connection, parameters: Mapping[str, Any]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Insert the rows, and return columns of those that were inserted or replaced."""
        return self._run(connection, parameters, is_returning=True).all()

    def _run(
        self, connection: Connection, parameters: Mapping[str, Any], *, is_returning: bool
    ) -> CursorResult[*tuple[Any, ...]]:
        key = connection.dialect.name, is_returning
        if key not in self._statements:
            statement = self._build(backend_of(connection))
            columns = self.returning if is_returning else (_ONE,)
            self._statements[key] = statement.returning(*columns)
        return connection.execute(self._statements[key], parameters)

    def _build(self, backend: Backend) -> Insert:
        rows = backend.json_rows(self.columns)
        values = self.values(rows.c)
        # Without a WHERE, SQLite takes the ON of ON CONFLICT for that of a join.
        query = select(*values.values()).where(true())
        insert = backend.insert(self.into).from_select([*values], query, include_defaults=False)
        if self.on_conflict == "keep":
            insert = insert.on_conflict_do_nothing(index_elements=self.key)
        elif self.on_conflict == "replace":
            replaced = {name: insert.excluded[name] for name in values if name not in self.key}
            insert = insert.on_conflict_do_update(index_elements=self.key, set_=replaced)
        return insert
