"""What a process that is measured does: see test_scale.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext

from trackercore import adopt

OWNER = "ada@example.com"
_STATUS = Path("/proc/self/status")


def main(url: str) -> None:
    """Adopt, and tell what was kept, how much more memory that took, and what was sent."""
    statements: list[str] = []

    def note(
        connection: Connection,
        cursor: DBAPICursor,
        statement: str,
        parameters: object,
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        statements.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    before = peak()
    report = adopt(url, owner_email=OWNER)
    print(json.dumps([report.kept, peak() - before, statements]))  # noqa: T201


def peak() -> int:
    """The most memory that the process has had, in KiB.

    Not `ru_maxrss`: that begins with what the process had which started this one.
    """
    (line,) = [line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1])


if __name__ == "__main__":
    main(sys.argv[1])
