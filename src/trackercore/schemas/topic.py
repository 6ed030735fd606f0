"""Schemas of topics."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Generic

from pydantic import Field

from trackercore.domain.extra import ReadOnlyDict
from trackercore.schemas.extra import Extra, ExtraT
from trackercore.schemas.fields import (
    ExternalId,
    Input,
    Name200,
    Patch,
    Read,
    Text,
    unset,
)


class TopicCreate(Input):
    """A new topic; the user has no other of this name in any letter case."""

    name: Name200
    description: Text | None = None
    extra: Extra = Field(default_factory=ReadOnlyDict)
    external_id: ExternalId | None = None


class TopicUpdate(Patch):
    """Changes of a topic; what is not given stays as it is."""

    __elsewhere__: ClassVar[Mapping[str, str]] = {
        "archived_at": "topics.archive or topics.unarchive"
    }

    name: Name200 = Field(default_factory=unset)
    description: Text | None = None
    extra: Extra = Field(default_factory=unset)
    external_id: ExternalId | None = None


class TopicRead(Read, Generic[ExtraT]):
    """A topic.

    Attributes:
        archived_at: when it was archived, None if it is not.
    """

    id: int
    user_id: int
    name: str
    description: str | None
    extra: ExtraT
    external_id: str | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
