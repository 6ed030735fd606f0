"""How often a habit repeats: one entry for each frequency.

Whatever else depends on a frequency is derived from `FREQUENCIES`: the CHECKs of the tables, what
`due` and a write of a day read, the units in plots, the strategies and lists of the tests. To add a
frequency, add its name to `Frequency` and its rule to `_rule_of`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple, assert_never, get_args

from trackercore.domain.calendar import UNITS, CalendarUnit

Frequency = Literal["daily", "weekdays", "weekly", "monthly", "yearly"]
"""How often a habit repeats: see `FREQUENCIES`."""

MAX_EVERY = 1_000


class Period(NamedTuple):
    """The days that are judged together, both ends included.

    Attributes:
        start: its first day.
        end: its last day.
        target: what the amounts done in it must add up to.
        partial: whether it was cut short: by a change of the schedule, by the habit's first day, or
            by archiving.
    """

    start: date
    end: date
    target: int
    partial: bool = False

    @property
    def length(self) -> int:
        """Days in the period."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """A frequency and a target.

    Args:
        frequency: which periods there are: see `FREQUENCIES`.
        target: sum of amounts that makes a period a success.
        every: units of the frequency in a block: 2 for every second week. iCalendar's INTERVAL.
        weekdays: the chosen ISO weekdays; empty unless the frequency has them. With none chosen,
            there is no period at all. iCalendar's BYDAY.
        week_starts_on: ISO weekday on which a week begins.
        phase: where the blocks begin: the remainder, by `every`, of the number of the first unit.
    """

    frequency: Frequency
    target: int = 1
    every: int = 1
    weekdays: frozenset[int] = frozenset()
    week_starts_on: int = 1
    phase: int = 0

    @property
    def is_of_single_days(self) -> bool:
        """Whether each day is a period by itself."""
        return self.every * FREQUENCIES[self.frequency].unit.longest == 1

    def anchored(self, anchor: date) -> Schedule:
        """The same with a block that begins with the anchor's day, week, month or year."""
        if self.every == 1:  # as in most schedules: a block is one unit
            return self
        rule = FREQUENCIES[self.frequency]
        return replace(self, phase=rule.phase(anchor, self.every, self.week_starts_on))

    def period_from(self, day: date) -> Period | None:
        """The period that `day` lies in; if it lies in none, the next one there is."""
        days = FREQUENCIES[self.frequency].period_from(day, self)
        return None if days is None else Period(*days, self.target)

    def count(self, first: date, last: date) -> int:
        """How many periods lie between the days, both included; none began before `first`."""
        return FREQUENCIES[self.frequency].count(first, last, self)

    def repeats_like(self, other: Schedule) -> bool:
        """Whether the periods are the same, except for the target and for where blocks begin."""
        weeks = self.week_starts_on
        if not FREQUENCIES[self.frequency].has_weeks(self.every):
            weeks = other.week_starts_on
        alike = replace(self, target=other.target, phase=other.phase, week_starts_on=weeks)
        return alike == other

    def same_as(self, other: Schedule) -> bool:
        """Whether both have the same target and periods, wherever their blocks begin."""
        return self.target == other.target and self.repeats_like(other)

    def block_start(self, day: date) -> date:
        """First day of the day's block; of the next block where the calendar lacks that day."""
        return FREQUENCIES[self.frequency].block_start(day, self)


