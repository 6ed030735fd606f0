"""Services return what their annotations say."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, services
from tests.services.support import person
from trackercore import Page


def is_a(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(is_a(value, argument) for argument in arguments)
    if origin in (list, Page):
        items = cast("list[object]", value)
        return isinstance(value, origin) and all(is_a(item, arguments[0]) for item in items)
    return isinstance(value, hint)


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [(1, int, True), ("1", int, False), (None, int | None, True), ([1], list[str], False)],
)
def test_types_are_distinguished(value: object, hint: object, expected: bool) -> None:
    assert is_a(value, hint) is expected


@pytest.mark.slow
def test_every_service_returns_what_it_is_annotated_with(session: Session) -> None:
    ids = person(session)
    returns = {name: get_type_hints(service)["return"] for name, service in services().items()}
    for call in CALLS:
        with session.begin_nested() as savepoint:
            result = call.run(session, ids)
            assert is_a(result, returns[call.service]), f"{call}: {result!r}"
            savepoint.rollback()
    assert returns["users.delete"] is NoneType
