"""Base classes and annotated types of the schemas."""

import re
import unicodedata
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeVar, cast

from annotated_types import Interval, MaxLen
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    EmailStr,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    StringConstraints,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler  # 2.7 has it only here
from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    InitErrorDetails,
    PydanticCustomError,
    PydanticKnownError,
)

from trackercore.display import card, one_line
from trackercore.domain.amount import amount_of, thousandths
from trackercore.domain.calendar import is_time_zone
from trackercore.domain.extra import ReadOnlyDict, extra_of
from trackercore.domain.frequency import MAX_ALLOWED_MISSES, MAX_EVERY
from trackercore.domain.recurrence import parse_recurrence
from trackercore.domain.recurrence_parts import InvalidRecurrence
from trackercore.domain.schedule_check import ScheduleMismatch, check_weekdays
from trackercore.domain.text import fault_of
from trackercore.errors import InstantOutOfRange
from trackercore.schemas.descriptions import describe
from trackercore.types import MAX_ID, HiddenText, normal_email, text_key, to_utc

MAX_AMOUNT = 1_000_000
MAX_RULE_LENGTH = 1_000
MAX_ESTIMATE = 525_600
"""A year of minutes."""
MAX_TAGS = 50
"""Of a task, a habit or a study session."""
MAX_DAYS = 3660
"""Ten years: by default the longest range of a report with items for all of its days."""

ModelT = TypeVar("ModelT", bound=BaseModel)
Schemas = tuple[type[BaseModel], ...]


class Model(BaseModel):
    """Base of all schemas; its repr is one line, however long the content is."""

    __units__: ClassVar[Mapping[str, str]] = {}
    __fields_as_in__: ClassVar[Schemas] = ()
    """Schemas whose docstrings describe fields that this one has too."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> dict[str, object]:
        made = handler(core_schema)
        describe(handler.resolve_ref_schema(made), cls, cls.__fields_as_in__)
        return made

    def __deepcopy__(self, memo: dict[int, object] | None = None) -> Self:
        copied = super().__deepcopy__(memo)
        if isinstance(extra := self.__dict__.get("extra"), ReadOnlyDict):
            vars(copied)["extra"] = extra_of(extra.text)  # its own copies are plain dicts
        return copied

    def __repr_str__(self, join_str: str) -> str:
        return one_line(self.__repr_args__(), join_str)

    def _repr_html_(self) -> str:
        return card(self)


class Input(Model):
    """Input: unknown fields are errors, and the fields cannot be set afterwards."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)


class Patch(Input):
    """A partial update: fields that are not given stay as they are stored.

    `model_fields_set` has those that were given; the others read as None.
    """

    __elsewhere__: ClassVar[Mapping[str, str]] = {}
    """Columns that have no field here, and what changes them."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> dict[str, object]:
        made = super().__get_pydantic_json_schema__(core_schema, handler)
        for field in handler.resolve_ref_schema(made)["properties"].values():
            if "default" in field and field["default"] is None:
                del field["default"]  # a client that sends it would clear what is stored
        return made

    @model_validator(mode="wrap")
    @classmethod
    def _say_what_changes_it(cls, data: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return validate(data)
        except ValidationError as error:
            details = error.errors()
            if not any(map(cls._is_elsewhere, details)):
                raise
            raise ValidationError.from_exception_data(
                error.title, [cls._explained(detail) for detail in details]
            ) from None

    @classmethod
    def _is_elsewhere(cls, detail: ErrorDetails) -> bool:
        return detail["type"] == "extra_forbidden" and detail["loc"][0] in cls.__elsewhere__

    @classmethod
    def _explained(cls, detail: ErrorDetails) -> InitErrorDetails:
        kind = kind_of(detail)
        if cls._is_elsewhere(detail):
            field = str(detail["loc"][0])
            kind = PydanticCustomError(
                "extra_forbidden",
                "{schema} has no {field}: {what} changes it",
                {"schema": cls.__name__, "field": field, "what": cls.__elsewhere__[field]},
            )
        return InitErrorDetails(
            type=kind, loc=detail["loc"], input=detail["input"], ctx=detail.get("ctx", {})
        )

    def changes(self) -> dict[str, object]:
        """The fields that were given."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        # What is not given would read as if it were to be cleared.
        given = self.model_fields_set
        return ((name, value) for name, value in super().__repr_args__() if name in given)


