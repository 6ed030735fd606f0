"""Databases on the Citus cluster that TRACKERCORE_TEST_CITUS_URL names, for `nox -s citus`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from functools import cached_property

import pytest
from sqlalchemy import URL, NullPool, create_engine, make_url, text

from tests.support.postgresql import Server, execute
from trackercore import Database
from trackercore.citus import distribute

VARIABLE = "TRACKERCORE_TEST_CITUS_URL"

_SHARDS = 4
_WORKERS = "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0 ORDER BY groupid"


class Cluster(Server):
    """The nodes of a database on a coordinator, on each of which every database is made."""

    @cached_property
    def url(self) -> URL:
        return make_url(os.environ[VARIABLE]).set(drivername="postgresql+psycopg2")

    @contextmanager
    def database(self) -> Generator[URL]:
        name = f"trackercore_test_{secrets.token_hex(8)}"
        made = list[URL]()
        try:
            for node in (self.url, *self._workers):
                execute(node, f"CREATE DATABASE {name} TEMPLATE template0")
                made.append(node)
                execute(node.set(database=name), "CREATE EXTENSION citus")
            url = self.url.set(database=name)
            execute(
                url,
                f"ALTER DATABASE {name} SET citus.shard_count = {_SHARDS}",
                f"SELECT citus_set_coordinator_host('{url.host}', {url.port or 5432})",
                *(f"SELECT citus_add_node('{node.host}', {node.port})" for node in self._workers),
            )
            yield url.set(drivername=f"postgresql+{self._driver}")
        finally:
            for node in made:
                execute(node, f"DROP DATABASE {name} WITH (FORCE)")

    def check(self) -> None:
        if not os.environ.get(VARIABLE):
            raise pytest.UsageError(
                f"--citus needs {VARIABLE}, the URL of a coordinator's database"
            )

    def distribute(self, database: Database) -> None:
        distribute(database)

    @cached_property
    def _workers(self) -> list[URL]:
        with create_engine(self.url, poolclass=NullPool).connect() as connection:
            nodes = connection.execute(text(_WORKERS)).all()
        return [self.url.set(host=node.nodename, port=node.nodeport) for node in nodes]
