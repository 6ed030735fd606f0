"""What transactions with a snapshot, at REPEATABLE READ or SERIALIZABLE, must not miss.

PostgreSQL refuses to lock or change a row that was changed after the snapshot was taken, with an
error after which `Database.run` tries again. It does not mind rows that were only locked, and new
rows are simply not there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, exists, null, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trackercore.backends import backend_of
from trackercore.models import Base, Habit, Task, User
from trackercore.services._shared.owned_rows import (
    OWNER,
    check_id,
    connection,
    open_connection,
    table,
)

_NOTHING: ColumnElement[Any] = null()


def mark_changed(session: Session, model: type[User | Habit], user_id: int) -> None:
    """Lock a user, or all their habits, so that writers with an older snapshot cannot.

    The rows are written, with the values that they have.
    """
    key = {"owner": check_id(User, user_id)}
    if not backend_of(open_connection(session)).writers_take_turns:
        connection(session).execute(_rewrite(model), key)


def mark_changed_for_subtasks(
    session: Session, user_id: int, task_id: int, value: ColumnElement[Any] = _NOTHING
) -> tuple[Any, ...]:
    """The same of a user, if the task has subtasks, which are written along with it.

    Whoever writes many tasks of a user locks the user first.

    Args:
        session: the caller's.
        user_id: the user's id.
        task_id: the task's.
        value: what to read, as it is before the statement waits for the lock.

    Returns:
        That value, if the user is locked; else nothing.
    """
    key = {"owner": check_id(User, user_id), "task": check_id(Task, task_id)}
    if backend_of(open_connection(session)).writers_take_turns:
        return ()
    query = _rewrite_of_parent().returning(value)
    return tuple(connection(session).execute(query, key).first() or ())


@cache
def _rewrite(model: type[User | Habit]) -> Update:
    rows = table(model)
    owner = rows.c.id if model is User else rows.c.user_id
    same = {"created_at": rows.c.created_at, "updated_at": rows.c.updated_at}
    return update(rows).where(owner == OWNER).values(same)


@cache
def _rewrite_of_parent() -> Update:
    tasks = table(Task)
    is_parent = exists().where(tasks.c.user_id == OWNER, tasks.c.parent_id == bindparam("task"))
    return _rewrite(User).where(is_parent)


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
