"""What lists of tasks, habits and topics can be filtered by, and what their numbers are."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.support import NOW, TODAY, person
from tests.support.databases import empty
from trackercore import (
    CategoryCreate,
    Database,
    HabitCreate,
    NotFound,
    Task,
    TaskCreate,
    TaskFilters,
    TaskOrder,
    TopicCreate,
    UserCreate,
    categories,
    habits,
    tasks,
    topics,
    users,
)

DAY = timedelta(days=1)
NUMBERS = st.integers(1, 5)
DAYS = st.integers(-2, 2).map(lambda days: TODAY + days * DAY)
INSTANTS = st.integers(-10, 10).map(lambda hours: NOW + 6 * hours * DAY / 24)
FLAGS = st.none() | st.booleans()


RANGES = {
    "due": DAYS,
    "completed": DAYS,
    "starts": DAYS,
    "priority": NUMBERS,
    "estimate": NUMBERS,
}
"""The filters by a range, and the ends that a range may have."""

HAS = ("category", "due", "start", "priority", "estimate", "parent")
"""The filters by whether a task has a value."""


def is_in_order(filters: dict[str, Any], what: str) -> bool:
    first, last = filters.get(f"{what}_start"), filters.get(f"{what}_end")
    return first is None or last is None or first <= last


FILTERS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "completed": st.booleans(),
        "repeats": st.booleans(),
        "archived": FLAGS,
        "started": FLAGS,
        **{f"has_{name}": st.booleans() for name in HAS},
        **{f"{name}_{end}": ends for name, ends in RANGES.items() for end in ("start", "end")},
    },
).filter(lambda filters: all(map(partial(is_in_order, filters), RANGES)))


@st.composite
def new_tasks(draw: st.DrawFn) -> dict[str, Any]:
    due = draw(st.none() | DAYS | INSTANTS)
    is_timed = isinstance(due, datetime)
    has_parent = draw(st.booleans())
    return {
        "has_parent": has_parent,
        "repeats": due is not None and not has_parent and draw(st.booleans()),
        "starts_on": draw(st.none() | DAYS),
        "priority": draw(st.none() | NUMBERS),
        "estimate_minutes": draw(st.none() | NUMBERS),
        "completed_at": draw(st.none() | INSTANTS),
        "has_category": draw(st.booleans()),
        "is_archived": draw(st.booleans()),
        "due_at": due if is_timed else None,
        "due_date": None if is_timed else due,
    }


PARENT: dict[str, Any] = dict.fromkeys(
    ("due_date", "due_at", "completed_at", "starts_on", "priority", "estimate_minutes")
) | {"has_category": False, "has_parent": False, "repeats": False, "is_archived": True}
"""What `new_tasks` would say of the parent of the subtasks."""


def local_day(instant: datetime | None) -> date | None:
    """Somebody's in UTC whose day begins at three."""
    return None if instant is None else (instant - timedelta(hours=3)).date()


def is_found(task: dict[str, Any], filters: dict[str, Any]) -> bool:
    """The rules, one after the other."""
    values = {
        "due": task["due_date"] or local_day(task["due_at"]),
        "completed": local_day(task["completed_at"]),
        "starts": task["starts_on"],
        "priority": task["priority"],
        "estimate": task["estimate_minutes"],
    }
    facts = {
        "completed": task["completed_at"] is not None,
        "has_category": task["has_category"],
        "has_parent": task["has_parent"],
        "has_due": values["due"] is not None,
        "has_start": values["starts"] is not None,
        "has_priority": values["priority"] is not None,
        "has_estimate": values["estimate"] is not None,
        "repeats": task["repeats"],
        "archived": task["is_archived"],
        "started": any(day <= TODAY for day in (values["starts"], values["due"]) if day)
        or values["starts"] is None,
    }
    wanted = {"archived": False} | filters
    if any(wanted.get(name) not in (None, fact) for name, fact in facts.items()):
        return False
    for what, value in values.items():
        first, last = filters.get(f"{what}_start"), filters.get(f"{what}_end")
        if (first or last) and (value is None or not (first or value) <= value <= (last or value)):
            return False
    return True


