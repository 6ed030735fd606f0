"""`run` at SERIALIZABLE: what many threads read and then write is never lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.faults.conftest import Figures, Scale
from tests.support.fixtures import OpenDatabase
from trackercore import (
    Database,
    HabitCreate,
    StudySessionCreate,
    Topic,
    User,
    UserCreate,
    UserUpdate,
    habits,
    study_sessions,
    topics,
    users,
)

NOW = datetime(2026, 3, 10, 23, 59, tzinfo=UTC)  # on this day, whenever the user's begins
TODAY = NOW.date()
THREADS = 8
NAMES = ("SQL", "Go", "C")


def test_with_run_no_update_is_lost_at_serializable(
    database: Database, scale: Scale, figures: Figures, open_database: OpenDatabase
) -> None:
    each = scale.writes // 5
    url = database.engine.url
    if url.get_backend_name() == "postgresql":
        shared = open_database(url, isolation_level="SERIALIZABLE", pool_size=THREADS)
    else:
        shared = open_database(url)  # which is never less
    with shared.session() as session:
        user = users.create(session, UserCreate(email="ada@example.com")).id
        water = HabitCreate(name="Water", frequency="daily", target=8)
        habit = habits.create(session, user, water, now=NOW).id
    tries: list[int] = []

    def transaction(session: Session, number: int) -> None:
        tries.append(number)
        # Read, and write what follows from it: the classical lost update.
        minute = users.get(session, user).day_starts_at
        users.update(session, user, UserUpdate(day_starts_at=minute + 1))
        # Read how many there are, and store as many minutes as that: write skew.
        there = study_sessions.total(session, user, TODAY, TODAY).sessions
        topic = topics.get_or_create(session, user, NAMES[number % len(NAMES)])
        study = StudySessionCreate(topic_id=topic.id, duration_minutes=there + 1)
        study_sessions.create(session, user, study, now=NOW)
        habits.check_in(session, user, habit, add=True, now=NOW)

    def work(thread: int) -> None:
        for number in range(each):
            shared.run(partial(transaction, number=thread + number), retries=100)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))

    done = THREADS * each
    with shared.session() as session:
        assert session.scalars(select(User.day_starts_at)).one() == done
        total = study_sessions.total(session, user, TODAY, TODAY)
        assert (total.sessions, total.minutes) == (done, done * (done + 1) // 2)
        (day,) = habits.check_ins(session, user, habit)
        assert day.amount == done
        assert session.scalar(select(func.count()).select_from(Topic)) == min(len(NAMES), done)
        assert habits.rebuild_streaks(session).corrected == 0
    figures(
        "`run` at SERIALIZABLE",
        shared,
        threads=THREADS,
        transactions=done,
        tried_again=len(tries) - done,
        updates_lost=0,
        errors=0,
    )
