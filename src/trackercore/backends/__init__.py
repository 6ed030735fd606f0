"""Everything that differs by database: engines, retries, errors, and each database's own SQL.

`sqlite` and `postgresql` have the same functions, listed in `Backend`; `backend_of` picks one. A
third database is one more module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import (
    URL,
    ColumnClause,
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Executable,
    FromClause,
    Insert,
    SQLColumnExpression,
    Table,
    Update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from trackercore.backends import postgresql, sqlite
from trackercore.backends.turns import Turn

if TYPE_CHECKING:
    from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
    from sqlalchemy.dialects.sqlite import Insert as SqliteInsert


class Backend(Protocol):
    """The functions that each database's module has."""

    has_schemas: bool
    has_row_level_security: bool
    writers_take_turns: bool
    """Whether a transaction that writes keeps all others from writing from its first moment on."""

    # Engines

    def create_engine(
        self, url: URL, options: Mapping[str, object], create: Callable[..., Engine], *, wal: bool
    ) -> Engine:
        """An engine with our settings: see `engines.build_engine`."""
        ...

    def prepare_engine(self, engine: Engine) -> None:
        """Give the host's engine what it must have before its first connection."""
        ...

    def prepare_fork(self, engine: Engine) -> None:
        """Close those idle connections that a forked process must not inherit."""
        ...

    def check_prepared(self, connection: Connection) -> None:
        """Check that the connection is of an engine that has it.

        Raises:
            EngineNotPrepared: it does not.
        """
        ...

    def read_only_engine(self, engine: Engine, *, is_ours: bool) -> Engine:
        """An engine for the same database whose transactions may not write.

        Args:
            engine: without execution options: SQLAlchemy 2.0.32 cannot make others read-only.
            is_ours: it may open any number of connections.
        """
        ...

    def replica_options(self, options: Mapping[str, object]) -> Mapping[str, Any]:
        """The engine's options as a replica of the database can have them."""
        ...

    def refuse_writes(self, connection: Connection) -> None:
        """Refuse writes until `allow_writes`, or until the savepoint ends."""
        ...

    def allow_writes(self, connection: Connection) -> None:
        """Undo `refuse_writes` after the savepoint."""
        ...

    def turn(self, connection: Connection) -> Turn | None:
        """How long the transaction has waited for its turn; None where writers take no turns."""
        ...

    def is_in_memory(self, url: URL) -> bool:
        """Whether the database has one connection, and is gone when that is closed."""
        ...

    def check_exists(self, url: URL) -> None:
        """Check that the database exists, where connecting would create it.

        Raises:
            DatabaseNotFound: it does not.
        """
        ...

    def restrict_to_owner(self, session: Session, owner: int, role: str) -> None:
        """Let every transaction of the session take a role, and have only the rows of a user.

        Raises:
            NoRowLevelSecurity: the database has no such thing; by the first statement, if the
                tables are distributed.
            NotSecured: by the session's first statement: the login may not take the role, or the
                role is not restricted.
            InvalidRequestError: by the same, if there is no transaction, as at AUTOCOMMIT.
        """
        ...

    def leave_owner(self, connection: Connection) -> None:
        """Undo that in a transaction that goes on after the session."""
        ...

    # Errors

    def is_missing_table(self, error: DBAPIError) -> bool:
        """Whether a statement failed because a table is missing."""
        ...

    def is_not_permitted(self, error: DBAPIError) -> bool:
        """Whether the role may not use a table, or may not write this row."""
        ...

    def is_refused_write(self, error: DBAPIError) -> bool:
        """Whether a read-only transaction tried to write."""
        ...

    def is_busy(self, error: DBAPIError) -> bool:
        """Whether another writer kept the database locked for longer than a connection waits."""
        ...

    def is_transient(self, error: DBAPIError) -> bool:
        """Whether the same transaction may succeed at another time."""
        ...

    def constraint_name(self, error: IntegrityError, written: Table) -> str:
        """The name of the constraint that refused a write to a table.

        It is "FOREIGN KEY" where the database does not name those.
        """
        ...

    def fail_to_serialize(self, connection: Connection) -> None:
        """Raise the error after which the transaction is tried again with a newer snapshot."""
        ...

    # SQL

    functions: Mapping[str, str]
    """How to write each of `backends.functions`: {0} is the first argument, {all} are all."""

    def comparable_json(self) -> TypeEngine[Any]:
        """JSON, or NULL, that SELECT DISTINCT can compare."""
        ...

    def default_as_reflected(self, default: str) -> str:
        """How the database spells the default of a text column when it is asked for it."""
        ...

    def insert(self, table: Table) -> SqliteInsert | PostgresqlInsert:
        """An INSERT that has ON CONFLICT."""
        ...

    def json_rows(self, columns: Sequence[ColumnClause[Any]]) -> FromClause:
        """The objects in the JSON array `:rows` as rows, in its order.

        Args:
            columns: named like the keys of the objects; NULL where an object has no such key. An
                instant is text in UTC, as pydantic writes it: 2026-01-31T08:00:00Z.
        """
        ...

    def claim_email(
        self, connection: Connection, user_id: int, *, old: str | None, new: str | None
    ) -> None:
        """Keep a user's address from others, where no unique constraint can: on Citus.

        Args:
            old: the address that the user had, which becomes free; None for a new user.
            new: the one that they have now; None for a user who is deleted.
        """
        ...

    def has_email(
        self,
        connection: Connection,
        user_id: SQLColumnExpression[int],
        email: SQLColumnExpression[str],
        spellings: Sequence[str],
    ) -> ColumnElement[bool]:
        """The condition that a user has one of these addresses; on Citus, it names the user."""
        ...

    def combine(self, first: Insert | Update | Delete, then: Update) -> Sequence[Executable]:
        """The statements that do both: one, if the database can do both in one."""
        ...


BACKENDS: Mapping[str, Backend] = {"postgresql": postgresql, "sqlite": sqlite}
"""By the names of SQLAlchemy's dialects."""


_CHECKED = "trackercore_checked"


def check_prepared(connection: Connection) -> None:
    """Check, once for each connection of the pool, that its engine is prepared.

    Raises:
        EngineNotPrepared: it is not.
    """
    if _CHECKED not in connection.info:
        backend_of(connection).check_prepared(connection)
        connection.info[_CHECKED] = True


def backend_of(database: Connection | Engine | URL) -> Backend:
    """The module for a database that trackercore runs on."""
    if isinstance(database, URL):
        return BACKENDS[database.get_backend_name()]
    return BACKENDS[database.dialect.name]
