"""Something that answers like a PostgreSQL server which does not accept the password."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Generator
from contextlib import contextmanager

_SSL_REQUEST, _GSSENC_REQUEST = 80877103, 80877104
_ASK_FOR_THE_PASSWORD = b"R" + struct.pack("!II", 8, 3)
_FIELDS = (
    b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "
    b'"ada"\0Fauth.c\0L1\0Rauth_failed\0\0'
)
_REFUSED = b"E" + struct.pack("!I", len(_FIELDS) + 4) + _FIELDS


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """See https://www.postgresql.org/docs/current/protocol-flow.html, "Start-up"."""
        while self._read_start() in (_SSL_REQUEST, _GSSENC_REQUEST):
            self.wfile.write(b"N")
        self.wfile.write(_ASK_FOR_THE_PASSWORD)
        self.rfile.read(1)
        self._read_start()
        self.wfile.write(_REFUSED)

    def _read_start(self) -> int:
        (length,) = struct.unpack("!I", self.rfile.read(4))
        message = self.rfile.read(length - 4)
        code: int = struct.unpack("!I", message[:4])[0]
        return code


@contextmanager
def running() -> Generator[int]:
    """The port on which it listens."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()
