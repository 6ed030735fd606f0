"""Strategies for habits, their schedules and check-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trackercore.domain.habit_rules import Frequency
from trackercore.schemas import CheckInCreate, HabitCreate, HabitUpdate, ScheduleChange
from trackercore.schemas.fields import MAX_AMOUNT, MAX_INTERVAL_DAYS
from trackercore.testing.strategies._fields import days, external_ids, names, patches, texts

FREQUENCIES: tuple[Frequency, ...] = get_args(Frequency)


def amounts(most: int = MAX_AMOUNT) -> SearchStrategy[int]:
    """Amounts and targets; small ones are more frequent."""
    return st.integers(1, min(most, 5)) | st.integers(1, most)


def schedule_changes(
    *,
    frequencies: Sequence[Frequency] = FREQUENCIES,
    targets: SearchStrategy[int] | None = None,
    max_interval_days: int = MAX_INTERVAL_DAYS,
) -> SearchStrategy[ScheduleChange]:
    """Whole schedules.

    Args:
        frequencies: by default all.
        targets: by default all.
        max_interval_days: the longest interval.
    """

    def of(frequency: Frequency) -> SearchStrategy[ScheduleChange]:
        fields = {
            "frequency": st.just(frequency),
            "target": amounts() if targets is None else targets,
            **_fields_of(frequency, max_interval_days),
        }
        return st.fixed_dictionaries(fields).map(ScheduleChange.model_validate)

    return st.sampled_from(frequencies).flatmap(of)


def _fields_of(
    frequency: Frequency, max_interval_days: int
) -> dict[str, SearchStrategy[frozenset[int]] | SearchStrategy[int]]:
    """The fields that only schedules of this frequency have."""
    if frequency == "weekdays":
        return {"weekdays": st.frozensets(st.integers(1, 7), min_size=1)}
    if frequency == "interval":
        return {"interval_days": st.integers(1, max_interval_days)}
    return {}


def habit_creates(
    *,
    schedules: SearchStrategy[ScheduleChange] | None = None,
    starts: SearchStrategy[date | None] | None = None,
) -> SearchStrategy[HabitCreate]:
    """New habits.

    Args:
        schedules: by default all.
        starts: days on which they start; by default any day, or None.
    """
    return st.builds(
        _habit,
        schedule_changes() if schedules is None else schedules,
        name=names(100),
        starts_on=st.none() | days() if starts is None else starts,
        week_starts_on=st.none() | st.integers(1, 7),
        external_id=st.none() | external_ids(),
    )


def habit_updates() -> SearchStrategy[HabitUpdate]:
    """Changes of a habit's name and external_id."""
    fields: dict[str, SearchStrategy[object]] = {
        "name": names(100),
        "external_id": st.none() | external_ids(),
    }
    return patches(HabitUpdate, fields)


def check_in_creates(today: date | None = None) -> SearchStrategy[CheckInCreate]:
    """Check-ins of days up to `today`; without it, `on` is always left out."""
    on: SearchStrategy[date | None] = st.none()
    if today is not None:
        on = on | days(last=today)
    return st.builds(CheckInCreate, on=on, amount=st.none() | amounts(), note=st.none() | texts())


def _habit(schedule: ScheduleChange, **more: object) -> HabitCreate:
    return HabitCreate.model_validate(schedule.model_dump() | more)
