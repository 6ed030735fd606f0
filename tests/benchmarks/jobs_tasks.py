"""Jobs about the lists and the agenda of somebody with very many tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.orm import aliased

from tests.benchmarks import seeds
from tests.benchmarks.floor import Row
from tests.benchmarks.harness import FLOOR, OURS, Entry, Goal, Job
from tests.benchmarks.scale import DAY, NOON, TODAY, OpenSite, Scale
from tests.benchmarks.seeds import Driver
from tests.benchmarks.site import Site
from trackercore import Task, TaskCreate, TaskFilters, TaskOrder, overview, tasks
from trackercore.domain.recurrence import parse_recurrence
from trackercore.domain.repeating import Place, Series

_SETTINGS = ("Europe/Berlin", 0)
_ZONE = ZoneInfo(_SETTINGS[0])
_RULES = ("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY", "FREQ=YEARLY")
_TAGS = {
    "sqlite": "json_group_array(g.name)",
    "postgresql": "json_agg(g.name)",
}
_TASK = """
t.id, t.user_id, t.title, t.description, t.category_id, t.completed, t.completed_at,
t.completed_on, t.due_date, t.due_at, t.due_day, t.starts_on, t.priority, t.estimate_minutes,
t.parent_id, t.recurrence, t.repeats_from, t.recurrence_start, t.recurrence_time,
t.occurrence_date, t.occurrence_number, t.archived_at, t.position, t.extra, t.external_id,
t.created_at, t.updated_at,
(SELECT {tags} FROM task_tags l JOIN tags g ON g.user_id = l.user_id AND g.id = l.tag_id
 WHERE l.user_id = t.user_id AND l.task_id = t.id) AS tags,
(SELECT count(*) || '/' || count(c.completed_at) FROM tasks c
 WHERE c.user_id = t.user_id AND c.parent_id = t.id
 AND (c.archived_at IS NULL OR c.archived_at = t.archived_at)) AS progress
"""
_OVERVIEW = """
SELECT {task} FROM tasks t WHERE t.id IN (
  SELECT id FROM (SELECT id FROM tasks WHERE user_id = 1 AND completed = {false}
    AND archived_at IS NULL AND due_day <= :tomorrow AND (due_at < :now OR due_date < :today)
    AND (starts_on IS NULL OR starts_on <= :today) ORDER BY due_day, due_at, id LIMIT 100) late
  UNION SELECT id FROM (SELECT id FROM tasks WHERE user_id = 1 AND completed = {false}
    AND archived_at IS NULL AND due_day = :today AND (starts_on IS NULL OR starts_on <= :today)
    ORDER BY due_at, id LIMIT 100) now)
AND t.user_id = 1 ORDER BY t.due_day, t.id
"""
_AGENDA = """
SELECT {task} FROM tasks t WHERE t.user_id = 1 AND t.archived_at IS NULL
AND t.due_day BETWEEN :first AND :last
UNION ALL SELECT {task} FROM tasks t WHERE t.user_id = 1 AND t.archived_at IS NULL
AND t.repeats_from = 'due' AND t.completed = {false} AND t.due_day NOT BETWEEN :first AND :last
"""
_RECORDS = """
SELECT task_id, due_day, due_date, due_at FROM task_occurrences
WHERE user_id = 1 AND status = 'completed' AND due_day BETWEEN :first AND :last
"""


@dataclass(frozen=True)
class Listing:
    """A list as the library finds it, and the end of the best SQL for it."""

    name: str
    sql: str
    order_by: TaskOrder = "id"
    filters: TaskFilters = field(default_factory=TaskFilters)


_LISTS = (
    Listing("by id", "t.archived_at IS NULL ORDER BY t.id"),
    Listing(
        "open, by due date",
        "t.completed = {false} AND t.archived_at IS NULL"
        " ORDER BY t.due_day IS NULL, t.due_day, t.id",
        "due",
        {"completed": False},
    ),
    Listing(
        "open, by priority",
        "t.completed = {false} AND t.archived_at IS NULL"
        " ORDER BY t.priority IS NULL, t.priority, t.id",
        "priority",
        {"completed": False},
    ),
    Listing(
        "high priority, by estimate",
        "t.archived_at IS NULL AND t.priority BETWEEN 1 AND 3"
        " ORDER BY t.estimate_minutes IS NULL, t.estimate_minutes, t.id",
        "estimate",
        {"priority_start": 1, "priority_end": 3},
    ),
    Listing(
        "that repeat, by start",
        "t.archived_at IS NULL AND t.recurrence IS NOT NULL"
        " ORDER BY t.starts_on IS NULL, t.starts_on, t.id",
        "starts",
        {"repeats": True},
    ),
    Listing("by title", "t.archived_at IS NULL ORDER BY t.title_key, t.id", "title"),
)


def lists(open_site: OpenSite, scale: Scale) -> Iterator[Job]:
    """Pages, numbers, the screen and the agenda of a user with very many tasks."""
    with open_site() as site:
        _seed(site, scale.tasks)
        sql = _Sql(site)
        for each in _LISTS:
            objects = Entry("the same SQL into Task objects", _objects(site, each.sql), site.count)
            page = _page(site, each)
            yield _job(f"tasks {each.name}", site, sql.page(each.sql), page, scale, objects)
        yield _job(
            "number of open tasks",
            site,
            lambda: sql.rows(
                "SELECT count(*) FROM tasks t WHERE t.user_id = 1 AND t.completed = {false}"
                " AND t.archived_at IS NULL"
            )[0][0],
            lambda: _in_session(site, lambda s: tasks.count(s, 1, completed=False)),
            scale,
        )
        yield _job(
            "tasks of the screen", site, sql.screen, lambda: _in_session(site, _screen), scale
        )
        for name, days in (("week", 7), ("month", 31)):
            last = TODAY + (days - 1) * DAY
            yield _job(
                f"agenda of a {name}",
                site,
                partial(sql.agenda, last),
                partial(_in_session, site, partial(_agenda, last)),
                scale,
            )


def _job(
    name: str,
    site: Site,
    floor: Callable[[], object],
    ours: Callable[[], object],
    scale: Scale,
    *others: Entry,
) -> Job:
    entries = [Entry(FLOOR, floor, site.floor.counted), Entry(OURS, ours, site.count), *others]
    goals = [Goal(2, entry.name) for entry in others] or [Goal(2)]
    return Job(f"{name}, of {scale.tasks:,}", entries, goals, max(3, scale.rounds // 2))


def _in_session(site: Site, call: Callable[[Any], object]) -> object:
    with site.database.session(read_only=True) as session:
        return call(session)


def _page(site: Site, listing: Listing) -> Callable[[], object]:
    def page(session: Any) -> list[int]:
        found = tasks.find(session, 1, order_by=listing.order_by, **listing.filters)
        return [task.id for task in found]

    return lambda: _in_session(site, page)


def _objects(site: Site, end: str) -> Callable[[], object]:
    where, order = end.format(false=site.floor.false).split(" ORDER BY ")
    row = aliased(Task, name="t")
    query = select(row).where(text(f"t.user_id = 1 AND {where}")).order_by(text(order)).limit(101)
    return lambda: _in_session(site, lambda s: [task.id for task in s.scalars(query).all()[:100]])


def _screen(session: Any) -> set[int]:
    seen = overview(session, 1, now=NOON)
    return {task.id for task in (*seen.overdue, *seen.due_today)}


def _agenda(last: date, session: Any) -> list[tuple[date, int]]:
    found = tasks.agenda(session, 1, TODAY, last, now=NOON)
    return sorted((item.day, item.task.id) for item in found)


class _Sql:
    """The driver alone."""

    def __init__(self, site: Site) -> None:
        self._floor = site.floor
        self._task = _TASK.format(tags=_TAGS[site.backend])

    def rows(self, sql: str, **values: object) -> list[Row]:
        false = self._floor.false
        return self._floor.rows(sql.format(task=self._task, false=false), values)

    def page(self, end: str) -> Callable[[], object]:
        sql = f"SELECT {{task}} FROM tasks t WHERE t.user_id = 1 AND {end} LIMIT 101"
        return lambda: [row[0] for row in self.rows(sql)[:100]]

    def screen(self) -> object:
        days = {"today": str(TODAY), "tomorrow": str(TODAY + DAY)}
        return {row[0] for row in self.rows(_OVERVIEW, now=self._floor.instant(NOON), **days)}

    def agenda(self, last: date) -> object:
        """The same expansion, of rows."""
        days = {"first": str(TODAY), "last": str(last)}
        items: list[tuple[date, int]] = []
        for row in self.rows(_AGENDA, **days):
            due = _day(row[10])
            if TODAY <= due <= last:
                items.append((due, row[0]))
            if row[15] is not None and row[16] == "due" and not row[5]:
                series = Series(
                    parse_recurrence(row[15]), "due", _day(row[17]), _time(row[18]), *_SETTINGS
                )
                place = Place(_day(row[19]), row[20])
                dues = series.upcoming(place, TODAY, last, NOON)
                items += [(due.due_day, row[0]) for due in dues]
        items += [(_day(row[1]), row[0]) for row in self.rows(_RECORDS, **days)]
        return sorted(items)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


def _time(value: Any) -> time | None:
    return time.fromisoformat(value) if isinstance(value, str) else value


def _seed(site: Site, number: int) -> None:
    seeds.users(site.floor, 1)
    with site.database.session() as session:
        tasks.create_many(session, 1, (_plain(n) for n in range(number)))
        tasks.create_many(session, 1, (_repeating(n) for n in range(number // 40)))
    _more(site.floor, number)


def _plain(n: int) -> TaskCreate:
    due = TODAY + (n * 7919 % 1000 - 700) * DAY
    return TaskCreate(
        title=f"Task {n * 7919 % 100_003}",
        description="Something to be done" if n % 4 == 0 else None,
        due_date=due if n % 5 < 3 else None,
        completed=n % 3 != 0,
        completed_at=NOON - (n % 900) * DAY if n % 3 else None,
        priority=n % 9 + 1 if n % 2 else None,
        estimate_minutes=n * 31 % 240 + 1 if n % 4 else None,
    )


def _repeating(n: int) -> TaskCreate:
    due = TODAY - (n % 30 - 1) * DAY
    fields: dict[str, Any] = {"due_date": due}
    if n % 2:
        fields = {"due_at": datetime.combine(due, time(9), _ZONE)}
    if n % 10 == 9:
        fields["repeats_from"] = "completion"
        return TaskCreate(title=f"Repeat {n}", recurrence="FREQ=DAILY", **fields)
    return TaskCreate(title=f"Repeat {n}", recurrence=_RULES[n % len(_RULES)], **fields)


def _more(floor: Driver, number: int) -> None:
    """Tags on a third, subtasks, starts, and a year of records of the repeating tasks."""
    stamp = "'2020-01-01 00:00:00.000000'"
    for n in range(1, 11):
        floor.write(
            "INSERT INTO tags (id, user_id, name, name_key, extra, created_at, updated_at)"
            f" VALUES ({n}, 1, 'tag {n}', 'tag {n}', '{{}}', {stamp}, {stamp})"
        )
    for shift in (1, 5):
        floor.write(
            "INSERT INTO task_tags (user_id, task_id, tag_id)"
            f" SELECT 1, id, (id + {shift}) % 10 + 1 FROM tasks WHERE id % 3 = 0"
        )
    floor.write(f"UPDATE tasks SET parent_id = id - 2 WHERE id % 10 = 7 AND id <= {number}")
    floor.write("UPDATE tasks SET starts_on = due_day WHERE id % 4 = 0")
    days = ", ".join(f"({n})" for n in range(1, 100))
    past = {
        "sqlite": "date(t.occurrence_date, '-' || d.n || ' days')",
        "postgresql": "t.occurrence_date - d.n",
    }["sqlite" if floor.false == "0" else "postgresql"]
    floor.write(
        "INSERT INTO task_occurrences (user_id, task_id, number, occurrence_date, status,"
        " due_date, due_day, completed_at, completed_on, recorded_at)"
        f" SELECT 1, t.id, 100 - d.n, {past}, 'completed', {past}, {past},"
        f" {stamp}, {past}, {stamp} FROM tasks t, (SELECT column1 AS n FROM (VALUES {days}) v) d"
        " WHERE t.recurrence = 'FREQ=DAILY'"
    )
    floor.settle()
    floor.write("ANALYZE")
