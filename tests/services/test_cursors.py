"""A page cursor serves the query, the user and the filters it was made by, and no others."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import QueryableAttribute, Session

from tests.services.calls import CALLS, CATEGORY, FINDS, ORDERS, TOPIC, Call, call, neighbours
from tests.services.refusals import check_refused, outcome, refused
from tests.services.support import NOW, TODAY, Ids, dump, logged, person
from tests.support.databases import empty
from tests.support.fixtures import OpenDatabase
from trackercore import (
    CategoryCreate,
    Database,
    HabitCreate,
    InvalidCursor,
    Page,
    RebuildResult,
    TaskCreate,
    TopicCreate,
    categories,
    habits,
    study_sessions,
    tags,
    tasks,
    topics,
)
from trackercore.services._shared.pages import is_nullable
from trackercore.types import MAX_ID

PAGED = [
    paged
    for paged in CALLS
    if "after" in paged.parameters and "after" not in neighbours(paged.service)
]


def sorted_by(paged: Call) -> tuple[str, Sequence[QueryableAttribute[Any]]]:
    """The name of its order, and the columns."""
    order_by = str(paged.arguments.get("order_by", next(iter(ORDERS[paged.service].columns))))
    name = order_by.removeprefix("-")
    return name, ORDERS[paged.service].columns[name]


def may_lack_value(paged: Call) -> bool:
    """Whether rows may have no value in the column that it sorts by."""
    return paged.service in ORDERS and is_nullable(sorted_by(paged)[1][0])


def kind_of_key(paged: Call) -> str:
    """What its cursors have: the types of the columns that it sorts by."""
    if paged.service not in ORDERS:
        return paged.service
    name, columns = sorted_by(paged)
    kinds = [column.type.python_type for column in columns]
    return name if name == "streak" else str([may_lack_value(paged), *kinds])


OF_EACH_KIND = {kind_of_key(paged): paged for paged in reversed(PAGED)}
"""A call for each kind of key."""


def encoded(text: str | bytes) -> str:
    return urlsafe_b64encode(text.encode() if isinstance(text, str) else text).decode()


def decoded(cursor: str) -> list[str]:
    """The seal and the key in a cursor."""
    return urlsafe_b64decode(cursor).decode().split(",")


class Sliceable:
    """As numpy's numbers are: they have `__getitem__`, and it raises an IndexError."""

    def __getitem__(self, key: object) -> object:
        raise IndexError(key)


GARBAGE: tuple[object, ...] = (
    "",
    " ",
    "x",
    "%",
    "é",
    "\0",
    "\ud800",
    "AAAA",
    "null",
    "MTIz",
    5,
    1e999,
    float("nan"),
    10**400,
    b"AAAA",
    True,
    ["x"],
    {},
    Decimal(1),
    Sliceable(),
    TODAY,
    encoded(json.dumps([])),
    encoded(json.dumps(["seal", "1"])),
    encoded(json.dumps({"a": 1})),
    encoded(b"\xff\xfe"),
    encoded(b"1" * 5000),
    encoded(b"[" * 100_000),
)


QUERIES = {
    **{service.removesuffix(".find"): find for service, find in FINDS.items()},
    "open tasks": call("tasks.find", completed=False),
    "completed tasks": call("tasks.find", completed=True),
    "tasks of a category": call("tasks.find", category_id=CATEGORY),
    "due tasks": call("tasks.find", due="today"),
    "tasks by due date": call("tasks.find", order_by="due"),
    "tasks, the latest first": call("tasks.find", order_by="-due"),
    "tasks with a due date": call("tasks.find", has_due=True),
    "archived tasks too": call("tasks.find", archived=None),
    "tasks by text": call("tasks.find", text="a"),
    "tags by text": call("tags.find", text="t"),
    "sessions of a topic": call("study_sessions.find", topic_id=TOPIC),
    "sessions from": call("study_sessions.find", start=TODAY),
    "sessions until": call("study_sessions.find", end=TODAY),
}


def fill(session: Session, ids: Ids) -> None:
    """Have more than a page of one of everything that is listed."""
    user = ids.user
    for number in range(2):
        categories.create(session, user, CategoryCreate(name=f"c{number}"))
        habits.create(session, user, HabitCreate(name="h", frequency="daily"))
        topics.create(session, user, TopicCreate(name=f"t{number}"))
        tags.get_or_create(session, user, f"t{number}")
        for title in ("a", "b"):
            data = TaskCreate(title=title, category_id=ids.category, due_date=TODAY)
            tasks.create(session, user, data)
            tasks.create(session, user, TaskCreate(title=title, completed=True, completed_at=NOW))
        study_sessions.create(session, user, logged(ids.topic, TODAY), now=NOW)


def cursors(session: Session, ids: Ids, other: Ids) -> dict[str, str]:
    """A cursor of each query, and of the same query of another user."""
    fill(session, ids)
    fill(session, other)
    found: dict[str, str] = {}
    for name, query in QUERIES.items():
        found[name] = next_of(query.run(session, ids, limit=1))
        if query.has_owner:
            found[f"{name} of another"] = next_of(query.run(session, other, limit=1))
    return found


def next_of(page: object) -> str:
    assert isinstance(page, (Page, RebuildResult))
    assert page.next is not None
    return page.next


