"""Rows that are known by their names, which are unique per user in any letter case."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.backends import backend_of
from trackercore.errors import Conflict
from trackercore.models import Tag, Topic, User
from trackercore.services._shared import owned_rows
from trackercore.types import text_key

RowT = TypeVar("RowT", Tag, Topic)


def get_or_create(
    session: Session, model: type[RowT], user_id: int, name: str, create: Callable[[], RowT]
) -> RowT:
    """The user's row of a name in any letter case; what `create` returns, if there is none.

    Args:
        create: stores it, or raises `Conflict` if it is there.
    """
    query = (
        select(model)
        .where(
            model.user_id == owned_rows.check_id(User, user_id), model.name_key == text_key(name)
        )
        .execution_options(populate_existing=True)
    )
    owned_rows.connection(session)
    row = session.scalars(query).one_or_none()
    if row is not None:
        return row
    try:
        return create()
    except Conflict:  # somebody else was faster
        row = session.scalars(query).one_or_none()
    if row is None:
        _fail_to_serialize(session, model, user_id, name)
    return row or session.scalars(query).one()


def _fail_to_serialize(session: Session, model: type[Tag | Topic], user_id: int, name: str) -> None:
    # From REPEATABLE READ on, a row that was committed after this transaction began is in the way
    # and cannot be seen. This makes PostgreSQL say that it may be retried.
    insert = backend_of(owned_rows.open_connection(session)).insert(owned_rows.table(model))
    values = {"user_id": user_id, "name": name, "name_key": text_key(name)}
    session.execute(insert.values(values).on_conflict_do_nothing())
