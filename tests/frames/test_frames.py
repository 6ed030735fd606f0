"""Frames have the numbers of the services, and types to calculate with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.calls import keywords
from tests.support.learner import END, NOW, START, Learner
from tests.support.statements import count_statements
from trackercore import (
    AmountTotal,
    CompletedTotal,
    HabitCreate,
    NotFound,
    StudySessionCreate,
    StudySessionUpdate,
    TaskCreate,
    TimedSessionCreate,
    Total,
    UserCreate,
    frames,
    habits,
    study_sessions,
    tasks,
    users,
)
from trackercore.models import StudySessionTag, Tag
from trackercore.testing import Factory

REPORTS: dict[Literal["day", "week", "month", "year"], Callable[..., list[Total]]] = {
    "day": study_sessions.totals_by_day,
    "week": study_sessions.totals_by_week,
    "month": study_sessions.totals_by_month,
    "year": study_sessions.totals_by_year,
}
AMOUNTS: dict[Literal["day", "week", "month", "year"], Callable[..., list[AmountTotal]]] = {
    "day": habits.amounts_by_day,
    "week": habits.amounts_by_week,
    "month": habits.amounts_by_month,
    "year": habits.amounts_by_year,
}

COMPLETED: dict[Literal["day", "week", "month", "year"], Callable[..., list[CompletedTotal]]] = {
    "day": tasks.completed_by_day,
    "week": tasks.completed_by_week,
    "month": tasks.completed_by_month,
    "year": tasks.completed_by_year,
}


def types_of(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def or_none(numbers: pd.Series[float]) -> list[float | None]:
    return [None if np.isnan(number) else number for number in numbers]


def days_of(frame: pd.DataFrame) -> list[date]:
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert str(frame.index.dtype) == "datetime64[s]"
    return [day.date() for day in frame.index]


@pytest.mark.parametrize("fill", [False, True])
@pytest.mark.parametrize("by", REPORTS)
def test_totals_are_those_of_the_service(
    by: Literal["day", "week", "month", "year"], fill: bool, session: Session, ada: Learner
) -> None:
    frame = frames.totals(session, ada.id, start=START, end=END, by=by, fill=fill)
    totals = REPORTS[by](session, ada.id, START, END, fill=fill)
    assert days_of(frame) == [total.start for total in totals]
    assert frame["minutes"].tolist() == [total.minutes for total in totals]
    assert frame["seconds"].tolist() == [total.seconds for total in totals]
    assert frame["sessions"].tolist() == [total.sessions for total in totals]
    assert frame.index.name == by
    assert types_of(frame) == dict.fromkeys(("minutes", "seconds", "sessions"), "int64")


def test_totals_by_topic_are_indexed_by_its_name(session: Session, ada: Learner) -> None:
    frame = frames.totals(session, ada.id, start=START, end=END, by="topic")
    assert frame.index.tolist() == ["SQL", "Rust"]
    assert frame.loc["SQL"].to_dict() == {
        "topic_id": ada.sql,
        "minutes": 405,
        "seconds": 405 * 60,
        "sessions": 3,
    }
    assert types_of(frame) == dict.fromkeys(("topic_id", "minutes", "seconds", "sessions"), "int64")
    filled = frames.totals(session, ada.id, start=START, end=END, by="topic", fill=True)
    assert filled.index.tolist() == ["SQL", "Rust", "Unused"]


def test_totals_by_tag_are_indexed_by_its_name(session: Session, ada: Learner) -> None:
    tags = [Tag(user_id=ada.id, name=name) for name in ("exam", "deep")]
    session.add_all(tags)
    session.flush()
    for row in study_sessions.find(session, ada.id, topic_id=ada.rust, end=date(2026, 2, 1)):
        for tag in tags[: row.study_date.month]:
            session.add(StudySessionTag(user_id=ada.id, session_id=row.id, tag_id=tag.id))
    frame = frames.totals(session, ada.id, start=START, end=END, by="tag")
    assert frame.index.tolist() == ["exam", "deep"]
    assert frame["tag_id"].tolist() == [tag.id for tag in tags[:2]]
    assert frame["minutes"].tolist() == [65, 45]
    assert frame["seconds"].tolist() == [65 * 60, 45 * 60]
    assert frame["sessions"].tolist() == [2, 1]
    assert types_of(frame) == dict.fromkeys(("tag_id", "minutes", "seconds", "sessions"), "int64")
    filled = frames.totals(session, ada.id, start=START, end=END, by="tag", fill=True)
    assert filled.index.tolist() == ["exam", "deep", "never"]


def test_totals_take_one_topic_and_the_running_timer(session: Session, ada: Learner) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=datetime(2026, 3, 10, 10, tzinfo=UTC))
    of_topic = frames.totals(
        session, ada.id, start=END, end=END, topic_id=ada.sql, include_running=True, now=NOW
    )
    assert of_topic["minutes"].tolist() == [60]


@pytest.mark.parametrize("fill", [False, True])
@pytest.mark.parametrize("by", AMOUNTS)
def test_amounts_are_those_of_the_service(
    by: Literal["day", "week", "month", "year"], fill: bool, session: Session, ada: Learner
) -> None:
    habits.check_in(session, ada.id, ada.run, on=END, amount=Decimal("0.125"), now=NOW)
    frame = frames.amounts(session, ada.id, ada.run, start=START, end=END, by=by, fill=fill)
    totals = AMOUNTS[by](session, ada.id, ada.run, START, END, fill=fill)
    assert days_of(frame) == [total.start for total in totals]
    assert frame["amount"].tolist() == [float(total.amount) for total in totals]
    assert frame["days"].tolist() == [total.days for total in totals]
    averages = [total.average for total in totals]
    assert or_none(frame["average"]) == [each if each is None else float(each) for each in averages]
    assert frame.index.name == by
    assert types_of(frame) == {"amount": "float64", "days": "int64", "average": "float64"}


@pytest.mark.parametrize("fill", [False, True])
@pytest.mark.parametrize("by", COMPLETED)
def test_completed_tasks_are_those_of_the_service(
    by: Literal["day", "week", "month", "year"], fill: bool, session: Session, ada: Learner
) -> None:
    for at in (NOW, NOW - timedelta(days=40)):
        data = TaskCreate(title="t", completed=True, completed_at=at)
        tasks.create(session, ada.id, data)
    end = NOW.date()
    frame = frames.completed_tasks(session, ada.id, start=START, end=end, by=by, fill=fill)
    totals = COMPLETED[by](session, ada.id, START, end, fill=fill)
    assert days_of(frame) == [total.start for total in totals]
    assert frame["completed"].tolist() == [total.completed for total in totals]
    assert frame["completed"].sum() == 2
    assert frame.index.name == by
    assert types_of(frame) == {"completed": "int64"}


def test_days_can_be_sliced_and_resampled(session: Session, ada: Learner) -> None:
    frame = frames.totals(session, ada.id, start=START, end=END)
    assert frame.loc["2026-02"]["minutes"].sum() == 345
    by_month = frame["minutes"].resample("MS").sum()
    months = frames.totals(session, ada.id, start=START, end=END, by="month")
    assert by_month.tolist() == months["minutes"].tolist()
    assert frame["minutes"].rolling("7D").sum().max() == 90 + 345


def study_seconds(session: Session, ada: Learner) -> None:
    """Sessions of no whole minutes, on two days of a week."""
    for day, topic, seconds in ((2, ada.sql, 45), (2, ada.rust, 90), (3, ada.sql, 90)):
        length = timedelta(seconds=seconds)
        start = datetime(2026, 2, day, 9, tzinfo=UTC) + length
        end = start + length
        data = TimedSessionCreate(topic_id=topic, started_at=start, ended_at=end)
        study_sessions.create_timed(session, ada.id, data, now=NOW)


def test_seconds_add_up_where_minutes_do_not(session: Session, ada: Learner) -> None:
    study_seconds(session, ada)
    days = (date(2026, 2, 2), date(2026, 2, 3))
    frame = frames.totals(session, ada.id, start=days[0], end=days[1])
    assert frame["minutes"].tolist() == [2, 1]
    assert frame["seconds"].tolist() == [135, 90]
    (week,) = frames.totals(session, ada.id, start=days[0], end=days[1], by="week")["minutes"]
    assert week == frame["seconds"].sum() // 60 == 3
    rows = frames.sessions(session, ada.id, start=days[0], end=days[1])
    assert rows["minutes"].tolist() == [0, 1, 1]
    assert rows["seconds"].tolist() == [45, 90, 90]


@pytest.mark.parametrize("by", REPORTS)
def test_a_column_of_topics_adds_up_to_the_totals(
    by: Literal["day", "week", "month", "year"], session: Session, ada: Learner
) -> None:
    study_seconds(session, ada)
    frame = frames.seconds_by_topic(session, ada.id, start=START, end=END, by=by)
    totals = frames.totals(session, ada.id, start=START, end=END, by=by, fill=True)
    assert frame.sum(axis="columns").tolist() == totals["seconds"].tolist()
    assert days_of(frame) == days_of(totals)
    assert frame.columns.tolist() == ["SQL", "Rust"]
    assert frame.columns.name == "topic"
    for name, topic_id in (("SQL", ada.sql), ("Rust", ada.rust)):
        of_topic = REPORTS[by](session, ada.id, START, END, topic_id=topic_id, fill=True)
        assert frame[name].tolist() == [total.seconds for total in of_topic]
    minutes = frames.minutes_by_topic(session, ada.id, start=START, end=END, by=by)
    assert minutes.equals(frame // 60)
    assert types_of(frame) == {"SQL": "int64", "Rust": "int64"}


def test_check_ins_are_those_of_the_service(session: Session, ada: Learner) -> None:
    habits.check_in(session, ada.id, ada.run, on=END, amount=0.125, now=NOW)
    habits.check_in(session, ada.id, ada.run, on=date(2026, 3, 9), amount=0, now=NOW)
    frame = frames.check_ins(session, ada.id, ada.run, start=date(2026, 2, 2))
    rows = habits.check_ins(session, ada.id, ada.run, start=date(2026, 2, 2))
    assert days_of(frame) == [row.day for row in rows]
    assert frame["status"].tolist() == [row.status for row in rows]
    assert frame["amount"].tolist() == [row.amount for row in rows]
    assert frame["amount"].tolist()[-2:] == [0, 0.125]
    assert frame["recorded_at"].tolist() == [row.recorded_at for row in rows]
    assert set(frame["habit"]) == {"Run"}
    assert types_of(frame) == {
        "habit_id": "int64",
        "habit": "category",
        "status": "category",
        "amount": "float64",
        "note": "string",
        "recorded_at": "datetime64[us, UTC]",
    }
    assert frame["status"].cat.categories.tolist() == ["done", "skipped"]


def test_check_ins_of_all_habits_are_in_one_frame(session: Session, ada: Learner) -> None:
    frame = frames.check_ins(session, ada.id, end=date(2026, 2, 2))
    assert frame["habit"].tolist() == ["Read", "Read", "Run", "Run"]
    assert frame["note"].tolist() == ["far", "far", pd.NA, pd.NA]
    assert frame.loc["2026-01-05", "amount"] == 2


def test_sessions_have_their_parts_and_times(session: Session, ada: Learner) -> None:
    (late, *_) = study_sessions.find(session, ada.id, start=date(2026, 3, 1))
    tags_of_late = StudySessionUpdate(tags=["Night", "Deep"])
    study_sessions.update(session, ada.id, late.id, tags_of_late)
    frame = frames.sessions(session, ada.id, start=date(2026, 3, 1))
    page = study_sessions.find(session, ada.id, start=date(2026, 3, 1))
    assert frame["session_id"].tolist() == [row.id for row in page]
    assert days_of(frame) == [row.study_date for row in page]
    assert frame["minutes"].tolist() == [60, 90, 15]
    assert frame["topic"].tolist() == ["Rust", "Rust", "SQL"]
    assert frame["part_of"].tolist() == [pd.NA, page.items[0].id, pd.NA]
    assert frame["started_at"].iloc[0] == datetime(2026, 3, 1, 23, tzinfo=UTC)
    assert frame["ended_at"].iloc[1] == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert frame["started_at"].isna().tolist() == [False, False, True]
    assert frame["notes"].tolist() == ["late", "late", pd.NA]
    assert frame["tags"].tolist() == [row.tags for row in page]
    assert frame["tags"].tolist() == [*2 * [("Deep", "Night")], ()]
    assert types_of(frame) == {
        "session_id": "int64",
        "topic_id": "int64",
        "topic": "category",
        "minutes": "int64",
        "seconds": "int64",
        "started_at": "datetime64[us, UTC]",
        "ended_at": "datetime64[us, UTC]",
        "part_of": "Int64",
        "notes": "string",
        "tags": "object",
    }
    of_topic = frames.sessions(session, ada.id, topic_id=ada.sql, end=date(2026, 2, 28))
    assert of_topic["minutes"].tolist() == [90, 300]


def test_a_history_has_every_day_of_the_range(session: Session, ada: Learner) -> None:
    habits.check_in(session, ada.id, ada.run, on=END, amount=0.125, now=NOW)
    frame = frames.history(session, ada.id, ada.run, start=START, end=END, now=NOW)
    days = habits.history(session, ada.id, ada.run, START, END, now=NOW)
    assert days_of(frame) == [day.day for day in days]
    assert frame["status"].tolist() == [day.status for day in days]
    assert or_none(frame["amount"]) == [day.amount for day in days]
    assert or_none(frame["amount"])[-1] == 0.125
    counts = frame["status"].value_counts()
    assert counts["paused"] == 9
    assert counts["skipped"] == 1
    assert or_none(frame["target"]) == [day.target for day in days]
    assert frame["met"].tolist() == [pd.NA if day.met is None else day.met for day in days]
    assert types_of(frame) == {
        "status": "category",
        "amount": "float64",
        "target": "float64",
        "met": "boolean",
    }


def test_the_strength_of_each_habit_is_that_of_the_service(session: Session, ada: Learner) -> None:
    frame = frames.strength(session, ada.id, start=START, end=END, now=NOW)
    assert frame.index.is_monotonic_increasing
    assert len(frame) == 2 * ((END - START).days + 1)
    for habit_id, name in ((ada.run, "Run"), (ada.read, "Read")):
        of_habit = frame[frame["habit_id"] == habit_id]
        days = habits.strength_by_day(session, ada.id, habit_id, START, END, now=NOW)
        assert days_of(of_habit) == [day.day for day in days]
        assert of_habit["strength"].tolist() == [day.strength for day in days]
        assert set(of_habit["habit"]) == {name}
    assert types_of(frame) == {"habit_id": "int64", "habit": "category", "strength": "float64"}
    only_run = frames.strength(session, ada.id, ada.run, start=START, end=END, now=NOW)
    assert set(only_run["habit_id"]) == {ada.run}
    with_archived = len(frame)
    habits.archive(session, ada.id, ada.run, now=NOW)
    again = frames.strength(session, ada.id, start=START, end=END, now=NOW)
    assert len(again) == with_archived


def test_weekdays_are_those_of_the_service(session: Session, ada: Learner) -> None:
    frame = frames.weekdays(session, ada.id, ada.run, start=START, end=END, now=NOW)
    counts = habits.done_by_weekday(session, ada.id, ada.run, START, END, now=NOW)
    assert frame["weekday"].tolist() == [count.weekday for count in counts]
    assert frame["done"].tolist() == [count.done for count in counts]
    assert frame["possible"].tolist() == [count.possible for count in counts]
    assert or_none(frame["rate"]) == [count.rate for count in counts]
    assert frame.index.tolist() == [f"{date(2026, 3, day):%A}" for day in range(2, 9)]
    assert frame.index.name == "day_name"
    assert frame.loc["Monday"].to_dict() == {"weekday": 1, "done": 2, "possible": 5, "rate": 0.4}
    assert types_of(frame) == {
        "weekday": "int64",
        "done": "int64",
        "possible": "int64",
        "rate": "float64",
    }


def test_weekdays_without_a_possible_day_have_no_rate(session: Session, ada: Learner) -> None:
    full, empty = (
        frames.weekdays(session, ada.id, ada.run, start=START, end=end, now=NOW)
        for end in (END, START)  # before the habit's first day
    )
    assert empty["weekday"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert empty["possible"].tolist() == [0] * 7
    assert or_none(empty["rate"]) == [None] * 7
    assert types_of(empty) == types_of(full)
    assert empty.index.equals(full.index)


def test_days_of_all_habits_are_those_of_the_service(session: Session, ada: Learner) -> None:
    with count_statements(session) as statements:
        frame = frames.done_by_day(session, ada.id, start=START, end=END, now=NOW)
    assert len(statements) == 1
    counted = habits.done_by_day(session, ada.id, START, END, now=NOW)
    assert days_of(frame) == [day.day for day in counted]
    assert frame.index.name == "day"
    assert frame["done"].tolist() == [day.done for day in counted]
    assert frame["due"].tolist() == [day.due for day in counted]
    shares = [day.done / day.due if day.due else None for day in counted]
    assert or_none(frame["share"]) == shares
    assert {None, 0.0, 1.0} <= {*shares}
    assert types_of(frame) == {"done": "int64", "due": "int64", "share": "float64"}


@pytest.fixture
def home(session: Session, ada: Learner) -> int:
    """A category of some of the user's tasks, which differ in all that they are found by."""
    make = Factory(session, now=NOW)
    user = users.get(session, ada.id)
    home = make.category(user, name="Home")
    make.task(user, title="Sweep", category=home, due_date=date(2026, 3, 1), external_id="x1")
    make.task(user, title="Call", description="before noon", due_at=NOW)
    make.task(user, title="Rent", category=home, completed=True, completed_at=NOW)
    make.task(user, title="Juggle", priority=3, tags=["home"])
    make.task(user, title="Water", recurrence="FREQ=DAILY", due_date=date(2026, 3, 20))
    old = make.task(user, title="Old", due_date=date(2026, 2, 1))
    tasks.archive(session, ada.id, old.id, now=NOW)
    return home.id


