"""The facts of every error that a service raises about what is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

import trackercore
from tests.services.support import LATER, NOW, TODAY, Ids, dump, logged, person, timed
from trackercore import (
    BeforeTimerStart,
    BothTimesNeeded,
    CategoryCreate,
    CategoryUpdate,
    Conflict,
    DayAlreadyDone,
    DayOutOfRange,
    EmailTaken,
    ExternalIdTaken,
    FutureDay,
    FutureInstant,
    HabitArchived,
    InstantOutOfRange,
    InvalidCursor,
    InvalidExtra,
    InvalidInput,
    MinutesOfTimedSession,
    NaiveDatetime,
    NameTaken,
    NoRunningTimer,
    NoSuchTime,
    NotAllowed,
    NotExactlyOne,
    NotFound,
    OccurrenceNotLast,
    OccurrenceNotOpen,
    ParentIsItself,
    ParentIsSubtask,
    PartTooLong,
    PauseEndsBeforeStart,
    RepeatingTaskNotDue,
    SessionsOverlap,
    SessionTooLong,
    SessionTooShort,
    StartsAfterDue,
    StudyDateWithTimes,
    StudySessionUpdate,
    SubtaskCannotRepeat,
    TaskCreate,
    TaskDoesNotRepeat,
    TaskHasSubtasks,
    TaskUpdate,
    TimedSessionCreate,
    TimerAlreadyRunning,
    TimerForgotten,
    TimerOverlaps,
    TimerTooShort,
    TrackerError,
    UnknownTimeZone,
    UserCreate,
    UserUpdate,
    categories,
    habits,
    study_sessions,
    tasks,
    users,
)

DAY, HOUR, MONTH = timedelta(days=1), timedelta(hours=1), timedelta(days=32)
TOMORROW = TODAY + DAY


@dataclass(frozen=True)
class Case:
    """A call that is refused, of somebody with one row of each kind, and the error.

    Attributes:
        kind: the class of the error.
        call: takes the session and the ids.
        facts: those of the error, given the ids.
    """

    kind: type[TrackerError]
    call: Callable[[Session, Ids], object]
    facts: Callable[[Ids], dict[str, object]]

    def __str__(self) -> str:
        return self.kind.__name__


def timed_session(session: Session, ids: Ids, started_at: datetime | None = None) -> int:
    """The id of a new session of two hours, when no timer runs."""
    study_sessions.cancel(session, ids.user)
    data = timed(ids.topic)
    if started_at is not None:
        data = TimedSessionCreate(
            topic_id=ids.topic, started_at=started_at, ended_at=started_at + 2 * HOUR
        )
    return study_sessions.create_timed(session, ids.user, data, now=NOW)[0].id


def change_timed(session: Session, ids: Ids, **changes: Any) -> object:
    """Change a new session of two hours."""
    session_id = timed_session(session, ids, changes.pop("first", None))
    data = StudySessionUpdate(**changes)
    return study_sessions.update(session, ids.user, session_id, data, now=NOW)


def archived(session: Session, ids: Ids) -> object:
    habits.undo_check_in(session, ids.user, ids.habit, now=NOW)
    habits.archive(session, ids.user, ids.habit, on=TODAY - 2 * DAY, now=NOW)
    return habits.check_in(session, ids.user, ids.habit, now=NOW)


def twice(session: Session, ids: Ids) -> object:
    timed_session(session, ids)
    data = timed(ids.topic).model_copy(update={"external_id": "again"})
    return study_sessions.create_timed(session, ids.user, data, now=NOW)


def subtask(session: Session, ids: Ids) -> int:
    return tasks.create(session, ids.user, TaskCreate(title="Rake", parent_id=ids.task)).id


def repeating(session: Session, ids: Ids) -> int:
    change_task(session, ids, ids.task, due_date=TODAY, recurrence="FREQ=DAILY")
    return ids.task


def change_task(session: Session, ids: Ids, task_id: int, **changes: Any) -> object:
    return tasks.update(session, ids.user, task_id, TaskUpdate(**changes), now=NOW)


def keys(session: Session, ids: Ids) -> object:
    for _ in range(2):
        data = TaskCreate(title="Mow", external_id="a-7")
        tasks.create(session, ids.user, data)
    return None


def in_a_skipped_hour(session: Session, ids: Ids) -> object:
    settings = UserUpdate(time_zone="Europe/Berlin", day_starts_at=180)
    users.update(session, ids.user, settings, now=NOW)
    started_at = datetime(2025, 3, 27, 1, 30, tzinfo=UTC)  # at half past two, which the 30th skips
    return change_timed(session, ids, first=started_at, study_date=date(2025, 3, 29))


def on_a_date_that_came_twice(session: Session, ids: Ids) -> object:
    users.update(session, ids.user, UserUpdate(time_zone="Pacific/Kwajalein"), now=NOW)
    started_at = datetime(1969, 9, 29, 13, tzinfo=UTC)
    data = TimedSessionCreate(
        topic_id=ids.topic, started_at=started_at, ended_at=started_at + 47 * HOUR
    )
    return study_sessions.create_timed(session, ids.user, data, now=NOW)


CASES = (
    Case(
        NotFound,
        lambda s, i: tasks.get(s, i.user, 4711),
        lambda _: {"entity": "task", "id": 4711},
    ),
    Case(
        NameTaken,
        lambda s, i: categories.create(s, i.user, CategoryCreate(name="HOME")),
        lambda i: {"entity": "category", "name": "HOME", "other_id": i.category},
    ),
    Case(
        EmailTaken,
        lambda s, _: users.create(s, UserCreate(email="ada@Example.com", hashed_password="x")),  # noqa: S106
        lambda _: {"email": "ada@example.com"},
    ),
    Case(
        ExternalIdTaken,
        keys,
        lambda i: {"entity": "task", "external_id": "a-7", "other_id": i.task + 1},
    ),
    Case(
        SessionsOverlap,
        twice,
        lambda i: {
            "other_id": i.study_session + 1,
            "other_external_id": None,
            "other_started_at": NOW - 3 * HOUR,
            "other_ended_at": NOW - HOUR,
            "other_item": None,
        },
    ),
    Case(
        TimerOverlaps,
        lambda s, i: study_sessions.create_timed(
            s,
            i.user,
            TimedSessionCreate(topic_id=i.topic, started_at=NOW, ended_at=LATER),
            now=LATER,
        ),
        lambda _: {"started_at": NOW},
    ),
    Case(
        FutureDay,
        lambda s, i: study_sessions.create(s, i.user, logged(i.topic, TOMORROW), now=NOW),
        lambda _: {"day": TOMORROW, "today": TODAY, "field": "study_date"},
    ),
    Case(
        FutureInstant,
        lambda s, i: study_sessions.stop(s, i.user, at=LATER, now=NOW),
        lambda _: {"instant": LATER, "now": NOW},
    ),
    Case(InvalidCursor, lambda s, i: tasks.find(s, i.user, after="nonsense"), lambda _: {}),
    Case(
        NotExactlyOne,
        lambda s, i: tasks.move(s, i.user, i.task),
        lambda _: {"arguments": ("before", "after")},
    ),
    Case(
        StartsAfterDue,
        lambda session, ids: tasks.create(
            session, ids.user, TaskCreate(title="Mow", starts_on=TOMORROW, due_date=TODAY)
        ),
        lambda _: {"starts_on": TOMORROW, "due_day": TODAY},
    ),
    Case(
        ParentIsItself,
        lambda s, i: change_task(s, i, i.task, parent_id=i.task),
        lambda i: {"task_id": i.task},
    ),
    Case(
        ParentIsSubtask,
        lambda s, i: tasks.create(s, i.user, TaskCreate(title="Oil", parent_id=subtask(s, i))),
        lambda i: {"parent_id": i.task + 1},
    ),
    Case(
        TaskHasSubtasks,
        lambda s, i: (
            subtask(s, i),
            change_task(
                s, i, i.task, parent_id=tasks.create(s, i.user, TaskCreate(title="Mow")).id
            ),
        ),
        lambda i: {"task_id": i.task},
    ),
    Case(
        RepeatingTaskNotDue,
        lambda s, i: change_task(s, i, i.task, recurrence="FREQ=DAILY"),
        lambda _: {"field": "recurrence"},
    ),
    Case(
        OccurrenceNotOpen,
        lambda s, i: tasks.complete(s, i.user, repeating(s, i), occurrence_date=TOMORROW),
        lambda i: {"task_id": i.task, "occurrence_date": TOMORROW, "open_date": TODAY},
    ),
    Case(
        OccurrenceNotLast,
        lambda s, i: tasks.reopen(s, i.user, repeating(s, i), occurrence_date=TOMORROW),
        lambda i: {"task_id": i.task, "occurrence_date": TOMORROW},
    ),
    Case(
        TaskDoesNotRepeat,
        lambda s, i: tasks.skip_occurrence(s, i.user, i.task),
        lambda i: {"task_id": i.task},
    ),
    Case(
        SubtaskCannotRepeat,
        lambda s, i: change_task(s, i, subtask(s, i), recurrence="FREQ=DAILY"),
        lambda i: {"task_id": i.task + 1},
    ),
    Case(
        PauseEndsBeforeStart,
        lambda s, i: users.pause(s, i.user, starts_on=TOMORROW, ends_on=TODAY, now=NOW),
        lambda _: {"starts_on": TOMORROW, "ends_on": TODAY},
    ),
    Case(
        MinutesOfTimedSession,
        lambda s, i: change_timed(s, i, duration_minutes=5),
        lambda i: {"session_id": i.study_session + 1},
    ),
    Case(
        StudyDateWithTimes,
        lambda s, i: change_timed(s, i, study_date=TODAY - DAY, started_at=NOW - 2 * HOUR),
        lambda i: {"session_id": i.study_session + 1},
    ),
    Case(
        BothTimesNeeded,
        lambda s, i: study_sessions.update(
            s, i.user, i.study_session, StudySessionUpdate(started_at=NOW), now=NOW
        ),
        lambda i: {"session_id": i.study_session},
    ),
    Case(
        SessionTooShort,
        lambda s, i: change_timed(s, i, ended_at=NOW - 5 * HOUR),
        lambda _: {"started_at": NOW - 3 * HOUR, "ended_at": NOW - 5 * HOUR},
    ),
    Case(
        SessionTooLong,
        lambda s, i: change_timed(s, i, started_at=NOW - MONTH),
        lambda _: {"started_at": NOW - MONTH, "ended_at": NOW - HOUR},
    ),
    Case(
        DayOutOfRange,
        lambda s, i: change_timed(s, i, study_date=date.min),
        lambda _: {"day": date.min},
    ),
    Case(
        NoSuchTime,
        in_a_skipped_hour,
        lambda _: {"day": date(2025, 3, 29), "wall_time": time(2, 30)},
    ),
    Case(
        PartTooLong,
        on_a_date_that_came_twice,
        lambda _: {"day": date(1969, 9, 30), "seconds": 47 * 3600},
    ),
    Case(
        BeforeTimerStart,
        lambda s, i: study_sessions.stop(s, i.user, at=NOW - HOUR, now=NOW),
        lambda _: {"instant": NOW - HOUR, "started_at": NOW},
    ),
    Case(
        TimerForgotten,
        lambda s, i: study_sessions.stop(s, i.user, now=NOW + MONTH),
        lambda _: {"started_at": NOW},
    ),
    Case(
        DayAlreadyDone,
        lambda s, i: habits.skip(s, i.user, i.habit, now=NOW),
        lambda i: {"habit_id": i.habit, "day": TODAY},
    ),
    Case(
        HabitArchived,
        archived,
        lambda i: {"habit_id": i.habit, "day": TODAY, "archived_on": TODAY - 2 * DAY},
    ),
    Case(
        TimerAlreadyRunning,
        lambda s, i: study_sessions.start(s, i.user, i.topic, now=LATER),
        lambda _: {"started_at": NOW},
    ),
    Case(
        NoRunningTimer,
        lambda s, i: (timed_session(s, i), study_sessions.stop(s, i.user)),
        lambda _: {},
    ),
    Case(
        TimerTooShort,
        lambda s, i: study_sessions.stop(s, i.user, now=NOW),
        lambda _: {"started_at": NOW},
    ),
)
ELSEWHERE = {
    InvalidExtra,  # of the ORM: test_extra
    NaiveDatetime,  # of the ORM: tests/models/test_instants.py
    InstantOutOfRange,
    UnknownTimeZone,  # test_unknown_zones
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_error_has_the_facts_as_attributes(session: Session, case: Case) -> None:
    ids = person(session)
    with session.begin_nested() as savepoint:
        with pytest.raises(case.kind) as caught:
            case.call(session, ids)
        savepoint.rollback()
    assert type(caught.value) is case.kind
    assert caught.value.facts == case.facts(ids)


IN_THE_FUTURE: dict[str, tuple[str, Callable[[Session, Ids], object]]] = {
    "check_in": ("on", lambda s, i: habits.check_in(s, i.user, i.habit, on=TOMORROW, now=NOW)),
    "check_in_many": (
        "on",
        lambda s, i: habits.check_in_many(
            s, i.user, i.habit, [trackercore.CheckInCreate(on=TOMORROW)], now=NOW
        ),
    ),
    "archive": ("on", lambda s, i: habits.archive(s, i.user, i.habit, on=TOMORROW, now=NOW)),
    "update of a logged session": (
        "study_date",
        lambda s, i: study_sessions.update(
            s, i.user, i.study_session, StudySessionUpdate(study_date=TOMORROW), now=NOW
        ),
    ),
    "update of a timed session": (
        "study_date",
        lambda s, i: change_timed(s, i, study_date=TOMORROW),
    ),
    "new times": ("ended_at", lambda s, i: change_timed(s, i, ended_at=NOW + DAY)),
    "create_many": (
        "study_date",
        lambda s, i: study_sessions.create_many(s, i.user, [logged(i.topic, TOMORROW)], now=NOW),
    ),
}


@pytest.mark.parametrize("call", IN_THE_FUTURE)
def test_a_future_day_names_its_argument_or_field(session: Session, call: str) -> None:
    field, run = IN_THE_FUTURE[call]
    with pytest.raises(FutureDay) as caught:
        run(session, person(session))
    assert (caught.value.field, caught.value.day) == (field, TOMORROW)


def test_a_taken_name_or_key_has_the_id_of_the_owner_s_row(session: Session) -> None:
    ids, other = person(session), person(session, "other@example.com")
    key = StudySessionUpdate(external_id="k")
    for one in (other, ids):  # the same of somebody else is not in the way
        study_sessions.update(session, one.user, one.study_session, key, now=NOW)
        categories.create(session, one.user, CategoryCreate(name="Other"))
    second = study_sessions.create(session, ids.user, logged(ids.topic), now=NOW).id
    category = categories.find(session, ids.user)[-1].id
    with pytest.raises(ExternalIdTaken) as caught:
        study_sessions.update(session, ids.user, second, key, now=NOW)
    assert caught.value.other_id == ids.study_session
    with pytest.raises(NameTaken) as taken:
        categories.update(session, ids.user, category, CategoryUpdate(name="home"))
    assert taken.value.other_id == ids.category
    assert categories.get(session, ids.user, category).name == "Other"


def test_each_error_about_what_is_stored_is_here() -> None:
    errors = (getattr(trackercore, name) for name in trackercore.__all__)
    bases = (Conflict, InvalidInput, NotAllowed)
    refusals = {it for it in errors if isinstance(it, type) and issubclass(it, bases)}
    assert refusals - {*bases} == {case.kind for case in CASES} - {NotFound} | ELSEWHERE


MANY: dict[str, tuple[type[TrackerError], Callable[[Session, Ids], object]]] = {
    "a category": (
        NotFound,
        lambda s, i: tasks.create_many(
            s, i.user, [TaskCreate(title="Mow"), TaskCreate(title="Mow", category_id=4711)]
        ),
    ),
    "a parent": (
        NotFound,
        lambda s, i: tasks.create_many(
            s,
            i.user,
            [TaskCreate(title="Mow", parent_id=i.task), TaskCreate(title="Mow", parent_id=4711)],
        ),
    ),
    "a subtask as parent": (
        ParentIsSubtask,
        lambda s, i: tasks.create_many(
            s,
            i.user,
            [TaskCreate(title="Mow"), TaskCreate(title="Mow", parent_id=i.task + 1)],
        ),
    ),
    "a day": (
        FutureDay,
        lambda s, i: study_sessions.create_many(
            s, i.user, [logged(i.topic), logged(i.topic, TOMORROW)], now=NOW
        ),
    ),
    "a time": (
        SessionsOverlap,
        lambda s, i: study_sessions.create_many(
            s, i.user, [timed(i.topic), timed(i.topic, hours=1)], now=NOW
        ),
    ),
    "a day of a habit": (
        DayAlreadyDone,
        lambda s, i: habits.check_in_many(
            s,
            i.user,
            i.habit,
            [
                trackercore.CheckInCreate(on=TODAY - DAY),
                trackercore.CheckInCreate(on=TODAY, status="skipped"),
            ],
            now=NOW,
        ),
    ),
}


@pytest.mark.parametrize("what", MANY)
def test_an_error_about_one_of_many_has_its_position(session: Session, what: str) -> None:
    ids = person(session)
    kind, call = MANY[what]
    if kind is ParentIsSubtask:
        subtask(session, ids)
    before = dump(session)
    with pytest.raises(kind) as caught:
        call(session, ids)
    assert caught.value.item == caught.value.facts["item"] == 1
    assert dump(session) == before
