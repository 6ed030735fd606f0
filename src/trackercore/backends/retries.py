"""Which failed transactions to try again, and how long to wait before."""

from __future__ import annotations

from collections.abc import Iterator
from random import SystemRandom
from typing import TypeVar, cast

from sqlalchemy.exc import DBAPIError

from trackercore.backends import BACKENDS

ResultT = TypeVar("ResultT")
"""What a transaction returns."""

RETRIES = 10
"""The default number of retries."""

FIRST_DELAY = 0.01
"""The limit of the first wait, in seconds; it doubles with every further one."""

LONGEST_DELAY = 1.0
"""The limit of every wait, in seconds."""

_random = SystemRandom()


def is_transient(error: DBAPIError) -> bool:
    """Whether the same transaction may succeed at another time.

    It may after a serialization failure or a deadlock on PostgreSQL, and if SQLite's file was busy
    for longer than the connection waits. A lost connection does not count: nobody knows whether its
    commit has happened.
    """
    return any(backend.is_transient(error) for backend in BACKENDS.values())


def delays(retries: int) -> Iterator[float]:
    """Seconds to wait before each retry: exponential, capped, with "full jitter".

    All waits up to the limit are equally likely, so that transactions that collided do not collide
    again: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    limit = FIRST_DELAY
    for _ in range(retries):
        yield _random.uniform(0, limit)
        limit = min(2 * limit, LONGEST_DELAY)


class Retry:
    """A context that suppresses a transient error as long as there are retries left.

        retry = Retry(retries)
        while True:
            with retry, session() as session:
                return fn(session)
            sleep(retry.delay)

    Attributes:
        delay: seconds to wait after an error that was suppressed.

    Raises:
        TypeError: `retries` is not an int.
        ValueError: it is negative.
    """

    delay: float = 0.0

    def __init__(self, retries: int) -> None:
        given = cast("object", retries)
        if not isinstance(given, int) or isinstance(given, bool):
            raise TypeError(f"retries must be an int, not {retries!r}")
        if retries < 0:
            raise ValueError(f"retries must be at least 0, not {retries}")
        self._retries = retries
        self._delays = delays(retries)

    def __enter__(self) -> None:
        """Begin an attempt."""

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> bool:
        if not isinstance(error, DBAPIError) or not is_transient(error):
            return False
        delay = next(self._delays, None)
        if delay is None:
            error.add_note(f"The transaction was tried {self._retries + 1} times.")
            return False
        self.delay = delay
        return True
