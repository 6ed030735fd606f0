"""Importing tasks and study sessions: all or nothing, in one pass, as often as one likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, field_serializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.services.hostile import HOSTILE
from tests.services.support import NOW, TODAY, YEAR, Ids, Kind, dump, logged, person
from tests.support.databases import empty
from tests.support.kinds import workers
from tests.support.statements import count_statements
from trackercore import (
    CategoryCreate,
    CreateManyResult,
    Database,
    FutureDay,
    NotFound,
    StudySession,
    StudySessionCreate,
    Task,
    TaskCreate,
    TaskRead,
    TimedSessionCreate,
    categories,
    study_sessions,
    tasks,
    topics,
)
from trackercore.domain.calendar import FIRST_INSTANT, LAST_INSTANT
from trackercore.services.study_sessions import _create_many
from trackercore.testing import strategies

BATCH = 5_000
SECOND = timedelta(seconds=1)
CREATED = [
    datetime(2020, 1, 31, 8, tzinfo=UTC),
    datetime(2020, 1, 31, 8, 0, 0, 120, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    FIRST_INSTANT,
    LAST_INSTANT - timedelta.resolution,
]


@dataclass(frozen=True)
class Import:
    """A `create_many`, and what its tests need to know of it.

    Attributes:
        item: a valid item for a user's rows, with a key in the system that it comes from, and a
            number by which the test knows it.
        create: stores one.
        number: that of a row.
        text: the field of an item that may be long.
        refers_to: the kind of row that an item refers to.
    """

    model: type[Task | StudySession]
    schema: type[BaseModel]
    run: Callable[[Session, Ids, Iterable[Any]], CreateManyResult]
    create: Callable[[Session, int, Any], object]
    find: Callable[..., Iterable[Any]]
    item: Callable[[Ids, str | None, int], Any]
    number: Callable[[Any], int]
    text: str
    refers_to: Kind
    names: str

    def __str__(self) -> str:
        return self.model.__tablename__

    def items(self, ids: Ids, *keys: str | None) -> list[Any]:
        return [self.item(ids, key, 5) for key in keys]

    def changed(self, ids: Ids, **fields: object) -> Any:
        """An item with other values."""
        return self.schema(**self.item(ids, None, 5).model_dump() | fields)

    def rows(self, session: Session, ids: Ids) -> list[Any]:
        """The rows that were imported."""
        own = ids.task if self.model is Task else ids.study_session
        return [row for row in self.find(session, ids.user) if row.id != own]

    def stored(self, session: Session, ids: Ids) -> list[tuple[str | None, int]]:
        """The keys and numbers of the rows that were imported."""
        return [(row.external_id, self.number(row)) for row in self.rows(session, ids)]


def task(ids: Ids, key: str | None, number: int) -> TaskCreate:
    return TaskCreate(title=f"{number}", category_id=ids.category, external_id=key)


TASKS = Import(
    model=Task,
    schema=TaskCreate,
    run=lambda session, ids, items: tasks.create_many(session, ids.user, items),
    create=tasks.create,
    find=tasks.find,
    item=task,
    number=lambda row: int(row.title),
    text="description",
    refers_to="category",
    names="TaskCreate",
)
SESSIONS = Import(
    model=StudySession,
    schema=StudySessionCreate,
    run=lambda session, ids, items: study_sessions.create_many(session, ids.user, items, now=NOW),
    create=study_sessions.create,
    find=study_sessions.find,
    item=lambda ids, key, number: logged(ids.topic, TODAY, minutes=number, key=key),
    number=lambda row: row.duration_minutes,
    text="notes",
    refers_to="topic",
    names="StudySessionCreate or TimedSessionCreate",
)

each = pytest.mark.parametrize("of", [TASKS, SESSIONS], ids=str)


def test_sessions_are_stored_as_they_are_given(session: Session) -> None:
    ids = person(session)
    go = topics.get_or_create(session, ids.user, "Go")
    full = StudySessionCreate(
        topic_id=go.id,
        duration_minutes=1440,
        study_date=date(2005, 1, 31),
        notes="n",
        external_id="e",
    )
    bare = logged(ids.topic, minutes=1)
    result = study_sessions.create_many(session, ids.user, [full, bare], now=NOW)
    assert result == CreateManyResult(created=2, found=0)
    first, _, second = study_sessions.find(session, ids.user)
    for row, data in ((first, full), (second, bare)):
        given = data.model_dump(exclude={"created_at"})
        given["study_date"] = data.study_date or TODAY
        assert {name: getattr(row, name) for name in given} == given
    assert first.created_at == second.created_at


def test_the_source_s_created_at_is_kept(session: Session) -> None:
    ids = person(session)
    before = datetime.now(UTC)
    given = [None, *CREATED]
    for number, created_at in enumerate(given):
        data = StudySessionCreate(
            topic_id=ids.topic,
            duration_minutes=5,
            external_id=f"one-{number}",
            created_at=created_at,
        )
        study_sessions.create(session, ids.user, data, now=NOW)
        end = NOW - number * timedelta(days=7)
        span = TimedSessionCreate(
            topic_id=ids.topic,
            started_at=end - timedelta(days=2),
            ended_at=end,
            external_id=f"timed-{number}",
            created_at=created_at,
        )
        study_sessions.create_timed(session, ids.user, span, now=NOW)
        many: list[StudySessionCreate | TimedSessionCreate] = [
            data.model_copy(update={"external_id": f"many-{number}"}),
            span.model_copy(update={"external_id": f"many-timed-{number}"}),
        ]
        study_sessions.create_many(session, ids.user, many, on_overlap="allow", now=NOW)
    session.expire_all()
    for name, rows in (("one", 1), ("timed", 3), ("many", 1), ("many-timed", 3)):
        for number, created_at in enumerate(given):
            (first,) = study_sessions.find(session, ids.user, external_id=f"{name}-{number}")
            parts = study_sessions.parts(session, ids.user, first.id)
            assert len(parts) == rows
            (kept,) = {part.created_at for part in parts}
            assert kept == created_at or (created_at is None and kept >= before)
    query = select(StudySession.external_id).where(StudySession.created_at == CREATED[0])
    assert session.scalar(query.where(StudySession.external_id == "many-1")) == "many-1"


def test_all_days_are_stored_as_they_are(session: Session) -> None:
    ids = person(session)
    late = datetime(9998, 12, 31, 12, tzinfo=UTC)
    days = [date.min, date(99, 12, 31), date(1000, 1, 1), TODAY, None, late.date()]
    items = [logged(ids.topic, day, minutes=7) for day in days]
    study_sessions.create_many(session, ids.user, items, now=late)
    rows = study_sessions.find(session, ids.user)
    there = sorted(row.study_date for row in rows if row.duration_minutes == 7)
    assert there == sorted(day or late.date() for day in days)


def test_all_instants_are_stored_as_they_are(session: Session) -> None:
    ids = person(session)
    instants = [
        FIRST_INSTANT,
        NOW,
        NOW.replace(microsecond=1),
        NOW.replace(microsecond=120_000),
        LAST_INSTANT - timedelta(microseconds=1),
    ]
    items = [
        TaskCreate(title="t", completed=True, completed_at=it, due_at=it, created_at=it)
        for it in instants
    ]
    tasks.create_many(session, ids.user, items)
    rows = tasks.find(session, ids.user, text="t").items
    assert [(row.completed_at, row.due_at, row.created_at) for row in rows] == [
        (it, it, it) for it in instants
    ]
    # And compared like any other: as text, on SQLite.
    assert session.scalars(select(Task).where(Task.created_at == NOW)).one() is rows[1]


def test_a_task_is_created_now_if_nothing_else_is_said(session: Session) -> None:
    ids = person(session)
    before = datetime.now(UTC)
    plain, old = TaskCreate(title="plain"), TaskCreate(title="old", created_at=NOW)
    tasks.create_many(session, ids.user, [plain, old])
    tasks.create(session, ids.user, plain)
    tasks.create(session, ids.user, old)
    after = datetime.now(UTC)
    session.expire_all()
    for row in tasks.find(session, ids.user, text="plain"):
        assert before <= row.created_at <= after
    assert [row.created_at for row in tasks.find(session, ids.user, text="old")] == [NOW, NOW]


@settings(max_examples=settings().max_examples // 10)
@given(
    st.lists(strategies.task_creates(), max_size=5, unique_by=lambda it: it.external_id or id(it))
)
def test_tasks_are_stored_as_tasks_create_stores_each(
    database: Database, items: list[TaskCreate]
) -> None:
    def stored(user: int) -> Counter[str]:
        rows = tasks.find(session, user, limit=1000).items
        assert [row.position for row in rows] == sorted({row.position for row in rows})
        changed = {"id": 0, "user_id": 0, "position": 0, "updated_at": NOW}
        return Counter(
            repr(
                (
                    TaskRead.model_validate(row).model_copy(update=changed),
                    row.title_key,
                    row.description_key,
                )
            )
            for row in rows
        )

    items = [it if it.created_at else it.model_copy(update={"created_at": NOW}) for it in items]
    with database.session() as session:
        one, many = person(session), person(session, "many@example.com")
        for ids in (one, many):
            tasks.delete(session, ids.user, ids.task)
        for item in items:
            tasks.create(session, one.user, item)
        result = tasks.create_many(session, many.user, items)
        assert result == CreateManyResult(created=len(items), found=0)
        session.expire_all()
        assert stored(many.user) == stored(one.user)
    empty(database)


@each
def test_all_text_is_stored_as_it_is(session: Session, of: Import) -> None:
    ids = person(session)
    texts = [*HOSTILE.values(), "", "\t\r\n", "\x01\x1f\x7f\x85", "null", "[1]", '{"a": "\\u0041"}']
    items = [
        of.changed(ids, **{of.text: text}, external_id=key or None)
        for text, key in zip_longest(texts, HOSTILE.values())
    ]
    result = of.run(session, ids, items)
    assert result == CreateManyResult(created=len(texts), found=0)
    given = [(getattr(item, of.text), item.external_id) for item in items]
    there = [(getattr(row, of.text), row.external_id) for row in of.rows(session, ids)]
    assert Counter(there) == Counter(given)


def test_a_subclass_of_the_hosts_is_stored_as_what_it_inherits(session: Session) -> None:
    class Entry(StudySessionCreate):
        source: str

        @field_serializer("study_date")
        def _shown(self, day: date | None) -> str:
            return f"on {day}"

    class Ticket(TaskCreate):
        source: str

        @field_serializer("title", "due_at")
        def _shown(self, value: object) -> str:
            return f"as {value}"

    ids = person(session)
    entry = Entry(topic_id=ids.topic, duration_minutes=5, study_date=TODAY, source="log")
    SESSIONS.run(session, ids, [entry])
    TASKS.run(session, ids, [Ticket(title="5", due_at=NOW, source="desk")])
    assert TASKS.stored(session, ids) == SESSIONS.stored(session, ids) == [(None, 5)]


@each
def test_one_that_is_there_is_left_alone_and_counted_as_found(session: Session, of: Import) -> None:
    ids = person(session)
    of.create(session, ids.user, of.item(ids, "b", 9))
    items = of.items(ids, "a", "b", "c")
    assert of.run(session, ids, items) == CreateManyResult(created=2, found=1)
    assert sorted(of.stored(session, ids)) == [("a", 5), ("b", 9), ("c", 5)]
    before = dump(session)
    assert of.run(session, ids, items) == CreateManyResult(created=0, found=3)
    assert dump(session) == before


@each
def test_of_two_alike_in_one_call_the_first_is_stored(session: Session, of: Import) -> None:
    ids = person(session)
    items = [of.item(ids, "a", 1), of.item(ids, "a", 2), of.item(ids, "b", 3)]
    assert of.run(session, ids, items) == CreateManyResult(created=2, found=1)
    assert sorted(of.stored(session, ids)) == [("a", 1), ("b", 3)]


@each
def test_ids_are_in_the_order_of_the_items(session: Session, of: Import) -> None:
    ids = person(session)
    keys = ["b", "10", "a", None, "9", "c"]
    of.run(session, ids, of.items(ids, *keys))
    assert [
        row.external_id for row in sorted(of.rows(session, ids), key=lambda row: row.id)
    ] == keys


@each
def test_without_an_external_id_nothing_is_ever_found(session: Session, of: Import) -> None:
    ids = person(session)
    for _ in range(2):
        result = of.run(session, ids, of.items(ids, None, None, None))
        assert result == CreateManyResult(created=3, found=0)
    assert of.stored(session, ids) == [(None, 5)] * 6


@each
def test_external_ids_of_another_user_are_theirs(session: Session, of: Import) -> None:
    for owner in (person(session), person(session, "eve@example.com")):
        result = of.run(session, owner, of.items(owner, "a"))
        assert result == CreateManyResult(created=1, found=0)


@each
def test_nothing_in_nothing_out(session: Session, of: Import) -> None:
    ids = person(session)
    before = dump(session)
    assert of.run(session, ids, []) == CreateManyResult(created=0, found=0)
    assert of.run(session, ids, iter(())).created == 0
    assert dump(session) == before


@each
def test_more_than_a_batch_comes_from_a_generator_that_is_read_once(
    database: Database, of: Import
) -> None:
    read = 0

    def many() -> Iterator[object]:
        nonlocal read
        for number in range(BATCH + 7):
            read += 1
            yield of.item(ids, str(number % (BATCH + 3)), 1 + number % 300)

    with database.session() as session:
        ids = person(session)
        assert of.run(session, ids, many()) == CreateManyResult(created=BATCH + 3, found=4)
        assert read == BATCH + 7
    with database.session() as session:
        assert of.run(session, ids, many()) == CreateManyResult(created=0, found=BATCH + 7)
        count = select(func.count()).select_from(of.model)
        assert session.scalar(count) == BATCH + 3 + 1


def unknown(of: Import, ids: Ids, eve: Ids) -> Iterator[Any]:
    """Items that refer to rows that are not there, or not theirs."""
    for row_id in (getattr(eve, of.refers_to), 2**63 - 1):
        yield of.item(ids.but(of.refers_to, row_id), "x", 5)


@each
@pytest.mark.parametrize("good", [3, BATCH + 1])
def test_if_one_is_refused_none_is_stored_and_earlier_work_is_kept(
    database: Database, of: Import, good: int
) -> None:
    with database.session() as session:
        ids, eve = person(session), person(session, "eve@example.com")
        before = dump(session)
        bad: list[tuple[Any, type[Exception]]] = [(it, NotFound) for it in unknown(of, ids, eve)]
        if of is SESSIONS:
            bad.append((logged(ids.topic, TODAY + timedelta(days=1)), FutureDay))
        for item, error in bad:
            items = [*of.items(ids, *map(str, range(good))), item, *of.items(ids, "y")]
            with pytest.raises(error):
                of.run(session, ids, items)
            assert dump(session) == before
        categories.create(session, ids.user, CategoryCreate(name="After"))
    with database.session() as session:
        assert of.stored(session, ids) == []
        assert [row.name for row in categories.find(session, ids.user)] == ["Home", "After"]


@each
def test_an_error_of_the_callers_own_generator_undoes_all_of_the_call(
    session: Session, of: Import
) -> None:
    ids = person(session)
    before = dump(session)

    def rows() -> Iterator[object]:
        yield from of.items(ids, "a", "b")
        yield of.changed(ids, external_id="")

    with pytest.raises(ValidationError):
        of.run(session, ids, rows())
    assert dump(session) == before


@each
def test_the_generator_may_use_the_session_itself(session: Session, of: Import) -> None:
    """As an import does that makes topics or categories while it goes along."""
    ids = person(session)

    def rows() -> Iterator[object]:
        for number in range(3):
            topic = topics.get_or_create(session, ids.user, f"new {number}")
            category = categories.create(session, ids.user, CategoryCreate(name=f"new {number}"))
            mine = ids.but("topic", topic.id).but("category", category.id)
            yield from of.items(mine, f"{number}", f"{number} again")

    assert of.run(session, ids, rows()) == CreateManyResult(created=6, found=0)
    if of is SESSIONS:
        totals = study_sessions.totals_by_topic(session, ids.user, *YEAR)
        assert sorted(total.sessions for total in totals) == [1, 2, 2, 2]
    else:
        made = categories.find(session, ids.user).items[1:]
        assert [len(category.tasks) for category in made] == [2, 2, 2]


@each
def test_the_error_names_the_item_that_is_refused(session: Session, of: Import) -> None:
    ids = person(session)
    items = of.items(ids, *(f"key-{number}" for number in range(20)))
    astray = of.item(ids.but(of.refers_to, 10**6), "astray", 5)
    with pytest.raises(NotFound) as missed:
        of.run(session, ids, [*items, astray])
    (note,) = missed.value.__notes__
    assert note.startswith(f"It is the {of.refers_to} of ")
    assert "external_id='astray'" in note


def test_the_error_names_the_session_whose_day_is_in_the_future(session: Session) -> None:
    ids = person(session)
    late = logged(ids.topic, TODAY + timedelta(days=1), key="late")
    with pytest.raises(FutureDay) as refused:
        SESSIONS.run(session, ids, [*SESSIONS.items(ids, "a", "b"), late])
    assert "external_id='late'" in refused.value.__notes__[0]


@pytest.mark.slow
@each
def test_long_texts_are_sent_in_pieces(session: Session, of: Import) -> None:
    ids = person(session)
    text = "x" * 3_000_000
    items = [item.model_copy(update={of.text: text}) for item in of.items(ids, *"1234567")]
    with count_statements(session) as statements:
        assert of.run(session, ids, items) == CreateManyResult(created=7, found=0)
    inserts = [statement for statement in statements if statement.startswith("INSERT")]
    assert len(inserts) == 2


@each
@pytest.mark.parametrize("wrong", [{"topic_id": 1, "title": "t"}, ("topic_id", 1), None])
def test_what_is_no_item_is_a_type_error(session: Session, of: Import, wrong: Any) -> None:
    ids = person(session)
    with pytest.raises(TypeError, match=f"^expected {of.names}, not "):
        of.run(session, ids, [*of.items(ids, "a"), wrong])
    assert of.stored(session, ids) == []


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_a_key_that_another_transaction_has_just_stored_is_found_by_the_next_try(
    database: Database, monkeypatch: pytest.MonkeyPatch, level: Any
) -> None:
    with database.session() as session:
        ids = person(session)
    item = TimedSessionCreate(
        topic_id=ids.topic, started_at=NOW - 2 * SECOND, ended_at=NOW - SECOND, external_id="a"
    )
    seen: list[set[str | None]] = []
    stored_keys: Callable[..., set[str | None]] = getattr(_create_many, "_stored_keys")  # noqa: B009

    def then_somebody_is_faster(*args: Any) -> set[str | None]:
        found = stored_keys(*args)
        seen.append(found.copy())
        if database.engine.name == "postgresql" and len(seen) == 1:
            with database.session() as other:  # logged ones do not wait for the import
                study_sessions.create(other, ids.user, logged(ids.topic, key="a"), now=NOW)
        return found

    monkeypatch.setattr(_create_many, "_stored_keys", then_somebody_is_faster)

    def import_it(session: Session) -> CreateManyResult:
        if database.engine.name == "postgresql":
            session.connection(execution_options={"isolation_level": level})
        return study_sessions.create_many(session, ids.user, [item], on_overlap="allow", now=NOW)

    result = database.run(import_it)
    if database.engine.name == "postgresql":
        assert (seen, result) == ([set(), {"a"}], CreateManyResult(created=0, found=1))
    else:  # SQLite lets one in at a time
        assert (seen, result) == ([set()], CreateManyResult(created=1, found=0))


@each
@pytest.mark.parametrize("backend", ["postgresql"])  # SQLite lets one in at a time
def test_imports_of_the_same_keys_in_other_orders_do_not_deadlock(
    database: Database, of: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.services._shared.batches._ROWS", 1)
    with database.session() as session:
        ids = person(session)

    def other() -> CreateManyResult:
        with database.session() as session:
            return of.run(session, ids, of.items(ids, "b", "a"))

    with workers(1) as pool:

        def rows() -> Iterator[object]:
            yield from of.items(ids, "a")
            pending.append(pool.submit(other))
            with pytest.raises(TimeoutError):
                pending[0].result(timeout=0.3)
            yield from of.items(ids, "b")

        pending: list[Any] = []
        with database.session() as session:
            assert of.run(session, ids, rows()) == CreateManyResult(created=2, found=0)
        assert pending[0].result() == CreateManyResult(created=0, found=2)
