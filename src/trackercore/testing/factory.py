"""Rows by the line: valid ones of every kind, made through the services."""

from __future__ import annotations

from datetime import date, datetime

from trackercore.models import Category, Task, User
from trackercore.schemas import CategoryCreate, TaskCreate
from trackercore.services import categories, tasks
from trackercore.testing._habits import HabitRows
from trackercore.testing._owners import name_or_new
from trackercore.testing._study import StudyRows


class Factory(HabitRows, StudyRows):
    """Makes rows in a session, with a sensible value for whatever is left out.

    A row without an owner belongs to `owner`. Names and email addresses are new with every call.
    All goes through the services: what they refuse raises their errors here too, and streaks are
    right.

        make = Factory(session)
        habit = make.habit(frequency="weekly", target=3)
        make.history(habit, days=60)

    Args:
        session: to make the rows in; it is flushed and not committed.
        now: what today is and when timers start; default the current time of each call.
    """

    def category(self, user: User | None = None, *, name: str | None = None) -> Category:
        """A category."""
        data = CategoryCreate(name=name_or_new(name, "Category {}"))
        return categories.create(self._session, self._id_of(user), data)

    def task(
        self,
        user: User | None = None,
        *,
        title: str | None = None,
        description: str | None = None,
        category: Category | None = None,
        due_date: date | None = None,
        due_at: datetime | None = None,
        completed: bool = False,
        completed_at: datetime | None = None,
        external_id: str | None = None,
    ) -> Task:
        """A task: open, without a due day, and of the owner of its category if it has one."""
        data = TaskCreate(
            title=name_or_new(title, "Task {}"),
            description=description,
            category_id=None if category is None else category.id,
            due_date=due_date,
            due_at=due_at,
            completed=completed,
            completed_at=completed_at,
            external_id=external_id,
        )
        owner = self._id_of(user) if user or category is None else category.user_id
        return tasks.create(self._session, owner, data)
