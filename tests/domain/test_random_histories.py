"""A few random histories; `python -m tests.domain.random_histories` goes through very many."""

from __future__ import annotations

from tests.domain.random_histories import compare


def test_random_histories_are_judged_as_by_the_slow_oracle() -> None:
    counts = compare(seed=0, count=150)
    assert counts["histories"] == 150
    assert min(counts.values()) > 0
    assert len(counts) > 30  # every direction, frequency and so on
