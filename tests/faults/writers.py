"""Processes that all write the same habits, timers and names: see test_writers.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from sqlalchemy.orm import Session

from tests.support.processes import Tell
from trackercore import (
    CategoryCreate,
    CheckInCreate,
    Database,
    StudySessionCreate,
    TaskCreate,
    TaskUpdate,
    TimedSessionCreate,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
)

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = ("sql", "straße", "café", "go", "c", "c++", "日本語", "ελληνικά")


class Shared(NamedTuple):
    """What all of them write to."""

    user: int
    water: int
    """A habit whose amounts are only ever added to."""
    runs: tuple[int, ...]
    """Habits with which anything is done."""
    topic: int


class Fact(NamedTuple):
    """What a call returned as stored."""

    kind: str
    key: str
    value: int = 1


@dataclass
class Log:
    """What became of one process's transactions."""

    facts: list[Fact] = field(default_factory=list[Fact])
    errors: Counter[str] = field(default_factory=Counter[str])
    tries: int = 0


Work = Callable[[Session], Fact | None]
"""One call with fixed arguments, so that it can be tried again."""


def write(url: str, shared: Shared, seed: int, count: int, tell: Tell) -> None:
    """Run `count` transactions, a quarter of which make two calls."""
    random, log = Random(seed), Log()  # noqa: S311 - the same every time
    database = Database(url)
    tell("ready")
    for number in range(count):
        works = [
            random.choice(WORKS)(random, shared, f"{seed}-{number}-{half}")
            for half in range(random.choice((1, 1, 1, 2)))
        ]

        def transaction(session: Session, works: list[Work] = works) -> list[Fact | None]:
            log.tries += 1
            return [work(session) for work in works]

        try:
            facts = database.run(transaction)
        except Exception as error:  # noqa: BLE001 - the test judges which
            log.errors[type(error).__name__] += 1
        else:
            log.facts += [fact for fact in facts if fact is not None]
    database.dispose()
    tell(log)


def _drink(random: Random, shared: Shared, key: str) -> Work:
    day, amount = NOW.date() - random.randrange(5) * DAY, random.randint(1, 9)

    def work(session: Session) -> Fact:
        where = (session, shared.user, shared.water)
        habits.check_in(*where, on=day, amount=amount, add=True, now=NOW)
        return Fact("water", str(day), amount)

    return work


def _train(random: Random, shared: Shared, key: str) -> Work:
    habit, day = random.choice(shared.runs), NOW.date() - random.randrange(20) * DAY
    choice = random.randrange(5)

    def work(session: Session) -> None:
        where = (session, shared.user, habit)
        if choice == 0:
            habits.undo_check_in(*where, on=day, now=NOW)
        elif choice == 1:
            habits.skip(*where, on=day, now=NOW)
        elif choice == 2:
            days = [CheckInCreate(on=day - ago * DAY) for ago in range(5)]
            habits.check_in_many(*where, days, now=NOW)
        elif choice == 3:
            habits.pause(*where, starts_on=day, ends_on=day + DAY, now=NOW)
        else:
            habits.check_in(*where, on=day, amount=2, now=NOW)

    return work


def _name_topic(random: Random, shared: Shared, key: str) -> Work:
    name = random.choice(NAMES)
    written = random.choice((name, name.upper(), name.title()))
    return lambda session: Fact(
        "topic", name, topics.get_or_create(session, shared.user, written).id
    )


def _name_category(random: Random, shared: Shared, key: str) -> Work:
    number = random.randrange(60)
    name = random.choice(("Ça va {}", "ÇA VA {}")).format(number)
    return lambda session: Fact(
        "category",
        str(number),
        categories.create(session, shared.user, CategoryCreate(name=name)).id,
    )


def _plan(random: Random, shared: Shared, key: str) -> Work:
    data = TaskCreate(title=key, external_id=f"{random.randrange(200)}")
    return lambda session: Fact(
        "task", str(data.external_id), tasks.create(session, shared.user, data).id
    )


def _work_off(random: Random, shared: Shared, key: str) -> Work:
    external_id, choice = f"{random.randrange(200)}", random.randrange(3)

    def work(session: Session) -> None:
        for task in tasks.find(session, shared.user, external_id=external_id):
            if choice == 0:
                tasks.complete(session, shared.user, task.id, now=NOW)
            elif choice == 1:
                tasks.reopen(session, shared.user, task.id)
            else:
                tasks.update(session, shared.user, task.id, TaskUpdate(description=key))

    return work


def _log_many(random: Random, shared: Shared, key: str) -> Work:
    first = random.randrange(100)
    items = [
        StudySessionCreate(
            topic_id=shared.topic,
            duration_minutes=5,
            study_date=NOW.date() - number * DAY,
            external_id=f"many-{number}",
        )
        for number in range(first, first + 5)
    ]

    def work(session: Session) -> Fact:
        result = study_sessions.create_many(session, shared.user, items, now=NOW)
        return Fact("many", "created", result.created)

    return work


def _log_timed(random: Random, shared: Shared, key: str) -> Work:
    started = NOW - timedelta(minutes=random.randrange(60, 40_000))
    data = TimedSessionCreate(
        topic_id=shared.topic, started_at=started, ended_at=started + timedelta(minutes=45)
    )

    def work(session: Session) -> Fact:
        parts = study_sessions.create_timed(session, shared.user, data, now=NOW)
        return Fact("timed", "seconds", sum(part.duration_seconds for part in parts))

    return work


def _use_timer(random: Random, shared: Shared, key: str) -> Work:
    choice, now = random.randrange(4), NOW - timedelta(minutes=random.randrange(60, 40_000))

    def work(session: Session) -> Fact | None:
        if choice == 0:
            study_sessions.cancel(session, shared.user)
        elif choice == 1:
            parts = study_sessions.stop(session, shared.user, discard=True, now=now)
            return Fact("timed", "seconds", sum(part.duration_seconds for part in parts))
        else:
            study_sessions.start(session, shared.user, shared.topic, now=now)
        return None

    return work


WORKS = (
    _drink,
    _drink,
    _train,
    _train,
    _name_topic,
    _name_category,
    _plan,
    _work_off,
    _log_many,
    _log_timed,
    _use_timer,
    _use_timer,
)
