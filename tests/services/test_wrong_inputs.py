"""What is to be stored comes as its own schema, and as nothing that looks like it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from inspect import signature
from types import ModuleType
from typing import Any, get_type_hints

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

import trackercore
from trackercore import HabitCreate, TimedSessionCreate, UserCreate, habits, study_sessions, users

TAKING: dict[str, Callable[..., object]] = {
    f"{name}.{function}": getattr(module, function)
    for name in trackercore.__all__
    if isinstance(module := getattr(trackercore, name), ModuleType)
    for function in module.__all__
    if "data" in signature(getattr(module, function)).parameters
}


def test_the_list_is_made_of_all_services_that_take_a_schema() -> None:
    assert {"users.create", "habits.change_schedule", "study_sessions.set_goal"} <= TAKING.keys()
    assert len(TAKING) == 15


@pytest.mark.parametrize("name", TAKING)
def test_anything_but_the_schema_is_a_type_error_that_names_it(name: str, session: Session) -> None:
    service = TAKING[name]
    schema: type[BaseModel] = get_type_hints(service)["data"]
    anything: Any = {"name": "Run"}
    ids = [1] * (list(signature(service).parameters).index("data") - 1)
    with pytest.raises(TypeError, match=f"data must be a {schema.__name__}, not dict"):
        service(session, *ids, anything)


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


def test_a_naive_instant_and_a_datetime_for_a_day_are_told_as_such(session: Session) -> None:
    ada = users.create(session, UserCreate(email="ada@example.com"))
    run = habits.create(session, ada.id, HabitCreate(name="Run", frequency="daily"))
    naive = datetime(2026, 5, 4, 10)  # noqa: DTZ001 - that is the mistake
    with pytest.raises(ValidationError, match=r"for instant\n *Input should have timezone info"):
        habits.check_in(session, ada.id, run.id, now=naive)
    with pytest.raises(ValidationError, match=r"for day\n.*give its date\(\)"):
        habits.streak(session, ada.id, run.id, as_of=naive)
