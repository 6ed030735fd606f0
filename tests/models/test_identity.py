"""The ORM's view of ownership: a row's identity is its owner and its id."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlalchemy.orm import Session, selectinload

from tests.support.names import named_sql, short
from tests.support.rows import TABLES, Row, count_of, insert_everything
from tests.support.statements import count_statements
from trackercore import (
    Base,
    Category,
    CheckIn,
    Database,
    Habit,
    HabitPause,
    HabitSchedule,
    StudySession,
    Task,
    Topic,
    User,
    topics,
    users,
)
from trackercore.models import (
    HabitTag,
    StudyGoal,
    StudySessionTag,
    Tag,
    TaskOccurrence,
    TaskTag,
    Timer,
    UserPause,
)

WITH_ID: list[type[Category | Task | Habit | Topic | StudySession | Tag]] = [
    Category,
    Task,
    Habit,
    Topic,
    StudySession,
    Tag,
]

each_with_id = pytest.mark.parametrize("model", WITH_ID)


@pytest.fixture
def ada(database: Database) -> dict[str, Row]:
    """A user with one row in every table, committed."""
    with database.engine.begin() as connection:
        return insert_everything(connection, "ada@example.com")


@pytest.fixture
def bob(database: Database) -> dict[str, Row]:
    with database.engine.begin() as connection:
        return insert_everything(connection, "bob@example.com")


def rows_of(database: Database, user: dict[str, Row]) -> dict[str, int]:
    connection: Connection
    with database.engine.begin() as connection:
        return count_of(connection, user["users"]["id"])


def identity(model: type[Base], user: dict[str, Row]) -> tuple[object, ...]:
    row = user[short(model.__tablename__)]
    key = [row[column.name] for column in inspect(model).primary_key]
    # SQLite gives dates as text to those who do not tell their type.
    return tuple(date.fromisoformat(part) if isinstance(part, str) else part for part in key)


def test_every_model_is_in_the_lists_of_this_module() -> None:
    of_habits = {CheckIn, HabitPause, HabitSchedule}
    links = {HabitTag, StudySessionTag, TaskTag}
    without_id = {*of_habits, *links, StudyGoal, TaskOccurrence, Timer, UserPause}
    assert {User, *without_id, *WITH_ID} == {mapper.class_ for mapper in Base.registry.mappers}


@each_with_id
def test_a_row_is_found_under_its_owner_only(
    model: type[Base], session: Session, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    owner, row_id = identity(model, ada)
    assert session.get(model, (owner, row_id)) is not None
    assert session.get(model, (bob["users"]["id"], row_id)) is None
    session.expunge_all()
    assert session.get(model, (bob["users"]["id"], row_id)) is None


@each_with_id
def test_an_id_alone_is_not_an_identity(
    model: type[Base], session: Session, ada: dict[str, Row]
) -> None:
    with pytest.raises(InvalidRequestError, match="primary key"):
        session.get(model, identity(model, ada)[1])


A_CHANGE: dict[type[Base], tuple[str, object]] = {
    Category: ("name", "Else"),
    Task: ("title", "Else"),
    Habit: ("name", "Else"),
    HabitPause: ("ends_on", None),
    HabitSchedule: ("target", 2),
    Topic: ("name", "Else"),
    StudyGoal: ("minutes", 30),
    StudySession: ("notes", "Else"),
    Tag: ("name", "Else"),
    TaskOccurrence: ("occurrence_date", date(2026, 1, 3)),
    Timer: ("notes", "Else"),
    CheckIn: ("note", "Else"),
}


@pytest.mark.parametrize("model", A_CHANGE)
def test_every_update_and_delete_of_a_flush_names_the_owner(
    model: type[Base], session: Session, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    row = session.get_one(model, identity(model, ada))
    with count_statements(session) as statements:
        setattr(row, *A_CHANGE[model])
        session.flush()
        session.delete(row)
        session.flush()
    writes = [sql for sql in statements if sql.startswith(("UPDATE", "DELETE"))]
    assert {sql.split()[0] for sql in writes} == {"UPDATE", "DELETE"}
    for sql in writes:
        assert f"{sql.split()[1 if sql.startswith('UPDATE') else 2]}.user_id = " in sql
    assert session.get(model, identity(model, ada)) is None
    assert session.get(model, identity(model, bob)) is not None


@pytest.mark.parametrize("loaded", [True, False])
def test_deleting_a_category_through_the_orm_leaves_its_tasks_and_their_owner(
    loaded: bool, database: Database, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    with database.session() as session:
        work = session.get_one(Category, identity(Category, ada))
        task = session.get_one(Task, identity(Task, ada))
        assert task.category_id == work.id
        if loaded:
            assert work.tasks == [task]
            assert task.category is work
        session.delete(work)
    with database.session() as session:
        task = session.get_one(Task, identity(Task, ada))
        assert task.category_id is None
        assert task.category is None
        assert task.user_id == ada["users"]["id"]
    one_of_each = dict.fromkeys(TABLES, 1)
    assert rows_of(database, ada) == one_of_each | {"categories": 0}
    assert rows_of(database, bob) == one_of_each


@pytest.mark.parametrize("loaded", [True, False])
def test_deleting_a_user_through_the_orm_deletes_all_of_theirs(
    loaded: bool, database: Database, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    with database.session() as session:
        user = session.get_one(User, ada["users"]["id"])
        if loaded:
            assert len(user.tasks + user.categories + user.habits + user.topics) == 4
        with count_statements(session) as statements:
            session.delete(user)
            session.flush()
            # On PostgreSQL one more asks whether the tables are distributed.
            deletes = [each for each in statements if each.startswith("DELETE")]
            assert loaded or len(deletes) == 1
    assert rows_of(database, ada) == dict.fromkeys(TABLES, 0)
    assert rows_of(database, bob) == dict.fromkeys(TABLES, 1)


def test_deleting_a_topic_through_the_orm_deletes_what_belongs_to_it(
    database: Database, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    with database.session() as session:
        session.delete(session.get_one(Topic, identity(Topic, ada)))
    gone = dict.fromkeys(["topics", "sessions", "session_tags", "timers", "study_goals"], 0)
    assert rows_of(database, ada) == dict.fromkeys(TABLES, 1) | gone
    assert rows_of(database, bob) == dict.fromkeys(TABLES, 1)


@pytest.mark.parametrize("deleted", [Topic, User])
def test_what_goes_with_a_deleted_row_is_no_longer_in_the_session(
    deleted: type[Base], session: Session, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    """Else the session would go on handing it out, and writing to it would fail."""
    of_topics: list[type[Base]] = [Topic, StudySession, StudyGoal, Timer]
    models = of_topics if deleted is Topic else list(A_CHANGE)
    gone = [session.get_one(model, identity(model, ada)) for model in models]
    kept = [session.get_one(model, identity(model, bob)) for model in models]
    if deleted is Topic:
        topics.delete(session, ada["users"]["id"], ada["topics"]["id"])
    else:
        users.delete(session, ada["users"]["id"])
    assert [row for row in gone if row in session] == []
    assert [row for row in kept if row not in session] == []


def test_relationships_lead_both_ways_and_stay_with_the_owner(
    session: Session, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    for user in session.scalars(select(User)):
        rows = ada if user.id == ada["users"]["id"] else bob
        work, task, run, sql, logged = (
            session.get_one(model, identity(model, rows))
            for model in (Category, Task, Habit, Topic, StudySession)
        )
        assert (user.categories, user.tasks, user.habits) == ([work], [task], [run])
        assert (user.topics, user.sessions) == ([sql], [logged])
        assert isinstance(work, Category)
        assert work.tasks == [task]
        assert isinstance(sql, Topic)
        assert sql.sessions == [logged]
        assert isinstance(task, Task)
        assert task.category is work
        assert isinstance(logged, StudySession)
        assert logged.topic is sql
        assert task.user is logged.user is work.user is sql.user is user


def test_relationships_can_be_loaded_ahead(session: Session, ada: dict[str, Row]) -> None:
    options = (selectinload(User.tasks).selectinload(Task.category), selectinload(User.sessions))
    user = session.scalars(select(User).options(*options)).one()
    with count_statements(session) as statements:
        assert [task.category_id for task in user.tasks] == [ada["categories"]["id"]]
        assert user.tasks[0].category is not None
        assert len(user.sessions) == 1
    assert statements == []


def test_rows_can_be_built_through_relationships(database: Database) -> None:
    with database.session() as session:
        user = User(email="ada@example.com")
        work = Category(name="Work", user=user)
        user.tasks.append(Task(title="Write", category=work))
        Topic(name="SQL", user=user)
        session.add(user)
    with database.session() as session:
        task = session.scalars(select(Task)).one()
        assert (task.user_id, task.category_id) == (user.id, work.id)
        assert [topic.name for topic in task.user.topics] == ["SQL"]


def test_a_relationship_to_another_user_s_row_is_refused(
    session: Session, ada: dict[str, Row], bob: dict[str, Row]
) -> None:
    task = session.get_one(Task, identity(Task, ada))
    theirs = session.get_one(Category, identity(Category, bob))
    with pytest.raises(IntegrityError), session.begin_nested():
        task.category = theirs
    session.refresh(task)
    assert task.category_id == ada["categories"]["id"]


def test_an_email_is_lower_case_as_soon_as_it_is_assigned(session: Session) -> None:
    user = User(email="Ada@Example.COM")
    assert user.email == "ada@example.com"
    session.add(user)
    session.flush()
    user.email = "ADA@example.org"
    assert user.email == "ada@example.org"
    session.flush()
    assert session.scalar(named_sql("SELECT email FROM users")) == "ada@example.org"


def test_a_repr_shows_the_identity_and_never_runs_sql(
    database: Database, ada: dict[str, Row]
) -> None:
    with database.session() as session:
        rows = [session.scalars(select(mapper)).one() for mapper in Base.registry.mappers]
        shown = [repr(row) for row in rows]
        session.expire_all()
        with count_statements(session) as statements:
            expired = [repr(row) for row in rows]
        assert statements == []
    user_id, task_id = ada["users"]["id"], ada["tasks"]["id"]
    title = ada["tasks"]["title"]
    assert any(
        text.startswith(f"Task(user_id={user_id}, id={task_id}, title={title!r}") for text in shown
    )
    assert f"Task(user_id={user_id}, id={task_id})" in expired
    assert f"User(id={user_id})" in expired
    assert repr(Task(title="new")) == "Task(user_id=None, id=None, title='new')"
    assert repr(Task.__new__(Task)) == "Task(user_id=None, id=None)"
