"""Checks of single arguments, whose errors name the argument as a field is named."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from trackercore.schemas.fields import kind_of

T = TypeVar("T")

TITLE = "arguments"


class Argument(Generic[T]):
    """Checks the arguments of a type: `Argument[date](Day)(value, "on")`."""

    def __init__(self, annotation: Any) -> None:
        self._validate = TypeAdapter[T](annotation).validate_python

    def __call__(self, value: object, name: str) -> T:
        """The value; `name` is what the argument is called.

        Raises:
            ValidationError: it is not of the type. Its `loc` begins with the name.
        """
        try:
            return self._validate(value)
        except ValidationError as error:
            details = error.errors()
        raise ValidationError.from_exception_data(
            TITLE,
            [
                InitErrorDetails(
                    type=kind_of(detail),
                    loc=(name, *detail["loc"]),
                    input=detail["input"],
                    ctx=detail.get("ctx", {}),
                )
                for detail in details
            ],
        )


def wrong_argument(name: str, value: object, error: PydanticCustomError) -> ValidationError:
    """The error about an argument that is wrong given others."""
    detail = InitErrorDetails(type=error, loc=(name,), input=value)
    return ValidationError.from_exception_data(TITLE, [detail])
