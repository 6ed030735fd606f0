"""The running timer in totals: only on request, and to the second what stopping it would add."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.services.study_sessions.learners import TOTALS_BY, total_of
from tests.support.statements import count_statements
from trackercore import (
    Database,
    InvalidInput,
    StudySession,
    Timer,
    TopicCreate,
    TopicTotal,
    Total,
    UserCreate,
    study_sessions,
    topics,
    users,
)
from trackercore.domain.calendar import bucket, local_day

MINUTE = timedelta(minutes=1)
MARCH = (date(2024, 3, 1), date(2024, 3, 31))
NOON = datetime(2024, 3, 20, 12, tzinfo=UTC)  # a Wednesday


def rolling(session: Session, user_id: int, start: date, end: date, **options: Any) -> Total:
    n_days = (end - start).days + 1
    return study_sessions.rolling(session, user_id, n_days, as_of=end, **options)


REPORTS: dict[str, Callable[..., object]] = {
    "total": study_sessions.total,
    **{str(unit): totals_by for unit, totals_by in TOTALS_BY.items()},
    "topic": study_sessions.totals_by_topic,
    "tag": study_sessions.totals_by_tag,
    "rolling": rolling,
}
each_report = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)


class Person(NamedTuple):
    """A user and two topics of theirs."""

    user: int
    sql: int
    latin: int


def person(session: Session, email: str = "ada@example.com", **settings: Any) -> Person:
    user = users.create(session, UserCreate(email=email, **settings)).id
    sql, latin = (
        topics.create(session, user, TopicCreate(name=name)).id for name in ("SQL", "Latin")
    )
    return Person(user, sql, latin)


def log(session: Session, user_id: int, topic_id: int, day: date, minutes: int) -> None:
    """Store a session past the services: they would refuse future days."""
    session.add(
        StudySession(user_id=user_id, topic_id=topic_id, study_date=day, duration_minutes=minutes)
    )


def run_since(session: Session, user_id: int, topic_id: int, started_at: datetime) -> None:
    session.add(Timer(user_id=user_id, topic_id=topic_id, started_at=started_at))


# --- Minute by minute ------------------------------------------------------------------------


class Case(NamedTuple):
    """A user's settings, a timer, and a range of days near it."""

    time_zone: str
    day_starts_at: int
    week_starts_on: int
    started_at: datetime
    now: datetime
    start: date
    end: date


# Turns of the year, and nights in which clocks change or a day is skipped.
ANCHORS = [
    ("UTC", datetime(2020, 12, 31, 22, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2024, 3, 31, 0, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2024, 10, 27, 0, tzinfo=UTC)),
    ("America/Havana", datetime(2024, 11, 3, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2024, 4, 6, 14, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 9, tzinfo=UTC)),
]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    time_zone, anchor = draw(st.sampled_from(ANCHORS))
    started_at = anchor + draw(st.timedeltas(timedelta(days=-1), timedelta(hours=6)))
    now = started_at + draw(
        st.timedeltas(timedelta(0), timedelta(minutes=3))
        | st.timedeltas(timedelta(0), timedelta(days=2))
    )
    first, last = sorted(draw(st.tuples(st.integers(-3, 4), st.integers(-3, 4))))
    return Case(
        time_zone=time_zone,
        day_starts_at=draw(st.sampled_from([0, 1, 90, 180, 1439])),
        week_starts_on=draw(st.integers(1, 7)),
        started_at=started_at,
        now=now,
        start=anchor.date() + timedelta(days=first),
        end=anchor.date() + timedelta(days=last),
    )


