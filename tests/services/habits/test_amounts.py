"""Sums of amounts: what SQL adds up is what one gets by hand, to the thousandth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.domain.histories import clamp
from tests.services.habits.support import DAY, NOW, TODAY, new_habit, new_user
from tests.services.measures import analyze, effort
from tests.support.buckets import ANCHORS, walk, walks
from tests.support.oracle import History
from tests.support.statements import count_statements
from trackercore import (
    AmountTotal,
    CheckIn,
    CheckInCreate,
    Database,
    Habit,
    HabitCreate,
    NotFound,
    UserUpdate,
    habits,
    users,
)
from trackercore.domain.calendar import Unit
from trackercore.schemas.fields import MAX_AMOUNT
from trackercore.testing.strategies import amounts

AMOUNTS_BY: dict[Unit, Callable[..., list[AmountTotal]]] = {
    "day": habits.amounts_by_day,
    "week": habits.amounts_by_week,
    "month": habits.amounts_by_month,
    "year": habits.amounts_by_year,
}
START, END = date(2024, 3, 1), date(2024, 3, 31)


class Case(NamedTuple):
    """What is recorded, a range of days, and a week start."""

    history: History
    start: date
    end: date
    week_starts_on: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    anchor = draw(st.sampled_from(ANCHORS))
    offsets = st.integers(-8, 8) | st.integers(-400, 400)
    days = offsets.map(lambda offset: clamp(anchor, offset))
    recorded = st.none() | st.just(0) | amounts(2) | amounts()
    first, last = draw(days), draw(days)
    return Case(
        history=draw(st.dictionaries(days, recorded, max_size=25)),
        start=min(first, last),
        end=max(first, last),
        week_starts_on=draw(st.integers(1, 7)),
    )


# --- By hand ---------------------------------------------------------------------------------


def by_hand(unit: Unit, case: Case, *, fill: bool) -> list[AmountTotal]:
    history, start, end, week_starts_on = case
    found: dict[tuple[date, date], list[Decimal]] = {}
    if fill:
        found = {bucket: [] for bucket in walks(unit, start, end, week_starts_on)}
    for day, amount in history.items():
        if start <= day <= end:
            of_bucket = found.setdefault(walk(unit, day, week_starts_on), [])
            of_bucket.append(Decimal(amount or 0))
    return [total_of(*bucket, of_bucket) for bucket, of_bucket in sorted(found.items())]


def total_of(start: date, end: date, recorded: list[Decimal]) -> AmountTotal:
    done = [amount for amount in recorded if amount > 0]
    average = None
    if done:
        average = (sum(done, Decimal(0)) / len(done)).quantize(Decimal("0.001"), ROUND_HALF_UP)
    amount = sum(done, Decimal(0))
    return AmountTotal(start=start, end=end, amount=amount, days=len(done), average=average)


# --- In SQL ----------------------------------------------------------------------------------


def record(session: Session, habit: Habit, history: History) -> None:
    """Store days past the services: they would refuse future ones."""
    session.add_all(
        CheckIn(
            user_id=habit.user_id,
            habit_id=habit.id,
            day=day,
            status="skipped" if amount is None else "done",
            amount=amount or 0,
        )
        for day, amount in history.items()
    )


few = settings(max_examples=settings().max_examples // 10)
"""Examples that each fill a database."""


@few
@given(cases())
@example(Case({}, date(2019, 11, 13), date(2021, 3, 9), 1))
@example(Case({clamp(date.min, n): 2**n for n in range(10)}, date.min, clamp(date.min, 30), 7))
@example(Case({clamp(date.max, -n): 2**n for n in range(10)}, clamp(date.max, -30), date.max, 7))
def test_the_amounts_of_days_weeks_months_and_years_are_those_counted_by_hand(
    database: Database, case: Case
) -> None:
    history, start, end, week_starts_on = case
    with database.session() as session:
        ada, bob = (new_user(session, f"{name}@example.com") for name in ("ada", "bob"))
        users.update(session, ada.id, UserUpdate(week_starts_on=week_starts_on))
        habit, others = new_habit(session, ada), (new_habit(session, ada), new_habit(session, bob))
        record(session, habit, history)
        for other in others:
            record(session, other, dict.fromkeys(history, 7))
        for unit, amounts_by in AMOUNTS_BY.items():
            for fill in (False, True):
                totals = amounts_by(session, ada.id, habit.id, start, end, fill=fill)
                assert totals == by_hand(unit, case, fill=fill), unit
        session.rollback()


@few
@given(cases())
def test_weeks_follow_every_week_start(database: Database, case: Case) -> None:
    with database.session() as session:
        user = new_user(session)
        habit = new_habit(session, user)
        record(session, habit, case.history)
        for week_starts_on in range(1, 8):
            users.update(session, user.id, UserUpdate(week_starts_on=week_starts_on))
            weeks = habits.amounts_by_week(session, user.id, habit.id, case.start, case.end)
            assert weeks == by_hand(
                "week", case._replace(week_starts_on=week_starts_on), fill=False
            )
        session.rollback()


def test_ten_times_a_tenth_is_exactly_one(session: Session, habit: Habit) -> None:
    items = [CheckInCreate(on=clamp(START, ahead), amount=0.1) for ahead in range(10)]
    habits.check_in_many(session, habit.user_id, habit.id, items, now=NOW)
    (month,) = habits.amounts_by_month(session, habit.user_id, habit.id, START, END)
    assert month == total_of(START, END, [Decimal("0.1")] * 10)
    assert (str(month.amount), str(month.average)) == ("1", "0.1")
    assert month.model_dump(mode="json") == {
        "start": "2024-03-01",
        "end": "2024-03-31",
        "amount": 1,
        "days": 10,
        "average": 0.1,
    }


@pytest.mark.parametrize(
    ("recorded", "average"),
    [
        (["0.001", "0.002"], "0.002"),
        (["0.001", "0.001", "0.002"], "0.001"),
        (["0.001", "0.002", "0.002"], "0.002"),
        (["2", "3"], "2.5"),
        (["10", "0"], "10"),  # a day with nothing done is no day done
    ],
)
def test_the_average_is_rounded_half_up_to_three_decimals(
    session: Session, habit: Habit, recorded: list[str], average: str
) -> None:
    record(session, habit, {clamp(START, n): Decimal(each) for n, each in enumerate(recorded)})
    (month,) = habits.amounts_by_month(session, habit.user_id, habit.id, START, END)
    assert str(month.average) == average


def test_a_sum_may_be_greater_than_any_amount(session: Session, habit: Habit) -> None:
    """In thousandths, ten years of the greatest amount need more than 32 bits, and than 40."""
    days = [date.fromordinal(date(2014, 1, 1).toordinal() + n) for n in range(3652)]
    record(session, habit, dict.fromkeys(days, MAX_AMOUNT))
    key = (session, habit.user_id, habit.id)
    years = habits.amounts_by_year(*key, days[0], days[-1])
    assert [year.amount for year in years] == [
        Decimal(MAX_AMOUNT) * (366 if year.start.year % 4 == 0 else 365) for year in years
    ]
    assert years[0].amount * 1000 > 2**31
    assert {year.average for year in years} == {Decimal(MAX_AMOUNT)}


def test_what_is_recorded_as_nothing_is_no_day_done_and_has_a_row_all_the_same(
    session: Session, habit: Habit
) -> None:
    record(session, habit, {START: 0, START + DAY: None})
    key = (session, habit.user_id, habit.id)
    assert habits.amounts_by_day(*key, START, END) == [
        total_of(day, day, []) for day in (START, START + DAY)
    ]
    assert len(habits.amounts_by_day(*key, START, END, fill=True)) == 31


def test_paused_days_and_days_before_the_first_one_count(session: Session) -> None:
    user = new_user(session)
    data = HabitCreate(name="Coffee", frequency="daily", target=2, direction="at_most")
    habit = habits.create(session, user.id, data, now=NOW)
    record(session, habit, {TODAY - 9 * DAY: 4, TODAY: 3})
    key = (session, user.id, habit.id)
    habits.pause(*key, starts_on=TODAY, now=NOW)
    (year,) = habits.amounts_by_year(*key, date(2024, 1, 1), TODAY)
    assert (int(year.amount), year.days) == (7, 2)


def test_the_first_and_the_last_bucket_count_only_the_days_inside_the_range(
    session: Session, habit: Habit
) -> None:
    record(session, habit, {clamp(START, ahead): 1 for ahead in range(31)})
    key = (session, habit.user_id, habit.id)
    weeks = habits.amounts_by_week(*key, date(2024, 3, 6), date(2024, 3, 12))
    assert [(week.start, week.end, int(week.amount)) for week in weeks] == [
        (date(2024, 3, 4), date(2024, 3, 10), 5),
        (date(2024, 3, 11), date(2024, 3, 17), 2),
    ]


def test_all_of_time_is_a_range(session: Session, habit: Habit) -> None:
    record(session, habit, {date.min: 1, date.max: Decimal("0.001")})
    for unit, amounts_by in AMOUNTS_BY.items():
        first, last = amounts_by(session, habit.user_id, habit.id, date.min, date.max)
        assert (first.start, first.amount) == (date.min, Decimal(1)), unit
        assert (last.end, last.amount) == (date.max, Decimal("0.001")), unit


# --- Each unit -------------------------------------------------------------------------------

each_unit = pytest.mark.parametrize("unit", AMOUNTS_BY)


@each_unit
def test_a_call_takes_one_statement(session: Session, habit: Habit, unit: Unit) -> None:
    record(session, habit, {START: 1, END: 2})
    session.flush()
    session.expunge_all()
    for fill in (False, True):
        with count_statements(session) as statements:
            AMOUNTS_BY[unit](session, habit.user_id, habit.id, START, END, fill=fill)
        assert len(statements) == 1, statements


@each_unit
def test_a_range_of_a_long_history_costs_no_more_than_one_of_a_short_one(
    session: Session, habit: Habit, unit: Unit
) -> None:
    key = (session, habit.user_id, habit.id)
    costs: list[int] = []
    for first, last in ((0, 31), (-3652, 0)):
        record(session, habit, {clamp(START, ahead): 1 for ahead in range(first, last)})
        session.flush()
        analyze(session)
        costs.append(effort(session, AMOUNTS_BY[unit], *key, START, END))
    assert 0 < costs[1] <= 2 * costs[0], costs  # an index scan may count its rows twice


@each_unit
def test_a_range_without_anything_is_empty_or_filled_with_zeros(
    session: Session, habit: Habit, unit: Unit
) -> None:
    record(session, habit, {START - DAY: 5, END + DAY: 5})
    key = (session, habit.user_id, habit.id)
    assert AMOUNTS_BY[unit](*key, START, END) == []
    assert AMOUNTS_BY[unit](*key, START, END, fill=True) == [
        total_of(*bucket, []) for bucket in walks(unit, START, END, 1)
    ]


@each_unit
def test_what_is_added_and_not_written_yet_counts(
    session: Session, habit: Habit, unit: Unit
) -> None:
    record(session, habit, {START: Decimal("2.5")})
    (total,) = AMOUNTS_BY[unit](session, habit.user_id, habit.id, START, END)
    assert total.amount == Decimal("2.5")


@each_unit
def test_an_unknown_habit_or_one_of_another_user_is_not_found(
    session: Session, habit: Habit, unit: Unit
) -> None:
    bob = new_user(session, "bob@example.com")
    for owner, habit_id in ((bob.id, habit.id), (habit.user_id, habit.id + 999)):
        with pytest.raises(NotFound, match=f"no habit {habit_id}"):
            AMOUNTS_BY[unit](session, owner, habit_id, START, END)


@each_unit
def test_a_range_must_not_end_before_it_starts(session: Session, habit: Habit, unit: Unit) -> None:
    with pytest.raises(ValidationError, match="is after end"):
        AMOUNTS_BY[unit](session, habit.user_id, habit.id, END, START)
