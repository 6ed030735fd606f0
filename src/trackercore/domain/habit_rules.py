"""How often a habit is meant to be done: schedules, and the periods they make of the calendar.

A `Schedule` knows periods that go on for ever. `HabitRules` have what cuts into them: changes of
the schedule, archiving, pauses and nonexistent dates. Nothing here is worked out day by
day: a question costs as much as there are versions and pauses to look at, however far apart they
lie.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

from trackercore.domain.calendar import bucket, shift

Frequency = Literal["daily", "weekdays", "weekly", "monthly", "interval"]
"""What a habit has periods of: see `Schedule`."""

_DAY = timedelta(days=1)


def day_after(day: date) -> date | None:
    """The next day; None after the last one there is."""
    return None if day == date.max else day + _DAY


class Period(NamedTuple):
    """The days that are judged together, both ends included.

    Attributes:
        start: its first day.
        end: its last day.
        target: what the amounts done in it must add up to.
        partial: whether the calendar's was cut short: by a change of the schedule, by the habit's
            first day, or by its archiving.
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
        frequency: "daily" has one period per day, "weekdays" one per chosen weekday and none on
            other days, "weekly" one per week, "monthly" one per calendar month, "interval" one per
            block of `interval_days`.
        target: sum of amounts that makes a period a success.
        week_starts_on: ISO weekday on which a week begins.
        weekdays: the chosen ISO weekdays; empty unless the frequency is "weekdays". With none
            chosen, there is no period at all.
        interval_days: days in a block; 1 unless the frequency is "interval".
        phase: remainder of the proleptic ordinals of the blocks' first days by `interval_days`.
    """

    frequency: Frequency
    target: int = 1
    week_starts_on: int = 1
    weekdays: frozenset[int] = frozenset()
    interval_days: int = 1
    phase: int = 0

    def period_from(self, day: date) -> Period | None:
        """The period that `day` lies in; if it lies in none, the next one there is."""
        if self.frequency == "daily":
            return Period(day, day, self.target)
        if self.frequency == "weekly":
            return Period(*bucket("week", day, self.week_starts_on), self.target)
        if self.frequency == "monthly":
            return Period(*bucket("month", day), self.target)
        if self.frequency == "interval":
            into = self._into_block(day)
            return Period(shift(day, -into), shift(day, self.interval_days - 1 - into), self.target)
        return self._chosen_day_from(day)

    def count(self, first: date, last: date) -> int:
        """How many periods lie between the days, both included; `first` is where one starts."""
        days = (last - first).days + 1
        if days <= 0:
            return 0
        if self.frequency == "daily":
            return days
        if self.frequency == "weekly":
            return days // 7
        if self.frequency == "interval":
            return days // self.interval_days
        if self.frequency == "monthly":
            months = (last.year - first.year) * 12 + last.month - first.month
            return months + (bucket("month", last)[1] == last)
        weeks, rest = divmod(days, 7)
        weekday = first.isoweekday()
        return weeks * len(self.weekdays) + sum(
            (weekday + ahead - 1) % 7 + 1 in self.weekdays for ahead in range(rest)
        )

    def same_as(self, other: Schedule) -> bool:
        """Whether the two ask for the same, wherever the blocks of an interval begin."""
        return replace(self, phase=0) == replace(other, phase=0)

    def block_start(self, day: date) -> date:
        """First day of the block that `day` lies in; `day` itself unless there are blocks.

        Where the calendar does not have that day, it is the first day of the next block.
        """
        if self.frequency != "interval":
            return day
        ordinal = day.toordinal() - self._into_block(day)
        return date.fromordinal(ordinal if ordinal >= 1 else ordinal + self.interval_days)

    def _into_block(self, day: date) -> int:
        return (day.toordinal() - self.phase) % self.interval_days

    def _chosen_day_from(self, day: date) -> Period | None:
        weekday = day.isoweekday()
        if weekday in self.weekdays:
            return Period(day, day, self.target)
        if not self.weekdays:
            return None
        ahead = min((chosen - weekday) % 7 for chosen in self.weekdays)
        if day.toordinal() + ahead > date.max.toordinal():
            return None
        chosen = day + ahead * _DAY
        return Period(chosen, chosen, self.target)


class ScheduleVersion(NamedTuple):
    """A schedule from a day on, until the next version; the first one always was in force."""

    effective_from: date
    schedule: Schedule


class Pause(NamedTuple):
    """Days on which a habit rests, both ends included; without `ends_on`, until further notice."""

    starts_on: date
    ends_on: date | None

    def reaches(self, day: date) -> bool:
        """Whether the pause goes on until the day, or longer."""
        return self.ends_on is None or self.ends_on >= day


def _first_day(item: ScheduleVersion | Pause) -> date:
    return item[0]


@dataclass(frozen=True, slots=True)
class HabitRules:
    """What a habit's history is judged by.

    Args:
        versions: of the schedule, in order; at least one.
        pauses: in order; they neither overlap nor touch.
        nonexistent_dates: dates that the user's calendar does not have, in order.
        archived_on: the last day that has a period, if the habit is archived.
        begins_on: the first day that has a period.
    """

    versions: tuple[ScheduleVersion, ...]
    pauses: tuple[Pause, ...] = ()
    nonexistent_dates: tuple[date, ...] = ()
    archived_on: date | None = None
    begins_on: date = date.min

    def from_day(self, day: date) -> HabitRules:
        """The same with `day` as the first one that has a period."""
        # Not replace(), which takes five times as long, and this is asked for every habit shown.
        return HabitRules(self.versions, self.pauses, self.nonexistent_dates, self.archived_on, day)

    def period_from(self, day: date) -> Period | None:
        """The period that `day` lies in; if it lies in none, the next one; None if none is left.

        It is partial where the calendar's begins before its version or the habit, or goes on after
        its version, and where the habit is archived during it.
        """
        # Nothing cuts into most habits' periods, and this is asked for every check-in.
        if len(self.versions) == 1 and self.archived_on is None and day >= self.begins_on:
            period = self.versions[0].schedule.period_from(day)
            if period is None or period.start >= self.begins_on:
                return period
        index = max(bisect_right(self.versions, day, key=_first_day) - 1, 0)
        for version in range(index, len(self.versions)):
            first, last = self._in_force(version)
            begin = max(day, first)
            if begin > last:  # it was over before the habit began, or the habit is archived
                continue
            period = self.versions[version].schedule.period_from(begin)
            if period is not None and period.start <= last:
                return self._cut(period, first, last)
        return None

    @property
    def is_plain(self) -> bool:
        """Whether each day is judged by itself, now and always."""
        return (
            len(self.versions) == 1
            and self.versions[0].schedule.frequency == "daily"
            and not self.pauses
            and not self.nonexistent_dates
            and self.archived_on is None
            and self.begins_on == date.min
        )

    def period_on(self, day: date) -> Period | None:
        """The period that `day` lies in, if it lies in one."""
        period = self.period_from(day)
        return period if period is not None and period.start <= day else None

    def open_days(self, period: Period, skipped: Collection[date] = ()) -> int:
        """How many days of a period are neither paused, void nor among those skipped."""
        closed = self.paused_days(period.start, period.end)
        others = {*skipped, *self.nonexistent_dates} if self.nonexistent_dates else skipped
        for day in others:
            closed += period.start <= day <= period.end and not self.is_paused(day)
        return period.length - closed

    def is_excused(self, period: Period, skipped: Collection[date] = ()) -> bool:
        """Whether falling short of the target is no failure: the period is neutral."""
        if period.partial:
            return True
        return self.open_days(period, skipped) < min(period.target, period.length)

    def paused_days(self, first: date, last: date) -> int:
        """How many days of a range are paused."""
        days = 0
        for index in range(bisect_right(self.pauses, last, key=_first_day) - 1, -1, -1):
            pause = self.pauses[index]
            if not pause.reaches(first):
                break
            until = last if pause.reaches(last) or pause.ends_on is None else pause.ends_on
            days += (until - max(pause.starts_on, first)).days + 1
        return days

    def is_paused(self, day: date) -> bool:
        """Whether the day lies in a pause."""
        return self.paused_days(day, day) == 1

    def next_failure(self, day: date | None) -> Period | None:
        """The first period from `day` on that fails if nothing is recorded in it, if any does."""
        while day is not None and (period := self.period_from(day)) is not None:
            if not self.is_excused(period):
                return period
            day = self._after(period)
        return None

    def failures(self, first: date, last: date) -> int:
        """How many periods in the range fail if nothing is recorded; one starts on `first`."""
        count = 0
        day: date | None = first
        while (period := self.next_failure(day)) is not None and period.end <= last:
            calm = min(last, self._calm_through(period.end))
            rest = day_after(period.end)
            count += 1 if rest is None else 1 + self._schedule_on(period.end).count(rest, calm)
            day = day_after(max(calm, period.end))
        return count

    def _schedule_on(self, day: date) -> Schedule:
        index = max(bisect_right(self.versions, day, key=_first_day) - 1, 0)
        return self.versions[index].schedule

    def _in_force(self, version: int) -> tuple[date, date]:
        """First and last day of a version's own."""
        first = self.versions[version].effective_from if version else date.min
        first = max(first, self.begins_on)
        last = date.max
        if version + 1 < len(self.versions):
            last = self.versions[version + 1].effective_from - _DAY
        if self.archived_on is not None:
            last = min(last, self.archived_on)
        return first, last

    def _cut(self, period: Period, first: date, last: date) -> Period:
        if period.start >= first and period.end < last:
            return period
        start, end = max(period.start, first), min(period.end, last)
        partial = (start, end) != (period.start, period.end) or end == self.archived_on
        return Period(start, end, period.target, partial)

    def _after(self, period: Period) -> date | None:
        """Where to look for periods that do fail after one that is excused."""
        after = day_after(period.end)
        index = bisect_right(self.pauses, period.start, key=_first_day) - 1
        if after is None or index < 0 or not self.pauses[index].reaches(period.end):
            return after
        # All of it is paused, and so is all that follows until the pause ends.
        ends_on = self.pauses[index].ends_on
        return None if ends_on is None else max(after, ends_on)

    def _calm_through(self, day: date) -> date:
        """The last day after `day` before anything changes."""
        changes = [date.max]
        if (after := day_after(day)) is not None and self.is_paused(after):
            changes.append(after)  # the end of a pause is a change too
        changes += (item[0] for item in (*self.versions[1:], *self.pauses) if item[0] > day)
        changes += (void for void in self.nonexistent_dates if void > day)
        if self.archived_on is not None and self.archived_on > day:
            changes.append(self.archived_on)
        return shift(min(changes), -1)


