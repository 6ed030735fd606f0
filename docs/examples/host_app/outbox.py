"""A message for each habit that reaches a streak of seven, written along with the check-in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from host_app.models import Message
from trackercore import CheckInResult, habits

MILESTONE = 7


def check_in(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    on: date | None = None,
    now: datetime | None = None,
) -> CheckInResult:
    result = habits.check_in(session, user_id, habit_id, on=on, now=now)
    key = (user_id, habit_id, MILESTONE)
    if result.current_streak >= MILESTONE and session.get(Message, key) is None:
        session.add(Message(user_id=user_id, habit_id=habit_id, streak=MILESTONE))
    return result


def unsent(session: Session, limit: int = 100) -> Sequence[Message]:
    """Messages to send, which other senders leave out until this transaction ends."""
    query = select(Message).where(Message.sent_at.is_(None)).order_by(Message.user_id)
    return session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()
