"""Local days, and the days, weeks, months and years that dates are grouped by."""

from __future__ import annotations

from datetime import (
    UTC,
    date,
    datetime,
    time,
    timedelta,
    timezone,
)
from functools import partial
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.buckets import DAY, walk, walks
from trackercore.domain.calendar import (
    Unit,
    bucket,
    buckets,
    earliest_day,
    is_time_zone,
    local_day,
    nonexistent_dates,
    possible_days,
    shift,
)
from trackercore.domain.timed import day_bounds
from trackercore.types import to_utc

# The first and last instant that are stored.
EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)

UNITS: list[Unit] = ["day", "week", "month", "year"]

# East to west, whole, half and quarter hours, and zones that skipped or repeat wall clock times.
ZONES = [
    "Pacific/Kiritimati",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "UTC",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Los_Angeles",
    "Pacific/Niue",
    "Etc/GMT+12",
]

instants = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
minutes_of_day = st.sampled_from([0, 1, 90, 150, 180, 240, 720, 1439]) | st.integers(0, 1439)


@pytest.mark.parametrize(
    ("instant", "zone", "day_starts_at", "day"),
    [
        # One instant, three dates.
        ("2024-03-20T10:30:00+00:00", "Pacific/Kiritimati", 0, "2024-03-21"),
        ("2024-03-20T10:30:00+00:00", "UTC", 0, "2024-03-20"),
        ("2024-03-20T10:30:00+00:00", "Etc/GMT+12", 0, "2024-03-19"),
        # The zone the instant is written in does not matter.
        ("2024-03-21T00:30:00+14:00", "Pacific/Niue", 0, "2024-03-19"),
        # Midnight belongs to the new day.
        ("2024-03-20T18:14:59+00:00", "Asia/Kathmandu", 0, "2024-03-20"),
        ("2024-03-20T18:15:00+00:00", "Asia/Kathmandu", 0, "2024-03-21"),
        # A day that starts at 3 keeps the night with the evening before.
        ("2024-03-20T01:59:59+00:00", "Europe/Berlin", 180, "2024-03-19"),
        ("2024-03-20T02:00:00+00:00", "Europe/Berlin", 180, "2024-03-20"),
        ("2024-03-20T22:58:59+00:00", "Europe/Berlin", 1439, "2024-03-19"),
        ("2024-03-20T22:59:00+00:00", "Europe/Berlin", 1439, "2024-03-20"),
        # Berlin goes from 02:00 to 03:00: half past two never comes, and the day begins at three.
        ("2024-03-31T00:59:59+00:00", "Europe/Berlin", 150, "2024-03-30"),
        ("2024-03-31T01:00:00+00:00", "Europe/Berlin", 150, "2024-03-31"),
        ("2024-03-31T01:00:00+00:00", "Europe/Berlin", 181, "2024-03-30"),
        # Berlin goes from 03:00 back to 02:00: both times half past two belong to the night.
        ("2024-10-27T00:30:00+00:00", "Europe/Berlin", 180, "2024-10-26"),
        ("2024-10-27T01:30:00+00:00", "Europe/Berlin", 180, "2024-10-26"),
        ("2024-10-27T02:00:00+00:00", "Europe/Berlin", 180, "2024-10-27"),
        # Sao Paulo skipped midnight itself, and on another night had 23:00 to 24:00 twice.
        ("2018-11-04T02:59:59+00:00", "America/Sao_Paulo", 0, "2018-11-03"),
        ("2018-11-04T03:00:00+00:00", "America/Sao_Paulo", 0, "2018-11-04"),
        ("2019-02-17T01:30:00+00:00", "America/Sao_Paulo", 0, "2019-02-16"),
        ("2019-02-17T02:30:00+00:00", "America/Sao_Paulo", 0, "2019-02-16"),
        ("2019-02-17T03:00:00+00:00", "America/Sao_Paulo", 0, "2019-02-17"),
        # Lord Howe moves by half an hour: 02:00 to 02:30, and 02:00 back to 01:30.
        ("2024-10-05T15:29:59+00:00", "Australia/Lord_Howe", 120, "2024-10-05"),
        ("2024-10-05T15:30:00+00:00", "Australia/Lord_Howe", 150, "2024-10-06"),
        ("2024-10-05T15:30:00+00:00", "Australia/Lord_Howe", 151, "2024-10-05"),
        ("2024-04-06T14:59:59+00:00", "Australia/Lord_Howe", 120, "2024-04-06"),
        ("2024-04-06T15:29:59+00:00", "Australia/Lord_Howe", 120, "2024-04-06"),
        ("2024-04-06T15:30:00+00:00", "Australia/Lord_Howe", 120, "2024-04-07"),
        # Apia went from the 29th straight to the 31st.
        ("2011-12-30T09:59:59+00:00", "Pacific/Apia", 0, "2011-12-29"),
        ("2011-12-30T10:00:00+00:00", "Pacific/Apia", 0, "2011-12-31"),
    ],
)
def test_local_day_is_the_date_on_the_wall(
    instant: str, zone: str, day_starts_at: int, day: str
) -> None:
    moment = datetime.fromisoformat(instant)
    assert local_day(moment, zone, day_starts_at) == date.fromisoformat(day)


