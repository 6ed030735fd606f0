"""A host's own rows that refer to trackercore's, in a metadata of its own.

Each of our tables has one of the host's that refers to its key, and that one has another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.orm import Session, registry
from sqlalchemy.orm.attributes import flag_modified

from tests.services.calls import CALLS, call
from tests.services.support import NOW, TODAY, Ids, person, timed
from tests.support.statements import count_statements
from trackercore import (
    Base,
    Conflict,
    Database,
    Frequency,
    HabitUpdate,
    ScheduleChange,
    StudyGoalCreate,
    StudySessionUpdate,
    Task,
    TaskCreate,
    TaskUpdate,
    UserCreate,
    habits,
    study_sessions,
    tasks,
    users,
)

HOST = registry(metadata=MetaData())


def side_of(parent: Table) -> Table:
    """A table of the host's whose rows go with those of a table, one to one."""
    key = [*parent.primary_key]
    own: list[Column[Any]] = [Column(f"its_{column.name}", primary_key=True) for column in key]
    refers = ForeignKeyConstraint(own, key, ondelete="CASCADE")
    stars: Column[int] = Column("stars", Integer, default=0)
    return Table(f"host_{parent.name}", HOST.metadata, *own, refers, stars)


NEAR = {table: side_of(table) for table in Base.metadata.sorted_tables}
SIDES = NEAR | {side: side_of(side) for side in NEAR.values()}
TASKS = Base.metadata.tables[Task.__tablename__]
MODELS: list[type[Any]] = [type(side.name, (), {}) for side in SIDES.values()]
for model, side in zip(MODELS, SIDES.values(), strict=True):
    HOST.map_imperatively(model, side)

LINKS = Table(
    "host_links",
    HOST.metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", BigInteger),
    Column("external_id", String(255)),
    ForeignKeyConstraint(
        ["user_id", "external_id"], [Task.user_id, Task.external_id], ondelete="CASCADE"
    ),
)


class Link:
    """A row that may refer to a task by its key in another system."""


HOST.map_imperatively(Link, LINKS)


class Stray:
    """A row that refers to a table of somebody else's."""


STRAYS = Table(
    "host_strays",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("other", Integer, ForeignKey("elsewhere.id", ondelete="CASCADE")),
)
HOST.map_imperatively(Stray, STRAYS)

TABLES = [*SIDES.values(), LINKS]

OF_TOPICS = ("sessions", "session_tags", "study_goals", "timers")
"""What goes with a topic, which their keys do not have: the session cannot know of it."""

OURS = [mapper.class_ for mapper in Base.registry.mappers]


@pytest.fixture
def host_session(database: Database) -> Iterator[Session]:
    HOST.metadata.create_all(database.engine, TABLES)
    with database.session() as session:
        yield session
        session.rollback()
    HOST.metadata.drop_all(database.engine, TABLES)


@pytest.mark.no_citus("cascades do not reach a host's local tables")
@pytest.mark.parametrize(("key", "is_kept"), [(None, True), ("a", False)])
def test_a_row_that_refers_to_nothing_stays(
    host_session: Session, key: str | None, is_kept: bool
) -> None:
    owner = users.create(host_session, UserCreate(email="ada@example.com")).id
    task = tasks.create(host_session, owner, TaskCreate(title="Sow", external_id=key))
    host_session.execute(insert(LINKS).values(id=1, user_id=owner, external_id=key))
    link = host_session.get_one(Link, 1)
    tasks.delete(host_session, owner, task.id)
    assert (link in host_session) == is_kept
    assert (host_session.scalar(select(LINKS.c.id)) == 1) == is_kept


def test_a_row_that_refers_to_a_table_the_host_does_not_model_is_left_alone(
    host_session: Session,
) -> None:
    host_session.execute(text("CREATE TEMPORARY TABLE host_strays (id INTEGER, other INTEGER)"))
    host_session.execute(text("INSERT INTO host_strays VALUES (1, 1)"))
    stray = host_session.get_one(Stray, 1)
    owner = users.create(host_session, UserCreate(email="ada@example.com")).id
    users.delete(host_session, owner)
    assert stray in host_session


def roll_back_a_savepoint(session: Session) -> None:
    savepoint = session.begin_nested()
    for row in session:
        flag_modified(row, "stars") if hasattr(type(row), "stars") else None
    session.flush()
    savepoint.rollback()


@pytest.mark.parametrize("expire", [Session.expire_all, roll_back_a_savepoint])
def test_a_row_that_is_expired_goes_by_its_key(
    host_session: Session, expire: Callable[[Session], None]
) -> None:
    session = host_session
    owner = users.create(session, UserCreate(email="ada@example.com")).id
    deleted, kept = (
        tasks.create(session, owner, TaskCreate(title=title)).id for title in ("Sow", "Reap")
    )
    side = NEAR[TASKS]
    names = side.primary_key.columns.keys()
    keys = [dict(zip(names, (owner, task), strict=True)) for task in (deleted, kept)]
    session.execute(insert(side), keys)
    model = MODELS[list(SIDES).index(TASKS)]
    found: list[object] = [session.get_one(model, tuple(key.values())) for key in keys]
    first, second = found
    expire(session)
    assert {"_sa_instance_state"} == vars(first).keys() == vars(second).keys()
    tasks.delete(session, owner, deleted)
    assert first not in session
    assert second in session


