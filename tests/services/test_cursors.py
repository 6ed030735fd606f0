"""A page cursor serves the query, the user and the filters it was made by, and no others."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, CATEGORY, FINDS, TOPIC, call
from tests.services.refusals import check_refused, outcome, refused
from tests.services.support import NOW, TODAY, Ids, dump, logged, person
from trackercore import (
    CategoryCreate,
    Database,
    HabitCreate,
    InvalidCursor,
    Page,
    TaskCreate,
    TopicCreate,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
)


def _cursor(*parts: object) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode()


GARBAGE = (
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
    b"AAAA",
    True,
    ["x"],
    _cursor(),
    _cursor(1),
    _cursor("seal", "1"),
    _cursor(None, None),
    _cursor({}),
    urlsafe_b64encode(b'{"a": 1}').decode(),
    urlsafe_b64encode(b"\xff\xfe").decode(),
    urlsafe_b64encode(b"1" * 5000).decode(),
    urlsafe_b64encode(b"[" * 100_000).decode(),
)


QUERIES = {
    **{service.removesuffix(".find"): find for service, find in FINDS.items()},
    "open tasks": call("tasks.find", completed=False),
    "completed tasks": call("tasks.find", completed=True),
    "tasks of a category": call("tasks.find", category_id=CATEGORY),
    "due tasks": call("tasks.find", due="today"),
    "tasks by text": call("tasks.find", text="a"),
    "sessions of a topic": call("study_sessions.find", topic_id=TOPIC),
    "sessions from": call("study_sessions.find", start=TODAY),
    "sessions until": call("study_sessions.find", end=TODAY),
}


def cursors(session: Session, ids: Ids, other: Ids) -> dict[str, str]:
    """A cursor of each query, and of the same query of another user."""
    for number in range(2):
        for owner in (ids, other):
            user = owner.user
            categories.create(session, user, CategoryCreate(name=f"c{number}"))
            habits.create(session, user, HabitCreate(name="h", frequency="daily"))
            topics.create(session, user, TopicCreate(name=f"t{number}"))
            for title in ("a", "b"):
                data = TaskCreate(title=title, category_id=owner.category, due_date=TODAY)
                tasks.create(session, user, data)
                tasks.create(session, user, TaskCreate(title=title, completed=True))
            study_sessions.create(session, user, logged(owner.topic, TODAY), now=NOW)
    found: dict[str, str] = {}
    for name, query in QUERIES.items():
        found[name] = next_of(query.run(session, ids, limit=1))
        if query.has_owner:
            found[f"{name} of another"] = next_of(query.run(session, other, limit=1))
    return found


def next_of(page: object) -> str:
    assert isinstance(page, Page)
    assert page.next is not None
    return page.next


def test_a_cursor_that_is_none(database: Database) -> None:
    takes = [taken for taken in CALLS if "after" in taken.parameters]
    check_refused(database, *(refused(taken, "after", GARBAGE, InvalidCursor) for taken in takes))


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


BAD_LAST_KEYS: tuple[object, ...] = ("x", "-1", None, [])


BAD_FIRST_KEYS: dict[str, tuple[object, ...]] = {
    "tasks": ("x", "-1", str(2**63), "1" * 5000, None, [], {}),
    "study_sessions": ("x", "2026-13-01", None, [], 5),
}


@pytest.mark.parametrize("name", BAD_FIRST_KEYS)
def test_a_cursor_with_another_key_in_it(session: Session, name: str) -> None:
    find: Callable[..., Page[Any]] = tasks.find if name == "tasks" else study_sessions.find
    ids = person(session)
    after = cursors(session, ids, person(session, "eve@example.com"))
    seal, *key = json.loads(urlsafe_b64decode(after[name]))
    assert len(find(session, ids.user, after=_cursor(seal, *key))) > 0
    bad_keys: list[list[object]] = [
        [],
        [*key, "1"],
        *([first, *key[1:]] for first in BAD_FIRST_KEYS[name]),
        *([*key[:-1], last] for last in BAD_LAST_KEYS),
    ]
    for forged in (_cursor(seal, *bad) for bad in bad_keys):
        result = outcome(find, session, ids.user, after=forged)
        assert isinstance(result, InvalidCursor), f"{urlsafe_b64decode(forged)!r}: {result!r}"
