"""Habits as people have them: at most, measured, by days, every so often, forgiving, paused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.services.habits.support import new_user
from tests.support.names import named_sql
from tests.support.statements import count_statements
from trackercore import (
    CheckIn,
    CheckInCreate,
    CheckInRead,
    Habit,
    HabitCreate,
    HabitDay,
    HabitOrder,
    HabitRead,
    ScheduleChange,
    User,
    UserUpdate,
    habits,
    overview,
    users,
)
from trackercore.domain.amount import thousandths

DAY = timedelta(days=1)
MAY = date(2026, 5, 1)  # a Friday


def at(day: date) -> datetime:
    """Noon of a day."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def may(day: int) -> date:
    return MAY + (day - 1) * DAY


@pytest.fixture
def ada(session: Session) -> User:
    return new_user(session)


@pytest.fixture
def create(session: Session, ada: User) -> Callable[..., Habit]:
    """Create a habit of hers that starts on 1 May."""

    def create(**fields: Any) -> Habit:
        data = {"name": "Habit", "frequency": "daily", "starts_on": MAY, **fields}
        return habits.create(session, ada.id, HabitCreate.model_validate(data), now=at(MAY))

    return create


def check_in(session: Session, habit: Habit, *days: int, amount: Decimal | float = 1) -> None:
    for day in days:
        habits.check_in(
            session, habit.user_id, habit.id, on=may(day), amount=amount, now=at(may(31))
        )


def current(session: Session, habit: Habit, day: int) -> int:
    return habits.streak(session, habit.user_id, habit.id, now=at(may(day))).current


def listed(session: Session, habit: Habit, day: int) -> tuple[int, int]:
    """The streaks in the overview of a day."""
    (shown,) = (
        each
        for each in overview(session, habit.user_id, now=at(may(day))).habits
        if each.habit_id == habit.id
    )
    return shown.current_streak, shown.longest_streak


def calendar(session: Session, habit: Habit, first: int, last: int, today: int) -> list[HabitDay]:
    key = (session, habit.user_id, habit.id)
    return habits.history(*key, may(first), may(last), now=at(may(today)))


# --- At most ---------------------------------------------------------------------------------


def test_at_most_two_coffees_a_day_with_a_pause(
    session: Session, create: Callable[..., Habit]
) -> None:
    coffee = create(name="Coffee", direction="at_most", target=2)
    key = (session, coffee.user_id, coffee.id)
    for day, cups in ((1, 2), (2, 0), (4, 3), (6, 1), (8, 9)):
        check_in(session, coffee, day, amount=cups)
    habits.pause(*key, starts_on=may(8), ends_on=may(9), reason="holiday", now=at(may(10)))
    # The 3rd is kept with nothing recorded, and the 8th is paused: what is drunk does not count.
    days = calendar(session, coffee, 1, 11, today=11)
    assert [day.status for day in days] == [
        "kept",
        "kept",
        "kept",
        "exceeded",
        "kept",
        "kept",
        "kept",
        "paused",
        "paused",
        "kept",
        "pending",
    ]
    assert [day.amount for day in days[:4]] == [2, 0, None, 3]
    assert [day.met for day in days[:4]] == [True, True, True, False]
    streak = habits.streak(*key, now=at(may(11)))
    assert (streak.current, streak.longest, streak.since) == (4, 4, may(5))
    assert streak.alive_through is None  # it stands if nothing more is recorded
    assert [current(session, coffee, day) for day in (3, 4, 5, 6)] == [2, 0, 0, 1]
    assert habits.completion_rate(*key, may(1), may(11), now=at(may(11))) == 7 / 8
    assert listed(session, coffee, 11) == (4, 4)
    assert listed(session, coffee, 20) == (13, 13)  # it has grown without a write
    assert [run.length for run in habits.best_streaks(*key, as_of=may(11))] == [4, 3]
    assert habits.due(session, coffee.user_id, now=at(may(11))) == []
    assert habits.rebuild_streaks(session, now=at(may(11))).corrected == 0


