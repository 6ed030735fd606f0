"""How often a habit repeats: one entry for each frequency.

Whatever else depends on a frequency is derived from `FREQUENCIES`: the CHECKs of the tables, what
`due` and a write of a day read, the units in plots, the strategies and lists of the tests. To add a
frequency, add its name to `Frequency` and its rule to `_rule_of`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple, assert_never, get_args

from trackercore.domain.amount import ONE
from trackercore.domain.calendar import UNITS, CalendarUnit

Frequency = Literal["daily", "weekdays", "weekly", "monthly", "yearly"]
"""How often a habit repeats: see `FREQUENCIES`."""

Direction = Literal["at_least", "at_most"]
"""Whether a target is to be reached, or not to be exceeded."""

Counts = Literal["amount", "days"]
"""Whether a target is a sum of amounts, or a number of days."""

Outcome = Literal["success", "neutral", "fail"]
"""What a period comes to once it is over."""

MAX_EVERY = 1_000
MAX_ALLOWED_MISSES = 1_000


class Period(NamedTuple):
    """The days that are judged together, both ends included.

    Attributes:
        start: its first day.
        end: its last day.
        target: of the schedule, in thousandths; where days count, at most the days of the whole
            period.
        schedule: by which it is judged.
        partial: whether it was cut short: by a change of the schedule, by the habit's first day, or
            by archiving.
    """

    start: date
    end: date
    target: int
    schedule: Schedule
    partial: bool = False

    @property
    def length(self) -> int:
        """Days in the period."""
        return (self.end - self.start).days + 1


class Block(NamedTuple):
    """A block of `every` units.

    Attributes:
        days: how many it has.
        target: of all periods in it together, in thousandths.
        end: the last day until which every block is like this one.
    """

    days: int
    target: int
    end: date


@dataclass(frozen=True, slots=True)
class Schedule:
    """A frequency and a target.

    Args:
        frequency: which periods there are: see `FREQUENCIES`.
        target: what the progress of a period is measured by, in thousandths: see `direction`.
        every: units of the frequency in a block: 2 for every second week. iCalendar's INTERVAL.
        weekdays: the chosen ISO weekdays; empty unless the frequency has them. With none chosen,
            there is no period at all. iCalendar's BYDAY.
        week_starts_on: ISO weekday on which a week begins.
        phase: where the blocks begin: the remainder, by `every`, of the number of the first unit.
        direction: at least: progress that reaches the target makes a period a success. At most:
            progress beyond the target makes it a fail.
        counts: what the progress is: the sum of the amounts, or the number of the days whose amount
            reaches `day_minimum`.
        day_minimum: in thousandths; the least there is counts every day with an amount.
        allowed_misses: how many failed periods in a row a run survives.
    """

    frequency: Frequency
    target: int = ONE
    every: int = 1
    weekdays: frozenset[int] = frozenset()
    week_starts_on: int = 1
    phase: int = 0
    direction: Direction = "at_least"
    counts: Counts = "amount"
    day_minimum: int = 1
    allowed_misses: int = 0

    @property
    def is_of_single_days(self) -> bool:
        """Whether each day is a period by itself."""
        return self.every * FREQUENCIES[self.frequency].unit.longest == 1

    @property
    def outcome_if_empty(self) -> Outcome:
        """What a whole period comes to if nothing is recorded; until it is over, it is pending."""
        return "fail" if self.direction == "at_least" else "success"

    def is_done(self, amount: int | None) -> bool:
        """Whether a day with this amount, in thousandths, is one on which enough was done."""
        return amount is not None and amount >= self.day_minimum

    def anchored(self, anchor: date) -> Schedule:
        """The same with a block that begins with the anchor's day, week, month or year."""
        if self.every == 1:  # as in most schedules: a block is one unit
            return self
        rule = FREQUENCIES[self.frequency]
        return replace(self, phase=rule.phase(anchor, self.every, self.week_starts_on))

    def period_from(self, day: date) -> Period | None:
        """The period that `day` lies in; if it lies in none, the next one there is."""
        days = FREQUENCIES[self.frequency].period_from(day, self)
        if days is None:
            return None
        if self.counts == "amount":  # as for most check-ins
            return Period(*days, self.target, self)
        return Period(*days, self._target_of((days[1] - days[0]).days + 1), self)

    def count(self, first: date, last: date) -> int:
        """How many periods lie between the days, both included; none began before `first`."""
        return FREQUENCIES[self.frequency].count(first, last, self)

    def last_end(self, day: date) -> date:
        """The last day of the last period that ends by the day."""
        return FREQUENCIES[self.frequency].last_end(day, self)

    def repeats_like(self, other: Schedule) -> bool:
        """Whether the periods are the same days, except for where blocks begin."""
        return (self.frequency, self.every, self.weekdays, self._weeks) == (
            other.frequency,
            other.every,
            other.weekdays,
            other._weeks,
        )

    def same_as(self, other: Schedule) -> bool:
        """Whether both ask for the same in the same periods, wherever their blocks begin."""
        alike = replace(self, phase=other.phase, week_starts_on=other.week_starts_on)
        return alike == other and self._weeks == other._weeks

    @property
    def _weeks(self) -> int | None:
        """The day on which weeks start; None where it makes no difference to the periods."""
        has_weeks = FREQUENCIES[self.frequency].has_weeks(self.every)
        return self.week_starts_on if has_weeks else None

    def block_on(self, day: date) -> Block:
        """The block that the day lies in."""
        rule = FREQUENCIES[self.frequency]
        days, end = rule.block_length(day, self)
        if rule.has_weekdays:
            return Block(days, len(self.weekdays) * self._target_of(1), end)
        return Block(days, self._target_of(days), end)

    def _target_of(self, days: int) -> int:
        """The target of a period of so many days."""
        return min(self.target, ONE * days) if self.counts == "days" else self.target

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

    @abstractmethod
    def last_end(self, day: date, schedule: Schedule) -> date:
        """The last day of the last period that ends by the day; there is one in the calendar."""

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

    def block_length(self, day: date, schedule: Schedule) -> tuple[int, date]:
        """How many days the day's block has, and the last day until which each has as many."""
        if self.unit.alike:
            return schedule.every * self.unit.longest, date.max
        block = self._block(day, schedule)
        first, last = self.unit.days(block, schedule.week_starts_on, schedule.every)
        return (last - first).days + 1, last

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

    def last_end(self, day: date, schedule: Schedule) -> date:
        start, end = self.period_from(day, schedule)
        return end if end == day else start - timedelta(days=1)

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
            for ordinal in self._chosen(first, schedule):
                if ordinal > date.max.toordinal():
                    return None
                if ordinal >= day.toordinal():
                    chosen = date.fromordinal(ordinal)
                    return chosen, chosen
        return None

    def count(self, first: date, last: date, schedule: Schedule) -> int:
        if last < first:
            return 0
        is_chosen = self.period_from(first, schedule) == (first, first)
        return self._until(last, schedule) - self._until(first, schedule) + is_chosen

    def last_end(self, day: date, schedule: Schedule) -> date:
        block = self._block(day, schedule)
        ends = (
            ordinal
            for first in (block, block - schedule.every)
            for ordinal in reversed(self._chosen(first, schedule))
            if ordinal <= day.toordinal()
        )
        return date.fromordinal(next(ends))

    @property
    def period_unit(self) -> str:
        return "day"

    def _until(self, day: date, schedule: Schedule) -> int:
        """How many chosen days there are up to a day, counted from a fixed day."""
        block = self._block(day, schedule)
        in_block = sum(ordinal <= day.toordinal() for ordinal in self._chosen(block, schedule))
        return block // schedule.every * len(schedule.weekdays) + in_block

    def _chosen(self, block: int, schedule: Schedule) -> list[int]:
        """The ordinals of the chosen days of a block, which may lie outside the calendar."""
        week = self.unit.starts(block, schedule.week_starts_on)
        return [week + ahead for ahead in _ahead(schedule.weekdays, schedule.week_starts_on)]


@lru_cache
def _ahead(weekdays: frozenset[int], week_starts_on: int) -> list[int]:
    """How many days after the start of a week each weekday is, in order."""
    return sorted((weekday - week_starts_on) % 7 for weekday in weekdays)


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
