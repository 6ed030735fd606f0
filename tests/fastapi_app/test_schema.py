"""Requests made from the OpenAPI schema, valid and not: each is answered as the schema says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core.parameters import ParameterLocation

from fastapi_app.app import create_app
from trackercore import (
    CategoryCreate,
    Database,
    HabitCreate,
    StudySessionCreate,
    TaskCreate,
    TopicCreate,
    UserCreate,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)

Test = TypeVar("Test", bound=Callable[..., None])
CHECKS = {
    # Some rules are about more than one field, which no schema tells.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "401", "403", "404", "409", "422"]},
    # Starlette's `Allow` names the methods of one route, not of all with the path.
    "allow_header_conformance": {"enabled": False},
}
library: Any = schemathesis  # its types are not complete
config = library.Config.from_dict({"seed": 1, "checks": CHECKS})
schema = library.openapi.from_dict(create_app().openapi(), config=config)


def for_each_operation(test: Test) -> Test:
    """Make a test of every path and method."""
    tests: Test = schema.parametrize()(test)
    return tests


@pytest.fixture
def rows(database: Database) -> dict[str, int]:
    """One row of each kind, and a running timer; the ids by the names of parameters."""
    with database.session() as session:
        user_id = users.create(session, UserCreate(email="ada@example.com")).id
        category = categories.create(session, user_id, CategoryCreate(name="Work"))
        task = tasks.create(session, user_id, TaskCreate(title="Write"))
        habit = habits.create(session, user_id, HabitCreate(name="Run", frequency="daily"))
        habits.check_in(session, user_id, habit.id)
        topic = topics.create(session, user_id, TopicCreate(name="SQL"))
        study = StudySessionCreate(topic_id=topic.id, duration_minutes=50)
        study_session = study_sessions.create(session, user_id, study)
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        study_sessions.start(session, user_id, topic.id, now=an_hour_ago)
        return {
            "user_id": user_id,
            "category_id": category.id,
            "task_id": task.id,
            "habit_id": habit.id,
            "topic_id": topic.id,
            "session_id": study_session.id,
        }


def aim(case: Any, rows: dict[str, int]) -> None:
    """Make two of three ids that are numbers those of rows; hardly one would be by chance."""
    for parameters in (case.path_parameters, case.query, case.body):
        if isinstance(parameters, dict):
            given = cast("dict[str, object]", parameters)
            for name in given.keys() & rows.keys():
                value = given[name]
                if type(value) is int and value % 3:
                    given[name] = rows[name]


@for_each_operation
@settings(
    max_examples=max(5, settings().max_examples // 10),
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_answer_is_as_the_openapi_schema_says(
    case: Any, base_url: str, rows: dict[str, int]
) -> None:
    aim(case, rows)
    headers = {"X-User-Id": str(rows["user_id"]), "X-Role": "admin"}
    if case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER):
        headers = {}  # what is wrong with the request is that nobody is signed in
    case.call_and_validate(base_url=base_url, headers=headers)
