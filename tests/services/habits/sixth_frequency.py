"""A program in which habits can also repeat with the moon: run by test_sixth_frequency.py.

Lunar months have 29 and 30 days by turns. What is registered here is what somebody who adds a
frequency writes into domain/frequency.py: its name and its rule. Nothing else in the package knows
of it.
"""

from __future__ import annotations

import sys
from bisect import bisect
from dataclasses import replace
from datetime import date
from itertools import accumulate, cycle, islice
from random import Random
from typing import Any, Literal, cast, get_args

from trackercore.domain import frequency
from trackercore.domain.calendar import CalendarUnit


def moon_number(day: date, _week_starts_on: int) -> int:
    pairs, days = divmod(day.toordinal() - 1, 59)
    return 2 * pairs + (days >= 29)


def moon_starts(number: int, _week_starts_on: int) -> int:
    return 1 + number // 2 * 59 + number % 2 * 29


MOON = CalendarUnit("lunar month", 30, moon_number, moon_starts)


def register() -> None:
    """Add the frequency, before anything is imported that is derived from the list."""
    names: Any = frequency
    names.Frequency = Literal[(*get_args(frequency.Frequency), "lunar")]
    names.FREQUENCIES["lunar"] = frequency.Blocks(MOON)


def main(url: str) -> None:
    """Write habits of all sorts, and compare every answer with the oracle's."""
    from hypothesis import settings
    from sqlalchemy import update
    from sqlalchemy.orm import Session

    from tests.services.habits.support import (
        DAY,
        NOW,
        TODAY,
        as_wanted,
        new_habit,
        new_user,
        stored_columns,
    )
    from tests.services.habits.test_any_calls import AnyCalls
    from tests.support import machines, oracle
    from trackercore import Database, Habit, ScheduleChange, habits, overview

    lengths = islice(cycle((29, 30)), 30_000)
    first_days = list(accumulate(lengths, initial=1))

    def number(day: date, _: int) -> int:
        return bisect(first_days, day.toordinal())

    oracle.UNITS["lunar"], oracle.LONGEST["moon"] = "moon", 30
    oracle.NUMBERS["moon"] = number
    random = Random(29)  # noqa: S311 - a history, no secret

    def one_habit(session: Session) -> None:
        user = new_user(session, f"{random.random()}@example.com")
        starts_on = TODAY - random.randrange(20, 200) * DAY
        rules = oracle.Rules(
            cast("Any", "lunar"),
            random.choice((1, 2, 5, 40)),
            random.randrange(1, 8),
            starts_on,
            every=random.choice((1, 1, 2, 3)),
        )
        habit = new_habit(session, user, rules)
        key, history = (session, user.id, habit.id), dict[date, oracle.Amount | None]()
        for _ in range(25):
            on = TODAY - random.choice((0, random.randrange(120))) * DAY
            if random.random() < 0.2 and history.get(on) is None:
                habits.skip(*key, on=on, now=NOW)
                history[on] = None
            elif random.random() < 0.1:
                habits.undo_check_in(*key, on=on, now=NOW)
                history.pop(on, None)
            else:
                history[on] = rules.target if random.random() < 0.5 else 1
                habits.check_in(*key, on=on, amount=history[on], now=NOW)
            assert stored_columns(session, user.id, habit.id) == oracle.kept(rules, history)
        standing = oracle.standing(rules, history, TODAY)
        (shown,) = overview(session, user.id, now=NOW).habits
        assert (shown.current_streak, shown.longest_streak) == (standing.current, standing.longest)
        wanted = oracle.wanted(rules, history, TODAY)
        due = as_wanted(habits.due(session, user.id, now=NOW))
        assert due == ({} if wanted is None else {habit.id: wanted})
        if wanted is not None:
            assert shown.status == "pending"
            period = (shown.period_start, shown.period_end, shown.progress, shown.days_left)
            assert period == (
                wanted.period_start,
                wanted.period_end,
                wanted.progress,
                wanted.days_left,
            )
        session.execute(
            update(Habit)
            .where(Habit.user_id == user.id)
            .values(cached_streak=999, cached_longest_streak=999, streak_alive_through=None)
        )
        assert habits.rebuild_streaks(session, user.id).corrected == 1
        assert stored_columns(session, user.id, habit.id) == oracle.kept(rules, history)
        weekly = ScheduleChange(frequency="weekly")
        habits.change_schedule(*key, weekly, effective_from=TODAY - 10 * DAY, now=NOW)
        changed = (oracle.Change(TODAY - 10 * DAY, "weekly", 1),)
        rules = replace(rules, changes=changed)
        assert stored_columns(session, user.id, habit.id) == oracle.kept(rules, history)

    database = Database(url)
    database.init()
    for _ in range(8):
        with database.session() as session:
            one_habit(session)
    machines.run(
        lambda: AnyCalls(database), settings(max_examples=5, stateful_step_count=20, deadline=None)
    )
    database.dispose()
    print("compared")  # noqa: T201


if __name__ == "__main__":
    register()
    main(sys.argv[1])
