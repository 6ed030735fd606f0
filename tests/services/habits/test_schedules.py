"""Changes of a schedule, pauses and archiving: what was judged stays judged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.services.habits.support import (
    DAY,
    NOW,
    START,
    TODAY,
    YESTERDAY,
    columns_of,
    new_habit,
    new_user,
)
from tests.support.oracle import Kept, Rules
from tests.support.statements import count_statements
from trackercore import (
    CheckInCreate,
    Database,
    Frequency,
    FutureDay,
    Habit,
    HabitArchived,
    HabitCreate,
    HabitPause,
    HabitSchedule,
    HabitScheduleRead,
    InvalidInput,
    NotFound,
    ScheduleChange,
    UserCreate,
    UserUpdate,
    habits,
    overview,
    users,
)

MONDAY = date(2024, 3, 18)
DAILY = ScheduleChange(frequency="daily")
WEEKLY = ScheduleChange(frequency="weekly", target=3)


def done_on(session: Session, habit: Habit, *days: date) -> None:
    items = [CheckInCreate(on=day) for day in days]
    habits.check_in_many(session, habit.user_id, habit.id, items, now=NOW)


def last_days(count: int, until: date = TODAY) -> Iterator[date]:
    return (until - ago * DAY for ago in reversed(range(count)))


@pytest.fixture
def kept_daily(session: Session, habit: Habit) -> Habit:
    """A daily habit that was done on each of the last ten days."""
    done_on(session, habit, *last_days(10))
    return habit


# --- Changing the schedule -------------------------------------------------------------------


def test_a_change_of_today_leaves_the_streak_and_its_past_as_they_are(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    habits.undo_check_in(*key, now=NOW)
    seen = [habits.streak(*key, day, now=NOW) for day in last_days(10, YESTERDAY)]
    changed = habits.change_schedule(*key, WEEKLY, now=NOW)
    assert changed is kept_daily
    assert (changed.frequency, changed.target, changed.schedule_from) == (
        "weekly",
        Decimal(3),
        TODAY,
    )
    # Nine days, and of the week that the change cuts not enough is done to count, nor to fail.
    assert columns_of(changed) == Kept(9, 9, MONDAY + 13 * DAY)
    after = [habits.streak(*key, day, now=NOW) for day in last_days(10, YESTERDAY)]
    assert [streak.current for streak in after] == [streak.current for streak in seen]
    assert [streak.since for streak in after] == [streak.since for streak in seen]


@pytest.mark.parametrize(
    ("before", "begins"),
    [
        (Rules("daily", 1, 1, MONDAY), TODAY + DAY),
        (Rules("weekly", 2, 1, MONDAY), MONDAY + 7 * DAY),
        (Rules("monthly", 2, 1, MONDAY), date(2024, 4, 1)),
        (Rules("weekly", 3, 1, MONDAY), TODAY),  # not met yet
        (Rules("weekdays", 1, 1, MONDAY, weekdays=frozenset({2})), TODAY),  # nothing of today
    ],
)
def test_by_default_a_change_takes_nothing_away_that_is_met_already(
    session: Session, before: Rules, begins: date
) -> None:
    user = new_user(session)
    habit = new_habit(session, user, before)
    done_on(session, habit, YESTERDAY, TODAY)
    streak = habits.streak(session, user.id, habit.id, now=NOW)
    change = ScheduleChange(frequency="daily", target=50)
    for _ in range(2):
        habits.change_schedule(session, user.id, habit.id, change, now=NOW)
        (_, new) = habits.schedules(session, user.id, habit.id)
        assert new.effective_from == begins
        after = habits.streak(session, user.id, habit.id, now=NOW)
        assert (after.current, after.longest) == (streak.current, streak.longest)


@pytest.mark.parametrize("given", [None, 7])
def test_a_change_lets_weeks_start_as_the_user_s_do_now_or_as_it_says(
    session: Session, given: int | None
) -> None:
    """Before it, weeks stay what they were; overview and habit then agree on the week."""
    user = new_user(session)
    weekly = HabitCreate(name="Swim", frequency="weekly", target=3, starts_on=START)
    habit = habits.create(session, user.id, weekly)
    done_on(session, habit, *last_days(3, MONDAY - 2 * DAY), MONDAY, TODAY)
    if given is None:
        users.update(session, user.id, UserUpdate(week_starts_on=7))
    change = ScheduleChange(frequency="weekly", target=3, week_starts_on=given)
    for _ in range(2):  # the second call changes nothing
        habits.change_schedule(session, user.id, habit.id, change, now=NOW)
        before, after = habits.schedules(session, user.id, habit.id)
        assert (before.week_starts_on, after.week_starts_on) == (1, 7)
        assert (after.effective_from, habit.week_starts_on) == (TODAY, 7)
    # The week that the change cuts is neutral: neither of its parts has three days done.
    assert habits.streak(session, user.id, habit.id, now=NOW).current == 1
    if given is None:
        screen = overview(session, user.id, now=NOW + 7 * DAY)
        assert {screen.week_start} == {item.period_start for item in screen.habits}


@pytest.mark.parametrize("frequency", ["daily", "monthly", "yearly"])
def test_a_new_week_start_is_kept_where_it_makes_no_difference_too(
    session: Session, frequency: Frequency
) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules(frequency, 1, 1, START))
    change = ScheduleChange(frequency=frequency, week_starts_on=6)
    habits.change_schedule(session, user.id, habit.id, change, now=NOW)
    session.flush()
    session.refresh(habit)
    assert (habit.week_starts_on, habit.schedule_from) == (6, None)


def test_a_change_can_be_planned(session: Session, kept_daily: Habit) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    habits.change_schedule(*key, WEEKLY, effective_from=MONDAY + 7 * DAY, now=NOW)
    assert columns_of(kept_daily) == Kept(10, 10, TODAY + DAY)  # tomorrow is judged by days yet
    assert habits.streak(*key, now=NOW).current == 10
    until_sunday = list(last_days(4, MONDAY + 6 * DAY))
    sunday = NOW + 4 * DAY
    for day in until_sunday:
        habits.check_in(*key, on=day, now=sunday)
    assert columns_of(kept_daily) == Kept(14, 14, MONDAY + 13 * DAY)


def test_a_change_from_a_past_day_judges_again_from_that_day_only(
    session: Session, habit: Habit
) -> None:
    key = (session, habit.user_id, habit.id)
    done_on(session, habit, *last_days(5, MONDAY - 8 * DAY), MONDAY - 7 * DAY, MONDAY, TODAY)
    assert habits.streak(*key, now=NOW).current == 1
    habits.change_schedule(
        *key, ScheduleChange(frequency="weekly"), effective_from=MONDAY - 7 * DAY, now=NOW
    )
    # Five days, last week and this one.
    assert habits.streak(*key, now=NOW).current == 7
    assert habits.rebuild_streaks(session).corrected == 0


def test_the_schedule_in_force_is_no_change_and_costs_no_write(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    for day in (None, TODAY - 3 * DAY, TODAY + 30 * DAY):
        with count_statements(session) as statements:
            habits.change_schedule(*key, DAILY, effective_from=day, now=NOW)
        assert not [sql for sql in statements if not sql.startswith("SELECT")]
    assert kept_daily.schedule_from is None
    assert session.scalars(select(HabitSchedule)).all() == []


def test_the_same_schedule_again_leaves_its_blocks_where_they_are(session: Session) -> None:
    user = new_user(session)
    every_third = ScheduleChange(frequency="daily", every=3)
    data = HabitCreate(name="Water", starts_on=TODAY - 4 * DAY, **every_third.model_dump())
    habit = habits.create(session, user.id, data, now=NOW)
    habits.change_schedule(session, user.id, habit.id, every_third, now=NOW)
    assert habit.schedule_from is None
    (due,) = habits.due(session, user.id, now=NOW)
    assert (due.period_start, due.period_end) == (TODAY - DAY, TODAY + DAY)


def test_schedules_lists_them_all_and_a_change_drops_those_that_would_have_begun_later(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    monthly = ScheduleChange(frequency="monthly")
    habits.change_schedule(*key, WEEKLY, effective_from=TODAY + 5 * DAY, now=NOW)
    habits.change_schedule(*key, monthly, effective_from=TODAY + 40 * DAY, now=NOW)

    def listed() -> list[tuple[date | None, str]]:
        return [(read.effective_from, read.frequency) for read in habits.schedules(*key)]

    assert listed() == [
        (None, "daily"),
        (TODAY + 5 * DAY, "weekly"),
        (TODAY + 40 * DAY, "monthly"),
    ]
    weekdays = ScheduleChange(frequency="weekdays", weekdays={1, 5})
    habits.change_schedule(*key, weekdays, effective_from=TODAY + 3 * DAY, now=NOW)
    assert listed() == [(None, "daily"), (TODAY + 3 * DAY, "weekdays")]
    assert habits.schedules(*key)[1] == HabitScheduleRead(
        effective_from=TODAY + 3 * DAY,
        frequency="weekdays",
        target=Decimal(1),
        every=1,
        weekdays=frozenset({1, 5}),
        week_starts_on=1,
        direction="at_least",
        counts="amount",
        day_minimum=None,
        allowed_misses=0,
    )
    habits.change_schedule(*key, DAILY, effective_from=TODAY + 3 * DAY, now=NOW)
    assert listed() == [(None, "daily")]


def test_a_change_on_the_first_day_corrects_what_was_meant(session: Session) -> None:
    user = new_user(session)
    data = HabitCreate(name="Swim", frequency="daily")
    habit = habits.create(session, user.id, data, now=NOW)
    habits.change_schedule(session, user.id, habit.id, WEEKLY, now=NOW)
    assert [read.frequency for read in habits.schedules(session, user.id, habit.id)] == ["weekly"]
    assert session.scalars(select(HabitSchedule)).all() == []


def test_a_day_under_a_past_schedule_can_be_filled_in(session: Session, habit: Habit) -> None:
    key = (session, habit.user_id, habit.id)
    done_on(session, habit, *last_days(3, YESTERDAY - 2 * DAY))
    habits.change_schedule(*key, ScheduleChange(frequency="weekly"), now=NOW)
    assert habits.check_in(*key, now=NOW).current_streak == 1
    assert habits.check_in(*key, on=YESTERDAY - DAY, now=NOW).current_streak == 1
    filled_in = habits.check_in(*key, on=YESTERDAY, now=NOW)
    assert (filled_in.current_streak, filled_in.longest_streak) == (6, 6)
    assert habits.undo_check_in(*key, on=YESTERDAY, now=NOW).current_streak == 1


# --- Pauses ----------------------------------------------------------------------------------


def test_a_pause_keeps_the_streak_for_as_long_as_it_lasts(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    assert habits.pause(*key, starts_on=TODAY + DAY, now=NOW) is kept_daily
    assert columns_of(kept_daily) == Kept(10, 10, None)
    year_on = NOW + 366 * DAY
    assert habits.streak(*key, now=year_on).current == 10
    assert habits.due(session, kept_daily.user_id, now=year_on) == []
    habits.resume(*key, now=year_on)
    today = users.today(session, kept_daily.user_id, now=year_on)
    assert columns_of(kept_daily) == Kept(10, 10, today)
    assert habits.check_in(*key, now=year_on).current_streak == 11
    (pause,) = habits.pauses(*key)
    assert (pause.starts_on, pause.ends_on) == (TODAY + DAY, today - DAY)


def test_a_pause_of_today_forgives_an_undone_today(session: Session, kept_daily: Habit) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    habits.undo_check_in(*key, now=NOW)
    habits.pause(*key, ends_on=TODAY, now=NOW)
    assert columns_of(kept_daily) == Kept(9, 9, TODAY + DAY)
    assert habits.check_in(*key, now=NOW).current_streak == 10  # what is done in a pause counts


def test_a_pause_in_the_past_mends_a_streak(session: Session, habit: Habit) -> None:
    key = (session, habit.user_id, habit.id)
    done_on(session, habit, *last_days(4, TODAY - 5 * DAY), *last_days(2))
    assert columns_of(habit).streak == 2
    habits.pause(*key, starts_on=TODAY - 4 * DAY, ends_on=TODAY - 2 * DAY, now=NOW)
    assert columns_of(habit) == Kept(6, 6, TODAY + DAY)
    habits.resume(*key, on=TODAY - 3 * DAY, now=NOW)  # ill for one day only
    assert columns_of(habit) == Kept(2, 4, TODAY + DAY)


def test_pauses_that_overlap_or_touch_are_stored_as_one(session: Session, habit: Habit) -> None:
    key = (session, habit.user_id, habit.id)
    for first, last in ((10, 12), (20, 22), (13, 15), (14, 19), (30, None), (25, 26), (24, 31)):
        end = None if last is None else TODAY + last * DAY
        habits.pause(*key, starts_on=TODAY + first * DAY, ends_on=end, now=NOW)
    stored = [(pause.starts_on, pause.ends_on) for pause in habits.pauses(*key)]
    assert stored == [(TODAY + 10 * DAY, TODAY + 22 * DAY), (TODAY + 24 * DAY, None)]


def test_resuming_a_habit_that_is_not_paused_changes_nothing(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    habits.pause(*key, starts_on=TODAY + 5 * DAY, ends_on=TODAY + 9 * DAY, now=NOW)
    with count_statements(session) as statements:
        habits.resume(*key, now=NOW)
    assert not [sql for sql in statements if not sql.startswith("SELECT")]
    assert len(habits.pauses(*key)) == 1


def test_a_pause_that_ends_before_it_starts_is_refused(session: Session, habit: Habit) -> None:
    key = (session, habit.user_id, habit.id)
    for start in (TODAY, None):
        with pytest.raises(InvalidInput, match="starts on 2024-03-20 cannot end before"):
            habits.pause(*key, starts_on=start, ends_on=YESTERDAY, now=NOW)
    assert habits.pauses(*key) == []


def test_a_loaded_pause_shows_how_it_changed(session: Session, habit: Habit) -> None:
    key = (session, habit.user_id, habit.id)
    habits.pause(*key, now=NOW)
    (pause,) = habits.pauses(*key)
    assert pause.ends_on is None
    habits.resume(*key, on=TODAY + 3 * DAY, now=NOW)
    assert pause.ends_on == TODAY + 2 * DAY
    habits.resume(*key, now=NOW)
    assert pause not in session
    assert session.scalars(select(HabitPause)).all() == []


# --- Archiving -------------------------------------------------------------------------------


def test_an_archived_habit_is_due_no_more_and_its_streak_stays(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    habits.undo_check_in(*key, now=NOW)
    assert [item.habit_id for item in habits.due(session, key[1], now=NOW)] == [kept_daily.id]
    assert habits.archive(*key, now=NOW) is kept_daily
    assert habits.due(session, key[1], now=NOW) == []
    assert habits.due(session, key[1], now=NOW + DAY) == []
    assert columns_of(kept_daily) == Kept(9, 9, None)  # the day it ended on was cut short
    assert habits.streak(*key, now=NOW + 999 * DAY).current == 9


def test_archived_habits_are_found_apart(session: Session, habit: Habit) -> None:
    other = new_habit(session, users.get(session, habit.user_id))
    habits.archive(session, habit.user_id, habit.id, now=NOW)

    def found(archived: bool | None) -> list[int]:
        return [row.id for row in habits.find(session, habit.user_id, archived=archived)]

    assert (found(True), found(False), found(None)) == (
        [habit.id],
        [other.id],
        [habit.id, other.id],
    )


def test_archiving_again_keeps_the_first_day_unless_another_is_given(
    session: Session, habit: Habit
) -> None:
    key = (session, habit.user_id, habit.id)
    habits.archive(*key, now=NOW)
    assert habits.archive(*key, now=NOW + 5 * DAY).archived_on == TODAY
    assert habits.archive(*key, on=YESTERDAY, now=NOW + 5 * DAY).archived_on == YESTERDAY
    with pytest.raises(FutureDay):
        habits.archive(*key, on=TODAY + DAY, now=NOW)


def test_what_comes_after_the_archiving_is_refused_and_what_came_before_can_be_corrected(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    habits.archive(*key, on=YESTERDAY, now=NOW)
    assert columns_of(kept_daily) == Kept(9, 9, None)  # today is stored and does not count
    for refused in (
        lambda: habits.check_in(*key, now=NOW),
        lambda: habits.skip(*key, now=NOW),
        lambda: habits.check_in_many(*key, [CheckInCreate()], now=NOW),
        lambda: habits.change_schedule(*key, WEEKLY, now=NOW),
        lambda: habits.pause(*key, now=NOW),
    ):
        with pytest.raises(HabitArchived, match="2024-03-19"):
            refused()
    assert habits.undo_check_in(*key, on=YESTERDAY, now=NOW).current_streak == 8
    assert habits.check_in(*key, on=YESTERDAY, now=NOW).current_streak == 9
    assert habits.undo_check_in(*key, now=NOW).removed


def test_a_habit_that_is_taken_up_again_stands_where_it_stood(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    habits.archive(*key, now=NOW + DAY)  # tomorrow, before it was done
    later = NOW + 100 * DAY
    assert habits.unarchive(*key, now=later) is kept_daily
    assert columns_of(kept_daily) == Kept(10, 10, TODAY + 100 * DAY)
    assert habits.check_in(*key, now=later).current_streak == 11
    assert habits.unarchive(*key, now=later).archived_on is None
    (pause,) = habits.pauses(*key)
    assert (pause.starts_on, pause.ends_on) == (TODAY + DAY, TODAY + 99 * DAY)


def test_a_week_cut_short_by_the_archiving_is_no_failure_afterwards(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("weekly", 2, 1, MONDAY - 14 * DAY))
    done_on(session, habit, MONDAY - 3 * DAY, MONDAY - 2 * DAY, MONDAY)
    habits.archive(session, user.id, habit.id, now=NOW)
    assert columns_of(habit) == Kept(1, 1, None)
    habits.unarchive(session, user.id, habit.id, now=NOW + 30 * DAY)
    assert habit.current_streak(TODAY + 30 * DAY) == 1
    assert habits.rebuild_streaks(session).corrected == 0


def test_an_archiving_by_mistake_is_undone_without_a_trace(
    session: Session, kept_daily: Habit
) -> None:
    key = (session, kept_daily.user_id, kept_daily.id)
    before = columns_of(kept_daily)
    habits.archive(*key, now=NOW)
    habits.unarchive(*key, now=NOW)
    assert columns_of(kept_daily) == before
    assert habits.pauses(*key) == []


# --- What the services read ------------------------------------------------------------------


def test_a_correction_after_old_pauses_counts_all_of_the_history(
    session: Session, habit: Habit
) -> None:
    key = (session, habit.user_id, habit.id)
    done_on(session, habit, *(TODAY - n * DAY for n in range(30) if n not in (20, 10)))
    for ago in (20, 10):
        day = TODAY - ago * DAY
        habits.pause(*key, starts_on=day, ends_on=day, now=NOW)
    assert habits.undo_check_in(*key, now=NOW).current_streak == 27
    assert habits.rebuild_streaks(session).corrected == 0


@pytest.mark.parametrize(
    ("rules", "done", "on"),
    [
        (Rules("monthly", 5, 1, date(2024, 1, 1)), date(2024, 3, 1), date(2024, 3, 31)),
        (Rules("weekly", 5, 1, date(2024, 1, 1)), date(2024, 3, 11), date(2024, 3, 17)),
        (
            Rules("daily", 5, 1, date(2024, 1, 1), every=90),
            date(2024, 1, 2),
            date(2024, 3, 20),
        ),
        (
            Rules("daily", 5, 1, date(2022, 1, 1), every=1000),
            date(2022, 1, 1),
            date(2024, 3, 20),
        ),
        (Rules("weekly", 5, 1, date(2024, 1, 3), every=4), date(2024, 2, 26), date(2024, 3, 24)),
        (Rules("monthly", 5, 1, date(2023, 11, 9), every=6), date(2023, 11, 1), date(2024, 4, 30)),
        (Rules("yearly", 5, 1, date(2024, 1, 1)), date(2024, 1, 1), date(2024, 12, 31)),
        (Rules("yearly", 5, 1, date(2023, 7, 1), every=3), date(2023, 1, 1), date(2025, 12, 31)),
    ],
)
@pytest.mark.parametrize("planned", [False, True])
def test_what_is_due_reaches_back_to_where_the_period_begins(
    session: Session, rules: Rules, done: date, on: date, planned: bool
) -> None:
    user = new_user(session)
    habit = new_habit(session, user, rules)
    key = (session, user.id, habit.id)
    habits.check_in(*key, on=done, amount=3, now=NOW)
    if planned:
        habits.change_schedule(*key, DAILY, effective_from=on + 60 * DAY, now=NOW)
    (due,) = habits.due(session, user.id, on, now=NOW)
    assert (due.progress, due.remaining) == (Decimal(3), Decimal(2))
    result = habits.check_in(*key, on=min(on, TODAY), amount=2, now=NOW)
    assert result.current_streak == habits.streak(*key, now=NOW).current
    assert habits.rebuild_streaks(session).corrected == 0


def test_a_pause_earlier_in_the_week_excuses_it(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("weekly", 5, 1, date(2024, 1, 1)))
    days = (date(2024, 3, 11), date(2024, 3, 13))
    habits.pause(session, user.id, habit.id, starts_on=days[0], ends_on=days[1], now=NOW)
    assert habits.due(session, user.id, date(2024, 3, 17), now=NOW) == []


def test_a_range_that_cuts_a_period_counts_all_that_was_done_in_it(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("monthly", 5, 1, date(2024, 1, 1)))
    key = (session, user.id, habit.id)
    for day in (date(2024, 2, 2), date(2024, 2, 25)):
        habits.check_in(*key, on=day, amount=3, now=NOW)
    assert habits.completion_rate(*key, date(2024, 2, 1), date(2024, 2, 10), now=NOW) == 1.0
    (day_of_february,) = habits.history(*key, date(2024, 2, 10), date(2024, 2, 10), now=NOW)
    assert day_of_february.status == "not_due"


def test_schedules_are_read_as_they_are_whatever_the_session_remembers(database: Database) -> None:
    with database.session() as session:
        habit = new_habit(session, new_user(session), Rules("daily", 1, 1, MONDAY))
        session.commit()
        with database.session() as another:
            habits.change_schedule(another, habit.user_id, habit.id, WEEKLY, now=NOW)
        read = habits.schedules(session, habit.user_id, habit.id)
        assert [schedule.frequency for schedule in read] == ["daily", "weekly"]


def test_a_default_day_is_never_one_after_the_archiving(session: Session, habit: Habit) -> None:
    key = (session, habit.user_id, habit.id)
    habits.check_in(*key, now=NOW)
    habits.archive(*key, now=NOW)
    assert habits.change_schedule(*key, WEEKLY, now=NOW).schedule_from == TODAY


def test_a_schedule_that_is_planned_already_is_no_change(session: Session, habit: Habit) -> None:
    key = (session, habit.user_id, habit.id)
    habits.check_in(*key, now=NOW)
    assert habits.change_schedule(*key, WEEKLY, now=NOW).schedule_from == TODAY + DAY
    habits.undo_check_in(*key, now=NOW)
    assert habits.change_schedule(*key, WEEKLY, now=NOW).schedule_from == TODAY + DAY


# --- The user's calendar ---------------------------------------------------------------------


def test_a_nonexistent_date_breaks_no_streak(session: Session) -> None:
    ada = users.create(session, UserCreate(email="ada@example.com", time_zone="Pacific/Apia"))
    data = HabitCreate(name="Run", frequency="daily", starts_on=date(2011, 12, 1))
    run = habits.create(session, ada.id, data)
    days = [date(2011, 12, day) for day in (27, 28, 29, 31)] + [date(2012, 1, 1)]
    now = datetime(2012, 1, 1, 12, tzinfo=UTC)
    habits.check_in_many(session, ada.id, run.id, [CheckInCreate(on=d) for d in days], now=now)
    assert habits.streak(session, ada.id, run.id, days[-1]).current == 5
    assert habits.due(session, ada.id, date(2011, 12, 30)) == []
    assert habits.completion_rate(session, ada.id, run.id, days[0], days[-1], now=now) == 1.0
    # Elsewhere there was a 30th of December. What is recorded keeps its days.
    users.update(session, ada.id, UserUpdate(time_zone="Pacific/Auckland"))
    assert columns_of(run) == Kept(2, 3, date(2012, 1, 2))
    users.update(session, ada.id, UserUpdate(time_zone="Pacific/Apia"))
    assert columns_of(run) == Kept(5, 5, date(2012, 1, 2))
    users.update(session, ada.id, UserUpdate(day_starts_at=180))  # had three hours of it
    assert columns_of(run) == Kept(2, 3, date(2012, 1, 2))


def test_half_past_two_at_night_is_the_evening_before_all_the_way_through(
    session: Session,
) -> None:
    owl = users.create(
        session,
        UserCreate(email="owl@example.com", time_zone="Europe/Berlin", day_starts_at=180),
    )
    run = habits.create(
        session,
        owl.id,
        HabitCreate(name="Run", frequency="daily"),
        now=datetime(2026, 3, 27, 12, tzinfo=UTC),
    )
    # Clocks go forward at 2:00 on the 29th: half past two is never shown, half past three is.
    times = [(28, 1), (29, 1), (30, 0)]  # twenty past two, past three, and past two
    nights = [datetime(2026, 3, day, hour, 20, tzinfo=UTC) for day, hour in times]
    results = [habits.check_in(session, owl.id, run.id, now=night) for night in nights]
    assert [result.check_in.day.day for result in results] == [27, 29, 29]
    assert [result.created for result in results] == [True, True, False]
    assert (
        habits.skip(session, owl.id, run.id, on=date(2026, 3, 28), now=nights[2]).current_streak
        == 2
    )
    assert habits.due(session, owl.id, now=nights[2]) == []
    (day,) = habits.history(
        session, owl.id, run.id, date(2026, 3, 30), date(2026, 3, 30), now=nights[2]
    )
    assert day.status == "pending"
    habits.pause(session, owl.id, run.id, now=nights[2])
    (pause,) = habits.pauses(session, owl.id, run.id)
    assert pause.starts_on == date(2026, 3, 29)


def test_nothing_of_this_is_possible_with_somebody_else_s_habit(
    session: Session, habit: Habit
) -> None:
    eve = new_user(session, "eve@example.com")
    for call in (habits.pause, habits.resume, habits.archive, habits.unarchive):
        with pytest.raises(NotFound):
            call(session, eve.id, habit.id, now=NOW + timedelta(days=1))


def test_a_day_in_a_long_period_of_a_past_schedule_is_judged_by_all_of_that_period(
    session: Session,
) -> None:
    user = new_user(session)
    start = TODAY - 150 * DAY
    habit = new_habit(session, user, Rules("daily", 70, 1, start, every=100))
    key = (session, user.id, habit.id)
    past = TODAY - 50 * DAY
    habits.change_schedule(*key, ScheduleChange(frequency="daily"), effective_from=past, now=NOW)
    done_on(session, habit, *(start + ahead * DAY for ahead in range(31, 100)))
    assert habits.rebuild_streaks(session).corrected == 0
    assert habits.check_in(*key, on=start + 9 * DAY, now=NOW).longest_streak == 1
    assert habits.rebuild_streaks(session).corrected == 0
