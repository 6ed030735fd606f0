"""PostgreSQL restarted under load: calls in flight fail in one way, and the next ones succeed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from random import Random
from threading import Event

import pytest
from sqlalchemy import URL, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.faults.conftest import Figures, Scale
from tests.support.fixtures import OpenDatabase
from tests.support.postgresql import Server
from trackercore import (
    Category,
    CategoryCreate,
    Database,
    Task,
    TaskCreate,
    UserCreate,
    categories,
    tasks,
    users,
)

THREADS = 4


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server.make(durable=True)
    yield server
    server.stop()


@pytest.fixture
def url(server: Server) -> Iterator[URL]:
    with server.database() as url:
        yield url


def store(session: Session, user: int, key: str) -> None:
    """Two rows, of which one is not to be there without the other."""
    category = categories.create(session, user, CategoryCreate(name=key))
    tasks.create(session, user, TaskCreate(title=key, category_id=category.id, external_id=key))


class Load:
    """Threads that write one transaction after the other."""

    def __init__(self, database: Database, user: int) -> None:
        self.database = database
        self.user = user
        self.over = Event()
        self.acknowledged: list[str] = []
        self.failed: Counter[str] = Counter()

    def run(self, thread: int) -> None:
        for number in count():
            if self.over.is_set():
                return
            key = f"{thread}-{number}"
            try:
                with self.database.session() as session:
                    store(session, self.user, key)
            except OperationalError as error:
                self.failed[type(error.orig).__name__] += 1
                time.sleep(0.01)
            else:
                self.acknowledged.append(key)


@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_calls_in_flight_fail_with_an_operational_error_and_the_next_ones_succeed(
    driver: str,
    server: Server,
    url: URL,
    scale: Scale,
    figures: Figures,
    open_database: OpenDatabase,
) -> None:
    database = open_database(url.set(drivername=f"postgresql+{driver}"))
    database.init()
    with database.session() as session:
        user = users.create(session, UserCreate(email="ada@example.com")).id
    load = Load(database, user)
    moments = Random(1)  # noqa: S311
    with ThreadPoolExecutor(THREADS) as pool:
        threads = [pool.submit(load.run, thread) for thread in range(THREADS)]
        try:
            for number in range(scale.restarts):
                time.sleep(moments.uniform(0.2, 1))
                server.restart("immediate" if number % 2 else "fast")
                for after in range(2 * THREADS):  # so every connection of the pool is tried
                    with database.session() as session:
                        store(session, user, f"after-{number}-{after}")
        finally:
            load.over.set()
        for thread in threads:
            thread.result()  # which raises any other error

    with database.session(read_only=True) as session:
        stored = set(session.scalars(select(Task.external_id)))
        assert set(session.scalars(select(Category.name))) == stored
    missing = set(load.acknowledged) - stored
    assert not missing
    unknown = len(stored) - 2 * THREADS * scale.restarts - len(load.acknowledged)
    assert 0 <= unknown <= load.failed.total()
    figures(
        "PostgreSQL restarted under load",
        database,
        restarts=scale.restarts,
        threads=THREADS,
        acknowledged=len(load.acknowledged),
        of_them_missing=len(missing),
        failed_with_the_operational_error=load.failed.total(),
        of_them_stored=unknown,
        failed_otherwise=0,
        failed_after_a_restart=0,
    )
