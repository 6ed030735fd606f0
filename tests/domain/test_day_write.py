"""The decision of a write of a day: the streaks afterwards, or that only the history tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import assume, event, given
from hypothesis import strategies as st

from tests.domain.histories import (
    WINDOW,
    Case,
    cases,
    clamp,
    entries_of,
    entry,
    fold,
    recorded_days,
    rules_from,
    schedule,
)
from tests.support.oracle import History
from trackercore.domain.amount import ONE
from trackercore.domain.day_write import AroundDay, DayValues, WholeHistory, decide, merge
from trackercore.domain.habit_rules import HabitRules, StartingStreak, versions_of
from trackercore.domain.recorded_days import DayEntry, RecordedDays
from trackercore.domain.streak import StreakState, streak_state

MONDAY = date(2024, 3, 4)
TUESDAY, WEDNESDAY, THURSDAY = (clamp(MONDAY, ahead) for ahead in (1, 2, 3))

NOTHING = -1
writes = st.sampled_from([NOTHING, None, 1, 3, 9])  # None for a skip


def cached(state: StreakState) -> StreakState:
    """What the habit's row has of a state."""
    return replace(state, since=None)


def decided(
    rules: HabitRules, history: History, day: date, new: DayEntry | None
) -> StreakState | WholeHistory:
    """The decision, from what the habit's row and the days around tell."""
    state = cached(streak_state(rules, recorded_days(history)))
    around = AroundDay(rules, state, entries_of(history), max(history, default=None))
    return decide(around, day, new)


@given(cases(), st.integers(0, WINDOW), writes)
def test_what_is_decided_is_what_the_whole_history_says(
    case: Case, offset: int, amount: int | None
) -> None:
    rules, history, _ = case
    day = clamp(min(history, default=case.as_of), offset)
    after = {on: what for on, what in history.items() if on != day}
    new = None
    if amount != NOTHING:
        after[day], new = amount, entry(day, amount)
    decision = decided(rules_from(rules), history, day, new)
    event("the whole history is needed" if decision == "whole history" else "decided at once")
    if decision != "whole history":
        assert cached(decision) == cached(fold(rules, after))


@given(cases(), writes)
def test_a_new_day_after_all_others_never_needs_the_history(case: Case, amount: int | None) -> None:
    """Neither does a check-in of today, so it costs the same for any history.

    How many misses came before a skip is not cached where a schedule allows them, nor is the first
    day of a habit at most, whose period may be neutral as it is.
    """
    rules, history, day = case
    habit_rules = rules_from(rules)
    assume(amount is not None or not (habit_rules.allows_misses or habit_rules.grows))
    assume(day >= rules.starts_on or not habit_rules.grows)
    history = {on: what for on, what in history.items() if on < day}
    new = None if amount == NOTHING else entry(day, amount)
    assert decided(rules_from(rules), history, day, new) != "whole history"


def daily(target: int = 1, start: StartingStreak | None = None) -> HabitRules:
    first = (MONDAY, schedule("daily", target))
    return HabitRules(versions_of([first]), starts_on=MONDAY, starting_streak=start)


def test_a_success_after_a_success_continues_the_run() -> None:
    assert decided(daily(), {MONDAY: 1}, TUESDAY, entry(TUESDAY, 1)) == StreakState(2, 2, WEDNESDAY)


def test_a_success_after_a_gap_begins_a_run_and_the_longest_one_stays() -> None:
    history: History = {MONDAY: 1, TUESDAY: 1}
    thursday = decided(daily(), history, THURSDAY, entry(THURSDAY, 1))
    assert thursday == StreakState(1, 2, clamp(THURSDAY, 1), THURSDAY)


def test_less_than_the_target_changes_nothing() -> None:
    before = streak_state(daily(8), recorded_days({MONDAY: 8}))
    few = decided(daily(8), {MONDAY: 8}, TUESDAY, entry(TUESDAY, 7))
    assert few == cached(before)


def test_a_skip_keeps_the_run_alive_for_a_day_more() -> None:
    skipped = decided(daily(), {MONDAY: 1}, TUESDAY, entry(TUESDAY, None))
    assert skipped == StreakState(1, 1, WEDNESDAY)


def test_a_skip_that_is_removed_takes_its_day_from_the_run() -> None:
    history: History = {MONDAY: 1, TUESDAY: None}
    assert decided(daily(), history, TUESDAY, None) == "whole history"


def test_a_day_filled_in_or_taken_back_may_join_or_part_runs() -> None:
    history: History = {MONDAY: 1, WEDNESDAY: 1}
    assert decided(daily(), history, TUESDAY, entry(TUESDAY, 1)) == "whole history"
    assert decided(daily(), history, MONDAY, None) == "whole history"
    assert decided(daily(), history, WEDNESDAY, None) == "whole history"


def test_what_a_starting_streak_covers_is_not_judged() -> None:
    rules = daily(start=StartingStreak(5, WEDNESDAY))
    before = cached(streak_state(rules, RecordedDays()))
    assert decided(rules, {}, MONDAY, entry(MONDAY, 1)) == before
    assert decided(rules, {}, WEDNESDAY, entry(WEDNESDAY, 1)) == StreakState(6, 6, THURSDAY)


def done(amount: int, note: str | None = None) -> DayValues:
    """A day on which so much was done."""
    return DayValues("done", amount * ONE, note)


def test_a_day_keeps_what_is_left_out() -> None:
    far = done(3, "far")
    assert merge(None, "done") == done(1)
    assert merge(None, "done", 5 * ONE, "wet") == done(5, "wet")
    assert merge(far, "done") == far
    assert merge(far, "done", 4 * ONE) == done(4, "far")
    assert merge(far, "done", note="near") == done(3, "near")
    assert merge(done(0), "done") == done(1)
    assert merge(done(0), "done", note="near") == done(0, "near")


def test_an_added_amount_adds_to_what_is_done_and_to_nothing_else() -> None:
    assert merge(done(3), "done", 4 * ONE, add=True) == done(7)
    assert merge(done(3), "done", add=True) == done(4)
    assert merge(DayValues("skipped", 0, "ill"), "done", 4 * ONE, add=True) == done(4, "ill")
    assert merge(None, "done", 4 * ONE, add=True) == done(4)
    assert merge(done(3), "done", -3 * ONE, add=True) == done(0)
    assert merge(DayValues("skipped", 0, None), "done", -ONE, add=True).amount == -ONE


def test_a_skip_has_no_amount_of_its_own() -> None:
    assert merge(DayValues("skipped", 0, "ill"), "skipped") == DayValues("skipped", 0, "ill")
    assert merge(done(3, "far"), "skipped") == DayValues("skipped", 0, "far")
    assert DayValues("skipped", 0, None).entry(MONDAY) == entry(MONDAY, None)
    assert done(3).entry(MONDAY) == entry(MONDAY, 3)
