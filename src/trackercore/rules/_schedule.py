"""A schedule, described by plain values."""

from collections.abc import Collection
from dataclasses import KW_ONLY, dataclass
from datetime import date
from decimal import Decimal
from typing import cast, get_args

from trackercore.domain import frequency as domain
from trackercore.domain.frequency import (
    MAX_ALLOWED_MISSES,
    MAX_EVERY,
    Counts,
    Direction,
    Frequency,
)
from trackercore.domain.schedule_check import check_schedule, check_weekdays
from trackercore.rules._arguments import as_day, as_thousandths, as_whole, as_word


@dataclass(frozen=True, slots=True)
class Schedule:
    """How often a habit is due, and what its periods are judged by.

    Its fields are those of `trackercore.ScheduleChange`, and `starts_on`. Only the frequency has
    no default, so `Schedule("daily")` is whole.

    Attributes:
        frequency: one period per day ("daily"), chosen weekday ("weekdays"), week ("weekly"),
            calendar month ("monthly") or calendar year ("yearly").
        target: what the progress of a period is to reach, or not to exceed; up to three decimals.
        every: so many days, weeks, months or years in a period, 1..1000; with "weekdays", the
            chosen days of every n-th week. Above 1, `starts_on` is needed: it counts from there.
        weekdays: the chosen ISO weekdays, 1 (Monday) to 7 (Sunday), for "weekdays" and only then.
        week_starts_on: the ISO weekday on which weeks start.
        direction: "at_least" for what one wants to do, "at_most" for what one wants to do less.
            At most, `starts_on` is needed: from there on, days count without being recorded.
        counts: the progress is the sum of the amounts ("amount"), or the number of the days with an
            amount ("days").
        day_minimum: the amount from which a day counts, with "days" and only then; None for any
            amount above 0.
        allowed_misses: so many failed periods in a row a streak survives, without counting them.
        starts_on: the first day that counts; None for the first day that was done. At least, a day
            that was done earlier counts too.

    Raises:
        TypeError: a field is of a wrong type.
        ScheduleMismatch: the fields do not go together.
        ValueError: a field has a wrong value.
    """

    frequency: Frequency
    _: KW_ONLY
    target: Decimal | float = 1
    every: int = 1
    weekdays: Collection[int] | None = None
    week_starts_on: int = 1
    direction: Direction = "at_least"
    counts: Counts = "amount"
    day_minimum: Decimal | float | None = None
    allowed_misses: int = 0
    starts_on: date | None = None

    def __post_init__(self) -> None:
        as_word(self.frequency, "frequency", get_args(Frequency))
        as_thousandths(self.target, "target")
        as_whole(self.every, "every", 1, MAX_EVERY)
        if self.weekdays is not None:
            object.__setattr__(self, "weekdays", _as_weekdays(self.weekdays))
        as_whole(self.week_starts_on, "week_starts_on", 1, 7)
        as_word(self.direction, "direction", get_args(Direction))
        as_word(self.counts, "counts", get_args(Counts))
        if self.day_minimum is not None:
            as_thousandths(self.day_minimum, "day_minimum")
        as_whole(self.allowed_misses, "allowed_misses", 0, MAX_ALLOWED_MISSES)
        check_schedule(
            self.frequency,
            self.target,
            self.weekdays,
            self.direction,
            self.counts,
            self.day_minimum,
        )
        if self.starts_on is not None:
            as_day(self.starts_on, "starts_on")
        elif self.every > 1:
            raise ValueError(f"every={self.every} needs starts_on: it counts from that day")
        elif self.direction == "at_most":
            raise ValueError(
                "direction='at_most' needs starts_on: from that day on, days count without being "
                "recorded"
            )


def _as_weekdays(weekdays: object) -> frozenset[int]:
    if isinstance(weekdays, str) or not isinstance(weekdays, Collection):
        raise TypeError(f"weekdays: expected a set of ints, not {weekdays!r}")
    chosen = cast("Collection[object]", weekdays)
    check_weekdays(chosen)
    return frozenset(as_whole(weekday, "weekdays (Monday is 1)", 1, 7) for weekday in chosen)


def as_schedule(value: Schedule | Frequency) -> Schedule:
    """A schedule, which a frequency alone can stand for."""
    if isinstance(value, str):
        return Schedule(value)
    if not isinstance(cast("object", value), Schedule):
        raise TypeError(f"expected a rules.Schedule, or a frequency such as 'daily', not {value!r}")
    return value


def in_thousandths(schedule: Schedule) -> domain.Schedule:
    """The schedule as the domain has it, without its place in the calendar."""
    minimum = schedule.day_minimum
    return domain.Schedule(
        schedule.frequency,
        as_thousandths(schedule.target, "target"),
        schedule.every,
        frozenset(schedule.weekdays or ()),
        schedule.week_starts_on,
        direction=schedule.direction,
        counts=schedule.counts,
        day_minimum=1 if minimum is None else as_thousandths(minimum, "day_minimum"),
        allowed_misses=schedule.allowed_misses,
    )
