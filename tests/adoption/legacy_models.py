"""The two old designs as hosts declared them: plain SQLAlchemy, with a base of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import Boolean, Column, Date, DateTime, ForeignKey, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, relationship

# Gives constraints the very names that trackercore's have.
SAME_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


def utc_now() -> datetime:
    """What `datetime.utcnow`, the usual default of such models, returned."""
    return datetime.now(UTC).replace(tzinfo=None)


def focusflow(naming_convention: dict[str, str] | None = None) -> MetaData:
    """Users, categories, tasks and habits; SQLAlchemy's own default is to name indexes only."""
    names = naming_convention

    class Base(DeclarativeBase):
        metadata: ClassVar[MetaData] = MetaData(naming_convention=names)
        type_annotation_map: ClassVar[dict[Any, Any]] = {}

    class User(Base):
        __tablename__ = "users"
        id = Column(Integer, primary_key=True, index=True)
        email = Column(String(255), unique=True, index=names is None, nullable=False)
        hashed_password = Column(String(255), nullable=False)
        created_at = Column(DateTime, default=utc_now)
        categories = relationship("Category", back_populates="user")
        tasks = relationship("Task", back_populates="user")
        habits = relationship("Habit", back_populates="user")

    class Category(Base):
        __tablename__ = "categories"
        id = Column(Integer, primary_key=True, index=True)
        name = Column(String(100), nullable=False)
        user_id = Column(Integer, ForeignKey("users.id"), index=True)
        user = relationship(User, back_populates="categories")
        tasks = relationship("Task", back_populates="category")

    class Task(Base):
        __tablename__ = "tasks"
        id = Column(Integer, primary_key=True, index=True)
        title = Column(String(255), nullable=False)
        description = Column(Text)
        completed = Column(Boolean, default=False)
        due_date = Column(DateTime)
        user_id = Column(Integer, ForeignKey("users.id"), index=True)
        category_id = Column(Integer, ForeignKey("categories.id"), index=True)
        user = relationship(User, back_populates="tasks")
        category = relationship(Category, back_populates="tasks")

    class Habit(Base):
        __tablename__ = "habits"
        id = Column(Integer, primary_key=True, index=True)
        name = Column(String(100), nullable=False)
        frequency = Column(String(50), nullable=False)
        streak = Column(Integer, default=0)
        user_id = Column(Integer, ForeignKey("users.id"), index=True)
        user = relationship(User, back_populates="habits")

    assert set(Base.metadata.tables) == {cls.__tablename__ for cls in (User, Category, Task, Habit)}
    return Base.metadata


def studytracker() -> MetaData:
    """Topics and their sessions, of nobody in particular."""

    class Base(DeclarativeBase):
        metadata: ClassVar[MetaData] = MetaData()

    class Topic(Base):
        __tablename__ = "topics"
        id = Column(Integer, primary_key=True)
        name = Column(String(200), nullable=False, index=True)
        description = Column(Text)
        created_at = Column(DateTime, nullable=False, default=utc_now)
        sessions = relationship("Session", back_populates="topic", cascade="all, delete-orphan")

    class Session(Base):
        __tablename__ = "sessions"
        id = Column(Integer, primary_key=True)
        topic_id = Column(
            Integer, ForeignKey("topics.id", ondelete="CASCADE"), nullable=False, index=True
        )
        study_date = Column(Date, nullable=False, default=date.today)
        duration_minutes = Column(Integer, nullable=False)
        notes = Column(Text)
        created_at = Column(DateTime, nullable=False, default=utc_now)
        topic = relationship(Topic, back_populates="sessions")

    assert set(Base.metadata.tables) == {Topic.__tablename__, Session.__tablename__}
    return Base.metadata
