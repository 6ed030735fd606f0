"""A page cursor serves the query, the user and the filters it was made by, and no others."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.refusals import FIND, Refused, check_refused, finding, outcome
from tests.services.support import NOW, TODAY, Ids, dump, person
from trackercore import (
    CategoryCreate,
    Database,
    HabitCreate,
    InvalidCursor,
    Page,
    StudySessionCreate,
    TaskCreate,
    TopicCreate,
    categories,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
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


def cursors(session: Session, ids: Ids, other: Ids) -> dict[str, str]:
    """A cursor of every query that one may mix up."""
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
            study = StudySessionCreate(topic_id=owner.topic, duration_minutes=5, study_date=TODAY)
            study_sessions.create(session, user, study, now=NOW)
    of: dict[str, Page[Any]] = {
        "users": users.find(session, limit=1),
        "categories": categories.find(session, ids.user, limit=1),
        "categories of another": categories.find(session, other.user, limit=1),
        "habits": habits.find(session, ids.user, limit=1),
        "habits of another": habits.find(session, other.user, limit=1),
        "topics": topics.find(session, ids.user, limit=1),
        "topics of another": topics.find(session, other.user, limit=1),
        "tasks": tasks.find(session, ids.user, limit=1),
        "tasks of another": tasks.find(session, other.user, limit=1),
        "open tasks": tasks.find(session, ids.user, completed=False, limit=1),
        "completed tasks": tasks.find(session, ids.user, completed=True, limit=1),
        "tasks of a category": tasks.find(session, ids.user, category_id=ids.category, limit=1),
        "due tasks": tasks.find(session, ids.user, due="today", now=NOW, limit=1),
        "tasks by text": tasks.find(session, ids.user, text="a", limit=1),
        "sessions": study_sessions.find(session, ids.user, limit=1),
        "sessions of another": study_sessions.find(session, other.user, limit=1),
        "sessions of a topic": study_sessions.find(session, ids.user, topic_id=ids.topic, limit=1),
        "sessions from": study_sessions.find(session, ids.user, start=TODAY, limit=1),
        "sessions until": study_sessions.find(session, ids.user, end=TODAY, limit=1),
    }
    found = {name: page.next for name, page in of.items()}
    assert None not in found.values()
    return {name: after for name, after in found.items() if after is not None}


def test_a_cursor_that_is_none(database: Database) -> None:
    check_refused(
        database, *(Refused(name, finding(name, "after"), GARBAGE, InvalidCursor) for name in FIND)
    )


def test_a_cursor_of_another_query_user_or_filter(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    after = cursors(session, ids, other)
    before = dump(session)
    takes: dict[str, Callable[[str], Page[Any]]] = {
        "users": lambda c: users.find(session, after=c),
        "categories": lambda c: categories.find(session, ids.user, after=c),
        "habits": lambda c: habits.find(session, ids.user, after=c),
        "topics": lambda c: topics.find(session, ids.user, after=c),
        "tasks": lambda c: tasks.find(session, ids.user, after=c),
        "open tasks": lambda c: tasks.find(session, ids.user, completed=False, after=c),
        "tasks of a category": lambda c: tasks.find(
            session, ids.user, category_id=ids.category, after=c
        ),
        "due tasks": lambda c: tasks.find(session, ids.user, due="today", now=NOW, after=c),
        "tasks by text": lambda c: tasks.find(session, ids.user, text="a", after=c),
        "sessions": lambda c: study_sessions.find(session, ids.user, after=c),
        "sessions of a topic": lambda c: study_sessions.find(
            session, ids.user, topic_id=ids.topic, after=c
        ),
        "sessions from": lambda c: study_sessions.find(session, ids.user, start=TODAY, after=c),
    }
    for query, find in takes.items():
        for name, cursor in after.items():
            result = outcome(find, cursor)
            expected = Page if name == query else InvalidCursor
            assert isinstance(result, expected), f"{name} -> {query}: {result!r}"
    assert dump(session) == before


BAD_LAST_KEYS: tuple[object, ...] = ("x", "-1", None, [])


BAD_FIRST_KEYS: dict[str, tuple[object, ...]] = {
    "tasks": ("x", "-1", str(2**63), "1" * 5000, None, [], {}),
    "sessions": ("x", "2026-13-01", None, [], 5),
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
