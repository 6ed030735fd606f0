"""Strength: the formula of Loop Habit Tracker, by the schedules, pauses and amounts of a habit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.domain.histories import (
    WINDOW,
    Case,
    begun_rules,
    cases,
    clamp,
    recorded_days,
)
from tests.support import oracle
from tests.support.oracle import Change, History, Rules
from trackercore.domain.frequency import FREQUENCIES, Direction, Frequency
from trackercore.domain.strength import approaches, strengths

MONDAY = date(2024, 3, 4)
DAY = timedelta(days=1)


def strength(rules: Rules, history: History, *days: date, unit: bool = False) -> list[float]:
    """The strength on some days, as it is seen from the last one."""
    begun, recorded = begun_rules(rules, history, days[-1]), recorded_days(history)
    found = strengths(begun, recorded, days[0], days[-1], has_unit=unit)
    by_day = dict(zip(oracle.days_between(days[0], days[-1]), found, strict=True))
    return [by_day[day] for day in days]


def done_on(start: date, *amounts: int | None) -> dict[date, int | None]:
    """Amounts of days in a row, from a day on; None skips one."""
    return {start + n * DAY: amount for n, amount in enumerate(amounts)}


def daily(**more: Any) -> Rules:
    return replace(Rules("daily", 1, 1, MONDAY), **more)


def quitting(case: Case) -> Case:
    """The same with every target at most as strict as it can be."""
    rules = case.rules
    if rules.direction == "at_most":
        rules = replace(rules, target=0)
    strict = (
        each._replace(target=0) if each.direction == "at_most" else each for each in rules.changes
    )
    return case._replace(rules=replace(rules, changes=tuple(strict)))


with_quitting = cases() | cases().map(quitting)


@given(with_quitting, st.booleans(), st.integers(-20, WINDOW), st.integers(0, WINDOW))
def test_the_strength_of_every_day_is_that_of_the_slow_oracle(
    case: Case, has_unit: bool, begin: int, length: int
) -> None:
    rules, history, as_of = case
    known = {day: amount for day, amount in history.items() if day <= as_of}
    first = clamp(as_of, begin)
    last = clamp(first, length)
    found = strengths(
        begun_rules(rules, known, as_of), recorded_days(known), first, last, has_unit=has_unit
    )
    expected = oracle.strengths(rules, history, as_of, last, has_unit=has_unit)
    before = 1.0 if rules.direction == "at_most" else 0.0
    latest = max(expected, default=None)
    for day, strength in zip(oracle.days_between(first, last), found, strict=True):
        on = min(day, latest) if latest is not None else day
        assert strength == pytest.approx(expected.get(on, before), abs=1e-9)
        event(f"strength {round(strength, 1)}")


@given(with_quitting, st.booleans(), st.integers(0, WINDOW))
def test_the_strength_of_a_day_does_not_depend_on_the_range(
    case: Case, has_unit: bool, length: int
) -> None:
    rules, history, as_of = case
    begun, recorded = begun_rules(rules, history, as_of), recorded_days(history)
    first = clamp(as_of, -length)
    in_range = [*strengths(begun, recorded, first, as_of, has_unit=has_unit)]
    assert [*strengths(begun, recorded, as_of, as_of, has_unit=has_unit)] == in_range[-1:]
    assert all(0 <= strength <= 1 for strength in in_range)


@given(with_quitting, st.booleans(), st.integers(-20, WINDOW))
def test_what_is_recorded_later_changes_no_strength(
    case: Case, has_unit: bool, offset: int
) -> None:
    rules, history, as_of = case
    begun, day = begun_rules(rules, history, as_of), clamp(as_of, offset)
    known = {on: amount for on, amount in history.items() if on <= day}
    of_all, of_known = (
        [*strengths(begun, recorded_days(entries), day, day, has_unit=has_unit)]
        for entries in (history, known)
    )
    assert of_all == of_known


def test_a_perfect_daily_habit_is_at_half_after_13_days_and_at_four_fifths_after_30() -> None:
    after_13, after_30 = MONDAY + 12 * DAY, MONDAY + 29 * DAY
    found = strength(daily(), done_on(MONDAY, *[1] * 30), after_13, after_30)
    assert found == [pytest.approx(0.5), pytest.approx(0.798, abs=0.001)]


def test_it_has_the_numbers_of_loop_habit_tracker() -> None:
    """Those that its own tests have, in `ScoreListTest.kt`, for the days that a test is about."""
    last = MONDAY + 19 * DAY
    twenty = done_on(MONDAY, *[1] * 20)
    (found,) = strength(daily(), twenty, last)
    assert found == pytest.approx(0.655747, abs=1e-6)
    skipped = {**twenty, **dict.fromkeys((last - n * DAY for n in (5, 10, 11)), None)}
    assert strength(daily(), skipped, last - 5 * DAY, last) == [
        pytest.approx(0.472617, abs=1e-6),
        pytest.approx(0.596033, abs=1e-6),
    ]
    assert strength(daily(), done_on(MONDAY, 1, None, 0), MONDAY + DAY, MONDAY + 2 * DAY) == [
        pytest.approx(0.051922, abs=1e-6),
        pytest.approx(0.049226, abs=1e-6),
    ]
    every_second = daily(every=2)
    two = done_on(MONDAY, 1, 1)
    assert strength(every_second, two, MONDAY + DAY) == [pytest.approx(0.054816, abs=1e-6)]
    measured = done_on(MONDAY, 2, 2)
    (found,) = strength(daily(every=2, target=2), measured, MONDAY + DAY, unit=True)
    assert found == pytest.approx(0.072631, abs=1e-6)


def test_two_of_three_times_a_week_comes_to_two_thirds() -> None:
    rules = Rules("weekly", 3, 1, MONDAY)
    history = done_on(MONDAY, *[1, 1, 0, 0, 0, 0, 0] * 100)
    assert strength(rules, history, max(history)) == [pytest.approx(2 / 3)]


def test_half_of_the_amount_comes_to_a_half_and_more_than_the_target_to_no_more() -> None:
    rules = daily(target=10)
    for amount, share in ((5, 0.5), (10, 1.0), (10_000, 1.0)):
        history = done_on(MONDAY, *[amount] * 600)
        for unit in (False, True):
            found = strength(rules, history, max(history), unit=unit)
            assert found == [pytest.approx(share)]


def test_one_miss_weakens_a_habit_a_little() -> None:
    history = done_on(MONDAY, *[1] * 60, 0)
    before, after = strength(daily(), history, max(history) - DAY, max(history))
    assert before - 0.06 < after < before


def test_pauses_and_nonexistent_days_leave_it_as_it_is() -> None:
    history = done_on(MONDAY, *[1] * 10)
    last, later = MONDAY + 9 * DAY, MONDAY + 400 * DAY
    paused = daily(pauses=((MONDAY + 10 * DAY, None),))
    before, after = strength(paused, history, last, later)
    assert before == after
    nonexistent = daily(nonexistent=frozenset({MONDAY + 10 * DAY}))
    before, after = strength(nonexistent, history, last, MONDAY + 10 * DAY)
    assert before == after


def test_the_archived_day_counts_and_no_later_one() -> None:
    rules = daily(archived_on=MONDAY + 10 * DAY)
    days = [MONDAY + n * DAY for n in (9, 10, 11, 400)]
    done, archived, *later = strength(rules, done_on(MONDAY, *[1] * 10), *days)
    assert archived < done
    assert later == [archived, archived]


def test_a_new_schedule_keeps_the_strength_and_changes_how_fast_it_moves() -> None:
    history = done_on(MONDAY, *[1] * 30)
    on = MONDAY + 30 * DAY
    changed = daily(changes=(Change(on, "weekly", 1),))
    days = (on - DAY, on + 30 * DAY)
    before, as_daily = strength(daily(), history, *days)
    same, as_weekly = strength(changed, history, *days)
    assert same == before
    assert as_weekly > as_daily


def test_a_new_schedule_counts_what_was_done_before_it() -> None:
    on = MONDAY + 7 * DAY
    changed = Rules(
        "weekdays", 1, 1, MONDAY, weekdays=frozenset({1}), changes=(Change(on, "weekly", 1),)
    )
    tuesdays = {MONDAY + DAY: 1}
    before, after = strength(changed, tuesdays, on - DAY, on)
    assert before == 0
    assert after == pytest.approx(0.5 * (1 - 0.5 ** (7**-0.5 / 13)))


def test_a_habit_to_quit_begins_strong_and_falls_with_each_slip() -> None:
    quit_it = daily(target=0, direction="at_most")
    slip = MONDAY + 17 * DAY
    history = {slip: 1, MONDAY - DAY: 1}  # before its first day: that counts for nothing
    days = (MONDAY - 2 * DAY, MONDAY, slip - DAY, slip, slip + DAY)
    *strong, slipped, after = strength(quit_it, history, *days)
    assert strong == [1, 1, 1]
    assert slipped == pytest.approx(0.5 ** (1 / 13))
    assert slipped < after < 1


@pytest.mark.parametrize(("amount", "share"), [(0, 1), (2, 1), (3, 0.5), (4, 0), (9, 0)])
def test_at_most_it_falls_from_the_target_to_twice_the_target(amount: int, share: float) -> None:
    coffee = daily(target=2, direction="at_most")
    history = done_on(MONDAY, *[amount] * 500)
    assert strength(coffee, history, max(history)) == [pytest.approx(share)]


def test_at_most_what_is_done_in_a_pause_does_not_count() -> None:
    coffee = Rules("weekly", 2, 1, MONDAY, direction="at_most", pauses=((MONDAY, MONDAY + DAY),))
    (found,) = strength(coffee, done_on(MONDAY, 9, 9), MONDAY + 5 * DAY)
    assert found == 1


def test_days_count_that_reach_the_minimum() -> None:
    rules = Rules("monthly", 30, 1, date(2023, 1, 1), counts="days", day_minimum=Decimal(2))
    enough = done_on(date(2023, 1, 1), *[2] * 730)
    assert strength(rules, enough, date(2024, 2, 29)) == [pytest.approx(1.0, abs=0.01)]
    too_little = {day: Decimal("1.999") for day in enough}
    assert strength(rules, too_little, date(2024, 2, 29)) == [0]


def test_only_chosen_weekdays_count() -> None:
    rules = Rules("weekdays", 1, 1, MONDAY, weekdays=frozenset({1, 4}))
    chosen = {MONDAY + n * DAY: 1 for n in range(700) if n % 7 in (0, 3)}
    others = {MONDAY + n * DAY: 1 for n in range(700) if n % 7 not in (0, 3)}
    last = MONDAY + 699 * DAY
    assert strength(rules, chosen, last) == [pytest.approx(1.0)]
    assert strength(rules, others, last) == [0]


@pytest.mark.slow
@pytest.mark.parametrize("direction", ["at_least", "at_most"])
@pytest.mark.parametrize("every", [1, 5])
@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_long_gaps_are_as_if_every_day_were_looked_at(
    frequency: Frequency, every: int, direction: Direction
) -> None:
    weekdays = frozenset({1, 2}) if FREQUENCIES[frequency].has_weekdays else None
    begins, last = date(1990, 1, 1), date(2009, 12, 31)
    rules = Rules(frequency, 1, 1, begins, every=every, weekdays=weekdays, direction=direction)
    rules = replace(rules, pauses=((date(2004, 2, 1), date(2004, 12, 31)),))
    history = {
        **done_on(date(1990, 2, 5), *[3] * 90),
        date(1996, 2, 26): 1,
        date(2003, 12, 30): None,
        date(2004, 1, 27): 2,
    }
    begun, recorded = begun_rules(rules, history, last), recorded_days(history)
    expected = oracle.strengths(rules, history, last, last, has_unit=False)
    found = strengths(begun, recorded, begins, last, has_unit=False)
    assert [*found] == pytest.approx([*expected.values()], abs=1e-9)
    assert max(expected.values()) - min(expected.values()) > 0.1


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_two_thousand_years_are_a_few_steps(frequency: Frequency, every: int, unit: bool) -> None:
    weekdays = frozenset({2}) if FREQUENCIES[frequency].has_weekdays else None
    rules = Rules(frequency, 1, 1, date.min, every=every, weekdays=weekdays)
    history: dict[date, int | None] = {date(1, 1, 2): 1, date(1000, 5, 5): None, MONDAY: 1}
    begun = begun_rules(rules, history, date.max)
    steps = [*approaches(begun, recorded_days(history), date.max, has_unit=unit)]
    assert steps[0].first == 1
    assert steps[-1].last == date.max.toordinal()
    assert len(steps) < 1_000
    if FREQUENCIES[frequency].unit.alike:
        assert len(steps) < 20
