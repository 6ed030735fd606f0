"""Two transactions at once: one of them waits, and then sees what the other has done.

The second call starts while the first one's transaction is open. PostgreSQL makes it wait at the
row or the unique key, SQLite at its BEGIN; where the library must make it wait, it is seen to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.refusals import outcome
from tests.services.support import NOW, TODAY, Ids, logged, person
from tests.support.kinds import Pending, Workers, workers
from trackercore import (
    CategoryCreate,
    Conflict,
    CreateManyResult,
    Database,
    HabitCreate,
    NotFound,
    StudySessionUpdate,
    TaskCreate,
    TaskUpdate,
    TopicCreate,
    TopicUpdate,
    UserCreate,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)

pytestmark = pytest.mark.slow

Work = Callable[[Session], Any]


@pytest.fixture
def ada(database: Database) -> Ids:
    with database.session() as session:
        return person(session)


def _in_a_session(database: Database, work: Work, started: Event) -> Any:
    started.set()
    with database.session() as session:
        result = outcome(work, session)
        # Whatever came of it, the transaction goes on and commits.
        users.create(session, UserCreate(email="after@example.com"))
        return result


def started_in(pool: Workers, database: Database, work: Work) -> Pending[Any]:
    started = Event()
    future = pool.submit(_in_a_session, database, work, started)
    while not started.is_set():
        _wait(future, 0.01)
    _wait(future, 0.05)  # many times what it needs to get to where it waits
    return future


def _wait(future: Pending[Any], seconds: float) -> None:
    with suppress(TimeoutError):
        future.result(timeout=seconds)


def after(database: Database, first: Work, second: Work) -> Any:
    """What the second gets that started before the first committed."""
    with workers(1) as pool, database.session() as session:
        first(session)
        future = started_in(pool, database, second)
        assert not future.done(), f"it did not wait for the first: {future.result()!r}"
        session.commit()
        result = future.result()
    with database.session() as session:
        assert users.find_by_email(session, "after@example.com") is not None
    return result


def create_category(ids: Ids, name: str) -> Work:
    return lambda session: categories.create(session, ids.user, CategoryCreate(name=name))


def create_topic(ids: Ids, name: str) -> Work:
    return lambda session: topics.create(session, ids.user, TopicCreate(name=name))


def log_session(ids: Ids, topic: int, key: str | None = None) -> Work:
    return lambda session: study_sessions.create(session, ids.user, logged(topic, key=key), now=NOW)


TWINS: dict[str, Callable[[Ids], tuple[Work, Work]]] = {
    "users.create": lambda ids: (
        lambda session: users.create(session, UserCreate(email="new@example.com")),
        lambda session: users.create(session, UserCreate(email="NEW@example.com")),
    ),
    "categories.create": lambda ids: (
        create_category(ids, "Straße"),
        create_category(ids, "STRASSE"),
    ),
    "topics.create": lambda ids: (create_topic(ids, "caf\u00e9"), create_topic(ids, "cafe\u0301")),
    "tasks.create": lambda ids: (
        lambda session: tasks.create(session, ids.user, TaskCreate(title="a", external_id="1")),
        lambda session: tasks.create(session, ids.user, TaskCreate(title="b", external_id="1")),
    ),
    "habits.create": lambda ids: (
        lambda session: habits.create(session, ids.user, daily("a")),
        lambda session: habits.create(session, ids.user, daily("b")),
    ),
    "study_sessions.create": lambda ids: (
        log_session(ids, ids.topic, "1"),
        log_session(ids, ids.topic, "1"),
    ),
}


def daily(name: str) -> HabitCreate:
    return HabitCreate(name=name, frequency="daily", external_id="1")


@pytest.mark.parametrize("service", TWINS)
def test_of_two_that_create_the_same_at_once_one_wins_and_the_other_gets_a_conflict(
    database: Database, ada: Ids, service: str
) -> None:
    first, second = TWINS[service](ada)
    assert isinstance(after(database, first, second), Conflict)


@pytest.mark.parametrize("service", ["categories.create", "topics.create", "users.create"])
def test_if_the_first_takes_it_back_the_second_wins(
    database: Database, ada: Ids, service: str
) -> None:
    first, second = TWINS[service](ada)
    with workers(1) as pool, database.session() as session:
        first(session)
        future = started_in(pool, database, second)
        session.rollback()
        assert not isinstance(future.result(), Exception)


def test_two_that_get_or_create_the_same_topic_get_the_same_row(
    database: Database, ada: Ids
) -> None:
    ids: list[int] = []

    def get_or_create(name: str) -> Work:
        return lambda session: ids.append(topics.get_or_create(session, ada.user, name).id)

    after(database, get_or_create("Straße"), get_or_create("STRASSE"))
    assert len(ids) == 2
    assert ids[0] == ids[1] != ada.topic


def test_a_task_that_was_just_put_into_a_deleted_category_stays_without_one(
    database: Database, ada: Ids
) -> None:
    def create(session: Session) -> None:
        data = TaskCreate(title="Mow", category_id=ada.category)
        tasks.create(session, ada.user, data)

    def delete(session: Session) -> None:
        categories.delete(session, ada.user, ada.category)

    assert after(database, create, delete) is None
    with database.session() as session:
        found = [(task.title, task.category_id) for task in tasks.find(session, ada.user)]
    assert found == [("Sweep", None), ("Mow", None)]


@pytest.mark.parametrize("service", ["create", "update"])
def test_a_task_cannot_be_put_into_a_category_that_is_being_deleted(
    database: Database, ada: Ids, service: str
) -> None:
    with database.session() as session:
        spare = categories.create(session, ada.user, CategoryCreate(name="Spare")).id

    def put(session: Session) -> None:
        if service == "create":
            tasks.create(session, ada.user, TaskCreate(title="Mow", category_id=spare))
        else:
            tasks.update(session, ada.user, ada.task, TaskUpdate(category_id=spare))

    result = after(database, lambda session: categories.delete(session, ada.user, spare), put)
    assert isinstance(result, NotFound)
    assert (result.entity, result.id) == ("category", spare)


def test_a_session_that_was_just_logged_goes_with_its_deleted_topic(
    database: Database, ada: Ids
) -> None:
    def delete(session: Session) -> None:
        topics.delete(session, ada.user, ada.topic)

    assert after(database, log_session(ada, ada.topic), delete) is None
    with database.session() as session:
        assert len(study_sessions.find(session, ada.user)) == 0


@pytest.mark.parametrize("service", ["create", "create_many", "update"])
def test_a_session_cannot_be_logged_on_a_topic_that_is_being_deleted(
    database: Database, ada: Ids, service: str
) -> None:
    with database.session() as session:
        spare = topics.get_or_create(session, ada.user, "Spare").id

    def log(session: Session) -> None:
        if service == "create":
            study_sessions.create(session, ada.user, logged(spare), now=NOW)
        elif service == "create_many":
            study_sessions.create_many(
                session, ada.user, [logged(ada.topic), logged(spare)], now=NOW
            )
        else:
            change = StudySessionUpdate(topic_id=spare)
            study_sessions.update(session, ada.user, ada.study_session, change, now=NOW)

    result = after(database, lambda session: topics.delete(session, ada.user, spare), log)
    assert isinstance(result, NotFound)
    assert (result.entity, result.id) == ("topic", spare)
    with database.session() as session:
        assert len(study_sessions.find(session, ada.user)) == 1


GIFTS: dict[str, Callable[[Session, Ids], object]] = {
    "category": lambda session, ids: categories.create(
        session, ids.user, CategoryCreate(name="Late")
    ),
    "task": lambda session, ids: tasks.create(session, ids.user, TaskCreate(title="Late")),
    "topic": lambda session, ids: topics.get_or_create(session, ids.user, "Late"),
    "check-in": lambda session, ids: habits.check_in(session, ids.user, ids.habit, amount=2),
    "sessions": lambda session, ids: import_sessions(session, ids, [1]),
    "tasks": lambda session, ids: import_tasks(session, ids, [1]),
}


@pytest.mark.parametrize("gift", GIFTS)
def test_nothing_can_be_given_to_a_user_who_is_being_deleted(
    database: Database, ada: Ids, gift: str
) -> None:
    result = after(
        database,
        lambda session: users.delete(session, ada.user),
        lambda session: GIFTS[gift](session, ada),
    )
    assert isinstance(result, NotFound)
    with database.session() as session:
        assert [user.email for user in users.find(session)] == ["after@example.com"]


def test_of_two_who_complete_a_task_the_first_gives_the_time(database: Database, ada: Ids) -> None:
    later = NOW + timedelta(minutes=5)

    def second(session: Session) -> object:
        return tasks.complete(session, ada.user, ada.task, now=later).completed_at

    result = after(
        database, lambda session: tasks.complete(session, ada.user, ada.task, now=NOW), second
    )
    assert result == NOW


@pytest.mark.parametrize("backend", ["postgresql"])  # SQLite lets one in at a time
def test_a_task_that_was_read_while_it_was_open_keeps_the_time_of_whoever_completed_it(
    database: Database, ada: Ids
) -> None:
    with database.session() as slow:
        task = tasks.get(slow, ada.user, ada.task)
        assert not task.completed
        with database.session() as fast:
            tasks.complete(fast, ada.user, ada.task, now=NOW)
        tasks.complete(slow, ada.user, ada.task, now=NOW + timedelta(minutes=5))
        assert task.completed_at == NOW


def test_two_updates_of_different_fields_both_stay(database: Database, ada: Ids) -> None:
    after(
        database,
        lambda session: topics.update(session, ada.user, ada.topic, TopicUpdate(name="Go")),
        lambda session: topics.update(session, ada.user, ada.topic, TopicUpdate(description="d")),
    )
    with database.session() as session:
        topic = topics.get(session, ada.user, ada.topic)
        assert (topic.name, topic.description) == ("Go", "d")


def test_a_due_date_replaces_the_due_time_that_another_has_just_set(
    database: Database, ada: Ids
) -> None:
    """Both at once would break a CHECK; the later one is judged by what is there by then."""
    result = after(
        database,
        lambda session: tasks.update(session, ada.user, ada.task, TaskUpdate(due_at=NOW)),
        lambda session: tasks.update(session, ada.user, ada.task, TaskUpdate(due_date=TODAY)),
    )
    assert not isinstance(result, Exception)
    with database.session() as session:
        task = tasks.get(session, ada.user, ada.task)
        assert (task.due_at, task.due_date) == (None, TODAY)


def import_sessions(session: Session, ids: Ids, keys: Iterable[int]) -> CreateManyResult:
    items = [logged(ids.topic, key=str(key)) for key in keys]
    return study_sessions.create_many(session, ids.user, items, now=NOW)


def import_tasks(session: Session, ids: Ids, keys: Iterable[int]) -> CreateManyResult:
    items = [TaskCreate(title="t", category_id=ids.category, external_id=str(key)) for key in keys]
    return tasks.create_many(session, ids.user, items)


each_import = pytest.mark.parametrize("load_all", [import_sessions, import_tasks])


@each_import
def test_two_imports_of_the_same_keys_store_them_once(
    database: Database, ada: Ids, load_all: Callable[..., CreateManyResult]
) -> None:
    results: list[CreateManyResult] = []

    def load(keys: range) -> Work:
        return lambda session: results.append(load_all(session, ada, keys))

    after(database, load(range(30)), load(range(20, 50)))
    assert results == [
        CreateManyResult(created=30, found=0),
        CreateManyResult(created=20, found=10),
    ]
    with database.session() as session:
        counts = (len(tasks.find(session, ada.user)), len(study_sessions.find(session, ada.user)))
        assert sorted(counts) == [1, 50 + 1]


def test_tasks_cannot_be_imported_into_a_category_that_is_being_deleted(
    database: Database, ada: Ids
) -> None:
    with database.session() as session:
        spare = categories.create(session, ada.user, CategoryCreate(name="Spare")).id

    def load(session: Session) -> None:
        import_tasks(session, ada.but("category", spare), range(3))

    result = after(database, lambda session: categories.delete(session, ada.user, spare), load)
    assert isinstance(result, NotFound)
    assert (result.entity, result.id) == ("category", spare)


def test_imported_tasks_stay_when_their_category_is_deleted(database: Database, ada: Ids) -> None:
    def delete(session: Session) -> None:
        categories.delete(session, ada.user, ada.category)

    after(database, lambda session: import_tasks(session, ada, range(3)), delete)
    with database.session() as session:
        assert [task.category_id for task in tasks.find(session, ada.user)] == [None] * 4


def test_what_was_deleted_meanwhile_is_not_found(database: Database, ada: Ids) -> None:
    result = after(
        database,
        lambda session: tasks.delete(session, ada.user, ada.task),
        lambda session: tasks.update(session, ada.user, ada.task, TaskUpdate(title="Mow")),
    )
    assert isinstance(result, NotFound)
