"""Streaks, as a fold over the periods in which something is recorded.

A period's outcome is *success* when the amounts done in it reach the target. Otherwise it is
*neutral* when it is partial, or when skipped, paused and nonexistent days leave fewer open days
than min(target, its length). Otherwise it is *unmet*: pending while it lasts, a fail when it is
over. The current streak counts successes back from today; neutral periods and the one that is still
running are passed through, the first fail stops it. The longest streak is the best such run.

A period in which nothing is recorded needs no visit: `HabitRules.next_failure` finds the first one
that ends a run, so work grows with the check-ins and the pauses, not with the days between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, NamedTuple

from trackercore.domain.calendar import shift
from trackercore.domain.frequency import Period
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.recorded_days import DayEntry, RecordedDays

Outcome = Literal["success", "neutral", "unmet"]
"""What a period's entries make of it; "unmet" is pending until it is over, and a fail after."""


@dataclass(slots=True)
class Run:
    """Successes with no failure between them.

    Attributes:
        length: how many.
        start: first day of the first one's period; None where it began with a starting streak.
        end: last day of the last one's period.
        judged_through: the ordinal of the last day that was judged since; 0 before the calendar.
    """

    length: int
    start: date | None
    end: date
    judged_through: int

    def next_failure(self, rules: HabitRules) -> Period | None:
        """The first period that ends the run if nothing more is recorded, if any does."""
        unjudged = self.judged_through + 1
        if unjudged > date.max.toordinal():
            return None
        return rules.next_failure(date.fromordinal(unjudged))


class EarlierStreak(NamedTuple):
    """Where a habit stood until a day, by what was recorded up to it.

    Attributes:
        through: the last day on which that was so: the next one is recorded.
        streak: periods in the last run.
        longest: periods in the best run.
        alive_through: last day on which the last run stood; None as in `StreakState`.
    """

    through: date
    streak: int
    longest: int
    alive_through: date | None


MOST_DAYS_AHEAD = 3
"""So far a user's today may move back: zones differ by 26 hours, day starts by almost 24."""


@dataclass(frozen=True, slots=True)
class StreakState:
    """Where a history leaves a habit; all fields but `since` are the cache on its row.

    Attributes:
        streak: periods in the last run, also when it has ended since.
        longest: periods in the best run.
        alive_through: last day on which the last run still stands if nothing more is recorded;
            None if that is for ever, or without a run.
        since: first day of the last run's first period; None without a run, and where the run
            began with a starting streak: nobody knows.
        earlier: where the habit stands on days before one that is recorded and lies ahead of the
            user's today, as after a move west; in order of the days.
    """

    streak: int = 0
    longest: int = 0
    alive_through: date | None = None
    since: date | None = None
    earlier: tuple[EarlierStreak, ...] = ()

    def seen_from(self, day: date) -> StreakState:
        """The state by what is recorded up to a day, the user's today or a later one."""
        for through, streak, longest, alive_through in self.earlier:
            if day <= through:
                return StreakState(streak, longest, alive_through)
        return self

    def from_day(self, today: date) -> StreakState:
        """The same without earlier streaks of days before today."""
        earlier = tuple(earlier for earlier in self.earlier if earlier.through >= today)
        return replace(self, earlier=earlier) if earlier != self.earlier else self

    def stands_on(self, day: date) -> bool:
        """Whether the last run still stands on `day`, a day not before the last event."""
        return self.streak > 0 and (self.alive_through is None or day <= self.alive_through)

    def current(self, day: date) -> int:
        """The current streak on `day`, the user's today or a later one."""
        seen = self.seen_from(day)
        return seen.streak if seen.stands_on(day) else 0

    def after(self, rules: HabitRules, period: Period, outcome: Outcome) -> StreakState:
        """The state after the outcome of the newest period has changed.

        The period does not count as a success in this state yet.
        """
        stands = self.stands_on(period.start)
        if outcome == "unmet" or (outcome == "neutral" and not stands):
            return self
        before = period.start.toordinal() - 1
        run = Run(self.streak, self.since, period.start, before) if stands else None
        judged = [Judged(period.start, period.end, outcome)]
        return _state_of(_runs(judged, rules, run), rules, self.longest)


def outcome(rules: HabitRules, period: Period, entries: Collection[DayEntry]) -> Outcome:
    """Judge one period by its entries."""
    if progress(entries) >= period.target:
        return "success"
    return "neutral" if rules.is_excused(period, skipped_days(entries)) else "unmet"


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


class Judged(NamedTuple):
    """One or more periods in a row that have the same outcome.

    Attributes:
        start: first day of the first period.
        end: last day of the last period.
        outcome: of each.
        periods: how many.
    """

    start: date
    end: date
    outcome: Outcome
    periods: int = 1


