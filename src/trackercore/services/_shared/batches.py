"""Cutting many items into batches, each of which is one parameter of a statement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import TypeVar

from pydantic import BaseModel

from trackercore.services._shared.arguments import as_input

ItemT = TypeVar("ItemT", bound=BaseModel)

_ROWS, _TEXT = 5_000, 10_000_000
"""A batch ends at so many items, or so many characters: the size of a parameter is limited."""


def batches(items: Iterable[ItemT], text: str, *schemas: type[ItemT]) -> Iterator[list[ItemT]]:
    """The items in batches.

    Args:
        items: may be a generator; one batch is read at a time.
        text: the attribute that may be long.
        schemas: the classes of the items; what a subclass adds to them is left out.

    Raises:
        TypeError: an item is something else, such as a dict.
    """
    text_of = attrgetter(text)
    batch: list[ItemT] = []
    length = 0
    for item in items:
        batch.append(as_input(item, *schemas))
        length += len(text_of(batch[-1]) or "")
        if len(batch) == _ROWS or length >= _TEXT:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch
