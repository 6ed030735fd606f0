"""Reading and writing single rows: ownership, locks, and errors by constraint name."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypeVar, cast

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_dirty, set_committed_value
from sqlalchemy.orm.util import identity_key

from trackercore.backends import backend_of, check_prepared
from trackercore.errors import Conflict, ExternalIdTaken, NameTaken, NotFound, TrackerError
from trackercore.models import Base, User
from trackercore.services._shared.dependents import expunge_dependents
from trackercore.sessions.owner import owner_of
from trackercore.types import BIG_ID, check_row_id, text_key

OWNER: ColumnElement[int] = bindparam("owner", type_=BIG_ID)
"""Whose rows a statement is about: a parameter.

Every table that it names is equated with it, also in subqueries, so that a database that is
distributed by user has one place to look for all of them. To equate a subquery's table with a row
of the query around it says as much, and not to its planner.
"""

Lock = Literal["change", "delete"]

ModelT = TypeVar("ModelT", bound=Base)
ValueT = TypeVar("ValueT")


def entity(model: type[Base]) -> str:
    """What messages call a model's rows: "study session" for StudySession."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).lower()


def table(model: type[Base]) -> Table:
    """The model's table, for Core statements."""
    return cast("Table", model.__table__)


def open_connection(session: Session) -> Connection:
    """The session's connection for our tables, as a host's session may have engines for others."""
    return session.connection(bind_arguments={"mapper": User.__mapper__})


def connection(session: Session) -> Connection:
    """The same, with all pending changes written: for Core statements.

    Raises:
        EngineNotPrepared: the caller's SQLite engine lacks what `prepare_engine` sets.
    """
    connection = open_connection(session)
    check_prepared(connection)
    session.flush()
    return connection


def check_id(model: type[Base], row_id: int) -> int:
    """Check that an id can exist, and return it.

    Raises:
        NotFound: it cannot; a query for it would overflow the database's integers.
        TypeError: it is not an int.
    """
    return check_row_id(entity(model), row_id)


def get(session: Session, model: type[ModelT], *key: int, lock: Lock | None = None) -> ModelT:
    """The row of this identity: (user_id, id), or (id,) for a user.

    Args:
        lock: read the row as it is now, and hold it until the transaction ends, to "change" it
            (others may still refer to it) or to "delete" it.

    Raises:
        NotFound: there is none, or it is another user's.
    """
    check_id(User, key[0])
    check_id(model, key[-1])
    check_prepared(open_connection(session))
    if lock is None:
        row = session.get(model, key)
    else:
        session.flush()  # what is read must not overwrite what is not written yet
        row = _locked(session, model, key, lock)
    if row is None:
        raise NotFound(entity(model), key[-1])
    return row


def _locked(
    session: Session, model: type[ModelT], key: tuple[int, ...], lock: Lock
) -> ModelT | None:
    names = (str(column.key) for column in model.__mapper__.primary_key)
    found = session.execute(_lock_query(model, lock), dict(zip(names, key, strict=True))).first()
    if found is None:
        return None
    row, updated_at = found
    reload_if_waited(session, row, updated_at)
    return cast("ModelT", row)


@cache
def _lock_query(model: type[Base], lock: Lock) -> Select[*tuple[Any, ...]]:
    rows = table(model)
    names = [str(column.key) for column in model.__mapper__.primary_key]
    key: dict[str, ColumnElement[int]] = {name: bindparam(name) for name in names}
    return (
        select(model, seen_updated_at(model, key))
        .where(*(rows.c[name] == value for name, value in key.items()))
        .with_for_update(key_share=lock == "change", of=model)
        .execution_options(populate_existing=True)
    )


def seen_updated_at(
    model: type[Base], key: Mapping[str, ColumnElement[int]]
) -> ColumnElement[datetime]:
    """The `updated_at` of a row, by what the statement that locks it saw when it began.

    PostgreSQL waits for another writer of the row and reads it as that has left it, but subqueries,
    such as that of its tags, still see what was there before.

    Args:
        model: of the row.
        key: its identity: the parameters of the statement.
    """
    seen = table(model).alias()
    same = (seen.c[name] == value for name, value in key.items())
    return select(seen.c.updated_at).where(*same).scalar_subquery()


def reload_if_waited(session: Session, row: Any, seen: datetime) -> None:
    """Read a locked row once more if another writer has changed it since, as its tags may have."""
    if row.updated_at != seen:
        session.refresh(row)


def refer(
    session: Session,
    model: type[Base],
    user_id: int,
    ids: Collection[int],
    *,
    column: Column[ValueT] | None = None,
) -> dict[int, ValueT]:
    """Check that rows of the user exist, and keep them until the transaction ends.

    Returns:
        What a column of them says, by their ids, in order; by default the ids.

    Raises:
        NotFound: for the lowest id that is not a row of theirs.
    """
    wanted = sorted(check_id(model, row_id) for row_id in ids)
    users, rows = table(User), table(model)
    query = (
        select(rows.c.id, rows.c.id if column is None else column)
        # The owner is locked first, as in users.delete, so that the two cannot deadlock.
        .join_from(users, rows, rows.c.user_id == users.c.id)
        .where(users.c.id == check_id(User, user_id), rows.c.id.in_(wanted))
        .order_by(rows.c.id)
        .with_for_update(read=True, key_share=True)
    )
    existing = {row[0]: row[1] for row in connection(session).execute(query)}
    for row_id in wanted:
        if row_id not in existing:
            raise NotFound(entity(model), row_id)
    return existing


def add(
    session: Session, row: ModelT, user_id: int, conflicts: Mapping[str, TrackerError]
) -> ModelT:
    """Insert a row of the user.

    Args:
        conflicts: unique constraint -> the error that it means.

    Raises:
        TrackerError: one of `conflicts`.
        NotFound: there is no such user.
    """
    with _explained(session, type(row), user_id, conflicts):
        session.add(row)
    return row


def change(
    session: Session,
    row: ModelT,
    user_id: int,
    values: Mapping[str, object],
    conflicts: Mapping[str, TrackerError],
) -> ModelT:
    """Update a row of the user; arguments and errors as in `add`."""
    try:
        with _explained(session, type(row), user_id, conflicts):
            for name, value in values.items():
                setattr(row, name, value)
    except Conflict:
        session.refresh(row)  # it stays readable when the session is closed
        raise
    return row


def remove(session: Session, *rows: Base) -> None:
    """Delete rows at once, and expunge what the database deletes with them."""
    for row in rows:
        session.delete(row)
    session.flush()
    expunge_dependents(session, rows)


def loaded(session: Session, model: type[ModelT], **equal: object) -> list[ModelT]:
    """The objects of a model in the session that have these values."""
    return [
        row
        for row in session.identity_map.values()
        if isinstance(row, model) and equal.items() <= row.__dict__.items()
    ]


def loaded_row(session: Session, model: type[ModelT], key: tuple[object, ...]) -> ModelT | None:
    """The object of this identity in the session, if there is one; nothing is read."""
    row: ModelT | None = session.identity_map.get(identity_key(model, key))
    return row


def holds(session: Session, model: type[Base]) -> bool:
    """Whether the session has objects of a model, which `sync` could update."""
    return any(isinstance(row, model) for row in session.identity_map.values())


def sync(session: Session, model: type[Base], key: tuple[object, ...], **values: object) -> None:
    """Set on a loaded object what a Core statement has written to its row."""
    if not session.identity_map:
        return
    row = loaded_row(session, model, key)
    if row is None or values.items() <= row.__dict__.items():
        return
    for name, value in values.items():
        set_committed_value(row, name, value)
    _expire_with_savepoint(session, row)


def reload(session: Session, row: Base, *names: str) -> None:
    """Read attributes of a loaded object again, if they are loaded."""
    if read := [name for name in names if name in row.__dict__]:
        session.refresh(row, read)
        _expire_with_savepoint(session, row)


def _expire_with_savepoint(session: Session, row: Base) -> None:
    """Have the object read again if a savepoint is rolled back."""
    if session.in_nested_transaction():
        # Makes the session expire it with this savepoint, as if it had written the row itself.
        flag_dirty(row)
        session.flush()


def forget(session: Session, model: type[Base], key: tuple[object, ...]) -> None:
    """Expunge the object of a row that a Core statement has deleted, and what went with it."""
    if not session.identity_map:
        return
    row = loaded_row(session, model, key)
    if row is not None:
        session.expunge(row)
    names = (str(column.key) for column in model.__mapper__.primary_key)
    expunge_dependents(session, [row or model(**dict(zip(names, key, strict=True)))])


def external_id_conflict(model: type[Base], external_id: str | None) -> dict[str, TrackerError]:
    """The entry of `conflicts` for a row's key in another system."""
    if external_id is None:
        return {}
    name = f"uq_{model.__tablename__}_user_id_external_id"
    return {name: ExternalIdTaken(entity(model), external_id)}


def name_conflict(model: type[Base], name: str) -> dict[str, TrackerError]:
    """The entry of `conflicts` for a name that is unique in any letter case."""
    return {f"uq_{model.__tablename__}_user_id_name_key": NameTaken(entity(model), name)}


def _with_other_id(
    session: Session, model: type[Base], user_id: int, conflict: TrackerError
) -> TrackerError:
    """The error with the id of the user's row that is in the way, if there is one to be seen."""
    rows = table(model)
    match conflict:
        case NameTaken(name=name):
            is_it = rows.c.name_key == text_key(name)
        case ExternalIdTaken(external_id=external_id):
            is_it = rows.c.external_id == external_id
        case _:
            return conflict
    query = select(rows.c.id).where(rows.c.user_id == user_id, is_it)
    return replace(conflict, other_id=open_connection(session).execute(query).scalar())


@contextmanager
def _explained(
    session: Session, model: type[Base], user_id: int, conflicts: Mapping[str, TrackerError]
) -> Generator[None]:
    connection(session)  # a failure here is due to the caller's own changes
    if owner_of(session) not in (None, user_id):  # the database would refuse a row of theirs
        raise NotFound(entity(User), user_id)
    # The savepoint keeps the caller's transaction usable on PostgreSQL.
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        constraint = backend_of(open_connection(session)).constraint_name(error, table(model))
        if (conflict := conflicts.get(constraint)) is not None:
            raise _with_other_id(session, model, user_id, conflict) from None
        # SQLite names no foreign key, but the other references were checked before.
        if constraint in ("FOREIGN KEY", f"fk_{model.__tablename__}_user_id"):
            raise NotFound(entity(User), user_id) from error
        raise
