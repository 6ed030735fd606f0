"""What the endpoints depend on: a session, the signed-in user, and shared query parameters."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from datetime import date
from typing import Annotated, Literal, TypedDict

from fastapi import Depends, HTTPException, Path, Query, Request
from fastapi.security import APIKeyHeader
from sqlalchemy.orm import Session

from trackercore import Database, Day, NotFound, OnOverlap, OnOverlapOfMany, User, users

CONNECTIONS = 15
"""As many as the engine's pool has. Further requests wait without a thread: otherwise they could
occupy all threads, and the requests that hold a connection would get none to finish."""


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


def get_session(
    request: Request, database: Annotated[Database, Depends(get_database)]
) -> Generator[Session]:
    """The request's transaction. A GET only reads, so on SQLite it does not wait for writers."""
    with database.session(read_only=request.method == "GET") as session:
        yield session


# "function": the transaction ends when the endpoint returns. By default it would end after the
# response has been sent, and a commit that fails could not change the response any more.
SessionDep = Annotated[Session, Depends(get_session, scope="function", max_concurrency=CONNECTIONS)]


USER_ID = APIKeyHeader(name="X-User-Id", scheme_name="User")
ROLE = APIKeyHeader(name="X-Role", scheme_name="Role")


def get_user(session: SessionDep, user_id: Annotated[str, Depends(USER_ID)]) -> User:
    """The user in the header, which a gateway sets when it has authenticated them.

    Put your own authentication here. The endpoints only need a `User`.
    """
    if user_id.isascii() and user_id.isdecimal():  # `int` alone takes "+1" and "1_0" too
        with suppress(ValueError, NotFound):  # ValueError: thousands of digits
            return users.get(session, int(user_id))
    raise HTTPException(401, "no such user", {"WWW-Authenticate": "APIKey"})


CurrentUser = Annotated[User, Depends(get_user)]


def check_admin(role: Annotated[str, Depends(ROLE)]) -> None:
    """Trust the role in the header, which only the gateway may set."""
    if role != "admin":
        raise HTTPException(403, "for administrators only")


CategoryId = Annotated[int, Path(description="Id of the category.")]
HabitId = Annotated[int, Path(description="Id of the habit.")]
SessionId = Annotated[int, Path(description="Id of the study session.")]
TagId = Annotated[int, Path(description="Id of the tag.")]
TaskId = Annotated[int, Path(description="Id of the task.")]
TopicId = Annotated[int, Path(description="Id of the topic.")]
Unit = Annotated[
    Literal["day", "week", "month", "year"], Path(description="How long each bucket of days is.")
]
FirstDay = Annotated[Day, Query(description="First local day.")]
LastDay = Annotated[Day, Query(description="Last local day; it is included.")]
OptionalDay = Annotated[Day | None, Query(description="A local day; by default the user's today.")]
OptionalFirstDay = Annotated[Day | None, Query(description="First local day; by default any.")]
OptionalLastDay = Annotated[Day | None, Query(description="Last local day; by default any.")]
ScheduleStart = Annotated[
    Day | None,
    Query(description="First local day; by default today, or as soon as no success is lost."),
]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many there are at most.")]
ORDER = Query(description="What the rows are sorted by; a minus reverses the order.")
After = Annotated[str | None, Query(description="`next` of the page before.")]
OfCategory = Annotated[
    int | None, Query(description="Id of a category; by default of any, and without one.")
]
HasCategory = Annotated[
    bool | None, Query(description="Only with a category, or only without; by default both.")
]
OfText = Annotated[
    str | None, Query(description="A part of its name, title or description, in any letter case.")
]
OfExternalId = Annotated[
    str | None, Query(description="Its key in another system; by default any, and none.")
]
AllTags = Annotated[
    list[str] | None, Query(description="Only what has all tags of these names; by default any.")
]
AnyTag = Annotated[
    list[str] | None, Query(description="Only what has one of the tags; by default any.")
]
Untagged = Annotated[
    bool | None, Query(description="Only what has no tag, or only what has one; by default both.")
]
OfTopic = Annotated[int | None, Query(description="Id of a topic; by default all study counts.")]
IncludeRunning = Annotated[bool, Query(description="Whether the running timer counts, until now.")]
Fill = Annotated[bool, Query(description="Whether a bucket or topic with nothing is listed too.")]
Overlap = Annotated[
    OnOverlap, Query(description="Whether to refuse or allow an overlap with another session.")
]
OverlapOfMany = Annotated[
    OnOverlapOfMany,
    Query(description="Whether to refuse, allow or leave out a session that overlaps another."),
]
Discard = Annotated[
    bool, Query(description="Whether a timer of less than a second is dropped; else it is refused.")
]


class PageArguments(TypedDict):
    """What every `find` takes."""

    limit: int
    after: str | None


def page_arguments(limit: Limit = 100, after: After = None) -> PageArguments:
    return {"limit": limit, "after": after}


PageDep = Annotated[PageArguments, Depends(page_arguments)]


class TagFilters(TypedDict):
    """Which tags the rows of a list have; clients name them."""

    tags_all: list[str] | None
    tags_any: list[str] | None
    untagged: bool | None


def tag_filters(
    tags_all: AllTags = None, tags_any: AnyTag = None, untagged: Untagged = None
) -> TagFilters:
    return {"tags_all": tags_all, "tags_any": tags_any, "untagged": untagged}


TagsDep = Annotated[TagFilters, Depends(tag_filters)]


ARCHIVED = {"no": False, "only": True, "all": None}
Archived = Annotated[
    Literal["no", "only", "all"],
    Query(description="Whether archived rows are listed: none, no others, or both together."),
]


def is_archived(archived: Archived = "no") -> bool | None:
    """A query has no null, so each choice of the services has a word."""
    return ARCHIVED[archived]


ArchivedDep = Annotated[bool | None, Depends(is_archived)]


def day_range(start: FirstDay, end: LastDay) -> tuple[date, date]:
    """The first and the last day of a report; services refuse what would be a huge response."""
    return start, end


Range = Annotated[tuple[date, date], Depends(day_range)]


def open_range(
    start: OptionalFirstDay = None, end: OptionalLastDay = None
) -> tuple[date | None, date | None]:
    """The same; an end that is left out is that of the sessions."""
    return start, end


OpenRange = Annotated[tuple[date | None, date | None], Depends(open_range)]


class StudyFilter(TypedDict):
    """Which study counts: of one topic or of all, with the running timer or without."""

    topic_id: int | None
    include_running: bool


def study_filter(topic_id: OfTopic = None, include_running: IncludeRunning = False) -> StudyFilter:
    return {"topic_id": topic_id, "include_running": include_running}


StudyDep = Annotated[StudyFilter, Depends(study_filter)]
