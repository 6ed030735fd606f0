"""Frames, and columns of one type each, also where there are no rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, get_args

import pandas as pd

from trackercore.domain.timed import whole_minutes

Columns = Mapping[str, tuple[str, Callable[[list[Any]], Any]]]
"""By name, the attribute of the rows that is in the column, and what makes the column of it."""


def frame(rows: Sequence[object], columns: Columns, index: pd.Index[Any]) -> pd.DataFrame:
    """A frame with a row for each row or result of a service."""
    data = {
        name: column([getattr(row, attribute) for row in rows])
        for name, (attribute, column) in columns.items()
    }
    return pd.DataFrame(data).set_index(index)


def days(days: Iterable[date], name: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(days), dtype="datetime64[s]", name=name)


def integers(numbers: Iterable[int]) -> pd.Series[int]:
    return pd.Series(list(numbers), dtype="int64")


def floats(numbers: Iterable[Decimal | float | None]) -> pd.Series[float]:
    """A column in which NaN stands for None."""
    return pd.Series(list(numbers), dtype="float64")


def minutes(seconds: Iterable[int]) -> pd.Series[int]:
    return integers(map(whole_minutes, seconds))


def integers_or_missing(numbers: list[int | None]) -> Any:
    return pd.array(numbers, dtype="Int64")


def flags_or_missing(flags: list[bool | None]) -> Any:
    return pd.array(flags, dtype="boolean")


def flags(flags: Iterable[bool]) -> pd.Series[bool]:
    return pd.Series(list(flags), dtype="bool")


def days_or_missing(days: Iterable[date | None]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(days), dtype="datetime64[s]")


def texts(texts: list[str | None]) -> Any:
    return pd.array(texts, dtype="string")


def names(names: list[str | None]) -> pd.Categorical:
    return pd.Categorical(texts(names))


def lists(lists: Iterable[tuple[str, ...]]) -> Any:
    """A column of tuples, for `explode`."""
    return pd.Series(list(lists), dtype="object")


def one_of(literal: object) -> Callable[[list[Any]], pd.Categorical]:
    """A column of categories, which are the values of a `Literal`."""
    return lambda values: pd.Categorical(values, categories=get_args(literal))


def instants(instants: Iterable[datetime | None]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(instants), dtype="datetime64[us, UTC]")
