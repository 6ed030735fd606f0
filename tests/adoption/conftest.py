"""A filled legacy database."""

from __future__ import annotations

import pytest

from tests.adoption import support
from tests.adoption.legacy import BOTH, ROWS


@pytest.fixture
def filled_url(empty_url: str) -> str:
    """The URL of a database with the tables of both designs, and rows."""
    support.fill(empty_url, BOTH, ROWS)
    return empty_url
