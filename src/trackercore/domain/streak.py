"""Streaks, as a fold over the periods of a history.

A success continues the run that stands, or begins one. A failed period ends it, unless the run
survives it: so many failed periods in a row as the failed one's schedule allows. Only a success
makes the misses forgotten; a neutral period changes nothing. The current streak is the number of
successes in the run that stands; periods that are pending are passed through. The longest streak is
the best such run. See `outcome` for what a period comes to.

A period needs a visit only if what is recorded in it makes a difference. Those between are counted
by `HabitRules.empty_periods`, so work grows with the check-ins and the pauses, not with the days.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from trackercore.domain.calendar import day_after, shift
from trackercore.domain.frequency import Outcome, Period
from trackercore.domain.habit_rules import HabitRules, Judged
from trackercore.domain.outcome import outcome
from trackercore.domain.recorded_days import DayEntry, RecordedDays

_LAST = date.max.toordinal()


@dataclass(slots=True)
class Run:
    """Successes, between which no more periods failed than the run survived.

    Attributes:
        length: how many successes.
        start: first day of the first one's period; None where it began with a starting streak.
        last: the ordinal of the last day of the last one's period.
        judged_through: the ordinal of the last day that was judged since; 0 before the calendar.
        misses: failed periods in a row until then.
        is_over: whether what is recorded has ended it.
    """

    length: int
    start: date | None
    last: int
    judged_through: int
    misses: int = 0
    is_over: bool = False

    @property
    def end(self) -> date:
        """Last day of the last one's period."""
        return date.fromordinal(max(self.last, 1))

    def alive_through(self, rules: HabitRules) -> date | None:
        """The last day on which it stands if nothing more is recorded; None if that is for ever."""
        misses = self.misses
        for periods in rules.empty_periods(_day_or_none(self.judged_through + 1), date.max):
            if periods.outcome == "success":
                misses = 0
            elif misses + periods.periods <= periods.allowed_misses:
                misses += periods.periods
            else:
                begin = date.fromordinal(periods.first)
                last = _nth(rules, begin, max(periods.allowed_misses - misses, 0))
                return None if last is None or last.end == date.max else last.end
        return None


class EarlierStreak(NamedTuple):
    """Where a habit stood until a day, by what was recorded up to it: see `StreakState`.

    Attributes:
        through: the last day on which that was so: the next one is recorded.
    """

    through: date
    streak: int
    longest: int
    alive_through: date | None
    grows_from: date | None
    misses: int


MOST_DAYS_AHEAD = 3
"""So far a user's today may move back: zones differ by 26 hours, day starts by almost 24."""


class StreakStanding(NamedTuple):
    """How a habit's streaks stand on a day.

    Attributes:
        current: successes in the run that stands, 0 without one.
        longest: successes in the best run.
        since: first day of the current run; None without one, and where it began with a starting
            streak: nobody knows.
        alive_through: last day on which the current run still stands if nothing more is recorded;
            None without one, and if it stands for ever.
    """

    current: int
    longest: int
    since: date | None
    alive_through: date | None