@settings(max_examples=settings().max_examples // 20)
@given(
    st.lists(new_tasks(), max_size=8),
    st.lists(FILTERS, min_size=4, max_size=4),
    st.sampled_from(get_args(TaskOrder)),
    st.integers(1, 3),
)
def test_a_task_is_found_and_counted_if_it_meets_every_filter(
    database: Database,
    wanted: list[dict[str, Any]],
    many_filters: list[dict[str, Any]],
    order_by: TaskOrder,
    limit: int,
) -> None:
    with database.session() as session:
        owner = users.create(session, UserCreate(email="a@example.com", day_starts_at=180)).id
        category = categories.create(session, owner, CategoryCreate(name="Home")).id
        parent = tasks.create(session, owner, TaskCreate(title="p"))
        parent.archived_at = NOW
        ids = [create(session, owner, category, parent.id, task) for task in wanted]
        for filters in many_filters:
            expected = {
                row_id for row_id, task in zip(ids, wanted, strict=True) if is_found(task, filters)
            }
            if is_found(PARENT, filters):
                expected.add(parent.id)
            found: list[int] = []
            page = None
            while page := tasks.find(
                session, owner, **filters, order_by=order_by, now=NOW, limit=limit, after=page
            ):
                found += [task.id for task in page]
            assert sorted(found) == sorted(expected), filters
            assert tasks.count(session, owner, **filters, now=NOW) == len(expected), filters
    empty(database)


def create(session: Session, owner: int, category: int, parent: int, task: dict[str, Any]) -> int:
    data = TaskCreate(
        title="t",
        category_id=category if task["has_category"] else None,
        due_at=task["due_at"],
        due_date=task["due_date"],
        completed=task["completed_at"] is not None,
        completed_at=task["completed_at"],
        priority=task["priority"],
        estimate_minutes=task["estimate_minutes"],
        parent_id=parent if task["has_parent"] else None,
        recurrence="FREQ=DAILY" if task["repeats"] else None,
    )
    row = tasks.create(session, owner, data)
    row.starts_on = task["starts_on"]  # also after its due day, which a service refuses
    row.archived_at = NOW if task["is_archived"] else None
    return row.id


def test_a_filter_that_does_not_exist_is_named(session: Session) -> None:
    ids = person(session)
    for call in (tasks.find, tasks.count):
        misspelt: dict[str, Any] = {"complete": True}
        with pytest.raises(TypeError) as error:
            call(session, ids.user, **misspelt)
        text = str(error.value)
        assert text.startswith("tasks have no filter 'complete'; there are archived, category_id, ")
        assert set(re.findall(r"\w+", text.partition("there are ")[2])) == {
            *TaskFilters.__annotations__
        } | {"and"}


@pytest.mark.parametrize(
    ("name", "ends", "relation"),
    [
        ("priority", (3, 1), "greater than"),
        ("estimate", (30, 5), "greater than"),
        ("due", (date(2026, 3, 2), date(2026, 3, 1)), "after"),
        ("completed", (date(2026, 3, 2), date(2026, 3, 1)), "after"),
    ],
)
def test_a_range_that_ends_before_it_starts_is_named(
    session: Session, name: str, ends: tuple[Any, Any], relation: str
) -> None:
    ids = person(session)
    start, end = ends
    filters: Any = {f"{name}_start": start, f"{name}_end": end}
    for call in (tasks.find, tasks.count):
        with pytest.raises(ValidationError) as caught:
            call(session, ids.user, **filters)
        (error,) = caught.value.errors()
        assert (error["loc"], error.get("ctx")) == ((f"{name}_end",), {"start": start, "end": end})
        assert error["msg"] == f"{name}_start {start} is {relation} {name}_end {end}"


def test_due_and_a_range_of_days_are_both_met(session: Session) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    for days in range(-3, 4):
        tasks.create(session, owner, TaskCreate(title="t", due_date=TODAY + days * DAY))

    def days_of(**filters: Any) -> list[int]:
        found = tasks.find(session, owner, now=NOW, order_by="-due", **filters)
        assert tasks.count(session, owner, now=NOW, **filters) == len(found)
        return [(task.due_day - TODAY).days for task in found if task.due_day]

    assert days_of(due="overdue", due_start=TODAY - 2 * DAY) == [-1, -2]
    assert days_of(due="upcoming", due_end=TODAY + 2 * DAY) == [2, 1]
    assert days_of(due="today", due_start=TODAY + DAY) == []


def test_habits_have_categories_texts_and_archived_ones_as_tasks_have(session: Session) -> None:
    ids = person(session)
    new = {"frequency": "daily", "name": "Ride", "description": "a Straße", "unit": "km"}
    data = HabitCreate.model_validate(new | {"category_id": ids.category})
    ride = habits.create(session, ids.user, data, now=NOW).id
    old = habits.create(session, ids.user, HabitCreate(name="Old", frequency="daily"), now=NOW).id
    habits.archive(session, ids.user, old, now=NOW)
    for filters, expected in (
        ({}, [ids.habit, ride]),
        ({"archived": True}, [old]),
        ({"archived": None}, [ids.habit, ride, old]),
        ({"category_id": ids.category}, [ride]),
        ({"has_category": True}, [ride]),
        ({"has_category": False}, [ids.habit]),
        ({"text": "RI"}, [ride]),
        ({"text": "strasse"}, [ride]),
        ({"text": "km"}, []),
    ):
        options: dict[str, Any] = {**filters}
        for order_by in ("id", "streak", "name"):
            options["order_by"] = order_by
            found = [row.id for row in habits.find(session, ids.user, **options, now=NOW)]
            assert sorted(found) == expected, options
        del options["order_by"]
        assert habits.count(session, ids.user, **options) == len(expected), filters


def test_archived_topics_are_left_out_unless_they_are_wanted(session: Session) -> None:
    ids = person(session)
    old = topics.create(session, ids.user, TopicCreate(name="Old"))
    old.archived_at = datetime(2026, 1, 1, tzinfo=UTC)
    for archived, expected in ((False, [ids.topic]), (True, [old.id]), (None, [ids.topic, old.id])):
        found = topics.find(session, ids.user, archived=archived)
        assert [row.id for row in found] == expected
        assert topics.count(session, ids.user, archived=archived) == len(expected)


@pytest.mark.parametrize("service", [tasks, habits])
def test_a_category_of_nobody_s_is_not_an_empty_one(session: Session, service: Any) -> None:
    ids = person(session)
    empty_one = categories.create(session, ids.user, CategoryCreate(name="Empty")).id
    assert len(service.find(session, ids.user, category_id=empty_one)) == 0
    assert service.count(session, ids.user, category_id=empty_one) == 0
    for call in (service.find, service.count):
        with pytest.raises(NotFound):
            call(session, ids.user, category_id=empty_one + 1)


def test_a_page_is_a_sequence_of_its_rows(session: Session) -> None:
    ids = person(session)
    for title in ("b", "c"):
        tasks.create(session, ids.user, TaskCreate(title=title))
    page = tasks.find(session, ids.user)
    rows: list[Task] = page.items
    assert (len(page), page[0], page[-1], page[1:]) == (3, rows[0], rows[2], rows[1:])
    assert list(page) == rows
    assert list(reversed(page)) == rows[::-1]
    assert rows[1] in page
    assert page.index(rows[1]) == 1
    assert not tasks.find(session, ids.user, after=page)
