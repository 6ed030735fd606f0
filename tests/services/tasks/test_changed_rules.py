"""How a repeating task gets another rule, or the same one from another day or time on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.tasks.test_repeating import BERLIN, DAY, at, owner_in, repeating, statuses
from trackercore import Task, TaskCreate, TaskUpdate, tasks

MONDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 4)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def place(task: Task) -> tuple[date | None, int | None]:
    return task.occurrence_date, task.occurrence_number


# --- From this occurrence on --------------------------------------------------------------------


@pytest.mark.parametrize("rule", [{}, {"recurrence": "FREQ=WEEKLY"}], ids=["no rule", "same rule"])
def test_a_new_due_date_moves_this_occurrence_or_this_and_all_future_ones(
    session: Session, rule: dict[str, Any]
) -> None:
    owner = owner_in(session)
    for is_for_good, following in ((False, date(2026, 3, 9)), (True, date(2026, 3, 11))):
        task = repeating(session, owner, "FREQ=WEEKLY", due_date=MONDAY)
        change = TaskUpdate(due_date=WEDNESDAY, this_and_future=is_for_good, **rule)
        tasks.update(session, owner, task.id, change)
        assert task.due_date == WEDNESDAY
        assert place(task) == (WEDNESDAY if is_for_good else MONDAY, 1)
        tasks.complete(session, owner, task.id, now=noon(WEDNESDAY))
        assert task.due_date == following


def test_a_new_time_is_for_good_too(session: Session) -> None:
    owner = owner_in(session, "Europe/Berlin")
    nine = datetime(2026, 3, 28, 9, tzinfo=BERLIN)  # clocks change in the night after it
    task = repeating(session, owner, "FREQ=DAILY", due_at=nine)
    ten = TaskUpdate(due_at=nine.replace(hour=10), this_and_future=True)
    tasks.update(session, owner, task.id, ten)
    tasks.complete(session, owner, task.id, now=nine)
    assert task.due_at == datetime(2026, 3, 29, 10, tzinfo=BERLIN)
    tasks.update(session, owner, task.id, TaskUpdate(due_date=MONDAY, this_and_future=True))
    assert (task.recurrence_start, task.recurrence_time) == (MONDAY, None)


def test_count_counts_again_from_there(session: Session) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=DAILY;COUNT=2", due_date=MONDAY)
    tasks.complete(session, owner, task.id, now=noon(MONDAY))
    assert place(task) == (date(2026, 3, 3), 2)
    tasks.update(session, owner, task.id, TaskUpdate(this_and_future=True))
    assert place(task) == (date(2026, 3, 3), 1)
    tasks.complete(session, owner, task.id, now=noon(date(2026, 3, 3)))
    assert (place(task), task.completed) == ((WEDNESDAY, 2), False)


def test_what_was_moved_once_is_made_for_good_without_a_due(session: Session) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=WEEKLY", due_date=MONDAY)
    tasks.update(session, owner, task.id, TaskUpdate(due_date=WEDNESDAY))
    tasks.update(session, owner, task.id, TaskUpdate(title="t", this_and_future=False))
    assert place(task) == (MONDAY, 1)
    tasks.update(session, owner, task.id, TaskUpdate(this_and_future=True))
    assert place(task) == (WEDNESDAY, 1)
    back = TaskUpdate(due_date=MONDAY, this_and_future=True)  # where the rule started before
    assert place(tasks.update(session, owner, task.id, back)) == (MONDAY, 1)


def test_a_task_that_does_not_repeat_has_no_future(session: Session) -> None:
    owner = owner_in(session)
    plain = tasks.create(session, owner, TaskCreate(title="p"))
    change = TaskUpdate(due_date=MONDAY, this_and_future=True)
    tasks.update(session, owner, plain.id, change)
    assert (plain.due_date, plain.recurrence_start) == (MONDAY, None)
    task = repeating(session, owner, "FREQ=WEEKLY", due_date=MONDAY)
    tasks.update(session, owner, task.id, TaskUpdate(recurrence=None, this_and_future=True))
    assert (task.recurrence, task.recurrence_start) == (None, None)


def test_the_occurrence_that_is_completed_with_it_is_that_of_the_new_start(
    session: Session,
) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=WEEKLY", due_date=MONDAY)
    change = TaskUpdate(due_date=WEDNESDAY, this_and_future=True, completed=True)
    tasks.update(session, owner, task.id, change, now=noon(WEDNESDAY))
    assert place(task) == (date(2026, 3, 11), 2)
    days = (date(2026, 3, 1), date(2026, 3, 11))
    assert statuses(session, task, *days, noon(WEDNESDAY)) == [(4, "completed"), (11, "open")]


# --- In a gap -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        TaskUpdate(recurrence="FREQ=DAILY;INTERVAL=2"),
        TaskUpdate(repeats_from="completion"),
        TaskUpdate(this_and_future=True),
    ],
    ids=["recurrence", "repeats_from", "this_and_future"],
)
def test_a_rule_that_starts_in_a_gap_keeps_the_time_that_clocks_jump_over(
    session: Session, change: TaskUpdate
) -> None:
    owner = owner_in(session, "Europe/Berlin")
    before = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)
    task = repeating(session, owner, "FREQ=DAILY", due_at=before)
    tasks.complete(session, owner, task.id, now=before)
    assert task.due_at == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)
    tasks.update(session, owner, task.id, change)
    assert (task.recurrence_start, task.recurrence_time) == (date(2026, 3, 29), time(2, 30))
    assert task.due_at == datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN)
    moved = TaskUpdate(due_at=datetime(2026, 3, 29, 4, tzinfo=BERLIN), this_and_future=True)
    tasks.update(session, owner, task.id, moved)
    assert task.recurrence_time == time(4)


def test_a_subtask_that_gets_a_rule_in_a_gap_keeps_its_time_too(session: Session) -> None:
    owner = owner_in(session, "Europe/Berlin")
    before = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)
    parent = repeating(session, owner, "FREQ=DAILY", due_date=before.date())
    data = TaskCreate(title="s", parent_id=parent.id, due_at=before)
    subtask = tasks.create(session, owner, data)
    tasks.complete(session, owner, parent.id, now=before)
    change = TaskUpdate(parent_id=None, recurrence="FREQ=DAILY")
    tasks.update(session, owner, subtask.id, change)
    assert (subtask.recurrence_start, subtask.recurrence_time) == (date(2026, 3, 29), time(2, 30))


# --- Occurrences of an earlier rule -------------------------------------------------------------


@pytest.mark.parametrize("close", [tasks.complete, tasks.skip_occurrence])
@pytest.mark.parametrize("repeats_from", ["due", "completion"])
def test_a_rule_goes_on_at_its_start_after_a_later_occurrence_of_the_rule_before(
    session: Session, close: Callable[..., Task], repeats_from: str
) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=WEEKLY", due_date=MONDAY)
    second, start = date(2026, 3, 9), date(2026, 3, 5)
    for day in (MONDAY, second):
        tasks.complete(session, owner, task.id, now=noon(day))
    change: dict[str, Any] = {"recurrence": "FREQ=DAILY;COUNT=10", "repeats_from": repeats_from}
    tasks.update(session, owner, task.id, TaskUpdate(due_date=start, **change))
    tasks.reopen(session, owner, task.id, now=noon(second))
    assert place(task) == (second, None)
    range_ = (date(2026, 3, 1), date(2026, 3, 11))
    if repeats_from == "due":
        assert statuses(session, task, *range_, at(2026, 3, 6)) == [
            *((2, "completed"), (5, "upcoming")),
            *((day, "upcoming") for day in (6, 7, 8)),
            *((9, "open"), (10, "upcoming"), (11, "upcoming")),
        ]
        items = tasks.agenda(session, owner, start, second, now=at(2026, 3, 6))
        assert [(item.day.day, item.status) for item in items] == [
            *((day, "upcoming") for day in (6, 7, 8)),
            *((9, "open"), (9, "upcoming")),
        ]
    close(session, owner, task.id, now=noon(second) + DAY)
    assert place(task) == (start, 1)
    tasks.complete(session, owner, task.id, now=noon(start))
    assert place(task) == (date(2026, 3, 6), 2)


# --- What is refused ----------------------------------------------------------------------------

EARLIER = "FREQ=DAILY;UNTIL=20250101"


@pytest.mark.parametrize("due", [{"due_date": MONDAY}, {"due_at": at(2026, 3, 2, 9)}], ids=str)
def test_a_rule_that_ends_before_the_due_it_is_given_with_is_refused(
    session: Session, due: dict[str, Any]
) -> None:
    owner = owner_in(session)
    with pytest.raises(ValidationError, match="UNTIL=20250101 is before the task is due"):
        TaskCreate(title="t", recurrence=EARLIER, **due)
    task = repeating(session, owner, "FREQ=DAILY", **due)
    with pytest.raises(ValidationError) as refused:
        tasks.update(session, owner, task.id, TaskUpdate(recurrence=EARLIER, **due))
    (error,) = refused.value.errors()
    assert (error["loc"], error["type"]) == (("recurrence",), "recurrence_until_before_due")
    assert error.get("ctx") == {"part": "UNTIL", "value": "20250101"}


@pytest.mark.parametrize(
    ("until", "is_refused"),
    [
        ("20260301", False),  # which it is in Honolulu
        ("20260228", True),
        ("20260301T000000Z", False),
        ("20260228T235959Z", False),
        ("20260227T235959Z", True),
    ],
)
def test_an_instant_is_judged_by_every_zone(until: str, is_refused: bool) -> None:
    fields: dict[str, Any] = {"title": "t", "recurrence": f"FREQ=DAILY;UNTIL={until}"}
    try:
        TaskCreate(**fields, due_at=at(2026, 3, 2, 5))
    except ValidationError:
        assert is_refused
    else:
        assert not is_refused


def test_the_last_occurrence_may_be_moved_and_a_rule_may_end_with_the_open_one(
    session: Session,
) -> None:
    owner = owner_in(session)
    rule = "FREQ=WEEKLY;UNTIL=20260303"
    task = repeating(session, owner, rule, due_date=MONDAY)
    later = TaskUpdate(due_date=WEDNESDAY, recurrence=rule)
    assert place(tasks.update(session, owner, task.id, later)) == (MONDAY, 1)
    tasks.update(session, owner, task.id, TaskUpdate(recurrence=EARLIER))
    tasks.complete(session, owner, task.id, now=noon(WEDNESDAY))
    assert (task.due_date, task.completed) == (WEDNESDAY, True)


def test_a_rule_that_is_longer_than_before_goes_on_when_the_last_one_is_opened_again(
    session: Session,
) -> None:
    owner = owner_in(session)
    task = repeating(session, owner, "FREQ=DAILY;COUNT=1", due_date=MONDAY)
    tasks.complete(session, owner, task.id, now=noon(MONDAY))
    tasks.update(session, owner, task.id, TaskUpdate(recurrence="FREQ=DAILY;COUNT=5"))
    tasks.complete(session, owner, task.id, now=noon(MONDAY) + DAY)
    assert (task.completed, place(task)) == (True, (MONDAY, 1))
    tasks.reopen(session, owner, task.id, now=noon(MONDAY) + DAY)
    tasks.complete(session, owner, task.id, now=noon(MONDAY))
    assert (task.completed, place(task)) == (False, (date(2026, 3, 3), 2))
