"""Row-level security on PostgreSQL: sessions with `owner=` have only the rows of one user.

`secure` makes the role that such sessions take, and the policies that restrict it: see the how-to
page "Row-level security".
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, func, select

from trackercore.backends import backend_of, row_security
from trackercore.backends.owner_sessions import OWNER_ROLE, check_role
from trackercore.backends.sql_names import schema_of
from trackercore.database import Database, engine_or_connection
from trackercore.errors import NoRowLevelSecurity, UnmanagedSchema
from trackercore.migrations import state
from trackercore.migrations.row_security import steps
from trackercore.migrations.transaction import (
    LOCK_TIMEOUT,
    changing_or_within,
    rights_explained,
)

__all__ = ["secure"]

_ADVICE = "run `secure` as the login that owns the tables, with CREATEROLE, or as a superuser"


def __dir__() -> list[str]:
    return __all__


def secure(
    database: Database | Connection,
    *,
    role: str | None = None,
    logins: Sequence[str] | None = None,
    schema: str | None = None,
    lock_timeout: float = LOCK_TIMEOUT,
    dry_run: bool = False,
) -> list[str]:
    """Make the role that sessions with `owner=` take, and restrict it to the rows of one user.

    What is there already stays, so it can be called again, with other logins too. Sessions without
    `owner=` have the rows and rights that they had before. But logins that neither own the tables
    nor have BYPASSRLS can no longer use COPY FROM or pg_dump, and some of their plans may change.

    Args:
        database: the database, which is changed in a transaction of its own; or a connection, such
            as `op.get_bind()` in a revision of your own Alembic, which is changed in its
            transaction. With asyncio: `await connection.run_sync(secure)`.
        role: the role, never a login; default that of the `Database`, else `trackercore_owner`,
            with the table prefix before it. It is created if it is missing, which takes a login
            with CREATEROLE.
        logins: the logins of the application, which have to be able to take the role; default the
            one that is connected.
        schema: that of the tables; default that of the `Database` or of the connection's
            `schema_translate_map`, else the current one.
        lock_timeout: seconds to wait for each table that is in use, for a `Database`.
        dry_run: change nothing.

    Returns:
        The statements that were run, or would be; none if all was there.

    Raises:
        NoRowLevelSecurity: the database is SQLite, or Citus distributes the tables.
        SchemaOutOfDate: the tables of the `Database` are of an older version of trackercore.
        LoginRestricted: the role can sign in, or logins inherit from it. Logins who are superusers
            or own the tables may.
        RoleNotRestricted: the role is a superuser, has BYPASSRLS, or owns the tables.
        TablesMissing: there are not all of the tables, or not the schema.
        TypeError: `database` is neither of the two.
        sqlalchemy.exc.DBAPIError: the connected login may not do it, a login does not exist, or a
            table stayed in use. Nothing was changed.
        ValueError: `role` is empty, longer than 56 bytes, `trackercore_everyone`, or ends in
            `_logins`.
    """
    with _missing(database, role, logins, schema, lock_timeout) as (connection, steps):
        if not dry_run:
            row_security.run(connection, steps)
        return [step.sql for step in steps]


def differences(database: Database, *, role: str, logins: Sequence[str] | None) -> list[str]:
    """What `secure` would do, in words; none if all is there."""
    with _missing(database, role, logins) as (_, steps):
        return list(dict.fromkeys(step.words for step in steps))


@contextmanager
def _missing(
    database: Database | Connection,
    role: str | None,
    logins: Sequence[str] | None,
    schema: str | None = None,
    lock_timeout: float = LOCK_TIMEOUT,
) -> Generator[tuple[Connection, list[row_security.Step]]]:
    """What the tables lack, and the connection to change that."""
    if role is None:
        role = database.owner_role if isinstance(database, Database) else OWNER_ROLE
    check_role(role)
    with rights_explained(_ADVICE), _connection(database, schema, lock_timeout) as connection:
        if not backend_of(connection).has_row_level_security:
            raise NoRowLevelSecurity("sqlite")
        if logins is None:
            logins = [_login(connection)]
        yield connection, steps(connection, role, schema or schema_of(connection), logins)


def connected_login(database: Database) -> str:
    """The login that `secure` lets take the role by default."""
    with database.engine.connect() as connection:
        return _login(connection)


def _login(connection: Connection) -> str:
    return connection.scalars(select(func.session_user())).one()


@contextmanager
def _connection(
    database: Database | Connection, schema: str | None, lock_timeout: float
) -> Generator[Connection]:
    place = engine_or_connection(database, "secure")
    with changing_or_within(place, schema, lock_timeout=lock_timeout) as connection:
        if isinstance(database, Database):
            _check_current(connection, schema or schema_of(database.engine))
        yield connection


def _check_current(connection: Connection, schema: str | None) -> None:
    with suppress(UnmanagedSchema):  # the host's own Alembic may have created them
        if (revision := state.read_revision(connection)) is not None:
            state.check_current(revision, schema)
