"""SQL for the day, week, month or year that a date column lies in, and the days that these have.

The column is a local day already, so no time zone takes part. The rule is that of
`domain.calendar.bucket`; in both, the first week starts at the first date that Python has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, literal_column

from trackercore.backends.functions import Ordinal, UnitStart
from trackercore.domain.calendar import UNITS, Unit, bucket, buckets

AnyRow = Row[*tuple[Any, ...]]

# Literals: PostgreSQL takes expressions with parameters in SELECT and GROUP BY for different ones.
_WEEK = literal_column("7", Integer)


def key_of(
    unit: Unit, day: ColumnElement[date], week_starts_on: ColumnElement[int]
) -> ColumnElement[Any]:
    """A value that is the same for all days of a unit, and grows with the units; see `days_of`.

    A week's is its number in `UNITS`: to make a date of it for every row would take as long as to
    read them.
    """
    if unit == "day":
        return day
    if unit == "week":
        # SQL rounds to 0: the weeks are counted up by one until they are divided.
        return (Ordinal(day) + _WEEK - week_starts_on) // _WEEK - literal_column("1", Integer)
    return UnitStart(day, literal_column(f"'{unit}'"))


def days_of(unit: Unit, key: Any, week_starts_on: int) -> tuple[date, date]:
    """First and last day of the unit with this key."""
    if unit == "week":
        return UNITS["week"].days(key, week_starts_on)
    return bucket(unit, key)


def by_unit(
    unit: Unit, days: tuple[date, date], rows: Sequence[AnyRow], *, fill: bool
) -> Iterator[tuple[date, date, AnyRow | None]]:
    """The units of a report in order: first and last day, and the row that sums it up.

    Args:
        unit: how long they are.
        days: the first and the last day of the report.
        rows: one at least, each with the owner's `week_starts_on`; its `key` is None if there is
            nothing to sum up.
        fill: also the units without a row.
    """
    week_starts_on = rows[0].week_starts_on
    summed = {days_of(unit, row.key, week_starts_on): row for row in rows if row.key is not None}
    spans = buckets(unit, *days, week_starts_on) if fill else sorted(summed)
    for span in spans:
        yield *span, summed.get(span)
