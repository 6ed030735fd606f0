"""Schemas of categories."""

from __future__ import annotations

from datetime import datetime
from typing import Generic

from pydantic import Field

from trackercore.domain.extra import ReadOnlyDict
from trackercore.schemas.extra import Extra, ExtraT
from trackercore.schemas.fields import Input, Name100, Patch, Read, unset


class CategoryCreate(Input):
    """A new category; the user has no other of this name in any letter case."""

    name: Name100
    extra: Extra = Field(default_factory=ReadOnlyDict)


class CategoryUpdate(Patch):
    """Changes of a category; what is not given stays as it is."""

    name: Name100 = Field(default_factory=unset)
    extra: Extra = Field(default_factory=unset)


class CategoryRead(Read, Generic[ExtraT]):
    """A category."""

    id: int
    user_id: int
    name: str
    extra: ExtraT
    created_at: datetime
    updated_at: datetime
