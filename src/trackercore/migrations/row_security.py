"""Which tables row-level security restricts, and by which column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from sqlalchemy import Connection, func, inspect, select

from trackercore.backends import backend_of, row_security
from trackercore.backends.user_emails import is_distributed
from trackercore.errors import LoginRestricted, NoRowLevelSecurity, TablesMissing
from trackercore.migrations.distribution import distributed, order
from trackercore.models import Base

OWNER_COLUMNS = {each.table.name: each.column for each in order()}
"""By table, the column with the id of the user that a row belongs to."""


def steps(
    connection: Connection, role: str, schema: str | None = None, logins: Sequence[str] = ()
) -> list[row_security.Step]:
    """What the tables lack, so that the role has only the rows of one user.

    Args:
        connection: to PostgreSQL.
        role: the role.
        schema: that of the tables; default the connection's current one.
        logins: those that have to be able to take the role.

    Raises:
        NoRowLevelSecurity: the tables are distributed.
        LoginRestricted: the role can sign in, or logins inherit from it.
        RoleNotRestricted: it has all rows, whatever the policies say.
        TablesMissing: some of the tables are missing, or all of them.
    """
    schema = schema or _current_schema(connection)
    present = Base.metadata.tables.keys() & set(inspect(connection).get_table_names(schema))
    if absent := Base.metadata.tables.keys() - present:
        raise TablesMissing(tuple(sorted(absent)), tuple(sorted(present)))
    if is_distributed(connection, schema) or distributed(connection, present, schema):
        raise NoRowLevelSecurity("citus")
    missing = row_security.missing(connection, role, schema, OWNER_COLUMNS, logins)
    if inheriting := row_security.inheriting_logins(connection, role, schema, [*OWNER_COLUMNS]):
        statements = row_security.revocations(connection, role, inheriting)
        raise LoginRestricted(role, tuple(inheriting), tuple(statements))
    return missing


def is_secured(connection: Connection) -> bool:
    """Whether some of the tables in the current schema are secured."""
    return bool(_roles(connection, _current_schema(connection)))


def renew(connection: Connection) -> None:
    """Secure what an upgrade has added to tables that are secured."""
    if not backend_of(connection).has_row_level_security:
        return
    schema = _current_schema(connection)
    for role in _roles(connection, schema):
        missing = row_security.missing(connection, role, schema, OWNER_COLUMNS)
        row_security.run(connection, missing)


def differences(connection: Connection) -> Iterator[str]:
    """What is not as `secure` leaves it, in words, if it was run."""
    if not backend_of(connection).has_row_level_security:
        return
    schema = _current_schema(connection)
    for role in _roles(connection, schema):
        for step in row_security.missing(connection, role, schema, OWNER_COLUMNS):
            yield step.words
        for login in row_security.inheriting_logins(connection, role, schema, [*OWNER_COLUMNS]):
            yield f"login {login} inherits from the role {role}, so it has no rows without owner="


def _roles(connection: Connection, schema: str) -> list[str]:
    return row_security.secured_roles(connection, schema, list(OWNER_COLUMNS))


def _current_schema(connection: Connection) -> str:
    return cast("str", connection.scalar(select(func.current_schema())))
