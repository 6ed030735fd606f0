"""The floor of the lists and the agenda of somebody with very many tasks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from json import loads
from typing import Any

from tests.benchmarks.floor import TASK, Floor, Row
from tests.benchmarks.scale import NOON, TODAY
from trackercore.domain.recurrence import parse_recurrence
from trackercore.domain.repeating import Place, Series

Item = tuple[object, ...]
"""A day of a task, as the contestants' are compared: see `answer_of`."""

_USER = "SELECT time_zone, day_starts_at FROM users WHERE id = 1"
_AGENDA = """
SELECT {task} FROM tasks t WHERE t.user_id = 1 AND t.archived_at IS NULL
AND t.due_day BETWEEN :first AND :last
UNION ALL SELECT {task} FROM tasks t WHERE t.user_id = 1 AND t.archived_at IS NULL
AND t.repeats_from = 'due' AND t.completed = {false} AND t.due_day NOT BETWEEN :first AND :last
"""
_RECORDS = """
SELECT task_id, due_day, occurrence_date, due_date, due_at FROM task_occurrences
WHERE user_id = 1 AND status = 'completed' AND due_day BETWEEN :first AND :last
"""
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class TasksFloor:
    """The driver alone, for the rows that `jobs_tasks` makes."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._task = TASK.format(names=floor.names)

    def rows(self, sql: str, **values: object) -> list[Row]:
        """Send a statement with `{task}` and `{false}` in it."""
        return self._floor.rows(sql.format(task=self._task, false=self._floor.false), values)

    def page(self, end: str) -> Callable[[], object]:
        """The ids of the first 100 tasks that the end of a statement finds."""
        sql = f"SELECT {{task}} FROM tasks t WHERE t.user_id = 1 AND {end} LIMIT 101"
        return lambda: [row[0] for row in self.rows(sql)[:100]]

    def agenda(self, last: date) -> list[tuple[Any, ...]]:
        """All items from today on, in order: what `AgendaItem` has, with the row for the task.

        Rules are expanded by the library's own domain, which takes less than python-dateutil.
        """
        (settings,) = self.rows(_USER)
        days = {"first": str(TODAY), "last": str(last)}
        tasks = {row[0]: row for row in self.rows(_AGENDA, **days)}
        items: list[tuple[Any, ...]] = []
        for row in tasks.values():
            due, occurrence_date = _day(row[10]), _day(row[19])
            if due is not None and TODAY <= due <= last:
                status = "completed" if row[5] else "open"
                item = (due, status, occurrence_date, _day(row[8]), _instant(row[9]), row)
                items.append(item)
            if row[15] is not None and row[16] == "due" and not row[5]:
                start, at = date.fromisoformat(str(row[17])), _time(row[18])
                series = Series(parse_recurrence(row[15]), "due", start, at, *settings)
                place = Place(occurrence_date or start, row[20])
                items += [
                    (due.due_day, "upcoming", due.occurrence_date, due.due_date, due.due_at, row)
                    for due in series.upcoming(place, TODAY, last, NOON)
                ]
        for task, due, occurrence_date, due_date, due_at in self.rows(_RECORDS, **days):
            due_of_it = (_day(occurrence_date), _day(due_date), _instant(due_at))
            items.append((_day(due), "completed", *due_of_it, tasks[task]))
        items.sort(key=lambda item: (item[0], item[4] or _EARLIEST, item[5][0], item[2] or item[0]))
        return items


def answer_of(items: list[tuple[Any, ...]]) -> list[Item]:
    """The items with the id, title, tags and progress of the task in the place of its row."""
    return [(*item[:5], *_shown(item[5])) for item in items]


def _shown(row: Row) -> tuple[object, ...]:
    tags, progress = row[28], row[29]
    names = loads(tags) if isinstance(tags, str) else tags or ()
    return row[0], row[2], tuple(sorted(names)), progress


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(f"{value}+00:00") if isinstance(value, str) else value


def _time(value: Any) -> time | None:
    return time.fromisoformat(value) if isinstance(value, str) else value
