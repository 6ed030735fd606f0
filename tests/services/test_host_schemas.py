"""A host's subclass of an input schema stores the schema's fields, and nothing else."""

from __future__ import annotations

from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel, ValidationError, create_model
from sqlalchemy import select
from sqlalchemy.orm import Session

import trackercore
from tests.services.calls import CALLS, Call
from tests.services.support import NOW, dump, person
from tests.support.statements import count_statements
from trackercore import (
    Base,
    TaskCreate,
    TaskUpdate,
    UserCreate,
    UserUpdate,
    tasks,
    users,
)

pytestmark = pytest.mark.slow

TAKING = [taking for taking in CALLS if {"data", "items"} & taking.parameters.keys()]

COLUMNS = {column.key for table in Base.metadata.sorted_tables for column in table.columns}
ATTRIBUTES = {attribute.key for mapper in Base.registry.mappers for attribute in mapper.attrs}
EXTRA = sorted(COLUMNS | ATTRIBUTES | {"colour"})
"""Everything that a row has, and something that no row has."""

VALUES = {"user_id": 2**40, "id": 2**40, "part_of": 2**40, "created_at": NOW.replace(year=1999)}
EXTRA_VALUES = {*VALUES.values()}


def hosts(data: BaseModel) -> BaseModel:
    """The same, of a subclass that has every column of every table as a field of its own."""
    schema = type(data)
    fields: dict[str, Any] = {
        name: (Any, VALUES.get(name, 7)) for name in EXTRA if name not in schema.model_fields
    }
    made: type[BaseModel] = create_model(f"Hosts{schema.__name__}", __base__=schema, **fields)
    given = {name: getattr(data, name) for name in data.model_fields_set}
    return made(**given, **{name: default for name, (_, default) in fields.items()})


def test_the_list_has_every_service_that_takes_a_schema() -> None:
    schemas = {
        part
        for taking in TAKING
        for name in ("data", "items")
        if name in taking.parameters
        for hint in (taking.parameters[name], *get_args(taking.parameters[name]))
        for part in (hint, *get_args(hint))
        if isinstance(part, type) and issubclass(part, BaseModel)
    }
    named = {name for name in trackercore.__all__ if name.endswith(("Create", "Update", "Change"))}
    assert {schema.__name__ for schema in schemas} == named


@pytest.mark.parametrize("taking", TAKING, ids=str)
def test_extra_fields_change_nothing(session: Session, taking: Call) -> None:
    ids = person(session)
    name = "data" if "data" in taking.parameters else "items"
    given: BaseModel | list[BaseModel] = taking.argument(name, ids)
    extended = [hosts(item) for item in given] if isinstance(given, list) else hosts(given)
    stored: list[object] = []
    for value in (given, extended):
        savepoint = session.begin_nested()
        result = taking.run(session, ids, **{name: value})
        rows = cast("list[object]", result) if isinstance(result, list) else [result]
        for row in rows:
            assert not isinstance(row, Base) or "colour" not in vars(row)
        stored.append(contents(session))
        savepoint.rollback()
    assert stored[1] == stored[0]


FROM_ELSEWHERE = {
    "id",
    "part_of",
    "possible_parent_id",
    "position",
    "created_at",
    "updated_at",
    "recorded_at",
    "completed_at",
}
"""Columns whose values come from a sequence or the clock."""


def contents(session: Session) -> dict[str, list[str]]:
    """All rows, without what comes from a sequence or the clock, which must not be a host's."""
    session.flush()
    rows: dict[str, list[str]] = {}
    for table in Base.metadata.sorted_tables:
        found = session.execute(select(table)).mappings().all()
        assert not any(value in EXTRA_VALUES for row in found for value in row.values())
        is_link = table.columns.keys() == table.primary_key.columns.keys()
        left_out = table.columns.keys() if is_link else FROM_ELSEWHERE
        rows[table.name] = sorted(
            repr([(name, value) for name, value in row.items() if name not in left_out])
            for row in found
        )
    return rows


def test_a_field_of_another_type_is_checked_by_our_schema(session: Session) -> None:
    class AnyTitle(TaskCreate):
        title: Any

    class AnyTopic(TaskUpdate):
        category_id: Any = None

    ids = person(session)
    assert tasks.create(session, ids.user, AnyTitle(title=" Mow ")).title == "Mow"
    before = dump(session)
    with count_statements(session) as statements:
        for title in (5, None, "", "x" * 256, "a\0b"):
            with pytest.raises(ValidationError, match="title"):
                tasks.create(session, ids.user, AnyTitle(title=title))
            with pytest.raises(ValidationError, match="title"):
                tasks.create_many(session, ids.user, [AnyTitle(title=title)])
        with pytest.raises(ValidationError, match="category_id"):
            tasks.update(session, ids.user, ids.task, AnyTopic(category_id="1"))
    assert all("users" in statement for statement in statements)  # the imports lock their owner
    assert dump(session) == before


def test_an_update_keeps_what_its_subclass_was_not_given(session: Session) -> None:
    class Body(UserUpdate):
        time_zone: str = "Asia/Tokyo"
        newsletter: bool = False

        def changes(self) -> dict[str, object]:
            return {"hashed_password": "stolen"}

    ids = person(session)
    user = users.update(session, ids.user, Body(week_starts_on=7, newsletter=True), now=NOW)
    assert (user.week_starts_on, user.time_zone, user.hashed_password) == (7, "UTC", None)


def test_the_defaults_of_a_subclass_are_stored(session: Session) -> None:
    class SignUp(UserCreate):
        time_zone: str = "Asia/Tokyo"
        captcha: str

    user = users.create(session, SignUp(email="bob@example.com", captcha="x"))
    assert user.time_zone == "Asia/Tokyo"


def test_a_subclass_that_allows_anything_is_cut_down_too(session: Session) -> None:
    class Body(TaskUpdate, extra="allow"):
        pass

    ids = person(session)
    eve = person(session, "eve@example.com")
    task = tasks.update(session, ids.user, ids.task, Body.model_validate({"user_id": eve.user}))
    assert task.user_id == ids.user
