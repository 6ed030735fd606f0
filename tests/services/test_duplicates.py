"""What is unique is so in any letter case, and two of a kind are a Conflict that breaks nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy.orm import Session

from tests.services.refusals import BLANK, Attempt, create, outcome, update
from tests.services.support import Ids, dump, person
from trackercore import (
    CategoryCreate,
    CategoryUpdate,
    Conflict,
    Database,
    HabitCreate,
    HabitUpdate,
    StudySessionCreate,
    StudySessionUpdate,
    TagCreate,
    TaskCreate,
    TaskUpdate,
    TopicCreate,
    TopicUpdate,
    UserCreate,
    UserUpdate,
    tags,
    topics,
    users,
)

SAME_NAMES = (
    ("Work", "WORK"),
    ("Work", "  work\t"),
    ("Straße", "STRASSE"),
    ("Straße", "STRAẞE"),
    ("caf\u00e9", "cafe\u0301"),
    ("caf\u00e9", "CAFE\u0301"),
    ("ΣΊΣΥΦΟΣ", "σίσυφος"),
    ("\u01c6", "\u01c5"),
    ("\u0130zmir", "i\u0307zmir"),
    ("\ufb01sh", "FISH"),
    ("\u1e69", "s\u0307\u0323"),
    ("\u03b1\u0345\u0301", "\u03b1\u0301\u0345"),  # an iota that folds to a letter
)
DIFFERENT_NAMES = (
    ("Work", "Works"),
    ("a", "\u00e1"),
    ("\u0130", "i"),  # Turkish letters: I with, and i without a dot
    ("\u0131", "i"),
    ("x\u00b2", "x2"),
    ("e", "\u0435"),  # the Cyrillic letter
)

NAMED: list[tuple[str, type[BaseModel], Attempt]] = [
    ("category", CategoryCreate, update(CategoryUpdate, "name")),
    ("tag", TagCreate, lambda session, ids, name: tags.rename(session, ids.user, ids.tag, name)),
    ("topic", TopicCreate, update(TopicUpdate, "name")),
]
each_named = pytest.mark.parametrize(
    ("noun", "new", "rename"), NAMED, ids=["categories", "tags", "topics"]
)


@each_named
def test_two_names_that_differ_in_letter_case_or_composition_are_one(
    database: Database, noun: str, new: type[BaseModel], rename: Attempt
) -> None:
    with database.session() as session:
        for number, (first, second) in enumerate(SAME_NAMES):
            ids = person(session, f"user{number}@example.com")
            row: Any = create(new, "name")(session, ids, first)
            before = dump(session)
            for attempt in (create(new, "name"), rename):
                result = outcome(attempt, session, ids, second)
                assert isinstance(result, Conflict), f"{first!r}, {second!r}: {result!r}"
                assert str(result) == f"a {noun} named {second.strip()!r} exists"
                assert dump(session) == before
            # One's own name in another case is no conflict.
            changed: Any = rename(session, of_all_kinds(ids, row.id), second)
            assert (row.id, row.name) == (changed.id, second.strip())
    with database.session() as session:
        assert len(users.find(session)) == len(SAME_NAMES)


@each_named
def test_other_names_are_other_names(
    session: Session, noun: str, new: type[BaseModel], rename: Attempt
) -> None:
    ids = person(session)
    names = {name for pair in DIFFERENT_NAMES for name in pair}
    rows: list[Any] = [create(new, "name")(session, ids, name) for name in sorted(names)]
    assert {row.name for row in rows} == names, noun
    rename(session, of_all_kinds(ids, rows[0].id), "new")


def of_all_kinds(ids: Ids, row_id: int) -> Ids:
    """The ids with that of a row in the places of all named ones."""
    return ids.but("category", row_id).but("tag", row_id).but("topic", row_id)


@pytest.mark.parametrize("service", [tags, topics], ids=["tags", "topics"])
def test_get_or_create_finds_a_name_in_any_letter_case_or_composition(
    session: Session, service: Any
) -> None:
    ids = person(session)
    for first, second in SAME_NAMES:
        created = service.get_or_create(session, ids.user, first)
        assert service.get_or_create(session, ids.user, second) is created
        assert created.name == first
        service.delete(session, ids.user, created.id)


SAME_EMAILS = (
    ("ada@example.com", "ADA@Example.COM"),
    ("ada@example.com", "  ada@example.com "),
    ("jos\u00e9@example.com", "JOS\u00c9@example.com"),
    ("jos\u00e9@example.com", "jose\u0301@example.com"),
    ("jos\u00e9@example.com", "JOSE\u0301@EXAMPLE.com"),
    ("ada@bücher.example.com", "ada@BÜCHER.example.com"),
    ("ada@bücher.example.com", "ada@xn--bcher-kva.example.com"),
    ("σίσυφος@example.com", "ΣΊΣΥΦΟΣ@example.com"),
)


@pytest.mark.parametrize(("first", "second"), SAME_EMAILS)
def test_two_addresses_that_differ_in_letter_case_or_composition_are_one(
    database: Database, first: str, second: str
) -> None:
    with database.session() as session:
        ada = users.create(session, UserCreate(email=first))
        eve = users.create(session, UserCreate(email="eve@example.com"))
        before = dump(session)
        for attempt in (
            lambda: users.create(session, UserCreate(email=second)),
            lambda: users.update(session, eve.id, UserUpdate(email=second)),
        ):
            result = outcome(attempt)
            assert isinstance(result, Conflict), result
            assert "email" in str(result)
            assert dump(session) == before
        assert users.find_by_email(session, second) is ada
        assert users.update(session, ada.id, UserUpdate(email=second)) is ada
        assert users.find_by_email(session, first) is ada
        users.create(session, UserCreate(email="after@example.com"))
    with database.session() as session:
        assert len(users.find(session)) == 3


def test_letters_that_only_fold_alike_are_different_addresses(session: Session) -> None:
    """Unlike a name, an address is somebody's mailbox: in lower case, it must still be theirs."""
    found = [
        users.create(session, UserCreate(email=email))
        for email in ("stra\u00dfe@example.com", "strasse@example.com")
    ]
    assert [users.find_by_email(session, user.email) for user in found] == found


def test_an_address_that_cannot_exist_belongs_to_nobody(session: Session) -> None:
    person(session)
    for email in (*BLANK, "ada", "ada@", "%@example.com", "ada@example.com '; --", "x" * 100_000):
        assert users.find_by_email(session, email) is None, email


@pytest.mark.parametrize(
    ("new", "change", "fields"),
    [
        (TaskCreate, TaskUpdate, [{"title": "a"}] * 2),
        (HabitCreate, HabitUpdate, [{"name": "a", "frequency": "daily"}] * 2),
        (TopicCreate, TopicUpdate, [{"name": "a"}, {"name": "b"}]),
        (StudySessionCreate, StudySessionUpdate, [{"duration_minutes": 5}] * 2),
    ],
)
def test_an_external_id_that_is_taken(
    database: Database, new: type[BaseModel], change: type[BaseModel], fields: list[dict[str, Any]]
) -> None:
    first, second = (create(new, "external_id", **others) for others in fields)
    with database.session() as session:
        ids = person(session)
        first(session, ids, "x42")
        before = dump(session)
        for attempt in (second, update(change, "external_id")):
            result = outcome(attempt, session, ids, "x42")
            assert isinstance(result, Conflict), result
            assert "external_id 'x42'" in str(result)
            assert dump(session) == before
        second(session, ids, "X42")  # another system's key, which may depend on letter case
        update(change, "external_id")(session, ids, "x43")
        first(session, person(session, "eve@example.com"), "x42")  # unique per user
