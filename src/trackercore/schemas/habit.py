"""Schemas of habits, check-ins and streaks."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from trackercore.domain.schedule import Frequency
from trackercore.domain.streak import Status
from trackercore.schemas._fields import (
    Amount,
    Day,
    ExternalId,
    Input,
    Name100,
    Patch,
    Read,
    Result,
    Text,
    Weekday,
    unset,
)


class HabitCreate(Input):
    """A new habit.

    Attributes:
        frequency: one period per day ("daily") or per week ("weekly").
        target: what the amounts done in a period must add up to.
        starts_on: the first day that counts; default the user's today. A check-in for an earlier
            day moves it.
        week_starts_on: ISO weekday; default the user's.
    """

    name: Name100
    frequency: Frequency
    target: Amount = 1
    starts_on: Day | None = None
    week_starts_on: Weekday | None = None
    external_id: ExternalId | None = None


class HabitUpdate(Patch):
    """Changes of a habit that leave its history as it was judged."""

    name: Name100 = Field(default_factory=unset)
    external_id: ExternalId | None = None


class HabitRead(Read):
    """A habit; `streak` is current through `streak_alive_through`, and 0 after that day.

    Attributes:
        starting_streak: the streak that it came with, None if it came with none.
        starting_streak_on: the day on which that was taken over.
    """

    id: int
    user_id: int
    name: str
    frequency: Frequency
    target: int
    week_starts_on: int
    starts_on: date
    streak: int
    longest_streak: int
    streak_alive_through: date | None
    starting_streak: int | None
    starting_streak_on: date | None
    external_id: str | None
    created_at: datetime


class CheckInCreate(Input):
    """What `habits.check_in` records; `on` is a local day, None for the user's today."""

    on: Day | None = None
    amount: Amount = 1
    note: Text | None = None


class CheckInRead(Read):
    """One day of a habit, done or skipped."""

    habit_id: int
    day: date
    status: Status
    amount: int
    note: str | None
    recorded_at: datetime


class CheckInResult(Result):
    """What a check-in or a skip did.

    Attributes:
        check_in: the day as it is stored now.
        created: False if the day was done, or skipped, already.
        streak: the habit's current streak, in periods, on the user's today.
        longest_streak: its best one.
    """

    check_in: CheckInRead
    created: bool
    streak: int
    longest_streak: int


class UndoResult(Result):
    """What undoing a day did.

    Attributes:
        removed: whether there was a check-in or a skip to remove.
        streak: the habit's current streak, in periods, on the user's today.
        longest_streak: its best one.
    """

    removed: bool
    streak: int
    longest_streak: int


class Streak(Result):
    """A habit's streaks on a day, in periods.

    Attributes:
        current: successes counted back from the day; 0 once a period has failed.
        longest: the best run up to the day.
        since: first day of the current streak; None if it is 0, and if it began with the habit's
            starting streak: nobody knows.
        alive_through: last day on which it still stands if nothing more is recorded, None if 0.
    """

    current: int
    longest: int
    since: date | None
    alive_through: date | None


class DueHabit(Result):
    """A habit that still wants doing on a day.

    Attributes:
        habit_id: whose row it is.
        name: the habit's.
        period_start: first day of the period that the day lies in.
        period_end: its last day, on which the target is to be met at the latest.
        progress: sum of amounts done in it so far.
        target: what is to be reached.
        remaining: target - progress.
    """

    habit_id: int
    name: str
    period_start: date
    period_end: date
    progress: int
    target: int
    remaining: int
