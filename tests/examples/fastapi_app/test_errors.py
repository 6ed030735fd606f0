"""The status and the body of each refused request."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

import trackercore
from fastapi_app.app import create_app
from fastapi_app.dependencies import get_user
from fastapi_app.errors import STATUSES, install, respond
from tests.examples.fastapi_app.support import sign_up
from tests.test_errors import CONCRETE, samples
from trackercore import (
    CannotAdopt,
    Database,
    RefusalReason,
    TopicRead,
    TrackerError,
    UserCreate,
    users,
)

TOO_LARGE = 2**63
JSON = {"Content-Type": "application/json"}


def problem(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The facts of a problem document, and its `errors`."""
    assert response.headers["Content-Type"] == "application/problem+json"
    members: dict[str, Any] = response.json()
    assert (members.pop("status"), members.pop("code")) == (response.status_code, code)
    assert response.status_code == status
    assert members.pop("type").endswith(f"/{code}")
    assert members.pop("title").lower().replace(" ", "_") == code
    assert isinstance(members.pop("detail"), str)
    return members


def document(error: TrackerError) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(
        bytes(respond(500, error.code, str(error), error.facts).body)
    )
    return members


@pytest.mark.parametrize("kind", CONCRETE, ids=lambda kind: kind.code)
def test_every_fact_is_json(kind: type[TrackerError]) -> None:
    for error in samples(kind):
        members = document(error)
        for name, fact in error.facts.items():
            if fact is None or isinstance(fact, bool | int | str):
                assert members[name] == fact
            elif isinstance(fact, tuple):
                assert len(members[name]) == len(cast("tuple[object, ...]", fact))
            else:
                assert isinstance(members[name], str)


def test_a_reason_not_to_adopt_has_its_code_and_facts() -> None:
    error = CannotAdopt((RefusalReason(code="column_needed", table="tasks", column="title"),))
    [reason] = document(error)["reasons"]
    assert reason.items() >= {"code": "column_needed", "table": "tasks", "column": "title"}.items()


@pytest.mark.parametrize("status", [404, 413, 422, 499, 599])
def test_the_code_of_http_is_that_of_no_error_of_ours(status: int) -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    def refuse() -> None:
        raise HTTPException(status, "no")

    with TestClient(app) as client:
        assert problem(client.get("/"), status, f"http_{status}") == {}


def wrong_values(response: httpx2.Response) -> list[dict[str, Any]]:
    members = problem(response, 422, "wrong_values")
    errors: list[dict[str, Any]] = members.pop("errors")
    assert not members
    assert all(error.keys() - {"ctx"} == {"loc", "type", "msg"} for error in errors)
    return errors


@pytest.mark.parametrize("user_id", ["", "0", "-1", "x", "12345678", str(TOO_LARGE), "9" * 5000])
def test_an_unknown_user_is_not_signed_in(client: httpx2.Client, user_id: str) -> None:
    response = client.get("/tasks", headers={"X-User-Id": user_id})
    assert problem(response, 401, "http_401") == {}
    assert response.headers["WWW-Authenticate"] == "APIKey"


@pytest.mark.parametrize("spelling", ["+{}", " {} ", "0_{}", "\uff10{}", "\u0660{}"])
def test_only_plain_digits_are_a_user(session: Session, spelling: str) -> None:
    user = users.create(session, UserCreate(email="ada@example.com"))
    assert get_user(session, str(user.id)) is user
    with pytest.raises(HTTPException) as refused:
        get_user(session, spelling.format(user.id))
    assert refused.value.status_code == 401


def test_a_row_of_another_user_is_404_to_read_to_change_and_to_delete(ada: httpx2.Client) -> None:
    task = ada.post("/tasks", json={"title": "Mine"}).json()["id"]
    grace = sign_up(ada, "grace@example.com")
    url = f"/tasks/{task}"
    for response in (
        ada.get(url, headers=grace),
        ada.patch(url, headers=grace, json={"title": "Ours"}),
        ada.post(f"{url}/complete", headers=grace),
        ada.delete(url, headers=grace),
    ):
        assert problem(response, 404, "not_found") == {"entity": "task", "id": task}
    assert ada.get(url).json()["title"] == "Mine"
    category = ada.post("/categories", json={"name": "Mine"}).json()["id"]
    theirs = ada.post("/tasks", headers=grace, json={"title": "x", "category_id": category})
    assert theirs.status_code == 404


