"""What lists of tasks are filtered by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import Session, aliased

from trackercore.domain.calendar import shift
from trackercore.models import Base, Category, Task, TaskOccurrence, User
from trackercore.schemas import AgendaFilters, TaskFilters
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    DayRange,
    NumberRange,
    as_day_range,
    as_due,
    as_estimate_range,
    as_extra_entries,
    as_flag,
    as_priority_range,
    as_search,
    as_tags,
    as_text,
)
from trackercore.services._shared.clock import user_today
from trackercore.services._shared.due_tasks import due_rule, has_started
from trackercore.services._shared.filters import Column, has_entries, has_value, in_range
from trackercore.services._shared.orders import Order
from trackercore.services._shared.tag_filters import (
    TagFilters,
    check_tags,
    has_tag_with,
    tag_filters,
)
from trackercore.services._shared.text_search import has_text

_HAS_VALUE: Mapping[str, Column] = {
    "has_category": Task.category_id,
    "has_parent": Task.parent_id,
    "has_due": Task.due_day,
    "has_start": Task.starts_on,
    "has_priority": Task.priority,
    "has_estimate": Task.estimate_minutes,
    "repeats": Task.recurrence,
    "archived": Task.archived_at,
}
"""Filters by whether a task has a value: their names, and the column."""

_RANGES: Mapping[str, tuple[Column, Callable[[Any, Any, str], DayRange | NumberRange]]] = {
    "due": (Task.due_day, as_day_range),
    "starts": (Task.starts_on, as_day_range),
    "priority": (Task.priority, as_priority_range),
    "estimate": (Task.estimate_minutes, as_estimate_range),
}
"""Filters by a range: what their names have before "_start" and "_end", the column, the check."""

_REFERENCES: Mapping[str, tuple[Column, type[Base]]] = {
    "category_id": (Task.category_id, Category),
    "parent_id": (Task.parent_id, Task),
}
"""Filters by another row of the user: their names, the column, and what it refers to."""

_TAGS = ("tags_all", "tags_any")

_LISTS: Mapping[type[AgendaFilters], str] = {
    TaskFilters: "tasks have",
    AgendaFilters: "the agenda has",
}

_Done = aliased(Task)


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """A query for tasks.

    Attributes:
        user_id: whose tasks.
        given: the filters that are conditions, by their names.
    """

    user_id: int
    given: Mapping[str, Any]

    @classmethod
    def of(
        cls, user_id: int, filters: AgendaFilters, kind: type[AgendaFilters] = TaskFilters
    ) -> Self:
        """The query for tasks that meet these filters.

        Args:
            user_id: whose tasks.
            filters: as the caller gave them.
            kind: which ones there are.

        Raises:
            TypeError: there is no filter of such a name.
            ValidationError: an `extra` is wrong, or a tag.
        """
        for name in filters:
            if name not in kind.__annotations__:
                *names, last = sorted(kind.__annotations__)
                existing = f"{', '.join(names)} and {last}"
                raise TypeError(f"{_LISTS[kind]} no filter {name!r}; there are {existing}")
        given: dict[str, Any] = {"archived": False, **filters}
        given.setdefault("started", None if given.get("due") is None else True)
        given["extra"] = as_extra_entries(given.get("extra")) or None
        for name in _TAGS:
            given[name] = as_tags(given.get(name), name) or None
        return cls(user_id, {name: given[name] for name in given if given[name] is not None})

    @property
    def scope(self) -> tuple[object, ...]:
        """What its cursors are for."""
        return ("tasks", self.user_id, *sorted(self.given.items()))

    def select(
        self, session: Session, now: datetime, order: Order | None = None, after: object = None
    ) -> Select[Task]:
        """The tasks that meet all filters; for a page, those in the part that its cursor says.

        For `due` and `started`, a statement reads the owner's today.

        Raises:
            ValidationError: a value is wrong.
            NotFound: today is needed, and there is no such user.
        """
        owner = owned_rows.check_id(User, self.user_id)
        given = self.given
        conditions: list[ColumnElement[bool]] = [Task.user_id == owner]
        for name, column in _HAS_VALUE.items():
            conditions += has_value(column, given.get(name), name)
        for name, (column, check) in _RANGES.items():
            ends = check(*self._ends(name), f"{name}_")
            conditions += in_range(column, ends.start, ends.end, order, after)
        conditions += _completed_in(owner, self._ends("completed"))
        for name, (column, model) in _REFERENCES.items():
            if name in given:
                conditions.append(column == owned_rows.check_id(model, given[name]))
        if "completed" in given:
            conditions.append(Task.completed.is_(as_flag(given["completed"], "completed")))
        if "text" in given:
            text = as_search(given["text"])
            conditions.append(
                has_text(text, Task.title_key, Task.description_key)
                | has_tag_with(Task, owner, text)
            )
        if "external_id" in given:
            conditions.append(Task.external_id == as_text(given["external_id"], "external_id"))
        conditions += tag_filters(Task, owner, self._tags)
        conditions += has_entries(Task.extra, given.get("extra", ()))
        due = as_due(given["due"]) if "due" in given else None
        started = as_flag(given["started"], "started") if "started" in given else None
        if due is not None or started is not None:
            today = user_today(session, owner, now)
            if started is not None:
                conditions.append(has_started(started, today))
            if due is not None:
                rule = due_rule(due, now, today, shift(today, 1))
                conditions += in_range(Task.due_day, rule.first, rule.last, order, after)
                conditions += rule.conditions
        return select(Task).where(*conditions)

    def check_references(self, session: Session) -> None:
        """For a query that finds nothing.

        Raises:
            NotFound: the owner has no such category, no such task for subtasks, or no such tag.
        """
        for name, (_, model) in _REFERENCES.items():
            if name in self.given:
                owned_rows.get(session, model, self.user_id, self.given[name])
        check_tags(session, self.user_id, self._tags)

    @property
    def is_scattered(self) -> bool:
        """Whether its tasks are found by their tags."""
        return any(name in self.given for name in (*_TAGS, "text"))

    def has_value(self, order: Order) -> bool | None:
        """Whether all these tasks have a value in the column of an order, or none of them has one.

        None if some may have one and others not.
        """
        if order.name == "completed":  # also open tasks may have been completed in a range of days
            return None if self.given.get("completed", True) else False
        is_ranged = any(end is not None for end in self._ends(order.name))
        if is_ranged or (order.name == "due" and "due" in self.given):
            return True
        column = order.columns[0]
        names = (name for name, each in _HAS_VALUE.items() if each is column)
        return next((self.given[name] for name in names if name in self.given), None)

    @property
    def _tags(self) -> TagFilters:
        return TagFilters.of(*map(self.given.get, (*_TAGS, "untagged")))

    def _ends(self, name: str) -> tuple[Any, Any]:
        return self.given.get(f"{name}_start"), self.given.get(f"{name}_end")


def _completed_in(owner: int, ends: tuple[Any, Any]) -> Iterator[ColumnElement[bool]]:
    """The condition that a task, or one of its occurrences, was completed in a range, if given."""
    days = as_day_range(*ends, "completed_")
    if days == (None, None):
        return
    by_row = select(_Done.id).where(_Done.user_id == owner, *in_range(_Done.completed_on, *days))
    by_record = select(TaskOccurrence.task_id).where(
        TaskOccurrence.user_id == owner, *in_range(TaskOccurrence.completed_on, *days)
    )
    yield Task.id.in_(union_all(by_row, by_record))
