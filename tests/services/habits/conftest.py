"""Fixtures of the tests of habits."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.services.habits.support import TODAY, new_habit, new_user
from tests.support.oracle import Rules
from trackercore import Habit, habits


@pytest.fixture
def habit(session: Session) -> Habit:
    """A daily habit of a user in UTC; its owner is `habit.user_id`."""
    return new_habit(session, new_user(session))


@pytest.fixture
def adopted(session: Session) -> Habit:
    """A daily habit that was taken over today, after twelve days in a row."""
    rules = Rules("daily", 1, 1, TODAY, starting_streak=12, starting_streak_on=TODAY)
    habit = new_habit(session, new_user(session), rules)
    assert habits.rebuild_streaks(session).corrected == 1
    return habit
