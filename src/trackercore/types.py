"""Column types, and the text keys by which names and addresses are compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from json import loads
from typing import Annotated, Any, cast

from sqlalchemy import BigInteger, Date, DateTime, Identity, Integer, SmallInteger, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from trackercore.domain.amount import amount_of, thousandths
from trackercore.domain.calendar import FIRST_INSTANT, LAST_INSTANT
from trackercore.domain.extra import ReadOnlyDict, extra_of, text_of
from trackercore.domain.subtask_progress import SubtaskProgress
from trackercore.errors import InstantOutOfRange, NaiveDatetime, NotFound

BIG_ID = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits everywhere: SQLite's INTEGER PRIMARY KEY is its 64-bit row id."""

RowId = Annotated[int, mapped_column(BIG_ID, Identity(), autoincrement=True, sort_order=-2)]
"""An id that the database gives out. It becomes a primary key in `__table_args__`."""

KeyId = Annotated[int, mapped_column(BIG_ID, primary_key=True, autoincrement=False)]
"""The id of another row, as a part of the primary key."""

TEXT_KEY = Text().with_variant(Text(collation="C"), "postgresql")
"""What `text_key` returns, sorted by code points on both databases."""

MAX_ID = 2**63 - 1


def check_row_id(entity: str, row_id: int) -> int:
    """Check that the id of a row can exist, and return it.

    Args:
        entity: what messages call such a row.
        row_id: the id.

    Raises:
        NotFound: it cannot; a query for it would overflow the database's integers.
        TypeError: it is not an int.
    """
    if not isinstance(cast("object", row_id), int):
        raise TypeError(f"{entity} id must be an int, not {type(row_id).__name__}")
    if type(row_id) is not int or not 1 <= row_id <= MAX_ID:
        raise NotFound(entity, row_id)
    return row_id


