"""The user whose rows alone a session has, where row-level security holds."""

from __future__ import annotations

from sqlalchemy.orm import Session

from trackercore.errors import SessionHasOwner

_OWNER = "trackercore_owner"
"""Key of a session's `info`."""


def owner_of(session: Session) -> int | None:
    """The user that the session was opened for; None if it has the rows of all users."""
    owner: int | None = session.info.get(_OWNER)
    return owner


def check_has_no_owner(session: Session) -> None:
    """Check that the session has the rows of all users.

    Raises:
        SessionHasOwner: it has only those of one.
    """
    if (owner := owner_of(session)) is not None:
        raise SessionHasOwner(owner)


def set_owner(session: Session, owner: int) -> None:
    """Note for whom the session is opened."""
    session.info[_OWNER] = owner
