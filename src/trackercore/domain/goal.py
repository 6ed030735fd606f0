"""Goals of minutes a day: the goal of each day, and the days that met theirs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from trackercore.domain.frequency import Schedule
from trackercore.domain.habit_rules import ScheduleVersion

EVERY_DAY = 0
"""The weekday of a goal for every day that has none of its own."""


class Goal(NamedTuple):
    """Minutes a day from a day on, until the next goal of the same weekday.

    Attributes:
        weekday: ISO weekday, or `EVERY_DAY`.
        effective_from: the first day on which it is in force.
        minutes: 0 for no goal; None, of a weekday only, for what the other days have.
    """

    weekday: int
    effective_from: date
    minutes: int | None


def _place(goal: Goal) -> tuple[int, date]:
    return goal.weekday, goal.effective_from


class Goals:
    """All goals of one topic, or all those of all study, past, present and to come."""

    def __init__(self, goals: Iterable[Goal]) -> None:
        self._goals = sorted(goals, key=_place)

    @property
    def first_day(self) -> date | None:
        """The first day from which a goal is in force; None if none ever is."""
        return min((goal.effective_from for goal in self._goals), default=None)

    @property
    def least(self) -> int | None:
        """The smallest goal that a day can have; None if no day ever has one."""
        return min((goal.minutes for goal in self._goals if goal.minutes), default=None)

    def on(self, day: date) -> int | None:
        """The goal of a day, at least a minute; None if it has none."""
        return self._of_weekday(day.isoweekday(), day)

    def met(self, days: Iterable[tuple[date, int]]) -> Iterator[date]:
        """The days on which the goal was met, given the seconds studied on each day."""
        for day, seconds in days:
            goal = self.on(day)
            if goal is not None and seconds >= goal * 60:
                yield day

    def versions(self) -> tuple[ScheduleVersion, ...]:
        """The schedule of the weekdays that have a goal: the days that are judged.

        One entry meets a day's period. The number of minutes makes no difference.
        """
        versions: list[ScheduleVersion] = []
        # The first version has no beginning: before the first goal nothing is judged.
        changes = {date.min, *(goal.effective_from for goal in self._goals)}
        for day in sorted(changes):
            chosen = frozenset(
                weekday for weekday in range(1, 8) if self._of_weekday(weekday, day) is not None
            )
            if not versions or versions[-1].schedule.weekdays != chosen:
                versions.append(ScheduleVersion(day, Schedule("weekdays", weekdays=chosen)))
        return tuple(versions)

    def _of_weekday(self, weekday: int, day: date) -> int | None:
        """The goal in force on a day for days of a weekday."""
        minutes = self._newest(weekday, day)
        if minutes is None:
            minutes = self._newest(EVERY_DAY, day)
        return minutes or None

    def _newest(self, weekday: int, day: date) -> int | None:
        index = bisect_right(self._goals, (weekday, day), key=_place) - 1
        if index < 0 or self._goals[index].weekday != weekday:
            return None
        return self._goals[index].minutes
