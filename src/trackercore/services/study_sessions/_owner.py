"""Queries that read a user's settings along with other rows, and check that a topic is theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_
from sqlalchemy.orm import Session

from trackercore.errors import NotFound
from trackercore.models import Topic, User
from trackercore.services._shared.owned_rows import check_id, connection, entity, table

_users, _topics = table(User), table(Topic)

SETTINGS = (_users.c.time_zone, _users.c.day_starts_at)


def users_with_topic(topic_id: int | None) -> Any:
    """What to select the user from: it has no row if the topic is not theirs."""
    if topic_id is None:
        return _users
    own = and_(_topics.c.user_id == _users.c.id, _topics.c.id == check_id(Topic, topic_id))
    return _users.join(_topics, own)


def rows_of_user(
    session: Session,
    query: Select[*tuple[Any, ...]],
    user_id: int,
    topic_id: int | None,
    **values: object,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of a query that has at least one if the user, and the topic, exist.

    Args:
        query: has the parameter `user_id`.
        values: other parameters of the query.

    Raises:
        NotFound: there are no rows.
    """
    values["user_id"] = check_id(User, user_id)
    rows = connection(session).execute(query, values).all()
    if rows:
        return rows
    if topic_id is not None:
        raise NotFound(entity(Topic), topic_id)
    raise NotFound(entity(User), user_id)
