"""A rolled-back database: commits, rollbacks, turns, the enclosing session."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

import pytest
from sqlalchemy.exc import DBAPIError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as NoTurn
from sqlalchemy.orm import Session

from tests.support.fixtures import OpenDatabase
from tests.support.names import named, named_sql
from trackercore import Conflict, Database, NotFound, Task, TaskUpdate, UserCreate, tasks, users
from trackercore.testing import Factory, ScratchDatabase, rolled_back

T = TypeVar("T")

ADA = UserCreate(email="ada@example.com")
GRACE = UserCreate(email="grace@example.com")


def emails(session: Session) -> list[str]:
    return [user.email for user in users.find(session)]


def stored(database: Database) -> list[str]:
    """What another session reads."""
    with database.session() as session:
        return emails(session)


def test_later_sessions_see_a_commit_and_the_database_does_not(underneath: Database) -> None:
    for _ in range(2):
        with rolled_back(underneath) as scratch:
            with scratch.session() as session:
                users.create(session, ADA)
            with scratch.session(read_only=True) as session:
                assert emails(session) == ["ada@example.com"]
    assert stored(underneath) == []


def test_a_block_that_raises_takes_back_its_own_changes_only(scratch: ScratchDatabase) -> None:
    with scratch.session() as session:
        users.create(session, ADA)
    with suppress(ZeroDivisionError), scratch.session() as session:
        users.create(session, GRACE)
        raise ZeroDivisionError
    assert stored(scratch) == ["ada@example.com"]


def test_a_session_may_commit_and_roll_back_within_its_block(scratch: ScratchDatabase) -> None:
    with scratch.session() as session:
        users.create(session, ADA)
        session.commit()
        users.create(session, GRACE)
        session.rollback()
        assert emails(session) == ["ada@example.com"]
    assert stored(scratch) == ["ada@example.com"]


def test_a_conflict_leaves_the_session_usable(scratch: ScratchDatabase) -> None:
    with scratch.session() as session:
        users.create(session, ADA)
        with pytest.raises(Conflict):
            users.create(session, ADA)
        assert emails(session) == ["ada@example.com"]


def test_a_read_only_session_writes_nothing_and_the_next_one_does(scratch: ScratchDatabase) -> None:
    with scratch.session() as session:
        user = users.create(session, ADA)
    with (
        pytest.raises(DBAPIError, match=r"read-?only") as caught,
        scratch.session(read_only=True) as session,
    ):
        Factory(session).task(user)
    assert caught.value.__notes__ == ["This session was opened with read_only=True."]
    with scratch.session(read_only=True) as session:
        assert emails(session) == ["ada@example.com"]
    with scratch.session() as session:
        assert Factory(session).task(user).user_id == user.id


def test_it_differs_from_the_models_in_what_the_transaction_has_changed(
    scratch: ScratchDatabase,
) -> None:
    assert scratch.differences() == []
    with scratch.enclosing_session() as outer:
        outer.execute(named_sql("DROP INDEX ix_tasks_user_id_category_id_id"))
        (difference,) = scratch.differences()
        assert named("ix_tasks_user_id_category_id_id") in difference


def test_in_memory_a_second_connection_is_refused_at_once(open_database: OpenDatabase) -> None:
    underneath = open_database("sqlite://")
    underneath.init()
    with rolled_back(underneath) as scratch:
        assert scratch.engine.dialect.name == "sqlite"
        with pytest.raises(InvalidRequestError, match=r"one connection.* session\(\)"):
            scratch.engine.connect()


def test_on_a_file_or_a_server_the_engine_is_the_one_underneath(
    backend: str, shared_database: Callable[[str], Database]
) -> None:
    underneath = shared_database(backend)
    with rolled_back(underneath) as scratch:
        assert scratch.engine is underneath.engine


@pytest.mark.parametrize("enclosing", [False, True])
def test_without_tables_the_error_says_how_to_make_them(
    empty_url: str, enclosing: bool, open_database: OpenDatabase
) -> None:
    with rolled_back(open_database(empty_url)) as scratch, pytest.raises(DBAPIError) as refused:  # noqa: SIM117
        with scratch.enclosing_session() if enclosing else scratch.session() as session:
            users.find(session)
    assert "Create the tables first" in refused.value.__notes__[0]


def test_the_app_may_create_or_upgrade_the_tables_when_it_starts(scratch: ScratchDatabase) -> None:
    with scratch.enclosing_session() as session:
        users.create(session, ADA)
        scratch.init()
        scratch.upgrade()
        assert emails(session) == ["ada@example.com"]


def test_objects_stay_readable_and_the_session_is_of_no_more_use(scratch: ScratchDatabase) -> None:
    with scratch.session() as session:
        user = users.create(session, ADA)
    assert user.email == "ada@example.com"
    with pytest.raises(InvalidRequestError):
        users.find(session)


def test_sessions_see_what_the_enclosing_one_has_not_even_flushed(scratch: ScratchDatabase) -> None:
    with scratch.enclosing_session() as outer:
        user = users.create(outer, ADA)
        user.email = "lovelace@example.com"
        assert stored(scratch) == ["lovelace@example.com"]


def test_the_enclosing_session_sees_what_the_others_wrote(scratch: ScratchDatabase) -> None:
    with scratch.enclosing_session() as outer:
        make = Factory(outer)
        changed, deleted = make.task(title="Sow"), make.task()
        key = (deleted.user_id, deleted.id)
        with scratch.session() as session:
            tasks.update(session, changed.user_id, changed.id, TaskUpdate(title="Reap"))
            tasks.delete(session, *key)
        assert changed.title == "Reap"
        with pytest.raises(NotFound):
            tasks.get(outer, *key)


def test_a_rollback_of_the_app_leaves_what_the_test_has_made(scratch: ScratchDatabase) -> None:
    with scratch.enclosing_session() as outer:
        users.create(outer, ADA)
        with suppress(Conflict), scratch.session() as session:
            users.create(session, GRACE)
            users.create(session, ADA)
        assert emails(outer) == ["ada@example.com"]
        outer.commit()
        with suppress(ZeroDivisionError), scratch.session():
            raise ZeroDivisionError
        assert emails(outer) == ["ada@example.com"]


def test_the_test_may_write_while_a_session_of_the_app_is_open(scratch: ScratchDatabase) -> None:
    with scratch.enclosing_session() as outer:
        with scratch.session() as session:
            users.create(session, ADA)
            users.create(outer, GRACE)
            assert len(emails(session)) == 2
        assert len(emails(outer)) == 2


def test_the_enclosing_session_keeps_its_own_changes_and_rereads_all_else(
    scratch: ScratchDatabase,
) -> None:
    with scratch.enclosing_session() as outer:
        make = Factory(outer)
        changed, moved, deleted = make.task(title="Sow"), make.task(), make.task()
        home, key = make.category(), (deleted.user_id, deleted.id)
        assert len(make.owner.tasks) == 3  # to be expired, as the owner is, and yet kept
        with scratch.session() as session:
            update = TaskUpdate(title="Reap", description="soon")
            tasks.update(session, changed.user_id, changed.id, update)
            tasks.delete(session, *key)
            changed.title = "Thresh"
            moved.category = home
        assert (changed.title, changed.description) == ("Thresh", "soon")
        assert outer.get(Task, key) is None
        outer.commit()
        with scratch.session() as session:
            assert tasks.get(session, changed.user_id, changed.id).title == "Thresh"
            assert tasks.get(session, moved.user_id, moved.id).category_id == home.id


def test_a_commit_or_rollback_of_the_test_is_refused_while_a_session_of_the_app_is_open(
    scratch: ScratchDatabase,
) -> None:
    with scratch.enclosing_session() as outer:
        user = users.create(outer, ADA)
        with scratch.session() as session:
            task = Factory(session).task(user)
            for end in (outer.commit, outer.rollback):
                with pytest.raises(InvalidRequestError, match=r"another session .* is open"):
                    end()
        assert tasks.get(outer, user.id, task.id).title == task.title
        outer.commit()
        outer.rollback()
        assert emails(outer) == ["ada@example.com"]


def test_a_rollback_of_the_test_takes_back_what_the_app_has_committed_since_its_last_commit(
    scratch: ScratchDatabase,
) -> None:
    with scratch.enclosing_session() as outer:
        with scratch.session() as session:
            users.create(session, ADA)
        outer.commit()
        with scratch.session() as session:
            users.create(session, GRACE)
        outer.rollback()
        assert emails(outer) == ["ada@example.com"]


def test_the_test_writes_nothing_while_a_read_only_session_is_open(
    scratch: ScratchDatabase,
) -> None:
    with scratch.enclosing_session() as outer:
        with scratch.session(read_only=True) as session:
            assert emails(session) == []
            with pytest.raises(DBAPIError, match=r"read-?only"):
                users.create(outer, ADA)
        users.create(outer, ADA)
        assert emails(outer) == ["ada@example.com"]


def test_enclosing_sessions_can_be_nested(scratch: ScratchDatabase) -> None:
    with scratch.enclosing_session() as outer:
        user = users.create(outer, ADA)
        with scratch.enclosing_session() as inner:
            assert emails(inner) == ["ada@example.com"]
        user.email = "lovelace@example.com"
        assert stored(scratch) == ["lovelace@example.com"]


def test_sessions_of_many_threads_take_turns(scratch: ScratchDatabase) -> None:
    def add(number: int) -> None:
        with scratch.session() as session:
            Factory(session).user(email=f"{number}@example.com")
            if number % 4 == 0:
                session.rollback()

    with scratch.enclosing_session() as outer:
        users.create(outer, ADA)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(add, range(40)))
        assert len(emails(outer)) == 1 + 30


def test_a_session_may_be_opened_used_and_closed_in_three_threads(scratch: ScratchDatabase) -> None:
    """As web frameworks do with dependencies that yield."""

    def opened() -> Generator[Session]:
        with scratch.session() as session:
            yield session

    with scratch.enclosing_session() as outer:
        dependency = opened()
        in_a_thread(lambda: users.create(in_a_thread(lambda: next(dependency)), ADA))
        in_a_thread(dependency.close)
        assert emails(outer) == []  # closed before its end, it rolled back
        dependency = opened()
        in_a_thread(lambda: users.create(in_a_thread(lambda: next(dependency)), ADA))
        in_a_thread(lambda: next(dependency, None))
        assert emails(outer) == ["ada@example.com"]


def test_a_second_session_inside_the_first_fails_and_says_why(
    scratch: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.testing.scratch.TURN_TIMEOUT", 0.01)
    with scratch.session() as session:
        with pytest.raises(NoTurn, match=r"another session .* pass one on"), scratch.session():
            pytest.fail("two sessions at once")
        users.create(session, ADA)
    assert stored(scratch) == ["ada@example.com"]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_tables_in_a_schema_of_their_own_are_found_there(
    empty_url: str, open_database: OpenDatabase
) -> None:
    underneath = open_database(empty_url, schema="tracker")
    underneath.init()
    with rolled_back(underneath) as scratch:
        scratch.init()
        assert scratch.differences() == []
        with scratch.session() as session:
            users.create(session, ADA)
        assert stored(scratch) == ["ada@example.com"]
    assert stored(underneath) == []


def in_a_thread(call: Callable[[], T]) -> T:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()
