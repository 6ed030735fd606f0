"""What is given as a session is one, and is used by one caller at a time."""

from __future__ import annotations

import asyncio
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from tests.services.calls import CALLS, SOMEBODY, services
from tests.services.support import logged, person
from trackercore import (
    AsyncDatabase,
    Base,
    CheckInCreate,
    Database,
    SessionInUse,
    StudySessionCreate,
    TaskCreate,
    UserCreate,
    configure,
    get_session,
    habits,
    study_sessions,
    tasks,
    users,
)

pytestmark = pytest.mark.slow  # every call, with many things that are no session

ADA = UserCreate(email="ada@example.com")


def email(number: int) -> UserCreate:
    return UserCreate(email=f"{number}@example.com")


def not_sessions(database: Database) -> Iterator[Any]:
    """What is given instead of a session, where `with` was forgotten."""
    configure(database)
    yield from (get_session(), database.session(), database, database.engine, Session, None, 1)
    with database.engine.connect() as connection:
        yield connection


def test_anything_but_a_session_is_a_type_error_that_says_how_to_open_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.database._default", None)
    for wrong in not_sessions(database):
        for call in CALLS:
            with pytest.raises(TypeError, match=r"must be a Session, .*with get_session\(\) as"):
                call.run_unprepared(wrong, SOMEBODY)


@pytest.mark.parametrize(("module", "needs"), [("frames", "pandas"), ("plots", "matplotlib")])
def test_frames_and_plots_say_so_too(
    database: Database, monkeypatch: pytest.MonkeyPatch, module: str, needs: str
) -> None:
    pytest.importorskip(needs)
    monkeypatch.setattr("trackercore.database._default", None)
    extra = import_module(f"trackercore.{module}")
    for wrong in not_sessions(database):
        for name in extra.__all__:
            with pytest.raises(TypeError, match="must be a Session"):
                getattr(extra, name)(wrong, 1)


def test_an_asyncio_session_is_a_type_error_that_names_run_sync(database: Database) -> None:
    asynchronous = AsyncDatabase(database.engine.url)
    wrongs: list[Any] = [AsyncSession(), asynchronous.session(), asynchronous]
    for wrong in wrongs:
        for call in CALLS:
            with pytest.raises(TypeError, match=r"must be a Session, .*run_sync\(function"):
                call.run_unprepared(wrong, SOMEBODY)


def test_a_scoped_session_is_a_session(database: Database) -> None:
    scoped: Any = scoped_session(sessionmaker(database.engine))
    ada = users.create(scoped, ADA)
    assert users.get(scoped, ada.id) is ada
    scoped.remove()


def in_another_thread(work: Callable[[], object]) -> BaseException | None:
    """Run it in another thread, and return its error."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).exception()


@pytest.mark.parametrize("service", services())
def test_every_service_refuses_a_session_that_another_thread_is_using(
    service: str, session: Session
) -> None:
    (call, *_) = (call for call in CALLS if call.service == service)
    ids = person(session)

    def items() -> Iterator[CheckInCreate]:
        error = in_another_thread(lambda: call.run(session, ids))
        assert isinstance(error, SessionInUse), error
        yield CheckInCreate()

    habits.check_in_many(session, ids.user, ids.habit, items())
    assert in_another_thread(lambda: users.find(session)) is None  # afterwards, it may


def test_a_session_that_is_handed_from_thread_to_thread_is_used(database: Database) -> None:
    with database.session() as session:
        for number in range(3):
            assert in_another_thread(partial(users.create, session, email(number))) is None
        users.create(session, ADA)
    with database.session() as session:
        assert len(users.find(session)) == 4


def test_a_service_may_be_called_while_another_reads_its_items(session: Session) -> None:
    ids = person(session)

    def items() -> Iterator[StudySessionCreate]:
        for item in [logged(ids.topic)]:
            users.get(session, ids.user)
            yield item

    study_sessions.create_many(session, ids.user, items())


def test_what_was_acknowledged_by_threads_that_share_a_session_is_stored(
    database: Database,
) -> None:
    acknowledged: list[str] = []
    start = threading.Barrier(4)

    def work(thread: int) -> None:
        start.wait(timeout=30)
        for number in range(25):
            with suppress(SessionInUse):
                acknowledged.append(users.create(session, email(100 * thread + number)).email)

    with database.session() as session, ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    with database.session() as session:
        assert {user.email for user in users.find(session)} == set(acknowledged)


def test_a_block_that_ends_while_another_thread_uses_its_session_waits_and_stores_nothing(
    database: Database,
) -> None:
    with database.session() as session:
        ids = person(session)
    entered, go_on = threading.Event(), threading.Event()
    pending: list[Future[Any]] = []

    def items() -> Iterator[TaskCreate]:
        entered.set()
        assert go_on.wait(timeout=30)
        yield TaskCreate(title="late")

    def commit_too_early() -> None:
        with database.session() as session:
            tasks.create(session, ids.user, TaskCreate(title="early"))
            pending.append(pool.submit(tasks.create_many, session, ids.user, items()))
            assert entered.wait(timeout=30)
            threading.Timer(0.1, go_on.set).start()

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(SessionInUse, match="open one in each"):
            commit_too_early()
        (running,) = pending
        assert running.done()
        assert running.result().created == 1
    with database.session() as session:
        titles = {task.title for task in tasks.find(session, ids.user)}
        assert not titles & {"early", "late"}
        tasks.create(session, ids.user, TaskCreate(title="next"))


def test_a_session_is_nobody_s_after_its_block(database: Database) -> None:
    with database.session() as session:
        pass
    with ThreadPoolExecutor(1) as pool, pytest.raises(SessionInUse):
        pool.submit(users.find, session).result()


def test_tasks_that_share_a_session_are_refused(database: Database) -> None:
    async def main() -> list[object]:
        own = AsyncDatabase(database.engine.url)
        try:
            async with own.session() as session:
                calls = (session.run_sync(users.create, email(number)) for number in range(3))
                return [*await asyncio.gather(*calls, return_exceptions=True)]
        finally:
            await own.dispose()

    first, *others = asyncio.run(main())
    assert not isinstance(first, BaseException), first
    assert [type(other) for other in others] == [SessionInUse] * 2
    with database.session() as session:
        assert len(users.find(session)) == 1


def test_a_session_that_has_an_engine_for_our_tables_alone_is_used_with_it(
    database: Database,
) -> None:
    make = sessionmaker(binds={Base: database.engine})
    with make.begin() as session:
        ids = person(session)
        assert users.get(session, ids.user).id == ids.user
        assert habits.due(session, ids.user) is not None
        assert [row.id for row in users.find(session)] == [ids.user]


@pytest.mark.parametrize("service", services())
def test_every_service_can_be_pickled(service: str) -> None:
    function = services()[service]
    assert pickle.loads(pickle.dumps(function)) is function  # noqa: S301 - our own


def test_ctrl_c_in_the_caller_s_code_leaves_its_variables_to_debuggers(
    database: Database,
) -> None:
    def interrupted() -> None:
        important = 1
        raise KeyboardInterrupt(important)

    def block() -> None:
        with database.session():
            interrupted()

    with pytest.raises(KeyboardInterrupt) as caught:
        block()
    assert caught.traceback[-1].frame.f_locals == {"important": 1}
