"""What the rules for several old tables have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    FromClause,
    Table,
    and_,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
)

from trackercore.adoption._legacy import LAYOUTS
from trackercore.adoption._reading import Condition, Reader, Value
from trackercore.adoption._transfer import Rule, is_usable
from trackercore.models import Base
from trackercore.types import BIG_ID, UtcDateTime

WEEK_STARTS_ON = 1
"""The week start of FocusFlow's users: Monday."""

NEW: Mapping[str, Table] = Base.metadata.tables
"""The new tables, by name."""


NO_ROWS = (
    select(*(literal(0, BIG_ID).label(name) for name in ("id", "user_id", "topic_id")))
    .where(false())
    .subquery()
)
"""Stands for a table that is not there."""


@dataclass(frozen=True)
class Old:
    """The old tables, and what else the rules need.

    Attributes:
        tables: by the names they had before they were renamed.
        reader: for their values.
        now: the time of adoption.
        owner_id: the owner of the topics and sessions that have none.
    """

    tables: Mapping[str, FromClause]
    reader: Reader
    now: datetime
    owner_id: int | None = None

    def get(self, table: str) -> FromClause:
        """A table; one without rows if there is none of this name."""
        return self.tables.get(table, NO_ROWS)

    def value(self, table: str, column: str) -> Value:
        """A column; NULL if the table has none of this name."""
        columns = self.tables[table].c
        if column in columns:
            return columns[column]
        kind = LAYOUTS[table].optional[column]
        return cast(null(), kind[0] if isinstance(kind, tuple) else kind)


@dataclass(frozen=True)
class Created:
    """When the rows of a table were created and changed, and the corrections."""

    values: Mapping[str, Value]
    instant: Value
    naive: Condition
    replaced: list[Rule]

    @classmethod
    def of(cls, old: Old, table: str) -> Created:
        read, now = old.reader, literal(old.now, UtcDateTime())
        raw, raw_updated = old.value(table, "created_at"), old.value(table, "updated_at")
        instant, updated = read.instant(raw), read.instant(raw_updated)
        unreadable_update = is_unreadable(raw_updated, updated)
        return cls(
            values={
                "created_at": func.coalesce(instant, now),
                "updated_at": func.coalesce(updated, now),
            },
            instant=instant,
            naive=or_(
                and_(instant.is_not(None), read.is_naive(raw)),
                and_(updated.is_not(None), read.is_naive(raw_updated)),
            ),
            replaced=[
                Rule("created_at set to the time of adoption", raw.is_(None)),
                Rule("created_at could not be read", is_unreadable(raw, instant), lossy=True),
                Rule("updated_at could not be read", unreadable_update, lossy=True),
            ],
        )

    def corrected(self, *others_naive: Condition) -> list[Rule]:
        return [Rule("naive times read as UTC", or_(self.naive, *others_naive)), *self.replaced]


@dataclass(frozen=True)
class Owned:
    """What tables with a user_id have in common.

    Attributes:
        table: the old table.
        source: the table, joined with its users.
        user_id: of the owner who was kept.
        values: the new id and user_id.
        rejected: rows without such an owner.
    """

    table: FromClause
    source: FromClause
    user_id: Value
    values: Mapping[str, Value]
    rejected: list[Rule]

    @classmethod
    def of(cls, old: Old, name: str, source: FromClause | None = None, *otherwise: Value) -> Owned:
        """Find the owners.

        Args:
            old: the old tables.
            name: of the table.
            source: the table, if it is joined with something already.
            otherwise: who owns a row without a user, the first that is not NULL.
        """
        table = old.tables[name]
        own = old.value(name, "user_id")
        owner = func.coalesce(own, *otherwise) if otherwise else own
        old_users, new_users = old.get("users").alias(), NEW["users"].alias()
        return cls(
            table=table,
            source=(table if source is None else source)
            .outerjoin(old_users, old_users.c.id == own)
            .outerjoin(new_users, new_users.c.id == owner),
            user_id=new_users.c.id,
            values={"id": table.c.id, "user_id": new_users.c.id},
            rejected=[
                Rule("no owner", owner.is_(None)),
                Rule("its user does not exist", and_(own.is_not(None), old_users.c.id.is_(None))),
                Rule("its user was rejected", new_users.c.id.is_(None)),
            ],
        )


def no_usable_id(old: Old, table: FromClause) -> Rule:
    """The id cannot be kept."""
    return Rule("no usable id", not_(is_usable(old.reader, table.c.id)))


def bad_name(name: Value, most: int, what: str = "name") -> list[Rule]:
    return [Rule(f"no {what}", name.is_(None)), Rule(f"{what} too long", func.length(name) > most)]


def unreadable(column: str, raw: Value, value: Value) -> Rule:
    return Rule(f"{column} cannot be read", is_unreadable(raw, value))


def is_unreadable(raw: Value, value: Value) -> Condition:
    """Whether there is a value that the reader cannot read."""
    return and_(raw.is_not(None), value.is_(None))
