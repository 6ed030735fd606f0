"""Schemas of tasks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Self

from pydantic import Field, model_validator

from trackercore.schemas.fields import (
    Day,
    ExternalId,
    Id,
    Input,
    Instant,
    Name255,
    Patch,
    Read,
    Text,
    unset,
)


class TaskCreate(Input):
    """A new task, due on a day, at an instant, or never.

    A task that comes from elsewhere may be completed already, with or without the time.

    Attributes:
        created_at: when it was created where it comes from; None for now.
    """

    title: Name255
    description: Text | None = None
    category_id: Id | None = None
    due_date: Day | None = None
    due_at: Instant | None = None
    completed: bool = Field(default=False, strict=True)
    completed_at: Instant | None = None
    external_id: ExternalId | None = None
    created_at: Instant | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _one_due(self.due_date, self.due_at)
        if self.completed_at is not None and not self.completed:
            raise ValueError("completed_at needs completed=True")
        return self


class TaskUpdate(Patch):
    """Changes of a task. A new due_date replaces a due_at and the other way round.

    Completing has functions of its own: `tasks.complete` and `tasks.reopen`.
    """

    __elsewhere__: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("completed", "completed_at"), "tasks.complete or tasks.reopen"
    )

    title: Name255 = Field(default_factory=unset)
    description: Text | None = None
    category_id: Id | None = None
    due_date: Day | None = None
    due_at: Instant | None = None
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


class TaskRead(Read):
    """A task."""

    id: int
    user_id: int
    title: str
    description: str | None
    category_id: int | None
    completed: bool
    completed_at: datetime | None
    due_date: date | None
    due_at: datetime | None
    external_id: str | None
    created_at: datetime


def _one_due(due_date: date | None, due_at: datetime | None) -> None:
    if due_date is not None and due_at is not None:
        raise ValueError("due_date (a whole day) and due_at (an instant) exclude each other")
