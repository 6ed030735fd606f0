"""Check-ins of a habit, its streaks, and the sums of its amounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from fastapi_app.dependencies import (
    CurrentUser,
    Fill,
    HabitId,
    Limit,
    OptionalDay,
    OptionalFirstDay,
    OptionalLastDay,
    Range,
    SessionDep,
    Unit,
)
from fastapi_app.schemas import Skip
from trackercore import (
    AmountTotal,
    CheckIn,
    CheckInCreate,
    CheckInManyResult,
    CheckInRead,
    CheckInResult,
    HabitDay,
    HabitStrength,
    Streak,
    StreakRun,
    UndoResult,
    WeekdayCount,
    habits,
)

router = APIRouter(prefix="/habits/{habit_id}", tags=["streaks"])

Add = Annotated[bool, Query(description="Whether the amount is added to that of the day.")]

AMOUNTS_BY = {
    "day": habits.amounts_by_day,
    "week": habits.amounts_by_week,
    "month": habits.amounts_by_month,
    "year": habits.amounts_by_year,
}


@router.get("/check-ins", response_model=list[CheckInRead])
def read_check_ins(
    session: SessionDep,
    user: CurrentUser,
    habit_id: HabitId,
    start: OptionalFirstDay = None,
    end: OptionalLastDay = None,
) -> list[CheckIn]:
    return habits.check_ins(session, user.id, habit_id, start=start, end=end)


@router.post("/check-ins")
def check_in(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, data: CheckInCreate, add: Add = False
) -> CheckInResult:
    if data.status == "skipped":
        return habits.skip(session, user.id, habit_id, on=data.on, note=data.note)
    return habits.check_in(
        session, user.id, habit_id, on=data.on, amount=data.amount, note=data.note, add=add
    )


@router.post("/check-ins/import")
def check_in_many(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, items: list[CheckInCreate]
) -> CheckInManyResult:
    return habits.check_in_many(session, user.id, habit_id, items)


@router.post("/skip")
def skip(session: SessionDep, user: CurrentUser, habit_id: HabitId, data: Skip) -> CheckInResult:
    return habits.skip(session, user.id, habit_id, on=data.on, note=data.note)


@router.delete("/check-ins")
def undo_check_in(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, on: OptionalDay = None
) -> UndoResult:
    return habits.undo_check_in(session, user.id, habit_id, on=on)


@router.get("/streak")
def read_streak(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, as_of: OptionalDay = None
) -> Streak:
    return habits.streak(session, user.id, habit_id, as_of)


@router.get("/best-streaks")
def read_best_streaks(
    session: SessionDep,
    user: CurrentUser,
    habit_id: HabitId,
    limit: Limit = 5,
    as_of: OptionalDay = None,
) -> list[StreakRun]:
    return habits.best_streaks(session, user.id, habit_id, limit=limit, as_of=as_of)


@router.get("/completion-rate")
def read_completion_rate(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, days: Range
) -> float | None:
    return habits.completion_rate(session, user.id, habit_id, *days)


@router.get("/history")
def read_history(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, days: Range
) -> list[HabitDay]:
    return habits.history(session, user.id, habit_id, *days)


@router.get("/amounts/{unit}")
def read_amounts(
    session: SessionDep,
    user: CurrentUser,
    habit_id: HabitId,
    unit: Unit,
    days: Range,
    fill: Fill = False,
) -> list[AmountTotal]:
    return AMOUNTS_BY[unit](session, user.id, habit_id, *days, fill=fill)


@router.get("/strength")
def read_strength(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, as_of: OptionalDay = None
) -> float:
    return habits.strength(session, user.id, habit_id, as_of)


@router.get("/strength/by-day")
def read_strength_by_day(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, days: Range
) -> list[HabitStrength]:
    return habits.strength_by_day(session, user.id, habit_id, *days)


@router.get("/done-by-weekday")
def read_done_by_weekday(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, days: Range
) -> list[WeekdayCount]:
    return habits.done_by_weekday(session, user.id, habit_id, *days)
