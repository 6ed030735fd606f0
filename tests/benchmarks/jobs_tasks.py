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
from tests.benchmarks.floor_tasks import Item, TasksFloor, answer_of
from tests.benchmarks.harness import FLOOR, OURS, Entry, Goal, Job
from tests.benchmarks.scale import DAY, NOON, TODAY, OpenSite, Scale
from tests.benchmarks.seeds import Driver
from tests.benchmarks.site import Site
from trackercore import AgendaItem, Task, TaskCreate, TaskFilters, TaskOrder, tasks

_ZONE = ZoneInfo("Europe/Berlin")
_RULES = ("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=MONTHLY", "FREQ=YEARLY")


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
        sql = TasksFloor(site.floor)
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
            "overview screen",
            site,
            lambda: site.floor.overview(1, NOON),
            lambda: site.ours.screen(1, NOON),
            scale,
        )
        for name, days in (("week", 7), ("month", 31)):
            last = TODAY + (days - 1) * DAY
            ours = partial(_in_session, site, partial(_agenda, last))
            entries = [
                Entry(FLOOR, partial(sql.agenda, last), site.floor.counted, answer=answer_of),
                Entry(OURS, ours, site.count, answer=lambda found: list(map(_item, found))),
            ]
            yield Job(f"agenda of a {name}, of {scale.tasks:,}", entries, [Goal(2)], _rounds(scale))


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
    return Job(f"{name}, of {scale.tasks:,}", entries, goals, _rounds(scale))


def _rounds(scale: Scale) -> int:
    return max(3, scale.rounds // 2)


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


def _agenda(last: date, session: Any) -> list[AgendaItem]:
    return tasks.agenda(session, 1, TODAY, last, now=NOON)


def _item(item: AgendaItem) -> Item:
    task = item.task
    due = (item.occurrence_date, item.due_date, item.due_at)
    progress = task.progress and f"{task.progress.completed}/{task.progress.total}"
    return (item.day, item.status, *due, task.id, task.title, task.tags, progress)


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
