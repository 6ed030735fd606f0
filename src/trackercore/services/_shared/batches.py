"""Cutting many items into batches, each of which is one parameter of a statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import TypeVar

ItemT = TypeVar("ItemT")

_ROWS, _TEXT = 5_000, 10_000_000
"""A batch ends at so many items, or so many characters: the size of a parameter is limited."""


def batches(items: Iterable[ItemT], text: str, *schemas: type[ItemT]) -> Iterator[list[ItemT]]:
    """The items in batches.

    Args:
        items: may be a generator; one batch is read at a time.
        text: the attribute that may be long.
        schemas: the classes of the items.

    Raises:
        TypeError: an item is something else, such as a dict.
    """
    text_of = attrgetter(text)
    batch: list[ItemT] = []
    length = 0
    for item in items:
        if not isinstance(item, schemas):
            names = " or ".join(schema.__name__ for schema in schemas)
            raise TypeError(f"items must be {names}, not {type(item).__name__}")
        batch.append(item)
        length += len(text_of(item) or "")
        if len(batch) == _ROWS or length >= _TEXT:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch
