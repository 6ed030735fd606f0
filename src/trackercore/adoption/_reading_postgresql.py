"""Reading the values of old tables on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from itertools import count
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    FromClause,
    MetaData,
    Table,
    Text,
    Time,
    and_,
    case,
    cast,
    false,
    func,
    insert,
    literal,
    select,
)

from trackercore.adoption._reading import WHITE_SPACE, Condition, Value
from trackercore.types import BIG_ID, normal_email, text_key

_BATCH = 10_000


class PostgreSQLReader:
    """The columns have the types of their layout.

    PostgreSQL folds letters by its own rules. So Python makes the keys of all texts that are not
    ASCII, and stores them in temporary tables.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        is_unicode = encoding == "UTF8"
        self._white_space = "".join(c for c in WHITE_SPACE if is_unicode or c.isascii())
        self._numbers = count()

    def whole(self, value: Value, most: int) -> Condition:
        return value <= literal(most, BIG_ID)

    def flag(self, value: Value) -> Value:
        return value

    def text(self, value: Value) -> Value:
        return cast(value, Text)  # from an enumeration or a domain

    def trimmed(self, value: Value) -> Value:
        return func.nullif(func.btrim(self.text(value), self._white_space), "")

    def lower(self, text: Value) -> Value:
        return func.lower(text.collate("C"))

    def text_key(self, table: FromClause, text: Value) -> Value:
        return self._key(table, text, text_key)

    def email(self, table: FromClause, trimmed: Value) -> Value:
        return self._key(table, trimmed, normal_email)

    def instant(self, value: Value) -> Value:
        first, last = datetime(2, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
        if isinstance(value.type, Date):
            value = cast(value, DateTime)
        if not _has_zone(value):
            value = func.timezone("UTC", value)
        return case((and_(value >= first, value < last), value))

    def is_naive(self, value: Value) -> Condition:
        return false() if _has_zone(value) else self.instant(value).is_not(None)

    def is_midnight(self, instant: Value) -> Condition:
        return cast(func.timezone("UTC", instant), Time) == literal(time(), Time)

    def day(self, value: Value) -> Value:
        if _has_zone(value):
            value = func.timezone("UTC", value)
        day = cast(value, Date)
        return case((day.between(literal(date.min, Date), literal(date.max, Date)), day))

    def day_of(self, instant: Value) -> Value:
        return cast(func.timezone("UTC", instant), Date)

    def row(self, table: FromClause) -> Value:
        pairs: list[Any] = []
        for column in table.c:
            pairs += [cast(literal(column.name), Text), column]
        return func.json_build_object(*pairs)

    def _key(self, table: FromClause, text: Value, key: Callable[[str], str]) -> Value:
        """What Python makes of the texts of a table that are not ASCII, by the ids of their rows.

        PostgreSQL makes the others.
        """
        keys = Table(
            f"trackercore_keys_{next(self._numbers)}",
            MetaData(),
            Column("id", BIG_ID, primary_key=True, autoincrement=False),
            Column("key", Text),
            prefixes=["TEMPORARY"],
            postgresql_on_commit="DROP",
        )
        keys.create(self._connection)
        query = select(table.c.id, text).where(~_is_ascii(text))
        rows = self._connection.execute(query, execution_options={"yield_per": _BATCH})
        for part in rows.partitions():
            made = [{"id": row_id, "key": key(value)} for row_id, value in part]
            self._connection.execute(insert(keys), made)
        stored = select(keys.c.key).where(keys.c.id == table.c.id).scalar_subquery()
        return case((_is_ascii(text), _lower(text)), else_=stored)


def _is_ascii(text: Value) -> Condition:
    return ~text.regexp_match(r"[^\x01-\x7f]")


def _lower(text: Value) -> Value:
    """ASCII text in lower case."""
    # Back to the default collation, or comparisons with the result would use "C".
    return func.lower(text.collate("C")).collate("default")


def _has_zone(value: Value) -> bool:
    return isinstance(value.type, DateTime) and value.type.timezone
