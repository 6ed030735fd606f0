"""Many check-ins in one call: what each would do by itself, all or nothing, at the cost of few."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.habits.support import (
    DAY,
    NOW,
    START,
    TODAY,
    YESTERDAY,
    Row,
    columns_of,
    new_habit,
    new_user,
    shown,
    stored_days,
)
from tests.services.hostile import HOSTILE
from tests.support.oracle import Rules
from tests.support.statements import count_statements
from trackercore import (
    CheckInCreate,
    CheckInResult,
    DayAlreadyDone,
    FutureDay,
    Habit,
    HabitCreate,
    NotFound,
    TrackerError,
    UserCreate,
    UserUpdate,
    habits,
    users,
)

LONG_AGO = date(1990, 1, 1)

days = st.integers(0, 9).map(lambda ago: TODAY - ago * DAY)
notes = st.sampled_from([None, "wet", ""])
done = st.builds(CheckInCreate, on=days, amount=st.none() | st.integers(1, 3), note=notes)
skipped = st.builds(CheckInCreate, on=days, status=st.just("skipped"), note=notes)
items = st.lists(done | done | skipped, max_size=12)


def record(session: Session, habit: Habit, item: CheckInCreate) -> CheckInResult:
    """The one call that does what the item says."""
    key = (session, habit.user_id, habit.id)
    if item.status == "skipped":
        return habits.skip(*key, on=item.on, note=item.note, now=NOW)
    return habits.check_in(*key, on=item.on, amount=item.amount, note=item.note, now=NOW)


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
            with suppress(DayAlreadyDone):
                record(session, habit, item)
    try:
        results = [record(session, one_by_one, item) for item in new]
    except DayAlreadyDone:
        recorded = stored_days(session, at_once)
        with pytest.raises(DayAlreadyDone):
            habits.check_in_many(session, user.id, at_once.id, iter(new), now=NOW)
        assert stored_days(session, at_once) == recorded
    else:
        result = habits.check_in_many(session, user.id, at_once.id, iter(new), now=NOW)
        assert stored_days(session, at_once) == stored_days(session, one_by_one)
        assert columns_of(at_once) == columns_of(one_by_one)
        assert result.created == sum(each.created for each in results)
        assert result.created + result.changed + result.found == len(new)
        if results:
            last = (results[-1].current_streak, results[-1].longest_streak)
            assert (result.current_streak, result.longest_streak) == last
    savepoint.rollback()


def test_skips_all_over_a_long_history_cost_as_much_as_check_ins(
    session: Session, habit: Habit
) -> None:
    """One by one, each of them would have the whole history judged again."""
    history = [CheckInCreate(on=LONG_AGO + n * DAY) for n in range(3_650) if n % 4]
    habits.check_in_many(session, habit.user_id, habit.id, history, now=NOW)
    skips = [CheckInCreate(on=LONG_AGO + n * DAY, status="skipped") for n in range(0, 3_650, 4)]
    with count_statements(session) as statements:
        result = habits.check_in_many(session, habit.user_id, habit.id, skips, now=NOW)
    assert len(statements) == 3 + 2
    assert (result.created, result.longest_streak) == (913, len(history))
    again = habits.check_in_many(session, habit.user_id, habit.id, skips, now=NOW)
    assert (again.created, again.changed, again.found) == (0, 0, 913)


@pytest.mark.parametrize(
    ("day", "error"),
    [
        (CheckInCreate(on=TODAY, status="skipped"), DayAlreadyDone),
        (CheckInCreate(on=TODAY + DAY), FutureDay),
    ],
)
def test_a_day_that_is_refused_is_named_and_nothing_is_stored(
    session: Session, habit: Habit, day: CheckInCreate, error: type[TrackerError]
) -> None:
    many = [CheckInCreate(on=YESTERDAY), CheckInCreate(on=TODAY), day]
    with pytest.raises(error) as refused:
        habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW)
    assert refused.value.__notes__ == [f"It is the day of items[2], {day!r}."]
    assert stored_days(session, habit) == []


def test_a_skipped_day_has_no_amount() -> None:
    with pytest.raises(ValidationError, match="a skipped day has no amount"):
        CheckInCreate(status="skipped", amount=1)


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


def test_each_batch_takes_two_statements_and_the_streaks_three(
    session: Session, habit: Habit
) -> None:
    session.flush()
    counts: list[int] = []
    for start, number in ((LONG_AGO, 10), (TODAY - 9 * DAY, 10), (date(1950, 1, 1), 12_000)):
        many = [CheckInCreate(on=start + n * DAY) for n in range(number)]
        with count_statements(session) as statements:
            habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW)
        counts.append(len(statements))
    # The habit's lock, its history, and its streaks.
    assert counts == [3 + 2, 3 + 2, 3 + 3 * 2]


def test_a_log_that_is_recorded_already_is_read_and_not_written(
    session: Session, habit: Habit
) -> None:
    many = [CheckInCreate(on=TODAY - n * DAY, note="dry") for n in range(40)]
    first = habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW)
    with count_statements(session) as statements:
        again = habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW + DAY)
    assert again == first.model_copy(update={"created": 0, "found": 40})
    assert all(sql.startswith(("SELECT", "WITH")) for sql in statements)
    rows = habits.check_ins(session, habit.user_id, habit.id)
    assert {row.recorded_at for row in rows} == {NOW}


def test_corrections_of_many_days_take_one_statement(session: Session, habit: Habit) -> None:
    days = [TODAY - n * DAY for n in range(40)]
    many = [CheckInCreate(on=day, note="dry") for day in days[:20]]
    habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW)
    habits.skip(session, habit.user_id, habit.id, on=days[30], note="ill", now=NOW)
    many = [CheckInCreate(on=day, amount=n % 2 + 1) for n, day in enumerate(days)]
    with count_statements(session) as statements:
        result = habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW + DAY)
    assert (result.created, result.changed, result.found) == (20, 10, 10)
    assert [sql.split()[0] for sql in statements].count("INSERT") == 1
    notes = ["dry"] * 20 + [None] * 20
    notes[30] = "ill"
    rows = reversed(habits.check_ins(session, habit.user_id, habit.id))
    assert [(shown(row), row.recorded_at) for row in rows] == [
        (Row(day, "done", n % 2 + 1, note), NOW if n < 20 and n % 2 == 0 else NOW + DAY)
        for n, (day, note) in enumerate(zip(days, notes, strict=True))
    ]


def test_all_days_and_all_text_are_stored_as_they_are(session: Session, habit: Habit) -> None:
    late = datetime(9998, 12, 31, 12, tzinfo=UTC)
    days = [date.min, date(99, 12, 31), date(1000, 1, 1), late.date()]
    days += [TODAY - n * DAY for n in range(len(HOSTILE))]
    notes = [None, "", "\t\r\n", "\x01\x1f\x7f\x85", *HOSTILE.values()]
    items = [CheckInCreate(on=day, note=note) for day, note in zip(days, notes, strict=True)]
    result = habits.check_in_many(session, habit.user_id, habit.id, iter(items), now=late)
    assert (result.created, result.longest_streak) == (len(days), len(HOSTILE))
    assert dict(zip(days, notes, strict=True)) == {
        row.day: row.note for row in stored_days(session, habit)
    }


def test_loaded_check_ins_show_what_replaced_them(session: Session, habit: Habit) -> None:
    habits.skip(session, habit.user_id, habit.id, note="ill", now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    many = [CheckInCreate(on=TODAY, amount=4), CheckInCreate(on=YESTERDAY)]
    with count_statements(session) as statements:
        habits.check_in_many(session, habit.user_id, habit.id, many, now=NOW + DAY)
        sent = len(statements)
        assert shown(row) == Row(TODAY, "done", 4, "ill")
        assert row.recorded_at == NOW + DAY
        assert len(statements) == sent


def test_what_lies_ahead_of_today_does_not_count_yet(session: Session, adopted: Habit) -> None:
    user = new_user(session, "kiribati@example.com", time_zone="Pacific/Kiritimati")
    daily, weekly = new_habit(session, user), new_habit(session, user, Rules("weekly", 2, 1, START))
    for habit in (daily, weekly):
        habits.check_in(session, user.id, habit.id, on=TODAY + DAY, now=NOW)
    for owner in (user.id, adopted.user_id):
        users.update(session, owner, UserUpdate(time_zone="Pacific/Honolulu"))
    evening = datetime(2024, 3, 20, 5, tzinfo=UTC)
    many = [CheckInCreate(on=YESTERDAY), CheckInCreate(on=YESTERDAY - DAY)]
    for habit in (daily, weekly, adopted):
        result = habits.check_in_many(session, habit.user_id, habit.id, many, now=evening)
        seen = habits.streak(session, habit.user_id, habit.id, now=evening)
        assert result.current_streak == seen.current


def test_what_the_generator_adds_itself_is_there(session: Session) -> None:
    def many(user_id: int) -> Iterator[CheckInCreate]:
        yield CheckInCreate(on=TODAY)
        habits.create(session, user_id, HabitCreate(name="Swim", frequency="daily"), now=NOW)
        yield CheckInCreate(on=TODAY - DAY)

    user = users.create(session, UserCreate(email="ada@example.com"))
    habit = new_habit(session, user)
    assert (
        habits.check_in_many(session, user.id, habit.id, many(user.id), now=NOW).current_streak == 2
    )
    assert len(habits.find(session, user.id)) == 2


def test_what_the_generator_records_itself_counts(session: Session, habit: Habit) -> None:
    key = (session, habit.user_id, habit.id)

    def many(number: int, before: date) -> Iterator[CheckInCreate]:
        for n in range(number):
            yield CheckInCreate(on=before + (n + 1) * DAY)
        habits.check_in(*key, on=before, now=NOW)

    for number, before in ((5_000, LONG_AGO), (9, date(1950, 1, 1))):
        result = habits.check_in_many(*key, many(number, before), now=NOW)
        assert (result.created, result.longest_streak) == (number, 5_001)
    assert habits.rebuild_streaks(session).corrected == 0


def test_nothing_to_record_changes_nothing(session: Session, habit: Habit) -> None:
    result = habits.check_in_many(session, habit.user_id, habit.id, [], now=NOW)
    assert (result.created, result.changed, result.found, result.current_streak) == (0, 0, 0, 0)
    with pytest.raises(NotFound):
        habits.check_in_many(session, habit.user_id, habit.id + 1, [], now=NOW)
    with pytest.raises(ValidationError):
        CheckInCreate(amount=-1)


def test_what_is_no_check_in_is_a_type_error(session: Session, habit: Habit) -> None:
    wrong: Any = TODAY
    with pytest.raises(TypeError, match=r"^expected CheckInCreate, not date$"):
        habits.check_in_many(session, habit.user_id, habit.id, [CheckInCreate(), wrong], now=NOW)
    assert habits.check_ins(session, habit.user_id, habit.id) == []
