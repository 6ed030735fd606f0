"""How the lists of each entity can be sorted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy.orm import QueryableAttribute

from trackercore.models import Base, Category, Habit, StudySession, Tag, Task, Topic, User
from trackercore.schemas.argument import Argument
from trackercore.schemas.orders import (
    CategoryOrder,
    HabitOrder,
    StudySessionOrder,
    TagOrder,
    TaskOrder,
    TopicOrder,
    UserOrder,
)

Column = QueryableAttribute[Any]


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows in which no two are equal.

    Attributes:
        name: what `order_by` calls it, without the minus.
        columns: by which the rows are sorted; the last one is the id.
        descending: whether the greatest comes first, also of the ids.
    """

    name: str
    columns: tuple[Column, ...]
    descending: bool

    @property
    def model(self) -> type[Base]:
        """The entity."""
        return cast("type[Base]", self.columns[-1].class_)

    def directed(self, column: Any) -> Any:
        """A column as ORDER BY takes it."""
        return column.desc() if self.descending else column


class Orders:
    """The orders of an entity: each name, and the column that its rows are sorted by.

    Rows that are equal in it are sorted by id.
    """

    def __init__(self, names: Any, row_id: Column, **columns: Column) -> None:
        """Declare the orders; `names` is the type of `order_by`."""
        self._checked = Argument[str](names)
        self.columns: Mapping[str, tuple[Column, ...]] = {
            name: (row_id,) if column is row_id else (column, row_id)
            for name, column in columns.items()
        }

    def __call__(self, order_by: str) -> Order:
        """The order of this name; a minus in front reverses it.

        Raises:
            ValidationError: there is none.
        """
        checked = self._checked(order_by, "order_by")
        name = checked.removeprefix("-")
        return Order(name, self.columns[name], checked != name)


USERS = Orders(UserOrder, User.id, id=User.id, email=User.email, created=User.created_at)
CATEGORIES = Orders(
    CategoryOrder,
    Category.id,
    id=Category.id,
    name=Category.name_key,
    created=Category.created_at,
)
TOPICS = Orders(TopicOrder, Topic.id, id=Topic.id, name=Topic.name_key, created=Topic.created_at)
TAGS = Orders(
    TagOrder,
    Tag.id,
    id=Tag.id,
    name=Tag.name_key,
    created=Tag.created_at,
    used=Tag.use_count,
)
STUDY_SESSIONS = Orders(
    StudySessionOrder,
    StudySession.id,
    day=StudySession.study_date,
    duration=StudySession.duration_seconds,
    created=StudySession.created_at,
)
TASKS = Orders(
    TaskOrder,
    Task.id,
    id=Task.id,
    due=Task.due_day,
    created=Task.created_at,
    completed=Task.completed_at,
    title=Task.title_key,
    position=Task.position,
    priority=Task.priority,
    starts=Task.starts_on,
    estimate=Task.estimate_minutes,
)
# A streak is no column: habits/_by_streak.py sorts by it, and by id.
HABITS = Orders(
    HabitOrder,
    Habit.id,
    id=Habit.id,
    name=Habit.name_key,
    created=Habit.created_at,
    position=Habit.position,
    streak=Habit.id,
)
