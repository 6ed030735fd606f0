"""What a habit's history comes to, worked out slowly: every day, every period, in plain loops.

It is written from the rules alone and shares nothing with the package, so that an error would have
to be made twice to go unseen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

DAY = timedelta(days=1)

History = Mapping[date, int | None]
"""Recorded days: the amount done, or None where the day was skipped."""

Outcome = Literal["success", "neutral", "pending", "fail"]


@dataclass(frozen=True)
class Rules:
    """What a habit is judged by."""

    frequency: Literal["daily", "weekly"]
    target: int
    week_starts_on: int
    starts_on: date
    starting_streak: int | None = None
    starting_streak_on: date | None = None


@dataclass(frozen=True)
class Standing:
    """What one sees looking back from a day."""

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


def period_of(rules: Rules, day: date) -> list[date]:
    """The days that are judged together with `day`; the calendar's ends may cut a week short."""
    if rules.frequency == "daily":
        return [day]
    first = day
    while first.isoweekday() != rules.week_starts_on and first > date.min:
        first -= DAY
    days = [first]
    while days[-1] < date.max and (days[-1] + DAY).isoweekday() != rules.week_starts_on:
        days.append(days[-1] + DAY)
    return days


def first_day(rules: Rules, history: History) -> date:
    """The earlier of starts_on and the first done check-in."""
    return min([rules.starts_on, *(day for day, amount in history.items() if amount is not None)])


def outcomes(rules: Rules, history: History, as_of: date) -> list[tuple[date | None, Outcome]]:
    """Every period from the first day to the as-of day: its first day that counts, and outcome.

    Once a starting streak is there to be seen, all that comes before the period in which it was
    taken over is as many successes, of which nobody knows when they were.
    """
    rules, history = _known(rules, history, as_of)
    first = day = first_day(rules, history)
    judged: list[tuple[date | None, Outcome]] = []
    if rules.starting_streak and rules.starting_streak_on:
        first = day = period_of(rules, rules.starting_streak_on)[0]
        judged = [(None, "success")] * rules.starting_streak
    while day <= as_of:
        days = period_of(rules, day)
        judged.append((day, _outcome(rules, history, days, as_of, clipped=first > days[0])))
        if days[-1] == date.max:
            break
        day = days[-1] + DAY
    return judged


def standing(rules: Rules, history: History, as_of: date) -> Standing:
    """The streaks on a day; what was recorded for later days is ignored."""
    judged = outcomes(rules, history, as_of)
    current, since = _current(judged)
    longest = run = 0
    for _, outcome in judged:
        if outcome == "success":
            run += 1
        elif outcome == "fail":
            run = 0
        longest = max(longest, run)
    alive_through = _alive_through(rules, history, as_of) if current else None
    return Standing(current, longest, since, alive_through)


def kept(rules: Rules, history: History) -> Kept:
    """What the habit's row must say: the last run that stood, as of the day of the last event."""
    events = [*history, *([rules.starting_streak_on] if rules.starting_streak_on else [])]
    if not events:
        return Kept(0, 0, None)
    now = standing(rules, history, max(events))
    for day in sorted(_days(min(events), max(events)), reverse=True):
        then = now if day == max(events) else standing(rules, history, day)
        if then.current:
            return Kept(then.current, now.longest, then.alive_through)
    return Kept(0, now.longest, None)


def wanted(rules: Rules, history: History, day: date) -> Wanted | None:
    """What the habit still wants on a day, or None if it is not due."""
    history = {on: amount for on, amount in history.items() if on <= day}
    days = period_of(rules, day)
    progress = _progress(history, days)
    if first_day(rules, history) > day:
        return None
    if day in history and history[day] is None:
        return None
    if progress >= rules.target or _too_few_open(rules, history, days):
        return None
    return Wanted(days[0], days[-1], progress, rules.target - progress)


def _known(rules: Rules, history: History, as_of: date) -> tuple[Rules, History]:
    """What has happened by the end of a day."""
    if rules.starting_streak_on and rules.starting_streak_on > as_of:
        rules = replace(rules, starting_streak=None, starting_streak_on=None)
    return rules, {day: amount for day, amount in history.items() if day <= as_of}


def _outcome(
    rules: Rules, history: History, days: list[date], as_of: date, *, clipped: bool
) -> Outcome:
    if _progress(history, days) >= rules.target:
        return "success"
    if clipped or _too_few_open(rules, history, days):
        return "neutral"
    return "pending" if as_of in days else "fail"


def _progress(history: History, days: list[date]) -> int:
    return sum(history.get(day) or 0 for day in days)


def _too_few_open(rules: Rules, history: History, days: list[date]) -> bool:
    open_days = [day for day in days if day not in history or history[day] is not None]
    return len(open_days) < min(rules.target, len(days))


def _current(judged: list[tuple[date | None, Outcome]]) -> tuple[int, date | None]:
    current = 0
    since: date | None = None
    for start, outcome in reversed(judged):
        if outcome == "fail":
            break
        if outcome == "success":
            current, since = current + 1, start
    return current, since


def _alive_through(rules: Rules, history: History, as_of: date) -> date:
    rules, history = _known(rules, history, as_of)
    day = as_of
    while day < date.max and _current(outcomes(rules, history, day + DAY))[0]:
        day += DAY
    return day


def _days(start: date, end: date) -> Iterator[date]:
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        yield date.fromordinal(ordinal)
