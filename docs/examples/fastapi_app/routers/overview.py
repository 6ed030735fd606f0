"""What is due today."""

from __future__ import annotations

from fastapi import APIRouter

from fastapi_app.dependencies import CurrentUser, OptionalDay, SessionDep
from trackercore import DueHabit, Overview, habits, overview

router = APIRouter(tags=["overview"])


@router.get("/overview")
def read_overview(session: SessionDep, user: CurrentUser) -> Overview:
    return overview(session, user.id)


@router.get("/due-habits")
def find_due(session: SessionDep, user: CurrentUser, on: OptionalDay = None) -> list[DueHabit]:
    return habits.due(session, user.id, on)
