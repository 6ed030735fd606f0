"""What a habit's history comes to, worked out slowly: every day, every period, in plain loops.

It is written from the rules alone and shares nothing with the package, so that an error would have
to be made twice to go unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from trackercore import Frequency

DAY = timedelta(days=1)

History = Mapping[date, int | None]
"""Recorded days: the amount done, or None where the day was skipped."""

Outcome = Literal["success", "neutral", "pending", "fail"]


class Change(NamedTuple):
    """A schedule from a day on, until the next one."""

    effective_from: date
    frequency: Frequency
    target: int
    weekdays: frozenset[int] | None = None
    every: int = 1
    week_starts_on: int = 1

    @property
    def kind(self) -> tuple[object, ...]:
        """What decides which days are judged together, apart from where blocks begin."""
        weeks = self.week_starts_on if UNITS[self.frequency] == "week" else None
        if self.frequency == "weekdays" and self.every == 1:
            weeks = None
        return self.frequency, self.every, self.weekdays, weeks


@dataclass(frozen=True)
class Rules:
    """What a habit is judged by; pauses are (first day, last day or None)."""

    frequency: Frequency
    target: int
    week_starts_on: int
    starts_on: date
    starting_streak: int | None = None
    starting_streak_on: date | None = None
    weekdays: frozenset[int] | None = None
    every: int = 1
    changes: tuple[Change, ...] = ()
    pauses: tuple[tuple[date, date | None], ...] = ()
    nonexistent: frozenset[date] = frozenset()
    archived_on: date | None = None
    anchored_on: date | None = None  # from where the first schedule counts, if not from starts_on

    def schedule_on(self, day: date) -> Change:
        """The schedule in force on a day."""
        return self._in_force(day)[-1]

    def anchor_on(self, day: date) -> date:
        """The day from which the blocks of the schedule in force on a day are counted.

        It is the first day of the oldest schedule from which on nothing but targets has changed.
        """
        in_force = self._in_force(day)
        anchor = in_force[-1].effective_from
        for one in reversed(in_force):
            if one.kind != in_force[-1].kind:
                break
            anchor = one.effective_from
        return anchor

    def _in_force(self, day: date) -> list[Change]:
        anchor = self.anchored_on or self.starts_on
        first = Change(
            anchor, self.frequency, self.target, self.weekdays, self.every, self.week_starts_on
        )
        return [first, *(change for change in self.changes if change.effective_from <= day)]

    def is_paused(self, day: date) -> bool:
        return any(start <= day and (end is None or day <= end) for start, end in self.pauses)


@dataclass(frozen=True)
class Standing:
    """What one sees looking back from a day; alive_through is None if that is for ever."""

    current: int
    longest: int
    since: date | None
    alive_through: date | None


@dataclass(frozen=True)
class Kept:
    """The columns on the habit's row: its last run, which may be over, and its best."""

    streak: int
    longest: int
    alive_through: date | None


@dataclass(frozen=True)
class Wanted:
    """What is left to do in the period of a day."""

    period_start: date
    period_end: date
    progress: int
    remaining: int
    days_left: int


class Judged(NamedTuple):
    """A period: its days, none for what a starting streak stands for."""

    days: list[date]
    outcome: Outcome


def natural_period(rules: Rules, day: date) -> list[date] | None:
    """The days that the schedule of a day judges together with it, whatever cuts into them."""
    schedule, anchor = rules.schedule_on(day), rules.anchor_on(day)
    if schedule.frequency == "weekdays":
        weeks = _unit("week", day, schedule) - _unit("week", anchor, schedule)
        chosen = day.isoweekday() in (schedule.weekdays or ()) and weeks % schedule.every == 0
        return [day] if chosen else None
    unit = UNITS[schedule.frequency]

    def block(other: date) -> int:
        return (_unit(unit, other, schedule) - _unit(unit, anchor, schedule)) // schedule.every

    days = [day]
    while days[0] > date.min and block(days[0] - DAY) == block(day):
        days.insert(0, days[0] - DAY)
    while days[-1] < date.max and block(days[-1] + DAY) == block(day):
        days.append(days[-1] + DAY)
    return days


UNITS: dict[str, str] = {
    "daily": "day",
    "weekdays": "week",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
}
"""What the blocks of a frequency consist of."""

LONGEST: dict[str, int] = {"day": 1, "week": 7, "month": 31, "year": 366}

NUMBERS: dict[str, Callable[[date, int], int]] = {
    "day": lambda day, _: day.toordinal(),
    "week": lambda day, starts_on: (day.toordinal() - starts_on) // 7,  # ordinal 1 was a Monday
    "month": lambda day, _: 12 * day.year + day.month,
    "year": lambda day, _: day.year,
}
"""How units are numbered; the second argument is the weekday on which weeks start."""


