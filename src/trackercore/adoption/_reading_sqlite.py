"""Reading the values of old tables on SQLite."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from sys import float_info
from typing import Any, cast

from sqlalchemy import Connection, FromClause, LargeBinary, Text, and_, case, func
from sqlalchemy import cast as sql_cast

from trackercore.adoption._reading import WHITE_SPACE, Condition, Value
from trackercore.errors import InvalidInput
from trackercore.types import name_key, normal_email, to_utc


class SQLiteReader:
    """Any value may turn up in any column. Python's own functions read texts and times."""

    def __init__(self, connection: Connection) -> None:
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        for function in (_text, _name_key, _email, _instant, _is_naive, _day):
            driver.create_function(f"trackercore{function.__name__}", 1, function)

    def whole(self, value: Value, most: int) -> Condition:
        return and_(func.typeof(value) == "integer", value <= most)

    def flag(self, value: Value) -> Value:
        return case((and_(func.typeof(value) == "integer", value.in_((0, 1))), value))

    def text(self, value: Value) -> Value:
        return func.trackercore_text(sql_cast(value, LargeBinary))

    def trimmed(self, value: Value) -> Value:
        text = func.trim(func.trackercore_text(_if_text(value)), WHITE_SPACE)
        return func.nullif(text, "")

    def lower(self, text: Value) -> Value:
        return func.lower(text)

    def name_key(self, trimmed: Value) -> Value:
        return func.trackercore_name_key(trimmed)

    def email(self, trimmed: Value) -> Value:
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


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _name_key(trimmed: str | None) -> str | None:
    return None if trimmed is None else name_key(trimmed)


def _email(trimmed: str | None) -> str | None:
    return None if trimmed is None else normal_email(trimmed)


def _time(value: bytes | None) -> datetime | None:
    text = _text(value)
    try:
        return None if text is None else datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _instant(value: bytes | None) -> str | None:
    found = _time(value)
    if found is None:
        return None
    try:
        utc = to_utc(found if found.utcoffset() is not None else found.replace(tzinfo=UTC))
    except (InvalidInput, OverflowError):
        return None
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds")  # as UtcDateTime stores it


def _is_naive(value: bytes | None) -> bool:
    found = _time(value)
    return found is not None and found.utcoffset() is None


def _day(value: bytes | None) -> str | None:
    found = _time(value)
    return None if found is None else found.date().isoformat()
