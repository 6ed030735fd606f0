"""Schemas of topics."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from trackercore.schemas.fields import ExternalId, Input, Name200, Patch, Read, Text, unset


class TopicCreate(Input):
    """A new topic; the user has no other of this name in any letter case."""

    name: Name200
    description: Text | None = None
    external_id: ExternalId | None = None


class TopicUpdate(Patch):
    """Changes of a topic."""

    name: Name200 = Field(default_factory=unset)
    description: Text | None = None
    external_id: ExternalId | None = None


class TopicRead(Read):
    """A topic."""

    id: int
    user_id: int
    name: str
    description: str | None
    external_id: str | None
    created_at: datetime
