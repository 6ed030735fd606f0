"""Categories: headings that come and go, while their tasks stay."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from tests.services.support import NO_EXTRA, dump, person
from tests.support.statements import count_statements
from trackercore import (
    CategoryCreate,
    CategoryRead,
    CategoryUpdate,
    Database,
    NotFound,
    TaskCreate,
    categories,
    tasks,
)


def test_a_category_is_stored_as_given_but_for_space_around_its_name(session: Session) -> None:
    ids = person(session)
    before = datetime.now(UTC)
    category = categories.create(session, ids.user, CategoryCreate(name="  Büro & Garten \n"))
    session.expire_all()
    assert CategoryRead.model_validate(category) == CategoryRead(
        id=category.id,
        user_id=ids.user,
        name="Büro & Garten",
        extra=NO_EXTRA,
        created_at=category.created_at,
        updated_at=category.updated_at,
    )
    assert before <= category.created_at <= category.updated_at <= datetime.now(UTC)
    assert categories.get(session, ids.user, category.id) is category


def test_find_lists_them_by_id(session: Session) -> None:
    ids = person(session)
    new = [
        categories.create(session, ids.user, CategoryCreate(name=name)) for name in ("z", "a", "m")
    ]
    assert [category.id for category in categories.find(session, ids.user)] == [
        ids.category,
        *(category.id for category in new),
    ]


def test_an_update_renames_and_an_empty_one_does_nothing(session: Session) -> None:
    ids = person(session)
    before = dump(session)
    category = categories.update(session, ids.user, ids.category, CategoryUpdate())
    assert dump(session) == before
    assert (
        categories.update(session, ids.user, ids.category, CategoryUpdate(name="Den")) is category
    )
    session.expire_all()
    assert category.name == "Den"
    categories.create(session, ids.user, CategoryCreate(name="Home"))  # the old name is free


def test_the_tasks_of_a_deleted_category_stay_without_one(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
        other = categories.create(session, ids.user, CategoryCreate(name="Other"))
        kept = tasks.create(session, ids.user, TaskCreate(title="Mow", category_id=other.id))
        home = categories.get(session, ids.user, ids.category)
        task = tasks.get(session, ids.user, ids.task)
        assert [kept.category, task.category] == [other, home]
        assert home.tasks == [task]
        categories.delete(session, ids.user, ids.category)
        # Objects of the same session know at once ...
        assert (task.category_id, task.category) == (None, None)
        with pytest.raises(NotFound):
            categories.get(session, ids.user, ids.category)
    with database.session() as session:  # ... and the database does.
        task = tasks.get(session, ids.user, ids.task)
        assert (task.title, task.category_id, task.category) == ("Sweep", None, None)
        assert tasks.get(session, ids.user, kept.id).category_id == other.id
        assert [category.id for category in categories.find(session, ids.user)] == [other.id]


def test_deleting_a_category_of_many_tasks_takes_as_many_statements_as_one_of_few(
    session: Session,
) -> None:
    counts: list[int] = []
    for number in (1, 50):
        ids = person(session, f"user{number}@example.com")
        for _ in range(number):
            tasks.create(session, ids.user, TaskCreate(title="Mow", category_id=ids.category))
        session.expunge_all()
        with count_statements(session) as statements:
            categories.delete(session, ids.user, ids.category)
        counts.append(len(statements))
    assert counts[0] == counts[1]
