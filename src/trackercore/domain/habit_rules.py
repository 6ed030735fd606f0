"""What a habit's history is judged by: schedules, pauses, nonexistent dates and archiving.

Nothing here works day by day: a question costs as much as there are versions and pauses to look at,
however far apart they lie.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from trackercore.domain.amount import ONE
from trackercore.domain.calendar import day_after, shift
from trackercore.domain.frequency import Direction, Outcome, Period, Schedule

_DAY = timedelta(days=1)


class ScheduleVersion(NamedTuple):
    """A schedule from a day on, until the next version; the first has no beginning."""

    effective_from: date
    schedule: Schedule


def versions_of(schedules: Iterable[tuple[date, Schedule]]) -> tuple[ScheduleVersion, ...]:
    """Schedules as versions, in the order of their first days, with their blocks in place.

    A version's blocks count from its first day. A version whose periods are like those of the one
    before keeps its blocks.
    """
    versions: list[ScheduleVersion] = []
    for effective_from, schedule in schedules:
        before = versions[-1].schedule if versions else None
        versions.append(ScheduleVersion(effective_from, _placed(schedule, effective_from, before)))
    return tuple(versions)


def _placed(schedule: Schedule, first_day: date, before: Schedule | None) -> Schedule:
    """A schedule with its blocks in place, given the one before it."""
    if before is not None and before.repeats_like(schedule):
        return replace(schedule, phase=before.phase)
    return schedule.anchored(first_day)


class Pause(NamedTuple):
    """Days on which a habit is paused, both ends included; an open end without `ends_on`."""

    starts_on: date
    ends_on: date | None
    reason: str | None = None

    def reaches(self, day: date) -> bool:
        """Whether the pause goes on until the day, or longer."""
        return self.ends_on is None or self.ends_on >= day


class Judged(NamedTuple):
    """One or more periods in a row that have the same outcome.

    Attributes:
        first: the ordinal of the first day of the first period.
        last: the ordinal of the last day of the last period.
        outcome: of each.
        allowed_misses: how many failed periods in a row a run survives.
        periods: how many.
    """

    first: int
    last: int
    outcome: Outcome
    allowed_misses: int = 0
    periods: int = 1


class StartingStreak(NamedTuple):
    """The streak that a habit came with: successes in a row before the day of the move.

    Seen from an earlier day it does not exist. From that day on it is a run of so many successes
    that stands through the end of the period that the day lies in, and that period is judged by its
    entries, as a whole one. The periods before are covered: what is recorded in them is not judged.
    """

    streak: int
    day: date

    def covers(self, period: Period) -> bool:
        """Whether the starting streak stands for the period, so that its entries do not count."""
        return period.end < self.day


def _first_day(item: ScheduleVersion | Pause) -> date:
    return item[0]


@dataclass(frozen=True, slots=True)
class HabitRules:
    """What a habit's history is judged by.

    Args:
        versions: of the schedule, in order; at least one.
        pauses: of the habit and of its user, in order; they neither overlap nor touch.
        nonexistent_dates: dates that the user's time zone skipped, in order.
        archived_on: the last day that has a period, if the habit is archived.
        starts_on: the habit's first day. One that began with a schedule at least begins earlier if
            it was done earlier.
        starting_streak: the streak that the habit came with, if any.
        begins_on: the first day that has a period: see `begun`.
    """

    versions: tuple[ScheduleVersion, ...]
    pauses: tuple[Pause, ...] = ()
    nonexistent_dates: tuple[date, ...] = ()
    archived_on: date | None = None
    starts_on: date = date.min
    starting_streak: StartingStreak | None = None
    begins_on: date = date.min

    def begun(self, first_done: date | None, as_of: date) -> HabitRules:
        """The rules as they are seen from a day, with the first day that is judged.

        The first day is the earlier of `starts_on` and the first day on which the habit was done,
        and `starts_on` if the first schedule is at most. With a starting streak, it is that of the
        first period that the streak does not cover.

        Args:
            first_done: the first day with an amount above 0, if there is one; a day after `as_of`
                is not known yet.
            as_of: the day from which one looks back.
        """
        start = self.starting_streak
        if start is None or start.day > as_of:
            start, begins_on = None, self.starts_on
            if first_done is not None and first_done <= as_of and self.begins_when_done:
                begins_on = min(begins_on, first_done)
        else:
            period = self.period_from(start.day)
            begins_on = date.max if period is None else period.start
        # Not replace(), which takes five times as long: this is done for every habit in a list.
        return HabitRules(
            self.versions,
            self.pauses,
            self.nonexistent_dates,
            self.archived_on,
            self.starts_on,
            start,
            begins_on,
        )

    def growing(self, as_of: date) -> HabitRules:
        """The rules by which a state that grows is counted on: see `StreakState.grows_from`.

        The first day makes a difference only if the first schedule is at most: it makes the period
        partial. At least, the first periods fail or are neutral, while there is no run yet.

        Args:
            as_of: the day from which one looks back.
        """
        start = self.starting_streak
        is_first = not self.begins_when_done and (start is None or start.day > as_of)
        return replace(self, begins_on=self.starts_on if is_first else date.min)

    @property
    def begins_when_done(self) -> bool:
        """Whether being done on a day before `starts_on` makes that day the first."""
        return self.versions[0].schedule.direction == "at_least"

    @property
    def grows(self) -> bool:
        """Whether there are periods that succeed if nothing is recorded."""
        # Not any(), which takes three times as long: this is done for every habit in a list.
        for version in self.versions:  # noqa: SIM110
            if version.schedule.direction == "at_most":
                return True
        return False

    def grows_from(self, day: date) -> bool:
        """Whether there are such periods on the day or later."""
        later = self.versions[self._version_on(day) :]
        return any(version.schedule.direction == "at_most" for version in later)

    @property
    def allows_misses(self) -> bool:
        """Whether a run can survive failed periods."""
        for version in self.versions:  # noqa: SIM110 - as above
            if version.schedule.allowed_misses:
                return True
        return False

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
        for version in range(self._version_on(day), len(self.versions)):
            first, last = self._in_force(version)
            begin = max(day, first)
            if begin > last:  # it was over before the habit began, or the habit is archived
                continue
            period = self.versions[version].schedule.period_from(begin)
            if period is not None and period.start <= last:
                return self._cut(period, first, last)
        return None

    def period_on(self, day: date) -> Period | None:
        """The period that `day` lies in, if it lies in one."""
        period = self.period_from(day)
        return period if period is not None and period.start <= day else None

    def alike_through(self, period: Period, outcome: Outcome) -> date:
        """The last day up to which each day is a period of its own with one and the same outcome.

        That is where all of these days are recorded alike. If the period is longer than a day, it
        is the period's end.

        Args:
            period: the first one.
            outcome: what is recorded makes of it.
        """
        index = self._version_on(period.start)
        schedule = self.versions[index].schedule
        if not schedule.is_of_single_days:
            return period.end
        last = self._in_force(index)[1]
        # What is done reaches a target on a paused day too; what is skipped is neutral anyway.
        if outcome == schedule.outcome_if_empty or schedule.direction == "at_most":
            last = min(last, self._unchanged_through(period.end))
        if outcome == "neutral" and self.is_excused(period):  # by a pause, say, which may end now
            return period.end
        return max(last, period.end)

    def open_days(self, period: Period, skipped: Collection[date] = ()) -> int:
        """How many days of a period are neither paused, nonexistent nor skipped."""
        closed = self.paused_days(period.start, period.end)
        others = {*skipped, *self.nonexistent_dates} if self.nonexistent_dates else skipped
        for day in others:
            closed += period.start <= day <= period.end and not self.is_paused(day)
        return period.length - closed

    def is_excused(self, period: Period, skipped: Collection[date] = ()) -> bool:
        """Whether the period is neutral: at least, if it falls short; at most, if it does not fail.

        It is if it is partial, or if too few of its days are open: at least, fewer than its target
        takes with an amount of 1 each day; at most, none.
        """
        if period.partial:
            return True
        open_days = self.open_days(period, skipped)
        if period.schedule.direction == "at_most":
            return open_days == 0
        return open_days * ONE < min(period.target, period.length * ONE)

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

    def empty_periods(self, first: date | None, last: date) -> Iterator[Judged]:
        """The periods that end by a day and are not neutral, if nothing is recorded in them.

        Args:
            first: a day of the first of them, or before it; None for none.
            last: the day by which they end.
        """
        while (period := self.next_open(first)) is not None and period.end <= last:
            schedule = period.schedule
            outcome, allowed = schedule.outcome_if_empty, schedule.allowed_misses
            yield Judged(period.start.toordinal(), period.end.toordinal(), outcome, allowed)
            unchanged = min(last, self._unchanged_through(period.end))
            after = day_after(period.end)
            if after is not None and (more := schedule.count(after, unchanged)) > 0:
                end = schedule.last_end(unchanged).toordinal()
                yield Judged(after.toordinal(), end, outcome, allowed, more)
            first = day_after(max(unchanged, period.end))

    def next_open(self, day: date | None) -> Period | None:
        """The first period from `day` on that is not neutral if it is left empty, or None."""
        while day is not None and (period := self.period_from(day)) is not None:
            if not self.is_excused(period):
                return period
            day = self._after(period)
        return None

    def schedules_in_force(self) -> Iterator[tuple[date, date, Schedule]]:
        """The first and the last day of each version that has any, and its schedule, in order."""
        for index, version in enumerate(self.versions):
            first, last = self._in_force(index)
            if first <= last:
                yield first, last, version.schedule

    def direction_on(self, day: date) -> Direction:
        """The direction of the schedule in force on a day, in a period or not."""
        return self.versions[self._version_on(day)].schedule.direction

    def _version_on(self, day: date) -> int:
        """The index of the version that is in force on a day."""
        return max(bisect_right(self.versions, day, key=_first_day) - 1, 0)

    def _in_force(self, version: int) -> tuple[date, date]:
        """The days on which a version is in force."""
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
        return Period(start, end, period.target, period.schedule, partial)

    def _after(self, period: Period) -> date | None:
        """The next day to check after an excused period."""
        after = day_after(period.end)
        index = bisect_right(self.pauses, period.start, key=_first_day) - 1
        if after is None or index < 0 or not self.pauses[index].reaches(period.end):
            return after
        # All of it is paused, and so is all that follows until the pause ends.
        ends_on = self.pauses[index].ends_on
        return None if ends_on is None else max(after, ends_on)

    def _unchanged_through(self, day: date) -> date:
        """The last day from `day` on before the rules change."""
        changes = [date.max]
        if (after := day_after(day)) is not None and self.is_paused(after):
            changes.append(after)  # the end of a pause is a change too
        changes += (_first_day(version) for version in self.versions[1:])
        changes += (pause.starts_on for pause in self.pauses)
        changes += self.nonexistent_dates
        if self.archived_on is not None:
            changes.append(self.archived_on)
        return shift(min(change for change in changes if change > day or change == date.max), -1)


def changed(
    versions: Sequence[ScheduleVersion], effective_from: date, schedule: Schedule, first_day: date
) -> tuple[ScheduleVersion, ...]:
    """The versions when a new schedule is in force from a day on, for good.

    Versions that would have begun later are gone. A schedule that asks for the same as the one
    before it is no change.

    Args:
        versions: as they were.
        effective_from: the first day of the new schedule.
        schedule: the new schedule.
        first_day: the habit's; a schedule from this day on, or an earlier one, replaces all.
    """
    if effective_from <= first_day:  # nothing was ever judged by what was in force before
        index = max(bisect_right(versions, effective_from, key=_first_day) - 1, 0)
        before = versions[index]
        if not before.schedule.same_as(schedule):
            placed = _placed(schedule, effective_from, before.schedule)
            return (_as_first(placed, effective_from),)
        return (before if index == 0 else _as_first(before.schedule, before.effective_from),)
    kept = [version for version in versions if version.effective_from < effective_from]
    if not kept:
        first = versions[0].schedule
        if first.same_as(schedule):
            return (versions[0],)
        kept = [_as_first(first, first_day)]  # the first has no beginning
    if kept[-1].schedule.same_as(schedule):
        return tuple(kept)
    placed = _placed(schedule, effective_from, kept[-1].schedule)
    return (*kept, ScheduleVersion(effective_from, placed))


def _as_first(schedule: Schedule, day: date) -> ScheduleVersion:
    """The schedule as the first version, from which day its blocks count."""
    in_place = schedule.anchored(day) == schedule
    return ScheduleVersion(day if in_place else schedule.block_start(day), schedule)


def merged_pauses(pauses: Collection[Pause]) -> tuple[Pause, ...]:
    """The pauses in order, of which those that overlap or touch become one, with all reasons."""
    if len(pauses) < 2:
        return tuple(pauses)
    merged: list[Pause] = []
    for pause in sorted(pauses, key=_first_day):
        if merged and merged[-1].reaches(shift(pause.starts_on, -1)):
            last = merged.pop()
            ends = None
            if last.ends_on is not None and pause.ends_on is not None:
                ends = max(last.ends_on, pause.ends_on)
            pause = Pause(last.starts_on, ends, _both_reasons(last, pause))  # noqa: PLW2901
        merged.append(pause)
    return tuple(merged)


def _both_reasons(one: Pause, other: Pause) -> str | None:
    """The reasons of two pauses that became one, each once."""
    given = (each.reason.split("; ") for each in (one, other) if each.reason)
    return "; ".join(dict.fromkeys(chain.from_iterable(given))) or None


def resumed(pauses: Sequence[Pause], on: date) -> tuple[Pause, ...]:
    """The pauses when the one that `on` lies in has ended the day before."""
    kept: list[Pause] = []
    for pause in pauses:
        if pause.starts_on > on or not pause.reaches(on):
            kept.append(pause)
        elif pause.starts_on < on:
            kept.append(pause._replace(ends_on=on - _DAY))
    return tuple(kept)
