"""A process that is killed while it upgrades: see test_killed.py."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, create_engine, event

from tests.migrations import two_revisions
from tests.migrations.support import FURTHER
from trackercore import prepare_engine
from trackercore.__main__ import main
from trackercore.migrations import run
from trackercore.migrations.transaction import changing

COMMIT = 0
"""The step that stops when everything is done, before the commit."""


def upgrade(url: str, versions: Path, step: int | None, tell: Callable[[str], None]) -> None:
    """Upgrade to the further revision, and stop before one of its steps."""
    two_revisions.install()
    engine = prepare_engine(create_engine(url, poolclass=NullPool))
    done = 0

    def stop() -> None:
        tell("stopped")
        threading.Event().wait()

    def before_statement(*_: object) -> None:
        nonlocal done
        done += 1
        if done == step:
            stop()

    def before_commit(_connection: object) -> None:
        if step == COMMIT:
            stop()

    event.listen(engine, "before_cursor_execute", before_statement)
    event.listen(engine, "commit", before_commit)
    tell("ready")
    with changing(engine) as connection:
        run.upgrade(connection, FURTHER, more_versions=[versions])
    tell("done")


def command(*arguments: Any) -> None:
    """Run a command of `python -m trackercore`."""
    *words, tell = arguments
    two_revisions.install()
    tell("ready")
    main(words)
