from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from fastapi_app.dependencies import (
    ORDER,
    ArchivedDep,
    CurrentUser,
    OfExternalId,
    PageDep,
    SessionDep,
    TopicId,
)
from trackercore import (
    Page,
    PageRead,
    Topic,
    TopicCreate,
    TopicOrder,
    TopicRead,
    TopicUpdate,
    topics,
)

router = APIRouter(prefix="/topics", tags=["topics"])


@router.post("", response_model=TopicRead, status_code=201)
def create_topic(session: SessionDep, user: CurrentUser, data: TopicCreate) -> Topic:
    return topics.create(session, user.id, data)


@router.put("", response_model=TopicRead)
def get_or_create_topic(
    session: SessionDep,
    user: CurrentUser,
    name: Annotated[str, Body(embed=True, min_length=1, max_length=200, description="Its name.")],
) -> Topic:
    return topics.get_or_create(session, user.id, name)


@router.get("", response_model=PageRead[TopicRead])
def find_topics(
    session: SessionDep,
    user: CurrentUser,
    page: PageDep,
    archived: ArchivedDep,
    external_id: OfExternalId = None,
    order_by: Annotated[TopicOrder, ORDER] = "id",
) -> Page[Topic]:
    """The user's topics that meet every condition given, in pages."""
    return topics.find(
        session, user.id, archived=archived, external_id=external_id, order_by=order_by, **page
    )


@router.get("/count")
def count_topics(
    session: SessionDep, user: CurrentUser, archived: ArchivedDep, external_id: OfExternalId = None
) -> int:
    """How many topics are on all pages of the list with these conditions."""
    return topics.count(session, user.id, archived=archived, external_id=external_id)


@router.get("/{topic_id}", response_model=TopicRead)
def read_topic(session: SessionDep, user: CurrentUser, topic_id: TopicId) -> Topic:
    return topics.get(session, user.id, topic_id)


@router.patch("/{topic_id}", response_model=TopicRead)
def update_topic(
    session: SessionDep, user: CurrentUser, topic_id: TopicId, data: TopicUpdate
) -> Topic:
    return topics.update(session, user.id, topic_id, data)


@router.post("/{topic_id}/archive", response_model=TopicRead)
def archive_topic(session: SessionDep, user: CurrentUser, topic_id: TopicId) -> Topic:
    return topics.archive(session, user.id, topic_id)


@router.post("/{topic_id}/unarchive", response_model=TopicRead)
def unarchive_topic(session: SessionDep, user: CurrentUser, topic_id: TopicId) -> Topic:
    return topics.unarchive(session, user.id, topic_id)


@router.delete("/{topic_id}", status_code=204)
def delete_topic(session: SessionDep, user: CurrentUser, topic_id: TopicId) -> None:
    topics.delete(session, user.id, topic_id)
