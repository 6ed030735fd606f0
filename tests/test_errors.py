"""Every error: its code, its facts and its text; the table in the docs; what the source raises."""

from __future__ import annotations

import ast
import copy
import inspect
import pickle
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from importlib import import_module
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

import trackercore
from trackercore import (
    Conflict,
    FutureDay,
    InvalidInput,
    NotFound,
    RefusalReason,
    TrackerError,
    errors,
)
from trackercore.errors import ExtraFault

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "errors.md"
SOURCES = sorted(Path(trackercore.__file__).parent.rglob("*.py"))


def subclasses(kind: type[TrackerError]) -> Iterator[type[TrackerError]]:
    for one in kind.__subclasses__():
        if one.__module__.partition(".")[0] == "trackercore":
            yield one
            yield from subclasses(one)


KINDS: list[type[TrackerError]] = [TrackerError, *dict.fromkeys(subclasses(TrackerError))]
BASES = [kind for kind in KINDS if any(kind in other.__bases__ for other in KINDS)]
CONCRETE = [kind for kind in KINDS if kind not in BASES]

each_concrete = pytest.mark.parametrize("kind", CONCRETE, ids=lambda kind: kind.__name__)

SAMPLES: dict[Any, object] = {
    bool: True,
    int: 7,
    str: "Go",
    date: date(2026, 3, 10),
    datetime: datetime(2026, 3, 10, 11, tzinfo=UTC),
    time: time(2, 30),
    tuple[str, ...]: ("one", "two"),
    tuple[str | int, ...]: ("one", 2),
    tuple[RefusalReason, ...]: (RefusalReason(code="owner_needed"),),
    ExtraFault: "extra_depth",
    NoneType: None,
}
"""A value of each type that a fact may have: JSON has it, or a text for it."""

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "errors"}
"""What a problem document has besides the facts."""


def hints(kind: type[TrackerError]) -> dict[str, Any]:
    """The types of an error's facts."""
    known = get_type_hints(kind, localns={RefusalReason.__name__: RefusalReason})
    return {name: known[name] for name in kind.__match_args__}


def written(hint: Any) -> str:
    """A type as the docs write it: `int or None`, not `int | None`, which would end a cell."""
    if hint == ExtraFault:
        return "ExtraFault"
    if get_origin(hint) is Literal:
        return " or ".join(f'"{value}"' for value in get_args(hint))
    name = hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
    return re.sub(r"\b\w+\.", "", name).replace(" | ", " or ")


def samples(kind: type[TrackerError]) -> Iterator[TrackerError]:
    """Errors with all facts, and without those that may be None."""
    types = [(hint,) if hint in SAMPLES else get_args(hint) for hint in hints(kind).values()]
    for which in (0, -1):
        # A value of a Literal is a sample itself.
        yield kind(*(SAMPLES.get(options[which], options[which]) for options in types))


def in_order() -> Iterator[type[TrackerError]]:
    """The errors as they stand in the source: their modules in the order of the docs."""
    for name in ("base", "rows", "input", "states", "databases", "schemas"):
        module = import_module(f"{errors.__name__}.{name}")
        yield from (
            it for it in vars(module).values() if it in KINDS and it.__module__ == module.__name__
        )


def test_the_bases_are_those_that_one_would_catch() -> None:
    assert {"TrackerError", "Conflict", "InvalidInput", "NotAllowed", "SchemaError"} <= {
        kind.__name__ for kind in BASES
    }
    assert issubclass(NotFound, LookupError)
    assert issubclass(InvalidInput, ValueError)


def test_every_error_is_exported_from_one_package() -> None:
    assert {kind.__module__.rpartition(".")[0] for kind in KINDS} == {errors.__name__}
    assert {kind.__name__ for kind in KINDS} <= set(trackercore.__all__)


def test_every_code_is_unique_and_says_what_the_class_says() -> None:
    for kind in KINDS:
        words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=A)(?=[A-Z])", "_", kind.__name__).lower()
        assert vars(kind)["code"] == words
    assert len({kind.code for kind in KINDS}) == len(KINDS)


@each_concrete
def test_the_facts_are_typed_attributes_that_a_problem_document_can_have(
    kind: type[TrackerError],
) -> None:
    assert not MEMBERS & hints(kind).keys()
    for error in samples(kind):
        assert list(error.facts) == list(hints(kind))
        for name, value in error.facts.items():
            assert getattr(error, name) == value
            assert type(value) in {tuple, *map(type, SAMPLES.values())}


