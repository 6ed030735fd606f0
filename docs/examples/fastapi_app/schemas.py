"""Request bodies for which trackercore has no model."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, field_validator

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
        raise ValueError("clients cannot set this")


class SignUp(_NoHash, UserCreate):
    """A new user."""


class ProfileUpdate(_NoHash, UserUpdate):
    """Changes that a user makes to their own row."""


class Skip(BaseModel):
    """A day to skip, by default today."""

    on: Day | None = None
    note: str | None = None


class Pause(BaseModel):
    """The days of a pause, by default from today on without an end."""

    starts_on: Day | None = None
    ends_on: Day | None = None
    reason: str | None = None


class TimerStart(BaseModel):
    """The topic of the timer."""

    topic_id: int
    notes: str | None = None