def test_an_id_that_no_row_can_have_is_404_and_one_of_thousands_of_digits_422(
    ada: httpx2.Client,
) -> None:
    for row_id in (0, -1, TOO_LARGE, 10**30):
        assert ada.get(f"/tasks/{row_id}").status_code == 404
    assert ada.get(f"/tasks/{'9' * 5000}").status_code == 422


def test_a_name_that_is_taken_is_409_and_the_facts_say_so(ada: httpx2.Client) -> None:
    work = ada.post("/categories", json={"name": "Work"}).json()["id"]
    response = ada.post("/categories", json={"name": "WORK"})
    facts = {"entity": "category", "name": "WORK", "other_id": work}
    assert problem(response, 409, "name_taken") == facts


def test_an_address_that_is_taken_is_409_and_tells_nothing_of_the_other_user(
    client: httpx2.Client,
) -> None:
    sign_up(client, "ada@example.com")
    response = client.post("/users", json={"email": "ADA@example.com"})
    assert problem(response, 409, "email_taken") == {"email": "ada@example.com"}


def test_a_call_that_the_state_does_not_allow_is_409(ada: httpx2.Client, habit: str) -> None:
    day = ada.post(f"{habit}/check-ins", json={}).json()["check_in"]["day"]
    facts = {"habit_id": int(habit.rpartition("/")[2]), "day": day}
    assert problem(ada.post(f"{habit}/skip", json={}), 409, "day_already_done") == facts
    assert problem(ada.post("/timer/stop"), 409, "no_running_timer") == {}


def test_a_wrong_body_is_422_and_says_where_without_repeating_it(ada: httpx2.Client) -> None:
    response = ada.post("/tasks", json={"title": " ", "colour": "red"})
    wrong = {tuple(error["loc"]): error["type"] for error in wrong_values(response)}
    assert wrong == {("body", "colour"): "extra_forbidden", ("body", "title"): "string_too_short"}
    assert "red" not in response.text


def test_an_argument_that_only_the_service_can_refuse_is_422_of_the_same_form(
    ada: httpx2.Client, habit: str
) -> None:
    tomorrow = ada.post(f"{habit}/check-ins", json={"on": "9999-12-31"})
    assert problem(tomorrow, 422, "future_day")["day"] == "9999-12-31"
    days = {"start": "2026-02-02", "end": "2026-02-01"}
    [error] = wrong_values(ada.get("/study/total", params=days))
    assert (error["loc"], error["type"], error["ctx"]) == (["end"], "range_order", days)
    after = ada.get("/tasks", params={"after": "nonsense"})
    assert problem(after, 422, "invalid_cursor") == {}


def test_a_range_of_centuries_is_422_and_not_a_huge_answer(ada: httpx2.Client) -> None:
    days: dict[str, str | bool] = {"start": "0001-01-01", "end": "9999-12-31", "fill": True}
    assert wrong_values(ada.get("/study/totals/day", params=days))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"title": "\\u0000"}',
        b'{"title": "\\ud800"}',
        b'{"\\ud800": 1, "title": "x"}',
        b'{"title": NaN}',
        b'{"title": 1e400}',
        b'{"title": "x", "due_at": "2026-01-01T00:00:00"}',
        b'{"title": "x", "due_at": "0001-01-01T00:00:00+14:00"}',
        b'{"title": "x", "due_at": "9999-12-31T23:59:59-12:00"}',
        b'{"title": "x", "due_date": "10000-01-01"}',
        b'{"title": "x", "due_date": 0}',
        b'{"title": "x", "category_id": ' + str(10**30).encode() + b"}",
        b'{"title": "x", "extra": null}',
        b'{"title": "x", "extra": {"a": NaN}}',
        b'{"title": "x", "extra": {"a": [1e400]}}',
        b'{"title": "x", "extra": {"\\ud800": 1}}',
        b'{"title": "x", "extra": {"a": ' + b"[" * 500 + b"]" * 500 + b"}}",
        b"{",
        b"",
    ],
    ids=lambda raw: raw[:30].decode(),
)
def test_a_body_that_no_row_can_hold_is_422(ada: httpx2.Client, raw: bytes) -> None:
    assert wrong_values(ada.post("/tasks", content=raw, headers=JSON))
    assert ada.get("/tasks").json()["items"] == []


