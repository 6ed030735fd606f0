"""The status and the body of each refused request."""

from __future__ import annotations

import httpx2
import pytest
from fastapi import HTTPException
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from fastapi_app.app import create_app
from fastapi_app.dependencies import get_user
from tests.examples.fastapi_app.support import sign_up
from trackercore import Database, TopicRead, UserCreate, users

TOO_LARGE = 2**63
JSON = {"Content-Type": "application/json"}


def problems(response: httpx2.Response) -> list[str]:
    assert response.status_code == 422, response.text
    return [problem["msg"] for problem in response.json()["detail"]]


@pytest.mark.parametrize("user_id", ["", "0", "-1", "x", "12345678", str(TOO_LARGE), "9" * 5000])
def test_an_unknown_user_is_not_signed_in(client: httpx2.Client, user_id: str) -> None:
    response = client.get("/tasks", headers={"X-User-Id": user_id})
    assert response.status_code == 401
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
    url, none = f"/tasks/{task}", {"detail": f"no task {task}"}
    for response in (
        ada.get(url, headers=grace),
        ada.patch(url, headers=grace, json={"title": "Ours"}),
        ada.post(f"{url}/complete", headers=grace),
        ada.delete(url, headers=grace),
    ):
        assert (response.status_code, response.json()) == (404, none)
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


def test_a_name_that_is_taken_is_409_and_the_message_says_so(ada: httpx2.Client) -> None:
    ada.post("/categories", json={"name": "Work"})
    response = ada.post("/categories", json={"name": "WORK"})
    expected = {"detail": "a category named 'WORK' exists"}
    assert (response.status_code, response.json()) == (409, expected)


def test_a_call_that_the_state_does_not_allow_is_409(ada: httpx2.Client, habit: str) -> None:
    ada.post(f"{habit}/check-ins", json={})
    assert ada.post(f"{habit}/skip", json={}).status_code == 409
    assert ada.post("/timer/stop").status_code == 409


def test_a_wrong_body_is_422_and_says_where_without_repeating_it(ada: httpx2.Client) -> None:
    response = ada.post("/tasks", json={"title": " ", "colour": "red"})
    assert sorted(problem["loc"] for problem in response.json()["detail"]) == [
        ["body", "colour"],
        ["body", "title"],
    ]
    assert "red" not in response.text


def test_an_argument_that_only_the_service_can_refuse_is_422_of_the_same_form(
    ada: httpx2.Client, habit: str
) -> None:
    tomorrow = ada.post(f"{habit}/check-ins", json={"on": "9999-12-31"})
    assert tomorrow.json()["detail"][0]["type"] == "FutureDay"
    days = {"start": "2026-02-02", "end": "2026-02-01"}
    assert problems(ada.get("/study/total", params=days))
    assert problems(ada.get("/tasks", params={"after": "nonsense"})) == [
        "after must be a page of the same query, or its next"
    ]


def test_a_range_of_centuries_is_422_and_not_a_huge_answer(ada: httpx2.Client) -> None:
    days: dict[str, str | bool] = {"start": "0001-01-01", "end": "9999-12-31", "fill": True}
    assert problems(ada.get("/study/totals/day", params=days))


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
        b"{",
        b"",
    ],
    ids=lambda raw: raw[:30].decode(),
)
def test_a_body_that_no_row_can_hold_is_422(ada: httpx2.Client, raw: bytes) -> None:
    assert problems(ada.post("/tasks", content=raw, headers=JSON))
    assert ada.get("/tasks").json()["items"] == []


@pytest.mark.parametrize(
    "raw",
    [b'{"title": "\xff"}', b'{"title": "x", "category_id": ' + b"9" * 5000 + b"}", b"[" * 100_000],
    ids=["no UTF-8", "a number of thousands of digits", "too deep"],
)
def test_a_body_that_pythons_json_parser_gives_up_is_400(ada: httpx2.Client, raw: bytes) -> None:
    response = ada.post("/tasks", content=raw, headers=JSON)
    expected = {"detail": "There was an error parsing the body"}
    assert (response.status_code, response.json()) == (400, expected)


def test_a_note_that_no_row_can_hold_is_422_too(ada: httpx2.Client, habit: str) -> None:
    for raw in (b'{"note": "\\u0000"}', b'{"note": "\\ud800"}'):
        assert problems(ada.post(f"{habit}/skip", content=raw, headers=JSON))


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
    assert problems(ada.get(path, params=query))


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
    assert problems(response) == ["Value error, clients cannot set this"]
    assert secret not in response.text
    properties = client.get("/openapi.json").json()["components"]["schemas"]["SignUp"]["properties"]
    assert "hashed_password" not in properties
