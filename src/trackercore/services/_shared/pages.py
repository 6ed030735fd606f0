"""Keyset pages: the last one costs as much as the first, and new rows do not move them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any, Generic, Protocol, TypeVar, cast

from sqlalchemy import ColumnElement, Row, Select, literal, tuple_
from sqlalchemy.orm import QueryableAttribute, Session

from trackercore.display import table
from trackercore.errors import InvalidCursor
from trackercore.models import Base
from trackercore.services._shared.arguments import as_limit
from trackercore.services._shared.owned_rows import connection
from trackercore.types import MAX_ID

_SEPARATOR = ","
"""Between the parts of a cursor; neither a seal nor a number nor a date has one."""

RowT = TypeVar("RowT", bound=Base)
Key = int | date


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Some of the rows a query finds, in its order.

    Attributes:
        items: the rows of this page.
        next: what the same query takes as `after` to go on; None on the last page.
    """

    items: list[RowT]
    next: str | None = None

    def __iter__(self) -> Iterator[RowT]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def _repr_html_(self) -> str:
        return table(self.items, "the last page" if self.next is None else "more: after=page.next")


class LastFilter(Protocol):
    """A condition that is judged in Python."""

    def keeps(self, row: Row[*tuple[Any, ...]]) -> bool:
        """Whether the row meets it."""
        ...

    def narrowed_by(self, row: Row[*tuple[Any, ...]]) -> ColumnElement[bool]:
        """The condition as far as SQL can judge it, now that one row is known."""
        ...


def paginate(
    session: Session,
    query: Select[*tuple[Any, ...]],
    order: Sequence[QueryableAttribute[Any]],
    *,
    scope: tuple[object, ...],
    limit: int,
    after: str | None,
    last: LastFilter | None = None,
) -> Page[Any]:
    """One page of a query whose rows begin with the entity.

    Args:
        query: without order and limit.
        order: columns that together are unique; int or date.
        scope: what makes the query what it is: entity, owner and filters. A cursor made in one
            scope is refused in another.
        last: a filter that is judged in Python.
    """
    limit = as_limit(limit)
    key = None if after is None else read_cursor(after, scope, order)
    items: list[Any] = []
    connection(session)
    query = query.order_by(*order).limit(limit + 1)
    if session.identity_map:
        # The page goes by the rows as they are now, not as the session has loaded them.
        query = query.execution_options(populate_existing=True)
    while True:
        rows = session.execute(query if key is None else query.where(_beyond(order, key))).all()
        items += [row[0] for row in rows if last is None or last.keeps(row)]
        if last is None or len(items) > limit or len(rows) <= limit:
            break
        query = query.where(last.narrowed_by(rows[-1]))
        key = _key(rows[-1][0], order)
    if len(items) <= limit:
        return Page(items)
    del items[limit:]
    return Page(items, write_cursor(scope, _key(items[-1], order)))


def _beyond(order: Sequence[QueryableAttribute[Any]], key: Sequence[Key]) -> Any:
    if len(order) == 1:
        return order[0] > key[0]
    values = [literal(value, column.type) for column, value in zip(order, key, strict=True)]
    return tuple_(*order) > tuple_(*values)


def _key(row: Base, order: Sequence[QueryableAttribute[Any]]) -> list[Key]:
    return [getattr(row, column.key) for column in order]


def write_cursor(scope: tuple[object, ...], key: Sequence[Key]) -> str:
    """A cursor of the place after `key`, for queries of this scope."""
    text = _SEPARATOR.join([_seal(scope), *map(str, key)])
    return urlsafe_b64encode(text.encode()).decode()


def read_cursor(
    after: str, scope: tuple[object, ...], order: Sequence[QueryableAttribute[Any]]
) -> list[Key]:
    """The key in a cursor.

    Raises:
        InvalidCursor: it is not what `write_cursor` makes of a key in this scope.
    """
    if isinstance(cast("object", after), str):
        with suppress(ValueError):  # not base64, not ASCII, not that many keys, or not such keys
            _, *texts = urlsafe_b64decode(after).decode("ascii").split(_SEPARATOR)
            types = (column.type.python_type for column in order)
            key = [_parse(kind, text) for kind, text in zip(types, texts, strict=True)]
            if after == write_cursor(scope, key):
                return key
    raise InvalidCursor("after must be the next of a page of the same query")


def _seal(scope: tuple[object, ...]) -> str:
    return blake2b(repr(scope).encode(), digest_size=8).hexdigest()


def _parse(python_type: type, text: str) -> Key:
    if python_type is date:
        return date.fromisoformat(text)
    number = int(text)
    if not 0 <= number <= MAX_ID:
        raise ValueError(number)
    return number
