"""The application's own tables; each row belongs to a user of trackercore."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    backref,
    configure_mappers,
    mapped_column,
    relationship,
)

from trackercore import Habit, Task, User


class Base(DeclarativeBase):
    pass


class HabitDetails(Base):
    __tablename__ = "habit_details"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "habit_id"], [Habit.user_id, Habit.id], ondelete="CASCADE"
        ),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    habit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    reminder_at: Mapped[time | None]
    xp: Mapped[int] = mapped_column(default=0)

    habit: Mapped[Habit] = relationship(
        Habit,
        backref=backref(
            "details", uselist=False, cascade="all, delete-orphan", passive_deletes=True
        ),
    )


task_places = Table(
    "task_places",
    Base.metadata,
    Column("user_id", BigInteger, primary_key=True),
    Column("task_id", BigInteger, primary_key=True),
    Column("place_id", Integer, primary_key=True),
    ForeignKeyConstraint(["user_id", "task_id"], [Task.user_id, Task.id], ondelete="CASCADE"),
    ForeignKeyConstraint(
        ["user_id", "place_id"], ["places.user_id", "places.id"], ondelete="CASCADE"
    ),
)


class Place(Base):
    __tablename__ = "places"
    __table_args__ = (UniqueConstraint("user_id", "id"), UniqueConstraint("user_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(50))

    tasks: Mapped[list[Task]] = relationship(
        Task,
        secondary=task_places,
        passive_deletes=True,
        backref=backref("places", passive_deletes=True),
    )


class DeletedTask(Base):
    __tablename__ = "deleted_tasks"
    __table_args__ = (
        ForeignKeyConstraint(["user_id", "task_id"], [Task.user_id, Task.id], ondelete="CASCADE"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    task_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    deleted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Message(Base):
    __tablename__ = "outbox"
    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "habit_id"], [Habit.user_id, Habit.id], ondelete="CASCADE"
        ),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    habit_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    streak: Mapped[int] = mapped_column(primary_key=True)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), unique=True)

    user: Mapped[User] = relationship(User)


configure_mappers()  # now Habit.details and Task.places exist
