"""Slow oracles of goals and study streaks, which look at one day after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from trackercore import Streak

DAY = timedelta(days=1)


class SetGoal(NamedTuple):
    """A goal as it was set, for one weekday or, with 0, for every day."""

    weekday: int
    day: date
    minutes: int | None


def goal_of(goals: Iterable[SetGoal], day: date) -> int | None:
    """The newest of the weekday, if it has minutes, else the newest of every day; 0 is none."""
    newest: dict[int, int | None] = {}
    for goal in sorted(goals, key=lambda goal: goal.day):
        if goal.day <= day:
            newest[goal.weekday] = goal.minutes
    own = newest.get(day.isoweekday())
    return (newest.get(0) if own is None else own) or None


def walked(
    goal: Callable[[date], int | None],
    minutes: Mapping[date, int],
    nonexistent: Collection[date],
    as_of: date,
    days: tuple[date, date],
) -> Streak:
    """The streak, found by walking through the days.

    Args:
        goal: of a day.
        minutes: of the days that have any.
        nonexistent: dates that do not exist.
        as_of: the day to look back from.
        days: the first that can matter, and one after which nothing changes any more.
    """

    def is_met(day: date) -> bool:
        wanted = goal(day)
        return wanted is not None and day <= as_of and minutes.get(day, 0) >= wanted

    def fails(day: date) -> bool:
        return goal(day) is not None and not is_met(day) and day not in nonexistent

    current, longest, since, day = 0, 0, None, days[0]
    while day <= as_of:
        if is_met(day):
            current, since = current + 1, since or day
            longest = max(longest, current)
        elif fails(day) and day < as_of:
            current, since = 0, None
        day += DAY
    day = as_of
    while day <= days[1] and not fails(day):
        day += DAY
    alive_through = day if current and day <= days[1] else None
    return Streak(current=current, longest=longest, since=since, alive_through=alive_through)
