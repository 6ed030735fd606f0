"""A filled legacy database."""

from __future__ import annotations

import pytest

from tests.adoption import support
from tests.adoption.legacy import BOTH, ROWS


@pytest.fixture(scope="session", autouse=True)
def only_without_prefix(without_prefix: None) -> None:
    """Tables are adopted under the names that they have."""


@pytest.fixture
def filled_url(empty_url: str) -> str:
    """The URL of a database with the tables of both designs, and rows."""
    support.fill(empty_url, BOTH, ROWS)
    return empty_url
