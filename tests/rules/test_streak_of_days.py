"""Habit logs and the current streak: what a public habit tracker tests of its own function.

It calls exactly `streak(days, schedule, today)`.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from trackercore import Frequency
from trackercore.rules import Schedule, due, streak

TODAY = date(2026, 3, 18)  # a Wednesday
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def days_before(today: date, *ago: int) -> list[date]:
    return [today - days * DAY for days in ago]


def current(days: list[date], schedule: Schedule | Frequency, today: date) -> int:
    return streak(days, schedule, today).current


def test_without_logs_there_is_no_streak() -> None:
    assert streak([], "daily", TODAY) == (0, 0, None, None)


def test_today_alone_is_a_streak_of_one() -> None:
    assert streak([TODAY], "daily", TODAY) == (1, 1, TODAY, TODAY + DAY)


def test_yesterday_alone_still_stands_as_today_is_not_over() -> None:
    assert current([TODAY - DAY], "daily", TODAY) == 1


def test_a_gap_ends_the_streak() -> None:
    assert current(days_before(TODAY, 0, 1, 3, 4, 5), "daily", TODAY) == 2


def test_a_streak_does_not_need_today() -> None:
    logs = days_before(TODAY, 1, 2, 3)
    assert [current(logs, "daily", TODAY + days * DAY) for days in (0, 1)] == [3, 0]


def test_the_order_of_the_logs_makes_no_difference() -> None:
    assert current(days_before(TODAY, 2, 0, 3, 1), "daily", TODAY) == 4


def test_two_logs_of_a_day_are_one_day() -> None:
    assert current(days_before(TODAY, 0, 0, 1, 1, 1), "daily", TODAY) == 2
    assert current(days_before(TODAY, 0, 0, 0), Schedule("weekly", target=3), TODAY) == 0


def test_the_longest_streak_may_lie_in_the_past() -> None:
    found = streak(days_before(TODAY, 0, 1, 10, 11, 12, 13, 14), "daily", TODAY)
    assert (found.current, found.longest) == (2, 5)


def test_a_weekly_streak_counts_weeks() -> None:
    # Monday, Sunday, Thursday: each in the week after the other, and none seven days later.
    logs = [date(2026, 3, 2), date(2026, 3, 15), date(2026, 2, 26)]
    assert current(logs, "weekly", TODAY) == 3
    assert current(logs, "weekly", date(2026, 3, 22)) == 3
    assert current(logs, "weekly", date(2026, 3, 23)) == 0


def test_a_streak_goes_on_over_a_leap_day() -> None:
    logs = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)]
    assert current(logs, "daily", date(2024, 3, 1)) == 3
    assert current([date(2024, 2, 28), date(2024, 3, 1)], "daily", date(2024, 3, 1)) == 1


def test_a_streak_goes_on_over_the_end_of_a_month() -> None:
    logs = [date(2026, 4, 29), date(2026, 4, 30), date(2026, 5, 1)]
    assert current(logs, "daily", date(2026, 5, 1)) == 3


def test_a_streak_goes_on_over_the_end_of_a_year() -> None:
    logs = [date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1)]
    assert current(logs, "daily", date(2026, 1, 1)) == 3
    # 29 December to 4 January are one week, and ISO's week 53 of 2026 is followed by week 1.
    assert current([date(2025, 12, 29), date(2026, 1, 8)], "weekly", date(2026, 1, 8)) == 2
    assert current([date(2026, 12, 28), date(2027, 1, 4)], "weekly", date(2027, 1, 4)) == 2


@pytest.mark.parametrize("ahead", [1, 7, 400])
def test_logs_of_days_that_have_not_begun_are_ignored(ahead: int) -> None:
    logs = days_before(TODAY, 1, 2)
    assert streak([*logs, TODAY + ahead * DAY], "daily", TODAY) == streak(logs, "daily", TODAY)


def test_amounts_add_up_in_a_period_and_bools_say_whether_a_day_was_done() -> None:
    week = {TODAY - WEEK: 3, TODAY - WEEK + DAY: 2.5, TODAY: True, TODAY - DAY: False}
    assert streak(week, Schedule("weekly", target=5.5), TODAY).current == 1
    assert streak({TODAY: True, TODAY - DAY: False}, "daily", TODAY).current == 1


def test_skipped_days_and_pauses_neither_break_a_streak_nor_add_to_it() -> None:
    logs = days_before(TODAY, 0, 2, 9)
    pause = (TODAY - 8 * DAY, TODAY - 3 * DAY)
    assert streak(logs, "daily", TODAY, skipped=[TODAY - DAY], pauses=[pause]).current == 3
    assert streak(logs, "daily", TODAY, skipped=[TODAY - DAY]).current == 2
    assert streak([TODAY - 9 * DAY], "daily", TODAY, pauses=[(TODAY - 8 * DAY, None)]).current == 1


def test_pauses_may_overlap_and_come_in_any_order() -> None:
    pauses = [(TODAY - 2 * DAY, TODAY), (TODAY - 6 * DAY, TODAY - 4 * DAY)]
    pauses += [(TODAY - 4 * DAY, TODAY - 2 * DAY)]
    assert streak([TODAY - 7 * DAY], "daily", TODAY, pauses=pauses).current == 1


def test_a_day_that_is_recorded_as_not_done_may_be_skipped() -> None:
    logs = {TODAY - 2 * DAY: True, TODAY - DAY: False, TODAY: True}
    assert streak(logs, "daily", TODAY, skipped=[TODAY - DAY]).current == 2


def test_at_most_a_streak_grows_with_the_days_on_which_nothing_was_recorded() -> None:
    no_cigarettes = Schedule("daily", direction="at_most", target=0, starts_on=TODAY - 9 * DAY)
    assert streak([], no_cigarettes, TODAY).current == 9
    assert streak([TODAY - 4 * DAY], no_cigarettes, TODAY) == (3, 5, TODAY - 3 * DAY, None)


def test_a_day_before_the_first_counts_at_least_as_of_a_habit_of_the_services() -> None:
    late = Schedule("daily", starts_on=TODAY)
    assert streak(days_before(TODAY, 0, 1, 2), late, TODAY).current == 3


def test_a_habit_without_logs_or_a_first_day_is_due_today() -> None:
    for schedule in (Schedule("daily"), Schedule("weekly"), Schedule("weekdays", weekdays={3})):
        assert due([], schedule, TODAY) is not None
        assert due([TODAY], schedule, TODAY) is None
    assert due([], Schedule("weekdays", weekdays={4}), TODAY) is None
    assert due([], Schedule("daily", starts_on=TODAY + DAY), TODAY) is None
