"""Streaks, as a fold over the periods that have check-ins.

A period's outcome is *success* when the amounts done in it reach the target. Otherwise it is
*neutral* when skipped days leave fewer open days than min(target, its length), and it fails once
it is over. The current streak counts successes back from today; neutral periods and the one that
is still running are passed through, the first failure stops it. The longest streak is the best
such run.

A period without any check-in can only fail, so the fold never visits it: that the run has ended
shows in the next period with check-ins starting after `Tally.alive_through`. (The first period of
a habit may be clipped, hence neutral instead of failed; no run stands before it, so for streaks
the two are alike.) Work grows with the number of check-ins, not with the days between them.

A habit may come with a streak from elsewhere, taken over on some day: its start. That is an event
of that day, like a check-in: seen from an earlier day it does not exist. From that day on it is a
run of so many successes that stands through the end of the period that the day lies in, and that
period is judged by its check-ins as always, as a whole one. The periods before are covered by it:
what is recorded in them is not judged, neither for the current streak nor for the longest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import dropwhile, groupby
from typing import Literal, NamedTuple

from trackercore.domain.schedule import Period, Schedule

Status = Literal["done", "skipped"]
Outcome = Literal["success", "neutral", "open"]
"""What a period's check-ins make of it; "open" is pending until it is over and failed after."""


class Mark(NamedTuple):
    """One day of a habit's history; `amount` counts only if done."""

    day: date
    status: Status
    amount: int


class Start(NamedTuple):
    """A streak that a habit came with: successes in a row before the day it was taken over."""

    streak: int
    day: date

    def covers(self, period: Period) -> bool:
        """Whether the start stands for the period, so that its marks are not judged."""
        return period.end < self.day


@dataclass(frozen=True, slots=True)
class Tally:
    """Where a history leaves a habit; three of the four fields are the cache on its row.

    Attributes:
        streak: periods in the last run, also when it has ended since.
        longest: periods in the best run.
        alive_through: last day on which the last run still stands if nothing more is recorded;
            None without a run.
        since: first day of the last run's first period; None without a run, and where the run
            began with a start: nobody knows.
    """

    streak: int = 0
    longest: int = 0
    alive_through: date | None = None
    since: date | None = None

    def stands_on(self, day: date) -> bool:
        """Whether the last run still stands on `day`, a day not before the last event."""
        return self.alive_through is not None and day <= self.alive_through

    def current(self, day: date) -> int:
        """The current streak on `day`, a day not before the last event."""
        return self.streak if self.stands_on(day) else 0


def outcome(schedule: Schedule, period: Period, marks: Iterable[Mark]) -> Outcome:
    """Judge one period by its marks."""
    done = skipped = 0
    for mark in marks:
        if mark.status == "done":
            done += mark.amount
        else:
            skipped += 1
    if done >= schedule.target:
        return "success"
    open_days = period.length - skipped
    return "neutral" if open_days < min(schedule.target, period.length) else "open"


def advance(tally: Tally, schedule: Schedule, period: Period, outcome: Outcome) -> Tally:
    """Go one period further: `period` is later than every success that `tally` counts."""
    if outcome == "open":
        return tally
    stands = tally.stands_on(period.start)
    if outcome == "neutral" and not stands:
        return tally
    alive_through = schedule.next(period).end
    if outcome == "neutral":
        return replace(tally, alive_through=alive_through)
    streak = tally.streak + 1 if stands else 1
    return Tally(
        streak=streak,
        longest=max(tally.longest, streak),
        alive_through=alive_through,
        since=tally.since if stands else period.start,
    )


def tally(
    schedule: Schedule,
    starts_on: date,
    marks: Iterable[Mark],
    as_of: date = date.max,
    start: Start | None = None,
) -> Tally:
    """Fold a history, in the order of its days; what lies after `as_of` is ignored.

    Args:
        schedule: by which the history is judged.
        starts_on: the habit's first day, unless a done check-in is earlier.
        marks: one per day, sorted by day.
        as_of: the day from which one looks back.
        start: the streak that the habit came with, if any.
    """
    result = Tally()
    first_day = starts_on
    if start is not None and start.day <= as_of:
        judged_from, stands_through = schedule.period(start.day)
        result = Tally(start.streak, start.streak, alive_through=stands_through)
        first_day = judged_from
        marks = dropwhile(lambda mark: mark.day < judged_from, marks)
    for period, group in groupby(marks, lambda mark: schedule.period(mark.day)):
        seen = [mark for mark in group if mark.day <= as_of]
        for mark in seen:
            if mark.status == "done" and mark.day < first_day:
                first_day = mark.day
        result = advance(result, schedule, period, outcome(schedule, period, seen))
    if result.since is not None and result.since < first_day:
        result = replace(result, since=first_day)
    return result
