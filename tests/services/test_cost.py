"""Statements per call, and no call that costs more the longer a history is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, TOTALS, UNITS, Call
from tests.services.measures import analyze, effort, measured
from tests.services.support import NOW, TODAY, Ids, logged, person
from tests.support.statements import count_statements
from trackercore import (
    Base,
    CheckIn,
    Frequency,
    HabitCreate,
    HabitPause,
    ScheduleChange,
    StudyGoalCreate,
    TaskCreate,
    habits,
    study_sessions,
    tasks,
    topics,
    users,
)
from trackercore.backends.user_emails import is_distributed
from trackercore.domain.frequency import FREQUENCIES

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)
TEN_YEARS = 3652

ONE_STATEMENT = (
    "users.get",
    "users.find",
    "users.count",
    "users.find_by_email",
    "users.today",
    "categories.get",
    "categories.find",
    "categories.count",
    "tasks.get",
    "tasks.find",
    "tasks.count",
    *(f"tasks.completed_by_{unit}" for unit in UNITS),
    "habits.get",
    "habits.find",
    "habits.count",
    "habits.due",
    "habits.done_by_day",
    "habits.any_streak",
    *(f"habits.amounts_by_{unit}" for unit in UNITS),
    "habits.strength",
    "habits.strength_by_day",
    "topics.get",
    "topics.find",
    "topics.count",
    "study_sessions.get",
    "study_sessions.find",
    "study_sessions.count",
    "study_sessions.running",
    "study_sessions.goals",
    "study_sessions.rolling",
    *(f"study_sessions.{name}" for name in TOTALS),
)


def test_reading_takes_one_statement_or_two_where_today_decides_about_rows(
    session: Session,
) -> None:
    ids = person(session)
    for number in range(20):
        data = TaskCreate(title="s", due_date=TODAY, category_id=ids.category)
        tasks.create(session, ids.user, data)
        new = HabitCreate(name="h run", frequency="weekly", category_id=ids.category)
        habit = habits.create(session, ids.user, new)
        habits.check_in(session, ids.user, habit.id, on=TODAY - number * DAY, now=NOW)
    late = TaskCreate(title="s", due_date=TODAY - DAY)
    tasks.create(session, ids.user, late)
    planned = {"starts_on": TODAY, "priority": 1, "estimate_minutes": 30, "parent_id": ids.task}
    tasks.create(session, ids.user, TaskCreate.model_validate({"title": "s", **planned}))
    tasks.create(session, ids.user, TaskCreate(title="s", due_date=TODAY + DAY))
    completed = TaskCreate(title="s", completed=True, completed_at=NOW)
    tasks.create(session, ids.user, completed)
    study_sessions.set_goal(session, ids.user, StudyGoalCreate(minutes=30), now=NOW)
    for table in Base.metadata.sorted_tables:
        if "extra" in table.columns:
            session.execute(update(table).values(extra={"colour": "red", "stars": 3}))
    users.find_by_email(session, "eve@example.com")  # the connection knows its database from now on
    in_two_shards: set[str] = set()
    if session.get_bind().dialect.name == "postgresql" and is_distributed(session.connection()):
        in_two_shards.add("users.find_by_email")  # those of the address and of the user
    known = Call("topics.get_or_create", {"name": "sql"})
    for read in (known, *(read for read in CALLS if read.service in ONE_STATEMENT)):
        session.expunge_all()
        with count_statements(session) as statements:
            assert read.run(session, ids), read
        two = {"due", "started"} & {*read.arguments} or read.service in in_two_shards
        assert len(statements) == (2 if two else 1), (read, statements)
        assert statements.savepoints == [], read


def test_the_rows_of_a_page_bring_their_columns_along(session: Session) -> None:
    """What a page lists is complete: reading it must not ask again for every row."""
    ids = person(session)
    for _ in range(3):
        tasks.create(session, ids.user, TaskCreate(title="s", category_id=ids.category))
    session.expunge_all()
    page = tasks.find(session, ids.user)
    with count_statements(session) as statements:
        assert {task.title for task in page if task.completed_at is None} == {"Sweep", "s"}
    assert statements == []


def schedule(frequency: Frequency, target: int) -> dict[str, Any]:
    weekdays = {"weekdays": range(1, 8)} if FREQUENCIES[frequency].has_weekdays else {}
    return {"frequency": frequency, "target": target, **weekdays}


def enough(frequency: Frequency) -> int:
    """The days of a history that fills the periods around today: more cost nothing."""
    return 40 + 2 * FREQUENCIES[frequency].unit.longest


def history(session: Session, ids: Ids, frequency: Frequency, days: int) -> int:
    """A habit of three a period, with a check-in on each day of the past."""
    data = HabitCreate.model_validate(
        schedule(frequency, 3) | {"name": "h", "starts_on": TODAY - days * DAY}
    )
    habit = habits.create(session, ids.user, data).id
    rows = [
        {"user_id": ids.user, "habit_id": habit, "day": TODAY - n * DAY, "amount": 3}
        for n in range(1, days + 1)
    ]
    session.execute(insert(CheckIn), rows)
    assert habits.rebuild_streaks(session, ids.user).corrected == 1
    return habit


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_a_check_in_of_today_takes_four_statements_and_reads_as_much_of_ten_years_as_of_ten_days(
    session: Session, frequency: Frequency
) -> None:
    ids = person(session)
    amounts: list[list[int]] = []
    for days in (enough(frequency), TEN_YEARS):
        habit = history(session, ids, frequency, days)
        analyze(session)
        session.expire_all()
        costs: list[int] = []
        options: Any
        for options in ({}, {}, {"add": True}, {"amount": 9}):
            with count_statements(session) as statements, measured(session) as work:
                habits.check_in(session, ids.user, habit, **options, now=NOW)
            assert len(statements) <= 4, statements
            costs.append(work.amount)
        cached = habits.get(session, ids.user, habit).cached_streak
        assert cached == habits.streak(session, ids.user, habit, now=NOW).current
        amounts.append(costs)
    assert amounts[0] == amounts[1]


@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_nor_does_a_check_in_cost_more_with_pauses_past_schedules_or_a_planned_one(
    session: Session, frequency: Frequency
) -> None:
    ids = person(session)
    amounts: list[list[int]] = []
    for days in (enough(frequency), TEN_YEARS):
        habit = history(session, ids, frequency, days)
        key = (session, ids.user, habit)
        change = ScheduleChange.model_validate(schedule(frequency, 2))
        habits.change_schedule(*key, change, effective_from=TODAY - 33 * DAY, now=NOW)
        owner = {"user_id": ids.user, "habit_id": habit}
        rested = [TODAY - ago * DAY for ago in range(32, days, 8)]
        pauses = [{**owner, "starts_on": day, "ends_on": day} for day in rested]
        session.execute(insert(HabitPause), pauses)
        habits.rebuild_streaks(session, ids.user)
        costs: list[int] = []
        for planned in (False, True):
            if planned:
                weekly = ScheduleChange(frequency="weekly", target=7)
                habits.change_schedule(*key, weekly, effective_from=TODAY + 40 * DAY, now=NOW)
            analyze(session)
            for call in (habits.check_in, habits.undo_check_in, habits.skip):
                with count_statements(session) as statements, measured(session) as work:
                    call(*key, now=NOW)
                assert len(statements) <= 4, statements
                costs.append(work.amount)
            habits.undo_check_in(*key, now=NOW)
        amounts.append(costs)
    assert all(long <= 1.2 * short for short, long in zip(*amounts, strict=True)), amounts


def test_a_skip_of_today_costs_no_more(session: Session) -> None:
    ids = person(session)
    amounts: list[int] = []
    for days in (enough("daily"), TEN_YEARS):
        habit = history(session, ids, "daily", days)
        analyze(session)
        with count_statements(session) as statements, measured(session) as work:
            habits.skip(session, ids.user, habit, now=NOW)
        assert len(statements) <= 4, statements
        amounts.append(work.amount)
    assert amounts[0] == amounts[1]


def test_correcting_a_day_reads_the_history_once(session: Session) -> None:
    ids = person(session)
    habit = history(session, ids, "daily", 30)
    for correct in (
        lambda: habits.check_in(session, ids.user, habit, on=TODAY - 9 * DAY, amount=1, now=NOW),
        lambda: habits.check_in(session, ids.user, habit, on=TODAY - 9 * DAY, amount=3, now=NOW),
        lambda: habits.undo_check_in(session, ids.user, habit, on=TODAY - 9 * DAY, now=NOW),
        lambda: habits.skip(session, ids.user, habit, on=TODAY - 9 * DAY, now=NOW),
    ):
        with count_statements(session) as statements:
            correct()
        assert len(statements) <= 5, statements


@pytest.mark.parametrize("analyzed", [True, False])
@pytest.mark.parametrize("frequency", FREQUENCIES)
def test_habits_that_are_due_are_found_without_reading_histories(
    session: Session, frequency: Frequency, analyzed: bool
) -> None:
    ids = person(session)
    amounts: list[int] = []
    for days in (enough(frequency), TEN_YEARS):
        habit = history(session, ids, frequency, days)
        if analyzed:
            analyze(session)
        session.flush()
        amounts.append(effort(session, habits.due, session, ids.user, now=NOW))
        habits.delete(session, ids.user, habit)
    assert 0 < amounts[1] <= 1.5 * amounts[0]


def test_writing_takes_few_statements(session: Session) -> None:
    ids = person(session)
    for write, most in (
        (lambda: tasks.create(session, ids.user, TaskCreate(title="t")), 1),
        (lambda: topics.get_or_create(session, ids.user, "new"), 2),
        (lambda: tasks.complete(session, ids.user, ids.task), 4),  # one reads the time zone
        # On PostgreSQL, one locks the owner if the task has subtasks: many rows are written then.
        (lambda: tasks.delete(session, ids.user, ids.task), 3),
    ):
        session.expunge_all()
        with count_statements(session) as statements:
            write()
        assert len(statements) <= most, statements


def import_sessions(session: Session, ids: Ids, keys: Iterable[str]) -> None:
    items = [logged(ids.topic, TODAY, key=key) for key in keys]
    study_sessions.create_many(session, ids.user, items, now=NOW)


def import_tasks(session: Session, ids: Ids, keys: Iterable[str]) -> None:
    items = [TaskCreate(title="t", category_id=ids.category, external_id=key) for key in keys]
    tasks.create_many(session, ids.user, items)


@pytest.mark.parametrize("load", [import_sessions, import_tasks])
def test_an_import_takes_as_many_statements_for_each_batch_as_for_the_first(
    session: Session, monkeypatch: pytest.MonkeyPatch, load: Callable[..., None]
) -> None:
    monkeypatch.setattr("trackercore.services._shared.batches._ROWS", 50)
    ids = person(session)
    counts: list[int] = []
    inserts: list[int] = []
    for number, key in ((50, "a"), (100, "b")):
        with count_statements(session) as statements:
            load(session, ids, [f"{key}{n}" for n in range(number)])
        writing = [text for text in statements if text.startswith("INSERT")]
        inserts.append(len(writing))
        counts.append(len(statements) - len(writing))
        assert len(statements.savepoints) == 2
    assert counts[0] == counts[1] <= 3  # the owner's lock, and what the items refer to
    assert inserts == [1, 2]
