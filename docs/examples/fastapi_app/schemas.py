"""Request bodies that trackercore has no model for."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, field_validator

from trackercore import Day, UserCreate, UserUpdate


def _without_hash(schema: dict[str, Any]) -> None:
    del schema["properties"]["hashed_password"]


class _NoHash(BaseModel):
    """A mixin: a password hash is made by the server, never taken from a client.

    With passwords of your own, have a field `password` here, and give the service its hash.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(json_schema_extra=_without_hash)

    @field_validator("hashed_password", check_fields=False)
    @classmethod
    def _refuse(cls, value: object) -> object:
        raise ValueError("not to be set from outside")


class SignUp(_NoHash, UserCreate):
    """Who somebody is."""


class ProfileUpdate(_NoHash, UserUpdate):
    """What somebody changes about themselves."""


class Skip(BaseModel):
    """A day to leave out: today by default."""

    on: Day | None = None
    note: str | None = None


class TimerStart(BaseModel):
    """What the timer is for."""

    topic_id: int
    notes: str | None = None
