"""How strong a habit is, from 0 to 1: a miss weakens it, and does not undo it.

The formula is that of the score in Loop Habit Tracker, published in `Score.kt` and `ScoreList.kt`
of https://github.com/iSoron/uhabits. Every day, the strength s moves towards a share v:

    s = s * m + v * (1 - m), with m = 0.5 ** (sqrt(f) / 13)

f is the number of repetitions per day: the target by the days of a block, or 1 by these days if the
habit has a unit or a target of 0. v is the share of the target that is reached in a window of as
many days, which ends on the day. Without a unit, and below one repetition per day, the window and
the target are doubled, so that it matters less on which day of a week something is done. At most, v
falls from 1 at the target to 0 at twice the target; with a target of 0, v is 0 while anything is
done in the window.

The schedule in force on a day says what counts on it, the days before a change included. Skipped,
paused and nonexistent days leave s as it is, and so do those before the habit's first day and after
its last one. It begins with 0; at most, with 1.

Between two changes of v, n days are one step: s = v + (s - v) * m ** n. So work grows with the
check-ins and the changes, not with the days.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from math import sqrt
from typing import NamedTuple

from trackercore.domain.amount import ONE
from trackercore.domain.frequency import FREQUENCIES, Schedule
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.outcome import progress, skipped_days
from trackercore.domain.recorded_days import DayEntry, RecordedDays

_HALF_LIFE = 13
"""Days in which the strength of a daily habit moves half of the way."""

_SETTLED = 1e-12
"""Nearer to a share, a strength counts as equal to it: it would move for ever."""


class Approach(NamedTuple):
    """Days in a row on which a strength moves towards the same share.

    Attributes:
        first: the ordinal of the first day.
        last: the ordinal of the last day.
        before: the strength before the first day.
        share: where it moves to.
        rate: how often the left halves in a day; 0 if the strength stays as it is.
    """

    first: int
    last: int
    before: float
    share: float
    rate: float

    def on(self, ordinal: int) -> float:
        """The strength on one of the days."""
        left: float = 0.5 ** (self.rate * (ordinal - self.first + 1))
        return self.share + (self.before - self.share) * left


def strengths(
    rules: HabitRules, recorded: RecordedDays, first: date, last: date, *, has_unit: bool
) -> Iterator[float]:
    """The strength on every day of a range, in order.

    Args:
        rules: by which the history is judged, from the first day on: see `HabitRules.begun`.
        recorded: the history; on a day, what is recorded later is not known.
        first: first day of the range.
        last: its last day.
        has_unit: whether amounts are measured in a unit; without, each 1 is a repetition.
    """
    for approach in approaches(rules, recorded, last, has_unit=has_unit):
        for ordinal in range(max(approach.first, first.toordinal()), approach.last + 1):
            yield approach.on(ordinal)


def approaches(
    rules: HabitRules, recorded: RecordedDays, last: date, *, has_unit: bool
) -> Iterator[Approach]:
    """All days from the calendar's first to `last`, in order: arguments as in `strengths`."""
    strength = 0.0 if rules.begins_when_done else 1.0
    entries = [entry for entry in recorded.until(last) if entry.day >= rules.begins_on]
    closed = _ClosedDays(rules, skipped_days(entries))
    day = 1
    for begin, end, schedule in rules.schedules_in_force():
        if begin > last:
            break
        if day < begin.toordinal():
            yield _unmoved(day, begin.toordinal() - 1, strength)
        amounts = _Amounts(rules, schedule, entries, begin, min(end, last))
        for approach in _of_schedule(amounts, closed, strength, has_unit=has_unit):
            yield approach
            strength = approach.on(approach.last)
        day = amounts.last + 1
    if day <= last.toordinal():
        yield _unmoved(day, last.toordinal(), strength)


class _ClosedDays:
    """The days that leave a strength as it is: skipped, paused and nonexistent ones."""

    def __init__(self, rules: HabitRules, skipped: Iterable[date]) -> None:
        self._rules = rules
        self._single = {day.toordinal() for day in (*skipped, *rules.nonexistent_dates)}
        changes = {*self._single, *(day + 1 for day in self._single)}
        for pause in rules.pauses:
            changes.add(pause.starts_on.toordinal())
            if pause.ends_on is not None:
                changes.add(pause.ends_on.toordinal() + 1)
        self._changes = sorted(changes)

    def __contains__(self, ordinal: int) -> bool:
        return ordinal in self._single or self._rules.is_paused(date.fromordinal(ordinal))

    def changes(self, first: int, last: int) -> Sequence[int]:
        """The days of a range on which they begin, or have just ended."""
        return _within(self._changes, first, last)


