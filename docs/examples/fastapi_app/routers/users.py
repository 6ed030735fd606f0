from __future__ import annotations

from datetime import date

from fastapi import APIRouter

from fastapi_app.dependencies import CurrentUser, OptionalDay, SessionDep
from fastapi_app.schemas import Pause, ProfileUpdate, SignUp
from trackercore import User, UserPause, UserPauseRead, UserRead, users

router = APIRouter(prefix="/users", tags=["users"])


@router.post("", response_model=UserRead, status_code=201)
def sign_up(session: SessionDep, data: SignUp) -> User:
    return users.create(session, data)


@router.get("/me", response_model=UserRead)
def read_me(session: SessionDep, user: CurrentUser) -> User:
    return users.get(session, user.id)


@router.patch("/me", response_model=UserRead)
def update_me(session: SessionDep, user: CurrentUser, data: ProfileUpdate) -> User:
    return users.update(session, user.id, data)


@router.delete("/me", status_code=204)
def delete_me(session: SessionDep, user: CurrentUser) -> None:
    users.delete(session, user.id)


@router.get("/me/today")
def read_today(session: SessionDep, user: CurrentUser) -> date:
    return users.today(session, user.id)


@router.get("/me/pauses", response_model=list[UserPauseRead])
def read_my_pauses(session: SessionDep, user: CurrentUser) -> list[UserPause]:
    return users.pauses(session, user.id)


@router.post("/me/pause", response_model=UserRead)
def pause_all_habits(session: SessionDep, user: CurrentUser, data: Pause) -> User:
    return users.pause(
        session, user.id, starts_on=data.starts_on, ends_on=data.ends_on, reason=data.reason
    )


@router.post("/me/resume", response_model=UserRead)
def resume_all_habits(session: SessionDep, user: CurrentUser, on: OptionalDay = None) -> User:
    return users.resume(session, user.id, on=on)