def to_utc(value: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        NaiveDatetime: the value names no instant.
        InstantOutOfRange: it lies outside years 2 to 9998.
    """
    utc = value.tzinfo is UTC
    if not utc and value.utcoffset() is None:
        raise NaiveDatetime(value)
    if not FIRST_INSTANT <= value < LAST_INSTANT:
        raise InstantOutOfRange(value)
    return value if utc else value.astimezone(UTC)


def nearest_instant(instant: datetime) -> datetime:
    """The instant, or the first or last one that can be stored."""
    return min(max(instant, FIRST_INSTANT), LAST_INSTANT - datetime.resolution)


def utc_now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def normal_email(email: str) -> str:
    """An address as it is stored: in lower case, and composed where Unicode leaves a choice."""
    return unicodedata.normalize("NFC", email.lower())


def text_key(text: str) -> str:
    """What makes two texts the same: equal but for letter case and Unicode composition.

    Kept in a column of its own because the databases fold case differently, and SQLite only
    ASCII (Unicode Standard, section 3.13, "Default Caseless Matching", canonical).
    """
    if text.isascii():  # the quick way for most texts
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text).casefold()
    return unicodedata.normalize("NFC", decomposed)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: refuses naive values, stores UTC, returns aware UTC on every database."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    @property
    def python_type(self) -> type[datetime]:
        """What its values are."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC before the value is stored."""
        return None if value is None else to_utc(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return UTC, whatever the driver and the session's time zone are."""
        # A function of our own, as lists have thousands of them, and many NULLs:
        # process_result_value would be called for each in two steps. So is `combine`: `replace`
        # takes three times as long.
        read = self.impl_instance.result_processor(dialect, coltype)

        def utc(value: Any) -> datetime | None:
            if value is None:
                return None
            instant: Any = value if read is None else read(value)
            if instant.tzinfo is None:
                return datetime.combine(instant, instant.time(), UTC)
            in_utc: datetime = instant.astimezone(UTC)
            return in_utc

        return utc


class LocalDay(TypeDecorator[date]):
    """A date in a query. A datetime is refused: databases would compare it in other ways."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Date()
    cache_ok: bool | None = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date:
        """Refuse anything but a date."""
        if type(value) is not date:
            raise TypeError(f"expected a date, such as users.today(...), not {value!r}")
        return value


class HiddenText(str):
    """Text that its repr does not show, nor do logs and error messages."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


class SecretString(TypeDecorator[str]):
    """Text whose value stays out of SQLAlchemy's statement logs and error messages."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String(255)
    cache_ok: bool | None = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Hide the value where the statement's parameters are printed."""
        if value is None:
            return None
        if not isinstance(cast("object", value), str):  # bcrypt makes bytes, and str() their repr
            raise TypeError(f"{type(value).__name__} given where text is expected")
        return HiddenText(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Hide the value where the row is printed, as in SQLAlchemy's log at DEBUG."""
        return None if value is None else HiddenText(value)


class Thousandths(TypeDecorator[Decimal]):
    """An amount with up to three decimals, stored as an integer number of thousandths.

    Both databases keep it exactly, and sums of it.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Integer()
    cache_ok: bool | None = True

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> int | None:
        """Convert the amount to thousandths."""
        return None if value is None else thousandths(exact(value))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        """Convert thousandths to the amount, without zeros at its end."""
        return None if value is None else amount_of(int(value))


def exact(value: Decimal | int) -> Decimal | int:
    """The amount.

    Raises:
        TypeError: it is of a type that is not exact, such as a float, or is no number.
    """
    if isinstance(value, bool) or not isinstance(cast("object", value), Decimal | int):
        raise TypeError(f"expected an int or a Decimal, not {value!r}")
    return value


class Weekdays(TypeDecorator[frozenset[int]]):
    """A set of ISO weekdays, stored as a number whose lowest bit is Monday's."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = SmallInteger()
    cache_ok: bool | None = True

    def process_bind_param(self, value: Iterable[int] | None, dialect: Dialect) -> int | None:
        """Convert the set to a number."""
        return None if value is None else sum(1 << (weekday - 1) for weekday in set(value))

    def process_result_value(self, value: int | None, dialect: Dialect) -> frozenset[int] | None:
        """Convert the number to a set."""
        return None if value is None else weekdays_of(value)


def weekdays_of(number: int | None) -> frozenset[int]:
    """The ISO weekdays in a number as `Weekdays` stores it; none if there is no number."""
    return frozenset(weekday for weekday in range(1, 8) if (number or 0) >> (weekday - 1) & 1)


class JsonObject(TypeDecorator[Mapping[str, object]]):
    """A JSON object, stored as text.

    PostgreSQL's json has no equality, so that SELECT DISTINCT would fail; its jsonb changes numbers
    and the order of keys.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text()
    cache_ok: bool | None = True

    def process_bind_param(
        self, value: Mapping[str, object] | None, dialect: Dialect
    ) -> str | None:
        """Convert the object to text."""
        return None if value is None else text_of(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> ReadOnlyDict | None:
        """Convert the text to an object."""
        return None if value is None else extra_of(value)

    def compare_values(self, x: Any, y: Any) -> bool:
        """Whether two objects are the same, also by the types of what is in them."""
        return text_of(x) == text_of(y)


class NamesOfTags(TypeDecorator[tuple[str, ...]]):
    """The names of a row's tags, selected as a JSON array, in the order of their text keys."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text()
    cache_ok: bool | None = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        """Sort the names: not every version of SQLite sorts in an aggregate."""
        return () if value is None else tuple(sorted(loads(value), key=text_key))


class ProgressOfSubtasks(TypeDecorator[SubtaskProgress]):
    """How many subtasks there are and are done, selected as `done/all`."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text()
    cache_ok: bool | None = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> SubtaskProgress | None:
        """Split the numbers."""
        return None if value is None else SubtaskProgress(*map(int, value.split("/")))
