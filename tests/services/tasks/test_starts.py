"""A task does not start after the day on which it is due."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.tasks.test_repeating import repeating
from trackercore import (
    StartsAfterDue,
    Task,
    TaskCreate,
    TaskFilters,
    TaskUpdate,
    UserCreate,
    UserUpdate,
    overview,
    tasks,
    users,
)

FIRST, SECOND = date(2026, 3, 10), date(2026, 3, 11)
LATE = datetime(2026, 3, 10, 22, 59, tzinfo=UTC)  # in Berlin, the last minute of the first day
AFTER_MIDNIGHT = datetime(2026, 3, 10, 23, tzinfo=UTC)


@pytest.fixture
def owner(session: Session) -> int:
    return users.create(session, UserCreate(email="a@example.com", time_zone="Europe/Berlin")).id


@pytest.mark.parametrize(
    ("starts_on", "due"),
    [(SECOND, {"due_date": FIRST}), (SECOND, {"due_at": LATE})],
)
def test_it_is_refused_wherever_it_is_written(
    session: Session, owner: int, starts_on: date, due: dict[str, Any]
) -> None:
    new = TaskCreate(title="Sow", starts_on=starts_on, **due)
    with pytest.raises(StartsAfterDue) as refused:
        tasks.create(session, owner, new)
    assert refused.value.facts == {"starts_on": SECOND, "due_day": FIRST}
    with pytest.raises(StartsAfterDue) as refused:
        tasks.create_many(session, owner, [TaskCreate(title="Mow"), new])
    assert refused.value.item == 1
    assert tasks.count(session, owner) == 0
    start: dict[str, Any] = {"starts_on": starts_on}
    for first, then in ((start, due), (due, start)):
        task = tasks.create(session, owner, TaskCreate(title="Sow", **first))
        with pytest.raises(StartsAfterDue):
            tasks.update(session, owner, task.id, TaskUpdate(**then))
        session.refresh(task)
        assert {name: getattr(task, name) for name in first} == first


def test_it_may_start_on_its_last_day_or_never_be_due(session: Session, owner: int) -> None:
    for fields in ({"due_date": SECOND}, {"due_at": AFTER_MIDNIGHT}, {}):
        data = TaskCreate.model_validate({"title": "Sow", "starts_on": SECOND, **fields})
        task = tasks.create(session, owner, data)
        tasks.update(session, owner, task.id, TaskUpdate(title="Mow", starts_on=SECOND))
        later = TaskUpdate(starts_on=date(2026, 4, 1), due_date=date(2026, 4, 1))
        tasks.update(session, owner, task.id, later)
        tasks.update(session, owner, task.id, TaskUpdate(due_date=None, due_at=None))


@pytest.mark.parametrize("close", [tasks.complete, tasks.skip_occurrence])
def test_a_start_that_is_given_with_another_due_date_is_for_once(
    session: Session, owner: int, close: Callable[..., Task]
) -> None:
    task = repeating(session, owner, "FREQ=DAILY", due_date=FIRST)
    later = date(2026, 3, 13)
    tasks.update(session, owner, task.id, TaskUpdate(due_date=later, starts_on=later))
    close(session, owner, task.id, now=LATE)
    assert (task.due_date, task.starts_on) == (SECOND, None)
    tasks.reopen(session, owner, task.id)
    assert (task.due_date, task.starts_on) == (later, later)


def march(*days: int | None) -> list[date | None]:
    return [None if day is None else date(2026, 3, day) for day in days]


ONCE: list[tuple[dict[str, Any], list[int | None]]] = [
    ({"due_date": date(2026, 3, 15), "starts_on": date(2026, 3, 14)}, [14, 14, 21]),
    ({"due_date": date(2026, 3, 5), "starts_on": date(2026, 3, 4)}, [4, 14, 21]),
    ({"due_date": date(2026, 3, 15)}, [7, 14, 21]),
    ({"due_date": date(2026, 3, 15), "starts_on": None}, [None, 14, 21]),
    ({"due_date": date(2026, 3, 5), "starts_on": None}, [None, 14, 21]),
    # For good: it is due when the rule says.
    ({"starts_on": date(2026, 3, 8)}, [8, 15, 22]),
    ({"starts_on": None}, [None, None, None]),
    ({"starts_on": date(2026, 3, 6), "due_date": date(2026, 3, 9)}, [6, 13, 20]),
    ({"starts_on": date(2026, 3, 7), "title": "t"}, [7, 14, 21]),
]


@pytest.mark.parametrize(("change", "starts"), ONCE)
@pytest.mark.parametrize("is_timed", [False, True], ids=["dated", "timed"])
@pytest.mark.parametrize("is_of_many", [False, True], ids=["create", "create_many"])
def test_the_next_occurrence_starts_as_many_days_before_as_the_rule_says(
    session: Session,
    owner: int,
    change: dict[str, Any],
    starts: list[int | None],
    is_timed: bool,
    is_of_many: bool,
) -> None:
    def due(day: date) -> dict[str, Any]:
        if not is_timed:
            return {"due_date": day}
        return {"due_at": datetime.combine(day, time(9), UTC)}

    data = TaskCreate(
        title="t",
        recurrence="FREQ=WEEKLY",
        starts_on=date(2026, 3, 7),
        **due(date(2026, 3, 9)),
    )
    if is_of_many:
        tasks.create_many(session, owner, [data])
        (task,) = tasks.find(session, owner)
    else:
        task = tasks.create(session, owner, data)
    if "due_date" in change:
        change = change | {"due_date": None} | due(change["due_date"])
    tasks.update(session, owner, task.id, TaskUpdate(**change))
    found = [task.starts_on]
    for day in (9, 16):
        tasks.complete(session, owner, task.id, now=datetime(2026, 3, day, tzinfo=UTC))
        found.append(task.starts_on)
    assert found == march(*starts)


@pytest.mark.parametrize(
    ("change", "starts"),
    [
        ({"due_date": date(2026, 3, 11)}, [7, 16, 23]),
        ({"due_date": date(2026, 3, 11), "starts_on": date(2026, 3, 10)}, [10, 17, 24]),
        ({"due_date": date(2026, 3, 11), "starts_on": None}, [None, None, None]),
        ({"recurrence": "FREQ=WEEKLY;INTERVAL=1;WKST=SU"}, [7, 14, 21]),
    ],
)
def test_a_rule_that_starts_again_says_when_its_occurrences_start(
    session: Session, owner: int, change: dict[str, Any], starts: list[int | None]
) -> None:
    fields = {"due_date": date(2026, 3, 9), "starts_on": date(2026, 3, 7)}
    task = repeating(session, owner, "FREQ=WEEKLY", **fields)
    tasks.update(session, owner, task.id, TaskUpdate(**change, this_and_future=True))
    found = [task.starts_on]
    for day in (11, 18):
        tasks.complete(session, owner, task.id, now=datetime(2026, 3, day, tzinfo=UTC))
        found.append(task.starts_on)
    assert found == march(*starts)


def test_what_is_opened_again_starts_when_it_did_and_the_next_one_by_the_rule(
    session: Session, owner: int
) -> None:
    fields = {"due_date": date(2026, 3, 9), "starts_on": date(2026, 3, 7)}
    task = repeating(session, owner, "FREQ=WEEKLY", **fields)
    now = datetime(2026, 3, 9, tzinfo=UTC)
    tasks.complete(session, owner, task.id, now=now)
    tasks.update(session, owner, task.id, TaskUpdate(starts_on=date(2026, 3, 15)))
    tasks.reopen(session, owner, task.id, now=now)
    assert (task.starts_on, task.starts_days_before) == (date(2026, 3, 7), 1)
    tasks.complete(session, owner, task.id, now=now + timedelta(hours=1))
    assert task.starts_on == date(2026, 3, 15)
    tasks.update(session, owner, task.id, TaskUpdate(recurrence=None))
    assert (task.starts_on, task.starts_days_before) == (date(2026, 3, 15), None)
    tasks.update(session, owner, task.id, TaskUpdate(recurrence="FREQ=DAILY"))
    assert task.starts_days_before == 1


@pytest.mark.parametrize("recurrence", [None, "FREQ=DAILY"])
def test_after_a_move_west_it_starts_on_its_due_day_and_the_same_values_are_no_change(
    session: Session, owner: int, recurrence: str | None
) -> None:
    night = datetime(2026, 3, 10, tzinfo=UTC)  # one o'clock in Berlin
    data = TaskCreate(title="Sow", due_at=night, starts_on=FIRST, recurrence=recurrence)
    task = tasks.create(session, owner, data)
    home = UserUpdate(time_zone="America/New_York")
    if recurrence is not None:  # it is due at one o'clock anywhere, but on the day before
        home = UserUpdate(day_starts_at=180)
    users.update(session, owner, home)
    eve = FIRST - timedelta(days=1)
    assert (task.due_day, task.starts_on) == (eve, FIRST)
    now = datetime.combine(eve, time(20), UTC)
    filters: TaskFilters = {"completed": False, "started": True}
    assert tasks.count(session, owner, due="today", now=now) == 1
    assert tasks.count(session, owner, **filters, now=now) == 1
    assert tasks.count(session, owner, started=False, now=now) == 0
    assert tasks.count(session, owner, started=False, now=now - timedelta(days=1)) == 1
    assert [one.id for one in overview(session, owner, now=now).due_today] == [task.id]
    same = TaskUpdate(due_at=task.due_at, starts_on=FIRST, recurrence=recurrence)
    earlier = TaskUpdate(due_at=night - timedelta(minutes=1))
    for change in (same, TaskUpdate(due_at=task.due_at), TaskUpdate(starts_on=FIRST), earlier):
        tasks.update(session, owner, task.id, change)
        assert (task.due_day, task.starts_on) == (eve, FIRST)
    with pytest.raises(StartsAfterDue):
        tasks.update(session, owner, task.id, TaskUpdate(starts_on=SECOND))
    tasks.update(session, owner, task.id, TaskUpdate(recurrence="FREQ=WEEKLY"))
    assert task.starts_days_before == 0
