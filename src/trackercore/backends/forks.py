"""Connections in a process that forks: the child uses none of its parent's, and closes none."""

from __future__ import annotations

import os
import sys
import threading
from weakref import WeakSet

from sqlalchemy import Engine
from sqlalchemy.pool import Pool

from trackercore.backends import backend_of

not_while_forking: threading.RLock = threading.RLock()
"""Held during a fork. What holds it otherwise is finished before, so no child inherits a half."""

_engines: WeakSet[Engine] = WeakSet()
_of_the_parent: list[Pool] = []
"""Kept in the child, because a connection without references is closed."""


def reconnect_in_children(engine: Engine) -> None:
    """Give the engine a new pool in every process that is forked from this one.

    The child's copy of a database in memory stays as it is: it shares nothing with its parent's.
    Call it while holding `not_while_forking`.
    """
    _engines.add(engine)


def _before_fork() -> None:
    not_while_forking.acquire()
    for engine in tuple(_engines):
        backend_of(engine).prepare_fork(engine)


def _in_child() -> None:
    for engine in tuple(_engines):
        if not backend_of(engine).is_in_memory(engine.url):
            _of_the_parent.append(engine.pool)
            engine.dispose(close=False)
    not_while_forking.release()


if sys.platform != "win32":
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=not_while_forking.release,
        after_in_child=_in_child,
    )
