"""Serving an application, and signing in."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx2
import uvicorn
from fastapi import FastAPI


@contextmanager
def serving(app: FastAPI) -> Generator[str]:
    """Serve on a free port of this machine; yields the base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def sign_up(client: httpx2.Client, email: str, **fields: object) -> dict[str, str]:
    """Make a user; returns the header that signs them in."""
    response = client.post("/users", json={"email": email, **fields})
    assert response.status_code == 201, response.text
    return {"X-User-Id": str(response.json()["id"])}
