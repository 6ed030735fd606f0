"""The types of `extra`, the JSON object that a host keeps on a row: see `domain.extra`."""

from collections.abc import Mapping
from functools import reduce
from operator import getitem
from typing import Annotated, Any, cast

from pydantic import PlainValidator, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import TypeVar  # that of Python 3.11 and 3.12 has no default

from trackercore.domain.extra import ReadOnlyDict, checked_extra
from trackercore.errors import InvalidExtra


def _checked(value: object) -> Mapping[str, object]:
    try:
        return checked_extra(value)
    except InvalidExtra as error:
        kind = PydanticCustomError(cast("Any", error.fault), cast("Any", error.reason))
        # What is too large to be stored may be too large to be shown.
        is_large = error.fault in ("extra_size", "extra_depth")
        place = "..." if is_large else reduce(getitem, error.path, cast("Any", value))
        wrong = InitErrorDetails(type=kind, loc=error.path, input=place)
    raise ValidationError.from_exception_data("extra", [wrong])  # pydantic puts it in its place


def _stored(value: object) -> Mapping[str, object]:
    return value if isinstance(value, ReadOnlyDict) else _checked(value)


_any_object = WithJsonSchema({"type": "object", "additionalProperties": True})

Extra = Annotated[Mapping[str, object], PlainValidator(_checked), _any_object]
StoredExtra = Annotated[Mapping[str, object], PlainValidator(_stored), _any_object]
"""The `extra` of a row, which was checked when it was written."""

ExtraT = TypeVar("ExtraT", default=StoredExtra, covariant=True)  # noqa: PLC0105 - it is in the docs
"""What a host says that it keeps in the `extra` of a row."""

ExtraFilter = Mapping[str, str | int]
"""Entries that the `extra` of a row must have: text, ints and bools, by type and value."""
