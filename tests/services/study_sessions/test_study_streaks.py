"""The study streak: days with enough minutes, by the rule of habits."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import event, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.services.study_sessions.day_by_day import DAY, walked
from tests.services.study_sessions.learners import (
    NOTHING,
    NOW,
    TODAY,
    new_topic,
    new_user,
    streak_of,
    study,
)
from tests.support.statements import count_statements
from trackercore import Database, Streak
from trackercore.domain.calendar import local_day, nonexistent_dates
from trackercore.services.study_sessions.studied_days import streak


def test_today_counts_once_there_is_enough_and_does_not_break_before(session: Session) -> None:
    ada = new_user(session)
    sql = new_topic(session, ada)
    for ago in (1, 2, 3, 5):
        study(session, ada, sql, TODAY - ago * DAY, 25)
    assert streak(session, ada.id, now=NOW) == streak_of(3, 3, TODAY - 3 * DAY, TODAY)
    study(session, ada, sql, TODAY, 1)
    assert streak(session, ada.id, now=NOW) == streak_of(4, 4, TODAY - 3 * DAY, TODAY + DAY)
    tomorrow = streak(session, ada.id, now=NOW + DAY)
    assert tomorrow == streak_of(4, 4, TODAY - 3 * DAY, TODAY + DAY)
    assert streak(session, ada.id, now=NOW + 2 * DAY) == NOTHING.model_copy(update={"longest": 4})


def test_a_day_counts_if_its_sessions_add_up_to_the_threshold(session: Session) -> None:
    ada = new_user(session)
    sql, latin = new_topic(session, ada), new_topic(session, ada, "Latin")
    for topic in (sql, latin):
        study(session, ada, topic, TODAY, 15)
    cases = [(30, None, 1), (31, None, 0), (15, sql, 1), (16, sql, 0)]
    for threshold, about, expected in cases:
        found = streak(session, ada.id, threshold_minutes=threshold, topic_id=about, now=NOW)
        assert found.current == found.longest == expected


def test_the_threshold_is_reached_by_seconds(session: Session) -> None:
    ada = new_user(session)
    sql = new_topic(session, ada)
    study(session, ada, sql, TODAY, seconds=59)
    assert streak(session, ada.id, now=NOW) == NOTHING
    study(session, ada, sql, TODAY, seconds=61)
    assert streak(session, ada.id, threshold_minutes=2, now=NOW).current == 1
    assert streak(session, ada.id, threshold_minutes=3, now=NOW) == NOTHING


def test_what_lies_after_the_day_one_looks_back_from_is_ignored(session: Session) -> None:
    ada = new_user(session)
    sql = new_topic(session, ada)
    for ahead in range(-3, 4):
        study(session, ada, sql, TODAY + ahead * DAY, 25)
    first = TODAY - 3 * DAY
    assert streak(session, ada.id, now=NOW) == streak_of(4, 4, first, TODAY + DAY)
    for ahead in (-3, 0, 3):
        day = TODAY + ahead * DAY
        found = streak(session, ada.id, as_of=day, now=NOW)
        assert found == streak_of(ahead + 4, ahead + 4, first, day + DAY)
    assert streak(session, ada.id, as_of=first - DAY, now=NOW) == NOTHING


def test_the_calendars_ends_are_days_like_others(session: Session) -> None:
    ada = new_user(session)
    sql = new_topic(session, ada)
    assert streak(session, ada.id, as_of=date.min) == NOTHING
    for day in (date.min, date.max):
        study(session, ada, sql, day, 25)
    assert streak(session, ada.id, as_of=date.min).current == 1
    endless = Streak(current=1, longest=1, since=date.max, alive_through=None)
    assert streak(session, ada.id, as_of=date.max) == endless


def test_a_nonexistent_date_does_not_break_the_streak(session: Session) -> None:
    before, after = date(2011, 12, 29), date(2011, 12, 31)
    found: list[int] = []
    for name, zone in (("ada", "Pacific/Apia"), ("bob", "UTC")):
        user = new_user(session, f"{name}@example.com", zone)
        topic = new_topic(session, user)
        for day in (before, after):
            study(session, user, topic, day, 25)
        found.append(streak(session, user.id, as_of=after).current)
    assert found == [2, 1]


def test_only_ones_own_study_counts(session: Session) -> None:
    ada, bob = new_user(session), new_user(session, "bob@example.com")
    study(session, bob, new_topic(session, bob), TODAY, 25)
    assert streak(session, ada.id, now=NOW) == NOTHING


def test_it_takes_two_statements(session: Session) -> None:
    ada = new_user(session)
    sql = new_topic(session, ada)
    for ago in range(400):
        study(session, ada, sql, TODAY - ago * DAY, 25)
    session.flush()
    for topic in (None, sql):
        for as_of in (None, TODAY):
            with count_statements(session) as statements:
                assert streak(session, ada.id, topic_id=topic, as_of=as_of, now=NOW).current == 400
            assert len(statements) == 2, statements


@settings(max_examples=settings().max_examples // 5)
@given(
    zone=st.sampled_from(["UTC", "Pacific/Apia"]),
    sessions=st.lists(
        st.tuples(st.booleans(), st.integers(-20, 5), st.sampled_from([1, 15, 30, 1440]))
    ),
    threshold=st.sampled_from([1, 15, 16, 30, 46, 1440]),
    one_topic=st.booleans(),
    ahead=st.none() | st.integers(-25, 25),
)
def test_random_sessions_give_the_streak_of_the_days_walked_one_by_one(
    database: Database,
    zone: str,
    sessions: list[tuple[bool, int, int]],
    threshold: int,
    one_topic: bool,
    ahead: int | None,
) -> None:
    now = datetime(2012, 1, 2, 11, tzinfo=UTC)
    today = local_day(now, zone)
    minutes: dict[date, int] = {}
    with database.session() as session:
        ada, bob = new_user(session, time_zone=zone), new_user(session, "bob@example.com")
        of_ada = new_topic(session, ada), new_topic(session, ada, "Latin")
        of_bob = new_topic(session, bob)
        for other, offset, length in sessions:
            day = today + offset * DAY
            study(session, ada, of_ada[other], day, length)
            study(session, bob, of_bob, day - DAY, length)
            if not (one_topic and other):
                minutes[day] = minutes.get(day, 0) + length
        found = streak(
            session,
            ada.id,
            threshold_minutes=threshold,
            topic_id=of_ada[0] if one_topic else None,
            as_of=None if ahead is None else today + ahead * DAY,
            now=now,
        )
        session.rollback()
    expected = walked(
        lambda _: threshold,
        minutes,
        nonexistent_dates(zone),
        today + (ahead or 0) * DAY,
        (today - 30 * DAY, today + 60 * DAY),
    )
    event(f"longest {min(expected.longest, 4)}")
    assert found == expected
