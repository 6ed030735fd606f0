"""Checks of the plain arguments that services take beside their schemas.

What is wrong is a `pydantic.ValidationError`, before any SQL.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Annotated

from annotated_types import Interval
from pydantic import BaseModel, ConfigDict, Strict, StringConstraints, TypeAdapter, ValidationError

from trackercore.domain.task_due import Due
from trackercore.schemas.fields import Day, DayRange, Email, Instant, Text
from trackercore.types import normal_email, utc_now

MAX_LIMIT = 1000
MAX_SEARCH = 1000

_instant = TypeAdapter[datetime](Instant, config=ConfigDict(title="instant"))
_day = TypeAdapter[date](Day, config=ConfigDict(title="day"))
_flag = TypeAdapter[bool](Annotated[bool, Strict()], config=ConfigDict(title="flag"))
_text = TypeAdapter[str](Text, config=ConfigDict(title="text"))
_search = TypeAdapter[str](
    Annotated[Text, StringConstraints(max_length=MAX_SEARCH)], config=ConfigDict(title="text")
)
_email = TypeAdapter[str](Email, config=ConfigDict(title="email"))
_due = TypeAdapter[Due](Due, config=ConfigDict(title="due"))
_limit = TypeAdapter[int](
    Annotated[int, Strict(), Interval(ge=1, le=MAX_LIMIT)], config=ConfigDict(title="limit")
)
_positive = TypeAdapter[int](
    Annotated[int, Strict(), Interval(ge=1)], config=ConfigDict(title="number")
)


def check_input(data: BaseModel, schema: type[BaseModel]) -> None:
    """Check that the data is an instance of its schema.

    Raises:
        TypeError: it is something else, such as a dict.
    """
    if not isinstance(data, schema):
        raise TypeError(f"data must be a {schema.__name__}, not {type(data).__name__}")


def as_instant(now: datetime | None) -> datetime:
    """`now` in UTC, by default the current time; not naive."""
    return utc_now() if now is None else _instant.validate_python(now)


def as_day(day: date) -> date:
    """A date that is not a datetime."""
    return _day.validate_python(day)


def as_range(start: date, end: date) -> tuple[date, date]:
    """Two dates, the first not later than the second."""
    first, last = as_day(start), as_day(end)
    DayRange(start=first, end=last)
    return first, last


def as_text(text: str) -> str:
    """Text that every database can compare with."""
    return _text.validate_python(text)


def as_search(text: str) -> str:
    """Text to look for, of 1000 characters at most: SQLite refuses longer patterns."""
    return _search.validate_python(text)


def as_flag(flag: bool) -> bool:
    """True or False, not any truthy or falsy value."""
    return _flag.validate_python(flag)


def as_stored_emails(email: str) -> list[str]:
    """How the address may be stored, the likeliest first.

    Either as it is, as an adopted user may have one that a new user could not have, or in the form
    that a new user's has.
    """
    spellings = [normal_email(email.strip())]
    with suppress(ValidationError):
        spellings.append(_email.validate_python(email))
    return spellings


def as_due(due: Due) -> Due:
    """One of the words for when a task is due."""
    return _due.validate_python(due)


def as_limit(limit: int) -> int:
    """How many rows a page may have, 1..1000."""
    return _limit.validate_python(limit)


def as_positive(number: int) -> int:
    """A whole number of at least 1."""
    return _positive.validate_python(number)
