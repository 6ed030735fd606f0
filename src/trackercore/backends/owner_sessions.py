"""Sessions that have only the rows of one user, by PostgreSQL's row-level security."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from sqlalchemy import Connection, bindparam, case, event, func, or_, select, text, true
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.orm import Session, SessionTransaction

from trackercore.backends.row_security import EVERYONE, takers_of
from trackercore.backends.sql_names import qualified, quoted, schema_of
from trackercore.backends.sql_state import sql_state
from trackercore.backends.user_emails import IS_DISTRIBUTED, distribution_names
from trackercore.errors import NoRowLevelSecurity, NotSecured
from trackercore.table_prefix import prefixed, table_prefix

OWNER_ROLE = prefixed("trackercore_owner")
"""The role that such sessions take, by default."""

_LONGEST_ROLE = 63 - len(takers_of(""))

_Lacks = Literal["schema", "tables", "role", "right", "policies"]
_BY_CODE: Mapping[str | None, _Lacks] = {"22023": "role", "42501": "right"}
"""What a session that is refused its role lacks, by PostgreSQL's code of the error."""

_IN_TRANSACTION = 2
"""What libpq says of a connection, in the drivers' own numbers."""

# Citus makes the policies of shards permissive, so that they restrict nothing: from shards on the
# coordinator, a session would have the rows of all users. So do tables of a schema that is a shard.
_IS_DISTRIBUTED = or_(
    IS_DISTRIBUTED,
    text("""EXISTS (
        SELECT FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE tgrelid = to_regclass(:users) AND proname = 'citus_truncate_trigger'
    )"""),
)
# Another role, such as the login itself, may have rights to the tables and no policy. Where tables
# are distributed, there need not be the role.
_TAKE_ROLE = select(
    _IS_DISTRIBUTED,
    text("set_config('trackercore.user_id', :owner, true)"),
    case((~_IS_DISTRIBUTED, func.set_config("role", bindparam("role"), true()))),
    text("""row_security_active(to_regclass(:users)) IS TRUE AND EXISTS (
        SELECT FROM pg_policy WHERE polrelid = to_regclass(:users) AND polname = :role
    )"""),
)
# What is refused for other reasons in the end, where there are no tables for the login.
_LACKS = text("""\
SELECT CASE
    WHEN NOT coalesce(
        has_schema_privilege(to_regnamespace(:schema), 'USAGE'), current_schema() IS NOT NULL
    ) THEN 'schema'
    WHEN to_regclass(:users) IS NULL THEN 'tables'
END""")
_LEAVE_ROLE = text("""\
SELECT set_config('role', 'none', true), set_config('trackercore.user_id', '', true)""")


def check_role(role: str) -> str:
    """Check that a role can have the name, and another one the name with `_logins` after it.

    Raises:
        ValueError: it is empty, too long, or one that is in use: that of the policy for everyone,
            which has no role; or it ends in `_logins`, and so logins could inherit from it.
    """
    if not 1 <= len(role.encode()) <= _LONGEST_ROLE:
        raise ValueError(f"a role's name has 1 to {_LONGEST_ROLE} bytes, not {role!r}")
    if role == EVERYONE:
        raise ValueError(f"the role cannot be {role}: the policy for all other roles has this name")
    if role.endswith(takers_of("")):
        raise ValueError(f"the role cannot be {role}: only roles whose members are logins end so")
    return role


def restrict_to_owner(session: Session, owner: int, role: str) -> None:
    """See `Backend`."""

    def take_role(_: Session, transaction: SessionTransaction, connection: Connection) -> None:
        # What is set for the transaction holds in its savepoints too, and after their rollback.
        if not transaction.nested:
            _take_role(connection, owner, role)

    event.listen(session, "after_begin", take_role)


def _take_role(connection: Connection, owner: int, role: str) -> None:
    schema = schema_of(connection)
    users = qualified(prefixed("users"), schema)
    values = {"owner": str(owner), "role": role, "users": users, **distribution_names(schema)}
    try:
        is_distributed, *_, is_restricted = connection.execute(_TAKE_ROLE, values).one()
        if is_distributed:
            raise NoRowLevelSecurity("citus")
        if not is_restricted:
            raise NotSecured(role, "policies", schema, table_prefix())
        if _state_of(connection) != _IN_TRANSACTION:
            raise InvalidRequestError(
                "a session with owner= needs a transaction: the isolation level must not be"
                " AUTOCOMMIT"
            )
    except BaseException as error:
        try:
            lacks = _lacks(connection, error, schema, users)
        finally:
            # The session would go on in this connection, with the rows of all users.
            if not connection.invalidated:
                connection.invalidate()
        if lacks is not None:
            cause = error if isinstance(error, DBAPIError) else None
            raise NotSecured(role, lacks, schema, table_prefix()) from cause
        raise


def _lacks(
    connection: Connection, error: BaseException, schema: str | None, users: str
) -> _Lacks | None:
    """What is missing for a session that is refused; None if it is something else."""
    if isinstance(error, NotSecured):
        lacks: _Lacks | None = error.lacks
    else:
        lacks = _BY_CODE.get(sql_state(error)) if isinstance(error, DBAPIError) else None
    if lacks is None:
        return None
    connection.connection.rollback()  # for SQLAlchemy, the transaction goes on
    names = {"schema": schema and quoted(schema), "users": users}
    return connection.scalar(_LACKS, names) or lacks


def _state_of(connection: Connection) -> int:
    return int(cast("Any", connection.connection.driver_connection).info.transaction_status)


def leave_owner(connection: Connection) -> None:
    """See `Backend`."""
    connection.execute(_LEAVE_ROLE)
