"""What the rules for several old tables have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import FromClause, Table, and_, cast, func, literal, not_, null, or_

from trackercore.adoption._legacy import LAYOUTS
from trackercore.adoption._reading import Condition, Reader, Value
from trackercore.adoption._transfer import Rule, is_usable
from trackercore.models import Base
from trackercore.types import UtcDateTime

WEEK_STARTS_ON = 1
"""The week start of FocusFlow's users: Monday."""

NEW: Mapping[str, Table] = Base.metadata.tables
"""The new tables, by name."""


@dataclass(frozen=True)
class Old:
    """The old tables, and what else the rules need.

    Attributes:
        tables: by the names they had before they were renamed.
        reader: for their values.
        now: the time of adoption.
        owner_id: the owner of the topics and sessions.
    """

    tables: Mapping[str, FromClause]
    reader: Reader
    now: datetime
    owner_id: int | None = None

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
        raw = old.value(table, "created_at")
        instant = old.reader.instant(raw)
        now = literal(old.now, UtcDateTime())
        return cls(
            values={"created_at": func.coalesce(instant, now), "updated_at": now},
            instant=instant,
            naive=and_(instant.is_not(None), old.reader.is_naive(raw)),
            replaced=[
                Rule("created_at set to the time of adoption", raw.is_(None)),
                Rule("created_at could not be read", is_unreadable(raw, instant), lossy=True),
            ],
        )

    def corrected(self, other_naive: Condition | None = None) -> list[Rule]:
        naive = self.naive if other_naive is None else or_(self.naive, other_naive)
        return [Rule("naive times read as UTC", naive), *self.replaced]


@dataclass(frozen=True)
class Owned:
    """What tables with a user_id have in common."""

    table: FromClause
    source: FromClause
    values: Mapping[str, Value]
    rejected: list[Rule]

    @classmethod
    def of(cls, old: Old, name: str) -> Owned:
        table = old.tables[name]
        old_users, new_users = old.tables["users"].alias(), NEW["users"].alias()
        return cls(
            table=table,
            source=table.outerjoin(old_users, old_users.c.id == table.c.user_id).outerjoin(
                new_users, new_users.c.id == table.c.user_id
            ),
            values={"id": table.c.id, "user_id": table.c.user_id},
            rejected=[
                no_usable_id(old, table),
                Rule("no owner", table.c.user_id.is_(None)),
                Rule("its user does not exist", old_users.c.id.is_(None)),
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
