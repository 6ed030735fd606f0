"""Subtasks: one level of tasks within tasks, kept together and counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.services.support import LATER, NOW, TODAY, Ids, dump, person
from tests.services.test_races import after
from tests.support.statements import count_statements
from trackercore import (
    Database,
    NotFound,
    ParentIsSubtask,
    SubtaskCannotRepeat,
    SubtaskProgress,
    Task,
    TaskCreate,
    TaskHasSubtasks,
    TaskOccurrence,
    TaskRead,
    TaskUpdate,
    UserUpdate,
    categories,
    overview,
    tasks,
    users,
)

DAY = timedelta(days=1)
REPEATING: dict[str, Any] = {"recurrence": "FREQ=DAILY", "due_date": TODAY}


@pytest.fixture
def ada(session: Session) -> Ids:
    return person(session)


def add(session: Session, ids: Ids, title: str = "t", **fields: Any) -> Task:
    return tasks.create(session, ids.user, TaskCreate(title=title, **fields))


def family(session: Session, ids: Ids, *titles: str, **fields: Any) -> tuple[Task, list[Task]]:
    """A task with subtasks."""
    parent = add(session, ids, "Move house", **fields)
    return parent, [add(session, ids, title, parent_id=parent.id) for title in titles]


def move(session: Session, ids: Ids, task: Task, **changes: Any) -> Task:
    return tasks.update(session, ids.user, task.id, TaskUpdate(**changes))


def parent_of(task: Task) -> Task | None:
    return task.parent


# --- Progress ---------------------------------------------------------------------------------


def test_a_task_says_how_far_its_subtasks_are_also_when_the_session_is_closed(
    database: Database,
) -> None:
    with database.session() as session:
        ids = person(session)
        parent, (first, second) = family(session, ids, "Pack", "Drive")
        tasks.complete(session, ids.user, first.id)
        new = add(session, ids)
    assert parent.progress == SubtaskProgress(completed=1, total=2)
    assert (first.progress, second.progress, new.progress) == (None, None, None)
    with database.session() as session:
        read = tasks.get(session, ids.user, parent.id)
    assert TaskRead.model_validate(read).progress == SubtaskProgress(1, 2)


def test_what_is_done_to_a_subtask_shows_on_a_parent_that_was_read(
    session: Session, ada: Ids
) -> None:
    parent, (first, second) = family(session, ada, "Pack", "Drive")
    other = add(session, ada)
    assert [it.title for it in parent.subtasks] == ["Pack", "Drive"]
    assert other.subtasks == []

    def shown(task: Task) -> object:
        progress = task.progress
        return [it.id for it in task.subtasks], progress and (progress.completed, progress.total)

    def check(*expected: tuple[list[int], tuple[int, int] | None]) -> None:
        assert [shown(parent), shown(other)] == [*expected]

    one, two = first.id, second.id
    tasks.complete(session, ada.user, one)
    check(([one, two], (1, 2)), ([], None))
    tasks.reopen(session, ada.user, one)
    check(([one, two], (0, 2)), ([], None))
    move(session, ada, second, completed=True)
    check(([one, two], (1, 2)), ([], None))
    tasks.move(session, ada.user, two, before=one)
    check(([two, one], (1, 2)), ([], None))
    move(session, ada, second, parent_id=other.id)
    check(([one], (0, 1)), ([two], (1, 1)))
    assert parent_of(second) is other
    move(session, ada, second, parent_id=None)
    check(([one], (0, 1)), ([], None))
    assert parent_of(second) is None
    tasks.create_many(session, ada.user, [TaskCreate(title="t", parent_id=other.id)])
    assert other.progress == SubtaskProgress(0, 1)
    tasks.delete(session, ada.user, one)
    assert shown(parent) == ([], None)


def test_a_savepoint_that_is_rolled_back_takes_the_progress_back(
    session: Session, ada: Ids
) -> None:
    parent, (first, _) = family(session, ada, "Pack", "Drive")
    for call in (
        lambda: tasks.complete(session, ada.user, first.id),
        lambda: tasks.complete(session, ada.user, parent.id, subtasks=True),
        lambda: tasks.delete(session, ada.user, first.id),
    ):
        with session.begin_nested() as savepoint:
            call()
            savepoint.rollback()
        assert parent.progress == SubtaskProgress(0, 2)


def test_lists_read_the_progress_with_the_rows(session: Session, ada: Ids) -> None:
    for _ in range(3):
        family(session, ada, "Pack", "Drive", due_date=TODAY)
    session.expunge_all()
    with count_statements(session) as statements:
        shown = overview(session, ada.user, now=NOW).due_today
        assert [task.progress for task in shown] == 3 * [SubtaskProgress(0, 2)]
    assert len(statements) <= 6
    with count_statements(session) as statements:
        page = tasks.find(session, ada.user, archived=None)
        assert [TaskRead.model_validate(task).progress for task in page].count(None) == 7
    assert len(statements) == 1


def test_the_statements_of_a_call_do_not_grow_with_the_subtasks(session: Session, ada: Ids) -> None:
    numbers: list[list[int]] = []
    for size in (2, 20):
        parent, children = family(session, ada, *("t" * size), **REPEATING)
        for child in children[::2]:
            tasks.complete(session, ada.user, child.id)
        counts: list[int] = []
        for call in (
            lambda: tasks.complete(session, ada.user, parent.id, subtasks=True, now=NOW),  # noqa: B023
            lambda: tasks.skip_occurrence(session, ada.user, parent.id, now=NOW),  # noqa: B023
            lambda: tasks.reopen(session, ada.user, parent.id),  # noqa: B023
            lambda: tasks.archive(session, ada.user, parent.id, now=NOW),  # noqa: B023
            lambda: tasks.unarchive(session, ada.user, parent.id),  # noqa: B023
            lambda: tasks.delete(session, ada.user, parent.id),  # noqa: B023
        ):
            session.flush()
            session.expunge_all()
            with count_statements(session) as statements:
                call()
            counts.append(len(statements))
        numbers.append(counts)
    assert numbers[0] == numbers[1]


# --- Which tasks may be subtasks --------------------------------------------------------------


def test_there_is_one_level(session: Session, ada: Ids) -> None:
    parent, (child,) = family(session, ada, "Pack")
    other = add(session, ada)
    before = dump(session)
    for call in (
        lambda: add(session, ada, parent_id=child.id),
        lambda: tasks.create_many(session, ada.user, [TaskCreate(title="t", parent_id=child.id)]),
        lambda: move(session, ada, other, parent_id=child.id),
    ):
        with pytest.raises(ParentIsSubtask, match=f"task {child.id} is a subtask"):
            call()
    with pytest.raises(TaskHasSubtasks, match=f"task {parent.id} has subtasks"):
        move(session, ada, parent, parent_id=other.id)
    assert dump(session) == before
    move(session, ada, child, parent_id=None)
    move(session, ada, parent, parent_id=other.id)
    assert (child.parent_id, parent.parent_id) == (None, other.id)


def test_a_subtask_does_not_repeat(session: Session, ada: Ids) -> None:
    _, (child,) = family(session, ada, "Pack")
    other, repeating = add(session, ada), add(session, ada, **REPEATING)
    before = dump(session)
    for task, changes in (
        (child, {"recurrence": "FREQ=DAILY", "due_date": TODAY}),
        (repeating, {"parent_id": other.id}),
    ):
        with pytest.raises(SubtaskCannotRepeat):
            move(session, ada, task, **changes)
    assert dump(session) == before
    move(session, ada, repeating, parent_id=other.id, recurrence=None)
    assert (repeating.parent_id, repeating.recurrence) == (other.id, None)
    move(session, ada, repeating, parent_id=None, recurrence="FREQ=DAILY")
    assert (repeating.parent_id, repeating.recurrence) == (None, "FREQ=DAILY")


@pytest.mark.parametrize("place", ["create", "create_many", "update"])
def test_a_parent_of_another_user_is_not_found(session: Session, ada: Ids, place: str) -> None:
    eve = person(session, "eve@example.com")
    before = dump(session)
    data = TaskCreate(title="t", parent_id=eve.task)
    calls: dict[str, Callable[[], object]] = {
        "create": lambda: tasks.create(session, ada.user, data),
        "create_many": lambda: tasks.create_many(session, ada.user, [data]),
        "update": lambda: tasks.update(session, ada.user, ada.task, TaskUpdate(parent_id=eve.task)),
    }
    with pytest.raises(NotFound) as caught:
        calls[place]()
    assert (caught.value.entity, caught.value.id) == ("task", eve.task)
    assert dump(session) == before


# --- Order and lists --------------------------------------------------------------------------


def test_siblings_have_an_order(session: Session, ada: Ids) -> None:
    parent, (first, second, third) = family(session, ada, "Pack", "Drive", "Unpack")
    tasks.move(session, ada.user, third.id, before=first.id)
    tasks.move(session, ada.user, first.id, after=second.id)

    def found(**filters: Any) -> list[int]:
        page = tasks.find(session, ada.user, order_by="position", **filters)
        return [task.id for task in page]

    expected = [third.id, second.id, first.id]
    assert found(parent_id=parent.id) == expected
    session.expire_all()
    assert [task.id for task in parent.subtasks] == expected
    assert found(has_parent=True) == expected
    assert found(has_parent=False) == [ada.task, parent.id]


# --- What is done to subtasks along with their parent -----------------------------------------


def test_open_subtasks_are_completed_along_on_request(session: Session, ada: Ids) -> None:
    parent, (first, second, third) = family(session, ada, "Pack", "Drive", "Unpack")
    tasks.complete(session, ada.user, first.id, now=NOW - DAY)
    tasks.complete(session, ada.user, parent.id, now=NOW)
    assert parent.progress == SubtaskProgress(1, 3)
    tasks.complete(session, ada.user, parent.id, subtasks=True, now=NOW + DAY)
    assert parent.completed_at == NOW
    session.expire_all()
    times = [(it.completed_at, it.completed_on) for it in (first, second, third)]
    assert times == [(NOW - DAY, TODAY - DAY), *2 * [(NOW + DAY, TODAY + DAY)]]


def test_a_task_takes_its_subtasks_to_the_archive_and_back(session: Session, ada: Ids) -> None:
    parent, (first, second) = family(session, ada, "Pack", "Drive")
    tasks.archive(session, ada.user, first.id, now=NOW - DAY)
    tasks.archive(session, ada.user, parent.id, now=NOW)
    assert [it.archived_at for it in (parent, first, second)] == [NOW, NOW - DAY, NOW]
    tasks.unarchive(session, ada.user, parent.id)
    assert [it.archived_at for it in (parent, first, second)] == [None, NOW - DAY, None]


@pytest.mark.parametrize("is_loaded", [True, False])
def test_completed_subtasks_of_an_open_task_are_not_archived_without_it(
    session: Session, ada: Ids, is_loaded: bool
) -> None:
    parent, (first, second) = family(session, ada, "Pack", "Drive")
    tasks.complete(session, ada.user, first.id, now=NOW - DAY)
    assert tasks.archive_completed(session, ada.user, now=NOW) == 0
    tasks.complete(session, ada.user, parent.id, now=NOW)
    assert tasks.archive_completed(session, ada.user, before=TODAY, now=NOW) == 0
    if not is_loaded:
        session.expunge_all()
    assert tasks.archive_completed(session, ada.user, before=TODAY + DAY, now=NOW) == 3
    page = tasks.find(session, ada.user, archived=True)
    assert [(task.id, task.archived_at) for task in page] == [
        (task.id, NOW) for task in (parent, first, second)
    ]


def test_with_a_task_go_its_subtasks_also_those_that_the_session_has_read(
    session: Session, ada: Ids
) -> None:
    parent, (first, second) = family(session, ada, "Pack", "Drive", **REPEATING)
    tasks.complete(session, ada.user, first.id)
    tasks.complete(session, ada.user, parent.id)
    records = session.scalars(select(TaskOccurrence)).all()
    assert len(records) == 3
    tasks.delete(session, ada.user, parent.id)
    for row in (parent, first, second, *records):
        assert row not in session
    assert first.title == "Pack"  # what was read stays readable
    assert [task.id for task in tasks.find(session, ada.user)] == [ada.task]
    assert session.scalars(select(TaskOccurrence)).all() == []


def test_a_category_can_go_and_so_can_the_owner(session: Session, ada: Ids) -> None:
    parent, (child,) = family(session, ada, "Pack", category_id=ada.category)
    move(session, ada, child, category_id=ada.category)
    categories.delete(session, ada.user, ada.category)
    session.expire_all()
    assert (parent.category_id, child.category_id, child.parent_id) == (None, None, parent.id)
    users.delete(session, ada.user)
    assert parent not in session
    assert child not in session
    assert not any(dump(session).values())


# --- Subtasks of a repeating task -------------------------------------------------------------


def test_the_next_occurrence_begins_with_open_subtasks(session: Session, ada: Ids) -> None:
    users.update(session, ada.user, UserUpdate(time_zone="Europe/Berlin"))
    start = date(2026, 3, 27)  # clocks are put forward on the 29th
    parent = add(session, ada, recurrence="FREQ=WEEKLY", due_date=start)
    timed = add(
        session,
        ada,
        parent_id=parent.id,
        due_at=datetime(2026, 3, 26, 8, tzinfo=UTC),  # at nine
        starts_on=date(2026, 3, 20),
    )
    dated = add(session, ada, parent_id=parent.id, due_date=start)
    plain = add(session, ada, parent_id=parent.id)
    done = datetime(2026, 3, 27, 12, tzinfo=UTC)
    tasks.complete(session, ada.user, timed.id, now=done - DAY)

    def seen() -> list[tuple[object, ...]]:
        session.expire_all()
        return [
            (it.completed_at, it.due_at or it.due_date, it.due_day, it.starts_on)
            for it in (timed, dated, plain)
        ]

    before = seen()
    tasks.complete(session, ada.user, parent.id, now=done)
    assert parent.progress == SubtaskProgress(0, 3)
    nine = datetime(2026, 4, 2, 7, tzinfo=UTC)
    assert seen() == [
        (None, nine, date(2026, 4, 2), date(2026, 3, 27)),
        (None, date(2026, 4, 3), date(2026, 4, 3), None),
        (None, None, None, None),
    ]
    (record,) = session.scalars(select(TaskOccurrence).where(TaskOccurrence.task_id == timed.id))
    assert (record.occurrence_date, record.completed_at) == (start, done - DAY)
    totals = tasks.completed_by_day(session, ada.user, start - DAY, start)
    assert [total.completed for total in totals] == [1, 1]
    tasks.reopen(session, ada.user, parent.id)
    assert seen() == before
    assert parent.progress == SubtaskProgress(1, 3)
    assert record not in session


def test_all_are_recorded_if_they_are_completed_along(session: Session, ada: Ids) -> None:
    parent, children = family(session, ada, "Pack", "Drive", **REPEATING)
    tasks.complete(session, ada.user, parent.id, subtasks=True, now=NOW)
    assert [it.completed for it in (parent, *children)] == 3 * [False]
    records = session.scalars(select(TaskOccurrence)).all()
    assert {(it.task_id, it.occurrence_date, it.completed_at) for it in records} == {
        (it.id, TODAY, NOW) for it in (parent, *children)
    }
    # The call came twice: the second changes nothing of the next occurrence.
    tasks.complete(session, ada.user, parent.id, subtasks=True, occurrence_date=TODAY, now=NOW)
    assert parent.progress == SubtaskProgress(0, 2)


def test_a_skipped_occurrence_leaves_open_subtasks_too(session: Session, ada: Ids) -> None:
    parent, (first, second) = family(session, ada, "Pack", "Drive", **REPEATING)
    tasks.complete(session, ada.user, first.id, now=NOW)
    tasks.skip_occurrence(session, ada.user, parent.id, now=NOW)
    assert [it.completed for it in (first, second)] == [False, False]
    tasks.reopen(session, ada.user, parent.id)
    assert [it.completed_at for it in (first, second)] == [NOW, None]


def completed_days(session: Session, ids: Ids) -> list[date]:
    totals = tasks.completed_by_day(session, ids.user, TODAY, TODAY + 10 * DAY)
    return [total.start for total in totals for _ in range(total.completed)]


WEEKLY: dict[str, Any] = {"recurrence": "FREQ=WEEKLY", "due_date": TODAY}
NEXT = TODAY + 7 * DAY


@pytest.mark.parametrize("was_completed", [False, True])
def test_a_subtask_that_was_completed_since_stays_completed(
    session: Session, ada: Ids, was_completed: bool
) -> None:
    parent = add(session, ada, **WEEKLY)
    child = add(session, ada, parent_id=parent.id, due_date=TODAY)
    days = [TODAY] if was_completed else []
    if was_completed:
        tasks.complete(session, ada.user, child.id, now=NOW)
    tasks.skip_occurrence(session, ada.user, parent.id, now=NOW)
    assert (child.due_date, child.completed) == (NEXT, False)
    tasks.complete(session, ada.user, child.id, now=NOW + DAY)
    days.append(TODAY + DAY)
    for _ in range(2):
        tasks.reopen(session, ada.user, parent.id)
        assert (child.due_date, child.completed_at) == (TODAY, NOW + DAY)
        assert completed_days(session, ada) == days
        tasks.skip_occurrence(session, ada.user, parent.id, now=NOW)
        assert (child.due_date, child.completed) == (NEXT, False)
        assert completed_days(session, ada) == days
        tasks.reopen(session, ada.user, parent.id)
        tasks.skip_occurrence(session, ada.user, parent.id, now=NOW + DAY)


@pytest.mark.parametrize("how", ["create", "move"])
@pytest.mark.parametrize("is_completed", [False, True])
def test_a_subtask_that_came_since_is_left_as_it_is(
    session: Session, ada: Ids, how: str, is_completed: bool
) -> None:
    parent, moved = add(session, ada, **WEEKLY), add(session, ada, due_date=NEXT)
    tasks.complete(session, ada.user, parent.id, now=NOW)
    if how == "move":
        child = move(session, ada, moved, parent_id=parent.id)
    else:
        child = add(session, ada, parent_id=parent.id, due_date=NEXT)
    if is_completed:
        tasks.complete(session, ada.user, child.id, now=NOW)
    tasks.reopen(session, ada.user, parent.id)
    assert (parent.due_date, child.due_date) == (TODAY, NEXT)
    assert (child.completed, parent.progress) == (
        is_completed,
        SubtaskProgress(int(is_completed), 1),
    )


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("kind", ["due_date", "due_at"])
def test_a_subtask_is_due_again_as_it_was_whatever_became_of_the_rule(
    session: Session, ada: Ids, is_done: bool, kind: str
) -> None:
    due: Any = {"due_date": TODAY, "due_at": NOW}[kind]
    parent = add(session, ada, **WEEKLY)
    child = add(session, ada, parent_id=parent.id, starts_on=TODAY, **{kind: due})
    tasks.complete(session, ada.user, parent.id, subtasks=is_done, now=NOW)
    assert (parent.due_date, child.due_day, child.starts_on) == (NEXT, NEXT, NEXT)
    thursday = NEXT + 2 * DAY
    move(session, ada, parent, due_date=thursday, recurrence="FREQ=WEEKLY;BYDAY=TH")
    assert (parent.occurrence_date, child.due_day) == (thursday, NEXT)
    tasks.reopen(session, ada.user, parent.id)
    assert (parent.due_date, getattr(child, kind)) == (TODAY, due)
    assert (child.due_day, child.starts_on, child.completed) == (TODAY, TODAY, is_done)


def test_archived_subtasks_do_not_count_and_stay_as_they_are(session: Session, ada: Ids) -> None:
    parent = add(session, ada, **WEEKLY)
    kept, away = (add(session, ada, parent_id=parent.id, due_date=TODAY) for _ in range(2))
    tasks.complete(session, ada.user, away.id, now=NOW)
    assert parent.progress == SubtaskProgress(1, 2)
    tasks.archive(session, ada.user, away.id, now=NOW)
    assert parent.progress == SubtaskProgress(0, 1)
    assert [it.id for it in tasks.find(session, ada.user, parent_id=parent.id)] == [kept.id]
    tasks.complete(session, ada.user, parent.id, subtasks=True, now=NOW)
    assert (away.completed_at, away.due_date) == (NOW, TODAY)
    assert (kept.completed_at, kept.due_date) == (None, NEXT)
    tasks.reopen(session, ada.user, parent.id)
    assert (kept.completed_at, parent.progress) == (NOW, SubtaskProgress(1, 1))
    tasks.unarchive(session, ada.user, away.id)
    assert parent.progress == SubtaskProgress(2, 2)
    assert (away.completed_at, away.due_date) == (NOW, TODAY)
    session.expire_all()
    assert parent.progress == SubtaskProgress(2, 2)


def test_a_subtask_that_was_archived_since_comes_back_too(session: Session, ada: Ids) -> None:
    parent = add(session, ada, **WEEKLY)
    child = add(session, ada, parent_id=parent.id, due_date=TODAY)
    tasks.complete(session, ada.user, parent.id, now=NOW)
    tasks.archive(session, ada.user, child.id, now=NOW)
    assert parent.progress is None
    tasks.reopen(session, ada.user, parent.id)
    assert (child.due_date, parent.progress) == (TODAY, None)


def test_an_archived_task_moves_on_with_the_subtasks_that_were_archived_along(
    session: Session, ada: Ids
) -> None:
    parent = add(session, ada, **WEEKLY)
    away, along = (add(session, ada, parent_id=parent.id, due_date=TODAY) for _ in range(2))
    tasks.archive(session, ada.user, away.id, now=NOW)
    tasks.archive(session, ada.user, parent.id, now=LATER)
    (shown,) = tasks.find(session, ada.user, archived=True, has_parent=False)
    assert shown.progress == SubtaskProgress(0, 1)
    tasks.complete(session, ada.user, parent.id, now=LATER)
    assert (away.due_date, along.due_date) == (TODAY, NEXT)


def test_a_task_whose_subtasks_are_archived_does_not_become_a_subtask(
    session: Session, ada: Ids
) -> None:
    parent, (child,) = family(session, ada, "Pack")
    tasks.archive(session, ada.user, child.id, now=NOW)
    assert parent.progress is None
    with pytest.raises(TaskHasSubtasks):
        move(session, ada, parent, parent_id=ada.task)


def test_the_last_occurrence_keeps_its_subtasks(session: Session, ada: Ids) -> None:
    rule = {"recurrence": "FREQ=DAILY;COUNT=1", "due_date": TODAY}
    parent, (first, second) = family(session, ada, "Pack", "Drive", **rule)
    tasks.complete(session, ada.user, first.id, now=NOW)
    tasks.complete(session, ada.user, parent.id, now=NOW)
    assert [it.completed for it in (parent, first, second)] == [True, True, False]
    tasks.reopen(session, ada.user, parent.id)
    assert [it.completed for it in (parent, first, second)] == [False, True, False]


def test_a_subtask_that_was_completed_at_an_unknown_time_is_recorded_and_comes_back(
    session: Session, ada: Ids
) -> None:
    parent = add(session, ada, **REPEATING)
    child = add(session, ada, parent_id=parent.id, completed=True)
    tasks.complete(session, ada.user, parent.id, now=NOW)
    assert not child.completed
    tasks.reopen(session, ada.user, parent.id)
    assert (child.completed, child.completed_at) == (True, None)


def test_a_subtask_comes_back_due_at_its_time_of_day_in_the_zone_to_which_its_owner_moved(
    session: Session, ada: Ids
) -> None:
    parent = add(session, ada, **REPEATING)
    late = datetime(2026, 3, 10, 23, tzinfo=UTC)
    child = add(session, ada, parent_id=parent.id, due_at=late)
    tasks.complete(session, ada.user, parent.id, subtasks=True, now=NOW)
    users.update(session, ada.user, UserUpdate(time_zone="Asia/Tokyo"))
    tasks.reopen(session, ada.user, parent.id)
    assert (child.due_at, child.due_day) == (late - timedelta(hours=9), TODAY)


@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_a_subtask_whose_time_the_clocks_jump_over_returns_to_it(
    session: Session, ada: Ids, zone: str, is_done: bool
) -> None:
    users.update(session, ada.user, UserUpdate(time_zone="Europe/Berlin"))
    start = date(2026, 3, 28) if zone == "Europe/Berlin" else date(2026, 3, 7)
    parent = add(session, ada, recurrence="FREQ=DAILY", due_date=start)
    half_past_two = datetime.combine(start, time(2, 30), ZoneInfo("Europe/Berlin"))
    child = add(session, ada, parent_id=parent.id, due_at=half_past_two)
    users.update(session, ada.user, UserUpdate(time_zone=zone))

    def clock() -> str:
        assert child.due_at is not None
        return f"{child.due_at.astimezone(ZoneInfo(zone)):%d %H:%M}"

    days = [start + number * DAY for number in range(3)]
    expected = [f"{day:%d} {hour}:30" for day, hour in zip(days, ("02", "03", "02"), strict=True)]
    found = [clock()]
    for day in days[:2]:
        about: dict[str, Any] = {"occurrence_date": day, "subtasks": is_done, "now": half_past_two}
        tasks.complete(session, ada.user, parent.id, **about)
        found.append(clock())
    assert found == expected
    for day in days[1::-1]:
        tasks.reopen(session, ada.user, parent.id, occurrence_date=day)
        found.append(clock())
    assert found[3:] == expected[1::-1]


def test_a_subtask_that_its_owner_moves_into_a_gap_comes_out_of_it(
    session: Session, ada: Ids
) -> None:
    users.update(session, ada.user, UserUpdate(time_zone="Europe/Berlin"))
    parent = add(session, ada, recurrence="FREQ=DAILY", due_date=date(2026, 3, 8))
    due_at = datetime(2026, 3, 8, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    child = add(session, ada, parent_id=parent.id, due_at=due_at)
    for zone, hour in (("America/New_York", 3), ("Europe/Berlin", 2)):
        users.update(session, ada.user, UserUpdate(time_zone=zone))
        assert child.due_at == datetime(2026, 3, 8, hour, 30, tzinfo=ZoneInfo(zone))
    later = TaskUpdate(due_at=due_at + timedelta(hours=1))
    tasks.update(session, ada.user, child.id, later)
    tasks.complete(session, ada.user, parent.id, now=due_at)
    assert child.due_at == due_at + timedelta(hours=25)


def test_a_subtask_of_two_parents_in_turn_comes_back_with_the_right_one(
    session: Session, ada: Ids
) -> None:
    one, (child,) = family(session, ada, "Pack", **REPEATING)
    other = add(session, ada, **REPEATING)
    tasks.complete(session, ada.user, other.id, now=NOW)
    tasks.complete(session, ada.user, child.id, now=NOW)
    tasks.complete(session, ada.user, one.id, now=LATER)
    move(session, ada, child, parent_id=other.id)
    tasks.reopen(session, ada.user, other.id)  # of the same date as what is recorded of the child
    assert not child.completed


# --- ORM --------------------------------------------------------------------------------------


def test_the_relationships_of_the_orm(session: Session, ada: Ids) -> None:
    parent, (first, second) = family(session, ada, "Pack", "Drive")
    new = Task(user_id=ada.user, title="Unpack", parent=parent)
    session.add(new)
    session.flush()
    assert new.parent_id == parent.id
    assert parent.subtasks == [first, second, new]
    other = Task(user_id=ada.user, title="Elsewhere", subtasks=[second])
    session.add(other)
    session.flush()
    assert second.parent_id == other.id
    first.parent = None
    session.flush()
    session.expire_all()
    assert (first.parent_id, parent.subtasks, other.subtasks) == (None, [new], [second])
    assert parent.progress == SubtaskProgress(0, 1)
    session.delete(parent)
    session.flush()
    assert new not in session
    assert first in session


def test_the_orm_deletes_subtasks_without_reading_them(session: Session, ada: Ids) -> None:
    parent, _ = family(session, ada, "Pack", "Drive")
    session.expire_all()
    with count_statements(session) as statements:
        session.delete(parent)
        session.flush()
    assert len([it for it in statements if it.startswith("DELETE")]) == 1
    left = session.scalars(select(Task.id).where(Task.user_id == ada.user)).all()
    assert left == [ada.task]


# --- Two at once ------------------------------------------------------------------------------

Call = Callable[[Session], object]


def under(ids: Ids, task_id: int, parent_id: int) -> Call:
    return lambda s: tasks.update(s, ids.user, task_id, TaskUpdate(parent_id=parent_id))


def new_under(ids: Ids, parent_id: int) -> Call:
    return lambda s: tasks.create(s, ids.user, TaskCreate(title="t", parent_id=parent_id)).id


def two(database: Database) -> tuple[Ids, int, int]:
    with database.session() as session:
        ids = person(session)
        return ids, add(session, ids).id, add(session, ids).id


def test_two_tasks_do_not_become_subtasks_of_each_other(database: Database) -> None:
    ids, one, other = two(database)
    error = after(database, under(ids, one, other), under(ids, other, one))
    assert isinstance(error, ParentIsSubtask)


def test_a_task_that_becomes_a_subtask_gets_no_subtask(database: Database) -> None:
    ids, one, other = two(database)
    error = after(database, under(ids, one, other), new_under(ids, one))
    assert isinstance(error, ParentIsSubtask)


def test_a_task_that_gets_a_subtask_does_not_become_one(database: Database) -> None:
    ids, one, other = two(database)
    error = after(database, new_under(ids, one), under(ids, one, other))
    assert isinstance(error, TaskHasSubtasks)
    with database.session() as session:
        assert tasks.get(session, ids.user, one).parent_id is None


def test_a_task_that_is_deleted_gets_no_subtask(database: Database) -> None:
    ids, one, _ = two(database)
    error = after(database, lambda s: tasks.delete(s, ids.user, one), new_under(ids, one))
    assert isinstance(error, NotFound)


def test_a_new_subtask_goes_with_a_task_that_is_deleted_meanwhile(database: Database) -> None:
    ids, one, _ = two(database)
    after(database, new_under(ids, one), lambda s: tasks.delete(s, ids.user, one))
    with database.session() as session:
        assert tasks.count(session, ids.user, has_parent=True) == 0


def test_a_subtask_is_carried_over_once(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
        parent, (child,) = family(session, ids, "Pack", **REPEATING)
        tasks.complete(session, ids.user, child.id, now=NOW)

    def complete(session: Session) -> object:
        return tasks.complete(
            session, ids.user, parent.id, subtasks=True, occurrence_date=TODAY, now=NOW
        )

    after(database, complete, complete)
    with database.session() as session:
        records = session.scalars(select(TaskOccurrence)).all()
        assert sorted(it.task_id for it in records) == [parent.id, child.id]
        row = tasks.get(session, ids.user, parent.id)
        assert (row.occurrence_date, row.progress) == (TODAY + DAY, SubtaskProgress(0, 1))


def test_subtasks_that_are_due_at_a_time_hear_of_a_new_time_zone(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
        parent, _ = family(session, ids, **REPEATING)
        late = datetime(2026, 3, 10, 23, tzinfo=UTC)
        child = add(session, ids, parent_id=parent.id, due_at=late)
        tasks.complete(session, ids.user, child.id, now=NOW)
    after(
        database,
        lambda s: tasks.complete(s, ids.user, parent.id, now=NOW),
        lambda s: users.update(s, ids.user, UserUpdate(time_zone="Asia/Tokyo")),
    )
    with database.session() as session:
        row = tasks.get(session, ids.user, child.id)
        eleven_in_tokyo = datetime(2026, 3, 11, 14, tzinfo=UTC)
        assert (row.due_at, row.due_day) == (eleven_in_tokyo, date(2026, 3, 11))


def test_subtasks_of_a_repeating_task_keep_their_time_of_day_in_another_zone(
    session: Session, ada: Ids
) -> None:
    nine = datetime(2026, 3, 10, 9, tzinfo=UTC)
    parent = add(session, ada, due_at=nine, recurrence="FREQ=DAILY")
    plain = add(session, ada)
    quarter_to, half_past = nine - timedelta(minutes=15), nine + timedelta(minutes=30)
    of_parent = [add(session, ada, parent_id=parent.id, due_at=at) for at in (quarter_to, nine)]
    of_plain = add(session, ada, parent_id=plain.id, due_at=half_past)
    tasks.complete(session, ada.user, of_parent[1].id, now=nine)
    users.update(session, ada.user, UserUpdate(time_zone="Asia/Tokyo"))
    earlier = timedelta(hours=9)
    assert [task.due_at for task in (parent, *of_parent, of_plain)] == [
        nine - earlier,
        quarter_to - earlier,
        nine - earlier,
        half_past,
    ]
