"""PostgreSQL's row-level security: a role that has only the rows of one user.

Sessions of a user take the role for each of their transactions, and set the user's id. A policy of
the role's name then restricts every table to the user's rows. All others keep what they had: the
policy `trackercore_everyone` leaves all rows to them, as row-level security alone would hide them
from every login but the tables' owner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, text

from trackercore.backends.sql_names import qualified, quoted
from trackercore.errors import LoginRestricted, RoleNotRestricted

EVERYONE = "trackercore_everyone"
"""The policy that leaves all rows to all other roles."""


def takers_of(role: str) -> str:
    """The role whose members may take the role, and inherit nothing from it."""
    return f"{role}_logins"


_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"

# After its first use in a connection, the setting is '' rather than NULL where it is not set.
_OWNER_ID = "NULLIF(current_setting('trackercore.user_id', true), '')::bigint"
_OWNER_ID_AS_STORED = (
    "(NULLIF(current_setting('trackercore.user_id'::text, true), ''::text))::bigint"
)

_ROLES = text("""\
SELECT DISTINCT policyname FROM pg_policies
WHERE schemaname = :schema AND tablename = ANY(:tables)
    AND permissive = 'RESTRICTIVE' AND roles = ARRAY[policyname] ORDER BY 1""")
_ROLE = text("""\
SELECT rolsuper OR rolbypassrls AS has_all_rows, rolcanlogin AS is_login, rolinherit AS inherits
FROM pg_roles WHERE rolname = :role""")
_IS_MEMBER = text("""\
SELECT 1 FROM pg_auth_members
WHERE roleid = to_regrole(:role) AND member = to_regrole(:member)""")
_MAY_TAKE = text("""\
SELECT rolsuper OR pg_has_role(oid, to_regrole(:role), :how)
FROM pg_roles WHERE rolname = :login""")
# Superusers, those with BYPASSRLS and the tables' owners have all rows, whatever they inherit.
_INHERITING_LOGINS = text("""\
SELECT rolname FROM pg_roles AS login
WHERE rolcanlogin AND NOT rolsuper AND NOT rolbypassrls
    AND pg_has_role(oid, to_regrole(:role), 'USAGE')
    AND EXISTS (
        SELECT FROM pg_class
        WHERE relnamespace = to_regnamespace(:schema) AND relname = ANY(:tables)
            AND NOT pg_has_role(login.oid, relowner, 'USAGE')
    ) ORDER BY 1""")
_INHERITED_BY = text("""\
SELECT DISTINCT rolname, grantor::regrole::text
FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member
WHERE roleid = to_regrole(:role) AND pg_has_role(member, roleid, 'USAGE')
    AND EXISTS (
        SELECT FROM unnest(CAST(:logins AS name[])) AS login
        WHERE pg_has_role(login, member, 'USAGE')
    ) ORDER BY 1, 2""")

# Of a role that is missing, all is NULL.
_HAS_USAGE = text("""\
SELECT has_schema_privilege(to_regrole(:role), to_regnamespace(:schema), 'USAGE')""")
_TABLES = text("""\
SELECT relname, relrowsecurity, pg_has_role(to_regrole(:role), relowner, 'USAGE') AS is_owner,
    (SELECT bool_and(has_table_privilege(to_regrole(:role), pg_class.oid, name))
     FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS name) AS has_rights
FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relname = ANY(:tables)""")
_POLICIES = text("""\
SELECT tablename, policyname, permissive, roles, cmd, qual, with_check FROM pg_policies
WHERE schemaname = :schema AND tablename = ANY(:tables)""")


class Step(NamedTuple):
    """Something that a secured schema has, and this one does not."""

    words: str
    sql: str


def secured_roles(connection: Connection, schema: str, tables: Sequence[str]) -> list[str]:
    """The roles for which some of the tables are secured."""
    found = connection.scalars(_ROLES, {"schema": schema, "tables": list(tables)})
    return list(found)


def missing(
    connection: Connection,
    role: str,
    schema: str,
    owner_columns: Mapping[str, str],
    logins: Sequence[str] = (),
) -> list[Step]:
    """What the tables that there are lack, so that the role has only the rows of one user.

    Args:
        connection: to the database.
        role: the role.
        schema: that of the tables.
        owner_columns: by table, the column with the id of the user that a row belongs to.
        logins: those that have to be able to take the role.

    Raises:
        LoginRestricted: the role can sign in.
        RoleNotRestricted: it has all rows, whatever the policies say.
    """
    return [
        *_about_role(connection, role, logins),
        *_about_tables(connection, role, schema, owner_columns),
    ]


def inheriting_logins(
    connection: Connection, role: str, schema: str, tables: Sequence[str]
) -> list[str]:
    """The logins that inherit from the role, so that its policies restrict them too."""
    names = {"role": quoted(role), "schema": quoted(schema), "tables": list(tables)}
    return list(connection.scalars(_INHERITING_LOGINS, names))


def revocations(connection: Connection, role: str, logins: Sequence[str]) -> list[str]:
    """The statements after which these logins do not inherit from the role."""
    found = connection.execute(_INHERITED_BY, {"role": quoted(role), "logins": list(logins)})
    is_by_grantor = _is_version_16(connection)
    return [
        f"REVOKE {quoted(role)} FROM {quoted(member)}"
        + (f" GRANTED BY {grantor}" if is_by_grantor else "")
        for member, grantor in found
    ]


def run(connection: Connection, steps: Sequence[Step]) -> None:
    """Run the statements of the steps."""
    for step in steps:
        # Without parameters, the drivers leave a "%" in a name alone.
        connection.exec_driver_sql(step.sql, execution_options={"no_parameters": True})


def _about_role(connection: Connection, role: str, logins: Sequence[str]) -> Iterator[Step]:
    # A login that inherited from the role would have only the rows of one user in all its
    # sessions, unless the tables are its own. Who is a member by way of a role that inherits
    # nothing can take the role, and does not inherit from it.
    takers = takers_of(role)
    for name, options in ((role, "NOLOGIN"), (takers, "NOLOGIN NOINHERIT")):
        found = connection.execute(_ROLE, {"role": name}).one_or_none()
        if name in logins or (found is not None and found.is_login):
            raise LoginRestricted(name)
        if found is None:
            yield Step(f"role {name} is missing", f"CREATE ROLE {quoted(name)} {options}")
        elif found.has_all_rows:
            raise RoleNotRestricted(name)
        elif name == takers and found.inherits:
            yield Step(f"role {name} inherits", f"ALTER ROLE {quoted(name)} NOINHERIT")
    names = {"role": quoted(role), "member": quoted(takers)}
    if connection.scalar(_IS_MEMBER, names) is None:
        granted = f"GRANT {quoted(role)} TO {quoted(takers)}"
        yield Step(f"role {takers} may not take the role {role}", granted)
    how = "SET" if _is_version_16(connection) else "MEMBER"
    for login in logins:
        if not connection.scalar(_MAY_TAKE, {"login": login, "role": quoted(role), "how": how}):
            granted = f"GRANT {quoted(takers)} TO {quoted(login)}"
            yield Step(f"login {login} may not take the role {role}", granted)


def _is_version_16(connection: Connection) -> bool:
    """Whether it is PostgreSQL 16 or later, where each membership has a grantor and options."""
    return (connection.dialect.server_version_info or ()) >= (16,)


def _about_tables(
    connection: Connection, role: str, schema: str, owner_columns: Mapping[str, str]
) -> Iterator[Step]:
    names = {"role": quoted(role), "schema": quoted(schema), "tables": [*owner_columns]}
    if not connection.scalar(_HAS_USAGE, names):
        granted = f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {quoted(role)}"
        yield Step(f"role {role} may not use the schema {schema}", granted)
    stored = connection.execute(_POLICIES, {"schema": schema, "tables": [*owner_columns]})
    policies = {(row.tablename, row.policyname): row for row in stored}
    for row in connection.execute(_TABLES, names).all():
        if row.is_owner:
            raise RoleNotRestricted(role)
        table = qualified(row.relname, schema)
        if not row.has_rights:
            granted = f"GRANT {_RIGHTS} ON {table} TO {quoted(role)}"
            yield Step(f"role {role} may not use {row.relname}", granted)
        # The policies come first: without any, nobody but the table's owner has its rows.
        for policy in _policies(role, owner_columns[row.relname]):
            name = f"policy {row.relname}.{policy.name}"
            found = policies.get((row.relname, policy.name))
            if found is None:
                yield Step(f"{name} is missing", policy.sql(table))
            elif not policy.is_stored_as(found):
                words = f"{name} is another one than trackercore's"
                yield Step(words, f"DROP POLICY {quoted(policy.name)} ON {table}")
                yield Step(words, policy.sql(table))
        if not row.relrowsecurity:
            enabled = f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
            yield Step(f"row-level security of {row.relname} is off", enabled)


def _policies(role: str, owner_column: str) -> tuple[_Policy, _Policy]:
    return (
        _Policy(EVERYONE, "PERMISSIVE", "public", "true", "true"),
        _Policy(
            name=role,
            kind="RESTRICTIVE",
            role=role,
            condition=f"{owner_column} = {_OWNER_ID}",
            condition_as_stored=f"({owner_column} = {_OWNER_ID_AS_STORED})",
        ),
    )


class _Policy(NamedTuple):
    name: str
    kind: str
    role: str
    condition: str
    condition_as_stored: str

    def sql(self, table: str) -> str:
        role = "PUBLIC" if self.role == "public" else quoted(self.role)
        return (
            f"CREATE POLICY {quoted(self.name)} ON {table} AS {self.kind} TO {role}"
            f" USING ({self.condition}) WITH CHECK ({self.condition})"
        )

    def is_stored_as(self, found: Row[Any]) -> bool:
        stored = (found.permissive, found.roles, found.cmd, found.qual, found.with_check)
        condition = self.condition_as_stored
        return stored == (self.kind, [self.role], "ALL", condition, condition)
