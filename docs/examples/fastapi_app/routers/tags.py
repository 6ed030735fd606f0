"""Tags of tasks, habits and study sessions. Their own requests give them: `"tags": ["home", 7]`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from fastapi_app.dependencies import ORDER, CurrentUser, OfText, PageDep, SessionDep, TagId
from trackercore import Page, PageRead, Tag, TagCreate, TagOrder, TagRead, TagUpdate, tags

router = APIRouter(prefix="/tags", tags=["tags"])

Name = Annotated[str, Body(embed=True, min_length=1, max_length=100, description="Its name.")]
Into = Annotated[int, Body(embed=True, description="Id of the tag that stays.")]


@router.post("", response_model=TagRead, status_code=201)
def create_tag(session: SessionDep, user: CurrentUser, data: TagCreate) -> Tag:
    return tags.create(session, user.id, data)


@router.put("", response_model=TagRead)
def get_or_create_tag(session: SessionDep, user: CurrentUser, name: Name) -> Tag:
    return tags.get_or_create(session, user.id, name)


@router.get("", response_model=PageRead[TagRead])
def find_tags(
    session: SessionDep,
    user: CurrentUser,
    page: PageDep,
    text: OfText = None,
    order_by: Annotated[TagOrder, ORDER] = "id",
) -> Page[Tag]:
    """The user's tags, with how often each is used, in pages."""
    return tags.find(session, user.id, text=text, order_by=order_by, **page)


@router.get("/count")
def count_tags(session: SessionDep, user: CurrentUser, text: OfText = None) -> int:
    """How many tags are on all pages of the list with this text."""
    return tags.count(session, user.id, text=text)


@router.get("/{tag_id}", response_model=TagRead)
def read_tag(session: SessionDep, user: CurrentUser, tag_id: TagId) -> Tag:
    return tags.get(session, user.id, tag_id)


@router.patch("/{tag_id}", response_model=TagRead)
def update_tag(session: SessionDep, user: CurrentUser, tag_id: TagId, data: TagUpdate) -> Tag:
    return tags.update(session, user.id, tag_id, data)


@router.post("/{tag_id}/rename", response_model=TagRead)
def rename_tag(session: SessionDep, user: CurrentUser, tag_id: TagId, name: Name) -> Tag:
    return tags.rename(session, user.id, tag_id, name)


@router.post("/{tag_id}/merge", response_model=TagRead)
def merge_tag(session: SessionDep, user: CurrentUser, tag_id: TagId, into_id: Into) -> Tag:
    return tags.merge(session, user.id, tag_id, into_id)


@router.delete("/{tag_id}", status_code=204)
def delete_tag(session: SessionDep, user: CurrentUser, tag_id: TagId) -> None:
    tags.delete(session, user.id, tag_id)
