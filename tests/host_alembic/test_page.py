"""docs/how-to/alembic.md itself: whatever it shows is tried."""

from __future__ import annotations

from tests.host_alembic import (
    test_branch,
    test_own_schema,
    test_row_security,
    test_two_version_tables,
)
from tests.host_alembic.page import Page

PAGE = Page("alembic.md")


def test_every_block_is_one_to_follow() -> None:
    # Other Python is run by tests/support/documentation.py.
    assert PAGE.unmarked_blocks() == {"python"}


def test_every_section_is_followed() -> None:
    assert PAGE.sections_to_follow() == [
        test_two_version_tables.MODELS,
        test_two_version_tables.ENV,
        test_two_version_tables.BOTH,
        test_own_schema.SECTION,
        test_row_security.SECTION,
        test_branch.BRANCH,
        test_branch.SWITCH,
        test_branch.INIT_FIRST,
    ]
