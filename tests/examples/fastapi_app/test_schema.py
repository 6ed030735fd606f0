"""Valid and invalid requests from the OpenAPI schema: it lists the response to each of them."""

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
from trackercore import Database
from trackercore.testing import Factory

Test = TypeVar("Test", bound=Callable[..., None])
CHECKS = {
    # Some rules are about more than one field, which no schema can express.
    "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]},
    # Starlette's `Allow` names the methods of one route, not of all with the path.
    "allow_header_conformance": {"enabled": False},
}
library: Any = schemathesis  # its types are not complete
config = library.Config.from_dict(
    {
        "seed": 1,
        "checks": CHECKS,
        "phases": {"coverage": {"unexpected-methods": []}},  # Starlette refuses them
        "operations": [
            # After the first example, the user does not exist any more.
            {
                "include-name": "DELETE /users/me",
                "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "401"]}},
            }
        ],
    }
)
OPENAPI = create_app().openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in OPENAPI["paths"].items()
    for method, operation in methods.items()
}
schema = library.openapi.from_dict(OPENAPI, config=config)


def test_every_field_is_described() -> None:
    components = OPENAPI["components"]["schemas"]
    for name in components.keys() - {"HTTPValidationError", "ValidationError"}:  # FastAPI's own
        for field, described in components[name]["properties"].items():
            assert described.get("description"), f"{name}.{field}"


def test_every_parameter_is_described() -> None:
    for name, operation in OPERATIONS.items():
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), f"{name}: {parameter['name']}"


def test_every_list_and_its_number_are_described() -> None:
    lists = {name for name in OPERATIONS if "order_by" in query_of(name)}
    assert {"GET /tasks", "GET /habits", "GET /admin/users"} <= lists
    for name in lists:
        assert OPERATIONS[name].get("description"), name
        assert OPERATIONS[f"{name}/count"].get("description"), name
        paging = {"limit", "after", "order_by"}
        assert query_of(name) - paging == query_of(f"{name}/count"), "not the same filters"


def query_of(operation: str) -> set[str]:
    """The names of its query parameters."""
    parameters = OPERATIONS[operation].get("parameters", [])
    return {parameter["name"] for parameter in parameters if parameter["in"] == "query"}


def for_each_operation(test: Test) -> Test:
    """Make a test of every path and method."""
    tests: Test = schema.parametrize()(test)
    return tests


@pytest.fixture
def known(database: Database) -> dict[str, object]:
    """A row of each kind and a running timer; values for parameters, by name."""
    with database.session() as session:
        make = Factory(session)
        yesterday = make.today() - timedelta(days=1)
        habit = make.habit(starts_on=yesterday)
        make.check_in(habit, on=yesterday)
        topic = make.topic()
        make.timer(topic, started_at=datetime.now(UTC) - timedelta(hours=1))
        return {
            "user_id": make.owner.id,
            "category_id": make.category().id,
            "task_id": make.task(recurrence="FREQ=DAILY").id,
            "parent_id": make.task().id,
            "tag_id": make.tag().id,
            "into_id": make.tag().id,
            "habit_id": habit.id,
            "topic_id": topic.id,
            "session_id": make.study_session(topic).id,
            "started_at": "2026-01-01T10:00:00Z",
            "ended_at": "2026-01-01T11:00:00Z",
            "switch": True,
        }


@pytest.fixture
def statuses() -> Iterator[set[int]]:
    """The statuses of an operation; one that only refused requests has hardly been tested."""
    seen: set[int] = set()
    yield seen
    assert any(status < 300 for status in seen), f"only {sorted(seen)}"


def aim(case: Any, known: dict[str, object]) -> None:
    """Set valid parameters to values of existing rows, which chance would hardly choose."""
    for location, parameters in (
        (ParameterLocation.PATH, case.path_parameters),
        (ParameterLocation.QUERY, case.query),
        (ParameterLocation.BODY, case.body),
    ):
        wrong = case.meta is not None and case.meta.is_negative_at(location)
        if isinstance(parameters, dict) and not wrong:
            values = cast("dict[str, object]", parameters)
            names = values.keys() & known.keys()
            values |= {name: known[name] for name in names if values[name] is not None}
            if case.path.endswith("/move") and isinstance(values.get("before"), int):
                (row_id,) = case.path_parameters.values()
                values |= {"before": row_id, "after": None}


@for_each_operation
@settings(
    max_examples=settings().max_examples // 10,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_response_is_one_of_the_openapi_schema(
    case: Any, backend: str, base_url: str, known: dict[str, object], statuses: set[int]
) -> None:
    if backend != BACKENDS[0] and case.meta is not None and case.meta.generation.mode.is_negative:
        return  # FastAPI refuses it before any service is called: once is enough
    aim(case, known)
    headers = {"X-User-Id": str(known["user_id"]), "X-Role": "admin"}
    if case.meta is not None and case.meta.is_negative_at(ParameterLocation.HEADER):
        headers = {}  # the request is wrong because nobody is signed in
    statuses.add(case.call_and_validate(base_url=base_url, headers=headers).status_code)