class FrequencyRule(ABC):
    """The periods of one frequency.

    The calendar's units (days, weeks, months or years) form blocks of `every` units. The blocks
    extend both ways from the one that begins with the unit of the schedule's anchor.

    Args:
        unit: what the blocks are made of, and what `every` counts. No period is longer than `every`
            times `unit.longest` days.
    """

    has_weekdays = False

    def __init__(self, unit: CalendarUnit) -> None:
        self.unit = unit

    @abstractmethod
    def period_from(self, day: date, schedule: Schedule) -> tuple[date, date] | None:
        """First and last day of the period that `day` lies in, or else of the next one."""

    @abstractmethod
    def count(self, first: date, last: date, schedule: Schedule) -> int:
        """How many periods lie between the days, both included; none began before `first`."""

    @property
    @abstractmethod
    def period_unit(self) -> str:
        """What a streak counts where `every` is 1, such as "week"."""

    def has_weeks(self, every: int) -> bool:
        """Whether the day on which weeks start makes a difference to the periods."""
        return self.unit.name == "week"

    def phase(self, anchor: date, every: int, week_starts_on: int) -> int:
        """The phase with which a block begins with the anchor's unit."""
        return self.unit.number(anchor, week_starts_on) % every

    def block_start(self, day: date, schedule: Schedule) -> date:
        """First day of the day's block; of the next block where the calendar lacks that day."""
        weeks, every = schedule.week_starts_on, schedule.every
        first = self._block(day, schedule)
        if self.unit.starts(first, weeks) < 1:
            first += every
        return self.unit.days(first, weeks)[0]

    def _block(self, day: date, schedule: Schedule) -> int:
        """The number of the first unit of the day's block."""
        number = self.unit.number(day, schedule.week_starts_on)
        return number - (number - schedule.phase) % schedule.every


class Blocks(FrequencyRule):
    """Each block is a period."""

    def period_from(self, day: date, schedule: Schedule) -> tuple[date, date]:
        first = self._block(day, schedule)
        return self.unit.days(first, schedule.week_starts_on, schedule.every)

    def count(self, first: date, last: date, schedule: Schedule) -> int:
        if last < first:
            return 0
        blocks = self._block(last, schedule) - self._block(first, schedule)
        ended = self.period_from(last, schedule)[1] == last
        return blocks // schedule.every + ended

    @property
    def period_unit(self) -> str:
        return self.unit.name


class Days(Blocks):
    """Blocks of days: most habits have one day in each."""

    def period_from(self, day: date, schedule: Schedule) -> tuple[date, date]:
        return (day, day) if schedule.every == 1 else super().period_from(day, schedule)

    def count(self, first: date, last: date, schedule: Schedule) -> int:
        return max((last - first).days + 1, 0) // schedule.every


class ChosenWeekdays(FrequencyRule):
    """Each chosen weekday of a block's first week is a period."""

    has_weekdays = True

    def has_weeks(self, every: int) -> bool:
        return every > 1

    def period_from(self, day: date, schedule: Schedule) -> tuple[date, date] | None:
        if not schedule.weekdays:
            return None
        if schedule.every == 1 and day.isoweekday() in schedule.weekdays:
            return day, day
        block = self._block(day, schedule)
        for first in (block, block + schedule.every):
            week = self.unit.starts(first, schedule.week_starts_on)
            for ordinal in range(max(week, day.toordinal()), week + 7):
                if ordinal > date.max.toordinal():
                    return None
                chosen = date.fromordinal(ordinal)
                if chosen.isoweekday() in schedule.weekdays:
                    return chosen, chosen
        return None

    def count(self, first: date, last: date, schedule: Schedule) -> int:
        if last < first:
            return 0
        is_chosen = self.period_from(first, schedule) == (first, first)
        return self._until(last, schedule) - self._until(first, schedule) + is_chosen

    @property
    def period_unit(self) -> str:
        return "day"

    def _until(self, day: date, schedule: Schedule) -> int:
        """How many chosen days there are up to a day, counted from a fixed day."""
        block = self._block(day, schedule)
        week = self.unit.starts(block, schedule.week_starts_on)
        days = range(week, min(week + 6, day.toordinal()) + 1)
        in_block = sum((ordinal - 1) % 7 + 1 in schedule.weekdays for ordinal in days)
        return block // schedule.every * len(schedule.weekdays) + in_block


def _rule_of(frequency: Frequency) -> FrequencyRule:
    match frequency:
        case "daily":
            return Days(UNITS["day"])
        case "weekdays":
            return ChosenWeekdays(UNITS["week"])
        case "weekly":
            return Blocks(UNITS["week"])
        case "monthly":
            return Blocks(UNITS["month"])
        case "yearly":
            return Blocks(UNITS["year"])
        case _:
            assert_never(frequency)


FREQUENCIES: dict[Frequency, FrequencyRule] = {
    frequency: _rule_of(frequency) for frequency in get_args(Frequency)
}
"""The rule of each frequency."""