TASKS: list[dict[str, Any]] = [
    {},
    {"completed": True},
    {"has_category": True},
    {"has_category": False},
    {"due": "overdue"},
    {"due": "today"},
    {"due_start": date(2026, 3, 1), "due_end": date(2026, 3, 1)},
    {"has_due": False},
    {"completed_start": NOW.date(), "completed_end": NOW.date()},
    {"archived": True},
    {"archived": None},
    {"text": "NOON"},
    {"has_priority": True},
    {"tags_any": ["HOME"]},
    {"repeats": True},
]
TYPES_OF_TASKS = {
    "title": "string",
    "description": "string",
    "category_id": "Int64",
    "category": "category",
    "completed": "bool",
    "completed_at": "datetime64[us, UTC]",
    "completed_on": "datetime64[s]",
    "due_at": "datetime64[us, UTC]",
    "due_day": "datetime64[s]",
    "starts_on": "datetime64[s]",
    "priority": "Int64",
    "estimate_minutes": "Int64",
    "tags": "object",
    "parent_id": "Int64",
    "subtasks": "int64",
    "completed_subtasks": "int64",
    "recurrence": "string",
    "repeats_from": "category",
    "occurrence_date": "datetime64[s]",
    "archived_at": "datetime64[us, UTC]",
    "created_at": "datetime64[us, UTC]",
    "external_id": "string",
}


