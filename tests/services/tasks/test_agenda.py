"""The agenda: all tasks by local day, repeating ones with the occurrences to come."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.measures import analyze, effort
from tests.services.support import NOW, TODAY
from tests.support.databases import empty
from tests.support.statements import count_statements
from trackercore import (
    AgendaFilters,
    AgendaItem,
    CategoryCreate,
    Database,
    NotFound,
    RepeatsFrom,
    Task,
    TaskCreate,
    TaskOccurrence,
    TaskRead,
    UserCreate,
    UserUpdate,
    categories,
    tasks,
    users,
)

DAY = timedelta(days=1)
WEEK = (TODAY - 3 * DAY, TODAY + 3 * DAY)
Item = tuple[date, date | datetime, int, str, date | None]


def new(title: str = "t", **fields: Any) -> TaskCreate:
    return TaskCreate(title=title, **fields)


def by_the_other_calls(session: Session, owner: int, days: tuple[date, date]) -> Iterator[Item]:
    """The same from `find` and `occurrences`, task by task."""
    for task in tasks.find(session, owner, limit=1000):
        found = tasks.occurrences(
            session, owner, task.id, days[0] - 50 * DAY, days[1] + 50 * DAY, now=NOW
        )
        for one in found:
            if one.due_day and days[0] <= one.due_day <= days[1]:
                due = one.due_at or one.due_date or one.due_day
                yield one.due_day, due, task.id, one.status, one.occurrence_date
        if task.recurrence is None and task.due_day and days[0] <= task.due_day <= days[1]:
            status = "completed" if task.completed else "open"
            yield task.due_day, task.due_at or task.due_day, task.id, status, None


def in_order(item: Item) -> tuple[date, datetime, int, date]:
    day, due, task_id, _, occurrence_date = item
    at = due if isinstance(due, datetime) else datetime.min.replace(tzinfo=UTC)
    return day, at, task_id, occurrence_date or day


DUES = st.integers(-20, 9).map(lambda days: {"due_date": TODAY + days * DAY}) | st.integers(
    -20 * 8, 9 * 8
).map(lambda parts: {"due_at": NOW + parts * timedelta(hours=3)})
RULES = st.sampled_from(
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;COUNT=5",
        "FREQ=WEEKLY;BYDAY=MO,FR",
        "FREQ=WEEKLY;UNTIL=20260314",
        "FREQ=MONTHLY",
    ]
)
REPEATS = st.fixed_dictionaries({"recurrence": RULES}) | st.sampled_from(
    [{}, {"recurrence": "FREQ=DAILY;INTERVAL=2", "repeats_from": "completion"}]
)
DEEDS = st.lists(st.sampled_from(["complete", "skip", "reopen", "postpone", "archive"]), max_size=4)


def do(session: Session, owner: int, task: Task, deed: str, now: datetime) -> None:
    if deed == "complete":
        tasks.complete(session, owner, task.id, now=now)
    elif deed == "skip" and task.recurrence is not None and not task.completed:
        tasks.skip_occurrence(session, owner, task.id, now=now)
    elif deed == "reopen":
        tasks.reopen(session, owner, task.id, now=now)
    elif deed == "postpone" and task.due_date is not None:
        task.due_date += DAY
    elif deed == "archive":
        tasks.archive(session, owner, task.id, now=now)


@pytest.mark.slow
@settings(max_examples=max(5, settings().max_examples // 20))
@given(
    st.lists(st.tuples(DUES, REPEATS, DEEDS), max_size=6),
    st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati"]),
    st.sampled_from([0, 180, 1439]),
)
def test_it_has_what_the_lists_and_the_occurrences_of_each_task_have(
    database: Database,
    wanted: list[tuple[dict[str, Any], dict[str, Any], list[str]]],
    time_zone: str,
    day_starts_at: int,
) -> None:
    with database.session() as session:
        data = UserCreate(email="a@example.com", time_zone=time_zone, day_starts_at=day_starts_at)
        owner = users.create(session, data).id
        for due, repeats, deeds in wanted:
            task = tasks.create(session, owner, new(**due, **repeats))
            for number, deed in enumerate(deeds):
                do(session, owner, task, deed, NOW - (5 - number) * DAY)
        found = tasks.agenda(session, owner, *WEEK, now=NOW)
        items = [
            (
                item.day,
                item.due_at or item.due_date or item.day,
                item.task.id,
                item.status,
                item.occurrence_date,
            )
            for item in found
        ]
        of_others = by_the_other_calls(session, owner, WEEK)
        expected = [item for item in of_others if item[3] not in ("skipped", "missed")]
        assert items == sorted(expected, key=in_order)
    empty(database)


def test_a_repeating_task_is_there_as_it_was_as_it_is_and_as_it_will_be(session: Session) -> None:
    owner = users.create(session, UserCreate(email="a@example.com", time_zone="Europe/Berlin")).id
    at = datetime(2026, 3, 8, 8, tzinfo=UTC)  # nine in Berlin
    task = tasks.create(session, owner, new("Water", due_at=at, recurrence="FREQ=DAILY"))
    tasks.create(session, owner, new("Sow", due_date=TODAY))
    tasks.complete(session, owner, task.id, now=at + timedelta(hours=1))
    days = (date(2026, 3, 8), date(2026, 3, 29))
    items = tasks.agenda(session, owner, *days, now=NOW)
    water = [item for item in items if item.task.title == "Water"]
    # The 10th is over and was not completed; clocks change on the 29th.
    assert [(item.day.day, item.status) for item in water] == [
        (8, "completed"),
        (9, "open"),
        *((day, "upcoming") for day in range(11, 30)),
    ]
    assert [item.due_at and item.due_at.hour for item in water] == [8] * 20 + [7]
    assert water[-1].task is water[0].task
    assert [item.task.title for item in items if item.day == TODAY] == ["Sow"]
    assert (items[2].status, items[2].occurrence_date, items[2].due_date) == ("open", None, TODAY)


@pytest.mark.parametrize("repeats_from", ["due", "completion"])
def test_what_was_done_is_there_once_where_the_open_one_is_not(
    session: Session, repeats_from: RepeatsFrom
) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    rule = {"recurrence": "FREQ=DAILY", "repeats_from": repeats_from}
    task = tasks.create(session, owner, new(due_date=TODAY, **rule))
    tasks.complete(session, owner, task.id, now=NOW)
    items = tasks.agenda(session, owner, TODAY, TODAY, now=NOW)
    assert [(item.occurrence_date, item.status) for item in items] == [(TODAY, "completed")]


def test_a_last_occurrence_that_was_skipped_is_left_out(session: Session) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    task = tasks.create(session, owner, new(due_date=TODAY, recurrence="FREQ=DAILY;COUNT=1"))
    tasks.skip_occurrence(session, owner, task.id, now=NOW)
    assert task.completed
    assert tasks.agenda(session, owner, *WEEK, now=NOW) == []


def test_its_range_is_bounded(session: Session) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    tasks.create(session, owner, new(due_date=TODAY, recurrence="FREQ=DAILY"))
    assert len(tasks.agenda(session, owner, TODAY, TODAY + 365 * DAY, now=NOW)) == 366
    with pytest.raises(ValidationError, match="367 days"):
        tasks.agenda(session, owner, TODAY, TODAY + 366 * DAY, now=NOW)
    days = TODAY, TODAY + 366 * DAY
    assert len(tasks.agenda(session, owner, *days, max_days=367, now=NOW)) == 367


def test_it_is_one_statement_that_reads_what_it_shows(session: Session) -> None:
    owners = [
        users.create(session, UserCreate(email=f"{name}@example.com")).id for name in ("a", "b")
    ]
    for owner in owners:
        tasks.create_many(session, owner, (new(due_date=TODAY + n * DAY) for n in range(-300, 300)))
    owner = owners[0]
    for number in range(5):
        due = TODAY - number * DAY
        tasks.create(session, owner, new(due_date=due, recurrence="FREQ=WEEKLY"))
    analyze(session)
    session.expunge_all()
    with count_statements(session) as statements:
        assert len(tasks.agenda(session, owner, *WEEK, now=NOW)) == 7 + 5
    assert len(statements) == 1
    a_week = effort(session, tasks.agenda, session, owner, *WEEK, now=NOW)
    tasks.create_many(session, owner, (new(due_date=TODAY + n * DAY) for n in range(10, 3000)))
    analyze(session)
    assert effort(session, tasks.agenda, session, owner, *WEEK, now=NOW) <= 3 * a_week


def test_years_of_occurrences_cost_it_nothing(session: Session) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    task = tasks.create(session, owner, new(due_date=TODAY, recurrence="FREQ=DAILY"))
    analyze(session)
    before = effort(session, tasks.agenda, session, owner, *WEEK, now=NOW)
    session.add_all(
        TaskOccurrence(
            user_id=owner,
            task_id=task.id,
            number=number,
            occurrence_date=TODAY - (1000 - number) * DAY,
            status="completed",
            due_date=TODAY - (1000 - number) * DAY,
        )
        for number in range(1, 900)
    )
    session.flush()
    analyze(session)
    assert effort(session, tasks.agenda, session, owner, *WEEK, now=NOW) <= before + 100


def test_its_items_are_those_that_pydantic_would_check(session: Session) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    fields: dict[str, Any] = {"tags": ["home"], "priority": 1, "extra": {"colour": "red"}}
    parent = tasks.create(session, owner, new(due_at=NOW + DAY, recurrence="FREQ=DAILY", **fields))
    tasks.create(session, owner, new(due_date=TODAY, parent_id=parent.id, completed=True))
    tasks.complete(session, owner, parent.id, now=NOW)
    items = tasks.agenda(session, owner, *WEEK, now=NOW)
    assert {item.status for item in items} == {"completed", "open", "upcoming"}
    for item in items:
        task = TaskRead.model_validate(tasks.get(session, owner, item.task.id))
        checked = AgendaItem.model_validate({**vars(item), "task": task})
        assert item == checked
        assert repr(item) == repr(checked)
        assert item.task == task
        assert item.model_fields_set == checked.model_fields_set
        assert item.task.model_fields_set == task.model_fields_set
        assert item.model_dump_json(exclude_unset=True) == checked.model_dump_json()
        assert AgendaItem.model_validate_json(item.model_dump_json()) == item
        assert pickle.loads(pickle.dumps(item)) == item  # noqa: S301 - our own
        assert deepcopy(item).model_copy(update={"status": "open"}).status == "open"


FILTERS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "has_category": st.booleans(),
        "priority_start": st.integers(1, 2),
        "priority_end": st.integers(2, 3),
        "has_priority": st.booleans(),
        "has_estimate": st.none() | st.booleans(),
        "has_parent": st.booleans(),
        "repeats": st.booleans(),
        "tags_all": st.lists(st.sampled_from(["home", "Fun"]), max_size=2),
        "tags_any": st.sets(st.sampled_from(["HOME", "fun"])),
        "untagged": st.booleans(),
        "text": st.sampled_from(["o", "fun"]),
        "extra": st.just({"colour": "red"}),
    },
)


@pytest.mark.slow
@settings(max_examples=settings().max_examples // 5)
@given(st.lists(FILTERS, min_size=5, max_size=5))
def test_filters_choose_the_tasks_that_they_choose_in_a_list(
    database: Database, some: list[dict[str, Any]]
) -> None:
    """Of tasks of every kind, some with occurrences that were completed in the days."""
    with database.session() as session:
        owner = users.create(session, UserCreate(email="a@example.com")).id
        home = categories.create(session, owner, CategoryCreate(name="Home")).id
        for number, rule in enumerate([{}, {"recurrence": "FREQ=DAILY"}] * 6):
            tags = [name for bit, name in ((1, "Home"), (2, "Fun")) if number // 2 & bit]
            kind = {
                "category_id": home if number % 3 else None,
                "priority": [None, 1, 2, 3][number % 4],
                "extra": {"colour": "red"} if number % 5 else {},
            }
            due = TODAY - (number % 3) * DAY
            task = tasks.create(session, owner, new("Sow", due_date=due, tags=tags, **kind, **rule))
            if number % 4 > 1:
                tasks.complete(session, owner, task.id, now=NOW)
            tasks.create(session, owner, new("Mow", due_date=due, parent_id=task.id))
        everything = tasks.agenda(session, owner, *WEEK, now=NOW)
        for filters in some:
            chosen = {task.id for task in tasks.find(session, owner, **filters)}
            expected = [item for item in everything if item.task.id in chosen]
            assert tasks.agenda(session, owner, *WEEK, now=NOW, **filters) == expected
        session.rollback()


def test_filters_of_the_agenda_are_those_of_a_task_and_not_of_an_occurrence(
    session: Session,
) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    filters: dict[str, Any] = {"completed": True}
    with pytest.raises(TypeError, match="has no filter 'completed'; there are category_id, "):
        tasks.agenda(session, owner, *WEEK, **filters)
    for wrong in ({"category_id": 10**9}, {"parent_id": 10**9}, {"tags_any": [10**9]}):
        filters = wrong
        with pytest.raises(NotFound):
            tasks.agenda(session, owner, *WEEK, **filters)


def test_with_filters_it_is_one_statement_too(session: Session) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    data = new(due_date=TODAY, recurrence="FREQ=DAILY", tags=["Fun"], priority=1)
    tasks.create(session, owner, data)
    session.expunge_all()
    filters = AgendaFilters(tags_any=["fun"], priority_end=1, text="t")
    with count_statements(session) as statements:
        assert len(tasks.agenda(session, owner, TODAY, TODAY + DAY, now=NOW, **filters)) == 2
    assert len(statements) == 1


def test_days_follow_the_owner_s_zone(session: Session) -> None:
    owner = users.create(session, UserCreate(email="a@example.com")).id
    late = datetime(2026, 3, 10, 23, tzinfo=UTC)
    tasks.create(session, owner, new(due_at=late, recurrence="FREQ=DAILY"))
    before = tasks.agenda(session, owner, TODAY, TODAY, now=NOW)
    users.update(session, owner, UserUpdate(time_zone="Asia/Tokyo"), now=NOW)
    after = tasks.agenda(session, owner, TODAY, TODAY, now=NOW)
    assert [item.due_at for item in before] == [late]
    assert [item.due_at for item in after] == [late - timedelta(hours=9)]  # 23:00 in Tokyo
