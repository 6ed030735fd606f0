"""The recurrence of a task: what goes together, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from trackercore import TaskCreate, TaskUpdate

DUE = date(2026, 11, 30)
EITHER: list[dict[str, Any]] = [{"title": "Water the plants", "due_date": DUE}, {}]
"""What a TaskCreate, and what a TaskUpdate needs as well."""


def schema_of(fields: dict[str, Any]) -> type[TaskCreate | TaskUpdate]:
    return TaskCreate if "title" in fields else TaskUpdate


def refused(schema: type[BaseModel], fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    with pytest.raises(ValidationError) as caught:
        schema(**fields)
    (error,) = caught.value.errors()
    return error["type"], error.get("ctx", {})


@pytest.mark.parametrize("other", EITHER)
def test_a_rule_is_stored_in_its_canonical_form(other: dict[str, Any]) -> None:
    given = schema_of(other)(recurrence="rrule:byday=su,mo;freq=weekly;interval=1", **other)
    assert given.recurrence == "FREQ=WEEKLY;BYDAY=MO,SU"


NOTHING: dict[str, Any] = {}
REFUSED: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"recurrence": "weekly"}, "recurrence_format", {"part": "weekly"}),
    ({"recurrence": "FREQ=DAILY;BYHOUR=9"}, "recurrence_part_unknown", {"part": "BYHOUR"}),
    ({"recurrence": "FREQ=DAILY;COUNT=0"}, "recurrence_value", {"part": "COUNT", "value": "0"}),
    ({"recurrence": "x" * 1001}, "string_too_long", {"max_length": 1000}),
    ({"recurrence": "\ud800"}, "string_unicode", NOTHING),
    (
        {"recurrence": "FREQ=MONTHLY;BYDAY=1MO", "repeats_from": "completion"},
        "recurrence_from_completion",
        {"part": "BYDAY"},
    ),
    ({"repeats_from": "start"}, "literal_error", {"expected": "'due' or 'completion'"}),
    ({"recurrence": None, "repeats_from": "due"}, "recurrence_needed", NOTHING),
    ({"recurrence": "FREQ=DAILY", "due_date": None, "due_at": None}, "due_needed", NOTHING),
    ({"recurrence": "FREQ=DAILY", "parent_id": 1}, "subtask_cannot_repeat", NOTHING),
]


@pytest.mark.parametrize("other", EITHER)
@pytest.mark.parametrize(("fields", "kind", "facts"), REFUSED)
def test_what_is_wrong_or_does_not_go_together_is_refused(
    other: dict[str, Any], fields: dict[str, Any], kind: str, facts: dict[str, Any]
) -> None:
    assert refused(schema_of(other), other | fields) == (kind, facts)


def test_the_error_of_a_rule_names_its_place_and_its_part() -> None:
    with pytest.raises(ValidationError, match="COUNT must be 1 to 1000000, not '0'") as caught:
        TaskCreate(title="Water the plants", recurrence="FREQ=DAILY;COUNT=0", due_date=DUE)
    assert caught.value.errors()[0]["loc"] == ("recurrence",)


def test_a_new_task_with_a_rule_needs_a_due() -> None:
    fields = {"title": "Water the plants", "recurrence": "FREQ=DAILY"}
    assert refused(TaskCreate, fields) == ("due_needed", {})
    assert refused(TaskCreate, {"title": "Water the plants", "repeats_from": "due"}) == (
        "recurrence_needed",
        {},
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"recurrence": "FREQ=DAILY"},
        {"recurrence": None},
        {"recurrence": None, "due_date": None, "due_at": None},
        {"repeats_from": "completion"},
        {"recurrence": "FREQ=DAILY", "repeats_from": "completion"},
        {"recurrence": "FREQ=DAILY", "parent_id": None},
        {"recurrence": "FREQ=DAILY", "due_date": None, "due_at": "2026-11-30T09:00:00Z"},
    ],
)
def test_an_update_may_leave_the_rest_to_what_is_stored(fields: dict[str, Any]) -> None:
    assert TaskUpdate(**fields).changes().keys() == fields.keys()
