"""Numbers of completed tasks: what SQL counts is what one counts by hand, and an index has it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import Connection, insert, text
from sqlalchemy.orm import Session

from tests.domain.histories import clamp
from tests.services.measures import analyze, measured
from tests.services.support import NOW, YEAR, person
from tests.support.buckets import ANCHORS, walk, walks
from tests.support.names import named
from trackercore import (
    CompletedTotal,
    Database,
    NotFound,
    Task,
    TaskCreate,
    UserCreate,
    UserUpdate,
    tasks,
    users,
)
from trackercore.domain.calendar import FIRST_INSTANT, LAST_INSTANT, Unit

COMPLETED_BY: dict[Unit, Callable[..., list[CompletedTotal]]] = {
    "day": tasks.completed_by_day,
    "week": tasks.completed_by_week,
    "month": tasks.completed_by_month,
    "year": tasks.completed_by_year,
}
DAY = timedelta(days=1)


class Case(NamedTuple):
    """How many tasks were completed on days, a range of them, and a week start."""

    completed: Counter[date]
    start: date
    end: date
    week_starts_on: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    anchor = draw(st.sampled_from(ANCHORS))
    offsets = st.integers(-8, 8) | st.integers(-400, 400)
    days = offsets.map(lambda offset: clamp(anchor, offset))
    first, last = draw(days), draw(days)
    return Case(
        completed=Counter(draw(st.lists(days, max_size=25))),
        start=min(first, last),
        end=max(first, last),
        week_starts_on=draw(st.integers(1, 7)),
    )


def by_hand(unit: Unit, case: Case, *, fill: bool) -> list[CompletedTotal]:
    found = Counter[tuple[date, date]]()
    if fill:
        found.update(dict.fromkeys(walks(unit, case.start, case.end, case.week_starts_on), 0))
    for day, number in case.completed.items():
        if case.start <= day <= case.end:
            found[walk(unit, day, case.week_starts_on)] += number
    return [
        CompletedTotal(start=start, end=end, completed=number)
        for (start, end), number in sorted(found.items())
    ]


def store(session: Session, owner: int, completed: Counter[date]) -> None:
    """Store tasks completed at noon of these days, which are not all between the instants."""
    rows = [
        {"user_id": owner, "title": "t", "completed": True, "completed_on": day}
        | {"completed_at": _noon(day), "archived_at": NOW if number % 2 else None}
        for number, day in enumerate(completed.elements())
    ]
    if rows:
        session.execute(insert(Task), rows)


def _noon(day: date) -> datetime:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return min(max(noon, FIRST_INSTANT), LAST_INSTANT - DAY)


@settings(max_examples=settings().max_examples // 20)
@given(cases())
@example(Case(Counter(), date(2019, 11, 13), date(2021, 3, 9), 1))
@example(Case(Counter([date.min, date.min]), date.min, clamp(date.min, 30), 7))
@example(Case(Counter([date.max]), clamp(date.max, -30), date.max, 7))
def test_the_numbers_of_days_weeks_months_and_years_are_those_counted_by_hand(
    database: Database, case: Case
) -> None:
    with database.session() as session:
        data = UserCreate(email="ada@example.com", week_starts_on=case.week_starts_on)
        ada = users.create(session, data).id
        bob = users.create(session, UserCreate(email="bob@example.com")).id
        tasks.create(session, ada, TaskCreate(title="open"))
        tasks.create(session, ada, TaskCreate(title="nobody knows when", completed=True))
        for owner in (ada, bob):
            store(session, owner, case.completed)
        for unit, completed_by in COMPLETED_BY.items():
            for fill in (False, True):
                totals = completed_by(session, ada, case.start, case.end, fill=fill)
                assert totals == by_hand(unit, case, fill=fill), unit
        session.rollback()


def test_a_task_counts_on_the_day_on_which_its_owner_completed_it(session: Session) -> None:
    ids = person(session, time_zone="Pacific/Kiritimati")
    tasks.complete(session, ids.user, ids.task, now=NOW)
    tasks.archive(session, ids.user, ids.task)
    (total,) = tasks.completed_by_day(session, ids.user, *YEAR)
    assert total == CompletedTotal(start=NOW.date() + DAY, end=NOW.date() + DAY, completed=1)
    users.update(session, ids.user, UserUpdate(time_zone="UTC"))
    assert tasks.completed_by_day(session, ids.user, *YEAR) == [total]
    tasks.reopen(session, ids.user, ids.task)
    assert tasks.completed_by_day(session, ids.user, *YEAR) == []


@pytest.mark.parametrize("unit", COMPLETED_BY)
def test_only_a_range_to_fill_is_limited(session: Session, unit: Unit) -> None:
    ids = person(session)
    completed_by = COMPLETED_BY[unit]
    assert completed_by(session, ids.user, date.min, date.max) == []
    with pytest.raises(ValidationError, match="max_days"):
        completed_by(session, ids.user, date.min, date.max, fill=True)
    with pytest.raises(NotFound):
        completed_by(session, ids.user + 1, *YEAR)


@pytest.mark.no_citus("PostgreSQL's plan is in that of a task")
def test_an_index_has_all_that_is_read(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    for owner in (ids.user, other.user):
        store(session, owner, Counter({YEAR[0] + number * DAY: 8 for number in range(100)}))
    analyze(session)
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # so few rows are as cheap to read in other ways
        for other_way in ("enable_seqscan", "enable_bitmapscan"):
            connection.execute(text(f"SET LOCAL {other_way} = off"))
    for unit, completed_by in COMPLETED_BY.items():
        with measured(session) as work:
            completed_by(session, ids.user, YEAR[0], YEAR[0] + 30 * DAY)
        ((statement, parameters),) = work.selects
        assert _index_scanned(connection, statement, parameters) == INDEX, unit


TASKS = named("tasks")
INDEX = named("ix_tasks_user_id_completed_on")


def _index_scanned(connection: Connection, statement: str, parameters: Any) -> str:
    """The index that the tasks are read from, and nothing else."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        details = " ".join(row.detail for row in rows)
        (name,) = re.findall(
            TASKS + r" USING COVERING INDEX (\w+) \(user_id=\? AND completed_on>\? AND", details
        )
        return str(name)
    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    plan: Any = explained.scalar_one()
    steps = [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]
    for step in steps:
        steps += step.get("Plans", [])
    (scan,) = [step for step in steps if step.get("Relation Name") == TASKS]
    assert scan["Node Type"] == "Index Only Scan"
    return str(scan["Index Name"])
