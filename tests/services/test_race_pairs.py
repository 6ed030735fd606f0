"""Pairs of writing calls at once, at every isolation level of PostgreSQL.

Here each call races itself, and a few race what they once went wrong with. `nox -s faults` has all
pairs: tests/faults/test_races.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.calls import UNITS, services
from tests.services.races import LEVELS, Arena, Raced, arena, writing
from tests.support.postgresql import Server

pytestmark = pytest.mark.slow  # some hundred races


@pytest.fixture(scope="module")
def made(server: Server) -> Iterator[Arena]:
    with server.database() as url, arena(url) as made:
        yield made


@pytest.fixture(scope="module")
def raced(made: Arena) -> list[Raced]:
    return writing(made)


WRONG_BEFORE = (
    # A task of a category that the other deletes, whose snapshot does not have it.
    ("tasks.create-category-data", "categories.delete-category"),
    ("tasks.update into a category", "categories.delete-category"),
    # Habits that are judged by other dates than their owner's.
    ("habits.check_in_many before the missing day", "users.update(time_zone='Pacific/Apia')"),
    ("habits.create and check_in_many", "users.update(time_zone='Pacific/Apia')"),
    ("users.update(time_zone='Etc/GMT+12')", "users.update(time_zone='Pacific/Apia')"),
    # Tasks whose due day is that of the old settings, or a mix of both.
    ("tasks.create of a timed one", "users.update(time_zone='Pacific/Apia')"),
    ("tasks.create_many of a timed one", "users.update(time_zone='Pacific/Apia')"),
    ("tasks.complete of a timed one", "users.update(time_zone='Pacific/Apia')"),
    ("tasks.update of a timed one", "users.update(time_zone='Pacific/Apia')"),
    # Locks in another order.
    ("users.delete", "habits.archive-habit"),
    ("users.delete", "users.update(time_zone='Pacific/Apia')"),
    ("users.delete", "study_sessions.delete of parts"),
    ("topics.delete-topic", "study_sessions.delete of parts"),
    ("study_sessions.update of parts", "study_sessions.delete of parts"),
    # Neither NotFound nor what was there.
    ("users.delete", "habits.rebuild_streaks-user_id"),
    # A task and its subtasks, which others lock in another order.
    ("tasks.delete of a parent", "tasks.move to the front"),
    ("tasks.complete of a parent", "tasks.skip_occurrence of a parent"),
    ("tasks.complete of a parent", "tasks.update to another parent"),
    ("tasks.complete of a parent", "users.update(time_zone='Etc/GMT+12')"),
    # A Conflict that would not come again.
    ("study_sessions.set_goal of other minutes", "study_sessions.set_goal-data"),
)


def test_what_a_read_only_session_refuses_is_all_that_writes(raced: list[Raced]) -> None:
    raced_services = {each.name.partition("-")[0] for each in raced} & services().keys()
    reads = {name for name in services() if name.rpartition(".")[2] in READS}
    assert raced_services == services().keys() - reads


READS = (
    *("get", "find", "count", "find_by_email", "today", "due", "overview", "parts", "running"),
    *("check_ins", "streak", "best_streaks", "completion_rate", "history", "schedules", "pauses"),
    *("strength", "strength_by_day", "done_by_weekday", "done_by_day", "any_streak"),
    *("goals", "goal_progress", "goal_streak", "rolling", "total", "agenda", "occurrences"),
    *(f"totals_by_{unit}" for unit in (*UNITS, "topic", "tag")),
    *(f"{what}_by_{unit}" for what in ("amounts", "completed") for unit in UNITS),
)


def test_at_repeatable_read_a_call_and_the_same_call_at_once_are_as_one_after_the_other(
    made: Arena, raced: list[Raced]
) -> None:
    wrong = [
        race.described
        for each in raced
        for race in made.races(["REPEATABLE READ"], each, each)
        if race.wrong
    ]
    assert wrong == []


@pytest.mark.parametrize("pair", WRONG_BEFORE, ids=" and ".join)
def test_pairs_that_once_went_wrong_are_as_one_after_the_other(
    pair: tuple[str, str], made: Arena, raced: list[Raced]
) -> None:
    named = {each.name: each for each in raced}
    first, second = (named[name] for name in pair)
    wrong = [
        race.described
        for one, other in ((first, second), (second, first))
        for race in made.races(LEVELS, one, other)
        if race.wrong
    ]
    assert wrong == []
