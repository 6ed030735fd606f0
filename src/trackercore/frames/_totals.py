"""Sums of study time and of amounts, and counts of days done and of tasks, as frames."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

import pandas as pd
from sqlalchemy.orm import Session

from trackercore.domain.calendar import Unit
from trackercore.domain.weekdays import WEEKDAYS
from trackercore.frames._columns import Columns, days, floats, frame, integers
from trackercore.frames.python_values import python_day, python_id
from trackercore.schemas import AmountTotal, CompletedTotal, TagTotal
from trackercore.schemas.argument import Argument
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services import habits, study_sessions, tasks
from trackercore.services.study_sessions.totals import topics_by
from trackercore.sessions.use import checked

_By = Literal["day", "week", "month", "year", "topic", "tag"]
_by = Argument[_By](_By)
_unit = Argument[Unit](Unit)


def _totals_of_tags(*arguments: Any, **options: Any) -> Sequence[TagTotal]:
    return study_sessions.totals_by_tag(*arguments, **options).tags


_TOTALS: Mapping[_By, Callable[..., Sequence[Any]]] = {
    "day": study_sessions.totals_by_day,
    "week": study_sessions.totals_by_week,
    "month": study_sessions.totals_by_month,
    "year": study_sessions.totals_by_year,
    "topic": study_sessions.totals_by_topic,
    "tag": _totals_of_tags,
}

_AMOUNTS: Mapping[Unit, Callable[..., list[AmountTotal]]] = {
    "day": habits.amounts_by_day,
    "week": habits.amounts_by_week,
    "month": habits.amounts_by_month,
    "year": habits.amounts_by_year,
}

_COMPLETED: Mapping[Unit, Callable[..., list[CompletedTotal]]] = {
    "day": tasks.completed_by_day,
    "week": tasks.completed_by_week,
    "month": tasks.completed_by_month,
    "year": tasks.completed_by_year,
}


@checked
def totals(
    session: Session,
    user_id: int,
    *,
    start: date | None = None,
    end: date | None = None,
    by: Literal["day", "week", "month", "year", "topic", "tag"] = "day",
    topic_id: int | None = None,
    fill: bool = False,
    max_days: int = MAX_DAYS,
    include_running: bool = False,
    now: datetime | None = None,
) -> pd.DataFrame:
    """Study time and numbers of sessions of the days, weeks, months, years, topics or tags.

    Args:
        by: what a row is. Weeks are the user's. A week, month or year that begins before the range
            or ends after it counts only the days in the range.
        fill: also the days, weeks, months, years, topics or tags without a session.
        include_running: add the time of the running timer, which is not a session yet.

    Returns:
        Columns `minutes` (rounded down), `seconds` (to add up) and `sessions`, indexed by the first
        day of each row. By topic or tag, the most studied first, they are indexed by its name, and
        `topic_id` or `tag_id` is a column too. Tags overlap, so do not add up theirs:
        `study_sessions.totals_by_tag` also has the total, and the time without a tag.
    """
    by = _by(by, "by")
    is_named = by in {"topic", "tag"}
    limit = {} if is_named else {"max_days": max_days}
    rows = _TOTALS[by](
        session,
        python_id(user_id),
        python_day(start),
        python_day(end),
        topic_id=python_id(topic_id),
        fill=fill,
        include_running=include_running,
        now=now,
        **limit,
    )
    columns: Columns = {name: (name, integers) for name in ("minutes", "seconds", "sessions")}
    if is_named:
        names = pd.Index([row.name for row in rows], dtype="string", name=by)
        return frame(rows, {f"{by}_id": (f"{by}_id", integers), **columns}, names)
    return frame(rows, columns, days((row.start for row in rows), by))


@checked
def amounts(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    start: date,
    end: date,
    by: Unit = "day",
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> pd.DataFrame:
    """Amounts done for a habit in the days, weeks, months or years of a range.

    Args:
        by: what a row is, as in `totals`.
        fill: also the days, weeks, months or years in which nothing is recorded.

    Returns:
        Columns `amount` (the sum), `days` (with an amount above 0) and `average` (of these days;
        missing without one), indexed by the first day of each row.
    """
    unit = _unit(by, "by")
    rows = _AMOUNTS[unit](
        session,
        python_id(user_id),
        python_id(habit_id),
        python_day(start),
        python_day(end),
        fill=fill,
        max_days=max_days,
    )
    columns: Columns = {
        "amount": ("amount", floats),
        "days": ("days", integers),
        "average": ("average", floats),
    }
    return frame(rows, columns, days((row.start for row in rows), unit))


@checked
def completed_tasks(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    by: Unit = "day",
    fill: bool = False,
    max_days: int = MAX_DAYS,
) -> pd.DataFrame:
    """Numbers of tasks completed in the days, weeks, months or years of a range.

    Args:
        by: what a row is, as in `totals`.
        fill: also the days, weeks, months or years in which no task was completed.

    Returns:
        Column `completed`, indexed by the first day of each row.
    """
    unit = _unit(by, "by")
    rows = _COMPLETED[unit](
        session,
        python_id(user_id),
        python_day(start),
        python_day(end),
        fill=fill,
        max_days=max_days,
    )
    columns: Columns = {"completed": ("completed", integers)}
    return frame(rows, columns, days((row.start for row in rows), unit))


@checked
def weekdays(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    start: date,
    end: date,
    max_days: int = MAX_DAYS,
    now: datetime | None = None,
) -> pd.DataFrame:
    """On each weekday of a range, how often a habit was done, of how often it could have been.

    Returns:
        Columns `weekday` (1 for Monday to 7 for Sunday), `done`, `possible` and `rate` (done /
        possible, 0.0 to 1.0; missing if no day was possible), indexed by the weekday's name, Monday
        first. There are always seven rows: see `habits.done_by_weekday`.
    """
    rows = habits.done_by_weekday(
        session,
        python_id(user_id),
        python_id(habit_id),
        python_day(start),
        python_day(end),
        max_days=max_days,
        now=now,
    )
    columns: Columns = {
        "weekday": ("weekday", integers),
        "done": ("done", integers),
        "possible": ("possible", integers),
        "rate": ("rate", floats),
    }
    return frame(rows, columns, pd.Index(WEEKDAYS, dtype="string", name="day_name"))


@checked
def minutes_by_topic(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    by: Unit = "week",
    max_days: int = MAX_DAYS,
) -> pd.DataFrame:
    """The frame of `seconds_by_topic` in minutes, each rounded down.

    To add them up, use `seconds_by_topic`: `seconds.sum() // 60` are the minutes of the range.

    Args:
        by: what a row is, as in `totals`; those without a session have a row too.
    """
    return seconds_by_topic(session, user_id, start=start, end=end, by=by, max_days=max_days) // 60


@checked
def seconds_by_topic(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    by: Unit = "week",
    max_days: int = MAX_DAYS,
) -> pd.DataFrame:
    """Seconds of each topic, a column for each, in every day, week, month or year of a range.

    Args:
        by: what a row is, as in `totals`; those without a session have a row too.

    Returns:
        Columns named after the topics that were studied, the most studied first.
    """
    unit = _unit(by, "by")
    first_days, seconds = topics_by(
        session, python_id(user_id), python_day(start), python_day(end), unit, max_days
    )
    frame = pd.DataFrame(
        {name: [of_topic[first] for first in first_days] for name, of_topic in seconds.items()},
        index=days(first_days, unit),
        dtype="int64",
    )
    frame.columns = pd.Index(list(seconds), dtype="string", name="topic")
    return frame
