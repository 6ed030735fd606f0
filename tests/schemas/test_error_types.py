"""The types of errors that our own validators raise: all are in the docs."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError

import trackercore
from trackercore.domain import recurrence, recurrence_parts, schedule_check
from trackercore.domain.text import LONE_SURROGATE, NUL
from trackercore.errors import ExtraFault
from trackercore.schemas.fields import Input

ROOT = Path(__file__).parents[2]
SOURCE = Path(trackercore.__file__).parent
PAGE = ROOT / "docs" / "reference" / "errors.md"
PYDANTICS = {"extra_forbidden", "int_type"}
"""Types of pydantic's that get another text."""


def calls() -> Iterator[ast.Call]:
    """Where a PydanticCustomError is built with a type of its own."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(ast.Name("PydanticCustomError"), [ast.Constant(), *_]):
                    yield node
                case _:
                    pass


def types_of_the_domain() -> Iterator[tuple[str, set[str]]]:
    """The types of errors of rules that the domain judges, and what their texts are made of."""
    for fault in (*get_args(ExtraFault), NUL.kind, LONE_SURROGATE.kind):
        yield fault, set()
    for module in (schedule_check, recurrence, recurrence_parts):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            match node:
                case ast.Call(
                    ast.Name("ScheduleMismatch" | "InvalidRecurrence"),
                    [ast.Constant(str(kind)), *_],
                    facts,
                ):
                    yield kind, {str(fact.arg) for fact in facts}
                case _:
                    pass


def constants(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


@cache
def types_of_ours() -> dict[str, set[str]]:
    """The types, and the names of what their texts are made of."""
    used = dict(types_of_the_domain())
    for call in calls():
        kind, text, *_ = constants(call)
        used[kind] = set(re.findall(r"{(\w+)}", text))
    return {kind: names for kind, names in used.items() if kind not in PYDANTICS}


WRONG: tuple[object, ...] = (
    *(None, "", "x" * 70_000, "\ud800", 5, 5.5, -1, 2**63, float("nan"), [1]),
    *("2026-02-30", "2026-02-30T10:00:00Z", datetime.fromisoformat("2026-03-10T10:00")),
)
"""Values of all kinds; each is wrong in most fields."""


def inputs(kind: type[BaseModel] = Input) -> Iterator[type[BaseModel]]:
    for one in kind.__subclasses__():
        if one.__module__.startswith("trackercore.schemas."):
            yield one
        yield from inputs(one)


@cache
def types_of_pydantic() -> dict[str, set[str]]:
    """Pydantic's own types that a field can have an error of, and the names in their ctx."""
    found: dict[str, set[str]] = {}
    for schema, value in product(inputs(), WRONG):
        for field in schema.model_fields:
            try:
                schema.model_validate({field: value, "unknown": 1})
            except ValidationError as error:
                for one in error.errors(include_input=False):
                    found.setdefault(one["type"], set()).update(one.get("ctx", {}))
    for kind in types_of_ours():
        found.pop(kind, None)
    return found


def test_pydantics_types_are_in_the_docs_with_their_ctx() -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition("## Types of pydantic's own")[2].partition("\n## ")[0]
    table = re.findall(r"^\| `(\w+)` \| ([^|]*) \| [^|]+ \|$", section, re.MULTILINE)
    assert {kind: set(re.findall(r"\w+", ctx)) for kind, ctx in table} == types_of_pydantic()


def test_every_type_of_ours_is_in_the_docs_with_what_its_text_is_made_of() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Wrong values")[2].partition("\n## ")[0]
    table = re.findall(r"^\| `(\w+)` \| ([^|]*) \| [^|]+ \|$", section, re.MULTILINE)
    assert len(table) == len({kind for kind, _ in table})
    assert {kind: set(re.findall(r"\w+", ctx)) for kind, ctx in table} == types_of_ours()


def test_no_validator_says_only_in_words_what_is_wrong() -> None:
    for path in SOURCE.joinpath("schemas").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"raise (ValueError|AssertionError)|^ +assert ", text, re.MULTILINE), (
            path
        )
