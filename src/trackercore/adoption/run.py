"""`adopt`: one transaction in which everything moves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    Connection,
    FromClause,
    bindparam,
    column,
    exists,
    func,
    insert,
    select,
    table,
)
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

from trackercore.adoption import _focusflow, _studytracker, _tables
from trackercore.adoption._legacy import recognise
from trackercore.adoption._parts import Old
from trackercore.adoption._reading import Reader, Value
from trackercore.adoption._reading_postgresql import PostgreSQLReader
from trackercore.adoption._reading_sqlite import SQLiteReader
from trackercore.adoption._transfer import (
    Outcome,
    Transfer,
    merged_table,
    rejected_table,
    transfer,
)
from trackercore.adoption.report import AdoptReport
from trackercore.backends import backend_of
from trackercore.backends.engines import build_engine, parse_url
from trackercore.errors import CannotAdopt, UnmanagedSchema
from trackercore.migrations import state
from trackercore.migrations.transaction import LOCK_TIMEOUT, changing, set_search_path
from trackercore.models import Base
from trackercore.schemas.fields import Email, Input
from trackercore.types import normal_email, utc_now

_LOCK_TIMEOUT = LOCK_TIMEOUT
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

    It happens in place and in one transaction; ids stay what they are. A row that breaks a rule of
    trackercore's is mended by a written rule or moved whole to the table trackercore_rejected; the
    rules are in the how-to page "Adopt an existing database". Stop the application and make a
    backup first: nobody can use the tables meanwhile, in a dry run too. A database that
    trackercore made is left as it is.

    Args:
        url: of the database; on PostgreSQL, of the tables in its current schema.
        owner_email: whose StudyTracker's topics and sessions become; a user of this address is
            made if there is none.
        dry_run: do all of it and roll it back.

    Raises:
        CannotAdopt: the tables are not such that everything in them could be taken over.
        DatabaseNotFound: the SQLite file does not exist.
        pydantic.ValidationError: `owner_email` is no user's, and not an email address.
        sqlalchemy.exc.OperationalError: among others, a table stayed busy. Nothing was changed.
    """
    parsed = parse_url(url)
    backend_of(parsed).check_exists(parsed)
    if backend_of(parsed).is_in_memory(parsed):
        raise CannotAdopt("there are no tables of FocusFlow or StudyTracker in a new database")
    # A file keeps its journal mode: a dry run changes nothing.
    engine = build_engine(parsed, {"poolclass": NullPool}, wal=False)
    try:
        with changing(engine, lock_timeout=_LOCK_TIMEOUT) as connection:
            if parsed.get_backend_name() == "postgresql":
                _see_one_schema_and_all_of_it(connection)
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


def _see_one_schema_and_all_of_it(connection: Connection) -> None:
    schema = connection.scalar(select(func.current_schema()))
    if schema is not None:  # else there is none, and hence no tables
        connection.execute(set_search_path(schema))
    # A policy that hides rows is an error then; they would be lost.
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
    names = recognise(connection)
    _check_owner(connection, names, owner)
    found = _tables.set_aside(connection, names)
    state.create(connection)
    rejected_table.create(connection)
    merged_table.create(connection)
    old = Old(found, _reader(connection, found), now)
    outcomes: dict[str, Outcome] = {}
    made = False
    for name in names:
        if name == "topics" and owner is not None:
            owner_id, made = _find_or_make(connection, owner)
            old = replace(old, owner_id=owner_id)
        outcome = transfer(connection, old.reader, _RULES[name](old))
        _tables.continue_ids(connection, name, found[name])
        outcomes[name] = outcome
        _log.info("%s: %d rows kept", name, outcome.kept)
    _tables.drop(connection, names)
    return AdoptReport(
        dry_run=dry_run,
        revision=state.HEAD,
        owner_id=old.owner_id,
        owner_made=made,
        kept={name: outcome.kept for name, outcome in outcomes.items()},
        mended=tuple(item for outcome in outcomes.values() for item in outcome.mended),
        rejected=tuple(item for outcome in outcomes.values() for item in outcome.rejected),
    )


def _check_owner(connection: Connection, names: Sequence[str], owner: str | None) -> None:
    tables_of_owner = [name for name in names if name in ("topics", "sessions")]
    if owner is not None:
        if not tables_of_owner:
            raise CannotAdopt(
                "an owner's email address is given, but there are no topics or sessions"
            )
        # An old user may have an address that a new one could not have.
        users = table("users", column("email"))
        like = func.lower(func.trim(users.c.email)) == owner.strip().lower()
        if "users" not in names or not connection.scalar(select(exists().where(like))):
            _Owner(owner_email=owner)
        return
    for name in tables_of_owner:
        if connection.scalar(select(exists().select_from(table(name)))):
            raise CannotAdopt(
                "topics and sessions have no owner: give the email address of the user whose "
                "they are to be (owner_email, or --owner-email)"
            )


class _Owner(Input):
    """Judges the address of a user who is to be made."""

    owner_email: Email


def _reader(connection: Connection, found: Mapping[str, FromClause]) -> Reader:
    def columns(**wanted: str) -> list[Value]:
        return [found[name].c[column] for name, column in wanted.items() if name in found]

    if connection.dialect.name == "sqlite":
        return SQLiteReader(connection)
    emails, names = columns(users="email"), columns(categories="name", topics="name")
    return PostgreSQLReader(connection, emails, names)


def _find_or_make(connection: Connection, email: str) -> tuple[int, bool]:
    users = Base.metadata.tables["users"]
    query = select(users.c.id).where(users.c.email == bindparam("email"))
    found: int | None = connection.scalar(query, {"email": normal_email(email.strip())})
    if found is not None:
        return found, False
    address = {"email": _Owner(owner_email=email).owner_email}
    found = connection.scalar(query, address)
    if found is not None:
        return found, False
    made: int = connection.scalars(insert(users).returning(users.c.id), address).one()
    return made, True
