"""Schema of pages: `PageRead[TaskRead].model_validate(tasks.find(...))`."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel

from trackercore.schemas.fields import Read

ReadT = TypeVar("ReadT", bound=BaseModel)


class PageRead(Read, Generic[ReadT]):
    """A page of rows.

    Attributes:
        items: the rows of this page, in the order of the query.
        next: what the same query takes as `after` to go on; None on the last page.
    """

    items: list[ReadT]
    next: str | None
