"""Every pair of writing calls at once: as one after the other, or `run` tries again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from random import Random

import pytest

from tests.faults.conftest import Figures, Scale
from tests.services.races import LEVELS, Arena, Level, arena, writing
from tests.support.postgresql import Server


@pytest.fixture(scope="module")
def made(server: Server) -> Iterator[Arena]:
    with server.database() as url, arena(url) as made:
        yield made


@pytest.mark.parametrize("level", LEVELS)
def test_every_pair_of_writing_calls_is_as_one_after_the_other(
    level: Level, made: Arena, scale: Scale, figures: Figures
) -> None:
    pairs = list(product(writing(made), repeat=2))
    if not scale.full:
        pairs = Random().sample(pairs, 60)  # noqa: S311
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for one, other in pairs:
        for race in made.races([level], one, other):
            outcomes.update(outcome.kind for outcome in race.result[:2])
            if race.wrong:
                wrong.append(race.described)
    assert wrong == []
    figures(
        f"two at once at {level}",
        made.by_level[level],
        pairs=len(pairs),
        races=sum(outcomes.values()) // 2,
        calls_done=outcomes["done"],
        refused_with_a_documented_error=outcomes["refused"],
        to_be_tried_again=outcomes["transient"],
        as_in_no_order=len(wrong),
    )
