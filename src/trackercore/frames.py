"""Totals, check-ins, sessions and histories as pandas frames: `from trackercore import frames`.

They need the extra: `pip install 'trackercore[notebook]'`. Frames are indexed by days, as
`datetime64[s]`, which holds every date that Python has; so `.loc["2026-03"]` and `.resample("MS")`
work. Minutes and counts are int64, instants are aware, in UTC. Where nothing is found, the columns
and their types are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Literal, get_args

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.domain.calendar import Unit
from trackercore.domain.report import DayStatus
from trackercore.domain.streak import Status
from trackercore.models import CheckIn, Habit, StudySession, Topic, User
from trackercore.schemas import Total
from trackercore.schemas._fields import DayRange
from trackercore.services import _rows, habits, study_sessions
from trackercore.services._totals import topics_by

try:
    import pandas as pd
except ModuleNotFoundError as _missing:
    raise ImportError(
        "trackercore.frames needs pandas: pip install 'trackercore[notebook]'", name=_missing.name
    ) from _missing

__all__ = ["check_ins", "history", "sessions", "topics", "totals"]

_by = TypeAdapter[Literal["day", "week", "month", "year", "topic"]](
    Literal["day", "week", "month", "year", "topic"]
)
_unit = TypeAdapter[Unit](Unit)
_users, _habits, _check_ins = map(_rows.table, (User, Habit, CheckIn))
_topics, _sessions = map(_rows.table, (Topic, StudySession))

_TOTALS: dict[Unit, Callable[..., list[Total]]] = {
    "day": study_sessions.totals_by_day,
    "week": study_sessions.totals_by_week,
    "month": study_sessions.totals_by_month,
    "year": study_sessions.totals_by_year,
}


def totals(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    by: Literal["day", "week", "month", "year", "topic"] = "day",
    topic_id: int | None = None,
    fill: bool = False,
    include_running: bool = False,
    now: datetime | None = None,
) -> pd.DataFrame:
    """Minutes and numbers of sessions of the days, weeks, months, years or topics in a range.

    Args:
        session: the caller's.
        user_id: the owner.
        start: first day that counts.
        end: last day that counts.
        by: what a row is. Weeks are the user's; a week, month or year that reaches over the range
            counts only the days inside it.
        topic_id: only sessions of this topic.
        fill: also the days, weeks, months, years or topics without a session.
        include_running: add the minutes of the running timer; it is no session yet.
        now: when the timer is read; default the current time.

    Returns:
        Columns `minutes` and `sessions`, indexed by the first day of each row. By topic, the most
        studied first, they are indexed by its name, and `topic_id` is a column too.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        pydantic.ValidationError: `start` is after `end`, or `by` is none of these words.
    """
    wanted = _by.validate_python(by)
    if wanted == "topic":
        of_topics = study_sessions.totals_by_topic(
            session,
            user_id,
            start,
            end,
            topic_id=topic_id,
            fill=fill,
            include_running=include_running,
            now=now,
        )
        return pd.DataFrame(
            {
                "topic_id": _integers(total.topic_id for total in of_topics),
                "minutes": _integers(total.minutes for total in of_topics),
                "sessions": _integers(total.sessions for total in of_topics),
            }
        ).set_index(pd.Index([total.name for total in of_topics], dtype="string", name="topic"))
    found = _TOTALS[wanted](
        session,
        user_id,
        start,
        end,
        topic_id=topic_id,
        fill=fill,
        include_running=include_running,
        now=now,
    )
    return pd.DataFrame(
        {
            "minutes": _integers(total.minutes for total in found),
            "sessions": _integers(total.sessions for total in found),
        }
    ).set_index(_days((total.start for total in found), wanted))


def topics(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    by: Unit = "week",
) -> pd.DataFrame:
    """Minutes of each topic, a column for each, in every day, week, month or year of a range.

    Args:
        session: the caller's.
        user_id: the owner.
        start: first day that counts.
        end: last day that counts.
        by: what a row is, also without a session; otherwise as in `totals`.

    Returns:
        Columns named as the topics that were studied, the most studied first.

    Raises:
        NotFound: there is no such user.
        pydantic.ValidationError: `start` is after `end`, or `by` is none of these words.
    """
    unit = _unit.validate_python(by)
    buckets, minutes = topics_by(session, user_id, start, end, unit)
    frame = pd.DataFrame(
        {name: [of_topic[first] for first in buckets] for name, of_topic in minutes.items()},
        index=_days(buckets, unit),
        dtype="int64",
    )
    frame.columns = pd.Index(list(minutes), dtype="string", name="topic")
    return frame


def check_ins(
    session: Session,
    user_id: int,
    habit_id: int | None = None,
    *,
    start: date | None = None,
    end: date | None = None,
) -> pd.DataFrame:
    """The recorded days of a habit, or of all habits of the user, done and skipped, in order.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit; default all, also archived ones.
        start: first day of the range; default no limit.
        end: last day of the range; default no limit.

    Returns:
        Columns `habit_id`, `habit` (the name, a category), `status` (a category), `amount`, `note`
        and `recorded_at`, indexed by `day`.

    Raises:
        NotFound: there is no such user, or they have no such habit.
        pydantic.ValidationError: `start` is after `end`.
    """
    days = DayRange(start=start, end=end)
    query = (
        select(
            _check_ins.c.day,
            _check_ins.c.habit_id,
            _habits.c.name,
            _check_ins.c.status,
            _check_ins.c.amount,
            _check_ins.c.note,
            _check_ins.c.recorded_at,
        )
        .join_from(
            _check_ins,
            _habits,
            (_habits.c.user_id == _check_ins.c.user_id) & (_habits.c.id == _check_ins.c.habit_id),
        )
        .where(_check_ins.c.user_id == _rows.check_id(User, user_id))
        .order_by(_check_ins.c.day, _check_ins.c.habit_id)
    )
    if habit_id is not None:
        query = query.where(_check_ins.c.habit_id == _rows.check_id(Habit, habit_id))
    if days.start is not None:
        query = query.where(_check_ins.c.day >= days.start)
    if days.end is not None:
        query = query.where(_check_ins.c.day <= days.end)
    rows = _rows.connection(session).execute(query).all()
    if not rows:
        _found(session, Habit, user_id, habit_id)
    return pd.DataFrame(
        {
            "habit_id": _integers(row.habit_id for row in rows),
            "habit": _names(row.name for row in rows),
            "status": pd.Categorical([row.status for row in rows], categories=get_args(Status)),
            "amount": _integers(row.amount for row in rows),
            "note": pd.array([row.note for row in rows], dtype="string"),
            "recorded_at": _instants(row.recorded_at for row in rows),
        }
    ).set_index(_days((row.day for row in rows), "day"))


def sessions(
    session: Session,
    user_id: int,
    *,
    topic_id: int | None = None,
    start: date | None = None,
    end: date | None = None,
) -> pd.DataFrame:
    """The user's study sessions by day; one that goes on past the end of a day has several rows.

    Args:
        session: the caller's.
        user_id: the owner.
        topic_id: only sessions of this topic.
        start: first day of the range; default no limit.
        end: last day of the range; default no limit.

    Returns:
        Columns `session_id`, `topic_id`, `topic` (the name, a category), `minutes`, `started_at`
        and `ended_at` (missing where a session was logged by its length), `part_of` (Int64, the
        `session_id` of the first part, missing for that one) and `notes`, indexed by `day`.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        pydantic.ValidationError: `start` is after `end`.
    """
    days = DayRange(start=start, end=end)
    query = (
        select(_sessions, _topics.c.name)
        .join_from(
            _sessions,
            _topics,
            (_topics.c.user_id == _sessions.c.user_id) & (_topics.c.id == _sessions.c.topic_id),
        )
        .where(_sessions.c.user_id == _rows.check_id(User, user_id))
        .order_by(_sessions.c.study_date, _sessions.c.id)
    )
    if topic_id is not None:
        query = query.where(_sessions.c.topic_id == _rows.check_id(Topic, topic_id))
    if days.start is not None:
        query = query.where(_sessions.c.study_date >= days.start)
    if days.end is not None:
        query = query.where(_sessions.c.study_date <= days.end)
    rows = _rows.connection(session).execute(query).all()
    if not rows:
        _found(session, Topic, user_id, topic_id)
    return pd.DataFrame(
        {
            "session_id": _integers(row.id for row in rows),
            "topic_id": _integers(row.topic_id for row in rows),
            "topic": _names(row.name for row in rows),
            "minutes": _integers(row.duration_minutes for row in rows),
            "started_at": _instants(row.started_at for row in rows),
            "ended_at": _instants(row.ended_at for row in rows),
            "part_of": pd.array([row.part_of for row in rows], dtype="Int64"),
            "notes": pd.array([row.notes for row in rows], dtype="string"),
        }
    ).set_index(_days((row.study_date for row in rows), "day"))


def history(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    start: date,
    end: date,
    now: datetime | None = None,
) -> pd.DataFrame:
    """Every day of a range with its status: `habits.history` as a frame.

    Args:
        session: the caller's.
        user_id: the owner.
        habit_id: which habit.
        start: first day of the range.
        end: its last day.
        now: what today refers to; default the current time.

    Returns:
        Columns `status` (a category, of all that a day can be) and `amount`, indexed by `day`.

    Raises:
        NotFound: there is no such habit.
        pydantic.ValidationError: `start` is after `end`.
    """
    days = habits.history(session, user_id, habit_id, start, end, now=now)
    return pd.DataFrame(
        {
            "status": pd.Categorical([day.status for day in days], categories=get_args(DayStatus)),
            "amount": _integers(day.amount for day in days),
        }
    ).set_index(_days((day.day for day in days), "day"))


def _found(
    session: Session, model: type[Habit] | type[Topic], user_id: int, row_id: int | None
) -> None:
    """See that what nothing was found of exists.

    Raises:
        NotFound: it does not.
    """
    if row_id is None:
        _rows.get(session, User, user_id)
    else:
        _rows.get(session, model, user_id, row_id)


def _days(days: Iterable[date], name: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(days), dtype="datetime64[s]", name=name)


def _integers(numbers: Iterable[int]) -> pd.Series[int]:
    return pd.Series(list(numbers), dtype="int64")


def _names(names: Iterable[str]) -> pd.Categorical:
    return pd.Categorical(pd.array(list(names), dtype="string"))


def _instants(moments: Iterable[datetime | None]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(moments), dtype="datetime64[us, UTC]")
