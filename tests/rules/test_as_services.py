"""The public rules answer what the services answer for the same history, recorded by check-ins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from trackercore import (
    CheckInCreate,
    Database,
    HabitCreate,
    ScheduleChange,
    TaskCreate,
    TimedSessionCreate,
    TopicCreate,
    UserCreate,
    habits,
    rules,
    study_sessions,
    tasks,
    topics,
    users,
)
from trackercore.rules import Schedule
from trackercore.testing import rolled_back, strategies
from trackercore.testing.strategies import HabitLog

TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
LONG_AGO = TODAY - timedelta(days=60)

Shared = Callable[[str], Database]

few = settings(max_examples=max(5, settings().max_examples // 20))


def schedule_of(habit: HabitCreate) -> Schedule:
    fields = habit.model_dump(include={*ScheduleChange.model_fields, "starts_on"})
    fields["week_starts_on"] = habit.week_starts_on or 1  # that of the user
    return Schedule(**fields)


def listed(session: Session, owner: int) -> list[dict[str, object]]:
    """The habits that are due, without what a habit is called."""
    named = {"habit_id", "name", "unit"}
    return [habit.model_dump(exclude=named) for habit in habits.due(session, owner, now=NOW)]


@few
@given(log=strategies.habit_histories(today=TODAY), weeks=st.integers(0, 8))
def test_any_history_is_judged_alike(
    backend: str, shared_database: Shared, log: HabitLog, weeks: int
) -> None:
    log = replace(log, schedules=(), archived_on=None)
    schedule = schedule_of(log.habit)
    days = {item.on: item.amount or 0 for item in log.days if item.on and item.status == "done"}
    skipped = [item.on for item in log.days if item.on and item.status == "skipped"]
    pauses = [(pause.starts_on, pause.ends_on) for pause in (*log.pauses, *log.user_pauses)]
    start = LONG_AGO + timedelta(weeks=weeks)
    with rolled_back(shared_database(backend)) as scratch, scratch.session() as session:
        owner = users.create(session, UserCreate(email="ada@example.com")).id
        key = (session, owner, log.apply(session, owner, now=NOW).id)
        streak = rules.streak(days, schedule, TODAY, skipped=skipped, pauses=pauses)
        assert streak._asdict() == habits.streak(*key, now=NOW).model_dump()
        rate = rules.completion_rate(
            days, schedule, start, TODAY, TODAY, skipped=skipped, pauses=pauses
        )
        assert rate == habits.completion_rate(*key, start, TODAY, now=NOW)
        due = rules.due(days, schedule, TODAY, skipped=skipped, pauses=pauses)
        found = [] if due is None else [asdict(due)]
        assert [{**each, "status": "pending"} for each in listed(session, owner)] == found


@pytest.mark.parametrize("amount", [0, 1, 2])
@pytest.mark.parametrize(
    "schedule",
    [
        ScheduleChange(frequency="daily"),
        ScheduleChange(frequency="daily", direction="at_most", target=1),
        ScheduleChange(frequency="weekly", counts="days", target=4),
        ScheduleChange(frequency="weekly", counts="days", target=2, direction="at_most"),
    ],
    ids=["each day", "little each day", "on days of a week", "on few days of a week"],
)
def test_what_is_done_on_a_date_that_the_zone_skipped_is_judged_alike(
    session: Session, schedule: ScheduleChange, amount: int
) -> None:
    """It was done in another zone; the recipe is `nonexistent`, not `skipped` or `pauses`."""
    zone, now = "Pacific/Apia", datetime(2012, 1, 3, 12, tzinfo=UTC)
    owner = users.create(session, UserCreate(email="ada@example.com", time_zone=zone)).id
    habit = HabitCreate(name="Dive", starts_on=date(2011, 12, 26), **schedule.model_dump())
    key = (session, owner, habits.create(session, owner, habit, now=now).id)
    days: dict[date, Decimal | float] = {date(2011, 12, 26): 1, date(2011, 12, 30): amount}
    days |= dict.fromkeys([date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1)], 1)
    habits.check_in_many(
        *key, [CheckInCreate(on=day, amount=Decimal(done)) for day, done in days.items()], now=now
    )
    plain, dates = schedule_of(habit), rules.nonexistent_dates(zone)
    for day in (*days, rules.local_day(now, zone)):
        streak = rules.streak(days, plain, day, nonexistent=dates)
        assert streak._asdict() == habits.streak(*key, day, now=now).model_dump()
    range_ = (date(2011, 12, 26), date(2012, 1, 2))
    rate = rules.completion_rate(days, plain, *range_, date(2012, 1, 4), nonexistent=dates)
    assert rate == habits.completion_rate(*key, *range_, now=now)


def test_days_and_parts_are_those_of_the_services(session: Session) -> None:
    owner = users.create(
        session,
        UserCreate(email="ada@example.com", time_zone="America/Los_Angeles", day_starts_at=180),
    ).id
    clock = ("America/Los_Angeles", 180)
    instant = datetime(2026, 3, 9, 9, 30, tzinfo=UTC)  # half past two at night
    assert rules.local_day(instant, *clock) == users.today(session, owner, now=instant)
    task = tasks.create(session, owner, TaskCreate(title="Sleep", due_at=instant))
    assert task.due_day == rules.local_day(instant, *clock)
    topic = topics.create(session, owner, TopicCreate(name="SQL"))
    ends = instant + timedelta(hours=26)
    span = TimedSessionCreate(topic_id=topic.id, started_at=instant, ended_at=ends)
    stored = study_sessions.create_timed(session, owner, span, now=ends)
    assert [(part.study_date, part.started_at, part.ended_at) for part in stored] == (
        rules.cut_by_day(instant, ends, *clock)
    )
