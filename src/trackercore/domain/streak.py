"""Streaks, as a fold over the periods that have check-ins.

A period's outcome is *success* when the amounts done in it reach the target. Otherwise it is
*neutral* when it is partial, or when skipped, paused and void days leave fewer open days than
min(target, its length). Otherwise it is *open*: pending while it lasts, a failure when it is over.
The current streak counts successes back from today; neutral periods and the one that is still
running are passed through, the first failure stops it. The longest streak is the best such run.

A period in which nothing is recorded needs no visit: `HabitRules.next_failure` finds the first
one that ends a run, so work grows with the check-ins and the pauses, not with the days between.
(The first period of a habit is partial, too, if the first day lies within it. No run stands before
it, so for streaks a neutral and a failed first period are alike, and the fold need not know the
first day beforehand.)

A habit may come with a streak from elsewhere, taken over on some day: its start. That is an event
of that day, like a check-in: seen from an earlier day it does not exist. From that day on it is a
run of so many successes that stands through the end of the period that the day lies in, and that
period is judged by its check-ins as always, as a whole one. The periods before are covered by it:
what is recorded in them is not judged, neither for the current streak nor for the longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import dropwhile, takewhile
from typing import Literal, NamedTuple

from trackercore.domain.calendar import shift
from trackercore.domain.habit_rules import HabitRules, Period, day_after

Status = Literal["done", "skipped"]
Outcome = Literal["success", "neutral", "open"]
"""What a period's check-ins make of it; "open" is pending until it is over and failed after."""


class DayEntry(NamedTuple):
    """One day of a habit's history; `amount` counts only if done."""

    day: date
    status: Status
    amount: int


class StartingStreak(NamedTuple):
    """A streak that a habit came with: successes in a row before the day it was taken over."""

    streak: int
    day: date

    def covers(self, period: Period) -> bool:
        """Whether the start stands for the period, so that its entries are not judged."""
        return period.end < self.day


class Run(NamedTuple):
    """Successes with no failure between them.

    Attributes:
        length: how many.
        start: first day of the first one's period; None where it began with a start.
        end: last day of the last one's period.
        unjudged: first day after what was judged since; None if the calendar has none.
    """

    length: int
    start: date | None
    end: date
    unjudged: date | None


@dataclass(frozen=True, slots=True)
class StreakState:
    """Where a history leaves a habit; three of the four fields are the cache on its row.

    Attributes:
        streak: periods in the last run, also when it has ended since.
        longest: periods in the best run.
        alive_through: last day on which the last run still stands if nothing more is recorded;
            None if that is for ever, or without a run.
        since: first day of the last run's first period; None without a run, and where the run
            began with a start: nobody knows.
    """

    streak: int = 0
    longest: int = 0
    alive_through: date | None = None
    since: date | None = None

    def stands_on(self, day: date) -> bool:
        """Whether the last run still stands on `day`, a day not before the last event."""
        return self.streak > 0 and (self.alive_through is None or day <= self.alive_through)

    def current(self, day: date) -> int:
        """The current streak on `day`, a day not before the last event."""
        return self.streak if self.stands_on(day) else 0


def begun_by(start: StartingStreak | None, day: date) -> StartingStreak | None:
    """The start, if it is there on that day already."""
    return None if start is None or start.day > day else start


def outcome(rules: HabitRules, period: Period, entries: Iterable[DayEntry]) -> Outcome:
    """Judge one period by its entries."""
    progress, skipped = tell_apart(entries)
    if progress >= period.target:
        return "success"
    return "neutral" if rules.is_excused(period, skipped) else "open"


def tell_apart(entries: Iterable[DayEntry]) -> tuple[int, list[date]]:
    """The sum of the amounts done, and the days skipped."""
    progress = 0
    skipped: list[date] = []
    for entry in entries:
        if entry.status == "done":
            progress += entry.amount
        else:
            skipped.append(entry.day)
    return progress, skipped


def by_period(
    rules: HabitRules, entries: Iterable[DayEntry]
) -> Iterator[tuple[Period, list[DayEntry]]]:
    """Group entries, in the order of their days; those on days without a period are left out."""
    period: Period | None = None
    group: list[DayEntry] = []
    for entry in entries:
        if period is not None and entry.day <= period.end:
            if entry.day >= period.start:
                group.append(entry)
            continue
        if period is not None and group:
            yield period, group
        period = rules.period_from(entry.day)
        if period is None:
            return
        group = [entry] if entry.day >= period.start else []
    if period is not None and group:
        yield period, group


