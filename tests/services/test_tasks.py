"""Tasks: stored, changed, completed once, reopened, filtered."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.support import NO_EXTRA, NOW, Ids, dump, person
from trackercore import (
    CategoryCreate,
    NotFound,
    Task,
    TaskCreate,
    TaskRead,
    TaskUpdate,
    categories,
    tasks,
)

DAY = date(2026, 3, 11)
BERLIN = timezone(timedelta(hours=1))


def test_a_task_is_stored_as_given(session: Session) -> None:
    ids = person(session)
    before = datetime.now(UTC)
    data = TaskCreate(
        title=" Mow the lawn ",
        description="front\nback",
        category_id=ids.category,
        due_at=datetime(2026, 3, 11, 8, 30, tzinfo=BERLIN),
        starts_on=date(2026, 3, 10),
        priority=2,
        estimate_minutes=90,
        recurrence="wkst=su;freq=weekly;byday=we",
        repeats_from="due",
        tags=["Garden", "fun"],
        completed=True,
        completed_at=datetime(2026, 3, 11, 9, 0, 0, 1, tzinfo=BERLIN),
        external_id="todo/7",
    )
    task = tasks.create(session, ids.user, data)
    for read_again in (False, True):
        if read_again:
            session.expire_all()
        assert TaskRead.model_validate(task) == TaskRead(
            id=task.id,
            user_id=ids.user,
            title="Mow the lawn",
            description="front\nback",
            category_id=ids.category,
            completed=True,
            completed_at=datetime(2026, 3, 11, 8, 0, 0, 1, tzinfo=UTC),
            due_date=None,
            completed_on=date(2026, 3, 11),
            due_at=datetime(2026, 3, 11, 7, 30, tzinfo=UTC),
            due_day=date(2026, 3, 11),
            starts_on=date(2026, 3, 10),
            priority=2,
            estimate_minutes=90,
            parent_id=None,
            progress=None,
            recurrence="FREQ=WEEKLY;BYDAY=WE;WKST=SU",
            repeats_from="due",
            recurrence_start=date(2026, 3, 11),
            recurrence_time=time(7, 30),
            occurrence_date=date(2026, 3, 11),
            occurrence_number=1,
            tags=("Fun", "Garden"),
            archived_at=None,
            position=task.position,
            extra=NO_EXTRA,
            external_id="todo/7",
            created_at=task.created_at,
            updated_at=task.updated_at,
        )
        assert task.due_at is not None
        assert task.due_at.utcoffset() == timedelta(0)
    assert before <= task.created_at <= task.updated_at <= datetime.now(UTC)
    assert tasks.get(session, ids.user, task.id) is task


def test_only_the_title_is_needed(session: Session) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="Mow"))
    session.expire_all()
    absent = (task.description, task.category_id, task.due_date, task.due_at, task.external_id)
    assert absent == (None,) * 5
    assert (task.completed, task.completed_at) == (False, None)


def test_a_task_completed_at_an_unknown_time_can_be_imported_and_stays_so(session: Session) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="Mow", completed=True))
    session.expire_all()
    assert (task.completed, task.completed_at) == (True, None)
    assert tasks.complete(session, ids.user, task.id, now=NOW) is task
    assert task.completed_at is None


def test_completing_twice_keeps_the_first_time_and_reopening_clears_it(session: Session) -> None:
    ids = person(session)

    def stored() -> tuple[bool, datetime | None]:
        session.expire_all()
        task = tasks.get(session, ids.user, ids.task)
        return task.completed, task.completed_at

    later = NOW + timedelta(hours=1)
    tasks.complete(session, ids.user, ids.task, now=NOW.astimezone(BERLIN))
    assert stored() == (True, NOW)
    tasks.complete(session, ids.user, ids.task, now=later)
    assert stored() == (True, NOW)
    tasks.reopen(session, ids.user, ids.task)
    assert stored() == (False, None)
    tasks.reopen(session, ids.user, ids.task)
    assert stored() == (False, None)
    tasks.complete(session, ids.user, ids.task, now=later)
    assert stored() == (True, later)


def test_completing_takes_the_time_of_the_clock_by_default(session: Session) -> None:
    ids = person(session)
    before = datetime.now(UTC)
    task = tasks.complete(session, ids.user, ids.task)
    assert task.completed_at is not None
    assert before <= task.completed_at <= datetime.now(UTC)


def everything(ids: Ids) -> TaskCreate:
    return TaskCreate(
        title="Mow",
        description="d",
        category_id=ids.category,
        due_date=DAY,
        completed=True,
        completed_at=NOW,
        external_id="e",
    )


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"title": "Sow"},
        {"description": "e"},
        {"description": None},
        {"category_id": None},
        {"external_id": "f"},
        {"external_id": None},
        {"due_date": date(2026, 3, 12)},
        {"due_date": None},
        {"due_at": None},
        {"title": "Sow", "description": None, "category_id": None},
    ],
)
def test_an_update_changes_what_it_names_and_nothing_else(
    session: Session, change: dict[str, Any]
) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, everything(ids))
    before = TaskRead.model_validate(task).model_dump()
    assert tasks.update(session, ids.user, task.id, TaskUpdate(**change)) is task
    session.expire_all()
    after = TaskRead.model_validate(task).model_dump()
    is_changed = before.pop("updated_at") < after.pop("updated_at")
    assert is_changed == any(before[name] != value for name, value in change.items())
    due_day = {"due_day": change["due_date"]} if "due_date" in change else {}
    assert after == before | change | due_day


def test_an_update_without_anything_writes_nothing(session: Session) -> None:
    ids = person(session)
    before = dump(session)
    tasks.update(session, ids.user, ids.task, TaskUpdate())
    assert dump(session) == before


@pytest.mark.parametrize(
    ("stored", "change", "left"),
    [
        ({"due_date": DAY}, {"due_at": NOW}, {"due_date": None, "due_at": NOW}),
        ({"due_at": NOW}, {"due_date": DAY}, {"due_date": DAY, "due_at": None}),
        ({"due_at": NOW}, {"due_date": DAY, "due_at": None}, {"due_date": DAY, "due_at": None}),
        ({"due_date": DAY}, {"due_date": None, "due_at": NOW}, {"due_date": None, "due_at": NOW}),
        ({"due_at": NOW}, {"due_date": None}, {"due_date": None, "due_at": NOW}),
        ({"due_date": DAY}, {"due_at": None}, {"due_date": DAY, "due_at": None}),
        ({"due_date": DAY}, {"due_date": None, "due_at": None}, {"due_date": None, "due_at": None}),
        ({}, {"due_at": NOW}, {"due_date": None, "due_at": NOW}),
    ],
)
def test_a_new_due_date_replaces_a_due_time_and_the_other_way_round(
    session: Session, stored: dict[str, Any], change: dict[str, Any], left: dict[str, Any]
) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="Mow", **stored))
    tasks.update(session, ids.user, task.id, TaskUpdate(**change))
    session.expire_all()
    assert {"due_date": task.due_date, "due_at": task.due_at} == left


def test_a_task_that_moves_to_another_category_shows_it_at_once(session: Session) -> None:
    ids = person(session)
    garden = categories.create(session, ids.user, CategoryCreate(name="Garden"))
    task = tasks.get(session, ids.user, ids.task)
    assert task.category is not None
    assert task.category.name == "Home"
    tasks.update(session, ids.user, ids.task, TaskUpdate(category_id=garden.id))
    assert task.category is garden
    tasks.update(session, ids.user, ids.task, TaskUpdate(category_id=None))
    assert task.category is None


def test_a_deleted_task_is_gone_and_its_category_stays(session: Session) -> None:
    ids = person(session)
    tasks.delete(session, ids.user, ids.task)
    assert list(tasks.find(session, ids.user)) == []
    with pytest.raises(NotFound):
        tasks.get(session, ids.user, ids.task)
    with pytest.raises(NotFound):
        tasks.delete(session, ids.user, ids.task)
    assert categories.get(session, ids.user, ids.category).tasks == []


def make(session: Session, ids: Ids, *rows: dict[str, Any]) -> list[Task]:
    tasks.delete(session, ids.user, ids.task)
    return [tasks.create(session, ids.user, TaskCreate(**row)) for row in rows]


def test_filters_narrow_each_other(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    at_home: dict[str, Any] = {"category_id": ids.category}
    a, b, c, d = make(
        session,
        ids,
        {"title": "Sow", "external_id": "1"} | at_home,
        {"title": "Mow", "description": "not SOW", "completed": True} | at_home,
        {"title": "sowing", "completed": True},
        {"title": "Reap"},
    )
    make(session, other, {"title": "Sow", "external_id": "1", "category_id": other.category})

    def found(**filters: Any) -> list[Task]:
        return list(tasks.find(session, ids.user, **filters))

    assert found() == [a, b, c, d]
    assert found(completed=True) == [b, c]
    assert found(completed=False) == [a, d]
    assert found(category_id=ids.category) == [a, b]
    assert found(text="sow") == [a, b, c]
    assert found(external_id="1") == [a]
    assert found(external_id="2") == []
    assert found(text="sow", completed=True) == [b, c]
    assert found(text="sow", completed=True, category_id=ids.category) == [b]
    assert found(text="sow", external_id="1", completed=True) == []


TITLES = ("100% done", "snake_case", "and/or", "back\\slash", "it's", 'say "hi"', "what?", "café")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%", ["100% done"]),
        ("_", ["snake_case"]),
        ("/", ["and/or"]),
        ("\\", ["back\\slash"]),
        ("'", ["it's"]),
        ('"', ['say "hi"']),
        ("?", ["what?"]),
        ("é", ["café"]),
        ("0% D", ["100% done"]),
        ("%%", []),
        ("'; DROP TABLE tasks; --", []),
        ("{x}", []),
        ("%(text)s", []),
        (":text", []),
        ("", list(TITLES)),
    ],
)
def test_the_text_filter_takes_every_character_for_itself(
    session: Session, text: str, found: list[str]
) -> None:
    ids = person(session)
    make(session, ids, *({"title": title} for title in TITLES))
    assert [task.title for task in tasks.find(session, ids.user, text=text)] == found
    for task in tasks.find(session, ids.user):
        tasks.update(
            session, ids.user, task.id, TaskUpdate(description=task.title, title="another")
        )
    assert [task.description for task in tasks.find(session, ids.user, text=text)] == found


def test_a_filter_by_a_category_without_tasks_finds_none(session: Session) -> None:
    ids = person(session)
    empty = categories.create(session, ids.user, CategoryCreate(name="Empty"))
    assert list(tasks.find(session, ids.user, category_id=empty.id)) == []
