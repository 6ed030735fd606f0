"""A Sphinx extension: the public names under `trackercore`, and the fields of its models."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_args, get_type_hints

from docutils.nodes import Element, document, literal
from pydantic import BaseModel
from pydantic_core import PydanticUndefined
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python._object import PyObject
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import stringify_annotation
from sqlalchemy import inspect as inspect_model
from typing_extensions import is_typeddict

import trackercore
from trackercore import Base, models
from trackercore.schemas.descriptions import SAME_EVERYWHERE, meanings, split
from trackercore.schemas.fields import Model

SERVICES = {
    f"trackercore.{name}": thing
    for name in trackercore.__all__
    if isinstance(thing := getattr(trackercore, name), ModuleType)
}


def setup(app: Sphinx) -> dict[str, object]:
    """Connect the functions below, and make modules of `trackercore.habits` and the like."""
    sys.modules.update(SERVICES)
    for name in trackercore.__all__:
        if is_typeddict(thing := getattr(trackercore, name)):
            thing.__signature__ = inspect.Signature()  # autodoc fails to find out that it has none
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"
    app.connect("doctree-read", leave_parameters_alone)
    app.connect("missing-reference", find_public_name)
    app.connect("autodoc-process-signature", leave_out_the_signature)
    app.connect("autodoc-process-docstring", list_the_fields, priority=400)  # before napoleon
    return {"parallel_read_safe": True}


def leave_parameters_alone(_app: Sphinx, page: document) -> None:
    """In a service's docstring, `start` is a parameter, even if a function has the same name."""
    for node in list(page.findall(pending_xref)):
        target, module = node.get("reftarget", ""), node.get("py:module") or ""
        in_backticks = bool(node.children) and isinstance(node[0], literal)
        is_short = "." not in target and target not in trackercore.__all__
        if in_backticks and is_short and module in SERVICES:
            node.replace_self(node.children)


def find_public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: Element
) -> Element | None:
    """Resolve a short name, or one with the defining module, to the public name."""
    target = str(node.get("reftarget", ""))
    if node.get("refdomain") != "py" or not target:
        return None
    last = target.rpartition(".")[2]
    name = f"trackercore.{last if target.startswith('trackercore.') else target}"
    domain = env.domains.python_domain
    if name in domain.objects:
        return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, contnode)
    # Backticks in a docstring are mostly code, so this is not a broken reference.
    return contnode if node["reftype"] == "obj" else None


def is_a_model(thing: object) -> bool:
    is_schema = inspect.isclass(thing) and issubclass(thing, BaseModel | Base)
    return is_schema or is_typeddict(thing)


def leave_out_the_signature(
    _app: Sphinx, _what: str, _name: str, thing: object, *_more: object
) -> tuple[str, str] | None:
    """Models have no signature: their fields are listed instead."""
    return ("", "") if is_a_model(thing) else None


def list_the_fields(
    _app: Sphinx, what: str, _name: str, thing: Any, _options: object, lines: list[str]
) -> None:
    """Put every field, with its type, into the Attributes section of a model's docstring."""
    if what != "class" or not is_a_model(thing) or thing is Base:
        return
    others = () if is_typeddict(thing) or not issubclass(thing, Model) else thing.__fields_as_in__
    described = meanings(*others) | SAME_EVERYWHERE | meanings(thing)
    lines[:] = split("\n".join(lines))[0].splitlines()
    fields = fields_of(thing)
    lines += ["", "Attributes:"]
    for name, kind, limits in fields:
        meaning = described.get(name, "").removesuffix(".")
        lines += [f"    {name} ({kind}): {'; '.join(filter(None, [meaning, *limits]))}"]
    lines += [""]


def fields_of(model: Any) -> Iterator[tuple[str, str, list[str]]]:
    """The fields of a model: name, type, limits of the values."""
    if is_typeddict(model):
        return ((name, type_name(hint), []) for name, hint in get_type_hints(model).items())
    return fields_of_schema(model) if issubclass(model, BaseModel) else columns_of(model)


def fields_of_schema(schema: type[BaseModel]) -> Iterator[tuple[str, str, list[str]]]:
    """The fields of a pydantic model: name, type, limits of the values."""
    hints = get_type_hints(schema)
    properties = schema.model_json_schema()["properties"]
    for name, field in schema.model_fields.items():
        limits = list(limits_of(properties[name]))
        if not field.is_required() and field.default is not PydanticUndefined:
            limits.append(f"default {field.default!r}")
        yield name, type_name(hints[name]), limits


def limits_of(described: dict[str, Any]) -> Iterator[str]:
    """The limits of a field's values in its JSON schema."""
    for choice in [described, *described.get("anyOf", [])]:
        if "minimum" in choice and "maximum" in choice:
            yield f"{choice['minimum']} to {choice['maximum']}"
        if "maxLength" in choice:
            yield f"up to {choice['maxLength']} characters"


def columns_of(model: type[Base]) -> Iterator[tuple[str, str, list[str]]]:
    """The mapped attributes of an ORM model."""
    hints = get_type_hints(model, localns=vars(models))
    mapper = inspect_model(model)
    for attribute in [*mapper.column_attrs, *mapper.relationships]:
        if attribute.key in hints:
            (kind,) = get_args(hints[attribute.key]) or [hints[attribute.key]]
            yield attribute.key, type_name(kind), []


def type_name(annotation: object) -> str:
    """A type as it is written in code."""
    return stringify_annotation(annotation, "smart")
