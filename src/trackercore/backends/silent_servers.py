"""Settings with which libpq gives up on a PostgreSQL server that has fallen silent."""

from __future__ import annotations

import os
from collections.abc import Mapping

from sqlalchemy import URL

CONNECT: Mapping[str, int] = {"connect_timeout": 10}
"""Seconds for each address of the server."""

# Whoever waits for an HTTP answer mostly gives up after 30 or 60 seconds. By default, Linux retries
# for 15 minutes what is not acknowledged, and waits for an answer for more than two hours.
ESTABLISHED: Mapping[str, int] = {
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Of a TCP connection: three probes from 15 seconds of silence on, so 30 seconds in all.

The last one is in milliseconds. It is about what was sent and is not acknowledged, and Linux counts
probes by it too: so it must not be shorter than all probes.
"""


def deadlines(url: URL, connect_args: Mapping[str, object]) -> dict[str, object]:
    """The settings that neither the URL, nor `connect_args`, nor the environment has.

    libpq ignores those of TCP on a Unix socket.
    """
    defaults = {**CONNECT} if _is_socket(url, connect_args) else {**CONNECT, **ESTABLISHED}
    if os.environ.get("PGCONNECT_TIMEOUT"):
        del defaults["connect_timeout"]
    given = {*url.query, *connect_args}
    return {name: value for name, value in defaults.items() if name not in given}


def _is_socket(url: URL, connect_args: Mapping[str, object]) -> bool:
    host = connect_args.get("host") or url.query.get("host") or url.host
    return isinstance(host, str) and host.startswith(("/", "@"))
