"""One call of every service function, for databases that are set up in an unusual way."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from pydantic import BaseModel
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from tests.services.calls import CALLS
from tests.services.support import person
from trackercore import (
    Base,
    Database,
    Page,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)

MODULES = [users, categories, tasks, habits, topics, study_sessions]


def take_tour(session: Session, email: str) -> None:
    """Create a user, call everything for them, and delete them.

    All calls must return what they return on an ordinary database.
    """
    expected = _expected()
    for call, result in _results(session, email).items():
        assert result == expected[call], f"{call}: {result!r}, not {expected[call]!r}"


@cache
def _expected() -> dict[str, object]:
    database = Database("sqlite://")
    database.init()
    with database.session() as session:
        results = _results(session, "ada@example.com")
    database.dispose()
    return results


def _results(session: Session, email: str) -> dict[str, object]:
    results: dict[str, object] = {}
    ids = person(session, email, time_zone="Asia/Tokyo")
    for number, call in enumerate(CALLS):
        with session.begin_nested() as savepoint:
            result = call.run(session, ids)
            if call.has_owner:  # the others depend on the other users
                results[f"{number} {call}"] = _content(result)
            savepoint.rollback()
    users.delete(session, ids.user)
    return results


def _content(value: Any) -> object:
    """What a result says, without ids and the time when a row was made."""
    if isinstance(value, Base):
        columns = (column.key for column in inspect(type(value)).column_attrs)
        return _without_ids({name: getattr(value, name) for name in columns})
    if isinstance(value, BaseModel):
        return _without_ids(dict(value))
    if isinstance(value, (list, tuple, Page)):
        return [_content(item) for item in cast("list[object]", value)]
    return value


def _without_ids(fields: dict[str, object]) -> dict[str, object]:
    volatile = ("id", "part_of", "topic_key", "position", "created_at", "updated_at", "email")
    kept = {name for name in fields if name not in volatile and not name.endswith(("_id", "_ids"))}
    return {name: _content(fields[name]) for name in kept}
