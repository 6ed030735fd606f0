"""`extra`: what a host keeps on a row comes back as it was given, and rows are found by it."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Iterator, Mapping, MutableMapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from sqlalchemy import select, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

import trackercore
from tests.services.calls import keywords
from tests.services.hostile import HOSTILE
from tests.services.refusals import SERVICES, UPDATES, create
from tests.services.support import LATER, NOW, Ids, person, timed
from tests.services.test_bad_fields import FIELDS, STORED_IN
from tests.support.databases import empty
from tests.support.names import named_sql, short
from tests.support.rows import GOOD, insert_everything
from trackercore import (
    Database,
    InvalidCursor,
    InvalidExtra,
    StudySession,
    StudySessionCreate,
    StudySessionUpdate,
    Task,
    TaskCreate,
    TaskRead,
    TaskUpdate,
    TimedSessionCreate,
    User,
    study_sessions,
    tasks,
)
from trackercore.domain.extra import MAX_BYTES, MAX_DEPTH, MAX_INT, checked_extra
from trackercore.models.base import Base, Owned
from trackercore.services._shared.arguments import MAX_ENTRIES
from trackercore.testing.strategies import extras

ENTITIES: set[type[Any]] = {User, *Owned.__subclasses__()}
UPDATE_OF: dict[type[Any], type[BaseModel]] = {model: data for data, model in STORED_IN.items()}
NAMES = {data: data.__name__.removesuffix("Create") for data in SERVICES}
CREATES: list[type[BaseModel]] = [*SERVICES, TimedSessionCreate]

few = settings(max_examples=max(5, settings().max_examples // 20))


def as_text(extra: object) -> str:
    """What tells 1, 1.0 and True apart, and the orders of keys."""
    return json.dumps(extra)


def new(session: Session, ids: Ids, data: type[BaseModel], extra: object) -> Any:
    """A stored row with this `extra`; of a timed session, the first part."""
    others = {"name": "Other"} if "name" in data.model_fields else {}
    row = create(data, "extra", **FIELDS[data][0] | others)(session, ids, extra)
    return cast("list[object]", row)[0] if isinstance(row, list) else row


def find(session: Session, ids: Ids, service: Any, **options: Any) -> Any:
    owner = {"user_id": ids.user} if "user_id" in keywords(service.find) else {}
    return service.find(session, **owner, **options)


def count(session: Session, ids: Ids, service: Any, **options: Any) -> int:
    owner = {"user_id": ids.user} if "user_id" in keywords(service.count) else {}
    counted: int = service.count(session, **owner, **options)
    return counted


def matches(extra: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """The rule, in Python."""
    return all(
        key in extra and type(extra[key]) is type(value) and extra[key] == value
        for key, value in wanted.items()
    )


def test_every_entity_has_it_wherever_its_other_fields_are() -> None:
    assert {STORED_IN[data] for data in UPDATES} == ENTITIES
    tables: dict[type[Any], Any] = {
        mapper.class_: mapper.local_table for mapper in Base.registry.mappers
    }
    assert {model for model, table in tables.items() if "extra" in table.columns} == ENTITIES
    for model in ENTITIES:
        assert not model.__table__.columns["extra"].nullable
        checks = {constraint.name for constraint in tables[model].constraints}
        assert f"ck_{model.__tablename__}_extra" in checks
    for data, service in SERVICES.items():
        for kind in ("Create", "Update", "Read"):
            schema = getattr(trackercore, f"{NAMES[data]}{kind}")
            assert "extra" in schema.model_fields, schema
        assert "extra" in keywords(service.find), service
        assert "extra" in keywords(service.count), service


@pytest.mark.parametrize("data", CREATES)
def test_it_is_an_empty_object_by_default(session: Session, data: type[BaseModel]) -> None:
    ids = person(session)
    assert data.model_validate(new_fields(data, ids)).model_dump()["extra"] == {}
    row = new(session, ids, data, {})
    session.expire(row)
    assert row.extra == {}


def new_fields(data: type[BaseModel], ids: Ids) -> dict[str, Any]:
    topic = {"topic_id": ids.topic} if "topic_id" in data.model_fields else {}
    name = {"name": "Other"} if "name" in data.model_fields else {}
    return {**FIELDS[data][0], **name, **topic}


def test_rows_inserted_past_the_orm_have_an_empty_object(database: Database) -> None:
    with database.engine.begin() as connection:
        rows = insert_everything(connection, "ada@example.com")
    for model in ENTITIES:
        table = short(model.__tablename__)
        assert "extra" not in GOOD[table]
        assert rows[table]["extra"] == "{}"
    empty(database)


EXACT: dict[str, object] = {
    "b": 1,
    "a": [1.0, True, 1e16, 1e-07, -0.0, 123456789.123456789, None],
    "é\n\"'\\": dict[str, object](),
}


@pytest.mark.parametrize("data", CREATES)
def test_it_comes_back_as_it_was_given(session: Session, data: type[BaseModel]) -> None:
    """Also as any others are: see below."""
    ids = person(session)
    row = new(session, ids, data, EXACT)
    session.expire(row)
    assert as_text(row.extra) == as_text(EXACT)
    other = {"more": EXACT}
    change = UPDATE_OF[type(row)]
    stored = UPDATES[change](session, ids, change.model_validate({"extra": other}))
    session.expire(stored)
    assert as_text(stored.extra) == as_text(other)


@few
@given(st.lists(extras(), min_size=1, max_size=5))
@example([EXACT, {}])
def test_many_at_once_come_back_too(database: Database, given: list[dict[str, object]]) -> None:
    with database.session() as session:
        ids = person(session)
        tasks.create_many(session, ids.user, [TaskCreate(title="t", extra=each) for each in given])
        found = [as_text(task.extra) for task in tasks.find(session, ids.user)]
        assert found == [as_text({}), *map(as_text, given)]
        hour = timedelta(hours=1)
        new_sessions = [
            item
            for number, extra in enumerate(given)
            for item in (
                StudySessionCreate(topic_id=ids.topic, duration_minutes=7, extra=extra),
                TimedSessionCreate(  # of two parts
                    topic_id=ids.topic,
                    started_at=NOW - (number * 24 + 13) * hour,
                    ended_at=NOW - (number * 24 + 10) * hour,
                    extra=extra,
                ),
            )
        ]
        study_sessions.create_many(session, ids.user, new_sessions, now=NOW)
        rows = session.scalars(select(StudySession).where(StudySession.user_id == ids.user))
        assert sorted(as_text(row.extra) for row in rows) == sorted(
            [as_text({}), *(as_text(extra) for extra in given for _ in range(3))]
        )
    empty(database)


def test_all_parts_of_a_session_have_it(session: Session) -> None:
    ids = person(session)
    data = timed(ids.topic, hours=30).model_copy(update={"extra": {"mood": "good"}})
    first, *others = study_sessions.create_timed(session, ids.user, data, now=NOW)
    assert others
    assert {part.extra["mood"] for part in (first, *others)} == {"good"}
    # Of another number of parts, all the new ones have it too.
    change = StudySessionUpdate(started_at=NOW - timedelta(hours=60))
    study_sessions.update(session, ids.user, first.id, change, now=NOW)
    parts = study_sessions.parts(session, ids.user, first.id)
    assert len(parts) > len(others) + 1
    assert [part.extra for part in parts] == [{"mood": "good"}] * len(parts)
    change = StudySessionUpdate(extra={"mood": True})
    study_sessions.update(session, ids.user, parts[-1].id, change, now=NOW)
    parts = study_sessions.parts(session, ids.user, first.id)
    assert [part.extra for part in parts] == [{"mood": True}] * len(parts)


def test_the_session_of_a_timer_has_none_yet(session: Session) -> None:
    ids = person(session)
    (part,) = study_sessions.stop(session, ids.user, now=LATER)
    assert part.extra == {}


@pytest.mark.parametrize("data", SERVICES)
def test_an_update_replaces_the_whole_of_it(session: Session, data: type[BaseModel]) -> None:
    """Also by what Python takes for equal, and by another order of the keys."""
    ids = person(session)
    change = next(each for each in UPDATES if each.__name__.startswith(NAMES[data]))
    for extra in ({"a": 1, "b": 2}, {"a": True}, {"a": 1.0}, {"a": 1}, {"b": 2, "a": 1}, {}):
        row = UPDATES[change](session, ids, change.model_validate({"extra": extra}))
        session.expire(row)
        assert as_text(row.extra) == as_text(extra)
    row = UPDATES[change](session, ids, change())
    assert row.extra == {}
    with pytest.raises(ValidationError):
        change.model_validate({"extra": None})


def test_what_python_takes_for_equal_is_a_change_of_a_timed_session_too(session: Session) -> None:
    ids = person(session)
    (first,) = study_sessions.create_timed(session, ids.user, timed(ids.topic), now=NOW)
    for extra in ({"a": 1}, {"a": True}, {"a": 1.0}, {"b": 1, "a": 1.0}, {"a": 1.0, "b": 1}):
        change = StudySessionUpdate(extra=extra)
        study_sessions.update(session, ids.user, first.id, change, now=NOW)
        session.expire(first)
        assert as_text(first.extra) == as_text(extra)


LARGEST: list[dict[str, Any]] = [
    {"a": "x" * (MAX_BYTES - len('{"a":""}'))},
    {"a": "é" * ((MAX_BYTES - len('{"a":""}')) // 2)},
    {"a": MAX_INT, "b": -MAX_INT - 1},
]


def nested(levels: int) -> dict[str, Any]:
    inner: Any = []
    for _ in range(levels - 2):
        inner = {"a": inner}
    return {"a": inner}


@pytest.mark.parametrize("extra", [*LARGEST, nested(MAX_DEPTH)], ids=["x", "é", "ints", "nested"])
def test_the_largest_are_stored_and_read(session: Session, extra: dict[str, Any]) -> None:
    ids = person(session)
    tasks.create_many(session, ids.user, [TaskCreate(title="t", extra=extra)])
    task = tasks.create(session, ids.user, TaskCreate(title="t", extra=extra))
    session.expire_all()
    assert [as_text(row.extra) for row in tasks.find(session, ids.user).items[1:]] == (
        [as_text(extra)] * 2
    )
    assert TaskRead.model_validate(task).extra == extra
    json.loads(TaskRead.model_validate(task).model_dump_json())


def wrong() -> Iterator[tuple[object, str, tuple[str | int, ...]]]:
    """What cannot be stored, the type of the error, and its place."""
    yield None, "extra_type", ()
    yield [("a", 1)], "extra_type", ()
    yield '{"a": 1}', "extra_type", ()
    yield {1: 2}, "extra_key", ()
    yield {"a": [{True: 2}]}, "extra_key", ("a", 0)
    yield {"a\0": 2}, "extra_text", ()
    yield {"a": "b\0"}, "extra_text", ("a",)
    yield {"a": ["\ud800"]}, "extra_text", ("a", 0)
    yield {"a": (1, 2)}, "extra_value", ("a",)
    yield {"a": {"b": [0, date(2026, 3, 10)]}}, "extra_value", ("a", "b", 1)
    yield {"a": Decimal(1)}, "extra_value", ("a",)
    yield {"a": b"b"}, "extra_value", ("a",)
    yield {"a": float("nan")}, "extra_number", ("a",)
    yield {"a": [float("-inf")]}, "extra_number", ("a", 0)
    yield {"a": MAX_INT + 1}, "extra_number", ("a",)
    yield {"a": -MAX_INT - 2}, "extra_number", ("a",)
    yield nested(MAX_DEPTH + 1), "extra_depth", ()
    yield nested(100_000), "extra_depth", ()
    yield {"a": "x" * (MAX_BYTES - 7)}, "extra_size", ()
    yield {"a": "é" * (MAX_BYTES // 2 - 3)}, "extra_size", ()
    wide: list[Any] = []
    for _ in range(MAX_DEPTH - 2):
        wide = [wide, wide]  # 2**30 values, if each is counted where it is
    yield {"a": wide}, "extra_size", ()
    round_: dict[str, Any] = {}
    round_["a"] = round_
    yield round_, "extra_depth", ()


@pytest.mark.parametrize(("extra", "kind", "place"), list(wrong()))
def test_what_is_wrong_is_said_with_its_place(
    extra: Any, kind: str, place: tuple[str | int, ...]
) -> None:
    for schema, others in ((TaskCreate, {"title": "t"}), (TaskUpdate, dict[str, str]())):
        with pytest.raises(ValidationError) as caught:
            schema.model_validate({**others, "extra": extra})
        (error,) = caught.value.errors()
        assert (error["type"], error["loc"]) == (kind, ("extra", *place))
        assert str(caught.value)
    with pytest.raises(InvalidExtra) as refused:
        Task(extra=extra)
    assert (refused.value.fault, refused.value.path) == (kind, place)
    assert str(refused.value).startswith("extra")


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    for depth in (MAX_DEPTH, 100_000):
        deep = '{"title": "t", "extra": {"a": ' + "[" * depth + "]" * depth + "}}"
        with pytest.raises(ValidationError):
            TaskCreate.model_validate_json(deep)


def test_a_core_statement_cannot_store_what_is_wrong(session: Session) -> None:
    person(session)
    with pytest.raises(StatementError, match="a number must be finite"):
        session.execute(update(Task).values(extra={"a": float("nan")}))


_OF_DICTS = {*dir(dict)}
CHANGES = {*dir(MutableMapping)} & _OF_DICTS - {*dir(Mapping)} | {"__ior__"}


def test_a_change_inside_that_no_flush_would_see_is_refused(session: Session) -> None:
    assert {"__setitem__", "update"} < CHANGES
    ids = person(session)
    data = TaskCreate(title="t", extra={"a": [1]})
    task = tasks.create(session, ids.user, data)
    for read_again in (False, True):
        if read_again:
            session.expire(task)
        for extra in (data.extra, task.extra):
            for change in CHANGES:
                with pytest.raises(TypeError, match="assign a new dict"):
                    getattr(extra, change)("a")
            assert extra == {"a": [1]}


def test_what_is_assigned_is_copied(session: Session) -> None:
    ids = person(session)
    mine: dict[str, Any] = {"a": [1]}
    task = tasks.create(session, ids.user, TaskCreate(title="t"))
    task.extra = mine
    mine["a"].append(2)
    assert task.extra == {"a": [1]}
    task.extra = {**task.extra, "b": 2}
    session.flush()
    session.expire(task)
    assert task.extra == {"a": [1], "b": 2}
    # The copy of what was read has its list, which is no reason to take the two for equal.
    copies: tuple[Any, ...] = (dict, copy.copy, copy.deepcopy)
    for copied in copies:
        changed = copied(task.extra)
        changed["a"].append("more")
        task.extra = changed
        session.flush()
        session.expire(task)
        assert task.extra == changed
    study = study_sessions.get(session, ids.user, ids.study_session)
    study_sessions.update(session, ids.user, study.id, StudySessionUpdate(extra={"a": [1]}))
    (first, _) = study_sessions.create_timed(
        session,
        ids.user,
        timed(ids.topic, hours=30).model_copy(update={"extra": {"a": [1]}}),
        now=NOW,
    )
    for row in (study, first):
        session.expire(row)
        changed = copies[0](row.extra)
        changed["a"].append(2)
        update_ = StudySessionUpdate(extra=changed)
        study_sessions.update(session, ids.user, row.id, update_, now=NOW)
        session.expire(row)
        assert row.extra == {"a": [1, 2]}


def test_a_copy_is_a_dict_that_can_be_changed(session: Session) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="t", extra={"a": [1]}))
    copies: tuple[Any, ...] = (
        copy.copy(task.extra),
        copy.deepcopy(task.extra),
        {**task.extra},
    )
    for each in copies:
        each["b"] = 2
        assert type(each) is dict
    assert task.extra == {"a": [1]}


@pytest.mark.parametrize("extra", [{}, {"a": [1]}])
def test_copies_of_a_schema_keep_its_hash(extra: dict[str, object]) -> None:
    data = TaskCreate(title="t", extra=extra)
    for same in (copy.deepcopy(data), data.model_copy(deep=True), copy.copy(data)):
        assert (same, hash(same), type(same.extra)) == (data, hash(data), type(data.extra))


def test_that_of_a_row_from_a_cache_is_still_read_only(session: Session) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="t", extra={"a": [1]}))
    read = TaskRead.model_validate(task)
    cached: tuple[Any, ...] = (task, read)
    for each in pickle.loads(pickle.dumps(cached)):  # noqa: S301
        assert as_text(each.extra) == as_text({"a": [1]})
        with pytest.raises(TypeError, match="assign a new dict"):
            each.extra["a"] = 2
        assert hash(each.extra) == hash(task.extra)


def test_what_was_never_checked_is_checked_before_it_is_stored(session: Session) -> None:
    ids = person(session)
    data = TaskCreate(title="t").model_copy(update={"extra": {"a": float("nan")}})
    with pytest.raises(InvalidExtra):
        tasks.create(session, ids.user, data)
    with pytest.raises(InvalidExtra):
        tasks.create_many(session, ids.user, [data])


class Foreign:
    """What must not be compared with anything."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    __hash__: Any = None


def test_a_foreign_value_is_refused_before_it_is_compared() -> None:
    with pytest.raises(InvalidExtra, match="not Foreign"):
        Task(extra=Foreign())


VALUES: st.SearchStrategy[Any] = st.sampled_from(
    ["red", "1", "true", "", 1, 0, -1, 2**53 + 1, MAX_INT, -MAX_INT - 1, True, False]
)
OTHERS: st.SearchStrategy[Any] = st.sampled_from([1.0, 0.0, None, [], ["red"], {}, {"a": "red"}])
KEYS = st.sampled_from(["a", "b", "", "é", "a.b", '"', "$", "[0]", "\\u0061", "'", "%s", ":a"])
ROWS = st.lists(st.dictionaries(KEYS, VALUES | OTHERS, max_size=3), max_size=6)


@few
@given(ROWS, st.lists(st.dictionaries(KEYS, VALUES, max_size=2), min_size=4, max_size=4))
def test_rows_are_found_by_type_and_value(
    database: Database, rows: list[dict[str, Any]], filters: list[dict[str, Any]]
) -> None:
    with database.session() as session:
        ids = person(session)
        new_tasks = [TaskCreate(title="t", extra=extra) for extra in rows]
        stored = [tasks.create(session, ids.user, data) for data in new_tasks]
        all_of_them: list[tuple[Any, int]] = [
            ({}, ids.task),
            *((row.extra, row.id) for row in stored),
        ]
        some = [dict(list(row.items())[:1]) for row in rows]
        of_rows = [row for row in some if isinstance([*row.values(), ""][0], str | int)]
        for wanted in filters + of_rows:
            expected = [row_id for extra, row_id in all_of_them if matches(extra, wanted)]
            found: list[int] = []
            page = None
            while page := tasks.find(session, ids.user, extra=wanted, limit=2, after=page):
                found += [task.id for task in page]
            assert found == expected, wanted
            assert tasks.count(session, ids.user, extra=wanted) == len(expected), wanted
    empty(database)


@pytest.mark.parametrize("data", SERVICES)
def test_every_list_is_filtered_by_it(session: Session, data: type[BaseModel]) -> None:
    ids = person(session)
    row = new(session, ids, data, {"colour": "red", "stars": 3, "is_new": True})
    service = SERVICES[data]
    for wanted, expected in (
        ({"colour": "red"}, [row]),
        ({"colour": "red", "stars": 3, "is_new": True}, [row]),
        ({"colour": "red", "stars": True}, []),
        ({"colour": "blue"}, []),
        ({"size": "red"}, []),
    ):
        assert list(find(session, ids, service, extra=wanted)) == expected, wanted
        assert count(session, ids, service, extra=wanted) == len(expected)
    assert count(session, ids, service, extra={}) == count(session, ids, service)


def test_habits_by_streak_are_filtered_by_it(session: Session) -> None:
    ids = person(session)
    row = new(session, ids, trackercore.HabitCreate, {"colour": "red"})
    found = trackercore.habits.find(
        session, ids.user, extra={"colour": "red"}, order_by="-streak", now=NOW
    )
    assert list(found) == [row]


def test_hostile_text_is_a_key_and_a_value_like_any_other(session: Session) -> None:
    ids = person(session)
    for hostile in (*HOSTILE.values(), "$", "$.a", "a.b", '"', '"a"', "[0]", "", "\n", "#-1"):
        for extra in ({hostile: "x"}, {"x": hostile}):
            with session.begin_nested() as savepoint:
                task = tasks.create(session, ids.user, TaskCreate(title="t", extra=extra))
                assert list(tasks.find(session, ids.user, extra=extra)) == [task]
                savepoint.rollback()


def test_a_page_of_another_filter_is_refused(session: Session) -> None:
    ids = person(session)
    for extra in ({"a": 1, "b": 2}, {"b": 2, "a": 1}):
        tasks.create(session, ids.user, TaskCreate(title="t", extra=extra))
    page = tasks.find(session, ids.user, extra={"a": 1, "b": 2}, limit=1)
    others: list[dict[str, str | int]] = [{"a": True, "b": 2}, {"a": 1}, {}, {"a": "1", "b": 2}]
    for other in others:
        with pytest.raises(InvalidCursor):
            tasks.find(session, ids.user, extra=other, limit=1, after=page.next)
    rest = tasks.find(session, ids.user, extra={"b": 2, "a": 1}, limit=1, after=page.next)
    assert len(rest) == 1


def test_what_a_filter_cannot_compare_is_refused_with_its_place(session: Session) -> None:
    ids = person(session)
    values: list[Any] = [1.0, None, [], {}]
    for value in values:
        wanted: Any = {"colour": "red", "size": value}
        with pytest.raises(ValidationError) as caught:
            tasks.find(session, ids.user, extra=wanted)
        assert [(e["type"], e["loc"]) for e in caught.value.errors()] == [
            ("extra_filter", ("extra", "size"))
        ]


def test_a_filter_has_so_many_entries_and_no_more(session: Session) -> None:
    ids = person(session)
    most = {str(number): number for number in range(MAX_ENTRIES)}
    task = tasks.create(session, ids.user, TaskCreate(title="t", extra=most))
    assert list(tasks.find(session, ids.user, extra=most)) == [task]
    for more in (1, 1100 - MAX_ENTRIES):
        wanted = {**most, **{f"m{number}": True for number in range(more)}}
        for read in (tasks.find, tasks.count):
            with pytest.raises(ValidationError) as caught:
                read(session, ids.user, extra=wanted)
            (error,) = caught.value.errors()
            assert (error["type"], error["loc"]) == ("extra_filter_entries", ("extra",))
            assert error.get("ctx") == {"max_entries": MAX_ENTRIES}


