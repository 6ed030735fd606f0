"""A habit's streaks as the services attach them to its row: no column of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import ClassVar

from trackercore.display import card

STREAK_UNITS: Mapping[str, str] = {"current_streak": "periods", "longest_streak": "periods"}


@dataclass(frozen=True, slots=True)
class HabitStanding:
    """A habit's streaks on its owner's today, in periods.

    Attributes:
        as_of: that day.
        current_streak: the streak that stands on it.
        longest_streak: the best one up to then.
    """

    __units__: ClassVar[Mapping[str, str]] = STREAK_UNITS

    as_of: date
    current_streak: int
    longest_streak: int

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        return ((field.name, getattr(self, field.name)) for field in fields(self))

    def _repr_html_(self) -> str:
        return card(self)
