"""What the imports of tasks and of study sessions have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from trackercore.errors import NotFound, ParentIsSubtask, TrackerError
from trackercore.schemas import CreateManyResult
from trackercore.services._shared.batches import batches

ItemT = TypeVar("ItemT", bound=BaseModel)


class Stored(NamedTuple):
    """How many items of a batch were stored, and how many were left out; the rest was found."""

    created: int
    skipped: int = 0


def note_item(error: TrackerError, what: str, position: int, item: object) -> None:
    """Add to an error which item it is about."""
    error.item = position
    error.add_note(f"It is the {what} of items[{position}], {item!r}.")


def create_in_batches(
    session: Session,
    items: Iterable[ItemT],
    text: str,
    schemas: tuple[type[ItemT], ...],
    create: Callable[[list[ItemT], int], Stored],
) -> CreateManyResult:
    """Store the items batch by batch; none, if there is an error.

    The caller has locked the owner, so that two imports of the same keys cannot deadlock.

    Args:
        items: may be a generator.
        text: their attribute that may be long.
        schemas: their classes.
        create: stores the items of a batch that are new, given the position of its first item.

    Raises:
        TypeError: an item is something else, such as a dict.
    """
    position = created = skipped = 0
    with session.begin_nested():
        for batch in batches(items, text, *schemas):
            stored = create(batch, position)
            position += len(batch)
            created += stored.created
            skipped += stored.skipped
    found = position - created - skipped
    return CreateManyResult(created=created, found=found, skipped=skipped)


@dataclass(frozen=True)
class References:
    """The rows of a user that items refer to. Each is looked up once, and kept from then on.

    Attributes:
        what: they are, as in the field `category_id`.
        refer: checks that the items may refer to rows of these ids, and keeps the rows.
        ids: of those that were checked.
    """

    what: str
    refer: Callable[[Collection[int]], object]
    ids: set[int] = field(default_factory=set[int], init=False)

    def check(self, items: Sequence[object], position: int) -> None:
        """Check what the items refer to, given the position of the first one.

        Raises:
            TrackerError: what `refer` raises; a note shows the item.
        """
        id_of = attrgetter(f"{self.what}_id")
        new = {id_of(item) for item in items} - self.ids - {None}
        if not new:
            return
        try:
            self.refer(new)
        except (NotFound, ParentIsSubtask) as error:
            wrong = error.id if isinstance(error, NotFound) else error.parent_id
            number = next(n for n, item in enumerate(items) if id_of(item) == wrong)
            note_item(error, self.what, position + number, items[number])
            raise
        self.ids.update(new)
