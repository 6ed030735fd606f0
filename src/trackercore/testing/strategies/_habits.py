"""Strategies for habits, their schedules and check-ins."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trackercore.domain.amount import ONE, amount_of
from trackercore.domain.frequency import (
    FREQUENCIES,
    MAX_ALLOWED_MISSES,
    MAX_EVERY,
    Counts,
    Direction,
    Frequency,
)
from trackercore.schemas import CheckInCreate, HabitCreate, HabitUpdate, ScheduleChange
from trackercore.schemas.fields import MAX_AMOUNT
from trackercore.testing.strategies._fields import (
    Fields,
    days,
    external_ids,
    extras,
    names,
    patches,
    tags,
    texts,
)


def amounts(most: int = MAX_AMOUNT) -> SearchStrategy[Decimal]:
    """Amounts above 0 with up to three decimals; small and whole ones are more frequent."""
    whole = st.integers(1, min(most, 5)) | st.integers(1, most)
    return whole.map(Decimal) | st.integers(1, most * ONE).map(amount_of)


def schedule_changes(
    *,
    frequencies: Sequence[Frequency] = tuple(FREQUENCIES),
    targets: SearchStrategy[Decimal | int] | None = None,
    max_every: int = MAX_EVERY,
    day_minimums: SearchStrategy[Decimal | None] | None = None,
    max_allowed_misses: int = MAX_ALLOWED_MISSES,
) -> SearchStrategy[ScheduleChange]:
    """Whole schedules.

    Args:
        frequencies: by default all.
        targets: by default all; where days count, they are rounded up, and half of the schedules at
            most have 0 instead.
        max_every: the largest `every`.
        day_minimums: by default all.
        max_allowed_misses: the most `allowed_misses`.
    """
    targets = amounts() if targets is None else targets
    minimums = st.none() | amounts() if day_minimums is None else day_minimums
    weekdays = st.frozensets(st.integers(1, 7), min_size=1)

    def of(frequency: Frequency) -> SearchStrategy[ScheduleChange]:
        fields: Fields = {
            "frequency": st.just(frequency),
            "target": targets,
            "every": st.just(1) | st.integers(1, max_every),
            "week_starts_on": st.none() | st.integers(1, 7),
            "direction": st.sampled_from(get_args(Direction)),
            "counts": st.sampled_from(get_args(Counts)),
            "day_minimum": minimums,
            "allowed_misses": st.just(0) | st.integers(0, max_allowed_misses),
            "is_to_quit": st.booleans(),
        }
        if FREQUENCIES[frequency].has_weekdays:
            fields["weekdays"] = weekdays
        return st.fixed_dictionaries(fields).map(_schedule)

    return st.sampled_from(frequencies).flatmap(of)


def _schedule(fields: dict[str, Any]) -> ScheduleChange:
    """A schedule of fields that do not fit together yet."""
    is_to_quit = fields.pop("is_to_quit")
    if fields["direction"] == "at_least":
        fields["target"] = fields["target"] or 1
    elif is_to_quit:
        fields["target"] = 0
    if fields["counts"] == "days":
        fields["target"] = ceil(fields["target"])
    else:
        fields["day_minimum"] = None
    return ScheduleChange.model_validate(fields)


def habit_creates(
    *,
    schedules: SearchStrategy[ScheduleChange] | None = None,
    starts: SearchStrategy[date | None] | None = None,
    category_ids: SearchStrategy[int] | None = None,
    tag_ids: SearchStrategy[int] | None = None,
) -> SearchStrategy[HabitCreate]:
    """New habits.

    Args:
        schedules: by default all.
        starts: days on which they start; by default any day, or None.
        category_ids: without it, no habit has a category.
        tag_ids: without it, tags are given by their names.
    """
    return st.builds(
        _habit,
        schedule_changes() if schedules is None else schedules,
        name=names(100),
        description=st.none() | texts(),
        category_id=st.none() if category_ids is None else st.none() | category_ids,
        unit=st.none() | names(50),
        starts_on=st.none() | days() if starts is None else starts,
        tags=tags(tag_ids),
        extra=extras(),
        external_id=st.none() | external_ids(),
    )


def habit_updates(
    category_ids: SearchStrategy[int] | None = None, *, tag_ids: SearchStrategy[int] | None = None
) -> SearchStrategy[HabitUpdate]:
    """Changes of a habit.

    Args:
        category_ids: without it, a category is only taken away.
        tag_ids: without it, tags are given by their names.
    """
    fields: Fields = {
        "name": names(100),
        "description": st.none() | texts(),
        "category_id": st.none() if category_ids is None else st.none() | category_ids,
        "unit": st.none() | names(50),
        "starts_on": days(),
        "tags": tags(tag_ids),
        "extra": extras(),
        "external_id": st.none() | external_ids(),
    }
    return patches(HabitUpdate, fields)


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
    done = st.builds(CheckInCreate, on=on, amount=st.none() | st.just(0) | amounts(), note=notes)
    skipped = st.builds(CheckInCreate, on=on, status=st.just("skipped"), note=notes)
    return done | skipped if skips else done


def _habit(schedule: ScheduleChange, **more: object) -> HabitCreate:
    return HabitCreate.model_validate(schedule.model_dump() | more)
