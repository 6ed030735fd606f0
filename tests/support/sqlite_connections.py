"""A SQLite connection that a test leaves open fails that test.

Python reports it where the connection is collected, which may be in any later test.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_opened: list[sqlite3.Connection] = []


def _remember(event: str, arguments: tuple[object, ...]) -> None:
    if event == "sqlite3.connect/handle":
        (connection,) = arguments
        assert isinstance(connection, sqlite3.Connection)
        _opened.append(connection)


sys.addaudithook(_remember)


@contextmanager
def closed(folder: Path | None) -> Generator[None]:
    """Close what the block opened in `folder` or in memory; raise if it had left any open."""
    _opened.clear()
    try:
        yield
    finally:
        opened, left_open = _opened.copy(), list[str]()
        _opened.clear()
        for connection in opened:
            file = _file(connection)
            if file == "" or (file and folder and Path(file).is_relative_to(folder)):
                left_open.append(file or ":memory:")
                connection.close()
    assert not left_open, f"a test must close its SQLite connections: {left_open}"


def _file(connection: sqlite3.Connection) -> str | None:
    """The file of an open connection, or "" in memory; None if it is closed."""
    try:
        _number, _name, file = connection.execute("PRAGMA database_list").fetchone()
    except sqlite3.ProgrammingError:  # closed, or of another thread
        return None
    return str(file)
