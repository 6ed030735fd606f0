"""What is recorded for a habit, day by day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import count, groupby
from operator import sub
from typing import Literal, NamedTuple

EntryStatus = Literal["done", "skipped"]
"""How a day is recorded."""


class DayEntry(NamedTuple):
    """One recorded day of a habit; `amount`, in thousandths, is None if the day was skipped."""

    day: date
    amount: int | None


class Stretch(NamedTuple):
    """Days in a row that are recorded alike.

    Attributes:
        first: the ordinal of the first day.
        last: the ordinal of the last day.
        amount: of each day, in thousandths; None if the days were skipped.
    """

    first: int
    last: int
    amount: int | None


class RecordedDays:
    """The entries of a habit, sorted by day.

    They are kept as two lists, as the database returns them: the streaks of a long history are
    counted by its stretches, without an object for each day.

    Args:
        ordinals: the days, as `date.toordinal` counts, in ascending order.
        amounts: of each day, in thousandths; None for a day that was skipped.
    """

    __slots__ = ("_amounts", "_ordinals")

    def __init__(self, ordinals: Sequence[int] = (), amounts: Sequence[int | None] = ()) -> None:
        self._ordinals = ordinals
        self._amounts = amounts

    @classmethod
    def of(cls, entries: Iterable[DayEntry]) -> RecordedDays:
        """Entries that are sorted by day."""
        days = list(entries)
        return cls([day.toordinal() for day, _ in days], [amount for _, amount in days])

    def __iter__(self) -> Iterator[DayEntry]:
        return map(DayEntry, map(date.fromordinal, self._ordinals), self._amounts)

    @property
    def amounts(self) -> Iterator[tuple[int, int | None]]:
        """The ordinals of the days, and their amounts."""
        return zip(self._ordinals, self._amounts, strict=True)

    @property
    def last_day(self) -> date | None:
        """The last recorded day, if any day is recorded."""
        return date.fromordinal(self._ordinals[-1]) if self._ordinals else None

    @property
    def first_done(self) -> date | None:
        """The first day with an amount above 0, if there is one."""
        return next((day for day, amount in self if amount), None)

    def until(self, day: date) -> RecordedDays:
        """Those up to a day."""
        end = bisect_right(self._ordinals, day.toordinal())
        return (
            self
            if end == len(self._ordinals)
            else RecordedDays(self._ordinals[:end], self._amounts[:end])
        )

    def after(self, day: date) -> Sequence[date]:
        """The recorded days after a day."""
        first = bisect_right(self._ordinals, day.toordinal())
        return [*map(date.fromordinal, self._ordinals[first:])]

    def stretches(self) -> Iterator[Stretch]:
        """The entries, of which those that follow one another with equal amounts are one."""
        # Days in a row differ from their positions by the same number.
        offsets = map(sub, self._ordinals, count())
        position = 0
        for (offset, amount), group in groupby(zip(offsets, self._amounts, strict=True)):
            first = offset + position
            position += len(list(group))
            yield Stretch(first, offset + position - 1, amount)
