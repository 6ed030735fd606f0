"""Which tasks, habits and study sessions have which tags: a table for each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Index, case, event, func, select, type_coerce
from sqlalchemy.orm import (
    InstanceState,
    InstrumentedAttribute,
    Mapped,
    MappedSQLExpression,
    Session,
)
from sqlalchemy.orm.attributes import set_committed_value

from trackercore.backends.functions import TextOfList
from trackercore.backends.owner_of_row import OwnerOfRow
from trackercore.models.base import Base, TableArgs, reference
from trackercore.models.tag import Tag
from trackercore.table_prefix import prefixed
from trackercore.types import KeyId, NamesOfTags


class TaskTag(Base):
    """A tag of a task."""

    __tablename__: str = prefixed("task_tags")
    __table_args__: TableArgs = (
        reference("task_id", "tasks"),
        reference("tag_id", "tags"),
        Index(None, "user_id", "tag_id", "task_id"),
    )

    user_id: Mapped[KeyId]
    task_id: Mapped[KeyId]
    tag_id: Mapped[KeyId]


class HabitTag(Base):
    """A tag of a habit."""

    __tablename__: str = prefixed("habit_tags")
    __table_args__: TableArgs = (
        reference("habit_id", "habits"),
        reference("tag_id", "tags"),
        Index(None, "user_id", "tag_id", "habit_id"),
    )

    user_id: Mapped[KeyId]
    habit_id: Mapped[KeyId]
    tag_id: Mapped[KeyId]


class StudySessionTag(Base):
    """A tag of a study session; of one that was cut, a tag of its first part and so of all."""

    __tablename__: str = prefixed("session_tags")
    __table_args__: TableArgs = (
        reference("session_id", "sessions"),
        reference("tag_id", "tags"),
        Index(None, "user_id", "tag_id", "session_id"),
    )

    user_id: Mapped[KeyId]
    session_id: Mapped[KeyId]
    tag_id: Mapped[KeyId]


class _ReadOnly(MappedSQLExpression[Any]):
    """A column property of which a stored row keeps its own when another object is merged."""

    def merge(
        self,
        session: Session,
        source_state: InstanceState[Any],
        source_dict: dict[str, Any],
        dest_state: InstanceState[Any],
        dest_dict: dict[str, Any],
        load: bool,
        _recursive: dict[Any, object],
        _resolve_conflict_map: dict[Any, object],
    ) -> None:
        """See SQLAlchemy."""
        if not load:
            states = (source_state, source_dict, dest_state, dest_dict)
            super().merge(session, *states, load, _recursive, _resolve_conflict_map)
        elif dest_state.key is None and self.key in source_dict:
            dest_dict[self.key] = source_dict[self.key]  # the others find them when they are read


def give_tags(
    model: type[Base], linked: InstrumentedAttribute[int], row_id: ColumnElement[int]
) -> None:
    """Give a model the attribute `tags`: the names of a row's tags, read with it and not written.

    Args:
        model: whose table has a `user_id`.
        linked: the column of a table of links that refers to the row.
        row_id: what it refers to.
    """
    rows, tags, links = model.__table__, Tag.__table__, linked.class_.__table__
    names = (
        select(TextOfList(tags.c.name))
        .join_from(links, tags, (tags.c.user_id == links.c.user_id) & (tags.c.id == links.c.tag_id))
        .where(links.c.user_id == OwnerOfRow(rows.c.user_id), linked.expression == row_id)
        .correlate(rows)
        .scalar_subquery()
    )
    add_readonly(model, "tags", type_coerce(names, NamesOfTags()), ())


def add_readonly(
    model: type[Base], name: str, expression: ColumnElement[Any], of_new_rows: object
) -> None:
    """Give a model an attribute that is selected with its rows; a new row has it without a query.

    A flush of other columns leaves it as it was read. Nobody can assign it.
    """
    # It names a column of the row: a query for the attribute alone would else have no table, and
    # give that of all rows, of all users, as one.
    of_row = case((model.__table__.c.user_id.is_not(None), expression))
    setattr(model, name, _ReadOnly(of_row, expire_on_flush=False))

    @event.listens_for(getattr(model, name), "set")
    def refuse(row: Base, *_: object) -> None:
        raise AttributeError(f"{name} of a {type(row).__name__} is read-only")

    @event.listens_for(model, "init", propagate=True)
    def start(row: Base, _arguments: object, _values: object) -> None:
        set_committed_value(row, name, of_new_rows)


def _count_links(name: str, linked: InstrumentedAttribute[int]) -> None:
    links, tags = linked.class_.__table__, Tag.__table__
    count = (
        select(func.count())
        .select_from(links)
        .where(links.c.user_id == OwnerOfRow(tags.c.user_id), links.c.tag_id == tags.c.id)
        .correlate(tags)
        .scalar_subquery()
    )
    add_readonly(Tag, name, count, 0)


_count_links("task_count", TaskTag.task_id)
_count_links("habit_count", HabitTag.habit_id)
_count_links("session_count", StudySessionTag.session_id)
