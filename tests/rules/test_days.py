"""Local days as public functions: what is not an instant or a zone is refused in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackercore import TrackerError, UnknownTimeZone, rules
from trackercore.testing import strategies

BERLIN = "Europe/Berlin"
NIGHT = datetime(2026, 5, 5, 0, 30, tzinfo=UTC)  # half past two in Berlin


def test_a_local_day_is_that_of_the_wall_clock_moved_back() -> None:
    assert rules.local_day(NIGHT, BERLIN) == date(2026, 5, 5)
    assert rules.local_day(NIGHT, BERLIN, 180) == date(2026, 5, 4)
    assert rules.local_day(NIGHT.astimezone(ZoneInfo("Asia/Tokyo")), BERLIN) == date(2026, 5, 5)
    assert rules.local_day(NIGHT, "America/Los_Angeles") == date(2026, 5, 4)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)]
)
def test_the_bounds_of_a_day_are_as_far_apart_as_the_day_is_long(day: str, hours: int) -> None:
    bounds = rules.day_bounds(date.fromisoformat(day), BERLIN)
    assert bounds is not None
    assert bounds[1] - bounds[0] == timedelta(hours=hours)
    assert {bound.tzinfo for bound in bounds} == {UTC}
    assert bounds[0].astimezone(ZoneInfo(BERLIN)).isoformat()[:16] == f"{day}T00:00"


def test_a_date_that_a_zone_skipped_has_no_bounds_and_is_among_those_it_skipped() -> None:
    assert rules.day_bounds(date(2011, 12, 30), "Pacific/Apia") is None
    assert date(2011, 12, 30) in rules.nonexistent_dates("Pacific/Apia")
    assert rules.nonexistent_dates(BERLIN) == ()
    logs = [date(2011, 12, 29), date(2011, 12, 31)]
    dates = rules.nonexistent_dates("Pacific/Apia")
    assert rules.streak(logs, "daily", logs[-1], nonexistent=dates).current == 2
    logs.insert(1, date(2011, 12, 30))  # of somebody who lived elsewhere then
    assert rules.streak(logs, "daily", logs[-1], nonexistent=dates).current == 3


def test_a_span_is_cut_where_days_end_and_keeps_its_seconds() -> None:
    evening = datetime(2026, 3, 28, 22, tzinfo=UTC)  # the night in which clocks go forward
    first, second = rules.cut_by_day(evening, evening + timedelta(hours=4), BERLIN)
    assert (first.day, first.seconds) == (date(2026, 3, 28), 3600)
    assert (second.day, second.seconds) == (date(2026, 3, 29), 3 * 3600)
    assert first.ended_at == second.started_at == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert rules.cut_by_day(evening, evening, BERLIN) == []


@given(
    strategies.instants(),
    st.sampled_from([BERLIN, "Pacific/Kiritimati", "Etc/GMT+12"]),
    st.integers(0, 1439),
)
def test_every_instant_lies_within_the_bounds_of_its_day(
    instant: datetime, zone: str, day_starts_at: int
) -> None:
    day = rules.local_day(instant, zone, day_starts_at)
    if 2 <= day.year <= 9998:
        bounds = rules.day_bounds(day, zone, day_starts_at)
        assert bounds is not None
        assert bounds[0] <= instant < bounds[1]


NAIVE = NIGHT.replace(tzinfo=None)
LOCAL: Any = rules.local_day
BOUNDS: Any = rules.day_bounds
CUT: Any = rules.cut_by_day


@pytest.mark.parametrize(
    ("call", "arguments", "error", "message"),
    [
        (LOCAL, (NAIVE, BERLIN), ValueError, r"naive.*value\.replace\(tzinfo=UTC\)"),
        (LOCAL, (NIGHT.date(), BERLIN), TypeError, "instant: expected an aware datetime"),
        (LOCAL, ("2026-05-05", BERLIN), TypeError, "instant: expected an aware datetime"),
        (LOCAL, (datetime.max.replace(tzinfo=UTC), BERLIN), ValueError, "years 2 to 9998"),
        (LOCAL, (NIGHT, ZoneInfo(BERLIN)), TypeError, "that of a ZoneInfo is its key"),
        (LOCAL, (NIGHT, None), TypeError, "time_zone: expected an IANA name"),
        (LOCAL, (NIGHT, BERLIN, 1440), ValueError, "day_starts_at: 1440 is not between 0 and 1439"),
        (LOCAL, (NIGHT, BERLIN, 2.5), TypeError, "day_starts_at: expected an int"),
        (LOCAL, (NIGHT, BERLIN, True), TypeError, "day_starts_at: expected an int"),
        (BOUNDS, (NIGHT, BERLIN), TypeError, "day: .* is an instant, and no day"),
        (BOUNDS, (date.max, BERLIN), ValueError, "day: 9999-12-31 is out of range"),
        (BOUNDS, (date.min, BERLIN), ValueError, "day: 0001-01-01 is out of range"),
        (CUT, (NIGHT, NAIVE, BERLIN), ValueError, "ended_at: .* is naive"),
        (CUT, (NIGHT, NIGHT - timedelta(days=1), BERLIN), ValueError, "is after ended_at"),
    ],
)
def test_what_is_wrong_is_said(
    call: Any, arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(*arguments)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Berlin"])
def test_a_zone_that_is_not_known_is_an_error_of_its_own_which_names_no_user(zone: str) -> None:
    for call in (
        lambda: rules.local_day(NIGHT, zone),
        lambda: rules.day_bounds(NIGHT.date(), zone),
        lambda: rules.cut_by_day(NIGHT, NIGHT + timedelta(days=1), zone),
        lambda: rules.nonexistent_dates(zone),
    ):
        with pytest.raises(UnknownTimeZone) as caught:
            call()
        assert isinstance(caught.value, TrackerError)
        assert (caught.value.time_zone, caught.value.user_id) == (zone, None)
        assert f"tzdata does not have the time zone {zone!r}" in str(caught.value)