def test_a_cursor_that_is_none(database: Database) -> None:
    check_refused(database, *(refused(paged, "after", GARBAGE, InvalidCursor) for paged in PAGED))


def test_a_cursor_of_another_query_user_or_filter(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    after = cursors(session, ids, other)
    before = dump(session)
    for name, query in QUERIES.items():
        for source, cursor in after.items():
            result = outcome(query.run, session, ids, after=cursor)
            expected = Page if name == source else InvalidCursor
            assert isinstance(result, expected), f"{source} -> {name}: {result!r}"
    assert dump(session) == before


IN_A_CURSOR = (
    st.text(max_size=30)
    | st.integers().map(str)
    | st.floats().map(str)
    | st.dates().map(str)
    | st.integers(10**60, 10**90).map(str)
    | st.sampled_from(["1e999", "NaN", "inf", "-1", "+1", "01", " 1", "1_0", "\u0661", "1" * 5000])
    | st.sampled_from([str(2**63), "0000-01-01", "20260310", "2026-W11-2", "9999-12-31T00", "[]"])
)


def forged(real: str) -> st.SearchStrategy[object]:
    """What somebody may send who has seen a cursor of the same query."""
    seal, *key = decoded(real)
    one_wrong = st.tuples(st.integers(0, len(key) - 1), IN_A_CURSOR).map(
        lambda wrong: [*key[: wrong[0]], wrong[1], *key[wrong[0] + 1 :]]
    )
    keys = st.lists(IN_A_CURSOR, max_size=4) | one_wrong
    values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    json_values = st.recursive(
        values, lambda some: st.lists(some) | st.dictionaries(st.text(), some)
    )
    return (
        keys.map(lambda texts: encoded(",".join([seal, *texts]).encode(errors="surrogatepass")))
        | json_values.map(lambda value: encoded(json.dumps([seal, value])))
        | json_values.filter(lambda value: value is not None)
        | st.binary(max_size=100).map(encoded)
        | st.binary(max_size=100)
        | st.text()
        | st.just(real + "\n")
    )


def is_written_by_us(after: object, real: str, *, may_lack_value: bool) -> bool:
    """Whether it is the cursor of some row, in the only way to write it.

    A slow and plain judgement: what a number, a day, an instant or a text is, in its only spelling.
    """
    if not isinstance(after, str):
        return False
    seal, *key = decoded(real)
    try:
        parts = urlsafe_b64decode(after).decode().split(",")
    except ValueError:
        return False
    if encoded(",".join(parts)) != after or parts[0] != seal or len(parts) != len(key) + 1:
        return False
    return all(
        is_like(text, known) or (may_lack_value and not text and known is key[0])
        for text, known in zip(parts[1:], key, strict=True)
    )


def is_like(text: str, known: str) -> bool:
    """Whether a part of a key is of the kind of a known one."""
    if re.fullmatch(r"\d+", known):
        number = re.fullmatch(r"0|-?[1-9][0-9]{0,18}", text)
        return number is not None and abs(int(text)) < 2**63
    if re.match(r"\d{4}-\d\d-\d\dT", known):
        return text in (each.isoformat() for each in parsed(datetime.fromisoformat, text))
    if re.match(r"\d{4}-\d\d-\d\d", known):
        return text in map(str, parsed(date.fromisoformat, text))
    return re.fullmatch(r"([^%\0]|%25|%2C)*", text) is not None


def parsed(parse: Callable[[str], object], text: str) -> Iterator[Any]:
    with suppress(ValueError):
        yield parse(text)


@pytest.mark.parametrize("paged", OF_EACH_KIND.values(), ids=str)
def test_a_forged_cursor_is_one_of_ours_or_invalid(database: Database, paged: Call) -> None:
    with database.session() as session:
        ids = person(session)
        person(session, "eve@example.com")  # for the second page of users
        fill(session, ids)
        valued = TaskCreate(title="s", due_date=TODAY, starts_on=TODAY, priority=1)
        tasks.create(session, ids.user, valued)
        real = next_of(paged.run(session, ids, limit=1))

    @given(forged(real))
    def check(after: object) -> None:
        with database.session(read_only=paged.service != "habits.rebuild_streaks") as session:
            result = outcome(paged.run, session, ids, after=after)
        if is_written_by_us(after, real, may_lack_value=may_lack_value(paged)):
            assert isinstance(result, (Page, RebuildResult)), result
        else:
            assert isinstance(result, InvalidCursor), result

    check()
    empty(database)


NUMBERED = [
    call(service, order_by=name)
    for service, orders in ORDERS.items()
    for name, (first, *_) in orders.columns.items()
    if first.type.python_type is int
]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_number_in_a_cursor_may_be_greater_than_its_column_holds(
    database: Database, open_database: OpenDatabase
) -> None:
    """psycopg tells PostgreSQL of which type a number is, where psycopg2 writes it out."""
    with database.session() as session:
        ids = person(session)
        person(session, "eve@example.com")
        fill(session, ids)
    typed = open_database(database.engine.url.set(drivername="postgresql+psycopg"))
    for paged in NUMBERED:
        with typed.session() as session:
            seal, *key = decoded(next_of(paged.run(session, ids, limit=1)))
            greatest = [part if "-" in part else str(MAX_ID) for part in key]  # all but days
            after = encoded(",".join([seal, *greatest]))
            assert isinstance(paged.run(session, ids, after=after), Page), paged
