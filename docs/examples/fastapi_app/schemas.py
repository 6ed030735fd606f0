"""Request bodies for which trackercore has no model."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from trackercore import Day, UserCreate, UserUpdate


def _without_hash(schema: dict[str, Any]) -> None:
    del schema["properties"]["hashed_password"]


class _NoHash(BaseModel):
    """A mixin without the password hash, which the server makes and no client sends.

    If your users have passwords, add a field `password` and pass its hash to the service.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=_without_hash)

    @field_validator("hashed_password", check_fields=False)
    @classmethod
    def _refuse(cls, value: object) -> object:
        raise PydanticCustomError("not_for_clients", "clients cannot set this")


class SignUp(_NoHash, UserCreate):
    """A new user."""


class ProfileUpdate(_NoHash, UserUpdate):
    """Changes that a user makes to their own row."""


class Skip(BaseModel):
    """A day to skip, by default today."""

    on: Day | None = Field(default=None, description="The local day; null for today.")
    note: str | None = Field(default=None, description="Why, for example; null to keep the note.")


class Pause(BaseModel):
    """The days of a pause, by default from today on without an end."""

    starts_on: Day | None = Field(default=None, description="First day; null for today.")
    ends_on: Day | None = Field(default=None, description="Last day; null for no end yet.")
    reason: str | None = Field(default=None, description="Why, for people to read.")


class TimerStart(BaseModel):
    """A timer to start."""

    topic_id: int = Field(description="Id of the topic.")
    notes: str | None = Field(default=None, description="Notes for the session.")


class Place(BaseModel):
    """Where a row is moved to: right before or right after another one, by its id."""

    before: int | None = Field(default=None, description="Id of the row that comes right after it.")
    after: int | None = Field(default=None, description="Id of the row that comes right before it.")
