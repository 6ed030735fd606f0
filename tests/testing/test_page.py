"""docs/how-to/pytest.md itself: the test suites that it shows pass."""

from __future__ import annotations

import pytest

from tests.host_alembic.page import Page

pytest_plugins = "pytester"

PAGE = Page("pytest.md")


@pytest.mark.parametrize("title", PAGE.sections_to_follow())
def test_the_tests_in_a_section_pass(title: str, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("test_nothing_else.py").write_text(
        "def test_nothing_else(tracker_session): ...\n"
    )
    for block in PAGE.section(title):
        assert block.file is not None
        pytester.path.joinpath(block.file).write_text(block.text)
    outcomes = pytester.runpytest_inprocess("-W", "error").parseoutcomes()
    assert outcomes.keys() == {"passed"}


def test_all_python_but_the_demonstration_is_in_a_test_suite() -> None:
    assert PAGE.unmarked_blocks() == {"python", "sh", "toml"}
    assert len(PAGE.sections_to_follow()) == 9