few = settings(max_examples=settings().max_examples // 10)
"""Examples that each fill a database."""


def seconds_by_day(case: Case) -> Counter[date]:
    """Looked up second by second, or minute by minute between two whole ones."""
    seconds = Counter[date]()
    moment, end = (instant.replace(microsecond=0) for instant in (case.started_at, case.now))
    while moment < end:
        step = min(60 - moment.second, (end - moment).seconds) or 60
        seconds[local_day(moment, case.time_zone, case.day_starts_at)] += step
        moment += timedelta(seconds=step)
    return Counter({day: n for day, n in seconds.items() if case.start <= day <= case.end})


@few
@given(cases())
def test_each_second_counts_in_the_bucket_of_its_local_day(database: Database, case: Case) -> None:
    start, end = case.start, case.end
    with database.session() as session:
        ada = person(
            session,
            time_zone=case.time_zone,
            day_starts_at=case.day_starts_at,
            week_starts_on=case.week_starts_on,
        )
        bob = person(session, "bob@example.com")
        log(session, ada.user, ada.sql, start, 7)
        log(session, ada.user, ada.latin, end, 11)
        run_since(session, ada.user, ada.sql, case.started_at)
        run_since(session, bob.user, bob.sql, case.started_at - timedelta(hours=3))
        running: dict[str, Any] = {"include_running": True, "now": case.now}
        for topic_id in (None, ada.sql, ada.latin):
            seconds = Counter[date]() if topic_id == ada.latin else seconds_by_day(case)
            sessions = Counter[date]()
            for topic, day, length in ((ada.sql, start, 7), (ada.latin, end, 11)):
                if topic_id in (None, topic):
                    seconds[day] += length * 60
                    sessions[day] += 1
            options: dict[str, Any] = {"topic_id": topic_id, **running}
            whole = total_of(start, end, seconds.total(), sessions.total())
            assert study_sessions.total(session, ada.user, start, end, **options) == whole
            assert rolling(session, ada.user, start, end, **options) == whole
            for unit, totals_by in TOTALS_BY.items():
                sums: dict[tuple[date, date], list[int]] = {}
                for day in seconds:
                    both = sums.setdefault(bucket(unit, day, case.week_starts_on), [0, 0])
                    both[0] += seconds[day]
                    both[1] += sessions[day]
                assert totals_by(session, ada.user, start, end, **options) == [
                    total_of(first, last, both[0], both[1])
                    for (first, last), both in sorted(sums.items())
                ], unit
        by_topic = study_sessions.totals_by_topic(session, ada.user, start, end, **running)
        assert {total.topic_id: total.seconds for total in by_topic} == {
            ada.sql: 7 * 60 + seconds_by_day(case).total(),
            ada.latin: 11 * 60,
        }
        session.rollback()


@few
@given(cases())
def test_totals_are_what_they_will_be_when_the_timer_is_stopped_now(
    database: Database, case: Case
) -> None:
    with database.session() as session:
        ada = person(session, time_zone=case.time_zone, day_starts_at=case.day_starts_at)
        study_sessions.start(session, ada.user, ada.sql, now=case.started_at)
        days = (case.start, case.end)

        def seconds(**options: Any) -> list[list[tuple[date, int]]]:
            reports = [by(session, ada.user, *days, **options) for by in TOTALS_BY.values()]
            return [[(total.start, total.seconds) for total in report] for report in reports]

        before = seconds(include_running=True, now=case.now)
        study_sessions.stop(session, ada.user, discard=True, now=case.now)
        assert seconds() == before
        session.rollback()


# --- By hand ---------------------------------------------------------------------------------


@each_report
def test_a_running_timer_counts_only_on_request(
    session: Session, report: Callable[..., object]
) -> None:
    ada = person(session)
    log(session, ada.user, ada.sql, NOON.date(), 30)
    without = report(session, ada.user, *MARCH)
    run_since(session, ada.user, ada.sql, NOON - 50 * MINUTE)
    assert report(session, ada.user, *MARCH, now=NOON) == without
    assert report(session, ada.user, *MARCH, include_running=True, now=NOON) != without


@each_report
def test_without_a_timer_there_is_nothing_to_add(
    session: Session, report: Callable[..., object]
) -> None:
    ada = person(session)
    for minutes in (0, 30):
        if minutes:
            log(session, ada.user, ada.sql, NOON.date(), minutes)
        for topic_id in (None, ada.sql):
            with_it = report(
                session, ada.user, *MARCH, topic_id=topic_id, include_running=True, now=NOON
            )
            assert with_it == report(session, ada.user, *MARCH, topic_id=topic_id)


@each_report
def test_a_timer_of_less_than_a_second_adds_nothing(
    session: Session, report: Callable[..., object]
) -> None:
    ada = person(session)
    run_since(session, ada.user, ada.sql, NOON)
    without = report(session, ada.user, *MARCH)
    for seconds in (-3600, -1, 0, 0.999):  # also as seen before it was started
        now = NOON + timedelta(seconds=seconds)
        assert report(session, ada.user, *MARCH, include_running=True, now=now) == without
    later = NOON + timedelta(seconds=1)
    assert report(session, ada.user, *MARCH, include_running=True, now=later) != without


@each_report
def test_a_forgotten_timer_adds_nothing(session: Session, report: Callable[..., object]) -> None:
    """As `stop` refuses it."""
    ada = person(session)
    started_at = datetime(2024, 2, 20, tzinfo=UTC)
    study_sessions.start(session, ada.user, ada.sql, now=started_at)
    without = report(session, ada.user, *MARCH)
    for late in (timedelta(seconds=1), timedelta(days=28)):
        now = started_at + timedelta(days=31) + late
        assert report(session, ada.user, *MARCH, include_running=True, now=now) == without
        with pytest.raises(InvalidInput, match="more than 31 days"):
            study_sessions.stop(session, ada.user, now=now)
    just = started_at + timedelta(days=31, seconds=0.999)
    assert report(session, ada.user, *MARCH, include_running=True, now=just) != without
    before = study_sessions.total(session, ada.user, *MARCH, include_running=True, now=just)
    study_sessions.stop(session, ada.user, now=just)
    assert study_sessions.total(session, ada.user, *MARCH).seconds == before.seconds == 21 * 86_400


@each_report
def test_who_does_not_ask_for_the_timer_does_not_pay_for_it(
    session: Session, report: Callable[..., object]
) -> None:
    ada = person(session)
    with count_statements(session) as statements:
        report(session, ada.user, *MARCH, now=NOON)
    (statement,) = statements
    assert "timers" not in statement


def test_a_timer_that_runs_past_midnight_counts_on_both_days_and_is_no_session_yet(
    session: Session,
) -> None:
    ada = person(session)
    run_since(session, ada.user, ada.sql, datetime(2024, 3, 19, 23, 40, tzinfo=UTC))
    now = datetime(2024, 3, 20, 0, 15, tzinfo=UTC)
    first, second = date(2024, 3, 19), date(2024, 3, 20)
    by_day = partial(study_sessions.totals_by_day, session, ada.user, include_running=True, now=now)
    assert by_day(*MARCH) == [
        total_of(first, first, 1200, 0),
        total_of(second, second, 900, 0),
    ]
    assert by_day(second, second) == [total_of(second, second, 900, 0)]
    assert by_day(date(2024, 3, 21), date(2024, 3, 31)) == []
    filled = by_day(*MARCH, fill=True)
    assert len(filled) == 31
    assert [total.minutes for total in filled if total.minutes] == [20, 15]


def test_the_topic_that_is_being_studied_moves_up(session: Session) -> None:
    ada = person(session)
    log(session, ada.user, ada.sql, NOON.date(), 30)
    run_since(session, ada.user, ada.latin, NOON - 45 * MINUTE)
    by_topic = partial(study_sessions.totals_by_topic, session, ada.user, *MARCH, now=NOON)
    latin = TopicTotal(topic_id=ada.latin, name="Latin", minutes=45, seconds=2700, sessions=0)
    sql = TopicTotal(topic_id=ada.sql, name="SQL", minutes=30, seconds=1800, sessions=1)
    assert by_topic() == [sql]
    assert by_topic(include_running=True) == [latin, sql]
    assert by_topic(include_running=True, topic_id=ada.latin) == [latin]
    assert by_topic(include_running=True, topic_id=ada.sql) == [sql]


def test_a_timer_without_now_runs_until_the_clocks_now(session: Session) -> None:
    ada = person(session)
    started_at = datetime.now(UTC) - timedelta(minutes=90)
    run_since(session, ada.user, ada.sql, started_at)
    day = started_at.date()
    total = study_sessions.total(
        session, ada.user, day, day + timedelta(days=1), include_running=True
    )
    assert total.minutes in (90, 91)
