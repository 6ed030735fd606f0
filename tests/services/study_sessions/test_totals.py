"""Study totals: what SQL adds up is what one gets by hand, whatever the calendar does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.domain.histories import clamp
from tests.services.study_sessions.learners import TOTALS_BY, total_of
from tests.support.buckets import ANCHORS, DAY, walk, walks
from tests.support.oracle import days_between
from trackercore import (
    Database,
    StudySession,
    Topic,
    TopicCreate,
    TopicTotal,
    Total,
    User,
    UserCreate,
    UserUpdate,
    study_sessions,
    topics,
    users,
)
from trackercore.domain.calendar import Unit

ALL_TOTALS: list[Callable[..., list[Total] | list[TopicTotal]]] = [
    *TOTALS_BY.values(),
    study_sessions.totals_by_topic,
]


class Logged(NamedTuple):
    """A session: day, seconds, and which of the user's topics."""

    day: date
    seconds: int
    topic: int


class Case(NamedTuple):
    """What was logged, a range of days, and a week start."""

    logged: list[Logged]
    start: date
    end: date
    week_starts_on: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    anchor = draw(st.sampled_from(ANCHORS))
    offsets = st.integers(-8, 8) | st.integers(-400, 400)
    sessions = st.builds(
        Logged,
        day=offsets.map(lambda offset: clamp(anchor, offset)),
        seconds=st.integers(1, 150) | st.integers(1, 93_600),
        topic=st.integers(0, 1),  # nothing is logged for the third
    )
    first, last = draw(offsets), draw(offsets)
    return Case(
        logged=draw(st.lists(sessions, max_size=25)),
        start=clamp(anchor, min(first, last)),
        end=clamp(anchor, max(first, last)),
        week_starts_on=draw(st.integers(1, 7)),
    )


# --- By hand ---------------------------------------------------------------------------------


def by_hand(
    unit: Unit, logged: list[Logged], start: date, end: date, week_starts_on: int, *, fill: bool
) -> list[Total]:
    sums: dict[tuple[date, date], tuple[int, int]] = {}
    if fill:
        sums = dict.fromkeys(walks(unit, start, end, week_starts_on), (0, 0))
    for item in logged:
        if start <= item.day <= end:
            key = walk(unit, item.day, week_starts_on)
            seconds, sessions = sums.get(key, (0, 0))
            sums[key] = seconds + item.seconds, sessions + 1
    return [
        total_of(first, last, seconds, sessions)
        for (first, last), (seconds, sessions) in sorted(sums.items())
    ]


# --- In SQL ----------------------------------------------------------------------------------


class Log:
    """A user with three topics, and another user whose sessions must not count."""

    def __init__(self, session: Session, week_starts_on: int = 1) -> None:
        self.session = session
        self.user = self._user("ada@example.com", week_starts_on)
        self.topics = self._topics(self.user)
        self._other = self._user("bob@example.com", week_starts_on % 7 + 1)
        self._others_topics = self._topics(self._other)

    def add(self, logged: list[Logged]) -> None:
        """Store sessions of both users, past the services: they would refuse future days."""
        self.session.add_all(
            StudySession(
                user_id=user.id,
                topic_id=owned[item.topic].id,
                study_date=item.day,
                duration_seconds=item.seconds,
            )
            for user, owned in ((self.user, self.topics), (self._other, self._others_topics))
            for item in logged
        )

    def _user(self, email: str, week_starts_on: int) -> User:
        return users.create(self.session, UserCreate(email=email, week_starts_on=week_starts_on))

    def _topics(self, user: User) -> list[Topic]:
        names = ["SQL", "Python", "Latin"]
        return [topics.create(self.session, user.id, TopicCreate(name=name)) for name in names]


