"""Two transactions at once, stopped where it matters, and what one after the other would do.

A first transaction begins. Before one of its statements, or after the last, a second one starts in
a thread, and gets as far as it can: it commits, or waits for a lock of the first. Then the first
goes on and commits. What became of both must be what became of them one after the other, in either
order; or one of them failed with an error after which `Database.run` tries again, and left nothing.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel
from sqlalchemy import URL, event, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, Call
from tests.services.support import NOW, TODAY, Ids, person
from tests.support.names import named
from tests.support.rows import TABLES
from trackercore import (
    Base,
    CheckInCreate,
    Database,
    HabitCreate,
    HabitUpdate,
    ScheduleChange,
    StudyGoalCreate,
    StudySession,
    StudySessionUpdate,
    TaskCreate,
    TaskUpdate,
    TimedSessionCreate,
    TrackerError,
    UserUpdate,
    habits,
    study_sessions,
    tasks,
    users,
)
from trackercore.backends import backend_of
from trackercore.backends.retries import is_transient

Level = Literal["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"]
LEVELS: tuple[Level, ...] = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")

ZONES = ("UTC", "Pacific/Apia")
"""Where the user is at first: Apia had no 2011-12-30."""

DAY = timedelta(days=1)
MISSING = date(2011, 12, 30)


@dataclass(frozen=True)
class Owned(Ids):
    """And the ids of more: another habit, two tasks without a category, one of them due at an
    instant, a session of several parts, and a repeating task with a timed subtask that is done."""

    walk: int
    loose_task: int
    timed_task: int
    night: int
    chore: int
    step: int


class Raced(NamedTuple):
    """A transaction of one or more calls, and a name for it that no other has."""

    name: str
    run: Callable[[Session, Owned], object]
    moves: bool = False
    """Whether it changes the settings by which the user's days are judged."""

    def __str__(self) -> str:
        return self.name


def _raced(calls: Iterable[Call]) -> Iterator[Raced]:
    names: Counter[str] = Counter()
    for call in calls:
        names[str(call)] += 1
        number = f"#{names[str(call)]}" if names[str(call)] > 1 else ""
        yield Raced(f"{call}{number}", call.run)


def _update_user(**changes: Any) -> Raced:
    name = ", ".join(f"{key}={value!r}" for key, value in changes.items())
    data = UserUpdate(**changes)

    def run(session: Session, ids: Owned) -> object:
        return users.update(session, ids.user, data)

    return Raced(f"users.update({name})", run, moves=True)


def _of_habit(name: str, service: Callable[..., object], **arguments: Any) -> Raced:
    """A write of the habit for which a zone without the missing day makes a difference."""

    def run(session: Session, ids: Owned) -> object:
        return service(session, ids.user, ids.habit, now=NOW, **arguments)

    return Raced(f"habits.{name} around the missing day", run)


def _of_walk(name: str, service: Callable[..., object], **arguments: Any) -> Raced:
    """A write of the habit for which it makes one only after the write."""

    def run(session: Session, ids: Owned) -> object:
        return service(session, ids.user, ids.walk, now=NOW, **arguments)

    return Raced(f"habits.{name} before the missing day", run)


def _new_habit(session: Session, ids: Owned) -> None:
    data = HabitCreate(name="Swim", frequency="daily", starts_on=MISSING - DAY)
    habit = habits.create(session, ids.user, data, now=NOW)
    days = [CheckInCreate(on=MISSING + number * DAY) for number in (-1, 1)]
    habits.check_in_many(session, ids.user, habit.id, days, now=NOW)


def _move_task(session: Session, ids: Owned) -> object:
    return tasks.move(session, ids.user, ids.timed_task, before=ids.task)


def _move_habit(session: Session, ids: Owned) -> object:
    return habits.move(session, ids.user, ids.walk, before=ids.habit)


def _of_timed_task(name: str, change: Callable[..., object], **arguments: Any) -> Raced:
    """A write of a task whose local day depends on the user's settings."""

    def run(session: Session, ids: Owned) -> object:
        return change(session, ids.user, ids.timed_task, **arguments)

    return Raced(f"tasks.{name} of a timed one", run)


def _of_chore(name: str, change: Callable[..., object], **arguments: Any) -> Raced:
    """A write of a task with a subtask, which is written along."""

    def run(session: Session, ids: Owned) -> object:
        return change(session, ids.user, ids.chore, **arguments)

    return Raced(f"tasks.{name} of a parent", run)


def _add_step(session: Session, ids: Owned) -> object:
    return tasks.create(session, ids.user, TaskCreate(title="Mop", parent_id=ids.chore))


def _take_step(session: Session, ids: Owned) -> object:
    data = TaskUpdate(parent_id=ids.loose_task)
    return tasks.update(session, ids.user, ids.step, data, now=NOW)


def _reopen_step(session: Session, ids: Owned) -> object:
    return tasks.reopen(session, ids.user, ids.step)


def _import_timed_task(session: Session, ids: Owned) -> object:
    items = [TaskCreate(title="Dust", due_at=NOW, completed=False)]
    return tasks.create_many(session, ids.user, items)


def _new_timed_task(session: Session, ids: Owned) -> object:
    return tasks.create(session, ids.user, TaskCreate(title="Dust", due_at=NOW))


def _file_task(session: Session, ids: Owned) -> object:
    data = TaskUpdate(category_id=ids.category)
    return tasks.update(session, ids.user, ids.loose_task, data)


def _move_night(session: Session, ids: Owned) -> object:
    data = StudySessionUpdate(ended_at=NOW - 5 * DAY)
    return study_sessions.update(session, ids.user, ids.night, data, now=NOW)


def _delete_night(session: Session, ids: Owned) -> None:
    study_sessions.delete(session, ids.user, ids.night)


def _set_other_goal(session: Session, ids: Owned) -> object:
    return study_sessions.set_goal(session, ids.user, StudyGoalCreate(minutes=45), now=NOW)


SPECIAL = (
    _update_user(time_zone="Pacific/Apia"),
    _update_user(time_zone="Etc/GMT+12"),
    _update_user(time_zone="Pacific/Kiritimati"),
    _update_user(day_starts_at=720),
    _of_habit("check_in", habits.check_in, on=MISSING - 3 * DAY),
    _of_habit(
        "check_in_many",
        habits.check_in_many,
        items=[CheckInCreate(on=MISSING + n * DAY) for n in (-4, 2, 3)],
    ),
    _of_habit("skip", habits.skip, on=MISSING + 2 * DAY),
    _of_habit("undo_check_in", habits.undo_check_in, on=MISSING - 2 * DAY),
    _of_habit("pause", habits.pause, starts_on=MISSING + 2 * DAY, ends_on=TODAY - 9 * DAY),
    _of_habit(
        "change_schedule",
        habits.change_schedule,
        data=ScheduleChange(frequency="daily", every=2),
        effective_from=MISSING + 3 * DAY,
    ),
    _of_habit("archive", habits.archive, on=MISSING + 5 * DAY),
    _of_habit("update", habits.update, data=HabitUpdate(starts_on=MISSING - 3 * DAY)),
    _of_walk("check_in", habits.check_in, on=MISSING - DAY),
    _of_walk("check_in_many", habits.check_in_many, items=[CheckInCreate(on=MISSING - DAY)]),
    Raced("habits.create and check_in_many", _new_habit),
    Raced("tasks.update into a category", _file_task),
    Raced("tasks.move to the front", _move_task),
    Raced("habits.move to the front", _move_habit),
    Raced("tasks.create of a timed one", _new_timed_task),
    Raced("tasks.create_many of a timed one", _import_timed_task),
    _of_timed_task("complete", tasks.complete, now=NOW),
    _of_timed_task("update", tasks.update, data=TaskUpdate(due_at=NOW + DAY)),
    _of_timed_task("update and complete", tasks.update, data=TaskUpdate(completed=True), now=NOW),
    _of_timed_task("archive", tasks.archive, now=NOW),
    _of_chore("complete", tasks.complete, occurrence_date=TODAY, subtasks=True, now=NOW),
    _of_chore("skip_occurrence", tasks.skip_occurrence, occurrence_date=TODAY, now=NOW),
    _of_chore("archive", tasks.archive, now=NOW),
    _of_chore("delete", tasks.delete),
    Raced("tasks.create of a subtask", _add_step),
    Raced("tasks.update to another parent", _take_step),
    Raced("tasks.reopen of a subtask", _reopen_step),
    Raced("study_sessions.update of parts", _move_night),
    Raced("study_sessions.delete of parts", _delete_night),
    Raced("study_sessions.set_goal of other minutes", _set_other_goal),
)
"""What the table of calls cannot have, as its users have one row of everything."""


