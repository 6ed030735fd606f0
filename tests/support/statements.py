"""Counting the SQL that a piece of code sends."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.orm import Session

_BESIDES = ("BEGIN", "COMMIT", "PRAGMA")
_SAVEPOINTS = ("SAVEPOINT", "RELEASE", "ROLLBACK TO")


class Statements(list[str]):
    """The statements sent, in order; an `executemany` is one.

    Transaction control and PRAGMAs are left out, and savepoints are listed in `savepoints`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.savepoints: list[str] = []


@contextmanager
def count_statements(bind: Session | Engine) -> Generator[Statements]:
    """Collect what is sent through this engine, or the session's, within the block.

    with count_statements(session) as statements:
        habits.get(session, user.id, habit.id)
    assert len(statements) == 1, statements
    """
    target = bind.get_bind() if isinstance(bind, Session) else bind
    engine = target.engine
    statements = Statements()

    def collect(
        connection: Connection,
        cursor: DBAPICursor,
        statement: str,
        parameters: object,
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        words = statement.lstrip().upper()
        if words.startswith(_SAVEPOINTS):
            statements.savepoints.append(statement)
        elif not words.startswith(_BESIDES) and words != "ROLLBACK":
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", collect)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", collect)