def _unit(name: str, day: date, schedule: Change) -> int:
    return NUMBERS[name](day, schedule.week_starts_on)


def period_of(rules: Rules, day: date, first: date = date.min) -> tuple[list[date], bool] | None:
    """The days that are judged together with `day`, and whether they were cut short."""
    if day < first or (rules.archived_on and day > rules.archived_on):
        return None
    whole = natural_period(rules, day)
    if whole is None:
        return None
    schedule = rules.schedule_on(day)
    days = [
        other
        for other in whole
        if other >= first
        and rules.schedule_on(other) == schedule
        and not (rules.archived_on and other > rules.archived_on)
    ]
    return days, days != whole or rules.archived_on in days


def first_day(rules: Rules, history: History) -> date:
    """The earlier of starts_on and the first done check-in."""
    return min([rules.starts_on, *(day for day, amount in history.items() if amount is not None)])


def outcomes(
    rules: Rules, history: History, as_of: date, known: date | None = None
) -> list[Judged]:
    """Every period from the first day to the as-of day, with its outcome.

    Once a starting streak is there to be seen, all that comes before the period in which it was
    taken over is as many successes, of which nobody knows when they were.

    Args:
        rules: by which to judge.
        history: what is recorded.
        as_of: the day from which one looks back.
        known: the day up to which one knows what happened; default the as-of day.
    """
    return [*_outcomes(rules, frozenset(history.items()), as_of, known or as_of)]


@lru_cache  # a state machine asks for the same several times in a row
def _outcomes(
    rules: Rules, recorded: frozenset[tuple[date, int | None]], as_of: date, known: date
) -> tuple[Judged, ...]:
    rules, history = _known(rules, dict(recorded), known)
    first = day = _judged_from(rules, history, as_of)
    judged = [Judged([], "success")] * (rules.starting_streak or 0)
    while day <= as_of:
        period = period_of(rules, day, first)
        if period is not None:
            days, partial = period
            judged.append(Judged(days, _outcome(rules, history, days, as_of, partial=partial)))
            day = days[-1]
        if day == date.max:
            break
        day += DAY
    return tuple(judged)


def _judged_from(rules: Rules, history: History, as_of: date) -> date:
    """The first day that is judged: the habit's, unless it came with a streak."""
    if not rules.starting_streak_on:
        return first_day(rules, history)
    day = rules.starting_streak_on
    while (period := period_of(rules, day)) is None and day < as_of:
        day += DAY
    return day if period is None else period[0][0]


def horizon(rules: Rules, history: History, as_of: date) -> date:
    """A day so late that every period after it is like the one before."""
    days = [as_of, rules.starts_on, *history, *(change.effective_from for change in rules.changes)]
    days += [day for pause in rules.pauses for day in pause if day is not None]
    days += [day for day in (rules.starting_streak_on, rules.archived_on) if day is not None]
    newest = rules.schedule_on(date.max)
    longest = LONGEST[UNITS[newest.frequency]] * newest.every
    return date.fromordinal(min(max(days).toordinal() + 2 * max(longest, 31), date.max.toordinal()))


def standing(rules: Rules, history: History, as_of: date) -> Standing:
    """The streaks on a day; what was recorded for later days is ignored."""
    judged = outcomes(rules, history, as_of)
    current, since = _current(judged)
    alive_through = _alive_through(rules, history, as_of) if current else None
    return Standing(current, max(map(len, _runs(judged)), default=0), since, alive_through)


def kept(rules: Rules, history: History) -> Kept:
    """What the habit's row must say: its last run, though it may be over, and its best."""
    events = [*history, *([rules.starting_streak_on] if rules.starting_streak_on else [])]
    if not events:
        return Kept(0, 0, None)
    runs = _runs(outcomes(rules, history, horizon(rules, history, max(events)), max(events)))
    if not runs:
        return Kept(0, 0, None)
    alive_through = _alive_through(rules, history, max(events))
    return Kept(len(runs[-1]), max(map(len, runs)), alive_through)


def best_runs(rules: Rules, history: History, as_of: date) -> list[tuple[int, date | None, date]]:
    """Length, first and last day of every run, the longest first, of equal ones the latest."""
    found: list[tuple[int, date | None, date]] = []
    for run in _runs(outcomes(rules, history, as_of)):
        start = run[0].days[0] if run[0].days else None
        taken_over = rules.starting_streak_on or date.max
        end = run[-1].days[-1] if run[-1].days else max(taken_over, date.min + DAY) - DAY
        found.append((len(run), start, min(end, as_of)))
    return sorted(found, key=lambda run: (run[0], run[2]), reverse=True)


