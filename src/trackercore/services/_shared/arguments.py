"""Checks of the arguments of services.

Each function returns the value, or raises `pydantic.ValidationError`, whose `loc` begins with the
name of the argument.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeVar, cast

from annotated_types import Interval, MaxLen
from pydantic import (
    AfterValidator,
    BaseModel,
    Strict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from trackercore.domain.timed import OnOverlap, OnOverlapOfMany
from trackercore.schemas.argument import TITLE, Argument, wrong_argument
from trackercore.schemas.extra import Extra, ExtraFilter
from trackercore.schemas.fields import (
    Addend,
    Day,
    Email,
    EstimateMinutes,
    IdOrName,
    Instant,
    ListOrSet,
    Minutes,
    Patch,
    Priority,
    Text,
)
from trackercore.schemas.task import Due
from trackercore.types import normal_email, utc_now

ModelT = TypeVar("ModelT", bound=BaseModel)

ExtraEntries = tuple[tuple[str, str | int], ...]
"""Entries that an `extra` must have, in the order of their keys."""

MAX_ENTRIES = 20
"""Of a filter. SQLite refuses an expression of a thousand conditions."""

_NOT_COMPARED = PydanticCustomError("extra_filter", "must be text, an int or a bool")
_TOO_MANY_ENTRIES = PydanticCustomError(
    "extra_filter_entries",
    "must have at most {max_entries} entries",
    {"max_entries": MAX_ENTRIES},
)

MAX_LIMIT = 1000
MAX_SEARCH = 1000


def _not_zero(number: Decimal) -> Decimal:
    if number == 0:
        raise PydanticCustomError("addend_zero", "must not be 0")
    return number


_email = TypeAdapter[str](Email)
_extra = Argument[Mapping[str, object]](Extra)
_Positive = Annotated[int, Strict(), Interval(ge=1)]
_Limit = Annotated[_Positive, Interval(le=MAX_LIMIT)]
_Search = Annotated[Text, StringConstraints(max_length=MAX_SEARCH)]

as_addend = partial(Argument[Decimal](Annotated[Addend, AfterValidator(_not_zero)]), name="amount")
"""An amount to add, or to take away if it is negative."""

as_amount_of_day = partial(Argument[Decimal](Annotated[Addend, Interval(ge=0)]), name="amount")
"""What amounts that were added come to."""

as_day = Argument[date](Day)
"""A date that is not a datetime."""

as_day_or_none = Argument[date | None](Day | None)
"""The same, or None if the argument was left out."""

as_reason = partial(Argument[str | None](Text | None), name="reason")
"""Why something is paused."""

as_due = partial(Argument[Due](Due), name="due")
"""A word for when a task is due."""

as_flag = Argument[bool](Annotated[bool, Strict()])
"""True or False, not any truthy or falsy value."""

as_limit = partial(Argument[int](_Limit), name="limit")
"""The most rows of a page."""

as_minutes = Argument[int](Minutes)
"""The length of a session, or a day's study."""

as_on_overlap = partial(Argument[OnOverlap](OnOverlap), name="on_overlap")
"""What to do with a timed session that overlaps another one."""

as_on_overlap_of_many = partial(Argument[OnOverlapOfMany](OnOverlapOfMany), name="on_overlap")
"""The same for one of many."""

as_positive = Argument[int](_Positive)
"""A whole number of at least 1."""

as_search = partial(Argument[str](_Search), name="text")
"""Text to look for; SQLite refuses longer patterns."""

as_text = Argument[str](Text)
"""Text that every database can compare with."""

_IdsOrNames = Annotated[tuple[IdOrName, ...], MaxLen(MAX_ENTRIES), ListOrSet]
_tags = Argument[tuple[int | str, ...]](_IdsOrNames)
_instant = Argument[datetime](Instant)


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


def as_instant(now: datetime | None, name: str = "now") -> datetime:
    """An instant in UTC, by default the current time; not naive."""
    return utc_now() if now is None else _instant(now, name)


def as_tags(tags: Collection[int | str] | None, name: str) -> tuple[int | str, ...]:
    """The tags that a filter names, by ids and names; None for no condition."""
    return () if tags is None else _tags(tags, name)


