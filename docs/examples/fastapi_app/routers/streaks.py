"""Check-ins of a habit, and its streaks."""

from __future__ import annotations

from fastapi import APIRouter

from fastapi_app.dependencies import CurrentUser, Limit, OptionalDay, Range, SessionDep
from fastapi_app.schemas import Skip
from trackercore import (
    CheckIn,
    CheckInCreate,
    CheckInManyResult,
    CheckInRead,
    CheckInResult,
    HabitDay,
    Streak,
    StreakRun,
    UndoResult,
    habits,
)

router = APIRouter(prefix="/habits/{habit_id}", tags=["streaks"])


@router.get("/check-ins", response_model=list[CheckInRead])
def read_check_ins(
    session: SessionDep,
    user: CurrentUser,
    habit_id: int,
    start: OptionalDay = None,
    end: OptionalDay = None,
) -> list[CheckIn]:
    return habits.check_ins(session, user.id, habit_id, start=start, end=end)


@router.post("/check-ins")
def check_in(
    session: SessionDep, user: CurrentUser, habit_id: int, data: CheckInCreate, add: bool = False
) -> CheckInResult:
    return habits.check_in(
        session, user.id, habit_id, on=data.on, amount=data.amount, note=data.note, add=add
    )


@router.post("/check-ins/import")
def check_in_many(
    session: SessionDep, user: CurrentUser, habit_id: int, items: list[CheckInCreate]
) -> CheckInManyResult:
    return habits.check_in_many(session, user.id, habit_id, items)


@router.post("/skip")
def skip(session: SessionDep, user: CurrentUser, habit_id: int, data: Skip) -> CheckInResult:
    return habits.skip(session, user.id, habit_id, on=data.on, note=data.note)


@router.delete("/check-ins")
def undo_check_in(
    session: SessionDep, user: CurrentUser, habit_id: int, on: OptionalDay = None
) -> UndoResult:
    return habits.undo_check_in(session, user.id, habit_id, on=on)


@router.get("/streak")
def read_streak(
    session: SessionDep, user: CurrentUser, habit_id: int, as_of: OptionalDay = None
) -> Streak:
    return habits.streak(session, user.id, habit_id, as_of)


@router.get("/best-streaks")
def read_best_streaks(
    session: SessionDep,
    user: CurrentUser,
    habit_id: int,
    limit: Limit = 5,
    as_of: OptionalDay = None,
) -> list[StreakRun]:
    return habits.best_streaks(session, user.id, habit_id, limit=limit, as_of=as_of)


@router.get("/completion-rate")
def read_completion_rate(
    session: SessionDep, user: CurrentUser, habit_id: int, days: Range
) -> float | None:
    return habits.completion_rate(session, user.id, habit_id, *days)


@router.get("/history")
def read_history(
    session: SessionDep, user: CurrentUser, habit_id: int, days: Range
) -> list[HabitDay]:
    return habits.history(session, user.id, habit_id, *days)
