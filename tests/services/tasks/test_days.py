"""The local days of tasks: when they are due, and when they were completed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tests.services.support import NOW, Ids, person
from tests.services.test_races import after
from tests.support.names import named
from trackercore import (
    Base,
    Database,
    Task,
    TaskCreate,
    TaskUpdate,
    User,
    UserCreate,
    UserUpdate,
    tasks,
    users,
)
from trackercore.domain.calendar import local_day

Fields = dict[str, Any]
NOTHING: Fields = {}
TASKS = Base.metadata.tables[named("tasks")]
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/St_Johns")
instants = st.datetimes(datetime(2024, 1, 1), datetime(2024, 1, 4), timezones=st.just(UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES)
day_starts = st.sampled_from([0, 1, 180, 719, 1439])
dues: st.SearchStrategy[Fields] = st.one_of(
    st.just(NOTHING),
    instants.map(lambda at: {"due_at": at}),
    instants.map(lambda at: {"due_date": at.date()}),
)
completions: st.SearchStrategy[Fields] = st.one_of(
    st.just(NOTHING),
    st.just({"completed": True}),
    instants.map(lambda at: {"completed": True, "completed_at": at}),
)


def _both(due: Fields, completion: Fields) -> Fields:
    return due | completion


fields = st.builds(_both, dues, completions)


class Days(NamedTuple):
    """The columns of a task that follow from others."""

    due: date | None
    completed: date | None


def by_rule(task: Task, zone: str, day_starts_at: int) -> Days:
    def day(instant: datetime | None) -> date | None:
        return None if instant is None else local_day(instant, zone, day_starts_at)

    return Days(task.due_date or day(task.due_at), day(task.completed_at))


def stored(session: Session) -> list[Days]:
    session.flush()
    query = select(TASKS.c.due_day, TASKS.c.completed_on).order_by(TASKS.c.id)
    return [Days(*row) for row in session.connection().execute(query)]


# --- Every way of writing ---------------------------------------------------------------------


def _service(session: Session, owner: int, rows: list[Fields]) -> None:
    for row in rows:
        tasks.create(session, owner, TaskCreate(title="t", **row))


def _many(session: Session, owner: int, rows: list[Fields]) -> None:
    tasks.create_many(session, owner, [TaskCreate(title="t", **row) for row in rows])


def _updates(session: Session, owner: int, rows: list[Fields]) -> None:
    for row in rows:
        task = tasks.create(session, owner, TaskCreate(title="t", due_at=NOW))
        due: Fields = {"due_at": row.get("due_at"), "due_date": row.get("due_date")}
        tasks.update(session, owner, task.id, TaskUpdate(**due))
        if "completed_at" in row:
            now = row["completed_at"]
            tasks.update(session, owner, task.id, TaskUpdate(completed=True), now=now)
        elif "completed" in row:
            task.completed = True


def _objects(session: Session, owner: int, rows: list[Fields]) -> None:
    session.add_all(Task(user_id=owner, title="t", **row) for row in rows)


def _owner_last(session: Session, owner: int, rows: list[Fields]) -> None:
    user = session.get_one(User, owner)
    with session.no_autoflush:
        for row in rows:
            task = Task(title="t", **row)
            session.add(task)
            task.user = user


def _assignments(session: Session, owner: int, rows: list[Fields]) -> None:
    made = [Task(user_id=owner, title="t", due_at=NOW) for _ in rows]
    for task in made:
        session.add(task)
        session.flush()
    session.expire_all()
    for task, row in zip(made, rows, strict=True):
        for name, value in ({"due_at": None} | row).items():
            setattr(task, name, value)


def _merges(session: Session, owner: int, rows: list[Fields]) -> None:
    made = [Task(user_id=owner, title="t", due_at=NOW) for _ in rows]
    for task in made:
        session.add(task)
        session.flush()
    ids = [task.id for task in made]
    session.expunge_all()
    for task_id, row in zip(ids, rows, strict=True):
        session.merge(Task(user_id=owner, id=task_id, **({"due_at": None} | row)))


def _alike(rows: list[Fields]) -> list[Fields]:
    """Rows of the same keys, as inserts of many need."""
    empty: Fields = {"due_at": None, "due_date": None, "completed": False, "completed_at": None}
    return [empty | row for row in rows]


def _bulk(session: Session, owner: int, rows: list[Fields]) -> None:
    values = [{"user_id": owner, "title": "t", **row} for row in _alike(rows)]
    if values:
        session.execute(insert(Task), values)


def _values(session: Session, owner: int, rows: list[Fields]) -> None:
    values = [{"user_id": owner, "title": "t", **row} for row in _alike(rows)]
    if values:
        session.execute(insert(TASKS).values(values))


def _singly(session: Session, owner: int, rows: list[Fields]) -> None:
    for row in rows:
        session.execute(insert(TASKS).values(user_id=owner, title="t", **row))


WAYS: tuple[Callable[[Session, int, list[Fields]], None], ...] = (
    *(_service, _many, _updates, _objects, _owner_last, _assignments, _merges),
    *(_bulk, _values, _singly),
)


@pytest.mark.parametrize("write", WAYS, ids=lambda write: write.__name__.strip("_"))
@settings(max_examples=settings().max_examples // 30)
@given(zones, day_starts, st.lists(fields, max_size=4))
@example("Pacific/Kiritimati", 0, [{"due_at": NOW, "completed": True, "completed_at": NOW}])
@example("UTC", 720, [{"due_at": NOW, "completed": True, "completed_at": NOW}])
def test_a_task_has_its_days_however_it_is_written(
    database: Database,
    write: Callable[[Session, int, list[Fields]], None],
    zone: str,
    day_starts_at: int,
    rows: list[Fields],
) -> None:
    with database.session() as session:
        data = UserCreate(email="ada@example.com", time_zone=zone, day_starts_at=day_starts_at)
        owner = users.create(session, data).id
        write(session, owner, rows)
        days = stored(session)
        session.expire_all()
        made = session.scalars(select(Task).order_by(Task.id)).all()
        expected: list[Fields] = _alike(rows)
        names = ("due_date", "due_at", "completed", "completed_at")
        assert [{name: getattr(task, name) for name in names} for task in made] == [
            {name: row[name] for name in names} for row in expected
        ]
        assert days == [by_rule(task, zone, day_starts_at) for task in made]
        session.rollback()


def test_one_that_is_loaded_shows_its_days_at_once(session: Session) -> None:
    ids = person(session, time_zone="Pacific/Kiritimati")
    task = tasks.create(session, ids.user, TaskCreate(title="t", due_at=NOW))
    tomorrow = NOW.date() + timedelta(days=1)
    assert (task.due_day, task.completed_on) == (tomorrow, None)
    tasks.complete(session, ids.user, task.id, now=NOW)
    assert (task.due_day, task.completed_on) == (tomorrow, tomorrow)
    tasks.update(session, ids.user, task.id, TaskUpdate(due_date=NOW.date(), completed=False))
    assert (task.due_day, task.completed_on) == (NOW.date(), None)
    tasks.update(session, ids.user, task.id, TaskUpdate(due_date=None))
    assert task.due_day is None


def test_days_that_are_assigned_are_not_taken(session: Session) -> None:
    """They follow from the instants alone."""
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="t", due_at=NOW))
    tasks.complete(session, ids.user, task.id, now=NOW)
    task.due_day = task.completed_on = date(2000, 1, 1)
    session.flush()
    assert task.due_day == task.completed_on == NOW.date()
    new = Task(user_id=ids.user, title="t", due_at=NOW, due_day=date(2000, 1, 1))
    session.add(new)
    session.flush()
    assert new.due_day == NOW.date()


# --- Other settings of the owner --------------------------------------------------------------


@settings(max_examples=settings().max_examples // 20)
@given(st.lists(fields, max_size=6), zones, day_starts, zones, day_starts, st.booleans())
def test_due_days_of_open_tasks_follow_their_owner_and_the_others_stay(
    database: Database,
    rows: list[Fields],
    zone: str,
    day_starts_at: int,
    new_zone: str,
    new_start: int,
    is_loaded: bool,
) -> None:
    with database.session() as session:
        ada, eve = (
            users.create(
                session, UserCreate(email=email, time_zone=zone, day_starts_at=day_starts_at)
            ).id
            for email in ("ada@example.com", "eve@example.com")
        )
        for owner in (ada, eve):
            _service(session, owner, rows)
        made = list(session.scalars(select(Task).order_by(Task.id)))
        before = {task.id: Days(task.due_day, task.completed_on) for task in made}
        updated_at = {task.id: task.updated_at for task in made}
        if not is_loaded:
            session.expunge_all()
        users.update(session, ada, UserUpdate(time_zone=new_zone, day_starts_at=new_start))
        for again in (False, True):
            if again:
                session.expire_all()
            for task in session.scalars(select(Task).order_by(Task.id)):
                expected = before[task.id]
                if task.user_id == ada and not task.completed:
                    new = by_rule(task, new_zone, new_start)
                    expected = Days(new.due, expected.completed)
                assert (task.due_day, task.completed_on) == expected
                is_new = task.updated_at > updated_at[task.id]
                assert is_new == (expected != before[task.id])
        session.rollback()


def test_one_that_is_opened_again_follows_its_owner(session: Session) -> None:
    ids = person(session)
    data = TaskCreate(title="t", due_at=NOW, completed=True, completed_at=NOW)
    made = [tasks.create(session, ids.user, data) for _ in range(3)]
    users.update(session, ids.user, UserUpdate(time_zone="Pacific/Kiritimati"))
    assert {task.due_day for task in made} == {NOW.date()}
    tasks.reopen(session, ids.user, made[0].id)
    tasks.update(session, ids.user, made[1].id, TaskUpdate(completed=False))
    made[2].completed, made[2].completed_at = False, None
    session.flush()
    assert {task.due_day for task in made} == {NOW.date() + timedelta(days=1)}
    tasks.complete(session, ids.user, made[0].id, now=NOW)
    assert made[0].completed_on == NOW.date() + timedelta(days=1)


WRITES: tuple[Callable[[Session, Ids], object], ...] = (
    lambda session, ids: tasks.create(session, ids.user, TaskCreate(title="t", due_at=NOW)),
    lambda session, ids: tasks.create_many(session, ids.user, [TaskCreate(title="t", due_at=NOW)]),
    lambda session, ids: tasks.update(session, ids.user, ids.task, TaskUpdate(due_at=NOW)),
)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("write", WRITES)
def test_a_task_that_is_written_while_its_owner_moves_has_the_day_of_the_new_zone(
    database: Database, write: Callable[[Session, Ids], object], is_first: bool
) -> None:
    with database.session() as session:
        ids = person(session)

    def task(session: Session) -> object:
        return write(session, ids)

    def owner(session: Session) -> object:
        return users.update(session, ids.user, UserUpdate(time_zone="Pacific/Kiritimati"))

    after(database, *((task, owner) if is_first else (owner, task)))
    with database.session() as session:
        days = session.scalars(select(Task.due_day).where(Task.due_at.is_not(None))).all()
        assert days == [NOW.date() + timedelta(days=1)]


def test_the_ends_of_time_have_days(session: Session) -> None:
    ids = person(session, time_zone="Pacific/Kiritimati", day_starts_at=1439)
    for at in (
        datetime.combine(date(2, 1, 1), time(), UTC),
        datetime.combine(date(9998, 12, 31), time(23), UTC),
    ):
        task = tasks.create(session, ids.user, TaskCreate(title="t", due_at=at))
        assert task.due_day == local_day(at, "Pacific/Kiritimati", 1439)
        users.update(session, ids.user, UserUpdate(day_starts_at=0))
        assert task.due_day == local_day(at, "Pacific/Kiritimati", 0)
        users.update(session, ids.user, UserUpdate(day_starts_at=1439))
