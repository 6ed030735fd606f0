"""A PgBouncer that pools transactions, where the machine has one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from sqlalchemy import URL

# Debian puts it where only root looks for programs.
PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

needs_pgbouncer = pytest.mark.skipif(PROGRAM is None, reason="there is no pgbouncer here")
each_driver = pytest.mark.parametrize(
    ("kind", "driver"),
    [("Database", "psycopg2"), ("Database", "psycopg"), ("AsyncDatabase", "psycopg")],
)

_NOBODY = 65534


# Transactions change their connection: there are `smallest` from the start, which take turns.
_SETTINGS = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
auth_user = {user}
pool_mode = transaction
min_pool_size = {smallest}
default_pool_size = {largest}
server_round_robin = 1
max_client_conn = 1000
max_db_connections = {largest}
"""


@contextmanager
def transaction_pooler(server: URL, *, smallest: int = 2, largest: int = 3) -> Generator[URL]:
    """The URL of a server through a PgBouncer with so many connections to each database."""
    assert PROGRAM is not None
    host = str(server.query.get("host") or server.host)
    # As root it refuses to run. A socket's owner need not be able to read our files, so it gets
    # them open.
    owner = Path(host).stat().st_uid if host.startswith("/") else _NOBODY
    user = owner if os.getuid() == 0 else None
    with _file(f'"{server.username}" "{server.password or ""}"\n') as users:
        settings = _SETTINGS.format(
            host=host,
            port=server.port or 5432,
            listen_port=(listen_port := _free_port()),
            user=server.username,
            users=f"/dev/fd/{users.fileno()}",
            smallest=smallest,
            largest=largest,
        )
        with _file(settings) as given:
            process = subprocess.Popen(
                [PROGRAM, "-q", "/dev/stdin"], stdin=given, user=user, pass_fds=[users.fileno()]
            )
    try:
        _wait_for(listen_port)
        yield URL.create(
            server.drivername, server.username, host="127.0.0.1", port=listen_port
        ).set(database=server.database)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _file(text: str) -> Generator[IO[str]]:
    """A file that another user can read who is given it open."""
    with tempfile.TemporaryFile("w+") as file:
        file.write(text)
        file.flush()
        os.fchmod(file.fileno(), 0o644)
        file.seek(0)
        yield file


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