def test_no_instant_falls_on_a_nonexistent_date() -> None:
    start = datetime(2011, 12, 28, tzinfo=UTC)
    days = {local_day(start + timedelta(minutes=m), "Pacific/Apia") for m in range(5 * 1440)}
    assert date(2011, 12, 29) in days
    assert date(2011, 12, 30) not in days
    assert date(2011, 12, 31) in days


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2024, 3, 30), 24),
        ("Europe/Berlin", date(2024, 3, 31), 23),
        ("Europe/Berlin", date(2024, 10, 27), 25),
        ("Australia/Lord_Howe", date(2024, 4, 7), 24.5),
        ("Australia/Lord_Howe", date(2024, 10, 6), 23.5),
    ],
)
def test_a_day_has_as_many_hours_as_the_clocks_say(zone: str, day: date, hours: float) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    around = [noon + timedelta(minutes=m) for m in range(-3 * 1440, 3 * 1440)]
    assert sum(local_day(instant, zone) == day for instant in around) == hours * 60


@given(instants, st.sampled_from(ZONES), minutes_of_day, st.integers(-23, 23))
def test_local_day_is_utc_plus_the_offset_then_in_force_less_the_start_of_the_day(
    instant: datetime, zone: str, day_starts_at: int, hours: int
) -> None:
    offset = ZoneInfo(zone).utcoffset(instant.astimezone(ZoneInfo(zone)))
    assert offset is not None
    moved = instant + offset - timedelta(minutes=day_starts_at)  # UTC has neither gap nor fold
    assert local_day(instant, zone, day_starts_at) == moved.date()
    elsewhere = instant.astimezone(timezone(timedelta(hours=hours)))
    assert local_day(elsewhere, zone, day_starts_at) == moved.date()


@pytest.mark.parametrize(
    ("instant", "zone", "day_starts_at", "day"),
    [
        (EARLIEST, "Etc/GMT+12", 1439, date(1, 12, 30)),
        (EARLIEST, "Etc/GMT-14", 0, date(2, 1, 1)),
        (LATEST, "Pacific/Kiritimati", 0, date(9999, 1, 1)),
        (LATEST, "Etc/GMT+12", 1439, date(9998, 12, 30)),
    ],
)
def test_every_instant_that_can_be_stored_has_a_local_day(
    instant: datetime, zone: str, day_starts_at: int, day: date
) -> None:
    assert local_day(to_utc(instant), zone, day_starts_at) == day