few = settings(max_examples=settings().max_examples // 10)
"""Examples that each fill a database."""


@few
@given(cases())
@example(Case([], date(2019, 11, 13), date(2021, 3, 9), 1))
def test_totals_of_days_weeks_months_and_years_are_those_counted_by_hand(
    database: Database, case: Case
) -> None:
    logged, start, end, week_starts_on = case
    with database.session() as session:
        log = Log(session, week_starts_on)
        log.add(logged)
        for topic in (None, 0, 2):
            wanted = [item for item in logged if topic in (None, item.topic)]
            topic_id = None if topic is None else log.topics[topic].id
            for unit, totals_by in TOTALS_BY.items():
                for fill in (False, True):
                    assert totals_by(
                        session, log.user.id, start, end, topic_id=topic_id, fill=fill
                    ) == by_hand(unit, wanted, start, end, week_starts_on, fill=fill), unit
            whole = study_sessions.total(session, log.user.id, start, end, topic_id=topic_id)
            inside = [item.seconds for item in wanted if start <= item.day <= end]
            assert whole == total_of(start, end, sum(inside), len(inside))
        session.rollback()


@few
@given(cases())
@example(Case([Logged(clamp(date.min, n), 2**n, 0) for n in range(10)], date.min, date.max, 1))
@example(Case([Logged(clamp(date.max, -n), 2**n, 0) for n in range(10)], date.min, date.max, 1))
def test_weeks_follow_every_week_start(database: Database, case: Case) -> None:
    logged, start, end, _ = case
    with database.session() as session:
        log = Log(session)
        log.add(logged)
        for week_starts_on in range(1, 8):
            users.update(session, log.user.id, UserUpdate(week_starts_on=week_starts_on))
            weeks = study_sessions.totals_by_week(session, log.user.id, start, end)
            assert weeks == by_hand("week", logged, start, end, week_starts_on, fill=False)
        session.rollback()


@few
@given(cases())
def test_totals_by_topic_are_those_counted_by_hand_the_most_studied_first(
    database: Database, case: Case
) -> None:
    logged, start, end, _ = case
    with database.session() as session:
        log = Log(session)
        log.add(logged)
        expected: list[TopicTotal] = []
        for number, topic in enumerate(log.topics):
            seconds = [s for day, s, on in logged if on == number and start <= day <= end]
            expected.append(
                TopicTotal(
                    topic_id=topic.id,
                    name=topic.name,
                    minutes=sum(seconds) // 60,
                    seconds=sum(seconds),
                    sessions=len(seconds),
                )
            )
        expected.sort(key=lambda total: (-total.seconds, total.topic_id))

        def totals(topic_id: int | None = None, *, fill: bool = False) -> list[TopicTotal]:
            return study_sessions.totals_by_topic(
                session, log.user.id, start, end, topic_id=topic_id, fill=fill
            )

        assert totals(fill=True) == expected
        assert totals() == [total for total in expected if total.sessions]
        for total in expected:
            assert totals(total.topic_id, fill=True) == [total]
            assert totals(total.topic_id) == ([total] if total.sessions else [])
        session.rollback()


# --- The calendar's traps --------------------------------------------------------------------


def one_each(first: date, last: date) -> list[Logged]:
    """A session of one minute on every day."""
    return [Logged(day, 60, 0) for day in days_between(first, last)]


@pytest.mark.parametrize(
    ("unit", "week_starts_on", "first", "last", "expected"),
    [
        # 2020 has an ISO week 53, which reaches into January.
        (
            "week",
            1,
            "2020-12-27",
            "2021-01-05",
            {"2020-12-21": 1, "2020-12-28": 7, "2021-01-04": 2},
        ),
        ("week", 7, "2020-12-27", "2021-01-05", {"2020-12-27": 7, "2021-01-03": 3}),
        ("year", 1, "2020-12-27", "2021-01-05", {"2020-01-01": 5, "2021-01-01": 5}),
        ("month", 1, "2020-12-27", "2021-01-05", {"2020-12-01": 5, "2021-01-01": 5}),
        # 2024-12-30 is in the first ISO week of 2025, but in the year 2024.
        ("year", 1, "2024-12-30", "2024-12-31", {"2024-01-01": 2}),
        ("week", 1, "2024-12-29", "2025-01-01", {"2024-12-23": 1, "2024-12-30": 3}),
        # Leap days, in a year that has one and in a century that has none.
        ("month", 1, "2024-02-27", "2024-03-02", {"2024-02-01": 3, "2024-03-01": 2}),
        ("month", 1, "1900-02-27", "1900-03-02", {"1900-02-01": 2, "1900-03-01": 2}),
        ("day", 1, "2024-02-28", "2024-03-01", {"2024-02-28": 1, "2024-02-29": 1, "2024-03-01": 1}),
        (
            "week",
            4,
            "2024-02-28",
            "2024-03-07",
            {"2024-02-22": 1, "2024-02-29": 7, "2024-03-07": 1},
        ),
        # The first day there is, a Monday, and the last that can be recorded, a Thursday.
        ("week", 7, "0001-01-01", "0001-01-08", {"0001-01-01": 6, "0001-01-07": 2}),
        ("week", 2, "0001-01-01", "0001-01-08", {"0001-01-01": 1, "0001-01-02": 7}),
        ("week", 1, "9999-12-26", "9999-12-31", {"9999-12-20": 1, "9999-12-27": 5}),
        ("month", 1, "9999-11-30", "9999-12-31", {"9999-11-01": 1, "9999-12-01": 31}),
        ("year", 1, "0001-01-01", "0001-01-02", {"0001-01-01": 2}),
    ],
)
def test_the_calendars_traps(
    session: Session,
    unit: Unit,
    week_starts_on: int,
    first: str,
    last: str,
    expected: dict[str, int],
) -> None:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    log = Log(session, week_starts_on)
    log.add(one_each(start, end))
    for fill in (False, True):
        totals = TOTALS_BY[unit](session, log.user.id, start, end, fill=fill)
        assert {total.start.isoformat(): total.minutes for total in totals} == expected


def test_the_first_and_the_last_bucket_count_only_the_days_inside_the_range(
    session: Session,
) -> None:
    log = Log(session)
    log.add(one_each(date(2024, 3, 1), date(2024, 3, 31)))
    assert study_sessions.totals_by_week(
        session, log.user.id, date(2024, 3, 6), date(2024, 3, 12)
    ) == [
        total_of(date(2024, 3, 4), date(2024, 3, 10), 300, 5),
        total_of(date(2024, 3, 11), date(2024, 3, 17), 120, 2),
    ]


def test_a_range_of_one_day_has_both_its_ends(session: Session) -> None:
    log = Log(session)
    log.add(one_each(date(2024, 3, 5), date(2024, 3, 7)))
    day = date(2024, 3, 6)
    assert study_sessions.total(session, log.user.id, day, day).minutes == 1


def test_all_of_time_is_a_range(session: Session) -> None:
    log = Log(session)
    log.add([Logged(day, 7 * 60, 0) for day in ANCHORS])
    whole = study_sessions.total(session, log.user.id, date.min, date.max)
    assert whole == total_of(date.min, date.max, 42 * 60, 6)
    years = study_sessions.totals_by_year(session, log.user.id, date.min, date.max)
    assert [total.start.year for total in years] == [1, 1900, 2020, 2024, 9999]
    filled = study_sessions.totals_by_year(
        session, log.user.id, date.min, date.max, fill=True, max_days=10**7
    )
    assert len(filled) == 9999


# --- Nothing there ---------------------------------------------------------------------------

START, END = date(2024, 3, 1), date(2024, 3, 31)


def test_a_range_without_sessions_is_empty_and_its_total_zero(session: Session) -> None:
    log = Log(session)
    log.add([Logged(START - DAY, 5, 0), Logged(END + DAY, 5, 0)])
    nothing = total_of(START, END, 0, 0)
    for topic_id in (None, log.topics[0].id, log.topics[2].id):
        whole = study_sessions.total(session, log.user.id, START, END, topic_id=topic_id)
        assert whole == nothing
        for totals_by in ALL_TOTALS:
            assert totals_by(session, log.user.id, START, END, topic_id=topic_id) == []


def test_a_user_without_topics_has_empty_totals(session: Session) -> None:
    user = users.create(session, UserCreate(email="new@example.com"))
    assert study_sessions.total(session, user.id, START, END).minutes == 0
    for totals_by in ALL_TOTALS:
        assert totals_by(session, user.id, START, END) == []
    assert study_sessions.totals_by_topic(session, user.id, START, END, fill=True) == []
    assert len(study_sessions.totals_by_day(session, user.id, START, END, fill=True)) == 31


# --- Not written yet -------------------------------------------------------------------------


@pytest.mark.parametrize("report", [study_sessions.total, *ALL_TOTALS])
def test_sessions_that_are_added_but_not_written_yet_count(
    session: Session, report: Callable[..., Total | list[Total] | list[TopicTotal]]
) -> None:
    log = Log(session)
    log.add([Logged(START, 5 * 60, 0)])
    totals = report(session, log.user.id, START, END)
    assert [total.minutes for total in (totals if isinstance(totals, list) else [totals])] == [5]
