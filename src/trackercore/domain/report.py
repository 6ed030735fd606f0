"""What a habit's history shows: how a period stands, the status of each day, and rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from trackercore.domain.calendar import day_after
from trackercore.domain.frequency import Period
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.recorded_days import DayEntry
from trackercore.domain.streak import by_period, outcome, progress, skipped_days

DayStatus = Literal["done", "skipped", "paused", "missed", "pending", "not_due"]
"""What a day looks like in a calendar of a habit: see `statuses`."""

PeriodStatus = Literal["met", "pending", "skipped", "paused", "excused"]
"""How a period stands on one of its days: see `standing_on`."""

_DAY = timedelta(days=1)


class PeriodStanding(NamedTuple):
    """How a habit's period stands on a day in it: what is done, and the open days left."""

    period: Period
    progress: int
    days_left: int
    status: PeriodStatus


class DayReport(NamedTuple):
    """A day in a calendar: see `schemas.HabitDay`."""

    day: date
    status: DayStatus
    amount: int
    target: int | None
    met: bool | None


class Rate(NamedTuple):
    """How many periods succeeded, and how many failed."""

    successes: int
    failures: int


def standing_on(rules: HabitRules, day: date, entries: Iterable[DayEntry]) -> PeriodStanding | None:
    """How the period of a day stands; None if the day has none, or the habit is archived.

    It is "met" once its target is; else "skipped" or "paused" if the day is, "excused" if so few of
    its days are open that falling short is no failure, and else "pending": something is still to be
    done. A partial period can be met too.

    Args:
        rules: by which the day is judged, from the first day on: see `HabitRules.begun`.
        day: which day.
        entries: what is recorded in its period up to the day; more does no harm.
    """
    period = rules.period_on(day)
    if period is None or day == rules.archived_on:
        return None
    in_period = [entry for entry in entries if period.start <= entry.day <= day]
    done, skipped = progress(in_period), skipped_days(in_period)
    status: PeriodStatus = "pending"
    if done >= period.target:
        status = "met"
    elif day in skipped:
        status = "skipped"
    elif rules.is_paused(day):
        status = "paused"
    elif day in rules.nonexistent_dates or rules.is_excused(_whole(period), skipped):
        status = "excused"
    rest = Period(day, period.end, period.target)
    return PeriodStanding(period, done, rules.open_days(rest, skipped), status)


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
    successes = failures = 0
    day = starts = _first_start(rules, first)
    if starts is None:
        return Rate(0, 0)
    in_range = (entry for entry in entries if entry.day >= starts)
    for period, group in by_period(rules, in_range):
        if period.start > last:
            break
        if day is not None and day < period.start:
            failures += rules.failures(day, period.start - _DAY)
        result = outcome(rules, period, group)
        successes += result == "success"
        failures += result == "unmet" and period.end < today
        day = day_after(period.end)
    if day is not None and day <= last and today > date.min:
        running = rules.period_on(last)
        until = last if running is None else running.end
        failures += rules.failures(day, min(until, today - _DAY))
    return Rate(successes, failures)


def statuses(
    rules: HabitRules, entries: Sequence[DayEntry], first: date, last: date, today: date
) -> Iterator[DayReport]:
    """The status of every day in a range, and the target of its period.

    What is recorded after today is shown on its day, and not judged yet.

    A day without an entry is "missed" if its period is over and fell short, "pending" if it is not
    over, and else "not_due": nothing is to be done on it, or nothing more.

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
    without_entry: DayStatus = "not_due"
    period, met, more = None, False, True
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if more and (period is None or day > period.end):
            period = rules.period_from(day)
            more = period is not None
            if period is not None:
                group = groups.get(period.start, [])
                without_entry = _without_entry(rules, period, group, today)
                met = progress(group) >= period.target
        amount = by_day.get(day)
        status: DayStatus = "not_due"
        if day in by_day:
            status = "skipped" if amount is None else "done"
        elif period is not None and day >= period.start and day not in rules.nonexistent_dates:
            status = "paused" if rules.is_paused(day) else without_entry
        if period is not None and day >= period.start:
            yield DayReport(day, status, amount or 0, period.target, met)
        else:
            yield DayReport(day, status, amount or 0, None, None)


def _without_entry(
    rules: HabitRules, period: Period, entries: Sequence[DayEntry], today: date
) -> DayStatus:
    """The status of the days of a period on which nothing is recorded."""
    if period.end < today:
        return "missed" if outcome(rules, period, entries) == "unmet" else "not_due"
    archived = rules.archived_on is not None and today >= rules.archived_on
    pending = outcome(rules, _whole(period), entries) == "unmet" and not archived
    return "pending" if pending else "not_due"


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