def prepare(session: Session, time_zone: str) -> Owned:
    """The user whose rows are written: with a history over the missing day, and a long night."""
    ids = person(session, time_zone=time_zone)
    days = [CheckInCreate(on=MISSING + number * DAY) for number in (-2, -1, 1)]
    habits.check_in_many(session, ids.user, ids.habit, days, now=NOW)
    data = HabitCreate(
        name="Walk", frequency="daily", starts_on=MISSING - 2 * DAY, category_id=ids.category
    )
    walk = habits.create(session, ids.user, data, now=NOW).id
    later = [CheckInCreate(on=MISSING + number * DAY) for number in (1, 2)]
    habits.check_in_many(session, ids.user, walk, later, now=NOW)
    start = NOW - 7 * DAY
    times = TimedSessionCreate(topic_id=ids.topic, started_at=start, ended_at=start + DAY)
    night = study_sessions.create_timed(session, ids.user, times, now=NOW)[0].id
    # A table is scanned in another order than that of the parts.
    session.execute(update(StudySession).where(StudySession.id == night).values(notes="long"))
    task = tasks.create(session, ids.user, TaskCreate(title="Mop")).id
    timed = tasks.create(session, ids.user, TaskCreate(title="Wash", due_at=NOW)).id
    more = TaskCreate(title="Clean", due_date=TODAY, recurrence="FREQ=WEEKLY")
    chore = tasks.create(session, ids.user, more).id
    more = TaskCreate(title="Scrub", due_at=NOW, parent_id=chore)
    step = tasks.create(session, ids.user, more).id
    tasks.complete(session, ids.user, step, now=NOW)
    return Owned(
        **vars(ids),
        walk=walk,
        loose_task=task,
        timed_task=timed,
        night=night,
        chore=chore,
        step=step,
    )


class Outcome(NamedTuple):
    """What became of a transaction.

    Attributes:
        kind: "transient" is an error after which `run` tries again, "broken" one that nobody
            expects; both, and "refused", mean that it left nothing.
        what: the error, or what a call returned that is no row.
    """

    kind: Literal["done", "refused", "transient", "broken"]
    what: str = ""


State = str
"""All rows as JSON, without what differs each time."""


class Result(NamedTuple):
    """What became of two transactions, and the rows that they left."""

    first: Outcome
    second: Outcome
    state: State


class Race(NamedTuple):
    """A race that was run.

    Attributes:
        where: the level, where the user was, and before which statement the second began.
        calls: the first and the second.
        result: what became of them.
        wrong: what is wrong with it, if anything is.
    """

    where: tuple[Level, str, int]
    calls: tuple[str, str]
    result: Result
    wrong: str | None

    @property
    def described(self) -> str:
        outcomes = [*self.result[:2]]
        return f"{self.wrong}: {self.calls} with {self.where}: {outcomes}"