@dataclass(frozen=True, slots=True)
class StreakState:
    """Where a history leaves a habit; all fields but `since` are the cache on its row.

    Attributes:
        streak: periods in the last run, also when it has ended since; in a state that grows, in the
            run that stands.
        longest: periods in the best run.
        alive_through: last day on which the last run still stands if nothing more is recorded; None
            if that is for ever, without a run, and in a state that grows.
        since: first day of the last run's first period; None without a run, and where the run
            began with a starting streak: nobody knows.
        grows_from: the first day that is not counted yet, if periods at most follow: they succeed
            without a write, when they are over. Nothing that is recorded from then on makes a
            difference.
        misses: failed periods in a row before that day.
        earlier: where the habit stands on days before one that is recorded and lies ahead of the
            user's today, as after a move west; in order of the days.
    """

    streak: int = 0
    longest: int = 0
    alive_through: date | None = None
    since: date | None = None
    grows_from: date | None = None
    misses: int = 0
    earlier: tuple[EarlierStreak, ...] = ()

    def seen_from(self, day: date) -> "StreakState":
        """The state by what is recorded up to a day, the user's today or a later one."""
        for through, streak, longest, alive_through, grows_from, misses in self.earlier:
            if day <= through:
                return StreakState(streak, longest, alive_through, None, grows_from, misses)
        return self

    def from_day(self, today: date) -> "StreakState":
        """The same without earlier streaks of days before today."""
        earlier = tuple(earlier for earlier in self.earlier if earlier.through >= today)
        return replace(self, earlier=earlier) if earlier != self.earlier else self

    def current(self, day: date) -> int:
        """The current streak on a day, of a state that does not grow: see `on`."""
        seen = self.seen_from(day)
        return seen.streak if seen.alive_through is None or day <= seen.alive_through else 0

    def grows_on(self, day: date) -> bool:
        """Whether it takes the rules to say how the streaks stand on a day."""
        return self.seen_from(day).grows_from is not None

    def on(self, day: date, rules: HabitRules | None) -> StreakStanding:
        """How the streaks stand on the user's today, or a later day, by what is recorded so far.

        Args:
            day: which day.
            rules: what the history is judged by; they need not be `begun`. None if the state does
                not grow on that day.
        """
        seen = self.seen_from(day)
        if seen.grows_from is not None and rules is not None:
            return seen._grown(day, rules.growing(day))
        if not seen.current(day):
            return StreakStanding(0, seen.longest, None, None)
        return StreakStanding(seen.streak, seen.longest, seen.since, seen.alive_through)

    def after(self, rules: HabitRules, period: Period, outcome: Outcome) -> "StreakState | None":
        """The state after the outcome of the newest period has changed.

        Args:
            rules: what the history is judged by; those of `growing` if the state grows.
            period: in this state it counts as if nothing were recorded in it, or as neutral.
            outcome: the new one, which is there at once.

        Returns:
            None if the state does not say enough.
        """
        if self.grows_from is not None:
            counter = self._counter(rules)
        elif outcome == "success" or not rules.allows_misses:
            # A success makes misses forgotten, so that they need not be known.
            counter = RunCounter(rules, None, period.start.toordinal())
            if self.streak and self.current(period.start):
                before = period.start.toordinal() - 1
                counter.run = Run(self.streak, self.since, before, before)
            elif outcome == "neutral":
                return self
        else:
            return None
        allowed = period.schedule.allowed_misses
        counter.add(Judged(period.start.toordinal(), period.end.toordinal(), outcome, allowed))
        return _state_of(counter, self.longest)

    def _grown(self, day: date, rules: HabitRules) -> StreakStanding:
        counter = self._counter(rules)
        counter.pass_over(day.toordinal())
        longest = max(self.longest, *(run.length for run in counter.runs), 0)
        run = counter.run
        if run is None:
            return StreakStanding(0, longest, None, None)
        return StreakStanding(run.length, longest, run.start, run.alive_through(rules))

    def _counter(self, rules: HabitRules) -> "RunCounter":
        """What goes on counting where a state that grows ends."""
        first = (self.grows_from or date.min).toordinal()
        run = None
        if self.streak:
            run = Run(self.streak, self.since, first - 1, first - 1, self.misses)
        return RunCounter(rules, run, first)


class RunCounter:
    """Counts runs, period by period, in the order of the days.

    Args:
        rules: what the history is judged by.
        run: the one that stands at the beginning, if any does.
        unjudged: the ordinal of the first day that is not judged yet.

    Attributes:
        run: the one that stands.
        ended: those that have ended, in order.
    """

    def __init__(self, rules: HabitRules, run: Run | None, unjudged: int) -> None:
        self.rules = rules
        self.run: Run | None = run
        self.ended: list[Run] = []
        self.unjudged: int = unjudged
        self._grows = rules.grows
        self._ends_at_once = not self._grows and not rules.allows_misses

    @property
    def runs(self) -> list[Run]:
        """All of them, in order."""
        return self.ended if self.run is None else [*self.ended, self.run]

    def add(self, periods: Judged) -> None:
        """Count periods, and those between in which nothing is recorded."""
        if self.unjudged < periods.first:
            self.pass_over(periods.first)
        if not self._count(periods):
            self.ended[-1].is_over = True
        self.unjudged = periods.last + 1

    def pass_over(self, ordinal: int) -> None:
        """Count the periods that are over before a day and in which nothing is recorded."""
        if (self.run is None and not self._grows) or ordinal == 1:
            return
        first = _day_or_none(self.unjudged)
        if self._ends_at_once:  # most habits: streaks are counted in four fifths of the time
            period = self.rules.next_open(first)
            if self.run is not None and period is not None and period.end.toordinal() < ordinal:
                self.ended.append(self.run)
                self.run = None
            return
        for periods in self.rules.empty_periods(first, date.fromordinal(ordinal - 1)):
            if not self._count(periods) and not self._grows:
                return

    def _count(self, periods: Judged) -> bool:
        """Count periods; whether a run stands that stood, or none did."""
        run = self.run
        if periods.outcome == "success":
            if run is None:
                run = self.run = Run(0, date.fromordinal(periods.first), 0, 0)
            run.length += periods.periods
            run.last = periods.last
            run.misses = 0
        elif run is None:
            return True
        elif periods.outcome == "fail":
            misses = run.misses + periods.periods
            if misses > periods.allowed_misses:
                self.ended.append(run)
                self.run = None
                return False
            run.misses = misses
        run.judged_through = periods.last
        return True


