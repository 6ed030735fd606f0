"""Reading the values of old tables on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Date,
    DateTime,
    FromClause,
    MetaData,
    Select,
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
    union_all,
)
from sqlalchemy.types import TypeEngine

from trackercore.adoption._reading import WHITE_SPACE, Condition, Value
from trackercore.types import BIG_ID, TEXT_SEPARATOR, name_key, normal_email, search_key

_BATCH = 10_000
_LONGEST_KEY = 600  # an index entry of PostgreSQL has 2704 bytes; longer texts are refused anyway
_NOT_PLAIN = r"[^\x01-\x1e\x20-\x7f]"  # other than ASCII, or TEXT_SEPARATOR


class PostgreSQLReader:
    """The columns have the types of their layout.

    PostgreSQL folds letters by its own rules. So Python makes the keys of all texts that are not
    ASCII, and stores them in temporary tables.
    """

    def __init__(
        self, connection: Connection, emails: Sequence[Value], names: Sequence[Value]
    ) -> None:
        """Store the keys of these texts, for `email` and `name_key`."""
        self._connection = connection
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        is_unicode = encoding == "UTF8"
        self._white_space = "".join(c for c in WHITE_SPACE if is_unicode or c.isascii())
        self._emails = _keys("trackercore_email_keys", "text", Text())
        self._names = _keys("trackercore_name_keys", "text", Text())
        for keys, values, key in (
            (self._emails, emails, normal_email),
            (self._names, names, name_key),
        ):
            texts = [select(self.trimmed(value).label("text")) for value in values]
            if not texts:
                continue
            all_ = union_all(*texts).subquery()
            unusual = and_(~_is_ascii(all_.c.text), func.length(all_.c.text) <= _LONGEST_KEY)
            query = select(all_.c.text, all_.c.text).where(unusual).distinct()
            self._store(keys, query, key)

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

    def name_key(self, trimmed: Value) -> Value:
        return _key(self._names, trimmed)

    def search_key(self, table: FromClause, title: Value, description: Value) -> Value:
        keys = _keys("trackercore_search_keys", "id", BIG_ID)
        unusual = func.concat(title, description).regexp_match(_NOT_PLAIN)
        self._store(keys, select(table.c.id, title, description).where(unusual), search_key)
        stored = select(keys.c.key).where(keys.c.id == table.c.id).scalar_subquery()
        return func.coalesce(stored, _lower(func.concat_ws(TEXT_SEPARATOR, title, description)))

    def email(self, trimmed: Value) -> Value:
        return _key(self._emails, trimmed)

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

    def _store(self, keys: Table, query: Select[*tuple[Any, ...]], key: Callable[..., str]) -> None:
        """Make the keys of a query's rows, by their first column, from the others."""
        keys.create(self._connection)
        (of,) = keys.primary_key
        rows = self._connection.execute(query, execution_options={"yield_per": _BATCH})
        for part in rows.partitions():
            made = [{of.name: value, "key": key(*texts)} for value, *texts in part]
            self._connection.execute(insert(keys), made)


def _keys(name: str, of: str, type_: TypeEngine[Any]) -> Table:
    return Table(
        name,
        MetaData(),
        Column(of, type_, primary_key=True, autoincrement=False),
        Column("key", Text),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _is_ascii(text: Value) -> Condition:
    return ~text.regexp_match(r"[^\x01-\x7f]")


def _key(keys: Table, trimmed: Value) -> Value:
    stored = select(keys.c.key).where(keys.c.text == trimmed).scalar_subquery()
    return case((_is_ascii(trimmed), _lower(trimmed)), else_=stored)


def _lower(text: Value) -> Value:
    """ASCII text in lower case."""
    # Back to the default collation, or comparisons with the result would use "C".
    return func.lower(text.collate("C")).collate("default")


def _has_zone(value: Value) -> bool:
    return isinstance(value.type, DateTime) and value.type.timezone
