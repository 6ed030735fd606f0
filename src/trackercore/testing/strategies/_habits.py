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


def check_in_creates(
    today: date | None = None, *, skips: bool = False
) -> SearchStrategy[CheckInCreate]:
    """Check-ins.

    Args:
        today: they are of days up to this one; without it, `on` is always left out.
        skips: also skips. Of those of one list, some may be refused: their days are done.
    """
    on: SearchStrategy[date | None] = st.none()
    if today is not None:
        on = on | days(last=today)
    notes = st.none() | texts()
    done = st.builds(CheckInCreate, on=on, amount=st.none() | amounts(), note=notes)
    skipped = st.builds(CheckInCreate, on=on, status=st.just("skipped"), note=notes)
    return done | skipped if skips else done


def _habit(schedule: ScheduleChange, **more: object) -> HabitCreate:
    return HabitCreate.model_validate(schedule.model_dump() | more)
