"""By weekday: how often a habit was done, of how often it could have been."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from tests.domain.histories import WINDOW, Case, begun_rules, cases, clamp, recorded_days
from tests.support import oracle
from tests.support.oracle import History, Rules
from trackercore.domain.weekdays import DoneOf, done_by_weekday

MONDAY = date(2024, 3, 4)
DAY = timedelta(days=1)
SUNDAY = MONDAY + 6 * DAY


def counts(rules: Rules, history: History, last: date, today: date) -> list[DoneOf]:
    """The days from that Monday on."""
    begun = begun_rules(rules, history, today)
    return [*done_by_weekday(begun, recorded_days(history), MONDAY, last, today)]


@given(cases(), st.integers(-WINDOW, WINDOW), st.integers(0, WINDOW))
def test_the_counts_are_those_of_plain_loops(case: Case, begin: int, length: int) -> None:
    rules, history, today = case
    known = {day: amount for day, amount in history.items() if day <= today}
    first = clamp(today, begin)
    last = clamp(first, length)
    begun = begun_rules(rules, known, today)
    found = done_by_weekday(begun, recorded_days(known), first, last, today)
    event(f"done: {sum(done for done, _ in found)}")
    assert found == oracle.by_weekday(rules, history, first, last, today)


def test_a_day_that_was_done_is_possible_and_today_only_then() -> None:
    rules = Rules("weekdays", 1, 1, MONDAY, weekdays=frozenset({1, 2, 3}))
    tuesday, friday = MONDAY + DAY, MONDAY + 4 * DAY
    history = {MONDAY: 1, friday: 1}
    assert counts(rules, history, SUNDAY, tuesday) == [(1, 1)] + [(0, 0)] * 6
    later = [(1, 1), (0, 1), (0, 1), (0, 0), (1, 1), (0, 0), (0, 0)]
    assert counts(rules, history, SUNDAY, SUNDAY) == later
    assert counts(rules, {**history, tuesday: 1}, SUNDAY, tuesday)[1] == (1, 1)


def test_days_that_are_skipped_paused_or_nonexistent_were_not_possible() -> None:
    rules = Rules(
        "daily",
        1,
        1,
        MONDAY + DAY,
        pauses=((MONDAY + 2 * DAY, MONDAY + 3 * DAY),),
        nonexistent=frozenset({MONDAY + 4 * DAY}),
        archived_on=MONDAY + 5 * DAY,
    )
    history = {MONDAY + 3 * DAY: 1, MONDAY + 5 * DAY: None}
    expected = [(0, 0), (0, 1), (0, 0), (1, 1), (0, 0), (0, 0), (0, 0)]
    assert counts(rules, history, SUNDAY, SUNDAY + 7 * DAY) == expected


def test_where_days_count_those_that_reach_the_minimum_are_done() -> None:
    rules = Rules("weekly", 3, 1, MONDAY, counts="days", day_minimum=2)
    history = {MONDAY: 2, MONDAY + DAY: 1}
    assert counts(rules, history, MONDAY + DAY, SUNDAY)[:2] == [(1, 1), (0, 1)]
