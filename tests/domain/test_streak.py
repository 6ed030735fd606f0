"""Streaks: the fold over check-ins follows the rules, and obeys their laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.domain.histories import (
    WINDOW,
    Case,
    cases,
    clamp,
    entry,
    fold,
    is_at_least,
    recorded_days,
    rules_from,
)
from tests.support import oracle
from tests.support.oracle import (
    History,
    Kept,
    Rules,
    Standing,
    first_day,
    kept,
    standing,
)
from trackercore.domain.frequency import FREQUENCIES, Frequency, Period, Schedule
from trackercore.domain.habit_rules import HabitRules, Pause, ScheduleVersion, merged_pauses
from trackercore.domain.recorded_days import RecordedDays
from trackercore.domain.streak import (
    StreakState,
    runs,
    streak_state,
)

MONDAY = date(2024, 3, 4)
EVERY_WEEKDAY = frozenset(range(1, 8))

offsets = st.integers(-15, WINDOW)


def seen(rules: Rules, history: History, as_of: date) -> Standing:
    return Standing(*fold(rules, history, as_of).on(as_of, rules_from(rules)))


def columns(folded: StreakState) -> Kept:
    return Kept(folded.streak, folded.longest, folded.alive_through)


def daily(target: int = 1, starts_on: date = MONDAY) -> Rules:
    return Rules("daily", target, 1, starts_on)


def weekly(target: int, starts_on: date = MONDAY, week_starts_on: int = 1) -> Rules:
    return Rules("weekly", target, week_starts_on, starts_on)


def started(rules: Rules, streak: int, on: date) -> Rules:
    return replace(rules, starting_streak=streak, starting_streak_on=on)


def merged(rules: Rules) -> Rules:
    """The same with pauses as the package takes them: those that overlap or touch are one."""
    pauses = merged_pauses([Pause(*pause) for pause in rules.pauses])
    return replace(rules, pauses=tuple((pause.starts_on, pause.ends_on) for pause in pauses))


def without_start(rules: Rules) -> Rules:
    return replace(rules, starting_streak=None, starting_streak_on=None)


def without(history: History, day: date) -> History:
    return {on: what for on, what in history.items() if on != day}


def days(start: date, *amounts: int | None) -> dict[date, int | None]:
    return {start + timedelta(days=i): amount for i, amount in enumerate(amounts) if amount != 0}


@given(cases())
def test_the_streaks_seen_from_any_day_are_those_of_the_slow_oracle(case: Case) -> None:
    expected = standing(*case)
    event(f"longest streak {min(expected.longest, 4)}")
    assert seen(*case) == expected


@given(cases())
def test_the_state_gives_the_streaks_of_every_later_day_without_the_history(case: Case) -> None:
    rules, history, _ = case
    folded = fold(rules, history)
    if is_at_least(rules):
        assert columns(folded) == kept(rules, history)
        assert folded.grows_from is None
    event(f"grows without a write: {folded.grows_from is not None}")
    last = max([*history, rules.starting_streak_on or rules.starts_on])
    for later in range(0, 60, 4):
        day = clamp(last, later)
        found, expected = folded.on(day, rules_from(rules)), standing(rules, history, day)
        assert (found.current, found.longest) == (expected.current, expected.longest)
        assert found.alive_through == expected.alive_through
        if folded.grows_from is None:
            assert folded.current(day) == expected.current


@given(cases())
def test_every_run_has_its_first_and_last_day(case: Case) -> None:
    rules, history, as_of = case
    found = runs(rules_from(rules), recorded_days(history), as_of)
    ends = [(run.length, run.start, min(run.end, as_of)) for run in found]
    assert sorted(ends, key=lambda run: (run[0], run[2]), reverse=True) == oracle.best_runs(*case)


@given(cases())
def test_what_lies_after_the_as_of_day_is_ignored(case: Case) -> None:
    rules, history, as_of = case
    until = {day: amount for day, amount in history.items() if day <= as_of}
    assert fold(rules, history, as_of) == fold(rules, until, as_of)
    if rules.starting_streak_on is not None and rules.starting_streak_on > as_of:
        rules = without_start(rules)
    assert fold(rules, history, as_of) == fold(rules, until)


@given(cases(), st.integers(1, 6), offsets)
def test_from_its_day_on_a_starting_streak_stands_for_all_before_the_period_it_lies_in(
    case: Case, streak: int, offset: int
) -> None:
    on = clamp(min(case.history, default=case.as_of), offset)
    as_of = max(case.as_of, on)
    rules = started(case.rules, streak, on)
    period = rules_from(rules).period_from(on)
    assume(period is not None and is_at_least(case.rules))
    assert period is not None
    judged = {day: amount for day, amount in case.history.items() if day >= period.start}
    answer = seen(rules, case.history, as_of)
    event(f"something is covered: {judged != case.history}")
    assert answer == seen(rules, judged, as_of)
    assert answer.longest >= streak
    if as_of <= period.end:
        assert answer.current >= streak
        assert answer.since is None


@given(cases(), offsets, st.integers(1, 9))
def test_a_day_done_from_the_first_day_on_never_lowers_a_streak(
    case: Case, offset: int, amount: int
) -> None:
    rules, history, as_of = case
    assume(is_at_least(rules))
    first = first_day(rules, history)
    as_of = max(as_of, first)
    day = min(max(first, clamp(min(history, default=as_of), offset)), as_of)
    history = without(history, day)
    assume(first_day(rules, history) <= day)
    before, after = seen(rules, history, as_of), seen(rules, {**history, day: amount}, as_of)
    assert after.current >= before.current
    assert after.longest >= before.longest


@given(cases(), offsets)
def test_a_day_skipped_where_nothing_was_recorded_never_lowers_a_streak(
    case: Case, offset: int
) -> None:
    rules, history, as_of = case
    assume(is_at_least(rules))
    day = min(clamp(min(history, default=as_of), offset), as_of)
    history = without(history, day)
    before, after = seen(rules, history, as_of), seen(rules, {**history, day: None}, as_of)
    assert after.current >= before.current
    assert after.longest >= before.longest


@given(cases(), offsets, st.integers(0, 30))
def test_a_pause_never_lowers_a_streak(case: Case, offset: int, length: int) -> None:
    rules, history, as_of = case
    assume(is_at_least(rules))
    start = clamp(min(history, default=as_of), offset)
    resting = replace(rules, pauses=(*rules.pauses, (start, clamp(start, length))))
    paused = merged(resting)
    before, after = seen(*case), seen(paused, history, as_of)
    assert after.current >= before.current
    assert after.longest >= before.longest


@given(cases(), st.data())
def test_splitting_a_history_at_a_change_to_the_same_schedule_only_makes_periods_partial(
    case: Case, data: st.DataObject
) -> None:
    rules, history, as_of = case
    day = clamp(min(history, default=as_of), data.draw(offsets))
    day = max(day, clamp(rules.starts_on, 1))
    assume(day > rules.starts_on)
    assume(all(change.effective_from != day for change in rules.changes))
    split = rules.schedule_on(day)
    same = split._replace(effective_from=day)
    whole = rules_from(rules).period_on(day)
    inside = whole is not None and whole.start < day
    event(f"the change lies inside a period: {inside}")
    divided = replace(rules, changes=tuple(sorted((*rules.changes, same))))
    if not inside:
        assert fold(divided, history, as_of) == fold(rules, history, as_of)
        return
    # The period's two parts are partial; all others are judged as before.
    ours = {o.days[0]: o for o in oracle.outcomes(rules, history, as_of) if o.days}
    theirs = {o.days[0]: o for o in oracle.outcomes(divided, history, as_of) if o.days}
    for start, judged in theirs.items():
        if not (whole and whole.start <= start <= whole.end):
            assert ours[start] == judged
        else:
            at_once = "success" if split.direction == "at_least" else "fail"
            assert judged.outcome in (at_once, "neutral")
    assert seen(divided, history, as_of) == standing(divided, history, as_of)


@given(cases())
def test_the_longest_streak_is_at_least_the_current_one(case: Case) -> None:
    answer = seen(*case)
    assert answer.longest >= answer.current >= 0
    assert answer.current > 0 or answer.alive_through is None
    if case.rules.starting_streak is None:
        assert (answer.since is None) == (answer.current == 0)


@pytest.mark.parametrize(
    ("rules", "history", "as_of", "expected"),
    [
        pytest.param(daily(), {}, MONDAY, Standing(0, 0, None, None), id="nothing-recorded"),
        pytest.param(
            daily(),
            days(MONDAY, 1, 1),
            date(2024, 3, 6),
            Standing(2, 2, MONDAY, date(2024, 3, 6)),
            id="an-undone-today-does-not-end-the-streak",
        ),
        pytest.param(
            daily(),
            days(MONDAY, 1, 1),
            date(2024, 3, 7),
            Standing(0, 2, None, None),
            id="a-missed-day-ends-it",
        ),
        pytest.param(
            daily(),
            days(MONDAY, 1, None, None, 1),
            date(2024, 3, 7),
            Standing(2, 2, MONDAY, date(2024, 3, 8)),
            id="skipped-days-are-passed-through-and-not-counted",
        ),
        pytest.param(
            daily(target=8),
            days(MONDAY, 8, 7, 9),
            date(2024, 3, 6),
            Standing(1, 1, date(2024, 3, 6), date(2024, 3, 7)),
            id="less-than-the-target-is-a-miss-and-more-is-one-success",
        ),
        pytest.param(
            replace(daily(target=3), pauses=((date(2024, 3, 5), date(2024, 3, 5)),)),
            days(MONDAY, 3, 1, 1, 3),
            date(2024, 3, 7),
            Standing(1, 1, date(2024, 3, 7), date(2024, 3, 8)),
            id="a-pause-excuses-no-equal-day-after-it",
        ),
        pytest.param(
            weekly(3),
            days(MONDAY, 1, 0, 1, 0, 1) | days(date(2024, 3, 16), 1, 2),
            date(2024, 3, 24),
            Standing(2, 2, MONDAY, date(2024, 3, 24)),
            id="weeks-are-counted-in-weeks-and-the-running-one-is-pending",
        ),
        pytest.param(
            weekly(3, starts_on=date(2024, 3, 8)),
            days(date(2024, 3, 8), 1, 0, 1) | days(date(2024, 3, 12), 3),
            date(2024, 3, 12),
            Standing(1, 1, date(2024, 3, 11), date(2024, 3, 24)),
            id="a-partial-first-week-that-falls-short-is-no-miss",
        ),
        pytest.param(
            weekly(2, starts_on=date(2024, 3, 8)),
            days(date(2024, 3, 8), 1, 0, 1),
            date(2024, 3, 10),
            Standing(1, 1, date(2024, 3, 8), date(2024, 3, 17)),
            id="a-partial-first-week-that-suffices-counts-from-the-first-day",
        ),
        pytest.param(
            weekly(5),
            days(MONDAY, 5) | days(date(2024, 3, 11), None, None, 4) | days(date(2024, 3, 18), 5),
            date(2024, 3, 18),
            Standing(1, 1, date(2024, 3, 18), date(2024, 3, 31)),
            id="two-skips-leave-five-open-days-for-five",
        ),
        pytest.param(
            weekly(5),
            days(MONDAY, 5)
            | days(date(2024, 3, 11), None, None, None)
            | days(date(2024, 3, 18), 5),
            date(2024, 3, 18),
            Standing(2, 2, MONDAY, date(2024, 3, 31)),
            id="three-skips-excuse-the-week",
        ),
        pytest.param(
            weekly(30),
            days(MONDAY, 30) | days(date(2024, 3, 11), None) | days(date(2024, 3, 18), 30),
            date(2024, 3, 18),
            Standing(2, 2, MONDAY, date(2024, 3, 31)),
            id="an-amount-above-seven-wants-all-seven-days-open",
        ),
        pytest.param(
            daily(starts_on=date(2024, 3, 20)),
            days(MONDAY, 1, 1),
            date(2024, 3, 5),
            Standing(2, 2, MONDAY, date(2024, 3, 6)),
            id="a-check-in-before-starts-on-counts",
        ),
        pytest.param(
            weekly(1, starts_on=date(2024, 3, 8)),
            days(MONDAY, None) | days(date(2024, 3, 9), 1),
            date(2024, 3, 10),
            Standing(1, 1, date(2024, 3, 8), date(2024, 3, 17)),
            id="a-skip-before-starts-on-does-not-begin-the-habit",
        ),
        pytest.param(
            started(daily(), 5, MONDAY),
            days(date(2024, 3, 1), 1, 1, 1),
            date(2024, 3, 2),
            Standing(2, 2, date(2024, 3, 1), date(2024, 3, 3)),
            id="before-its-day-a-starting-streak-does-not-exist",
        ),
        pytest.param(
            started(daily(), 2, MONDAY),
            days(date(2024, 3, 1), 1, 1, 1),
            MONDAY,
            Standing(2, 2, None, MONDAY),
            id="on-its-day-it-takes-the-place-of-what-was-recorded-before",
        ),
        pytest.param(
            started(daily(), 5, MONDAY),
            days(MONDAY, 1),
            MONDAY,
            Standing(6, 6, None, date(2024, 3, 5)),
            id="its-day-done-adds-one",
        ),
        pytest.param(
            started(daily(), 5, MONDAY),
            {},
            date(2024, 3, 5),
            Standing(0, 5, None, None),
            id="its-day-missed-ends-it-the-day-after-and-it-stays-the-longest",
        ),
        pytest.param(
            started(daily(), 5, MONDAY),
            days(MONDAY, None, 1, 0, 1),
            date(2024, 3, 5),
            Standing(6, 6, None, date(2024, 3, 6)),
            id="its-day-skipped-is-passed-through",
        ),
        pytest.param(
            started(daily(), 5, MONDAY),
            days(MONDAY, 1, 0, 1, 1),
            date(2024, 3, 7),
            Standing(2, 6, date(2024, 3, 6), date(2024, 3, 8)),
            id="the-next-run-begins-at-one-and-one-knows-when",
        ),
        pytest.param(
            started(weekly(3, starts_on=date(2024, 3, 7)), 5, date(2024, 3, 7)),
            {},
            date(2024, 3, 10),
            Standing(5, 5, None, date(2024, 3, 10)),
            id="a-starting-streak-in-weeks-stands-through-the-week-of-its-day",
        ),
        pytest.param(
            started(weekly(3, starts_on=date(2024, 3, 7)), 5, date(2024, 3, 7)),
            days(date(2024, 3, 7), 1, 1),
            date(2024, 3, 11),
            Standing(0, 5, None, None),
            id="its-week-is-a-whole-one-though-the-first-day-lies-within",
        ),
        pytest.param(
            started(weekly(3, starts_on=date(2024, 3, 7)), 5, date(2024, 3, 7)),
            days(MONDAY, 1, 1) | days(date(2024, 3, 8), 1),
            date(2024, 3, 8),
            Standing(6, 6, None, date(2024, 3, 17)),
            id="all-days-of-its-week-count-also-those-before-it",
        ),
        pytest.param(
            started(weekly(1, starts_on=date(2024, 3, 20)), 5, date(2024, 3, 7)),
            days(date(2024, 3, 21), 1),
            date(2024, 3, 21),
            Standing(1, 5, date(2024, 3, 18), date(2024, 3, 31)),
            id="nor-is-a-later-week-partial-by-a-first-day-within",
        ),
    ],
)
def test_the_rules_by_example(
    rules: Rules, history: History, as_of: date, expected: Standing
) -> None:
    assert standing(rules, history, as_of) == expected, "the oracle itself is wrong"
    assert seen(rules, history, as_of) == expected


@pytest.mark.parametrize("week_starts_on", range(1, 8))
@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("end", [date.min, date.max], ids=["first-day", "last-day"])
def test_a_streak_may_reach_either_end_of_the_calendar(
    end: date, frequency: Frequency, week_starts_on: int
) -> None:
    history = {clamp(end, offset): 1 for offset in range(-30, 31)}
    weekdays = EVERY_WEEKDAY if FREQUENCIES[frequency].has_weekdays else None
    rules = Rules(frequency, 1, week_starts_on, min(history), weekdays=weekdays)
    assert columns(fold(rules, history)) == kept(rules, history)
    for as_of in history:
        assert seen(rules, history, as_of) == standing(rules, history, as_of)


def test_a_streak_that_reaches_the_last_day_stands_for_ever() -> None:
    folded = fold(daily(starts_on=date(9999, 12, 30)), days(date(9999, 12, 30), 1, 1))
    assert folded == StreakState(2, 2, alive_through=None, since=date(9999, 12, 30))
    assert folded.current(date.max) == 2


class CountingSchedule(Schedule):
    """A schedule that counts how often a period is looked up."""

    calls = 0

    def period_from(self, day: date) -> Period | None:
        CountingSchedule.calls += 1
        return super().period_from(day)


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_work_grows_with_the_check_ins_not_with_the_days_between_them(
    frequency: Frequency,
) -> None:
    def work(years: int) -> int:
        first = date(1000, 1, 1)
        pauses = (Pause(date(1001, 1, 1), date(1000 + years, 1, 1)),)
        versions = (ScheduleVersion(first, CountingSchedule(frequency, weekdays=EVERY_WEEKDAY)),)
        habit_rules = HabitRules(versions, pauses, starts_on=first)
        entries = [entry(first, 1), entry(date(1002 + years, 6, 1), 1)]
        CountingSchedule.calls = 0
        result = streak_state(habit_rules, RecordedDays.of(entries))
        assert (result.streak, result.longest) == (1, 1)
        return CountingSchedule.calls

    assert work(years=4000) == work(years=2)
