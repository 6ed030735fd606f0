"""What the tables share: metadata, the owner's columns, and instants in UTC."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from time import time_ns
from typing import Any, ClassVar, Protocol

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    event,
)
from sqlalchemy.orm import DeclarativeBase, InstanceState, Mapped, QueryableAttribute, mapped_column
from sqlalchemy.schema import SchemaItem

from trackercore.display import card, one_line
from trackercore.domain.amount import amount_of, thousandths
from trackercore.domain.extra import MAX_BYTES, ReadOnlyDict, checked_extra
from trackercore.table_prefix import prefixed
from trackercore.types import (
    BIG_ID,
    HiddenText,
    JsonObject,
    RowId,
    SecretString,
    Thousandths,
    UtcDateTime,
    exact,
    text_key,
    to_utc,
    utc_now,
)

TableArgs = tuple[SchemaItem | dict[str, bool], ...]
"""What SQLAlchemy takes as `__table_args__`: constraints and indexes, then options."""

USER_ID = f"{prefixed('users')}.id"
"""What a foreign key to the owner refers to."""

# Errors are translated by these names: see services/_shared/owned_rows.py. Foreign keys leave out
# the referred table, so that a table prefix fits into PostgreSQL's 63 characters.
_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Base(DeclarativeBase):
    """The declarative base of all trackercore models, with a metadata of its own."""

    __shown__: ClassVar[tuple[str, ...]] = ()
    """The columns that a repr shows along with the key."""
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

    def _repr_html_(self) -> str:
        return card(self)


class Insert(Protocol):
    """What SQLAlchemy passes to a default, whose types it leaves open."""

    root_connection: Connection

    def get_current_parameters(self) -> dict[str, Any]:
        """The values of the row, by column, that are known so far."""
        ...


def time_of_insert(context: Insert) -> datetime:
    """The current time, the same for all columns of a statement.

    So a row that was never changed has the `updated_at` that is its `created_at`.
    """
    now: datetime = vars(context).setdefault("time_of_insert", utc_now())
    return now


def created_at() -> Mapped[datetime]:
    """The column of the time at which a row was made, here or where it comes from."""
    return mapped_column(default=time_of_insert)


def updated_at() -> Mapped[datetime]:
    """The column of the last change, which is written with every one."""
    return mapped_column(default=time_of_insert, onupdate=utc_now)


def extra() -> Mapped[Mapping[str, object]]:
    """The column of the host's own data, for which the table needs an `extra_check`.

    The database has the default too, for rows that the host inserts past the ORM.
    """
    return mapped_column(JsonObject(), default=ReadOnlyDict, server_default="{}")


def extra_check() -> CheckConstraint:
    """The CHECK of `extra`: what both databases can say of it."""
    return CheckConstraint(f"substr(extra, 1, 1) = '{{' AND length(extra) <= {MAX_BYTES}", "extra")


class Owned:
    """Columns of a table whose rows belong to a user; its `__table_args__` have an `OwnedKey`.

    `session.get(Task, (user_id, task_id))` cannot return another user's row, every UPDATE and
    DELETE of a flush names the owner, and foreign keys of two columns cannot refer to another
    user's row.
    """

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey(USER_ID, ondelete="CASCADE"), sort_order=-1
    )
    extra: Mapped[Mapping[str, object]] = extra()
    created_at: Mapped[datetime] = created_at()
    updated_at: Mapped[datetime] = updated_at()


def key_of(name: str) -> Callable[[Insert], str | None]:
    """The default of a column with the text key of another one.

    For inserts of many rows at once, for which the ORM calls no validator and no event.
    """

    def key(context: Insert) -> str | None:
        text = context.get_current_parameters().get(name)
        return None if text is None else text_key(text)

    return key


def position() -> Mapped[int]:
    """The column of a row's place among those of its owner."""
    return mapped_column(BIG_ID, default=new_position)


def new_position() -> int:
    """The place of a new row: behind all others.

    It is the time in microseconds, so that it is known without a look at the other rows, there is
    room between two rows, and JavaScript's numbers hold it.
    """
    return time_ns() // 1000


def reference(
    column: str, table: str, *, key: str = "id", ondelete: str | None = "CASCADE"
) -> ForeignKeyConstraint:
    """The foreign key of a column to a table of the same owner, named without the prefix."""
    target = [f"{prefixed(table)}.user_id", f"{prefixed(table)}.{key}"]
    return ForeignKeyConstraint(["user_id", column], target, ondelete=ondelete)


@event.listens_for(Base, "attribute_instrument", propagate=True)
def _convert_at_once(cls: type[Base], key: str, attribute: QueryableAttribute[object]) -> None:
    """Convert instants, amounts and secrets when they are assigned, as what is read is converted.

    So a flush changes neither, and a secret is hidden from the first moment on. A JSON object is
    copied, and cannot be changed: what is done to the one that was assigned has no effect.
    """
    column = cls.__table__.columns.get(key)
    if column is not None and isinstance(column.type, UtcDateTime):
        event.listen(attribute, "set", _to_utc, retval=True)
    elif column is not None and isinstance(column.type, Thousandths):
        event.listen(attribute, "set", _to_amount, retval=True)
    elif column is not None and isinstance(column.type, SecretString):
        event.listen(attribute, "set", _hide, retval=True)
    elif column is not None and isinstance(column.type, JsonObject):
        event.listen(attribute, "set", _to_json_object, retval=True)


def _to_utc(_row: Base, value: datetime | None, _old: object, _by: object) -> datetime | None:
    return None if value is None else to_utc(value)


def _to_amount(
    _row: Base, value: Decimal | int | None, _old: object, _by: object
) -> Decimal | None:
    return None if value is None else amount_of(thousandths(exact(value)))


def _hide(_row: Base, value: object, _old: object, _by: object) -> object:
    return HiddenText(value) if isinstance(value, str) else value  # the flush refuses all else


def _to_json_object(_row: Base, value: object, _old: object, _by: object) -> object:
    return checked_extra(value)
