"""Tags in two transactions at once: one waits, and then goes by what the other has done."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy.orm import Session

from tests.services.support import LATER, NOW, Ids, logged, person, timed
from tests.services.test_races import Work, after
from tests.support.kinds import together
from trackercore import (
    Database,
    Habit,
    HabitCreate,
    HabitUpdate,
    NotFound,
    StudySession,
    StudySessionUpdate,
    TagCreate,
    Task,
    TaskCreate,
    TaskUpdate,
    habits,
    study_sessions,
    tags,
    tasks,
    users,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def ada(database: Database) -> Ids:
    with database.session() as session:
        return person(session)


def tag(database: Database, ids: Ids, name: str) -> int:
    with database.session() as session:
        return tags.create(session, ids.user, TagCreate(name=name)).id


GIVING: dict[str, Callable[[Session, Ids, list[int | str]], object]] = {
    "tasks.create": lambda session, ids, given: tasks.create(
        session, ids.user, TaskCreate(title="Mow", tags=given)
    ),
    "tasks.create_many": lambda session, ids, given: tasks.create_many(
        session, ids.user, [TaskCreate(title="Mow", tags=given)]
    ),
    "tasks.update": lambda session, ids, given: tasks.update(
        session, ids.user, ids.task, TaskUpdate(tags=given)
    ),
    "habits.create": lambda session, ids, given: habits.create(
        session, ids.user, HabitCreate(name="Row", frequency="daily", tags=given)
    ),
    "habits.update": lambda session, ids, given: habits.update(
        session, ids.user, ids.habit, HabitUpdate(tags=given)
    ),
    "study_sessions.create": lambda session, ids, given: study_sessions.create(
        session, ids.user, logged(ids.topic, tags=given), now=NOW
    ),
    "study_sessions.create_many": lambda session, ids, given: study_sessions.create_many(
        session,
        ids.user,
        [timed(ids.topic, 30, tags=given), logged(ids.topic, tags=given)],
        now=NOW,
    ),
    "study_sessions.create_timed": lambda session, ids, given: study_sessions.create_timed(
        session, ids.user, timed(ids.topic, 30, tags=given), now=NOW
    ),
    "study_sessions.stop": lambda session, ids, given: study_sessions.stop(
        session, ids.user, tags=given, now=LATER
    ),
    "study_sessions.update": lambda session, ids, given: study_sessions.update(
        session, ids.user, ids.study_session, StudySessionUpdate(tags=given), now=NOW
    ),
}
UPDATES = [way for way in GIVING if way.endswith(".update")]
QUICK = ("tasks.create", "tasks.update", "habits.create", "study_sessions.update")
each_way = pytest.mark.parametrize(
    "way", [way if way in QUICK else pytest.param(way, marks=pytest.mark.slow) for way in GIVING]
)


def give(way: str, ids: Ids, *given: int | str) -> Work:
    return lambda session: GIVING[way](session, ids, [*given])


def tags_of_all(database: Database, ids: Ids) -> set[str]:
    with database.session() as session:
        found: list[Task | Habit | StudySession] = [*tasks.find(session, ids.user)]
        found += habits.find(session, ids.user)
        found += study_sessions.find(session, ids.user)
        return {name for row in found for name in row.tags}


def names(database: Database, ids: Ids) -> list[str]:
    with database.session() as session:
        return sorted(found.name for found in tags.find(session, ids.user))


@each_way
def test_two_that_give_the_same_new_name_at_once_create_it_once(
    database: Database, ada: Ids, way: str
) -> None:
    first = give("tasks.create", ada, "Straße", "a")
    assert not isinstance(after(database, first, give(way, ada, "STRASSE", "b")), Exception)
    assert names(database, ada) == ["Fun", "Straße", "a", "b"]


def test_two_that_get_or_create_the_same_tag_get_the_same_row(database: Database, ada: Ids) -> None:
    ids: list[int] = []

    def get_or_create(name: str) -> Work:
        return lambda session: ids.append(tags.get_or_create(session, ada.user, name).id)

    after(database, get_or_create("Straße"), get_or_create("STRASSE"))
    assert len(ids) == 2
    assert ids[0] == ids[1] != ada.tag


@each_way
def test_a_tag_that_was_just_given_goes_when_it_is_deleted(
    database: Database, ada: Ids, way: str
) -> None:
    old = tag(database, ada, "Old")
    delete: Work = lambda session: tags.delete(session, ada.user, old)  # noqa: E731
    assert after(database, give(way, ada, old), delete) is None
    assert "Old" not in tags_of_all(database, ada)
    assert names(database, ada) == ["Fun"]


@each_way
def test_a_tag_that_is_being_deleted_is_not_found_by_its_id(
    database: Database, ada: Ids, way: str
) -> None:
    old = tag(database, ada, "Old")
    result = after(
        database, lambda session: tags.delete(session, ada.user, old), give(way, ada, old)
    )
    assert isinstance(result, NotFound)
    assert (result.entity, result.id) == ("tag", old)


@each_way
def test_a_tag_that_is_being_deleted_is_made_again_by_its_name(
    database: Database, ada: Ids, way: str
) -> None:
    old = tag(database, ada, "Old")
    result = after(
        database, lambda session: tags.delete(session, ada.user, old), give(way, ada, "OLD")
    )
    assert not isinstance(result, Exception)
    assert names(database, ada) == ["Fun", "OLD"]
    assert "OLD" in tags_of_all(database, ada)


@each_way
def test_a_tag_that_was_just_given_becomes_the_one_it_is_merged_into(
    database: Database, ada: Ids, way: str
) -> None:
    old, new = tag(database, ada, "Old"), tag(database, ada, "New")
    merge: Work = lambda session: tags.merge(session, ada.user, old, new)  # noqa: E731
    assert not isinstance(after(database, give(way, ada, old), merge), Exception)
    assert tags_of_all(database, ada) >= {"New"}
    assert names(database, ada) == ["Fun", "New"]


@pytest.mark.parametrize("way", UPDATES)
def test_tags_replaced_while_they_are_merged_are_those_of_the_update(
    database: Database, ada: Ids, way: str
) -> None:
    other, new = tag(database, ada, "Other"), tag(database, ada, "New")
    result = after(
        database,
        lambda session: tags.merge(session, ada.user, ada.tag, new),
        give(way, ada, other),
    )
    assert result.tags == ("Other",)
    assert tags_of_all(database, ada) == {"Other", "New"}  # those that were not updated


CHANGES: dict[str, Callable[[Session, Ids], Task | Habit | StudySession]] = {
    "tasks.update": lambda session, ids: tasks.update(
        session, ids.user, ids.task, TaskUpdate(description="d")
    ),
    "tasks.complete": lambda session, ids: tasks.complete(session, ids.user, ids.task),
    "habits.update": lambda session, ids: habits.update(
        session, ids.user, ids.habit, HabitUpdate(description="d")
    ),
    "study_sessions.update": lambda session, ids: study_sessions.update(
        session, ids.user, ids.study_session, StudySessionUpdate(notes="n")
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_that_waits_for_other_tags_shows_them(
    database: Database, ada: Ids, change: str
) -> None:
    way = change if change in UPDATES else "tasks.update"
    result = after(
        database,
        give(way, ada, "new"),
        lambda session: CHANGES[change](session, ada).tags,
    )
    assert result == ("new",)


def test_two_tags_merged_into_each_other_at_once_leave_one(database: Database, ada: Ids) -> None:
    one, two = tag(database, ada, "One"), tag(database, ada, "Two")
    result = after(
        database,
        lambda session: tags.merge(session, ada.user, one, two),
        lambda session: tags.merge(session, ada.user, two, one),
    )
    assert isinstance(result, NotFound)
    assert result.id == one
    assert names(database, ada) == ["Fun", "Two"]


def test_a_name_that_is_given_while_a_tag_is_renamed_to_it_is_that_tag(
    database: Database, ada: Ids
) -> None:
    result = after(
        database,
        lambda session: tags.rename(session, ada.user, ada.tag, "Joy"),
        give("tasks.create", ada, "joy"),
    )
    assert not isinstance(result, Exception)
    assert names(database, ada) == ["Joy"]


@each_way
def test_a_tag_cannot_be_given_to_a_user_who_is_being_deleted(
    database: Database, ada: Ids, way: str
) -> None:
    result = after(database, lambda session: users.delete(session, ada.user), give(way, ada, "new"))
    assert isinstance(result, NotFound)


@each_way
def test_a_user_is_deleted_with_the_tags_that_were_just_given(
    database: Database, ada: Ids, way: str
) -> None:
    delete: Work = lambda session: users.delete(session, ada.user)  # noqa: E731
    assert after(database, give(way, ada, "new", ada.tag), delete) is None


def test_writers_of_tags_at_once_do_not_deadlock(database: Database, ada: Ids) -> None:
    pool = ("a", "b", "c", "d")

    def set_tags(session: Session, number: int) -> None:
        turned = pool[number % 4 :] + pool[: number % 4]
        tasks.update(session, ada.user, ada.task, TaskUpdate(tags=turned[:3]))

    def set_more(session: Session, number: int) -> None:
        turned = pool[::-1][number % 3 :]
        habits.update(session, ada.user, ada.habit, HabitUpdate(tags=turned))
        tasks.create(session, ada.user, TaskCreate(title="t", tags=turned))

    def merge(session: Session, number: int) -> None:
        names = (pool[number % 4], pool[(number + 1) % 4])
        one, two = (tags.get_or_create(session, ada.user, name).id for name in names)
        with suppress(NotFound):  # it was deleted since
            tags.merge(session, ada.user, one, two)

    def delete(session: Session, number: int) -> None:
        name = pool[number % 4]
        with suppress(NotFound):
            tags.delete(session, ada.user, tags.get_or_create(session, ada.user, name).id)

    works = (set_tags, set_more, merge, delete)

    def run(worker: int) -> None:
        for number in range(25):
            with database.session() as session:
                works[worker](session, number)

    together(len(works), run)
    with database.session() as session:
        for found in tags.find(session, ada.user):
            used = tasks.count(session, ada.user, tags_all=[found.id])
            assert found.task_count == used
