"""`adopt`: old tables become new ones, in one transaction."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, select
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from trackercore.adoption import _focusflow, _studytracker, _tables
from trackercore.adoption._legacy import recognise
from trackercore.adoption._parts import Old
from trackercore.adoption._reading import Reader
from trackercore.adoption._reading_postgresql import PostgreSQLReader
from trackercore.adoption._reading_sqlite import SQLiteReader
from trackercore.adoption._transfer import Outcome, Transfer, merged_table, rejected_table, transfer
from trackercore.adoption.reasons import RefusalReason
from trackercore.adoption.report import AdoptReport
from trackercore.backends import backend_of
from trackercore.backends.engines import build_engine, parse_url
from trackercore.errors import CannotAdopt, UnmanagedSchema
from trackercore.migrations import distribution, state
from trackercore.migrations.transaction import LOCK_TIMEOUT, changing, set_search_path
from trackercore.models import Base
from trackercore.schemas.fields import Email, Input
from trackercore.table_prefix import table_prefix
from trackercore.types import normal_email, utc_now

_RULES: Mapping[str, Callable[[Old], Transfer]] = {
    "users": _focusflow.users,
    "categories": _focusflow.categories,
    "tasks": _focusflow.tasks,
    "habits": _focusflow.habits,
    "topics": _studytracker.topics,
    "sessions": _studytracker.sessions,
}

_log = logging.getLogger("trackercore.adoption")


def adopt(url: str | URL, *, owner_email: str | None = None, dry_run: bool = False) -> AdoptReport:
    """Turn the tables of FocusFlow or StudyTracker, or both, into trackercore's, with their rows.

    It works in place and in one transaction; ids stay the same. A row that breaks a rule of
    trackercore's is corrected, or moved whole to the table trackercore_rejected: the how-to page
    "Adopt an existing database" has the rules. Stop the application and make a backup first. Nobody
    can use the tables meanwhile, not even in a dry run. A database that trackercore created is left
    as it is.

    Args:
        url: of the database; on PostgreSQL, of the tables in its current schema.
        owner_email: the owner of topics and sessions that have no user; created if no user has
            this address.
        dry_run: do everything, and roll it back.

    Raises:
        CannotAdopt: something in the tables would get lost, or there is a table prefix.
        DatabaseNotFound: the SQLite file does not exist.
        pydantic.ValidationError: `owner_email` is not an address of a user, and not valid.
        sqlalchemy.exc.OperationalError: a table stayed in use, for example. Nothing was changed.
    """
    if prefix := table_prefix():
        raise CannotAdopt((RefusalReason(code="table_prefix", name=prefix),))
    parsed = parse_url(url)
    backend_of(parsed).check_exists(parsed)
    if backend_of(parsed).is_in_memory(parsed):
        raise CannotAdopt((RefusalReason(code="no_tables"),))
    # A file keeps its journal mode: a dry run changes nothing.
    engine = build_engine(parsed, {"poolclass": NullPool}, wal=False)
    try:
        with changing(engine, lock_timeout=LOCK_TIMEOUT) as connection:
            if parsed.get_backend_name() == "postgresql":
                _use_current_schema_and_all_rows(connection)
            report = _adopt(connection, owner_email, utc_now(), dry_run=dry_run)
            if dry_run:
                raise _RollBack(report)
            return report
    except _RollBack as rolled_back:
        return rolled_back.report


class _RollBack(Exception):
    """Takes the report out of the transaction of a dry run."""

    def __init__(self, report: AdoptReport) -> None:
        self.report = report


def _use_current_schema_and_all_rows(connection: Connection) -> None:
    schema = connection.scalar(select(func.current_schema()))
    if schema is not None:  # otherwise there are no tables
        connection.execute(set_search_path(schema))
    # A policy that hides rows is an error then; hidden rows would be lost.
    connection.execute(select(func.set_config("row_security", "off", True)))


def _adopt(
    connection: Connection, owner: str | None, now: datetime, *, dry_run: bool
) -> AdoptReport:
    try:
        revision = state.read_revision(connection)
    except UnmanagedSchema:
        revision = None
    if revision is not None:
        return AdoptReport(dry_run=dry_run, revision=revision)
    names = recognise(connection, has_owner=owner is not None)
    tables = _tables.rename(connection, names)
    state.create(connection)
    rejected_table.create(connection)
    merged_table.create(connection)
    old = Old(tables, _reader(connection), now)
    _check_owner(connection, old, owner)
    outcomes: dict[str, Outcome] = {}
    created = False
    for name in names:
        if name == "topics" and owner is not None:
            owner_id, created = _get_or_create(connection, owner)
            old = replace(old, owner_id=owner_id)
        outcomes[name] = transfer(connection, old.reader, _RULES[name](old))
        _tables.continue_ids(connection, name, tables[name])
        if name == "topics":
            _studytracker.copy_shared_topics(connection, old)
        _log.info("%s: %d rows kept", name, outcomes[name].kept)
    _tables.drop(connection, names)
    if distribution.has_citus(connection):
        _log.info("the tables are local: `python -m trackercore distribute` distributes them")
    return AdoptReport(
        dry_run=dry_run,
        revision=state.HEAD,
        owner_id=old.owner_id,
        owner_created=created,
        kept={name: outcome.kept for name, outcome in outcomes.items()},
        corrected=tuple(item for outcome in outcomes.values() for item in outcome.corrected),
        rejected=tuple(item for outcome in outcomes.values() for item in outcome.rejected),
    )


def _check_owner(connection: Connection, old: Old, owner: str | None) -> None:
    # An old user may have an address that trackercore would not accept.
    if owner is not None and not _is_address_of_user(connection, old, normal_email(owner.strip())):
        _Owner(owner_email=owner)


def _is_address_of_user(connection: Connection, old: Old, address: str) -> bool:
    if "users" not in old.tables:
        return False
    users = old.tables["users"]
    email = old.reader.email(users, old.reader.trimmed(users.c.email))
    return bool(connection.scalar(select(exists().where(email == address))))


class _Owner(Input):
    """Validates the address of a new user."""

    owner_email: Email


def _reader(connection: Connection) -> Reader:
    is_sqlite = connection.dialect.name == "sqlite"
    return SQLiteReader(connection) if is_sqlite else PostgreSQLReader(connection)


def _get_or_create(connection: Connection, email: str) -> tuple[int, bool]:
    users = Base.metadata.tables["users"]
    address = normal_email(email.strip())
    for validated in (False, True):
        if validated:
            address = _Owner(owner_email=email).owner_email
        owner: int | None = connection.scalar(select(users.c.id).where(users.c.email == address))
        if owner is not None:
            return owner, False
    return connection.scalars(insert(users).returning(users.c.id), {"email": address}).one(), True
