"""Timed study is cut where local days end, and no second of it is lost or counted twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trackercore.domain.calendar import local_day
from trackercore.domain.timed import SECOND, Part, cut, is_forgotten, whole_minutes, whole_second

MINUTE = timedelta(minutes=1)

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
def test_the_parts_cover_the_span_and_their_seconds_add_up(
    start: datetime, seconds: int, calendar: tuple[str, int]
) -> None:
    end = start + seconds * SECOND
    parts = cut(start, end, *calendar)
    assert sum(part.seconds for part in parts) == seconds
    assert (parts == []) == (seconds == 0)
    if parts:
        assert (parts[0].started_at, parts[-1].ended_at) == (start, end)
    for before, after in pairwise(parts):
        assert before.ended_at == after.started_at
    for part in parts:
        assert 1 <= part.seconds == (part.ended_at - part.started_at).total_seconds() <= 93_600


@given(starts, st.integers(1, 300) | st.integers(1, 1152).map(lambda n: n * 300), calendars)
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
        Part(date(2026, 6, 10), start, midnight),
        Part(date(2026, 6, 11), midnight, start + 90 * MINUTE),
    ]
    (whole,) = cut(start, start + 90 * MINUTE, "Europe/Berlin", 180)
    assert (whole.day, whole.seconds) == (date(2026, 6, 10), 5400)


@pytest.mark.parametrize(
    ("first", "minutes"),
    [(date(2026, 3, 29), 23 * 60), (date(2026, 10, 25), 25 * 60), (date(2026, 6, 10), 24 * 60)],
)
def test_a_day_is_as_long_as_it_was(first: date, minutes: int) -> None:
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)
    parts = cut(noon - timedelta(days=2), noon + timedelta(days=2), "Europe/Berlin", 0)
    assert {part.day: part.seconds for part in parts}[first] == minutes * 60


def test_seconds_on_either_side_of_midnight_are_not_lost() -> None:
    midnight = datetime(2026, 6, 11, tzinfo=UTC)
    start, end = midnight - 30 * SECOND, midnight + 29 * SECOND
    assert cut(start, end, "UTC", 0) == [
        Part(date(2026, 6, 10), start, midnight),
        Part(date(2026, 6, 11), midnight, end),
    ]


def test_an_hour_of_many_topics_is_an_hour() -> None:
    """Switched every 90 seconds it was 40 minutes long, and every 45 seconds it was nothing."""
    start = datetime(2026, 6, 10, 9, tzinfo=UTC)
    for length in (90, 45):
        switches = [start + at * SECOND for at in range(0, 3601, length)]
        parts = [part for span in pairwise(switches) for part in cut(*span, "UTC", 0)]
        assert sum(part.seconds for part in parts) == 3600
        assert whole_minutes(sum(part.seconds for part in parts)) == 60


@given(
    starts,
    st.lists(st.timedeltas(timedelta(0), timedelta(minutes=3)), min_size=1, max_size=50),
    calendars,
)
def test_a_chain_of_switches_at_any_instants_loses_nothing(
    start: datetime, lengths: list[timedelta], calendar: tuple[str, int]
) -> None:
    instants = [start + timedelta(microseconds=618_034)]
    for length in lengths:
        instants.append(instants[-1] + length)
    parts = [part for span in pairwise(instants) for part in cut(*span, *calendar)]
    expected = whole_second(instants[-1]) - whole_second(instants[0])
    assert sum(part.seconds for part in parts) == expected.total_seconds()
    for part in parts:
        assert part.started_at.microsecond == part.ended_at.microsecond == 0


def test_a_timer_is_forgotten_after_31_days() -> None:
    start = datetime(2026, 6, 10, tzinfo=UTC)
    assert not is_forgotten(start, start + timedelta(days=31))
    assert is_forgotten(start, start + timedelta(days=31, seconds=1))
