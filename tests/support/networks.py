"""PostgreSQL over TCP, servers that never answer, and networks that can fall silent."""

from __future__ import annotations

import ctypes
import os
import socket
import socketserver
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from sqlalchemy import URL

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1


@contextmanager
def over_tcp(url: URL) -> Generator[URL]:
    """The URL of a database, through a port of this process that passes everything on."""
    host, port = url.query.get("host") or url.host, url.port or 5432

    def connect() -> socket.socket:
        if isinstance(host, str) and host.startswith("/"):
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{host}/.s.PGSQL.{port}")
            return server
        assert isinstance(host, str)
        return socket.create_connection((host, port))

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with connect() as server:
                threading.Thread(target=_pass_on, args=(server, self.request), daemon=True).start()
                _pass_on(self.request, server)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, args=(0.01,), daemon=True).start()
        query = {name: value for name, value in url.query.items() if name != "host"}
        yield url.set(host="127.0.0.1", port=proxy.server_address[1], query=query)
        proxy.shutdown()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def never_answering() -> Generator[int]:
    """A port at which connections are opened and nothing is read."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


class OwnNetwork:
    """A loopback interface for this process alone, which must have one thread.

    Raises:
        OSError: the system does not allow it.
    """

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        # Root needs no new user, who could not reach what is another user's.
        if libc.unshare(_CLONE_NEWNET) and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self.restore()

    def silence(self) -> None:
        """From now on nothing arrives, and nobody hears of it."""
        self._set_flags(0)

    def restore(self) -> None:
        self._set_flags(_IFF_UP)

    @staticmethod
    def _set_flags(flags: int) -> None:
        import fcntl  # which Windows lacks

        with socket.socket() as any_socket:
            request = struct.pack("16sH14s", b"lo", flags, b"")
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)
