"""Habits as rows; tests/services/habits tests their check-ins and streaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.support import NO_EXTRA, NOW, TODAY, dump, person
from trackercore import (
    CheckIn,
    HabitCreate,
    HabitRead,
    HabitUpdate,
    NotFound,
    UserCreate,
    UserUpdate,
    categories,
    habits,
    users,
)


def test_a_habit_is_stored_as_given(session: Session) -> None:
    ids = person(session)
    before = datetime.now(UTC)
    data = HabitCreate(
        name=" Read ",
        description="Novels",
        category_id=ids.category,
        frequency="weekdays",
        weekdays=frozenset({2, 7}),
        target=2.5,
        unit=" km ",
        direction="at_most",
        allowed_misses=1,
        starts_on=date(2026, 1, 5),
        week_starts_on=7,
        tags=["slowly"],
        external_id="h/7",
    )
    habit = habits.create(session, ids.user, data)
    session.expire_all()
    habit = habits.get(session, ids.user, habit.id, now=NOW)
    assert HabitRead.model_validate(habit) == HabitRead(
        id=habit.id,
        user_id=ids.user,
        name="Read",
        description="Novels",
        category_id=ids.category,
        frequency="weekdays",
        target=Decimal("2.5"),
        unit="km",
        weekdays=frozenset({2, 7}),
        every=1,
        week_starts_on=7,
        direction="at_most",
        counts="amount",
        day_minimum=None,
        allowed_misses=1,
        schedule_from=None,
        starts_on=date(2026, 1, 5),
        archived_on=None,
        as_of=TODAY,
        current_streak=18,  # the chosen weekdays from the first day to yesterday
        longest_streak=18,
        starting_streak=None,
        starting_streak_on=None,
        position=habit.position,
        tags=("slowly",),
        external_id="h/7",
        extra=NO_EXTRA,
        created_at=habit.created_at,
        updated_at=habit.updated_at,
    )
    assert before <= habit.created_at <= datetime.now(UTC)
    assert habits.get(session, ids.user, habit.id) is habit


@pytest.mark.parametrize(
    ("time_zone", "starts_on"),
    [("Pacific/Kiritimati", date(2026, 3, 11)), ("Pacific/Pago_Pago", date(2026, 3, 9))],
)
def test_a_habit_starts_on_its_users_today_and_keeps_their_weeks(
    session: Session, time_zone: str, starts_on: date
) -> None:
    data = UserCreate(
        email="a@example.com", time_zone=time_zone, day_starts_at=60, week_starts_on=6
    )
    user = users.create(session, data)
    habit = habits.create(session, user.id, HabitCreate(name="Run", frequency="daily"), now=NOW)
    # What is fixed stays so when the user moves on.
    users.update(session, user.id, UserUpdate(time_zone="UTC", week_starts_on=1, day_starts_at=0))
    session.expire_all()
    assert (habit.starts_on, habit.week_starts_on, habit.target) == (starts_on, 6, Decimal(1))


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"name": "Ride"},
        {"external_id": "f"},
        {"external_id": None},
        {"description": "Novels"},
        {"unit": "pages"},
        {"starts_on": TODAY - timedelta(days=3)},
    ],
)
def test_an_update_changes_what_it_names_and_nothing_else(
    session: Session, change: dict[str, Any]
) -> None:
    ids = person(session)
    data = HabitCreate(name="Read", frequency="daily", external_id="e")
    habit = habits.create(session, ids.user, data, now=NOW)
    habits.check_in(session, ids.user, habit.id, now=NOW)
    before = HabitRead.model_validate(habit).model_dump()
    assert before["current_streak"] == 1
    assert habits.update(session, ids.user, habit.id, HabitUpdate(**change), now=NOW) is habit
    after = HabitRead.model_validate(habit).model_dump()
    assert (after["updated_at"] > before["updated_at"]) == bool(change)
    assert after | {"updated_at": before["updated_at"]} == before | change


def test_a_habit_moves_into_a_category_and_out_again(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    key = (session, ids.user, ids.habit)
    assert habits.update(*key, HabitUpdate(category_id=ids.category)).category_id == ids.category
    habit = habits.update(*key, HabitUpdate(name="Walk"))
    assert habit.category_id == ids.category
    assert habits.update(*key, HabitUpdate(category_id=None)).category_id is None
    for refused in (other.category, 10**6):
        with pytest.raises(NotFound, match="category"):
            habits.update(*key, HabitUpdate(category_id=refused))
        data = HabitCreate(name="Swim", frequency="daily", category_id=refused)
        with pytest.raises(NotFound, match="category"):
            habits.create(session, ids.user, data)


def test_a_category_that_is_deleted_leaves_its_habits(session: Session) -> None:
    ids = person(session)
    habits.update(session, ids.user, ids.habit, HabitUpdate(category_id=ids.category))
    habit = habits.get(session, ids.user, ids.habit)
    before = habit.updated_at
    categories.delete(session, ids.user, ids.category)
    assert (habit.category_id, habit.category) == (None, None)
    assert habit.updated_at > before
    session.expire_all()
    assert habits.get(session, ids.user, ids.habit).category_id is None


def test_find_lists_them_by_id_and_by_external_id(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    for owner in (other, ids):
        data = HabitCreate(name="Read", frequency="daily", external_id="1")
        habits.create(session, owner.user, data)
    mine = list(habits.find(session, ids.user))
    assert [habit.name for habit in mine] == ["Run", "Read"]
    assert list(habits.find(session, ids.user, external_id="1")) == mine[1:]
    assert list(habits.find(session, ids.user, external_id="2")) == []


def test_a_deleted_habit_takes_its_history_along_and_no_other(session: Session) -> None:
    ids = person(session)
    other = habits.create(session, ids.user, HabitCreate(name="Read", frequency="daily"))
    habits.check_in(session, ids.user, other.id, on=TODAY, now=NOW)
    kept = habits.check_ins(session, ids.user, other.id)
    assert len(habits.check_ins(session, ids.user, ids.habit)) == 1
    habits.delete(session, ids.user, ids.habit)
    with pytest.raises(NotFound):
        habits.get(session, ids.user, ids.habit)
    with pytest.raises(NotFound):
        habits.check_ins(session, ids.user, ids.habit)
    assert list(habits.find(session, ids.user)) == [other]
    assert session.query(CheckIn).all() == kept


def test_check_ins_are_listed_in_order_within_the_range(session: Session) -> None:
    ids = person(session)
    days = [TODAY - timedelta(days=n) for n in range(5)]
    for day in (days[3], days[1], days[4]):
        habits.check_in(session, ids.user, ids.habit, on=day, now=NOW)
    habits.skip(session, ids.user, ids.habit, on=days[2], now=NOW)

    def listed(**limits: date) -> list[date]:
        return [row.day for row in habits.check_ins(session, ids.user, ids.habit, **limits)]

    assert listed() == days[::-1]
    assert listed(start=days[3]) == days[3::-1]
    assert listed(end=days[3]) == [days[4], days[3]]
    assert listed(start=days[3], end=days[1]) == [days[3], days[2], days[1]]
    assert listed(start=days[2], end=days[2]) == [days[2]]
    statuses = [row.status for row in habits.check_ins(session, ids.user, ids.habit)]
    assert statuses == ["done", "done", "skipped", "done", "done"]


def test_an_update_of_a_user_keeps_what_is_recorded(session: Session) -> None:
    ids = person(session)
    before = dump(session)
    users.update(session, ids.user, UserUpdate(time_zone="Asia/Tokyo", day_starts_at=240))
    after = dump(session)
    assert {name for name in after if after[name] != before[name]} == {"users"}
