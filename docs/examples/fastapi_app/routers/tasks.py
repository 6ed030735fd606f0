from __future__ import annotations

from typing import Annotated, Literal

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
    TagsDep,
    TaskId,
    Unit,
)
from fastapi_app.schemas import Place
from trackercore import (
    AgendaFilters,
    AgendaItem,
    CompletedTotal,
    CreateManyResult,
    Day,
    Due,
    Occurrence,
    Page,
    PageRead,
    Task,
    TaskCreate,
    TaskFilters,
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
OfParent = Annotated[
    int | None, Query(description="Id of a task: only its subtasks; by default all tasks.")
]
HasParent = Annotated[
    bool | None, Query(description="Only subtasks, or only tasks that are not; by default both.")
]
STARTED = {"yes": True, "no": False, "all": None}
Started = Annotated[
    Literal["yes", "no", "all"] | None,
    Query(
        description="Whether tasks are listed that have started, that start on a later day, or "
        'both together; by default "yes" with `due`, and "all" without it.'
    ),
]
HasStart = Annotated[
    bool | None, Query(description="Only tasks with a start, or only without; by default both.")
]
Priority = Annotated[
    int | None, Query(ge=1, le=9, description="1, the highest, to 9; by default any.")
]
HasPriority = Annotated[
    bool | None, Query(description="Only tasks with a priority, or only without; by default both.")
]
Minutes = Annotated[int | None, Query(ge=1, description="Estimated minutes; by default any.")]
HasEstimate = Annotated[
    bool | None, Query(description="Only tasks with an estimate, or only without; by default both.")
]
Repeats = Annotated[
    bool | None, Query(description="Only tasks that repeat, or only others; by default both.")
]
OccurrenceDate = Annotated[
    Day | None,
    Query(
        description="The `occurrence_date` that the client saw, so that a request that comes twice "
        "does nothing the second time; by default the open one."
    ),
]
WithSubtasks = Annotated[bool, Query(description="Whether its open subtasks are completed too.")]
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


def task_filters(
    archived: ArchivedDep,
    tags: TagsDep,
    completed: Completed = None,
    category_id: OfCategory = None,
    has_category: HasCategory = None,
    due: DueWhen = None,
    due_start: OptionalFirstDay = None,
    due_end: OptionalLastDay = None,
    has_due: HasDue = None,
    started: Started = None,
    starts_start: OptionalFirstDay = None,
    starts_end: OptionalLastDay = None,
    has_start: HasStart = None,
    priority_start: Priority = None,
    priority_end: Priority = None,
    has_priority: HasPriority = None,
    estimate_start: Minutes = None,
    estimate_end: Minutes = None,
    has_estimate: HasEstimate = None,
    repeats: Repeats = None,
    parent_id: OfParent = None,
    has_parent: HasParent = None,
    completed_start: OptionalFirstDay = None,
    completed_end: OptionalLastDay = None,
    text: OfText = None,
    external_id: OfExternalId = None,
) -> TaskFilters:
    filters: TaskFilters = {
        "completed": completed,
        "category_id": category_id,
        "has_category": has_category,
        "due": due,
        "due_start": due_start,
        "due_end": due_end,
        "has_due": has_due,
        "starts_start": starts_start,
        "starts_end": starts_end,
        "has_start": has_start,
        "priority_start": priority_start,
        "priority_end": priority_end,
        "has_priority": has_priority,
        "estimate_start": estimate_start,
        "estimate_end": estimate_end,
        "has_estimate": has_estimate,
        "repeats": repeats,
        "parent_id": parent_id,
        "has_parent": has_parent,
        "completed_start": completed_start,
        "completed_end": completed_end,
        "archived": archived,
        "tags_all": tags["tags_all"],
        "tags_any": tags["tags_any"],
        "untagged": tags["untagged"],
        "text": text,
        "external_id": external_id,
    }
    if started is not None:
        filters["started"] = STARTED[started]
    return filters


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


@router.get("/agenda")
def read_agenda(
    session: SessionDep,
    user: CurrentUser,
    days: Range,
    tags: TagsDep,
    category_id: OfCategory = None,
    priority_end: Priority = None,
) -> list[AgendaItem]:
    """All tasks that are due in the range, by local day, those that repeat with each occurrence."""
    filters: AgendaFilters = {
        "category_id": category_id,
        "priority_end": priority_end,
        "tags_all": tags["tags_all"],
        "tags_any": tags["tags_any"],
        "untagged": tags["untagged"],
    }
    return tasks.agenda(session, user.id, *days, **filters)


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
def complete_task(
    session: SessionDep,
    user: CurrentUser,
    task_id: TaskId,
    occurrence_date: OccurrenceDate = None,
    subtasks: WithSubtasks = False,
) -> Task:
    return tasks.complete(
        session, user.id, task_id, occurrence_date=occurrence_date, subtasks=subtasks
    )


@router.post("/{task_id}/skip", response_model=TaskRead)
def skip_occurrence(
    session: SessionDep,
    user: CurrentUser,
    task_id: TaskId,
    occurrence_date: OccurrenceDate = None,
) -> Task:
    return tasks.skip_occurrence(session, user.id, task_id, occurrence_date=occurrence_date)


@router.post("/{task_id}/reopen", response_model=TaskRead)
def reopen_task(
    session: SessionDep,
    user: CurrentUser,
    task_id: TaskId,
    occurrence_date: OccurrenceDate = None,
) -> Task:
    return tasks.reopen(session, user.id, task_id, occurrence_date=occurrence_date)


@router.get("/{task_id}/occurrences")
def read_occurrences(
    session: SessionDep, user: CurrentUser, task_id: TaskId, days: Range
) -> list[Occurrence]:
    return tasks.occurrences(session, user.id, task_id, *days)


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
