"""Streaks, as a fold over the periods in which something is recorded.

A period's outcome is *success* when the amounts done in it reach the target. Otherwise it is
*neutral* when it is partial, or when skipped, paused and nonexistent days leave fewer open days
than min(target, its length). Otherwise it is *open*: pending while it lasts, a failure when it is
over. The current streak counts successes back from today; neutral periods and the one that is still
running are passed through, the first failure stops it. The longest streak is the best such run.

A period in which nothing is recorded needs no visit: `HabitRules.next_failure` finds the first one
that ends a run, so work grows with the check-ins and the pauses, not with the days between.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from trackercore.domain.calendar import day_after, shift
from trackercore.domain.frequency import Period
from trackercore.domain.habit_rules import HabitRules

EntryStatus = Literal["done", "skipped"]
"""How a day is recorded."""

Outcome = Literal["success", "neutral", "open"]
"""What a period's entries make of it; "open" is pending until it is over and failed after."""


class DayEntry(NamedTuple):
    """One recorded day of a habit; `amount` is None if the day was skipped."""

    day: date
    amount: int | None


@dataclass(slots=True)
class Run:
    """Successes with no failure between them.

    Attributes:
        length: how many.
        start: first day of the first one's period; None where it began with a starting streak.
        end: last day of the last one's period.
        judged_through: last day of what was judged since.
    """

    length: int
    start: date | None
    end: date
    judged_through: date


@dataclass(frozen=True, slots=True)
class StreakState:
    """Where a history leaves a habit; three of the four fields are the cache on its row.

    Attributes:
        streak: periods in the last run, also when it has ended since.
        longest: periods in the best run.
        alive_through: last day on which the last run still stands if nothing more is recorded;
            None if that is for ever, or without a run.
        since: first day of the last run's first period; None without a run, and where the run
            began with a starting streak: nobody knows.
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

    def after(self, rules: HabitRules, period: Period, outcome: Outcome) -> StreakState:
        """The state when a period has another outcome, and nothing after it is recorded.

        The period does not count as a success in this state yet.
        """
        stands = self.stands_on(period.start)
        if outcome == "open" or (outcome == "neutral" and not stands):
            return self
        before = shift(period.start, -1)
        run = Run(self.streak, self.since, before, before) if stands else None
        return _state(rules, _runs([(period, outcome)], rules, run), self.longest)


def outcome(rules: HabitRules, period: Period, entries: Collection[DayEntry]) -> Outcome:
    """Judge one period by its entries."""
    if progress(entries) >= period.target:
        return "success"
    return "neutral" if rules.is_excused(period, skipped_days(entries)) else "open"


def progress(entries: Iterable[DayEntry]) -> int:
    """The sum of the amounts done."""
    done = 0
    for _, amount in entries:  # a third of the time that sum() takes for the few days of a period
        done += amount or 0
    return done


def skipped_days(entries: Iterable[DayEntry]) -> list[date]:
    """The days that were skipped."""
    return [day for day, amount in entries if amount is None]


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


def begun(rules: HabitRules, entries: Iterable[DayEntry], as_of: date) -> HabitRules:
    """The rules as they are seen from a day, by all entries up to it: see `HabitRules.begun`."""
    return rules.begun(next((day for day, amount in entries if amount is not None), None), as_of)


def runs(rules: HabitRules, entries: Sequence[DayEntry], as_of: date = date.max) -> Iterator[Run]:
    """The runs of a history, in order; the last one may have ended too.

    Args:
        rules: what the history is judged by.
        entries: one per day, sorted by day.
        as_of: the day from which one looks back; later entries are ignored.
    """
    if entries and entries[-1].day > as_of:
        entries = entries[: bisect_right(entries, as_of, key=lambda entry: entry.day)]
    rules = begun(rules, entries, as_of)
    run, start = None, rules.starting_streak
    if start is not None:
        run = Run(start.streak, None, shift(start.day, -1), shift(rules.begins_on, -1))
    judged = (
        (period, outcome(rules, period, group)) for period, group in by_period(rules, entries)
    )
    return _runs(judged, rules, run)


def streak_state(
    rules: HabitRules, entries: Sequence[DayEntry], as_of: date = date.max
) -> StreakState:
    """Where a history leaves a habit: arguments as in `runs`."""
    return _state(rules, runs(rules, entries, as_of))


def _runs(
    judged: Iterable[tuple[Period, Outcome]], rules: HabitRules, run: Run | None
) -> Iterator[Run]:
    """The streak rule: a success continues the run that stands, or begins one."""
    for period, result in judged:
        if result == "open":
            continue
        if run is not None and not _stands(rules, run, period):
            yield run
            run = None
        if result == "success":
            if run is None:
                run = Run(0, period.start, period.end, period.end)
            run.length += 1
            run.end = period.end
        if run is not None:
            run.judged_through = period.end
    if run is not None:
        yield run


def _stands(rules: HabitRules, run: Run, period: Period) -> bool:
    """Whether a run that is judged up to a day lasts until a later period begins."""
    if period.start.toordinal() - run.judged_through.toordinal() == 1:  # as mostly
        return True
    failure = rules.next_failure(day_after(run.judged_through))
    return failure is None or failure.start >= period.start


def _state(rules: HabitRules, runs: Iterable[Run], longest: int = 0) -> StreakState:
    last: Run | None = None
    for last in runs:
        longest = max(longest, last.length)
    if last is None:
        return StreakState()
    failure = rules.next_failure(day_after(last.judged_through))
    through = None if failure is None or failure.end == date.max else failure.end
    return StreakState(last.length, longest, through, last.start)
