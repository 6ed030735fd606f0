"""What lists of tasks, and the agenda, are filtered by."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date

from typing_extensions import TypedDict  # pydantic takes no other one before Python 3.12

from trackercore.schemas.extra import ExtraFilter
from trackercore.schemas.task import Due


class AgendaFilters(TypedDict, total=False):
    """The filters of `tasks.agenda`, which go by the task and not by an occurrence of it.

    A task must meet all of them. None is no condition.

    Attributes:
        category_id: only tasks of this category.
        has_category: only tasks with a category, or only those without one.
        parent_id: only subtasks of this task.
        has_parent: only subtasks, or only tasks that are not subtasks.
        priority_start: only tasks of this priority or a lower one: 1 is the highest, 9 the lowest.
        priority_end: only tasks of this priority or a higher one.
        has_priority: only tasks with a priority, or only those without one.
        estimate_start: only tasks estimated at so many minutes or more.
        estimate_end: only tasks estimated at so many minutes or less.
        has_estimate: only tasks with an estimate, or only those without one.
        repeats: only tasks that repeat, or only those that do not.
        tags_all: only tasks that have each of these tags: an int is an id, a str a name, in any
            letter case. Without any it is no condition, as for `tags_any`.
        tags_any: only tasks that have one of these tags.
        untagged: only tasks without a tag, or only those with one.
        text: part of the title, the description or the name of a tag, in any letter case and
            Unicode composition.
        extra: only tasks whose `extra` has these entries: text, ints and bools, by type and value.
    """

    category_id: int | None
    has_category: bool | None
    parent_id: int | None
    has_parent: bool | None
    priority_start: int | None
    priority_end: int | None
    has_priority: bool | None
    estimate_start: int | None
    estimate_end: int | None
    has_estimate: bool | None
    repeats: bool | None
    tags_all: Sequence[int | str] | Set[int | str] | None
    tags_any: Sequence[int | str] | Set[int | str] | None
    untagged: bool | None
    text: str | None
    extra: ExtraFilter | None


class TaskFilters(AgendaFilters, total=False):
    """The filters of `tasks.find`, `tasks.count` and `frames.tasks`: those of `AgendaFilters` too.

    A task must meet all of them. None is no condition. Without `archived`, archived tasks are left
    out. Days are the user's local days.

    Attributes:
        completed: only completed, or only open tasks.
        due: only open tasks that are "overdue" (due_at has passed, or due_date is before today),
            due "today", or "upcoming" (on a later day). A timed task earlier today is both overdue
            and due today; an undated one is none of the three, nor is an archived one.
        started: only tasks without a `starts_on` or whose `starts_on` is today or earlier, or only
            those whose `starts_on` is still ahead; None for both. On its due day, a task has
            started. By default True with `due`, and None without it.
        due_start: only tasks due on this day or later.
        due_end: only tasks due on this day or earlier.
        has_due: only tasks that are due at some time, or only those that never are.
        completed_start: only tasks completed on this day or later.
        completed_end: only tasks completed on this day or earlier.
        starts_start: only tasks whose `starts_on` is this day or later.
        starts_end: only tasks whose `starts_on` is this day or earlier.
        has_start: only tasks with a `starts_on`, or only those without one.
        archived: only archived tasks, or only those that are not (the default); None for both.
        external_id: the key in another system; at most one task has it.
    """

    completed: bool | None
    due: Due | None
    started: bool | None
    due_start: date | None
    due_end: date | None
    has_due: bool | None
    completed_start: date | None
    completed_end: date | None
    starts_start: date | None
    starts_end: date | None
    has_start: bool | None
    archived: bool | None
    external_id: str | None
