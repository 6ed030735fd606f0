"""Schemas of tags."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Generic

from pydantic import Field

from trackercore.domain.extra import ReadOnlyDict
from trackercore.schemas.extra import Extra, ExtraT
from trackercore.schemas.fields import Input, Name100, Patch, Read, unset


class TagCreate(Input):
    """A new tag; the user has no other of this name in any letter case."""

    name: Name100
    extra: Extra = Field(default_factory=ReadOnlyDict)


class TagUpdate(Patch):
    """Changes of a tag; what is not given stays as it is."""

    __elsewhere__: ClassVar[Mapping[str, str]] = {"name": "tags.rename"}

    extra: Extra = Field(default_factory=unset)


class TagRead(Read, Generic[ExtraT]):
    """A tag.

    Attributes:
        task_count: how many tasks had it when it was read, archived ones included.
        habit_count: how many habits had it, archived ones included.
        session_count: how many study sessions had it; one that was cut is one.
    """

    id: int
    user_id: int
    name: str
    task_count: int
    habit_count: int
    session_count: int
    extra: ExtraT
    created_at: datetime
    updated_at: datetime