def changed(
    versions: Sequence[ScheduleVersion], new: ScheduleVersion, first_day: date
) -> tuple[ScheduleVersion, ...]:
    """The versions when a new one is in force from its day on, for good.

    Versions that would have begun later are gone. What asks for the same as the schedule before it
    is no change: the blocks of an interval go on.

    Args:
        versions: as they were.
        new: what is to be in force from its day on.
        first_day: the habit's; a schedule from this day on, or an earlier one, replaces all.
    """
    if new.effective_from <= first_day:  # nothing was ever judged by what was in force before
        index = max(bisect_right(versions, new.effective_from, key=_first_day) - 1, 0)
        return (versions[index] if versions[index].schedule.same_as(new.schedule) else new,)
    kept = [version for version in versions if version.effective_from < new.effective_from]
    if not kept:
        first = versions[0].schedule
        if first.same_as(new.schedule):
            return (versions[0],)
        kept = [ScheduleVersion(first.block_start(first_day), first)]  # it always was in force
    if kept[-1].schedule.same_as(new.schedule):
        return tuple(kept)
    return (*kept, new)


def paused(pauses: Sequence[Pause], new: Pause) -> tuple[Pause, ...]:
    """The pauses with one more; those that overlap or touch become one."""
    merged: list[Pause] = []
    for pause in sorted((*pauses, new), key=_first_day):
        if merged and merged[-1].reaches(shift(pause.starts_on, -1)):
            last = merged.pop()
            ends = None
            if last.ends_on is not None and pause.ends_on is not None:
                ends = max(last.ends_on, pause.ends_on)
            pause = Pause(last.starts_on, ends)  # noqa: PLW2901
        merged.append(pause)
    return tuple(merged)


def resumed(pauses: Sequence[Pause], on: date) -> tuple[Pause, ...]:
    """The pauses when the one that `on` lies in has ended the day before."""
    kept: list[Pause] = []
    for pause in pauses:
        if pause.starts_on > on or not pause.reaches(on):
            kept.append(pause)
        elif pause.starts_on < on:
            kept.append(Pause(pause.starts_on, on - _DAY))
    return tuple(kept)