def test_no_cigarettes_since_the_third_and_a_slip_on_the_twentieth(
    session: Session, create: Callable[..., Habit]
) -> None:
    smoke = create(name="Smoke", direction="at_most", target=0, starts_on=may(3))
    check_in(session, smoke, 1, 2, amount=10)  # before it began: kept, and not judged
    before = calendar(session, smoke, 1, 2, today=4)
    assert [(day.status, day.amount) for day in before] == [("not_due", Decimal(10))] * 2
    assert current(session, smoke, 4) == 1
    assert current(session, smoke, 19) == 16
    key = (session, smoke.user_id, smoke.id)
    slip = habits.check_in(*key, on=may(20), now=at(may(20)))
    assert (slip.current_streak, slip.longest_streak) == (0, 17)  # exceeded at once
    assert current(session, smoke, 20) == 0
    streak = habits.streak(*key, now=at(may(25)))
    assert (streak.current, streak.longest, streak.since) == (4, 17, may(21))
    # To say that there was none is not the same as to say nothing, and counts alike.
    none = habits.check_in(*key, on=may(22), amount=0, now=at(may(25)))
    assert (none.created, none.check_in.amount, none.current_streak) == (True, Decimal(0), 4)
    assert [row.day for row in habits.check_ins(*key)] == [may(1), may(2), may(20), may(22)]
    assert habits.undo_check_in(*key, on=may(20), now=at(may(25))).current_streak == 22
    noted = habits.check_in(*key, on=may(22), note="a hard day", now=at(may(25)))
    assert (noted.check_in.amount, noted.current_streak) == (Decimal(0), 22)
    again = habits.check_in(*key, on=may(22), now=at(may(25)))  # it was done after all
    assert again.check_in.amount == 1
    assert (again.check_in.note, again.current_streak) == ("a hard day", 2)
    many = [CheckInCreate(on=may(23), amount=0), CheckInCreate(on=may(23))]
    assert habits.check_in_many(*key, many, now=at(may(25))).current_streak == 1


def test_at_most_five_hours_of_video_a_week_over_a_changed_week_start(
    session: Session, ada: User, create: Callable[..., Habit]
) -> None:
    video = create(
        name="Video", frequency="weekly", direction="at_most", target=5, unit="hours",
        starts_on=may(4), week_starts_on=1,
    )  # fmt: skip
    key = (session, video.user_id, video.id)
    check_in(session, video, 5, 9, amount=2.5)  # 5 hours in the first week
    check_in(session, video, 12, amount=5.001)  # too much in the second
    assert current(session, video, 11) == 1
    assert current(session, video, 12) == 0
    shown = overview(session, ada.id, now=at(may(10))).habits[0]
    assert (shown.direction, shown.status, shown.progress) == ("at_most", "pending", Decimal(5))
    assert (shown.remaining, shown.target) == (Decimal(0), Decimal(5))
    shown = overview(session, ada.id, now=at(may(8))).habits[0]
    assert shown.remaining == Decimal("2.5")
    # Weeks start on Sundays from the 17th on: 11 to 16 May is cut short, and exceeded all the same.
    users.update(session, ada.id, UserUpdate(week_starts_on=7), now=at(may(12)))
    sundays = ScheduleChange(frequency="weekly", direction="at_most", target=5, week_starts_on=7)
    habits.change_schedule(*key, sundays, effective_from=may(17), now=at(may(12)))
    assert overview(session, ada.id, now=at(may(14))).habits[0].status == "exceeded"
    assert [current(session, video, day) for day in (16, 23, 24, 31)] == [0, 0, 1, 2]
    assert listed(session, video, 31) == (2, 2)
    assert habits.rebuild_streaks(session, now=at(may(31))).corrected == 0


def test_the_direction_is_a_part_of_the_schedule(
    session: Session, create: Callable[..., Habit]
) -> None:
    habit = create(name="Pages", target=10)
    key = (session, habit.user_id, habit.id)
    check_in(session, habit, 1, 2, 3, amount=10)
    change = ScheduleChange(frequency="daily", direction="at_most", target=2)
    habits.change_schedule(*key, change, effective_from=may(4), now=at(may(4)))
    assert current(session, habit, 6) == 5
    check_in(session, habit, 6, amount=1)
    assert current(session, habit, 8) == 7
    back = ScheduleChange(frequency="daily", target=1)
    habits.change_schedule(*key, back, effective_from=may(10), now=at(may(9)))
    assert [current(session, habit, day) for day in (10, 11)] == [9, 0]
    assert [read.direction for read in habits.schedules(*key)] == [
        "at_least",
        "at_most",
        "at_least",
    ]
    assert habits.rebuild_streaks(session, now=at(may(11))).corrected == 0


