"""Whatever text comes in, by whatever way, is data: stored and found as it is, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

import trackercore
from tests.services.calls import CALLS, FINDS, first
from tests.services.hostile import HOSTILE
from tests.services.refusals import UPDATES, create, outcome, update
from tests.services.support import NOW, TODAY, Ids, dump, person
from tests.services.test_bad_fields import FIELDS
from trackercore import (
    CategoryCreate,
    CheckInCreate,
    Conflict,
    InvalidCursor,
    Page,
    TaskCreate,
    TopicCreate,
    categories,
    habits,
    study_sessions,
    tags,
    tasks,
    topics,
    users,
)
from trackercore.types import normal_email, text_key

pytestmark = pytest.mark.slow

Way = Callable[[Session, Ids, str], object]

INPUTS = [
    getattr(trackercore, name)
    for name in trackercore.__all__
    if name.endswith(("Create", "Update"))
]


def is_free(schema: dict[str, Any]) -> bool:
    """Whether a field takes text of any kind."""
    options: list[dict[str, Any]] = schema.get("anyOf", [schema])
    return any(
        option.get("type") == "string" and not option.keys() & {"enum", "format", "const"}
        for option in options
    )


def text_fields() -> Iterator[tuple[type[BaseModel], str]]:
    for model in INPUTS:
        properties: dict[str, dict[str, Any]] = model.model_json_schema()["properties"]
        for name, schema in properties.items():
            if is_free(schema) or schema.get("format") == "email":
                yield model, name


TEXT_FIELDS = list(text_fields())


def store(session: Session, ids: Ids, model: type[BaseModel], field: str, value: str) -> object:
    """Give a new row, or one that is there, this value."""
    if model is CheckInCreate:
        days = [CheckInCreate(on=TODAY, note=value)]
        habits.check_in_many(session, ids.user, ids.habit, days, now=NOW)
        return habits.check_ins(session, ids.user, ids.habit)[0]
    others = {"name": "new"} if model is CategoryCreate and field != "name" else FIELDS[model][0]
    attempt = update(model, field) if model in UPDATES else create(model, field, **others)
    row = attempt(session, ids, value)
    return cast("list[object]", row)[0] if isinstance(row, list) else row


def test_the_walk_finds_text_wherever_it_is() -> None:
    found = {f"{model.__name__}.{field}" for model, field in TEXT_FIELDS}
    assert {
        "UserCreate.email",
        "UserUpdate.hashed_password",
        "UserCreate.time_zone",
        "TaskUpdate.description",
        "CheckInCreate.note",
        "TimedSessionCreate.external_id",
    } <= found
    assert "HabitCreate.frequency" not in found
    assert len(found) > 25


@pytest.mark.parametrize(
    ("model", "field"),
    TEXT_FIELDS,
    ids=[f"{model.__name__}.{field}" for model, field in TEXT_FIELDS],
)
def test_text_in_a_field_is_stored_as_it_is(
    session: Session, model: type[BaseModel], field: str
) -> None:
    ids = person(session, minutes=1)
    others = dump(session)["users"]
    for value in HOSTILE.values():
        given = f"{value}@example.com" if field == "email" else value
        with session.begin_nested() as savepoint:
            row = outcome(store, session, ids, model, field, given)
            if isinstance(row, ValidationError):
                # These are text of one form only.
                assert field in {"email", "time_zone", "recurrence"}, row
                continue
            assert field not in {"time_zone", "recurrence"}
            session.flush()
            session.expire_all()
            stored = normal_email(given) if field == "email" else given
            assert getattr(row, field) == stored
            savepoint.rollback()
    assert dump(session)["users"] == others


def every_argument() -> Iterator[str]:
    """Those of services that are free text."""
    for call in CALLS:
        for parameter, hint in call.parameters.items():
            if str in (hint, *get_args(hint)):
                yield f"{call.service}({parameter})"


def check_in(session: Session, ids: Ids, text: str) -> object:
    return habits.check_in(session, ids.user, ids.habit, note=text, now=NOW).check_in.note


def skip(session: Session, ids: Ids, text: str) -> object:
    habits.undo_check_in(session, ids.user, ids.habit, now=NOW)
    return habits.skip(session, ids.user, ids.habit, note=text, now=NOW).check_in.note


def start(session: Session, ids: Ids, text: str) -> object:
    study_sessions.cancel(session, ids.user)
    return study_sessions.start(session, ids.user, ids.topic, notes=text, now=NOW).notes


def find_by_email(session: Session, ids: Ids, text: str) -> object:
    found = outcome(users.find_by_email, session, text)
    return text if found is None or isinstance(found, ValidationError) else found


def pause_all(session: Session, ids: Ids, text: str) -> object:
    users.pause(session, ids.user, reason=text, now=NOW)
    return users.pauses(session, ids.user)[0].reason


def pause(session: Session, ids: Ids, text: str) -> object:
    habits.pause(session, ids.user, ids.habit, reason=text, now=NOW)
    return habits.pauses(session, ids.user, ids.habit)[0].reason


ARGUMENTS: dict[str, Way] = {
    "users.pause(reason)": pause_all,
    "habits.pause(reason)": pause,
    "habits.check_in(note)": check_in,
    "habits.skip(note)": skip,
    "study_sessions.start(notes)": start,
    "topics.get_or_create(name)": lambda session, ids, text: (
        topics.get_or_create(session, ids.user, text).name
    ),
    "tags.get_or_create(name)": lambda session, ids, text: (
        tags.get_or_create(session, ids.user, text).name
    ),
    "tags.rename(name)": lambda session, ids, text: (
        tags.rename(session, ids.user, ids.tag, text).name
    ),
    "users.find_by_email(email)": find_by_email,
}
"""Each gives back the text, as it was stored or because it found nobody."""

LISTS = ("find", "count")
KEYS = [
    f"{module}.{function}(external_id)"
    for module in ("habits", "study_sessions", "tasks", "topics")
    for function in LISTS
]
CURSORS = [*(f"{find}(after)" for find in FINDS), "habits.rebuild_streaks(after)"]
SEARCHED = ("habits", "tags", "tasks")
SEARCHES = [
    *(f"{module}.{function}(text)" for module in SEARCHED for function in LISTS),
    "tasks.agenda(text)",
]


def attempt(argument: str) -> Way:
    service, _, parameter = argument.removesuffix(")").partition("(")
    return lambda session, ids, text: first(service).run(session, ids, **{parameter: text})


def test_every_text_among_the_arguments_of_services_is_tried() -> None:
    assert set(every_argument()) == {*ARGUMENTS, *KEYS, *CURSORS, *SEARCHES}


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_text_that_is_an_argument_is_data(session: Session, argument: str) -> None:
    ids = person(session)
    for kind, value in HOSTILE.items():
        with session.begin_nested() as savepoint:
            assert ARGUMENTS[argument](session, ids, value) == value, kind
            savepoint.rollback()
    assert len(users.find(session).items) == 1


@pytest.mark.parametrize("argument", KEYS)
def test_an_external_id_finds_nothing_but_itself(session: Session, argument: str) -> None:
    ids = person(session)
    for value in HOSTILE.values():
        assert attempt(argument)(session, ids, value) in (Page([]), 0)


@pytest.mark.parametrize("argument", CURSORS)
def test_a_cursor_that_is_none_is_refused(session: Session, argument: str) -> None:
    ids = person(session)
    for value in HOSTILE.values():
        with pytest.raises(InvalidCursor):
            attempt(argument)(session, ids, value)


def test_a_search_takes_wildcards_and_quotes_literally(session: Session) -> None:
    ids = person(session)
    for value in HOSTILE.values():
        for new in (
            TaskCreate(title=f"<{value}>", external_id=value, due_date=TODAY),
            TaskCreate(title="other", description=f"<{value}>", due_date=TODAY),
        ):
            tasks.create(session, ids.user, new)
    for value in HOSTILE.values():
        for text in (value, f"<{value}>"):
            found = tasks.find(session, ids.user, text=text, limit=1000).items
            literally = [
                task
                for task in tasks.find(session, ids.user, limit=1000)
                if text_key(text) in text_key(task.title)
                or text_key(text) in text_key(task.description or "")
            ]
            assert found == literally
            assert tasks.count(session, ids.user, text=text) == len(literally)
            today = tasks.agenda(session, ids.user, TODAY, TODAY, text=text)
            assert {item.task.id for item in today} == {task.id for task in literally}
        (own,) = tasks.find(session, ids.user, external_id=value)
        assert own.title == f"<{value}>"


def test_names_are_the_same_only_if_they_differ_in_case_or_composition(session: Session) -> None:
    ids = person(session)
    names = [HOSTILE[kind] for kind in HOSTILE if kind != "decomposed"]
    made = [categories.create(session, ids.user, CategoryCreate(name=name)).id for name in names]
    topic_ids = [topics.create(session, ids.user, TopicCreate(name=name)).id for name in names]
    assert len({*made}) == len({*topic_ids}) == len(names)
    for twin in ("caf\u00e9", "cafe\u0301", "CAF\u00c9", "PAYPAL", "P\u0410YP\u0410L", "fi", "FI"):
        with pytest.raises(Conflict):
            categories.create(session, ids.user, CategoryCreate(name=twin))
        with pytest.raises(Conflict):
            topics.create(session, ids.user, TopicCreate(name=twin))
    for other in ("sql", "ab", "cafe", "abcdef", "e"):
        categories.create(session, ids.user, CategoryCreate(name=other))
    assert topics.get_or_create(session, ids.user, "sql").id == ids.topic
