"""Reading the values of old tables in SQL, which differs by database."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause

Value = ColumnElement[Any]
Condition = ColumnElement[bool]

WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""The characters that str.strip() removes."""


class Reader(Protocol):
    """Expressions on an old value; NULL is a value that cannot be read."""

    def whole(self, value: Value, most: int) -> Condition:
        """Whether it is a whole number, up to `most`."""
        ...

    def flag(self, value: Value) -> Value:
        """A Boolean."""
        ...

    def text(self, value: Value) -> Value:
        """Text, also if it was stored as bytes or as a number."""
        ...

    def trimmed(self, value: Value) -> Value:
        """Text without the white space around it; NULL if that leaves nothing."""
        ...

    def lower(self, text: Value) -> Value:
        """Text with its ASCII letters in lower case."""
        ...

    def text_key(self, table: FromClause, text: Value) -> Value:
        """`types.text_key` of a text, which may be NULL, in a table with an id."""
        ...

    def email(self, table: FromClause, trimmed: Value) -> Value:
        """`types.normal_email`."""
        ...

    def instant(self, value: Value) -> Value:
        """An instant in UTC; naive times are read as UTC."""
        ...

    def is_naive(self, value: Value) -> Condition:
        """Whether it is a readable time without a time zone."""
        ...

    def is_midnight(self, instant: Value) -> Condition:
        """Whether an instant is the beginning of a day in UTC."""
        ...

    def day(self, value: Value) -> Value:
        """The day of a date or of a time, in the zone it is written in."""
        ...

    def day_of(self, instant: Value) -> Value:
        """The day of an instant in UTC."""
        ...

    def row(self, table: FromClause) -> Value:
        """The row as JSON."""
        ...
