"""The one statement of each report of study time: sums of sessions, and the running timer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.orm import Session

from trackercore.domain.timed import cut
from trackercore.models import StudySession, Timer, Topic, User
from trackercore.services._arguments import as_flag, as_instant, as_range
from trackercore.services._rows import check_id, connection, table
from trackercore.services._study_streaks import found

_Row = Row[*tuple[Any, ...]]
_users, _topics, _sessions, _timers = table(User), table(Topic), table(StudySession), table(Timer)
_minutes = func.coalesce(func.sum(_sessions.c.duration_minutes), 0).label("minutes")
_count = func.count(_sessions.c.user_id).label("sessions")


@dataclass(frozen=True)
class Asked:
    """What every report takes, checked.

    Attributes:
        session: the caller's.
        user_id: the owner.
        days: first and last day that counts.
        topic_id: only this topic.
        until: when the running timer is read; None if it does not count.
    """

    session: Session
    user_id: int
    days: tuple[date, date]
    topic_id: int | None
    until: datetime | None


def ask(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    topic_id: int | None,
    include_running: bool,
    now: datetime | None,
) -> Asked:
    """Check what a report was called with.

    Raises:
        pydantic.ValidationError: `start` is after `end`, or one of the values is none of its kind.
    """
    days, moment = as_range(start, end), as_instant(now)
    until = moment if as_flag(include_running) else None
    return Asked(session, user_id, days, topic_id, until)


def rows_by(asked: Asked, key: ColumnElement[Any], *, settings: bool = False) -> Sequence[_Row]:
    """A row for each key that has sessions; one of no sessions if there are none at all.

    Args:
        asked: the report.
        key: what to group by.
        settings: also the user's time zone and day start; with a running timer they are there.

    Raises:
        NotFound: there is no such user, or they have no such topic.
    """
    query = (
        _report(asked, settings=settings)
        .add_columns(_users.c.week_starts_on, key.label("key"), _minutes, _count)
        .group_by(_users.c.week_starts_on, key)
    )
    rows = connection(asked.session).execute(query).all()
    return found(rows, asked.user_id, asked.topic_id)


def rows_by_topic(asked: Asked, *keys: ColumnElement[Any]) -> Sequence[_Row]:
    """A row for each topic, also without sessions; one without a topic if the user has none.

    Args:
        asked: the report.
        keys: what else to group by.

    Raises:
        NotFound: there is no such user, or they have no such topic.
    """
    query = (
        _report(asked, by_topic=True)
        .add_columns(_topics.c.id.label("topic_id"), _topics.c.name, *keys, _minutes, _count)
        .group_by(_topics.c.id, _topics.c.name, *keys)
    )
    rows = connection(asked.session).execute(query).all()
    return found(rows, asked.user_id, asked.topic_id)


def _report(
    asked: Asked, *, by_topic: bool = False, settings: bool = False
) -> Select[*tuple[Any, ...]]:
    """Sessions beside their user, and their topic if it matters; no row, no such user or topic."""
    source: Any = _users
    on = [_sessions.c.user_id == _users.c.id, _sessions.c.study_date.between(*asked.days)]
    timer = _timers.c.user_id == _users.c.id
    columns: list[ColumnElement[Any]] = []
    if asked.topic_id is not None or by_topic:
        topic = _topics.c.user_id == _users.c.id
        if asked.topic_id is not None:
            topic = and_(topic, _topics.c.id == check_id(Topic, asked.topic_id))
            timer = and_(timer, _timers.c.topic_id == _topics.c.id)
        source = source.join(_topics, topic, isouter=asked.topic_id is None)
        on.append(_sessions.c.topic_id == _topics.c.id)
    if settings or asked.until is not None:
        columns += [_users.c.time_zone, _users.c.day_starts_at]
    if asked.until is not None:
        source = source.join(_timers, timer, isouter=True)
        columns += [
            _timers.c.topic_id.label("timer_topic_id"),
            _timers.c.started_at.label("timer_started_at"),
        ]
    source = source.join(_sessions, and_(*on), isouter=True)
    return (
        select(*columns)
        .select_from(source)
        .where(_users.c.id == check_id(User, asked.user_id))
        .group_by(_users.c.id, *columns)
    )


def running_minutes(asked: Asked, row: _Row) -> Counter[date]:
    """The minutes of the running timer on each local day that was asked for."""
    minutes = Counter[date]()
    if asked.until is None or row.timer_started_at is None or asked.until <= row.timer_started_at:
        return minutes
    first, last = asked.days
    for part in cut(row.timer_started_at, asked.until, row.time_zone, row.day_starts_at):
        if first <= part.day <= last:
            minutes[part.day] += part.minutes
    return minutes