@given(instants, st.sampled_from(ZONES), minutes_of_day)
@example(datetime(2011, 12, 30, 10, 30, tzinfo=UTC), "Pacific/Apia", 0)
@example(datetime(2011, 12, 30, 10, 30, tzinfo=UTC), "Pacific/Apia", 180)
@example(datetime(2024, 3, 31, 1, 0, tzinfo=UTC), "Europe/Berlin", 150)
@example(datetime(2024, 10, 27, 0, 30, tzinfo=UTC), "Europe/Berlin", 150)
@example(datetime(2024, 10, 27, 1, 30, tzinfo=UTC), "Europe/Berlin", 150)
def test_an_instant_lies_within_the_bounds_of_its_local_day_which_are_exact(
    instant: datetime, zone: str, day_starts_at: int
) -> None:
    day = local_day(instant, zone, day_starts_at)
    bounds = day_bounds(day, zone, day_starts_at)
    assert bounds is not None
    begin, end = bounds
    assert begin <= instant < end
    assert end - begin <= timedelta(hours=50)
    moment = timedelta(microseconds=1)
    inside = [local_day(at, zone, day_starts_at) for at in (begin, end - moment)]
    outside = [local_day(at, zone, day_starts_at) for at in (begin - moment, end)]
    assert inside == [day, day]
    assert day not in outside


def test_the_bounds_of_a_day_that_a_change_of_clocks_ends_twice_hold_both_ends() -> None:
    bounds = day_bounds(date(2024, 10, 26), "Europe/Berlin", 150)
    # 02:30 in summer time, the next day for half an hour, and 02:30 once more.
    assert bounds == (
        datetime(2024, 10, 26, 0, 30, tzinfo=UTC),
        datetime(2024, 10, 27, 1, 30, tzinfo=UTC),
    )
    assert local_day(datetime(2024, 10, 27, 0, 45, tzinfo=UTC), "Europe/Berlin", 150) == date(
        2024, 10, 27
    )


def test_a_date_that_a_zone_skipped_has_no_bounds_unless_a_few_hours_of_it_existed() -> None:
    assert day_bounds(date(2011, 12, 30), "Pacific/Apia") is None
    bounds = day_bounds(date(2011, 12, 30), "Pacific/Apia", 180)
    assert bounds is not None
    assert bounds[1] - bounds[0] == timedelta(hours=3)


@given(instants, st.sampled_from(ZONES), minutes_of_day)
def test_a_local_day_is_one_of_the_possible_days(
    instant: datetime, zone: str, day_starts_at: int
) -> None:
    first, last = possible_days(instant)
    assert first <= local_day(instant, zone, day_starts_at) <= last


@pytest.mark.parametrize(
    ("instant", "zone", "day_starts_at", "end"),
    [
        ("2024-03-20T11:30:00+00:00", "Etc/GMT+12", 1439, 0),
        ("2024-03-20T10:30:00+00:00", "Pacific/Kiritimati", 0, 1),
        # Local mean time, by the other side of the date line.
        ("1800-03-20T15:00:00+00:00", "Asia/Manila", 1439, 0),
        ("1800-03-20T09:00:00+00:00", "America/Juneau", 0, 1),
        # The zone the instant is written in does not matter.
        ("2024-03-21T00:30:00+14:00", "Pacific/Kiritimati", 0, 1),
    ],
)
def test_the_possible_days_are_no_more_than_those_that_are_somewhere(
    instant: str, zone: str, day_starts_at: int, end: int
) -> None:
    moment = datetime.fromisoformat(instant)
    assert local_day(moment, zone, day_starts_at) == possible_days(moment)[end]


def test_a_time_zone_is_known_by_its_exact_name_alone() -> None:
    assert all(map(is_time_zone, ZONES))
    assert not any(map(is_time_zone, ["", "Berlin", "europe/berlin", "UTC+1", "/etc/localtime"]))


@given(st.dates(), st.integers(-5_000_000, 5_000_000))
@example(date.min, -1)
@example(date.max, 1)
@example(date.min, 0)
@example(date.max, 0)
def test_shift_moves_by_days_and_holds_at_the_calendars_ends(day: date, days: int) -> None:
    moved = shift(day, days)
    if 1 <= day.toordinal() + days <= date.max.toordinal():
        assert moved - day == days * DAY
    else:
        assert moved == (date.min if days < 0 else date.max)


