"""Check-ins, study sessions and a habit's days as frames."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
from sqlalchemy.orm import Session

from trackercore.domain.recorded_days import EntryStatus
from trackercore.domain.report import DayStatus
from trackercore.frames._columns import (
    Columns,
    days,
    flags_or_missing,
    frame,
    instants,
    integers,
    integers_or_missing,
    minutes,
    names,
    one_of,
    texts,
)
from trackercore.frames.arguments import python_day, python_id
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services import habits, named_rows
from trackercore.sessions.use import checked


@checked
def check_ins(
    session: Session,
    user_id: int,
    habit_id: int | None = None,
    *,
    start: date | None = None,
    end: date | None = None,
) -> pd.DataFrame:
    """The check-ins and skips of a habit, or of all habits, archived ones too.

    Returns:
        Columns `habit_id`, `habit` (the name, a category), `status` (a category), `amount`, `note`
        and `recorded_at`, indexed by `day`. Two habits may have one name: group by `habit_id`.
    """
    rows = named_rows.check_ins(
        session, python_id(user_id), python_id(habit_id), python_day(start), python_day(end)
    )
    columns: Columns = {
        "habit_id": ("habit_id", integers),
        "habit": ("name", names),
        "status": ("status", one_of(EntryStatus)),
        "amount": ("amount", integers),
        "note": ("note", texts),
        "recorded_at": ("recorded_at", instants),
    }
    return frame(rows, columns, days((row.day for row in rows), "day"))


@checked
def sessions(
    session: Session,
    user_id: int,
    *,
    topic_id: int | None = None,
    start: date | None = None,
    end: date | None = None,
) -> pd.DataFrame:
    """The study sessions; one that goes on past the end of a day has a row for each day.

    Returns:
        Columns `session_id`, `topic_id`, `topic` (the name, a category), `minutes` (rounded down),
        `seconds` (to add up), `started_at` and `ended_at` (missing if the session was logged by its
        length), `part_of` (Int64, the `session_id` of the first part, missing in the first part
        itself) and `notes`, indexed by `day`.
    """
    rows = named_rows.study_sessions(
        session, python_id(user_id), python_id(topic_id), python_day(start), python_day(end)
    )
    columns: Columns = {
        "session_id": ("id", integers),
        "topic_id": ("topic_id", integers),
        "topic": ("name", names),
        "minutes": ("duration_seconds", minutes),
        "seconds": ("duration_seconds", integers),
        "started_at": ("started_at", instants),
        "ended_at": ("ended_at", instants),
        "part_of": ("part_of", integers_or_missing),
        "notes": ("notes", texts),
    }
    return frame(rows, columns, days((row.study_date for row in rows), "day"))


@checked
def history(
    session: Session,
    user_id: int,
    habit_id: int,
    *,
    start: date,
    end: date,
    max_days: int = MAX_DAYS,
    now: datetime | None = None,
) -> pd.DataFrame:
    """Every day of a range with its status: `habits.history` as a frame.

    Returns:
        Columns `status` (a category, with every status that a day can have), `amount`, and the
        `target` of the day's period (Int64) and whether it is `met` (boolean), both missing where
        the day has none; indexed by `day`.
    """
    rows = habits.history(
        session,
        python_id(user_id),
        python_id(habit_id),
        python_day(start),
        python_day(end),
        max_days=max_days,
        now=now,
    )
    columns: Columns = {
        "status": ("status", one_of(DayStatus)),
        "amount": ("amount", integers),
        "target": ("target", integers_or_missing),
        "met": ("met", flags_or_missing),
    }
    return frame(rows, columns, days((row.day for row in rows), "day"))
