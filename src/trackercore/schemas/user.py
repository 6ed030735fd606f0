"""Schemas of users."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict, Field

from trackercore.schemas.fields import (
    Email,
    HashedPassword,
    Input,
    MinuteOfDay,
    Patch,
    Read,
    TimeZone,
    Weekday,
    unset,
)


class UserCreate(Input):
    """A new user. `hashed_password` is stored as it is; leave it out if they sign in elsewhere."""

    model_config: ClassVar[ConfigDict] = ConfigDict(hide_input_in_errors=True)

    email: Email
    hashed_password: HashedPassword | None = Field(default=None, repr=False)
    time_zone: TimeZone = "UTC"
    week_starts_on: Weekday = 1
    day_starts_at: MinuteOfDay = 0


class UserUpdate(Patch):
    """Changes of a user. What is recorded keeps its days; only later days follow the new zone."""

    model_config: ClassVar[ConfigDict] = ConfigDict(hide_input_in_errors=True)

    email: Email = Field(default_factory=unset)
    hashed_password: HashedPassword | None = Field(default=None, repr=False)
    time_zone: TimeZone = Field(default_factory=unset)
    week_starts_on: Weekday = Field(default_factory=unset)
    day_starts_at: MinuteOfDay = Field(default_factory=unset)


class UserRead(Read):
    """A user without the password hash."""

    id: int
    email: str
    time_zone: str
    week_starts_on: int
    day_starts_at: int
    created_at: datetime
