"""Sums of study time, each call one statement that reads of the sessions only an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated

from annotated_types import Interval
from pydantic import Strict, TypeAdapter
from sqlalchemy.orm import Session

from trackercore.backends.calendar_units import days_of
from trackercore.display import Rows
from trackercore.domain.calendar import Unit, bucket, local_day, shift
from trackercore.schemas import TopicTotal, Total
from trackercore.services._shared.arguments import as_day, as_instant
from trackercore.services.study_sessions._total_queries import (
    Asked,
    ask,
    rows_by,
    rows_by_topic,
    running_minutes,
)

_totals = TypeAdapter(list[Total])
_rolling_days = TypeAdapter[int](Annotated[int, Strict(), Interval(ge=1, le=3660)])


def total(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    include_running: bool = False,
    now: datetime | None = None,
) -> Total:
    """Minutes and number of sessions from `start` to `end`, both included.

    Args:
        session: the caller's.
        user_id: the owner.
        start: first day that counts.
        end: last day that counts.
        topic_id: only sessions of this topic.
        include_running: add the minutes of the running timer; it is no session yet.
        now: when the timer is read; default the current time.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        pydantic.ValidationError: `start` is after `end`.
    """
    asked = ask(session, user_id, start, end, topic_id, include_running, now)
    (row,) = rows_by(asked, None)
    minutes = row.minutes + running_minutes(asked, row).total()
    return Total(start=asked.days[0], end=asked.days[1], minutes=minutes, sessions=row.sessions)


def rolling(
    session: Session,
    user_id: int,
    n_days: int,
    *,
    as_of: date | None = None,
    topic_id: int | None = None,
    include_running: bool = False,
    now: datetime | None = None,
) -> Total:
    """The total of the last `n_days` days, of which `as_of` is the last one.

    Args:
        session: the caller's.
        user_id: the owner.
        n_days: how many days, 1..3660.
        as_of: the last day; default the user's today.
        topic_id: only sessions of this topic.
        include_running: add the minutes of the running timer; it is no session yet.
        now: what today refers to, and when the timer is read; default the current time.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        pydantic.ValidationError: `n_days` is out of range.
    """
    before = 1 - _rolling_days.validate_python(n_days)
    moment = as_instant(now)
    if as_of is None:
        # What day it is for the user, the statement tells that reads the sums: UTC's, or up to two
        # days before it, where a day starts late in the far west, or the one after it.
        first, last = shift(moment.date(), before - 2), shift(moment.date(), 1)
    else:
        first, last = shift(as_day(as_of), before), as_of
    asked = ask(session, user_id, first, last, topic_id, include_running, moment)
    rows = rows_by(asked, "day", settings=True)
    end = as_of or local_day(moment, rows[0].time_zone, rows[0].day_starts_at)
    start = shift(end, before)
    inside = [row for row in rows if row.sessions and start <= row.key <= end]
    running = running_minutes(asked, rows[0])
    return Total(
        start=start,
        end=end,
        minutes=sum(row.minutes for row in inside)
        + sum(running[day] for day in running if start <= day <= end),
        sessions=sum(row.sessions for row in inside),
    )


def totals_by_day(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[Total]:
    """Totals of the days from `start` to `end`, both included, in order.

    Args:
        session: the caller's.
        user_id: the owner.
        start: first day that counts.
        end: last day that counts.
        topic_id: only sessions of this topic.
        fill: also the days without a session.
        include_running: add the minutes of the running timer; it is no session yet.
        now: when the timer is read; default the current time.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        pydantic.ValidationError: `start` is after `end`.
    """
    asked = ask(session, user_id, start, end, topic_id, include_running, now)
    return _totals_by("day", asked, fill)


def totals_by_week(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[Total]:
    """Totals of weeks by the user's week start; arguments and errors as in `totals_by_day`.

    The first and the last week may reach over the range; only days inside it count.
    """
    asked = ask(session, user_id, start, end, topic_id, include_running, now)
    return _totals_by("week", asked, fill)


def totals_by_month(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[Total]:
    """Totals of calendar months; otherwise as `totals_by_week`."""
    asked = ask(session, user_id, start, end, topic_id, include_running, now)
    return _totals_by("month", asked, fill)


def totals_by_year(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[Total]:
    """Totals of calendar years; otherwise as `totals_by_week`."""
    asked = ask(session, user_id, start, end, topic_id, include_running, now)
    return _totals_by("year", asked, fill)


def totals_by_topic(
    session: Session,
    user_id: int,
    start: date,
    end: date,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[TopicTotal]:
    """Totals of topics, the most studied first; arguments and errors as in `totals_by_day`."""
    asked = ask(session, user_id, start, end, topic_id, include_running, now)
    rows = rows_by_topic(asked)
    running = running_minutes(asked, rows[0]).total()
    totals: list[TopicTotal] = []
    for row in rows:
        more = running if running and row.topic_id == row.timer_topic_id else 0
        # A user without topics has a row all the same.
        if row.topic_id is not None and (fill or row.sessions or more):
            minutes, count = row.minutes + more, row.sessions
            totals.append(
                TopicTotal(topic_id=row.topic_id, name=row.name, minutes=minutes, sessions=count)
            )
    return Rows(sorted(totals, key=lambda total: (-total.minutes, total.topic_id)))


def topics_by(
    session: Session, user_id: int, start: date, end: date, unit: Unit
) -> tuple[list[date], dict[str, Counter[date]]]:
    """The first days of all buckets of a range, and each topic's minutes in them.

    The most studied topic comes first; those that were not studied are left out. Errors are those
    of `totals_by_day`.
    """
    asked = ask(session, user_id, start, end, None, include_running=False, now=None)
    rows = rows_by_topic(asked, unit)
    week_starts_on = rows[0].week_starts_on
    minutes: dict[str, Counter[date]] = {}
    for row in rows:
        if row.sessions:
            first, _ = days_of(unit, row.key, week_starts_on)
            minutes.setdefault(row.name, Counter())[first] = row.minutes
    studied_most = sorted(minutes.items(), key=lambda item: (-item[1].total(), item[0]))
    firsts = [first for first, _ in _buckets(unit, *asked.days, week_starts_on)]
    return firsts, dict(studied_most)


def _totals_by(unit: Unit, asked: Asked, fill: bool) -> list[Total]:
    rows = rows_by(asked, unit)
    week_starts_on = rows[0].week_starts_on
    sums: dict[date, tuple[date, int, int]] = {}
    if fill:
        for first, last in _buckets(unit, *asked.days, week_starts_on):
            sums[first] = last, 0, 0
    for row in rows:
        *_, key, minutes, sessions = row
        if sessions:
            first, last = days_of(unit, key, week_starts_on)
            sums[first] = last, minutes, sessions
    for day, more in running_minutes(asked, rows[0]).items():
        first, last = bucket(unit, day, week_starts_on)
        _, minutes, sessions = sums.get(first, (last, 0, 0))
        sums[first] = last, minutes + more, sessions
    totals = (
        {"start": first, "end": last, "minutes": minutes, "sessions": sessions}
        for first, (last, minutes, sessions) in sorted(sums.items())
    )
    return Rows(_totals.validate_python(list(totals)))


def _buckets(
    unit: Unit, start: date, end: date, week_starts_on: int
) -> Iterator[tuple[date, date]]:
    day = start
    while True:
        days = bucket(unit, day, week_starts_on)
        yield days
        if days[1] >= end:
            return
        day = shift(days[1], 1)
