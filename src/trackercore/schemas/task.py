"""Schemas of tasks."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import ClassVar, Generic, Literal, NoReturn, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from trackercore.domain.extra import ReadOnlyDict
from trackercore.domain.recurrence import (
    RepeatsFrom,
    check_repeats_from,
    check_until,
    parse_recurrence,
)
from trackercore.domain.subtask_progress import SubtaskProgress
from trackercore.schemas.extra import Extra, ExtraT
from trackercore.schemas.fields import (
    Day,
    EstimateMinutes,
    ExternalId,
    Id,
    Input,
    Instant,
    Name255,
    Patch,
    Priority,
    Read,
    RecurrenceRule,
    Result,
    Schemas,
    Tags,
    Text,
    checked_by_domain,
    unset,
)

Due = Literal["overdue", "today", "upcoming"]
"""When open tasks are due."""


OccurrenceStatus = Literal["completed", "skipped", "missed", "open", "upcoming"]
"""What became of an occurrence of a repeating task, or will."""

AgendaStatus = Literal["completed", "open", "upcoming"]
"""How an item of the agenda stands."""


class TaskCreate(Input):
    """A new task, due on a day, at an instant, or never.

    A task that comes from elsewhere may be completed already, with or without the time.

    Attributes:
        title: what is to be done.
        due_date: the local day on which it is due; None, too, if it is due at an instant.
        due_at: the instant at which it is due; None, too, if it is due on a day.
        starts_on: the local day before which it is not shown as due.
        priority: 1 (the highest) to 9, as in RFC 5545; None for none.
        estimate_minutes: how long it may take.
        parent_id: the id of the task that it is a subtask of.
        recurrence: an RFC 5545 rule, such as "FREQ=WEEKLY;BYDAY=MO", in any letter case; it is
            stored with its parts in the order of the RFC. The parts may be FREQ (DAILY, WEEKLY,
            MONTHLY or YEARLY), UNTIL or COUNT, INTERVAL, BYDAY, BYMONTHDAY, BYMONTH and WKST. It
            needs a due_date or due_at, on which it starts, and may not end before it.
        repeats_from: what the next occurrence is counted from: "due" or "completion". By default
            "due", if there is a rule. A rule for "completion" has FREQ, INTERVAL, COUNT and UNTIL
            only.
        tags: its tags: an int is the id of one, a str a name, in any letter case. A name that is
            new makes a new tag.
        completed: whether it is done. Without `completed_at`, the time is unknown, as for a task
            that comes from elsewhere: it counts in no `tasks.completed_by_day` and the like. A
            repeating task that is created completed is over: it has no next occurrence.
        completed_at: the instant at which it was completed; None if it is open, or nobody knows.
        created_at: when it was created where it comes from; None for now.
    """

    title: Name255
    description: Text | None = None
    category_id: Id | None = None
    due_date: Day | None = None
    due_at: Instant | None = None
    starts_on: Day | None = None
    priority: Priority | None = None
    estimate_minutes: EstimateMinutes | None = None
    parent_id: Id | None = None
    recurrence: RecurrenceRule | None = None
    repeats_from: RepeatsFrom | None = None
    tags: Tags = ()
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
        if self.recurrence is None and self.repeats_from is not None:
            _refuse_without_rule()
        if self.due_date is None and self.due_at is None and self.recurrence is not None:
            _refuse_without_due()
        _check_recurrence(self.recurrence, self.repeats_from, self.parent_id)
        if self.recurrence is not None:
            with checked_by_domain():
                check_until(parse_recurrence(self.recurrence), self.due_date, self.due_at)
        return self


class TaskUpdate(Patch):
    """Changes of a task. A new due_date replaces a due_at and the other way round.

    Attributes:
        tags: all the tags that it is to have; those that it has otherwise are taken from it.
        completed: whether it is done. True does the same as `tasks.complete`: it completes the open
            occurrence of a repeating task. False opens a completed task again. It changes nothing
            of an open one: `tasks.reopen` takes back the last occurrence.
        this_and_future: whether a new due_date or due_at of a repeating task is for good: the rule
            starts again from it, or from when the open occurrence is due if none is given. COUNT
            counts again. By default only the open occurrence moves, unless the rule changes too.
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
    starts_on: Day | None = None
    priority: Priority | None = None
    estimate_minutes: EstimateMinutes | None = None
    parent_id: Id | None = None
    recurrence: RecurrenceRule | None = None
    repeats_from: RepeatsFrom = Field(default_factory=unset)
    tags: Tags = Field(default_factory=unset)
    completed: bool = Field(default_factory=unset, strict=True)
    this_and_future: bool = Field(default_factory=unset, strict=True)
    extra: Extra = Field(default_factory=unset)
    external_id: ExternalId | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _one_due(self.due_date, self.due_at)
        if self._is_cleared("recurrence") and "repeats_from" in self.model_fields_set:
            _refuse_without_rule()
        if self._is_cleared("due_date", "due_at") and self.recurrence is not None:
            _refuse_without_due()
        _check_recurrence(self.recurrence, self.repeats_from, self.parent_id)
        return self

    def _is_cleared(self, *fields: str) -> bool:
        return all(name in self.model_fields_set and not getattr(self, name) for name in fields)

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
        progress: how many of its subtasks are completed; None if it has none. Archived subtasks do
            not count, unless they were archived along with the task.
        recurrence_start: the local date that the rule starts on.
        recurrence_time: the local time of its occurrences; None if they are due on days.
        occurrence_date: the original date, by the rule, of the occurrence that is open
            (RECURRENCE-ID in RFC 5545). It stays when the occurrence gets another due date.
        occurrence_number: how many occurrences of the rule there are up to this one; None for one
            of an earlier rule, which `reopen` took back.
        tags: the names of its tags.
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
    starts_on: date | None
    priority: int | None
    estimate_minutes: int | None
    parent_id: int | None
    progress: SubtaskProgress | None
    recurrence: str | None
    repeats_from: RepeatsFrom | None
    recurrence_start: date | None
    recurrence_time: time | None
    occurrence_date: date | None
    occurrence_number: int | None
    tags: tuple[str, ...]
    archived_at: datetime | None
    position: int
    extra: ExtraT
    external_id: str | None
    created_at: datetime
    updated_at: datetime