@pytest.mark.parametrize("filters", TASKS, ids=str)
def test_tasks_are_those_that_the_service_finds(
    filters: dict[str, Any], session: Session, ada: Learner, home: int
) -> None:
    frame = frames.tasks(session, ada.id, **filters, now=NOW)
    found = tasks.find(session, ada.id, **filters, now=NOW)
    assert found
    assert len(found) < 6 or filters == {"archived": None}
    assert frame.index.tolist() == [task.id for task in found]
    for name in ("title", "completed", "completed_at", "due_at", "archived_at", "created_at"):
        values = [None if pd.isna(value) else value for value in frame[name]]
        assert values == [getattr(task, name) for task in found]
    for name in ("completed_on", "due_day"):
        days = [None if pd.isna(day) else day.date() for day in frame[name]]
        assert days == [getattr(task, name) for task in found]
    names = [None if pd.isna(name) else name for name in frame["category"]]
    assert names == ["Home" if task.category_id == home else None for task in found]


def test_tasks_have_columns_of_their_types_also_without_rows(
    session: Session, ada: Learner, home: int
) -> None:
    with count_statements(session) as statements:
        full = frames.tasks(session, ada.id)
    assert len(statements) == 1
    bob = users.create(session, UserCreate(email="bob@example.com")).id
    empty = frames.tasks(session, bob)
    assert empty.empty
    assert types_of(full) == types_of(empty) == TYPES_OF_TASKS
    for frame in (full, empty):
        assert (str(frame.index.dtype), frame.index.name) == ("int64", "task_id")


