"""Checks of the arguments of rules.

Each function returns the value. A value of a wrong type is a `TypeError`, any other wrong one a
`ValueError`.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from numbers import Integral
from typing import TypeVar, cast

from trackercore.domain.amount import thousandths
from trackercore.domain.calendar import FIRST_INSTANT, LAST_INSTANT

WordT = TypeVar("WordT", bound=str)


def as_day(value: object, what: str) -> date:
    """A date that is not a datetime, which does not say whose day it is."""
    if isinstance(value, datetime):
        raise TypeError(f"{what}: {value!r} is an instant, and no day: {_how_to_get_a_day(value)}")
    if not isinstance(value, date):
        raise TypeError(f"{what}: expected a date, not {value!r}")
    return value


def _how_to_get_a_day(value: datetime) -> str:
    if value.utcoffset() is None:
        return (
            "local_day says on which day it falls for somebody, once it has the time zone that its "
            "database stores, as in local_day(value.replace(tzinfo=UTC), 'Europe/Berlin')"
        )
    return "local_day(value, 'Europe/Berlin') says on which day it falls for somebody in Berlin"


def as_range(start: object, end: object) -> tuple[date, date]:
    """Two days, the first not later than the second."""
    first, last = as_day(start, "start"), as_day(end, "end")
    if first > last:
        raise ValueError(f"start {first} is after end {last}")
    return first, last


def as_instant(value: object, what: str) -> datetime:
    """An aware datetime, in UTC."""
    if not isinstance(value, datetime):
        raise TypeError(f"{what}: expected an aware datetime, not {value!r}")
    if value.utcoffset() is None:
        raise ValueError(
            f"{what}: {value!r} is naive, so it is no instant yet: give it the time zone that its "
            "database stores, as in value.replace(tzinfo=UTC)"
        )
    if not FIRST_INSTANT <= value < LAST_INSTANT:
        raise ValueError(f"{what}: {value.isoformat()} is out of range: years 2 to 9998 in UTC")
    return value.astimezone(UTC)


def as_time_zone(value: object) -> str:
    """The name of a time zone; whether there is one is checked where it is used."""
    if not isinstance(value, str):
        raise TypeError(
            f"time_zone: expected an IANA name such as 'Europe/Berlin', not {value!r}; that of a "
            "ZoneInfo is its key"
        )
    return value


def as_whole(value: object, what: str, least: int, most: int) -> int:
    """A whole number between two others, both included."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what}: expected an int, not {value!r}")
    if not least <= value <= most:
        raise ValueError(f"{what}: {value} is not between {least} and {most}")
    return value


def as_thousandths(value: object, what: str) -> int:
    """An amount of 0 or more with up to three decimals, in thousandths; True is 1, False is 0."""
    if isinstance(value, Integral) or _is_bool_of_numpy(value):  # and its whole numbers
        value = int(cast("int", value))
    if not isinstance(value, int | float | Decimal):
        raise TypeError(f"{what}: expected a number, not {value!r}")
    try:
        amount = thousandths(value)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None
    if amount < 0:
        raise ValueError(f"{what}: {value} is below 0")
    return amount


def _is_bool_of_numpy(value: object) -> bool:
    """Whether it is numpy's True or False, which is no number to Python."""
    kind = type(value)
    return kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_")


def as_word(value: WordT, what: str, words: tuple[str, ...]) -> WordT:
    """One of some words."""
    if value not in words:
        raise ValueError(f"{what}: {value!r} is none of {', '.join(map(repr, words))}")
    return value
