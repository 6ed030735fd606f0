"""Every service function with valid arguments: the table for the tests of what holds for all.

`test_ownership.py` checks that no function, and no id that a function takes, is missing here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from operator import attrgetter
from types import ModuleType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel
from sqlalchemy.orm import Session

import trackercore
from tests.services.support import LATER, NOW, TODAY, YEAR, Ids, Kind, logged, timed
from trackercore import (
    CategoryCreate,
    CategoryUpdate,
    CheckInCreate,
    HabitCreate,
    HabitUpdate,
    ScheduleChange,
    StudyGoalCreate,
    StudySessionUpdate,
    TagCreate,
    TagUpdate,
    TaskCreate,
    TaskUpdate,
    TopicCreate,
    TopicUpdate,
    UserCreate,
    UserUpdate,
)
from trackercore.services._shared import orders
from trackercore.services._shared.orders import Orders

KINDS: dict[str, Kind] = {
    "user_id": "user",
    "category_id": "category",
    "task_id": "task",
    "parent_id": "task",
    "habit_id": "habit",
    "topic_id": "topic",
    "session_id": "study_session",
    "tag_id": "tag",
    "into_id": "tag",
    "tags": "tag",
    "tags_all": "tag",
    "tags_any": "tag",
}
"""What the ids refer to, by the names of arguments and fields."""

LISTS_OF_TAGS = ("tags", "tags_all", "tags_any")
"""Those of them that are lists of ids and names, which pydantic checks."""

NEIGHBOURS = ("before", "after")
"""Arguments of a `move` that are the id of another row of the same kind as the one it moves."""

SOMEBODY = Ids(1, 2, 3, 4, 5, 6, 7)


def services() -> dict[str, Callable[..., object]]:
    """All service functions by name, as in "tasks.create"."""
    modules = (name for name in trackercore.__all__ if is_service(name))
    functions = {f"{m}.{name}": _function(f"{m}.{name}") for m in modules for name in _names(m)}
    return {"overview": trackercore.overview, **functions}


def is_service(name: str) -> bool:
    """Whether it is a module of services; `trackercore.rules` is a module of pure functions."""
    thing: object = getattr(trackercore, name)
    return isinstance(thing, ModuleType) and thing.__name__.startswith("trackercore.services.")


def _names(module: str) -> list[str]:
    names: list[str] = getattr(trackercore, module).__all__
    return names


def _function(service: str) -> Callable[..., object]:
    function: Callable[..., object] = attrgetter(service)(trackercore)
    return function


def keywords(function: Callable[..., object]) -> dict[str, object]:
    """The parameters after the session and their annotations, with the filters one by one."""
    hints = get_type_hints(function)
    (filters,) = get_args(hints.pop("filters", None)) or [None]
    hints |= get_type_hints(filters) if filters else {}
    return {name: hint for name, hint in hints.items() if name not in ("session", "return")}


def neighbours(service: str) -> list[str]:
    """The arguments of NEIGHBOURS that a service takes; others have these names and no ids."""
    hints = get_type_hints(_function(service))
    return [name for name in NEIGHBOURS if hints.get(name) == int | None]


@dataclass(frozen=True)
class Call:
    """A service function and arguments that it takes, for an owner of one row of each kind.

    Ids that it requires are those of the owner's rows, and `now` is NOW.

    Attributes:
        service: the function's name, as in "tasks.create".
        arguments: the others; a function is called with the owner's ids.
        prepare: what the owner does before, so that the function may be called.
    """

    service: str
    arguments: Mapping[str, object] = field(default_factory=dict[str, object])
    prepare: Callable[[Session, Ids], object] = lambda _session, _ids: None

    def __str__(self) -> str:
        return "-".join((self.service, *sorted(self.kinds), *sorted(self.arguments)))

    def run(self, session: Session, ids: Ids, **changed: object) -> object:
        self.prepare(session, ids)
        return self.run_unprepared(session, ids, **changed)

    def run_unprepared(self, session: Session, ids: Ids, **changed: object) -> object:
        """The call alone. If it has to be refused, `prepare` would be refused in its place."""
        # Looked up here, so that a test can put something else in its place.
        return _function(self.service)(session, **{**self._bind(ids), **changed})

    @cached_property
    def parameters(self) -> dict[str, object]:
        """The parameters after the session, and their annotations."""
        return keywords(_function(self.service))

    @cached_property
    def kinds(self) -> dict[Kind, bool]:
        """What the ids refer to that it gives, the owner's aside; whether pydantic checks them."""
        given = self._bind(SOMEBODY)
        kinds = dict[Kind, bool]()
        for data in (given.get("data"), *given.get("items", ())):
            if isinstance(data, BaseModel):
                names = data.model_fields_set & KINDS.keys()
                kinds |= {KINDS[name]: True for name in names if getattr(data, name)}
        names = given.keys() & KINDS.keys() - {"user_id"}
        kinds |= {KINDS[name]: name in LISTS_OF_TAGS for name in names}
        return kinds

    @cached_property
    def neighbours(self) -> dict[str, Kind]:
        """What the arguments that it gives of NEIGHBOURS refer to."""
        given = self._bind(SOMEBODY)
        return {
            name: kind for name in neighbours(self.service) for kind in self.kinds if name in given
        }

    @property
    def has_owner(self) -> bool:
        return "user_id" in self._bind(SOMEBODY)

    def argument(self, name: str, ids: Ids) -> Any:
        """What the function is given."""
        return self._bind(ids)[name]

    def _bind(self, ids: Ids) -> dict[str, Any]:
        required = inspect.signature(_function(self.service)).parameters
        own = {
            name: getattr(ids, kind)
            for name, kind in KINDS.items()
            if name in required and required[name].default is inspect.Parameter.empty
        }
        given = {
            name: value(ids) if callable(value) else value for name, value in self.arguments.items()
        }
        return ({"now": NOW} if "now" in self.parameters else {}) | own | given


