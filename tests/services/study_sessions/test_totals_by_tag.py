"""Totals by tag: each tag's time, and the total and the untagged, since tags overlap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.services.study_sessions.learners import (
    NOW,
    TODAY,
    new_topic,
    new_user,
    total_of,
)
from tests.support.statements import count_statements
from trackercore import (
    Database,
    NotFound,
    StudySession,
    TagTotal,
    TagTotals,
    User,
    study_sessions,
)
from trackercore.models import StudySessionTag, Tag

DAY = timedelta(days=1)
NAMES = ["deep", "exam", "group"]
ALL_TAGS = [tags for size in range(4) for tags in combinations(range(3), size)]


class Studied(NamedTuple):
    """A session: its topic, its tags, and the seconds of its parts on days in a row."""

    topic: int
    tags: tuple[int, ...]
    first_day: int
    seconds: tuple[int, ...]


class Log:
    """A user with two topics and three tags."""

    def __init__(self, session: Session, email: str = "ada@example.com") -> None:
        self.session = session
        self.user = new_user(session, email)
        self.topics = [new_topic(session, self.user, name) for name in ("SQL", "Latin")]
        tags = [Tag(user_id=self.user.id, name=name) for name in NAMES]
        session.add_all(tags)
        session.flush()
        self.tags = [tag.id for tag in tags]

    def add(self, studied: list[Studied]) -> None:
        """Store sessions past the services, which would refuse future days."""
        for item in studied:
            rows = [
                StudySession(
                    user_id=self.user.id,
                    topic_id=self.topics[item.topic],
                    study_date=TODAY + (item.first_day + number) * DAY,
                    duration_seconds=seconds,
                    started_at=datetime(2024, 3, 1, number, tzinfo=UTC),
                    ended_at=datetime(2024, 3, 1, number + 1, tzinfo=UTC),
                )
                for number, seconds in enumerate(item.seconds)
            ]
            first, *others = rows
            self.session.add(first)
            self.session.flush()
            for other in others:
                other.part_of = first.id
            self.session.add_all(others)
            self.session.add_all(
                StudySessionTag(user_id=self.user.id, session_id=first.id, tag_id=self.tags[number])
                for number in item.tags
            )


def by_hand(
    log: Log, studied: list[Studied], days: list[int], topic: int | None, *, fill: bool
) -> TagTotals:
    start, end = days
    counted = [
        (item.tags, seconds)
        for item in studied
        for day, seconds in enumerate(item.seconds, item.first_day)
        if topic in (None, item.topic) and start <= day <= end
    ]
    tags: list[TagTotal] = []
    for number, (tag, name) in enumerate(zip(log.tags, NAMES, strict=True)):
        with_tag = [seconds for own, seconds in counted if number in own]
        if with_tag or fill:
            time = sum(with_tag)
            tags.append(
                TagTotal(
                    tag_id=tag, name=name, minutes=time // 60, seconds=time, sessions=len(with_tag)
                )
            )
    whole = TODAY + start * DAY, TODAY + end * DAY
    without = [seconds for own, seconds in counted if not own]
    return TagTotals(
        tags=tuple(sorted(tags, key=lambda total: (-total.seconds, total.tag_id))),
        total=total_of(*whole, sum(seconds for _, seconds in counted), len(counted)),
        untagged=total_of(*whole, sum(without), len(without)),
    )


sessions = st.builds(
    Studied,
    topic=st.integers(0, 1),
    tags=st.sampled_from(ALL_TAGS),
    first_day=st.integers(-6, 6),
    seconds=st.lists(st.integers(1, 150), min_size=1, max_size=3).map(tuple),
)


@settings(max_examples=settings().max_examples // 10)
@given(
    st.lists(sessions, max_size=12),
    st.tuples(st.integers(-8, 8), st.integers(-8, 8)).map(sorted),
    st.sampled_from([None, 0, 1]),
    st.booleans(),
)
@example([Studied(0, tags, 0, (59, 61)) for tags in ALL_TAGS], [1, 1], None, False)
def test_totals_by_tag_are_those_counted_by_hand(
    database: Database, studied: list[Studied], days: list[int], topic: int | None, fill: bool
) -> None:
    with database.session() as session:
        log, other = Log(session), Log(session, "bob@example.com")
        for each in (log, other):
            each.add(studied)
        topic_id = None if topic is None else log.topics[topic]
        start, end = (TODAY + day * DAY for day in days)
        session.flush()
        with count_statements(session) as statements:
            found = study_sessions.totals_by_tag(
                session, log.user.id, start, end, topic_id=topic_id, fill=fill
            )
        assert len(statements) == 1
        assert found == by_hand(log, studied, days, topic, fill=fill)
        assert found.total == study_sessions.total(
            session, log.user.id, start, end, topic_id=topic_id
        )
        session.rollback()


@pytest.fixture
def log(session: Session) -> Log:
    return Log(session)


def test_the_times_of_tags_overlap_and_the_total_counts_each_session_once(
    session: Session, log: Log
) -> None:
    log.add([Studied(0, (0, 1), 0, (90,)), Studied(0, (1,), 0, (90,)), Studied(0, (), 0, (90,))])
    found = study_sessions.totals_by_tag(session, log.user.id)
    assert [(tag.name, tag.seconds, tag.minutes, tag.sessions) for tag in found.tags] == [
        ("exam", 180, 3, 2),
        ("deep", 90, 1, 1),
    ]
    assert found.total == total_of(TODAY, TODAY, 270, 3)
    assert found.untagged == total_of(TODAY, TODAY, 90, 1)


def test_all_parts_of_a_session_have_the_tags_that_hang_on_the_first(
    session: Session, log: Log
) -> None:
    log.add([Studied(0, (2,), 0, (10, 20, 30))])
    found = study_sessions.totals_by_tag(session, log.user.id, TODAY + DAY)
    assert [(tag.name, tag.seconds, tag.sessions) for tag in found.tags] == [("group", 50, 2)]
    assert found.untagged.seconds == 0


def test_an_end_that_is_left_out_is_that_of_the_study(session: Session, log: Log) -> None:
    assert study_sessions.totals_by_tag(session, log.user.id, now=NOW) == TagTotals(
        tags=(), total=total_of(TODAY, TODAY, 0, 0), untagged=total_of(TODAY, TODAY, 0, 0)
    )
    log.add([Studied(0, (0,), -3, (60,)), Studied(0, (), 4, (60,))])
    found = study_sessions.totals_by_tag(session, log.user.id, now=NOW)
    for whole in (found.total, found.untagged):
        assert (whole.start, whole.end) == (TODAY - 3 * DAY, TODAY + 4 * DAY)
    assert found.total == study_sessions.total(session, log.user.id)


@pytest.mark.parametrize("fill", [False, True])
def test_the_running_timer_is_untagged(session: Session, log: Log, fill: bool) -> None:
    log.add([Studied(0, (0,), 0, (60,)), Studied(0, (), 0, (60,))])
    study_sessions.start(session, log.user.id, log.topics[0], now=NOW - timedelta(minutes=5))
    for topic, more in ((None, 300), (log.topics[0], 300), (log.topics[1], 0)):
        options: dict[str, Any] = {"topic_id": topic, "fill": fill}
        without = study_sessions.totals_by_tag(session, log.user.id, TODAY, TODAY, **options)
        found = study_sessions.totals_by_tag(
            session, log.user.id, TODAY, TODAY, include_running=True, now=NOW, **options
        )
        assert found.tags == without.tags
        for of_timer, of_none in (
            (found.total, without.total),
            (found.untagged, without.untagged),
        ):
            seconds = of_none.seconds + more
            assert of_timer == total_of(TODAY, TODAY, seconds, of_none.sessions)


def test_an_unknown_user_or_topic_is_not_found(session: Session, log: Log) -> None:
    other: User = new_user(session, "bob@example.com")
    for user, topic in ((log.user.id + 99, None), (other.id, log.topics[0])):
        with pytest.raises(NotFound):
            study_sessions.totals_by_tag(session, user, topic_id=topic)
