"""Topics of study."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from trackercore.errors import TrackerError
from trackercore.models import Topic, User
from trackercore.schemas import ExtraFilter, TopicCreate, TopicOrder, TopicUpdate
from trackercore.services._shared import names, owned_rows
from trackercore.services._shared.archiving import set_archived
from trackercore.services._shared.arguments import (
    ExtraEntries,
    as_extra_entries,
    as_input,
    as_instant,
    as_text,
)
from trackercore.services._shared.filters import has_entries, has_value
from trackercore.services._shared.orders import TOPICS
from trackercore.services._shared.pages import Page, count_rows, paginate

__all__ = [
    "archive",
    "count",
    "create",
    "delete",
    "find",
    "get",
    "get_or_create",
    "unarchive",
    "update",
]


def __dir__() -> list[str]:
    return __all__


def create(session: Session, user_id: int, data: TopicCreate) -> Topic:
    """Store a new topic.

    Raises:
        NameTaken: a topic has this name, in any letter case.
        ExternalIdTaken: a topic has this external_id.
    """
    data = as_input(data, TopicCreate)
    topic = Topic(user_id=owned_rows.check_id(User, user_id), **data.model_dump())
    return owned_rows.add(session, topic, user_id, _conflicts(data))


def get_or_create(session: Session, user_id: int, name: str) -> Topic:
    """The user's topic of this name in any letter case, created if there is none.

    One that is archived is returned as it is.
    """
    data = TopicCreate(name=name)
    return names.get_or_create(
        session, Topic, user_id, data.name, lambda: create(session, user_id, data)
    )


def get(session: Session, user_id: int, topic_id: int) -> Topic:
    """The user's topic of this id."""
    return owned_rows.get(session, Topic, user_id, topic_id)


def find(
    session: Session,
    user_id: int,
    *,
    archived: bool | None = False,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
    order_by: TopicOrder = "id",
    limit: int = 100,
    after: str | Page[Topic] | None = None,
) -> Page[Topic]:
    """The user's topics.

    Args:
        archived: only archived topics, or only those that are not; None for both.
    """
    order = TOPICS(order_by)
    entries = as_extra_entries(extra)
    query = _some(user_id, archived, external_id, entries)
    scope = ("topics", user_id, archived, external_id, entries)
    return paginate(session, query, order, scope=scope, owner=user_id, limit=limit, after=after)


def count(
    session: Session,
    user_id: int,
    *,
    archived: bool | None = False,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
) -> int:
    """How many topics `find` finds."""
    return count_rows(session, _some(user_id, archived, external_id, as_extra_entries(extra)))


def _some(
    user_id: int, archived: bool | None, external_id: str | None, entries: ExtraEntries
) -> Select[Topic]:
    query = select(Topic).where(
        Topic.user_id == owned_rows.check_id(User, user_id),
        *has_value(Topic.archived_at, archived, "archived"),
        *has_entries(Topic.extra, entries),
    )
    if external_id is not None:
        query = query.where(Topic.external_id == as_text(external_id, "external_id"))
    return query


def update(session: Session, user_id: int, topic_id: int, data: TopicUpdate) -> Topic:
    """Change a topic.

    Raises:
        NameTaken: another topic has the new name.
        ExternalIdTaken: another topic has the new external_id.
    """
    data = as_input(data, TopicUpdate)
    topic = owned_rows.get(session, Topic, user_id, topic_id, lock="change")
    return owned_rows.change(session, topic, user_id, data.changes(), _conflicts(data))


def archive(session: Session, user_id: int, topic_id: int, *, now: datetime | None = None) -> Topic:
    """Archive a topic: lists leave it out from then on, unless they are asked for it.

    Its sessions stay and count. One that is already archived keeps its archived_at.
    """
    moment = as_instant(now)
    topic = owned_rows.get(session, Topic, user_id, topic_id, lock="change")
    return set_archived(session, topic, moment)


def unarchive(session: Session, user_id: int, topic_id: int) -> Topic:
    """Bring an archived topic back."""
    topic = owned_rows.get(session, Topic, user_id, topic_id, lock="change")
    return set_archived(session, topic, None)


def delete(session: Session, user_id: int, topic_id: int) -> None:
    """Delete a topic and all its sessions and goals, and its timer if it is running."""
    # Writers of timed sessions and the timer lock the owner: none must lose its topic meanwhile.
    owned_rows.get(session, User, user_id, lock="change")
    topic = owned_rows.get(session, Topic, user_id, topic_id, lock="delete")
    owned_rows.remove(session, topic)


def _conflicts(data: TopicCreate | TopicUpdate) -> dict[str, TrackerError]:
    return {
        **owned_rows.name_conflict(Topic, data.name),
        **owned_rows.external_id_conflict(Topic, data.external_id),
    }
