"""JSON schemas describe every field, in the words of the docstrings."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

import trackercore
from trackercore import (
    CategoryRead,
    CheckInResult,
    HabitCreate,
    HabitScheduleRead,
    PageRead,
    ScheduleChange,
    TaskCreate,
    TaskRead,
    TaskUpdate,
    TopicRead,
    schemas,
)
from trackercore.schemas.descriptions import SAME_EVERYWHERE, split
from trackercore.schemas.fields import Model, Patch

Mode = Literal["validation", "serialization"]
MODES: tuple[Mode, Mode] = ("validation", "serialization")


def public_schemas() -> Iterator[type[BaseModel]]:
    for name in trackercore.__all__:
        thing = getattr(trackercore, name)
        if isinstance(thing, type) and issubclass(thing, BaseModel):
            yield PageRead[TaskRead] if thing is PageRead else thing


SCHEMAS = [*public_schemas()]


def objects_of(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A JSON schema and those nested in it, by title."""
    return {each["title"]: each for each in [schema, *schema.get("$defs", {}).values()]}


def description(schema: type[BaseModel], field: str, mode: Mode = "validation") -> str | None:
    text: str | None = schema.model_json_schema(mode=mode)["properties"][field].get("description")
    return text


def assert_it_reads_well(text: str) -> None:
    assert re.fullmatch(r"\S.* .*\.", text), "more than a word, on one line, with a full stop"
    assert text[0] == text[0].upper()
    assert not re.search(r"\b(None|True)\b|``|:\w+:`|  ", text), "Python, or markup"
    assert text.count("`") % 2 == 0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_every_field_has_a_description(schema: type[BaseModel], mode: Mode) -> None:
    for title, each in objects_of(schema.model_json_schema(mode=mode)).items():
        assert each["description"], title
        assert "Attributes" not in each["description"], title
        for name, field in each["properties"].items():
            assert "description" in field, f"{title}.{name} has none"
            assert_it_reads_well(field["description"])


def test_all_schemas_are_looked_at() -> None:
    assert len(SCHEMAS) > 40
    assert {*schemas.__all__} <= {*trackercore.__all__}


def test_fastapi_has_them_too() -> None:
    app = pytest.importorskip("fastapi").FastAPI()
    for schema in SCHEMAS:
        app.post(f"/in/{schema.__name__}")(body_of(schema))
        app.get(f"/out/{schema.__name__}", response_model=schema)(nothing)
    components = app.openapi()["components"]["schemas"]
    theirs = {"HTTPValidationError", "ValidationError"}
    assert len(components.keys() - theirs) >= len(SCHEMAS)
    for title in components.keys() - theirs:
        for name, field in components[title]["properties"].items():
            assert "description" in field, f"{title}.{name}"


def body_of(schema: type[BaseModel]) -> Any:
    def endpoint(body: BaseModel) -> None: ...

    endpoint.__annotations__["body"] = schema
    return endpoint


def nothing() -> None: ...


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.__name__)
def test_docstrings_describe_no_field_that_there_is_not(schema: type[BaseModel]) -> None:
    for base in schema.__mro__:
        if issubclass(base, Model):
            assert split(base.__doc__)[1].keys() <= base.model_fields.keys()


def test_a_description_is_that_of_the_nearest_class_that_has_one() -> None:
    assert description(HabitCreate, "every") == description(ScheduleChange, "every")
    assert description(HabitScheduleRead, "every") == description(ScheduleChange, "every")
    assert description(TaskRead, "due_at") == description(TaskCreate, "due_at")
    assert description(TopicRead, "name") == description(CategoryRead, "name")
    # An input's default is none of what is read.
    assert "null" in str(description(ScheduleChange, "week_starts_on"))
    assert "null" not in str(description(HabitScheduleRead, "week_starts_on"))


def test_a_nested_schema_is_described_as_a_field_and_as_a_class() -> None:
    schema = CheckInResult.model_json_schema()
    assert schema["properties"]["check_in"]["description"].startswith("The day as it is stored")
    assert schema["$defs"]["CheckInRead"]["description"].startswith("One day of a habit")
    assert PageRead[TaskRead].model_json_schema()["description"] == "A page of rows."


