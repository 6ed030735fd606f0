"""Reading the values of old tables in SQL, where each database has to be asked differently."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause

Value = ColumnElement[Any]
Condition = ColumnElement[bool]

WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What str.strip() takes away."""


class Reader(Protocol):
    """What can be asked of an old value; NULL stands for what cannot be read."""

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

    def name_key(self, trimmed: Value) -> Value:
        """`types.name_key`."""
        ...

    def email(self, trimmed: Value) -> Value:
        """`types.normal_email`."""
        ...

    def instant(self, value: Value) -> Value:
        """An instant in UTC, which is what naive times are taken for."""
        ...

    def is_naive(self, value: Value) -> Condition:
        """Whether a readable time says nothing of its time zone."""
        ...

    def is_midnight(self, instant: Value) -> Condition:
        """Whether an instant is the beginning of a day in UTC."""
        ...

    def day(self, value: Value) -> Value:
        """The day of a date or a time, as it is written."""
        ...

    def day_of(self, instant: Value) -> Value:
        """The day of an instant in UTC."""
        ...

    def row(self, table: FromClause) -> Value:
        """The row as JSON."""
        ...
