"""What is to be stored comes as its own schema, and as nothing that looks like it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator, EmailStr, ValidationError
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, SOMEBODY
from trackercore import (
    HabitCreate,
    HabitUpdate,
    ScheduleChange,
    TaskUpdate,
    TimedSessionCreate,
    TopicUpdate,
    UserCreate,
    habits,
    study_sessions,
    users,
)
from trackercore.schemas.fields import Patch

TAKING = {call.service: call for call in CALLS if "data" in call.parameters}


def test_the_list_is_made_of_all_services_that_take_a_schema() -> None:
    assert {"users.create", "habits.change_schedule", "study_sessions.set_goal"} <= TAKING.keys()
    assert len(TAKING) == 17


def test_anything_but_the_schema_is_a_type_error_that_names_it(session: Session) -> None:
    for call in TAKING.values():
        schema: Any = call.parameters["data"]
        with pytest.raises(TypeError, match=f"^expected {schema.__name__}, not dict$"):
            call.run(session, SOMEBODY, data={"name": "Run"})


def test_a_timed_session_for_the_service_of_the_others_is_a_type_error(session: Session) -> None:
    ended_at = datetime(2026, 5, 4, 10, tzinfo=UTC)
    timed: Any = TimedSessionCreate(
        topic_id=1, started_at=ended_at.replace(hour=9), ended_at=ended_at
    )
    with pytest.raises(TypeError, match="StudySessionCreate, not TimedSessionCreate"):
        study_sessions.create(session, 1, timed)


def test_a_schema_of_the_hosts_that_is_made_of_ours_is_taken(session: Session) -> None:
    class SignUp(UserCreate):
        """As a web framework has it."""

    assert users.create(session, SignUp(email="ada@example.com")).email == "ada@example.com"


def test_the_errors_of_a_naive_instant_and_of_a_datetime_for_a_day_say_so(session: Session) -> None:
    ada = users.create(session, UserCreate(email="ada@example.com"))
    run = habits.create(session, ada.id, HabitCreate(name="Run", frequency="daily"))
    naive = datetime(2026, 5, 4, 10)  # noqa: DTZ001 - that is the mistake
    with pytest.raises(
        ValidationError, match=r"for arguments\nnow\n *Input should have timezone info"
    ):
        habits.check_in(session, ada.id, run.id, now=naive)
    with pytest.raises(ValidationError, match=r"for arguments\nas_of\n.*give its date\(\)"):
        habits.streak(session, ada.id, run.id, as_of=naive)


ELSEWHERE: dict[type[Patch], dict[str, str]] = {
    HabitUpdate: {
        **dict.fromkeys(ScheduleChange.model_fields, "habits.change_schedule"),
        "archived_on": "habits.archive",
        "position": "habits.move",
    },
    TaskUpdate: {
        "completed_at": "completed",
        "archived_at": "tasks.archive or tasks.unarchive",
        "position": "tasks.move",
    },
    TopicUpdate: {"archived_at": "topics.archive or topics.unarchive"},
}


@pytest.mark.parametrize("schema", ELSEWHERE)
def test_the_error_of_what_another_function_changes_names_the_function(
    schema: type[Patch],
) -> None:
    assert ELSEWHERE[schema].keys() == schema.__elsewhere__.keys()
    for field, function in ELSEWHERE[schema].items():
        with pytest.raises(ValidationError) as caught:
            schema.model_validate({field: 3, "nonsense": 1})
        wrong, unknown = caught.value.errors()
        assert (wrong["type"], wrong["loc"], wrong["input"]) == ("extra_forbidden", (field,), 3)
        assert wrong["msg"].startswith(f"{schema.__name__} has no {field}: {function}")
        assert unknown["msg"] == "Extra inputs are not permitted"


def test_the_errors_of_a_host_s_own_fields_are_reported_with_ours() -> None:
    def refuse(_: object) -> object:
        raise PydanticCustomError("of_the_host", "no {what}", {"what": "luck"})

    class Extended(TaskUpdate):
        mail: EmailStr | None = None
        luck: Annotated[object, BeforeValidator(refuse)] = None

    with pytest.raises(ValidationError) as caught:
        Extended.model_validate({"mail": "bad", "luck": 1, "position": 3})
    types = {error["loc"][0]: error["type"] for error in caught.value.errors()}
    assert types == {"mail": "value_error", "luck": "of_the_host", "position": "extra_forbidden"}
    assert "no luck" in str(caught.value)
