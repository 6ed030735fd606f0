"""Tables that are not those that this version needs."""

from shlex import quote
from typing import TYPE_CHECKING, Literal

from trackercore.errors.base import TrackerError

if TYPE_CHECKING:
    from trackercore.adoption.reasons import RefusalReason


class SchemaError(TrackerError):
    """The tables are not those that this version of trackercore needs."""

    code = "schema_error"


class SchemaOutOfDate(SchemaError):
    """The tables are of an older version of trackercore; nothing was changed.

    Attributes:
        revision: the tables' revision.
        needed: the revision that this version needs.
        schema: the PostgreSQL schema of the tables, if one was given.
        table_prefix: the beginning of their names.
    """

    code = "schema_out_of_date"
    revision: str
    needed: str
    schema: str | None = None
    table_prefix: str = ""

    def __str__(self) -> str:
        return (
            f"the database is at revision {self.revision}, this trackercore needs {self.needed}: "
            + _to_run("upgrade", schema=self.schema, table_prefix=self.table_prefix)
        )


class SchemaTooNew(SchemaError):
    """The tables are of a newer version of trackercore; nothing was changed.

    Attributes:
        revision: the tables' revision.
        known: the newest revision that this version knows.
    """

    code = "schema_too_new"
    revision: str
    known: str

    def __str__(self) -> str:
        return (
            f"the database is at revision {self.revision}, this trackercore knows revisions up to "
            f"{self.known}: install a newer trackercore"
        )


class TablesMissing(SchemaError):
    """The revision is stored, but only some of its tables are there; nothing was changed.

    After `Base.metadata.drop_all`, the tables that are there may be yours.

    Attributes:
        tables: the names of those that are missing.
        present: the names of those that are there.
    """

    code = "tables_missing"
    tables: tuple[str, ...]
    present: tuple[str, ...]

    def __str__(self) -> str:
        if not self.present:
            return "there are no tables: create them with `python -m trackercore upgrade`"
        return (
            f"tables are missing: {', '.join(self.tables)}; there are {', '.join(self.present)}. "
            "If those are trackercore's, restore the missing ones from a backup. If they are "
            "yours, keep trackercore's apart from them, by a table prefix or a schema"
        )


class UnmanagedSchema(SchemaError):
    """There are tables with trackercore's names that it did not create; nothing was changed.

    Attributes:
        tables: their names.
        can_use_schema: whether trackercore's tables can have a PostgreSQL schema of their own.
        table_prefix: the beginning of their names.
    """

    code = "unmanaged_schema"
    tables: tuple[str, ...]
    can_use_schema: bool = True
    table_prefix: str = ""

    def __str__(self) -> str:
        adopt, prefix = "", "another table prefix"
        if not self.table_prefix:
            adopt = " `python -m trackercore adopt` converts those of FocusFlow and StudyTracker."
            prefix = "a table prefix"
        schema = ", or a schema of their own, Database(schema=...)" if self.can_use_schema else ""
        return (
            f"there are tables that trackercore did not create: {', '.join(self.tables)}.{adopt} "
            f"If they are yours, give trackercore's {prefix}, "
            f"TRACKERCORE_TABLE_PREFIX=...{schema}. If your own Alembic created trackercore's "
            "tables, upgrade them with it"
        )


class NotSecured(SchemaError):
    """A session with `owner=` cannot begin: `python -m trackercore secure` was not run for it.

    If PostgreSQL refused the role, its error is the `__cause__`.

    Attributes:
        role: the role that the session was to take.
        lacks: what is missing: the right of the session's login to use the "schema" of the tables,
            the "tables" themselves, the "role" itself, the "right" of the login to take it, or the
            "policies" that restrict it.
        schema: the PostgreSQL schema of the tables, if one was given.
        table_prefix: the beginning of their names.
    """

    code = "not_secured"
    role: str
    lacks: Literal["schema", "tables", "role", "right", "policies"]
    schema: str | None = None
    table_prefix: str = ""

    def __str__(self) -> str:
        if self.lacks == "schema":
            name = "" if self.schema is None else f" {self.schema}"
            return (
                f"the login of this session may not use the schema{name} of the tables: grant it "
                "USAGE of the schema, which `secure` does not"
            )
        found = {
            "tables": "for which there are no tables",
            "role": "which does not exist",
            "right": "which this login may not take",
            "policies": "which row-level security of the tables does not restrict",
        }
        commands = [f"secure --role {quote(self.role)} --login NAME"]
        if self.lacks == "tables":
            commands.insert(0, "upgrade")
        to_run = _to_run(*commands, schema=self.schema, table_prefix=self.table_prefix)
        return (
            f"a session with owner= takes the role {self.role}, {found[self.lacks]}: {to_run}. "
            "NAME is the application's login"
        )


class RoleNotRestricted(SchemaError):
    """Row-level security does not hold for the role; nothing was changed.

    It is a superuser, has BYPASSRLS, or owns the tables: choose another one, or a new one.

    Attributes:
        role: its name.
    """

    code = "role_not_restricted"
    role: str

    def __str__(self) -> str:
        return (
            f"row-level security does not hold for the role {self.role}, because it is a "
            "superuser, has BYPASSRLS, or owns the tables: choose another role"
        )


