"""A few random histories; `python -m tests.domain.random_histories` goes through very many."""

from __future__ import annotations

import random

import pytest

from tests.domain.random_histories import compare, differences, random_case


@pytest.mark.slow
def test_random_histories_are_judged_as_by_the_slow_oracle() -> None:
    counts = compare(seed=0, count=150)
    assert counts["histories"] == 150
    assert min(counts.values()) > 0
    assert len(counts) > 30  # every direction, frequency and so on


@pytest.mark.parametrize(("seed", "number"), [(33, 1119), (22, 5423), (32, 6889)])
def test_histories_that_were_once_judged_otherwise(seed: int, number: int) -> None:
    """A write in the first period of a habit at most, or one that becomes so, which is partial."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311 - a history, no secret
    assert list(differences(random_case(chance), chance)) == []
