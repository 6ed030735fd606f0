"""What a test pays for its database: under 2 ms after the first, within pytest."""

from __future__ import annotations

from statistics import median

import pytest

pytest_plugins = "pytester"

TESTS = 200


class Durations:
    """A pytest plugin that collects how long setups took, in milliseconds."""

    def __init__(self) -> None:
        self.setups: list[float] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "setup":
            self.setups.append(report.duration * 1000)


def check_setups(pytester: pytest.Pytester, *options: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.parametrize("number", range({TESTS}))
        def test_that_writes(tracker_factory, number):
            tracker_factory.task()
        """
    )
    took = Durations()
    pytester.runpytest_inprocess(*options, plugins=[took]).assert_outcomes(passed=TESTS)
    assert len(took.setups) == TESTS
    assert median(took.setups[1:]) < 2, sorted(took.setups)


def test_in_memory_the_setup_of_a_test_takes_under_2_ms(pytester: pytest.Pytester) -> None:
    check_setups(pytester)


def test_with_a_url_the_setup_of_a_test_takes_under_2_ms(
    pytester: pytest.Pytester, empty_url: str
) -> None:
    check_setups(pytester, f"--tracker-database-url={empty_url}")
