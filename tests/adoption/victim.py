"""What a process that will be killed does: see test_interruptions.py."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from tests.adoption.legacy import ADA
from trackercore import adopt


def adopt_until(statement: int | None, url: str, tell: Callable[[object], None]) -> None:
    """Adopt, and die before this statement; who lives tells how many there were."""
    sent = 0

    def count(
        connection: Connection,
        cursor: DBAPICursor,
        sql: str,
        parameters: object,
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        nonlocal sent
        sent += 1
        if sent == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    tell("ready")
    adopt(url, owner_email=ADA)
    tell(sent)