def test_the_columns_do_not_know_a_streak_that_grows(
    session: Session, create: Callable[..., Habit]
) -> None:
    smoke, run = create(direction="at_most", target=0), create(name="Run")
    check_in(session, run, 1)
    session.flush()
    assert smoke.current_streak(may(2)) is None
    query = select(Habit.current_streak(may(2))).order_by(Habit.id)
    assert session.scalars(query).all() == [None, 1]


def test_a_habit_that_the_orm_stores_grows_too(session: Session, ada: User) -> None:
    habit = Habit(
        user_id=ada.id, name="Smoke", frequency="daily", direction="at_most", starts_on=MAY
    )
    habit.target = Decimal(0)
    session.add(habit)
    session.flush()
    assert listed(session, habit, 11) == (10, 10)
    assert habits.rebuild_streaks(session, now=at(may(11))).corrected == 0


# --- Amounts ---------------------------------------------------------------------------------


def test_amounts_have_three_decimals_and_are_exact(
    session: Session, create: Callable[..., Habit]
) -> None:
    run = create(name="Run", unit="km", target=2.5)
    key = (session, run.user_id, run.id)
    for _ in range(25):
        habits.check_in(*key, amount=0.1, add=True, now=at(MAY))
    done = habits.check_in(*key, now=at(MAY))
    assert done.check_in.amount == Decimal("2.5")  # as floats, they add up to 2.5000000000000004
    assert done.current_streak == 1
    stored = named_sql("SELECT amount, target FROM check_ins JOIN habits USING (user_id)")
    assert session.execute(stored).one() == (2500, 2500)
    assert HabitRead.model_validate(run).model_dump(mode="json")["target"] == 2.5
    whole = habits.check_in(*key, amount=3, now=at(MAY)).check_in
    assert whole.model_dump_json().count('"amount":3,') == 1
    assert "amount=3," in repr(whole)
    assert type(session.scalars(select(CheckIn.amount)).one()) is Decimal
    with pytest.raises(ValidationError, match="at most three decimals"):
        habits.check_in(*key, amount=1.0005, now=at(MAY))
    with pytest.raises(ValidationError, match="at most three decimals"):
        HabitCreate(name="Run", frequency="daily", target=Decimal("0.0001"))


def test_a_slip_that_is_taken_back_leaves_the_pauses_of_long_ago(
    session: Session, create: Callable[..., Habit]
) -> None:
    smoke = create(direction="at_most", target=0)
    key = (session, smoke.user_id, smoke.id)
    for first, last in ((2, 4), (10, 11)):
        habits.pause(*key, starts_on=may(first), ends_on=may(last), now=at(may(31)))
    for take_back in (
        lambda: habits.undo_check_in(*key, now=at(may(31))),
        lambda: habits.check_in(*key, amount=0, now=at(may(31))),
        lambda: habits.check_in(*key, amount=-1, add=True, now=at(may(31))),
    ):
        assert habits.check_in(*key, amount=1, now=at(may(31))).current_streak == 0
        found = take_back()
        assert (found.current_streak, found.longest_streak) == (25, 25)
        assert current(session, smoke, 31) == 25


def test_a_float_of_another_library_is_the_number_that_it_is_shown_as() -> None:
    class Float64(float):
        """Like numpy's, whose repr is not that of the number."""

        def __repr__(self) -> str:
            return f"np.float64({float(self)})"

    assert CheckInCreate(amount=Float64(0.1)).amount == Decimal("0.1")
    assert thousandths(Float64(0.7)) == 700
    with pytest.raises(ValidationError, match="at most three decimals"):
        CheckInCreate(amount=Float64(1.0005))


def test_amounts_do_not_follow_the_decimal_context_of_the_host(
    session: Session, create: Callable[..., Habit]
) -> None:
    with localcontext() as context:
        context.prec = 2
        context.traps = dict.fromkeys(context.traps, True)
        habit = create(target=Decimal("1234.567"))
        found = habits.check_in(session, habit.user_id, habit.id, amount=1234.567, now=at(MAY))
        assert (found.check_in.amount, found.current_streak) == (Decimal("1234.567"), 1)
        assert CheckInRead.model_validate_json(found.check_in.model_dump_json()) == found.check_in
        assert (
            HabitCreate(name="Each", frequency="daily", counts="days", target=1234).target == 1234
        )


@pytest.mark.filterwarnings("error")
def test_the_json_schema_has_the_default_of_the_target() -> None:
    for mode in ("validation", "serialization"):
        schema: dict[str, Any] = HabitCreate.model_json_schema(mode=mode)
        assert schema["properties"]["target"]["default"] == 1