def runs(rules: HabitRules, recorded: RecordedDays, as_of: date = date.max) -> Iterator[Run]:
    """The runs of a history, in order; the last one may have ended too.

    Args:
        rules: what the history is judged by.
        recorded: the history.
        as_of: the day from which one looks back; what is recorded later is ignored.
    """
    recorded = recorded.until(as_of)
    rules = rules.begun(recorded.first_done, as_of)
    run, start = None, rules.starting_streak
    if start is not None:
        run = Run(start.streak, None, shift(start.day, -1), rules.begins_on.toordinal() - 1)
    return _runs(_judged(rules, recorded), rules, run)


def streak_state(rules: HabitRules, recorded: RecordedDays, as_of: date = date.max) -> StreakState:
    """Where a history leaves a habit: arguments as in `runs`."""
    return _state_of(runs(rules, recorded, as_of), rules)


def is_any_ahead(day: date, last_day: date | None, starting_streak_on: date | None) -> bool:
    """Whether anything after a day counts for the streaks of the whole history.

    Args:
        day: the day from which one looks back.
        last_day: the last day on which anything is recorded, if any is.
        starting_streak_on: the day of the starting streak, if there is one.
    """
    return any(event is not None and event > day for event in (last_day, starting_streak_on))


def cached_state(rules: HabitRules, recorded: RecordedDays, today: date) -> StreakState:
    """Where a whole history leaves a habit, and where it stands before days that lie ahead.

    Args:
        rules: what the history is judged by.
        recorded: the history.
        today: the earliest day that the user's today may be from now on.
    """
    state = streak_state(rules, recorded)
    ahead = {*recorded.after(today)}
    if rules.starting_streak is not None and rules.starting_streak.day > today:
        ahead.add(rules.starting_streak.day)
    if not ahead or len(ahead) > MOST_DAYS_AHEAD:  # with more, this is not the user's today
        return state
    earlier: list[EarlierStreak] = []
    for day in sorted(ahead):
        through = shift(day, -1)
        seen = streak_state(rules, recorded, through)
        earlier.append(EarlierStreak(through, seen.streak, seen.longest, seen.alive_through))
    return replace(state, earlier=tuple(earlier))


def _judged(rules: HabitRules, recorded: RecordedDays) -> Iterator[Judged]:
    """The periods in which something is recorded, in order.

    Where each day is a period, days in a row that are recorded alike are judged at once. Most
    histories have few such stretches: ten years of them are judged in a tenth of the time.
    """
    period: Period | None = None
    entries: list[DayEntry] = []
    for stretch in recorded.stretches():
        ordinal = stretch.first
        while ordinal <= stretch.last:
            day = date.fromordinal(ordinal)
            if period is not None and day > period.end:
                if entries:
                    yield Judged(period.start, period.end, outcome(rules, period, entries))
                period, entries = None, []
            period = period or rules.period_from(day)
            if period is None:
                return
            first = max(ordinal, period.start.toordinal())
            last = stretch.last
            if last > period.end.toordinal():
                last = min(last, rules.alike_through(period, stretch.amount).toordinal())
            if first <= last and period.start == period.end:
                result = outcome(rules, period, [DayEntry(period.start, stretch.amount)])
                yield Judged(period.start, date.fromordinal(last), result, last - first + 1)
                period = None
            else:
                days = map(date.fromordinal, range(first, last + 1))
                entries += (DayEntry(day, stretch.amount) for day in days)
            ordinal = last + 1
    if period is not None and entries:
        yield Judged(period.start, period.end, outcome(rules, period, entries))


def _runs(judged: Iterable[Judged], rules: HabitRules, run: Run | None) -> Iterator[Run]:
    """The streak rule: a success continues the run that stands, or begins one."""
    for start, end, result, periods in judged:
        if result == "unmet":
            continue
        if run is not None and not _stands(rules, run, start):
            yield run
            run = None
        if result == "success":
            if run is None:
                run = Run(0, start, end, 0)
            run.length += periods
            run.end = end
        if run is not None:
            run.judged_through = end.toordinal()
    if run is not None:
        yield run


def _stands(rules: HabitRules, run: Run, day: date) -> bool:
    """Whether a run lasts until a later period, which begins on a day."""
    if run.judged_through + 1 == day.toordinal():  # the usual case
        return True
    failure = run.next_failure(rules)
    return failure is None or failure.start >= day


def _state_of(all_runs: Iterable[Run], rules: HabitRules, longest: int = 0) -> StreakState:
    last: Run | None = None
    for last in all_runs:
        longest = max(longest, last.length)
    if last is None:
        return StreakState()
    failure = last.next_failure(rules)
    through = None if failure is None or failure.end == date.max else failure.end
    return StreakState(last.length, longest, through, last.start)
