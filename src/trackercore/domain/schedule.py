"""How often a habit is meant to be done: its periods and the target in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from trackercore.domain.calendar import bucket, shift

Frequency = Literal["daily", "weekly"]


class Period(NamedTuple):
    """The days that are judged together, both ends included."""

    start: date
    end: date

    @property
    def length(self) -> int:
        """Days in the period."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """A habit's frequency and target.

    Args:
        frequency: "daily" has one period per day, "weekly" one per week.
        target: sum of amounts that makes a period a success.
        week_starts_on: ISO weekday on which a week begins.
    """

    frequency: Frequency
    target: int = 1
    week_starts_on: int = 1

    def period(self, day: date) -> Period:
        """The period that `day` lies in."""
        if self.frequency == "daily":
            return Period(day, day)
        if self.frequency == "weekly":
            return Period(*bucket("week", day, self.week_starts_on))
        raise ValueError(f"frequency {self.frequency!r} is none that this version knows")

    def next(self, period: Period) -> Period:
        """The period after `period`."""
        return self.period(shift(period.end, 1))