@each_concrete
def test_the_facts_are_described(kind: type[TrackerError]) -> None:
    described = re.findall(r"^ +(\w+): ", inspect.getdoc(kind) or "", re.MULTILINE)
    assert described == list(hints(kind))


@each_concrete
def test_the_text_is_one_line_and_is_built_from_the_facts(kind: type[TrackerError]) -> None:
    assert "__str__" in vars(kind)
    for error in samples(kind):
        assert str(error)
        assert "\n" not in str(error)
        assert "None" not in str(error)


@each_concrete
def test_an_error_survives_pickle_and_copy(kind: type[TrackerError]) -> None:
    for error in samples(kind):
        error.item = 3
        error.add_note("of a host")
        for again in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301
            assert type(again) is kind
            assert again is not error
            assert again.facts == error.facts
            assert (again.item, again.__notes__) == (3, ["of a host"])
            assert (str(again), repr(again)) == (str(error), repr(error))


def test_arguments_are_given_by_position_or_by_name() -> None:
    day, today = date(2026, 3, 11), date(2026, 3, 10)
    for error in (FutureDay(day, today, "on"), FutureDay(field="on", today=today, day=day)):
        assert error.args == (day, today, "on")
        assert repr(error) == f"FutureDay(day={day!r}, today={today!r}, field='on')"
        assert error.facts == {"day": day, "today": today, "field": "on"}
    error.item = 2
    assert error.facts == {"day": day, "today": today, "field": "on", "item": 2}


def test_a_host_can_make_errors_of_its_own_in_the_same_way() -> None:
    class QuotaReached(Conflict):
        """A user has as many tasks as they paid for."""

        code = "quota_reached"
        limit: int

        def __str__(self) -> str:
            return f"{self.limit} tasks are all"

    class WithText(Conflict):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    error = QuotaReached(limit=5)
    assert (error.code, error.facts, str(error)) == (
        "quota_reached",
        {"limit": 5},
        "5 tasks are all",
    )
    assert WithText("no").args == ("no",)


class Refused(Conflict):
    """Of a host, without facts."""


class AlsoAKeyError(TrackerError, KeyError):
    """Of a host, with another base."""


@pytest.mark.parametrize("kind", [TrackerError, Refused, AlsoAKeyError])
def test_an_error_without_facts_takes_a_message(kind: Callable[[str], TrackerError]) -> None:
    error = kind("no more")
    error.item = 3
    for same in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):  # noqa: S301
        assert type(same) is kind
        assert (same.args, same.facts) == (("no more",), {"item": 3})
        assert "no more" in str(same)
        assert repr(same) == f"{type(same).__name__}('no more')"


def made(path: Path) -> set[str]:
    """The names of classes that a module raises or builds."""
    names = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        raised = node.exc if isinstance(node, ast.Raise) else None
        for called in (raised, node.func if isinstance(node, ast.Call) else None):
            if isinstance(called, ast.Name | ast.Attribute):
                names.add(called.id if isinstance(called, ast.Name) else called.attr)
    return names


def test_every_error_is_raised_and_none_of_the_bases_is() -> None:
    names = set[str]().union(*map(made, SOURCES))
    assert not {kind.__name__ for kind in BASES} & names
    assert {kind.__name__ for kind in CONCRETE} <= names


def rows() -> dict[str, list[str]]:
    """The cells of the table of errors, by the names of the classes."""
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    return {first.strip("`"): others for first, *others in cells if len(others) == 4}


def test_the_table_of_the_docs_has_every_error_with_its_code_and_facts() -> None:
    table = {name: (code, facts) for name, (code, facts, *_) in rows().items()}
    assert table == {
        kind.__name__: (
            f"`{kind.code}`",
            ", ".join(f"`{name}: {written(hint)}`" for name, hint in hints(kind).items()),
        )
        for kind in KINDS
    }
    assert list(table) == [kind.__name__ for kind in in_order()]


def test_the_reference_documents_every_error() -> None:
    documented = re.findall(r"autoexception:: (\w+)", PAGE.read_text(encoding="utf-8"))
    assert documented == list(rows())
