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
    insert,
    inspect,
    select,
)

from trackercore.backends import backend_of
from trackercore.errors import SchemaOutOfDate, SchemaTooNew, UnmanagedSchema
from trackercore.models import Base

VERSIONS = Path(__file__).parent / "versions"
REVISIONS = ("trackercore_0001",)
"""Every revision, the oldest first: the files in `VERSIONS`."""

HEAD = REVISIONS[-1]
"""The revision whose tables are those of the models."""

VERSION_TABLE = "trackercore_version"
REJECTED_TABLE = "trackercore_rejected"

OUR_TABLES = frozenset({*Base.metadata.tables, VERSION_TABLE, REJECTED_TABLE})
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

    Raises:
        UnmanagedSchema: there are tables or views of our names, but no revision.
    """
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    if VERSION_TABLE in names:
        revision: str | None = connection.scalar(select(_version.c.version_num))
        if revision is not None:
            return revision
    names.update(inspector.get_view_names())
    if connection.dialect.name == "sqlite":  # Users is users there
        names = {name.lower() for name in names}
    in_the_way = names & Base.metadata.tables.keys()
    if in_the_way:
        raise UnmanagedSchema(sorted(in_the_way), backend_of(connection).has_schemas)
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
        raise SchemaOutOfDate(revision, HEAD, schema)


def create(connection: Connection) -> None:
    """Create the tables of the models, where there are none, and store their revision."""
    Base.metadata.create_all(connection, checkfirst=False)
    _version.create(connection, checkfirst=True)
    connection.execute(insert(_version), {"version_num": HEAD})
