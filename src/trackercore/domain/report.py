"""What a habit's history shows: how a period stands, the status of each day, and rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from trackercore.domain.calendar import day_after
from trackercore.domain.frequency import Period
from trackercore.domain.habit_rules import HabitRules, Judged
from trackercore.domain.outcome import (
    by_period,
    is_met,
    is_pending,
    outcome,
    progress,
    skipped_days,
)
from trackercore.domain.recorded_days import DayEntry, RecordedDays

DayStatus = Literal["done", "skipped", "paused", "missed", "kept", "exceeded", "pending", "not_due"]
"""What a day looks like in a calendar of a habit: see `statuses`."""

DUE: frozenset[DayStatus] = frozenset({"done", "missed", "pending"})
"""The statuses of a day on which a habit was, or is, to be done."""

PeriodStatus = Literal["met", "exceeded", "pending", "skipped", "paused", "excused"]
"""How a period stands on one of its days: see `standing_on`."""

_DAY = timedelta(days=1)


class PeriodProgress(NamedTuple):
    """How a habit's period stands on a day in it: what is done, and the open days left.

    Attributes:
        progress: in thousandths, like the target.
    """

    period: Period
    progress: int
    days_left: int
    status: PeriodStatus

    @property
    def remaining(self) -> int:
        """What is left to do, or of the allowance; 0 if nothing is."""
        return max(self.period.target - self.progress, 0)

    @property
    def is_due(self) -> bool:
        """Whether something is to be done on the day; at most, nothing ever is."""
        return self.status == "pending" and self.period.schedule.direction == "at_least"


class DayReport(NamedTuple):
    """A day in a calendar: see `schemas.HabitDay`."""

    day: date
    status: DayStatus
    amount: int | None
    target: int | None
    met: bool | None


class Rate(NamedTuple):
    """How many periods succeeded, and how many failed."""

    successes: int
    failures: int

    @property
    def rate(self) -> float | None:
        """Successes of both together, 0.0 to 1.0; None if there are neither."""
        judged = self.successes + self.failures
        return self.successes / judged if judged else None


def standing_on(rules: HabitRules, day: date, entries: Iterable[DayEntry]) -> PeriodProgress | None:
    """How the period of a day stands; None if the day has none, or the habit is archived.

    At least, it is "met" once its target is; at most, "exceeded" once its target is. Else it is
    "skipped" or "paused" if the day is, "excused" if so few of its days are open that it will be
    neutral, and else "pending": something is still to be done, or the allowance to be kept. A
    partial period can be met or exceeded too.

    Args:
        rules: by which the day is judged, from the first day on: see `HabitRules.begun`.
        day: which day.
        entries: what is recorded in its period up to the day; more does no harm.
    """
    period = rules.period_on(day)
    if period is None or day == rules.archived_on:
        return None
    in_period = [entry for entry in entries if period.start <= entry.day <= day]
    done, skipped = progress(rules, period, in_period), skipped_days(in_period)
    status: PeriodStatus = "pending"
    met = is_met(period, done)
    if met == (period.schedule.direction == "at_least"):
        status = "met" if met else "exceeded"
    elif day in skipped:
        status = "skipped"
    elif rules.is_paused(day):
        status = "paused"
    elif day in rules.nonexistent_dates or rules.is_excused(_whole(period), skipped):
        status = "excused"
    rest = period._replace(start=day)
    return PeriodProgress(period, done, rules.open_days(rest, skipped), status)


def completion(
    rules: HabitRules, entries: Iterable[DayEntry], first: date, last: date, today: date
) -> Rate:
    """Count successes and failures among the periods that start within a range of days.

    Neutral periods count as neither, and pending ones do not yet.

    Args:
        rules: by which the history is judged, from the first day on: see `HabitRules.begun`.
        entries: all that is recorded in these periods up to today, sorted by day.
        first: first day of the range.
        last: its last day.
        today: a period that is over before this day is not pending.
    """
    counts = {"success": 0, "neutral": 0, "fail": 0}
    day = starts = _first_start(rules, first)
    if starts is None:
        return Rate(0, 0)

    def count(judged: Iterable[Judged]) -> None:
        for periods in judged:
            counts[periods.outcome] += periods.periods

    in_range = (entry for entry in entries if entry.day >= starts)
    for period, group in by_period(rules, in_range):
        if period.start > last:
            break
        if day is not None and day < period.start:
            count(rules.empty_periods(day, period.start - _DAY))
        result = outcome(rules, period, group)
        if not is_pending(period, result, today):
            counts[result] += 1
        day = day_after(period.end)
    if day is not None and day <= last and today > date.min:
        running = rules.period_on(last)
        until = last if running is None else running.end
        count(rules.empty_periods(day, min(until, today - _DAY)))
    return Rate(counts["success"], counts["fail"])


def is_done(rules: HabitRules, day: date, amount: int | None) -> bool:
    """Whether an amount on a day makes it "done".

    Any amount above 0 does, at least. At most, none does, also outside of all periods: what one
    wants to do less is no achievement.
    """
    return bool(amount) and rules.direction_on(day) == "at_least"


def done_days(rules: HabitRules, recorded: RecordedDays) -> set[int]:
    """The ordinals of the days that are "done": see `is_done`."""
    days = ((ordinal, amount) for ordinal, amount in recorded.amounts if amount)
    if not rules.grows:  # most habits: there is nothing at most in their schedules
        return {ordinal for ordinal, _ in days}
    return {
        ordinal for ordinal, amount in days if is_done(rules, date.fromordinal(ordinal), amount)
    }


def statuses(
    rules: HabitRules, entries: Sequence[DayEntry], first: date, last: date, today: date
) -> Iterator[DayReport]:
    """The status of every day in a range, and the target of its period.

    What is recorded after today is shown on its day, and not judged yet.

    At least, a day with an amount above 0 is "done". Another day is "missed" if its period is over
    and fell short, and "pending" if it is not over and falls short so far. At most, every day is
    "exceeded" if its period is, and else "kept" if the period is over and "pending" if it is not.
    All else is "not_due": nothing is to be done, or nothing more, or the period is neutral.

    Args:
        rules: by which the days are judged, from the first day on: see `HabitRules.begun`.
        entries: all that is recorded in the periods of these days, sorted by day.
        first: first day of the range.
        last: its last day.
        today: a period that is over before this day is not pending.
    """
    by_day = dict(entries)
    known = [entry for entry in entries if entry.day <= today]
    groups = {period.start: group for period, group in by_period(rules, known)}
    of_period: DayStatus = "not_due"
    period, met, more = None, False, True
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if more and (period is None or day > period.end):
            period = rules.period_from(day)
            more = period is not None
            if period is not None:
                group = groups.get(period.start, [])
                of_period = _status_of(rules, period, group, today)
                met = is_met(period, progress(rules, period, group))
        amount = by_day.get(day)
        on_day = period if period is not None and day >= period.start else None
        status: DayStatus = "not_due"
        if day in by_day and amount is None:
            status = "skipped"
        elif is_done(rules, day, amount):
            status = "done"
        elif on_day is not None and day not in rules.nonexistent_dates:
            status = "paused" if rules.is_paused(day) else of_period
        if on_day is not None:
            yield DayReport(day, status, amount, on_day.target, met)
        else:
            yield DayReport(day, status, amount, None, None)


def _status_of(
    rules: HabitRules, period: Period, entries: Sequence[DayEntry], today: date
) -> DayStatus:
    """The status of the days of a period that have none of their own."""
    result = outcome(rules, period, entries)
    is_at_most = period.schedule.direction == "at_most"
    if is_at_most and result == "fail":
        return "exceeded"
    if period.end < today:
        if result == period.schedule.outcome_if_empty:
            return "kept" if is_at_most else "missed"
        return "not_due"
    if rules.archived_on is not None and today >= rules.archived_on:
        return "not_due"
    is_undecided = is_pending(period, outcome(rules, _whole(period), entries), today)
    return "pending" if is_undecided else "not_due"


def _first_start(rules: HabitRules, first: date) -> date | None:
    """First day of the first period that starts on the day or later."""
    period = rules.period_from(first)
    if period is not None and period.start < first:
        after = day_after(period.end)
        period = None if after is None else rules.period_from(after)
    return None if period is None else period.start


def _whole(period: Period) -> Period:
    """The period as if it were whole: while it lasts, being cut short is no excuse yet."""
    return period._replace(partial=False) if period.partial else period
