"""What is checked whenever a session is used: that it is one, and that nobody else is using it."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any, ParamSpec, TypeVar, cast

from sqlalchemy.orm import Session, scoped_session

from trackercore.errors import SessionInUse
from trackercore.sessions.callers import current_caller

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

_CALLER = "trackercore_caller"
"""Key of a session's `info`, while a function uses the session: whose call it is."""


def check_unused(session: Session) -> None:
    """Check that no service is using the session.

    Raises:
        SessionInUse: one is.
    """
    if _CALLER in session.info:
        raise SessionInUse


@contextmanager
def ended_by_caller(session: Session) -> Generator[Callable[[], None]]:
    """Give what commits the session; from then on, and after the block, nobody else can use it.

    If another thread is within a call, the commit is refused, and the end of the block waits until
    that call has ended: nothing is rolled back or closed under it.

    Raises:
        SessionInUse: by the commit.
    """

    def commit() -> None:
        if not _take(session.info, current_caller()):
            raise SessionInUse
        session.commit()

    try:
        yield commit
    finally:
        while not _take(session.info, current_caller()):
            time.sleep(0.001)


def _take(info: dict[Any, Any], caller: object) -> bool:
    """Whether a session is the caller's from now on: of two at once, one is first."""
    return bool(info.setdefault(_CALLER, caller) == caller)


def checked(function: Callable[P, ResultT]) -> Callable[P, ResultT]:
    """The function, which then first checks the session that it is given.

    Raises:
        SessionInUse: another thread or task is using the session.
        TypeError: it is not a session.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> ResultT:
        given = args[0] if args else kwargs.get("session")
        info = (given if isinstance(given, Session) else _session_of(given)).info
        caller = current_caller()
        if (user := info.get(_CALLER)) is not None:
            if user != caller:
                raise SessionInUse
            return function(*args, **kwargs)  # within a call that it is the user of
        try:
            if not _take(info, caller):
                raise SessionInUse
            return function(*args, **kwargs)
        finally:
            if info.get(_CALLER) == caller:
                del info[_CALLER]

    return call


def check_sessions(*modules: ModuleType) -> None:
    """Make all public functions of these modules, which take a session first, `checked`."""
    for module in modules:
        for name in module.__all__:
            function = checked(getattr(module, name))
            function.__module__ = module.__name__  # where pickle finds it
            setattr(module, name, function)


def _session_of(given: object) -> Session:
    """The session that was meant.

    Raises:
        TypeError: there is none in what was given.
    """
    if isinstance(given, scoped_session):
        return cast("scoped_session[Session]", given)()
    kind = type(given).__name__
    if kind.startswith("Async") or hasattr(given, "__aenter__"):
        way = "`async with db.session() as session`, and `await session.run_sync(function, ...)`"
    else:
        way = "`with get_session() as session`, or with the session() of your Database"
    raise TypeError(f"session must be a Session, not {kind}: {way}")
