"""What Ctrl-C leaves behind in the middle of SQLAlchemy's calls."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

_PACKAGES = ("sqlalchemy.", "trackercore.")


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
            for each in errors:
                _forget_variables(each.__traceback__)
            if collect:
                gc.collect()
        raise


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__context__


def _forget_variables(traceback: TracebackType | None) -> None:
    """Of all calls that a call of ours or SQLAlchemy's made, and of that call."""
    ours = False
    while traceback is not None:
        frame = traceback.tb_frame
        ours = ours or str(frame.f_globals.get("__name__")).startswith(_PACKAGES)
        if ours:
            with suppress(RuntimeError):  # it is still running
                frame.clear()
        traceback = traceback.tb_next
