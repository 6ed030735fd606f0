"""How strong a habit is, and how often it is done on each weekday, from what is stored."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from sqlalchemy.orm import Session

from tests.services.habits.support import DAY, NOW, START, TODAY, new_user
from tests.support import oracle
from tests.support.oracle import Change, Rules
from trackercore import (
    Direction,
    Frequency,
    Habit,
    HabitCreate,
    HabitStrength,
    ScheduleChange,
    UserUpdate,
    habits,
    users,
)
from trackercore.domain.frequency import FREQUENCIES

Key = tuple[Session, int, int]


def key_of(session: Session, habit: Habit) -> Key:
    return session, habit.user_id, habit.id


def new_habit(session: Session, rules: Rules, unit: str | None) -> Habit:
    data = HabitCreate(
        name="Run",
        frequency=rules.frequency,
        target=rules.target,
        weekdays=rules.weekdays,
        every=rules.every,
        week_starts_on=rules.week_starts_on,
        starts_on=rules.starts_on,
        direction=rules.direction,
        counts=rules.counts,
        unit=unit,
    )
    return habits.create(session, new_user(session).id, data, now=NOW)


def some_days(seed: int) -> dict[date, int | None]:
    random = Random(seed)  # noqa: S311 - a history, no secret
    days = [START + n * DAY for n in range((TODAY - START).days + 1)]
    amounts = {day: random.choice((0, 1, 1, 2, 3, None)) for day in days}
    return {day: amount for day, amount in amounts.items() if amount != 0}


def record(key: Key, history: dict[date, int | None]) -> None:
    for day, amount in history.items():
        if amount is None:
            habits.skip(*key, on=day, now=NOW)
        else:
            habits.check_in(*key, on=day, amount=amount, now=NOW)


@pytest.mark.parametrize("unit", [None, "km"])
@pytest.mark.parametrize("direction", ["at_least", "at_most"])
@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_it_is_that_of_the_oracle_by_what_is_stored(
    frequency: Frequency, direction: Direction, unit: str | None, session: Session
) -> None:
    weekdays = frozenset({2, 4, 7}) if FREQUENCIES[frequency].has_weekdays else None
    rules = Rules(
        frequency,
        2,
        1,
        START + 5 * DAY,
        weekdays=weekdays,
        direction=direction,
        changes=(Change(date(2024, 2, 20), "weekly", 3, counts="days"),),
        pauses=((date(2024, 2, 2), date(2024, 2, 9)),),
        archived_on=date(2024, 3, 17),
    )
    habit = new_habit(session, rules, unit)
    key, history = key_of(session, habit), some_days(len(frequency))
    record(key, history)
    change = ScheduleChange(frequency="weekly", target=3, counts="days", week_starts_on=1)
    habits.change_schedule(*key, change, effective_from=date(2024, 2, 20), now=NOW)
    habits.pause(*key, starts_on=date(2024, 2, 2), ends_on=date(2024, 2, 5), now=NOW)
    users.pause(
        session, habit.user_id, starts_on=date(2024, 2, 4), ends_on=date(2024, 2, 9), now=NOW
    )
    habits.archive(*key, on=date(2024, 3, 17), now=NOW)
    has_unit = unit is not None
    expected = oracle.strengths(rules, history, TODAY, TODAY, has_unit=has_unit)
    shown = habits.strength_by_day(*key, START, TODAY + 5 * DAY, now=NOW)
    assert [each.day for each in shown] == [*oracle.days_between(START, TODAY + 5 * DAY)]
    strength = 1.0 if direction == "at_most" else 0.0
    for each in shown:
        strength = expected.get(each.day, strength)
        assert each.strength == pytest.approx(strength)
    for day in (START, date(2024, 2, 4), date(2024, 2, 25), TODAY):
        as_of = habits.strength(*key, day, now=NOW)
        assert HabitStrength(day=day, strength=as_of) in shown
    assert habits.strength(*key, now=NOW) == habits.strength(*key, TODAY, now=NOW)
    counts = habits.done_by_weekday(*key, START, TODAY, now=NOW)
    assert [each.weekday for each in counts] == [1, 2, 3, 4, 5, 6, 7]
    assert [(each.done, each.possible) for each in counts] == oracle.by_weekday(
        rules, history, START, TODAY, TODAY
    )
    rates = [each.done / each.possible if each.possible else None for each in counts]
    assert [each.rate for each in counts] == rates


def test_thirty_days_in_a_row_make_a_habit_strong(session: Session, habit: Habit) -> None:
    key = key_of(session, habit)
    record(key, {START + n * DAY: 1 for n in range(30)})
    assert habits.strength(*key, START + 12 * DAY, now=NOW) == pytest.approx(0.5)
    assert habits.strength(*key, START + 29 * DAY, now=NOW) == pytest.approx(0.8, abs=0.01)
    assert 0 < habits.strength(*key, now=NOW) < 0.1  # seven weeks later


def test_a_unit_makes_three_kilometres_one_repetition(session: Session) -> None:
    """Three a day without a unit are three, so that the strength grows faster."""
    owner = new_user(session).id
    strengths: dict[str | None, float] = {}
    for unit in (None, "km"):
        data = HabitCreate(name=f"Run {unit}", frequency="daily", target=3, unit=unit)
        key = session, owner, habits.create(session, owner, data, now=NOW).id
        habits.check_in(*key, amount=3, now=NOW)
        strengths[unit] = habits.strength(*key, now=NOW)
    assert strengths == {
        None: pytest.approx(1 - 0.5 ** (3**0.5 / 13)),
        "km": pytest.approx(1 - 0.5 ** (1 / 13)),
    }


def test_what_lies_after_the_day_is_not_known(session: Session, habit: Habit) -> None:
    """Nor what was recorded ahead of today, before the user moved west."""
    key = key_of(session, habit)
    users.update(session, habit.user_id, UserUpdate(time_zone="Pacific/Kiritimati"))
    record(key, {TODAY - DAY: 1, TODAY: 1, TODAY + DAY: 1})
    ahead = habits.strength(*key, now=NOW)
    users.update(session, habit.user_id, UserUpdate(time_zone="UTC"))
    today = habits.strength(*key, now=NOW)
    assert today < ahead == habits.strength(*key, TODAY + DAY, now=NOW)
    shown = habits.strength_by_day(*key, TODAY - DAY, TODAY + DAY, now=NOW)
    assert [each.strength for each in shown][1] == today
    assert shown[0].strength < today
    assert shown[2].strength < today  # as if nothing more were recorded
    counts = habits.done_by_weekday(*key, TODAY - DAY, TODAY + DAY, now=NOW)
    assert sum(each.done for each in counts) == 2


def test_the_first_and_the_last_dates_can_be_asked_for(session: Session, habit: Habit) -> None:
    key = key_of(session, habit)
    habits.check_in(*key, on=date.min, now=NOW)
    assert habits.strength(*key, date.min, now=NOW) == pytest.approx(1 - 0.5 ** (1 / 13))
    assert habits.strength(*key, date.max, now=NOW) == 0
    for day in (date.min, date.max):
        (shown,) = habits.strength_by_day(*key, day, day, now=NOW)
        assert shown.strength == habits.strength(*key, day, now=NOW)
        habits.done_by_weekday(*key, day, day, now=NOW)


def test_by_weekday_the_days_of_a_habit_are_counted_until_today(
    session: Session, habit: Habit
) -> None:
    """Today is a Wednesday, and the habit began on a Monday, eleven weeks ago."""
    key = key_of(session, habit)
    mondays = [START + 7 * n * DAY for n in range(10)]
    record(key, dict.fromkeys(mondays, 1))
    monday, tuesday, wednesday, *_ = habits.done_by_weekday(*key, START, TODAY + DAY, now=NOW)
    assert (monday.done, monday.possible) == (10, 12)
    assert monday.rate == 10 / 12
    assert (tuesday.done, tuesday.possible, tuesday.rate) == (0, 12, 0)
    assert wednesday.possible == 11
    before = habits.done_by_weekday(*key, START - 7 * DAY, START - DAY, now=NOW)
    assert [(each.possible, each.rate) for each in before] == [(0, None)] * 7
