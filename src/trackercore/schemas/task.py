"""Schemas of tasks."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Generic, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from trackercore.domain.extra import ReadOnlyDict
from trackercore.schemas.extra import Extra, ExtraT
from trackercore.schemas.fields import (
    Day,
    ExternalId,
    Id,
    Input,
    Instant,
    Name255,
    Patch,
    Read,
    Result,
    Schemas,
    Text,
    unset,
)

Due = Literal["overdue", "today", "upcoming"]
"""When open tasks are due."""


class TaskCreate(Input):
    """A new task, due on a day, at an instant, or never.

    A task that comes from elsewhere may be completed already, with or without the time.

    Attributes:
        title: what is to be done.
        due_date: the local day on which it is due; None, too, if it is due at an instant.
        due_at: the instant at which it is due; None, too, if it is due on a day.
        completed: whether it is done. Without `completed_at`, the time is unknown, as for a task
            that comes from elsewhere: it counts in no `tasks.completed_by_day` and the like.
        completed_at: the instant at which it was completed; None if it is open, or nobody knows.
        created_at: when it was created where it comes from; None for now.
    """

    title: Name255
    description: Text | None = None
    category_id: Id | None = None
    due_date: Day | None = None
    due_at: Instant | None = None
    completed: bool = Field(default=False, strict=True)
    completed_at: Instant | None = None
    extra: Extra = Field(default_factory=ReadOnlyDict)
    external_id: ExternalId | None = None
    created_at: Instant | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _one_due(self.due_date, self.due_at)
        if self.completed_at is not None and not self.completed:
            raise PydanticCustomError("completed_at_of_open", "completed_at needs completed=True")
        return self


class TaskUpdate(Patch):
    """Changes of a task. A new due_date replaces a due_at and the other way round.

    Attributes:
        completed: whether it is done: the same as `tasks.complete`, or `tasks.reopen`.
    """

    __fields_as_in__: ClassVar[Schemas] = (TaskCreate,)
    __elsewhere__: ClassVar[Mapping[str, str]] = {
        "completed_at": "completed",
        "archived_at": "tasks.archive or tasks.unarchive",
        "position": "tasks.move",
    }

    title: Name255 = Field(default_factory=unset)
    description: Text | None = None
    category_id: Id | None = None
    due_date: Day | None = None
    due_at: Instant | None = None
    completed: bool = Field(default_factory=unset, strict=True)
    extra: Extra = Field(default_factory=unset)
    external_id: ExternalId | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _one_due(self.due_date, self.due_at)
        return self

    def changes(self) -> dict[str, object]:
        """The fields that were given, and the due field that the given one replaces."""
        changes = super().changes()
        if self.due_date is not None:
            changes["due_at"] = None
        if self.due_at is not None:
            changes["due_date"] = None
        return changes


class TaskRead(Read, Generic[ExtraT]):
    """A task.

    Attributes:
        completed_at: when it was completed, None if that is unknown or it is open.
        completed_on: the user's local day of `completed_at`, as it was when that was written.
        due_day: the user's local day on which it is due, by `due_date` or `due_at`.
        archived_at: when it was archived, None if it is not.
        position: its place among the user's tasks, if they order them themselves.
    """

    __fields_as_in__: ClassVar[Schemas] = (TaskCreate,)

    id: int
    user_id: int
    title: str
    description: str | None
    category_id: int | None
    completed: bool
    completed_at: datetime | None
    completed_on: date | None
    due_date: date | None
    due_at: datetime | None
    due_day: date | None
    archived_at: datetime | None
    position: int
    extra: ExtraT
    external_id: str | None
    created_at: datetime
    updated_at: datetime


class CompletedTotal(Result):
    """How many tasks were completed in a bucket of days, archived ones included.

    Attributes:
        start: first day of the bucket; for weeks by the user's week start.
        end: its last day. The first and the last bucket may reach beyond the range of a report;
            only days inside it count.
        completed: how many tasks have a `completed_on` in it.
    """

    start: date
    end: date
    completed: int


def _one_due(due_date: date | None, due_at: datetime | None) -> None:
    if due_date is not None and due_at is not None:
        raise PydanticCustomError(
            "two_dues", "due_date (a whole day) and due_at (an instant) exclude each other"
        )
