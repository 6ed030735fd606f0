"""What transactions with a snapshot, at REPEATABLE READ or SERIALIZABLE, must not miss.

PostgreSQL refuses to lock or change a row that was changed after the snapshot was taken, with an
error after which `Database.run` tries again. It does not mind rows that were only locked, and new
rows are simply not there.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import Update, bindparam, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trackercore.backends import backend_of
from trackercore.models import Base, Habit, User
from trackercore.services._shared.owned_rows import check_id, connection, open_connection, table


def mark_changed(session: Session, model: type[User | Habit], user_id: int) -> None:
    """Lock a user, or all their habits, so that writers with an older snapshot cannot.

    The rows are written, with the values that they have.
    """
    key = {"owner": check_id(User, user_id)}
    if not backend_of(open_connection(session)).writers_take_turns:
        connection(session).execute(_rewrite(model), key)


@cache
def _rewrite(model: type[User | Habit]) -> Update:
    rows = table(model)
    owner = rows.c.id if model is User else rows.c.user_id
    same = {"created_at": rows.c.created_at, "updated_at": rows.c.updated_at}
    return update(rows).where(owner == bindparam("owner")).values(same)


def fail_if_unseen(session: Session, error: IntegrityError, model: type[Base], key: str) -> None:
    """Have PostgreSQL say that the transaction may be tried again, if rows it cannot see object.

    Args:
        error: what a write has raised; its savepoint was rolled back.
        model: the model of the rows that may be in the way.
        key: the name of their constraint, which all rows that could be seen allowed.
    """
    backend = backend_of(open_connection(session))
    if backend.constraint_name(error, table(model)) == key:
        backend.fail_to_serialize(open_connection(session))
