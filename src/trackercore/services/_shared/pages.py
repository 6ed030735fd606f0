"""Keyset pages: the last one costs as much as the first, and new rows do not move them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, TypeVar, cast, overload

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Row,
    Select,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import QueryableAttribute, Session

from trackercore.display import table as as_table
from trackercore.errors import InvalidCursor
from trackercore.models import Base
from trackercore.services._shared.arguments import as_limit
from trackercore.services._shared.orders import Order
from trackercore.services._shared.owned_rows import OWNER, connection, table
from trackercore.types import BIG_ID, MAX_ID, to_utc

_SEPARATOR = ","
"""Between the parts of a cursor; neither a seal nor a number nor a time has one."""

_ESCAPES = (("%", "%25"), (_SEPARATOR, "%2C"))
"""How text is written in a cursor."""

_FIRST, _SECOND = literal_column("0", Integer()), literal_column("1", Integer())
"""The rows of a list that have a value, and those that have none."""

RowT = TypeVar("RowT", bound=Base)
Key = int | str | date | datetime | None


@dataclass(frozen=True, slots=True)
class Page(Sequence[RowT]):
    """Some of the rows a query finds, in its order: a sequence of them.

    Attributes:
        items: the rows of this page.
        next: what the same query takes as `after` to go on; None on the last page.
    """

    items: list[RowT]
    next: str | None = None

    @overload
    def __getitem__(self, index: int) -> RowT: ...

    @overload
    def __getitem__(self, index: slice) -> list[RowT]: ...

    def __getitem__(self, index: int | slice) -> RowT | list[RowT]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def _repr_html_(self) -> str:
        return as_table(
            self.items, "the last page" if self.next is None else "more: after=page.next"
        )


def paginate(
    session: Session,
    query: Select[*tuple[Any, ...]],
    order: Order,
    *,
    scope: tuple[object, ...],
    owner: int | None,
    limit: int,
    after: str | Page[Any] | None,
    has_value: bool | None = None,
    is_scattered: bool = False,
    on_rows: Callable[[Sequence[Row[*tuple[Any, ...]]]], object] | None = None,
) -> Page[Any]:
    """One page of a query whose rows begin with the entity.

    Args:
        session: the caller's.
        query: without order and limit.
        order: how the rows are sorted.
        scope: what makes the query what it is: entity, owner and filters. A cursor made in one
            scope and order is refused in another.
        owner: whose rows the query finds, which is its parameter `OWNER`; None for users.
        limit: the most rows.
        after: a cursor, or the page before.
        has_value: whether all rows that the query finds have a value in the first column of the
            order, or none of them has; None if some may have one and others not.
        is_scattered: whether the rows are found one by one and then sorted, as those with a tag
            are, rather than read in the order of an index.
        on_rows: called with the rows of the page.
    """
    limit = as_limit(limit)
    scope = (*scope, order.name, order.descending)
    if is_last(after):
        return Page([])
    key = None if after is None else read_cursor(after, scope, order.columns)
    connection(session)
    query = _sorted(query, order, key, limit + 1, has_value, is_scattered)
    if session.identity_map:
        # The page goes by the rows as they are now, not as the session has loaded them.
        query = query.execution_options(populate_existing=True)
    rows = session.execute(query, {} if owner is None else {"owner": owner}).all()
    if on_rows is not None and rows:
        on_rows(rows[:limit])
    items = [row[0] for row in rows]
    if len(items) <= limit:
        return Page(items)
    del items[limit:]
    last = [getattr(items[-1], column.key) for column in order.columns]
    return Page(items, write_cursor(scope, last))


def count_rows(session: Session, query: Select[*tuple[Any, ...]]) -> int:
    """How many rows a query for rows of one entity finds."""
    connection(session)
    counting = query.with_only_columns(func.count(), maintain_column_froms=True)
    return cast("int", session.scalar(counting))


def is_last(after: object) -> bool:
    """Whether `after` is a page that no other follows."""
    return isinstance(after, Page) and after.next is None


def _sorted(
    query: Select[*tuple[Any, ...]],
    order: Order,
    key: Sequence[Key] | None,
    most: int,
    has_value: bool | None,
    is_scattered: bool,
) -> Select[*tuple[Any, ...]]:
    """The rows after a key; those without a value come last, in both directions.

    The rows with a value and those without one are two ranges of one index, and each is read only
    as far as the page needs. One range with NULLS LAST, or a key with OR, is sorted or read from
    its start: a million rows were.
    """
    first = order.columns[0]
    if not is_nullable(first):
        return _alone(_part(query, order, key, most), order, is_scattered)
    having, lacking = query, query.where(first.is_(None))
    # Greater than a key is more than having a value: with both, SQLite may read from the first row.
    if key is None or order.descending:
        having = having.where(first.is_not(None))
    if has_value is True:
        return _alone(_part(having, order, key, most), order, is_scattered)
    if has_value is False or (key is not None and key[0] is None):
        return _alone(_part(lacking, order, key, most), order, is_scattered)
    if not _is_indexed(order):  # all rows are read and sorted anyway
        following = () if key is None else (or_(_beyond(order, key), first.is_(None)),)
        in_order = [first.is_(None), *map(order.directed, order.columns)]
        return _by_keys(query.where(*following).order_by(*in_order).limit(most), order)
    parts = [
        _part(part, order, after, most)
        .with_only_columns(*order.columns, number.label("part"))
        .subquery()
        for number, part, after in ((_FIRST, having, key), (_SECOND, lacking, None))
    ]
    both = union_all(*map(select, parts)).subquery()
    in_order = [both.c.part, *(order.directed(both.c[column.key]) for column in order.columns)]
    page = select(both).order_by(*in_order).limit(most).subquery()
    in_order = [page.c.part, *(order.directed(page.c[column.key]) for column in order.columns)]
    return _rows_of(page, order).order_by(*in_order)


def _alone(
    part: Select[*tuple[Any, ...]], order: Order, is_scattered: bool
) -> Select[*tuple[Any, ...]]:
    """A part that is the page."""
    return _by_keys(part, order) if is_scattered else part


def _by_keys(part: Select[*tuple[Any, ...]], order: Order) -> Select[*tuple[Any, ...]]:
    """The rows of a page that is sorted by as little of all rows as that takes."""
    page = part.with_only_columns(*order.columns).subquery()
    in_order = [order.directed(page.c[column.key]) for column in order.columns]
    if is_nullable(first := order.columns[0]):
        in_order.insert(0, page.c[first.key].is_(None))
    return _rows_of(page, order).order_by(*in_order)


def _rows_of(page: FromClause, order: Order) -> Select[*tuple[Any, ...]]:
    """The rows of a page that was chosen by its columns of the order, of which one is the id.

    What is selected along with a row, such as its tags, is worked out for the page only.
    """
    rows = table(order.model).c
    return select(order.model).join(page, rows.id == page.c.id).where(rows.user_id == OWNER)


def _part(
    query: Select[*tuple[Any, ...]], order: Order, key: Sequence[Key] | None, most: int
) -> Select[*tuple[Any, ...]]:
    if key is not None:
        query = query.where(_beyond(order, key))
    return query.order_by(*map(order.directed, order.columns)).limit(most)


def _beyond(order: Order, key: Sequence[Key]) -> ColumnElement[bool]:
    given = [
        # A cursor may have a number that the column cannot hold, whose type it must not be.
        (column, literal(value, BIG_ID if isinstance(value, int) else column.type))
        for column, value in zip(order.columns, key, strict=True)
        if value is not None
    ]
    columns, place = (tuple_(*each) for each in zip(*given, strict=True))
    beyond: ColumnElement[bool] = columns < place if order.descending else columns > place
    return beyond


def is_nullable(column: QueryableAttribute[Any]) -> bool:
    """Whether rows may have no value in a column."""
    return bool(getattr(column.expression, "nullable", False))  # a count is always there


def _is_indexed(order: Order) -> bool:
    """Whether an index has the column, so that rows may be read in its order."""
    return any(order.columns[0].key in index.columns for index in table(order.model).indexes)


def write_cursor(scope: tuple[object, ...], key: Sequence[Key]) -> str:
    """A cursor of the place after `key`, for queries of this scope."""
    text = _SEPARATOR.join([_seal(scope), *map(_written, key)])
    return urlsafe_b64encode(text.encode()).decode()


def read_cursor(
    after: str | Page[Any], scope: tuple[object, ...], order: Sequence[QueryableAttribute[Any]]
) -> list[Any]:
    """The key in a cursor, or in that of a page.

    Raises:
        InvalidCursor: it is not what `write_cursor` makes of a key in this scope.
    """
    cursor = cast("object", after.next if isinstance(after, Page) else after)
    if isinstance(cursor, str):
        with suppress(ValueError):  # not base64, not text, not that many keys, or not such keys
            _, *texts = urlsafe_b64decode(cursor).decode().split(_SEPARATOR)
            key = [_parse(column, text) for column, text in zip(order, texts, strict=True)]
            if cursor == write_cursor(scope, key):
                return key
    raise InvalidCursor


def _seal(scope: tuple[object, ...]) -> str:
    return blake2b(repr(scope).encode(), digest_size=8).hexdigest()


def _written(value: Key) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    for character, escape in _ESCAPES:
        text = text.replace(character, escape)
    return text


def _parse(column: QueryableAttribute[Any], text: str) -> Key:
    kind = column.type.python_type
    if not text and is_nullable(column):
        return None
    if kind is str:
        for character, escape in reversed(_ESCAPES):
            text = text.replace(escape, character)
        if "\0" in text:  # which PostgreSQL refuses
            raise ValueError(text)
        return text
    if kind is datetime:
        return to_utc(datetime.fromisoformat(text))
    if kind is date:
        return date.fromisoformat(text)
    number = int(text)
    if abs(number) > MAX_ID:
        raise ValueError(number)
    return number
