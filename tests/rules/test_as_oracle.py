"""The public rules judge any history as the slow oracle does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.domain.histories import WINDOW, Case, cases, clamp
from tests.support import oracle
from tests.support.oracle import Amount, History, Rules
from trackercore import rules
from trackercore.rules import Schedule

# What judges is tried in tests/domain; here, what reads the arguments.
few = settings(max_examples=settings().max_examples // 10)


class Arguments(NamedTuple):
    """What a rule takes of a history."""

    days: dict[date, Amount]
    skipped: list[date]
    pauses: list[tuple[date, date | None]]


def schedule_of(case: Rules) -> Schedule:
    """The first schedule, by plain values."""
    return Schedule(
        case.frequency,
        target=case.target,
        every=case.every,
        weekdays=case.weekdays,
        week_starts_on=case.week_starts_on,
        direction=case.direction,
        counts=case.counts,
        day_minimum=case.day_minimum,
        allowed_misses=case.allowed_misses,
        starts_on=case.starts_on,
    )


def arguments(case: Rules, history: History) -> Arguments:
    return Arguments(
        {day: amount for day, amount in history.items() if amount is not None},
        [day for day, amount in history.items() if amount is None],
        [*case.pauses],
    )


@st.composite
def plain_cases(draw: st.DrawFn) -> Case:
    """Habits of one schedule and with no past elsewhere, recorded in any order."""
    case, history, as_of = draw(cases())
    case = replace(
        case,
        changes=(),
        nonexistent=frozenset(),
        archived_on=None,
        starting_streak=None,
        starting_streak_on=None,
    )
    return Case(case, dict(draw(st.permutations([*history.items()]))), as_of)


@few
@given(plain_cases())
def test_streaks(case: Case) -> None:
    days, skipped, pauses = arguments(*case[:2])
    found = rules.streak(days, schedule_of(case.rules), case.as_of, skipped=skipped, pauses=pauses)
    event(f"longest streak {min(found.longest, 4)}")
    assert found == tuple(vars(oracle.standing(*case)).values())


@few
@given(plain_cases())
def test_the_standing_of_a_period(case: Case) -> None:
    days, skipped, pauses = arguments(*case[:2])
    given_to = (days, schedule_of(case.rules), case.as_of)
    found = rules.period_standing(*given_to, skipped=skipped, pauses=pauses)
    expected = oracle.period_seen(*case)
    event(f"status {expected and expected.status}")
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert (found.status, found.progress) == (expected.status, expected.progress)
        assert (found.target, found.days_left) == (expected.target, expected.days_left)
        assert found.remaining == max(expected.target - expected.progress, 0)
        assert (found.period_start, found.period_end) == (expected.days[0], expected.days[-1])
    wanted = oracle.wanted(*case)
    due = rules.due(*given_to, skipped=skipped, pauses=pauses)
    assert due == (found if wanted is not None else None)


@few
@given(plain_cases(), st.integers(-50, WINDOW), st.integers(0, 70))
def test_completion_rates(case: Case, offset: int, length: int) -> None:
    days, skipped, pauses = arguments(*case[:2])
    start = clamp(case.as_of, offset)
    end = clamp(start, length)
    found = rules.completion_rate(
        days,
        schedule_of(case.rules),
        start,
        end,
        case.as_of,
        skipped=skipped,
        pauses=pauses,
    )
    successes, failures = oracle.completion(case.rules, case.history, start, end, case.as_of)
    event(f"some fail: {failures > 0}")
    assert found == (successes / (successes + failures) if successes + failures else None)


@few
@given(plain_cases())
def test_without_a_first_day_it_is_the_first_that_was_done(case: Case) -> None:
    habit = replace(case.rules, every=1, direction="at_least", target=case.rules.target or 1)
    days, skipped, pauses = arguments(habit, case.history)
    done = [day for day, amount in days.items() if amount and day <= case.as_of]
    habit = replace(habit, starts_on=min(done, default=case.as_of))
    schedule = replace(schedule_of(habit), starts_on=None)
    found = rules.streak(days, schedule, case.as_of, skipped=skipped, pauses=pauses)
    expected = oracle.standing(habit, case.history, case.as_of)
    assert found == tuple(vars(expected).values())


@given(st.lists(st.dates(date(2024, 2, 1), date(2024, 4, 1))), st.dates(date(2024, 3, 1)))
def test_days_alone_count_one_each_however_often_they_come(days: list[date], today: date) -> None:
    by_day = dict.fromkeys(days, 1)
    for schedule in (Schedule("daily"), Schedule("weekly", target=2)):
        expected = rules.streak(by_day, schedule, today)
        assert rules.streak(days, schedule, today) == expected
        assert rules.streak(iter(days), schedule, today) == expected
        assert rules.streak({*days}, schedule, today) == expected
