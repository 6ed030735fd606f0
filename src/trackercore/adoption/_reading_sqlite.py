"""Reading the values of old tables on SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from sys import float_info
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, FromClause, LargeBinary, Text, and_, case, func
from sqlalchemy import cast as sql_cast

from trackercore.adoption._reading import WHITE_SPACE, Condition, Value
from trackercore.errors import InstantOutOfRange
from trackercore.types import normal_email, text_key, to_utc

T = TypeVar("T")


class SQLiteReader:
    """Any column may hold any value. Python functions read texts and times."""

    def __init__(self, connection: Connection) -> None:
        encoding: str = connection.exec_driver_sql("PRAGMA encoding").scalar_one()
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        functions: dict[str, Callable[..., str | bool | None]] = {
            "text": partial(_text, encoding=encoding),
            "bytes": partial(_text, encoding="UTF-8"),
            "text_key": _if_given(text_key),
            "email": _if_given(normal_email),
            "instant": _of_text(_instant, encoding),
            "is_naive": _of_text(_is_naive, encoding),
            "day": _of_text(_day, encoding),
        }
        for name, function in functions.items():
            driver.create_function(f"trackercore_{name}", 1, function)

    def whole(self, value: Value, most: int) -> Condition:
        return and_(func.typeof(value) == "integer", value <= most)

    def flag(self, value: Value) -> Value:
        return case((and_(func.typeof(value) == "integer", value.in_((0, 1))), value))

    def text(self, value: Value) -> Value:
        return case(
            (func.typeof(value) == "blob", func.trackercore_bytes(value)),
            else_=func.trackercore_text(sql_cast(value, LargeBinary)),
        )

    def trimmed(self, value: Value) -> Value:
        text = func.trim(func.trackercore_text(_if_text(value)), WHITE_SPACE)
        return func.nullif(text, "")

    def lower(self, text: Value) -> Value:
        return func.lower(text)

    def text_key(self, table: FromClause, text: Value) -> Value:
        return func.trackercore_text_key(text)

    def email(self, table: FromClause, trimmed: Value) -> Value:
        return func.trackercore_email(trimmed)

    def instant(self, value: Value) -> Value:
        return func.trackercore_instant(_if_text(value))

    def is_naive(self, value: Value) -> Condition:
        return func.trackercore_is_naive(_if_text(value)) == 1

    def is_midnight(self, instant: Value) -> Condition:
        return func.substr(instant, 12) == "00:00:00.000000"

    def day(self, value: Value) -> Value:
        return func.trackercore_day(_if_text(value))

    def day_of(self, instant: Value) -> Value:
        return func.substr(instant, 1, 10)

    def row(self, table: FromClause) -> Value:
        pairs: list[Any] = []
        for column in table.c:
            # JSON has neither bytes nor infinities.
            kind = func.typeof(column)
            shown = case(
                (kind == "text", func.coalesce(self.text(column), func.hex(column))),
                (kind == "blob", func.hex(column)),
                (and_(kind == "real", func.abs(column) > float_info.max), sql_cast(column, Text)),
                else_=column,
            )
            pairs += [column.name, shown]
        return func.json_object(*pairs)


def _if_text(value: Value) -> Value:
    # As bytes: the driver cannot hand text to a function that is not UTF-8.
    return case((func.typeof(value) == "text", sql_cast(value, LargeBinary)))


def _text(value: bytes | None, encoding: str) -> str | None:
    try:
        return None if value is None else value.decode(encoding)
    except UnicodeDecodeError:
        return None


def _if_given(function: Callable[[str], T]) -> Callable[[str | None], T | None]:
    return lambda text: None if text is None else function(text)


def _of_text(function: Callable[[str], T], encoding: str) -> Callable[[bytes | None], T | None]:
    if_given = _if_given(function)
    return lambda value: if_given(_text(value, encoding))


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _instant(text: str) -> str | None:
    time = _time(text)
    if time is None:
        return None
    try:
        utc = to_utc(time if time.utcoffset() is not None else time.replace(tzinfo=UTC))
    except (InstantOutOfRange, OverflowError):
        return None
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds")  # as UtcDateTime stores it


def _is_naive(text: str) -> bool:
    time = _time(text)
    return time is not None and time.utcoffset() is None


def _day(text: str) -> str | None:
    time = _time(text)
    return None if time is None else time.date().isoformat()
