"""Timers: what somebody is studying right now."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.models.base import Base, TableArgs
from trackercore.types import BIG_ID


class Timer(Base):
    """A running timer; the owner is the key, so nobody has two."""

    __tablename__ = "timers"
    __table_args__: TableArgs = (
        ForeignKeyConstraint(
            ["user_id", "topic_id"], ["topics.user_id", "topics.id"], ondelete="CASCADE"
        ),
    )
    __shown__: ClassVar[tuple[str, ...]] = ("topic_id", "started_at")

    user_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    topic_id: Mapped[int] = mapped_column(BIG_ID)
    started_at: Mapped[datetime]
    notes: Mapped[str | None] = mapped_column(Text)
