"""Sums of study time, each call one statement that reads of the sessions only an index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.orm import Session

from trackercore.domain.calendar import Unit, bucket, shift
from trackercore.errors import NotFound
from trackercore.models import StudySession, Topic, User
from trackercore.schemas import TopicTotal, Total
from trackercore.services._arguments import as_range
from trackercore.services._buckets import first_day
from trackercore.services._rows import check_id, connection, entity, table

_users, _topics, _sessions = table(User), table(Topic), table(StudySession)
_minutes = func.coalesce(func.sum(_sessions.c.duration_minutes), 0).label("minutes")
_count = func.count(_sessions.c.user_id).label("sessions")


def total(
    session: Session, user_id: int, start: date, end: date, *, topic_id: int | None = None
) -> Total:
    """Minutes and number of sessions from `start` to `end`, both included.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        pydantic.ValidationError: `start` is after `end`.
    """
    days = as_range(start, end)
    (row,) = _rows_by(session, user_id, days, topic_id, _users.c.id)
    return Total(start=days[0], end=days[1], minutes=row.minutes, sessions=row.sessions)


def totals_by_day(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
) -> list[Total]:
    """Totals of the days from `start` to `end`, both included, in order.

    Args:
        session: the caller's.
        user_id: the owner.
        start: first day that counts.
        end: last day that counts.
        topic_id: only sessions of this topic.
        fill: also the days without a session.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        pydantic.ValidationError: `start` is after `end`.
    """
    return _totals_by("day", session, user_id, start, end, topic_id, fill)


def totals_by_week(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
) -> list[Total]:
    """Totals of weeks by the user's week start; arguments and errors as in `totals_by_day`.

    The first and the last week may reach over the range; only days inside it count.
    """
    return _totals_by("week", session, user_id, start, end, topic_id, fill)


def totals_by_month(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
) -> list[Total]:
    """Totals of calendar months; otherwise as `totals_by_week`."""
    return _totals_by("month", session, user_id, start, end, topic_id, fill)


def totals_by_year(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
) -> list[Total]:
    """Totals of calendar years; otherwise as `totals_by_week`."""
    return _totals_by("year", session, user_id, start, end, topic_id, fill)


def totals_by_topic(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
) -> list[TopicTotal]:
    """Totals of topics, the most studied first; arguments and errors as in `totals_by_day`."""
    days = as_range(start, end)
    query = (
        _report(user_id, days, topic_id, by_topic=True)
        .add_columns(_topics.c.id.label("topic_id"), _topics.c.name, _minutes, _count)
        .group_by(_users.c.id, _topics.c.id, _topics.c.name)
        .order_by(_minutes.desc(), _topics.c.id)
    )
    rows = _found(connection(session).execute(query).all(), user_id, topic_id)
    return [
        TopicTotal(topic_id=row.topic_id, name=row.name, minutes=row.minutes, sessions=row.sessions)
        for row in rows
        if row.topic_id is not None and (fill or row.sessions)
    ]


def _totals_by(
    unit: Unit,
    session: Session,
    user_id: int,
    start: date,
    end: date,
    topic_id: int | None,
    fill: bool,
) -> list[Total]:
    days = as_range(start, end)
    key = first_day(unit, _sessions.c.study_date, _users.c.week_starts_on)
    rows = _rows_by(session, user_id, days, topic_id, key)
    week_starts_on = rows[0].week_starts_on
    sums = {row.key: (row.minutes, row.sessions) for row in rows if row.sessions}
    buckets = _buckets(unit, *days, week_starts_on) if fill else sorted(sums)
    totals: list[Total] = []
    for first in buckets:
        minutes, sessions = sums.get(first, (0, 0))
        last = bucket(unit, first, week_starts_on)[1]
        totals.append(Total(start=first, end=last, minutes=minutes, sessions=sessions))
    return totals


def _buckets(unit: Unit, start: date, end: date, week_starts_on: int) -> Iterator[date]:
    day = start
    while True:
        first, last = bucket(unit, day, week_starts_on)
        yield first
        if last >= end:
            return
        day = shift(last, 1)


def _rows_by(
    session: Session,
    user_id: int,
    days: tuple[date, date],
    topic_id: int | None,
    key: ColumnElement[Any],
) -> Sequence[Row[*tuple[Any, ...]]]:
    query = (
        _report(user_id, days, topic_id)
        .add_columns(_users.c.week_starts_on, key.label("key"), _minutes, _count)
        .group_by(_users.c.id, _users.c.week_starts_on, key)
    )
    return _found(connection(session).execute(query).all(), user_id, topic_id)


def _report(
    user_id: int, days: tuple[date, date], topic_id: int | None, *, by_topic: bool = False
) -> Select[*tuple[Any, ...]]:
    """Sessions beside their user, and their topic if it matters; no row, no such user or topic."""
    source: Any = _users
    on = [_sessions.c.user_id == _users.c.id, _sessions.c.study_date.between(*days)]
    if topic_id is not None or by_topic:
        topic = _topics.c.user_id == _users.c.id
        source = source.join(
            _topics,
            topic if topic_id is None else and_(topic, _topics.c.id == check_id(Topic, topic_id)),
            isouter=topic_id is None,
        )
        on.append(_sessions.c.topic_id == _topics.c.id)
    source = source.join(_sessions, and_(*on), isouter=True)
    return select().select_from(source).where(_users.c.id == check_id(User, user_id))


def _found(
    rows: Sequence[Row[*tuple[Any, ...]]], user_id: int, topic_id: int | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    if rows:
        return rows
    if topic_id is not None:
        raise NotFound(entity(Topic), topic_id)
    raise NotFound(entity(User), user_id)
