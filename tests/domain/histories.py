"""Hypothesis strategies: habits and their histories, dense enough for long streaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.support.oracle import Amount, Change, History, Rules
from trackercore import Frequency, ScheduleChange
from trackercore.domain.amount import amount_of, thousandths
from trackercore.domain.frequency import FREQUENCIES, Schedule
from trackercore.domain.habit_rules import (
    HabitRules,
    Pause,
    StartingStreak,
    merged_pauses,
    versions_of,
)
from trackercore.domain.recorded_days import DayEntry, RecordedDays
from trackercore.domain.streak import StreakState, streak_state
from trackercore.testing.strategies import schedule_changes

# Ordinary weeks, the turn of a year with 53 ISO weeks, and both ends of the calendar.
ANCHORS = [date(2024, 3, 4), date(2024, 2, 12), date(2020, 12, 20), date.min, date.max]

WINDOW = 42

NOTHING, SKIPPED, ZERO, HALF = -2, -1, Decimal(0), Decimal("0.5")


class Case(NamedTuple):
    """A habit, what was recorded, and a day to look back from."""

    rules: Rules
    history: History
    as_of: date


def clamp(anchor: date, offset: int) -> date:
    """The date so many days away, or the calendar's end."""
    return date.fromordinal(min(max(anchor.toordinal() + offset, 1), date.max.toordinal()))


def schedule_of(change: Change) -> Schedule:
    """The same schedule, as the package has it, without its place in the calendar."""
    return Schedule(
        change.frequency,
        thousandths(change.target),
        change.every,
        change.weekdays or frozenset(),
        change.week_starts_on,
        direction=change.direction,
        counts=change.counts,
        day_minimum=thousandths(change.day_minimum or 0) or 1,
        allowed_misses=change.allowed_misses,
    )


def schedule(frequency: Frequency, target: int = 1, **more: Any) -> Schedule:
    """A schedule with a whole target."""
    return Schedule(frequency, thousandths(target), **more)


def is_at_least(rules: Rules) -> bool:
    """Whether every schedule of the habit is."""
    return all(change.direction == "at_least" for change in rules.schedules)


def rules_from(rules: Rules) -> HabitRules:
    """What the habit is judged by, as the package has it."""
    first = rules.schedule_on(date.min)
    return HabitRules(
        versions=versions_of(
            (change.effective_from, schedule_of(change)) for change in (first, *rules.changes)
        ),
        pauses=tuple(Pause(*pause) for pause in rules.pauses),
        nonexistent_dates=tuple(sorted(rules.nonexistent)),
        archived_on=rules.archived_on,
        starts_on=rules.starts_on,
        starting_streak=starting_streak_of(rules),
    )


def begun_rules(rules: Rules, history: History, today: date) -> HabitRules:
    """The same as they are seen from a day, with the habit's first day."""
    done = min((day for day, amount in history.items() if amount), default=None)
    return rules_from(rules).begun(done, today)


def starting_streak_of(rules: Rules) -> StartingStreak | None:
    """What the habit came with, as the package has it."""
    if rules.starting_streak is None or rules.starting_streak_on is None:
        return None
    return StartingStreak(rules.starting_streak, rules.starting_streak_on)


def entries_of(history: History) -> list[DayEntry]:
    """What was recorded, as the package has it."""
    return [entry(day, amount) for day, amount in sorted(history.items(), key=lambda on: on[0])]


def entry(day: date, amount: Amount | None) -> DayEntry:
    """One recorded day, as the package has it."""
    return DayEntry(day, None if amount is None else thousandths(amount))


def recorded_days(history: History) -> RecordedDays:
    """The same, as streaks are counted from it."""
    return RecordedDays.of(entries_of(history))


def fold(rules: Rules, history: History, as_of: date = date.max) -> StreakState:
    """What the package makes of a history."""
    return streak_state(rules_from(rules), recorded_days(history), as_of)


