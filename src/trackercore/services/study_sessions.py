"""Study sessions, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from importlib import import_module
from itertools import islice
from typing import cast

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from trackercore.models import StudySession, Topic, User
from trackercore.schemas import CreateManyResult, StudySessionCreate, StudySessionUpdate
from trackercore.schemas._fields import DayRange
from trackercore.services import _rows
from trackercore.services._arguments import as_text
from trackercore.services._clock import not_in_future, user_today
from trackercore.services._pages import Page, paginate
from trackercore.services._totals import (
    total,
    totals_by_day,
    totals_by_month,
    totals_by_topic,
    totals_by_week,
    totals_by_year,
)
from trackercore.types import utc_now

__all__ = [
    "create",
    "create_many",
    "delete",
    "find",
    "get",
    "total",
    "totals_by_day",
    "totals_by_month",
    "totals_by_topic",
    "totals_by_week",
    "totals_by_year",
    "update",
]

_BATCH = 5_000
_sessions = _rows.table(StudySession)


@cache
def _insert_new(dialect: str) -> Executable:
    # Imported here because a dialect's package imports the modules of all its drivers.
    insert = import_module(f"sqlalchemy.dialects.{dialect}").insert
    key = (_sessions.c.user_id, _sessions.c.external_id)
    query = insert(_sessions).on_conflict_do_nothing(index_elements=key)
    return cast("Executable", query.returning(_sessions.c.id))


def create(
    session: Session, user_id: int, data: StudySessionCreate, *, now: datetime | None = None
) -> StudySession:
    """Log a session by its length, by default on the user's today.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        FutureDay: study_date has not begun yet.
        Conflict: they have a session with this external_id.
    """
    today = user_today(session, user_id, now)
    _rows.refer(session, Topic, user_id, [data.topic_id])
    values = data.model_dump() | {"study_date": not_in_future(data.study_date, today)}
    row = StudySession(user_id=user_id, **values)
    return _rows.add(session, row, user_id, _conflicts(data))


def create_many(
    session: Session,
    user_id: int,
    items: Iterable[StudySessionCreate],
    *,
    now: datetime | None = None,
) -> CreateManyResult:
    """Log many sessions; one whose external_id is stored already is left as it is.

    All or nothing: if one of them is refused, none is stored. `items` may be a generator; it is
    read in batches, so memory stays flat.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        FutureDay: a study_date has not begun yet.
    """
    today = user_today(session, user_id, now)
    created_at = utc_now()
    checked: set[int] = set()
    found = created = 0
    with session.begin_nested():
        iterator = iter(items)
        while batch := list(islice(iterator, _BATCH)):
            # In one order for all: two imports of the same keys must not wait for each other.
            batch.sort(key=lambda item: item.external_id or "")
            topics = {item.topic_id for item in batch} - checked
            if topics:
                _rows.refer(session, Topic, user_id, topics)
                checked |= topics
            values = [
                {
                    "user_id": user_id,
                    "topic_id": item.topic_id,
                    "study_date": not_in_future(item.study_date, today),
                    "duration_minutes": item.duration_minutes,
                    "notes": item.notes,
                    "external_id": item.external_id,
                    "created_at": created_at,
                }
                for item in batch
            ]
            connection = _rows.connection(session)
            written = connection.execute(_insert_new(connection.dialect.name), values).all()
            created += len(written)
            found += len(batch) - len(written)
    return CreateManyResult(created=created, found=found)


def get(session: Session, user_id: int, session_id: int) -> StudySession:
    """The user's study session of this id.

    Raises:
        NotFound: there is none.
    """
    return _rows.get(session, StudySession, user_id, session_id)


def find(
    session: Session,
    user_id: int,
    *,
    topic_id: int | None = None,
    start: date | None = None,
    end: date | None = None,
    external_id: str | None = None,
    limit: int = 100,
    after: str | None = None,
) -> Page[StudySession]:
    """The user's study sessions that meet every condition given, by day.

    Args:
        session: the caller's.
        user_id: the owner.
        topic_id: only sessions of this topic.
        start: only sessions on this day or later.
        end: only sessions on this day or earlier.
        external_id: the session's key in another system.
        limit: most sessions on the page, 1..1000.
        after: the `next` of the page before.

    Raises:
        NotFound: the user has no such topic.
        InvalidCursor: `after` was made with other conditions.
        pydantic.ValidationError: `start` is after `end`.
    """
    days = DayRange(start=start, end=end)
    query = select(StudySession).where(StudySession.user_id == _rows.check_id(User, user_id))
    if topic_id is not None:
        query = query.where(StudySession.topic_id == _rows.check_id(Topic, topic_id))
    if days.start is not None and after is None:  # the cursor says more
        query = query.where(StudySession.study_date >= days.start)
    if days.end is not None:
        query = query.where(StudySession.study_date <= days.end)
    if external_id is not None:
        query = query.where(StudySession.external_id == as_text(external_id))
    order = [StudySession.study_date, StudySession.id]
    scope = ("sessions", user_id, topic_id, days.start, days.end, external_id)
    page = paginate(session, query, order, scope=scope, limit=limit, after=after)
    if not page.items and topic_id is not None:
        _rows.get(session, Topic, user_id, topic_id)
    return page


def update(
    session: Session,
    user_id: int,
    session_id: int,
    data: StudySessionUpdate,
    *,
    now: datetime | None = None,
) -> StudySession:
    """Change what `data` gives; what it leaves out stays.

    Raises:
        NotFound: the user has no such session or topic.
        FutureDay: the new study_date has not begun yet.
        Conflict: they have another session with the new external_id.
    """
    changes = data.changes()
    if "topic_id" in changes:  # locked first, as in topics.delete: no deadlock
        _rows.refer(session, Topic, user_id, [data.topic_id])
    row = _rows.get(session, StudySession, user_id, session_id, lock="change")
    if "study_date" in changes:
        not_in_future(data.study_date, user_today(session, user_id, now))
    return _rows.change(session, row, user_id, changes, _conflicts(data))


def delete(session: Session, user_id: int, session_id: int) -> None:
    """Delete a study session.

    Raises:
        NotFound: there is no such session.
    """
    _rows.remove(session, _rows.get(session, StudySession, user_id, session_id, lock="delete"))


def _conflicts(data: StudySessionCreate | StudySessionUpdate) -> dict[str, str]:
    return _rows.external_id_conflict(StudySession, data.external_id)
