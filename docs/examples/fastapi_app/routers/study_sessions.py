"""Study sessions, logged by their length or with their times."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from fastapi_app.dependencies import (
    ORDER,
    CurrentUser,
    OfExternalId,
    OfTopic,
    OptionalFirstDay,
    OptionalLastDay,
    Overlap,
    OverlapOfMany,
    PageDep,
    SessionDep,
    SessionId,
)
from trackercore import (
    CreateManyResult,
    Page,
    PageRead,
    StudySession,
    StudySessionCreate,
    StudySessionOrder,
    StudySessionRead,
    StudySessionUpdate,
    TimedSessionCreate,
    study_sessions,
)

router = APIRouter(tags=["study sessions"])


@router.post("/study-sessions", response_model=StudySessionRead, status_code=201)
def create_session(
    session: SessionDep, user: CurrentUser, data: StudySessionCreate
) -> StudySession:
    return study_sessions.create(session, user.id, data)


@router.post("/timed-sessions", response_model=list[StudySessionRead], status_code=201)
def create_timed_session(
    session: SessionDep,
    user: CurrentUser,
    data: TimedSessionCreate,
    on_overlap: Overlap = "error",
) -> list[StudySession]:
    return study_sessions.create_timed(session, user.id, data, on_overlap=on_overlap)


@router.post("/session-imports")
def create_many_sessions(
    session: SessionDep,
    user: CurrentUser,
    items: list[StudySessionCreate | TimedSessionCreate],
    on_overlap: OverlapOfMany = "error",
) -> CreateManyResult:
    return study_sessions.create_many(session, user.id, items, on_overlap=on_overlap)


@router.get("/study-sessions", response_model=PageRead[StudySessionRead])
def find_sessions(
    session: SessionDep,
    user: CurrentUser,
    page: PageDep,
    topic_id: OfTopic = None,
    start: OptionalFirstDay = None,
    end: OptionalLastDay = None,
    external_id: OfExternalId = None,
    order_by: Annotated[StudySessionOrder, ORDER] = "day",
) -> Page[StudySession]:
    """The user's study sessions that meet every condition given, in pages."""
    return study_sessions.find(
        session,
        user.id,
        topic_id=topic_id,
        start=start,
        end=end,
        external_id=external_id,
        order_by=order_by,
        **page,
    )


@router.get("/study-sessions/count")
def count_sessions(
    session: SessionDep,
    user: CurrentUser,
    topic_id: OfTopic = None,
    start: OptionalFirstDay = None,
    end: OptionalLastDay = None,
    external_id: OfExternalId = None,
) -> int:
    """How many study sessions are on all pages of the list with these conditions."""
    return study_sessions.count(
        session, user.id, topic_id=topic_id, start=start, end=end, external_id=external_id
    )


@router.get("/study-sessions/{session_id}", response_model=StudySessionRead)
def read_session(session: SessionDep, user: CurrentUser, session_id: SessionId) -> StudySession:
    return study_sessions.get(session, user.id, session_id)


@router.get("/study-sessions/{session_id}/parts", response_model=list[StudySessionRead])
def read_parts(session: SessionDep, user: CurrentUser, session_id: SessionId) -> list[StudySession]:
    return study_sessions.parts(session, user.id, session_id)


@router.patch("/study-sessions/{session_id}", response_model=StudySessionRead)
def update_session(
    session: SessionDep,
    user: CurrentUser,
    session_id: SessionId,
    data: StudySessionUpdate,
    on_overlap: Overlap = "error",
) -> StudySession:
    return study_sessions.update(session, user.id, session_id, data, on_overlap=on_overlap)


@router.delete("/study-sessions/{session_id}", status_code=204)
def delete_session(session: SessionDep, user: CurrentUser, session_id: SessionId) -> None:
    study_sessions.delete(session, user.id, session_id)
