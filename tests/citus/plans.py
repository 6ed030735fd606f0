"""Into how many shards Citus looks for a statement."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.orm import Session

_PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


class Planned:
    """A statement, and the tasks that its parts become: one for each shard."""

    def __init__(self, statement: str, plan: object) -> None:
        self.statement = statement
        self.tasks = list(_tasks(plan))

    @property
    def is_routed(self) -> bool:
        """Whether one shard answers it, or the coordinator alone."""
        return all(tasks <= 1 for tasks in self.tasks)

    def __repr__(self) -> str:
        return f"{self.tasks} of {self.statement}"


@contextmanager
def planned(session: Session) -> Generator[list[Planned]]:
    """The plans of the statements that are sent within the block, as they are sent."""
    plans: list[Planned] = []

    def explain(
        connection: Connection,
        cursor: DBAPICursor,
        statement: str,
        parameters: Any,
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        if statement.lstrip().upper().startswith(_PLANNED):
            values = parameters[0] if executemany else parameters
            ours = connection.connection.cursor()  # theirs may be a cursor of the server
            ours.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
            (plan,) = ours.fetchone() or (None,)
            ours.close()
            plans.append(Planned(statement, json.loads(plan) if isinstance(plan, str) else plan))

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", explain)
    try:
        yield plans
    finally:
        event.remove(engine, "before_cursor_execute", explain)


def _tasks(plan: object) -> Iterator[int]:
    if isinstance(plan, list):
        for part in cast("list[object]", plan):
            yield from _tasks(part)
    elif isinstance(plan, dict):
        for name, part in cast("dict[str, object]", plan).items():
            if name == "Task Count":
                yield int(str(part))
            yield from _tasks(part)