class SecretInput(Input):
    """Input with a secret, which may also be given in another field's place, or misspelt.

    So its errors show no input at all.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(hide_input_in_errors=True)

    @model_validator(mode="wrap")
    @classmethod
    def _hide_input(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return _with_hidden_input(lambda: handler(data))

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: object) -> Self:
        """See pydantic; JSON that cannot be parsed is not shown either."""
        validate = cast("Callable[..., Self]", super().model_validate_json)
        return _with_hidden_input(lambda: validate(json_data, **options))


def _with_hidden_input(validate: Callable[[], ModelT]) -> ModelT:
    try:
        return validate()
    except ValidationError as error:
        title, details = error.title, error.errors()
    # Outside of the block: otherwise the new error would have the old one as its context.
    hidden = [_without_input(one) for one in details]
    raise ValidationError.from_exception_data(title, hidden, hide_input=True)


def _without_input(error: ErrorDetails) -> InitErrorDetails:
    hidden = InitErrorDetails(type=kind_of(error), loc=error["loc"], input="***")
    if "ctx" in error:
        hidden["ctx"] = error["ctx"]
    return hidden


def kind_of(error: ErrorDetails) -> str | PydanticCustomError:
    """What builds an error of the same kind again."""
    kind: Any = error["type"]
    message: Any = error["msg"]
    if "url" in error:  # pydantic's own kinds have one, and can be built by their names
        return str(kind)
    return PydanticCustomError(kind, message, error.get("ctx"))


class Read(Model):
    """A stored row: `XRead.model_validate(row)`."""

    model_config: ClassVar[ConfigDict] = ConfigDict(from_attributes=True, frozen=True)


class Result(Model):
    """A computed result."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)


def _storable(text: str) -> str:
    if (fault := fault_of(text)) is not None:
        raise PydanticCustomError(fault.kind, fault.reason)
    return text


def _visible(name: str) -> str:
    if name.isprintable() and not name.isspace() and name:  # the quick way for most names
        return name
    categories = {unicodedata.category(char) for char in name}
    if categories & {"Cc", "Cs", "Zl", "Zp"}:
        raise PydanticCustomError(
            "name_control", "must not contain control characters or line breaks"
        )
    if categories <= {"Cf", "Zs"}:
        raise PydanticCustomError("name_blank", "must not be blank")
    return name


# pydantic would also read a number, or digits, as seconds since 1970, and midnight as a date.
def _written_as_day(value: object) -> object:
    if type(value) is date or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        return value
    if isinstance(value, datetime):
        raise PydanticCustomError(
            "day_is_datetime", "must be a date, not a datetime: give its date()"
        )
    raise PydanticCustomError("day_format", "must be a date, in text YYYY-MM-DD")


def _written_as_instant(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and "-" in value[1:]):
        return value
    raise PydanticCustomError(
        "instant_format", "must be a date and time with a UTC offset, in text ISO 8601"
    )


def _storable_instant(instant: datetime) -> datetime:
    try:
        return to_utc(instant)
    except InstantOutOfRange:
        raise PydanticCustomError(
            "instant_out_of_range", "must lie in the years 2 to 9998 in UTC"
        ) from None


def _email_address(value: object, validate: ValidatorFunctionWrapHandler) -> str:
    try:
        address: str = validate(value)
    except ValidationError as error:
        detail = error.errors()[0]
        if detail["type"] != "value_error":
            raise
        raise PydanticCustomError(
            "email", "value is not a valid email address: {reason}", detail.get("ctx")
        ) from None
    return normal_email(address)


def _known_zone(name: str) -> str:
    if not is_time_zone(name):
        raise PydanticCustomError(
            "time_zone_name", "must be an IANA time zone name such as 'Europe/Berlin'"
        )
    return name


def _minutes_after_midnight(value: object) -> object:
    if isinstance(value, int):
        return value
    raise PydanticCustomError("int_type", "Input should be a valid integer: minutes after midnight")


def _some_weekdays(weekdays: Set[int]) -> frozenset[int]:
    with checked_by_domain():
        check_weekdays(weekdays)
    return frozenset(weekdays)


def _canonical_rule(text: str) -> str:
    with checked_by_domain():
        return str(parse_recurrence(text))


@contextmanager
def checked_by_domain() -> Generator[None]:
    """What the domain refuses in a schedule or a recurrence, pydantic reports."""
    try:
        yield
    except (ScheduleMismatch, InvalidRecurrence) as error:
        # pydantic wants literals
        kind, text = cast("Any", error.code), cast("Any", str(error))
        raise PydanticCustomError(kind, text, {**error.facts}) from None


