"""Checks of the plain arguments that services take beside their schemas.

All raise `pydantic.ValidationError`, before any SQL.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from annotated_types import Interval
from pydantic import Strict, TypeAdapter

from trackercore.domain.due import Due
from trackercore.schemas._fields import Day, Instant, Text
from trackercore.types import to_utc, utc_now

MAX_LIMIT = 1000

_instant = TypeAdapter[datetime](Instant)
_day = TypeAdapter[date](Day)
_text = TypeAdapter[str](Text)
_due = TypeAdapter[Due](Due)
_limit = TypeAdapter[int](Annotated[int, Strict(), Interval(ge=1, le=MAX_LIMIT)])


def as_instant(now: datetime | None) -> datetime:
    """`now` in UTC, by default the clock's; not naive."""
    return utc_now() if now is None else to_utc(_instant.validate_python(now))


def as_day(day: date) -> date:
    """A date, and no datetime."""
    return _day.validate_python(day)


def as_text(text: str) -> str:
    """Text that every database can compare with."""
    return _text.validate_python(text)


def as_due(due: Due) -> Due:
    """One of the words for when a task is due."""
    return _due.validate_python(due)


def as_limit(limit: int) -> int:
    """How many rows a page may have, 1..1000."""
    return _limit.validate_python(limit)
