"""Recording days: what is stored, what is returned, and what loaded objects show."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from pydantic import ValidationError
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from tests.services.habits.support import (
    DAY,
    NOW,
    START,
    TODAY,
    YESTERDAY,
    Row,
    as_wanted,
    columns_of,
    new_habit,
    new_user,
    shown,
    stored_days,
)
from tests.support.oracle import Kept, Rules, Standing, Wanted
from tests.support.statements import count_statements
from trackercore import (
    CheckIn,
    CheckInCreate,
    Database,
    DayAlreadyDone,
    FutureDay,
    Habit,
    HabitRead,
    UndoResult,
    UserCreate,
    UserUpdate,
    habits,
    overview,
    users,
)

# --- Recording a day ------------------------------------------------------------------------------


def test_the_same_check_in_again_changes_nothing(session: Session, habit: Habit) -> None:
    first = habits.check_in(session, habit.user_id, habit.id, note="wet", now=NOW)
    later = NOW + timedelta(hours=3)
    again = habits.check_in(session, habit.user_id, habit.id, note="wet", now=later)
    assert first.created
    assert not again.created
    assert again.check_in == first.check_in  # the time of recording too
    assert (again.current_streak, again.longest_streak) == (1, 1)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, "wet")]


def test_another_amount_replaces_what_was_recorded(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, amount=5, now=NOW)
    later = NOW + timedelta(hours=3)
    result = habits.check_in(session, habit.user_id, habit.id, amount=2, now=later)
    assert not result.created
    assert result.check_in.recorded_at == later
    assert stored_days(session, habit) == [Row(TODAY, "done", 2, None)]


def test_a_smaller_amount_can_take_a_success_back(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("daily", 8, 1, START))
    habits.check_in(session, user.id, habit.id, on=YESTERDAY, amount=8, now=NOW)
    assert habits.check_in(session, user.id, habit.id, amount=8, now=NOW).current_streak == 2
    assert habits.check_in(session, user.id, habit.id, amount=7, now=NOW).current_streak == 1
    assert columns_of(habit) == Kept(1, 1, TODAY)


def test_a_note_stays_until_another_one_is_given(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, note="wet", now=NOW)
    habits.check_in(session, habit.user_id, habit.id, amount=3, now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 3, "wet")]
    habits.check_in(session, habit.user_id, habit.id, amount=3, note="windy", now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 3, "windy")]
    habits.check_in(session, habit.user_id, habit.id, amount=3, note="", now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 3, "")]


def test_a_check_in_without_an_amount_keeps_the_one_there_is(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, amount=8, now=NOW)
    again = habits.check_in(session, habit.user_id, habit.id, now=NOW)
    assert (again.created, again.check_in.amount) == (False, Decimal(8))
    noted = habits.check_in(session, habit.user_id, habit.id, note="wet", now=NOW)
    assert noted.check_in.amount == 8
    many = habits.check_in_many(session, habit.user_id, habit.id, [CheckInCreate()], now=NOW)
    assert (many.created, many.changed, many.found) == (0, 0, 1)
    assert habits.check_in(session, habit.user_id, habit.id, add=True, now=NOW).check_in.amount == 9
    assert stored_days(session, habit) == [Row(TODAY, "done", 9, "wet")]


@pytest.mark.parametrize("wrong", [NOW, "2024-03-20", None, 1])
def test_a_current_streak_takes_a_date_and_nothing_else(habit: Habit, wrong: Any) -> None:
    with pytest.raises(TypeError, match="on must be a date"):
        habit.current_streak(wrong)
    with pytest.raises(TypeError, match="on must be a date"):
        Habit.current_streak(wrong)


def test_in_a_query_too_a_current_streak_takes_a_date_and_nothing_else(
    session: Session, habit: Habit
) -> None:
    prepared = select(Habit.current_streak(bindparam("today"))).where(Habit.id == habit.id)
    assert session.scalar(prepared, {"today": TODAY}) == 0
    for wrong in (NOW, None, "2024-03-20"):
        with pytest.raises(StatementError, match="expected a date"):
            session.scalar(prepared, {"today": wrong})
    given = cast("Any", bindparam("on", NOW))
    with pytest.raises(StatementError, match="expected a date"):
        session.scalar(select(Habit.current_streak(given)))
    now: Any = func.now()
    with pytest.raises(TypeError, match="on must be a date"):
        Habit.current_streak(now)
    no_day: Any = Habit.created_at
    with pytest.raises(TypeError, match="on must be a date"):
        Habit.current_streak(no_day)
    assert session.scalar(select(Habit.current_streak(Habit.starts_on))) == 0


def test_adding_goes_on_top_of_the_days_amount(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("daily", 3, 1, START))
    glasses = [
        habits.check_in(session, user.id, habit.id, amount=amount, add=True, now=NOW)
        for amount in (1, 1, 2)
    ]
    assert [glass.created for glass in glasses] == [True, False, False]
    assert [glass.check_in.amount for glass in glasses] == [1, 2, 4]
    assert [glass.current_streak for glass in glasses] == [0, 0, 1]


def test_a_negative_amount_is_taken_away_and_leaves_no_check_in_of_nothing(
    session: Session,
) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("daily", 2, 1, START))
    key = (session, user.id, habit.id)
    assert habits.check_in(*key, amount=3, note="cold", now=NOW).current_streak == 1
    less = habits.check_in(*key, amount=-2, add=True, now=NOW)
    assert (less.check_in.amount, less.created, less.removed, less.current_streak) == (
        Decimal(1),
        False,
        False,
        0,
    )
    for amount in (-2, -1_000_000):
        with pytest.raises(ValidationError, match=r"for arguments\namount\n[\s\S]*or equal to 0"):
            habits.check_in(*key, amount=amount, add=True, now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, "cold")]
    none = habits.check_in(*key, amount=-1, add=True, now=NOW)
    assert (none.check_in.amount, none.created, none.removed, none.current_streak) == (
        Decimal(0),
        False,
        True,
        0,
    )
    assert stored_days(session, habit) == []
    assert columns_of(habit) == Kept(0, 0, None)
    with pytest.raises(ValidationError, match="for arguments\namount\n"):
        habits.check_in(*key, amount=-1, add=True, now=NOW)
    assert stored_days(session, habit) == []


@pytest.mark.parametrize(
    "amount", [0, -1_000_001, 1_000_001, True, "1", 1.0005, float("nan"), Decimal("Infinity")]
)
def test_what_cannot_be_added_is_refused(session: Session, habit: Habit, amount: Any) -> None:
    with pytest.raises(ValidationError, match="for arguments\namount\n"):
        habits.check_in(session, habit.user_id, habit.id, amount=amount, add=True, now=NOW)


def test_without_add_an_amount_is_not_negative(session: Session, habit: Habit) -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        habits.check_in(session, habit.user_id, habit.id, amount=-1, now=NOW)


def test_adding_to_a_skipped_day_starts_from_nothing(session: Session, habit: Habit) -> None:
    habits.skip(session, habit.user_id, habit.id, note="ill", now=NOW)
    result = habits.check_in(session, habit.user_id, habit.id, amount=2, add=True, now=NOW)
    assert result.created
    assert stored_days(session, habit) == [Row(TODAY, "done", 2, "ill")]


def test_a_sum_beyond_the_greatest_amount_is_refused_and_nothing_is_lost(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, amount=1_000_000, now=NOW)
    with pytest.raises(ValidationError):
        habits.check_in(session, habit.user_id, habit.id, add=True, now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1_000_000, None)]
    assert (
        habits.check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW).current_streak == 2
    )


def test_a_day_that_is_done_cannot_be_skipped(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    with pytest.raises(DayAlreadyDone, match="2024-03-20"):
        habits.skip(session, habit.user_id, habit.id, note="ill", now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, None)]
    assert columns_of(habit) == Kept(1, 1, date(2024, 3, 21))


def test_a_day_that_is_skipped_can_be_done_after_all(session: Session, habit: Habit) -> None:
    skipped = habits.skip(session, habit.user_id, habit.id, now=NOW)
    again = habits.skip(session, habit.user_id, habit.id, now=NOW)
    done = habits.check_in(session, habit.user_id, habit.id, now=NOW)
    assert [skipped.created, again.created, done.created] == [True, False, True]
    assert [skipped.current_streak, again.current_streak, done.current_streak] == [0, 0, 1]
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, None)]


def test_undoing_removes_what_is_recorded_and_says_so(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    result = habits.undo_check_in(session, habit.user_id, habit.id, now=NOW)
    assert result == UndoResult(removed=True, current_streak=1, longest_streak=1)
    assert stored_days(session, habit) == [Row(YESTERDAY, "done", 1, None)]
    habits.skip(session, habit.user_id, habit.id, now=NOW)
    assert habits.undo_check_in(session, habit.user_id, habit.id, now=NOW).removed


def test_undoing_where_nothing_is_recorded_changes_nothing(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    result = habits.undo_check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    assert result == UndoResult(removed=False, current_streak=1, longest_streak=1)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, None)]


def test_what_is_today_for_one_user_is_a_future_day_for_another(session: Session) -> None:
    east = new_user(session, "east@example.com", "Pacific/Kiritimati")
    west = new_user(session, "west@example.com", "Pacific/Niue")
    for user, today in ((east, date(2024, 3, 21)), (west, date(2024, 3, 20))):
        habit = new_habit(session, user)
        assert habits.check_in(session, user.id, habit.id, now=NOW).check_in.day == today
        for call in (habits.check_in, habits.skip):
            with pytest.raises(FutureDay):
                call(session, user.id, habit.id, on=today + DAY, now=NOW)
        tomorrow = habits.undo_check_in(session, user.id, habit.id, on=today + DAY, now=NOW)
        assert not tomorrow.removed
        assert [row.day for row in stored_days(session, habit)] == [today]


def test_a_backfilled_day_joins_two_runs(session: Session, habit: Habit) -> None:
    for ago in (4, 3, 1, 0):
        habits.check_in(session, habit.user_id, habit.id, on=TODAY - ago * DAY, now=NOW)
    assert columns_of(habit) == Kept(2, 2, TODAY + DAY)
    on = TODAY - 2 * DAY
    assert habits.check_in(session, habit.user_id, habit.id, on=on, now=NOW).current_streak == 5
    assert (
        habits.undo_check_in(session, habit.user_id, habit.id, on=on, now=NOW).current_streak == 2
    )


def test_of_streaks_of_equal_length_the_latest_is_listed_first(
    session: Session, habit: Habit
) -> None:
    for days_ago in (1, 2, 4, 5, 7):
        habits.check_in(session, habit.user_id, habit.id, on=TODAY - days_ago * DAY, now=NOW)
    best = habits.best_streaks(session, habit.user_id, habit.id, now=NOW)
    assert [(run.length, run.end) for run in best] == [
        (2, YESTERDAY),
        (2, TODAY - 4 * DAY),
        (1, TODAY - 7 * DAY),
    ]


def test_a_week_that_was_met_is_excused_by_its_skips_once_that_is_undone(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("weekly", 5, 1, START))
    last_week, monday = date(2024, 3, 11), date(2024, 3, 18)
    for day in (last_week, monday):
        habits.check_in(session, user.id, habit.id, on=day, amount=5, now=NOW)
    for day in (monday + DAY, monday + 2 * DAY):
        habits.skip(session, user.id, habit.id, on=day, now=NOW)
    assert columns_of(habit) == Kept(2, 2, date(2024, 3, 31))
    undone = habits.undo_check_in(session, user.id, habit.id, on=monday, now=NOW)
    assert undone.current_streak == 1  # five open days are enough for five: the week is pending
    assert columns_of(habit) == Kept(1, 1, date(2024, 3, 24))
    habits.check_in(session, user.id, habit.id, on=monday, amount=5, now=NOW)
    thursday = NOW + DAY
    habits.skip(session, user.id, habit.id, now=thursday)
    habits.undo_check_in(session, user.id, habit.id, on=monday, now=thursday)
    assert columns_of(habit) == Kept(1, 1, date(2024, 3, 31))  # four are not: it is excused


# --- Starting streaks -----------------------------------------------------------------------------


def test_an_adopted_habit_stands_where_it_stood_and_shows_what_it_came_with(
    session: Session, adopted: Habit
) -> None:
    assert columns_of(adopted) == Kept(12, 12, TODAY)
    streak = habits.streak(session, adopted.user_id, adopted.id, now=NOW)
    assert Standing(**streak.model_dump()) == Standing(12, 12, since=None, alive_through=TODAY)
    read = HabitRead.model_validate(adopted)
    assert (read.starting_streak, read.starting_streak_on) == (12, TODAY)


def test_a_habit_that_began_here_shows_no_starting_streak(habit: Habit) -> None:
    read = HabitRead.model_validate(habit)
    assert (read.starting_streak, read.starting_streak_on) == (None, None)


def test_a_check_in_on_the_day_of_adoption_goes_on_from_there_and_undoing_it_goes_back(
    session: Session, adopted: Habit
) -> None:
    done = habits.check_in(session, adopted.user_id, adopted.id, now=NOW)
    assert (done.current_streak, done.longest_streak) == (13, 13)
    assert habits.streak(session, adopted.user_id, adopted.id, now=NOW).since is None
    assert habits.check_in(session, adopted.user_id, adopted.id, now=NOW + DAY).current_streak == 14
    assert columns_of(adopted) == Kept(14, 14, TODAY + 2 * DAY)
    for on in (TODAY + DAY, TODAY):
        habits.undo_check_in(session, adopted.user_id, adopted.id, on=on, now=NOW + DAY)
    assert columns_of(adopted) == Kept(12, 12, TODAY)


def test_a_missed_day_of_adoption_ends_the_starting_streak_the_day_after(
    session: Session, adopted: Habit
) -> None:
    tomorrow = NOW + DAY
    missed = habits.streak(session, adopted.user_id, adopted.id, now=tomorrow)
    assert Standing(**missed.model_dump()) == Standing(0, 12, None, None)
    again = habits.check_in(session, adopted.user_id, adopted.id, now=tomorrow)
    assert (again.current_streak, again.longest_streak) == (1, 12)
    assert habits.streak(session, adopted.user_id, adopted.id, now=tomorrow).since == TODAY + DAY


def test_the_missed_day_of_adoption_can_be_filled_in_later(
    session: Session, adopted: Habit
) -> None:
    habits.check_in(session, adopted.user_id, adopted.id, now=NOW + DAY)
    mended = habits.check_in(session, adopted.user_id, adopted.id, on=TODAY, now=NOW + DAY)
    assert (mended.current_streak, mended.longest_streak) == (14, 14)


def test_days_before_the_adoption_can_be_recorded_and_change_no_streak(
    session: Session, adopted: Habit
) -> None:
    for ago in range(20, 0, -1):  # also more of them than the starting streak has
        on = TODAY - ago * DAY
        result = habits.check_in(session, adopted.user_id, adopted.id, on=on, now=NOW)
        assert (result.created, result.current_streak, result.longest_streak) == (True, 12, 12)
    habits.undo_check_in(session, adopted.user_id, adopted.id, on=YESTERDAY, now=NOW)
    habits.skip(session, adopted.user_id, adopted.id, on=YESTERDAY, now=NOW)
    assert columns_of(adopted) == Kept(12, 12, TODAY)
    assert adopted.starts_on == TODAY
    assert habits.rebuild_streaks(session).corrected == 0
    assert habits.check_in(session, adopted.user_id, adopted.id, now=NOW).current_streak == 13


def test_seen_from_a_day_before_the_adoption_only_what_was_recorded_counts(
    session: Session, adopted: Habit
) -> None:
    for on in (YESTERDAY - DAY, YESTERDAY):
        habits.check_in(session, adopted.user_id, adopted.id, on=on, now=NOW)
    before = habits.streak(session, adopted.user_id, adopted.id, YESTERDAY, now=NOW)
    assert Standing(**before.model_dump()) == Standing(2, 2, YESTERDAY - DAY, TODAY)
    assert habits.streak(session, adopted.user_id, adopted.id, TODAY, now=NOW).current == 12


def test_the_week_of_the_adoption_is_a_whole_one(session: Session) -> None:
    user = new_user(session)
    rules = Rules("weekly", 3, 1, TODAY, starting_streak=12, starting_streak_on=TODAY)
    habit = new_habit(session, user, rules)
    habits.rebuild_streaks(session)
    monday, sunday = date(2024, 3, 18), date(2024, 3, 24)
    assert columns_of(habit) == Kept(12, 12, sunday)
    last_week = habits.check_in(session, user.id, habit.id, on=monday - DAY, amount=3, now=NOW)
    assert last_week.current_streak == 12
    assert (
        habits.check_in(session, user.id, habit.id, on=monday, amount=2, now=NOW).current_streak
        == 12
    )
    assert habits.check_in(session, user.id, habit.id, now=NOW).current_streak == 13
    assert columns_of(habit) == Kept(13, 13, sunday + 7 * DAY)


def test_after_a_move_west_the_day_of_adoption_may_be_yet_to_come(
    session: Session, adopted: Habit
) -> None:
    users.update(session, adopted.user_id, UserUpdate(time_zone="Pacific/Honolulu"))
    evening = datetime(2024, 3, 20, 5, tzinfo=UTC)
    assert users.today(session, adopted.user_id, now=evening) == YESTERDAY
    assert habits.check_in(session, adopted.user_id, adopted.id, now=evening).current_streak == 1
    assert habits.streak(session, adopted.user_id, adopted.id, now=evening).current == 1
    assert (
        habits.undo_check_in(session, adopted.user_id, adopted.id, now=evening).current_streak == 0
    )
    assert columns_of(adopted) == Kept(12, 12, TODAY)
    assert (
        habits.check_in(session, adopted.user_id, adopted.id, now=evening + DAY).current_streak
        == 13
    )


def test_a_check_in_of_an_adopted_habit_reads_no_history(session: Session, adopted: Habit) -> None:
    for ago in (3, 2, 1, 0):
        with count_statements(session) as statements:
            habits.check_in(session, adopted.user_id, adopted.id, on=TODAY - ago * DAY, now=NOW)
        assert len(statements) <= 4, statements


# --- What is due ----------------------------------------------------------------------------------


def test_what_is_due_on_a_past_day_is_judged_by_what_was_recorded_until_then(
    session: Session,
) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("weekly", 3, 1, START))
    monday = date(2024, 3, 18)
    for day in (monday, TODAY):
        habits.check_in(session, user.id, habit.id, on=day, amount=2, now=NOW)
    week = (monday, date(2024, 3, 24))
    assert as_wanted(habits.due(session, user.id, monday, now=NOW)) == {
        habit.id: Wanted(*week, progress=2, remaining=1, days_left=7)
    }
    assert habits.due(session, user.id, now=NOW) == []


def test_a_skipped_day_is_not_due_but_the_rest_of_its_week_is(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("weekly", 5, 1, START))
    for day in (date(2024, 3, 18), YESTERDAY):
        habits.skip(session, user.id, habit.id, on=day, now=NOW)
    assert habits.due(session, user.id, YESTERDAY, now=NOW) == []
    assert [item.remaining for item in habits.due(session, user.id, now=NOW)] == [5]
    habits.skip(session, user.id, habit.id, now=NOW)  # leaves four open days for five
    assert habits.due(session, user.id, TODAY + DAY, now=NOW) == []


# --- Days that lie ahead of today -----------------------------------------------------------------


def test_a_move_west_neither_takes_a_recorded_day_away_nor_counts_it_early(
    session: Session,
) -> None:
    user = new_user(session, time_zone="Pacific/Kiritimati")
    habit = new_habit(session, user)
    for day in (YESTERDAY, TODAY, TODAY + DAY):  # the 21st has begun there
        habits.check_in(session, user.id, habit.id, on=day, now=NOW)
    users.update(session, user.id, UserUpdate(time_zone="Pacific/Honolulu"), now=NOW)
    assert users.today(session, user.id, now=NOW) == TODAY
    again = habits.check_in(session, user.id, habit.id, now=NOW)
    assert (again.created, again.current_streak, again.longest_streak) == (False, 2, 2)
    assert habits.streak(session, user.id, habit.id, now=NOW).current == 2
    assert habits.streak(session, user.id, habit.id, now=NOW + DAY).current == 3
    assert columns_of(habit) == Kept(3, 3, TODAY + 2 * DAY)


def test_all_answers_agree_while_a_recorded_day_lies_ahead(session: Session) -> None:
    """Days 1 to 8 and 10 of May are done in Tokyo; in Los Angeles it is the 9th."""
    user = new_user(session, time_zone="Asia/Tokyo")
    habit = new_habit(session, user, Rules("daily", 1, 1, date(2026, 5, 1)))
    in_tokyo = datetime(2026, 5, 10, 1, tzinfo=UTC)
    done = [CheckInCreate(on=date(2026, 5, day)) for day in (1, 2, 3, 4, 5, 6, 7, 8, 10)]
    habits.check_in_many(session, user.id, habit.id, done, now=in_tokyo)
    users.update(session, user.id, UserUpdate(time_zone="America/Los_Angeles"), now=in_tokyo)
    now = datetime(2026, 5, 10, 2, tzinfo=UTC)
    today = users.today(session, user.id, now=now)
    assert today == date(2026, 5, 9)

    def answers(on: date, at: datetime) -> set[tuple[int, int]]:
        """The current and the longest streak, by all that tell both."""
        (shown,) = overview(session, user.id, now=at).habits
        seen = habits.streak(session, user.id, habit.id, now=at)
        assert habit.current_streak(on) == seen.current
        assert session.scalar(select(Habit.current_streak(on))) == seen.current
        prepared = select(Habit.current_streak(bindparam("on")))
        assert session.scalar(prepared, {"on": on}) == seen.current
        return {(shown.current_streak, shown.longest_streak), (seen.current, seen.longest)}

    tomorrow = (today + DAY, now + DAY)
    assert answers(today, now) == {(8, 8)}
    assert answers(*tomorrow) == {(1, 8)}
    result = habits.check_in(session, user.id, habit.id, now=now)
    assert (result.current_streak, result.longest_streak) == (9, 9)
    assert answers(today, now) == {(9, 9)}
    assert answers(*tomorrow) == {(10, 10)}
    assert habits.rebuild_streaks(session, user.id, now=now).corrected == 0
    session.expire_all()
    assert answers(today, now) == {(9, 9)}
    # From the 10th on, the columns are those of any habit again.
    habits.check_in(session, user.id, habit.id, note="late", now=now + DAY)
    assert habit.earlier_streaks is None


def test_clocks_that_are_set_back_across_the_start_of_a_day_are_a_move_west_too(
    session: Session,
) -> None:
    """In New York it is 1 November at 01:45, and half an hour later, at 01:15, it is October."""
    data = UserCreate(email="owl@example.com", time_zone="America/New_York", day_starts_at=90)
    owl = users.create(session, data)
    habit = new_habit(session, owl, Rules("daily", 1, 1, date(2026, 10, 24)))
    before = datetime(2026, 11, 1, 5, 45, tzinfo=UTC)
    after = before + timedelta(minutes=30)
    october = [CheckInCreate(on=date(2026, 10, day)) for day in range(24, 31)]
    habits.check_in_many(session, owl.id, habit.id, october, now=before)
    assert habits.check_in(session, owl.id, habit.id, now=before).check_in.day.month == 11
    today = users.today(session, owl.id, now=after)
    assert today == date(2026, 10, 31)
    assert habits.streak(session, owl.id, habit.id, now=after).current == 7
    assert habit.current_streak(today) == 7
    assert session.scalar(select(Habit.current_streak(today))) == 7
    assert habits.rebuild_streaks(session, now=before).corrected == 0
    assert habits.rebuild_streaks(session, now=after).corrected == 0
    assert habits.check_in(session, owl.id, habit.id, now=after).current_streak == 8
    assert habit.current_streak(date(2026, 11, 1)) == 9


def test_habits_with_days_ahead_can_be_selected_once(session: Session) -> None:
    user = new_user(session, time_zone="Pacific/Kiritimati")
    habit = new_habit(session, user)
    habits.check_in(session, user.id, habit.id, on=TODAY + DAY, now=NOW)
    users.update(session, user.id, UserUpdate(time_zone="Pacific/Honolulu"), now=NOW)
    assert habit.earlier_streaks
    assert session.scalars(select(Habit).distinct()).all() == [habit]


def test_a_recorded_day_that_lies_ahead_can_be_changed_and_undone_and_no_other(
    session: Session,
) -> None:
    user = new_user(session, time_zone="Pacific/Kiritimati")
    habit = new_habit(session, user)
    ahead = TODAY + DAY
    habits.check_in(session, user.id, habit.id, on=ahead, now=NOW)
    users.update(session, user.id, UserUpdate(time_zone="Pacific/Honolulu"), now=NOW)
    key = (session, user.id, habit.id)
    assert habits.check_in(*key, on=ahead, amount=3, now=NOW).check_in.amount == 3
    items = [CheckInCreate(on=ahead, amount=4)]
    assert habits.check_in_many(*key, items, now=NOW).changed == 1
    assert habits.undo_check_in(*key, on=ahead, now=NOW).removed
    assert columns_of(habit) == Kept(0, 0, None)
    assert not habits.undo_check_in(*key, on=ahead, now=NOW).removed  # the same call again
    for call in (habits.check_in, habits.skip):
        with pytest.raises(FutureDay):
            call(*key, on=ahead, now=NOW)
    with pytest.raises(FutureDay):
        habits.check_in_many(*key, items, now=NOW)


def test_a_dashboard_reads_all_habits_with_days_ahead_in_one_more_statement(
    session: Session,
) -> None:
    user = new_user(session, time_zone="Pacific/Kiritimati")
    for _ in range(3):
        habit = new_habit(session, user)
        habits.check_in(session, user.id, habit.id, on=TODAY + DAY, now=NOW)
    users.update(session, user.id, UserUpdate(time_zone="Pacific/Honolulu"), now=NOW)
    counts: list[int] = []
    for at in (NOW + DAY, NOW):
        with count_statements(session) as statements:
            overview(session, user.id, now=at)
        counts.append(len(statements))
    assert counts == [5, 6]


def test_a_habit_is_due_once_it_was_done_though_it_starts_later(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("daily", 1, 1, starts_on=TODAY + 10 * DAY))
    habits.skip(session, user.id, habit.id, on=YESTERDAY - DAY, now=NOW)
    assert habits.due(session, user.id, now=NOW) == []
    assert habits.check_in(session, user.id, habit.id, on=YESTERDAY, now=NOW).current_streak == 1
    # Its first day is yesterday, and the streak ends if today is missed.
    assert [item.habit_id for item in habits.due(session, user.id, now=NOW)] == [habit.id]
    assert habits.due(session, user.id, YESTERDAY - DAY, now=NOW) == []


# --- Loaded objects -------------------------------------------------------------------------------


def test_a_loaded_habit_shows_its_new_streak(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    assert columns_of(habit) == Kept(1, 1, TODAY + DAY)
    habits.skip(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    habits.check_in(session, habit.user_id, habit.id, on=TODAY - 2 * DAY, now=NOW)
    assert columns_of(habit) == Kept(2, 2, TODAY + DAY)
    habits.undo_check_in(session, habit.user_id, habit.id, now=NOW)
    assert columns_of(habit) == Kept(1, 1, TODAY)
    assert not session.dirty


def test_a_loaded_check_in_shows_what_replaced_it(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    later = NOW + timedelta(minutes=5)
    habits.check_in(session, habit.user_id, habit.id, amount=4, note="wet", now=later)
    assert shown(row) == Row(TODAY, "done", 4, "wet")
    assert row.recorded_at == later


def test_an_undone_check_in_is_gone_and_a_new_one_is_another_object(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, note="wet", now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    habits.undo_check_in(session, habit.user_id, habit.id, now=NOW)
    assert row not in session
    assert session.get(CheckIn, (habit.user_id, habit.id, TODAY)) is None
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    assert [shown(row) for row in habits.check_ins(session, habit.user_id, habit.id)] == [
        Row(TODAY, "done", 1, None)
    ]


def test_loaded_objects_show_the_old_values_when_a_savepoint_is_rolled_back(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    savepoint = session.begin_nested()
    habits.check_in(session, habit.user_id, habit.id, amount=9, note="wet", now=NOW)
    habits.check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    assert (habit.cached_streak, row.amount) == (2, Decimal(9))
    savepoint.rollback()
    assert columns_of(habit) == Kept(1, 1, TODAY + DAY)
    assert shown(row) == Row(TODAY, "done", 1, None)


def test_a_savepoint_inside_that_is_rolled_back_first_makes_no_difference(
    session: Session, habit: Habit
) -> None:
    outer = session.begin_nested()
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    session.begin_nested().rollback()  # as a service does that reports a conflict
    assert columns_of(habit) == Kept(1, 1, TODAY + DAY)
    outer.rollback()
    assert columns_of(habit) == Kept(0, 0, None)


def test_changes_of_loaded_objects_that_are_not_written_yet_are_not_lost(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    habit.name, row.note = "Swim", "cold"
    habits.check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    assert stored_days(session, habit)[-1] == Row(TODAY, "done", 1, "cold")
    assert session.scalar(select(Habit.name)) == "Swim"
    assert columns_of(habit) == Kept(2, 2, TODAY + DAY)


def test_a_loaded_habit_shows_the_streak_that_another_session_made(database: Database) -> None:
    with database.session() as session:
        habit = new_habit(session, new_user(session))
        session.commit()
        with database.session() as another:
            habits.check_in(another, habit.user_id, habit.id, now=NOW)
        again = habits.check_in(session, habit.user_id, habit.id, now=NOW)
        assert (again.created, again.current_streak) == (False, 1)
        assert columns_of(habit) == Kept(1, 1, TODAY + DAY)
