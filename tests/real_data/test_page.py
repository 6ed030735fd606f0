"""docs/explanation/real-data.md has the figures that plain loops count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real_data import test_commits as commits
from tests.real_data import test_work_sessions as work
from tests.real_data.test_work_sessions import Piece

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "real-data.md"


def lines() -> list[str]:
    return PAGE.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("habit", "name", "unit"),
    [
        ("daily", "daily", "days"),
        ("weekly", "weekly", "weeks"),
        ("monthly", "monthly", "months"),
        ("weekdays", "Mon-Fri", "weekdays"),
    ],
)
def test_the_streaks_are_those_of_the_last_day(habit: str, name: str, unit: str) -> None:
    right = commits.count(name, commits.commit_days()[-1])
    assert f"{habit:<8}  {right.longest:>7}  {right.current:>7} {unit}" in lines()


def test_the_days_with_commits_are_counted_by_year() -> None:
    days = Counter(day.year for day in commits.commit_days())
    assert {f"{year} {number}" for year, number in days.items()} <= set(lines())


KEYS: list[Callable[[Piece], str]] = [
    lambda piece: f"{piece.topic:<8}",
    lambda piece: str(piece.day.year),
    lambda _: f"{'total':<8}",
]


@pytest.mark.parametrize("key_of", KEYS, ids=["topic", "year", "total"])
def test_the_study_time_is_summed_up(key_of: Callable[[Piece], str]) -> None:
    for key, (seconds, sessions) in work.count("UTC", key_of).items():
        assert f"{key}  {seconds // 60:>7}  {sessions:>8}" in lines()
