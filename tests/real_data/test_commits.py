"""21 years of commits as habits: the library's streaks against a count in plain loops.

The count is written from the rules and uses nothing of the package.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from tests.conftest import BACKENDS
from tests.support.databases import empty
from trackercore import (
    CheckInCreate,
    CheckInManyResult,
    Database,
    Habit,
    HabitCreate,
    Streak,
    StreakRun,
    UserCreate,
    habits,
    users,
)

COMMITS = Path(__file__).parents[1] / "data" / "commits.csv"
DAY = timedelta(days=1)

STARTS_ON = date(2005, 6, 15)  # a Wednesday, two weeks before the first commit
NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)  # three weeks after the last one
TODAY = NOW.date()

HABITS = {
    "daily": HabitCreate(name="daily", frequency="daily", starts_on=STARTS_ON),
    "weekly": HabitCreate(name="weekly", frequency="weekly", starts_on=STARTS_ON),
    "monthly": HabitCreate(name="monthly", frequency="monthly", starts_on=STARTS_ON),
    "Mon-Fri": HabitCreate(
        name="Mon-Fri",
        frequency="weekdays",
        weekdays=frozenset({1, 2, 3, 4, 5}),
        starts_on=STARTS_ON,
    ),
}

PERIOD_OF: dict[str, Callable[[date], Hashable]] = {
    "daily": lambda day: day,
    "weekly": lambda day: day.isocalendar()[:2],
    "monthly": lambda day: (day.year, day.month),
    "Mon-Fri": lambda day: day if day.isoweekday() <= 5 else None,
}
"""What identifies the period that a day is in; None if it is in none."""


@dataclass
class Count:
    """The streaks on a day, and the periods up to it."""

    current: int = 0
    since: date | None = None
    longest: int = 0
    longest_start: date | None = None
    longest_end: date | None = None
    successes: int = 0
    failures: int = 0


@cache
def commit_days() -> list[date]:
    with COMMITS.open(newline="") as file:
        times = [datetime.fromisoformat(row["committed_at"]) for row in csv.DictReader(file)]
    return sorted({time.date() for time in times})


@cache
def count(name: str, as_of: date) -> Count:
    period_of = PERIOD_OF[name]
    done_days = [day for day in commit_days() if day <= as_of]
    first_day = min([STARTS_ON, *done_days])
    done = {period_of(day) for day in done_days}

    periods: dict[Hashable, list[date]] = {}
    day = first_day
    while day <= as_of:
        if (period := period_of(day)) is not None:
            periods.setdefault(period, []).append(day)
        day += DAY

    result = Count()
    for period, days in periods.items():
        if period in done:
            result.successes += 1
            result.current += 1
            result.since = result.since or days[0]
            if result.current >= result.longest:
                result.longest = result.current
                result.longest_start, result.longest_end = result.since, days[-1]
        elif period == period_of(first_day - DAY):
            pass  # the habit began in the middle of it
        elif period == period_of(as_of):
            pass  # it is not over
        else:
            result.failures += 1
            result.current, result.since = 0, None
    return result


def as_of_days() -> list[date]:
    random = Random(2005)  # noqa: S311
    first, last = commit_days()[0] - 20 * DAY, commit_days()[-1] + 20 * DAY
    return [first + random.randint(0, (last - first).days) * DAY for _ in range(200)]


@dataclass
class Loaded:
    """A database with the commits in it."""

    session: Session
    user_id: int
    habits: dict[str, Habit]


@pytest.fixture(scope="module", params=BACKENDS)
def loaded(
    request: pytest.FixtureRequest, shared_database: Callable[[str], Database]
) -> Iterator[Loaded]:
    database = shared_database(request.param)
    with database.session() as session:
        user = users.create(session, UserCreate(email="ada@example.com"))
        made: dict[str, Habit] = {}
        for name, data in HABITS.items():
            made[name] = habits.create(session, user.id, data, now=NOW)
            items = [CheckInCreate(on=day) for day in commit_days()]
            result = habits.check_in_many(session, user.id, made[name].id, items, now=NOW)
            assert result.created == len(commit_days())
        yield Loaded(session, user.id, made)
    empty(database)


@pytest.mark.parametrize(
    "days", [as_of_days()[:20], pytest.param(as_of_days()[20:], marks=pytest.mark.slow)], ids=len
)
@pytest.mark.parametrize("name", HABITS)
def test_the_streaks_on_any_day_are_what_plain_loops_count(
    loaded: Loaded, name: str, days: list[date]
) -> None:
    habit = loaded.habits[name]
    for day in days:
        streak = habits.streak(loaded.session, loaded.user_id, habit.id, day, now=NOW)
        right = count(name, day)
        assert (streak.current, streak.longest, streak.since) == (
            right.current,
            right.longest,
            right.since,
        ), day


@pytest.mark.parametrize("name", HABITS)
def test_the_longest_streak_is_the_one_that_plain_loops_count(loaded: Loaded, name: str) -> None:
    habit = loaded.habits[name]
    for day in [*as_of_days()[:10], TODAY]:
        best = habits.best_streaks(
            loaded.session, loaded.user_id, habit.id, limit=1, as_of=day, now=NOW
        )
        right = count(name, day)
        if right.longest_end is None:
            assert best == []
        else:
            start, end = right.longest_start, right.longest_end
            assert best == [StreakRun(length=right.longest, start=start, end=end)], day


@pytest.mark.parametrize("name", HABITS)
def test_the_columns_say_what_plain_loops_count_on_the_last_day_and_after(
    loaded: Loaded, name: str
) -> None:
    habit = loaded.habits[name]
    last = commit_days()[-1]
    alive_through = last
    while count(name, alive_through + DAY).current:
        alive_through += DAY

    loaded.session.expire(habit)
    assert habit.cached_streak == count(name, last).current
    assert habit.cached_longest_streak == count(name, last).longest
    assert habit.streak_alive_through == alive_through
    day = last
    while day <= alive_through + DAY:
        right = count(name, day)
        assert habit.current_streak(day) == right.current
        for current in (Habit.current_streak(day), Habit.current_streak(bindparam("today"))):
            in_sql = select(current).where(Habit.id == habit.id)
            assert loaded.session.scalar(in_sql, {"today": day}) == right.current
        day += DAY

    streak = habits.streak(loaded.session, loaded.user_id, habit.id, last, now=NOW)
    right = count(name, last)
    assert streak == Streak(
        current=right.current,
        longest=right.longest,
        since=right.since,
        alive_through=alive_through,
    )


@pytest.mark.parametrize("name", HABITS)
def test_the_completion_rate_is_what_plain_loops_count(loaded: Loaded, name: str) -> None:
    habit = loaded.habits[name]
    rate = habits.completion_rate(
        loaded.session, loaded.user_id, habit.id, STARTS_ON, TODAY, now=NOW
    )
    right = count(name, TODAY)
    assert rate == right.successes / (right.successes + right.failures)


@pytest.mark.parametrize("name", HABITS)
def test_loading_the_commits_again_changes_nothing(loaded: Loaded, name: str) -> None:
    habit = loaded.habits[name]
    items = [CheckInCreate(on=day) for day in commit_days()]
    again = habits.check_in_many(loaded.session, loaded.user_id, habit.id, items, now=NOW)
    right = count(name, TODAY)
    assert again == CheckInManyResult(
        created=0,
        changed=0,
        found=len(commit_days()),
        current_streak=right.current,
        longest_streak=right.longest,
    )


def test_a_rebuild_corrects_nothing(loaded: Loaded) -> None:
    result = habits.rebuild_streaks(loaded.session, loaded.user_id)
    assert (result.checked, result.corrected) == (len(HABITS), 0)
