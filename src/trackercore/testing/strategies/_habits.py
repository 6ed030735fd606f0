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
    """Amounts and targets, the small ones more often."""
    return st.integers(1, min(most, 5)) | st.integers(1, most)


def schedule_changes(
    *,
    frequencies: Sequence[Frequency] = FREQUENCIES,
    targets: SearchStrategy[int] | None = None,
    max_interval_days: int = MAX_INTERVAL_DAYS,
) -> SearchStrategy[ScheduleChange]:
    """Whole schedules.

    Args:
        frequencies: default all five.
        targets: default all there are.
        max_interval_days: the longest interval.
    """
    wanted = amounts() if targets is None else targets
    more: dict[Frequency, dict[str, SearchStrategy[object]]] = {
        "weekdays": {"weekdays": st.frozensets(st.integers(1, 7), min_size=1)},
        "interval": {"interval_days": st.integers(1, max_interval_days)},
    }

    def of(frequency: Frequency) -> SearchStrategy[ScheduleChange]:
        common = {"frequency": st.just(frequency), "target": wanted}
        fields = st.fixed_dictionaries({**common, **more.get(frequency, {})})
        return fields.map(ScheduleChange.model_validate)

    return st.sampled_from(frequencies).flatmap(of)


def habit_creates(
    *,
    schedules: SearchStrategy[ScheduleChange] | None = None,
    starts: SearchStrategy[date | None] | None = None,
) -> SearchStrategy[HabitCreate]:
    """New habits.

    Args:
        schedules: default all there are.
        starts: days on which they start; default any, and left out.
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
    """Changes of a habit's name and key."""
    fields: dict[str, SearchStrategy[object]] = {
        "name": names(100),
        "external_id": st.none() | external_ids(),
    }
    return patches(HabitUpdate, fields)


def check_in_creates(today: date | None = None) -> SearchStrategy[CheckInCreate]:
    """Check-ins of today and of days before.

    Args:
        today: the user's, or a day before; default the day is always left out.
    """
    on: SearchStrategy[date | None] = st.none()
    if today is not None:
        on = on | days(last=today)
    return st.builds(CheckInCreate, on=on, amount=st.none() | amounts(), note=st.none() | texts())


def _habit(schedule: ScheduleChange, **more: object) -> HabitCreate:
    return HabitCreate.model_validate(schedule.model_dump() | more)