def test_tasks_take_what_finds_them_except_what_is_for_a_page() -> None:
    of_find, of_frame = keywords(tasks.find), keywords(frames.tasks)
    assert of_find.keys() - of_frame.keys() == {"order_by", "limit", "after"}
    assert of_frame.items() <= of_find.items()


def test_tasks_have_their_priority_start_tags_subtasks_and_recurrence(
    session: Session, ada: Learner
) -> None:
    make = Factory(session, now=NOW)
    user = users.get(session, ada.id)
    whole = make.task(user, title="Move", priority=1, tags=["home", "Big"])
    make.task(title="Pack", parent=whole, estimate_minutes=30, starts_on=START, tags=["home"])
    make.task(title="Clean", parent=whole, completed=True)
    make.task(user, title="Pay", recurrence="FREQ=MONTHLY", repeats_from="completion", due_date=END)
    frame = frames.tasks(session, ada.id).set_index("title")
    assert frame["subtasks"].tolist() == [2, 0, 0, 0]
    assert frame["completed_subtasks"].tolist() == [1, 0, 0, 0]
    assert frame.loc[["Pack", "Clean"], "parent_id"].tolist() == [whole.id, whole.id]
    assert frame.explode("tags").groupby("tags").size().to_dict() == {"home": 2, "Big": 1}
    assert frame["tags"].tolist() == [("Big", "home"), ("home",), (), ()]
    by_tag = frames.totals(session, ada.id, by="tag", fill=True)
    ids = tuple(by_tag["tag_id"].to_numpy())
    assert len(frames.tasks(session, ada.id, tags_any=ids)) == 2
    assert frame.loc["Move", "priority"] == 1
    assert (frame.loc["Pack", "estimate_minutes"], frame.loc["Pack", "starts_on"]) == (
        30,
        pd.Timestamp(START),
    )
    rule = ["recurrence", "repeats_from", "occurrence_date"]
    of_pay = [frame.loc["Pay", name] for name in rule]
    assert of_pay == ["FREQ=MONTHLY", "completion", pd.Timestamp(END)]
    assert frame.loc[["Move", "Pack", "Clean"], [*rule, "due_day"]].isna().all(axis=None)