@pytest.mark.parametrize(
    "raw",
    [b'{"title": "\xff"}', b'{"title": "x", "category_id": ' + b"9" * 5000 + b"}", b"[" * 100_000],
    ids=["no UTF-8", "a number of thousands of digits", "too deep"],
)
def test_a_body_that_pythons_json_parser_gives_up_is_400(ada: httpx2.Client, raw: bytes) -> None:
    response = ada.post("/tasks", content=raw, headers=JSON)
    assert problem(response, 400, "http_400") == {}


def test_a_note_that_no_row_can_hold_is_422_too(ada: httpx2.Client, habit: str) -> None:
    for raw in (b'{"note": "\\u0000"}', b'{"note": "\\ud800"}'):
        assert wrong_values(ada.post(f"{habit}/skip", content=raw, headers=JSON))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/tasks", {"text": "\0"}),
        ("/tasks", {"external_id": "\0"}),
        ("/tasks", {"due": "someday"}),
        ("/tasks", {"limit": "0"}),
        ("/tasks", {"limit": str(TOO_LARGE)}),
        ("/study/rolling", {"n_days": str(TOO_LARGE)}),
        ("/study/streak", {"threshold_minutes": "0"}),
        ("/due-habits", {"on": "0"}),
        ("/due-habits", {"on": "2026-02-30"}),
    ],
)
def test_a_wrong_parameter_is_422(ada: httpx2.Client, path: str, query: dict[str, str]) -> None:
    assert wrong_values(ada.get(path, params=query))


def test_a_validation_error_that_may_be_the_servers_fault_is_logged(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(database)

    @app.get("/broken")
    def read_broken() -> TopicRead:
        return TopicRead.model_validate({"id": "no number"})

    with TestClient(app) as client:
        assert client.get("/broken").status_code == 422
        (record,) = (record for record in caplog.records if record.name == "fastapi_app.errors")
        assert record.getMessage() == "422 to GET '/broken'"
        assert "read_broken" in caplog.text
        assert client.post("/users", json={}).status_code == 422  # a body: the client's fault
    assert [record.name for record in caplog.records].count("fastapi_app.errors") == 1


def test_a_client_cannot_set_a_password_hash(client: httpx2.Client) -> None:
    secret = "$2b$12$secret"  # noqa: S105 - of nobody
    body = {"email": "ada@example.com", "hashed_password": secret}
    response = client.post("/users", json=body)
    [error] = wrong_values(response)
    assert (error["loc"], error["type"]) == (["body", "hashed_password"], "not_for_clients")
    assert secret not in response.text
    properties = client.get("/openapi.json").json()["components"]["schemas"]["SignUp"]["properties"]
    assert "hashed_password" not in properties


def test_the_statuses_are_those_of_the_table_in_the_docs() -> None:
    page = Path(__file__).parents[3] / "docs" / "reference" / "errors.md"
    rows = re.findall(
        r"^\| `(\w+)` \|.*\| (\d+) \|$", page.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert ("NameTaken", "409") in rows
    for name, status in rows:
        kinds = getattr(trackercore, name).__mro__
        assert int(status) == next((STATUSES[kind] for kind in kinds if kind in STATUSES), 500)


def test_an_unknown_path_is_a_problem_too(client: httpx2.Client) -> None:
    assert problem(client.get("/nonsense"), 404, "http_404") == {}
    assert problem(client.put("/users"), 405, "http_405") == {}
