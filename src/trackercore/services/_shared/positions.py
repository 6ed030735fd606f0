"""The order that users give their rows: by position, then by id.

A row that is moved gets a position between those of its new neighbours, so that one row is written.
Where there is no room, all rows of the user are numbered again, far apart.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Update,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from trackercore.errors import NotExactlyOne, NotFound
from trackercore.models import Habit, Task
from trackercore.models.base import new_position
from trackercore.services._shared import owned_rows
from trackercore.types import BIG_ID, UtcDateTime, utc_now

RowT = TypeVar("RowT", Task, Habit)

STEP = 2**20
"""Between rows that are numbered again: room for twenty moves to the same place, and all of a
user's rows stay before new ones, whose position is the time."""
MIN_POSITION = -(2**53)
"""The first that JavaScript's numbers hold; the time does not come near the last."""


class Place(NamedTuple):
    """Right before or right after another row."""

    neighbour_id: int
    is_before: bool

    @classmethod
    def given(cls, before: int | None, after: int | None) -> Place:
        """The place that one of two arguments says.

        Raises:
            NotExactlyOne: both or neither are given.
        """
        if before is not None and after is None:
            return cls(before, True)
        if after is not None and before is None:
            return cls(after, False)
        raise NotExactlyOne(("before", "after"))


class _Spot(NamedTuple):
    """A row in the order."""

    id: int
    position: int


def move_next_to(
    session: Session,
    model: type[RowT],
    user_id: int,
    row_id: int,
    place: Place,
    lists: tuple[ColumnElement[bool], ...] = (),
) -> RowT:
    """Move a row; the caller has made sure that nobody else moves rows of the user meanwhile.

    Args:
        lists: conditions that part the rows into those that an index has in order; none if it does
            not matter.

    Raises:
        NotFound: the user has no such row, or none at the place.
    """
    owned_rows.check_id(model, place.neighbour_id)
    row = owned_rows.get(session, model, user_id, row_id, lock="change")
    neighbour, other = _neighbours(session, model, user_id, place, lists)
    if row_id == neighbour.id or (other is not None and row_id == other.id):
        return row
    position = _between(neighbour, other, place)
    if position is None:
        _number_again(session, model, user_id)
        return move_next_to(session, model, user_id, row_id, place, lists)
    row.position = position
    session.flush()
    return row


def _between(neighbour: _Spot, other: _Spot | None, place: Place) -> int | None:
    """A position at a place; None if there is no room."""
    if other is not None:
        middle = (neighbour.position + other.position) // 2
        return None if middle in (neighbour.position, other.position) else middle
    if place.is_before:
        first = neighbour.position - STEP
        return None if first < MIN_POSITION else first
    return max(new_position(), neighbour.position + 1)


def _neighbours(
    session: Session,
    model: type[Task | Habit],
    user_id: int,
    place: Place,
    lists: tuple[ColumnElement[bool], ...],
) -> tuple[_Spot, _Spot | None]:
    """The row at a place, and the one on the other side of the place, if there is one."""
    rows = owned_rows.table(model)
    connection = owned_rows.connection(session)
    key = {"owner": user_id, "neighbour": place.neighbour_id}
    own = rows.c.user_id == owned_rows.OWNER
    query = select(rows.c.id, rows.c.position).where(own, rows.c.id == bindparam("neighbour"))
    neighbour = connection.execute(query, key).first()
    if neighbour is None:
        raise NotFound(owned_rows.entity(model), place.neighbour_id)
    spot = _Spot(*neighbour)
    values = {"owner": user_id, "id": spot.id, "position": spot.position}
    other = connection.execute(_next(model, place.is_before, lists), values).first()
    return spot, None if other is None else _Spot(*other)


@cache
def _next(
    model: type[Task | Habit], is_before: bool, lists: tuple[ColumnElement[bool], ...]
) -> Select[*tuple[Any, ...]]:
    """The first row beyond a spot, in one direction."""
    rows = owned_rows.table(model)
    order = rows.c.position, rows.c.id
    spot = tuple_(bindparam("position", type_=BIG_ID), bindparam("id", type_=BIG_ID))
    beyond = tuple_(*order) < spot if is_before else tuple_(*order) > spot

    def first_of(source: FromClause, *conditions: ColumnElement[bool]) -> Select[int, int]:
        columns = source.c.position, source.c.id
        sorted_by = [column.desc() if is_before else column for column in columns]
        return (
            select(source.c.id, source.c.position).where(*conditions).order_by(*sorted_by).limit(1)
        )

    own = rows.c.user_id == owned_rows.OWNER
    if not lists:
        return first_of(rows, own, beyond)
    parts = (first_of(rows, own, one, beyond).subquery() for one in lists)
    return first_of(union_all(*map(select, parts)).subquery())


def _number_again(session: Session, model: type[Task | Habit], user_id: int) -> None:
    """Give all rows of a user positions that are far apart, in the order that they have."""
    now = utc_now()
    connection = owned_rows.connection(session)
    query = _renumbering(model)
    values = {"owner": user_id, "now": now}
    if not owned_rows.holds(session, model):
        connection.execute(query, values)
        return
    rows = owned_rows.table(model)
    for row in connection.execute(query.returning(rows.c.id, rows.c.position), values).all():
        owned_rows.sync(session, model, (user_id, row.id), position=row.position, updated_at=now)


@cache
def _renumbering(model: type[Task | Habit]) -> Update:
    rows = owned_rows.table(model)
    order = func.row_number().over(
        partition_by=rows.c.user_id, order_by=(rows.c.position, rows.c.id)
    )
    new = (
        select(rows.c.id, (order * literal_column(str(STEP), BIG_ID)).label("position"))
        .where(rows.c.user_id == owned_rows.OWNER)
        .subquery()
    )
    return (
        update(rows)
        .where(rows.c.user_id == owned_rows.OWNER, rows.c.id == new.c.id)
        .values(position=new.c.position, updated_at=bindparam("now", type_=UtcDateTime))
    )
