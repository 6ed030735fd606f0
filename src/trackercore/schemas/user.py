"""Schemas of users."""

from datetime import date, datetime
from typing import Generic

from pydantic import Field

from trackercore.domain.extra import ReadOnlyDict
from trackercore.schemas.extra import Extra, ExtraT
from trackercore.schemas.fields import (
    Email,
    HashedPassword,
    MinuteOfDay,
    Patch,
    Read,
    SecretInput,
    TimeZone,
    Weekday,
    unset,
)


class UserCreate(SecretInput):
    """A new user. `hashed_password` is stored as it is; leave it out if they sign in elsewhere."""

    email: Email
    hashed_password: HashedPassword | None = Field(default=None, repr=False)
    time_zone: TimeZone = "UTC"
    week_starts_on: Weekday = 1
    day_starts_at: MinuteOfDay = 0
    extra: Extra = Field(default_factory=ReadOnlyDict)


class UserUpdate(Patch, SecretInput):
    """Changes of a user. What is recorded keeps its days; only later days follow the new zone."""

    email: Email = Field(default_factory=unset)
    hashed_password: HashedPassword | None = Field(default=None, repr=False)
    time_zone: TimeZone = Field(default_factory=unset)
    week_starts_on: Weekday = Field(default_factory=unset)
    day_starts_at: MinuteOfDay = Field(default_factory=unset)
    extra: Extra = Field(default_factory=unset)


class UserRead(Read, Generic[ExtraT]):
    """A user without the password hash."""

    id: int
    email: str
    time_zone: str
    week_starts_on: int
    day_starts_at: int
    extra: ExtraT
    created_at: datetime
    updated_at: datetime


class UserPauseRead(Read):
    """Days on which all habits are paused, both ends included; an open end without `ends_on`."""

    starts_on: date
    ends_on: date | None
    reason: str | None
