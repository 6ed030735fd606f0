"""What the endpoints ask for: a session, the signed-in user, and a few query parameters."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import Annotated

from fastapi import Depends, HTTPException, Query, Request
from fastapi.security import APIKeyHeader
from sqlalchemy.orm import Session

from trackercore import Database, Day, InvalidInput, NotFound, User, users

CONNECTIONS = 15
"""What an engine's pool holds. More requests than that wait without a thread of their own: waiting
for a connection or a lock, they could take all threads from those that have one."""


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def get_session(
    request: Request, database: Annotated[Database, Depends(get_database)]
) -> Generator[Session]:
    """The request's transaction; a GET only reads, so that on SQLite it need not wait."""
    with database.session(read_only=request.method == "GET") as session:
        yield session


# "function": the transaction ends when the endpoint returns. By default it would end after the
# response has been sent, which has then promised what a failing commit does not keep.
SessionDep = Annotated[Session, Depends(get_session, scope="function", max_concurrency=CONNECTIONS)]


USER_ID = APIKeyHeader(name="X-User-Id", scheme_name="User")
ROLE = APIKeyHeader(name="X-Role", scheme_name="Role")


def get_user(session: SessionDep, user_id: Annotated[str, Depends(USER_ID)]) -> User:
    """The user in the header, which a gateway sets once it has checked who is there.

    Put your authentication here: all that the rest wants is a `User`.
    """
    if user_id.isascii() and user_id.isdecimal():  # `int` alone takes "+1" and "1_0" too
        with suppress(ValueError, NotFound):  # ValueError: thousands of digits
            return users.get(session, int(user_id))
    raise HTTPException(401, "no such user", {"WWW-Authenticate": "APIKey"})


CurrentUser = Annotated[User, Depends(get_user)]


def check_admin(role: Annotated[str, Depends(ROLE)]) -> None:
    """Trust the role in the header, which only the gateway may set too."""
    if role != "admin":
        raise HTTPException(403, "for administrators only")


OptionalDay = Annotated[Day | None, Query()]
Limit = Annotated[int, Query(ge=1, le=1000)]
After = Annotated[str | None, Query(description="`next` of the page before")]


class DayRange:
    """Two days that are not so far apart that the answer would be huge."""

    def __init__(self, start: Day, end: Day) -> None:
        if (end - start).days >= 3660:
            raise InvalidInput("start and end are more than ten years apart")
        self.start = start
        self.end = end


Range = Annotated[DayRange, Depends()]


class Study:
    """Which study counts: of one topic or of all, with the running timer or without."""

    def __init__(self, topic_id: int | None = None, include_running: bool = False) -> None:
        self.topic_id = topic_id
        self.include_running = include_running


StudyDep = Annotated[Study, Depends()]
