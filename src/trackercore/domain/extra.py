"""`extra`, the data that a host keeps on a row: a JSON object, and its text in the database.

Both databases store the text, so numbers and the order of keys come back as they were given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from json import JSONEncoder, loads
from math import isfinite
from typing import Any, ClassVar, NamedTuple, NoReturn, cast

from trackercore.domain.text import fault_of
from trackercore.errors import InvalidExtra

MAX_BYTES = 16_384
"""How long the text may be, as compact JSON in UTF-8."""

MAX_DEPTH = 32
"""How deep lists and objects may be nested; the object itself is the first level."""

MAX_INT = 2**63 - 1
"""As in the databases' own integers: SQLite would read a greater one as a float."""

_Path = tuple[str | int, ...]

_encode = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _refuse(self: object, *_args: object, **_values: object) -> NoReturn:
    raise TypeError(
        "the entries of an extra cannot be changed: assign a new dict, such as"
        " {**task.extra, 'colour': 'red'}"
    )


def _hash(self: Mapping[str, object]) -> int:
    return hash(frozenset(self))  # of the keys: the values may be lists


class ReadOnlyDict(dict[str, object]):
    """The object in a JSON text, whose entries cannot be set: an `extra` is replaced as a whole.

    A change inside would be stored by no flush. It has a hash, as frozen models have. Copies, also
    deep ones, are plain dicts; the lists in a shallow one are the same. So what is stored, and what
    two are compared by, is the text.
    """

    __slots__ = ("text",)

    text: str

    def __init__(self, text: str = "{}") -> None:
        super().__init__(loads(text))
        self.text = text

    def __copy__(self) -> dict[str, object]:
        return self.copy()

    def __deepcopy__(self, _copies: object) -> dict[str, object]:
        return deepcopy(self.copy())

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return ReadOnlyDict, (self.text,)

    __hash__: ClassVar[Any] = _hash  # a dict's is None, which type checkers would keep
    __setitem__: ClassVar[Any] = _refuse
    __delitem__: ClassVar[Any] = _refuse
    __ior__: ClassVar[Any] = _refuse
    clear: ClassVar[Any] = _refuse
    pop: ClassVar[Any] = _refuse
    popitem: ClassVar[Any] = _refuse
    setdefault: ClassVar[Any] = _refuse
    update: ClassVar[Any] = _refuse


NOTHING = ReadOnlyDict()
"""The `extra` of a row of which the host keeps nothing."""


class _Place(NamedTuple):
    """A value in the object, and the keys and positions that lead to it."""

    path: _Path
    value: object


_Nested = dict[object, object] | list[object]


def checked_extra(value: object) -> ReadOnlyDict:
    """A copy of a JSON object of which nothing is converted when it is stored and read.

    Raises:
        InvalidExtra: it is none, or too large.
    """
    _check(value)
    text = _encode(value)
    size = len(text) if text.isascii() else len(text.encode())
    if size > MAX_BYTES:
        raise _too_large()
    return extra_of(text)


def text_of(extra: object) -> str:
    """The text of an `extra`, which is checked if it is not one yet.

    Two with the same text are the same: True is not 1, nor is 1.0.

    Raises:
        InvalidExtra: it is no JSON object, or too large.
    """
    return (extra if isinstance(extra, ReadOnlyDict) else checked_extra(extra)).text


def extra_of(text: str) -> ReadOnlyDict:
    """The object in the text."""
    return NOTHING if text == "{}" else ReadOnlyDict(text)


def _check(extra: object) -> None:
    """Go through the object without recursion, which a value from outside could exhaust."""
    if not isinstance(extra, dict):
        raise InvalidExtra("extra_type", f"must be a JSON object, not {_kind(extra)}")
    places = [_Place((), cast("object", extra))]
    count = 1
    while places:
        place = places.pop()
        is_nested = isinstance(place.value, dict | list)
        if not is_nested:
            _check_single(place)
        elif len(place.path) < MAX_DEPTH:
            inside = cast("_Nested", place.value)
            # Each takes a byte or more. The same list may be in it many times.
            count += len(inside)
            if count > MAX_BYTES:
                raise _too_large()
            places.extend(_inside(place.path, inside))
        else:
            reason = f"must not be nested more than {MAX_DEPTH} levels deep"
            raise InvalidExtra("extra_depth", reason)


def _inside(path: _Path, value: _Nested) -> Iterator[_Place]:
    if isinstance(value, list):
        for position, item in enumerate(value):
            yield _Place((*path, position), item)
        return
    for key, item in value.items():
        if type(key) is not str:
            raise InvalidExtra("extra_key", f"a key must be text, not {_kind(key)}", path)
        if (fault := fault_of(key)) is not None:
            raise InvalidExtra("extra_text", f"a key is wrong: {fault.reason}", path)
        yield _Place((*path, key), item)


def _check_single(place: _Place) -> None:
    path, value = place
    # Of exactly these types: one of a subclass, such as an Enum, would come back as a plain one.
    if type(value) is str:
        if (fault := fault_of(value)) is not None:
            raise InvalidExtra("extra_text", fault.reason, path)
    elif type(value) is float:
        if not isfinite(value):
            raise InvalidExtra("extra_number", "a number must be finite", path)
    elif type(value) is int:
        if not -MAX_INT - 1 <= value <= MAX_INT:
            raise InvalidExtra("extra_number", "a whole number must fit into 64 bits", path)
    elif value is not None and type(value) is not bool:
        raise InvalidExtra(
            "extra_value",
            "must be text, a number, True, False, None, a list or a dict, as in JSON, not"
            f" {_kind(value)}",
            path,
        )


def _too_large() -> InvalidExtra:
    return InvalidExtra("extra_size", f"must not take more than {MAX_BYTES} bytes as JSON")


def _kind(value: object) -> str:
    return type(value).__name__
