"""Columns and indexes of one type each, also where they are empty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import pandas as pd


def days(days: Iterable[date], name: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(days), dtype="datetime64[s]", name=name)


def integers(numbers: Iterable[int]) -> pd.Series[int]:
    return pd.Series(list(numbers), dtype="int64")


def names(names: Iterable[str]) -> pd.Categorical:
    return pd.Categorical(pd.array(list(names), dtype="string"))


def instants(moments: Iterable[datetime | None]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(list(moments), dtype="datetime64[us, UTC]")
