"""Writing calls at once: as one after the other, or an error after which `run` tries again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import product
from random import Random

import pytest
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from tests.faults.conftest import Figures, Scale
from tests.services.races import LEVELS, ZONES, Arena, Level, Raced, arena, writing
from tests.support.kinds import together
from tests.support.postgresql import Server
from trackercore import StudySession, TrackerError, habits

pytestmark = pytest.mark.slow  # the usual suite has tests/services/test_race_pairs.py

THREADS = 4
EACH = 25

DELETE_MUCH = ("users.delete", "categories.delete", "habits.delete", "topics.delete")


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


@pytest.mark.parametrize("level", LEVELS)
def test_random_transactions_at_once_leave_caches_and_parts_right(
    level: Level, made: Arena, scale: Scale, figures: Figures
) -> None:
    database = made.by_level[level]
    works = [each for each in writing(made) if not each.name.startswith(DELETE_MUCH)]
    counts: Counter[str] = Counter()

    def work(zone: str, number: int, thread: int) -> Counter[str]:
        random = Random(number * THREADS + thread)  # noqa: S311 - the same every time
        done = Counter[str]()
        for _ in range(EACH):
            chosen: list[Raced] = random.choices(works, k=random.randint(1, 3))

            def transaction(session: Session, chosen: list[Raced] = chosen) -> None:
                done["tries"] += 1
                for each in chosen:
                    each.run(session, made.ids[zone])

            try:
                database.run(transaction, retries=100)
            except TrackerError:
                done["refused"] += 1
            else:
                done["committed"] += 1
        return done

    rounds = 2 * scale.rounds
    for number in range(rounds):
        zone = ZONES[number % 2]
        made.reset(zone)
        counts.update(sum(together(THREADS, partial(work, zone, number)), Counter[str]()))
        with made.plain.session() as session:
            assert habits.rebuild_streaks(session).corrected == 0
            assert parts_apart(session) == 0
    transactions = rounds * THREADS * EACH
    figures(
        f"random transactions at {level}",
        database,
        threads=THREADS,
        transactions=transactions,
        committed=counts["committed"],
        refused_with_a_documented_error=counts["refused"],
        tried_again=counts["tries"] - transactions,
        caches_corrected=0,
    )


def parts_apart(session: Session) -> int:
    """How many parts of study sessions do not begin when another one ends."""
    before = aliased(StudySession)
    follows = exists().where(
        before.user_id == StudySession.user_id,
        func.coalesce(before.part_of, before.id) == StudySession.part_of,
        before.ended_at == StudySession.started_at,
    )
    query = select(func.count()).where(StudySession.part_of.is_not(None), ~follows)
    return session.scalar(query) or 0
