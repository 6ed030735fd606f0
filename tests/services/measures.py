"""What a call costs the database, counted rather than timed."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec, cast

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.orm import Session

from tests.support.kinds import finish

P = ParamSpec("P")


@dataclass
class Work:
    """What the statements of a block made the database do.

    Attributes:
        amount: on SQLite, instructions of its virtual machine, which grow with every row that is
            looked at; on PostgreSQL, rows that were sent to us.
        selects: the SELECTs, with their parameters.
    """

    amount: int = 0
    selects: list[tuple[str, Mapping[str, Any]]] = field(
        default_factory=list[tuple[str, Mapping[str, Any]]]
    )


@contextmanager
def measured(session: Session) -> Generator[Work]:
    """Measure the block."""
    work = Work()
    connection = session.connection()

    def instruction() -> None:
        work.amount += 1

    def executed(
        connection: Connection,
        cursor: DBAPICursor,
        statement: str,
        parameters: Mapping[str, Any],
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        if statement.startswith(("SELECT", "WITH")):
            work.selects.append((statement, parameters))
            work.amount += max(cursor.rowcount, 0)  # SQLite says -1

    driver = connection.connection.driver_connection
    sqlite: Any = driver if connection.dialect.name == "sqlite" else None
    event.listen(connection, "after_cursor_execute", executed)
    if sqlite is not None:
        finish(sqlite.set_progress_handler(instruction, 1))
    try:
        yield work
    finally:
        event.remove(connection, "after_cursor_execute", executed)
        if sqlite is not None:
            finish(sqlite.set_progress_handler(None, 1))


def visited(session: Session, work: Work) -> int:
    """How many rows PostgreSQL looks at to answer the SELECTs, those it rejects included."""
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for plan in _plans(session, work)
        for node in _nodes(plan)
        if "Scan" in node["Node Type"]
    )


def analyze(session: Session) -> None:
    """Let the database know how its tables look by now, as it soon would by itself."""
    session.connection().exec_driver_sql("ANALYZE")


def _plans(session: Session, work: Work) -> Generator[dict[str, Any]]:
    for statement, parameters in work.selects:
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
        result = session.connection().exec_driver_sql(explain, cast("dict[str, Any]", parameters))
        plan: Any = result.scalar_one()
        yield (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]


def _nodes(plan: dict[str, Any]) -> Generator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def effort(session: Session, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> int:
    """The instructions that SQLite runs, or the rows that PostgreSQL looks at, for a reading call.

    To sort rows, both have to look at all of them.
    """
    session.expunge_all()
    with measured(session) as work:
        call(*args, **kwargs)
    postgresql = session.get_bind().dialect.name == "postgresql"
    return visited(session, work) if postgresql else work.amount
