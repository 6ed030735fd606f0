"""Fixtures: databases on SQLite and PostgreSQL, which nobody has to install or start."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import HealthCheck, settings
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from tests.support import sqlite_connections
from tests.support.citus import VARIABLE as CLUSTER
from tests.support.citus import Cluster
from tests.support.databases import empty, new_database
from tests.support.fixtures import (
    connection,
    file_url,
    make_engine,
    one_connection,
    open_database,
    roles,
    secured,
    shared_secured,
)
from tests.support.kinds import KINDS, make_database, run_in_greenlet
from tests.support.pgbouncer import PROGRAM, transaction_pooler
from tests.support.postgresql import Server
from tests.support.shell import Shell
from trackercore import Database
from trackercore.table_prefix import table_prefix

__all__ = [
    "connection",
    "file_url",
    "make_engine",
    "one_connection",
    "open_database",
    "roles",
    "secured",
    "shared_secured",
]

BACKENDS = ("sqlite", "postgresql")

# A test that needs fewer examples asks for a share, and so follows the profile:
# @settings(max_examples=settings().max_examples // 10)
settings.register_profile(
    "default",
    max_examples=100,
    deadline=None,  # a database may pause
    print_blob=True,
    # Hypothesis runs all examples in one call: a test that writes empties its database itself.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.register_profile("quick", settings.get_profile("default"), max_examples=30)
settings.register_profile("nightly", settings.get_profile("default"), max_examples=50_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# The faults take minutes even when there is little of each: `nox -s faults`, or
# `pytest tests/faults`. The site is what `nox -s docs` has built.
collect_ignore = ["faults", "site"]

_SERVER = pytest.StashKey[Server]()


class _Worker(Protocol):
    """What we use of pytest-xdist's WorkerController, which has no types."""

    config: pytest.Config
    workerinput: dict[str, object]


def pytest_configure(config: pytest.Config) -> None:
    """Let all processes of a run share one PostgreSQL server; the one that made it stops it."""
    driver = str(config.getoption("--driver"))
    workerinput: dict[str, str] | None = getattr(config, "workerinput", None)
    made_by = Cluster if config.getoption("--citus") else Server
    if made_by is Server:
        collect_ignore.append("citus")
    if workerinput is not None:
        pooler = workerinput["pooler"]
        config.stash[_SERVER] = made_by(
            Path(workerinput["postgresql"]),
            driver=driver,
            pooler=make_url(pooler) if pooler else None,
        )
        return
    config.stash[_SERVER] = server = made_by.make(driver=driver)
    config.add_cleanup(server.stop)
    server.check()
    if config.getoption("--pgbouncer"):
        if PROGRAM is None:
            raise pytest.UsageError("--pgbouncer needs PgBouncer: Debian's package pgbouncer")
        stack = ExitStack()
        config.add_cleanup(stack.close)
        # A race of the tests has up to as many sides.
        server.pooler = stack.enter_context(transaction_pooler(server.url, largest=8))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: _Worker) -> None:
    """Tell a worker of pytest-xdist where the server is, and the pooler."""
    server = node.config.stash[_SERVER]
    node.workerinput["postgresql"] = str(server.folder)
    node.workerinput["pooler"] = server.pooler and server.pooler.render_as_string()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--backend`, leave out the tests of the other one, and those of none."""
    chosen: str | None = config.getoption("--backend")
    if chosen is not None:
        left_out = [item for item in items if _backend_of(item) != chosen]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _backend_of(item) == chosen]
    for option, name in (("--pgbouncer", "no_pooler"), ("--citus", "no_citus")):
        for item in items if config.getoption(option) else ():
            if (mark := item.get_closest_marker(name)) is not None:
                item.add_marker(pytest.mark.skip(reason=f"{name}: {mark.args[0]}"))


def _backend_of(item: pytest.Item) -> str | None:
    assert isinstance(item, pytest.Function)
    if hasattr(item, "callspec") and "backend" in item.callspec.params:
        return str(item.callspec.params["backend"])
    return "postgresql" if "server" in item.fixturenames else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Let a test of `AsyncDatabase`, and its fixtures, run in an event loop: see kinds.py."""
    if not isinstance(item, pytest.Function) or not hasattr(item, "callspec"):
        return None
    if item.callspec.params.get("kind") != "AsyncDatabase":
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    run_in_greenlet(lambda: runtestprotocol(item, nextitem=nextitem))
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kind", choices=KINDS, help="the class of the databases of all tests")
    parser.addoption("--backend", choices=BACKENDS, help="only the tests on this kind of database")
    parser.addoption(
        "--driver",
        choices=("psycopg2", "psycopg"),
        default="psycopg2",
        help="the driver of the PostgreSQL databases of the tests",
    )
    parser.addoption(
        "--citus", action="store_true", help=f"make them on the Citus cluster of {CLUSTER}"
    )
    parser.addoption(
        "--pgbouncer", action="store_true", help="reach them through a PgBouncer of this run"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked `both_kinds` on both kinds of databases; --kind runs all on one."""
    chosen = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "kind" not in metafunc.fixturenames or any("kind" in names for names in chosen):
        return
    kind: str | None = metafunc.config.getoption("kind")
    if kind is not None:
        metafunc.parametrize("kind", [kind])
    elif metafunc.definition.get_closest_marker("both_kinds"):
        metafunc.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def closed_connections(request: pytest.FixtureRequest) -> Iterator[None]:
    """The test closes the SQLite connections of its own."""
    has_folder = "tmp_path" in request.fixturenames
    folder: Path | None = request.getfixturevalue("tmp_path") if has_folder else None
    with sqlite_connections.closed(folder):
        yield


@pytest.fixture
def kind() -> str:
    """The class of a test's databases."""
    return "Database"


@pytest.fixture(scope="session")
def server(pytestconfig: pytest.Config) -> Server:
    """The PostgreSQL server, which starts when its URL is read."""
    return pytestconfig.stash[_SERVER]


@pytest.fixture(scope="session")
def without_prefix() -> None:
    """For what is about names without a prefix: `nox -s prefix` leaves it out."""
    if table_prefix():
        pytest.skip("it is about names without a prefix")


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Each database in turn. For one: `@pytest.mark.parametrize("backend", ["sqlite"])`."""
    name: str = request.param
    return name


@pytest.fixture
def empty_url(backend: str, tmp_path: Path, server: Server) -> Iterator[str]:
    """The URL of a new database without tables."""
    with new_database(backend, tmp_path, server) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def database(
    kind: str, backend: str, shared_database: Callable[[str], Database]
) -> Iterator[Database]:
    """A database with all tables and no rows."""
    shared = shared_database(backend)
    if kind == "Database":
        yield shared
    else:
        database = make_database(kind, shared.engine.url)
        yield database
        database.dispose()
    empty(shared)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session on `database`, committed after the test."""
    with database.session() as session:
        yield session


@pytest.fixture
def shell(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Shell]:
    """In an empty folder, without DATABASE_URL."""
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    logger = logging.getLogger("trackercore")
    level = logger.level
    yield Shell(capsys)
    logger.setLevel(level)


@pytest.fixture(scope="session")
def shared_database(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Callable[[str], Database]]:
    """One database per backend and process, made when first used: creating tables is slow."""
    with ExitStack() as stack:

        @cache
        def get(backend: str) -> Database:
            folder = tmp_path_factory.mktemp("shared")
            server = pytestconfig.stash[_SERVER]
            url = stack.enter_context(new_database(backend, folder, server))
            database = Database(url)
            stack.callback(database.dispose)
            database.init()
            if backend == "postgresql":
                server.distribute(database)
            return database

        yield get
