"""Many check-ins in one call: what each would do by itself, all or nothing, at the cost of few."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.habits.support import DAY, NOW, TODAY, columns_of, new_habit, new_user, stored_days
from tests.support.oracle import Rules
from tests.support.statements import count_statements
from trackercore import (
    CheckInCreate,
    FutureDay,
    Habit,
    HabitCreate,
    NotFound,
    UserCreate,
    habits,
    users,
)

LONG_AGO = date(1990, 1, 1)

items = st.lists(
    st.builds(
        CheckInCreate,
        on=st.integers(0, 9).map(lambda ago: TODAY - ago * DAY),
        amount=st.none() | st.integers(1, 3),
        note=st.sampled_from([None, "wet", ""]),
    ),
    max_size=12,
)


@settings(max_examples=settings().max_examples // 10)
@given(before=items, new=items)
def test_it_does_what_a_check_in_for_each_does(
    session: Session, before: list[CheckInCreate], new: list[CheckInCreate]
) -> None:
    savepoint = session.begin_nested()
    user = new_user(session)
    one_by_one, at_once = (new_habit(session, user, Rules("daily", 2, 1, TODAY)) for _ in range(2))
    for habit in (one_by_one, at_once):
        for item in before:
            habits.check_in(session, user.id, habit.id, **item.model_dump(), now=NOW)
        habits.skip(session, user.id, habit.id, on=TODAY - 12 * DAY, now=NOW)
    told = [
        habits.check_in(session, user.id, one_by_one.id, **item.model_dump(), now=NOW)
        for item in new
    ]
    result = habits.check_in_many(session, user.id, at_once.id, iter(new), now=NOW)
    assert stored_days(session, at_once) == stored_days(session, one_by_one)
    assert columns_of(at_once) == columns_of(one_by_one)
    assert result.created == sum(each.created for each in told)
    assert result.created + result.changed + result.found == len(new)
    if told:
        last = (told[-1].streak, told[-1].longest_streak)
        assert (result.streak, result.longest_streak) == last
    savepoint.rollback()


@pytest.mark.parametrize("wrong", [FutureDay, ZeroDivisionError])
def test_an_error_in_a_later_batch_leaves_nothing_of_the_earlier_ones(
    session: Session, habit: Habit, wrong: type[Exception]
) -> None:
    def many() -> Iterator[CheckInCreate]:
        for number in range(6_000):
            yield CheckInCreate(on=LONG_AGO + number * DAY)
        if wrong is FutureDay:
            yield CheckInCreate(on=TODAY + DAY)
        else:
            raise ZeroDivisionError

    before = columns_of(habit)
    with pytest.raises(wrong):
        habits.check_in_many(session, habit.user_id, habit.id, many(), now=NOW)
    assert stored_days(session, habit) == []
    session.refresh(habit)
    assert columns_of(habit) == before


def test_a_day_that_comes_again_in_a_later_batch_is_changed(session: Session, habit: Habit) -> None:
    days = [LONG_AGO + number * DAY for number in range(5_500)]
    many = [CheckInCreate(on=day) for day in days] + [CheckInCreate(on=days[0], amount=9)]
    result = habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW)
    assert (result.created, result.changed, result.longest_streak) == (5_500, 1, 5_500)
    assert stored_days(session, habit)[0].amount == 9


def test_three_batches_take_two_statements_more_for_each(session: Session, habit: Habit) -> None:
    session.flush()
    counts: list[int] = []
    for start, number in ((LONG_AGO, 10), (date(1950, 1, 1), 12_000)):
        many = [CheckInCreate(on=start + n * DAY) for n in range(number)]
        with count_statements(session) as statements:
            habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW)
        reads_and_updates = [sql for sql in statements if not sql.startswith("INSERT")]
        counts.append(len(reads_and_updates))
    assert counts == [5, 7]  # the habit, the days there are, plan, marks and cache


def test_what_the_generator_adds_itself_is_there(session: Session) -> None:
    def many(user_id: int) -> Iterator[CheckInCreate]:
        yield CheckInCreate(on=TODAY)
        habits.create(session, user_id, HabitCreate(name="Swim", frequency="daily"), now=NOW)
        yield CheckInCreate(on=TODAY - DAY)

    user = users.create(session, UserCreate(email="ada@example.com"))
    habit = new_habit(session, user)
    assert habits.check_in_many(session, user.id, habit.id, many(user.id), now=NOW).streak == 2
    assert len(habits.find(session, user.id)) == 2


def test_nothing_to_record_changes_nothing(session: Session, habit: Habit) -> None:
    result = habits.check_in_many(session, habit.user_id, habit.id, [], now=NOW)
    assert (result.created, result.changed, result.found, result.streak) == (0, 0, 0, 0)
    with pytest.raises(NotFound):
        habits.check_in_many(session, habit.user_id, habit.id + 1, [], now=NOW)
    with pytest.raises(ValidationError):
        CheckInCreate(amount=0)
