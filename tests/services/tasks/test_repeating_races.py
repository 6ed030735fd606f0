"""Two transactions at once that complete, skip or open again the same repeating task."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Event
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from tests.services.test_races import Work, after
from tests.support.fixtures import MakeEngine, OpenDatabase
from tests.support.kinds import KINDS, together, workers
from trackercore import (
    Database,
    OccurrenceNotOpen,
    Task,
    TaskCreate,
    TaskUpdate,
    UserCreate,
    UserUpdate,
    prepare_engine,
    tasks,
    users,
)
from trackercore.backends import backend_of, sqlite_connections, sqlite_memory
from trackercore.models import TaskOccurrence
from trackercore.services.tasks import _records
from trackercore.types import utc_now

pytestmark = pytest.mark.slow

FIRST, DAY = date(2026, 3, 10), timedelta(days=1)
NOW = datetime(2026, 3, 10, 7, tzinfo=UTC)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


@pytest.fixture
def task(database: Database) -> tuple[int, int]:
    return new_task(database)


def new_task(database: Database) -> tuple[int, int]:
    """Owner and id of one that is due at 9:00 in Berlin each day."""
    with database.session() as session:
        owner = users.create(session, UserCreate(email="a@example.com", time_zone=BERLIN.key)).id
        due_at = datetime(2026, 3, 10, 9, tzinfo=BERLIN)
        data = TaskCreate(title="t", due_at=due_at, recurrence="FREQ=DAILY")
        return owner, tasks.create(session, owner, data).id


def doing(service: Callable[..., Any], task: tuple[int, int], **arguments: Any) -> Work:
    def work(session: Session) -> object:
        made = service(session, *task, **arguments)
        return getattr(made, "occurrence_date", made)

    return work


def complete(task: tuple[int, int], day: date | None = None) -> Work:
    return doing(tasks.complete, task, occurrence_date=day, now=NOW)


def skip(task: tuple[int, int], day: date | None = None) -> Work:
    return doing(tasks.skip_occurrence, task, occurrence_date=day, now=NOW)


def reopen(task: tuple[int, int], day: date | None = None) -> Work:
    return doing(tasks.reopen, task, occurrence_date=day, now=NOW)


def move(task: tuple[int, int]) -> Work:
    def work(session: Session) -> None:
        users.update(session, task[0], UserUpdate(time_zone=NEW_YORK.key))

    return work


def left(database: Database) -> tuple[date | None, list[tuple[date, str]]]:
    """The open occurrence, and what is recorded."""
    with database.session() as session:
        row = session.scalars(select(Task)).one()
        records = session.scalars(select(TaskOccurrence).order_by(TaskOccurrence.number))
        return row.occurrence_date, [(one.occurrence_date, one.status) for one in records]


ONCE = (FIRST + DAY, [(FIRST, "completed")])


def test_two_that_start_together_complete_the_occurrence_that_they_mean(
    database: Database, task: tuple[int, int]
) -> None:

    def work(_: int) -> object:
        with database.session() as session:
            return complete(task, FIRST)(session)

    assert together(2, work) == [FIRST + DAY] * 2
    assert left(database) == ONCE


def test_one_that_waited_while_another_completed_changes_nothing_more(
    database: Database, task: tuple[int, int]
) -> None:
    """Also if they do not say which occurrence they mean."""
    assert after(database, complete(task), complete(task)) == FIRST + DAY
    assert left(database) == ONCE


def test_a_skip_that_waited_while_another_completed_changes_nothing_more(
    database: Database, task: tuple[int, int]
) -> None:
    if backend_of(database.engine).writers_take_turns:
        pytest.skip("there, it begins after it has waited, and says which one it means")
    assert after(database, complete(task), skip(task)) == FIRST + DAY
    assert left(database) == ONCE


@pytest.mark.parametrize("act", [tasks.complete, tasks.skip_occurrence])
@pytest.mark.parametrize(("later", "steps"), [(999, 1), (-999, 1), (1000, 2), (-1000, 2)])
def test_one_that_is_less_than_a_second_apart_means_the_same(
    database: Database,
    task: tuple[int, int],
    act: Callable[..., Task],
    later: int,
    steps: int,
) -> None:
    with database.session() as session:
        for now in (NOW, NOW + timedelta(milliseconds=later)):
            act(session, *task, now=now)
    assert left(database)[0] == FIRST + steps * DAY


def test_two_that_start_together_complete_one_occurrence(
    database: Database, task: tuple[int, int]
) -> None:

    def work(_: int) -> None:
        with database.session() as session:
            tasks.complete(session, *task)

    together(2, work)
    assert [day for day, _ in left(database)[1]] == [FIRST]


THRICE = [FIRST + number * DAY for number in range(3)]


def complete_thrice(database: Database, task: tuple[int, int], *, ends: bool = False) -> None:
    with database.session() as session:
        if ends:
            tasks.update(session, *task, TaskUpdate(recurrence="FREQ=DAILY;COUNT=3"))
        for day in THRICE:
            complete(task, day)(session)


@pytest.mark.parametrize("ends", [False, True])
def test_one_that_waited_while_another_opened_an_occurrence_again_changes_nothing_more(
    database: Database, task: tuple[int, int], ends: bool
) -> None:
    complete_thrice(database, task, ends=ends)
    assert after(database, reopen(task), reopen(task)) == THRICE[2]
    assert left(database)[0] == THRICE[2]


@pytest.mark.parametrize("ends", [False, True])
def test_two_that_start_together_open_one_occurrence_again(
    database: Database, task: tuple[int, int], ends: bool
) -> None:
    complete_thrice(database, task, ends=ends)

    def work(_: int) -> None:
        with database.session() as session:
            tasks.reopen(session, *task)

    together(2, work)
    assert left(database)[0] == THRICE[2]


@pytest.mark.parametrize(("later", "steps"), [(999, 1), (-999, 1), (1000, 2), (-1000, 2)])
def test_one_that_opens_again_less_than_a_second_later_means_the_same(
    database: Database, task: tuple[int, int], later: int, steps: int
) -> None:
    complete_thrice(database, task)
    second = NOW + timedelta(milliseconds=later)
    with database.session() as session:
        for now in (NOW, second):
            tasks.reopen(session, *task, now=now)
    assert left(database)[0] == THRICE[3 - steps]
    with database.session() as session:
        tasks.reopen(session, *task, occurrence_date=THRICE[2 - steps], now=second)
    assert left(database)[0] == THRICE[2 - steps]


def test_what_is_completed_again_at_once_can_be_opened_again_at_once(
    database: Database, task: tuple[int, int]
) -> None:
    with database.session() as session:
        for _ in range(3):
            assert complete(task)(session) == FIRST + DAY
            assert reopen(task)(session) == FIRST
    assert left(database) == (FIRST, [])


def test_one_that_waited_for_the_same_changes_nothing(
    database: Database, task: tuple[int, int]
) -> None:
    assert after(database, complete(task, FIRST), complete(task, FIRST)) == FIRST + DAY
    assert left(database) == ONCE


@pytest.fixture(params=["file", "memory", "the host's"])
def sqlite_database(
    request: pytest.FixtureRequest,
    file_url: str,
    open_database: OpenDatabase,
    make_engine: MakeEngine,
) -> Database:
    """Where writers take turns."""
    urls: dict[str, str | Engine] = {"file": file_url, "memory": "sqlite://"}
    if request.param not in urls:
        urls[request.param] = prepare_engine(make_engine(file_url))
    database = open_database(urls[request.param])
    database.init()
    return database


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("in_savepoint", [False, True])
@pytest.mark.parametrize("act", [tasks.complete, tasks.skip_occurrence, tasks.reopen])
def test_one_whose_session_waited_before_the_call_means_the_same(
    sqlite_database: Database,
    act: Callable[..., Task],
    in_savepoint: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a web request that reads its user first. How long it waits does not matter."""
    database = sqlite_database
    task = new_task(database)
    complete_thrice(database, task)
    monkeypatch.setattr(_records, "AT_ONCE", timedelta())
    is_waiting = Event()

    def clock() -> datetime:
        now = utc_now()
        is_waiting.set()
        return now

    def second(session: Session) -> None:
        users.get(session, task[0])
        with session.begin_nested() if in_savepoint else nullcontext():
            act(session, *task)

    with workers(1) as pool, database.session() as session:
        users.get(session, task[0])
        for module in (sqlite_connections, sqlite_memory):
            monkeypatch.setattr(module, "utc_now", clock)
        future = pool.submit(database.run, second)
        while not is_waiting.is_set():
            with suppress(TimeoutError):
                future.result(timeout=0.01)
        act(session, *task)
        session.commit()
        future.result()
    step = -1 if act is tasks.reopen else 1
    assert len(left(database)[1]) == 3 + step
    with database.session() as session:  # later ones mean the next
        act(session, *task)
        act(session, *task)
    assert len(left(database)[1]) == 3 + 3 * step