def test_tasks_have_no_filter_that_does_not_exist(session: Session, ada: Learner) -> None:
    misspelt: dict[str, Any] = {"complete": True}
    with pytest.raises(TypeError, match="tasks have no filter 'complete'"):
        frames.tasks(session, ada.id, **misspelt)


def test_tasks_take_ids_of_tags_out_of_a_frame(session: Session, ada: Learner) -> None:
    make = Factory(session, now=NOW)
    user = users.get(session, ada.id)
    tag = make.tag(user, name="home")
    make.task(user, title="Sweep", tags=["home"])
    make.task(user, title="Rest")
    ids: list[Any] = [np.int64(tag.id), "other"]
    assert frames.tasks(session, ada.id, tags_any=ids)["title"].tolist() == ["Sweep"]


def test_tasks_are_not_cut_off_after_a_page(session: Session, ada: Learner) -> None:
    tasks.create_many(session, ada.id, (TaskCreate(title=f"{n}") for n in range(1001)))
    with count_statements(session) as statements:
        frame = frames.tasks(session, ada.id)
    assert len(frame) == 1001
    assert len(statements) == 1


def test_tasks_take_ids_and_days_of_a_frame_and_find_nobody_elses(
    session: Session, ada: Learner, home: int
) -> None:
    day = date(2026, 3, 1)
    plain_one = frames.tasks(session, ada.id, category_id=home, due_start=day, due_end=day)
    of_frames = frames.tasks(
        session,
        np.int64(ada.id),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        category_id=np.int64(home),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        due_start=pd.Timestamp(day),
        due_end=pd.Timestamp(day),
    )
    pd.testing.assert_frame_equal(of_frames, plain_one)
    assert of_frames["title"].tolist() == ["Sweep"]
    bob = users.create(session, UserCreate(email="bob@example.com")).id
    for user_id, category_id in ((bob, home), (ada.id + 999, None)):
        with pytest.raises(NotFound):
            frames.tasks(session, user_id, category_id=category_id)
    with pytest.raises(ValidationError):
        frames.tasks(session, ada.id, due_start=END, due_end=START)


