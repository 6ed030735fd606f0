"""Endpoints for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from fastapi_app.dependencies import ORDER, After, Limit, PageDep, SessionDep, check_admin
from trackercore import Page, PageRead, RebuildResult, User, UserOrder, UserRead, habits, users

router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[Depends(check_admin)])

Address = Annotated[str, Query(description="The address, in any letter case.")]
OfUser = Annotated[int | None, Query(description="Id of the user; by default everybody.")]


@router.get("/users", response_model=PageRead[UserRead])
def find_users(
    session: SessionDep, page: PageDep, order_by: Annotated[UserOrder, ORDER] = "id"
) -> Page[User]:
    """All users, in pages."""
    return users.find(session, order_by=order_by, **page)


@router.get("/users/count")
def count_users(session: SessionDep) -> int:
    """How many users there are."""
    return users.count(session)


@router.get("/users/by-email", response_model=UserRead | None)
def find_user_by_email(session: SessionDep, email: Address) -> User | None:
    return users.find_by_email(session, email)


@router.post("/rebuild-streaks")
def rebuild_streaks(
    session: SessionDep, user_id: OfUser = None, limit: Limit = 1000, after: After = None
) -> RebuildResult:
    return habits.rebuild_streaks(session, user_id, limit=limit, after=after)
