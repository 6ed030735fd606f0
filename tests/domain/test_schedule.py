"""Schedules: which days are judged together."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.oracle import Rules, period_of
from trackercore.domain.schedule import Frequency, Period, Schedule

DAY = timedelta(days=1)

frequencies: list[Frequency] = ["daily", "weekly"]


@pytest.mark.parametrize("frequency", frequencies)
@given(day=st.dates(), week_starts_on=st.integers(1, 7))
@example(day=date.min, week_starts_on=1)
@example(day=date.min, week_starts_on=7)
@example(day=date.max, week_starts_on=1)
@example(day=date.max, week_starts_on=5)
@example(day=date.max, week_starts_on=6)
def test_a_period_has_the_days_that_one_counts_up_to_the_calendars_ends(
    frequency: Frequency, day: date, week_starts_on: int
) -> None:
    days = period_of(Rules(frequency, 1, week_starts_on, day), day)
    period = Schedule(frequency, week_starts_on=week_starts_on).period(day)
    assert period == (days[0], days[-1])
    assert period.length == len(days)


@pytest.mark.parametrize("frequency", frequencies)
@given(day=st.dates(), week_starts_on=st.integers(1, 7))
def test_the_next_period_starts_on_the_day_after_until_the_calendar_ends(
    frequency: Frequency, day: date, week_starts_on: int
) -> None:
    schedule = Schedule(frequency, week_starts_on=week_starts_on)
    period = schedule.period(day)
    if period.end == date.max:
        assert schedule.next(period) == period
    else:
        assert schedule.next(period).start == period.end + DAY
        assert schedule.next(period) == schedule.period(period.end + DAY)


def test_the_calendars_ends_cut_weeks_short() -> None:
    assert Schedule("weekly", week_starts_on=7).period(date.min) == (date.min, date(1, 1, 6))
    assert Schedule("weekly", week_starts_on=1).period(date.min) == (date.min, date(1, 1, 7))
    last = Schedule("weekly", week_starts_on=1).period(date.max)
    assert last == Period(date(9999, 12, 27), date.max)
    assert last.length == 5