def call(service: str, **arguments: Callable[[Ids], object] | object) -> Call:
    """The same, written shorter."""
    return Call(service, arguments)


def _repeat_task(session: Session, ids: Ids) -> None:
    """Its first occurrence is open, today, whatever became of it before."""
    for data in (
        TaskUpdate(completed=False, due_date=TODAY, recurrence=None),
        TaskUpdate(recurrence="FREQ=DAILY"),
    ):
        trackercore.tasks.update(session, ids.user, ids.task, data)


USER, CATEGORY, TOPIC = attrgetter("user"), attrgetter("category"), attrgetter("topic")
TASK, HABIT = attrgetter("task"), attrgetter("habit")


def TAG(ids: Ids) -> list[int | str]:  # noqa: N802
    return [ids.tag]


def TAGS(ids: Ids) -> list[int | str]:  # noqa: N802
    """The tag, and one whose name is new."""
    return [ids.tag, "new"]


IN_YEAR: dict[str, object] = {"start": YEAR[0], "end": YEAR[1]}
UNITS = ("day", "week", "month", "year")
WITH_TIMER: dict[str, object] = {"include_running": True, "now": LATER}
TOTALS = ("total", *(f"totals_by_{unit}" for unit in (*UNITS, "topic", "tag")))
REPORTS: tuple[tuple[str, dict[str, object]], ...] = (
    *((name, IN_YEAR) for name in TOTALS),
    *((name, {}) for name in TOTALS),
    ("rolling", {"n_days": 7}),
    ("rolling", {"n_days": 7, "as_of": TODAY}),
)


