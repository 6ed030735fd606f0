"""The occurrences of the tasks that rows are of."""

from __future__ import annotations

from typing import Any

from trackercore.domain.recurrence import parse_recurrence
from trackercore.domain.repeating import Place, Series
from trackercore.services._shared.clock import DaySettings


def series_of(row: Any, settings: DaySettings) -> Series:
    """The occurrences of a repeating task.

    Args:
        row: a `Task`, or a row with the columns of its recurrence.
        settings: those of its owner.
    """
    return Series(
        parse_recurrence(row.recurrence),
        row.repeats_from,
        row.recurrence_start,
        row.recurrence_time,
        *settings,
    )


def open_place(row: Any) -> Place:
    """Which occurrence the row is."""
    return Place(row.occurrence_date, row.occurrence_number or 0)