FRAMES: dict[str, Callable[[Session, int], pd.DataFrame]] = {
    "totals": partial(frames.totals, start=START, end=END),
    "totals by topic": partial(frames.totals, start=START, end=END, by="topic"),
    "totals by tag": partial(frames.totals, start=START, end=END, by="tag"),
    "minutes_by_topic": partial(frames.minutes_by_topic, start=START, end=END),
    "seconds_by_topic": partial(frames.seconds_by_topic, start=START, end=END),
    "check_ins": frames.check_ins,
    "sessions": frames.sessions,
    "strength": partial(frames.strength, start=START, end=END),
}


@pytest.mark.parametrize("name", FRAMES)
def test_an_empty_frame_has_the_columns_and_types_of_a_full_one(
    name: str, session: Session, ada: Learner
) -> None:
    nobody = users.create(session, UserCreate(email="bob@example.com")).id
    empty, full = (FRAMES[name](session, user_id) for user_id in (nobody, ada.id))
    assert empty.index.dtype == full.index.dtype
    assert empty.index.name == full.index.name
    assert empty.columns.dtype == full.columns.dtype
    if name.endswith("s_by_topic"):  # no topic, no column; the weeks are there
        assert empty.shape == (11, 0)
    else:
        assert empty.empty
        assert types_of(empty) == types_of(full)


