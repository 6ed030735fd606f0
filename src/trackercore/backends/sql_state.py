"""PostgreSQL's codes of errors, which both drivers have."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError


def sql_state(error: DBAPIError) -> str | None:
    """PostgreSQL's code of the error; None on SQLite."""
    return code_of(error.orig)


def code_of(error: BaseException | None) -> str | None:
    """The same, of the driver's own error."""
    return getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)  # psycopg 2, or 3
