"""Endpoints for administrators."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from fastapi_app.dependencies import After, Limit, PageDep, SessionDep, check_admin
from trackercore import Page, PageRead, RebuildResult, User, UserRead, habits, users

router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[Depends(check_admin)])


@router.get("/users", response_model=PageRead[UserRead])
def find_users(session: SessionDep, page: PageDep) -> Page[User]:
    return users.find(session, **page)


@router.get("/users/by-email", response_model=UserRead | None)
def find_user_by_email(session: SessionDep, email: str) -> User | None:
    return users.find_by_email(session, email)


@router.post("/rebuild-streaks")
def rebuild_streaks(
    session: SessionDep, user_id: int | None = None, limit: Limit = 1000, after: After = None
) -> RebuildResult:
    return habits.rebuild_streaks(session, user_id, limit=limit, after=after)
