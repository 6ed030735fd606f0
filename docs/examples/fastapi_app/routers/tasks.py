from __future__ import annotations

from datetime import date
from typing import Annotated, TypedDict

from fastapi import APIRouter, Depends, Query

from fastapi_app.dependencies import (
    ORDER,
    ArchivedDep,
    CurrentUser,
    Fill,
    HasCategory,
    OfCategory,
    OfExternalId,
    OfText,
    OptionalFirstDay,
    OptionalLastDay,
    PageDep,
    Range,
    SessionDep,
    TaskId,
    Unit,
)
from fastapi_app.schemas import Place
from trackercore import (
    CompletedTotal,
    CreateManyResult,
    Day,
    Due,
    Page,
    PageRead,
    Task,
    TaskCreate,
    TaskOrder,
    TaskRead,
    TaskUpdate,
    tasks,
)

router = APIRouter(prefix="/tasks", tags=["tasks"])

Completed = Annotated[
    bool | None, Query(description="Only completed tasks, or only open ones; by default both.")
]
DueWhen = Annotated[
    Due | None, Query(description="Only open tasks that are due then, by the user's today.")
]
HasDue = Annotated[
    bool | None, Query(description="Only tasks that are ever due, or never; by default both.")
]
Before = Annotated[
    Day | None, Query(description="Only tasks completed before this local day; by default all.")
]

COMPLETED_BY = {
    "day": tasks.completed_by_day,
    "week": tasks.completed_by_week,
    "month": tasks.completed_by_month,
    "year": tasks.completed_by_year,
}


@router.post("", response_model=TaskRead, status_code=201)
def create_task(session: SessionDep, user: CurrentUser, data: TaskCreate) -> Task:
    return tasks.create(session, user.id, data)


@router.post("/import")
def create_many_tasks(
    session: SessionDep, user: CurrentUser, items: list[TaskCreate]
) -> CreateManyResult:
    return tasks.create_many(session, user.id, items)


class TaskFilters(TypedDict):
    """What a list of tasks and their number can be filtered by."""

    completed: bool | None
    category_id: int | None
    has_category: bool | None
    due: Due | None
    due_start: date | None
    due_end: date | None
    has_due: bool | None
    completed_start: date | None
    completed_end: date | None
    archived: bool | None
    text: str | None
    external_id: str | None


def task_filters(
    archived: ArchivedDep,
    completed: Completed = None,
    category_id: OfCategory = None,
    has_category: HasCategory = None,
    due: DueWhen = None,
    due_start: OptionalFirstDay = None,
    due_end: OptionalLastDay = None,
    has_due: HasDue = None,
    completed_start: OptionalFirstDay = None,
    completed_end: OptionalLastDay = None,
    text: OfText = None,
    external_id: OfExternalId = None,
) -> TaskFilters:
    return {
        "completed": completed,
        "category_id": category_id,
        "has_category": has_category,
        "due": due,
        "due_start": due_start,
        "due_end": due_end,
        "has_due": has_due,
        "completed_start": completed_start,
        "completed_end": completed_end,
        "archived": archived,
        "text": text,
        "external_id": external_id,
    }


Filters = Annotated[TaskFilters, Depends(task_filters)]


@router.get("", response_model=PageRead[TaskRead])
def find_tasks(
    session: SessionDep,
    user: CurrentUser,
    filters: Filters,
    page: PageDep,
    order_by: Annotated[TaskOrder, ORDER] = "id",
) -> Page[Task]:
    """The user's tasks that meet every condition given, in pages."""
    return tasks.find(session, user.id, **filters, order_by=order_by, **page)


@router.get("/count")
def count_tasks(session: SessionDep, user: CurrentUser, filters: Filters) -> int:
    """How many tasks are on all pages of the list with these conditions."""
    return tasks.count(session, user.id, **filters)


@router.get("/completed/{unit}")
def read_completed_totals(
    session: SessionDep, user: CurrentUser, unit: Unit, days: Range, fill: Fill = False
) -> list[CompletedTotal]:
    return COMPLETED_BY[unit](session, user.id, *days, fill=fill)


@router.post("/archive-completed")
def archive_completed_tasks(session: SessionDep, user: CurrentUser, before: Before = None) -> int:
    return tasks.archive_completed(session, user.id, before=before)


@router.get("/{task_id}", response_model=TaskRead)
def read_task(session: SessionDep, user: CurrentUser, task_id: TaskId) -> Task:
    return tasks.get(session, user.id, task_id)


@router.patch("/{task_id}", response_model=TaskRead)
def update_task(session: SessionDep, user: CurrentUser, task_id: TaskId, data: TaskUpdate) -> Task:
    return tasks.update(session, user.id, task_id, data)


@router.post("/{task_id}/complete", response_model=TaskRead)
def complete_task(session: SessionDep, user: CurrentUser, task_id: TaskId) -> Task:
    return tasks.complete(session, user.id, task_id)


@router.post("/{task_id}/reopen", response_model=TaskRead)
def reopen_task(session: SessionDep, user: CurrentUser, task_id: TaskId) -> Task:
    return tasks.reopen(session, user.id, task_id)


@router.post("/{task_id}/archive", response_model=TaskRead)
def archive_task(session: SessionDep, user: CurrentUser, task_id: TaskId) -> Task:
    return tasks.archive(session, user.id, task_id)


@router.post("/{task_id}/unarchive", response_model=TaskRead)
def unarchive_task(session: SessionDep, user: CurrentUser, task_id: TaskId) -> Task:
    return tasks.unarchive(session, user.id, task_id)


@router.post("/{task_id}/move", response_model=TaskRead)
def move_task(session: SessionDep, user: CurrentUser, task_id: TaskId, place: Place) -> Task:
    return tasks.move(session, user.id, task_id, before=place.before, after=place.after)


@router.delete("/{task_id}", status_code=204)
def delete_task(session: SessionDep, user: CurrentUser, task_id: TaskId) -> None:
    tasks.delete(session, user.id, task_id)
