"""Which failed transactions are worth another try, and how long to wait before it."""

from __future__ import annotations

from collections.abc import Iterator
from random import SystemRandom
from typing import TypeVar, cast

from sqlalchemy.exc import DBAPIError

from trackercore.backends.postgresql import sql_state
from trackercore.backends.sqlite import is_busy

ResultT = TypeVar("ResultT")
"""What a transaction returns."""

RETRIES = 10
"""Tries after the first one, unless told otherwise."""

FIRST_DELAY = 0.01
"""Seconds that the first wait is shorter than; each further one may be twice as long."""

LONGEST_DELAY = 1.0
"""Seconds that every wait is shorter than."""

_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED = "40001", "40P01"

_random = SystemRandom()


def is_transient(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed when nothing but the moment is another.

    It may after a serialization failure or a deadlock of PostgreSQL, and where SQLite's file was
    busy for longer than the connection waits. A lost connection is not among them: whether its
    commit has happened, nobody knows.
    """
    return sql_state(error) in (_SERIALIZATION_FAILURE, _DEADLOCK_DETECTED) or is_busy(error)


def delays(retries: int) -> Iterator[float]:
    """Seconds to wait before each retry: exponential, capped, with "full jitter".

    Anything up to the limit is as likely as anything else, so that those who ran into each other
    do not do so again: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    limit = FIRST_DELAY
    for _ in range(retries):
        yield _random.uniform(0, limit)
        limit = min(2 * limit, LONGEST_DELAY)


class Tries:
    """The tries of one transaction, for those who make them in a thread or in an event loop.

    Args:
        retries: how many may follow the first one.

    Raises:
        TypeError: `retries` is not an int.
        ValueError: it is negative.
    """

    def __init__(self, retries: int) -> None:
        given = cast("object", retries)
        if not isinstance(given, int) or isinstance(given, bool):
            raise TypeError(f"retries must be an int, not {retries!r}")
        if retries < 0:
            raise ValueError(f"retries must be at least 0, not {retries}")
        self._retries = retries
        self._delays = delays(retries)

    def delay_after(self, error: DBAPIError) -> float | None:
        """Seconds to wait before the next try; None if there is to be none.

        An error that is raised although another try might have helped gets a note.
        """
        if not is_transient(error):
            return None
        delay = next(self._delays, None)
        if delay is None:
            error.add_note(f"The transaction was tried {self._retries + 1} times.")
        return delay
