"""Schedules and rules: which days are judged together, and which of them fail by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.domain.histories import (
    ANCHORS,
    WINDOW,
    changes,
    clamp,
    rules_around,
    rules_from,
    rules_of_first,
    schedule,
    schedule_of,
)
from tests.support.oracle import Amount, Change, Rules, natural_period, period_of
from trackercore.domain.amount import amount_of
from trackercore.domain.frequency import FREQUENCIES, Frequency, Period, Schedule
from trackercore.domain.habit_rules import (
    HabitRules,
    Judged,
    Pause,
    ScheduleVersion,
    changed,
    merged_pauses,
    resumed,
    versions_of,
)

DAY = timedelta(days=1)
MONDAY = date(2024, 3, 4)


@st.composite
def habits_and_days(draw: st.DrawFn) -> tuple[Rules, date]:
    anchor = draw(st.sampled_from(ANCHORS))
    return draw(rules_around(anchor)), clamp(anchor, draw(st.integers(-30, WINDOW + 60)))


placed = habits_and_days()


def shape(period: Period | None) -> tuple[date, date, Amount, bool] | None:
    """What tells periods apart, except the schedule that each is judged by."""
    if period is None:
        return None
    return period.start, period.end, amount_of(period.target), period.partial


def days_of(period: Period) -> list[date]:
    return [period.start + n * DAY for n in range(period.length)]


def schedules(frequency: Frequency) -> st.SearchStrategy[Change]:
    return st.dates().flatmap(lambda day: changes(day, 1, [frequency]))


# --- Schedules -------------------------------------------------------------------------------


@pytest.mark.parametrize("frequency", FREQUENCIES)
@given(data=st.data(), day=st.dates())
def test_a_period_has_the_days_that_one_counts_up_to_the_calendars_ends(
    frequency: Frequency, data: st.DataObject, day: date
) -> None:
    day = data.draw(st.sampled_from([day, date.min, date.max]))
    change = data.draw(schedules(frequency))
    placed = schedule_of(change).anchored(change.effective_from)
    period = placed.period_from(day)
    expected = natural_period(rules_of_first(change), day)
    if expected is None:
        assert period is None or period.start > day
    else:
        assert period is not None
        assert days_of(period) == expected
        assert not period.partial


@given(chosen=st.sets(st.integers(1, 7), min_size=1), day=st.dates())
@example(chosen={1}, day=date.max)
def test_from_a_day_that_is_not_chosen_the_next_chosen_weekday_is_found(
    chosen: set[int], day: date
) -> None:
    found = schedule("weekdays", weekdays=frozenset(chosen)).period_from(day)
    week = [clamp(day, ahead) for ahead in range(7)]
    expected = next((day for day in week if day.isoweekday() in chosen), None)
    assert (found and found.start) == expected


@given(day=st.dates(), length=st.integers(0, 30))
@example(day=date.max, length=0)
def test_with_no_weekday_chosen_there_is_no_period(day: date, length: int) -> None:
    never = schedule("weekdays")
    assert never.period_from(day) is None
    assert never.count(day, clamp(day, length)) == 0
    weekdays = schedule("weekdays", weekdays=frozenset({day.isoweekday()}))
    rules = HabitRules((ScheduleVersion(date.min, never), ScheduleVersion(day, weekdays)))
    assert shape(rules.period_from(clamp(day, -length - 1))) == (day, day, 1, False)
    assert (
        HabitRules((ScheduleVersion(date.min, weekdays), ScheduleVersion(day, never))).period_from(
            day
        )
        is None
    )


@pytest.mark.parametrize("frequency", FREQUENCIES)
@given(data=st.data(), day=st.dates(date(1900, 1, 1), date(2100, 1, 1)), ahead=st.integers(-3, 200))
def test_counting_periods_gives_what_walking_through_them_gives(
    frequency: Frequency, data: st.DataObject, day: date, ahead: int
) -> None:
    change = data.draw(schedules(frequency))
    placed = schedule_of(change).anchored(change.effective_from)
    first = placed.period_from(day)
    assert first is not None
    last, walked = first.start + ahead * DAY, 0
    period: Period | None = first
    while period is not None and period.end <= last:
        walked += 1
        period = placed.period_from(period.end + DAY)
    assert placed.count(first.start, last) == walked


def test_the_calendars_ends_cut_weeks_short() -> None:
    first = schedule("weekly", week_starts_on=7).period_from(date.min)
    assert shape(first) == (date.min, date(1, 1, 6), 1, False)
    last = schedule("weekly", week_starts_on=1).period_from(date.max)
    assert shape(last) == (date(9999, 12, 27), date.max, 1, False)
    assert last is not None
    assert last.length == 5


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("day", [date.min, MONDAY])
def test_the_first_day_of_a_block_places_all_blocks(frequency: Frequency, day: date) -> None:
    for phase in range(3):
        placed = schedule(frequency, every=3, phase=phase)
        assert placed.anchored(placed.block_start(day)) == placed


# --- Rules -----------------------------------------------------------------------------------


@given(placed)
def test_periods_are_cut_where_the_schedule_changes_and_where_the_habit_is_archived(
    placed: tuple[Rules, date],
) -> None:
    rules, day = placed
    expected = period_of(rules, day)
    found = rules_from(rules).period_on(day)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (days_of(found), found.partial) == expected
        target = rules.schedule_on(day).target
        if rules.schedule_on(day).counts == "days":
            target = min(target, len(natural_period(rules, day) or ()))
        assert amount_of(found.target) == target


@given(placed)
def test_a_day_without_a_period_leads_to_the_next_one(placed: tuple[Rules, date]) -> None:
    rules, day = placed
    found = rules_from(rules).period_from(day)
    later = (period_of(rules, clamp(day, ahead)) for ahead in range(70))
    expected = next((period for period in later if period is not None), None)
    assert (found and days_of(found)) == (expected and expected[0])


@given(placed)
def test_open_days_are_those_neither_skipped_nor_paused_nor_nonexistent(
    placed: tuple[Rules, date],
) -> None:
    rules, day = placed
    habit_rules = rules_from(rules)
    period = habit_rules.period_from(day)
    if period is None:
        return
    days = days_of(period)
    skipped = {day for day in days if day.toordinal() % 3 == 0}
    closed = {day for day in days if rules.is_paused(day) or day in rules.nonexistent} | skipped
    assert habit_rules.open_days(period, skipped) == len(days) - len(closed)


@given(placed, st.integers(0, 150))
def test_empty_periods_that_are_not_neutral_are_counted_without_going_there(
    placed: tuple[Rules, date], length: int
) -> None:
    habit_rules = rules_from(placed[0])
    start = habit_rules.period_from(placed[1])
    assume(start is not None and start.end < date.max)
    assert start is not None
    last = clamp(start.start, length)
    expected = [
        (period.schedule.outcome_if_empty, period.schedule.allowed_misses)
        for period in walk(habit_rules, start.start, last)
        if not habit_rules.is_excused(period)
    ]
    found = list(habit_rules.empty_periods(start.start, last))
    counted = [(run.outcome, run.allowed_misses) for run in found for _ in range(run.periods)]
    assert counted == expected
    for run in found:
        first, end = date.fromordinal(run.first), date.fromordinal(run.last)
        *_, period = walk(habit_rules, first, end)
        assert period.end == end


def walk(habit_rules: HabitRules, first: date, last: date) -> Iterator[Period]:
    day = first
    while (period := habit_rules.period_from(day)) is not None and period.end <= last:
        yield period
        if period.end == date.max:
            return
        day = period.end + DAY


def test_no_period_counts_in_a_pause_without_end_nor_after_the_archiving() -> None:
    versions = (ScheduleVersion(MONDAY, schedule("daily")),)
    resting = HabitRules(versions, pauses=(Pause(MONDAY, None),))
    assert list(resting.empty_periods(MONDAY, date.max)) == []
    before = MONDAY - DAY
    assert list(resting.empty_periods(before, date.max)) == [
        Judged(before.toordinal(), before.toordinal(), "fail")
    ]
    archived = HabitRules(versions, archived_on=MONDAY)
    assert list(archived.empty_periods(MONDAY, date.max)) == []
    assert archived.period_from(MONDAY + DAY) is None


def test_work_grows_with_the_pauses_not_with_the_days_in_or_between_them() -> None:
    class Counting(Schedule):
        calls = 0

        def period_from(self, day: date) -> Period | None:
            Counting.calls += 1
            return super().period_from(day)

    def work(years: int) -> int:
        counting = Counting("daily")
        pauses = (Pause(date(1001, 1, 1), date(1000 + years, 1, 1)),)
        habit_rules = HabitRules((ScheduleVersion(date(1000, 1, 1), counting),), pauses)
        Counting.calls = 0
        last = date(1000 + 2 * years, 1, 1)
        found = habit_rules.empty_periods(date(1000, 1, 1), last)
        assert sum(periods.periods for periods in found) > 365
        return Counting.calls

    assert work(years=4000) == work(years=2)


# --- Changes of a schedule -------------------------------------------------------------------

weekly = schedule("weekly", 3)
daily = schedule("daily")


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 3)), min_size=1, max_size=5),
    st.tuples(st.integers(-10, 70), st.integers(1, 3)),
    st.integers(-20, 60),
)
def test_a_change_judges_its_days_and_leaves_the_days_before_as_they_were(
    before: list[tuple[int, int]], new: tuple[int, int], first: int
) -> None:
    versions: tuple[ScheduleVersion, ...] = (ScheduleVersion(MONDAY, daily),)
    for ahead, target in sorted(before):
        versions = changed(versions, *at(ahead, target), MONDAY)
    change = at(*new)
    after = changed(versions, *change, clamp(MONDAY, first))
    assert sorted(after) == list(after)
    assert len({version.effective_from for version in after}) == len(after)
    assert all(one.schedule != two.schedule for one, two in pairwise(after))
    for offset in range(-30, 90):
        day = clamp(MONDAY, offset)
        if day >= change.effective_from:
            assert in_force(after, day) == change.schedule
        elif day >= clamp(MONDAY, first):
            assert in_force(after, day) == in_force(versions, day)


def at(ahead: int, target: int) -> ScheduleVersion:
    return ScheduleVersion(clamp(MONDAY, ahead), schedule("daily", target))


def in_force(versions: tuple[ScheduleVersion, ...], day: date) -> Schedule:
    found = [version.schedule for version in versions if version.effective_from <= day]
    return found[-1] if found else versions[0].schedule


def test_the_same_schedule_again_is_no_change() -> None:
    versions = (ScheduleVersion(MONDAY, daily), ScheduleVersion(MONDAY + 30 * DAY, weekly))
    for day in (MONDAY + 30 * DAY, MONDAY + 45 * DAY):
        assert changed(versions, day, weekly, MONDAY) == versions
    for day in (MONDAY - DAY, MONDAY, MONDAY + DAY):
        assert changed(versions[:1], day, daily, MONDAY) == versions[:1]


def test_going_back_to_the_schedule_before_undoes_the_change() -> None:
    versions = (ScheduleVersion(MONDAY, daily), ScheduleVersion(MONDAY + 30 * DAY, weekly))
    assert changed(versions, MONDAY + 30 * DAY, daily, MONDAY) == versions[:1]


def test_a_change_from_the_first_day_replaces_what_never_judged_anything() -> None:
    versions = (ScheduleVersion(MONDAY, daily),)
    assert changed(versions, MONDAY, weekly, MONDAY) == (ScheduleVersion(MONDAY, weekly),)


def every(days: int, anchor: date, target: int = 1) -> Schedule:
    return schedule("daily", target, every=days).anchored(anchor)


def test_a_change_before_the_first_day_replaces_blocks_that_began_still_earlier() -> None:
    earlier = MONDAY - 14 * DAY
    blocks = ScheduleVersion(earlier, every(14, earlier))
    versions = (blocks, ScheduleVersion(MONDAY, daily))
    before = ScheduleVersion(MONDAY - 3 * DAY, weekly)
    assert changed(versions, *before, MONDAY - 2 * DAY) == (before,)
    assert changed(versions, *before, MONDAY - 3 * DAY) == (before,)
    assert changed(versions, *before, MONDAY - 4 * DAY) == (blocks, before)


def test_the_schedule_in_force_is_no_change_before_the_first_day_either() -> None:
    blocks = ScheduleVersion(MONDAY, every(3, MONDAY))
    versions = (ScheduleVersion(MONDAY - 30 * DAY, daily), blocks)
    again = schedule("daily", every=3)
    assert changed(versions, MONDAY + 4 * DAY, again, MONDAY + 5 * DAY) == (blocks,)
    back = ScheduleVersion(MONDAY + 4 * DAY, daily)
    assert changed(versions, *back, MONDAY + 5 * DAY) == (back,)


def test_a_change_before_the_first_schedule_was_stored_leaves_it_to_what_was_done_before() -> None:
    versions = (ScheduleVersion(MONDAY, every(5, MONDAY)),)
    done_on, day = MONDAY - 20 * DAY + DAY, MONDAY - 10 * DAY
    first, second = changed(versions, day, weekly, done_on)
    assert second == ScheduleVersion(day, weekly)
    assert first.schedule == versions[0].schedule
    assert first.effective_from == MONDAY - 20 * DAY  # where one of its blocks starts


def test_a_new_target_keeps_the_blocks_and_another_schedule_begins_its_own() -> None:
    january, february = date(2024, 1, 10), date(2024, 2, 20)
    quarterly, twice = schedule("monthly", every=3), schedule("monthly", 2, every=3)
    versions = changed(versions_of([(january, quarterly)]), february, twice, january)
    assert versions == versions_of([(january, quarterly), (february, twice)])
    rules = HabitRules(versions)
    assert [shape(rules.period_on(day)) for day in (january, february, date(2024, 4, 1))] == [
        (date(2024, 1, 1), february - DAY, 1, True),
        (february, date(2024, 3, 31), 2, True),
        (date(2024, 4, 1), date(2024, 6, 30), 2, False),
    ]
    half_yearly = schedule("monthly", every=6)
    rules = HabitRules(changed(versions, date(2024, 5, 5), half_yearly, january))
    half = date(2024, 11, 1), date(2025, 4, 30), 1, False
    assert shape(rules.period_on(date(2024, 12, 1))) == half


def test_a_new_target_from_the_first_day_on_keeps_the_blocks_too() -> None:
    started, later = date(2024, 1, 31), date(2024, 2, 10)
    versions = versions_of([(started, schedule("monthly", every=2))])
    (only,) = changed(versions, later, schedule("monthly", 3, every=2), first_day=later)
    two_months = date(2024, 1, 1), date(2024, 2, 29), 3, False
    assert shape(only.schedule.period_from(later)) == two_months
    assert versions_of([only]) == (only,)  # as it is stored, and read again


def test_a_week_start_that_makes_no_difference_to_the_periods_is_no_change() -> None:
    started, later = date(2024, 1, 31), date(2024, 2, 10)
    for same in (
        schedule("daily", every=3),
        schedule("weekdays", weekdays=frozenset({1, 5})),
        schedule("monthly"),
        schedule("yearly"),
    ):
        versions = versions_of([(started, same)])
        sundays = replace(same, week_starts_on=7)
        assert changed(versions, later, sundays, started) == versions
    for same in (
        schedule("weekdays", weekdays=frozenset({1, 5}), every=2),
        schedule("weekly"),
    ):
        versions = versions_of([(started, same)])
        sundays = replace(same, week_starts_on=7)
        assert len(changed(versions, later, sundays, started)) == 2


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.data())
def test_versions_read_from_their_first_days_are_those_that_changes_made(
    day: date, data: st.DataObject
) -> None:
    """No more than the first days are stored: they must tell where every block begins."""
    first = data.draw(changes(day, 1))
    versions = versions_of([(day, schedule_of(first))])
    for _ in range(3):
        again = changes(clamp(day, data.draw(st.integers(-40, 120))), data.draw(st.integers(1, 2)))
        change = data.draw(again)
        if data.draw(st.booleans()):
            change = change._replace(**first._asdict() | {"effective_from": change.effective_from})
            change = change._replace(target=data.draw(st.integers(1, 2)))
        first_day = clamp(day, data.draw(st.integers(-20, 20)))
        new = schedule_of(change)
        versions = changed(versions, change.effective_from, new, first_day)
        assert sorted(versions, key=lambda version: version.effective_from) == list(versions)
        assert versions_of(versions) == versions


# --- Pauses ----------------------------------------------------------------------------------

pause_lists = st.lists(
    st.tuples(st.integers(0, 60), st.none() | st.integers(0, 20)), max_size=6
).map(
    lambda pairs: [
        Pause(clamp(MONDAY, start), None if length is None else clamp(MONDAY, start + length))
        for start, length in pairs
    ]
)


def covered(pauses: Iterable[Pause]) -> set[date]:
    days = [clamp(MONDAY, offset) for offset in range(-5, 120)]
    return {
        day for day in days for pause in pauses if pause.starts_on <= day and pause.reaches(day)
    }


@given(pause_lists)
def test_pauses_that_overlap_or_touch_become_one_and_cover_the_same_days(
    pauses: list[Pause],
) -> None:
    merged = merged_pauses(pauses)
    assert covered(merged) == covered(pauses)
    for one, two in pairwise(merged):
        assert one.ends_on is not None
        assert two.starts_on > one.ends_on + DAY


@given(pause_lists, st.integers(-3, 90))
def test_resuming_ends_the_pause_of_that_day_and_leaves_the_others(
    pauses: list[Pause], offset: int
) -> None:
    merged = merged_pauses(pauses)
    on = clamp(MONDAY, offset)
    ended = next((p for p in merged if p.starts_on <= on and p.reaches(on)), None)
    gone = set[date]() if ended is None else {day for day in covered([ended]) if day >= on}
    assert covered(resumed(merged, on)) == covered(merged) - gone
