"""Locks of several rows, in the order that keeps writers from waiting for each other.

It is: the habits of a user by id, the user, their category or topic, and then all else. Tags are
locked by id at any place after the user, who keeps other writers of several tags out.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.models import Habit, User
from trackercore.services._shared.owned_rows import OWNER, check_id, connection, table

_habits = table(Habit)
_LOCKED_HABITS = (
    select(_habits.c.id)
    .where(_habits.c.user_id == OWNER)
    .order_by(_habits.c.id)
    .with_for_update(key_share=True)
)


def lock_habits(session: Session, user_id: int) -> None:
    """Keep writers of the user's habits out, before the user is locked.

    They lock a habit before they refer to the user, so in the other order the two could deadlock.
    """
    connection(session).execute(_LOCKED_HABITS, {"owner": check_id(User, user_id)})
