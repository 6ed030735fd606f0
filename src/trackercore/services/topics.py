"""Topics of study."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.backends import backend_of
from trackercore.errors import Conflict
from trackercore.models import StudyGoal, StudySession, Timer, Topic, User
from trackercore.schemas import TopicCreate, TopicUpdate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_input, as_text
from trackercore.services._shared.pages import Page, paginate
from trackercore.types import name_key

__all__ = ["create", "delete", "find", "get", "get_or_create", "update"]


def create(session: Session, user_id: int, data: TopicCreate) -> Topic:
    """Store a new topic.

    Raises:
        Conflict: a topic has this name, in any letter case, or this external_id.
    """
    data = as_input(data, TopicCreate)
    topic = Topic(user_id=owned_rows.check_id(User, user_id), **data.model_dump())
    return owned_rows.add(session, topic, user_id, _conflicts(data))


def get_or_create(session: Session, user_id: int, name: str) -> Topic:
    """The user's topic of this name in any letter case, created if there is none."""
    data = TopicCreate(name=name)
    query = select(Topic).where(
        Topic.user_id == owned_rows.check_id(User, user_id), Topic.name_key == name_key(data.name)
    )
    owned_rows.connection(session)
    topic = session.scalars(query).one_or_none()
    if topic is not None:
        return topic
    try:
        return create(session, user_id, data)
    except Conflict:  # somebody else was faster
        topic = session.scalars(query).one_or_none()
    if topic is None:
        _fail_to_serialize(session, user_id, data.name)
    return topic or session.scalars(query).one()


def get(session: Session, user_id: int, topic_id: int) -> Topic:
    """The user's topic of this id."""
    return owned_rows.get(session, Topic, user_id, topic_id)


def find(
    session: Session,
    user_id: int,
    *,
    external_id: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[Topic]:
    """The user's topics, by id."""
    query = select(Topic).where(Topic.user_id == owned_rows.check_id(User, user_id))
    if external_id is not None:
        query = query.where(Topic.external_id == as_text(external_id))
    scope = ("topics", user_id, external_id)
    return paginate(session, query, [Topic.id], scope=scope, limit=limit, after=after)


def update(session: Session, user_id: int, topic_id: int, data: TopicUpdate) -> Topic:
    """Change a topic.

    Raises:
        Conflict: another topic has the new name or external_id.
    """
    data = as_input(data, TopicUpdate)
    topic = owned_rows.get(session, Topic, user_id, topic_id, lock="change")
    return owned_rows.change(session, topic, user_id, data.changes(), _conflicts(data))


def delete(session: Session, user_id: int, topic_id: int) -> None:
    """Delete a topic and all its sessions and goals, and its timer if it is running."""
    # Writers of timed sessions and the timer lock the owner: none must lose its topic meanwhile.
    owned_rows.get(session, User, user_id, lock="change")
    topic = owned_rows.get(session, Topic, user_id, topic_id, lock="delete")
    dependents = (StudyGoal, StudySession, Timer)
    owned_rows.remove(session, topic, *dependents, user_id=user_id, topic_id=topic_id)


def _fail_to_serialize(session: Session, user_id: int, name: str) -> None:
    # From REPEATABLE READ on, a row that was committed after this transaction began is in the way
    # and cannot be seen. This makes PostgreSQL say that it may be retried.
    insert = backend_of(owned_rows.open_connection(session)).insert(owned_rows.table(Topic))
    values = {"user_id": user_id, "name": name, "name_key": name_key(name)}
    session.execute(insert.values(values).on_conflict_do_nothing())


def _conflicts(data: TopicCreate | TopicUpdate) -> dict[str, str]:
    return {
        **owned_rows.name_conflict(Topic, data.name),
        **owned_rows.external_id_conflict(Topic, data.external_id),
    }
