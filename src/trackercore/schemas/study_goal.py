"""Schemas of study goals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Self

from annotated_types import Interval
from pydantic import BeforeValidator, Strict, model_validator
from pydantic_core import PydanticCustomError

from trackercore.domain.goal import EVERY_DAY
from trackercore.schemas.fields import Id, Input, Read, Result, Weekday

_GoalMinutes = Annotated[int, Strict(), Interval(ge=0, le=1440)]


def _none_for_every_day(weekday: object) -> object:
    return None if weekday == EVERY_DAY else weekday


class StudyGoalCreate(Input):
    """A goal of minutes of study per day.

    Attributes:
        minutes: minutes of study per day, 0 to 1440; 0 for no goal, which also ends one. None
            removes the goal of a weekday, which then has the goal of the other days.
        topic_id: only study of this topic counts; None for all study.
        weekday: the goal is for this ISO weekday; None for every day without one of its own.
    """

    minutes: _GoalMinutes | None
    topic_id: Id | None = None
    weekday: Weekday | None = None

    @model_validator(mode="after")
    def _minutes_or_weekday(self) -> Self:
        if self.minutes is None and self.weekday is None:
            raise PydanticCustomError(
                "goal_minutes_needed", "minutes may be None only for a weekday; 0 means no goal"
            )
        return self


class StudyGoalRead(Read):
    """A goal from a day on, until the next one of the same topic and weekday.

    Attributes:
        topic_id: id of the topic whose study counts; None for all study.
        weekday: ISO weekday; None for every day without a goal of its own.
        effective_from: the first day on which it holds.
        minutes: minutes of study per day; 0 for no goal; None for the goal of the other days.
    """

    user_id: int
    topic_id: int | None
    weekday: Annotated[int | None, BeforeValidator(_none_for_every_day)]
    effective_from: date
    minutes: int | None


class GoalProgress(Result):
    """A day's study against its goal.

    Attributes:
        day: the local day.
        goal: minutes to study, None if the day has no goal.
        minutes: `seconds` in minutes, rounded down.
        seconds: how long was studied that day.
        remaining: minutes left to the goal, rounded up: 0 only if it is met, or without one.
        met: whether the goal is reached; None without one.
    """

    __units__: ClassVar[Mapping[str, str]] = {"goal": "minutes", "remaining": "minutes"}

    day: date
    goal: int | None
    minutes: int
    seconds: int
    remaining: int
    met: bool | None
