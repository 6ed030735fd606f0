"""A PgBouncer that pools transactions, where the machine has one."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

# Debian puts it where only root looks for programs.
PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")

_SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
"""


@contextmanager
def transaction_pooler(server: URL, folder: Path) -> Generator[URL]:
    """The URL of a server with a socket, through a PgBouncer with three connections to it."""
    assert PROGRAM is not None
    host, port = str(server.query["host"]), server.port or 5432
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen_port = free.getsockname()[1]
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        _SETTINGS.format(host=host, port=port, user=server.username, listen_port=listen_port)
    )
    # As root it refuses to run. The socket's owner need not be able to read our folder.
    user = Path(host).stat().st_uid if os.getuid() == 0 else None
    with settings.open() as given:
        process = subprocess.Popen([PROGRAM, "-q", "/dev/stdin"], stdin=given, user=user)
    try:
        _wait_for(listen_port)
        yield server.set(host="127.0.0.1", port=listen_port, query={})
    finally:
        process.terminate()
        process.wait()


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
