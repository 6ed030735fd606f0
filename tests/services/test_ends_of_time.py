"""At the first and the last instant and day that there are, every call works or is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, Call
from tests.services.refusals import outcome
from tests.services.support import NOW, Ids, dump, person
from trackercore import (
    HabitCreate,
    ScheduleChange,
    StudyGoalCreate,
    TaskCreate,
    TrackerError,
    habits,
    study_sessions,
    tasks,
)
from trackercore.domain.calendar import FIRST_INSTANT, LAST_INSTANT
from trackercore.domain.frequency import FREQUENCIES

pytestmark = pytest.mark.slow  # every call for every end: a minute of a processor

LAST = LAST_INSTANT - datetime.resolution
INSTANTS = (FIRST_INSTANT, FIRST_INSTANT + timedelta(hours=13), LAST - timedelta(hours=13), LAST)
DAYS = (date.min, date.min + timedelta(days=1), date.max - timedelta(days=1), date.max)
ZONES = ("UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu")


def check(session: Session, call: Call, ids: Ids, **changed: Any) -> None:
    """Try a call, which may be refused, in a session that must stay as it was if it is."""
    savepoint = session.begin_nested()
    call.prepare(session, ids)
    attempt = session.begin_nested()
    result = outcome(call.run_unprepared, session, ids, **changed)
    if isinstance(result, Exception):
        assert isinstance(result, (TrackerError, ValidationError)), f"{call} {changed}: {result!r}"
        left = dump(session)
        attempt.rollback()
        assert left == dump(session)
    savepoint.rollback()


def world(session: Session, time_zone: str = "UTC", day_starts_at: int = 0) -> Ids:
    """Somebody with tasks and goals at the ends of time."""
    ids = person(session, time_zone=time_zone, day_starts_at=day_starts_at)
    for due_at in (FIRST_INSTANT, LAST):
        tasks.create(session, ids.user, TaskCreate(title="s", due_at=due_at))
    for day in DAYS:
        tasks.create(session, ids.user, TaskCreate(title="s", due_date=day))
        goal = StudyGoalCreate(minutes=30 + day.day)
        study_sessions.set_goal(session, ids.user, goal, effective_from=day)
    return ids


@pytest.mark.parametrize("day_starts_at", [0, 1439])
@pytest.mark.parametrize("time_zone", ZONES)
def test_now_at_the_ends_of_time(session: Session, time_zone: str, day_starts_at: int) -> None:
    ids = world(session, time_zone, day_starts_at)
    for call in CALLS:
        for now in INSTANTS if "now" in call.parameters else ():
            check(session, call, ids, now=now)
    for due in ("overdue", "upcoming"):
        for now in (NOW, *INSTANTS):
            assert outcome(tasks.find, session, ids.user, due=due, now=now, limit=1), (due, now)


def has(hint: object, kind: type) -> bool:
    return hint is kind or kind in get_args(hint)


def with_days(call: Call, ids: Ids) -> Iterator[dict[str, Any]]:
    """The arguments of a call that take days or instants, at the ends of time."""
    for name, hint in call.parameters.items():
        if has(hint, date):
            yield from ({name: day} for day in DAYS)
        if name != "now" and has(hint, datetime):
            yield from ({name: instant} for instant in INSTANTS)
    if {"start", "end"} <= call.parameters.keys():
        yield {"start": date.min, "end": date.max}
    if "max_days" in call.parameters:
        yield {"start": DAYS[0], "end": DAYS[1], "fill": True} if "fill" in call.parameters else {}
    if "data" in call.parameters:
        given = call.argument("data", ids)
        yield from ({"data": data} for data in at_the_ends(given))
    if "items" in call.parameters:
        given = call.argument("items", ids)
        yield from ({"items": [data, *given[1:]]} for data in at_the_ends(given[0]))


def at_the_ends(data: BaseModel) -> Iterator[BaseModel]:
    """The input with each of its days and instants at the ends of time, where that is valid."""
    given = {name: getattr(data, name) for name in data.model_fields_set}
    for name, field in type(data).model_fields.items():
        text = str(field.annotation)
        for value in (*DAYS, *INSTANTS) if "date" in text else ():
            made = outcome(type(data).model_validate, {**given, name: value})
            if isinstance(made, BaseModel):
                yield made


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_days_at_the_ends_of_time(session: Session, call: Call) -> None:
    ids = world(session, "Pacific/Kiritimati", 1439)
    for changed in with_days(call, ids):
        for now in (NOW, *INSTANTS) if "now" in call.parameters else (None,):
            check(session, call, ids, **changed, **({} if now is None else {"now": now}))


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("starts_on", DAYS)
def test_a_habit_that_starts_at_the_ends_of_time(
    session: Session, frequency: Any, starts_on: date
) -> None:
    ids = world(session, "Etc/GMT+12", 1439)
    weekdays = {1, 7} if FREQUENCIES[frequency].has_weekdays else None
    data = HabitCreate(
        name="h", frequency=frequency, every=1000, weekdays=weekdays, starts_on=starts_on
    )
    habit = habits.create(session, ids.user, data, now=NOW)
    ids = ids.but("habit", habit.id)
    for change in range(3):
        if change == 1:
            habits.pause(session, ids.user, habit.id, starts_on=date.max, now=NOW)
            habits.pause(session, ids.user, habit.id, starts_on=date.min, ends_on=date.min)
        if change == 2:
            new = ScheduleChange(frequency="weekly", week_starts_on=4)
            day = DAYS[-2]
            habits.change_schedule(session, ids.user, habit.id, new, effective_from=day, now=NOW)
        for call in CALLS:
            if "habit_id" in call.parameters or call.service in ("overview", "habits.due"):
                for now in (NOW, *INSTANTS) if "now" in call.parameters else (None,):
                    check(session, call, ids, **({} if now is None else {"now": now}))