def test_distinct_rows_can_be_selected(session: Session) -> None:
    person(session)
    for model in ENTITIES:
        both = select(model).union(select(model)).subquery()
        assert len(session.scalars(select(model).distinct()).all()) == 1
        assert len(session.execute(select(both)).all()) == 1


def test_a_row_and_a_result_are_shown_in_one_short_line(session: Session) -> None:
    ids = person(session)
    task = tasks.create(session, ids.user, TaskCreate(title="t", extra={"a": "x" * 9_000}))
    read = TaskRead.model_validate(task)
    assert all(len(repr(each)) < 900 for each in (task, read))


def test_hosts_can_read_it_in_sql_of_their_own(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
        tasks.create(session, ids.user, TaskCreate(title="t", extra={"colour": "red"}))
        value = {
            "sqlite": "json_extract(extra, '$.colour')",
            "postgresql": "CAST(extra AS json) ->> 'colour'",
        }[database.engine.dialect.name]
        query = named_sql(f"SELECT title FROM tasks WHERE {value} = 'red'")
        assert session.execute(query).scalars().all() == ["t"]
    empty(database)


def test_what_is_too_large_is_not_looked_into() -> None:
    class Unread(list[int]):
        def __iter__(self) -> Iterator[int]:
            raise AssertionError("it was read")

    with pytest.raises(InvalidExtra) as caught:
        checked_extra({"a": Unread([1] * MAX_BYTES)})
    assert caught.value.fault == "extra_size"
