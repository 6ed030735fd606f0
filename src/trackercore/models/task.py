"""Tasks: things to do, once or repeatedly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, cast

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Connection,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    func,
    inspect,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import (
    Mapped,
    Mapper,
    mapped_column,
    relationship,
    validates,
)

from trackercore.backends.owned_key import OwnedKey
from trackercore.backends.owner_of_row import OwnerOfRow
from trackercore.domain.calendar import instant_at, local_day, zone_of
from trackercore.domain.recurrence import RepeatsFrom
from trackercore.domain.repeating import days_before, first_occurrence, start_of
from trackercore.domain.subtask_progress import SubtaskProgress
from trackercore.errors import UnknownTimeZone
from trackercore.models.base import (
    Base,
    Insert,
    Owned,
    TableArgs,
    extra_check,
    key_of,
    position,
    reference,
)
from trackercore.models.tag_links import TaskTag, add_readonly, give_tags
from trackercore.models.user import User
from trackercore.table_prefix import prefixed
from trackercore.types import BIG_ID, TEXT_KEY, ProgressOfSubtasks, text_key

if TYPE_CHECKING:
    from trackercore.models.category import Category


def _due_day(context: Insert) -> date | None:
    """The default for inserts of many rows at once, for which the ORM calls no event."""
    values = context.get_current_parameters()
    due_at = values.get("due_at")
    if due_at is None:
        return values.get("due_date")
    return _Owner(context.root_connection, values["user_id"]).day(due_at)


def _completed_on(context: Insert) -> date | None:
    values = context.get_current_parameters()
    completed_at = values.get("completed_at")
    if completed_at is None:
        return None
    return _Owner(context.root_connection, values["user_id"]).day(completed_at)


class Task(Owned, Base):
    """Something to do, due on a day (`due_date`), at an instant (`due_at`) or never.

    `due_day` is the user's local day of either; if their time zone or the start of their day
    changes, that of open tasks follows. `completed_at` is None while the task is open, and if the
    time is unknown; `completed_on` is the local day of it, which stays what it was when written.
    `archived_at` is None while lists show the task. By `position`, a user orders tasks.

    A subtask has a `parent_id`; a subtask of a subtask is refused. The row of a task with a
    `recurrence`, an RFC 5545 rule, is the occurrence that is open. `occurrence_date` is its
    original date (RECURRENCE-ID). `occurrence_number` counts from `recurrence_start`, the local
    date on which the rule starts, at `recurrence_time`, the local time, or None if it is due on
    days; it is None for an occurrence of an earlier rule. `starts_days_before` is how many days
    before their due days occurrences start, None if they have no `starts_on`. `reopened_at` is when
    an occurrence was opened again, until the next one is completed or skipped. `time_of_day` is the
    local time of a subtask that was moved along with such a task: clocks may jump over it for a
    day.

    `tags` are the names of its tags, `progress` how far its subtasks are, None if it has none. Both
    are read with the row. Subtasks that are archived do not count, unless they were archived along
    with the task.

    `title_key` and `description_key` are what a search looks in. Whoever changes the title, the
    description or an instant past the ORM changes the columns that follow them too.
    """

    __tablename__: str = prefixed("tasks")
    __table_args__: TableArgs = (
        OwnedKey("user_id", "id"),
        reference("category_id", "categories", ondelete=None),
        # What a parent_id refers to: the id of a task that is no subtask. So there is one level.
        Column(
            "possible_parent_id",
            BIG_ID,
            Computed("CASE WHEN parent_id IS NULL THEN id END", persisted=True),
            info={"equals": "id"},
        ),
        UniqueConstraint("user_id", "possible_parent_id"),
        reference("parent_id", "tasks", key="possible_parent_id"),
        UniqueConstraint("user_id", "external_id"),
        extra_check(),
        CheckConstraint("priority BETWEEN 1 AND 9", name="priority"),
        CheckConstraint("estimate_minutes >= 1", name="estimate_minutes"),
        CheckConstraint("parent_id IS NULL OR recurrence IS NULL", name="no_subtask_repeats"),
        CheckConstraint(
            "(recurrence IS NULL) = (repeats_from IS NULL)"
            " AND (recurrence IS NULL) = (recurrence_start IS NULL)"
            " AND (recurrence IS NULL) = (occurrence_date IS NULL)"
            " AND (recurrence IS NOT NULL OR occurrence_number IS NULL)"
            " AND (recurrence IS NOT NULL OR recurrence_time IS NULL)"
            " AND (recurrence IS NOT NULL OR starts_days_before IS NULL)"
            " AND (recurrence IS NULL OR due_day IS NOT NULL)",
            name="recurrence",
        ),
        CheckConstraint("occurrence_number >= 1", name="occurrence_number"),
        CheckConstraint("starts_days_before >= 0", name="starts_days_before"),
        CheckConstraint("repeats_from IN ('due', 'completion')", name="repeats_from"),
        CheckConstraint("due_date IS NULL OR due_at IS NULL", name="one_due"),
        CheckConstraint(
            "(due_day IS NULL) = (due_date IS NULL AND due_at IS NULL)"
            " AND (due_date IS NULL OR due_date = due_day)",
            name="due_day",
        ),
        CheckConstraint("completed OR completed_at IS NULL", name="completed_at_only_if_completed"),
        CheckConstraint("(completed_on IS NULL) = (completed_at IS NULL)", name="completed_on"),
        Index(None, "user_id", "category_id", "id"),
        Index(None, "user_id", "completed", "id"),
        Index(None, "user_id", "completed", "due_day", "id"),
        Index(None, "user_id", "due_day", "id"),
        Index(None, "user_id", "completed", "position", "id"),
        Index(None, "user_id", "completed", "completed_at", "id"),
        Index(None, "user_id", "created_at", "id"),
        Index(None, "user_id", "completed_on"),
        Index(None, "user_id", "completed", "priority", "id"),
        # Of subtasks alone: with the other tasks in it, most of them without a parent, SQLite takes
        # a parent to have thousands of subtasks and does not look for them by it.
        Index(
            None,
            "user_id",
            "parent_id",
            "position",
            "id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(
            f"ix_{prefixed('tasks')}_repeats",
            *("user_id", "repeats_from", "completed"),
            postgresql_where=text("repeats_from IS NOT NULL"),
            sqlite_where=text("repeats_from IS NOT NULL"),
        ),
    )
    __mapper_args__: Mapping[str, object] = {
        "exclude_properties": ["possible_parent_id"]  # the database works it out
    }
    __shown__: ClassVar[tuple[str, ...]] = ("title", "completed", "due_date", "due_at")

    title: Mapped[str] = mapped_column(String(255))
    title_key: Mapped[str] = mapped_column(TEXT_KEY, default=key_of("title"))
    description: Mapped[str | None] = mapped_column(Text)
    description_key: Mapped[str | None] = mapped_column(TEXT_KEY, default=key_of("description"))
    category_id: Mapped[int | None] = mapped_column(BIG_ID)
    completed: Mapped[bool] = mapped_column(default=False)
    completed_at: Mapped[datetime | None]
    completed_on: Mapped[date | None] = mapped_column(default=_completed_on)
    due_date: Mapped[date | None]
    due_at: Mapped[datetime | None]
    due_day: Mapped[date | None] = mapped_column(default=_due_day)
    starts_on: Mapped[date | None]
    priority: Mapped[int | None] = mapped_column(SmallInteger)
    estimate_minutes: Mapped[int | None]
    parent_id: Mapped[int | None] = mapped_column(BIG_ID)
    time_of_day: Mapped[time | None]
    recurrence: Mapped[str | None] = mapped_column(Text)
    repeats_from: Mapped[RepeatsFrom | None] = mapped_column(String(10))
    recurrence_start: Mapped[date | None]
    recurrence_time: Mapped[time | None]
    starts_days_before: Mapped[int | None]
    occurrence_date: Mapped[date | None]
    occurrence_number: Mapped[int | None]
    reopened_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    position: Mapped[int] = position()
    external_id: Mapped[str | None] = mapped_column(String(255))

    user: Mapped[User] = relationship(back_populates="tasks")
    category: Mapped[Category | None] = relationship(
        back_populates="tasks",
        primaryjoin="and_(Category.user_id == Task.user_id, "
        "Category.id == foreign(Task.category_id))",
    )

    parent: Mapped[Task | None] = relationship(
        back_populates="subtasks",
        primaryjoin="and_(remote(Task.user_id) == Task.user_id, "
        "remote(Task.id) == foreign(Task.parent_id))",
    )
    subtasks: Mapped[list[Task]] = relationship(
        back_populates="parent",
        primaryjoin="and_(Task.user_id == remote(Task.user_id), "
        "Task.id == remote(foreign(Task.parent_id)))",
        cascade="save-update, merge, delete",
        passive_deletes=True,
        order_by="Task.position, Task.id",
    )

    if TYPE_CHECKING:  # they are subqueries of this table, and set below
        tags: Mapped[tuple[str, ...]]
        progress: Mapped[SubtaskProgress | None]

    @validates("title", "description")
    def _derive_key(self, name: str, value: str | None) -> str | None:
        setattr(self, f"{name}_key", None if value is None else text_key(value))
        return value


_tasks = cast("Table", Task.__table__)
_subtasks = _tasks.alias()
_PROGRESS = (
    select(
        sql_cast(func.sum(sql_cast(_subtasks.c.completed, Integer)), Text)
        + literal_column("'/'", Text())
        + sql_cast(func.count(), Text)
    )
    .where(
        _subtasks.c.user_id == OwnerOfRow(_tasks.c.user_id),
        _subtasks.c.parent_id == _tasks.c.id,
        _subtasks.c.archived_at.is_(None) | (_subtasks.c.archived_at == _tasks.c.archived_at),
    )
    .correlate(_tasks)
    .scalar_subquery()
)
add_readonly(Task, "progress", type_coerce(_PROGRESS, ProgressOfSubtasks()), None)
give_tags(Task, TaskTag.task_id, _tasks.c.id)


@event.listens_for(Task, "before_insert")
@event.listens_for(Task, "before_update")
def _derive_columns(_mapper: Mapper[Task], connection: Connection, task: Task) -> None:
    """When the row is written, as the owner may be assigned last."""
    attributes = inspect(task).attrs
    owner = _Owner(connection, task.user_id)

    def is_any_changed(*names: str) -> bool:
        return any(attributes[name].history.has_changes() for name in names)

    if is_any_changed("completed_at", "completed_on"):
        task.completed_on = owner.day(task.completed_at)
    if is_any_changed("due_date", "due_at", "due_day") or (
        task.due_at is not None and is_any_changed("completed")
    ):
        task.due_day = owner.day(task.due_at) or task.due_date
    # A copy of a task that repeats already has them.
    is_new_rule = is_any_changed("recurrence", "repeats_from", "recurrence_start")
    if is_new_rule and (task.recurrence_start is None or not is_any_changed("recurrence_start")):
        _start_again(task, owner)
    is_same_occurrence = not is_any_changed("occurrence_date", "occurrence_number")
    if is_new_rule or (is_any_changed("starts_on") and is_same_occurrence):
        is_edited = is_any_changed("starts_on") and not is_any_changed("starts_days_before")
        _derive_start(task, owner, is_edited)


def _start_again(task: Task, owner: _Owner) -> None:
    """A new rule starts with the occurrence that is open."""
    by_rule = task.occurrence_date, task.recurrence_time or task.time_of_day
    task.recurrence_start = task.recurrence_time = None
    task.occurrence_date = task.occurrence_number = None
    if task.recurrence is None:
        task.repeats_from = None
        return
    time_zone = owner.settings[0]
    start = start_of(task.due_date, task.due_at, time_zone, *by_rule)
    if start is None:  # the database refuses the row
        return
    columns = first_occurrence(task.recurrence, task.repeats_from, start, time_zone)
    for name, value in columns.items():
        setattr(task, name, value)


def _derive_start(task: Task, owner: _Owner, is_edited: bool) -> None:
    """How many days before they are due occurrences start, if this one is due by the rule."""
    day = task.occurrence_date
    if task.recurrence is None or day is None:
        task.starts_days_before = None
        return
    if task.recurrence_time is not None:
        day = owner.day(instant_at(day, task.recurrence_time, owner.settings[0]))
    if day == task.due_day and (is_edited or task.starts_days_before is None):
        task.starts_days_before = days_before(task.starts_on, day)


class _Owner:
    """The user whose row it is; their settings are read once."""

    def __init__(self, connection: Connection, user_id: int) -> None:
        self._connection, self._user_id = connection, user_id

    @cached_property
    def settings(self) -> tuple[str, int]:
        """Their time zone, and the minute at which their days start."""
        query = select(User.time_zone, User.day_starts_at).where(User.id == self._user_id)
        owner = self._connection.execute(query).first()
        if owner is None:  # the foreign key refuses the row
            return "UTC", 0
        try:
            zone_of(owner.time_zone)
        except UnknownTimeZone as error:
            raise UnknownTimeZone(owner.time_zone, self._user_id) from error
        return owner.time_zone, owner.day_starts_at

    def day(self, instant: datetime | None) -> date | None:
        """Their local day at an instant, if there is one."""
        return None if instant is None else local_day(instant, *self.settings)
