"""Schemas of the overview."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from trackercore.domain.frequency import Direction
from trackercore.domain.report import PeriodStatus
from trackercore.models.habit_standing import STREAK_UNITS
from trackercore.schemas.fields import Number, Result
from trackercore.schemas.study_session import TimerRead
from trackercore.schemas.task import TaskRead


class HabitToday(Result):
    """A habit that has a period on the user's today.

    Attributes:
        unit: what its amounts are measured in, None if that is not said.
        direction: "at_least" for what one wants to do, "at_most" for what one wants to do less.
        status: "met" once the period's target is, or "exceeded", at most; else "skipped" or
            "paused" if today is, "excused" if so few days are open that the period will be neutral,
            else "pending": to be done, or to be kept.
        progress: sum of amounts done in the period so far, or the number of days done.
        target: what the progress must reach, or not exceed.
        remaining: what is left to do, or of the allowance; 0 if nothing is.
        period_start: first day of the period.
        period_end: its last day.
        days_left: days on which it can still be done, today included.
        current_streak: the current streak, in periods.
        longest_streak: the best one.
    """

    __units__: ClassVar[Mapping[str, str]] = STREAK_UNITS

    habit_id: int
    name: str
    unit: str | None
    direction: Direction
    status: PeriodStatus
    progress: Number
    target: Number
    remaining: Number
    period_start: date
    period_end: date
    days_left: int
    current_streak: int
    longest_streak: int


class Overview(Result):
    """One screen: today's habits, tasks and study.

    Attributes:
        today: the user's local day.
        habits: habits with a period today that are not archived, by id.
        overdue: open tasks whose due_at has passed, or whose due_date is before today; the oldest
            first, 100 at most.
        due_today: open tasks of today, 100 at most; a timed one earlier today is in both lists.
        minutes_today: stored study of today; this and the week's are sums of seconds, rounded down.
        goal_today: the goal of all study for today, in minutes; None if there is none.
        week_start: first day of the user's week.
        minutes_this_week: stored study of the week, today included.
        goal_this_week: sum of the goals of all its days; None if they have none.
        timer: the running timer, whose minutes are not in the sums.
    """

    __units__: ClassVar[Mapping[str, str]] = {"goal_today": "minutes", "goal_this_week": "minutes"}

    today: date
    habits: list[HabitToday]
    overdue: list[TaskRead]
    due_today: list[TaskRead]
    minutes_today: int
    goal_today: int | None
    week_start: date
    minutes_this_week: int
    goal_this_week: int | None
    timer: TimerRead | None
