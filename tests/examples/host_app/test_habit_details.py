"""A reminder and points for each habit, in a side table."""

from __future__ import annotations

from datetime import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from host_app.habit_details import details_of, read_details, set_reminder
from host_app.models import HabitDetails
from tests.support.statements import count_statements
from trackercore import Database, Habit, HabitCreate, NotFound, habits

EIGHT = time(8, 30)


def make_habits(session: Session, user_id: int, count: int) -> list[Habit]:
    return [
        habits.create(session, user_id, HabitCreate(name=f"{number}", frequency="daily"))
        for number in range(count)
    ]


def test_a_habit_has_none_until_it_gets_some(session: Session, ada: int) -> None:
    (habit,) = make_habits(session, ada, 1)
    assert details_of(habit) is None
    details = set_reminder(session, ada, habit.id, EIGHT)
    assert details_of(habit) is details
    assert details.habit is habit
    session.flush()
    assert (details.user_id, details.habit_id, details.xp) == (ada, habit.id, 0)


def test_a_habit_has_one_row_at_most(session: Session, ada: int) -> None:
    (habit,) = make_habits(session, ada, 1)
    first = set_reminder(session, ada, habit.id, EIGHT)
    session.flush()
    session.expunge_all()
    again = set_reminder(session, ada, habit.id, None)
    session.flush()
    assert (again.habit_id, again.reminder_at) == (first.habit_id, None)
    assert len(session.scalars(select(HabitDetails)).all()) == 1


def test_another_user_s_habit_gets_none(session: Session, ada: int, eve: int) -> None:
    (habit,) = make_habits(session, ada, 1)
    with pytest.raises(NotFound):
        set_reminder(session, eve, habit.id, EIGHT)


def test_the_details_of_a_page_are_read_in_one_statement_and_stay_readable(
    database: Database, session: Session, ada: int
) -> None:
    with_reminder = {habit.id for habit in make_habits(session, ada, 12)[::2]}
    for habit in with_reminder:
        set_reminder(session, ada, habit, EIGHT)
    session.commit()
    with database.session(read_only=True) as later:
        page = habits.find(later, ada)
        with count_statements(later) as statements:
            read_details(later, ada, page)
    assert {habit.id for habit in page if details_of(habit) is not None} == with_reminder
    assert len(statements) == 1, statements


def test_no_service_reads_them(session: Session, ada: int) -> None:
    (habit,) = make_habits(session, ada, 1)
    set_reminder(session, ada, habit.id, EIGHT)
    session.flush()
    session.expunge_all()
    with count_statements(session) as statements:
        habits.check_in(session, ada, habit.id)
        page = habits.find(session, ada)
        habits.delete(session, ada, habit.id)
    assert len(page) == 1
    assert not any("habit_details" in statement for statement in statements)


def test_they_go_when_the_habit_is_deleted(session: Session, ada: int) -> None:
    first, second = make_habits(session, ada, 2)
    set_reminder(session, ada, first.id, EIGHT)
    kept = set_reminder(session, ada, second.id, EIGHT)
    habits.delete(session, ada, first.id)
    assert session.scalars(select(HabitDetails)).all() == [kept]
