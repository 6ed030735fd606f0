"""What a history shows: what is wanted on a day, each day's status, and completion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.domain.histories import WINDOW, Case, begun_rules, cases, clamp, entries_of
from tests.support import oracle
from tests.support.oracle import History, Rules, days_between
from trackercore.domain.amount import ONE, amount_of
from trackercore.domain.report import Rate, completion, standing_on, statuses

MONDAY = date(2024, 3, 4)

ranges = st.tuples(st.integers(-25, WINDOW + 15), st.integers(0, 70))


def range_around(case: Case, offset: int, length: int) -> tuple[date, date]:
    first = clamp(min(case.history, default=case.as_of), offset)
    return first, clamp(first, length)


def shown(rules: Rules, history: History, first: date, last: date, today: date) -> list[str]:
    habit_rules = begun_rules(rules, history, today)
    found = statuses(habit_rules, entries_of(history), first, last, today)
    return [f"{day.status} {amount_of(day.amount)}" if day.amount else day.status for day in found]


@given(cases())
def test_what_is_wanted_on_a_day_is_what_the_slow_oracle_says(case: Case) -> None:
    rules, history, day = case
    until = {on: amount for on, amount in history.items() if on <= day}
    found = None
    if oracle.first_day(rules, until) <= day:
        found = standing_on(begun_rules(rules, until, day), day, entries_of(history))
    if found is not None and (
        found.status != "pending" or found.period.schedule.direction == "at_most"
    ):
        event(found.status)
        found = None
    expected = oracle.wanted(rules, history, day)
    event(f"wanted: {expected is not None}")
    if expected is None or found is None:
        assert (found, expected) == (None, None)
        return
    period = found.period
    remaining = amount_of(found.remaining)
    assert expected == oracle.Wanted(
        period.start, period.end, amount_of(found.progress), remaining, found.days_left
    )


@given(cases())
def test_how_a_period_stands_is_what_the_slow_oracle_says(case: Case) -> None:
    rules, history, day = case
    until = {on: amount for on, amount in history.items() if on <= day}
    found = None
    if oracle.first_day(rules, until) <= day:
        found = standing_on(begun_rules(rules, until, day), day, entries_of(history))
    expected = oracle.period_seen(rules, history, day)
    event("none" if expected is None else expected.status)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        amounts = amount_of(found.progress), amount_of(found.period.target)
        assert (found.status, *amounts, found.days_left) == (
            expected.status,
            expected.progress,
            expected.target,
            expected.days_left,
        )


@given(cases(), ranges)
def test_completion_counts_what_the_slow_oracle_counts(
    case: Case, offsets: tuple[int, int]
) -> None:
    rules, history, today = case
    first, last = range_around(case, *offsets)
    seen = {day: amount for day, amount in history.items() if day <= today}
    rate = completion(begun_rules(rules, seen, today), entries_of(seen), first, last, today)
    event(f"failures: {min(rate.failures, 3)}")
    assert rate == oracle.completion(rules, history, first, last, today)


@given(cases(), ranges, st.integers(1, 60))
def test_the_periods_of_a_range_are_those_of_its_two_parts(
    case: Case, offsets: tuple[int, int], ahead: int
) -> None:
    rules, history, today = case
    first, last = range_around(case, *offsets)
    cut = clamp(first, ahead)
    if not first < cut <= last:
        return
    habit_rules, entries = begun_rules(rules, history, today), entries_of(history)
    entries = [entry for entry in entries if entry.day <= today]
    before = completion(habit_rules, entries, first, cut - timedelta(days=1), today)
    after = completion(habit_rules, entries, cut, last, today)
    whole = completion(habit_rules, entries, first, last, today)
    assert (whole.successes, whole.failures) == (
        before.successes + after.successes,
        before.failures + after.failures,
    )


@given(cases(), ranges)
def test_every_day_has_the_status_that_the_slow_oracle_gives_it(
    case: Case, offsets: tuple[int, int]
) -> None:
    rules, history, today = case
    first, last = range_around(case, *offsets)
    habit_rules = begun_rules(rules, history, today)
    found = [
        (day.day, day.status, shown_amount(day.amount), shown_amount(day.target), day.met)
        for day in statuses(habit_rules, entries_of(history), first, last, today)
    ]
    assert found == [
        (day, *oracle.calendar_day(rules, history, day, today)) for day in days_between(first, last)
    ]


def shown_amount(thousandths: int | None) -> Decimal | None:
    return None if thousandths is None else amount_of(thousandths)


daily = Rules("daily", 1, 1, MONDAY)
weekly = Rules("weekly", 2, 1, MONDAY)
DAYS = [MONDAY + timedelta(days=ahead) for ahead in range(8)]


@pytest.mark.parametrize(
    ("rules", "history", "today", "expected"),
    [
        pytest.param(
            daily,
            {DAYS[0]: 3, DAYS[1]: None},
            DAYS[3],
            ["done 3", "skipped", "missed", "pending", "pending"],
            id="done-skipped-missed-and-what-is-to-come",
        ),
        pytest.param(
            replace(daily, pauses=((DAYS[1], DAYS[2]),)),
            {DAYS[2]: 1},
            DAYS[4],
            ["missed", "paused", "done 1", "missed", "pending"],
            id="done-in-a-pause-is-done",
        ),
        pytest.param(
            replace(daily, starts_on=DAYS[2]),
            {},
            DAYS[3],
            ["not_due", "not_due", "missed", "pending", "pending"],
            id="nothing-is-due-before-the-first-day",
        ),
        pytest.param(
            replace(daily, frequency="weekdays", weekdays=frozenset({1, 3})),
            {},
            DAYS[4],
            ["missed", "not_due", "missed", "not_due", "not_due"],
            id="other-weekdays-are-not-due",
        ),
        pytest.param(
            weekly,
            {DAYS[0]: 1},
            DAYS[7],
            ["done 1", "missed", "missed", "missed", "missed"],
            id="every-unmarked-day-of-a-failed-week-is-missed",
        ),
        pytest.param(
            weekly,
            {DAYS[0]: 1, DAYS[3]: 1},
            DAYS[4],
            ["done 1", "not_due", "not_due", "done 1", "not_due"],
            id="once-the-week-is-met-no-day-is-due",
        ),
        pytest.param(
            replace(weekly, starts_on=DAYS[2]),
            {},
            DAYS[3],
            ["not_due", "not_due", "pending", "pending", "pending"],
            id="a-week-that-is-cut-short-can-still-be-met",
        ),
        pytest.param(
            replace(daily, archived_on=DAYS[2]),
            {DAYS[0]: 1},
            DAYS[3],
            ["done 1", "missed", "not_due", "not_due", "not_due"],
            id="after-the-archiving-nothing-is-due",
        ),
        pytest.param(
            replace(daily, nonexistent=frozenset({DAYS[1]})),
            {},
            DAYS[3],
            ["missed", "not_due", "missed", "pending", "pending"],
            id="a-day-that-never-was-is-not-due",
        ),
    ],
)
def test_statuses_by_example(
    rules: Rules, history: History, today: date, expected: list[str]
) -> None:
    assert shown(rules, history, DAYS[0], DAYS[4], today) == expected


@pytest.mark.parametrize("history", [{}, {DAYS[0]: 1}], ids=["empty", "begun"])
@pytest.mark.parametrize("last", [DAYS[2], DAYS[6]], ids=["within-the-week", "its-end"])
def test_a_period_that_ends_today_is_a_failure_only_tomorrow(history: History, last: date) -> None:
    def rate(today: date) -> Rate:
        rules = begun_rules(weekly, history, today)
        return completion(rules, entries_of(history), DAYS[0], last, today)

    assert rate(DAYS[6]) == Rate(successes=0, failures=0)
    assert rate(DAYS[7]) == Rate(successes=0, failures=1)


def test_what_is_recorded_later_in_the_period_does_not_count_yet() -> None:
    history: History = {DAYS[0]: 1, DAYS[1]: 1}
    standing = standing_on(begun_rules(weekly, history, DAYS[0]), DAYS[0], entries_of(history))
    assert standing is not None
    assert (standing.progress, standing.status) == (ONE, "pending")
