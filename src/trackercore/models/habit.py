"""Habits: things to do again and again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trackercore.domain.schedule import Frequency
from trackercore.models.base import Base, Owned, TableArgs, owned_table

if TYPE_CHECKING:
    from trackercore.models.user import User


class Habit(Owned, Base):
    """A habit, its schedule, and the cache of its streaks.

    `streak` counts the periods of the last run, `streak_alive_through` is the last day on which
    that run still stands if nothing more is recorded (None without a run), `longest_streak` the
    best run. They are a cache of `domain.streak.tally`, kept by every write of a check-in.

    `starting_streak` is how many periods in a row had succeeded before `starting_streak_on`, the
    day on which the habit was taken over from elsewhere; both None if it was not.
    """

    __tablename__ = "habits"
    __table_args__: TableArgs = owned_table(
        "habits",
        UniqueConstraint("user_id", "external_id"),
        CheckConstraint("target >= 1", name="target"),
        CheckConstraint("week_starts_on BETWEEN 1 AND 7", name="week_starts_on"),
        # The whole vocabulary of the design, so that further frequencies need no new constraint.
        CheckConstraint(
            "frequency IN ('daily', 'weekdays', 'weekly', 'monthly', 'interval')",
            name="frequency",
        ),
        CheckConstraint("streak >= 0 AND longest_streak >= streak", name="streaks"),
        # Not "starting_streak >= 1 AND ...": that is null with a day alone, and null passes.
        CheckConstraint(
            "(starting_streak IS NULL) = (starting_streak_on IS NULL)"
            " AND (starting_streak IS NULL OR starting_streak >= 1)",
            name="starting_streak",
        ),
    )

    name: Mapped[str] = mapped_column(String(100))
    frequency: Mapped[Frequency] = mapped_column(String(50))
    target: Mapped[int] = mapped_column(default=1)
    week_starts_on: Mapped[int] = mapped_column(default=1)
    starts_on: Mapped[date]
    streak: Mapped[int] = mapped_column(default=0)
    longest_streak: Mapped[int] = mapped_column(default=0)
    streak_alive_through: Mapped[date | None]
    external_id: Mapped[str | None] = mapped_column(String(255))
    starting_streak: Mapped[int | None]
    starting_streak_on: Mapped[date | None]

    user: Mapped[User] = relationship(back_populates="habits")