def _exact_amount(value: object) -> object:
    """An amount in thousandths and back: a float is what it is written as."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("amount_type", "Input should be a number")
    number = Decimal(float.__repr__(value) if isinstance(value, float) else value)
    if not number.is_finite():
        raise PydanticKnownError("finite_number")
    if number.copy_abs() > MAX_AMOUNT:
        return number  # which the limits of the field refuse
    try:
        return amount_of(thousandths(number))
    except ValueError:
        raise PydanticCustomError(
            "amount_decimals", "Input should have at most three decimals"
        ) from None


def _as_number(amount: Decimal) -> int | float:
    whole = int(amount)
    return whole if whole == amount else float(amount)


_number = PlainSerializer(_as_number, return_type=int | float, when_used="json")


def _id_or_name(tag: object) -> str:
    return "id" if isinstance(tag, int) else "name"


def _is_id_or_name(tag: object) -> object:
    if isinstance(tag, int | str):
        return tag
    raise PydanticCustomError(
        "tag_type", "must be the id of a tag, as a number, or its name, as text"
    )


def _listed(tags: object) -> Sequence[object]:
    """Tags as a list; those of a set in the order of their names, after the ids."""
    if isinstance(tags, Set):
        return sorted(cast("Set[object]", tags), key=_place_in_list)
    if isinstance(tags, Sequence) and not isinstance(tags, str | bytes | bytearray):
        return cast("Sequence[object]", tags)
    raise PydanticCustomError("tags_type", "must be a list of tags: their ids or names")


def _place_in_list(tag: object) -> tuple[object, ...]:
    if isinstance(tag, str):
        return (2, text_key(tag), tag)
    return (0, tag) if isinstance(tag, int) else (1,)


def unset() -> Any:  # a field of any type
    """Default of a `Patch` field that may be left out but not be None."""


_trimmed = StringConstraints(strip_whitespace=True, min_length=1)

Name50 = Annotated[str, _trimmed, StringConstraints(max_length=50), AfterValidator(_visible)]
Name100 = Annotated[str, _trimmed, StringConstraints(max_length=100), AfterValidator(_visible)]
Name200 = Annotated[str, _trimmed, StringConstraints(max_length=200), AfterValidator(_visible)]
Name255 = Annotated[str, _trimmed, StringConstraints(max_length=255), AfterValidator(_visible)]
ExternalId = Annotated[
    str, StringConstraints(min_length=1, max_length=255), AfterValidator(_visible)
]
Text = Annotated[str, AfterValidator(_storable)]
Email = Annotated[EmailStr, WrapValidator(_email_address), StringConstraints(max_length=255)]
HashedPassword = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    AfterValidator(_storable),
    AfterValidator(HiddenText),
]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Weekday = Annotated[int, Strict(), Interval(ge=1, le=7)]
MinuteOfDay = Annotated[
    int, Strict(), Interval(ge=0, le=1439), BeforeValidator(_minutes_after_midnight)
]
Minutes = Annotated[int, Strict(), Interval(ge=1, le=1440)]
Weekdays = Annotated[Set[Weekday], AfterValidator(_some_weekdays)]
Every = Annotated[int, Strict(), Interval(ge=1, le=MAX_EVERY)]
Amount = Annotated[
    Decimal | float,  # and int, to type checkers; a Decimal once it is validated
    BeforeValidator(_exact_amount),
    Interval(ge=0, le=MAX_AMOUNT),
    _number,
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": MAX_AMOUNT}),
]
Addend = Annotated[Decimal, BeforeValidator(_exact_amount), Interval(ge=-MAX_AMOUNT, le=MAX_AMOUNT)]
Number = Annotated[Decimal, _number, WithJsonSchema({"type": "number"})]
AllowedMisses = Annotated[int, Strict(), Interval(ge=0, le=MAX_ALLOWED_MISSES)]
Priority = Annotated[int, Strict(), Interval(ge=1, le=9)]
EstimateMinutes = Annotated[int, Strict(), Interval(ge=1, le=MAX_ESTIMATE)]
RecurrenceRule = Annotated[
    str, StringConstraints(max_length=MAX_RULE_LENGTH), AfterValidator(_canonical_rule)
]
Id = Annotated[int, Strict(), Interval(ge=1, le=MAX_ID)]
Day = Annotated[date, BeforeValidator(_written_as_day)]
Instant = Annotated[
    AwareDatetime, BeforeValidator(_written_as_instant), AfterValidator(_storable_instant)
]
IdOrName = Annotated[
    Annotated[Id, Tag("id")] | Annotated[Name100, Tag("name")],
    Discriminator(_id_or_name),
    BeforeValidator(_is_id_or_name),
]
ListOrSet: BeforeValidator = BeforeValidator(_listed)
if TYPE_CHECKING:
    Tags = Collection[int | str]
else:  # pydantic has no schema for a collection
    Tags = Annotated[tuple[IdOrName, ...], MaxLen(MAX_TAGS), ListOrSet]
