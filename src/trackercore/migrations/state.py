"""The revision of a database's tables, and creating the newest ones. Does not import Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    delete,
    insert,
    inspect,
    select,
)

from trackercore.backends import backend_of
from trackercore.backends.user_emails import user_emails
from trackercore.errors import SchemaOutOfDate, SchemaTooNew, TablesMissing, UnmanagedSchema
from trackercore.models import Base
from trackercore.table_prefix import prefixed, table_prefix

VERSIONS = Path(__file__).parent / "versions"
REVISIONS = ("trackercore_0001",)
"""Every revision, the oldest first: the files in `VERSIONS`."""

HEAD = REVISIONS[-1]
"""The revision whose tables are those of the models."""

VERSION_TABLE = prefixed("trackercore_version")
REJECTED_TABLE = prefixed("trackercore_rejected")

OUR_TABLES = frozenset({*Base.metadata.tables, VERSION_TABLE, REJECTED_TABLE, user_emails().name})
"""Every table that trackercore creates."""

# As Alembic creates it, so that it does not matter which of the two does.
_version = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)


def read_revision(connection: Connection) -> str | None:
    """The revision of the tables in the connection's current schema; None if there are none.

    `Base.metadata.drop_all` leaves the revision of tables that are gone: it does not count.

    Raises:
        TablesMissing: there are only some of the tables of the newest revision.
        UnmanagedSchema: there are tables or views of our names, but no revision.
    """
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    present = Base.metadata.tables.keys() & names
    if VERSION_TABLE in names and present:
        revision: str | None = connection.scalar(select(_version.c.version_num))
        if revision == HEAD and (missing := Base.metadata.tables.keys() - present):
            raise TablesMissing(tuple(sorted(missing)), tuple(sorted(present)))
        if revision is not None:
            return revision
    names.update(inspector.get_view_names())
    if connection.dialect.name == "sqlite":  # Users is users there
        names = {name.lower() for name in names}
    in_the_way = names & Base.metadata.tables.keys()
    if in_the_way:
        raise UnmanagedSchema(
            tuple(sorted(in_the_way)), backend_of(connection).has_schemas, table_prefix()
        )
    return None


def check_known(revision: str | None) -> None:
    """Check that a revision is one of ours, or None.

    Raises:
        SchemaTooNew: it is not.
    """
    if revision is not None and revision not in REVISIONS:
        raise SchemaTooNew(revision, HEAD)


def check_current(revision: str, schema: str | None = None) -> None:
    """Check that a revision, of the tables in `schema`, is the newest.

    Raises:
        SchemaOutOfDate: it is an older one.
        SchemaTooNew: it is not one of ours.
    """
    check_known(revision)
    if revision != HEAD:
        raise SchemaOutOfDate(revision, HEAD, schema, table_prefix())


def create(connection: Connection) -> None:
    """Create the tables of the models, where there are none, and store their revision."""
    Base.metadata.create_all(connection, checkfirst=False)
    if not forget_revision(connection):
        _version.create(connection, checkfirst=False)
    connection.execute(insert(_version), {"version_num": HEAD})


def forget_revision(connection: Connection) -> bool:
    """Delete the revision of tables that are gone; whether there is a table for it."""
    is_left = inspect(connection).has_table(VERSION_TABLE)
    if is_left:
        connection.execute(delete(_version))
    return is_left
