"""Schemas of habits, check-ins and streaks."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import ClassVar, Generic, Protocol, Self, cast, runtime_checkable

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from trackercore.domain.extra import ReadOnlyDict
from trackercore.domain.frequency import Counts, Direction, Frequency
from trackercore.domain.recorded_days import EntryStatus
from trackercore.domain.report import DayStatus
from trackercore.domain.schedule_check import check_schedule
from trackercore.domain.streak import StreakStanding
from trackercore.models import Habit
from trackercore.models.habit_standing import STREAK_UNITS, HabitStanding
from trackercore.schemas.extra import Extra, ExtraT
from trackercore.schemas.fields import (
    AllowedMisses,
    Amount,
    Day,
    Every,
    ExternalId,
    Id,
    Input,
    Name50,
    Name100,
    Number,
    Patch,
    Read,
    Result,
    Schemas,
    Tags,
    Text,
    Weekday,
    Weekdays,
    checked_by_domain,
    unset,
)


class ScheduleChange(Input):
    """A schedule: how often, and how much.

    Attributes:
        frequency: one period per day ("daily"), chosen weekday ("weekdays"), week ("weekly"),
            calendar month ("monthly") or calendar year ("yearly").
        target: what the progress of a period is to reach, or not to exceed. At most, it may be 0:
            for what one wants to quit.
        every: so many days, weeks, months or years in a period, 1..1000; with "weekdays", the
            chosen days of every n-th week. Counted from the first day of the schedule.
        weekdays: the chosen ISO weekdays, 1 (Monday) to 7 (Sunday), for "weekdays" and only then.
        week_starts_on: the ISO weekday on which weeks start; None for that of the user when the
            schedule is stored.
        direction: "at_least" for what one wants to do, "at_most" for what one wants to do less.
        counts: the progress is the sum of the amounts ("amount"), or the number of the days with an
            amount ("days"). With days, the target is at most the number of days in the whole
            period.
        day_minimum: the amount from which a day counts, with "days" and only then; None for any
            amount above 0.
        allowed_misses: so many failed periods in a row a streak survives, without counting them.
    """

    frequency: Frequency
    target: Amount = Field(default=1, validate_default=True)
    every: Every = 1
    weekdays: Weekdays | None = None
    week_starts_on: Weekday | None = None
    direction: Direction = "at_least"
    counts: Counts = "amount"
    day_minimum: Amount | None = None
    allowed_misses: AllowedMisses = 0

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        with checked_by_domain():
            check_schedule(
                self.frequency,
                self.target,
                self.weekdays,
                self.direction,
                self.counts,
                self.day_minimum,
            )
        return self


class HabitCreate(ScheduleChange):
    """A new habit and its schedule.

    Attributes:
        unit: what its amounts are measured in, such as "km" or "glasses".
        starts_on: the first day that counts, from which `every` counts too; default the user's
            today. At least, an amount on an earlier day counts as well, from that day on; at most,
            days before it are not judged.
        tags: its tags: an int is the id of one, a str a name, in any letter case. A name that is
            new makes a new tag.
    """

    name: Name100
    description: Text | None = None
    category_id: Id | None = None
    unit: Name50 | None = None
    starts_on: Day | None = None
    tags: Tags = ()
    extra: Extra = Field(default_factory=ReadOnlyDict)
    external_id: ExternalId | None = None


class HabitUpdate(Patch):
    """Changes of a habit; `ScheduleChange` is for its schedule.

    A new unit changes no amount.

    Attributes:
        starts_on: the right first day, if the habit has a wrong one. At least, an amount on an
            earlier day still counts, so a later first day takes nothing from the streak until it is
            undone; at most, days before it are not judged.
        tags: all the tags that it is to have; those that it has otherwise are taken from it.
    """

    __fields_as_in__: ClassVar[Schemas] = (HabitCreate,)
    __elsewhere__: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(
            ScheduleChange.model_fields, "habits.change_schedule, with a ScheduleChange,"
        ),
        "archived_on": "habits.archive",
        "position": "habits.move",
    }

    name: Name100 = Field(default_factory=unset)
    description: Text | None = None
    category_id: Id | None = None
    unit: Name50 | None = None
    starts_on: Day = Field(default_factory=unset)
    tags: Tags = Field(default_factory=unset)
    extra: Extra = Field(default_factory=unset)
    external_id: ExternalId | None = None


class HabitRead(Read, Generic[ExtraT]):
    """A habit, with its streaks on its owner's today.

    It is made of a habit that a service returned, which has them as its `standing`; of any other
    habit with `of`.

    Attributes:
        unit: what its amounts are measured in, None if that is not said.
        schedule_from: the day from which the schedule is in force, which may lie ahead; None if it
            was never changed.
        starts_on: the first day that counts.
        as_of: the owner's today when the habit was read.
        current_streak: the streak that stands on that day, in periods.
        longest_streak: the best one up to then.
        starting_streak: the streak that it came with, None if it came with none.
        starting_streak_on: the day on which that was taken over.
        archived_on: the last day that counts, None if it is not archived.
        tags: the names of its tags.
        position: its place among the user's habits, if they order them themselves.
    """

    __fields_as_in__: ClassVar[Schemas] = (ScheduleChange,)
    __units__: ClassVar[Mapping[str, str]] = STREAK_UNITS

    id: int
    user_id: int
    name: str
    description: str | None
    category_id: int | None
    unit: str | None
    frequency: Frequency
    target: Number
    every: int
    weekdays: frozenset[int] | None
    week_starts_on: int
    direction: Direction
    counts: Counts
    day_minimum: Number | None
    allowed_misses: int
    schedule_from: date | None
    starts_on: date
    archived_on: date | None
    as_of: date
    current_streak: int
    longest_streak: int
    starting_streak: int | None
    starting_streak_on: date | None
    tags: tuple[str, ...]
    position: int
    extra: ExtraT
    external_id: str | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, habit: Habit, standing: HabitStanding) -> Self:
        """Any habit, also one that the ORM has loaded, with streaks from elsewhere.

        Raises:
            TypeError: the standing is something else, such as a `Streak`.
        """
        if not isinstance(cast("object", standing), HabitStanding):
            raise TypeError(f"expected HabitStanding, not {type(standing).__name__}")
        return cls.model_validate(_WithStreaks(habit, standing))

    @model_validator(mode="before")
    @classmethod
    def _of_standing(cls, data: object) -> object:
        if isinstance(data, _WithStreaks) or not isinstance(data, _WithStanding):
            return data
        if data.standing is None:
            raise PydanticCustomError(
                "no_standing",
                "{habit} has no standing: read it with habits.get or habits.find, or give one to"
                " HabitRead.of",
                {"habit": repr(data)},
            )
        return _WithStreaks(data, data.standing)


@runtime_checkable
class _WithStanding(Protocol):
    @property
    def standing(self) -> HabitStanding | None: ...


class _WithStreaks:
    """The attributes of a habit, and its streaks."""

    def __init__(self, habit: object, standing: HabitStanding) -> None:
        self._habit = habit
        vars(self).update(asdict(standing))

    def __getattr__(self, name: str) -> object:
        value: object = getattr(self._habit, name)
        return value

    def __repr__(self) -> str:
        return repr(self._habit)


class HabitScheduleRead(Read):
    """A schedule of a habit, past, present or to come.

    Attributes:
        effective_from: the first day on which it is in force; None for the habit's first one.
    """

    __fields_as_in__: ClassVar[Schemas] = (ScheduleChange,)

    effective_from: date | None
    frequency: Frequency
    target: Number
    every: int
    weekdays: frozenset[int] | None
    week_starts_on: int
    direction: Direction
    counts: Counts
    day_minimum: Number | None
    allowed_misses: int


class HabitPauseRead(Read):
    """Days on which a habit is paused, both ends included; an open end without `ends_on`."""

    habit_id: int
    starts_on: date
    ends_on: date | None
    reason: str | None


class CheckInCreate(Input):
    """A day to record, done or skipped, for `habits.check_in_many`.

    Attributes:
        on: a local day, None for the user's today.
        status: "done" or "skipped".
        amount: how much was done that day, 0 for nothing; None for what is recorded, if it is more
            than 0 or a note is given, and else 1.
        note: anything; None for the note that is recorded, if any.
    """

    on: Day | None = None
    status: EntryStatus = "done"
    amount: Amount | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _nothing_done_if_skipped(self) -> Self:
        if self.status == "skipped" and self.amount is not None:
            raise PydanticCustomError("skipped_amount", "a skipped day has no amount")
        return self


class CheckInRead(Read):
    """One day of a habit, done or skipped.

    Attributes:
        day: the local day.
        status: "done" or "skipped".
        amount: how much was done that day; 0 if it is skipped.
        recorded_at: the instant of the last call that recorded or changed it.
    """

    habit_id: int
    day: date
    status: EntryStatus
    amount: Number
    note: str | None
    recorded_at: datetime


class CheckInResult(Result):
    """What a check-in or a skip did.

    Attributes:
        check_in: the day as it is stored now; with amount 0 if it was removed.
        created: False if the day was done, or skipped, already.
        removed: whether a negative amount was added that left nothing: then the day is no longer
            recorded.
        current_streak: the habit's current streak, in periods, on the user's today.
        longest_streak: its best one.
    """

    __units__: ClassVar[Mapping[str, str]] = STREAK_UNITS

    check_in: CheckInRead
    created: bool
    removed: bool = False
    current_streak: int
    longest_streak: int


class UndoResult(Result):
    """What undoing a day did.

    Attributes:
        removed: whether there was a check-in or a skip to remove.
        current_streak: the habit's current streak, in periods, on the user's today.
        longest_streak: its best one.
    """

    __units__: ClassVar[Mapping[str, str]] = STREAK_UNITS

    removed: bool
    current_streak: int
    longest_streak: int


class CheckInManyResult(Result):
    """What an import of check-ins did.

    Attributes:
        created: days that were not done before, or not skipped.
        changed: days whose amount or note has changed.
        found: days that were already recorded like this.
        current_streak: the habit's current streak, in periods, on the user's today.
        longest_streak: its best one.
    """

    __units__: ClassVar[Mapping[str, str]] = STREAK_UNITS

    created: int
    changed: int
    found: int
    current_streak: int
    longest_streak: int


class Streak(Result):
    """The streaks of a habit, or of study, on a day; in periods, or in days.

    Attributes:
        current: successes in the run that stands on the day; 0 once more periods have failed in a
            row than are allowed.
        longest: the best run up to the day.
        since: first day of the current streak; None if it is 0, and if it began with the habit's
            starting streak: nobody knows.
        alive_through: last day on which it still stands if nothing more is recorded; None if it is
            0, and if it stands for ever: the habit is at most, archived, or paused without an end.
    """

    __units__: ClassVar[Mapping[str, str]] = {"current": "periods", "longest": "periods"}

    current: int
    longest: int
    since: date | None
    alive_through: date | None

    @classmethod
    def of(cls, standing: StreakStanding) -> Self:
        """The streaks as the rules have them."""
        return cls(**standing._asdict())


class StreakRun(Result):
    """A run of successes, between which no more periods failed in a row than are allowed.

    Attributes:
        length: how many successes, in periods.
        start: first day of its first period; None if it began with the habit's starting streak.
        end: last day of its last period, or the as-of day, if that is earlier.
    """

    __units__: ClassVar[Mapping[str, str]] = {"length": "periods"}

    length: int
    start: date | None
    end: date


class DueHabit(Result):
    """A habit that is due on a day.

    Attributes:
        unit: what its amounts are measured in, None if that is not said.
        period_start: first day of the period that the day lies in, not before the habit's first.
        period_end: its last day, on which the target is to be met at the latest.
        progress: sum of amounts done in it so far, or the number of days done.
        target: what is to be reached.
        remaining: what is left to do: `target` - `progress`.
        days_left: days on which it can still be done: from the day to the end of the period,
            without paused and nonexistent ones.
    """

    habit_id: int
    name: str
    unit: str | None
    period_start: date
    period_end: date
    progress: Number
    target: Number
    remaining: Number
    days_left: int


class HabitDay(Result):
    """A day of a habit in a calendar.

    Attributes:
        day: the local day.
        status: "done", with an amount above 0, or "skipped" if that is recorded; else "paused";
            else "missed" if the day's period is over and fell short, "pending" if it is not over,
            and "not_due" if nothing is due on the day, or no longer. At most, instead of "done" and
            "missed": "exceeded" if the period is, and "kept" if it is over and was not exceeded.
        amount: what was done, which may be 0; None if nothing is recorded, or a skip.
        target: that of the period that the day lies in; None if it lies in none.
        met: whether what is done in that period, until today, reaches its target; at most, whether
            it does not exceed it.
    """

    day: date
    status: DayStatus
    amount: Number | None
    target: Number | None
    met: bool | None


class HabitsOnDay(Result):
    """How many habits were done on a day, of how many.

    Attributes:
        day: the local day.
        done: how many were done: the day is "done" in their `habits.history`.
        due: how many were due: it is "done", "missed" or "pending". Habits at most never are.
        done_ids: the ids of those done, in ascending order.
        due_ids: the ids of those due; they include those done.
    """

    __units__: ClassVar[Mapping[str, str]] = {"done": "habits", "due": "habits"}

    day: date
    done: int
    due: int
    done_ids: tuple[int, ...]
    due_ids: tuple[int, ...]


class AmountTotal(Result):
    """What was done for a habit in a bucket of days.

    It sums up what is recorded, also on days that are paused or before the habit's first day.

    Attributes:
        start: first day of the bucket; for weeks by the user's week start.
        end: its last day. The first and the last bucket may reach beyond the range of a report;
            only days inside it count.
        amount: the sum of the amounts, exact; 0 on days that are skipped.
        days: on how many days the amount is above 0.
        average: `amount` / `days`, rounded half up to three decimals; None without such a day.
    """

    start: date
    end: date
    amount: Number
    days: int
    average: Number | None


class HabitStrength(Result):
    """How strong a habit is on a day.

    Attributes:
        day: the local day.
        strength: from 0.0 to 1.0.
    """

    day: date
    strength: float


class WeekdayCount(Result):
    """On how many days of a weekday a habit was done, and on how many it could have been.

    Attributes:
        weekday: ISO weekday, 1 (Monday) to 7 (Sunday).
        done: days with an amount above 0; where days count, those that reach the `day_minimum`. Of
            a habit at most, they are the days that use up the allowance, or exceed it.
        possible: those, and the other days that lie in a period and are over, without skipped,
            paused and nonexistent ones.
        rate: `done` / `possible`, 0.0 to 1.0; None if no day was possible.
    """

    __units__: ClassVar[Mapping[str, str]] = {"done": "days", "possible": "days"}

    weekday: int
    done: int
    possible: int
    rate: float | None


class RebuildResult(Result):
    """What a rebuild did.

    Attributes:
        checked: habits that were recomputed.
        corrected: how many of them were wrong.
        skipped: habits that were left as they are, as this machine's tzdata does not have their
            owners' time zones.
        unknown_time_zones: the names of these zones, at most 100.
        next: what to pass as `after` to go on; None if no habit is left.
    """

    checked: int
    corrected: int
    skipped: int = 0
    unknown_time_zones: tuple[str, ...] = ()
    next: str | None