@dataclass
class Arena:
    """A PostgreSQL database that is put back to the same rows before each race."""

    by_level: Mapping[Level, Database]
    pool: ThreadPoolExecutor
    ids: dict[str, Owned] = field(default_factory=dict[str, Owned])

    def __post_init__(self) -> None:
        self.plain = self.by_level["READ COMMITTED"]
        self.watcher = self.plain.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        self.after_one = cache(self._after_one)
        self.one_after_the_other = cache(self._one_after_the_other)
        self.steps_of = cache(self._steps_of)
        for number, zone in enumerate(ZONES):
            with self.plain.session() as session:
                self.ids[zone] = prepare(session, zone)
            self._run(f"CREATE SCHEMA saved_{number}")
            for name in TABLES:
                self._run(f"CREATE TABLE saved_{number}.{name} AS TABLE {name}")
            self._run("DELETE FROM users")
        for name, table in TABLES.items():
            if table.autoincrement_column is not None:
                self._run(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {_FIRST_NEW_ID})")

    def _run(self, script: str) -> None:
        self.watcher.exec_driver_sql(named(script))

    def reset(self, zone: str) -> None:
        number = ZONES.index(zone)
        copies = (_copy(name, f"saved_{number}.{name}") for name in TABLES)
        self._run("; ".join(("BEGIN", "DELETE FROM users", *copies, "COMMIT")))

    def state(self) -> State:
        """All rows, and the orders of users; ids that were given out since count as equal.

        So does when a row was made or changed, and what number its position is.
        """
        rows = dict.fromkeys(TABLES, f"to_jsonb(t) - {_DIFFERS}")
        for name in ("tasks", "habits"):
            rank = "'rank', rank() OVER (PARTITION BY t.user_id ORDER BY t.position, t.id)"
            rows[name] += f" || jsonb_build_object({rank})"
        columns = ", ".join(
            f"'{name}', (SELECT json_agg(row) FROM (SELECT {row} AS row FROM {name} AS t) AS t)"
            for name, row in rows.items()
        )
        found: dict[str, list[dict[str, Any]] | None] = self.watcher.exec_driver_sql(
            named(f"SELECT json_build_object({columns})")
        ).scalar_one()
        return json.dumps(
            {name: sorted(map(_as_text, all_)) for name, all_ in found.items() if all_}, indent=1
        )

    def _after_one(self, zone: str, one: Raced) -> tuple[Outcome, State]:
        self.reset(zone)
        outcome = self._transact(self.plain, one, zone)
        return outcome, self._sound_state()

    def _one_after_the_other(self, zone: str, one: Raced, other: Raced) -> Result:
        self.reset(zone)
        first = self._transact(self.plain, one, zone)
        second = self._transact(self.plain, other, zone)
        return Result(first, second, self._sound_state())

    def _sound_state(self) -> State:
        with self.plain.session() as session:
            assert habits.rebuild_streaks(session).corrected == 0
            session.rollback()
        return self.state()

    def _steps_of(self, zone: str, one: Raced) -> int:
        """How many statements it runs, when nobody disturbs it."""
        self.reset(zone)
        steps = [0]

        def count(*_: object) -> None:
            steps[0] += 1

        self._transact(self.plain, one, zone, count)
        return steps[0]

    def _transact(
        self,
        database: Database,
        work: Raced,
        zone: str,
        before_each: Callable[..., None] | None = None,
        after: Callable[[], None] = lambda: None,
        *,
        loads: bool = False,
    ) -> Outcome:
        ids = self.ids[zone]
        try:
            with database.session() as session:
                connection = session.connection()
                connection.exec_driver_sql("SELECT 1")  # takes the snapshot
                loaded = list(_load_all(session)) if loads else []
                if before_each is not None:
                    event.listen(connection, "before_cursor_execute", before_each)
                try:
                    result = work.run(session, ids)
                finally:
                    if before_each is not None:
                        event.remove(connection, "before_cursor_execute", before_each)
                    after()
                del loaded
        except TrackerError as error:
            return Outcome("refused", type(error).__name__)
        except DBAPIError as error:
            what = f"{type(error).__name__}: {error.orig}"
            return Outcome("transient" if is_transient(error) else "broken", what)
        except Exception as error:  # noqa: BLE001 - the test shows it
            return Outcome("broken", repr(error))
        return Outcome("done", repr(result) if isinstance(result, BaseModel) else "")

    def races(self, levels: Iterable[Level], one: Raced, other: Raced) -> Iterator[Race]:
        """All races of two calls: with the second before the first, after it, and between.

        Between the statements of the first only at READ COMMITTED, where locks alone keep order.
        """
        for zone in ZONES if one.moves or other.moves else ZONES[:1]:
            last = self.steps_of(zone, one)
            for level in levels:
                for step in range(last + 1) if level == "READ COMMITTED" else (0, last):
                    # What was loaded before must not be mistaken for what is there.
                    loads = step == 0 and level != "SERIALIZABLE"
                    result = self.race(level, zone, one, other, step, loads=loads)
                    wrong = self.judge(zone, one, other, result)
                    yield Race((level, zone, step), (one.name, other.name), result, wrong)

    def race(
        self, level: Level, zone: str, one: Raced, other: Raced, step: int, *, loads: bool = False
    ) -> Result:
        """Let the other start before a statement of the first, or after its last."""
        self.reset(zone)
        database = self.by_level[level]
        steps, started = [0], list[Future[Outcome]]()

        def start() -> None:
            if not started:
                started.append(self.pool.submit(self._transact, database, other, zone))
                self._wait(started[0])

        def before_each(*_: object) -> None:
            if steps[0] == step:
                start()
            steps[0] += 1

        first = self._transact(database, one, zone, before_each, start, loads=loads)
        return Result(first, started[0].result(timeout=30), self.state())

    def _wait(self, future: Future[Outcome]) -> None:
        """Until it is done, or waits for a lock."""
        while not future.done():
            if self.watcher.exec_driver_sql(_IS_WAITING).scalar_one():
                return
            time.sleep(0.0005)

    def judge(self, zone: str, one: Raced, other: Raced, result: Result) -> str | None:
        """What is wrong with a result, if anything is."""
        first, second, state = result
        kinds = (first.kind, second.kind)
        if "broken" in kinds:
            return "an error that nobody expects"
        if "deadlock" in first.what + second.what:
            return "a deadlock"
        if kinds == ("transient", "transient"):
            return "both failed"
        if first.kind == "transient":
            right = self.after_one(zone, other) == (second, state)
        elif second.kind == "transient":
            right = self.after_one(zone, one) == (first, state)
        else:
            right = result == self.one_after_the_other(zone, one, other) or (
                (second, first, state) == self.one_after_the_other(zone, other, one)
            )
        return None if right else "as in no order"


