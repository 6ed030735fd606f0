"""A message when a streak reaches seven: exactly one, in the transaction of the check-in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from host_app.models import Message
from host_app.outbox import MILESTONE, check_in, unsent
from tests.support.kinds import workers
from trackercore import Database, HabitCreate, habits

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def habit(session: Session, ada: int) -> int:
    data = HabitCreate(name="Run", frequency="daily", starts_on=date(2026, 1, 1))
    return habits.create(session, ada, data, now=NOW).id


def days_ago(number: int) -> date:
    return TODAY - timedelta(days=number)


def check_in_days(session: Session, user_id: int, habit_id: int, *ago: int) -> None:
    for number in ago:
        check_in(session, user_id, habit_id, on=days_ago(number), now=NOW)


def messages(session: Session) -> list[tuple[int, int, int]]:
    session.flush()
    return [(m.user_id, m.habit_id, m.streak) for m in session.scalars(select(Message))]


def test_the_seventh_day_writes_it_and_no_other(session: Session, ada: int, habit: int) -> None:
    check_in_days(session, ada, habit, *range(6, 0, -1))
    assert messages(session) == []
    check_in_days(session, ada, habit, 0)
    assert messages(session) == [(ada, habit, MILESTONE)]
    for _ in range(2):
        check_in(session, ada, habit, now=NOW)
        check_in(session, ada, habit, now=NOW + timedelta(days=1))
    assert len(messages(session)) == 1


def test_undone_and_done_again_is_once(session: Session, ada: int, habit: int) -> None:
    check_in_days(session, ada, habit, *range(6, -1, -1))
    for _ in range(2):
        habits.undo_check_in(session, ada, habit, now=NOW)
        check_in(session, ada, habit, now=NOW)
    assert len(messages(session)) == 1


def test_a_day_that_joins_two_runs_jumps_over_the_seventh(
    session: Session, ada: int, habit: int
) -> None:
    check_in_days(session, ada, habit, 8, 7, 6, 5, 3, 2, 1, 0)
    assert messages(session) == []
    check_in_days(session, ada, habit, 4)  # nine in a row
    assert len(messages(session)) == 1


def test_it_is_rolled_back_with_the_check_in(session: Session, ada: int, habit: int) -> None:
    check_in_days(session, ada, habit, *range(6, 0, -1))
    session.commit()
    check_in(session, ada, habit, now=NOW)
    assert len(messages(session)) == 1
    session.rollback()
    assert messages(session) == []
    check_in(session, ada, habit, now=NOW)
    assert len(messages(session)) == 1


def test_two_at_once_write_one(database: Database, session: Session, ada: int, habit: int) -> None:
    check_in_days(session, ada, habit, *range(6, 0, -1))
    session.commit()

    def seventh() -> int:
        with database.session() as other:
            return check_in(other, ada, habit, now=NOW).current_streak

    with workers(1) as pool:
        check_in(session, ada, habit, now=NOW)
        other = pool.submit(seventh)
        with pytest.raises(TimeoutError):
            other.result(timeout=0.2)  # it waits for this transaction
        session.commit()
        assert other.result(timeout=30) == MILESTONE
    assert len(messages(session)) == 1


@settings(max_examples=settings().max_examples // 3)
@given(calls=st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=30))
def test_after_any_calls_there_is_one_if_seven_were_ever_reached(
    session: Session, ada: int, habit: int, calls: list[tuple[bool, int]]
) -> None:
    """The streaks are counted here, day by day."""
    done, is_reached = set[int](), False
    with session.begin_nested() as savepoint:
        for undo, ago in calls:
            if undo:
                habits.undo_check_in(session, ada, habit, on=days_ago(ago), now=NOW)
                done.discard(ago)
            else:
                check_in_days(session, ada, habit, ago)
                done.add(ago)
                newest = 0 if 0 in done else 1
                is_reached |= done.issuperset(range(newest, newest + MILESTONE))
            assert messages(session) == [(ada, habit, MILESTONE)] * is_reached
        savepoint.rollback()


def test_a_message_that_was_sent_is_not_sent_again(session: Session, ada: int, habit: int) -> None:
    check_in_days(session, ada, habit, *range(6, -1, -1))
    session.flush()
    (message,) = unsent(session)
    message.sent_at = NOW
    session.flush()
    assert unsent(session) == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_two_senders_take_different_messages(
    database: Database, session: Session, ada: int, habit: int
) -> None:
    check_in_days(session, ada, habit, *range(6, -1, -1))
    session.commit()
    assert len(unsent(session)) == 1
    with database.session() as other:
        assert unsent(other) == []
