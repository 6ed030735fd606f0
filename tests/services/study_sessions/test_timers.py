"""The running timer: one for each user, and nothing that it measured is lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.services.study_sessions.test_timed import EVENING, HOUR, MIDNIGHT, NOW, YEAR, Owner
from tests.support.kinds import together
from trackercore import (
    Conflict,
    Database,
    InvalidInput,
    NoRunningTimer,
    NotFound,
    TimerAlreadyRunning,
    TimerRead,
    TimerTooShort,
    study_sessions,
    topics,
)

SECOND = timedelta(seconds=1)


@pytest.fixture
def ada(session: Session) -> Owner:
    return Owner(session)


def test_what_a_timer_measured_is_cut_and_stored(session: Session, ada: Owner) -> None:
    timer = study_sessions.start(session, ada.id, ada.sql, notes="joins", now=EVENING)
    assert study_sessions.running(session, ada.id) is timer
    assert TimerRead.model_validate(timer).started_at == EVENING
    first, second = study_sessions.stop(session, ada.id, now=MIDNIGHT + HOUR)
    assert (first.study_date, first.duration_minutes) == (date(2026, 6, 10), 60)
    assert (second.study_date, second.duration_minutes) == (date(2026, 6, 11), 60)
    assert (first.notes, second.part_of) == ("joins", first.id)
    assert study_sessions.running(session, ada.id) is None
    with pytest.raises(NoRunningTimer):
        study_sessions.stop(session, ada.id, now=NOW)


def test_a_second_start_is_refused(session: Session, ada: Owner) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=EVENING)
    with pytest.raises(TimerAlreadyRunning, match="since 2026-06-10 21:00"):
        study_sessions.start(session, ada.id, ada.go, now=EVENING + HOUR)
    running = study_sessions.running(session, ada.id)
    assert running is not None
    assert (running.topic_id, running.started_at) == (ada.sql, EVENING)


def test_switching_stops_and_starts_at_one_instant(session: Session, ada: Owner) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=EVENING)
    timer = study_sessions.start(session, ada.id, ada.go, switch=True, now=EVENING + HOUR)
    assert (timer.topic_id, timer.started_at) == (ada.go, EVENING + HOUR)
    (stored,) = study_sessions.find(session, ada.id)
    assert (stored.topic_id, stored.ended_at) == (ada.sql, EVENING + HOUR)
    with pytest.raises(TimerTooShort):
        study_sessions.start(session, ada.id, ada.sql, switch=True, now=EVENING + HOUR + SECOND / 2)
    running = study_sessions.running(session, ada.id)
    assert running is not None
    assert running.topic_id == ada.go
    study_sessions.start(
        session, ada.id, ada.sql, switch=True, discard=True, now=EVENING + HOUR + SECOND / 2
    )
    assert len(study_sessions.find(session, ada.id)) == 1


def test_less_than_a_second_is_kept_running_unless_it_is_discarded(
    session: Session, ada: Owner
) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=EVENING)
    with pytest.raises(TimerTooShort):
        study_sessions.stop(session, ada.id, now=EVENING + 0.9 * SECOND)
    assert study_sessions.running(session, ada.id) is not None
    late = EVENING + 0.9 * SECOND
    assert study_sessions.stop(session, ada.id, discard=True, now=late) == []
    assert study_sessions.running(session, ada.id) is None
    assert ada.stored() == []


def test_a_forgotten_timer_is_stopped_where_it_should_have_been(
    session: Session, ada: Owner
) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=EVENING)
    for wrong in (EVENING - HOUR, NOW + HOUR):
        with pytest.raises(InvalidInput):
            study_sessions.stop(session, ada.id, at=wrong, now=NOW)
    (stored,) = study_sessions.stop(session, ada.id, at=EVENING + HOUR / 2, now=NOW)
    assert stored.duration_minutes == 30


def test_a_timer_of_more_than_a_month_asks_when_it_ended(session: Session, ada: Owner) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=EVENING - timedelta(days=40))
    with pytest.raises(InvalidInput, match="more than 31 days: stop it at an earlier time"):
        study_sessions.stop(session, ada.id, now=NOW)
    at = EVENING - timedelta(days=40) + HOUR / 2
    assert study_sessions.stop(session, ada.id, at=at, now=NOW)[0].duration_minutes == 30


def test_a_timer_of_just_31_days_can_be_stopped(session: Session, ada: Owner) -> None:
    start, most = EVENING - timedelta(days=40), timedelta(days=31)
    study_sessions.start(session, ada.id, ada.sql, now=start)
    with pytest.raises(InvalidInput):
        study_sessions.stop(session, ada.id, now=start + most + timedelta(seconds=1))
    stored = study_sessions.stop(session, ada.id, now=start + most)
    assert sum(part.duration_seconds for part in stored) == most // SECOND


@pytest.mark.parametrize("length", [90, 45, 1.7])
def test_switching_often_loses_nothing(session: Session, ada: Owner, length: float) -> None:
    """Of an unbroken hour; 1.7 seconds are fractions of a second that do not add up by chance."""
    start, step = EVENING + 0.3 * SECOND, length * SECOND
    switches = min(int(3600 / length), 40) if length < 45 else int(3600 / length)
    study_sessions.start(session, ada.id, ada.sql, now=start)
    for number in range(1, switches):
        topic = (ada.sql, ada.go)[number % 2]
        study_sessions.start(session, ada.id, topic, switch=True, now=start + number * step)
    end = start + switches * step
    running = study_sessions.total(session, ada.id, *YEAR, include_running=True, now=end)
    study_sessions.stop(session, ada.id, now=end)
    expected = int((end - EVENING).total_seconds())
    total = study_sessions.total(session, ada.id, *YEAR)
    assert total.seconds == running.seconds == expected
    assert total.minutes == expected // 60
    by_topic = study_sessions.totals_by_topic(session, ada.id, *YEAR)
    assert sum(topic.seconds for topic in by_topic) == expected


def test_cancelling_stores_nothing(session: Session, ada: Owner) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=EVENING)
    study_sessions.cancel(session, ada.id)
    assert ada.stored() == []
    with pytest.raises(NoRunningTimer):
        study_sessions.cancel(session, ada.id)


def test_a_timer_does_not_start_within_a_session(session: Session, ada: Owner) -> None:
    ada.study(EVENING, MIDNIGHT)
    with pytest.raises(Conflict):
        study_sessions.start(session, ada.id, ada.sql, now=EVENING + HOUR / 2)
    study_sessions.start(session, ada.id, ada.sql, on_overlap="allow", now=EVENING + HOUR / 4)
    with pytest.raises(Conflict):  # and the one that runs goes on
        study_sessions.start(session, ada.id, ada.go, switch=True, now=EVENING + HOUR / 2)
    running = study_sessions.running(session, ada.id)
    assert running is not None
    assert running.started_at == EVENING + HOUR / 4
    assert len(ada.stored()) == 1


def test_nobody_else_s_timer(session: Session, ada: Owner) -> None:
    bob = Owner(session, "bob@example.com")
    study_sessions.start(session, ada.id, ada.sql, now=EVENING)
    assert study_sessions.running(session, bob.id) is None
    with pytest.raises(NoRunningTimer):
        study_sessions.stop(session, bob.id, now=NOW)


def test_two_starts_at_once_give_one_timer(database: Database) -> None:
    with database.session() as session:
        ada = Owner(session)
        key, topic = ada.id, ada.sql

    def start(_: int) -> bool:
        try:
            with database.session() as session:
                study_sessions.start(session, key, topic, now=EVENING)
        except TimerAlreadyRunning:
            return False
        return True

    assert together(6, start).count(True) == 1

    def stop(_: int) -> bool:
        try:
            with database.session() as session:
                study_sessions.stop(session, key, now=EVENING + HOUR)
        except NoRunningTimer:
            return False
        return True

    assert together(6, stop).count(True) == 1
    with database.session() as session:
        assert study_sessions.total(session, key, *YEAR).minutes == 60


def test_a_timer_goes_with_its_topic(session: Session, ada: Owner) -> None:
    study_sessions.start(session, ada.id, ada.sql, now=EVENING)
    topics.delete(session, ada.id, ada.sql)
    assert study_sessions.running(session, ada.id) is None


@pytest.mark.parametrize("backend", ["postgresql"])
def test_stopping_while_the_topic_is_deleted_is_either_stopped_or_gone(database: Database) -> None:
    with database.session() as session:
        ada = Owner(session)
        key, topic = ada.id, ada.sql

    def stop_or_delete(number: int) -> None:
        try:
            with database.session() as session:
                if number % 2:
                    topics.delete(session, key, topic)
                else:
                    study_sessions.stop(session, key, now=EVENING + HOUR)
        except (NoRunningTimer, NotFound):
            pass

    with database.session() as session:
        study_sessions.start(session, key, topic, now=EVENING)
    together(6, stop_or_delete)
    with database.session() as session:
        assert study_sessions.running(session, key) is None


@pytest.mark.parametrize("backend", ["postgresql"])
def test_at_repeatable_read_an_older_snapshot_stores_nothing(
    database: Database, empty_url: str
) -> None:
    strict = Database(empty_url, isolation_level="REPEATABLE READ")
    strict.init()
    with strict.session() as session:
        ada = Owner(session)
        key, data = ada.id, ada.data(EVENING, MIDNIGHT)
    with pytest.raises(OperationalError), strict.session() as late:  # noqa: PT012
        study_sessions.running(late, key)  # takes its snapshot
        with strict.session() as first:
            study_sessions.create_timed(first, key, data, now=NOW)
        study_sessions.create_timed(late, key, data, now=NOW)
    with strict.session() as session:
        assert study_sessions.total(session, key, *YEAR).minutes == 60
    strict.dispose()