def _copy(table: str, saved: str) -> str:
    """SQL that fills a table from a copy of it, but for what the database works out."""
    given = [column.name for column in TABLES[table].columns if column.computed is None]
    names = ", ".join(given)
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {saved}"


_IS_WAITING = (
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock')"
)


_DIFFERS = "'{created_at,updated_at,recorded_at,position}'::text[]"

_FIRST_NEW_ID = 1_000_000
"""More than any other number in the rows."""


def _as_text(row: dict[str, Any]) -> str:
    return json.dumps(
        {
            name: "new" if isinstance(value, int) and value > _FIRST_NEW_ID else value
            for name, value in row.items()
        }
    )


def _load_all(session: Session) -> Iterator[object]:
    """Everything, as it may have been read before in a long transaction."""
    for mapper in Base.registry.mappers:
        yield from session.scalars(select(mapper.class_))


@contextmanager
def arena(url: str | URL) -> Generator[Arena]:
    """An arena in an empty database on PostgreSQL."""
    with ExitStack() as stack:
        timeout = {"options": "-c deadlock_timeout=50ms"}
        by_level: dict[Level, Database] = {
            level: Database(url, isolation_level=level, connect_args=timeout) for level in LEVELS
        }
        for database in by_level.values():
            stack.callback(database.dispose)
        by_level["READ COMMITTED"].init()
        made = Arena(by_level, stack.enter_context(ThreadPoolExecutor(1)))
        stack.callback(made.watcher.close)
        yield made


def writing(made: Arena) -> list[Raced]:
    """Every call of a service that writes or locks: those that a read-only session refuses."""
    zone = ZONES[0]
    made.reset(zone)
    services = set[str]()
    for call in CALLS:
        try:
            with made.plain.session(read_only=True) as session:
                call.run(session, made.ids[zone])
        except DBAPIError as error:
            if not backend_of(made.plain.engine).is_refused_write(error):
                raise
            services.add(call.service)
    return [*_raced(call for call in CALLS if call.service in services), *SPECIAL]
