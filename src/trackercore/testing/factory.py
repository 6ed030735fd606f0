"""A factory of valid rows of every kind."""

from __future__ import annotations

from datetime import date, datetime

from trackercore.models import Category, Task, User
from trackercore.schemas import CategoryCreate, TaskCreate
from trackercore.services import categories, tasks
from trackercore.testing._habits import HabitRows
from trackercore.testing._owners import name_or_unique
from trackercore.testing._study import StudyRows


class Factory(HabitRows, StudyRows):
    """Makes rows in a session, with a sensible value for every argument that is left out.

    A row without an owner belongs to `owner`. Names and email addresses are unique. The services
    make the rows, so streaks are right, and the services' errors are raised here too.

        make = Factory(session)
        habit = make.habit(frequency="weekly", target=3)
        make.history(habit, days=60)

    Args:
        session: the rows are flushed and not committed.
        now: the current time, for today and for timers; by default the clock's at each call.
    """

    def category(self, user: User | None = None, *, name: str | None = None) -> Category:
        """A category."""
        data = CategoryCreate(name=name_or_unique(name, "Category {}"))
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
        """A task, by default open and without a due date; it belongs to its category's owner."""
        data = TaskCreate(
            title=name_or_unique(title, "Task {}"),
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
