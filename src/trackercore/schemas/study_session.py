"""Schemas of study sessions and their totals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Generic, Self

from annotated_types import Interval
from pydantic import AfterValidator, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from trackercore.display import table
from trackercore.domain.extra import ReadOnlyDict
from trackercore.domain.timed import LONGEST, LONGEST_DAY, SECOND, whole_minutes, whole_second
from trackercore.schemas.extra import Extra, ExtraT
from trackercore.schemas.fields import (
    Day,
    ExternalId,
    Id,
    Input,
    Instant,
    Minutes,
    Patch,
    Read,
    Result,
    Schemas,
    Tags,
    Text,
    unset,
)

# What a session may show, so that it can be given back: a part can be shorter than a minute, or
# last as long as a local day.
_ShownMinutes = Annotated[int, Strict(), Interval(ge=0, le=whole_minutes(LONGEST_DAY // SECOND))]
_WholeSecond = Annotated[Instant, AfterValidator(whole_second)]


class StudySessionCreate(Input):
    """A session logged by its length.

    Attributes:
        duration_minutes: its length, 1 to 1440 whole minutes.
        study_date: the local day that it counts for; None for the user's today.
        tags: its tags: an int is the id of one, a str a name, in any letter case. A name that is
            new makes a new tag.
        created_at: when the source of an import stored it; default now.
    """

    topic_id: Id
    duration_minutes: Minutes
    study_date: Day | None = None
    notes: Text | None = None
    tags: Tags = ()
    extra: Extra = Field(default_factory=ReadOnlyDict)
    external_id: ExternalId | None = None
    created_at: Instant | None = None


class TimedSessionCreate(Input):
    """A session with its start and end, a second to 31 days apart.

    Attributes:
        started_at: the instant at which it started, moved back to a whole second.
        ended_at: the instant at which it ended, moved back to a whole second.
        tags: the tags of all its parts, given as in `StudySessionCreate`.
        created_at: when the source of an import stored it; default now.
    """

    topic_id: Id
    started_at: _WholeSecond
    ended_at: _WholeSecond
    notes: Text | None = None
    tags: Tags = ()
    extra: Extra = Field(default_factory=ReadOnlyDict)
    external_id: ExternalId | None = None
    created_at: Instant | None = None

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.ended_at - self.started_at < SECOND:
            raise PydanticCustomError(
                "session_too_short", "a session ends a second after it started, or later"
            )
        if self.ended_at - self.started_at > LONGEST:
            raise PydanticCustomError("session_too_long", "a session takes 31 days at most")
        return self


class StudySessionUpdate(Patch):
    """Changes of a session; a field that is equal to what is stored changes nothing.

    Attributes:
        duration_minutes: of a session logged by its length only; a new one is 1 to 1440.
        study_date: the day to move the session to; a timed one keeps its time of day.
        started_at: the new start; the session is cut into parts again.
        ended_at: the new end. With both, a session logged by its length becomes a timed one.
        tags: all the tags that it is to have; those that it has otherwise are taken from it.
    """

    topic_id: Id = Field(default_factory=unset)
    duration_minutes: _ShownMinutes = Field(default_factory=unset)
    study_date: Day = Field(default_factory=unset)
    started_at: _WholeSecond = Field(default_factory=unset)
    ended_at: _WholeSecond = Field(default_factory=unset)
    notes: Text | None = None
    tags: Tags = Field(default_factory=unset)
    extra: Extra = Field(default_factory=unset)
    external_id: ExternalId | None = None


class StudySessionRead(Read, Generic[ExtraT]):
    """A session, or a part of one that goes on past the end of a local day.

    Attributes:
        study_date: the local day that it counts for, fixed when it was written.
        duration_seconds: its length in seconds.
        duration_minutes: `duration_seconds` in minutes, rounded down.
        started_at: the instant at which it started; None if it was logged by its length.
        ended_at: the instant at which it ended; None if it was logged by its length.
        part_of: id of the first part, if this is a later one; else None.
        tags: the names of its tags; all parts have the same.
    """

    id: int
    user_id: int
    topic_id: int
    study_date: date
    duration_seconds: int
    duration_minutes: int
    notes: str | None
    started_at: datetime | None
    ended_at: datetime | None
    part_of: int | None
    tags: tuple[str, ...]
    extra: ExtraT
    external_id: str | None
    created_at: datetime
    updated_at: datetime


class TimerRead(Read):
    """A running timer.

    Attributes:
        started_at: the instant at which it was started.
    """

    user_id: int
    topic_id: int
    started_at: datetime
    notes: str | None


class Total(Result):
    """Study time in a bucket of days.

    Attributes:
        start: first day of the bucket, or of the whole range; for weeks by the user's week start.
        end: its last day. The first and the last bucket may reach beyond the range of a report;
            only days inside it count.
        minutes: `seconds` in minutes, rounded down. To add up totals, add up their seconds.
        seconds: sum of the sessions' seconds.
        sessions: how many there are; one that goes on past the end of a day counts on each.
    """

    start: date
    end: date
    minutes: int
    seconds: int
    sessions: int


class TopicTotal(Result):
    """Study time on a topic in a range of days."""

    __fields_as_in__: ClassVar[Schemas] = (Total,)

    topic_id: int
    name: str
    minutes: int
    seconds: int
    sessions: int


class TagTotal(Result):
    """Study time with a tag in a range of days."""

    __fields_as_in__: ClassVar[Schemas] = (Total,)

    tag_id: int
    name: str
    minutes: int
    seconds: int
    sessions: int


class TagTotals(Result):
    """Study time with each tag in a range of days.

    The time of a session with several tags counts for each of them, so the tags' times may add up
    to more than the total.

    Attributes:
        tags: the most studied first.
        total: of all sessions, each counted once.
        untagged: of the sessions without a tag.
    """

    tags: tuple[TagTotal, ...]
    total: Total
    untagged: Total

    def _repr_html_(self) -> str:
        total, untagged = self.total.minutes, self.untagged.minutes
        return table(self.tags, f"{total} minutes in all, {untagged} of them without a tag")
