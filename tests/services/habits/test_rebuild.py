"""Rebuilding the cached streaks of many habits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from tests.domain.histories import rules_of_first
from tests.services.habits.support import (
    COLUMNS,
    DAY,
    NOW,
    START,
    TODAY,
    columns_of,
    expected_columns,
    new_habit,
    new_user,
)
from tests.support.names import named_sql
from tests.support.oracle import (
    Amount,
    Change,
    History,
    Kept,
    Rules,
)
from trackercore import (
    CheckIn,
    Database,
    Frequency,
    Habit,
    HabitPause,
    HabitSchedule,
    InvalidCursor,
    NotFound,
    User,
    habits,
    users,
)
from trackercore.domain.frequency import FREQUENCIES

HABITS_PER_USER = 80  # of three users


def patterns() -> Iterator[tuple[Rules, History]]:
    """Habits of all kinds with months of history, each kind of rule in a pattern of its own."""
    frequencies: list[Frequency] = list(FREQUENCIES)
    for number in range(HABITS_PER_USER):
        target = number % 9 + 1
        schedule = schedule_of(frequencies[number % len(frequencies)], START, target, number)
        rules = rules_of_first(schedule, week_starts_on=number % 7 + 1)
        if number % 3 == 0:
            on = TODAY - number // 3 * DAY
            rules = replace(rules, starting_streak=number % 5 + 1, starting_streak_on=on)
        if number % 4 == 0:
            days = (TODAY - 30 * DAY, TODAY - number % 20 * DAY)
            later = [
                schedule_of(frequencies[(number + n) % len(frequencies)], on, 1, n)
                for n, on in enumerate(days)
            ]
            rules = replace(rules, changes=tuple(later))
        if number % 7 < 2:
            first, last = TODAY - 25 * DAY, TODAY - number % 10 * DAY
            pauses = ((first, first + 3 * DAY), (last, None if number % 2 else last + DAY))
            rules = replace(rules, pauses=pauses)
        if number % 11 == 0:
            rules = replace(rules, archived_on=TODAY - number % 5 * DAY)
        history: dict[date, Amount | None] = {}
        for ago in range(40 if number % 10 else 0):
            kind = (number * 7 + ago * ago + ago // 9) % 11
            if kind < 8:
                history[TODAY - ago * DAY] = target - kind // 7 if kind else None
        yield rules, history


def schedule_of(frequency: Frequency, since: date, target: int, number: int) -> Change:
    weekdays = frozenset({number % 7 + 1, 3, 6}) if FREQUENCIES[frequency].has_weekdays else None
    return Change(
        since,
        frequency,
        target,
        weekdays,
        number // 2 % 4 + 1,
        direction="at_most" if number % 5 == 3 else "at_least",
        counts="days" if number % 6 == 0 else "amount",
        allowed_misses=number % 3,
    )


def write_past_the_services(session: Session, user: User) -> dict[int, Kept]:
    """Store the habits of `patterns`; what their columns should say, by habit."""
    right: dict[int, Kept] = {}
    for rules, history in patterns():
        first = rules.schedule_on(date.min)
        *past, newest = (first, *rules.changes)
        habit = Habit(
            user_id=user.id,
            name="Run",
            starts_on=rules.starts_on,
            starting_streak=rules.starting_streak,
            starting_streak_on=rules.starting_streak_on,
            archived_on=rules.archived_on,
            schedule_from=newest.effective_from if past else None,
            **dict(zip(newest._fields[1:], newest[1:], strict=True)),
        )
        session.add(habit)
        session.flush()
        key = {"user_id": user.id, "habit_id": habit.id}
        session.add_all(HabitSchedule(**key, **version._asdict()) for version in past)
        session.add_all(HabitPause(**key, starts_on=on, ends_on=end) for on, end in rules.pauses)
        session.add_all(
            CheckIn(
                **key,
                day=day,
                status="skipped" if amount is None else "done",
                amount=amount or 0,
            )
            for day, amount in history.items()
        )
        right[habit.id] = expected_columns(rules, history)
    session.flush()
    return right


def all_columns(session: Session, user: User) -> dict[int, Kept]:
    query = select(Habit.id, *COLUMNS)
    rows = session.execute(query.where(Habit.user_id == user.id))
    return {row[0]: Kept(*row[1:]) for row in rows}


def wrong(right: dict[int, Kept]) -> int:
    """How many of new habits, which are stored without a streak, that is wrong for."""
    return sum(columns != Kept(0, 0, None) for columns in right.values())


@pytest.mark.slow
def test_rebuilding_corrects_what_was_written_past_the_services_and_counts_it(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trackercore.services.habits._rebuild._BATCH", 100)
    owners = [new_user(session, f"{name}@example.com") for name in ("ada", "bob", "eve")]
    right = {user.id: write_past_the_services(session, user) for user in owners}
    assert 0 < wrong(right[owners[0].id]) < HABITS_PER_USER
    assert habits.rebuild_streaks(session).corrected == sum(
        wrong(columns) for columns in right.values()
    )
    for user in owners:
        assert all_columns(session, user) == right[user.id]
    assert habits.rebuild_streaks(session).corrected == 0


def test_rebuilding_for_one_user_leaves_the_others_alone(session: Session) -> None:
    ada, bob = new_user(session, "ada@example.com"), new_user(session, "bob@example.com")
    right = write_past_the_services(session, ada)
    others = write_past_the_services(session, bob)
    assert habits.rebuild_streaks(session, ada.id).corrected == wrong(right)
    assert all_columns(session, ada) == right
    untouched = all_columns(session, bob).values()
    assert {(columns.streak, columns.longest) for columns in untouched} == {(0, 0)}
    assert habits.rebuild_streaks(session).corrected == wrong(others)


def test_a_rebuild_in_steps_of_any_size_looks_at_every_habit_once(session: Session) -> None:
    owners = [new_user(session, f"{name}@example.com") for name in ("ada", "bob", "eve")]
    right = {user.id: write_past_the_services(session, user) for user in owners}
    checked: list[int] = []
    corrected, after = 0, None
    for limit in itertools.cycle((1, 70, 9)):
        step = habits.rebuild_streaks(session, limit=limit, after=after)
        assert step.checked <= limit
        checked.append(step.checked)
        corrected += step.corrected
        if (after := step.next) is None:
            break
    assert sum(checked) == 3 * HABITS_PER_USER
    assert corrected == sum(wrong(columns) for columns in right.values())
    for user in owners:
        assert all_columns(session, user) == right[user.id]


def test_a_rebuild_goes_on_where_the_one_that_was_committed_ended(database: Database) -> None:
    with database.session() as session:
        ada = new_user(session)
        right = write_past_the_services(session, ada)
    with database.session() as session:
        step = habits.rebuild_streaks(session, ada.id, limit=50)
    assert (step.checked, step.next is None) == (50, False)
    with suppress(ZeroDivisionError), database.session() as session:
        habits.rebuild_streaks(session, ada.id, after=step.next)
        raise ZeroDivisionError  # nothing of this step is kept
    with database.session() as session:
        rest = habits.rebuild_streaks(session, ada.id, after=step.next)
        assert step.corrected + rest.corrected == wrong(right)
        assert all_columns(session, ada) == right


def test_a_step_that_ends_with_the_last_habit_says_so(session: Session, habit: Habit) -> None:
    assert habits.rebuild_streaks(session, limit=1).next is None
    with pytest.raises(InvalidCursor):
        habits.rebuild_streaks(session, after="nonsense")
    new_habit(session, users.get(session, habit.user_id))
    step = habits.rebuild_streaks(session, limit=1)
    with pytest.raises(InvalidCursor):  # made for all users
        habits.rebuild_streaks(session, habit.user_id, after=step.next)
    last = habits.rebuild_streaks(session, limit=1, after=step.next)
    assert (last.checked, last.next) == (1, None)


def test_rebuilding_clears_a_streak_without_history_and_loaded_objects_show_it(
    session: Session, habit: Habit
) -> None:
    query = "UPDATE habits SET streak = 5, longest_streak = 9, streak_alive_through = '2024-03-20'"
    session.execute(named_sql(query))
    session.refresh(habit)
    assert columns_of(habit) == Kept(5, 9, TODAY)
    assert habits.rebuild_streaks(session).corrected == 1
    assert columns_of(habit) == Kept(0, 0, None)


def test_rebuilding_for_an_unknown_user_is_not_found(session: Session, habit: Habit) -> None:
    with pytest.raises(NotFound):
        habits.rebuild_streaks(session, habit.user_id + 1)


def test_rebuilding_without_any_habits_corrects_none(session: Session) -> None:
    assert habits.rebuild_streaks(session).corrected == 0
    assert habits.rebuild_streaks(session, new_user(session).id).corrected == 0


# On SQLite the rebuilding transaction keeps all other writers out.
@pytest.mark.parametrize("backend", ["postgresql"])
def test_rebuilding_is_not_disturbed_by_a_habit_made_meanwhile(database: Database) -> None:
    with database.session() as session:
        ada, bob = new_user(session, "ada@example.com"), new_user(session, "bob@example.com")
        write_past_the_services(session, ada)
        new_habit(session, bob)

    made: list[Habit] = []

    def meanwhile(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if made or "FOR NO KEY UPDATE" not in statement:
            return
        with database.session() as another:
            made.append(new_habit(another, ada))
            habits.check_in(another, ada.id, made[0].id, now=NOW)

    event.listen(database.engine, "after_cursor_execute", meanwhile)
    try:
        with database.session() as session:
            assert habits.rebuild_streaks(session).corrected > 0
    finally:
        event.remove(database.engine, "after_cursor_execute", meanwhile)
    with database.session() as session:
        assert made
        assert columns_of(habits.get(session, ada.id, made[0].id)) == Kept(1, 1, TODAY + DAY)
        assert habits.rebuild_streaks(session).corrected == 0
