from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from fastapi_app.dependencies import CurrentUser, Discard, Overlap, SessionDep
from fastapi_app.schemas import TimerStart
from trackercore import (
    Instant,
    StudySession,
    StudySessionRead,
    Timer,
    TimerRead,
    study_sessions,
)

router = APIRouter(prefix="/timer", tags=["timer"])

Switch = Annotated[bool, Query(description="Whether a running timer is stopped and stored first.")]
StoppedAt = Annotated[Instant | None, Query(description="An instant; by default now.")]


@router.get("", response_model=TimerRead | None)
def read_timer(session: SessionDep, user: CurrentUser) -> Timer | None:
    return study_sessions.running(session, user.id)


@router.post("/start", response_model=TimerRead, status_code=201)
def start_timer(
    session: SessionDep,
    user: CurrentUser,
    data: TimerStart,
    switch: Switch = False,
    discard: Discard = False,
    on_overlap: Overlap = "error",
) -> Timer:
    return study_sessions.start(
        session,
        user.id,
        data.topic_id,
        notes=data.notes,
        switch=switch,
        discard=discard,
        on_overlap=on_overlap,
    )


@router.post("/stop", response_model=list[StudySessionRead])
def stop_timer(
    session: SessionDep, user: CurrentUser, at: StoppedAt = None, discard: Discard = False
) -> list[StudySession]:
    return study_sessions.stop(session, user.id, at=at, discard=discard)


@router.delete("", status_code=204)
def cancel_timer(session: SessionDep, user: CurrentUser) -> None:
    study_sessions.cancel(session, user.id)
