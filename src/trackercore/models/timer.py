"""Timers: what users are studying right now."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from trackercore.models.base import USER_ID, Base, TableArgs, reference
from trackercore.table_prefix import prefixed
from trackercore.types import BIG_ID, KeyId


class Timer(Base):
    """A running timer, started at a whole second; the owner is the key: a user has at most one."""

    __tablename__: str = prefixed("timers")
    __table_args__: TableArgs = (reference("topic_id", "topics"),)
    __shown__: ClassVar[tuple[str, ...]] = ("topic_id", "started_at")

    user_id: Mapped[KeyId] = mapped_column(ForeignKey(USER_ID, ondelete="CASCADE"))
    topic_id: Mapped[int] = mapped_column(BIG_ID)
    started_at: Mapped[datetime]
    notes: Mapped[str | None] = mapped_column(Text)
