"""Bad input in a field is refused, and the session it was tried in goes on working."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

import trackercore
from tests.services.refusals import (
    AMOUNTS,
    EMAILS,
    EXTERNAL_IDS,
    EXTRAS,
    GOAL_MINUTES,
    HASHES,
    IDS,
    INTERVALS,
    MINUTES,
    MINUTES_OF_DAY,
    NOT_A_DAY,
    NOT_A_FLAG,
    NOT_AN_INSTANT,
    NOT_TEXT,
    NOT_WEEKDAYS,
    NOTES,
    RECURRENCES,
    SHOWN_MINUTES,
    TAGS,
    TIME_ZONES,
    UPDATES,
    WEEKDAYS,
    Refused,
    check_refused,
    create,
    names,
    outcome,
    update,
    whole_numbers,
)
from tests.services.support import NOW, Ids, person
from trackercore import (
    Base,
    Category,
    CategoryCreate,
    CategoryUpdate,
    Database,
    Habit,
    HabitCreate,
    HabitUpdate,
    ScheduleChange,
    StudyGoalCreate,
    StudySession,
    StudySessionCreate,
    StudySessionUpdate,
    Tag,
    TagCreate,
    TagUpdate,
    Task,
    TaskCreate,
    TaskUpdate,
    TimedSessionCreate,
    Topic,
    TopicCreate,
    TopicUpdate,
    User,
    UserCreate,
    UserUpdate,
    categories,
    habits,
    tasks,
    topics,
)
from trackercore.domain.frequency import FREQUENCIES

HOUR = timedelta(hours=1)

OF_USERS: dict[str, Sequence[Any]] = {
    "email": EMAILS,
    "hashed_password": HASHES,
    "time_zone": TIME_ZONES,
    "week_starts_on": WEEKDAYS,
    "day_starts_at": MINUTES_OF_DAY,
    "extra": EXTRAS,
}
OF_TASKS: dict[str, Sequence[Any]] = {
    "title": names(255),
    "description": NOTES,
    "category_id": IDS,
    "due_date": NOT_A_DAY,
    "due_at": NOT_AN_INSTANT,
    "starts_on": NOT_A_DAY,
    "priority": [value for value in whole_numbers(1, 9) if value is not None],
    "estimate_minutes": [value for value in whole_numbers(1, 525_600) if value is not None],
    "parent_id": IDS,
    "recurrence": RECURRENCES,
    "repeats_from": ("", "Due", "start", "due\0", *NOT_TEXT),
    "tags": TAGS,
    "external_id": EXTERNAL_IDS,
    "extra": EXTRAS,
}
OF_TOPICS: dict[str, Sequence[Any]] = {
    "name": names(200),
    "description": NOTES,
    "external_id": EXTERNAL_IDS,
    "extra": EXTRAS,
}
FIELDS: dict[type[BaseModel], tuple[dict[str, Any], dict[str, Sequence[Any]]]] = {
    UserCreate: ({"email": "new@example.com"}, OF_USERS),
    UserUpdate: ({}, OF_USERS),
    CategoryCreate: ({}, {"name": names(100), "extra": EXTRAS}),
    CategoryUpdate: ({}, {"name": names(100), "extra": EXTRAS}),
    TagCreate: ({}, {"name": names(100), "extra": EXTRAS}),
    TagUpdate: ({}, {"extra": EXTRAS}),
    TaskCreate: (
        {"title": "Mow"},
        {
            **OF_TASKS,
            "completed": NOT_A_FLAG,
            "completed_at": NOT_AN_INSTANT,
            "created_at": NOT_AN_INSTANT,
        },
    ),
    TaskUpdate: ({}, {**OF_TASKS, "completed": NOT_A_FLAG, "this_and_future": NOT_A_FLAG}),
    HabitCreate: (
        {"name": "Read", "frequency": "daily"},
        {
            "name": names(100),
            "description": NOTES,
            "category_id": IDS,
            "frequency": ("", "Daily", "hourly", " daily", "daily\0", *NOT_TEXT, None),
            "target": (*AMOUNTS, 0),
            "unit": [value for value in names(50) if value is not None],
            "direction": ("", "At least", "at most", *NOT_TEXT, None),
            "counts": ("", "Days", "amounts", *NOT_TEXT, None),
            "day_minimum": ([value for value in AMOUNTS if value is not None]),
            "allowed_misses": whole_numbers(0, 1000),
            "starts_on": NOT_A_DAY,
            "weekdays": NOT_WEEKDAYS,
            "every": INTERVALS,
            "week_starts_on": [value for value in WEEKDAYS if value is not None],
            "tags": TAGS,
            "external_id": EXTERNAL_IDS,
            "extra": EXTRAS,
        },
    ),
    HabitUpdate: (
        {},
        {
            "name": names(100),
            "description": NOTES,
            "category_id": IDS,
            "unit": [value for value in names(50) if value is not None],
            "starts_on": (*NOT_A_DAY, None),
            "tags": TAGS,
            "external_id": EXTERNAL_IDS,
            "extra": EXTRAS,
        },
    ),
    TopicCreate: ({"name": "Go"}, OF_TOPICS),
    TopicUpdate: ({}, OF_TOPICS),
    StudySessionCreate: (
        {"duration_minutes": 5},
        {
            "topic_id": (*IDS, None),
            "duration_minutes": MINUTES,
            "study_date": NOT_A_DAY,
            "notes": NOTES,
            "tags": TAGS,
            "external_id": EXTERNAL_IDS,
            "extra": EXTRAS,
            "created_at": NOT_AN_INSTANT,
        },
    ),
    TimedSessionCreate: (
        {"started_at": NOW - 2 * HOUR, "ended_at": NOW - HOUR},
        {
            "topic_id": (*IDS, None),
            "started_at": (*NOT_AN_INSTANT, None, NOW, NOW - HOUR, NOW - 800 * HOUR),
            "ended_at": (*NOT_AN_INSTANT, None, NOW - 2 * HOUR, NOW + 800 * HOUR),
            "notes": NOTES,
            "tags": TAGS,
            "external_id": EXTERNAL_IDS,
            "extra": EXTRAS,
            "created_at": NOT_AN_INSTANT,
        },
    ),
    StudyGoalCreate: (
        {"minutes": 60},
        {
            "minutes": GOAL_MINUTES,
            "topic_id": IDS,
            "weekday": [value for value in WEEKDAYS if value is not None],
        },
    ),
    StudySessionUpdate: (
        {},
        {
            "topic_id": (*IDS, None),
            "duration_minutes": SHOWN_MINUTES,
            "started_at": (*NOT_AN_INSTANT, None),
            "ended_at": (*NOT_AN_INSTANT, None),
            "study_date": (*NOT_A_DAY, None),
            "notes": NOTES,
            "tags": TAGS,
            "external_id": EXTERNAL_IDS,
            "extra": EXTRAS,
        },
    ),
}


STORED_IN: dict[type[BaseModel], type[Base]] = {
    UserUpdate: User,
    CategoryUpdate: Category,
    TagUpdate: Tag,
    TaskUpdate: Task,
    HabitUpdate: Habit,
    TopicUpdate: Topic,
    StudySessionUpdate: StudySession,
}


def test_every_field_of_every_input_is_tried() -> None:
    inputs = {
        name
        for name in trackercore.__all__
        if name.endswith(("Create", "Update")) and name != "CheckInCreate"
    }
    assert {data.__name__ for data in FIELDS} == inputs
    for data, (_, fields) in FIELDS.items():
        assert fields.keys() == data.model_fields.keys(), data


@pytest.mark.parametrize("data", FIELDS)
def test_a_bad_value_in_a_field(database: Database, data: type[BaseModel]) -> None:
    others, fields = FIELDS[data]
    attempts = [
        Refused(
            field, update(data, field) if data in UPDATES else create(data, field, **others), values
        )
        for field, values in fields.items()
    ]
    check_refused(database, *attempts)


def test_a_schedule_is_complete_and_has_nothing_of_another_frequency(database: Database) -> None:
    def create_habit(session: Session, ids: Ids, value: dict[str, Any]) -> object:
        return habits.create(session, ids.user, HabitCreate(name="Read", **value))

    def change_schedule(session: Session, ids: Ids, value: dict[str, Any]) -> object:
        return habits.change_schedule(session, ids.user, ids.habit, ScheduleChange(**value))

    with_weekdays = [name for name, rule in FREQUENCIES.items() if rule.has_weekdays]
    others = [name for name in FREQUENCIES if name not in with_weekdays]
    bad: list[dict[str, Any]] = [
        {},
        {"every": 2},
        *({"frequency": name} for name in with_weekdays),
        *(
            {"frequency": name, "weekdays": value}
            for name in with_weekdays
            for value in NOT_WEEKDAYS
        ),
        *({"frequency": name, "weekdays": {1, 5}} for name in others),
        *({"frequency": name, "every": value} for name in others for value in INTERVALS),
        *({"frequency": "daily", "target": value} for value in AMOUNTS),
        {"frequency": "daily", "target": 0},
        {"frequency": "daily", "counts": "days", "target": 0.5},
        {"frequency": "daily", "day_minimum": 1},
        {"frequency": "daily", "counts": "days", "day_minimum": 0},
    ]
    check_refused(
        database, Refused("create", create_habit, bad), Refused("change", change_schedule, bad)
    )


def test_fields_that_exclude_each_other(database: Database) -> None:
    day = date(2026, 3, 11)

    def create_task(session: Session, ids: Ids, value: dict[str, Any]) -> object:
        return tasks.create(session, ids.user, TaskCreate(title="Mow", **value))

    def update_task(session: Session, ids: Ids, value: dict[str, Any]) -> object:
        return tasks.update(session, ids.user, ids.task, TaskUpdate(**value))

    both = {"due_date": day, "due_at": NOW}
    unfinished = ({"completed_at": NOW}, {"completed_at": NOW, "completed": False})
    check_refused(
        database,
        Refused("create", create_task, (both, *unfinished)),
        Refused("update", update_task, (both, *unfinished)),
    )


@pytest.mark.parametrize("field", ["nonsense", "id", "user_id", "created_at", "streak"])
def test_fields_that_do_not_exist(session: Session, field: str) -> None:
    ids = person(session)
    for data, (others, _) in FIELDS.items():
        required = {"name": "Go"} if data in (CategoryCreate, TagCreate) else others
        attempt = update(data, field) if data in UPDATES else create(data, field, **required)
        result = outcome(attempt, session, ids, 1)
        assert isinstance(result, ValidationError), f"{data.__name__}.{field}: {result!r}"
        assert [error["loc"] for error in result.errors()] == [(field,)]


@pytest.mark.parametrize("data", UPDATES)
def test_an_update_clears_what_may_be_null_and_nothing_else(
    session: Session, data: type[BaseModel]
) -> None:
    ids = person(session)
    columns = STORED_IN[data].__table__.columns
    for field in data.model_fields:
        result = outcome(update(data, field), session, ids, None)
        # duration_minutes is no column.
        nullable = field in columns and columns[field].nullable
        if nullable and field not in {"started_at", "ended_at", "repeats_from"}:
            assert getattr(result, field) is None
        else:
            assert isinstance(result, ValidationError), f"{data.__name__}.{field}: {result!r}"


def test_the_longest_names_and_very_long_notes_are_stored(session: Session) -> None:
    """Also of characters that take up much room: an index has limits of its own."""
    ids = person(session)
    for char in ("x", "é", "\U0001d160", "ΐ", "\U0001f9d8"):
        category = CategoryCreate(name=char * 100)
        assert categories.create(session, ids.user, category).name == char * 100
        topic = TopicCreate(name=char * 200, external_id=char * 255, description=char * 100_000)
        assert topics.create(session, ids.user, topic).description == char * 100_000
        task = TaskCreate(title=char * 255, external_id=char * 255, description=char * 100_000)
        assert tasks.create(session, ids.user, task).title == char * 255
        found = tasks.find(session, ids.user, external_id=char * 255)
        assert [row.title for row in found] == [char * 255]