def test_an_empty_frame_of_amounts_has_the_types_of_a_full_one(
    session: Session, ada: Learner
) -> None:
    with count_statements(session) as statements:
        empty, full = (
            frames.amounts(session, ada.id, ada.run, start=START, end=end) for end in (START, END)
        )
    assert empty.empty
    assert types_of(empty) == types_of(full)
    assert empty.index.dtype == full.index.dtype
    assert len(statements) == 2


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_takes_one_statement(name: str, session: Session, ada: Learner) -> None:
    with count_statements(session) as statements:
        FRAMES[name](session, ada.id)
    assert len(statements) == 1


Day = Callable[[date], Any]
FILTERED: dict[str, Callable[[Learner], Callable[..., pd.DataFrame]]] = {
    "totals": lambda who: partial(frames.totals, user_id=who.id, topic_id=who.sql),
    "totals by topic": lambda who: partial(
        frames.totals, user_id=who.id, topic_id=who.sql, by="topic"
    ),
    "totals by tag": lambda who: partial(
        frames.totals, user_id=who.id, topic_id=who.sql, by="tag", fill=True
    ),
    "minutes_by_topic": lambda who: partial(frames.minutes_by_topic, user_id=who.id),
    "seconds_by_topic": lambda who: partial(frames.seconds_by_topic, user_id=who.id),
    "check_ins": lambda who: partial(frames.check_ins, user_id=who.id, habit_id=who.run),
    "sessions": lambda who: partial(frames.sessions, user_id=who.id, topic_id=who.sql),
    "amounts": lambda who: partial(frames.amounts, user_id=who.id, habit_id=who.run),
    "history": lambda who: partial(frames.history, user_id=who.id, habit_id=who.run, now=NOW),
    "done_by_day": lambda who: partial(frames.done_by_day, user_id=who.id, now=NOW),
    "strength": lambda who: partial(frames.strength, user_id=who.id, habit_id=who.run, now=NOW),
    "weekdays": lambda who: partial(frames.weekdays, user_id=who.id, habit_id=who.run, now=NOW),
}


