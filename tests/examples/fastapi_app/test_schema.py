"""Requests made from the OpenAPI schema, valid and not: each is answered as the schema says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core.parameters import ParameterLocation

from fastapi_app.app import create_app
from tests.conftest import BACKENDS
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
    "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]},
    # Starlette's `Allow` names the methods of one route, not of all with the path.
    "allow_header_conformance": {"enabled": False},
}
library: Any = schemathesis  # its types are not complete
config = library.Config.from_dict(
    {
        "seed": 1,
        "checks": CHECKS,
        "phases": {"coverage": {"unexpected-methods": []}},  # they are Starlette's to refuse
        "operations": [
            # Who has gone is nobody when the next example comes.
            {
                "include-name": "DELETE /users/me",
                "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "401"]}},
            }
        ],
    }
)
schema = library.openapi.from_dict(create_app().openapi(), config=config)


def for_each_operation(test: Test) -> Test:
    """Make a test of every path and method."""
    tests: Test = schema.parametrize()(test)
    return tests


@pytest.fixture
def known(database: Database) -> dict[str, object]:
    """One row of each kind, and a running timer; what fits them by the names of parameters."""
    with database.session() as session:
        user_id = users.create(session, UserCreate(email="ada@example.com")).id
        category = categories.create(session, user_id, CategoryCreate(name="Work"))
        task = tasks.create(session, user_id, TaskCreate(title="Write"))
        yesterday = users.today(session, user_id) - timedelta(days=1)
        run = HabitCreate(name="Run", frequency="daily", starts_on=yesterday)
        habit = habits.create(session, user_id, run)
        habits.check_in(session, user_id, habit.id, on=yesterday)
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
            "started_at": "2026-01-01T10:00:00Z",
            "ended_at": "2026-01-01T11:00:00Z",
            "switch": True,
        }


@pytest.fixture
def statuses() -> Iterator[set[int]]:
    """What an operation answers; one that only ever refuses has hardly been tested."""
    seen: set[int] = set()
    yield seen
    assert any(status < 300 for status in seen), f"only {sorted(seen)}"


def aim(case: Any, known: dict[str, object]) -> None:
    """Give valid parameters values that fit the rows: hardly one would by chance."""
    for location, parameters in (
        (ParameterLocation.PATH, case.path_parameters),
        (ParameterLocation.QUERY, case.query),
        (ParameterLocation.BODY, case.body),
    ):
        wrong = case.meta is not None and case.meta.is_negative_at(location)
        if isinstance(parameters, dict) and not wrong:
            given = cast("dict[str, object]", parameters)
            names = given.keys() & known.keys()
            given |= {name: known[name] for name in names if given[name] is not None}


@for_each_operation
@settings(
    max_examples=settings().max_examples // 10,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_answer_is_as_the_openapi_schema_says(
    case: Any, backend: str, base_url: str, known: dict[str, object], statuses: set[int]
) -> None:
    if backend != BACKENDS[0] and case.meta is not None and case.meta.generation.mode.is_negative:
        return  # FastAPI refuses it, and no service hears of it: once is enough
    aim(case, known)
    headers = {"X-User-Id": str(known["user_id"]), "X-Role": "admin"}
    if case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER):
        headers = {}  # what is wrong with the request is that nobody is signed in
    statuses.add(case.call_and_validate(base_url=base_url, headers=headers).status_code)
