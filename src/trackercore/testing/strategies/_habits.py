"""Strategies for habits, their schedules and check-ins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trackercore.domain.frequency import FREQUENCIES, MAX_EVERY, Frequency
from trackercore.schemas import CheckInCreate, HabitCreate, HabitUpdate, ScheduleChange
from trackercore.schemas.fields import MAX_AMOUNT
from trackercore.testing.strategies._fields import Fields, days, external_ids, names, patches, texts


def amounts(most: int = MAX_AMOUNT) -> SearchStrategy[int]:
    """Amounts and targets; small ones are more frequent."""
    return st.integers(1, min(most, 5)) | st.integers(1, most)


def schedule_changes(
    *,
    frequencies: Sequence[Frequency] = tuple(FREQUENCIES),
    targets: SearchStrategy[int] | None = None,
    max_every: int = MAX_EVERY,
) -> SearchStrategy[ScheduleChange]:
    """Whole schedules.

    Args:
        frequencies: by default all.
        targets: by default all.
        max_every: the largest `every`.
    """
    targets = amounts() if targets is None else targets
    weekdays = st.frozensets(st.integers(1, 7), min_size=1)

    def of(frequency: Frequency) -> SearchStrategy[ScheduleChange]:
        fields: Fields = {
            "frequency": st.just(frequency),
            "target": targets,
            "every": st.just(1) | st.integers(1, max_every),
            "week_starts_on": st.none() | st.integers(1, 7),
        }
        if FREQUENCIES[frequency].has_weekdays:
            fields["weekdays"] = weekdays
        return st.fixed_dictionaries(fields).map(ScheduleChange.model_validate)

    return st.sampled_from(frequencies).flatmap(of)


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
        external_id=st.none() | external_ids(),
    )


def habit_updates() -> SearchStrategy[HabitUpdate]:
    """Changes of a habit's name and external_id."""
    return patches(HabitUpdate, {"name": names(100), "external_id": st.none() | external_ids()})


def check_in_creates(today: date | None = None) -> SearchStrategy[CheckInCreate]:
    """Check-ins and skips of days up to `today`; without it, `on` is always left out."""
    on: SearchStrategy[date | None] = st.none()
    if today is not None:
        on = on | days(last=today)
    notes = st.none() | texts()
    done = st.builds(CheckInCreate, on=on, amount=st.none() | amounts(), note=notes)
    return done | st.builds(CheckInCreate, on=on, status=st.just("skipped"), note=notes)


def _habit(schedule: ScheduleChange, **more: object) -> HabitCreate:
    return HabitCreate.model_validate(schedule.model_dump() | more)