@pytest.mark.parametrize("schema", [each for each in SCHEMAS if issubclass(each, Patch)])
def test_a_field_that_is_not_given_to_an_update_has_no_default(schema: type[BaseModel]) -> None:
    """A client that sends null as the default would clear what is stored."""
    for mode in MODES:
        described = schema.model_json_schema(mode=mode)
        assert not any("default" in field for field in described["properties"].values())
        assert "required" not in described


# A host's subclasses.


class NewTask(TaskCreate):
    """A task of our app.

    Attributes:
        stars (int): None and 0
            are the same.
    """

    title: Annotated[str, Field(max_length=80)]
    description: str | None = Field(default=None, description="Markdown.")
    stars: int | None = None
    user_id: int | None = None
    hint: str = Field(default="", description="Ours.")


def test_a_hosts_fields_are_the_hosts() -> None:
    assert description(NewTask, "user_id") is None
    assert description(NewTask, "hint") == "Ours."
    assert description(NewTask, "description") == "Markdown."


def test_a_hosts_subclass_keeps_our_descriptions_and_may_add_to_them_in_its_docstring() -> None:
    assert NewTask.model_json_schema()["description"] == "A task of our app."
    assert description(NewTask, "title") == description(TaskCreate, "title")
    assert description(NewTask, "due_at") == description(TaskCreate, "due_at")
    assert description(NewTask, "stars") == "Null and 0 are the same."


def test_a_hosts_field_is_not_described_by_a_schema_that_it_does_not_extend() -> None:
    class Change(TaskUpdate):
        created_at: int = 0

    assert description(Change, "created_at") is None


def test_a_host_may_rename_the_fields_and_describe_the_class_elsewhere() -> None:
    class Task(TaskRead):
        """Text that is not shown."""

        model_config: ClassVar[ConfigDict] = ConfigDict(
            alias_generator=to_camel, json_schema_extra={"description": "Shown."}
        )

    for mode in MODES:
        assert description(Task, "dueAt", mode) == description(TaskRead, "due_at")
    assert Task.model_json_schema(by_alias=False)["properties"]["due_at"]["description"]
    assert Task.model_json_schema()["description"] == "Shown."


def test_a_subclass_without_a_docstring_does_not_borrow_one() -> None:
    class Task(TaskRead):
        pass

    assert "description" not in Task.model_json_schema()


@pytest.mark.slow
def test_without_docstrings_there_are_schemas_without_most_descriptions() -> None:
    code = (
        "from trackercore import PageRead, TaskRead\n"
        "schema = PageRead[TaskRead].model_json_schema()\n"
        "task = schema['$defs']['TaskRead']\n"
        "print('description' in task, 'description' in task['properties']['title'])"
    )
    command = [sys.executable, "-OO", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


# The docstrings themselves.


def test_a_docstring_is_split_into_text_and_meanings() -> None:
    text, meanings = split(
        """What it is.

        More of it.

        Attributes:
            one: a line: with a colon.
            two (int | None): two
                lines, `Attributes:` among them.

            three: after an empty line.

        What comes after it.
        """
    )
    assert text == "What it is.\n\nMore of it.\n\nWhat comes after it."
    assert meanings == {
        "one": "a line: with a colon.",
        "two": "two lines, `Attributes:` among them.",
        "three": "after an empty line.",
    }


@pytest.mark.parametrize("docstring", ["", "Text.", "Attributes:", "Text.\n\nAttributes:\n  None."])
def test_a_docstring_without_attributes_is_text(docstring: str) -> None:
    assert split(docstring) == (docstring, {})
    assert split(None) == ("", {})


def test_what_is_the_same_everywhere_is_not_said_again() -> None:
    for schema in SCHEMAS:
        for name, meaning in split(schema.__doc__)[1].items():
            assert meaning != SAME_EVERYWHERE.get(name), (schema, name)