def wanted(rules: Rules, history: History, day: date) -> Wanted | None:
    """What the habit still wants on a day, or None if it is not due."""
    history = {on: amount for on, amount in history.items() if on <= day}
    if first_day(rules, history) > day or rules.archived_on == day:
        return None
    rules, _ = _known(rules, history, day)
    period = period_of(rules, day, _judged_from(rules, history, day))
    if period is None:
        return None
    days, _ = period
    progress = _progress(history, days)
    target = rules.schedule_on(day).target
    if not _is_open(rules, history, day) or progress >= target:
        return None
    if _too_few_open(rules, history, days):
        return None
    left = [other for other in days if other >= day and _is_open(rules, history, other)]
    return Wanted(days[0], days[-1], progress, target - progress, len(left))


def completion(
    rules: Rules, history: History, first: date, last: date, today: date
) -> tuple[int, int]:
    """Successes and failures among the periods that start in a range."""
    judged = [
        period.outcome
        for period in outcomes(rules, history, today)
        if period.days and first <= period.days[0] <= last
    ]
    return judged.count("success"), judged.count("fail")


def calendar_day(
    rules: Rules, history: History, day: date, today: date
) -> tuple[str, int, int | None, bool | None]:
    """What a calendar shows for a day: status and amount, and its period's target and if it is met.

    What is recorded after today is shown on its day, and counts for no period yet.
    """
    amount = history.get(day) or 0
    rules, known = _known(rules, history, today)
    judged = outcomes(rules, known, max(day, today), date.max)
    days = next((period.days for period in judged if day in period.days), None)
    target = met = None
    if days is not None:
        target = rules.schedule_on(day).target
        met = _progress(known, days) >= target
    if day in history:
        return "skipped" if history[day] is None else "done", amount, target, met
    return _status(rules, known, judged, day, today), amount, target, met


def _status(rules: Rules, history: History, judged: list[Judged], day: date, today: date) -> str:
    """The status of a day on which nothing is recorded."""
    for period in judged:
        if day not in period.days or day in rules.nonexistent:
            continue
        if rules.is_paused(day):
            return "paused"
        if period.days[-1] < today:
            return "missed" if period.outcome == "fail" else "not_due"
        is_archived = rules.archived_on is not None and rules.archived_on <= today
        if period.outcome == "success" or is_archived or _too_few_open(rules, history, period.days):
            return "not_due"
        return "pending"
    return "not_due"


def _known(rules: Rules, history: History, as_of: date) -> tuple[Rules, History]:
    """What has happened by the end of a day."""
    if rules.starting_streak_on and rules.starting_streak_on > as_of:
        rules = replace(rules, starting_streak=None, starting_streak_on=None)
    return rules, {day: amount for day, amount in history.items() if day <= as_of}


def _outcome(
    rules: Rules, history: History, days: list[date], as_of: date, *, partial: bool
) -> Outcome:
    if _progress(history, days) >= rules.schedule_on(days[0]).target:
        return "success"
    if partial or _too_few_open(rules, history, days):
        return "neutral"
    return "pending" if as_of in days else "fail"


def _progress(history: History, days: list[date]) -> int:
    return sum(history.get(day) or 0 for day in days)


def _is_open(rules: Rules, history: History, day: date) -> bool:
    skipped = day in history and history[day] is None
    return not skipped and not rules.is_paused(day) and day not in rules.nonexistent


def _too_few_open(rules: Rules, history: History, days: list[date]) -> bool:
    open_days = [day for day in days if _is_open(rules, history, day)]
    return len(open_days) < min(rules.schedule_on(days[0]).target, len(days))


def _current(judged: list[Judged]) -> tuple[int, date | None]:
    current = 0
    since: date | None = None
    for period in reversed(judged):
        if period.outcome == "fail":
            break
        if period.outcome == "success":
            current, since = current + 1, period.days[0] if period.days else None
    return current, since


def _runs(judged: list[Judged]) -> list[list[Judged]]:
    """The successes, parted where a period failed."""
    runs: list[list[Judged]] = [[]]
    for period in judged:
        if period.outcome == "success":
            runs[-1].append(period)
        elif period.outcome == "fail":
            runs.append([])
    return [run for run in runs if run]


def _alive_through(rules: Rules, history: History, as_of: date) -> date | None:
    """The last day of the first period after the last success that fails in the end."""
    end = horizon(rules, history, as_of)
    judged = outcomes(rules, history, end, as_of)
    while judged and judged[-1].outcome != "success":
        judged.pop()
    for period in outcomes(rules, history, end, as_of)[len(judged) :]:
        if period.outcome == "fail" and period.days[-1] < date.max:
            return period.days[-1]
    return None


def days_between(start: date, end: date) -> Iterator[date]:
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        yield date.fromordinal(ordinal)
