"""Open tasks: overdue, due today, upcoming, or none of the three."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from trackercore.domain.task_due import Due, is_due

DUES: list[Due] = ["overdue", "today", "upcoming"]

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)

ZONES = ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin", "Australia/Lord_Howe"]


def judge(
    due_date: date | None,
    due_at: datetime | None,
    now: datetime = NOW,
    zone: str = "UTC",
    day_starts_at: int = 0,
) -> set[Due]:
    return {
        due
        for due in DUES
        if is_due(
            due,
            due_date=due_date,
            due_at=due_at,
            now=now,
            time_zone=zone,
            day_starts_at=day_starts_at,
        )
    }


@pytest.mark.parametrize(
    ("due_date", "due_at", "expected"),
    [
        pytest.param(None, None, set[Due](), id="undated"),
        pytest.param(date(2024, 3, 19), None, {"overdue"}, id="yesterday"),
        pytest.param(date(2024, 3, 20), None, {"today"}, id="all-day-today-is-not-overdue"),
        pytest.param(date(2024, 3, 21), None, {"upcoming"}, id="tomorrow"),
        pytest.param(None, NOW - timedelta(days=1), {"overdue"}, id="timed-yesterday"),
        pytest.param(None, NOW - timedelta(hours=1), {"overdue", "today"}, id="earlier-today"),
        pytest.param(None, NOW, {"today"}, id="this-very-moment-is-not-over"),
        pytest.param(None, NOW + timedelta(hours=1), {"today"}, id="later-today"),
        pytest.param(None, NOW + timedelta(hours=12), {"upcoming"}, id="at-midnight"),
    ],
)
def test_the_rule_by_example(
    due_date: date | None, due_at: datetime | None, expected: set[Due]
) -> None:
    assert judge(due_date, due_at) == expected


def test_the_same_instant_is_today_for_one_and_upcoming_for_another() -> None:
    due_at = datetime(2024, 3, 20, 23, 30, tzinfo=UTC)
    assert judge(None, due_at, zone="UTC") == {"today"}
    assert judge(None, due_at, zone="Asia/Tokyo") == {"upcoming"}  # it is 21:00 on the 20th there
    assert judge(None, due_at, zone="Pacific/Kiritimati") == {"today"}  # already the 21st


def test_a_night_owls_evening_is_today_until_the_day_starts() -> None:
    now = datetime(2024, 3, 21, 1, 30, tzinfo=UTC)
    assert judge(date(2024, 3, 20), None, now) == {"overdue"}
    assert judge(date(2024, 3, 20), None, now, day_starts_at=180) == {"today"}
    due_at = datetime(2024, 3, 20, 23, tzinfo=UTC)
    assert judge(None, due_at, now) == {"overdue"}
    assert judge(None, due_at, now, day_starts_at=180) == {"overdue", "today"}


due_days = st.none() | st.dates(date(2024, 3, 16), date(2024, 4, 10))
moments = st.datetimes(
    datetime(2024, 3, 16),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2024, 4, 10),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(
    due_days, st.none() | moments, moments, st.sampled_from(ZONES), st.sampled_from([0, 180, 1439])
)
def test_the_rule_for_any_task_now_zone_and_start_of_day(
    due_date: date | None, due_at: datetime | None, now: datetime, zone: str, day_starts_at: int
) -> None:
    def wall_day(instant: datetime) -> date:
        wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return (wall - timedelta(minutes=day_starts_at)).date()

    if due_at is not None:
        due_date = None  # a task has one of the two
    today = wall_day(now)
    expected: set[Due] = set()
    if due_at is not None:
        if due_at < now:
            expected.add("overdue")
        if wall_day(due_at) == today:
            expected.add("today")
        if wall_day(due_at) > today:
            expected.add("upcoming")
    elif due_date is not None:
        expected.add(
            "overdue" if due_date < today else "today" if due_date == today else "upcoming"
        )
    event(f"{'timed' if due_at else 'all-day' if due_date else 'undated'}: {sorted(expected)}")
    assert judge(due_date, due_at, now, zone, day_starts_at) == expected
