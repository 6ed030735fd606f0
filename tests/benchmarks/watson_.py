"""Watson, which keeps one person's frames in a JSON file: nothing is synced to the disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.benchmarks.plain_orm import week_of

_NOON = time(12, tzinfo=UTC)


class Watson:
    """Study sessions are frames that start at noon; the project is the topic."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._make: Any = import_module("watson.watson").Watson
        self._arrow: Any = import_module("arrow")

    def load_sessions(self, user_id: int, rows: Iterable[Sequence[Any]]) -> None:
        """Add a frame for each row; save once."""
        self._folder.joinpath("frames").unlink(missing_ok=True)
        watson = self._make(config_dir=str(self._folder))
        for topic, day, minutes, _ in rows:
            start = self._arrow.get(datetime.combine(day, _NOON))
            watson.frames.add(str(topic), start, start.shift(minutes=minutes))
        watson.save()

    def weeks(self, user_id: int, start: date, end: date) -> list[tuple[date, int, int]]:
        """Totals of the weeks, from the frames of a span."""
        watson = self._make(config_dir=str(self._folder))
        span = watson.frames.span(self._arrow.get(start), self._arrow.get(end))
        seconds, count = Counter[date](), Counter[date]()
        for frame in watson.frames.filter(span=span):
            week = week_of(frame.start.to("UTC").date(), 1)
            seconds[week] += (frame.stop - frame.start) // timedelta(seconds=1)
            count[week] += 1
        return [(week, seconds[week], count[week]) for week in sorted(seconds)]
