"""SQL functions that each database spells in its own way, with the same results."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Date, Integer, bindparam, literal, literal_column, select

from trackercore.backends import BACKENDS
from trackercore.backends.functions import (
    BackendFunction,
    JsonArray,
    Ordinal,
    ShiftedDate,
    UnitStart,
    json_columns_of,
    json_rows_of,
)

DAYS = [date.min, date(1900, 2, 28), date(2024, 2, 29), date(2026, 5, 4), date.max]

_day = bindparam("day", type_=Date)


def test_every_backend_spells_every_function() -> None:
    functions = cast("list[type[BackendFunction[Any]]]", BackendFunction.__subclasses__())
    names = {function.name for function in functions}
    for backend in BACKENDS.values():
        assert backend.functions.keys() == names


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_an_ordinal_is_that_of_python(connection: Connection, day: date) -> None:
    assert connection.scalar(select(Ordinal(_day)), {"day": day}) == day.toordinal()


@pytest.mark.parametrize("days", [-400, -1, 0, 1, 400])
def test_a_date_is_shifted_by_days(connection: Connection, days: int) -> None:
    query = select(ShiftedDate(_day, bindparam("days", type_=Integer)))
    shifted = connection.scalar(query, {"day": date(2024, 2, 29), "days": days})
    assert shifted == date(2024, 2, 29) + timedelta(days)


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("unit", ["month", "year"])
def test_a_unit_starts_on_its_first_day(connection: Connection, unit: str, day: date) -> None:
    start = connection.scalar(select(UnitStart(_day, literal_column(f"'{unit}'"))), {"day": day})
    assert start == (day.replace(day=1) if unit == "month" else day.replace(month=1, day=1))


def test_rows_and_columns_come_as_json(connection: Connection) -> None:
    one = select(literal(1, Integer).label("number"), literal("a").label("text"))
    two = select(literal(2, Integer).label("number"), literal("b").label("text"))
    rows = one.union_all(two).subquery()
    query = select(rows).order_by(rows.c.number.desc())
    assert connection.scalar(select(json_rows_of(query))) == [[2, "b"], [1, "a"]]
    assert connection.scalar(select(json_columns_of(query))) == [[2, 1], ["b", "a"]]
    assert connection.scalar(select(JsonArray(literal(1, Integer)))) == [1]
