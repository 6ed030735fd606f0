"""Tags of many items that are stored at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session

from trackercore.errors import NotFound
from trackercore.models import Tag
from trackercore.services._shared import owned_rows
from trackercore.services._shared.create_many import note_item
from trackercore.services._shared.tags import (
    IdsOrNames,
    Tagged,
    given_tags,
    link_many,
    stored_tags,
)
from trackercore.types import text_key

_TAGS = 5_000
"""How many are looked up at once: SQLite limits the number of parameters."""


class Item(Protocol):
    """What may have tags."""

    @property
    def tags(self) -> IdsOrNames:
        """Ids and names."""
        ...


@dataclass(frozen=True)
class TagsOfMany:
    """The tags that items are given. Each is looked up, or stored, once."""

    session: Session
    model: type[Tagged]
    user_id: int
    _ids: set[int] = field(default_factory=set[int], init=False)
    _by_key: dict[str, int] = field(default_factory=dict[str, int], init=False)

    def check(self, items: Sequence[Item], position: int) -> None:
        """Check that the tags that are given by id exist; `position` is that of the first item.

        Raises:
            NotFound: one does not; a note shows the item.
        """
        new = {tag for item in items for tag in item.tags if not isinstance(tag, str)} - self._ids
        try:
            for some in _some(sorted(new)):
                given_tags(self.session, self.user_id, some)
        except NotFound as error:
            number = next(n for n, item in enumerate(items) if error.id in item.tags)
            note_item(error, owned_rows.entity(Tag), position + number, items[number])
            raise
        self._ids.update(new)

    def link(self, created: Mapping[int, Item]) -> None:
        """Give rows that were stored the tags of their items, which are checked.

        Args:
            created: the items by the ids of their rows.
        """
        given = dict.fromkeys(tag for item in created.values() for tag in item.tags)
        # A new tag has its name as it is given first.
        names = {text_key(tag): tag for tag in reversed(given) if isinstance(tag, str)}
        for some in _some([names[key] for key in sorted(names.keys() - self._by_key)]):
            tags = given_tags(self.session, self.user_id, some)
            stored = stored_tags(self.session, self.user_id, tags)
            self._by_key.update((text_key(name), tag_id) for tag_id, name in stored.items())
        links = {
            (row_id, self._by_key[text_key(tag)] if isinstance(tag, str) else tag)
            for row_id, item in created.items()
            for tag in item.tags
        }
        link_many(self.session, self.model, self.user_id, links)


def _some(tags: Sequence[int | str]) -> Iterator[Sequence[int | str]]:
    for start in range(0, len(tags), _TAGS):
        yield tags[start : start + _TAGS]
