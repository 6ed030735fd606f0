"""The total of the last so many days: which days these are, and what they add up to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.services.study_sessions.learners import total_of
from trackercore import (
    Database,
    StudySession,
    Timer,
    TopicCreate,
    Total,
    UserCreate,
    study_sessions,
    topics,
    users,
)

DAY = timedelta(days=1)
NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
TODAY = NOW.date()

# As far from UTC as zones go, also in the past, and clocks that change.
ZONES = [
    "UTC",
    "Europe/Berlin",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Asia/Manila",
    "America/Juneau",
    "Pacific/Apia",
]


class Log:
    """A user with two topics, who studied on some days."""

    def __init__(self, session: Session, **settings: Any) -> None:
        self.session = session
        self.user = users.create(session, UserCreate(email="ada@example.com", **settings)).id
        self.topic, self.other = (
            topics.create(session, self.user, TopicCreate(name=name)).id for name in ("SQL", "Go")
        )

    def add(self, day: date, minutes: int) -> None:
        """Store a session past the services: they would refuse future days."""
        self.session.add(
            StudySession(
                user_id=self.user, topic_id=self.topic, study_date=day, duration_minutes=minutes
            )
        )

    def rolling(self, n_days: int, **options: Any) -> Total:
        return study_sessions.rolling(self.session, self.user, n_days, **options)


def test_the_day_itself_is_the_last_of_the_days(session: Session) -> None:
    log = Log(session)
    for ago in range(-2, 8):
        log.add(TODAY - ago * DAY, 2 ** (ago + 2))
    for as_of in ({"as_of": TODAY}, {"now": NOW}):
        assert log.rolling(1, **as_of) == total_of(TODAY, TODAY, 4 * 60, 1)
        assert log.rolling(7, **as_of) == total_of(
            TODAY - 6 * DAY, TODAY, (4 + 8 + 16 + 32 + 64 + 128 + 256) * 60, 7
        )


def test_only_the_topic_that_is_asked_for_counts(session: Session) -> None:
    log = Log(session)
    log.add(TODAY, 5)
    for as_of in (TODAY, None):
        assert log.rolling(7, as_of=as_of, topic_id=log.topic, now=NOW).minutes == 5
        assert log.rolling(7, as_of=as_of, topic_id=log.other, now=NOW).minutes == 0


def test_nothing_studied_is_a_total_of_zero(session: Session) -> None:
    log = Log(session)
    nothing = total_of(TODAY - 29 * DAY, TODAY, 0, 0)
    assert log.rolling(30, now=NOW) == log.rolling(30, as_of=TODAY) == nothing


instants = st.datetimes(datetime(1800, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=settings().max_examples // 10)
@given(instants, st.sampled_from(ZONES), st.integers(0, 1439), st.integers(1, 5))
@example(datetime(1800, 1, 1, 0, tzinfo=UTC), "Asia/Manila", 1439, 1)  # two days before UTC's
@example(datetime(1800, 1, 1, 23, tzinfo=UTC), "America/Juneau", 0, 1)  # and one after it
def test_the_last_day_is_the_users_today_wherever_they_are(
    database: Database, now: datetime, time_zone: str, day_starts_at: int, n_days: int
) -> None:
    with database.session() as session:
        log = Log(session, time_zone=time_zone, day_starts_at=day_starts_at)
        for offset in range(-10, 11):
            log.add(now.date() + offset * DAY, 2 ** (offset + 10) % 1439 + 1)
        today = users.today(session, log.user, now=now)
        first = today - (n_days - 1) * DAY
        rolled = log.rolling(n_days, now=now)
        assert rolled == log.rolling(n_days, as_of=today)
        assert rolled == study_sessions.total(session, log.user, first, today)
        session.rollback()


def test_the_running_timer_counts_on_request_with_its_minutes_of_these_days(
    session: Session,
) -> None:
    log = Log(session)
    log.add(TODAY, 5)
    midnight = datetime(2024, 3, 20, tzinfo=UTC)
    now = midnight + timedelta(minutes=15)
    session.add(
        Timer(user_id=log.user, topic_id=log.topic, started_at=midnight - timedelta(minutes=20))
    )
    for as_of in (None, TODAY):
        options: dict[str, Any] = {"as_of": as_of, "now": now}
        assert log.rolling(7, **options).minutes == 5
        options["include_running"] = True
        assert log.rolling(7, **options) == total_of(TODAY - 6 * DAY, TODAY, (5 + 35) * 60, 1)
        assert log.rolling(1, **options).minutes == 5 + 15
        assert log.rolling(7, topic_id=log.topic, **options).minutes == 5 + 35
        assert log.rolling(7, topic_id=log.other, **options).minutes == 0
    yesterday = TODAY - DAY
    assert log.rolling(7, as_of=yesterday, include_running=True, now=now).minutes == 20


def test_days_before_the_first_date_there_is_are_left_out(session: Session) -> None:
    log = Log(session)
    log.add(date.min, 5)
    assert log.rolling(3660, as_of=date.min + DAY) == total_of(date.min, date.min + DAY, 5 * 60, 1)
    log.add(date.max, 7)
    assert log.rolling(2, as_of=date.max).minutes == 7