@pytest.mark.no_citus("cascades do not reach a host's local tables")
def test_an_expired_row_that_refers_by_other_columns_is_read_again(host_session: Session) -> None:
    owner = users.create(host_session, UserCreate(email="ada@example.com")).id
    task = tasks.create(host_session, owner, TaskCreate(title="Sow", external_id="a"))
    host_session.execute(insert(LINKS).values(id=1, user_id=owner, external_id="a"))
    link = host_session.get_one(Link, 1)
    host_session.expire_all()
    tasks.delete(host_session, owner, task.id)
    assert link in host_session  # nobody knows what it refers to
    assert host_session.get(Link, 1) is None


def used(session: Session, ids: Ids) -> Ids:
    """Add rows of every kind; the study session is one that was cut into two parts."""
    users.pause(session, ids.user, starts_on=date(2026, 5, 1))
    habits.pause(session, ids.user, ids.habit, starts_on=date(2026, 4, 1), now=NOW)
    change_schedule(session, ids, "weekly", date(2026, 3, 16))
    study_sessions.set_goal(session, ids.user, StudyGoalCreate(minutes=30), now=NOW)
    new = TaskCreate(title="Water", due_date=TODAY, recurrence="FREQ=DAILY")
    repeating = tasks.create(session, ids.user, new)
    tasks.complete(session, ids.user, repeating.id, now=NOW)
    first, _ = study_sessions.create_timed(session, ids.user, timed(ids.topic, 30), now=NOW)
    return ids.but("study_session", first.id)


def add_sides(session: Session) -> None:
    """A host's row for each of our rows, and one for each of these."""
    session.flush()
    for parent, side in SIDES.items():
        keys = session.execute(select(*parent.primary_key)).all()
        names = side.primary_key.columns.keys()
        rows: list[dict[str, int]] = [dict(zip(names, key, strict=True)) for key in keys]
        assert rows, f"there is no row of {parent}"
        session.execute(insert(side), rows)


def load_sides(session: Session) -> list[object]:
    return [row for model in MODELS for row in session.scalars(select(model))]


def change_schedule(session: Session, ids: Ids, frequency: Frequency, day: date) -> None:
    change = ScheduleChange(frequency=frequency)
    habits.change_schedule(session, ids.user, ids.habit, change, effective_from=day, now=NOW)


def takes_back(session: Session, ids: Ids) -> None:
    habits.check_in(session, ids.user, ids.habit, amount=-1, add=True, now=NOW)


def shortens(session: Session, ids: Ids) -> None:
    new = StudySessionUpdate(started_at=NOW - timedelta(hours=2))
    study_sessions.update(session, ids.user, ids.study_session, new, now=NOW)


def starts_again(session: Session, ids: Ids) -> None:
    change_schedule(session, ids, "daily", date(2026, 3, 9))


def opens_again(session: Session, ids: Ids) -> None:
    (repeating,) = tasks.find(session, ids.user, repeats=True)
    tasks.reopen(session, ids.user, repeating.id)


RUNS: list[Callable[[Session, Ids], object]] = [
    *(each.run for each in CALLS),
    takes_back,
    shortens,
    starts_again,
    opens_again,
    call("tasks.update", data=TaskUpdate(tags=[])).run,
    call("habits.update", data=HabitUpdate(tags=[])).run,
    call("study_sessions.update", data=StudySessionUpdate(tags=[])).run,
    call("users.resume", on=date(2026, 5, 1)).run,
    call("habits.resume", on=date(2026, 4, 1)).run,
    call("habits.update", data=HabitUpdate(starts_on=date(2026, 3, 20))).run,
]


@pytest.mark.slow  # every call, and all rows again after each
def test_what_a_call_deletes_leaves_the_session_with_the_host_s_rows_and_nothing_else(
    host_session: Session,
) -> None:
    session = host_session
    ids, eve = person(session), person(session, "eve@example.com")
    ids = used(session, ids)
    used(session, eve)
    add_sides(session)
    deleted_from = set[str]()
    for run in (run for run in RUNS if deletes(session, run, ids)):
        for read in (OURS, []):  # whether the rows in between are loaded
            read_rows = [session.scalars(select(model)).all() for model in read]
            loaded = load_sides(session)
            with session.begin_nested() as savepoint:
                with suppress(Conflict):
                    run(session, ids)
                kept = {id(row) for row in loaded if row in session}
                session.expunge_all()
                there = set(map(identity, load_sides(session)))
                savepoint.rollback()
            session.expunge_all()
            del read_rows
            for row in loaded:
                name = type(row).__name__
                if read or not name.endswith(OF_TOPICS):
                    assert (id(row) in kept) == (identity(row) in there), (run, identity(row))
                if id(row) not in kept:
                    deleted_from.add(name)
    assert deleted_from == {model.__name__ for model in MODELS}


def deletes(session: Session, run: Callable[[Session, Ids], object], ids: Ids) -> bool:
    with count_statements(session) as statements, session.begin_nested() as savepoint:
        with suppress(Conflict):
            run(session, ids)
        savepoint.rollback()
    session.expunge_all()
    return any("DELETE FROM" in statement for statement in statements)


def identity(row: object) -> tuple[str, object]:
    return type(row).__name__, inspect(row).identity
