from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from fastapi_app.dependencies import ORDER, CategoryId, CurrentUser, PageDep, SessionDep
from trackercore import (
    Category,
    CategoryCreate,
    CategoryOrder,
    CategoryRead,
    CategoryUpdate,
    Page,
    PageRead,
    categories,
)

router = APIRouter(prefix="/categories", tags=["categories"])


@router.post("", response_model=CategoryRead, status_code=201)
def create_category(session: SessionDep, user: CurrentUser, data: CategoryCreate) -> Category:
    return categories.create(session, user.id, data)


@router.get("", response_model=PageRead[CategoryRead])
def find_categories(
    session: SessionDep,
    user: CurrentUser,
    page: PageDep,
    order_by: Annotated[CategoryOrder, ORDER] = "id",
) -> Page[Category]:
    """The user's categories, in pages."""
    return categories.find(session, user.id, order_by=order_by, **page)


@router.get("/count")
def count_categories(session: SessionDep, user: CurrentUser) -> int:
    """How many categories the user has."""
    return categories.count(session, user.id)


@router.get("/{category_id}", response_model=CategoryRead)
def read_category(session: SessionDep, user: CurrentUser, category_id: CategoryId) -> Category:
    return categories.get(session, user.id, category_id)


@router.patch("/{category_id}", response_model=CategoryRead)
def update_category(
    session: SessionDep, user: CurrentUser, category_id: CategoryId, data: CategoryUpdate
) -> Category:
    return categories.update(session, user.id, category_id, data)


@router.delete("/{category_id}", status_code=204)
def delete_category(session: SessionDep, user: CurrentUser, category_id: CategoryId) -> None:
    categories.delete(session, user.id, category_id)
