"""Many processes that write the same rows at once lose nothing and do nothing twice."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.faults import writers
from tests.faults.conftest import Figures, Scale
from tests.faults.results import DOCS
from tests.faults.writers import NOW, Log, Shared
from tests.support.fixtures import OpenDatabase
from tests.support.processes import Child
from trackercore import (
    Category,
    CheckIn,
    Database,
    HabitCreate,
    StudySession,
    Task,
    Timer,
    Topic,
    TopicCreate,
    UserCreate,
    habits,
    topics,
    users,
)
from trackercore.types import text_key


@pytest.fixture
def shared(database: Database) -> Shared:
    with database.session() as session:
        user = users.create(session, UserCreate(email="ada@example.com")).id
        water, *runs = (
            habits.create(session, user, HabitCreate(name=name, frequency="daily"), now=NOW).id
            for name in ("Water", "Run", "Swim", "Ride")
        )
        topic = topics.create(session, user, TopicCreate(name="Study")).id
        return Shared(user, water, tuple(runs), topic)


def documented() -> set[str]:
    """Every word of the pages for users."""
    pages = [*DOCS.rglob("*.md"), DOCS.parent / "README.md"]
    return set(re.findall(r"\w+", "".join(page.read_text("utf-8") for page in pages)))


def amounts(session: Session, shared: Shared) -> dict[str, Decimal]:
    query = select(CheckIn.day, CheckIn.amount).where(CheckIn.habit_id == shared.water)
    return {str(day): amount for day, amount in session.execute(query)}


def assert_apart(session: Session) -> None:
    """No timed study session overlaps another."""
    rows = session.scalars(select(StudySession).where(StudySession.started_at.is_not(None)))
    spans = [(row.started_at, row.ended_at) for row in rows if row.started_at and row.ended_at]
    for (_, ended_at), (started_at, _) in pairwise(sorted(spans)):
        assert ended_at <= started_at


def test_many_processes_lose_nothing_and_double_nothing(
    database: Database,
    shared: Shared,
    scale: Scale,
    figures: Figures,
    open_database: OpenDatabase,
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    children = [
        Child(writers.write, url, shared, seed, scale.writes) for seed in range(scale.processes)
    ]
    logs: list[Log] = [log for child in children for log in child.rest()]
    assert len(logs) == scale.processes
    errors = sum((log.errors for log in logs), Counter[str]())
    assert errors.keys() <= documented()
    assert "OperationalError" not in errors  # `run` tries again

    facts = [fact for log in logs for fact in log.facts]
    expected: Counter[str] = Counter()  # by day, or by kind
    keys: dict[str, dict[str, int]] = {"topic": {}, "category": {}, "task": {}}
    for fact in facts:
        if fact.kind in keys:
            ids = keys[fact.kind]
            assert fact.kind == "topic" or fact.key not in ids, f"stored twice: {fact}"
            assert ids.setdefault(fact.key, fact.value) == fact.value, f"two ids: {fact}"
        else:
            expected[fact.key] += fact.value

    with open_database(database.engine.url).session() as session:
        for day, amount in amounts(session, shared).items():
            assert expected.pop(day) == amount
        stored_topics = {row.name_key: row.id for row in session.scalars(select(Topic))}
        stored_topics.pop("study")
        assert {text_key(name): row_id for name, row_id in keys["topic"].items()} == stored_topics
        assert sorted(keys["category"].values()) == sorted(session.scalars(select(Category.id)))
        assert keys["task"] == {
            str(row.external_id): row.id for row in session.scalars(select(Task))
        }
        many = select(func.count()).where(StudySession.external_id.like("many-%"))
        assert expected.pop("created", 0) == session.scalar(many)
        seconds = select(func.coalesce(func.sum(StudySession.duration_seconds), 0))
        timed = seconds.where(StudySession.started_at.is_not(None))
        assert expected.pop("seconds", 0) == session.scalar(timed)
        assert not expected
        assert_apart(session)
        assert len(session.scalars(select(Timer)).all()) <= 1
        corrected = habits.rebuild_streaks(session).corrected
    assert corrected == 0

    writes = scale.processes * scale.writes
    figures(
        "processes that write the same rows",
        database,
        processes=scale.processes,
        transactions=writes,
        committed=writes - errors.total(),
        refused_with_a_documented_error=errors.total(),
        tried_again=sum(log.tries for log in logs) - writes,
        rows_lost_or_doubled=0,
        caches_corrected=corrected,
    )
