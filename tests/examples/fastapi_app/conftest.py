"""The example served over HTTP, on both databases; its packages are the dependency group `apps`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from trackercore import Database

if TYPE_CHECKING:
    import httpx2

if not all(map(find_spec, ("fastapi", "httpx2", "schemathesis", "uvicorn"))):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def shared_server(shared_database: Callable[[str], Database]) -> Iterator[Callable[[str], str]]:
    """The base URL of one server per backend and process."""
    from fastapi_app.app import create_app
    from tests.examples.fastapi_app.support import serving

    with ExitStack() as stack:

        @cache
        def get(backend: str) -> str:
            return stack.enter_context(serving(create_app(shared_database(backend))))

        yield get


@pytest.fixture
def base_url(backend: str, database: Database, shared_server: Callable[[str], str]) -> str:
    """Where the example is served, on a database without rows."""
    return shared_server(backend)


@pytest.fixture
def client(base_url: str) -> Iterator[httpx2.Client]:
    """A client that has not signed in."""
    import httpx2

    with httpx2.Client(base_url=base_url, timeout=60) as client:
        yield client


@pytest.fixture
def ada(client: httpx2.Client) -> httpx2.Client:
    """A client that has signed in."""
    from tests.examples.fastapi_app.support import sign_up

    client.headers.update(sign_up(client, "ada@example.com"))
    return client


@pytest.fixture
def habit(ada: httpx2.Client) -> str:
    """The URL of a daily habit of hers."""
    body = {"name": "Water", "frequency": "daily", "target": 8}
    return f"/habits/{ada.post('/habits', json=body).json()['id']}"
