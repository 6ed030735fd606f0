"""21 years of work sessions: the library's cuts and sums against a count of their seconds.

The count is written from the rules and uses nothing of the package.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.support.databases import empty
from trackercore import (
    CreateManyResult,
    Database,
    StudySession,
    TimedSessionCreate,
    Total,
    UserCreate,
    study_sessions,
    topics,
    users,
)

WORK = Path(__file__).parents[1] / "data" / "work-sessions.csv"
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)

START, END = date(2005, 1, 1), date(2026, 12, 31)
NOW = datetime(2026, 9, 10, 12, tzinfo=UTC)  # three weeks after the last session

USERS = {
    "UTC": UserCreate(email="ada@example.com"),
    "Berlin at 3": UserCreate(
        email="owl@example.com", time_zone="Europe/Berlin", day_starts_at=180, week_starts_on=7
    ),
}

Key = TypeVar("Key", bound=Hashable)

REPORTS: dict[str, Callable[[Session, int, date, date], list[Total]]] = {
    "day": study_sessions.totals_by_day,
    "week": study_sessions.totals_by_week,
    "month": study_sessions.totals_by_month,
    "year": study_sessions.totals_by_year,
}

FIRST_DAY_OF: dict[str, Callable[[date, int], date]] = {
    "day": lambda day, _: day,
    "week": lambda day, starts_on: day - (day.isoweekday() - starts_on) % 7 * DAY,
    "month": lambda day, _: day.replace(day=1),
    "year": lambda day, _: day.replace(month=1, day=1),
}
"""The first day of the day, week, month or year that a day is in; the int is the week's start."""


class Event(NamedTuple):
    topic: str
    started_at: datetime
    ended_at: datetime


class Piece(NamedTuple):
    """The seconds of an event on one day."""

    event: int
    topic: str
    day: date
    seconds: int


@cache
def events() -> list[Event]:
    with WORK.open(newline="") as file:
        return [
            Event(
                row["topic"],
                datetime.fromisoformat(row["started_at"]).astimezone(UTC),
                datetime.fromisoformat(row["ended_at"]).astimezone(UTC),
            )
            for row in csv.DictReader(file)
        ]


@cache
def pieces(name: str) -> list[Piece]:
    """Every second of an event belongs to the day on which it begins.

    Days begin at whole minutes, so the seconds until the next one are all of one day.
    """
    user = USERS[name]
    zone = ZoneInfo(user.time_zone)
    day_begins = timedelta(minutes=user.day_starts_at)
    result: list[Piece] = []
    for number, event in enumerate(events()):
        days: Counter[date] = Counter()
        begins = event.started_at
        while begins < event.ended_at:
            ends = min(begins + (60 - begins.second) * SECOND, event.ended_at)
            wall = begins.astimezone(zone).replace(tzinfo=None)
            days[(wall - day_begins).date()] += (ends - begins) // SECOND
            begins = ends
        result += (Piece(number, event.topic, day, seconds) for day, seconds in days.items())
    return result


def count(name: str, key_of: Callable[[Piece], Key]) -> dict[Key, tuple[int, int]]:
    """Seconds and sessions for each key."""
    seconds: Counter[Key] = Counter()
    sessions: Counter[Key] = Counter()
    for piece in pieces(name):
        seconds[key_of(piece)] += piece.seconds
        sessions[key_of(piece)] += 1
    return {key: (seconds[key], sessions[key]) for key in seconds}


@dataclass
class Loaded:
    """A database with the work sessions in it."""

    session: Session
    user_ids: dict[str, int]
    topic_ids: dict[str, dict[str, int]]


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
)
def loaded(
    request: pytest.FixtureRequest, shared_database: Callable[[str], Database]
) -> Iterator[Loaded]:
    database = shared_database(request.param)
    with database.session() as session:
        result = Loaded(session, {}, {})
        for name, data in USERS.items():
            user_id = result.user_ids[name] = users.create(session, data).id
            result.topic_ids[name] = {
                topic: topics.get_or_create(session, user_id, topic).id
                for topic in dict.fromkeys(event.topic for event in events())
            }
            created = study_sessions.create_many(session, user_id, items(result, name), now=NOW)
            assert created == CreateManyResult(created=len(events()), found=0)
        yield result
    empty(database)


