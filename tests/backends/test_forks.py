"""Processes that fork after they used a database, as servers do that load the application once."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from tests.support.fixtures import OpenDatabase
from tests.support.processes import Child, Tell
from trackercore import AsyncDatabase, Database, UserCreate, prepare_engine, users

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork"),
    # Since Python 3.13, sqlite3 warns of a connection that is closed by being collected: that of an
    # earlier test, perhaps.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

WORKERS = 4
REQUESTS = 120
PATIENCE = 60


def fork(work: Callable[[], object]) -> int:
    """Do it in a child, which exits with 0 if that succeeds; return the child's number."""
    child = os.fork()
    if child:
        return child
    signal.alarm(PATIENCE)
    try:
        work()
        gc.collect()  # which closes connections that nobody refers to
        os._exit(0)
    finally:
        os._exit(1)


def join(*children: int) -> list[int]:
    """Their exit codes."""
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def connections(session: Session) -> int:
    """PostgreSQL's number for the session's connection; 0 on SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        return 0
    return session.scalar(text("SELECT pg_backend_pid()")) or 0


def connections_of(database: Database) -> set[int]:
    """Use three connections at once, which stay in the pool; return their numbers."""
    with ExitStack() as stack:
        sessions = [stack.enter_context(database.session(read_only=True)) for _ in range(3)]
        return set(map(connections, sessions))


def make_database(url: str, whose: str) -> Database:
    return Database(url if whose == "ours" else prepare_engine(create_engine(url)))


def serve(url: str, whose: str, tell: Tell) -> None:
    """Use the database, fork workers that answer the requests, and use it again."""
    tell("ready")
    database = make_database(url, whose)
    database.init()
    before = connections_of(database)
    listener = socket.create_server(("127.0.0.1", 0), backlog=REQUESTS)
    tell(listener.getsockname())

    def work() -> None:
        for _ in range(REQUESTS // WORKERS):
            client, _address = listener.accept()
            with client, client.makefile("rw") as stream:
                print(answer(database, int(stream.readline())), file=stream)

    workers = [fork(work) for _ in range(WORKERS)]
    tell(join(*workers))
    tell((before, connections_of(database)))
    database.dispose()


def answer(database: Database, number: int) -> str:
    """Create a user and read it again in another session."""
    email = f"{number}@example.com"
    try:
        with database.session() as session:
            created = users.create(session, UserCreate(email=email)).id
        with database.session(read_only=True) as session:
            return f"{users.get(session, created).email} {connections(session)}"
    except Exception as error:  # noqa: BLE001 - it is the answer
        return f"{error!r} 0"


@pytest.mark.parametrize("whose", ["ours", "the host's"])
def test_every_answer_of_a_server_that_forks_is_right_and_its_own_connections_stay(
    whose: str, empty_url: str, open_database: OpenDatabase
) -> None:
    server = Child(serve, empty_url, whose)
    address = server.hear()

    def request(number: int) -> list[str]:
        with socket.create_connection(address, PATIENCE) as client:
            client.sendall(f"{number}\n".encode())
            return client.makefile().read().rsplit(maxsplit=1)

    with ThreadPoolExecutor(2 * WORKERS) as threads:
        answers = list(threads.map(request, range(REQUESTS)))
    assert [email for email, _ in answers] == [f"{n}@example.com" for n in range(REQUESTS)]
    assert server.hear() == [0] * WORKERS
    before, after = server.hear()
    assert after == before
    if empty_url.startswith("postgresql"):
        assert before.isdisjoint(int(connection) for _, connection in answers)
    assert list(server.rest()) == []
    with open_database(empty_url).session(read_only=True) as session:
        assert len(users.find(session, limit=1000)) == REQUESTS


def fork_asynchronous(url: str, tell: Tell) -> None:
    """Use an `AsyncDatabase`, in a child, and again; send the numbers of the connections."""
    tell("ready")
    database = AsyncDatabase(url)

    async def use() -> int:
        async with database.session(read_only=True) as session:
            return await session.run_sync(connections)

    loop = asyncio.new_event_loop()
    first = loop.run_until_complete(use())
    tell(join(fork(lambda: tell(asyncio.run(use())))))
    tell((first, loop.run_until_complete(use())))
    loop.run_until_complete(database.dispose())
    loop.close()


@pytest.mark.parametrize("backend", ["postgresql"])
def test_an_asynchronous_database_in_a_child_has_connections_of_its_own(empty_url: str) -> None:
    in_child, codes, in_parent = Child(fork_asynchronous, empty_url).rest()
    assert codes == [0]
    assert in_parent == (in_parent[0], in_parent[0])
    assert in_child not in in_parent


def write_in_turns(url: str, folder: Path, whose: str, tell: Tell) -> None:
    """Let a child write before and after its parent has closed its connections."""
    tell("ready")
    database = make_database(url, whose)
    database.init()

    def write() -> None:
        for number in range(2):
            with database.session() as session:
                users.create(session, UserCreate(email=f"{number}@example.com"))
            (folder / "written").touch()
            wait_for(folder / "closed")

    child = fork(write)
    wait_for(folder / "written")
    database.engine.dispose()  # also of the host's
    tell("closed")
    tell(join(child))


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("whose", ["ours", "the host's"])
def test_what_a_child_wrote_to_a_sqlite_file_outlives_its_parent_s_connections(
    whose: str, empty_url: str, tmp_path: Path
) -> None:
    """SQLite in the child would believe that it holds the locks of its parent's connections."""
    parent = Child(write_in_turns, empty_url, tmp_path, whose)
    assert parent.hear() == "closed"
    another = Database(empty_url)
    with another.session(read_only=True) as session:
        assert len(users.find(session)) == 1
    another.dispose()
    (tmp_path / "closed").touch()
    assert parent.hear() == [0]
    assert list(parent.rest()) == []
    with another.session(read_only=True) as session:
        assert len(users.find(session)) == 2
    another.dispose()


def fork_in_memory(tell: Tell) -> None:
    """Write in a child; send what the child and then its parent has."""
    tell("ready")
    database = Database("sqlite://")
    database.init()

    def create(name: str) -> list[str]:
        with database.session() as session:
            users.create(session, UserCreate(email=f"{name}@example.com"))
            return [user.email for user in users.find(session)]

    create("ada")
    tell(join(fork(lambda: tell(create("bob")))))
    tell(create("grace"))


def test_a_child_has_a_copy_of_a_database_in_memory() -> None:
    in_child, codes, in_parent = Child(fork_in_memory).rest()
    assert codes == [0]
    assert in_child == ["ada@example.com", "bob@example.com"]
    assert in_parent == ["ada@example.com", "grace@example.com"]


class SlowDatabase(Database):
    """One whose engine takes a while to build."""

    started = threading.Event()

    def _build_engine(self) -> Engine:
        self.started.set()
        time.sleep(0.5)
        return super()._build_engine()


def fork_meanwhile(url: str, tell: Tell) -> None:
    """Fork while another thread builds the engine; use it in the child."""
    tell("ready")
    database = SlowDatabase(url)
    builder = threading.Thread(target=lambda: database.engine)
    builder.start()
    database.started.wait()
    tell(join(fork(database.init)))
    builder.join()


def test_a_fork_while_the_engine_is_built_waits_for_it(empty_url: str) -> None:
    assert list(Child(fork_meanwhile, empty_url).rest()) == [[0]]
