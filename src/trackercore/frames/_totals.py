"""Sums of study time as frames."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal

import pandas as pd
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from trackercore.domain.calendar import Unit
from trackercore.frames._columns import days, integers
from trackercore.frames._given import as_date, as_id
from trackercore.schemas import Total
from trackercore.services import study_sessions
from trackercore.services.study_sessions.totals import topics_by

_by = TypeAdapter[Literal["day", "week", "month", "year", "topic"]](
    Literal["day", "week", "month", "year", "topic"]
)
_unit = TypeAdapter[Unit](Unit)

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
            as_id(user_id),
            as_date(start),
            as_date(end),
            topic_id=as_id(topic_id),
            fill=fill,
            include_running=include_running,
            now=now,
        )
        return pd.DataFrame(
            {
                "topic_id": integers(total.topic_id for total in of_topics),
                "minutes": integers(total.minutes for total in of_topics),
                "sessions": integers(total.sessions for total in of_topics),
            }
        ).set_index(pd.Index([total.name for total in of_topics], dtype="string", name="topic"))
    found = _TOTALS[wanted](
        session,
        as_id(user_id),
        as_date(start),
        as_date(end),
        topic_id=as_id(topic_id),
        fill=fill,
        include_running=include_running,
        now=now,
    )
    return pd.DataFrame(
        {
            "minutes": integers(total.minutes for total in found),
            "sessions": integers(total.sessions for total in found),
        }
    ).set_index(days((total.start for total in found), wanted))


def minutes_by_topic(
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
    first_days, minutes = topics_by(session, as_id(user_id), as_date(start), as_date(end), unit)
    frame = pd.DataFrame(
        {name: [of_topic[first] for first in first_days] for name, of_topic in minutes.items()},
        index=days(first_days, unit),
        dtype="int64",
    )
    frame.columns = pd.Index(list(minutes), dtype="string", name="topic")
    return frame
