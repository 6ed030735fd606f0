"""After any calls, tasks and study are what a model in plain Python says, and so are all answers.

For habits, there is tests/services/habits/test_any_calls.py.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import select

from tests.services.model import DAY, MINUTE, Due, Person, PlainTask, Stay, same_name
from tests.support.machines import CallsOfServices, run
from trackercore import (
    CategoryCreate,
    CategoryUpdate,
    Database,
    ExternalIdTaken,
    NameTaken,
    NoRunningTimer,
    NotFound,
    Page,
    SessionsOverlap,
    StudyGoalCreate,
    StudySession,
    StudySessionCreate,
    StudySessionUpdate,
    Task,
    TaskCreate,
    TaskUpdate,
    TimedSessionCreate,
    Timer,
    TimerAlreadyRunning,
    TimerOverlaps,
    TopicCreate,
    TopicUpdate,
    TrackerError,
    UserCreate,
    categories,
    study_sessions,
    tasks,
    topics,
    users,
)

P = ParamSpec("P")
T = TypeVar("T")

BEGIN = datetime(2026, 3, 10, 11, tzinfo=UTC)

which = st.integers(0, 1)
picks = st.integers(0, 11)  # of what there is, the so-manyth; the last is of nobody
names = st.sampled_from(["Go", "GO", "Straße", "STRASSE", "c", "C", "c++", "%", "_", "ж", "Ж"])
titles = st.text(alphabet="aB%_\\' ", min_size=1, max_size=6).filter(lambda title: title.strip())
keys = st.none() | st.sampled_from(["1", "2", "3", "%", "a", "A"])
offsets = st.integers(-3, 3)
minutes = st.integers(1, 200)
NOWHERE = 10**9
"""An id that nobody has."""


class AnyCalls(CallsOfServices):
    """Two users who do not see each other's rows, and time going on."""

    def __init__(self, database: Database, compared_every: int = 1) -> None:
        super().__init__(database, compared_every)
        self.now = BEGIN
        self.people: list[Person] = []

    @initialize(late=st.sampled_from([0, 180, 1439]))
    def begin(self, late: int) -> None:
        for which, day_starts_at in enumerate((0, late)):
            data = UserCreate(email=f"{which}@example.com", day_starts_at=day_starts_at)
            self.people.append(
                Person(self.call(users.create, self.session, data).id, day_starts_at)
            )
            for number, name in enumerate(("Math", "Physics")):
                self.create_topic(which, name, 1)
                self.create_category(which, name)
                self.create_task(which, name, number, number, number == 1, None)

    @rule(hours=st.integers(0, 30), more=st.integers(0, 59))
    def let_time_pass(self, hours: int, more: int) -> None:
        self.now += timedelta(hours=hours, minutes=more)

    @rule()
    def commit_and_go_on_in_a_new_session(self) -> None:
        self.begin_a_new_session()

    @rule(which=which, name=names)
    def undo_by_a_savepoint(self, which: int, name: str) -> None:
        before = deepcopy(self.people)
        savepoint = self.session.begin_nested()
        self.create_category(which, name)
        self.create_topic(which, name, None)
        self.delete_topic(which, 0)
        savepoint.rollback()
        self.people = before

    # Categories

    @rule(which=which, name=names)
    def create_category(self, which: int, name: str) -> None:
        person = self.people[which]
        data = CategoryCreate(name=name)
        error = self._refused(NameTaken, taken(name, person.categories))
        made = self._call(error, categories.create, self.session, person.user, data)
        if made is not None:
            person.categories[made.id] = name

    @rule(which=which, pick=picks, name=names)
    def rename_category(self, which: int, pick: int, name: str) -> None:
        person = self.people[which]
        row = pick_of(person.categories, pick)
        others = {other: held for other, held in person.categories.items() if other != row}
        error = self._refused(NameTaken, taken(name, others), row in person.categories)
        args = (self.session, person.user, row, CategoryUpdate(name=name))
        if self._call(error, categories.update, *args) is not None:
            person.categories[row] = name

    @rule(which=which, pick=picks)
    def delete_category(self, which: int, pick: int) -> None:
        person = self.people[which]
        row = pick_of(person.categories, pick)
        error = None if row in person.categories else NotFound
        self._call(error, categories.delete, self.session, person.user, row)
        if error is None:
            del person.categories[row]
            for task in person.tasks.values():
                task.category = None if task.category == row else task.category

    # Tasks

    @rule(
        which=which,
        title=titles,
        pick=picks,
        due=st.none() | offsets,
        timed=st.booleans(),
        key=keys,
    )
    def create_task(
        self, which: int, title: str, pick: int, due: int | None, timed: bool, key: str | None
    ) -> None:
        person = self.people[which]
        category = pick_of(person.categories, pick) if pick % 3 else None
        due_at = self.now + due * timedelta(hours=9) if due is not None and timed else None
        due_date = self.now.date() + due * DAY if due is not None and not timed else None
        data = TaskCreate(
            title=title, category_id=category, due_date=due_date, due_at=due_at, external_id=key
        )
        there = category is None or category in person.categories
        error = self._refused(ExternalIdTaken, key_taken(key, person.tasks.values()), there)
        made = self._call(error, tasks.create, self.session, person.user, data)
        if made is not None:
            person.tasks[made.id] = PlainTask(title.strip(), category, due_date, due_at, key)

    @rule(which=which, pick=picks, title=st.none() | titles, key=keys)
    def update_task(self, which: int, pick: int, title: str | None, key: str | None) -> None:
        person = self.people[which]
        row = pick_of(person.tasks, pick)
        data = TaskUpdate(external_id=key)
        if title is not None:
            data = TaskUpdate(title=title, external_id=key)
        others = [task for other, task in person.tasks.items() if other != row]
        error = self._refused(ExternalIdTaken, key_taken(key, others), row in person.tasks)
        if self._call(error, tasks.update, self.session, person.user, row, data) is not None:
            task = person.tasks[row]
            task.external_id, task.title = key, (title or task.title).strip()

    @rule(which=which, pick=picks, how=st.sampled_from(["complete", "reopen", "delete"]))
    def finish_task(self, which: int, pick: int, how: str) -> None:
        person = self.people[which]
        row = pick_of(person.tasks, pick)
        error = None if row in person.tasks else NotFound
        if how == "complete":
            self._call(error, tasks.complete, self.session, person.user, row, now=self.now)
        else:
            service = tasks.reopen if how == "reopen" else tasks.delete
            self._call(error, service, self.session, person.user, row)
        if error is None:
            task = person.tasks[row]
            if how == "complete":
                task.completed_at = task.completed_at or self.now
            elif how == "reopen":
                task.completed_at = None
            else:
                del person.tasks[row]

    @rule(
        which=which,
        completed=st.none() | st.booleans(),
        due=st.none() | st.sampled_from(["overdue", "today", "upcoming"]),
        text=st.none() | st.text(alphabet="ab%_\\'", min_size=1, max_size=2),
        limit=st.integers(1, 4),
    )
    def find_tasks(
        self, which: int, completed: bool | None, due: Due | None, text: str | None, limit: int
    ) -> None:
        person = self.people[which]
        today = person.day(self.now)
        expected = [
            row
            for row, task in sorted(person.tasks.items())
            if completed in (None, task.completed_at is not None)
            and (text is None or text.lower() in task.title.lower())
            and (
                due is None
                or task.is_due(due, self.now, today, task.due_at and person.day(task.due_at))
            )
        ]
        found = self._pages(
            tasks.find, person, completed=completed, due=due, text=text, now=self.now, limit=limit
        )
        assert found == expected

    @rule(which=which, pick=picks, key=keys)
    def find_tasks_of_a_category(self, which: int, pick: int, key: str | None) -> None:
        person = self.people[which]
        category = pick_of(person.categories, pick)
        if category not in person.categories:
            find = tasks.find
            self._call(NotFound, find, self.session, person.user, category_id=category)
            return
        found = self._pages(tasks.find, person, category_id=category, external_id=key, limit=2)
        assert found == [
            row
            for row, task in sorted(person.tasks.items())
            if task.category == category and key in (None, task.external_id)
        ]

    # Topics

    @rule(which=which, name=names, pick=st.none() | picks)
    def create_topic(self, which: int, name: str, pick: int | None) -> None:
        """Or get it, or give its name to another one."""
        person = self.people[which]
        if pick is None:
            known = taken(name, person.topics)
            row = self._call(None, topics.get_or_create, self.session, person.user, name)
            assert row is not None
            assert known is None or row.id == known
            person.topics.setdefault(row.id, name)
        elif pick % 2:
            error = self._refused(NameTaken, taken(name, person.topics))
            data = TopicCreate(name=name)
            made = self._call(error, topics.create, self.session, person.user, data)
            if made is not None:
                person.topics[made.id] = name
        else:
            topic = pick_of(person.topics, pick)
            others = {other: held for other, held in person.topics.items() if other != topic}
            error = self._refused(NameTaken, taken(name, others), topic in person.topics)
            args = (self.session, person.user, topic, TopicUpdate(name=name))
            if self._call(error, topics.update, *args) is not None:
                person.topics[topic] = name

    @rule(which=which, pick=picks)
    def delete_topic(self, which: int, pick: int) -> None:
        person = self.people[which]
        topic = pick_of(person.topics, pick)
        error = None if topic in person.topics else NotFound
        self._call(error, topics.delete, self.session, person.user, topic)
        if error is None:
            person.delete_topic(topic)

    # Study

    @rule(which=which, pick=picks, length=minutes, ago=st.integers(0, 4), key=keys)
    def log(self, which: int, pick: int, length: int, ago: int, key: str | None) -> None:
        person = self.people[which]
        topic, day = pick_of(person.topics, pick), person.day(self.now) - ago * DAY
        data = StudySessionCreate(
            topic_id=topic, duration_minutes=length, study_date=day, external_id=key
        )
        there = topic in person.topics
        error = self._refused(ExternalIdTaken, key_taken(key, person.stays.values()), there)
        args = (self.session, person.user, data)
        made = self._call(error, study_sessions.create, *args, now=self.now)
        if made is not None:
            person.stays[made.id] = Stay(topic, day, length, key)

    @rule(which=which, pick=picks, lengths=st.lists(minutes, max_size=4))
    def log_many(self, which: int, pick: int, lengths: list[int]) -> None:
        person = self.people[which]
        topic, day = pick_of(person.topics, pick), person.day(self.now)
        items = [
            StudySessionCreate(
                topic_id=topic, duration_minutes=length, external_id=f"many-{length}"
            )
            for length in lengths
        ]
        error = None if topic in person.topics or not items else NotFound
        args = (self.session, person.user, items)
        result = self._call(error, study_sessions.create_many, *args, now=self.now)
        if result is None:
            return
        known = {stay.external_id for stay in person.stays.values()}
        new = {length for length in lengths if f"many-{length}" not in known}
        assert (result.created, result.found) == (len(new), len(lengths) - len(new))
        for length in new:
            found = self._pages(study_sessions.find, person, external_id=f"many-{length}", limit=1)
            person.stays[found[0]] = Stay(topic, day, length, f"many-{length}")

    @rule(which=which, pick=picks, ago=st.integers(0, 3000), length=st.integers(1, 2000))
    def log_timed(self, which: int, pick: int, ago: int, length: int) -> None:
        person = self.people[which]
        topic = pick_of(person.topics, pick)
        end = self.now - ago * MINUTE
        start = end - length * MINUTE
        data = TimedSessionCreate(topic_id=topic, started_at=start, ended_at=end)
        # The last one that is in the way is named, and the timer runs on.
        overlapped = TimerOverlaps if person.timer_overlaps(end) else SessionsOverlap
        is_taken = person.overlaps(start, end) or person.timer_overlaps(end)
        error = self._refused(overlapped, is_taken, topic in person.topics)
        args = (self.session, person.user, data)
        parts = self._call(error, study_sessions.create_timed, *args, now=self.now)
        if parts is not None:
            self._stored(person, topic, start, end, parts)

    @rule(which=which, pick=picks, length=minutes)
    def change_the_length(self, which: int, pick: int, length: int) -> None:
        person = self.people[which]
        row = pick_of({n: s for n, s in person.stays.items() if s.started_at is None}, pick)
        error = None if row in person.stays else NotFound
        args = (self.session, person.user, row, StudySessionUpdate(duration_minutes=length))
        if self._call(error, study_sessions.update, *args, now=self.now) is not None:
            person.stays[row] = person.stays[row]._replace(minutes=length)

    @rule(which=which, pick=picks)
    def delete_study(self, which: int, pick: int) -> None:
        person = self.people[which]
        row = pick_of(person.stays, pick)
        error = None if row in person.stays else NotFound
        self._call(error, study_sessions.delete, self.session, person.user, row)
        if error is None:
            for part in person.whole(row):
                del person.stays[part]

    @rule(which=which, pick=picks)
    def start(self, which: int, pick: int) -> None:
        person = self.people[which]
        topic = pick_of(person.topics, pick)
        error: type[TrackerError] | None = None
        if topic not in person.topics:
            error = NotFound
        elif person.timer is not None:
            error = TimerAlreadyRunning
        args = (self.session, person.user, topic)
        if self._call(error, study_sessions.start, *args, now=self.now) is not None:
            person.timer = topic, self.now

    @rule(which=which)
    def stop(self, which: int) -> None:
        person = self.people[which]
        error = NoRunningTimer if person.timer is None else None
        started = self.now if person.timer is None else person.timer[1]
        at = min(self.now, started + 20 * DAY)
        args = (self.session, person.user)
        parts = self._call(error, study_sessions.stop, *args, at=at, discard=True, now=self.now)
        if person.timer is not None:
            (topic, _), person.timer = person.timer, None
            self._stored(person, topic, started, at, parts or [])

    @rule(which=which)
    def cancel(self, which: int) -> None:
        person = self.people[which]
        error = NoRunningTimer if person.timer is None else None
        self._call(error, study_sessions.cancel, self.session, person.user)
        person.timer = None

    @rule(which=which, first=st.integers(-6, 1), length=st.integers(0, 6), pick=st.none() | picks)
    def add_up(self, which: int, first: int, length: int, pick: int | None) -> None:
        person = self.people[which]
        start = self.now.date() + first * DAY
        end = start + length * DAY
        topic = None if pick is None else pick_of(person.topics, pick)
        scope = (self.session, person.user, start, end)
        if topic is not None and topic not in person.topics:
            self._call(NotFound, study_sessions.total, *scope, topic_id=topic)
            return
        stays = person.studied(start, end, topic)
        total = self._call(None, study_sessions.total, *scope, topic_id=topic)
        assert total is not None
        assert (total.minutes, total.sessions) == sums(stays)
        days = self._call(None, study_sessions.totals_by_day, *scope, topic_id=topic)
        assert days is not None
        assert {day.start: (day.minutes, day.sessions) for day in days} == {
            day: sums([stay for stay in stays if stay.day == day])
            for day in sorted({stay.day for stay in stays})
        }
        found = self._pages(
            study_sessions.find, person, start=start, end=end, topic_id=topic, limit=3
        )
        order = sorted((stay.day, row) for row, stay in person.stays.items() if stay in stays)
        assert found == [row for _, row in order]

    @rule(which=which, pick=st.none() | picks, goal=st.sampled_from([0, 30, 60]))
    def set_goal(self, which: int, pick: int | None, goal: int) -> None:
        person = self.people[which]
        topic = None if pick is None else pick_of(person.topics, pick)
        error = None if topic is None or topic in person.topics else NotFound
        data = StudyGoalCreate(minutes=goal, topic_id=topic)
        args = (self.session, person.user, data)
        if self._call(error, study_sessions.set_goal, *args, now=self.now) is not None:
            person.goals.setdefault(topic, {})[person.day(self.now)] = goal

    @rule(which=which, pick=st.none() | picks, ago=st.integers(0, 3))
    def look_at_the_goal(self, which: int, pick: int | None, ago: int) -> None:
        person = self.people[which]
        topic = None if pick is None else pick_of(person.topics, pick)
        day = person.day(self.now) - ago * DAY
        error = None if topic is None or topic in person.topics else NotFound
        args = (self.session, person.user, day)
        progress = self._call(
            error, study_sessions.goal_progress, *args, topic_id=topic, now=self.now
        )
        if progress is not None:
            done, goal = sums(person.studied(day, day, topic))[0], person.goal(day, topic)
            assert (progress.minutes, progress.goal) == (done, goal)
            assert progress.remaining == max((goal or 0) - done, 0)
            assert progress.met == (None if goal is None else done >= goal)

    @rule(which=which, pick=picks)
    def ask_for_a_row_of_the_other_user(self, which: int, pick: int) -> None:
        person, other = self.people[which], self.people[1 - which]
        services: list[tuple[Callable[..., object], dict[int, Any]]] = [
            (tasks.get, other.tasks),
            (categories.get, other.categories),
            (topics.get, other.topics),
            (study_sessions.get, other.stays),
        ]
        for get, rows in services:
            self._call(NotFound, get, self.session, person.user, pick_of(rows, pick))

    def compare(self) -> None:
        columns = (Task.title, Task.category_id, Task.external_id, Task.completed)
        stored = self.session.execute(select(Task.id, *columns, Task.completed_at))
        assert sorted(tuple(row) for row in stored) == sorted(
            (
                row,
                task.title,
                task.category,
                task.external_id,
                task.completed_at is not None,
                task.completed_at,
            )
            for person in self.people
            for row, task in person.tasks.items()
        )
        assert sorted(
            tuple(row) for row in self.session.execute(select(Timer.topic_id, Timer.started_at))
        ) == sorted(person.timer for person in self.people if person.timer is not None)
        of_study = (StudySession.id, StudySession.topic_id, StudySession.study_date)
        kept = self.session.execute(select(*of_study, StudySession.duration_minutes))
        assert sorted(tuple(row) for row in kept) == sorted(
            (row, stay.topic, stay.day, stay.minutes)
            for person in self.people
            for row, stay in person.stays.items()
        )

    @rule(which=which)
    def look_at_the_timer(self, which: int) -> None:
        person = self.people[which]
        timer = self._call(None, study_sessions.running, self.session, person.user)
        assert (timer and (timer.topic_id, timer.started_at)) == person.timer

    def _call(
        self,
        error: type[TrackerError] | None,
        service: Callable[P, T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T | None:
        """Make a call, which has to end in this error if one is given."""
        if error is None:
            return self.call(service, *args, **kwargs)
        with pytest.raises(error) as caught:
            self.call(service, *args, **kwargs)
        assert type(caught.value) is error
        return None

    def _refused(
        self, error: type[TrackerError], is_refused: object, there: bool = True
    ) -> type[TrackerError] | None:
        """What a call must end in; a row that is missing comes first."""
        if not there:
            return NotFound
        return error if is_refused else None

    def _pages(
        self, find: Callable[..., Page[Any]], person: Person, **conditions: Any
    ) -> list[int]:
        """The ids of all pages, which are full except the last one."""
        limit, after, found = conditions["limit"], None, list[int]()
        while True:
            page = self.call(find, self.session, person.user, after=after, **conditions)
            found += [row.id for row in page]
            after = page.next
            if after is None:
                return found
            assert len(page) == limit

    def _stored(
        self, person: Person, topic: int, start: datetime, end: datetime, rows: list[StudySession]
    ) -> None:
        """Take over the parts of a timed session, which must be those of the model."""
        spans = list(person.parts(start, end))
        assert [(row.started_at, row.ended_at) for row in rows] == spans
        for row, (begun, ended) in zip(rows, spans, strict=True):
            length = (ended - begun) // MINUTE
            first = None if row is rows[0] else rows[0].id
            assert (row.part_of, row.duration_minutes) == (first, length)
            stay = Stay(topic, person.day(begun), length, None, begun, ended, first)
            person.stays[row.id] = stay


def pick_of(rows: dict[int, Any], pick: int) -> int:
    """One of the ids, or that of nothing."""
    ids = sorted(rows)
    return NOWHERE if not ids or pick == 11 else ids[pick % len(ids)]


def taken(name: str, held: dict[int, str]) -> int | None:
    return next((row for row, other in held.items() if same_name(name, other)), None)


def key_taken(key: str | None, rows: Any) -> bool:
    return key is not None and any(row.external_id == key for row in rows)


def sums(stays: list[Stay]) -> tuple[int, int]:
    return sum(stay.minutes for stay in stays), len(stays)


@pytest.mark.slow
@pytest.mark.hypothesis  # for the nightly session; a state machine has no @given
def test_after_any_calls_tasks_and_study_are_those_of_the_model(database: Database) -> None:
    options = settings(max_examples=settings().max_examples // 10, stateful_step_count=50)
    run(lambda: AnyCalls(database), options)
