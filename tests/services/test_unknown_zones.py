"""A zone that this machine's tzdata does not have: an error of ours, and nobody else suffers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, Call
from tests.services.refusals import outcome
from tests.services.support import LATER, NOW, TODAY, dump, logged, person
from trackercore import (
    Habit,
    HabitCreate,
    HabitStanding,
    StudySessionCreate,
    TaskCreate,
    TrackerError,
    UnknownTimeZone,
    User,
    UserUpdate,
    habits,
    study_sessions,
    tasks,
    users,
)

pytestmark = pytest.mark.slow  # every call, in many zones that are not there

MARS = "Mars/Olympus"
NO_ZONES = (
    MARS,
    "",
    "../../etc/passwd",
    "/etc/localtime",
    "America",
    "x" * 50,
    "zone.tab",
    "Ä/\u2028",
)

NEED_THE_DAY = {
    "overview",
    "users.today",
    "habits.create",
    "habits.check_in",
    "habits.streak",
    "habits.due",
    "habits.pause",
    "study_sessions.create",
    "study_sessions.create_timed",
    "study_sessions.create_many",
    "study_sessions.stop",
    "study_sessions.streak",
    "study_sessions.goal_progress",
}


def send_to(session: Session, user_id: int, time_zone: str) -> None:
    """Give somebody a zone past the services, as a newer machine might."""
    session.execute(
        update(User).where(User.id == user_id).values(time_zone=time_zone),
        execution_options={"synchronize_session": "fetch"},
    )


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_any_call_works_or_names_the_zone_and_the_user(session: Session, call: Call) -> None:
    ids = person(session)
    tasks.create(session, ids.user, TaskCreate(title="due", due_at=NOW))
    call.prepare(session, ids)
    send_to(session, ids.user, MARS)
    before = dump(session)
    session.expunge_all()
    result = outcome(call.run_unprepared, session, ids)
    if isinstance(result, UnknownTimeZone):
        assert (result.time_zone, result.user_id) == (MARS, ids.user)
        assert MARS in str(result)
        assert dump(session) == before
    else:
        assert not isinstance(result, Exception) or isinstance(result, TrackerError), result
        assert call.service not in NEED_THE_DAY


@pytest.mark.parametrize("time_zone", NO_ZONES)
def test_whatever_is_stored_as_a_zone(session: Session, time_zone: str) -> None:
    ids = person(session)
    send_to(session, ids.user, time_zone)
    with pytest.raises(UnknownTimeZone) as caught:
        users.today(session, ids.user, now=NOW)
    assert repr(time_zone) in str(caught.value)


def test_lists_of_due_tasks_say_it_and_those_of_days_need_no_zone(session: Session) -> None:
    ids = person(session)
    send_to(session, ids.user, MARS)
    task = tasks.create(session, ids.user, TaskCreate(title="due", due_date=TODAY))
    for due in ("overdue", "today", "upcoming"):
        for call in (tasks.find, tasks.count):
            with pytest.raises(UnknownTimeZone):
                call(session, ids.user, due=due, now=NOW)
    assert list(tasks.find(session, ids.user, due_start=TODAY, due_end=TODAY)) == [task]


def test_another_zone_mends_it_and_the_streaks(session: Session) -> None:
    ids = person(session)
    send_to(session, ids.user, MARS)
    session.execute(update(Habit).values(cached_streak=99, cached_longest_streak=99))
    session.expunge_all()
    assert users.update(session, ids.user, UserUpdate(email="bob@example.com")).time_zone == MARS
    before = dump(session)
    with pytest.raises(UnknownTimeZone):
        users.update(session, ids.user, UserUpdate(day_starts_at=60, email="eve@example.com"))
    assert dump(session) == before
    users.update(
        session, ids.user, UserUpdate(time_zone="Europe/Berlin", day_starts_at=60), now=NOW
    )
    habit = habits.get(session, ids.user, ids.habit)
    assert (habit.cached_streak, habit.cached_longest_streak) == (1, 1)
    assert users.today(session, ids.user, now=NOW) == TODAY


def test_a_rebuild_of_everybody_skips_them_and_says_so(session: Session) -> None:
    people = [person(session, f"{number}@example.com") for number in range(4)]
    for ids, zone in ((people[1], MARS), (people[2], "Mars/Arcadia")):
        habits.create(session, ids.user, HabitCreate(name="Swim", frequency="weekly"), now=NOW)
        send_to(session, ids.user, zone)
    session.execute(update(Habit).values(cached_streak=99, cached_longest_streak=99))
    done = habits.rebuild_streaks(session, now=NOW)
    assert (done.checked, done.corrected, done.skipped) == (2, 2, 4)
    assert done.unknown_time_zones == ("Mars/Arcadia", MARS)
    of_people = select(Habit.cached_streak).where(Habit.id.in_([ids.habit for ids in people]))
    assert session.scalars(of_people.order_by(Habit.id)).all() == [1, 99, 99, 1]
    steps: list[tuple[int, int]] = []
    after = None
    while True:
        step = habits.rebuild_streaks(session, limit=2, after=after, now=NOW)
        steps.append((step.checked, step.skipped))
        if (after := step.next) is None:
            break
    assert steps == [(1, 1), (0, 2), (1, 1)]
    with pytest.raises(UnknownTimeZone):
        habits.rebuild_streaks(session, people[1].user, now=NOW)


def test_a_rebuild_of_everybody_leaves_their_habits_without_a_standing(session: Session) -> None:
    ada, eve = person(session), person(session, "eve@example.com")
    mine, theirs = (habits.get(session, ids.user, ids.habit, now=NOW) for ids in (ada, eve))
    send_to(session, eve.user, MARS)
    assert habits.rebuild_streaks(session, now=LATER).skipped == 1
    assert mine.standing == HabitStanding(TODAY, 1, 1)
    assert theirs.standing is None


def test_an_import_says_it_before_anything_is_stored(session: Session) -> None:
    ids = person(session)
    send_to(session, ids.user, MARS)
    before = dump(session)
    read: list[int] = []

    def items() -> Iterator[StudySessionCreate]:
        read.append(1)
        yield logged(ids.topic, TODAY)

    with pytest.raises(UnknownTimeZone):
        study_sessions.create_many(session, ids.user, items(), now=LATER)
    assert dump(session) == before
    assert read == []
