"""What a habit's history comes to, worked out slowly: every day, every period, in plain loops.

It is written from the rules alone and shares nothing with the package, so that an error would have
to be made twice to go unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from trackercore import Counts, Direction, Frequency

DAY = timedelta(days=1)

Amount = int | Decimal

History = Mapping[date, Amount | None]
"""Recorded days: the amount done, or None where the day was skipped."""

Outcome = Literal["success", "neutral", "pending", "fail"]


class Change(NamedTuple):
    """A schedule from a day on, until the next one."""

    effective_from: date
    frequency: Frequency
    target: Amount
    weekdays: frozenset[int] | None = None
    every: int = 1
    week_starts_on: int = 1
    direction: Direction = "at_least"
    counts: Counts = "amount"
    day_minimum: Amount | None = None
    allowed_misses: int = 0

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
    target: Amount
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
    direction: Direction = "at_least"
    counts: Counts = "amount"
    day_minimum: Amount | None = None
    allowed_misses: int = 0

    @property
    def schedules(self) -> tuple[Change, ...]:
        """All schedules, the first one too."""
        return (*self._in_force(date.min), *self.changes)

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
            anchor,
            self.frequency,
            self.target,
            self.weekdays,
            self.every,
            self.week_starts_on,
            self.direction,
            self.counts,
            self.day_minimum,
            self.allowed_misses,
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
    grows_from: date | None = None
    misses: int = 0


@dataclass(frozen=True)
class Wanted:
    """What is left to do in the period of a day."""

    period_start: date
    period_end: date
    progress: Amount
    remaining: Amount
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
    """The earlier of starts_on and the first day with an amount; at most, it is starts_on."""
    if rules.direction == "at_most":
        return rules.starts_on
    return min([rules.starts_on, *(day for day, amount in history.items() if amount)])


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
    rules: Rules, recorded: frozenset[tuple[date, Amount | None]], as_of: date, known: date
) -> tuple[Judged, ...]:
    rules, history = _known(rules, dict(recorded), known)
    first = day = _judged_from(rules, history, as_of)
    judged = [Judged([], "success")] * (rules.starting_streak or 0)
    while day <= as_of:
        period = period_of(rules, day, first)
        if period is not None:
            days, partial = period
            judged.append(Judged(days, outcome_of(rules, history, days, as_of, partial=partial)))
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
    longest = max(LONGEST[UNITS[newest.frequency]] * newest.every, 31)
    ahead = (2 + newest.allowed_misses) * longest
    return date.fromordinal(min(max(days).toordinal() + ahead, date.max.toordinal()))


def standing(rules: Rules, history: History, as_of: date) -> Standing:
    """The streaks on a day; what was recorded for later days is ignored."""
    runs = _runs(rules, outcomes(rules, history, as_of))
    longest = max((len(run.successes) for run in runs), default=0)
    if not runs or runs[-1].ended_by is not None:
        return Standing(0, longest, None, None)
    last = runs[-1]
    first_days = last.successes[0].days
    since = first_days[0] if first_days else None
    alive_through = _alive_through(rules, history, as_of, last)
    return Standing(len(last.successes), longest, since, alive_through)


def kept(rules: Rules, history: History) -> Kept:
    """What the row of a habit at least must say: its last run, which may be over, and its best."""
    events = [*history, *([rules.starting_streak_on] if rules.starting_streak_on else [])]
    if not events:
        return Kept(0, 0, None)
    end = horizon(rules, history, max(events))
    runs = _runs(rules, outcomes(rules, history, end, max(events)))
    if not runs:
        return Kept(0, 0, None)
    alive_through = _alive_through(rules, history, max(events), runs[-1])
    longest = max(len(run.successes) for run in runs)
    return Kept(len(runs[-1].successes), longest, alive_through)


def best_runs(rules: Rules, history: History, as_of: date) -> list[tuple[int, date | None, date]]:
    """Length, first and last day of every run, the longest first, of equal ones the latest."""
    found: list[tuple[int, date | None, date]] = []
    for run in (run.successes for run in _runs(rules, outcomes(rules, history, as_of))):
        start = run[0].days[0] if run[0].days else None
        taken_over = rules.starting_streak_on or date.max
        end = run[-1].days[-1] if run[-1].days else max(taken_over, date.min + DAY) - DAY
        found.append((len(run), start, min(end, as_of)))
    return sorted(found, key=lambda run: (run[0], run[2]), reverse=True)


def wanted(rules: Rules, history: History, day: date) -> Wanted | None:
    """What the habit still wants on a day, or None if it is not due."""
    seen = period_seen(rules, history, day)
    if seen is None or seen.status != "pending" or rules.schedule_on(day).direction == "at_most":
        return None
    remaining = seen.target - seen.progress
    return Wanted(seen.days[0], seen.days[-1], seen.progress, remaining, seen.days_left)


class Seen(NamedTuple):
    """How the period of a day stands on that day."""

    status: str
    days: list[date]
    progress: Amount
    target: Amount
    days_left: int


def period_seen(rules: Rules, history: History, day: date) -> Seen | None:
    """How the period of a day stands; None if there is none, or the habit is archived."""
    history = {on: amount for on, amount in history.items() if on <= day}
    if first_day(rules, history) > day or rules.archived_on == day:
        return None
    rules, _ = _known(rules, history, day)
    period = period_of(rules, day, _judged_from(rules, history, day))
    if period is None:
        return None
    days, _ = period
    progress, target = _progress(rules, history, days), _target(rules, days)
    is_at_most = rules.schedule_on(day).direction == "at_most"
    left = [other for other in days if other >= day and _is_open(rules, history, other)]
    status = "pending"
    if is_at_most and progress > target:
        status = "exceeded"
    elif not is_at_most and progress >= target:
        status = "met"
    elif day in history and history[day] is None:
        status = "skipped"
    elif rules.is_paused(day):
        status = "paused"
    elif day in rules.nonexistent or _too_few_open(rules, history, days):
        status = "excused"
    return Seen(status, days, progress, target, len(left))


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
) -> tuple[str, Amount | None, Amount | None, bool | None]:
    """What a calendar shows for a day: status and amount, and its period's target and if it is met.

    What is recorded after today is shown on its day, and counts for no period yet.
    """
    amount = history.get(day)
    rules, known = _known(rules, history, today)
    judged = outcomes(rules, known, max(day, today), date.max)
    days = next((period.days for period in judged if day in period.days), None)
    target = met = None
    is_at_most = rules.schedule_on(day).direction == "at_most"
    if days is not None:
        target, progress = _target(rules, days), _progress(rules, known, days)
        met = progress <= target if is_at_most else progress >= target
    if day in history and amount is None:
        return "skipped", amount, target, met
    if amount and not is_at_most:
        return "done", amount, target, met
    return _status(rules, known, judged, day, today), amount, target, met


def _status(rules: Rules, history: History, judged: list[Judged], day: date, today: date) -> str:
    """The status of a day that has none of its own."""
    for period in judged:
        if day not in period.days or day in rules.nonexistent:
            continue
        if rules.is_paused(day):
            return "paused"
        is_at_most = rules.schedule_on(day).direction == "at_most"
        if is_at_most and period.outcome == "fail":
            return "exceeded"
        if period.days[-1] < today:
            over = {"success": "kept"} if is_at_most else {"fail": "missed"}
            return over.get(period.outcome, "not_due")
        is_archived = rules.archived_on is not None and rules.archived_on <= today
        is_met = period.outcome == "success" and not is_at_most
        if is_met or is_archived or _too_few_open(rules, history, period.days):
            return "not_due"
        return "pending"
    return "not_due"


def _known(rules: Rules, history: History, as_of: date) -> tuple[Rules, History]:
    """What has happened by the end of a day."""
    if rules.starting_streak_on and rules.starting_streak_on > as_of:
        rules = replace(rules, starting_streak=None, starting_streak_on=None)
    return rules, {day: amount for day, amount in history.items() if day <= as_of}


def outcome_of(
    rules: Rules, history: History, days: list[date], as_of: date, *, partial: bool
) -> Outcome:
    schedule = rules.schedule_on(days[0])
    progress, target = _progress(rules, history, days), _target(rules, days)
    is_neutral = partial or _too_few_open(rules, history, days)
    if schedule.direction == "at_most":
        if progress > target:
            return "fail"
        if is_neutral:
            return "neutral"
        return "pending" if as_of in days else "success"
    if progress >= target:
        return "success"
    if is_neutral:
        return "neutral"
    return "pending" if as_of in days else "fail"


def _progress(rules: Rules, history: History, days: list[date]) -> Amount:
    schedule = rules.schedule_on(days[0])
    if schedule.direction == "at_most":
        days = [day for day in days if not rules.is_paused(day)]
    amounts = [history.get(day) or 0 for day in days]
    if schedule.counts == "days":
        return len([1 for amount in amounts if amount and amount >= (schedule.day_minimum or 0)])
    return sum(amounts)


def _target(rules: Rules, days: list[date]) -> Amount:
    """With days, at most the number of days that the whole period has."""
    schedule = rules.schedule_on(days[0])
    if schedule.counts == "days":
        return min(schedule.target, len(natural_period(rules, days[0]) or ()))
    return schedule.target


def _is_open(rules: Rules, history: History, day: date) -> bool:
    skipped = day in history and history[day] is None
    return not skipped and not rules.is_paused(day) and day not in rules.nonexistent


def _too_few_open(rules: Rules, history: History, days: list[date]) -> bool:
    open_days = [day for day in days if _is_open(rules, history, day)]
    if rules.schedule_on(days[0]).direction == "at_most":
        return not open_days
    return len(open_days) < min(_target(rules, days), len(days))


class _Run(NamedTuple):
    """Successes, the position of the first one, and the period that ended them."""

    first: int
    successes: list[Judged]
    ended_by: Judged | None


def _runs(rules: Rules, judged: list[Judged]) -> list[_Run]:
    """The successes, parted where more periods in a row failed than is allowed."""
    runs: list[_Run] = []
    misses = 0
    for position, period in enumerate(judged):
        stands = runs and runs[-1].ended_by is None
        if period.outcome == "success":
            misses = 0
            if not stands:
                runs.append(_Run(position, [], None))
            runs[-1].successes.append(period)
        elif period.outcome == "fail" and stands:
            misses += 1
            if misses > rules.schedule_on(period.days[0]).allowed_misses:
                runs[-1] = runs[-1]._replace(ended_by=period)
    return runs


def _alive_through(rules: Rules, history: History, as_of: date, run: _Run) -> date | None:
    """The last day of the period that ends a run in the end, if nothing more is recorded."""
    end = horizon(rules, history, as_of)
    later = _runs(rules, outcomes(rules, history, end, as_of))
    ended_by = next(each.ended_by for each in later if each.first == run.first)
    if ended_by is None or ended_by.days[-1] == date.max:
        return None
    return ended_by.days[-1]


def strengths(
    rules: Rules, history: History, as_of: date, last: date, *, has_unit: bool
) -> dict[date, float]:
    """The strength on each day from the habit's first one to `last`, as it is seen from a day.

    On other days it is as it was the day before: at first 0, or 1 at most.
    """
    rules, history = _known(rules, history, as_of)
    first, strength = _strong_from(rules, history, last), _weakest(rules)
    history = {day: amount for day, amount in history.items() if day >= first}
    found: dict[date, float] = {}
    block: list[date] | None = None
    for day in days_between(first, min(last, rules.archived_on or last)):
        schedule = rules.schedule_on(day)
        if schedule.frequency in ("monthly", "yearly"):
            if block is None or day not in block or schedule.effective_from == day:
                block = natural_period(rules, day)
            length = len(block or ())
        else:
            length = schedule.every * (1 if schedule.frequency == "daily" else 7)
        if _is_open(rules, history, day):
            strength = _stronger(rules, history, day, length, strength, has_unit=has_unit)
        found[day] = strength
    return found


def _strong_from(rules: Rules, history: History, last: date) -> date:
    """The first day that counts for the strength; after `last` if there is none until then."""
    taken_over = rules.starting_streak_on
    if taken_over is None:
        return first_day(rules, history)
    for day in days_between(taken_over, max(taken_over, last)):
        period = period_of(rules, day)
        if period is not None:
            return period[0][0]
    return date.max


def _weakest(rules: Rules) -> float:
    return 1.0 if rules.direction == "at_most" else 0.0


def _stronger(
    rules: Rules, history: History, day: date, length: int, strength: float, *, has_unit: bool
) -> float:
    """The strength after an open day whose block has so many days."""
    schedule = rules.schedule_on(day)
    target = float(schedule.target)
    if schedule.counts == "days":
        target = min(target, 1 if schedule.frequency == "weekdays" else length)
    if schedule.frequency == "weekdays":
        target *= len(schedule.weekdays or ())
    per_day = 1 / length if has_unit or target == 0 else target / length
    window, wanted = length, target
    if not has_unit and per_day < 1:
        window, wanted = 2 * length, 2 * target
    done = 0.0
    for on, amount in history.items():
        if day.toordinal() - window < on.toordinal() <= day.toordinal():
            done += _counted(rules, schedule, rules.anchor_on(day), on, float(amount or 0))
    if schedule.direction == "at_least":
        share = min(1.0, done / wanted)
    elif wanted == 0:
        share = 1.0 if done == 0 else 0.0
    else:
        share = max(0.0, min(1.0, 1 - (done - wanted) / wanted))
    kept: float = 0.5 ** (per_day**0.5 / 13)
    return strength * kept + share * (1 - kept)


def _counted(rules: Rules, schedule: Change, anchor: date, day: date, amount: float) -> float:
    """What an amount counts for the strength."""
    if schedule.frequency == "weekdays":
        weeks = _unit("week", day, schedule) - _unit("week", anchor, schedule)
        if day.isoweekday() not in (schedule.weekdays or ()) or weeks % schedule.every:
            return 0
    if schedule.direction == "at_most" and rules.is_paused(day):
        return 0
    if schedule.counts == "days":
        return 1 if amount and amount >= float(schedule.day_minimum or 0) else 0
    return amount


def by_weekday(
    rules: Rules, history: History, first: date, last: date, today: date
) -> list[tuple[int, int]]:
    """On how many Mondays, Tuesdays, ... a habit was done, and on how many it could have been."""
    rules, history = _known(rules, history, today)
    begins = _strong_from(rules, history, min(last, today))
    done, possible = [0] * 7, [0] * 7
    for day in days_between(max(first, begins), min(last, today, rules.archived_on or today)):
        amount = history.get(day) or 0
        minimum = rules.schedule_on(day).day_minimum or 0
        if amount and amount >= minimum:
            done[day.isoweekday() - 1] += 1
            possible[day.isoweekday() - 1] += 1
        elif day != today and natural_period(rules, day) and _is_open(rules, history, day):
            possible[day.isoweekday() - 1] += 1
    return [*zip(done, possible, strict=True)]


def days_between(start: date, end: date) -> Iterator[date]:
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        yield date.fromordinal(ordinal)