def runs(rules: HabitRules, recorded: RecordedDays, as_of: date) -> list[Run]:
    """The runs of a history, in order, as they are seen from a day; the last one may have ended.

    Args:
        rules: what the history is judged by.
        recorded: the history; what is recorded after the day is ignored.
        as_of: the day from which one looks back.
    """
    counter = _counted(rules, recorded, as_of)
    counter.pass_over(as_of.toordinal())
    return counter.runs


def streak_state(rules: HabitRules, recorded: RecordedDays, as_of: date = date.max) -> StreakState:
    """Where a history leaves a habit: arguments as in `runs`."""
    return _state_of(_counted(rules, recorded, as_of))


def is_any_ahead(day: date, last_day: date | None, starting_streak_on: date | None) -> bool:
    """Whether anything after a day counts for the streaks of the whole history.

    Args:
        day: the day from which one looks back.
        last_day: the last day on which anything is recorded, if any is.
        starting_streak_on: the day of the starting streak, if there is one.
    """
    return any(event is not None and event > day for event in (last_day, starting_streak_on))


def cached_state(rules: HabitRules, recorded: RecordedDays, today: date) -> "StreakState":
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
        earlier.append(
            EarlierStreak(
                through,
                seen.streak,
                seen.longest,
                seen.alive_through,
                seen.grows_from,
                seen.misses,
            )
        )
    return replace(state, earlier=tuple(earlier))


def makes_a_difference(rules: HabitRules, period: Period, outcome: Outcome) -> bool:
    """Whether a period would come to something else if nothing were recorded in it."""
    if outcome == "neutral":
        return not rules.is_excused(period)
    return (outcome == "success") == (period.schedule.direction == "at_least")


def _counted(rules: HabitRules, recorded: RecordedDays, as_of: date) -> RunCounter:
    """The runs by all that is recorded up to a day, and that is there at once."""
    recorded = recorded.until(as_of)
    rules = rules.begun(recorded.first_done, as_of)
    run, start = None, rules.starting_streak
    first = rules.begins_on.toordinal()
    if start is not None:
        run = Run(start.streak, None, max(start.day.toordinal() - 1, 1), first - 1)
    counter = RunCounter(rules, run, first)
    for periods in _judged(rules, recorded):
        counter.add(periods)
    return counter


def _judged(rules: HabitRules, recorded: RecordedDays) -> Iterator[Judged]:
    """The periods in which what is recorded makes a difference, in order.

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
                yield from _judge(rules, period, entries)
                period, entries = None, []
            period = period or rules.period_from(day)
            if period is None:
                return
            begin, end = period.start.toordinal(), period.end.toordinal()
            first = max(ordinal, begin)
            if begin == end and first <= stretch.last:
                result = outcome(rules, period, [(period.start, stretch.amount)])
                last = stretch.last
                if last > first:
                    last = min(last, rules.alike_through(period, result).toordinal())
                if makes_a_difference(rules, period, result):
                    allowed = period.schedule.allowed_misses
                    yield Judged(first, last, result, allowed, last - first + 1)
                period = None
            else:
                last = min(stretch.last, end)
                days = map(date.fromordinal, range(first, last + 1))
                entries += (DayEntry(day, stretch.amount) for day in days)
            ordinal = last + 1
    if period is not None:
        yield from _judge(rules, period, entries)


def _judge(rules: HabitRules, period: Period, entries: list[DayEntry]) -> Iterator[Judged]:
    if entries:
        result = outcome(rules, period, entries)
        if makes_a_difference(rules, period, result):
            first, last = period.start.toordinal(), period.end.toordinal()
            yield Judged(first, last, result, period.schedule.allowed_misses)


def _state_of(counter: RunCounter, longest: int = 0) -> StreakState:
    rules, runs = counter.rules, counter.runs
    longest = max(longest, *(run.length for run in runs), 0)
    unjudged = _day_or_none(counter.unjudged)
    if unjudged is not None and rules.grows and rules.grows_from(unjudged):
        run = counter.run
        if run is None:
            return StreakState(0, longest, grows_from=unjudged)
        return StreakState(
            run.length, longest, since=run.start, grows_from=unjudged, misses=run.misses
        )
    last = runs[-1] if runs else None
    if last is None or last.is_over:
        return StreakState(0, longest)
    return StreakState(last.length, longest, last.alive_through(rules), last.start)


def _nth(rules: HabitRules, day: date, number: int) -> Period | None:
    """The period that comes so many after the one of the day."""
    period = rules.period_from(day)
    for _ in range(number):
        after = None if period is None else day_after(period.end)
        period = None if after is None else rules.period_from(after)
    return period


def _day_or_none(ordinal: int) -> date | None:
    return date.fromordinal(max(ordinal, 1)) if ordinal <= _LAST else None
