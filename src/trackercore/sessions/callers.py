"""Who is calling: a thread, or a task within `run_sync`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import cast


def _identify_callers() -> Callable[[], object]:
    try:
        greenlet = import_module("greenlet")
    except ModuleNotFoundError:
        return threading.get_ident
    # Each thread has one, and each `run_sync`.
    return cast("Callable[[], object]", greenlet.getcurrent)


current_caller: Callable[[], object] = _identify_callers()
