"""Schemas of study sessions and their totals."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from trackercore.schemas._fields import (
    Day,
    ExternalId,
    Id,
    Input,
    Minutes,
    Patch,
    Read,
    Result,
    Text,
    unset,
)


class StudySessionCreate(Input):
    """A session logged by its length: 1 to 1440 whole minutes on a local day, default today."""

    topic_id: Id
    duration_minutes: Minutes
    study_date: Day | None = None
    notes: Text | None = None
    external_id: ExternalId | None = None


class StudySessionUpdate(Patch):
    """Changes of a session."""

    topic_id: Id = Field(default_factory=unset)
    duration_minutes: Minutes = Field(default_factory=unset)
    study_date: Day = Field(default_factory=unset)
    notes: Text | None = None
    external_id: ExternalId | None = None


class StudySessionRead(Read):
    """A session."""

    id: int
    user_id: int
    topic_id: int
    study_date: date
    duration_minutes: int
    notes: str | None
    external_id: str | None
    created_at: datetime


class CreateManyResult(Result):
    """What an import did.

    Attributes:
        created: rows written.
        found: rows left alone because their external_id was there already.
    """

    created: int
    found: int


class Total(Result):
    """Study time in a bucket of days.

    Attributes:
        start: first day of the bucket; for weeks by the user's week start.
        end: its last day. The first and the last bucket of a report may reach over the asked
            range; they count only the days inside it.
        minutes: sum of the sessions' minutes.
        sessions: how many there are.
    """

    start: date
    end: date
    minutes: int
    sessions: int


class TopicTotal(Result):
    """Study time on a topic."""

    topic_id: int
    name: str
    minutes: int
    sessions: int
