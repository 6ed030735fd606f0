"""What fields mean, for JSON schemas and the reference: the docstrings say it, once.

Docstrings are read when a JSON schema is made. pydantic's `use_attribute_docstrings` would read the
source files when the classes are made: the import of the schemas would take 152 ms instead of 108.
"""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Any, TypeGuard

from pydantic import BaseModel

SAME_EVERYWHERE = {
    "id": "the row's id, given out by the database.",
    "user_id": "id of the user whose row it is.",
    "category_id": "id of the user's category that it is in; None for none.",
    "habit_id": "id of the habit.",
    "topic_id": "id of the topic.",
    "tag_id": "id of the tag.",
    "external_id": "its id in the system that it came from, which no other one of the user has; "
    "None if it came from nowhere.",
    "extra": "what your application keeps with it: a JSON object of at most 16 KB.",
    "name": "what the user calls it.",
    "description": "what there is to say about it; None for nothing.",
    "note": "anything worth remembering of the day; None for nothing.",
    "notes": "anything worth remembering; None for nothing.",
    "starts_on": "its first day, in the user's time zone.",
    "ends_on": "its last day; None if it has no end yet.",
    "reason": "why, for people to read; None if that is not said.",
    "created_at": "the instant at which it was created.",
    "updated_at": "the instant at which it was last changed.",
    "email": "the address, in lower case; no other user has it.",
    "hashed_password": "stored as it is; None for a user who signs in elsewhere.",
    "time_zone": 'IANA name of the zone that the user\'s days are in, such as "Europe/Berlin".',
    "week_starts_on": "the ISO weekday on which weeks start, 1 (Monday) to 7 (Sunday).",
    "day_starts_at": "when the user's day starts, in minutes after midnight: with 180, half past "
    "two at night is still the day before.",
}
"""Of fields, unless their class says more."""

# Compiled when they are first used.
_SECTION = r"(?m)^Attributes:\n(?:[ \t]+.*\n?|\n)+"
_ENTRY = r"(?m)^ {4}(\w+)(?: \([^)]*\))?: (.+(?:\n {5,}.+)*)"
_IN_JSON = {"None": "null", "True": "true", "False": "false"}


def split(docstring: str | None) -> tuple[str, dict[str, str]]:
    """The text without the Attributes section, and what that says of each name, on one line."""
    text = cleandoc(docstring or "")
    section = re.search(_SECTION, text)
    entries = re.findall(_ENTRY, section[0]) if section else ()
    if section is None or not entries:
        return text, {}
    rest = text[: section.start()] + text[section.end() :]
    return rest.strip(), {name: " ".join(meaning.split()) for name, meaning in entries}


def meanings(*classes: type) -> dict[str, str]:
    """What the docstrings of classes and their bases say of attributes; the first one counts."""
    found: dict[str, str] = {}
    for cls in classes:
        for base in cls.__mro__:
            found = split(base.__doc__)[1] | found
    return found


def describe(
    json_schema: dict[str, Any], schema: type[BaseModel], others: tuple[type[BaseModel], ...]
) -> None:
    """Put descriptions into the JSON schema of a schema, but leave those that a host gave alone.

    Args:
        json_schema: as pydantic makes it, with the whole docstring.
        schema: it may be a host's subclass of one of ours, whose own fields are the host's.
        others: schemas that have the same fields and describe them.
    """
    origin: type[BaseModel] | None = schema.__pydantic_generic_metadata__["origin"]
    documented = origin or schema
    text, _ = split(documented.__doc__)
    if text and json_schema.get("description") in {None, cleandoc(documented.__doc__ or "")}:
        json_schema["description"] = text
    ours = {name for base in schema.__mro__ if _is_ours(base) for name in base.model_fields}
    elsewhere = meanings(*others) | SAME_EVERYWHERE
    described = {name: elsewhere[name] for name in ours & elsewhere.keys()} | meanings(schema)
    properties = json_schema.get("properties", {})
    for name, field in schema.model_fields.items():
        for key in (field.alias, field.validation_alias, field.serialization_alias, name):
            if name in described and isinstance(key, str) and key in properties:
                properties[key].setdefault("description", _for_json(described[name]))
                break


def _is_ours(cls: type) -> TypeGuard[type[BaseModel]]:
    return issubclass(cls, BaseModel) and cls.__module__.startswith("trackercore.")


def _for_json(meaning: str) -> str:
    text = re.sub(r"\b(None|True|False)\b", lambda word: _IN_JSON[word[0]], meaning)
    return text[:1].upper() + text[1:]
