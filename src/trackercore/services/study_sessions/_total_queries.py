"""The one statement of each report of study time: sums of sessions, and the running timer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Label, Row, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from trackercore.backends.calendar_units import key_of
from trackercore.domain.calendar import Unit
from trackercore.domain.timed import cut
from trackercore.models import StudySession, Timer, Topic, User
from trackercore.services._shared.arguments import as_flag, as_instant, as_range
from trackercore.services._shared.owned_rows import check_id, connection, table
from trackercore.services.study_sessions.studied_days import found

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


def rows_by(asked: Asked, unit: Unit | None, *, settings: bool = False) -> Sequence[_Row]:
    """A row for each key that has sessions; one of no sessions if there are none at all.

    Args:
        asked: the report.
        unit: the key is its own, in the user's calendar, as `days_of` reads it; None for one row of
            all.
        settings: also the user's time zone and day start; with a running timer they are there.

    Raises:
        NotFound: there is no such user, or they have no such topic.
    """
    query = _by(unit, asked.topic_id is not None, settings, asked.until is not None)
    return _rows(asked, query)


def rows_by_topic(asked: Asked, unit: Unit | None = None) -> Sequence[_Row]:
    """A row for each topic, also without sessions; one without a topic if the user has none.

    Args:
        asked: the report.
        unit: the key by which it is grouped too, as in `rows_by`; None for topics alone.

    Raises:
        NotFound: there is no such user, or they have no such topic.
    """
    return _rows(asked, _by_topic(unit, asked.topic_id is not None, asked.until is not None))


def _rows(asked: Asked, query: Select[*tuple[Any, ...]]) -> Sequence[_Row]:
    first, last = asked.days
    values = {"owner": check_id(User, asked.user_id), "first": first, "last": last}
    if asked.topic_id is not None:
        values["topic"] = check_id(Topic, asked.topic_id)
    rows = connection(asked.session).execute(query, values).all()
    return found(rows, asked.user_id, asked.topic_id)


@cache
def _by(
    unit: Unit | None, of_topic: bool, settings: bool, running: bool
) -> Select[*tuple[Any, ...]]:
    key = _users.c.id if unit is None else _key(unit)
    report = _report(of_topic, False, settings, running)
    return report.add_columns(key.label("key"), _minutes, _count).group_by(key)


@cache
def _by_topic(unit: Unit | None, of_topic: bool, running: bool) -> Select[*tuple[Any, ...]]:
    keys = [_topics.c.id.label("topic_id"), _topics.c.name]
    if unit is not None:
        keys.append(_key(unit).label("key"))
    report = _report(of_topic, True, False, running)
    return report.add_columns(*keys, _minutes, _count).group_by(*keys)


def _key(unit: Unit) -> ColumnElement[Any]:
    return key_of(unit, _sessions.c.study_date, _users.c.week_starts_on)


def _report(
    of_topic: bool, by_topic: bool, settings: bool, running: bool
) -> Select[*tuple[Any, ...]]:
    """Sessions beside their user, and their topic if it matters; no row, no such user or topic."""
    source: Any = _users
    days = _sessions.c.study_date.between(bindparam("first"), bindparam("last"))
    on = [_sessions.c.user_id == _users.c.id, days]
    timer = _timers.c.user_id == _users.c.id
    columns = [_the_one(_users.c.week_starts_on)]
    if of_topic or by_topic:
        topic = _topics.c.user_id == _users.c.id
        if of_topic:
            topic = and_(topic, _topics.c.id == bindparam("topic"))
            timer = and_(timer, _timers.c.topic_id == _topics.c.id)
        source = source.join(_topics, topic, isouter=not of_topic)
        on.append(_sessions.c.topic_id == _topics.c.id)
    if settings or running:
        columns += map(_the_one, (_users.c.time_zone, _users.c.day_starts_at))
    if running:
        source = source.join(_timers, timer, isouter=True)
        columns += [
            _the_one(_timers.c.topic_id).label("timer_topic_id"),
            _the_one(_timers.c.started_at).label("timer_started_at"),
        ]
    source = source.join(_sessions, and_(*on), isouter=True)
    return select(*columns).select_from(source).where(_users.c.id == bindparam("owner"))


def _the_one(column: ColumnElement[Any]) -> Label[Any]:
    """The value of a column that is the same in all rows: cheaper than to group by it too."""
    return func.max(column).label(column.key)


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