def changes(
    effective_from: date, target: Amount, frequencies: Sequence[Frequency] = tuple(FREQUENCIES)
) -> st.SearchStrategy[Change]:
    """Any schedule from a day on, of periods that are short enough to be counted by hand."""

    def of(frequency: Frequency) -> st.SearchStrategy[ScheduleChange]:
        most = max(2, min(12, 60 // FREQUENCIES[frequency].unit.longest))
        return schedule_changes(
            frequencies=[frequency],
            targets=st.just(target),
            max_every=most,
            day_minimums=st.none() | st.sampled_from([Decimal("0.5"), Decimal(2)]),
            max_allowed_misses=3,
        )

    return st.sampled_from(frequencies).flatmap(of).map(lambda new: change_of(effective_from, new))


def change_of(effective_from: date, schedule: ScheduleChange) -> Change:
    """A schedule from a day on, as the oracle has it."""
    minimum = schedule.day_minimum
    return Change(
        effective_from,
        schedule.frequency,
        amount_of(thousandths(schedule.target)),
        None if schedule.weekdays is None else frozenset(schedule.weekdays),
        schedule.every,
        schedule.week_starts_on or 1,
        schedule.direction,
        schedule.counts,
        None if minimum is None else amount_of(thousandths(minimum)),
        schedule.allowed_misses,
    )


def rules_of_first(first: Change, **more: Any) -> Rules:
    """A habit with a first schedule."""
    fields: dict[str, Any] = {"starts_on": first.effective_from, **first._asdict(), **more}
    del fields["effective_from"]
    return Rules(**fields)


@st.composite
def pauses(draw: st.DrawFn, anchor: date) -> tuple[tuple[date, date | None], ...]:
    """Up to three pauses around the days of a history, that neither overlap nor touch."""
    found: tuple[Pause, ...] = ()
    for _ in range(draw(st.integers(0, 3))):
        start = clamp(anchor, draw(st.integers(-10, WINDOW + 10)))
        length = draw(st.integers(0, 6) | st.integers(0, 30) | st.none())
        pause = Pause(start, None if length is None else clamp(start, length))
        found = merged_pauses([*found, pause])
    return tuple((pause.starts_on, pause.ends_on) for pause in found)


@st.composite
def rules_around(draw: st.DrawFn, anchor: date) -> Rules:
    """A habit with any schedule, changes of it, pauses, nonexistent dates, a start and an end."""
    target = draw(st.integers(1, 4) | st.integers(1, 9))
    starts_on = clamp(anchor, draw(st.integers(-20, WINDOW + 10)))
    first = draw(changes(starts_on, target))
    rules = rules_of_first(first, pauses=draw(st.just(()) | pauses(anchor)))
    if draw(st.booleans()):
        offsets = draw(st.lists(st.integers(-5, WINDOW + 10), max_size=3, unique=True))
        days = sorted({clamp(anchor, offset) for offset in offsets})
        days = [day for day in days if day > starts_on]  # before, it would have replaced the first
        later = [draw(changes(day, draw(st.sampled_from([target, 1, 2])))) for day in days]
        rules = replace(rules, changes=tuple(later))
    if draw(st.integers(0, 3)) == 0:
        nonexistent = draw(st.sets(st.integers(0, WINDOW), max_size=2))
        rules = replace(
            rules, nonexistent=frozenset(clamp(anchor, offset) for offset in nonexistent)
        )
    if draw(st.integers(0, 3)) == 0:
        rules = replace(rules, archived_on=clamp(anchor, draw(st.integers(-5, WINDOW + 10))))
    if draw(st.integers(0, 2)) == 0:
        on = clamp(anchor, draw(st.integers(-20, WINDOW + 10)))
        rules = replace(rules, starting_streak=draw(st.integers(1, 6)), starting_streak_on=on)
    return rules


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """First days, starting streaks and as-of days before, inside and after the history."""
    anchor = draw(st.sampled_from(ANCHORS))
    if anchor == date.max:
        anchor = clamp(anchor, -draw(st.integers(0, WINDOW)))
    rules = draw(rules_around(anchor))
    # Often the whole target at once: otherwise few periods of a high target succeed.
    amounts = st.sampled_from([rules.target, rules.target, NOTHING, SKIPPED, 1, 3, HALF, ZERO])
    codes = draw(st.lists(amounts, max_size=WINDOW))
    history = {
        clamp(anchor, offset): None if code == SKIPPED else code
        for offset, code in enumerate(codes)
        if code != NOTHING
    }
    return Case(rules, history, clamp(anchor, draw(st.integers(-15, WINDOW + 20))))