CALLS = (
    call("users.create", data=UserCreate(email="new@example.com")),
    call("users.find"),
    call("users.find", order_by="-email"),
    call("users.find", extra={"colour": "red", "stars": 3}),
    call("users.count"),
    call("users.find_by_email", email="ada@example.com"),
    call("users.get"),
    call("users.today"),
    call("users.update", data=UserUpdate(week_starts_on=7)),
    call("users.pause", starts_on=date(2026, 1, 3), reason="away"),
    call("users.pauses"),
    call("users.resume", on=date(2026, 1, 4)),
    call("users.delete"),
    call("categories.create", data=CategoryCreate(name="Garden")),
    call("categories.find"),
    call("categories.find", order_by="-created"),
    call("categories.find", extra={"colour": "red", "stars": 3}),
    call("categories.count"),
    call("categories.get"),
    call("categories.update", data=CategoryUpdate(name="Garden")),
    call("categories.delete"),
    call("tags.create", data=TagCreate(name="Garden")),
    call("tags.get_or_create", name="Garden"),
    call("tags.find"),
    call("tags.find", order_by="-used"),
    call("tags.find", extra={"colour": "red", "stars": 3}),
    call("tags.find", text="f"),
    call("tags.count"),
    call("tags.count", text="f"),
    call("tags.get"),
    call("tags.rename", name="Garden"),
    call("tags.update", data=TagUpdate(extra={"colour": "red"})),
    call("tags.merge"),
    call("tags.delete"),
    call("tasks.create", data=TaskCreate(title="Mow")),
    call("tasks.create", data=lambda ids: TaskCreate(title="Mow", category_id=ids.category)),
    call("tasks.create", data=lambda ids: TaskCreate(title="Rake", parent_id=ids.task)),
    call(
        "tasks.create",
        data=TaskCreate(title="Mow", due_at=NOW, recurrence="FREQ=WEEKLY;UNTIL=20271231T090000Z"),
    ),
    call("tasks.create_many", items=[TaskCreate(title="Mow")]),
    call("tasks.create_many", items=lambda ids: [TaskCreate(title="Rake", parent_id=ids.task)]),
    call(
        "tasks.create_many",
        items=[TaskCreate(title="Mow", due_date=TODAY, recurrence="FREQ=MONTHLY")],
    ),
    call("tasks.create", data=lambda ids: TaskCreate(title="Mow", tags=TAGS(ids))),
    call("tasks.create_many", items=lambda ids: [TaskCreate(title="Mow", tags=TAGS(ids))]),
    call(
        "tasks.create_many", items=lambda ids: [TaskCreate(title="Mow", category_id=ids.category)]
    ),
    call("tasks.agenda", **IN_YEAR),
    call("tasks.agenda", **IN_YEAR, category_id=CATEGORY),
    call("tasks.agenda", **IN_YEAR, parent_id=TASK),
    call("tasks.agenda", **IN_YEAR, tags_all=TAG, untagged=False),
    call("tasks.agenda", **IN_YEAR, tags_any=TAG),
    call("tasks.agenda", **IN_YEAR, priority_start=1, has_parent=False, text="s", extra={"a": 1}),
    call("tasks.find"),
    call("tasks.find", due="today"),
    call("tasks.find", category_id=CATEGORY),
    call("tasks.find", completed=False, text="s"),
    call("tasks.find", order_by="due"),
    call("tasks.find", extra={"colour": "red", "stars": 3}),
    call("tasks.find", order_by="-completed"),
    call("tasks.find", has_category=True, has_due=False, archived=None),
    call("tasks.find", due_start=YEAR[0], due_end=YEAR[1], order_by="-due"),
    call("tasks.find", completed_start=YEAR[0], completed_end=YEAR[1]),
    call("tasks.find", order_by="priority"),
    call("tasks.find", order_by="-starts"),
    call("tasks.find", order_by="estimate"),
    call("tasks.find", priority_start=1, priority_end=9, estimate_start=1, estimate_end=60),
    call("tasks.find", starts_start=YEAR[0], starts_end=YEAR[1], has_start=True),
    call("tasks.find", has_priority=False, has_estimate=False, repeats=False),
    call("tasks.find", parent_id=TASK),
    call("tasks.find", has_parent=False, due="upcoming", started=None),
    call("tasks.find", completed=False, started=True),
    call("tasks.count", started=True),
    call("tasks.count"),
    call("tasks.count", parent_id=TASK),
    call("tasks.find", tags_all=TAG, untagged=False),
    call("tasks.find", tags_any=TAGS),
    call("tasks.count", tags_all=TAG),
    call("tasks.count", due="overdue"),
    call("tasks.count", category_id=CATEGORY),
    call("tasks.get"),
    call("tasks.update", data=TaskUpdate(title="Mow")),
    call("tasks.update", data=lambda ids: TaskUpdate(category_id=ids.category)),
    call("tasks.update", data=lambda ids: TaskUpdate(tags=TAGS(ids))),
    call("tasks.update", data=TaskUpdate(title="Mow", completed=True)),
    call("tasks.update", data=TaskUpdate(completed=False)),
    call("tasks.update", data=TaskUpdate(parent_id=None)),
    call("tasks.update", data=TaskUpdate(due_date=TODAY, recurrence="FREQ=DAILY", completed=True)),
    call("tasks.complete"),
    call("tasks.complete", subtasks=True),
    call("tasks.reopen"),
    Call("tasks.complete", {"occurrence_date": TODAY}, _repeat_task),
    Call("tasks.reopen", {"occurrence_date": TODAY}, _repeat_task),
    Call("tasks.skip_occurrence", prepare=_repeat_task),
    call("tasks.occurrences", **IN_YEAR),
    *(call(f"tasks.completed_by_{unit}", **IN_YEAR) for unit in UNITS),
    call("tasks.move", before=TASK),
    call("tasks.move", after=TASK),
    call("tasks.archive"),
    call("tasks.unarchive"),
    call("tasks.archive_completed"),
    call("tasks.archive_completed", before=TODAY),
    call("tasks.delete"),
    call("habits.create", data=HabitCreate(name="Read", frequency="weekly")),
    call(
        "habits.create",
        data=lambda ids: HabitCreate(name="Sing", frequency="daily", category_id=ids.category),
    ),
    call(
        "habits.create",
        data=HabitCreate(name="Smoke", frequency="daily", direction="at_most", target=0),
    ),
    call(
        "habits.create",
        data=lambda ids: HabitCreate(name="Row", frequency="daily", category_id=ids.category),
    ),
    call(
        "habits.create",
        data=lambda ids: HabitCreate(name="Row", frequency="daily", tags=TAGS(ids)),
    ),
    call("habits.find"),
    call("habits.find", order_by="-streak"),
    call("habits.find", category_id=CATEGORY),
    call("habits.find", order_by="position"),
    call("habits.find", extra={"colour": "red", "stars": 3}),
    call("habits.find", has_category=False, archived=None, text="r"),
    call("habits.find", tags_all=TAG, untagged=False),
    call("habits.find", tags_any=TAG),
    call("habits.count"),
    call("habits.count", tags_any=TAG),
    call("habits.count", category_id=CATEGORY),
    call("habits.due"),
    call("habits.due", on=TODAY + timedelta(days=1)),
    call("habits.rebuild_streaks"),
    call("habits.rebuild_streaks", user_id=USER),
    call("habits.get"),
    call("habits.update", data=HabitUpdate(name="Read")),
    call("habits.update", data=lambda ids: HabitUpdate(tags=TAGS(ids))),
    call("habits.update", data=HabitUpdate(starts_on=date(2026, 1, 2))),
    call("habits.update", data=lambda ids: HabitUpdate(category_id=ids.category)),
    call("habits.delete"),
    call("habits.check_in", amount=2),
    call("habits.check_in", amount=2, add=True),
    call("habits.check_in", amount=0),
    call("habits.skip", on=date(2026, 3, 9)),
    call("habits.undo_check_in"),
    call("habits.check_ins"),
    call("habits.streak"),
    call("habits.any_streak"),
    call("habits.any_streak", as_of=TODAY),
    call("habits.best_streaks"),
    call("habits.completion_rate", **IN_YEAR),
    call("habits.history", **IN_YEAR),
    *(call(f"habits.amounts_by_{unit}", **IN_YEAR) for unit in UNITS),
    call("habits.strength"),
    call("habits.strength_by_day", **IN_YEAR),
    call("habits.done_by_weekday", **IN_YEAR),
    call("habits.done_by_day", **IN_YEAR),
    call(
        "habits.check_in_many",
        items=[
            CheckInCreate(on=date(2026, 3, 8)),
            CheckInCreate(amount=3),
            CheckInCreate(on=date(2026, 3, 7), status="skipped"),
        ],
    ),
    call(
        "habits.change_schedule",
        data=ScheduleChange(frequency="monthly"),
        now=NOW + timedelta(days=1),
    ),
    call("habits.schedules"),
    call("habits.pause", reason="ill"),
    call("habits.pauses"),
    call("habits.resume", on=date(2026, 1, 3)),
    call("habits.archive"),
    call("habits.unarchive"),
    call("habits.move", before=HABIT),
    call("habits.move", after=HABIT),
    call("topics.create", data=TopicCreate(name="Go")),
    call("topics.get_or_create", name="Go"),
    call("topics.get_or_create", name="SQL"),
    call("topics.find"),
    call("topics.find", archived=None, order_by="name"),
    call("topics.find", extra={"colour": "red", "stars": 3}),
    call("topics.count"),
    call("topics.get"),
    call("topics.update", data=TopicUpdate(name="Go")),
    call("topics.archive"),
    call("topics.unarchive"),
    call("topics.delete"),
    call("study_sessions.create", data=lambda ids: logged(ids.topic)),
    call("study_sessions.create_many", items=lambda ids: [logged(ids.topic)]),
    call("study_sessions.create_many", items=lambda ids: [timed(ids.topic), logged(ids.topic)]),
    call(
        "study_sessions.create_many",
        items=lambda ids: [timed(ids.topic, external_id="a"), logged(ids.topic, key="b")],
    ),
    call("study_sessions.create", data=lambda ids: logged(ids.topic, tags=TAGS(ids))),
    call(
        "study_sessions.create_many",
        items=lambda ids: [timed(ids.topic, tags=TAGS(ids)), logged(ids.topic, tags=TAG(ids))],
    ),
    call("study_sessions.create_timed", data=lambda ids: timed(ids.topic)),
    call("study_sessions.create_timed", data=lambda ids: timed(ids.topic, 30, tags=TAGS(ids))),
    call("study_sessions.create_timed", data=lambda ids: timed(ids.topic, hours=30)),
    call("study_sessions.find"),
    call("study_sessions.find", topic_id=TOPIC),
    call("study_sessions.find", order_by="-duration"),
    call("study_sessions.find", extra={"colour": "red", "stars": 3}),
    call("study_sessions.find", tags_all=TAG, untagged=False),
    call("study_sessions.find", tags_any=TAG, order_by="-day"),
    call("study_sessions.count"),
    call("study_sessions.count", tags_any=TAG),
    call("study_sessions.count", topic_id=TOPIC, **IN_YEAR),
    call("study_sessions.get"),
    call("study_sessions.parts"),
    call("study_sessions.update", data=StudySessionUpdate(notes="hard")),
    call("study_sessions.update", data=lambda ids: StudySessionUpdate(topic_id=ids.topic)),
    call("study_sessions.update", data=StudySessionUpdate(study_date=date(2026, 3, 1))),
    call("study_sessions.update", data=lambda ids: StudySessionUpdate(tags=TAGS(ids))),
    call("study_sessions.delete"),
    call("study_sessions.start", switch=True, discard=True, on_overlap="allow"),
    call("study_sessions.running"),
    call("study_sessions.stop", now=LATER),
    call("study_sessions.stop", at=NOW + timedelta(minutes=20), now=LATER),
    call("study_sessions.stop", tags=TAGS, now=LATER),
    call("study_sessions.cancel"),
    *(
        call(f"study_sessions.{name}", **days, **options)
        for name, days in REPORTS
        for options in ({}, {"topic_id": TOPIC}, WITH_TIMER, {"topic_id": TOPIC, **WITH_TIMER})
    ),
    call("study_sessions.totals_by_tag", fill=True),
    call("study_sessions.streak"),
    call("study_sessions.streak", topic_id=TOPIC),
    call("study_sessions.set_goal", data=StudyGoalCreate(minutes=30)),
    call(
        "study_sessions.set_goal", data=lambda ids: StudyGoalCreate(minutes=30, topic_id=ids.topic)
    ),
    call("study_sessions.goals"),
    call("study_sessions.goal_progress"),
    call("study_sessions.goal_progress", topic_id=TOPIC),
    call("study_sessions.goal_streak"),
    call("study_sessions.goal_streak", topic_id=TOPIC),
    call("overview"),
)

OWNED = tuple(call for call in CALLS if call.has_owner)


def first(service: str) -> Call:
    """The plainest call of a service function."""
    return next(call for call in CALLS if call.service == service)


FINDS = {call.service: call for call in reversed(CALLS) if call.service.endswith(".find")}
"""The plainest call of each `find`."""

ORDERS: dict[str, Orders] = {
    "users.find": orders.USERS,
    "categories.find": orders.CATEGORIES,
    "tags.find": orders.TAGS,
    "tasks.find": orders.TASKS,
    "habits.find": orders.HABITS,
    "topics.find": orders.TOPICS,
    "study_sessions.find": orders.STUDY_SESSIONS,
}
"""How each `find` can sort."""
