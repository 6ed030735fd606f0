"""How a habit stands, by days and a schedule alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trackercore.domain import report
from trackercore.domain.amount import amount_of
from trackercore.domain.frequency import Frequency
from trackercore.domain.report import PeriodStatus
from trackercore.domain.streak import StreakStanding, streak_state
from trackercore.rules._arguments import as_range
from trackercore.rules._history import Days, Pauses, history_of
from trackercore.rules._schedule import Schedule


@dataclass(frozen=True, slots=True)
class PeriodStanding:
    """How the period of a day stands on that day.

    Attributes:
        status: "met" once the period's target is, or "exceeded", at most; else "skipped" or
            "paused" if the day is, "excused" if so few days are open that the period will be
            neutral, else "pending": to be done, or to be kept.
        progress: sum of amounts done in the period so far, or the number of days done.
        target: what the progress must reach, or not exceed.
        remaining: what is left to do, or of the allowance; 0 if nothing is.
        period_start: first day of the period, not before the habit's first.
        period_end: its last day.
        days_left: days on which it can still be done: from the day to the end of the period,
            without paused ones.
    """

    status: PeriodStatus
    progress: Decimal
    target: Decimal
    remaining: Decimal
    period_start: date
    period_end: date
    days_left: int


def streak(
    days: Days,
    schedule: Schedule | Frequency,
    today: date,
    *,
    skipped: Iterable[date] = (),
    pauses: Pauses = (),
    nonexistent: Iterable[date] = (),
) -> StreakStanding:
    """The current and the longest streak, in periods of the schedule.

    A period that is not over cannot break the streak: in the morning, it is what it was the evening
    before.
    """
    history = history_of(days, schedule, today, skipped, pauses, nonexistent)
    state = streak_state(history.rules, history.recorded, history.today)
    return state.on(history.today, history.rules)


def due(
    days: Days,
    schedule: Schedule | Frequency,
    today: date,
    *,
    skipped: Iterable[date] = (),
    pauses: Pauses = (),
    nonexistent: Iterable[date] = (),
) -> PeriodStanding | None:
    """What is left to do in the period of today; None if the habit is not due.

    It is due from its first day on, on days that its schedule has, until the period's target is
    met. It is not due if the day is skipped or paused, or if skips and pauses leave the period too
    few days. A habit at most is never due.
    """
    standing = _standing(days, schedule, today, skipped, pauses, nonexistent)
    return _in_numbers(standing) if standing is not None and standing.is_due else None


def period_standing(
    days: Days,
    schedule: Schedule | Frequency,
    today: date,
    *,
    skipped: Iterable[date] = (),
    pauses: Pauses = (),
    nonexistent: Iterable[date] = (),
) -> PeriodStanding | None:
    """How the period of today stands, due or not; None if the day lies in no period."""
    standing = _standing(days, schedule, today, skipped, pauses, nonexistent)
    return None if standing is None else _in_numbers(standing)


def completion_rate(
    days: Days,
    schedule: Schedule | Frequency,
    start: date,
    end: date,
    today: date,
    *,
    skipped: Iterable[date] = (),
    pauses: Pauses = (),
    nonexistent: Iterable[date] = (),
) -> float | None:
    """The share of successes among the periods that start in a range of days.

    It is successes / (successes + failures), 0.0 to 1.0. Neutral periods count as neither, and a
    period that is not over is no failure yet. Without `Schedule.starts_on`, the periods before the
    first day that was done do not count.

    Args:
        start: first day of the range.
        end: its last day.

    Returns:
        None if there is neither a success nor a failure.
    """
    first, last = as_range(start, end)
    rules, recorded, day = history_of(days, schedule, today, skipped, pauses, nonexistent)
    return report.completion(rules, recorded, first, last, day).rate


def _standing(
    days: Days,
    schedule: Schedule | Frequency,
    today: date,
    skipped: Iterable[date],
    pauses: Pauses,
    nonexistent: Iterable[date],
) -> report.PeriodProgress | None:
    rules, recorded, day = history_of(days, schedule, today, skipped, pauses, nonexistent)
    return report.standing_on(rules, day, recorded)


def _in_numbers(standing: report.PeriodProgress) -> PeriodStanding:
    period = standing.period
    return PeriodStanding(
        standing.status,
        amount_of(standing.progress),
        amount_of(period.target),
        amount_of(standing.remaining),
        period.start,
        period.end,
        standing.days_left,
    )
