"""Tags: what has them, what finds them, and what becomes of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.services.support import NOW, dump, person
from tests.support.databases import empty
from tests.support.statements import count_statements
from trackercore import (
    Database,
    ExternalIdTaken,
    Habit,
    HabitCreate,
    HabitRead,
    HabitTag,
    HabitUpdate,
    NameTaken,
    NotFound,
    SubtaskProgress,
    Tag,
    TagCreate,
    TagRead,
    TagUpdate,
    Task,
    TaskCreate,
    TaskRead,
    TaskTag,
    TaskUpdate,
    habits,
    tags,
    tasks,
)
from trackercore.types import text_key

Tags = Sequence[int | str]


class Tagged:
    """Tasks or habits: how one is created with tags, how they are changed, and who finds it."""

    def __init__(self, service: Any, create: Any, update: Any, read: Any, links: Any) -> None:
        self.service, self.read, self.links = service, read, links
        self._create, self._update = create, update

    def create(self, session: Session, owner: int, names: Tags = (), **others: Any) -> Any:
        data = self._create(tags=names, **others)
        return self.service.create(session, owner, data)

    def update(self, session: Session, owner: int, row: Any, **changes: Any) -> Any:
        return self.service.update(session, owner, row.id, self._update(**changes))

    def found(self, session: Session, owner: int, **filters: Any) -> list[int]:
        page = self.service.find(session, owner, **filters)
        assert self.service.count(session, owner, **filters) == len(page)
        return [row.id for row in page]


def new_task(**fields: Any) -> TaskCreate:
    named: dict[str, Any] = {"title": "Mow"}
    return TaskCreate(**(named | fields))


def new_habit(**fields: Any) -> HabitCreate:
    daily: dict[str, Any] = {"name": "Row", "frequency": "daily"}
    return HabitCreate(**(daily | fields))


TASKS = Tagged(tasks, new_task, TaskUpdate, TaskRead, TaskTag)
HABITS = Tagged(habits, new_habit, HabitUpdate, HabitRead, HabitTag)
each_kind = pytest.mark.parametrize("tagged", [TASKS, HABITS], ids=["tasks", "habits"])


def names(session: Session, owner: int) -> list[str]:
    return [tag.name for tag in tags.find(session, owner)]


@each_kind
def test_an_int_is_an_id_and_a_str_a_name_which_is_created_if_it_is_new(
    session: Session, tagged: Tagged
) -> None:
    ids = person(session)
    row = tagged.create(session, ids.user, [ids.tag, "Straße", " FUN ", "STRASSE", "beach"])
    assert row.tags == ("beach", "Fun", "Straße")  # in the order of their names
    assert names(session, ids.user) == ["Fun", "beach", "Straße"]
    assert tagged.read.model_validate(row).tags == row.tags
    session.expire(row)
    assert row.tags == ("beach", "Fun", "Straße")


@each_kind
@pytest.mark.parametrize("kind", [set, frozenset, list, tuple])
def test_a_set_of_them_is_as_good_as_a_list(
    session: Session, tagged: Tagged, kind: Callable[[list[int | str]], Any]
) -> None:
    ids = person(session)
    names_and_id = kind([ids.tag, "b", "C", "a"])
    row = tagged.create(session, ids.user, names_and_id)
    assert row.tags == ("a", "b", "C", "Fun")
    for filters in ({"tags_all": names_and_id}, {"tags_any": {"A"}}):
        assert row.id in tagged.found(session, ids.user, **filters)
    assert tagged.update(session, ids.user, row, tags=frozenset({"b"})).tags == ("b",)


def test_the_tags_of_a_set_are_in_one_order_and_the_schema_is_that_of_a_list() -> None:
    for one in ({9, "b", "A", 3, "a"}, frozenset(["a", 3, "A", 9, "b"])):
        assert new_task(tags=one).tags == (3, 9, "A", "a", "b")
    schema = TaskCreate.model_json_schema()["properties"]["tags"]
    assert (schema["type"], schema["maxItems"]) == ("array", 50)
    assert "uniqueItems" not in schema


def test_the_error_of_what_is_no_tag_or_no_list_says_what_to_give(session: Session) -> None:
    tag = tags.get_or_create(session, person(session).user, "a")
    for wrong in ("home", b"home", 5, None, {"home": 1}, tag):
        with pytest.raises(ValidationError, match="must be a list of tags: their ids or names"):
            new_task(tags=wrong)
    for one in ([tag], {tag}, [None], [1.0], {"a", None, 3}):
        with pytest.raises(ValidationError, match="the id of a tag, as a number, or its name"):
            new_task(tags=one)


@each_kind
def test_they_can_be_read_without_a_query_also_when_the_session_is_closed(
    database: Database, tagged: Tagged
) -> None:
    with database.session() as session:
        ids = person(session)
        with_tags = tagged.create(session, ids.user, ["b", "a"])
        without = tagged.create(session, ids.user)
        changed = tagged.update(session, ids.user, tagged.create(session, ids.user), tags=["c"])
        with count_statements(session) as statements:
            assert [with_tags.tags, without.tags, changed.tags] == [("a", "b"), (), ("c",)]
        assert not statements
    assert [with_tags.tags, without.tags, changed.tags] == [("a", "b"), (), ("c",)]


@each_kind
def test_an_update_replaces_them_and_one_that_does_not_say_them_keeps_them(
    session: Session, tagged: Tagged
) -> None:
    ids = person(session)
    row = tagged.create(session, ids.user, ["a", "b"])
    changes: list[tuple[dict[str, Any], tuple[str, ...]]] = [
        ({"description": "d"}, ("a", "b")),
        ({"tags": ["B", ids.tag]}, ("b", "Fun")),
        ({"tags": ["new"]}, ("new",)),
        ({"tags": []}, ()),
    ]
    for change, expected in changes:
        assert tagged.update(session, ids.user, row, **change).tags == expected
        session.expire(row)
        assert tagged.service.get(session, ids.user, row.id).tags == expected
    assert names(session, ids.user) == ["Fun", "a", "b", "new"]  # one without a use stays


@each_kind
def test_another_set_of_tags_is_a_change_of_the_row_and_the_same_one_is_none(
    session: Session, tagged: Tagged
) -> None:
    ids = person(session)
    row = tagged.create(session, ids.user, ["a", "b"])
    before = row.updated_at
    assert tagged.update(session, ids.user, row, tags=["B", "A"]).updated_at == before
    assert tagged.update(session, ids.user, row, tags=["a"]).updated_at > before
    stored = row.updated_at
    session.expire(row)
    assert row.updated_at == stored


@each_kind
@pytest.mark.parametrize("tag", ["theirs", "nobody's"])
def test_an_id_that_is_no_tag_of_the_owner_leaves_nothing_behind(
    session: Session, tagged: Tagged, tag: str
) -> None:
    ids, eve = person(session), person(session, "eve@example.com")
    row = tagged.create(session, ids.user, ["a"])
    before = dump(session)
    wrong = {"theirs": eve.tag, "nobody's": 2**63 - 1}[tag]
    attempts: list[Callable[[], object]] = [
        lambda: tagged.create(session, ids.user, ["new", wrong]),
        lambda: tagged.update(session, ids.user, row, description="d", tags=["new", wrong]),
    ]
    for attempt in attempts:
        with pytest.raises(NotFound) as caught:
            attempt()
        assert (caught.value.entity, caught.value.id) == ("tag", wrong)
        assert dump(session) == before
    assert row.tags == ("a",)


@each_kind
def test_a_write_that_is_refused_creates_no_tag(session: Session, tagged: Tagged) -> None:
    ids = person(session)
    tagged.create(session, ids.user, external_id="1")
    row = tagged.create(session, ids.user, ["a"])
    before = dump(session)
    with pytest.raises(ExternalIdTaken):
        tagged.create(session, ids.user, ["new"], external_id="1")
    with pytest.raises(ExternalIdTaken):
        tagged.update(session, ids.user, row, tags=["new"], external_id="1")
    assert dump(session) == before
    assert row.tags == ("a",)


@each_kind
def test_a_savepoint_that_is_rolled_back_takes_them_back(session: Session, tagged: Tagged) -> None:
    ids = person(session)
    row = tagged.create(session, ids.user, ["a"])
    with session.begin_nested() as savepoint:
        tagged.update(session, ids.user, row, tags=["b"])
        savepoint.rollback()
    assert row.tags == ("a",)
    with session.begin_nested() as savepoint:
        tags.rename(session, ids.user, tags.get_or_create(session, ids.user, "a").id, "c")
        assert row.tags == ("c",)
        savepoint.rollback()
    assert row.tags == ("a",)


POOL = ("a", "b", "c", "Straße")
sets_of_tags = st.lists(st.sampled_from(POOL), max_size=3, unique=True)


@each_kind
@settings(max_examples=max(5, settings().max_examples // 60))
@given(
    st.lists(sets_of_tags, max_size=6),
    sets_of_tags,
    sets_of_tags,
    st.sampled_from([None, True, False]),
)
def test_filters_find_what_has_all_or_any_of_some_tags_or_none(
    database: Database,
    tagged: Tagged,
    rows: list[list[str]],
    tags_all: list[str],
    tags_any: list[str],
    untagged: bool | None,
) -> None:
    def is_found(tags: set[str]) -> bool:
        return (
            {*tags_all} <= tags
            and (not tags_any or bool({*tags_any} & tags))
            and (untagged is None or untagged != bool(tags))
        )

    with database.session() as session:
        owner, other = (person(session, f"{name}@example.com").user for name in ("ada", "eve"))
        by_name = {name: tags.create(session, owner, TagCreate(name=name)).id for name in POOL}
        own = {tagged.create(session, owner, row).id: {*row} for row in rows}
        tagged.create(session, other, POOL)
        known = {*own}
        expected = [row_id for row_id in own if is_found(own[row_id])]
        for spelt in (str.upper, by_name.__getitem__):
            found = tagged.found(
                session,
                owner,
                tags_all=[spelt(name) for name in tags_all],
                tags_any=[spelt(name) for name in tags_any],
                untagged=untagged,
            )
            assert [row_id for row_id in found if row_id in known] == expected
    empty(database)


@each_kind
def test_an_unknown_name_is_found_nowhere_and_an_unknown_id_is_an_error(
    session: Session, tagged: Tagged
) -> None:
    ids, eve = person(session), person(session, "eve@example.com")
    row = tagged.create(session, ids.user, ["a"])
    assert tagged.found(session, ids.user, tags_all=["a", "nowhere"]) == []
    assert tagged.found(session, ids.user, tags_any=["a", "nowhere"]) == [row.id]
    for name in ("tags_all", "tags_any"):
        for find in (tagged.service.find, tagged.service.count):
            with pytest.raises(NotFound) as caught:
                find(session, ids.user, **{name: [eve.tag]})
            assert (caught.value.entity, caught.value.id) == ("tag", eve.tag)
            for wrong in ("a", 5, [0], [""], [None], ["a"] * 21, {"a": 1}):
                with pytest.raises(ValidationError) as refused:
                    find(session, ids.user, **{name: wrong})
                assert refused.value.errors()[0]["loc"][0] == name
    with pytest.raises(ValidationError):
        tagged.service.find(session, ids.user, untagged=1)


@each_kind
def test_a_search_looks_in_their_names_too(session: Session, tagged: Tagged) -> None:
    ids = person(session)
    row = tagged.create(session, ids.user, ["Straße 100%"])
    tagged.create(session, ids.user, ["other"])
    tagged.create(session, person(session, "eve@example.com").user, ["Straße 100%"])
    for text in ("strass", "STRASSE", "0%"):
        assert tagged.found(session, ids.user, text=text) == [row.id]
    assert tagged.found(session, ids.user, text="1%0") == []


def test_tags_are_found_by_a_part_of_their_names(session: Session) -> None:
    ids, eve = person(session), person(session, "eve@example.com")  # each has the tag "Fun"
    for owner in (ids.user, eve.user):
        for name in ("Straße 100%", "Café", "function"):
            tags.create(session, owner, TagCreate(name=name, extra={"n": len(name)}))
    for text, found in (
        ("strass", ["Straße 100%"]),
        ("0%", ["Straße 100%"]),
        ("CAFE\u0301", ["Café"]),
        ("FUN", ["Fun", "function"]),
        ("cafe", []),
        ("1%0", []),
        ("", ["Fun", "Straße 100%", "Café", "function"]),
    ):
        assert [tag.name for tag in tags.find(session, ids.user, text=text)] == found
        assert tags.count(session, ids.user, text=text) == len(found)
    assert tags.count(session, ids.user, text="fun", extra={"n": 8}) == 1


@each_kind
def test_a_list_reads_the_tags_of_all_rows_in_its_one_statement(
    session: Session, tagged: Tagged
) -> None:
    ids = person(session)
    for number in range(5):
        tagged.create(session, ids.user, [f"t{number}", "all"])
    for filters in ({}, {"tags_all": ["all"]}, {"untagged": False, "text": "all"}):
        session.expunge_all()
        with count_statements(session) as statements:
            page = tagged.service.find(session, ids.user, **filters)
            assert sum("all" in row.tags for row in page) == 5
        assert len(statements) == 1


def test_writes_with_tags_take_few_statements_however_many_tags(session: Session) -> None:
    ids = person(session)
    few, many = ["a"], [f"t{number}" for number in range(50)]
    counts: dict[str, set[int]] = {"create": set(), "update": set()}
    for names_of_tags in (few, many):
        for new in (1, 0):  # new tags are stored in one statement
            with count_statements(session) as statements:
                TASKS.create(session, ids.user, names_of_tags)
            counts["create"].add(len(statements) - new)
        task = TASKS.create(session, ids.user, ["z"])
        session.expunge_all()
        with count_statements(session) as statements:
            TASKS.update(session, ids.user, task, tags=names_of_tags)
        counts["update"].add(len(statements))
    assert [len(each) for each in counts.values()] == [1, 1], counts


def test_tasks_that_are_imported_bring_their_tags(session: Session) -> None:
    ids = person(session)
    items = [
        TaskCreate(title="t1", external_id="1", tags=["Straße", ids.tag, "FUN"]),
        TaskCreate(title="t2"),
        TaskCreate(title="t3", tags=["STRASSE"]),
    ]
    result = tasks.create_many(session, ids.user, items)
    assert (result.created, result.found) == (3, 0)
    assert [*map(text_key, names(session, ids.user))] == ["fun", "strasse"]
    again = [
        TaskCreate(title="t1", external_id="1", tags=["never"]),
        TaskCreate(title="t4", external_id="4", tags=["strasse"]),
        TaskCreate(title="t5", external_id="4", tags=["never"]),
    ]
    result = tasks.create_many(session, ids.user, again)
    assert (result.created, result.found) == (1, 2)
    assert len(names(session, ids.user)) == 2  # what was found is left alone, and makes no tags
    by_title = {task.title: [*map(text_key, task.tags)] for task in tasks.find(session, ids.user)}
    assert by_title == {
        "Sweep": ["fun"],
        "t1": ["fun", "strasse"],
        "t2": [],
        "t3": ["strasse"],
        "t4": ["strasse"],
    }


def test_an_import_is_cut_into_batches_and_each_tag_is_looked_up_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.services._shared.batches._ROWS", 3)
    ids = person(session)

    def load(number: int) -> int:
        with count_statements(session) as statements:
            tasks.create_many(
                session, ids.user, [TaskCreate(title="t", tags=["x", "y"]) for _ in range(number)]
            )
        return len(statements)

    load(1)
    assert load(12) - load(9) == load(9) - load(6) == 2  # the tasks of a batch, and their links
    assert tags.get_or_create(session, ids.user, "x").task_count == 1 + 12 + 9 + 9 + 6


def test_an_import_with_an_unknown_tag_says_of_which_item_and_stores_nothing(
    session: Session,
) -> None:
    ids = person(session)
    before = dump(session)
    items = [TaskCreate(title="a", tags=["new"]), TaskCreate(title="b", tags=[ids.tag, 2**40])]
    with pytest.raises(NotFound) as caught:
        tasks.create_many(session, ids.user, items)
    assert caught.value.facts == {"entity": "tag", "id": 2**40, "item": 1}
    assert "items[1]" in caught.value.__notes__[0]
    assert dump(session) == before


def uses(tag: Tag) -> tuple[int, int, int]:
    return tag.task_count, tag.habit_count, tag.session_count


def test_it_says_how_often_it_is_used_in_one_statement(session: Session) -> None:
    ids = person(session)
    tags.delete(session, ids.user, ids.tag)
    a = tags.create(session, ids.user, TagCreate(name="a")).id
    TASKS.create(session, ids.user, ["a", "b"])
    TASKS.update(session, ids.user, TASKS.create(session, ids.user, ["a"]), completed=True)
    HABITS.create(session, ids.user, ["a"])
    tags.create(session, ids.user, TagCreate(name="c"))
    with count_statements(session) as statements:
        found = tags.find(session, ids.user, order_by="-used")
    assert len(statements) == 1
    assert [(tag.name, uses(tag)) for tag in found] == [
        ("a", (2, 1, 0)),
        ("b", (1, 0, 0)),
        ("c", (0, 0, 0)),
    ]
    tag = tags.get(session, ids.user, a)
    assert (uses(tag), tag.use_count) == ((2, 1, 0), 3)
    assert TagRead.model_validate(tag).task_count == 2
    # It was counted when it was read.
    TASKS.create(session, ids.user, ["a"])
    assert uses(tag) == (2, 1, 0)
    assert uses(tags.get(session, ids.user, a)) == (3, 1, 0)
    assert uses(tags.create(session, ids.user, TagCreate(name="new"))) == (0, 0, 0)


def rows_with_tags(session: Session, owner: int) -> list[Any]:
    return [
        TASKS.create(session, owner, ["a", "b"]),
        TASKS.create(session, owner, ["a"]),
        HABITS.create(session, owner, ["a", "b"]),
        HABITS.create(session, owner, ["b"]),
    ]


def shown(session: Session, rows: list[Any]) -> list[tuple[str, ...]]:
    """The tags of rows, as they stand in the session and in the database."""
    in_session = [row.tags for row in rows]
    for row in rows:
        session.expire(row)
    assert [row.tags for row in rows] == in_session
    return in_session


def by_name(session: Session, owner: int, name: str) -> int:
    return tags.get_or_create(session, owner, name).id


def test_renaming_shows_on_what_has_it(session: Session) -> None:
    ids = person(session)
    rows = rows_with_tags(session, ids.user)
    updated = [row.updated_at for row in rows]
    a, b = by_name(session, ids.user, "a"), by_name(session, ids.user, "b")
    assert tags.rename(session, ids.user, a, " z ").name == "z"
    assert tags.rename(session, ids.user, a, "Z").name == "Z"
    assert shown(session, rows) == [("b", "Z"), ("Z",), ("b", "Z"), ("b",)]
    with pytest.raises(NameTaken) as caught:
        tags.rename(session, ids.user, a, "B")
    assert caught.value.facts == {"entity": "tag", "name": "B", "other_id": b}
    assert tags.get(session, ids.user, a).name == "Z"
    assert shown(session, rows) == [("b", "Z"), ("Z",), ("b", "Z"), ("b",)]
    assert [row.updated_at for row in rows] == updated
    with pytest.raises(ValidationError) as refused:
        tags.rename(session, ids.user, a, " ")
    assert refused.value.errors()[0]["loc"] == ("name",)


def test_an_update_changes_all_but_the_name(session: Session) -> None:
    ids = person(session)
    tag = tags.update(session, ids.user, ids.tag, TagUpdate(extra={"colour": "red"}))
    assert (tag.name, tag.extra) == ("Fun", {"colour": "red"})
    with pytest.raises(ValidationError, match=r"tags\.rename changes it"):
        TagUpdate.model_validate({"name": "New"})


def test_merging_gives_all_the_other_tag_and_what_has_both_keeps_it_once(session: Session) -> None:
    ids, eve = person(session), person(session, "eve@example.com")
    rows = rows_with_tags(session, ids.user)
    theirs = rows_with_tags(session, eve.user)
    a, b = by_name(session, ids.user, "a"), by_name(session, ids.user, "b")
    merged = tags.merge(session, ids.user, a, b)
    assert (merged.id, merged.name, uses(merged)) == (b, "b", (2, 2, 0))
    assert shown(session, rows) == [("b",), ("b",), ("b",), ("b",)]
    assert shown(session, theirs) == [("a", "b"), ("a",), ("a", "b"), ("b",)]
    assert names(session, ids.user) == ["Fun", "b"]
    with pytest.raises(NotFound) as caught:
        tags.get(session, ids.user, a)
    assert caught.value.id == a


def test_merging_tags_in_a_savepoint_that_is_rolled_back_leaves_how_often_they_are_used(
    session: Session,
) -> None:
    ids = person(session)
    tasks.create(session, ids.user, TaskCreate(title="Mow", tags=["Old", "New"]))
    tasks.create(session, ids.user, TaskCreate(title="Sow", tags=["Old"]))
    old, new = (tags.get_or_create(session, ids.user, name) for name in ("Old", "New"))
    with session.begin_nested() as savepoint:
        assert tags.merge(session, ids.user, old.id, new.id).task_count == 2
        savepoint.rollback()
    assert (old.task_count, new.task_count) == (2, 1)


def test_a_tag_merged_into_itself_stays_as_it_is(session: Session) -> None:
    ids = person(session)
    before = dump(session)
    assert tags.merge(session, ids.user, ids.tag, ids.tag).id == ids.tag
    assert dump(session) == before


@pytest.mark.parametrize("wrong", [None, "7", [7], 7.0])
def test_what_is_no_id_cannot_be_merged(session: Session, wrong: Any) -> None:
    ids = person(session)
    for tag, into in ((wrong, ids.tag), (ids.tag, wrong)):
        with (
            count_statements(session) as statements,
            pytest.raises(TypeError, match="tag id must be an int, not"),
        ):
            tags.merge(session, ids.user, tag, into)
        assert not statements


def test_two_users_tags_cannot_be_merged(session: Session) -> None:
    ids, eve = person(session), person(session, "eve@example.com")
    before = dump(session)
    for tag, into in ((ids.tag, eve.tag), (eve.tag, ids.tag), (ids.tag, 2**40)):
        with pytest.raises(NotFound) as caught:
            tags.merge(session, ids.user, tag, into)
        assert (caught.value.entity, {caught.value.id} - {ids.tag}) == (
            "tag",
            {tag, into} - {ids.tag},
        )
    assert dump(session) == before


def test_deleting_takes_it_from_what_has_it(session: Session) -> None:
    ids = person(session)
    rows = rows_with_tags(session, ids.user)
    tag = tags.get_or_create(session, ids.user, "a")
    links = session.scalars(select(TaskTag).where(TaskTag.tag_id == tag.id)).all()
    tags.delete(session, ids.user, tag.id)
    assert shown(session, rows) == [("b",), (), ("b",), ("b",)]
    assert not any(link in session for link in [tag, *links])
    assert names(session, ids.user) == ["Fun", "b"]


def test_with_what_has_it_goes_the_use_of_a_tag(session: Session) -> None:
    ids = person(session)
    tasks.delete(session, ids.user, ids.task)
    habits.delete(session, ids.user, ids.habit)
    assert uses(tags.get(session, ids.user, ids.tag))[:2] == (0, 0)
    for model in (TaskTag, HabitTag):
        assert session.scalar(select(func.count()).select_from(model)) == 0


@each_kind
def test_merging_an_object_leaves_the_tags_that_its_row_has(
    session: Session, tagged: Tagged
) -> None:
    ids = person(session)
    row = tagged.create(session, ids.user, ["Old"])
    session.commit()
    session.refresh(row)
    detached = pickle.loads(pickle.dumps(row))  # noqa: S301 - our own
    tagged.update(session, ids.user, row, tags=["New"])
    model: type[Task | Habit] = Task if isinstance(row, Task) else Habit
    for other in (model(user_id=ids.user, id=row.id), detached):
        merged = session.merge(other)
        session.flush()
        assert merged is row
        assert merged.tags == ("New",)
        session.expunge(merged)
        merged = row = session.merge(other)
        session.flush()
        assert merged.tags == ("New",)


def test_merging_an_object_leaves_what_is_counted(session: Session) -> None:
    ids = person(session)
    parent = tasks.create(session, ids.user, TaskCreate(title="Move house", tags=["Home"]))
    tasks.create(session, ids.user, TaskCreate(title="Pack", parent_id=parent.id))
    (tag,) = (one for one in tags.find(session, ids.user) if one.name == "Home")
    session.expunge_all()
    merged = session.merge(Task(user_id=ids.user, id=parent.id, title="Leave"))
    session.flush()
    assert merged.progress == SubtaskProgress(0, 1)
    session.expunge_all()
    assert session.merge(Tag(user_id=ids.user, id=tag.id, name="Garden")).task_count == 1


def test_an_object_that_is_new_can_be_merged(session: Session) -> None:
    ids = person(session)
    task = session.merge(Task(user_id=ids.user, title="Mow"))
    with count_statements(session) as statements:
        session.flush()
        assert (task.tags, task.progress) == ((), None)
    assert len(statements) == 1


@each_kind
def test_nobody_can_assign_them(session: Session, tagged: Tagged) -> None:
    ids = person(session)
    row = tagged.create(session, ids.user, ["Old"])
    model: type[Task | Habit] = Task if isinstance(row, Task) else Habit
    with pytest.raises(AttributeError, match=f"tags of a {model.__name__} is read-only"):
        row.tags = ("New",)
    with pytest.raises(AttributeError, match="read-only"):
        model(user_id=ids.user, tags=["New"])
    assert row.tags == ("Old",)


def test_rows_that_the_orm_makes_have_tags_too(session: Session) -> None:
    ids = person(session)
    task = Task(user_id=ids.user, title="t")
    habit = Habit(user_id=ids.user, name="h", frequency="daily", starts_on=NOW.date())
    session.add_all([task, habit])
    session.flush()
    assert (task.tags, habit.tags) == ((), ())
    session.add(TaskTag(user_id=ids.user, task_id=task.id, tag_id=ids.tag))
    session.flush()
    session.refresh(task)
    assert task.tags == ("Fun",)


def test_a_query_for_the_tags_alone_has_those_of_each_row(session: Session) -> None:
    for email in ("ada@example.com", "bob@example.com"):
        ids = person(session, email)
        tasks.create(session, ids.user, TaskCreate(title="Mow", tags=["a", "B"]))
    expected = [("Fun",), ("a", "B"), ("Fun",), ("a", "B")]
    assert sorted(session.scalars(select(Task.tags)).all()) == sorted(expected)
    assert session.scalars(select(Task.progress)).all() == [None] * 4
    assert session.scalars(select(Habit.tags)).all() == [("Fun",), ("Fun",)]
    assert sorted(session.scalars(select(Tag.task_count)).all()) == [1, 1, 1, 1, 1, 1]
