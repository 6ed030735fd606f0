"""Lists in every order: each row once, equal ones by id, those without a value last."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import QueryableAttribute, Session

from tests.services.calls import CALLS, FINDS, ORDERS, services
from tests.services.support import NOW, TODAY
from tests.support.databases import empty
from trackercore import (
    Base,
    Category,
    Database,
    Habit,
    InvalidCursor,
    Page,
    StudySession,
    Tag,
    Task,
    TaskTag,
    Topic,
    User,
)
from trackercore.services._shared.pages import is_nullable

Values = dict[str, Any]
DAY = timedelta(days=1)

COLUMNS = [
    (find, name, columns)
    for find, of_entity in ORDERS.items()
    for name, columns in of_entity.columns.items()
    if name != "streak"  # which has no column: see habits/test_kinds_of_habits.py
]


@dataclass(frozen=True)
class Entity:
    """How a test makes rows: what each needs, which columns are unique, and who owns them."""

    model: type[Base]
    needed: Callable[[int, Values], Values]
    unique: tuple[str, ...] = ()


def _task(number: int, chosen: Values) -> Values:
    done = chosen.get("completed_at")
    return {
        "title": f"t{number}",
        "description_key": None,
        "due_date": chosen.get("due_day"),
        "completed": done is not None,
        "completed_on": None if done is None else done.date(),
    }


ENTITIES = {
    "users.find": Entity(User, lambda number, _: {"email": f"u{number}@example.com"}, ("email",)),
    "categories.find": Entity(Category, lambda number, _: {"name": f"c{number}"}, ("name_key",)),
    "tags.find": Entity(Tag, lambda number, _: {"name": f"t{number}"}, ("name_key",)),
    "topics.find": Entity(Topic, lambda number, _: {"name": f"t{number}"}, ("name_key",)),
    "tasks.find": Entity(Task, _task),
    "habits.find": Entity(
        Habit, lambda number, _: {"name": f"h{number}", "frequency": "daily", "starts_on": TODAY}
    ),
    "study_sessions.find": Entity(StudySession, lambda _number, _chosen: {}),
}


def value(column: QueryableAttribute[Any], number: int) -> Any:
    """One of the values of a column, the greater the number, the greater."""
    values: dict[type, Callable[[], Any]] = {
        int: lambda: 1 + number,
        str: lambda: f"{'abcdefghijklmnopqrstuvwxyz'[number]},%",
        date: lambda: TODAY + number * DAY,
        datetime: lambda: NOW + number * timedelta(microseconds=500_000),
    }
    return values[column.type.python_type]()


def fill(session: Session, find: str, rows: Sequence[Sequence[int | None]]) -> int:
    """Rows with these values in the columns that they can be sorted by; their owner."""
    entity = ENTITIES[find]
    user = insert(User).values(email="a@example.com").returning(User.id)
    owner = session.scalars(user).one()
    shared: Values = {} if entity.model is User else {"user_id": owner}
    if entity.model is StudySession:
        topic = insert(Topic).values(user_id=owner, name="t", name_key="t")
        shared["topic_id"] = session.scalars(topic.returning(Topic.id)).one()
    columns = {columns[0] for columns in ORDERS[find].columns.values() if len(columns) > 1}
    made: list[Values] = []
    for number, numbers in enumerate(rows):
        chosen = {
            column.key: (
                value(column, number)
                if column.key in entity.unique
                else None
                if given is None and is_nullable(column)
                else value(column, given or 0)
            )
            for column, given in zip(sorted(columns, key=str), numbers, strict=False)
        }
        made.append({**entity.needed(number, chosen), **shared, **chosen})
    uses = [values.pop("use_count", 0) for values in made]
    if made:
        session.execute(insert(entity.model), made)
    if any(uses):
        use(session, owner, uses)
    return owner


def use(session: Session, owner: int, numbers: Sequence[int]) -> None:
    """Give each tag to so many tasks."""
    new = [{"user_id": owner, "title": "t", "description_key": None}] * max(numbers)
    session.execute(insert(Task), new)
    rows, tags = (
        session.scalars(select(model.id).where(model.user_id == owner).order_by(model.id)).all()
        for model in (Task, Tag)
    )
    links = [
        {"user_id": owner, "task_id": task, "tag_id": tag}
        for tag, number in zip(tags, numbers, strict=True)
        for task in rows[:number]
    ]
    session.execute(insert(TaskTag), links)


def pages(
    find: Callable[..., Page[Any]], after: Callable[[Page[Any]], object] = lambda page: page
) -> Iterator[Page[Any]]:
    page: Page[Any] | None = None
    while page := find(after=None if page is None else after(page)):
        yield page


def call(session: Session, service: str, owner: int, **options: Any) -> Any:
    given = () if service.startswith("users.") else (owner,)
    return services()[service](session, *given, **options)


WIDTH = max(len(of_entity.columns) for of_entity in ORDERS.values())


def everything(find: str) -> Values:
    """The options with which all rows are found."""
    return {"archived": None} if "archived" in FINDS[find].parameters else {}


def oracle(rows: Sequence[Any], column: str, descending: bool) -> list[Any]:
    with_value = [row for row in rows if getattr(row, column) is not None]
    without = [row for row in rows if getattr(row, column) is None]
    return [
        *sorted(with_value, key=lambda row: (getattr(row, column), row.id), reverse=descending),
        *sorted(without, key=lambda row: row.id, reverse=descending),
    ]


def test_every_list_has_orders_and_each_name_is_declared_once_more_for_type_checkers() -> None:
    finds = {each.service for each in CALLS if "order_by" in each.parameters}
    assert finds == set(ORDERS) == set(FINDS)
    for find, of_entity in ORDERS.items():
        names = [sign + name for name in of_entity.columns for sign in ("", "-")]
        assert list(get_args(FINDS[find].parameters["order_by"])) == names, find


@pytest.mark.parametrize("find", ORDERS)
@settings(max_examples=settings().max_examples // 20)
@given(
    st.lists(st.lists(st.none() | st.integers(0, 2), min_size=WIDTH, max_size=WIDTH), max_size=9),
    st.integers(1, 5),
)
def test_pages_of_any_size_are_the_sorted_list_and_count_is_its_length(
    database: Database, find: str, numbers: list[list[int | None]], limit: int
) -> None:
    with database.session() as session:
        owner = fill(session, find, numbers)
        some = everything(find)

        def listed(order_by: str) -> list[Any]:
            def one_page(**after: object) -> Page[Any]:
                options = {"order_by": order_by, "limit": limit, **some, **after}
                page: Page[Any] = call(session, find, owner, **options)
                return page

            found = list(pages(one_page))
            assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
            return [row for page in found for row in page]

        rows = listed(f"{next(iter(ORDERS[find].columns))}")
        assert len(rows) == len(numbers) + (find == "users.find")
        assert call(session, find.replace("find", "count"), owner, **some) == len(rows)
        for of_find, name, columns in COLUMNS:
            if of_find == find:
                assert listed(name) == oracle(rows, columns[0].key, False), name
                assert listed(f"-{name}") == oracle(rows, columns[0].key, True), name
    empty(database)


@pytest.mark.parametrize("find", ORDERS)
def test_a_page_goes_on_in_its_own_order_only(session: Session, find: str) -> None:
    owner = fill(session, find, [[number] * WIDTH for number in (None, 0, 1, 2)])
    names = [sign + name for name in ORDERS[find].columns for sign in ("", "-")]
    some = everything(find) | {"limit": 2}
    for name in names:
        page: Page[Any] = call(session, find, owner, order_by=name, **some)
        assert page.next is not None
        rest = call(session, find, owner, order_by=name, after=page.next, **some)
        assert rest == call(session, find, owner, order_by=name, after=page, **some)
        for other in names:
            if other != name:
                with pytest.raises(InvalidCursor):
                    call(session, find, owner, order_by=other, after=page, **some)


@pytest.mark.parametrize("find", ORDERS)
def test_no_page_follows_the_last_one(session: Session, find: str) -> None:
    owner = fill(session, find, [])
    page = call(session, find, owner)
    assert page.next is None
    assert call(session, find, owner, after=page) == Page([])


def test_the_order_by_default_is_by_id_and_that_of_sessions_by_day() -> None:
    for find in FINDS:
        parameters = inspect.signature(services()[find]).parameters
        expected = "day" if find == "study_sessions.find" else "id"
        assert parameters["order_by"].default == expected, find
