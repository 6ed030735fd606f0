"""Streaks of days on which somebody studied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, and_, bindparam, func, select
from sqlalchemy.orm import Session

from trackercore.domain.calendar import local_day, nonexistent_dates
from trackercore.domain.frequency import Schedule
from trackercore.domain.habit_rules import HabitRules, ScheduleVersion
from trackercore.domain.streak import DayEntry, streak_state
from trackercore.errors import NotFound
from trackercore.models import StudySession, Topic, User
from trackercore.schemas import Streak
from trackercore.schemas.fields import Minutes
from trackercore.services._shared.arguments import as_day, as_instant
from trackercore.services._shared.owned_rows import check_id, connection, entity, table
from trackercore.services.habits.reports import streak_on

_users, _topics, _sessions = table(User), table(Topic), table(StudySession)
_threshold = TypeAdapter[int](Minutes)
_studied = func.sum(_sessions.c.duration_minutes)
_STUDIED = (
    select(_sessions.c.study_date, _studied)
    .where(
        _sessions.c.user_id == bindparam("owner"),
        _sessions.c.study_date.between(bindparam("first"), bindparam("last")),
    )
    .group_by(_sessions.c.study_date)
    .having(_studied >= bindparam("least"))
    .order_by(_sessions.c.study_date)
)
_STUDIED_TOPIC = _STUDIED.where(_sessions.c.topic_id == bindparam("topic"))
_EVERY_DAY = (ScheduleVersion(date.min, Schedule("daily")),)


def streak(
    session: Session,
    user_id: int,
    *,
    threshold_minutes: int = 1,
    topic_id: int | None = None,
    as_of: date | None = None,
    now: datetime | None = None,
) -> Streak:
    """The streak of days on which the user studied, as seen on a day, from what is stored up to it.

    A day that is not over does not break it, nor does a date that the user's calendar does not
    have.

    Args:
        session: the caller's.
        user_id: the owner.
        threshold_minutes: what a day's sessions must add up to, 1..1440.
        topic_id: only sessions of this topic.
        as_of: any day; default the user's today. Later sessions are ignored.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such user, or they have no such topic.
    """
    least = _threshold.validate_python(threshold_minutes)
    given = None if as_of is None else as_day(as_of)
    moment = as_instant(now)
    query = (
        select(_users.c.time_zone, _users.c.day_starts_at)
        .select_from(owner_of(topic_id))
        .where(_users.c.id == check_id(User, user_id))
    )
    settings = found(connection(session).execute(query).all(), user_id, topic_id)[0]
    day = given or local_day(moment, settings.time_zone, settings.day_starts_at)
    rules = HabitRules(
        _EVERY_DAY, nonexistent_dates=nonexistent_dates(settings.time_zone, settings.day_starts_at)
    )
    days = studied_days(session, user_id, topic_id, date.min, day, least)
    return seen_on(day, rules, [DayEntry(studied, 1) for studied, _ in days])


def owner_of(topic_id: int | None) -> Any:
    """What to select a user from, so that there is no row if they have no such topic."""
    if topic_id is None:
        return _users
    mine = and_(_topics.c.user_id == _users.c.id, _topics.c.id == check_id(Topic, topic_id))
    return _users.join(_topics, mine)


def found(
    rows: Sequence[Row[*tuple[Any, ...]]], user_id: int, topic_id: int | None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of an owner, of which there is one at least.

    Raises:
        NotFound: there is none.
    """
    if rows:
        return rows
    if topic_id is not None:
        raise NotFound(entity(Topic), topic_id)
    raise NotFound(entity(User), user_id)


def studied_days(
    session: Session, user_id: int, topic_id: int | None, start: date, end: date, least: int
) -> Iterable[tuple[date, int]]:
    """The days of a range with so many minutes at least, in order, and their minutes."""
    asked = {"owner": user_id, "first": start, "last": end, "least": least}
    if topic_id is None:
        rows = connection(session).execute(_STUDIED, asked)
    else:
        rows = connection(session).execute(_STUDIED_TOPIC, {**asked, "topic": topic_id})
    return ((day, total) for day, total in rows)


def seen_on(day: date, rules: HabitRules, entries: Sequence[DayEntry]) -> Streak:
    """The streaks that a day looks back on.

    Args:
        day: the last one with a entry, or later.
        rules: with periods of one day.
        entries: the days that succeed, in order.
    """
    return streak_on(day, streak_state(rules, entries, day))
