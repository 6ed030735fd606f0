"""PostgreSQL servers that fall silent: a call fails within the time that is set."""

from __future__ import annotations

import socket
import sys
import threading
import time
from typing import Any

import pytest
from sqlalchemy import URL, make_url, text
from sqlalchemy.exc import OperationalError

from tests.support.fixtures import OpenDatabase
from tests.support.kinds import make_database, run_in_greenlet
from tests.support.networks import OwnNetwork, never_answering, over_tcp
from tests.support.postgresql import Server
from tests.support.processes import Child, Tell
from trackercore import Database
from trackercore.backends import silent_servers
from trackercore.backends.silent_servers import CONNECT, ESTABLISHED, deadlines

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the settings are those of Linux")

each_driver = pytest.mark.parametrize(
    ("kind", "driver"),
    [
        ("Database", "psycopg2"),
        pytest.param("Database", "psycopg", marks=pytest.mark.slow),
        ("AsyncDatabase", "psycopg"),
    ],
)
WATCHDOG = 60


def established(database: Database) -> dict[str, int]:
    """What the system was given for the connection's socket, by libpq's names."""
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with socket.socket(fileno=socket.dup(driver.fileno())) as ours:
            tcp = socket.IPPROTO_TCP
            return {
                "keepalives": ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                "keepalives_idle": ours.getsockopt(tcp, socket.TCP_KEEPIDLE),
                "keepalives_interval": ours.getsockopt(tcp, socket.TCP_KEEPINTVL),
                "keepalives_count": ours.getsockopt(tcp, socket.TCP_KEEPCNT),
                "tcp_user_timeout": ours.getsockopt(tcp, socket.TCP_USER_TIMEOUT),
            }


@each_driver
def test_a_tcp_connection_has_deadlines_which_the_url_and_connect_args_override(
    kind: str, driver: str, server: Server, open_database: OpenDatabase
) -> None:
    with over_tcp(server.url.set(drivername=f"postgresql+{driver}")) as url:
        assert established(open_database(url)) == ESTABLISHED
        by_url = url.update_query_dict({"keepalives_idle": "7", "tcp_user_timeout": "9000"})
        changed = {**ESTABLISHED, "keepalives_idle": 7, "tcp_user_timeout": 9000}
        assert established(open_database(by_url)) == changed
        options = {"keepalives_count": 4, "tcp_user_timeout": 8000}
        changed |= options
        assert established(open_database(by_url, connect_args=options)) == changed


def test_the_last_of_the_probes_is_in_time() -> None:
    """Linux counts the probes by the limit for what is not acknowledged, if there is one."""
    probes = ESTABLISHED["keepalives_count"] * ESTABLISHED["keepalives_interval"]
    silence = ESTABLISHED["keepalives_idle"] + probes
    assert ESTABLISHED["tcp_user_timeout"] == silence * 1000


@pytest.mark.parametrize(
    ("url", "connect_args"),
    [
        ("postgresql:///app?host=/run/postgresql", {}),
        ("postgresql://ada@localhost/app", {"host": "/run/postgresql"}),
    ],
)
def test_on_a_socket_only_connecting_has_a_deadline(
    url: str, connect_args: dict[str, object]
) -> None:
    assert deadlines(make_url(url), connect_args) == CONNECT
    assert deadlines(make_url("postgresql:///app"), {}) == {**CONNECT, **ESTABLISHED}


def test_libpq_s_own_variable_for_the_time_to_connect_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "3")
    assert deadlines(make_url("postgresql://ada@localhost/app"), {}) == ESTABLISHED


@pytest.mark.slow
@each_driver
def test_a_new_connection_to_a_server_that_never_answers_is_an_operational_error(
    kind: str, driver: str, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silent_servers, "CONNECT", {"connect_timeout": 2})
    with never_answering() as port:
        url = URL.create(f"postgresql+{driver}", "ada", host="127.0.0.1", port=port)
        database = open_database(url)
        with pytest.raises(OperationalError, match="timeout"):
            database.init()


def fall_silent(kind: str, url: str, tell: Tell) -> None:
    """In a network of its own, lose it between two calls, and during one; send the outcomes."""
    tell("ready")
    try:
        network = OwnNetwork()
    except OSError as error:
        tell(str(error))
        return
    silent_servers.ESTABLISHED = {
        "keepalives": 1,
        "keepalives_idle": 1,
        "keepalives_interval": 1,
        "keepalives_count": 1,
        "tcp_user_timeout": 2000,
    }

    def calls() -> None:
        with over_tcp(make_url(url)) as through:
            database = make_database(kind, through)
            tell(outcome(database, "SELECT 1"))
            network.silence()
            tell(outcome(database, "SELECT 2"))
            network.restore()
            tell(outcome(database, "SELECT 3"))
            threading.Timer(0.5, network.silence).start()
            tell(outcome(database, f"SELECT 4 FROM pg_sleep({2 * WATCHDOG})"))
            network.restore()
            tell(outcome(database, "SELECT 5"))
            database.dispose()

    if kind == "AsyncDatabase":
        run_in_greenlet(calls)
    else:
        calls()


def outcome(database: Database, statement: str) -> str:
    begun = time.monotonic()
    try:
        with database.session(read_only=True) as session:
            return str(session.scalar(text(statement)))
    except OperationalError:
        assert time.monotonic() - begun < WATCHDOG
        return "OperationalError"


@pytest.mark.slow
@each_driver
def test_a_call_whose_network_falls_silent_is_an_operational_error_and_the_next_one_succeeds(
    kind: str, driver: str, server: Server
) -> None:
    url = server.url.set(drivername=f"postgresql+{driver}")
    if "host" not in url.query:
        pytest.skip("the server has no socket, and another network cannot reach it")
    outcomes = list(Child(fall_silent, kind, url.render_as_string(hide_password=False)).rest())
    if len(outcomes) == 1:
        pytest.skip(f"the system does not allow a network of its own: {outcomes[0]}")
    assert outcomes == ["1", "OperationalError", "3", "OperationalError", "5"]
