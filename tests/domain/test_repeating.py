"""Which occurrence comes next, and when it is due, in zones whose clocks change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import get_args

import pytest

from tests.domain.random_repeating import compare
from trackercore.domain.calendar import instant_at, wall_clock
from trackercore.domain.recurrence import Recurrence, RepeatsFrom, parse_recurrence
from trackercore.domain.repeating import Place, Series, Start, rule_from, start_of

BERLIN, NEW_YORK, APIA = "Europe/Berlin", "America/New_York", "Pacific/Apia"
NINE = time(9)


def series(
    rule: str,
    start: date,
    at: time | None = None,
    zone: str = "UTC",
    *,
    repeats_from: RepeatsFrom = "due",
    day_starts_at: int = 0,
) -> Series:
    return Series(parse_recurrence(rule), repeats_from, start, at, zone, day_starts_at)


def utc(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "at", "instant"),
    [
        (BERLIN, date(2026, 3, 28), NINE, utc(2026, 3, 28, 8)),
        (BERLIN, date(2026, 3, 29), NINE, utc(2026, 3, 29, 7)),
        (BERLIN, date(2026, 3, 29), time(2, 30), utc(2026, 3, 29, 1, 30)),  # the gap: 3:30
        (BERLIN, date(2026, 10, 25), time(2, 30), utc(2026, 10, 25, 0, 30)),  # the first of two
        (NEW_YORK, date(2026, 3, 8), time(2, 30), utc(2026, 3, 8, 7, 30)),
        (NEW_YORK, date(2026, 11, 1), time(1, 30), utc(2026, 11, 1, 5, 30)),
        ("Africa/Cairo", date(2026, 4, 24), time(0), utc(2026, 4, 23, 22)),  # no midnight
    ],
)
def test_a_time_of_day_is_an_instant_as_in_rfc_5545(
    zone: str, day: date, at: time, instant: datetime
) -> None:
    assert instant_at(day, at, zone) == instant


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("day", [date.min, date(2, 1, 1), date(9998, 12, 31), date.max])
def test_at_the_ends_of_the_calendar_it_is_an_instant_that_can_be_stored(
    zone: str, day: date
) -> None:
    for at in (time.min, time.max):
        instant = instant_at(day, at, zone)
        assert 2 <= instant.year <= 9998
        if 2 < day.year < 9998:
            assert wall_clock(instant, zone) == datetime.combine(day, at)


def test_a_rule_starts_where_the_task_is_due_by_the_clock_of_its_owner() -> None:
    assert start_of(None, utc(2026, 1, 1, 23, 30), BERLIN) == (date(2026, 1, 2), time(0, 30))
    assert start_of(date(2026, 1, 1), None, BERLIN) == (date(2026, 1, 1), None)
    assert start_of(None, None, BERLIN) is None


@pytest.mark.parametrize(
    ("until", "at", "expected"),
    [
        ("20260331", NINE, "20260331"),
        ("20260331T070000Z", NINE, "20260331"),  # 9:00 in summer
        ("20260331T065959Z", NINE, "20260330"),
        ("20260331T223000Z", time(0, 30), "20260401"),
        ("20260331T222959Z", time(0, 30), "20260331"),
        ("20260331T090000", NINE, "20260331"),
        ("20260331T085959", NINE, "20260330"),
        ("20260331T220000Z", None, "20260401"),  # midnight in Berlin: the day has begun
        ("20260331T000000", None, "20260331"),
    ],
)
def test_until_with_a_time_is_the_last_date_whose_occurrence_is_not_after_it(
    until: str, at: time | None, expected: str
) -> None:
    rule = rule_from(f"FREQ=DAILY;UNTIL={until}", Start(date(2026, 1, 1), at), BERLIN)
    assert str(rule) == f"FREQ=DAILY;UNTIL={expected}"


def test_a_month_s_last_days_do_not_drift() -> None:
    monthly = series("FREQ=MONTHLY", date(2026, 1, 31))
    place: Place | None = Place(date(2026, 1, 31), 1)
    found: list[str] = []
    while place is not None and place.number <= 6:
        found.append(f"{place.date:%m-%d}")
        place = monthly.next(place, datetime.combine(place.date, NINE, UTC))
    assert found == ["01-31", "02-28", "03-31", "04-30", "05-31", "06-30"]


def test_a_timed_one_is_over_at_its_time_and_one_due_on_a_day_at_the_end_of_the_local_day() -> None:
    timed = series("FREQ=DAILY", date(2026, 3, 1), NINE, BERLIN)
    assert not timed.is_over(date(2026, 3, 1), utc(2026, 3, 1, 7, 59))
    assert timed.is_over(date(2026, 3, 1), utc(2026, 3, 1, 8))
    late = series("FREQ=DAILY", date(2026, 3, 1), None, BERLIN, day_starts_at=180)
    assert not late.is_over(date(2026, 3, 1), utc(2026, 3, 2, 1, 59))
    assert late.is_over(date(2026, 3, 1), utc(2026, 3, 2, 2))


def test_from_completion_a_task_before_the_start_of_the_day_is_due_at_its_end() -> None:
    """At 1:00, where days start at 3:00, the local day of the occurrence is that of its eve."""
    night = series(
        "FREQ=DAILY", date(2026, 3, 2), time(1), repeats_from="completion", day_starts_at=180
    )
    following = night.next(Place(date(2026, 3, 2), 1), utc(2026, 3, 2, 1))  # of March 1
    assert following == (date(2026, 3, 3), 2)
    assert night.due(date(2026, 3, 3)).due_day == date(2026, 3, 2)


def test_one_that_is_skipped_ahead_repeats_from_its_own_day() -> None:
    weekly = series("FREQ=WEEKLY", date(2026, 3, 20), repeats_from="completion")
    place = Place(date(2026, 3, 20), 1)
    assert weekly.next(place, utc(2026, 3, 10)) == (date(2026, 3, 17), 2)
    assert weekly.next(place, utc(2026, 3, 10), skipped=True) == (date(2026, 3, 27), 2)
    assert weekly.next(place, utc(2026, 3, 24), skipped=True) == (date(2026, 3, 31), 2)


def test_a_nonexistent_date_has_no_occurrence_but_counts() -> None:
    daily = series("FREQ=DAILY;COUNT=3", date(2011, 12, 29), NINE, APIA)
    place = Place(date(2011, 12, 29), 1)
    assert daily.next(place, utc(2011, 12, 29)) == (date(2011, 12, 31), 3)
    assert list(daily.dates(place, date(2011, 12, 1), date(2012, 1, 31))) == [
        date(2011, 12, 29),
        date(2011, 12, 31),
    ]
    # Where days start at noon, some hours of it were there.
    late = series("FREQ=DAILY", date(2011, 12, 29), None, APIA, day_starts_at=720)
    assert late.next(Place(date(2011, 12, 29), 1), utc(2011, 12, 29)) == (date(2011, 12, 30), 2)


def test_at_the_end_of_the_calendar_there_is_no_next_one() -> None:
    for repeats_from in get_args(RepeatsFrom):
        last = series("FREQ=YEARLY", date(9998, 6, 1), NINE, repeats_from=repeats_from)
        assert last.next(Place(date(9998, 6, 1), 1), utc(9998, 6, 1)) is None


def test_those_to_come_are_listed_by_local_day() -> None:
    night = series("FREQ=WEEKLY", date(2026, 3, 3), time(1), day_starts_at=180)
    place = Place(date(2026, 3, 3), 1)
    ahead = list(night.upcoming(place, date(2026, 3, 9), date(2026, 3, 16), utc(2026, 3, 1)))
    assert [(one.occurrence_date, one.due_day) for one in ahead] == [
        (date(2026, 3, 10), date(2026, 3, 9)),
        (date(2026, 3, 17), date(2026, 3, 16)),
    ]
    overdue = night.upcoming(place, date(2026, 3, 1), date(2026, 3, 31), utc(2026, 3, 20))
    assert [one.occurrence_date.day for one in overdue] == [24, 31]
    waiting = series("FREQ=DAILY", date(2026, 3, 3), repeats_from="completion")
    assert not list(waiting.upcoming(place, date(2026, 3, 1), date(2026, 3, 31), utc(2026, 3, 1)))


@pytest.mark.slow
def test_random_tasks_go_on_as_by_the_oracle() -> None:
    counts = compare(seed=1, number=300)
    assert counts["tasks"] == 300
    assert min(counts[f"FREQ=DAILY from {one}"] for one in ("due", "completion")) > 10
    assert counts["a nonexistent date within 60 days"] > 20
    assert counts["occurrences missed in a step"] > 30


@pytest.mark.slow
def test_very_many_random_tasks_go_on_as_by_the_oracle() -> None:
    assert compare(seed=2, number=3_000)["tasks"] == 3_000


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=DAILY;COUNT=1000000"])
@pytest.mark.parametrize("start", [date(1990, 1, 1), date.min])
def test_a_task_that_was_left_for_years_goes_on_at_once(
    rule: str, start: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[date] = []

    def is_over(self: Series, day: date, now: datetime) -> bool:
        looked_at.append(day)
        return real_is_over(self, day, now)

    def dates(self: Recurrence, *between: date) -> Iterator[date]:
        for day in real_dates(self, *between):
            looked_at.append(day)
            yield day

    real_is_over, real_dates = Series.is_over, Recurrence.dates
    monkeypatch.setattr(Series, "is_over", is_over)
    monkeypatch.setattr(Recurrence, "dates", dates)
    daily = series(rule, start, NINE, BERLIN)
    days = (date(2026, 11, 30) - start).days
    following = daily.next(Place(start, 1), utc(2026, 11, 29, 12))
    assert following is not None
    assert following == (date(2026, 11, 30), 1 + days)
    assert daily.number_on(start, following) == 1
    assert len(looked_at) <= 10