def test_an_orm_object_shows_the_amount_as_it_is_stored(
    session: Session, create: Callable[..., Habit]
) -> None:
    habit = create()
    habit.target = Decimal("2.500")
    assert repr(habit.target) == "Decimal('2.5')"
    wrong: Any = 2.5
    with pytest.raises(TypeError, match="int or a Decimal"):
        habit.target = wrong
    with pytest.raises(ValueError, match="three decimals"):
        habit.target = Decimal("0.0005")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"target": 0}, "needs the direction 'at_most'"),
        ({"target": -1, "direction": "at_most"}, "greater than or equal to 0"),
        ({"day_minimum": 1}, "needs counts='days'"),
        ({"counts": "days", "day_minimum": 0}, "must be greater than 0"),
        ({"counts": "days", "target": 1.5}, "must be a number of days"),
        ({"allowed_misses": -1}, "greater than or equal to 0"),
        ({"allowed_misses": 1001}, "less than or equal to 1000"),
        ({"direction": "at most"}, "'at_least' or 'at_most'"),
        ({"unit": ""}, "at least 1 character"),
        ({"target": "2"}, "should be a number"),
        ({"target": float("inf")}, "finite number"),
        ({"target": Decimal("sNaN")}, "finite number"),
    ],
)
def test_what_does_not_fit_together_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HabitCreate.model_validate({"name": "Run", "frequency": "daily", **fields})


# --- Days ------------------------------------------------------------------------------------


def test_every_day_of_the_month_succeeds_in_february(
    session: Session, create: Callable[..., Habit]
) -> None:
    start = date(2026, 1, 1)
    habit = create(frequency="monthly", counts="days", target=30, starts_on=start)
    key = (session, habit.user_id, habit.id)
    days = [CheckInCreate(on=start + ahead * DAY) for ahead in range(90)]
    result = habits.check_in_many(*key, days, now=at(start + 89 * DAY))
    assert result.current_streak == 3  # January, February, March
    (due,) = habits.due(session, habit.user_id, date(2026, 2, 10), now=at(MAY))
    assert (due.target, due.progress, due.days_left) == (Decimal(28), Decimal(10), 19)


def test_a_first_month_that_is_cut_short_asks_for_as_much_as_a_whole_one(
    session: Session, create: Callable[..., Habit]
) -> None:
    few = create(frequency="monthly", counts="days", target=3, starts_on=may(29))
    all_days = create(frequency="monthly", counts="days", target=30, starts_on=may(29))
    for habit in (few, all_days):
        check_in(session, habit, 29, 30, 31)
    june = may(32)
    streaks = [habits.streak(session, few.user_id, each.id, june) for each in (few, all_days)]
    assert [streak.current for streak in streaks] == [1, 0]  # and no fail: it is neutral


def test_a_day_counts_from_its_minimum_on(session: Session, create: Callable[..., Habit]) -> None:
    run = create(frequency="weekly", counts="days", target=2, day_minimum=2.5, starts_on=may(4))
    check_in(session, run, 4, amount=100)
    check_in(session, run, 5, amount=2.499)
    assert current(session, run, 5) == 0
    check_in(session, run, 5, amount=2.5)
    assert current(session, run, 5) == 1
    any_amount = create(counts="days")
    check_in(session, any_amount, 1, amount=0.001)
    check_in(session, any_amount, 2, amount=0)
    assert [current(session, any_amount, day) for day in (1, 2, 3)] == [1, 1, 0]


# --- Every so often --------------------------------------------------------------------------


def test_every_second_tuesday_and_thursday(session: Session, create: Callable[..., Habit]) -> None:
    swim = create(frequency="weekdays", weekdays={2, 4}, every=2, starts_on=may(4))
    check_in(session, swim, 5, 7, 19, 21)
    assert current(session, swim, 31) == 4
    wanted = [
        day for day in range(1, 32) if habits.due(session, swim.user_id, may(day), now=at(MAY))
    ]
    assert wanted == []  # all four days are done
    habits.undo_check_in(session, swim.user_id, swim.id, on=may(19), now=at(may(31)))
    assert [current(session, swim, day) for day in (18, 19, 20, 21)] == [2, 2, 0, 1]


