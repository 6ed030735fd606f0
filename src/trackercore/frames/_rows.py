"""Check-ins, study sessions and the days of habits as frames."""

from datetime import date, datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy.orm import Session

from trackercore.domain.recorded_days import EntryStatus
from trackercore.domain.report import DayStatus
from trackercore.frames._columns import (
    Columns,
    days,
    flags_or_missing,
    floats,
    frame,
    instants,
    integers,
    integers_or_missing,
    lists,
    minutes,
    names,
    one_of,
    texts,
)
from trackercore.frames.python_values import python_day, python_id
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services import habits, named_rows
from trackercore.services.habits.strengths import strengths_of
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
        "amount": ("amount", floats),
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
        itself), `notes` and `tags` (tuples of their names), indexed by `day`.
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
        "tags": ("tags", lists),
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
        Columns `status` (a category, with every status that a day can have), `amount` (missing
        where nothing is recorded, and where the day is skipped), and the `target` of the day's
        period and whether it is `met` (boolean), both missing where the day has none; indexed by
        `day`.
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
        "amount": ("amount", floats),
        "target": ("target", floats),
        "met": ("met", flags_or_missing),
    }
    return frame(rows, columns, days((row.day for row in rows), "day"))


@checked
def done_by_day(
    session: Session,
    user_id: int,
    *,
    start: date,
    end: date,
    max_days: int = MAX_DAYS,
    now: datetime | None = None,
) -> pd.DataFrame:
    """How many habits were done on every day of a range, of how many that were due.

    Returns:
        Columns `done`, `due` and `share` (done / due, 0.0 to 1.0; missing where nothing was due),
        indexed by `day`: see `habits.done_by_day`.
    """
    rows = habits.done_by_day(
        session,
        python_id(user_id),
        python_day(start),
        python_day(end),
        max_days=max_days,
        now=now,
    )
    columns: Columns = {"done": ("done", integers), "due": ("due", integers)}
    counts = frame(rows, columns, days((row.day for row in rows), "day"))
    return counts.assign(share=counts["done"] / counts["due"])  # 0 of 0 is NaN


class _Strength(NamedTuple):
    day: date
    habit_id: int
    name: str
    strength: float


@checked
def strength(
    session: Session,
    user_id: int,
    habit_id: int | None = None,
    *,
    start: date,
    end: date,
    max_days: int = MAX_DAYS,
    now: datetime | None = None,
) -> pd.DataFrame:
    """How strong a habit is on every day of a range, or all habits are, archived ones too.

    Returns:
        Columns `habit_id`, `habit` (the name, a category) and `strength` (float64, 0.0 to 1.0),
        indexed by `day`, on which each habit has a row. Two habits may have one name: group by
        `habit_id`.
    """
    one = None if habit_id is None else [python_id(habit_id)]
    found = strengths_of(
        session, python_id(user_id), one, python_day(start), python_day(end), max_days, now
    )
    by_habit = ((each, zip(each.days, each.strengths, strict=True)) for each in found)
    rows = [
        _Strength(day, each.habit_id, each.name, strength)
        for each, by_day in by_habit
        for day, strength in by_day
    ]
    rows.sort(key=lambda row: row.day)
    columns: Columns = {
        "habit_id": ("habit_id", integers),
        "habit": ("name", names),
        "strength": ("strength", floats),
    }
    return frame(rows, columns, days((row.day for row in rows), "day"))
