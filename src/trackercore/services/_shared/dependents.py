"""What the database deletes along with a row, by ON DELETE CASCADE: rows of ours and the host's.

A session does not hear of it. It would go on answering with the objects, and fail at the flush of
one that is changed. What refers to a study session, a goal or a timer goes with its topic too, and
a part with the first: of this the session hears only where the one in between is loaded.

Of a row that is expired, as by a savepoint that was rolled back, only the key is known. It stays if
it refers to the deleted one by other columns; the session reads it again before it answers with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import NamedTuple

from sqlalchemy import FromClause, Table, inspect
from sqlalchemy.exc import NoReferenceError
from sqlalchemy.orm import Mapper, Session, object_mapper

Columns = tuple[str, ...]


class _Reference(NamedTuple):
    """A foreign key with ON DELETE CASCADE, or several in a row.

    Attributes:
        target: the table that it refers to.
        columns: which columns of the target.
        own: the columns that have their values, in the same order.
    """

    target: FromClause
    columns: Columns
    own: Columns


def expunge_dependents(session: Session, deleted: Collection[object]) -> None:
    """Expunge what refers to rows that were deleted, what refers to that, and so on.

    Args:
        deleted: objects with the keys of the rows; they need not be in the session.
    """
    while deleted:
        deleted = list(_dependents(session, deleted))
        for row in deleted:
            if row in session:  # not expunged along with another one
                session.expunge(row)


def _dependents(session: Session, deleted: Collection[object]) -> Iterator[object]:
    keys: dict[_Reference, set[tuple[object, ...]]] = {}
    for row in session.identity_map.values():
        mapper = object_mapper(row)
        for reference in _references_of(mapper):
            if reference not in keys:
                keys[reference] = {
                    key
                    for gone in deleted
                    if reference.target in object_mapper(gone).tables
                    and None not in (key := _values(gone, reference.columns))  # NULL equals nothing
                }
            if keys[reference] and _values(row, reference.own) in keys[reference]:
                yield row
                break


def _values(row: object, columns: Columns) -> tuple[object, ...]:
    """Nothing is read for it: what is neither loaded nor in the key is None."""
    mapper = object_mapper(row)
    attributes, known = _attributes(mapper), _key(mapper, row) | vars(row)
    return tuple(known.get(attributes.get(name, "")) for name in columns)


def _key(mapper: Mapper[object], row: object) -> dict[str, object]:
    """The attributes of the primary key, which are known of an expired row too."""
    identity = inspect(row, raiseerr=True).identity or ()
    names = (mapper.get_property_by_column(column).key for column in mapper.primary_key)
    return dict(zip(names, identity, strict=False))  # a row that is not stored has none


@cache
def _attributes(mapper: Mapper[object]) -> dict[str, str]:
    """The attributes of a model by the names of their columns."""
    return {column.name: each.key for each in mapper.column_attrs for column in each.columns}


@cache
def _references_of(mapper: Mapper[object]) -> tuple[_Reference, ...]:
    return tuple(
        reference for table in mapper.tables for reference in _references(table, frozenset())
    )


def _references(table: FromClause, below: frozenset[str]) -> Iterator[_Reference]:
    if not isinstance(table, Table):  # a host may map a view or a subquery
        return
    for constraint in table.foreign_key_constraints:
        if (constraint.ondelete or "").upper() != "CASCADE":
            continue
        try:
            # A computed column is not in the ORM: its `info` says which one has the same values.
            own = {
                key.column.info.get("equals", key.column.name): key.parent.name
                for key in constraint.elements
            }
        except NoReferenceError:  # to a table that the host does not model
            continue
        target = constraint.referred_table
        yield _Reference(target, tuple(own), tuple(own.values()))
        if target.fullname in below:
            continue
        for further in _references(target, below | {table.fullname}):
            if own.keys() >= set(further.own):  # (user_id, habit_id) has the key of the user too
                columns = tuple(own[name] for name in further.own)
                yield _Reference(further.target, further.columns, columns)
