"""What every table shares: metadata, the owner's columns, and instants in UTC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, MetaData, UniqueConstraint, event
from sqlalchemy.orm import DeclarativeBase, InstanceState, Mapped, QueryableAttribute, mapped_column
from sqlalchemy.schema import SchemaItem

from trackercore.display import one_line
from trackercore.types import BIG_ID, RowId, UtcDateTime, to_utc, utc_now

TableArgs = tuple[SchemaItem | dict[str, bool], ...]
"""What SQLAlchemy takes as `__table_args__`: constraints and indexes, then options."""

# Constraint names are how errors are told apart: see services/owned_rows.py.
_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """The declarative base of all trackercore models, with a metadata of its own."""

    __shown__: ClassVar[tuple[str, ...]] = ()
    """What of a row is shown beside its key."""
    __units__: ClassVar[Mapping[str, str]] = {}

    metadata: ClassVar[MetaData] = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[type, UtcDateTime]] = {datetime: UtcDateTime()}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({one_line(self.__repr_args__())})"

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        # Only what is loaded: a repr must neither run SQL nor fail on a detached row.
        state: InstanceState[Base] | None = self.__dict__.get("_sa_instance_state")
        columns = self.__mapper__.primary_key
        key = (None if state is None else state.identity) or (None for _ in columns)
        for column, stored in zip(columns, key, strict=True):
            yield column.name, self.__dict__.get(column.name, stored)
        for name in self.__shown__:
            if (value := self.__dict__.get(name)) is not None:
                yield name, value


class Owned:
    """Columns of a table whose rows belong to a user.

    The ORM's identity is (user_id, id): `session.get(Task, (user_id, task_id))` cannot return
    another user's row, and every UPDATE and DELETE of a flush names the owner.
    """

    __mapper_args__: ClassVar[dict[str, list[str]]] = {"primary_key": ["user_id", "id"]}

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey("users.id", ondelete="CASCADE"), sort_order=-1
    )
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


def owned_table(table: str, *items: SchemaItem, refers_to_itself: bool = False) -> TableArgs:
    """The `__table_args__` of an `Owned` model.

    Other owned tables refer to the unique index (user_id, id), never to the primary key: the
    database itself then refuses a row that points to another user's. AUTOINCREMENT keeps SQLite
    from giving the id of a deleted row to a new one.
    """
    key: SchemaItem = Index(f"ux_{table}_user_id_id", "user_id", "id", unique=True)
    if refers_to_itself:  # then PostgreSQL wants the index within CREATE TABLE
        key = UniqueConstraint("user_id", "id")
    return (key, *items, {"sqlite_autoincrement": True})


def _store_utc_at_once(
    cls: type[Base], key: str, attribute: QueryableAttribute[datetime | None]
) -> None:
    """Convert instants when they are assigned, so that a row reads alike before and after."""
    column = cls.__table__.columns.get(key)
    if column is not None and isinstance(column.type, UtcDateTime):
        event.listen(attribute, "set", _to_utc, retval=True)


def _to_utc(_row: Base, value: datetime | None, _old: object, _by: object) -> datetime | None:
    return None if value is None else to_utc(value)


event.listen(Base, "attribute_instrument", _store_utc_at_once, propagate=True)
