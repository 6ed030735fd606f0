"""Totals without a range are those of the range from the first session to the last one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.study_sessions.learners import (
    NOW,
    TODAY,
    TOTALS_BY,
    new_topic,
    new_user,
    study,
    total_of,
)
from tests.support.statements import count_statements
from trackercore import (
    Database,
    NotFound,
    Timer,
    TopicTotal,
    Total,
    User,
    UserUpdate,
    study_sessions,
    users,
)
from trackercore.domain.timed import cut

DAY = timedelta(days=1)
REPORTS: dict[str, Callable[..., list[Total] | list[TopicTotal]]] = {
    **{str(unit): totals_by for unit, totals_by in TOTALS_BY.items()},
    "topic": study_sessions.totals_by_topic,
}


@pytest.fixture
def ada(session: Session) -> User:
    return new_user(session)


@pytest.fixture
def sql(session: Session, ada: User) -> int:
    return new_topic(session, ada)


offsets = st.integers(-9, 9) | st.integers(-500, 500)
ends = st.none() | offsets


@settings(max_examples=settings().max_examples // 10)
@given(
    logged=st.lists(st.tuples(offsets, st.integers(0, 1), st.integers(1, 200)), max_size=6),
    start=ends,
    end=ends,
    topic=st.sampled_from([None, None, 0, 1]),
    ran_for=st.none() | st.integers(0, 60),
    runs_on=st.integers(0, 1),
    week_starts_on=st.integers(1, 7),
    fill=st.booleans(),
)
def test_an_end_that_is_left_out_is_that_of_the_study(
    database: Database,
    logged: list[tuple[int, int, int]],
    start: int | None,
    end: int | None,
    topic: int | None,
    ran_for: int | None,
    runs_on: int,
    week_starts_on: int,
    fill: bool,
) -> None:
    if start is not None and end is not None:
        start, end = sorted((start, end))
    first = None if start is None else TODAY + start * DAY
    last = None if end is None else TODAY + end * DAY
    with database.session() as session:
        ada, bob = new_user(session), new_user(session, "bob@example.com")
        users.update(session, ada.id, UserUpdate(week_starts_on=week_starts_on), now=NOW)
        of_ada = new_topic(session, ada), new_topic(session, ada, "Latin")
        study(session, bob, new_topic(session, bob), TODAY - 900 * DAY, 1)
        for offset, of, seconds in logged:
            study(session, ada, of_ada[of], TODAY + offset * DAY, seconds=seconds)
        days = {TODAY + offset * DAY for offset, of, _ in logged if topic in (None, of)}
        options: dict[str, Any] = {"now": NOW}
        if topic is not None:
            options["topic_id"] = of_ada[topic]
        if ran_for is not None:
            started_at = NOW - timedelta(hours=ran_for)
            timer = Timer(user_id=ada.id, topic_id=of_ada[runs_on], started_at=started_at)
            session.add(timer)
            options["include_running"] = True
            if topic in (None, runs_on):
                days |= {part.day for part in cut(started_at, NOW, "UTC", 0)}
        inside = [day for day in days if (first or day) <= day <= (last or day)]
        inside = inside or [first or last or TODAY]
        whole = first or min(inside), last or max(inside)

        def total(*days: date | None) -> Total:
            return study_sessions.total(session, ada.id, *days, **options)

        session.flush()
        with count_statements(session) as statements:
            found = total(first, last)
        assert len(statements) == 1
        assert found == total(*whole)
        assert (found.start, found.end) == whole
        for name, report in REPORTS.items():
            with count_statements(session) as statements:
                open_ended = report(session, ada.id, first, last, fill=fill, **options)
            assert len(statements) == 1
            assert open_ended == report(session, ada.id, *whole, fill=fill, **options), name
        session.rollback()


def test_without_a_session_it_is_today_or_the_day_that_is_given(
    session: Session, ada: User, sql: int
) -> None:
    day = date(2020, 2, 29)
    several: list[dict[str, Any]] = [{}, {"include_running": True}, {"topic_id": sql}]
    for options in several:
        assert study_sessions.total(session, ada.id, now=NOW, **options) == total_of(
            TODAY, TODAY, 0, 0
        )
        for given_end in ((day, None), (None, day)):
            found = study_sessions.total(session, ada.id, *given_end, **options)
            assert found == total_of(day, day, 0, 0)
    assert study_sessions.totals_by_day(session, ada.id) == []
    filled = study_sessions.totals_by_day(session, ada.id, fill=True, now=NOW)
    assert filled == [total_of(TODAY, TODAY, 0, 0)]
    users.update(session, ada.id, UserUpdate(time_zone="Pacific/Auckland"), now=NOW)
    assert study_sessions.total(session, ada.id, now=NOW).start == TODAY + DAY


def test_the_running_timer_is_a_part_of_all_time(session: Session, ada: User, sql: int) -> None:
    yesterday = datetime(2024, 3, 19, 23, tzinfo=UTC)
    study_sessions.start(session, ada.id, sql, now=yesterday)
    options: dict[str, Any] = {"include_running": True, "now": NOW}
    found = study_sessions.total(session, ada.id, **options)
    assert found == total_of(TODAY - DAY, TODAY, 13 * 3600, 0)
    assert study_sessions.total(session, ada.id, now=NOW) == total_of(TODAY, TODAY, 0, 0)
    study(session, ada, sql, TODAY - 9 * DAY, 5)
    days = study_sessions.totals_by_day(session, ada.id, fill=True, **options)
    assert [day.seconds for day in days] == [300, *[0] * 7, 3600, 12 * 3600]


def test_a_range_to_fill_is_no_longer_than_it_may_be(session: Session, ada: User, sql: int) -> None:
    for day in (TODAY - 3660 * DAY, TODAY):
        study(session, ada, sql, day, 5)
    for unit, totals_by in TOTALS_BY.items():
        assert len(totals_by(session, ada.id)) == 2, unit
        with pytest.raises(ValidationError, match=r"3661 days .* max_days=3660: give a greater"):
            totals_by(session, ada.id, fill=True)
        assert totals_by(session, ada.id, TODAY - 3659 * DAY, fill=True)
        assert totals_by(session, ada.id, fill=True, max_days=3661)
        for wrong in ({"fill": "yes"}, {"max_days": 0}, {"start": "then"}, {"end": NOW}):
            with pytest.raises(ValidationError), count_statements(session) as statements:
                totals_by(session, ada.id, **wrong)
            assert statements == []


@pytest.mark.parametrize("report", [study_sessions.total, *REPORTS.values()])
def test_an_unknown_user_or_topic_is_not_found(
    session: Session, ada: User, sql: int, report: Callable[..., object]
) -> None:
    bob = new_user(session, "bob@example.com")
    for user, topic in ((ada.id + 99, None), (bob.id, sql)):
        with pytest.raises(NotFound):
            report(session, user, topic_id=topic)