@pytest.mark.parametrize("act", [tasks.complete, tasks.skip_occurrence, tasks.reopen])
def test_a_session_that_waited_may_act_more_than_once(
    sqlite_database: Database, act: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    task = new_task(sqlite_database)
    complete_thrice(sqlite_database, task)
    monkeypatch.setattr(_records, "AT_ONCE", timedelta())
    waits = iter([timedelta(seconds=5)])
    for module in (sqlite_connections, sqlite_memory):
        monkeypatch.setattr(module, "utc_now", lambda: utc_now() - next(waits, timedelta()))
    with sqlite_database.session() as session:
        for _ in range(3):
            act(session, *task)
    assert len(left(sqlite_database)[1]) == (0 if act is tasks.reopen else 6)


def after_again(database: Database, first: Work, second: Work) -> Any:
    """The same as `after`, which makes a user each time."""
    with database.session() as session:
        made = users.find_by_email(session, "after@example.com")
        if made is not None:
            users.delete(session, made.id)
    return after(database, first, second)


def test_one_that_waited_for_a_skip_is_refused(database: Database, task: tuple[int, int]) -> None:
    result = after(database, skip(task, FIRST), complete(task, FIRST))
    assert isinstance(result, OccurrenceNotOpen)
    assert left(database) == (FIRST + DAY, [(FIRST, "skipped")])


def test_completing_and_opening_again_take_turns(database: Database, task: tuple[int, int]) -> None:
    after(database, complete(task, FIRST), reopen(task, FIRST))
    assert left(database) == (FIRST, [])
    with database.session() as session:
        complete(task)(session)
    after_again(database, reopen(task, FIRST), complete(task, FIRST))
    assert left(database) == ONCE


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("edited", [True, False])
def test_a_task_that_moves_on_while_its_owner_moves_is_due_at_the_time_of_the_new_zone(
    database: Database, task: tuple[int, int], level: str, is_first: bool, edited: bool
) -> None:
    if backend_of(database.engine).writers_take_turns and level != "READ COMMITTED":
        pytest.skip("SQLite has one level")
    if edited:
        with database.session() as session:
            tasks.update(session, *task, TaskUpdate(due_at=NOW + timedelta(hours=5)))
    works = (complete(task, FIRST), move(task)) if is_first else (move(task), complete(task, FIRST))
    _one_while_the_other(database, level, *works)
    assert left(database) == ONCE
    with database.session() as session:
        row = session.scalars(select(Task)).one()
        assert row.due_at == datetime(2026, 3, 11, 9, tzinfo=NEW_YORK)
        assert row.due_day == date(2026, 3, 11)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_at_every_level_two_complete_the_occurrence_that_they_mean(
    database: Database, task: tuple[int, int], level: str
) -> None:
    if backend_of(database.engine).writers_take_turns and level != "READ COMMITTED":
        pytest.skip("SQLite has one level")
    _one_while_the_other(database, level, complete(task, FIRST), complete(task, FIRST))
    assert left(database) == ONCE


def _one_while_the_other(database: Database, level: str, first: Work, second: Work) -> None:
    """The second begins while the first is open, and is run again where that may help."""
    if backend_of(database.engine).writers_take_turns:
        after(database, first, second)
        return
    begun = Barrier(2)
    leveled = Database(database.engine.execution_options(isolation_level=level))
    tries: list[int] = []

    def work(session: Session) -> object:
        users.find(session)  # takes the snapshot
        if not tries:
            begun.wait()
        tries.append(1)
        return second(session)

    with workers(1) as pool, database.session() as session:
        first(session)
        future = pool.submit(leveled.run, work)
        begun.wait()
        with pytest.raises(TimeoutError):
            future.result(timeout=0.1)  # it waits
        session.commit()
        future.result()
    assert len(tries) == (1 if level == "READ COMMITTED" else 2)
