from __future__ import annotations

from fastapi import APIRouter

from fastapi_app.dependencies import CurrentUser, PageDep, SessionDep
from trackercore import (
    CreateManyResult,
    Due,
    Page,
    PageRead,
    Task,
    TaskCreate,
    TaskRead,
    TaskUpdate,
    tasks,
)

router = APIRouter(prefix="/tasks", tags=["tasks"])


@router.post("", response_model=TaskRead, status_code=201)
def create_task(session: SessionDep, user: CurrentUser, data: TaskCreate) -> Task:
    return tasks.create(session, user.id, data)


@router.post("/import")
def create_many_tasks(
    session: SessionDep, user: CurrentUser, items: list[TaskCreate]
) -> CreateManyResult:
    return tasks.create_many(session, user.id, items)


@router.get("", response_model=PageRead[TaskRead])
def find_tasks(
    session: SessionDep,
    user: CurrentUser,
    page: PageDep,
    completed: bool | None = None,
    category_id: int | None = None,
    due: Due | None = None,
    text: str | None = None,
    external_id: str | None = None,
) -> Page[Task]:
    return tasks.find(
        session,
        user.id,
        completed=completed,
        category_id=category_id,
        due=due,
        text=text,
        external_id=external_id,
        **page,
    )


@router.get("/{task_id}", response_model=TaskRead)
def read_task(session: SessionDep, user: CurrentUser, task_id: int) -> Task:
    return tasks.get(session, user.id, task_id)


@router.patch("/{task_id}", response_model=TaskRead)
def update_task(session: SessionDep, user: CurrentUser, task_id: int, data: TaskUpdate) -> Task:
    return tasks.update(session, user.id, task_id, data)


@router.post("/{task_id}/complete", response_model=TaskRead)
def complete_task(session: SessionDep, user: CurrentUser, task_id: int) -> Task:
    return tasks.complete(session, user.id, task_id)


@router.post("/{task_id}/reopen", response_model=TaskRead)
def reopen_task(session: SessionDep, user: CurrentUser, task_id: int) -> Task:
    return tasks.reopen(session, user.id, task_id)


@router.delete("/{task_id}", status_code=204)
def delete_task(session: SessionDep, user: CurrentUser, task_id: int) -> None:
    tasks.delete(session, user.id, task_id)