def plain(day: date) -> date:
    return day


def filtered(name: str, session: Session, who: Learner, day: Day = plain) -> pd.DataFrame:
    return FILTERED[name](who)(session, start=day(START), end=day(END))


@pytest.mark.parametrize("name", [name for name in FILTERED if "_by_" not in name])
def test_rows_of_another_user_are_not_found(name: str, session: Session, ada: Learner) -> None:
    bob = users.create(session, UserCreate(email="bob@example.com")).id
    with pytest.raises(NotFound):
        filtered(name, session, replace(ada, id=bob))


@pytest.mark.parametrize("name", FILTERED)
def test_an_unknown_user_is_not_found(name: str, session: Session, ada: Learner) -> None:
    nobody = replace(ada, id=ada.id + 999)
    with pytest.raises(NotFound):
        filtered(name, session, nobody)
    if name in FRAMES:
        with pytest.raises(NotFound):
            FRAMES[name](session, nobody.id)


@pytest.mark.parametrize("name", FILTERED)
def test_ids_and_days_may_be_those_of_a_frame(name: str, session: Session, ada: Learner) -> None:
    of_frames = filtered(name, session, ada.with_ids(np.int64), pd.Timestamp)
    assert not of_frames.empty
    pd.testing.assert_frame_equal(of_frames, filtered(name, session, ada))


@pytest.mark.parametrize("name", FILTERED)
@pytest.mark.parametrize("wrong", ["2026-01-01 11:00", "2026-01-01 00:00Z"])
def test_an_instant_is_no_day(wrong: str, name: str, session: Session, ada: Learner) -> None:
    with pytest.raises(ValidationError):
        filtered(name, session, ada, lambda _: pd.Timestamp(wrong))


@pytest.mark.parametrize("name", FILTERED)
def test_a_bool_or_a_float_is_no_id(name: str, session: Session, ada: Learner) -> None:
    for wrong, error in ((bool, NotFound), (float, TypeError), (np.float64, TypeError)):
        with pytest.raises(error):
            filtered(name, session, ada.with_ids(wrong))


def test_habits_of_one_name_have_their_ids(session: Session, ada: Learner) -> None:
    again = HabitCreate(name="Run", frequency="daily", starts_on=START)
    other = habits.create(session, ada.id, again, now=NOW).id
    habits.check_in(session, ada.id, other, on=END, now=NOW)
    frame = frames.check_ins(session, ada.id)
    sizes = frame.groupby("habit_id").size()
    assert sizes[other] == 1
    assert sizes[ada.run] == frame["habit"].value_counts()["Run"] - 1


def test_bad_arguments_are_validation_errors(session: Session, ada: Learner) -> None:
    decade: Any = "decade"
    wrong: list[Callable[[], pd.DataFrame]] = [
        lambda: frames.totals(session, ada.id, start=END, end=START),
        lambda: frames.totals(session, ada.id, start=START, end=END, by=decade),
        lambda: frames.minutes_by_topic(session, ada.id, start=START, end=END, by=decade),
        lambda: frames.amounts(session, ada.id, ada.run, start=END, end=START),
        lambda: frames.amounts(session, ada.id, ada.run, start=START, end=END, by=decade),
        lambda: frames.weekdays(session, ada.id, ada.run, start=END, end=START),
        lambda: frames.check_ins(session, ada.id, start=END, end=START),
        lambda: frames.sessions(session, ada.id, start=END, end=START),
    ]
    for call in wrong:
        with pytest.raises(ValidationError):
            call()


def test_a_frame_holds_the_first_and_the_last_date(session: Session, ada: Learner) -> None:
    first = StudySessionCreate(topic_id=ada.sql, duration_minutes=1, study_date=date.min)
    study_sessions.create(session, ada.id, first, now=NOW)
    frame = frames.totals(session, ada.id, start=date.min, end=date.max, by="week")
    assert days_of(frame)[0] == date.min
