"""Timed study is cut where local days end, and no second of it is lost or counted twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackercore.domain.calendar import local_day
from trackercore.domain.timed import MINUTE, Part, cut

SECOND = timedelta(seconds=1)

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "America/Sao_Paulo",  # where midnight was skipped, and shown twice
    "Pacific/Apia",  # where a whole day was skipped
]
# Ordinary days, changes of clocks in both directions, and the skipped day.
ANCHORS = [
    datetime(2026, 6, 10, tzinfo=UTC),
    datetime(2026, 3, 28, 12, tzinfo=UTC),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2026, 4, 4, 6, tzinfo=UTC),
    datetime(2018, 2, 17, 12, tzinfo=UTC),
    datetime(2018, 11, 3, 12, tzinfo=UTC),
    datetime(2011, 12, 29, 6, tzinfo=UTC),
]


@st.composite
def starting_times(draw: st.DrawFn) -> datetime:
    return draw(st.sampled_from(ANCHORS)) + draw(st.integers(0, 2 * 86_400)) * SECOND


starts = starting_times()
lengths = st.integers(0, 300) | st.integers(0, 4 * 86_400)
calendars = st.tuples(st.sampled_from(ZONES), st.sampled_from([0, 0, 30, 150, 180, 1435]))


def seconds_by_day(start: datetime, seconds: int, zone: str, day_starts_at: int) -> Counter[date]:
    """Looked up second by second, where that is few, else in steps of five minutes."""
    step = 1 if seconds <= 300 else 300
    days: Counter[date] = Counter()
    for at in range(0, seconds, step):
        day = local_day(start + at * SECOND, zone, day_starts_at)
        days[day] += min(step, seconds - at)
    return days


@given(starts, lengths, calendars)
def test_the_parts_cover_the_span_and_their_minutes_add_up(
    start: datetime, seconds: int, calendar: tuple[str, int]
) -> None:
    end = start + seconds * SECOND
    parts = cut(start, end, *calendar)
    assert sum(part.minutes for part in parts) == seconds // 60
    assert (parts == []) == (seconds < 60)
    if parts:
        assert (parts[0].started_at, parts[-1].ended_at) == (start, end)
    for before, after in pairwise(parts):
        assert before.ended_at == after.started_at
    for part in parts:
        assert 1 <= part.minutes <= 1560
        assert abs(part.minutes * 60 - (part.ended_at - part.started_at).total_seconds()) < 60


@given(starts, st.integers(60, 300) | st.integers(1, 1152).map(lambda n: n * 300), calendars)
@example(datetime(2026, 10, 25, tzinfo=UTC), 10_800, ("Europe/Berlin", 150))
@example(datetime(2026, 10, 25, 0, 20, tzinfo=UTC), 3_000, ("Europe/Berlin", 150))  # there and back
def test_every_second_is_on_the_day_that_its_clock_shows(
    start: datetime, seconds: int, calendar: tuple[str, int]
) -> None:
    start = start.replace(minute=start.minute // 5 * 5, second=0)  # on the steps of the oracle
    expected = seconds_by_day(start, seconds, *calendar)
    found: Counter[date] = Counter()
    for part in cut(start, start + seconds * SECOND, *calendar):
        found[part.day] += round((part.ended_at - part.started_at).total_seconds())
    assert found == expected


def test_a_night_is_cut_at_midnight() -> None:
    start = datetime(2026, 6, 10, 21, 30, tzinfo=UTC)  # half past eleven in Berlin
    midnight = datetime(2026, 6, 10, 22, tzinfo=UTC)
    assert cut(start, start + 90 * MINUTE, "Europe/Berlin", 0) == [
        Part(date(2026, 6, 10), start, midnight, 30),
        Part(date(2026, 6, 11), midnight, start + 90 * MINUTE, 60),
    ]
    (whole,) = cut(start, start + 90 * MINUTE, "Europe/Berlin", 180)
    assert (whole.day, whole.minutes) == (date(2026, 6, 10), 90)


@pytest.mark.parametrize(
    ("first", "minutes"),
    [(date(2026, 3, 29), 23 * 60), (date(2026, 10, 25), 25 * 60), (date(2026, 6, 10), 24 * 60)],
)
def test_a_day_is_as_long_as_it_was(first: date, minutes: int) -> None:
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    parts = cut(noon - timedelta(days=2), noon + timedelta(days=2), "Europe/Berlin", 0)
    assert {part.day: part.minutes for part in parts}[first] == minutes


def test_seconds_on_either_side_of_midnight_are_not_lost() -> None:
    start = datetime(2026, 6, 10, 23, 59, 30, tzinfo=UTC)
    (part,) = cut(start, start + 2 * MINUTE, "UTC", 0)
    assert part == Part(date(2026, 6, 11), start, start + 2 * MINUTE, 2)
    end = datetime(2026, 6, 11, 0, 0, 29, tzinfo=UTC)
    (part,) = cut(end - 149 * SECOND, end, "UTC", 0)
    assert part == Part(date(2026, 6, 10), end - 149 * SECOND, end, 2)
    # Half a minute on either side makes a whole one, on the day on which it is full.
    before, after = cut(end - 120 * SECOND, end, "UTC", 0)
    assert (before.minutes, after.minutes) == (1, 1)
