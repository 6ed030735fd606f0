"""Habits and their schedules."""

from __future__ import annotations

from fastapi import APIRouter

from fastapi_app.dependencies import CurrentUser, OptionalDay, PageDep, SessionDep
from fastapi_app.schemas import Pause
from trackercore import (
    Habit,
    HabitCreate,
    HabitOrder,
    HabitPause,
    HabitPauseRead,
    HabitRead,
    HabitScheduleRead,
    HabitUpdate,
    Page,
    PageRead,
    ScheduleChange,
    habits,
)

router = APIRouter(prefix="/habits", tags=["habits"])


@router.post("", response_model=HabitRead, status_code=201)
def create_habit(session: SessionDep, user: CurrentUser, data: HabitCreate) -> Habit:
    return habits.create(session, user.id, data)


@router.get("", response_model=PageRead[HabitRead])
def find_habits(
    session: SessionDep,
    user: CurrentUser,
    page: PageDep,
    archived: bool | None = None,
    external_id: str | None = None,
    order_by: HabitOrder = "id",
) -> Page[Habit]:
    return habits.find(
        session, user.id, archived=archived, external_id=external_id, order_by=order_by, **page
    )


@router.get("/{habit_id}", response_model=HabitRead)
def read_habit(session: SessionDep, user: CurrentUser, habit_id: int) -> Habit:
    return habits.get(session, user.id, habit_id)


@router.patch("/{habit_id}", response_model=HabitRead)
def update_habit(session: SessionDep, user: CurrentUser, habit_id: int, data: HabitUpdate) -> Habit:
    return habits.update(session, user.id, habit_id, data)


@router.delete("/{habit_id}", status_code=204)
def delete_habit(session: SessionDep, user: CurrentUser, habit_id: int) -> None:
    habits.delete(session, user.id, habit_id)


@router.get("/{habit_id}/schedules")
def read_schedules(
    session: SessionDep, user: CurrentUser, habit_id: int
) -> list[HabitScheduleRead]:
    return habits.schedules(session, user.id, habit_id)


@router.post("/{habit_id}/schedules", response_model=HabitRead)
def change_schedule(
    session: SessionDep,
    user: CurrentUser,
    habit_id: int,
    data: ScheduleChange,
    effective_from: OptionalDay = None,
) -> Habit:
    return habits.change_schedule(session, user.id, habit_id, data, effective_from=effective_from)


@router.get("/{habit_id}/pauses", response_model=list[HabitPauseRead])
def read_pauses(session: SessionDep, user: CurrentUser, habit_id: int) -> list[HabitPause]:
    return habits.pauses(session, user.id, habit_id)


@router.post("/{habit_id}/pause", response_model=HabitRead)
def pause_habit(session: SessionDep, user: CurrentUser, habit_id: int, data: Pause) -> Habit:
    return habits.pause(
        session,
        user.id,
        habit_id,
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        reason=data.reason,
    )


@router.post("/{habit_id}/resume", response_model=HabitRead)
def resume_habit(
    session: SessionDep, user: CurrentUser, habit_id: int, on: OptionalDay = None
) -> Habit:
    return habits.resume(session, user.id, habit_id, on=on)


@router.post("/{habit_id}/archive", response_model=HabitRead)
def archive_habit(
    session: SessionDep, user: CurrentUser, habit_id: int, on: OptionalDay = None
) -> Habit:
    return habits.archive(session, user.id, habit_id, on=on)


@router.post("/{habit_id}/unarchive", response_model=HabitRead)
def unarchive_habit(
    session: SessionDep, user: CurrentUser, habit_id: int, on: OptionalDay = None
) -> Habit:
    return habits.unarchive(session, user.id, habit_id, on=on)
