"""Hypothesis strategies: habits and their histories, dense enough for long streaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from hypothesis import strategies as st

from tests.support.oracle import History, Rules
from trackercore.domain.schedule import Schedule
from trackercore.domain.streak import Mark, Start, Tally, tally

# Ordinary weeks, the turn of a year with 53 ISO weeks, and both ends of the calendar.
ANCHORS = [date(2024, 3, 4), date(2020, 12, 20), date.min, date.max]

WINDOW = 42

NOTHING, SKIPPED = 0, -1


class Case(NamedTuple):
    """A habit, what was recorded, and a day to look back from."""

    rules: Rules
    history: History
    as_of: date


def clamp(anchor: date, offset: int) -> date:
    """The date so many days away, or the calendar's end."""
    return date.fromordinal(min(max(anchor.toordinal() + offset, 1), date.max.toordinal()))


def schedule_of(rules: Rules) -> Schedule:
    """The same habit, as the package has it."""
    return Schedule(rules.frequency, rules.target, rules.week_starts_on)


def start_of(rules: Rules) -> Start | None:
    """What the habit came with, as the package has it."""
    if rules.starting_streak is None or rules.starting_streak_on is None:
        return None
    return Start(rules.starting_streak, rules.starting_streak_on)


def fold(rules: Rules, history: History, as_of: date = date.max) -> Tally:
    """What the package makes of a history."""
    marks = [
        Mark(day, "done", amount) if amount is not None else Mark(day, "skipped", 1)
        for day, amount in sorted(history.items())
    ]
    return tally(schedule_of(rules), rules.starts_on, marks, as_of, start_of(rules))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """First days, starting streaks and as-of days before, inside and after the history."""
    anchor = draw(st.sampled_from(ANCHORS))
    if anchor == date.max:
        anchor = clamp(anchor, -draw(st.integers(0, WINDOW)))
    target = draw(st.integers(1, 9))
    rules = Rules(
        frequency=draw(st.sampled_from(["daily", "weekly"])),
        target=target,
        week_starts_on=draw(st.integers(1, 7)),
        starts_on=clamp(anchor, draw(st.integers(-20, WINDOW + 10))),
    )
    if draw(st.booleans()):
        on = clamp(anchor, draw(st.integers(-20, WINDOW + 10)))
        streak = draw(st.integers(1, 6))
        rules = replace(rules, starting_streak=streak, starting_streak_on=on)
    # Often the whole target at once: otherwise few periods of a high target succeed.
    amounts = st.sampled_from([target, target, NOTHING, SKIPPED, 1, 3])
    codes = draw(st.lists(amounts, max_size=WINDOW))
    history = {
        clamp(anchor, offset): None if code == SKIPPED else code
        for offset, code in enumerate(codes)
        if code != NOTHING
    }
    return Case(rules, history, clamp(anchor, draw(st.integers(-15, WINDOW + 20))))
