"""Schema of pages."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel

from trackercore.schemas.fields import Read

ReadT = TypeVar("ReadT", bound=BaseModel)


class PageRead(Read, Generic[ReadT]):
    """A page of rows: `PageRead[TaskRead].model_validate(tasks.find(...))`.

    Attributes:
        items: the rows of this page.
        next: what the same query takes as `after` to go on; None on the last page.
    """

    items: list[ReadT]
    next: str | None
