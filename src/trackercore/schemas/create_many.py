"""The result of storing many rows at once."""

from __future__ import annotations

from trackercore.schemas.fields import Result


class CreateManyResult(Result):
    """What an import did.

    Attributes:
        created: tasks or study sessions written.
        found: those left as they were because their external_id was already stored.
        skipped: study sessions left out because they overlap another one, with `on_overlap="skip"`.
    """

    created: int
    found: int
    skipped: int = 0
