"""Repeating tasks: completed, skipped, opened again, changed and moved, as by a slow model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.services.support import person
from tests.services.tasks.repeating_model import Model, Shown
from tests.support.repeating_oracle import Owner
from tests.support.statements import count_statements
from trackercore import (
    Database,
    NotFound,
    OccurrenceNotLast,
    OccurrenceNotOpen,
    RepeatingTaskNotDue,
    Task,
    TaskCreate,
    TaskDoesNotRepeat,
    TaskFilters,
    TaskUpdate,
    UserCreate,
    UserUpdate,
    tasks,
    users,
)
from trackercore.domain.recurrence import RepeatsFrom
from trackercore.models import TaskOccurrence

DAY = timedelta(days=1)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def owner_in(session: Session, zone: str = "UTC", day_starts_at: int = 0) -> int:
    data = UserCreate(email="ada@example.com", time_zone=zone, day_starts_at=day_starts_at)
    return users.create(session, data).id


def repeating(session: Session, owner: int, recurrence: str, **fields: Any) -> Task:
    data = TaskCreate(title="t", recurrence=recurrence, **fields)
    return tasks.create(session, owner, data)


def statuses(
    session: Session, task: Task, start: date, end: date, now: datetime
) -> list[tuple[int, str]]:
    found = tasks.occurrences(session, task.user_id, task.id, start, end, now=now)
    return [(one.occurrence_date.day, one.status) for one in found]


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


# --- Anything that can happen, against the model -----------------------------------------------

RULES = [
    ("FREQ=DAILY", "due"),
    ("FREQ=DAILY;COUNT=4", "due"),
    ("FREQ=DAILY;INTERVAL=3", "due"),
    ("FREQ=WEEKLY;BYDAY=MO,TH", "due"),
    ("FREQ=MONTHLY", "due"),
    ("FREQ=DAILY;UNTIL=20120105", "due"),
    ("FREQ=DAILY", "completion"),
    ("FREQ=MONTHLY", "completion"),
    ("FREQ=DAILY;COUNT=4;INTERVAL=2", "completion"),
]
OWNERS = [
    Owner("Europe/Berlin", 0),
    Owner("America/New_York", 180),
    Owner("Pacific/Apia", 0),
    Owner("Pacific/Apia", 720),
]


class Do(NamedTuple):
    """Something that happens so many hours after what happened before."""

    what: str
    hours: int
    value: Any = None


hours = st.sampled_from([1, 7, 24, 24, 25, 49, 200, 800])
steps = st.one_of(
    st.builds(Do, st.sampled_from(["completed", "skipped", "reopen"]), hours, st.none()),
    st.builds(Do, st.sampled_from(["due", "due for good"]), hours, st.integers(-72, 300)),
    st.builds(Do, st.just("starts"), hours, st.none() | st.integers(0, 5)),
    st.builds(Do, st.just("start again"), hours, st.none()),
    st.builds(Do, st.just("rule"), hours, st.sampled_from(RULES)),
    st.builds(Do, st.just("move"), hours, st.sampled_from(OWNERS)),
)


@settings(max_examples=settings().max_examples // 10)
@given(
    st.sampled_from(RULES),
    st.dates(date(2011, 12, 20), date(2012, 1, 1)),
    st.sampled_from([None, time(0, 30), time(9)]),
    st.sampled_from(OWNERS[:3]),
    st.one_of(st.none(), st.integers(1, 3)),
    st.lists(steps, max_size=8),
)
def test_a_task_goes_on_as_the_model(
    database: Database,
    rule: tuple[str, str],
    start: date,
    clock: time | None,
    owner: Owner,
    days_before: int | None,
    todo: list[Do],
) -> None:
    model = Model(*rule, start, clock, owner)
    with database.session() as session:
        user = owner_in(session, *owner)
        due_date, due_at = model.due
        if due_at is not None:  # the date may be nonexistent there
            wall = due_at.astimezone(ZoneInfo(owner.time_zone))
            model.start = model.date = wall.date()
            model.time, model.due = wall.time(), (None, due_at)
        model.edit_start(days_before)
        task = repeating(
            session,
            user,
            rule[0],
            repeats_from=rule[1],
            due_date=due_date,
            due_at=due_at,
            starts_on=model.starts_on,
        )
        now = datetime.combine(start, time(5), UTC)
        for step in todo:
            now += timedelta(hours=step.hours)
            _do(session, task, model, step, now)
            session.flush()
            session.expire_all()
            _compare(session, task, model, now)
        session.rollback()


def _do(session: Session, task: Task, model: Model, step: Do, now: datetime) -> None:
    owner = task.user_id
    match step.what:
        case "reopen":
            model.reopen()
            tasks.reopen(session, owner, task.id, now=now)
        case "starts":
            model.edit_start(step.value)
            tasks.update(session, owner, task.id, TaskUpdate(starts_on=model.starts_on))
        case "start again":
            model.start_again()
            tasks.update(session, owner, task.id, TaskUpdate(this_and_future=True))
        case "due" | "due for good" as what:
            moment = now.replace(minute=0) + timedelta(hours=step.value)
            if model.starts_on is not None:  # it may not be due before it starts
                moment = max(moment, datetime.combine(model.starts_on + 2 * DAY, time(), UTC))
            due = (None, moment) if step.value % 2 else (moment.date(), None)
            model.edit_due(due)
            if is_for_good := what == "due for good":
                model.start_again()
            fields: dict[str, Any] = {"due_at": due[1]} if due[1] else {"due_date": due[0]}
            data = TaskUpdate(**fields, this_and_future=is_for_good)
            tasks.update(session, owner, task.id, data)
        case "rule":
            rule, repeats_from = step.value
            model.change_rule(rule, repeats_from)
            data = TaskUpdate(recurrence=rule, repeats_from=repeats_from)
            tasks.update(session, owner, task.id, data)
        case "move":
            model.move(step.value)
            zone, day_starts_at = step.value
            data_of_user = UserUpdate(time_zone=zone, day_starts_at=day_starts_at)
            users.update(session, owner, data_of_user, now=now)
        case "completed" if model.finished is None:
            model.close("completed", now)
            tasks.complete(session, owner, task.id, now=now)
        case "skipped" if model.finished is None:
            model.close("skipped", now)
            tasks.skip_occurrence(session, owner, task.id, now=now)
        case _:
            tasks.complete(session, owner, task.id, now=now)  # changes nothing


def _compare(session: Session, task: Task, model: Model, now: datetime) -> None:
    assert (task.due_date, task.due_at) == model.due
    assert (task.occurrence_date, task.occurrence_number) == (model.date, model.number or None)
    assert (task.recurrence_start, task.recurrence_time) == (model.start, model.time)
    assert (task.starts_on, task.starts_days_before) == (model.starts_on, model.days_before)
    finished = model.finished
    assert task.completed == (finished is not None)
    assert task.completed_at == (finished.completed_at if finished else None)
    start, end = model.start - 40 * DAY, model.start + 90 * DAY
    found = tasks.occurrences(session, task.user_id, task.id, start, end, now=now)
    shown = [
        Shown(one.occurrence_date, one.status, (one.due_date, one.due_at), one.completed_at)
        for one in found
    ]
    assert sorted(shown, key=str) == sorted(model.shown(start, end, now), key=str)
    assert [one.date for one in shown] == sorted(one.date for one in shown)


# --- The same by examples ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "start"),
    [(BERLIN, date(2026, 3, 27)), (BERLIN, date(2026, 10, 23)), (NEW_YORK, date(2026, 3, 6))],
    ids=str,
)
def test_nine_stays_nine_over_a_change_of_clocks(
    session: Session, zone: ZoneInfo, start: date
) -> None:
    owner = owner_in(session, zone.key)
    due_at = datetime.combine(start, time(9), zone)
    task = repeating(session, owner, "FREQ=DAILY", due_at=due_at)
    offsets: set[timedelta | None] = set()
    for number in range(6):
        assert task.due_at is not None
        local = task.due_at.astimezone(zone)
        assert (local.date(), local.time()) == (start + number * DAY, time(9))
        offsets.add(local.utcoffset())
        tasks.complete(session, owner, task.id, now=task.due_at)
    assert len(offsets) == 2


def test_in_a_gap_it_is_due_by_the_clock_from_before_and_the_next_one_does_not_drift(
    session: Session,
) -> None:
    owner = owner_in(session, "Europe/Berlin")
    due_at = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)
    task = repeating(session, owner, "FREQ=DAILY", due_at=due_at)
    found: list[str] = []
    for _ in range(3):
        assert task.due_at is not None
        found.append(f"{task.due_at.astimezone(BERLIN):%d %H:%M}")
        tasks.complete(session, owner, task.id, now=task.due_at)
    assert found == ["28 02:30", "29 03:30", "30 02:30"]


def test_months_away_leave_no_copies(session: Session) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=WEEKLY", due_date=date(2026, 1, 5))
    back = at(2026, 4, 1)
    tasks.complete(session, owner, task.id, now=back)
    assert (task.occurrence_date, task.occurrence_number) == (date(2026, 4, 6), 14)
    assert tasks.count(session, owner) == 1
    assert session.scalar(select(func.count()).select_from(TaskOccurrence)) == 1
    found = statuses(session, task, date(2026, 1, 1), date(2026, 4, 30), back)
    assert [status for _, status in found] == ["completed", *["missed"] * 12, "open"] + [
        "upcoming"
    ] * 3


def test_one_that_is_done_early_is_not_done_twice(session: Session) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=WEEKLY", due_date=date(2026, 1, 12))
    tasks.complete(session, owner, task.id, now=at(2026, 1, 6))
    assert task.due_date == date(2026, 1, 19)


def test_count_includes_skipped_and_missed_ones_and_then_the_task_is_completed(
    session: Session,
) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=DAILY;COUNT=5", due_date=date(2026, 1, 1))
    tasks.complete(session, owner, task.id, now=at(2026, 1, 1, 9))
    tasks.skip_occurrence(session, owner, task.id, now=at(2026, 1, 4, 9))  # misses the third
    assert (task.occurrence_date, task.occurrence_number) == (date(2026, 1, 4), 4)
    tasks.complete(session, owner, task.id, now=at(2026, 1, 5, 9))
    assert (task.occurrence_date, task.completed) == (date(2026, 1, 5), False)
    tasks.complete(session, owner, task.id, now=at(2026, 1, 5, 10))
    assert (task.completed, task.completed_at) == (True, at(2026, 1, 5, 10))
    found = statuses(session, task, date(2026, 1, 1), date(2026, 1, 31), at(2026, 1, 6))
    assert found == [
        *((1, "completed"), (2, "skipped"), (3, "missed"), (4, "completed"), (5, "completed")),
    ]


def test_a_last_one_that_is_skipped_ends_the_task_without_a_time(session: Session) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=DAILY;UNTIL=20260102", due_date=date(2026, 1, 2))
    tasks.skip_occurrence(session, owner, task.id, now=at(2026, 1, 2))
    assert (task.completed, task.completed_at) == (True, None)
    days = (date(2026, 1, 1), date(2026, 1, 9))
    assert statuses(session, task, *days, at(2026, 1, 3)) == [(2, "skipped")]
    again = tasks.skip_occurrence(session, owner, task.id, now=at(2026, 1, 2))
    assert tasks.complete(session, owner, task.id).completed_at is None
    tasks.reopen(session, owner, task.id)
    assert not again.completed
    assert statuses(session, task, *days, at(2026, 1, 2)) == [(2, "open")]


def test_the_last_ones_that_are_over_are_missed_and_the_task_is_completed(
    session: Session,
) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=DAILY;COUNT=3", due_date=date(2026, 1, 1))
    tasks.complete(session, owner, task.id, now=at(2026, 2, 1))
    assert task.completed
    found = statuses(session, task, date(2026, 1, 1), date(2026, 1, 9), at(2026, 2, 1))
    assert found == [(1, "completed"), (2, "missed"), (3, "missed")]


def test_an_edited_due_date_is_for_that_occurrence_alone(session: Session) -> None:
    owner = owner_in(session, "Europe/Berlin")
    due_at = datetime(2026, 1, 5, 9, tzinfo=BERLIN)
    task = repeating(session, owner, "FREQ=WEEKLY", due_at=due_at)
    tasks.update(session, owner, task.id, TaskUpdate(due_date=date(2026, 1, 7)))
    assert task.occurrence_date == date(2026, 1, 5)
    tasks.complete(session, owner, task.id, now=at(2026, 1, 7))
    assert (task.due_at, task.due_date) == (due_at + 7 * DAY, None)
    (record, *_) = tasks.occurrences(session, owner, task.id, date(2026, 1, 1), date(2026, 1, 9))
    assert (record.occurrence_date, record.due_date) == (date(2026, 1, 5), date(2026, 1, 7))


def test_the_same_rule_is_no_change_and_another_starts_again(session: Session) -> None:
    owner = owner_in(session, "Europe/Berlin")
    due_at = datetime(2026, 1, 31, 9, tzinfo=BERLIN)
    until = "FREQ=MONTHLY;UNTIL=20270101T080000Z"
    task = repeating(session, owner, until, due_at=due_at)
    assert task.recurrence == "FREQ=MONTHLY;UNTIL=20270101"
    tasks.complete(session, owner, task.id, now=due_at)
    for same in (until, "rrule:until=20270101;freq=monthly", task.recurrence):
        tasks.update(session, owner, task.id, TaskUpdate(recurrence=same, repeats_from="due"))
        assert (task.recurrence_start, task.occurrence_number) == (date(2026, 1, 31), 2)
    tasks.update(session, owner, task.id, TaskUpdate(recurrence="FREQ=MONTHLY"))
    assert (task.recurrence_start, task.occurrence_number) == (date(2026, 2, 28), 1)
    tasks.update(session, owner, task.id, TaskUpdate(recurrence=None))
    assert [task.recurrence, task.repeats_from, task.recurrence_time] == [None] * 3
    assert (task.occurrence_date, task.due_day) == (None, date(2026, 2, 28))
    days = (date(2026, 1, 1), date(2026, 3, 1))
    assert statuses(session, task, *days, at(2026, 3, 1)) == [(31, "completed")]
    for completed in (False, True):
        recorded = date(2026, 1, 31)
        assert tasks.complete(session, owner, task.id, occurrence_date=recorded) is task
        assert task.completed == completed
        with pytest.raises(TaskDoesNotRepeat):
            tasks.complete(session, owner, task.id, occurrence_date=date(2026, 2, 28))
        tasks.complete(session, owner, task.id)
    assert not tasks.reopen(session, owner, task.id).completed


@pytest.mark.parametrize("repeats_from", ["due", "completion"])
def test_an_occurrence_of_an_earlier_rule_is_not_counted_by_the_new_one(
    session: Session, repeats_from: RepeatsFrom
) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=DAILY", due_date=date(2026, 1, 1))
    for day in (1, 2):
        tasks.complete(session, owner, task.id, now=at(2026, 1, day))
    new = TaskUpdate(recurrence="FREQ=DAILY;COUNT=2", repeats_from=repeats_from)
    tasks.update(session, owner, task.id, new)
    for day in (2, 1):
        tasks.reopen(session, owner, task.id, now=at(2026, 1, 5 - day))
        assert (task.occurrence_date, task.occurrence_number) == (date(2026, 1, day), None)
    found: list[tuple[int | None, bool]] = []
    for day in (1, 2, 3):
        tasks.complete(session, owner, task.id, now=at(2026, 1, day))
        found.append((task.occurrence_number, task.completed))
    assert found == [(1, False), (2, False), (2, True)]


def test_a_task_that_is_changed_is_checked(session: Session) -> None:
    ids = person(session)
    owner = ids.user
    with pytest.raises(RepeatingTaskNotDue):
        tasks.update(session, owner, ids.task, TaskUpdate(recurrence="FREQ=DAILY"))
    with pytest.raises(TaskDoesNotRepeat):
        tasks.update(session, owner, ids.task, TaskUpdate(repeats_from="completion"))
    with pytest.raises(TaskDoesNotRepeat):
        tasks.skip_occurrence(session, owner, ids.task)
    for call in (tasks.complete, tasks.skip_occurrence):
        with pytest.raises(TaskDoesNotRepeat):
            call(session, owner, ids.task, occurrence_date=date(2026, 1, 5))
    task = repeating(session, owner, "FREQ=WEEKLY;BYDAY=MO", due_date=date(2026, 1, 5))
    with pytest.raises(RepeatingTaskNotDue):
        tasks.update(session, owner, task.id, TaskUpdate(due_date=None))
    with pytest.raises(ValidationError, match="BYDAY"):
        tasks.update(session, owner, task.id, TaskUpdate(repeats_from="completion"))
    with pytest.raises(NotFound):
        tasks.occurrences(session, owner, 10**9, date(2026, 1, 1), date(2026, 1, 2))


def test_an_occurrence_is_named_by_its_date(session: Session) -> None:
    owner = owner_in(session)
    days = [date(2026, 1, number) for number in range(1, 5)]
    task = repeating(session, owner, "FREQ=DAILY", due_date=days[0])
    for _ in range(2):  # a call that is repeated
        tasks.complete(session, owner, task.id, occurrence_date=days[0], now=at(2026, 1, 1))
        assert task.occurrence_date == days[1]
    for _ in range(2):
        tasks.skip_occurrence(session, owner, task.id, occurrence_date=days[1], now=at(2026, 1, 1))
        assert task.occurrence_date == days[2]
    for close, day in (
        (tasks.complete, days[1]),
        (tasks.complete, days[3]),
        (tasks.skip_occurrence, days[0]),
    ):
        with pytest.raises(OccurrenceNotOpen) as error:
            close(session, owner, task.id, occurrence_date=day)
        facts = {"task_id": task.id, "occurrence_date": day, "open_date": days[2]}
        assert error.value.facts == facts
        assert str(error.value) == f"the occurrence of {day} is not open: {days[2]} is"
    with pytest.raises(OccurrenceNotLast):
        tasks.reopen(session, owner, task.id, occurrence_date=days[0])
    assert tasks.reopen(session, owner, task.id, occurrence_date=days[2]).occurrence_date == days[2]
    tasks.reopen(session, owner, task.id, occurrence_date=days[1])
    assert task.occurrence_date == days[1]


def test_of_a_completed_task_no_occurrence_is_open(session: Session) -> None:
    owner, day = owner_in(session), date(2026, 1, 1)
    task = repeating(session, owner, "FREQ=DAILY;COUNT=1", due_date=day)
    tasks.complete(session, owner, task.id, now=at(2026, 1, 1))
    with pytest.raises(OccurrenceNotOpen) as error:
        tasks.complete(session, owner, task.id, occurrence_date=date(2026, 1, 2))
    assert error.value.open_date is None
    assert str(error.value) == "the occurrence of 2026-01-02 is not open: the task is completed"


def test_an_update_that_says_what_is_so_takes_nothing_back(session: Session) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=DAILY", due_date=date(2026, 1, 1))
    done = TaskUpdate(title="u", due_date=date(2026, 1, 2), completed=True)
    tasks.update(session, owner, task.id, done, now=at(2026, 1, 1))
    tasks.update(session, owner, task.id, TaskUpdate(completed=False))
    assert (task.occurrence_date, task.completed, task.title) == (date(2026, 1, 2), False, "u")
    (record, *_) = tasks.occurrences(session, owner, task.id, date(2026, 1, 1), date(2026, 1, 2))
    assert record.due_date == date(2026, 1, 2)


# --- What counts completed tasks, or looks for them ---------------------------------------------


def test_completed_occurrences_are_counted_found_and_archived_with_their_task(
    session: Session,
) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=DAILY;COUNT=4", due_date=date(2026, 1, 1))
    plain = tasks.create(session, owner, TaskCreate(title="p"))
    tasks.complete(session, owner, plain.id, now=at(2026, 1, 2))
    for day in (1, 2, 3):
        tasks.complete(session, owner, task.id, now=at(2026, 1, day))
    days = (date(2026, 1, 1), date(2026, 1, 31))
    totals = tasks.completed_by_day(session, owner, *days)
    assert [(one.start.day, one.completed) for one in totals] == [(1, 1), (2, 2), (3, 1)]
    assert [one.completed for one in tasks.completed_by_month(session, owner, *days)] == [4]

    def found(start: int, end: int, *, completed: bool | None = None) -> list[int]:
        filters = TaskFilters(
            completed_start=date(2026, 1, start),
            completed_end=date(2026, 1, end),
            completed=completed,
        )
        page = tasks.find(session, owner, **filters)
        assert tasks.count(session, owner, **filters) == len(page)
        return [one.id for one in page]

    assert found(2, 2) == [task.id, plain.id]
    assert found(3, 9) == [task.id]
    assert found(3, 9, completed=True) == []
    assert found(4, 9) == []
    by_time = tasks.find(session, owner, completed_start=days[0], order_by="completed")
    assert sorted(one.id for one in by_time) == [task.id, plain.id]
    tasks.skip_occurrence(session, owner, task.id, now=at(2026, 1, 4))
    assert tasks.archive_completed(session, owner, before=date(2026, 1, 3)) == 1
    assert tasks.archive_completed(session, owner, before=date(2026, 1, 4)) == 1


# --- Ways of writing, cost ----------------------------------------------------------------------

FOLLOW = (
    *("recurrence", "repeats_from", "recurrence_start", "recurrence_time"),
    *("occurrence_date", "occurrence_number"),
)


@pytest.mark.parametrize("due", ["due_date", "due_at"])
@pytest.mark.parametrize("way", ["create", "create_many", "update", "object", "assignment"])
def test_what_follows_from_a_rule_is_stored_however_it_is_written(
    session: Session, way: str, due: str
) -> None:
    owner = owner_in(session, "Europe/Berlin")
    rule = "FREQ=DAILY;UNTIL=20260131T223000Z"  # 23:30 in Berlin
    instant = datetime(2026, 1, 1, 23, 30, tzinfo=UTC)
    fields: dict[str, Any] = {due: instant if due == "due_at" else date(2026, 1, 2)}
    match way:
        case "create":
            repeating(session, owner, rule, **fields)
        case "create_many":
            data = TaskCreate(title="t", recurrence=rule, **fields)
            tasks.create_many(session, owner, [data])
        case "update":
            made = tasks.create(session, owner, TaskCreate(title="t"))
            tasks.update(session, owner, made.id, TaskUpdate(recurrence=rule, **fields))
        case "object":
            session.add(Task(user_id=owner, title="t", recurrence=rule, **fields))
        case _:
            session.add(made := Task(user_id=owner, title="t", **fields))
            session.flush()
            made.recurrence = rule
    session.flush()
    session.expire_all()
    (task,) = session.scalars(select(Task))
    start = date(2026, 1, 2)
    clock = time(0, 30) if due == "due_at" else None
    assert [getattr(task, name) for name in FOLLOW] == [
        *("FREQ=DAILY;UNTIL=20260131", "due", start, clock, start, 1),
    ]
    task.recurrence = None
    session.flush()
    assert [getattr(task, name) for name in FOLLOW] == [None] * 6


def test_a_plain_task_is_completed_as_cheaply_as_ever_and_a_repeating_one_almost(
    session: Session,
) -> None:
    owner = owner_in(session)
    plain = tasks.create(session, owner, TaskCreate(title="p"))
    timed = repeating(session, owner, "FREQ=DAILY", due_at=at(2026, 1, 1))
    dated = repeating(session, owner, "FREQ=DAILY", due_date=date(2026, 1, 1))
    for number in range(30):
        tasks.complete(session, owner, timed.id, now=at(2026, 1, 1) + number * DAY)
    days = (date(2026, 1, 1), date(2026, 12, 1))
    calls: list[tuple[Callable[[], object], int]] = [
        (lambda: tasks.complete(session, owner, plain.id), 4),  # with two of the user
        (lambda: tasks.complete(session, owner, timed.id), 6),
        (lambda: tasks.complete(session, owner, dated.id), 5),
        (lambda: tasks.skip_occurrence(session, owner, dated.id), 5),
        (lambda: tasks.occurrences(session, owner, timed.id, *days), 2),
    ]
    for call, most in calls:
        with count_statements(session) as statements:
            call()
        assert len(statements) <= most, statements


def test_moves_of_the_owner_keep_the_time_of_day(session: Session) -> None:
    owner = owner_in(session, "Europe/Berlin")
    due_at = datetime(2026, 3, 8, 2, 30, tzinfo=BERLIN)
    plain, edited = (repeating(session, owner, "FREQ=DAILY", due_at=due_at) for _ in range(2))
    tasks.update(session, owner, edited.id, TaskUpdate(due_at=due_at + timedelta(hours=3)))
    once = tasks.create(session, owner, TaskCreate(title="o", due_at=due_at))
    homes = ("America/New_York", "Europe/Berlin")  # there, 2:30 is in a gap that day
    found: list[tuple[str, str]] = []
    for zone in homes:
        users.update(session, owner, UserUpdate(time_zone=zone))
        clocks = [
            f"{task.due_at.astimezone(ZoneInfo(zone)):%H:%M}"
            for task in (plain, edited)
            if task.due_at is not None
        ]
        found.append((clocks[0], clocks[1]))
    assert found == [("03:30", "05:30"), ("02:30", "05:30")]
    assert once.due_at == due_at
    assert all(before <= after for before, after in pairwise([plain.id, edited.id, once.id]))


@pytest.mark.parametrize("edited", [timedelta(0), timedelta(hours=3)], ids=["by rule", "edited"])
@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=DAILY;COUNT=1"])
@pytest.mark.parametrize("close", [tasks.complete, tasks.skip_occurrence])
def test_what_is_opened_again_after_a_move_of_the_owner_is_due_at_the_time_of_day_it_was(
    session: Session, close: Callable[..., Task], rule: str, edited: timedelta
) -> None:
    owner = owner_in(session, "Europe/Berlin")
    due_at = datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN)  # in a gap, so at 3:30
    task = repeating(session, owner, rule, due_at=datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN))
    if rule == "FREQ=DAILY":
        tasks.complete(session, owner, task.id, now=due_at - DAY)
        assert task.occurrence_date == due_at.date()
    else:
        due_at -= DAY
    assert task.due_at is not None
    if edited:
        tasks.update(session, owner, task.id, TaskUpdate(due_at=task.due_at + edited))
    shown = task.due_at.astimezone(BERLIN).time() if edited else time(2, 30)
    close(session, owner, task.id, now=due_at)
    users.update(session, owner, UserUpdate(time_zone=NEW_YORK.key))
    tasks.reopen(session, owner, task.id)
    assert task.due_at == datetime.combine(due_at.date(), shown, NEW_YORK)
    assert task.due_day == due_at.date()


def test_one_that_was_due_in_a_zone_that_is_not_there_any_more_is_due_by_its_rule(
    session: Session,
) -> None:
    owner = owner_in(session, "Europe/Berlin")
    due_at = datetime(2026, 3, 28, 9, tzinfo=BERLIN)
    task = repeating(session, owner, "FREQ=DAILY", due_at=due_at)
    tasks.complete(session, owner, task.id, now=due_at)
    session.execute(update(TaskOccurrence).values(due_time_zone="Mars/Olympus"))
    users.update(session, owner, UserUpdate(time_zone=NEW_YORK.key))
    tasks.reopen(session, owner, task.id)
    assert task.due_at == datetime(2026, 3, 28, 9, tzinfo=NEW_YORK)


def test_a_task_that_was_created_completed_has_missed_nothing_since(session: Session) -> None:
    user = owner_in(session, "UTC", 0)
    data = TaskCreate(
        title="Water",
        due_date=date(2026, 3, 1),
        recurrence="FREQ=DAILY",
        completed=True,
        completed_at=at(2026, 3, 3, 12),
    )
    task = tasks.create(session, user, data)
    range_ = date(2026, 2, 1), date(2026, 4, 1)
    found = tasks.occurrences(session, user, task.id, *range_, now=at(2026, 3, 20))
    assert [(one.occurrence_date.day, one.status) for one in found] == [
        (1, "completed"),
        (2, "missed"),
    ]