class Occurrence(Result):
    """An occurrence of a repeating task.

    Attributes:
        occurrence_date: its original date, by the rule: that of the wall clock, if it is timed.
        status: "completed" or "skipped", as recorded; "missed" if it was over when the one before
            was completed, or is over now and not open; "open"; or "upcoming".
        due_date: the local day on which it is due, or was in the end.
        due_at: the instant, if it is due at one.
        due_day: the user's local day of either.
        completed_at: when it was completed, None if that is unknown or it was not.
        completed_on: the user's local day of `completed_at`, as it was when that was written.
    """

    occurrence_date: date
    status: OccurrenceStatus
    due_date: date | None
    due_at: datetime | None
    due_day: date | None
    completed_at: datetime | None = None
    completed_on: date | None = None


class AgendaItem(Result):
    """A task on a day of the agenda: one that is due then, or an occurrence of one that repeats.

    Attributes:
        day: the user's local day on which it is due.
        task: the task. If it repeats, its due is that of the open occurrence, which may be another.
        status: "completed"; "open"; or "upcoming", for an occurrence after the open one.
        occurrence_date: the original date of the occurrence, by the rule; None if the task does not
            repeat.
        due_date: the day, if it is due on a day.
        due_at: the instant, if it is due at one.
    """

    day: date
    task: TaskRead
    status: AgendaStatus
    occurrence_date: date | None
    due_date: date | None
    due_at: datetime | None

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        yield from (("day", self.day), ("status", self.status))
        yield from (("title", self.task.title), ("task_id", self.task.id))
        for name in ("occurrence_date", "due_date", "due_at"):
            yield name, getattr(self, name)


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


def _refuse_without_rule() -> NoReturn:
    raise PydanticCustomError("recurrence_needed", "repeats_from needs a recurrence")


def _refuse_without_due() -> NoReturn:
    raise PydanticCustomError("due_needed", "a recurrence needs a due_date or a due_at")


def _check_recurrence(
    recurrence: str | None, repeats_from: RepeatsFrom | None, parent_id: int | None
) -> None:
    if recurrence is None:
        return
    if parent_id is not None:
        raise PydanticCustomError(
            "subtask_cannot_repeat", "a subtask cannot repeat: give no recurrence or no parent_id"
        )
    with checked_by_domain():
        check_repeats_from(parse_recurrence(recurrence), repeats_from or "due")
