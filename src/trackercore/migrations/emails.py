"""The addresses of users when tables are distributed: `user_emails` keeps them unique."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, func, insert, select
from sqlalchemy.schema import DropConstraint

from trackercore.backends.user_emails import user_emails
from trackercore.errors import EmailsNotUnique
from trackercore.models import User

_USERS = User.metadata.tables[User.__tablename__]

UNIQUE_EMAIL = f"uq_{_USERS.name}_email"
"""The constraint of `users` that distributed tables cannot have."""


def make(connection: Connection) -> Table:
    """Create `user_emails` with the addresses of all users, in place of the constraint."""
    emails = user_emails()
    _drop_constraint(connection)
    emails.create(connection, checkfirst=False)
    everyone = select(_USERS.c.email, _USERS.c.id)
    connection.execute(insert(emails).from_select(["email", "user_id"], everyone))
    return emails


def mend(connection: Connection) -> tuple[int, int]:
    """Have `user_emails` hold what `users` has; how many addresses were added and removed.

    Whoever writes users past the library leaves addresses behind, or does not claim them.
    """
    emails = user_emails()
    _drop_constraint(connection)
    theirs = select(_USERS.c.email, _USERS.c.id)
    kept = select(emails.c.email, emails.c.user_id)
    removed = connection.execute(kept.except_(theirs)).all()
    for email, user_id in removed:
        gone = (emails.c.email == email, emails.c.user_id == user_id)
        connection.execute(delete(emails).where(*gone))
    missing = select(theirs.except_(kept).subquery())
    added = connection.execute(insert(emails).from_select(["email", "user_id"], missing)).rowcount
    return added, len(removed)


def check_unique(connection: Connection) -> None:
    """Check that no two users have the same address.

    Raises:
        EmailsNotUnique: some have.
    """
    email = _USERS.c.email
    shared = select(email).group_by(email).having(func.count() > 1).order_by(email).limit(10)
    if found := connection.scalars(shared).all():
        raise EmailsNotUnique(tuple(found))


def _drop_constraint(connection: Connection) -> None:
    """Drop the unique constraint, which locks `users` in any case, and check that it held."""
    for constraint in _USERS.constraints:
        if constraint.name == UNIQUE_EMAIL:
            connection.execute(DropConstraint(constraint, if_exists=True))
    check_unique(connection)
