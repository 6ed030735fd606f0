"""Past one machine: the tables distributed by Citus, PostgreSQL's extension, over many servers.

All rows of a user are on the same server, so every call for a user is answered by one. Nothing in
the code that calls the library changes.
"""

from __future__ import annotations

from contextlib import suppress

from pydantic import Field
from sqlalchemy import Connection, inspect

from trackercore.backends.user_emails import user_emails
from trackercore.database import Database, engine_or_connection
from trackercore.errors import NoRowLevelSecurity, TablesMissing, UnmanagedSchema
from trackercore.migrations import distribution, row_security, state
from trackercore.migrations.transaction import LOCK_TIMEOUT, changing_or_within
from trackercore.models import Base, User
from trackercore.schemas.fields import Result

__all__ = ["DistributeReport", "distribute"]


def __dir__() -> list[str]:
    return __all__


class DistributeReport(Result):
    """What `distribute` did, or would do.

    Attributes:
        dry_run: whether everything was rolled back.
        created: whether there were no tables, and it created them.
        rows: by table, the rows of those that it distributed, `user_emails` among them.
        emails_added: how many addresses `user_emails` lacked, if it was there before.
        emails_removed: how many it had that no user has.
        shards: into how many shards each table is split.
        workers: on how many workers they are; 0 if the coordinator has them all.
    """

    dry_run: bool
    created: bool = False
    rows: dict[str, int] = Field(default_factory=dict)
    emails_added: int = 0
    emails_removed: int = 0
    shards: int = 0
    workers: int = 0

    def __str__(self) -> str:
        were = "would be" if self.dry_run else "were"
        lines = list[str]()
        if self.created:
            lines.append(f"There were no tables: they {were} created.")
        if self.rows:
            lines.append(f"These tables {were} distributed:")
            lines.extend(f"{n:>11,}  {name}" for name, n in self.rows.items())
        if self.emails_added or self.emails_removed:
            emails = user_emails().name
            changed = f"{self.emails_added:,} {were} added, {self.emails_removed:,} {were} removed"
            lines.append(f"Addresses in {emails}: {changed}.")
        if not lines:
            lines.append("nothing to distribute: the tables are distributed by the user")
        where = f"workers: {self.workers:,}"
        if not self.workers:
            where = "all on the coordinator: add workers with citus_add_node()"
        return "\n".join([*lines, f"Shards: {self.shards:,}, {where}."])


def distribute(
    database: Database | Connection, *, lock_timeout: float = LOCK_TIMEOUT, dry_run: bool = False
) -> DistributeReport:
    """Distribute the tables by user, with their rows, in one transaction.

    The database needs Citus, and should have its workers: `citus.shard_count` says into how many
    shards the tables are split. A database without tables gets them first, but no schema that is
    missing. Nobody can use the tables meanwhile. What was distributed before is left as it is,
    apart from `user_emails`, which again gets the addresses that `users` has. An upgrade
    distributes the tables that it adds.

    The table `user_emails` keeps email addresses unique in place of the constraint of `users`.
    Users who are stored by `users.create`, or by `session.add`, are in it; those of an INSERT, also
    of the ORM's bulk methods, are not.

    Args:
        database: a `Database`; or a connection in a transaction, for your own Alembic:
            `distribute(op.get_bind())`, also after each upgrade of trackercore that adds a table.
            The tables are those in the schema of its `schema_translate_map`, else in the current
            one. With asyncio: `await connection.run_sync(distribute)`.
        lock_timeout: seconds to wait for each table that is in use, for a `Database`.
        dry_run: do everything, and roll it back.

    Raises:
        CitusNotFound: the database has no Citus.
        DistributedOtherwise: the tables are distributed, but not by the user.
        TablesReferToOurs: tables of yours have foreign keys to the tables.
        KeysWithoutOwner: a unique index of the tables does not hold the user's id.
        EmailsNotUnique: users have the same address, which plain INSERTs can leave.
        NoRowLevelSecurity: the tables are secured by `row_level_security.secure`.
        SchemaOutOfDate: the tables are of an older version of trackercore.
        SchemaTooNew: they are of a newer one.
        TablesMissing: there are only some of them, or not the schema; or none for a connection.
        UnmanagedSchema: there are tables of the same names that trackercore did not create.
        TypeError: `database` is neither of the two.
        ValueError: `lock_timeout` is not at least 0.001 and finite.
        sqlalchemy.exc.OperationalError: a table stayed in use. Nothing was changed.
    """
    place = engine_or_connection(database, "distribute")
    try:
        with changing_or_within(place, lock_timeout=lock_timeout) as connection:
            created = isinstance(database, Database) and _create_tables(connection)
            distribution.check(connection)
            _check_complete(connection)
            if row_security.is_secured(connection):
                raise NoRowLevelSecurity("citus")
            done = distribution.distribute(connection)
            report = DistributeReport(dry_run=dry_run, created=created, **done._asdict())
            if dry_run:
                raise _RollBack(report)
            return report
    except _RollBack as rolled_back:
        return rolled_back.report


class _RollBack(Exception):
    """Takes the report out of the transaction of a dry run."""

    def __init__(self, report: DistributeReport) -> None:
        self.report = report


def _create_tables(connection: Connection) -> bool:
    """Create the tables if there are none, else check that they are the newest."""
    if not distribution.has_citus(connection):
        return False  # is refused
    try:
        revision = state.read_revision(connection)
    except UnmanagedSchema:
        from trackercore.migrations import run  # noqa: PLC0415 - imports Alembic

        if run.differences(connection):
            raise
        return False  # the host's own Alembic has created them
    if revision is None:
        state.create(connection)
    else:
        state.check_current(revision)
    return revision is None


def _check_complete(connection: Connection) -> None:
    """Check that there are all tables of the revision, or at least users if it is not known."""
    with suppress(UnmanagedSchema):  # the host's own Alembic creates them
        state.read_revision(connection)
    present = Base.metadata.tables.keys() & set(inspect(connection).get_table_names())
    if User.__tablename__ not in present:
        missing = Base.metadata.tables.keys() - present
        raise TablesMissing(tuple(sorted(missing)), tuple(sorted(present)))
