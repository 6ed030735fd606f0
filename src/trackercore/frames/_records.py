"""What is recorded of habits and study, as frames."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, get_args

import pandas as pd
from sqlalchemy import Column, Row, select
from sqlalchemy.orm import Session

from trackercore.domain.report import DayStatus
from trackercore.domain.streak import EntryStatus
from trackercore.frames._columns import days, instants, integers, names
from trackercore.frames._given import as_date, as_id
from trackercore.models import CheckIn, Habit, StudySession, Topic, User
from trackercore.schemas.fields import DayRange
from trackercore.services import habits
from trackercore.services._shared import owned_rows

_check_ins, _sessions = owned_rows.table(CheckIn), owned_rows.table(StudySession)


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
        and `recorded_at`, indexed by `day`. Two habits may have one name: group by `habit_id`.

    Raises:
        NotFound: there is no such user, or they have no such habit.
        pydantic.ValidationError: `start` is after `end`.
    """
    rows = _rows_of(
        session,
        user_id,
        Habit,
        habit_id,
        by=_check_ins.c.habit_id,
        day=_check_ins.c.day,
        start=start,
        end=end,
    )
    return pd.DataFrame(
        {
            "habit_id": integers(row.habit_id for row in rows),
            "habit": names(row.name for row in rows),
            "status": pd.Categorical(
                [row.status for row in rows], categories=get_args(EntryStatus)
            ),
            "amount": integers(row.amount for row in rows),
            "note": pd.array([row.note for row in rows], dtype="string"),
            "recorded_at": instants(row.recorded_at for row in rows),
        }
    ).set_index(days((row.day for row in rows), "day"))


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
    rows = _rows_of(
        session,
        user_id,
        Topic,
        topic_id,
        by=_sessions.c.topic_id,
        day=_sessions.c.study_date,
        start=start,
        end=end,
    )
    return pd.DataFrame(
        {
            "session_id": integers(row.id for row in rows),
            "topic_id": integers(row.topic_id for row in rows),
            "topic": names(row.name for row in rows),
            "minutes": integers(row.duration_minutes for row in rows),
            "started_at": instants(row.started_at for row in rows),
            "ended_at": instants(row.ended_at for row in rows),
            "part_of": pd.array([row.part_of for row in rows], dtype="Int64"),
            "notes": pd.array([row.notes for row in rows], dtype="string"),
        }
    ).set_index(days((row.study_date for row in rows), "day"))


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
    shown = habits.history(
        session, as_id(user_id), as_id(habit_id), as_date(start), as_date(end), now=now
    )
    return pd.DataFrame(
        {
            "status": pd.Categorical([day.status for day in shown], categories=get_args(DayStatus)),
            "amount": integers(day.amount for day in shown),
        }
    ).set_index(days((day.day for day in shown), "day"))


def _rows_of(
    session: Session,
    user_id: int,
    model: type[Habit] | type[Topic],
    row_id: int | None,
    *,
    by: Column[Any],
    day: Column[Any],
    start: date | None,
    end: date | None,
) -> Sequence[Row[*tuple[Any, ...]]]:
    """What is recorded of one habit or topic, or of all, with its name, in order.

    Args:
        session: the caller's.
        user_id: the owner.
        model: what it is recorded of.
        row_id: only of this one.
        by: the column that refers to it.
        day: the column of its day.
        start: first day of the range.
        end: last day of the range.

    Raises:
        NotFound: nothing was found, and there is no such user, habit or topic.
        pydantic.ValidationError: `start` is after `end`.
    """
    owner, wanted = as_id(user_id), as_id(row_id)
    span = DayRange(start=as_date(start), end=as_date(end))
    records, parents = by.table, owned_rows.table(model)
    query = (
        select(records, parents.c.name)
        .join_from(
            records, parents, (parents.c.user_id == records.c.user_id) & (parents.c.id == by)
        )
        .where(records.c.user_id == owned_rows.check_id(User, owner))
        .order_by(day, *records.primary_key)
    )
    if wanted is not None:
        query = query.where(by == owned_rows.check_id(model, wanted))
    if span.start is not None:
        query = query.where(day >= span.start)
    if span.end is not None:
        query = query.where(day <= span.end)
    rows = owned_rows.connection(session).execute(query).all()
    if not rows:
        if wanted is None:
            owned_rows.get(session, User, owner)
        else:
            owned_rows.get(session, model, owner, wanted)
    return rows
