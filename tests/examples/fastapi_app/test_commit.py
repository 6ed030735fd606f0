"""The transaction ends before the response is sent, so after a 2xx the rows are stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import httpx2
import pytest
from fastapi import Depends
from sqlalchemy import text
from sqlalchemy.orm import Session

from fastapi_app.app import create_app
from fastapi_app.dependencies import CurrentUser, SessionDep, get_session
from tests.examples.fastapi_app.support import serving, sign_up
from tests.support.names import named_sql
from trackercore import Category, CategoryCreate, CategoryRead, Database, categories

LateSession = Annotated[Session, Depends(get_session)]


@pytest.fixture
def host(empty_url: str) -> Iterator[httpx2.Client]:
    """A signed-in client of a host with a table of its own, whose rule is checked at COMMIT."""
    database = Database(empty_url)
    database.init()
    with database.engine.begin() as connection:
        connection.execute(
            named_sql(
                "CREATE TABLE receipts (user_id BIGINT NOT NULL "
                "REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    app = create_app(database)

    @app.post("/early/{payer}", response_model=CategoryRead, status_code=201)
    def early(session: SessionDep, user: CurrentUser, payer: int) -> Category:
        return buy(session, user.id, payer)

    @app.post("/late/{user_id}/{payer}", response_model=CategoryRead, status_code=201)
    def late(session: LateSession, user_id: int, payer: int) -> Category:
        return buy(session, user_id, payer)

    def buy(session: Session, user_id: int, payer: int) -> Category:
        session.execute(text("INSERT INTO receipts VALUES (:payer)"), {"payer": payer})
        return categories.create(session, user_id, CategoryCreate(name="Bought"))

    with serving(app) as base_url, httpx2.Client(base_url=base_url, timeout=60) as client:
        client.headers.update(sign_up(client, "ada@example.com"))
        yield client


def stored(client: httpx2.Client) -> list[str]:
    return [category["name"] for category in client.get("/categories").json()["items"]]


def test_a_commit_that_fails_is_a_500_and_nothing_is_stored(host: httpx2.Client) -> None:
    nobody = 999
    assert host.post(f"/early/{nobody}").status_code == 500
    assert stored(host) == []


def test_a_commit_that_succeeds_is_a_201_and_the_next_request_sees_it(host: httpx2.Client) -> None:
    assert host.post(f"/early/{host.headers['X-User-Id']}").status_code == 201
    assert stored(host) == ["Bought"]


def test_with_the_default_scope_the_client_gets_201_and_nothing_is_stored(
    host: httpx2.Client,
) -> None:
    nobody = 999
    assert host.post(f"/late/{host.headers['X-User-Id']}/{nobody}").status_code == 201
    assert stored(host) == []


def test_an_endpoint_that_raises_rolls_back_its_writes(host: httpx2.Client) -> None:
    host.post(f"/early/{host.headers['X-User-Id']}")
    refused = host.post(f"/early/{host.headers['X-User-Id']}")  # the name is taken
    assert refused.status_code == 409
    assert stored(host) == ["Bought"]
