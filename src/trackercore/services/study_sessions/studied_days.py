"""Streaks of days on which somebody studied."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from trackercore.models import StudySession, User
from trackercore.schemas import Streak
from trackercore.services._shared.arguments import as_day_or_none, as_instant, as_minutes
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.daily_streaks import every_day, streak_of_days
from trackercore.services._shared.owned_rows import connection, table
from trackercore.services.study_sessions._owner import SETTINGS, rows_of_user, users_with_topic

_users, _sessions = table(User), table(StudySession)
_seconds = func.sum(_sessions.c.duration_seconds)
_STUDIED = (
    select(_sessions.c.study_date, _seconds)
    .where(
        _sessions.c.user_id == bindparam("user_id"),
        _sessions.c.study_date.between(bindparam("first"), bindparam("last")),
    )
    .group_by(_sessions.c.study_date)
    .having(_seconds >= bindparam("least"))
    .order_by(_sessions.c.study_date)
)
_STUDIED_TOPIC = _STUDIED.where(_sessions.c.topic_id == bindparam("topic"))


def streak(
    session: Session,
    user_id: int,
    *,
    threshold_minutes: int = 1,
    topic_id: int | None = None,
    as_of: date | None = None,
    now: datetime | None = None,
) -> Streak:
    """The streak of days on which the user studied.

    A day that is not over does not break it, nor does a date that the user's calendar does not
    have.

    Args:
        threshold_minutes: what a day's sessions must add up to, 1..1440.
    """
    least = as_minutes(threshold_minutes, "threshold_minutes")
    given = as_day_or_none(as_of, "as_of")
    moment = as_instant(now)
    query = (
        select(*SETTINGS)
        .select_from(users_with_topic(topic_id))
        .where(_users.c.id == bindparam("user_id"))
    )
    settings = day_settings(user_id, rows_of_user(session, query, user_id, topic_id)[0])
    day = given or settings.day(moment)
    days = studied_days(session, user_id, topic_id, date.min, day, least * 60)
    return streak_of_days(day, every_day(settings), (studied for studied, _ in days))


def studied_days(
    session: Session, user_id: int, topic_id: int | None, first: date, last: date, least: int
) -> Iterable[tuple[date, int]]:
    """The days of a range with at least so many seconds, in order, and their seconds."""
    values = {"user_id": user_id, "first": first, "last": last, "least": least}
    if topic_id is None:
        rows = connection(session).execute(_STUDIED, values)
    else:
        rows = connection(session).execute(_STUDIED_TOPIC, {**values, "topic": topic_id})
    return ((day, seconds) for day, seconds in rows)