class LoginRestricted(SchemaError):
    """Logins would have no rows in their sessions without `owner=`; nothing was changed.

    The role that sessions with `owner=` are to take can sign in, or logins inherit from it. They
    need not inherit: `secure` lets them take the role in another way.

    Attributes:
        role: its name.
        logins: those who inherit from it; none if the role is a login itself.
        statements: the SQL after which they do not.
    """

    code = "login_restricted"
    role: str
    logins: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.logins:
            return (
                f"the role {self.role} is a login, which would have no rows in its sessions "
                "without owner=: choose another role, or a new one, and never the application's "
                "login"
            )
        return (
            f"logins inherit from the role {self.role}, so they would have no rows in their "
            f"sessions without owner=: {', '.join(self.logins)}. Run "
            f"`{'; '.join(self.statements)}`, or choose another role"
        )


class AlembicIsRunning(SchemaError):
    """One Alembic cannot run within another, as in your `env.py`; nothing was changed."""

    code = "alembic_is_running"

    def __str__(self) -> str:
        return (
            "one Alembic cannot run within another: upgrade trackercore's tables before your "
            "own Alembic runs, not in its env.py"
        )


class RevisionRefused(SchemaError):
    """A revision cannot be applied to the rows that are stored; nothing was changed.

    Attributes:
        reason: its text.
    """

    code = "revision_refused"
    reason: str

    def __str__(self) -> str:
        return self.reason


class DanglingRows(SchemaError):
    """Rows refer to rows that do not exist; nothing was changed.

    Attributes:
        table: the table of the rows that refer.
        parent: the table of those that do not exist.
        rows: how many refer to one.
    """

    code = "dangling_rows"
    table: str
    parent: str
    rows: int

    def __str__(self) -> str:
        return (
            f"nothing was changed: {self.rows} rows of {self.table} refer to rows of "
            f"{self.parent} that do not exist"
        )


class CannotAdopt(SchemaError):
    """`adopt` cannot convert the tables; nothing was changed. The text has a line for each reason.

    Attributes:
        reasons: everything that is in the way.
    """

    code = "cannot_adopt"
    reasons: "tuple[RefusalReason, ...]"

    def __str__(self) -> str:
        return "\n".join(map(str, self.reasons))


class RowsUnaccountedFor(SchemaError):
    """Not every row that was not kept was rejected: a fault of trackercore; nothing was changed.

    Attributes:
        table: the table.
        rows: how many rows it had.
        kept: how many of them were kept.
    """

    code = "rows_unaccounted_for"
    table: str
    rows: int
    kept: int

    def __str__(self) -> str:
        return (
            f"nothing was changed: of {self.rows} rows of {self.table}, {self.kept} were kept, "
            "and not all others were rejected"
        )


class CitusNotFound(SchemaError):
    """`distribute` needs a PostgreSQL database with Citus; nothing was changed.

    Attributes:
        backend: what the database is, "sqlite" or "postgresql".
    """

    code = "citus_not_found"
    backend: str

    def __str__(self) -> str:
        if self.backend != "postgresql":
            return f"Citus distributes PostgreSQL databases, and this is one of {self.backend}"
        return (
            "the database has no Citus: run CREATE EXTENSION citus in a database of this name on "
            "the coordinator and on every worker, and citus_add_node() on the coordinator"
        )


class DistributedOtherwise(SchemaError):
    """Tables are distributed already, but not by the user; nothing was changed.

    Attributes:
        tables: their names.
        schema: that of the tables, if it is a shard itself: nothing is to be done.
    """

    code = "distributed_otherwise"
    tables: tuple[str, ...]
    schema: str | None = None

    def __str__(self) -> str:
        if self.schema is not None:
            return (
                f"the schema {self.schema} is a shard itself, with all its tables: they stay there"
            )
        return (
            f"tables are distributed already, but not by the user: {', '.join(self.tables)}. Dump "
            "the database, and restore it into a new one, which distribute then takes. For tables "
            "without an identity column, undistribute_table() is enough"
        )


class TablesReferToOurs(SchemaError):
    """Tables of yours have foreign keys to those to distribute; nothing was changed.

    Attributes:
        keys: the foreign keys, each as table.constraint.
        users: the name of the table of users.
    """

    code = "tables_refer_to_ours"
    keys: tuple[str, ...]
    users: str

    def __str__(self) -> str:
        return (
            f"tables of yours have foreign keys to trackercore's: {', '.join(self.keys)}. Drop the "
            "keys, distribute, then distribute your tables by the user's id with "
            f"colocate_with => '{self.users}', and add the keys again"
        )


class KeysWithoutOwner(SchemaError):
    """Primary keys or unique indexes do not hold the user's id; nothing was changed.

    Attributes:
        keys: each as table.index.
    """

    code = "keys_without_owner"
    keys: tuple[str, ...]

    def __str__(self) -> str:
        return (
            "what is unique in a distributed table must hold the column of the user's id, and "
            f"these do not: {', '.join(self.keys)}. If they are yours, drop them, or put the "
            "column first; if not, upgrade the tables"
        )


class EmailsNotUnique(SchemaError):
    """Several users have the same email address, as after a plain INSERT; nothing was changed.

    Attributes:
        emails: such addresses, ten at most.
    """

    code = "emails_not_unique"
    emails: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"several users have the same email address: {', '.join(self.emails)}. Change it or "
            "delete the user, by users.update or users.delete, for all but one of each"
        )


def _to_run(*commands: str, schema: str | None, table_prefix: str) -> str:
    option = "" if schema is None else f" --schema {quote(schema)}"
    variable = table_prefix and f" and TRACKERCORE_TABLE_PREFIX to {table_prefix}"
    named = " and then ".join(f"`python -m trackercore {each}{option}`" for each in commands)
    return f"run {named} with DATABASE_URL set to the database{variable}"