def begun(
    rules: HabitRules, starts_on: date, first_done: date | None, start: StartingStreak | None
) -> HabitRules:
    """The rules from the habit's first day on: the earlier of `starts_on` and its first done day.

    A start stands for what was before it, and the first period that it does not cover is whole.
    """
    if start is not None:
        return rules.from_day(start_of_judging(rules, start) or date.max)
    return rules.from_day(min(starts_on, first_done or starts_on))


def runs(
    rules: HabitRules,
    starts_on: date,
    entries: Iterable[DayEntry],
    start: StartingStreak | None = None,
) -> Iterator[Run]:
    """The runs of a history, in order; the last one may have ended too."""
    run: Run | None = None
    if start is not None:
        judged_from = start_of_judging(rules, start)
        run = Run(start.streak, None, shift(start.day, -1), judged_from)
        if judged_from is None:
            entries = ()
        else:
            starts_on = judged_from
            entries = dropwhile(lambda entry: entry.day < starts_on, entries)

    def noticing_the_first_day() -> Iterator[DayEntry]:
        nonlocal starts_on
        rest = iter(entries)
        for entry in rest:
            if entry.status == "done":
                starts_on = min(starts_on, entry.day)
            yield entry
            if entry.day >= starts_on:
                break
        yield from rest

    for period, seen in by_period(rules, noticing_the_first_day()):
        if run is not None and not _stands(rules, run, period):
            yield run
            run = None
        result = outcome(rules, period, seen)
        unjudged = day_after(period.end)
        if result == "success":
            if run is None:
                run = Run(1, max(period.start, starts_on), period.end, unjudged)
            else:
                run = Run(run.length + 1, run.start, period.end, unjudged)
        elif result == "neutral" and run is not None:
            run = run._replace(unjudged=unjudged)
    if run is not None:
        yield run


def start_of_judging(rules: HabitRules, start: StartingStreak) -> date | None:
    """First day of the first period that a start does not cover; None if there is none."""
    period = rules.period_from(start.day)
    return None if period is None else period.start


def alive_through(rules: HabitRules, unjudged: date | None) -> date | None:
    """The last day on which a run stands that is judged up to a day; None for ever."""
    failure = rules.next_failure(unjudged)
    return None if failure is None or failure.end == date.max else failure.end


def advance(
    streak_state: StreakState, rules: HabitRules, period: Period, outcome: Outcome
) -> StreakState:
    """Go one period further: nothing later than `period` is recorded.

    The period does not count as a success in `streak_state` yet.
    """
    stands = streak_state.stands_on(period.start)
    if outcome == "open" or (outcome == "neutral" and not stands):
        return streak_state
    through = alive_through(rules, day_after(period.end))
    if outcome == "neutral":
        return StreakState(streak_state.streak, streak_state.longest, through, streak_state.since)
    streak = streak_state.streak + 1 if stands else 1
    since = streak_state.since if stands else period.start
    return StreakState(streak, max(streak_state.longest, streak), through, since)


def streak_state(
    rules: HabitRules,
    starts_on: date,
    entries: Iterable[DayEntry],
    as_of: date = date.max,
    start: StartingStreak | None = None,
) -> StreakState:
    """Fold a history, in the order of its days; what lies after `as_of` is ignored.

    Args:
        rules: by which the history is judged.
        starts_on: the habit's first day, unless a done check-in is earlier.
        entries: one per day, sorted by day.
        as_of: the day from which one looks back.
        start: the streak that the habit came with, if any.
    """
    seen = takewhile(lambda entry: entry.day <= as_of, entries)
    if rules.is_plain and start is None:
        return _tally_days(rules, seen)
    last: Run | None = None
    longest = 0
    for last in runs(rules, starts_on, seen, begun_by(start, as_of)):
        longest = max(longest, last.length)
    if last is None:
        return StreakState()
    return StreakState(last.length, longest, alive_through(rules, last.unjudged), last.start)


def _tally_days(rules: HabitRules, entries: Iterable[DayEntry]) -> StreakState:
    """The same for a plain rules: numbers tell which days follow one another, at little cost."""
    target = rules.versions[0].schedule.target
    streak = longest = unjudged = 0
    since: date | None = None
    for day, status, amount in entries:
        number = day.toordinal()
        if status == "skipped":
            unjudged += number == unjudged
        elif amount >= target:
            if number != unjudged:
                streak, since = 0, day
            streak += 1
            longest = max(longest, streak)
            unjudged = number + 1
    if not streak:
        return StreakState()
    through = alive_through(rules, day_after(date.fromordinal(unjudged - 1)))
    return StreakState(streak, longest, through, since)


def _stands(rules: HabitRules, run: Run, period: Period) -> bool:
    """Whether a run that is judged up to a day lasts until a later period begins."""
    if run.unjudged == period.start:
        return True
    failure = rules.next_failure(run.unjudged)
    return failure is None or failure.start >= period.start