def test_each_quarter_and_each_second_year(
    session: Session, ada: User, create: Callable[..., Habit]
) -> None:
    start = date(2024, 1, 15)
    dentist = create(frequency="monthly", every=3, starts_on=start)
    passport = create(frequency="yearly", every=2, starts_on=start)
    for habit, days in (
        (dentist, [date(2024, 3, 31), date(2024, 4, 1), date(2024, 9, 1), date(2024, 12, 31)]),
        (passport, [date(2024, 2, 1), date(2027, 12, 31)]),
    ):
        for day in days:
            habits.check_in(session, ada.id, habit.id, on=day, now=at(date(2028, 1, 1)))
    ends = date(2025, 3, 31)
    assert habits.streak(session, ada.id, dentist.id, ends).current == 4
    assert habits.streak(session, ada.id, dentist.id, ends + DAY).current == 0
    assert habits.streak(session, ada.id, passport.id, date(2027, 12, 31)).current == 2


def test_a_quarterly_target_that_is_raised_in_february_leaves_the_quarters_where_they_are(
    session: Session, create: Callable[..., Habit]
) -> None:
    start = date(2026, 1, 1)
    habit = create(frequency="monthly", every=3, starts_on=start)
    key = (session, habit.user_id, habit.id)
    raised = ScheduleChange(frequency="monthly", every=3, target=2, allowed_misses=1)
    habits.change_schedule(*key, raised, effective_from=date(2026, 2, 10), now=at(MAY))
    due = habits.due(session, habit.user_id, date(2026, 5, 5), now=at(MAY))
    assert [(each.period_start, each.period_end) for each in due] == [
        (date(2026, 4, 1), date(2026, 6, 30))
    ]


# --- Allowed misses --------------------------------------------------------------------------


def test_never_miss_twice(session: Session, create: Callable[..., Habit]) -> None:
    habit = create(allowed_misses=1)
    check_in(session, habit, 1, 2, 4, 6, 9)
    # The 3rd and the 5th are missed and forgiven; after the 7th and 8th, a new run begins.
    assert [current(session, habit, day) for day in (3, 4, 6, 7, 8, 9)] == [2, 3, 4, 4, 4, 1]
    streak = habits.streak(session, habit.user_id, habit.id, may(6))
    assert (streak.since, streak.alive_through) == (may(1), may(8))
    assert habit.current_streak(may(10)) == habit.current_streak(may(11)) == 1
    assert habit.current_streak(may(12)) == 0
    rate = habits.completion_rate(session, habit.user_id, habit.id, may(1), may(9), now=at(may(10)))
    assert rate == 5 / 9  # misses are misses


def test_a_day_that_is_skipped_between_two_misses_does_not_make_them_forgotten(
    session: Session, create: Callable[..., Habit]
) -> None:
    habit = create(allowed_misses=1)
    check_in(session, habit, 1)
    key = (session, habit.user_id, habit.id)
    assert habits.skip(*key, on=may(3), now=at(may(4))).current_streak == 1
    assert habit.streak_alive_through == may(4)
    assert [current(session, habit, day) for day in (4, 5)] == [1, 0]
    assert habits.rebuild_streaks(session, now=at(may(5))).corrected == 0


# --- Pauses of everything --------------------------------------------------------------------


def test_a_pause_of_everything_is_one_of_every_habit_also_of_those_made_meanwhile(
    session: Session, ada: User, create: Callable[..., Habit]
) -> None:
    run = create(name="Run")
    check_in(session, run, 1, 2)
    habits.pause(session, ada.id, run.id, starts_on=may(4), ends_on=may(5), now=at(may(3)))
    users.pause(session, ada.id, starts_on=may(3), reason="ill", now=at(may(3)))
    read = create(name="Read")
    check_in(session, read, 3)
    assert habits.due(session, ada.id, now=at(may(8))) == []
    assert (current(session, run, 9), current(session, read, 9)) == (2, 1)
    assert [each.status for each in overview(session, ada.id, now=at(may(9))).habits] == [
        "paused",
        "paused",
    ]
    users.resume(session, ada.id, on=may(10), now=at(may(10)))
    assert [
        (each.starts_on, each.ends_on, each.reason) for each in users.pauses(session, ada.id)
    ] == [(may(3), may(9), "ill")]
    (own,) = habits.pauses(session, ada.id, run.id)
    assert (own.starts_on, own.ends_on) == (may(4), may(5))
    assert (current(session, run, 10), current(session, run, 11)) == (2, 0)
    assert habits.rebuild_streaks(session, now=at(may(11))).corrected == 0


