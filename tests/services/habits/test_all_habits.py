"""All habits of a user, day by day: what was done of what was due, and the streak of any."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import insert
from sqlalchemy.orm import Session

from tests.services.habits.support import DAY, NOW, TODAY, new_user
from tests.services.measures import analyze, effort
from tests.services.study_sessions.day_by_day import walked
from tests.support.statements import count_statements
from trackercore import (
    CheckIn,
    Database,
    Habit,
    HabitCreate,
    HabitsOnDay,
    NotFound,
    ScheduleChange,
    Streak,
    User,
    UserUpdate,
    habits,
    users,
)
from trackercore.domain.calendar import local_day, nonexistent_dates
from trackercore.testing.strategies import HabitLog, habit_histories

MONDAY = date(2024, 3, 11)  # TODAY is the Wednesday of the week after
NOTHING = Streak(current=0, longest=0, since=None, alive_through=None)


@pytest.fixture
def ada(session: Session) -> User:
    return new_user(session)


def create(session: Session, user: User, **fields: object) -> Habit:
    data = {"name": "Habit", "frequency": "daily", "starts_on": MONDAY, **fields}
    return habits.create(session, user.id, HabitCreate.model_validate(data), now=NOW)


def check_in(session: Session, habit: Habit, *days: int, amount: float = 1) -> None:
    """Check in on days of March."""
    for day in days:
        on = MONDAY.replace(day=day)
        habits.check_in(session, habit.user_id, habit.id, on=on, amount=amount, now=NOW)


def week(session: Session, user: User, first: date = MONDAY) -> list[HabitsOnDay]:
    return habits.done_by_day(session, user.id, first, first + 6 * DAY, now=NOW)


def numbers(days: Iterable[HabitsOnDay]) -> list[tuple[int, int]]:
    return [(day.done, day.due) for day in days]


# --- By hand ---------------------------------------------------------------------------------


def by_hand(
    session: Session, user_id: int, first: date, last: date, now: datetime
) -> list[HabitsOnDay]:
    """The days of the histories of all habits, one after the other."""
    done: dict[date, list[int]] = {first + n * DAY: [] for n in range((last - first).days + 1)}
    due: dict[date, list[int]] = {day: [] for day in done}
    for habit in habits.find(session, user_id, archived=None, limit=1000):
        for shown in habits.history(session, user_id, habit.id, first, last, now=now):
            if shown.status in ("done", "missed", "pending"):
                due[shown.day].append(habit.id)
            if shown.status == "done":
                done[shown.day].append(habit.id)
    return [
        HabitsOnDay(
            day=day,
            done=len(done[day]),
            due=len(due[day]),
            done_ids=tuple(done[day]),
            due_ids=tuple(due[day]),
        )
        for day in done
    ]


def any_streak_by_hand(
    done: Collection[date], neutral: Collection[date], as_of: date, days: tuple[date, date]
) -> Streak:
    """The streak of the days done, found by walking through all days."""
    return walked(lambda _: 1, dict.fromkeys(done, 1), neutral, as_of, days)


@settings(max_examples=settings().max_examples // 30)
@given(
    zone=st.sampled_from(["UTC", "Pacific/Apia", "America/Los_Angeles"]),
    later=st.sampled_from(["UTC", "Pacific/Apia", "America/Los_Angeles"]),
    logs=st.lists(
        habit_histories(today=date(2012, 1, 15), length=30),
        max_size=3,
        unique_by=lambda log: log.habit.external_id or id(log),
    ),
    first=st.integers(-80, 20),
    length=st.integers(0, 60),
    back=st.none() | st.integers(-20, 50),
)
def test_it_is_what_the_histories_of_all_habits_add_up_to(
    database: Database,
    zone: str,
    later: str,
    logs: list[HabitLog],
    first: int,
    length: int,
    back: int | None,
) -> None:
    now = datetime(2012, 1, 16, 11, tzinfo=UTC)  # soon after a date that Apia never had
    start = local_day(now, "UTC") + first * DAY
    end = start + length * DAY
    with database.session() as session:
        ada, bob = new_user(session, time_zone=zone), new_user(session, "bob@example.com")
        for log in logs:
            log.apply(session, ada.id, now=now)
        for log in logs[:1]:
            log.apply(session, bob.id, now=now)
        # Check-ins may now lie ahead of today.
        users.update(session, ada.id, UserUpdate(time_zone=later), now=now)
        found = habits.done_by_day(session, ada.id, start, end, now=now)
        assert found == by_hand(session, ada.id, start, end, now)
        assert all({*day.done_ids} <= {*day.due_ids} for day in found)
        event(f"done on {min(sum(day.done > 0 for day in found), 5)} days")

        today = local_day(now, later)
        as_of = None if back is None else today - back * DAY
        streak = habits.any_streak(session, ada.id, as_of, now=now)
        ends = today - 120 * DAY, today + 200 * DAY
        done = {
            shown.day
            for habit in habits.find(session, ada.id, archived=None)
            for shown in habits.history(session, ada.id, habit.id, *ends, now=now)
            if shown.status == "done"
        }
        paused = {
            ends[0] + n * DAY
            for n in range((ends[1] - ends[0]).days + 1)
            for pause in users.pauses(session, ada.id)
            if pause.starts_on <= ends[0] + n * DAY <= (pause.ends_on or date.max)
        }
        neutral = paused | {*nonexistent_dates(later)}
        assert streak == any_streak_by_hand(done, neutral, as_of or today, ends)
        event(f"longest {min(streak.longest, 4)}")
        session.rollback()


# --- What was done of what was due -----------------------------------------------------------


def test_a_week_of_three_habits(session: Session, ada: User) -> None:
    run = create(session, ada, name="Run")
    swim = create(session, ada, name="Swim", frequency="weekdays", weekdays={2, 4})
    read = create(session, ada, name="Read", frequency="weekly", target=2)
    check_in(session, run, 11, 12, 14)
    check_in(session, swim, 12)
    check_in(session, read, 13, 15)
    days = week(session, ada)
    # Reading twice a week was not due on the other days: the week is met.
    assert numbers(days) == [(1, 1), (2, 2), (1, 2), (1, 2), (1, 2), (0, 1), (0, 1)]
    assert days[1] == HabitsOnDay(
        day=MONDAY + DAY, done=2, due=2, done_ids=(run.id, swim.id), due_ids=(run.id, swim.id)
    )
    assert days[2].done_ids == (read.id,)
    assert days[2].due_ids == (run.id, read.id)


def test_a_day_is_judged_by_its_whole_period_also_where_that_goes_beyond_the_range(
    session: Session, ada: User
) -> None:
    read = create(session, ada, frequency="weekly", target=2)

    def due(day: date) -> int:
        (found,) = habits.done_by_day(session, ada.id, day, day, now=NOW)
        return found.due

    check_in(session, read, 11)
    assert [due(MONDAY + n * DAY) for n in (1, 6)] == [1, 1]
    check_in(session, read, 17)
    assert [due(MONDAY + n * DAY) for n in (1, 3, 5)] == [0, 0, 0]


def test_what_is_skipped_paused_or_not_begun_is_not_due(session: Session, ada: User) -> None:
    run = create(session, ada, starts_on=MONDAY + DAY)
    habits.skip(session, ada.id, run.id, on=MONDAY + 2 * DAY, now=NOW)
    habits.pause(
        session, ada.id, run.id, starts_on=MONDAY + 3 * DAY, ends_on=MONDAY + 4 * DAY, now=NOW
    )
    users.pause(session, ada.id, starts_on=MONDAY + 5 * DAY, ends_on=MONDAY + 5 * DAY, now=NOW)
    assert numbers(week(session, ada)) == [(0, 0), (0, 1), *[(0, 0)] * 4, (0, 1)]


def test_a_habit_that_was_done_earlier_is_due_from_that_day_on(session: Session, ada: User) -> None:
    run = create(session, ada, starts_on=MONDAY + 4 * DAY)
    assert [day.due for day in week(session, ada)] == [0, 0, 0, 0, 1, 1, 1]
    check_in(session, run, 12)
    assert [day.due for day in week(session, ada)] == [0, 1, 1, 1, 1, 1, 1]


def test_a_habit_at_most_is_neither_due_nor_done(session: Session, ada: User) -> None:
    coffee = create(session, ada, direction="at_most", target=2)
    weekdays = create(
        session, ada, frequency="weekdays", weekdays={1}, direction="at_most", target=0
    )
    for habit in (coffee, weekdays):
        check_in(session, habit, 10, 11, 12, amount=3)  # also before it begins
    assert numbers(week(session, ada, MONDAY - DAY)) == [(0, 0)] * 7
    assert habits.any_streak(session, ada.id, now=NOW) == NOTHING
    # From the 13th on it is something to do.
    change = ScheduleChange(frequency="daily")
    habits.change_schedule(
        session, ada.id, coffee.id, change, effective_from=MONDAY + 2 * DAY, now=NOW
    )
    check_in(session, coffee, 13)
    assert numbers(week(session, ada))[1:4] == [(0, 0), (1, 1), (0, 1)]
    assert habits.any_streak(session, ada.id, MONDAY + 2 * DAY).current == 1


def test_an_archived_habit_counts_until_its_last_day(session: Session, ada: User) -> None:
    run = create(session, ada)
    check_in(session, run, 11, 13)
    habits.archive(session, ada.id, run.id, on=MONDAY + 2 * DAY, now=NOW)
    assert numbers(week(session, ada)) == [(1, 1), (0, 1), (1, 1), *[(0, 0)] * 4]
    assert habits.any_streak(session, ada.id, MONDAY + 2 * DAY).current == 1


def test_today_is_pending_and_days_to_come_are_due(session: Session, ada: User) -> None:
    run = create(session, ada)
    found = habits.done_by_day(session, ada.id, TODAY, TODAY + DAY, now=NOW)
    assert numbers(found) == [(0, 1), (0, 1)]
    check_in(session, run, TODAY.day)
    assert numbers(habits.done_by_day(session, ada.id, TODAY, TODAY, now=NOW)) == [(1, 1)]


def test_a_user_without_habits_has_every_day_with_nothing_on_it(
    session: Session, ada: User
) -> None:
    days = week(session, ada)
    assert [day.day for day in days] == [MONDAY + n * DAY for n in range(7)]
    assert numbers(days) == [(0, 0)] * 7
    assert habits.any_streak(session, ada.id, now=NOW) == NOTHING
    for call in (
        lambda: habits.done_by_day(session, ada.id + 1, TODAY, TODAY),
        lambda: habits.any_streak(session, ada.id + 1),
    ):
        with pytest.raises(NotFound):
            call()


def test_the_calendars_ends_are_days_like_others(session: Session, ada: User) -> None:
    run = create(session, ada, frequency="yearly", every=1000, starts_on=date.min)
    for day in (date.min, date.max):
        row = {"user_id": ada.id, "habit_id": run.id, "day": day, "amount": 1}
        session.execute(insert(CheckIn), row)
        (found,) = habits.done_by_day(session, ada.id, day, day, now=NOW)
        assert (found.done, found.due) == (1, 1)
        assert habits.any_streak(session, ada.id, day).current == 1
    with pytest.raises(ValidationError, match="max_days"):
        habits.done_by_day(session, ada.id, date.min, date.max)


# --- The streak of any habit -----------------------------------------------------------------


def test_any_habit_keeps_the_streak(session: Session, ada: User) -> None:
    run, read = create(session, ada), create(session, ada, frequency="weekly", target=100)
    check_in(session, run, 11, 12, 17, 19)
    check_in(session, read, 13, 18, amount=0.5)  # not enough for its week, and something
    check_in(session, read, 14, amount=0)
    streak = habits.any_streak(session, ada.id, now=NOW)
    tomorrow = TODAY + DAY
    assert streak == Streak(
        current=3, longest=3, since=MONDAY + 6 * DAY, alive_through=TODAY
    )  # today is not over
    assert habits.any_streak(session, ada.id, tomorrow).current == 0
    assert habits.any_streak(session, ada.id, MONDAY + 2 * DAY).current == 3
    check_in(session, read, TODAY.day)
    assert habits.any_streak(session, ada.id, now=NOW).alive_through == tomorrow


def test_a_pause_of_all_habits_passes_through_and_that_of_one_does_not(
    session: Session, ada: User
) -> None:
    run = create(session, ada)
    check_in(session, run, 11, 14, 18)
    first, last = MONDAY + DAY, MONDAY + 4 * DAY
    habits.pause(session, ada.id, run.id, starts_on=first, ends_on=last + 2 * DAY, now=NOW)
    assert habits.any_streak(session, ada.id, MONDAY + 7 * DAY).current == 1
    users.pause(session, ada.id, starts_on=first, ends_on=last, now=NOW)
    # The 14th is done within the pause, and counts; the 16th and 17th are not in it.
    streak = habits.any_streak(session, ada.id, MONDAY + 5 * DAY, now=NOW)
    assert (streak.current, streak.since, streak.alive_through) == (2, MONDAY, MONDAY + 5 * DAY)
    assert habits.any_streak(session, ada.id, MONDAY + 6 * DAY).current == 0


def test_what_is_done_ahead_of_today_after_a_move_west_does_not_count_yet(
    session: Session,
) -> None:
    eve = new_user(session, "eve@example.com", "Pacific/Auckland")
    run = create(session, eve)
    habits.check_in(session, eve.id, run.id, now=NOW)  # on the 21st in Auckland
    users.update(session, eve.id, UserUpdate(time_zone="America/Los_Angeles"), now=NOW)
    assert habits.any_streak(session, eve.id, now=NOW) == NOTHING
    assert habits.any_streak(session, eve.id, now=NOW + timedelta(days=1)).current == 1
    (day,) = habits.done_by_day(session, eve.id, TODAY + DAY, TODAY + DAY, now=NOW)
    assert (day.done, day.due) == (1, 1)  # it is shown on its day, as in its history


# --- Cost ------------------------------------------------------------------------------------


def test_what_lies_far_outside_the_range_is_not_read(session: Session, ada: User) -> None:
    costs: list[int] = []
    for years in (1, 10):
        for frequency in ("daily", "weekly"):
            start = TODAY - years * 365 * DAY
            habit = create(session, ada, frequency=frequency, starts_on=start)
            rows = [
                {"user_id": ada.id, "habit_id": habit.id, "day": start + n * DAY, "amount": 1}
                for n in range(years * 365 + 1)
            ]
            session.execute(insert(CheckIn), rows)
        analyze(session)
        costs.append(
            effort(session, habits.done_by_day, session, ada.id, TODAY - 30 * DAY, TODAY, now=NOW)
        )
        for habit in habits.find(session, ada.id, archived=None):
            habits.delete(session, ada.id, habit.id)
    assert 0 < costs[1] <= 1.2 * costs[0]


@pytest.mark.parametrize("many", [1, 20])
def test_however_many_habits_it_is_one_statement(session: Session, ada: User, many: int) -> None:
    for number in range(many):
        check_in(session, create(session, ada, name=f"Habit {number}"), 19)
    with count_statements(session) as statements:
        assert week(session, ada)
        assert habits.any_streak(session, ada.id, now=NOW).current == 1
    assert len(statements) == 2
