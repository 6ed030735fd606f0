"""The default database: `configure`, `get_session` and `init_db`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.exc import ArgumentError, DBAPIError

import trackercore.database
from tests.support.fixtures import MakeEngine, OpenDatabase
from trackercore import (
    Database,
    DatabaseNotSupported,
    UserCreate,
    configure,
    get_session,
    init_db,
    prepare_engine,
    users,
)

ADA = UserCreate(email="ada@example.com")
BOB = UserCreate(email="bob@example.com")


@pytest.fixture(autouse=True)
def unconfigured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A program that has just begun, in an empty folder."""
    monkeypatch.setattr("trackercore.database._default", None)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    if isinstance(last := vars(trackercore.database)["_default"], Database):
        last.dispose()


def files() -> set[str]:
    return {path.name for path in Path().iterdir()}


def emails() -> list[str]:
    with get_session(read_only=True) as session:
        return [user.email for user in users.find(session)]


def test_without_any_setting_it_is_a_file_in_the_working_directory() -> None:
    init_db()
    assert "trackercore.db" in files()
    with get_session() as session:
        users.create(session, ADA)
    assert emails() == ["ada@example.com"]


def test_database_url_names_it(monkeypatch: pytest.MonkeyPatch, empty_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_url)
    init_db()
    with get_session() as session:
        users.create(session, ADA)
    assert emails() == ["ada@example.com"]
    assert "trackercore.db" not in files()


def test_it_is_made_on_first_use_and_then_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///first.db")
    first = init_db()
    monkeypatch.setenv("DATABASE_URL", "sqlite:///second.db")
    assert init_db() is first
    with get_session() as session:
        assert session.get_bind() is first.engine
    first.dispose()
    assert configure() is not first
    init_db()
    assert {"first.db", "second.db"} <= files()


def test_neither_configure_nor_get_session_touches_a_file() -> None:
    get_session()
    configure("sqlite:///mine.db")
    get_session(read_only=True)
    assert files() == set()


def test_many_threads_that_are_first_get_the_same_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(Database):
        def __init__(self, url: None) -> None:
            time.sleep(0.02)
            super().__init__(url)

    monkeypatch.setattr("trackercore.database.Database", Slow)
    together = Barrier(8)

    def use(_: int) -> Database:
        together.wait()
        return init_db()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(use, range(8)))) == 1


def test_configure_replaces_it() -> None:
    first = configure("sqlite:///first.db")
    first.init()
    with get_session() as session:
        users.create(session, ADA)
    second = configure("sqlite:///second.db")
    assert init_db() is second
    assert emails() == []
    assert configure(first) is first
    assert emails() == ["ada@example.com"]
    second.dispose()


@pytest.mark.parametrize("kind", ["Database"])
def test_configure_takes_the_first_argument_of_database(
    make_engine: MakeEngine, open_database: OpenDatabase, file_url: str
) -> None:
    engine = prepare_engine(make_engine(file_url))
    assert configure(engine).engine is engine
    assert configure(file_url).engine.url == engine.url
    assert configure(engine.url).engine.url == engine.url
    database = open_database(file_url)
    assert configure(database) is database


def test_a_database_that_is_replaced_keeps_its_connections() -> None:
    first = init_db("sqlite://")  # which would be empty without them
    with get_session() as session:
        users.create(session, ADA)
    assert configure("sqlite:///second.db") is not first
    assert configure(first) is first
    assert emails() == ["ada@example.com"]


def test_a_database_may_be_replaced_while_a_session_of_it_is_open() -> None:
    first = init_db("sqlite:///first.db")
    with get_session() as session:
        second = init_db("sqlite:///second.db")
        users.create(session, ADA)
    with first.session(read_only=True) as session:
        assert users.find_by_email(session, ADA.email) is not None
    assert emails() == []
    first.dispose()
    second.dispose()


def test_sessions_of_two_databases_may_be_open_at_once() -> None:
    first = init_db("sqlite:///first.db")
    second = init_db("sqlite:///second.db")
    with first.session() as one, get_session() as other:
        users.create(one, ADA)
        users.create(other, BOB)
    assert emails() == ["bob@example.com"]
    assert configure(first) is first
    assert emails() == ["ada@example.com"]
    second.dispose()


@pytest.mark.parametrize(
    ("wrong", "error"), [("garbage", ArgumentError), ("mysql://x/y", DatabaseNotSupported)]
)
def test_a_url_that_is_refused_leaves_it_as_it_was(wrong: str, error: type[Exception]) -> None:
    database = init_db("sqlite:///mine.db")
    for replace in (configure, init_db):
        with pytest.raises(error):
            replace(wrong)
    assert init_db() is database


def test_init_db_with_a_url_makes_it_the_default() -> None:
    database = init_db("sqlite:///mine.db")
    assert configure(database) is init_db() is database
    with get_session() as session:
        users.create(session, ADA)
    assert init_db() is database
    assert emails() == ["ada@example.com"]


def test_get_session_rolls_back_and_reads_only_like_the_database_s(empty_url: str) -> None:
    init_db(empty_url)
    with suppress(KeyError), get_session() as session:
        users.create(session, ADA)
        raise KeyError
    with pytest.raises(DBAPIError, match=r"read.?only"), get_session(read_only=True) as session:
        users.create(session, ADA)
    assert emails() == []
