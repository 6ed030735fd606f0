"""What lists of tasks are filtered by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from trackercore.domain.calendar import shift
from trackercore.models import Category, Task, User
from trackercore.schemas import Due
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    ExtraEntries,
    as_day_range,
    as_due,
    as_flag,
    as_search,
    as_text,
)
from trackercore.services._shared.clock import user_today
from trackercore.services._shared.due_tasks import due_rule
from trackercore.services._shared.filters import has_entries, has_value, in_days
from trackercore.services._shared.orders import Order
from trackercore.services._shared.text_search import has_text


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilters:
    """The conditions of `tasks.find` and `tasks.count`, by the names of their arguments."""

    user_id: int
    completed: bool | None
    category_id: int | None
    has_category: bool | None
    due: Due | None
    due_start: date | None
    due_end: date | None
    has_due: bool | None
    completed_start: date | None
    completed_end: date | None
    archived: bool | None
    text: str | None
    external_id: str | None
    extra: ExtraEntries

    def query(
        self, session: Session, now: datetime, order: Order | None = None, after: object = None
    ) -> Select[Task]:
        """The tasks that meet all of them; for a page, those in the part that its cursor says.

        If `due` is given, a statement reads the owner's today.

        Raises:
            ValidationError: a value is wrong.
            NotFound: `due` is given, and there is no such user.
        """
        owner = owned_rows.check_id(User, self.user_id)
        done = as_day_range(self.completed_start, self.completed_end, "completed_")
        days = as_day_range(self.due_start, self.due_end, "due_")
        conditions = [
            Task.user_id == owner,
            *has_value(Task.category_id, self.has_category, "has_category"),
            *has_value(Task.due_day, self.has_due, "has_due"),
            *has_value(Task.archived_at, self.archived, "archived"),
            *in_days(Task.due_day, days.start, days.end, order, after),
            *in_days(Task.completed_on, done.start, done.end),
            *has_entries(Task.extra, self.extra),
        ]
        if self.completed is not None:
            conditions.append(Task.completed.is_(as_flag(self.completed, "completed")))
        if self.category_id is not None:
            category = owned_rows.check_id(Category, self.category_id)
            conditions.append(Task.category_id == category)
        if self.text is not None:
            conditions.append(has_text(as_search(self.text), Task.title_key, Task.description_key))
        if self.external_id is not None:
            conditions.append(Task.external_id == as_text(self.external_id, "external_id"))
        query = select(Task).where(*conditions)
        if self.due is None:
            return query
        due = as_due(self.due)
        today = user_today(session, owner, now)
        rule = due_rule(due, now, today, shift(today, 1))
        days_of_rule = in_days(Task.due_day, rule.first, rule.last, order, after)
        return query.where(*days_of_rule, *rule.conditions)

    def has_value(self, order: Order) -> bool | None:
        """Whether all these tasks have a value in the column of an order, or none of them has one.

        None if some may have one and others not.
        """
        if order.name == "due":
            is_dated = (self.due, self.due_start, self.due_end) != (None, None, None)
            return True if is_dated else self.has_due
        if order.name == "completed":
            is_dated = (self.completed_start, self.completed_end) != (None, None)
            return True if is_dated else (False if self.completed is False else None)
        return None
