"""What Ctrl-C leaves behind in the middle of SQLAlchemy's calls."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

_OURS = "trackercore."


@contextmanager
def interruptible(*, collect: bool = True) -> Generator[None]:
    """Give back connections and cursors that only the interrupted calls of SQLAlchemy still hold.

    Notebooks and debuggers keep the traceback of the last error, and so the calls' variables: a
    connection among them would stay in its transaction.

    Args:
        collect: also those that hold each other, which takes some 50 ms.
    """
    try:
        yield
    except BaseException as error:
        errors = list(_chain(error))  # SQLAlchemy may stumble over what the first one left
        if not all(isinstance(each, Exception) for each in errors):
            forgotten = [_forget_variables(each.__traceback__) for each in errors]
            if collect and any(forgotten):
                gc.collect()
        raise


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def _forget_variables(traceback: TracebackType | None) -> bool:
    """Of all calls that a call of ours or SQLAlchemy's made, and of that call; if there were any.

    The traceback begins with our own calls that the block of the session is in; then come those
    of the caller, whose variables stay.
    """
    ours = within_block = False
    while traceback is not None:
        frame = traceback.tb_frame
        name = str(frame.f_globals.get("__name__"))
        ours = ours or name.startswith("sqlalchemy.") or (within_block and name.startswith(_OURS))
        within_block = within_block or not name.startswith((_OURS, "contextlib"))
        if ours:
            with suppress(RuntimeError):  # it is still running
                frame.clear()
        traceback = traceback.tb_next
    return ours