def as_extra_entries(extra: ExtraFilter | None) -> ExtraEntries:
    """The entries that an `extra` must have: text, ints and bools; None for no condition."""
    if extra is None:
        return ()
    given = _extra(extra, "extra")
    if len(given) > MAX_ENTRIES:
        raise wrong_argument("extra", extra, _TOO_MANY_ENTRIES)
    entries = tuple((key, given[key]) for key in sorted(given))
    wrong = [
        InitErrorDetails(type=_NOT_COMPARED, loc=("extra", key), input=value)
        for key, value in entries
        if not isinstance(value, str | int)
    ]
    if wrong:
        raise ValidationError.from_exception_data(TITLE, wrong)
    return cast("ExtraEntries", entries)


class DayRange(NamedTuple):
    """First and last day of a range, both included; None leaves that end open."""

    start: date | None
    end: date | None


def as_day_range(start: date | None, end: date | None, prefix: str = "") -> DayRange:
    """Two dates, the first not later than the second; both may be left out.

    Args:
        start: the first.
        end: the last.
        prefix: what the names of the arguments have before "start" and "end".
    """
    first, last = as_day_or_none(start, f"{prefix}start"), as_day_or_none(end, f"{prefix}end")
    if first is not None and last is not None and first > last:
        days = {"start": first, "end": last}
        error = PydanticCustomError(
            "range_order", _named("start {start} is after end {end}", prefix), days
        )
        raise wrong_argument(f"{prefix}end", last, error)
    return DayRange(first, last)


def _named(text: str, prefix: str) -> Any:  # pydantic wants a literal
    """The text with the whole names of the arguments "start" and "end"."""
    return re.sub("(start|end) ", rf"{prefix}\1 ", text)


class NumberRange(NamedTuple):
    """Least and greatest number of a range, both included; None leaves that end open."""

    start: int | None
    end: int | None


def as_number_range(
    check: Argument[int | None], start: int | None, end: int | None, prefix: str
) -> NumberRange:
    """Two numbers that pass a check, the first not greater than the second; as `as_day_range`."""
    least, most = check(start, f"{prefix}start"), check(end, f"{prefix}end")
    if least is not None and most is not None and least > most:
        ends = {"start": least, "end": most}
        error = PydanticCustomError(
            "number_order", _named("start {start} is greater than end {end}", prefix), ends
        )
        raise wrong_argument(f"{prefix}end", most, error)
    return NumberRange(least, most)


as_priority_range = partial(as_number_range, Argument[int | None](Priority | None))
"""Two priorities, as in `as_number_range`."""

as_estimate_range = partial(as_number_range, Argument[int | None](EstimateMinutes | None))
"""Two estimates in minutes, as in `as_number_range`."""


def as_range(start: date, end: date, max_days: int | None = None) -> tuple[date, date]:
    """Two dates, the first not later than the second; at most so many days."""
    first, last = as_day(start, "start"), as_day(end, "end")
    as_day_range(first, last)
    days = (last - first).days + 1
    if max_days is not None and days > max_days:
        error = PydanticCustomError(
            "range_length",
            "{days} days from {start} to {end} are more than max_days={max_days}: give a greater"
            " max_days if so many are meant",
            {"days": days, "start": first, "end": last, "max_days": max_days},
        )
        raise wrong_argument("max_days", max_days, error)
    return first, last


def as_range_to_fill(start: date, end: date, fill: bool, max_days: int) -> tuple[date, date]:
    """Two dates as in `as_range`, of which only a range to fill has a limit."""
    limit = as_positive(max_days, "max_days")
    return as_range(start, end, limit if as_flag(fill, "fill") else None)


def as_stored_emails(email: str) -> list[str]:
    """How the address may be stored, the likeliest first.

    Either as it is, as an adopted user may have one that a new user could not have, or in the form
    that a new user's has.
    """
    spellings = [normal_email(email.strip())]
    with suppress(ValidationError):
        spellings.append(_email.validate_python(email))
    return spellings
