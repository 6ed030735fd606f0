"""Goals: which one a day has, and which days they make a streak of."""

from __future__ import annotations

from datetime import date

from hypothesis import event, example, given
from hypothesis import strategies as st

from tests.domain.histories import clamp
from tests.services.study_sessions.day_by_day import DAY, SetGoal, goal_of, walked
from trackercore import Streak
from trackercore.domain.amount import ONE
from trackercore.domain.goal import EVERY_DAY, Goal, Goals
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.recorded_days import DayEntry, RecordedDays
from trackercore.domain.streak import streak_state

MONDAY = date(2024, 3, 4)
SATURDAY = date(2024, 3, 9)
WINDOW = 42


@st.composite
def lists_of_goals(draw: st.DrawFn, anchor: date = MONDAY) -> list[SetGoal]:
    """At most one goal per weekday and first day, in any order."""
    set_goals: dict[tuple[int, date], int | None] = {}
    for _ in range(draw(st.integers(0, 8))):
        weekday = draw(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6, 7]))
        day = clamp(anchor, draw(st.integers(-10, WINDOW)))
        minutes = draw(
            st.sampled_from([0, 1, 30, 60, 1440]) | (st.none() if weekday else st.just(20))
        )
        set_goals[weekday, day] = minutes
    return [SetGoal(*key, minutes) for key, minutes in set_goals.items()]


def goals(set_goals: list[SetGoal]) -> Goals:
    return Goals(Goal(*goal) for goal in set_goals)


@given(lists_of_goals(), st.integers(-20, WINDOW + 20))
def test_a_day_has_the_newest_goal_of_its_weekday_or_else_that_of_every_day(
    set_goals: list[SetGoal], offset: int
) -> None:
    day = clamp(MONDAY, offset)
    assert goals(set_goals).on(day) == goal_of(set_goals, day)


@given(st.sampled_from([MONDAY, date.min, date.max]).flatmap(lists_of_goals), st.integers(-60, 60))
@example([SetGoal(EVERY_DAY, date.min, 30)], 0)
def test_the_days_that_are_judged_are_those_that_have_a_goal(
    set_goals: list[SetGoal], offset: int
) -> None:
    habit_rules = HabitRules(goals(set_goals).versions())
    for anchor in {MONDAY, *(goal.day for goal in set_goals)}:
        day = clamp(anchor, offset)
        period = habit_rules.period_on(day)
        assert (period is not None) == (goal_of(set_goals, day) is not None)
        assert period is None or (period.start, period.end, period.target) == (day, day, ONE)
        assert period is None or not period.partial


@given(
    lists_of_goals(),
    st.dictionaries(st.integers(0, WINDOW), st.sampled_from([1, 30, 59, 60, 1440])),
    st.sets(st.integers(0, WINDOW), max_size=3),
    st.integers(-15, WINDOW + 20),
)
def test_the_streak_is_that_of_the_days_with_a_goal_walked_one_by_one(
    set_goals: list[SetGoal], studied: dict[int, int], nonexistent: set[int], ahead: int
) -> None:
    minutes = {clamp(MONDAY, offset): amount for offset, amount in studied.items()}
    nonexistent_dates = tuple(clamp(MONDAY, offset) for offset in sorted(nonexistent))
    as_of, all_goals = clamp(MONDAY, ahead), goals(set_goals)
    habit_rules = HabitRules(all_goals.versions(), nonexistent_dates=nonexistent_dates)
    met = all_goals.met((day, amount * 60) for day, amount in sorted(minutes.items()))
    folded = streak_state(habit_rules, RecordedDays.of(DayEntry(day, ONE) for day in met), as_of)
    days = clamp(MONDAY, -20), clamp(MONDAY, WINDOW + 60)
    expected = walked(lambda day: goal_of(set_goals, day), minutes, nonexistent_dates, as_of, days)
    event(f"longest {min(expected.longest, 4)}, current {min(expected.current, 2)}")
    assert expected == Streak.of(folded.on(as_of, habit_rules))


def test_a_weekend_without_a_goal_is_not_judged_until_that_is_taken_back() -> None:
    weekdays = Goal(EVERY_DAY, MONDAY, 30)
    free = [Goal(6, MONDAY, 0), Goal(7, MONDAY, 0)]
    back = [Goal(6, SATURDAY + 7 * DAY, None), Goal(7, SATURDAY + 7 * DAY, None)]
    all_goals = Goals([weekdays, *free, *back])
    assert [all_goals.on(SATURDAY + weeks * 7 * DAY) for weeks in range(3)] == [None, 30, 30]
    assert all_goals.on(SATURDAY - DAY) == 30
    chosen = [set(version.schedule.weekdays) for version in all_goals.versions()]
    assert chosen == [set(), {1, 2, 3, 4, 5}, {1, 2, 3, 4, 5, 6, 7}]


def test_more_minutes_from_a_day_on_do_not_change_which_days_are_judged() -> None:
    all_goals = Goals([Goal(EVERY_DAY, MONDAY, 30), Goal(EVERY_DAY, SATURDAY, 60)])
    assert [version.effective_from for version in all_goals.versions()] == [date.min, MONDAY]
    assert [*all_goals.met([(MONDAY, 1800), (SATURDAY, 3599)])] == [MONDAY]


def test_without_a_goal_no_day_is_judged() -> None:
    for none in (Goals([]), Goals([Goal(EVERY_DAY, MONDAY, 0)]), Goals([Goal(3, MONDAY, None)])):
        assert none.on(MONDAY) is None
        assert none.least is None
        assert HabitRules(none.versions()).period_from(date.min) is None
    assert Goals([]).first_day is None
    assert Goals([Goal(3, SATURDAY, 9), Goal(1, MONDAY, None)]).first_day == MONDAY
