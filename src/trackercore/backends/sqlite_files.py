"""Why SQLite cannot use a file: notes on its errors, which do not name the file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine.interfaces import ExceptionContext

# Their extended codes: https://www.sqlite.org/rescode.html
_NEEDS_THE_FOLDER = (
    sqlite3.SQLITE_READONLY_DIRECTORY,
    sqlite3.SQLITE_READONLY_CANTINIT,
    sqlite3.SQLITE_READONLY_CANTLOCK,
    sqlite3.SQLITE_READONLY_RECOVERY,
)


def explain_file_error(context: ExceptionContext) -> None:
    """Add the note to SQLAlchemy's error; for the event `handle_error`."""
    code = getattr(context.original_exception, "sqlite_errorcode", None)
    error, engine = context.sqlalchemy_exception, context.engine
    if code is None or error is None or engine is None or not engine.url.database:
        return
    if code in _NEEDS_THE_FOLDER:
        error.add_note(_needs_the_folder(engine.url))
    elif code & 0xFF == sqlite3.SQLITE_CANTOPEN:
        error.add_note(_cannot_open(path_of(engine.url)))


def path_of(url: URL) -> Path:
    """The file of a URL, which may be a URI of SQLite's."""
    return Path((url.database or "").removeprefix("file:")).absolute()


def _needs_the_folder(url: URL) -> str:
    path = path_of(url)
    return (
        f"Even to read {path}, SQLite must be able to write to its folder, where {path.name}-wal "
        f"and {path.name}-shm are. If nobody changes the file meanwhile, the URL "
        f"sqlite:///file:{path}?immutable=1&uri=true reads it without them."
    )


def _cannot_open(path: Path) -> str:
    if path.is_dir():
        return f"{path} is a folder."
    if not path.parent.is_dir():
        return f"There is no folder {path.parent}, where {path.name} would be: create it first."
    return f"The rights of {path}, or of its folder if it is a new file, do not allow it."