def test_resuming_everything_leaves_the_pause_of_a_single_habit(
    session: Session, ada: User, create: Callable[..., Habit]
) -> None:
    run = create(name="Run")
    habits.pause(session, ada.id, run.id, starts_on=may(2), now=at(may(2)))
    users.pause(session, ada.id, starts_on=may(3), now=at(may(3)))
    users.resume(session, ada.id, on=may(5), now=at(may(5)))
    assert habits.due(session, ada.id, now=at(may(6))) == []
    habits.resume(session, ada.id, run.id, on=may(6), now=at(may(6)))
    assert len(habits.due(session, ada.id, now=at(may(6)))) == 1
    users.pause(session, ada.id, starts_on=may(6), now=at(may(6)))
    habits.resume(session, ada.id, run.id, now=at(may(6)))  # it has no pause of its own
    assert habits.due(session, ada.id, now=at(may(6))) == []


def test_an_archived_habit_comes_back_in_a_pause_of_everything(
    session: Session, ada: User, create: Callable[..., Habit]
) -> None:
    run = create(name="Run")
    check_in(session, run, 1)
    habits.archive(session, ada.id, run.id, on=may(1), now=at(may(1)))
    users.pause(session, ada.id, starts_on=may(2), ends_on=may(8), now=at(may(2)))
    habits.unarchive(session, ada.id, run.id, on=may(5), now=at(may(5)))
    (own,) = habits.pauses(session, ada.id, run.id)
    assert (own.starts_on, own.ends_on) == (
        may(2),
        may(4),
    )  # the pause of everything is not its own
    assert (current(session, run, 9), current(session, run, 10)) == (1, 0)


def test_reasons_of_pauses_that_become_one_are_kept(
    session: Session, ada: User, create: Callable[..., Habit]
) -> None:
    run = create(name="Run")
    key = (session, ada.id, run.id)
    for first, last, reason in ((2, 3, "ill"), (6, 7, None), (4, 5, "away"), (3, 4, "ill")):
        habits.pause(*key, starts_on=may(first), ends_on=may(last), reason=reason, now=at(may(2)))
    (merged,) = habits.pauses(*key)
    assert (merged.starts_on, merged.ends_on, merged.reason) == (may(2), may(7), "ill; away")


# --- Lists by streak -------------------------------------------------------------------------


@pytest.mark.parametrize(("order_by", "is_reversed"), [("-streak", True), ("streak", False)])
def test_a_list_by_streak_goes_by_the_first_page_s_day_and_reads_no_history(
    session: Session,
    ada: User,
    create: Callable[..., Habit],
    order_by: HabitOrder,
    is_reversed: bool,
) -> None:
    streaks: dict[int, int] = {}
    for number in range(12):
        grows = number % 3 == 0
        habit = create(
            name=f"Habit {number}",
            direction="at_most" if grows else "at_least",
            target=0 if grows else 1,
            starts_on=may(20 - number),
        )
        if not grows:
            check_in(session, habit, *range(20 - number % 5, 21))
        streaks[habit.id] = current(session, habit, 20)
    expected = sorted(streaks, key=lambda habit: (streaks[habit], habit), reverse=is_reversed)
    assert len(set(streaks.values())) > 4

    def page(after: str | None, day: int = 20) -> tuple[list[int], str | None]:
        with count_statements(session) as statements:
            page = habits.find(
                session, ada.id, order_by=order_by, limit=5, after=after, now=at(may(day))
            )
        assert len(statements) == 1
        assert "check_ins.amount" not in statements[0]
        return [habit.id for habit in page], page.next

    seen, after = page(None)
    while after is not None:
        more, after = page(after, day=21)  # midnight has passed: the list stays that of the 20th
        seen += more
    assert seen == expected
    assert [habit.id for habit in habits.find(session, ada.id)] == sorted(streaks)


def test_a_list_by_streak_has_the_same_filters(
    session: Session, ada: User, create: Callable[..., Habit]
) -> None:
    run, swim = create(name="Run", external_id="r"), create(name="Swim")
    check_in(session, swim, 1)
    habits.archive(session, ada.id, swim.id, on=may(1), now=at(may(2)))

    def found(**filters: Any) -> list[Habit]:
        options: dict[str, Any] = {
            "order_by": "-streak",
            "archived": None,
            "now": at(may(9)),
            **filters,
        }
        return habits.find(session, ada.id, **options).items

    assert found() == [swim, run]
    assert found(archived=False) == found(external_id="r") == [run]
    assert found(archived=True) == [swim]
    with pytest.raises(ValidationError, match="order_by"):
        found(order_by="longest")
