"""Wrong arguments of the public rules: what is wrong is said, with what would be right."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from trackercore import HabitCreate, ScheduleChange, rules
from trackercore.rules import Schedule

TODAY = date(2026, 5, 6)
AWARE = datetime(2026, 5, 6, 8, tzinfo=UTC)
NAIVE = AWARE.replace(tzinfo=None)
STREAK: Any = rules.streak
SCHEDULE: Any = Schedule


@pytest.mark.parametrize(
    ("days", "error", "message"),
    [
        ([NAIVE], TypeError, r"days: .* is an instant, and no day: local_day .*replace\(tzinfo"),
        ([AWARE], TypeError, r"days: .*: local_day\(value, 'Europe/Berlin'\)"),
        ({AWARE: 1}, TypeError, "is an instant, and no day"),
        (["2026-05-06"], TypeError, "days: expected a date, not '2026-05-06'"),
        ([None], TypeError, "days: expected a date, not None"),
        ([(TODAY, 2)], TypeError, r"days: expected a date, not .*, 2\): .* give dict\(days\)"),
        (TODAY, TypeError, "days: expected an iterable"),
        ("2026-05-06", TypeError, "days: expected an iterable"),
        (None, TypeError, "days: expected an iterable"),
        ({TODAY: None}, TypeError, "amount of 2026-05-06: expected a number, not None"),
        ({TODAY: "1"}, TypeError, "amount of 2026-05-06: expected a number, not '1'"),
        ({TODAY: -1}, ValueError, "amount of 2026-05-06: -1 is below 0"),
        ({TODAY: 0.1234}, ValueError, "0.1234 is no number with up to three decimals"),
        ({TODAY: float("nan")}, ValueError, "up to three decimals"),
        ({TODAY: Decimal("Infinity")}, ValueError, "up to three decimals"),
    ],
)
def test_days(days: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        STREAK(days, "daily", TODAY)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"today": AWARE}, TypeError, "today: .* is an instant, and no day"),
        ({"today": None}, TypeError, "today: expected a date"),
        ({"schedule": "fortnightly"}, ValueError, "'fortnightly' is none of 'daily', 'weekdays',"),
        ({"schedule": "weekdays"}, ValueError, "'weekdays' needs weekdays"),
        ({"schedule": None}, TypeError, r"a rules\.Schedule, or a frequency such as 'daily'"),
        ({"skipped": [AWARE]}, TypeError, "skipped: .* is an instant"),
        ({"skipped": [TODAY]}, ValueError, "2026-05-06 is both done and skipped"),
        ({"nonexistent": [AWARE]}, TypeError, "nonexistent: .* is an instant"),
        ({"skipped": TODAY}, TypeError, "skipped: expected an iterable"),
        ({"pauses": [TODAY]}, TypeError, "pauses: expected a pair of first and last day"),
        ({"pauses": [(AWARE, None)]}, TypeError, "pauses: .* is an instant"),
        ({"pauses": [(TODAY, TODAY - timedelta(days=1))]}, ValueError, "2026-05-05, the last day"),
    ],
)
def test_other_arguments(
    arguments: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        STREAK(**{"days": [TODAY], "schedule": "daily", "today": TODAY, **arguments})


def test_a_range_that_ends_before_it_starts() -> None:
    with pytest.raises(ValueError, match="start 2026-05-06 is after end 2026-05-05"):
        rules.completion_rate([], "daily", TODAY, TODAY - timedelta(days=1), TODAY)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"frequency": "weekdays", "weekdays": {0, 1}}, ValueError, "Monday is 1.*: 0 is not"),
        ({"frequency": "weekdays", "weekdays": "13"}, TypeError, "expected a set of ints"),
        ({"frequency": "weekdays", "weekdays": {"MO"}}, TypeError, "expected an int, not 'MO'"),
        ({"frequency": "weekdays", "weekdays": []}, ValueError, "at least one weekday"),
        ({"weekdays": {1}}, ValueError, "'daily' has no weekdays"),
        ({"target": -1}, ValueError, "target: -1 is below 0"),
        ({"target": "3"}, TypeError, "target: expected a number"),
        ({"target": 0.0001}, ValueError, "target: 0.0001 is no number with up to three decimals"),
        ({"target": 0}, ValueError, "a target of 0 needs the direction 'at_most'"),
        ({"every": 0}, ValueError, "every: 0 is not between 1 and 1000"),
        ({"every": 2}, ValueError, "every=2 needs starts_on"),
        ({"every": True}, TypeError, "every: expected an int"),
        ({"direction": "at_most"}, ValueError, "direction='at_most' needs starts_on"),
        ({"direction": "up"}, ValueError, "direction: 'up' is none of 'at_least', 'at_most'"),
        ({"counts": "hours"}, ValueError, "counts: 'hours' is none of 'amount', 'days'"),
        ({"day_minimum": 5}, ValueError, "a day_minimum needs counts='days'"),
        ({"counts": "days", "day_minimum": 0}, ValueError, "must be greater than 0"),
        ({"counts": "days", "target": 1.5}, ValueError, "must be a number of days"),
        ({"week_starts_on": 0}, ValueError, "week_starts_on: 0 is not between 1 and 7"),
        ({"allowed_misses": -1}, ValueError, "allowed_misses: -1 is not between 0 and 1000"),
        ({"starts_on": AWARE}, TypeError, "starts_on: .* is an instant"),
    ],
)
def test_schedules(arguments: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SCHEDULE(**{"frequency": "daily", **arguments})


def test_a_schedule_has_the_fields_and_the_defaults_of_the_schedule_of_a_habit() -> None:
    assert [field.name for field in fields(Schedule)] == [
        *ScheduleChange.model_fields,
        "starts_on",
    ]
    plain, checked = Schedule("daily"), HabitCreate(name="Run", frequency="daily")
    for field in fields(Schedule):
        if field.name != "week_starts_on":  # of a habit, by default that of its user
            assert getattr(plain, field.name) == getattr(checked, field.name)


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("weekdays_needed", {"frequency": "weekdays"}),
        ("weekdays_not_allowed", {"frequency": "daily", "weekdays": {1}}),
        ("target_zero", {"frequency": "daily", "target": 0}),
        ("day_minimum_not_allowed", {"frequency": "daily", "day_minimum": 1}),
        ("day_minimum_zero", {"frequency": "daily", "counts": "days", "day_minimum": 0}),
        ("target_days", {"frequency": "weekly", "counts": "days", "target": 1.5}),
    ],
)
def test_fields_that_do_not_go_together_are_refused_in_the_same_words_everywhere(
    code: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        ScheduleChange(**arguments)
    (detail,) = refused.value.errors()
    with pytest.raises(ValueError, match=r"needs|has no|must be") as plain:
        SCHEDULE(**arguments)
    assert (detail["type"], detail["msg"]) == (code, str(plain.value))


def test_a_schedule_is_a_value() -> None:
    one = Schedule("weekdays", weekdays={1, 3}, target=Decimal(1))
    assert one == Schedule("weekdays", weekdays=[3, 1], target=1.0)
    assert len({one, Schedule("weekdays", weekdays=frozenset({1, 3}))}) == 1
    with pytest.raises(FrozenInstanceError):
        one.target = 2  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
