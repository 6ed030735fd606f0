"""The public names: documented, typed without Any, and silencing no type checker."""

from __future__ import annotations

import ast
import inspect
import typing
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, get_type_hints

import pytest
from sqlalchemy.ext import asyncio

import trackercore
from tests.typing import consumer
from trackercore import Base, adoption, migrations, models, services, testing
from trackercore.testing import strategies

SOURCES = sorted(Path(trackercore.__file__).parent.rglob("*.py"))


def is_ours(thing: object) -> bool:
    module: object = getattr(thing, "__module__", "")
    return isinstance(module, str) and module.split(".")[0] == "trackercore"


def public() -> Iterator[tuple[str, object]]:
    """The public names, and those that the public modules export in turn."""
    for home, prefix in ((trackercore, ""), (testing, "testing."), (strategies, "strategies.")):
        for name in home.__all__:
            thing: object = getattr(home, name)
            yield f"{prefix}{name}", thing
            if isinstance(thing, ModuleType):
                for inner in thing.__all__:
                    yield f"{name}.{inner}", getattr(thing, inner)


def annotated() -> Iterator[tuple[str, object]]:
    """What of them has annotations: functions, classes, and the methods that are the library's."""
    for name, thing in public():
        if isinstance(thing, FunctionType):
            yield name, thing
        elif inspect.isclass(thing):
            for base in filter(is_ours, thing.__mro__):
                yield f"{name}({base.__name__})", base
                for attribute, member in list(vars(base).items()):
                    function: object = member.fget if isinstance(member, property) else member
                    function = getattr(function, "__func__", function)  # of a class method
                    function = getattr(function, "__wrapped__", function)
                    if isinstance(function, FunctionType) and is_written_here(function):
                        yield f"{name}.{attribute}", function


def is_written_here(function: FunctionType) -> bool:
    """Neither inherited from elsewhere nor made by @dataclass."""
    return Path(function.__code__.co_filename) in SOURCES


PUBLIC, ANNOTATED = dict(public()), dict(annotated())


def mentions_any(annotation: object) -> bool:
    return annotation is Any or any(map(mentions_any, typing.get_args(annotation)))


def test_the_walk_gets_everywhere() -> None:
    assert {"Database", "habits", "habits.check_in", "Page"} <= PUBLIC.keys()
    assert {"testing.Factory", "strategies.habit_histories"} <= PUBLIC.keys()
    assert {"Database.session", "Database.engine", "habits.check_in", "Page.__len__"} <= (
        ANNOTATED.keys()
    )
    assert mentions_any(dict[str, list[Any] | None])
    assert not mentions_any(dict[str, list[object] | None])


def test_no_annotation_of_a_public_name_is_any_or_missing() -> None:
    for name, thing in ANNOTATED.items():
        # Models name each other in annotations without importing each other, and what SQLAlchemy
        # has for asyncio is imported when it is used, as adoption is.
        known = {**vars(asyncio), **vars(models), **vars(adoption)}
        hints = get_type_hints(thing, localns=known, include_extras=True)
        assert not {key: hint for key, hint in hints.items() if mentions_any(hint)}, name
        if isinstance(thing, FunctionType):
            parameters = set(inspect.signature(thing).parameters) - {"self", "cls"}
            assert hints.keys() == parameters | {"return"}, name


def shown_by_help() -> Iterator[tuple[str, Callable[..., object]]]:
    """What `help` shows with a signature, of frames and plots too if their extra is installed."""
    for name, thing in ANNOTATED.items():
        method = name.rpartition(".")[2]
        if isinstance(thing, FunctionType) and (method == "__init__" or method[0] != "_"):
            yield name, thing
    for name, thing in PUBLIC.items():
        if isinstance(thing, type) and not issubclass(thing, Base):  # SQLAlchemy's constructor
            yield name, thing
    if find_spec("pandas") and find_spec("matplotlib"):
        for home in (trackercore.frames, trackercore.plots):
            for name in home.__all__:
                yield f"{home.__name__}.{name}", getattr(home, name)
    yield "migrations.include_name", migrations.include_name


def quoted(thing: Callable[..., object]) -> set[str]:
    """The parameters, or "return", whose annotations are strings."""
    try:
        signature = inspect.signature(thing)
    except ValueError:  # an exception has the constructor of its base class
        return set()
    kinds = {name: each.annotation for name, each in signature.parameters.items()}
    kinds["return"] = signature.return_annotation
    return {name for name, kind in kinds.items() if isinstance(kind, str)}


# What SQLAlchemy has for asyncio, and adoption, are imported when they are used.
IMPORTED_LATER = {
    "AsyncDatabase": {"read_url", "url"},
    "AsyncDatabase.__init__": {"read_url", "url"},
    "AsyncDatabase.engine": {"return"},
    "AsyncDatabase.session": {"return"},
    "CannotAdopt": {"reasons"},
}


def test_signatures_show_types_without_quotes() -> None:
    found = {name: names for name, thing in shown_by_help() if (names := quoted(thing))}
    assert found == IMPORTED_LATER


def test_every_public_name_has_a_docstring_of_its_own() -> None:
    for name, thing in PUBLIC.items():
        if typing.get_origin(thing) is typing.Literal:
            continue  # a set of words, which has no place for one
        documentation = thing.__doc__
        assert documentation, name
        if inspect.isclass(thing):
            assert documentation not in {base.__doc__ for base in thing.__mro__[1:]}, name
            assert not documentation.startswith(f"{thing.__name__}("), f"{name}: by @dataclass"


def test_every_public_method_has_a_docstring() -> None:
    for name, thing in ANNOTATED.items():
        attribute = name.rpartition(".")[2]
        if isinstance(thing, FunctionType) and not attribute.startswith("_"):
            assert thing.__doc__, name


def test_where_arguments_are_described_all_are() -> None:
    """Those that services share are described in the docstrings of their packages."""
    for name, thing in PUBLIC.items():
        if isinstance(thing, FunctionType) and "Args:" in (thing.__doc__ or ""):
            section = str(thing.__doc__).partition("Args:")[2]
            package = getattr(trackercore, name.partition(".")[0], None)
            shared = f"{services.__doc__}{package.__doc__}"
            for parameter in inspect.signature(thing).parameters:
                described = f" {parameter}:" in section or f"`{parameter}`" in shared
                assert described or parameter.endswith("_id"), (name, parameter)


def test_the_sources_silence_no_type_checker() -> None:
    assert len(SOURCES) > 30
    for path in SOURCES:
        text = path.read_text("utf-8")
        for comment in ("type: ignore", "pyright: ignore", "mypy: ", "pyright: basic"):
            assert comment not in text, path


def test_every_module_has_a_docstring() -> None:
    for path in SOURCES:
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), path


def test_the_consumer_that_is_type_checked_does_run(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.database._default", None)  # and restored afterwards
    assert consumer.main(empty_url) == "no task 1"
