"""Instants: naive ones are refused, UTC is stored, aware UTC comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import DateTime, func, insert, inspect, literal_column, select, text, update
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from tests.support.databases import empty
from tests.support.names import named_sql
from trackercore import Base, Database, InstantOutOfRange, NaiveDatetime, Task, User
from trackercore.types import UtcDateTime

NAIVE = datetime(2026, 3, 1, 12, 30)  # noqa: DTZ001
SUMMER = datetime(2026, 7, 1, 0, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=2)))
SUMMER_UTC = datetime(2026, 6, 30, 22, 30, 15, 250_000, tzinfo=UTC)
ZONES = ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Kiritimati"]

FIRST = datetime(2, 1, 1, tzinfo=UTC)
LAST = datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)

_WIDEST = timedelta(hours=23, minutes=59)
instants = st.datetimes(
    timezones=st.timezones() | st.timedeltas(-_WIDEST, _WIDEST).map(timezone)
).filter(lambda value: FIRST <= value <= LAST)


def is_utc(value: datetime | None) -> bool:
    return value is not None and value.tzinfo is UTC


def stored_as(session: Session, column: str) -> datetime:
    """What the table holds, in UTC, as the database itself sees it."""
    if session.get_bind().dialect.name == "sqlite":
        raw = session.scalars(named_sql(f"SELECT {column} FROM tasks")).one()
        return datetime.fromisoformat(raw).replace(tzinfo=UTC)
    in_utc = func.timezone("UTC", literal_column(column)).cast(DateTime)
    return session.scalars(select(in_utc).select_from(Task)).one().replace(tzinfo=UTC)


def add_task(session: Session, **values: object) -> Task:
    owner = User(email=f"{len(list(session.scalars(select(User.id))))}@example.com")
    session.add(owner)
    session.flush()
    task = Task(user_id=owner.id, title="Write", **values)
    session.add(task)
    session.flush()
    return task


def test_every_instant_column_is_a_utc_date_time() -> None:
    columns = [column for table in Base.metadata.tables.values() for column in table.columns]
    instants = [column for column in columns if column.name.endswith("_at")]
    assert {column.name for column in instants} == {
        "created_at",
        "updated_at",
        "completed_at",
        "archived_at",
        "due_at",
        "recorded_at",
        "reopened_at",
        "started_at",
        "ended_at",
        "day_starts_at",  # minutes after midnight, no instant
    }
    for column in columns:
        is_instant = column in instants and column.name != "day_starts_at"
        assert isinstance(column.type, UtcDateTime) == is_instant, column


def test_a_naive_value_is_refused_when_it_is_assigned() -> None:
    with pytest.raises(NaiveDatetime, match="naive") as caught:
        Task(due_at=NAIVE)
    assert caught.value.facts == {"value": NAIVE}
    task = Task(due_at=SUMMER)
    with pytest.raises(NaiveDatetime, match="naive"):
        task.due_at = NAIVE
    assert task.due_at == SUMMER


def test_a_naive_value_is_refused_in_a_statement(session: Session) -> None:
    add_task(session, due_at=SUMMER)
    statements = [
        select(Task).where(Task.due_at < NAIVE),
        update(Task).values(due_at=NAIVE),
        insert(User).values(email="x@example.com", created_at=NAIVE),
    ]
    for statement in statements:
        with pytest.raises(StatementError, match="naive") as caught:
            session.execute(statement)
        assert isinstance(caught.value.orig, NaiveDatetime)
    assert stored_as(session, "due_at") == SUMMER


@pytest.mark.parametrize(
    "value",
    [
        FIRST - timedelta(microseconds=1),
        FIRST.replace(tzinfo=timezone(timedelta(hours=1))),
        LAST + timedelta(microseconds=1),
        LAST.replace(tzinfo=timezone(-timedelta(hours=1))),
        *(
            edge.replace(tzinfo=timezone(timedelta(hours=hours)))
            for edge in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
            for hours in (-12, 0, 14)
        ),
    ],
    ids=str,
)
def test_an_instant_that_some_time_zone_cannot_show_is_refused(value: datetime) -> None:
    """A PostgreSQL session elsewhere would fail to read the row, and all rows next to it."""
    with pytest.raises(InstantOutOfRange, match="years 2 to 9998") as caught:
        Task(due_at=value)
    assert caught.value.facts == {"instant": value}


@pytest.mark.parametrize("value", [FIRST, LAST], ids=str)
@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Etc/GMT-14"])
def test_the_first_and_the_last_instant_can_be_read_everywhere(
    value: datetime, zone: str, session: Session
) -> None:
    task = add_task(session, due_at=value.astimezone(ZoneInfo("Asia/Tokyo")))
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
    session.refresh(task)
    assert task.due_at == value


def test_a_value_is_in_utc_as_soon_as_it_is_assigned(session: Session) -> None:
    task = Task(title="Write", due_at=SUMMER)
    assert task.due_at == SUMMER_UTC
    assert is_utc(task.due_at)
    task = add_task(session, due_at=SUMMER)
    task.completed = True
    task.completed_at = SUMMER
    for _ in ("before the flush", "after it"):
        assert (task.due_at, task.completed_at) == (SUMMER_UTC, SUMMER_UTC)
        assert is_utc(task.due_at)
        assert is_utc(task.completed_at)
        assert task.created_at.tzinfo is UTC
        session.flush()
    task.due_at = None
    session.flush()
    assert task.due_at is None


def test_defaults_are_in_utc_before_and_after_they_are_read_again(session: Session) -> None:
    task = add_task(session)
    before = task.created_at
    session.refresh(task)
    assert task.created_at == before
    assert is_utc(before)
    assert is_utc(task.created_at)
    assert abs(datetime.now(UTC) - before) < timedelta(minutes=1)


@settings(max_examples=settings().max_examples // 3)
@given(value=instants, zone=st.sampled_from(ZONES))
def test_what_comes_back_is_the_same_instant_in_utc_in_any_session(
    database: Database, value: datetime, zone: str
) -> None:
    empty(database)
    with database.session() as session:
        if database.engine.dialect.name == "postgresql":
            session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
        task = add_task(session, due_at=value)
        expected = value.astimezone(UTC)
        assert stored_as(session, "due_at") == expected
        session.expire_all()
        assert inspect(task).expired
        assert task.due_at == expected
        assert is_utc(task.due_at)
        (row,) = session.execute(select(Task.due_at, func.max(Task.due_at)).group_by(Task.due_at))
        assert tuple(row) == (expected, expected)
        assert all(is_utc(column) for column in row)


@settings(max_examples=settings().max_examples // 3)
@given(one=instants, other=instants, zone=st.sampled_from(ZONES), as_literal=st.sampled_from(ZONES))
def test_comparisons_are_of_instants_whatever_zones_they_are_given_in(
    database: Database, one: datetime, other: datetime, zone: str, as_literal: str
) -> None:
    empty(database)
    with database.session() as session:
        if database.engine.dialect.name == "postgresql":
            session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
        add_task(session, due_at=one)
        there = other.astimezone(ZoneInfo(as_literal))
        earlier = session.scalars(select(Task).where(Task.due_at < there)).all()
        same = session.scalars(select(Task).where(Task.due_at == there)).all()
        assert bool(earlier) == (one.astimezone(UTC) < other.astimezone(UTC))
        assert bool(same) == (one.astimezone(UTC) == other.astimezone(UTC))