def items(loaded: Loaded, name: str) -> Iterator[TimedSessionCreate]:
    for number, event in enumerate(events()):
        yield TimedSessionCreate(
            topic_id=loaded.topic_ids[name][event.topic],
            started_at=event.started_at,
            ended_at=event.ended_at,
            external_id=f"event {number}",
        )


def shown(totals: list[Total]) -> dict[date, tuple[int, int]]:
    return {total.start: (total.seconds, total.sessions) for total in totals}


@pytest.mark.parametrize("unit", REPORTS)
@pytest.mark.parametrize("name", USERS)
def test_the_sums_of_days_weeks_months_and_years_are_those_of_the_seconds(
    loaded: Loaded, name: str, unit: str
) -> None:
    first_day, week_starts_on = FIRST_DAY_OF[unit], USERS[name].week_starts_on
    totals = REPORTS[unit](loaded.session, loaded.user_ids[name], START, END)
    assert shown(totals) == count(name, lambda piece: first_day(piece.day, week_starts_on))


@pytest.mark.parametrize("name", USERS)
def test_the_sums_of_topics_are_those_of_the_seconds(loaded: Loaded, name: str) -> None:
    user_id = loaded.user_ids[name]
    totals = study_sessions.totals_by_topic(loaded.session, user_id, START, END)
    assert {total.name: (total.seconds, total.sessions) for total in totals} == count(
        name, lambda piece: piece.topic
    )
    by_day: dict[str, dict[date, tuple[int, int]]] = {}
    for (topic, day), sums in count(name, lambda piece: (piece.topic, piece.day)).items():
        by_day.setdefault(topic, {})[day] = sums
    for topic, topic_id in loaded.topic_ids[name].items():
        of_topic = study_sessions.totals_by_day(
            loaded.session, user_id, START, END, topic_id=topic_id
        )
        assert shown(of_topic) == by_day[topic]


@pytest.mark.parametrize("name", USERS)
def test_nothing_is_lost_where_a_session_is_cut(loaded: Loaded, name: str) -> None:
    whole = sum((event.ended_at - event.started_at) // SECOND for event in events())
    total = study_sessions.total(loaded.session, loaded.user_ids[name], START, END)
    assert (total.seconds, total.sessions) == (whole, len(pieces(name)))
    assert total.sessions > len(events())


@pytest.mark.parametrize("name", USERS)
def test_the_parts_of_every_session_are_stored_as_counted_and_cover_it(
    loaded: Loaded, name: str
) -> None:
    query = select(StudySession).where(StudySession.user_id == loaded.user_ids[name])
    parts: dict[int, list[StudySession]] = {}
    for row in loaded.session.scalars(query.order_by(StudySession.started_at)):
        parts.setdefault(row.part_of or row.id, []).append(row)
    right: dict[int, list[tuple[date, int]]] = {}
    for piece in pieces(name):
        right.setdefault(piece.event, []).append((piece.day, piece.seconds))
    assert len(parts) == len(events())
    for rows in parts.values():
        first, *others = rows
        assert first.external_id is not None
        number = int(first.external_id.removeprefix("event "))
        assert [(row.study_date, row.duration_seconds) for row in rows] == right[number]
        assert [row.part_of for row in rows] == [None, *(first.id for _ in others)]
        event = events()[number]
        assert (first.started_at, rows[-1].ended_at) == (event.started_at, event.ended_at)
        assert all(one.ended_at == other.started_at for one, other in pairwise(rows))


@pytest.mark.parametrize("name", USERS)
def test_loading_the_sessions_again_changes_nothing(loaded: Loaded, name: str) -> None:
    user_id = loaded.user_ids[name]
    again = study_sessions.create_many(loaded.session, user_id, items(loaded, name), now=NOW)
    assert again == CreateManyResult(created=0, found=len(events()))
    total = study_sessions.total(loaded.session, user_id, START, END)
    assert total.sessions == len(pieces(name))