class _Amounts:
    """What counts on the days on which a schedule is in force.

    Attributes:
        schedule: by which amounts count.
        first: the ordinal of the first day on which it is in force.
        last: the ordinal of the last one.
        longest: the most days that a window has.
        days: the ordinals of the days with an amount that counts, from a window before `first` on.
    """

    def __init__(
        self,
        rules: HabitRules,
        schedule: Schedule,
        entries: Sequence[DayEntry],
        first: date,
        last: date,
    ) -> None:
        self.schedule = schedule
        self.first, self.last = first.toordinal(), last.toordinal()
        self.longest = 2 * schedule.every * FREQUENCIES[schedule.frequency].unit.longest
        self.days: list[int] = []
        self._sums = [0]
        begin = date.fromordinal(max(self.first - self.longest, 1))
        for entry in entries[bisect_left(entries, begin, key=_day) :]:
            if entry.day > last:
                break
            period = schedule.period_from(entry.day)
            if period is None or period.start > entry.day:
                continue
            amount = progress(rules, period, [entry])
            if amount:
                self.days.append(entry.day.toordinal())
                self._sums.append(self._sums[-1] + amount)

    def sum(self, first: int, last: int) -> int:
        """What counts from a day to another one, in thousandths."""
        until = self._sums[bisect_right(self.days, last)]
        return until - self._sums[bisect_left(self.days, first)]

    def next_day(self, day: int) -> int:
        """The first day from a day on with an amount that counts, or the day after all."""
        index = bisect_left(self.days, day)
        return self.days[index] if index < len(self.days) else self.last + 1


class _Window(NamedTuple):
    """The days over which a target counts: see the module."""

    days: int
    target: int
    rate: float


def _of_schedule(
    amounts: _Amounts, closed: _ClosedDays, strength: float, *, has_unit: bool
) -> Iterator[Approach]:
    """The days on which a schedule is in force."""
    schedule, day = amounts.schedule, amounts.first
    if FREQUENCIES[schedule.frequency].has_weekdays and not schedule.weekdays:
        yield _unmoved(day, amounts.last, strength)  # without a chosen weekday, there is no period
        return
    at_rest = _share(schedule, 0, 1)
    while day <= amounts.last:
        is_settled = abs(strength - at_rest) < _SETTLED
        if is_settled and not amounts.sum(day - amounts.longest, day):
            strength, last = at_rest, amounts.next_day(day) - 1
            yield _unmoved(day, last, strength)
        else:
            window, end = _window(schedule, day, has_unit=has_unit)
            last = min(end, amounts.last)
            entered = _within(amounts.days, day, last)
            left = _within(amounts.days, day - window.days, last - window.days)
            starts = {day, *entered, *(gone + window.days for gone in left)}
            starts.update(closed.changes(day, last))
            for first, after in pairwise([*sorted(starts), last + 1]):
                if first in closed:
                    approach = _unmoved(first, after - 1, strength)
                else:
                    done = amounts.sum(first - window.days + 1, first)
                    share = _share(schedule, done, window.target)
                    approach = Approach(first, after - 1, strength, share, window.rate)
                yield approach
                strength = approach.on(approach.last)
        day = last + 1


def _unmoved(first: int, last: int, strength: float) -> Approach:
    return Approach(first, last, strength, strength, 0.0)


def _window(schedule: Schedule, day: int, *, has_unit: bool) -> tuple[_Window, int]:
    """The window of a day, and the last day until which windows are like it."""
    days, target, end = schedule.block_on(date.fromordinal(day))
    is_counted = target > 0 and not has_unit
    per_day = target / (ONE * days) if is_counted else 1 / days
    if not has_unit and per_day < 1:
        days, target = 2 * days, 2 * target
    return _Window(days, target, sqrt(per_day) / _HALF_LIFE), end.toordinal()


def _share(schedule: Schedule, done: int, target: int) -> float:
    """The share of a target that is reached; at most: how well it is kept to."""
    if schedule.direction == "at_least":
        return min(done / target, 1.0)
    if target == 0:
        return 0.0 if done else 1.0
    return min(max(2 - done / target, 0.0), 1.0)


def _within(days: Sequence[int], first: int, last: int) -> Sequence[int]:
    """Those of a range, of days in order."""
    return days[bisect_left(days, first) : bisect_right(days, last)]


def _day(entry: DayEntry) -> date:
    return entry.day
