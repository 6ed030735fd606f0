"""Checks of the arguments of services.

Each function returns the value, or raises `pydantic.ValidationError`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Self, TypeVar

from annotated_types import Interval
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Strict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from trackercore.domain.timed import OnOverlap, OnOverlapOfMany
from trackercore.schemas.fields import (
    Addend,
    Day,
    DayRange,
    Email,
    Instant,
    Minutes,
    Patch,
    Text,
)
from trackercore.schemas.task import Due
from trackercore.types import normal_email, utc_now

ModelT = TypeVar("ModelT", bound=BaseModel)

MAX_LIMIT = 1000
MAX_SEARCH = 1000


def _not_zero(number: Decimal) -> Decimal:
    if number == 0:
        raise ValueError("must not be 0")
    return number


_instant = TypeAdapter[datetime](Instant, config=ConfigDict(title="instant"))
_email = TypeAdapter[str](Email, config=ConfigDict(title="email"))
_Positive = Annotated[int, Strict(), Interval(ge=1)]
_Limit = Annotated[_Positive, Interval(le=MAX_LIMIT)]
_Search = Annotated[Text, StringConstraints(max_length=MAX_SEARCH)]

as_addend = TypeAdapter[Decimal](
    Annotated[Addend, AfterValidator(_not_zero)],
    config=ConfigDict(title="amount to add"),
).validate_python
"""An amount to add, or to take away if it is negative."""

as_amount_of_day = TypeAdapter[Decimal](
    Annotated[Addend, Interval(ge=0)],
    config=ConfigDict(title="amount of the day"),
).validate_python
"""What amounts that were added come to."""

as_day = TypeAdapter[date](Day, config=ConfigDict(title="day")).validate_python
"""A date that is not a datetime."""

as_reason = TypeAdapter[str | None](Text | None, config=ConfigDict(title="reason")).validate_python
"""Why something is paused."""

as_due = TypeAdapter[Due](Due, config=ConfigDict(title="due")).validate_python
"""A word for when a task is due."""

as_flag = TypeAdapter[bool](
    Annotated[bool, Strict()], config=ConfigDict(title="flag")
).validate_python
"""True or False, not any truthy or falsy value."""

as_limit = TypeAdapter[int](_Limit, config=ConfigDict(title="limit")).validate_python
"""The most rows of a page."""

as_minutes = TypeAdapter[int](Minutes, config=ConfigDict(title="minutes")).validate_python
"""The length of a session, or a day's study."""

as_on_overlap = TypeAdapter[OnOverlap](
    OnOverlap, config=ConfigDict(title="on_overlap")
).validate_python
"""What to do with a timed session that overlaps another one."""

as_on_overlap_of_many = TypeAdapter[OnOverlapOfMany](
    OnOverlapOfMany, config=ConfigDict(title="on_overlap")
).validate_python
"""The same for one of many."""

as_positive = TypeAdapter[int](_Positive, config=ConfigDict(title="number")).validate_python
"""A whole number of at least 1."""

as_search = TypeAdapter[str](_Search, config=ConfigDict(title="text")).validate_python
"""Text to look for; SQLite refuses longer patterns."""

as_text = TypeAdapter[str](Text, config=ConfigDict(title="text")).validate_python
"""Text that every database can compare with."""


def as_input(data: ModelT, *schemas: type[ModelT]) -> ModelT:
    """The data as an instance of exactly one of the schemas.

    Of a subclass, which a host may have with fields of its own, the schema's fields are taken and
    checked once more, as the subclass may have other types for them. The rest is ignored.

    Raises:
        TypeError: it is something else, such as a dict.
    """
    if type(data) in schemas:
        return data
    for schema in schemas:
        if isinstance(data, schema):
            # What an update is not given stays unset.
            given = data.model_fields_set if issubclass(schema, Patch) else schema.model_fields
            names = schema.model_fields.keys() & given
            return schema.model_validate({name: getattr(data, name) for name in names})
    expected = " or ".join(schema.__name__ for schema in schemas)
    raise TypeError(f"expected {expected}, not {type(data).__name__}")


def as_day_or_none(day: date | None) -> date | None:
    """A date that is not a datetime; None if the argument was left out."""
    return None if day is None else as_day(day)


def as_instant(now: datetime | None) -> datetime:
    """`now` in UTC, by default the current time; not naive."""
    return utc_now() if now is None else _instant.validate_python(now)


class _LimitedRange(DayRange):
    model_config: ClassVar[ConfigDict] = ConfigDict(title="range of days")

    max_days: _Positive

    @model_validator(mode="after")
    def _short_enough(self) -> Self:
        if self.start is not None and self.end is not None:
            days = (self.end - self.start).days + 1
            if days > self.max_days:
                raise ValueError(
                    f"{days} days from {self.start} to {self.end} are more than"
                    f" max_days={self.max_days}: give a greater max_days if so many are meant"
                )
        return self


def as_range(start: date, end: date, max_days: int | None = None) -> tuple[date, date]:
    """Two dates, the first not later than the second; at most so many days."""
    first, last = as_day(start), as_day(end)
    if max_days is None:
        DayRange(start=first, end=last)
    else:
        _LimitedRange(start=first, end=last, max_days=max_days)
    return first, last


def as_range_to_fill(start: date, end: date, fill: bool, max_days: int) -> tuple[date, date]:
    """Two dates as in `as_range`, of which only a range to fill has a limit."""
    limit = as_positive(max_days)
    return as_range(start, end, limit if as_flag(fill) else None)


def as_stored_emails(email: str) -> list[str]:
    """How the address may be stored, the likeliest first.

    Either as it is, as an adopted user may have one that a new user could not have, or in the form
    that a new user's has.
    """
    spellings = [normal_email(email.strip())]
    with suppress(ValidationError):
        spellings.append(_email.validate_python(email))
    return spellings
