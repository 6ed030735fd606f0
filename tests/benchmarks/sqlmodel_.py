"""The same application with SQLModel's classes, which need their annotations evaluated."""

# SQLModel declares these two otherwise than it wants them used.
# pyright: reportAssignmentType=false, reportIncompatibleVariableOverride=false

from datetime import date
from typing import ClassVar

from pydantic import NaiveDatetime
from sqlalchemy import MetaData
from sqlmodel import Field, Relationship, Session, SQLModel

__all__ = ["CheckIn", "Habit", "Session", "StudyGoal", "StudySession", "Task", "User"]


class Base(SQLModel):
    """Of this application."""

    metadata: ClassVar[MetaData] = MetaData()


class User(Base, table=True):
    __tablename__ = "users"

    id: int | None = Field(default=None, primary_key=True)
    time_zone: str
    week_starts_on: int
    day_starts_at: int
    habits: list["Habit"] = Relationship(sa_relationship_kwargs={"order_by": "Habit.id"})
    tasks: list["Task"] = Relationship(sa_relationship_kwargs={"order_by": "Task.id"})
    sessions: list["StudySession"] = Relationship()
    goals: list["StudyGoal"] = Relationship()


class Habit(Base, table=True):
    __tablename__ = "habits"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id")
    name: str
    frequency: str
    target: int
    starts_on: date
    archived_on: date | None
    streak: int
    longest_streak: int
    streak_alive_through: date | None
    check_ins: list["CheckIn"] = Relationship(sa_relationship_kwargs={"order_by": "CheckIn.day"})


class CheckIn(Base, table=True):
    __tablename__ = "check_ins"

    habit_id: int = Field(foreign_key="habits.id", primary_key=True)
    day: date = Field(primary_key=True)
    user_id: int
    status: str = "done"
    amount: int = 1000
    recorded_at: NaiveDatetime


class Task(Base, table=True):
    __tablename__ = "tasks"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id")
    title: str
    description: str | None
    completed: bool
    due_date: date | None


class StudySession(Base, table=True):
    __tablename__ = "sessions"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id")
    topic_id: int
    study_date: date
    duration_seconds: int
    notes: str | None = None
    external_id: str | None = None
    created_at: NaiveDatetime


class StudyGoal(Base, table=True):
    __tablename__ = "study_goals"

    user_id: int = Field(foreign_key="users.id", primary_key=True)
    topic_key: int = Field(primary_key=True)
    weekday: int = Field(primary_key=True)
    effective_from: date = Field(primary_key=True)
    minutes: int | None
