"""Habits and their schedules."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from fastapi_app.dependencies import (
    ORDER,
    ArchivedDep,
    CurrentUser,
    HabitId,
    HasCategory,
    OfCategory,
    OfExternalId,
    OfText,
    OptionalDay,
    PageDep,
    Range,
    ScheduleStart,
    SessionDep,
    TagFilters,
    TagsDep,
)
from fastapi_app.schemas import Pause, Place
from trackercore import (
    Habit,
    HabitCreate,
    HabitOrder,
    HabitPause,
    HabitPauseRead,
    HabitRead,
    HabitScheduleRead,
    HabitsOnDay,
    HabitUpdate,
    Page,
    PageRead,
    ScheduleChange,
    Streak,
    habits,
)

router = APIRouter(prefix="/habits", tags=["habits"])


@router.post("", response_model=HabitRead, status_code=201)
def create_habit(session: SessionDep, user: CurrentUser, data: HabitCreate) -> Habit:
    return habits.create(session, user.id, data)


class HabitFilters(TagFilters):
    """What a list of habits and their number can be filtered by."""

    category_id: int | None
    has_category: bool | None
    archived: bool | None
    text: str | None
    external_id: str | None


def habit_filters(
    archived: ArchivedDep,
    tags: TagsDep,
    category_id: OfCategory = None,
    has_category: HasCategory = None,
    text: OfText = None,
    external_id: OfExternalId = None,
) -> HabitFilters:
    return {
        **tags,
        "category_id": category_id,
        "has_category": has_category,
        "archived": archived,
        "text": text,
        "external_id": external_id,
    }


Filters = Annotated[HabitFilters, Depends(habit_filters)]


@router.get("", response_model=PageRead[HabitRead])
def find_habits(
    session: SessionDep,
    user: CurrentUser,
    filters: Filters,
    page: PageDep,
    order_by: Annotated[HabitOrder, ORDER] = "id",
) -> Page[Habit]:
    """The user's habits that meet every condition given, in pages."""
    return habits.find(session, user.id, **filters, order_by=order_by, **page)


@router.get("/count")
def count_habits(session: SessionDep, user: CurrentUser, filters: Filters) -> int:
    """How many habits are on all pages of the list with these conditions."""
    return habits.count(session, user.id, **filters)


@router.get("/done-by-day")
def read_done_by_day(session: SessionDep, user: CurrentUser, days: Range) -> list[HabitsOnDay]:
    return habits.done_by_day(session, user.id, *days)


@router.get("/any-streak")
def read_any_streak(session: SessionDep, user: CurrentUser, as_of: OptionalDay = None) -> Streak:
    return habits.any_streak(session, user.id, as_of)


@router.get("/{habit_id}", response_model=HabitRead)
def read_habit(session: SessionDep, user: CurrentUser, habit_id: HabitId) -> Habit:
    return habits.get(session, user.id, habit_id)


@router.patch("/{habit_id}", response_model=HabitRead)
def update_habit(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, data: HabitUpdate
) -> Habit:
    return habits.update(session, user.id, habit_id, data)


@router.delete("/{habit_id}", status_code=204)
def delete_habit(session: SessionDep, user: CurrentUser, habit_id: HabitId) -> None:
    habits.delete(session, user.id, habit_id)


@router.get("/{habit_id}/schedules")
def read_schedules(
    session: SessionDep, user: CurrentUser, habit_id: HabitId
) -> list[HabitScheduleRead]:
    return habits.schedules(session, user.id, habit_id)


@router.post("/{habit_id}/schedules", response_model=HabitRead)
def change_schedule(
    session: SessionDep,
    user: CurrentUser,
    habit_id: HabitId,
    data: ScheduleChange,
    effective_from: ScheduleStart = None,
) -> Habit:
    return habits.change_schedule(session, user.id, habit_id, data, effective_from=effective_from)


@router.get("/{habit_id}/pauses", response_model=list[HabitPauseRead])
def read_pauses(session: SessionDep, user: CurrentUser, habit_id: HabitId) -> list[HabitPause]:
    return habits.pauses(session, user.id, habit_id)


@router.post("/{habit_id}/pause", response_model=HabitRead)
def pause_habit(session: SessionDep, user: CurrentUser, habit_id: HabitId, data: Pause) -> Habit:
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
    session: SessionDep, user: CurrentUser, habit_id: HabitId, on: OptionalDay = None
) -> Habit:
    return habits.resume(session, user.id, habit_id, on=on)


@router.post("/{habit_id}/archive", response_model=HabitRead)
def archive_habit(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, on: OptionalDay = None
) -> Habit:
    return habits.archive(session, user.id, habit_id, on=on)


@router.post("/{habit_id}/unarchive", response_model=HabitRead)
def unarchive_habit(
    session: SessionDep, user: CurrentUser, habit_id: HabitId, on: OptionalDay = None
) -> Habit:
    return habits.unarchive(session, user.id, habit_id, on=on)


@router.post("/{habit_id}/move", response_model=HabitRead)
def move_habit(session: SessionDep, user: CurrentUser, habit_id: HabitId, place: Place) -> Habit:
    return habits.move(session, user.id, habit_id, before=place.before, after=place.after)