@given(
    instant=st.integers(-2_200_000_000, 4_000_000_000).map(partial(datetime.fromtimestamp, tz=UTC)),
    zone=st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
    day_starts_at=st.sampled_from([0, 60, 90, 120, 1439]),
    minutes=st.lists(st.integers(0, 26 * 60), max_size=20),
)
@example(datetime(2026, 11, 1, 5, 45, tzinfo=UTC), "America/New_York", 90, [30])
@example(datetime(1969, 9, 30, 12, 30, tzinfo=UTC), "Pacific/Kwajalein", 0, [60])
def test_no_local_day_is_before_the_earliest_one(
    instant: datetime, zone: str, day_starts_at: int, minutes: list[int]
) -> None:
    earliest = earliest_day(instant, zone, day_starts_at)
    day = local_day(instant, zone, day_starts_at)
    assert earliest <= day <= earliest + DAY
    for later in minutes:
        then = instant + timedelta(minutes=later)
        assert local_day(then, zone, day_starts_at) >= earliest


@pytest.mark.parametrize("unit", UNITS)
@given(
    day=st.dates() | st.dates(date(2020, 12, 1), date(2021, 1, 31)),
    week_starts_on=st.integers(1, 7),
)
@example(day=date.min, week_starts_on=7)
@example(day=date(1, 1, 6), week_starts_on=7)
@example(day=date.max, week_starts_on=1)
@example(day=date(2024, 2, 29), week_starts_on=1)
@example(day=date(1900, 2, 28), week_starts_on=1)
def test_a_bucket_is_what_one_finds_by_walking_from_the_day_both_ways(
    unit: Unit, day: date, week_starts_on: int
) -> None:
    assert bucket(unit, day, week_starts_on) == walk(unit, day, week_starts_on)


@pytest.mark.parametrize("unit", UNITS)
@given(day=st.dates(), week_starts_on=st.integers(1, 7))
def test_buckets_follow_each_other_without_gap_or_overlap(
    unit: Unit, day: date, week_starts_on: int
) -> None:
    first, last = bucket(unit, day, week_starts_on)
    assert first <= day <= last
    if last < date.max:
        assert bucket(unit, last + DAY, week_starts_on)[0] == last + DAY
    if first > date.min:
        assert bucket(unit, first - DAY, week_starts_on)[1] == first - DAY


@pytest.mark.parametrize("unit", UNITS)
@given(start=st.dates(), days=st.integers(0, 800), week_starts_on=st.integers(1, 7))
@example(start=date.min, days=30, week_starts_on=7)
@example(start=date.max, days=0, week_starts_on=1)
def test_the_buckets_of_a_range_are_those_of_its_days(
    unit: Unit, start: date, days: int, week_starts_on: int
) -> None:
    end = date.fromordinal(min(start.toordinal() + days, date.max.toordinal()))
    assert list(buckets(unit, start, end, week_starts_on)) == walks(
        unit, start, end, week_starts_on
    )


def test_weeks_start_on_monday_by_default() -> None:
    assert bucket("week", date(2021, 1, 1)) == (date(2020, 12, 28), date(2021, 1, 3))
    assert bucket("week", date(2021, 1, 1), 7) == (date(2020, 12, 27), date(2021, 1, 2))


# --- Nonexistent dates -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Fakaofo", date(2011, 12, 30)),
        ("Pacific/Kiritimati", date(1994, 12, 31)),
        ("Pacific/Kwajalein", date(1993, 8, 21)),
        ("Asia/Manila", date(1844, 12, 31)),
    ],
)
def test_a_zone_that_crossed_the_date_line_has_no_such_date(zone: str, day: date) -> None:
    assert nonexistent_dates(zone) == (day,)
    hours = [datetime.combine(day, time(), UTC) + timedelta(hours=n) for n in range(-48, 72)]
    seen = {local_day(hour, zone) for hour in hours}
    assert day not in seen
    assert {day - timedelta(days=1), day + timedelta(days=1)} <= seen


def test_whose_day_starts_later_had_some_hours_of_it() -> None:
    assert nonexistent_dates("Pacific/Apia", 180) == ()
    moment = datetime(2011, 12, 30, 10, 30, tzinfo=UTC)  # 00:30 on the 31st
    assert local_day(moment, "Pacific/Apia", 180) == date(2011, 12, 30)


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "America/Juneau", "Pacific/Pago_Pago", "America/Sao_Paulo"]
)
def test_other_zones_have_every_date(zone: str) -> None:
    """Also those that had a date twice, and those where midnight is skipped now and then."""
    assert nonexistent_dates(zone) == ()
