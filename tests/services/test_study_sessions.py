"""Study sessions as rows; what they add up to is tested with the totals."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.support import NO_EXTRA, NOW, TODAY, Ids, dump, logged, person
from trackercore import (
    NotFound,
    StudySession,
    StudySessionCreate,
    StudySessionRead,
    StudySessionUpdate,
    TopicCreate,
    study_sessions,
    topics,
)

DAY = timedelta(days=1)


def test_a_session_is_stored_as_given(session: Session) -> None:
    ids = person(session)
    before = datetime.now(UTC)
    data = StudySessionCreate(
        topic_id=ids.topic,
        duration_minutes=1440,
        study_date=date(2005, 2, 28),
        notes="joins\n",
        external_id="s/7",
    )
    row = study_sessions.create(session, ids.user, data)
    session.expire_all()
    assert StudySessionRead.model_validate(row) == StudySessionRead(
        id=row.id,
        user_id=ids.user,
        topic_id=ids.topic,
        study_date=date(2005, 2, 28),
        duration_seconds=86_400,
        duration_minutes=1440,
        notes="joins\n",
        started_at=None,
        ended_at=None,
        part_of=None,
        tags=(),
        external_id="s/7",
        extra=NO_EXTRA,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
    assert before <= row.created_at <= row.updated_at <= datetime.now(UTC)
    assert study_sessions.get(session, ids.user, row.id) is row


@pytest.mark.parametrize(
    ("time_zone", "day_starts_at", "today"),
    [
        ("UTC", 0, date(2026, 3, 10)),
        ("Pacific/Kiritimati", 60, date(2026, 3, 11)),
        ("Pacific/Kiritimati", 61, date(2026, 3, 10)),
        ("Pacific/Pago_Pago", 1, date(2026, 3, 9)),
    ],
)
def test_a_session_is_on_the_users_today_by_default(
    session: Session, time_zone: str, day_starts_at: int, today: date
) -> None:
    ids = person(session, time_zone=time_zone, day_starts_at=day_starts_at)
    data = logged(ids.topic, minutes=1)
    row = study_sessions.create(session, ids.user, data, now=NOW)
    assert row.study_date == today
    study_sessions.create_many(session, ids.user, [data], now=NOW)
    assert {row.study_date for row in study_sessions.find(session, ids.user)} == {today}
    assert len(study_sessions.find(session, ids.user, start=today, end=today)) == 3


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"duration_minutes": 1},
        {"study_date": TODAY - 9 * DAY},
        {"notes": "o"},
        {"notes": None},
        {"external_id": "f"},
        {"external_id": None},
        {"notes": None, "duration_minutes": 2, "study_date": TODAY},
    ],
)
def test_an_update_changes_what_it_names_and_nothing_else(
    session: Session, change: dict[str, Any]
) -> None:
    ids = person(session)
    data = StudySessionCreate(
        topic_id=ids.topic, duration_minutes=5, study_date=TODAY, notes="n", external_id="e"
    )
    row = study_sessions.create(session, ids.user, data, now=NOW)
    before = StudySessionRead.model_validate(row).model_dump()
    update = StudySessionUpdate(**change)
    assert study_sessions.update(session, ids.user, row.id, update, now=NOW) is row
    session.expire_all()
    seconds = {"duration_seconds": 60 * change.get("duration_minutes", 5)}
    after = StudySessionRead.model_validate(row).model_dump()
    is_changed = before.pop("updated_at") < after.pop("updated_at")
    assert is_changed == any(before[name] != value for name, value in change.items())
    assert after == before | change | seconds


def test_a_session_that_moves_to_another_topic_shows_it_at_once(session: Session) -> None:
    ids = person(session)
    go = topics.create(session, ids.user, TopicCreate(name="Go"))
    row = study_sessions.get(session, ids.user, ids.study_session)
    assert row.topic.name == "SQL"
    study_sessions.update(session, ids.user, row.id, StudySessionUpdate(topic_id=go.id))
    assert row.topic is go
    topics.delete(session, ids.user, ids.topic)
    assert study_sessions.get(session, ids.user, row.id).topic_id == go.id


def test_a_deleted_session_is_gone_and_its_topic_stays(session: Session) -> None:
    ids = person(session)
    study_sessions.delete(session, ids.user, ids.study_session)
    assert list(study_sessions.find(session, ids.user)) == []
    with pytest.raises(NotFound):
        study_sessions.get(session, ids.user, ids.study_session)
    assert topics.get(session, ids.user, ids.topic).sessions == []


def log(session: Session, ids: Ids, day: date, topic_id: int, key: str) -> StudySession:
    return study_sessions.create(session, ids.user, logged(topic_id, day, key=key), now=NOW)


def test_find_lists_them_by_day_and_filters_narrow_each_other(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    study_sessions.delete(session, ids.user, ids.study_session)
    go = topics.create(session, ids.user, TopicCreate(name="Go")).id
    c = log(session, ids, TODAY, ids.topic, "c")
    a = log(session, ids, TODAY - 2 * DAY, go, "a")
    b = log(session, ids, TODAY - DAY, ids.topic, "b")
    d = log(session, ids, TODAY, go, "d")
    log(session, other, TODAY - DAY, other.topic, "a")

    def found(**filters: Any) -> list[StudySession]:
        return list(study_sessions.find(session, ids.user, **filters))

    assert found() == [a, b, c, d]  # and those of one day by id
    assert found(topic_id=go) == [a, d]
    assert found(start=TODAY - DAY) == [b, c, d]
    assert found(end=TODAY - DAY) == [a, b]
    assert found(start=TODAY - DAY, end=TODAY - DAY) == [b]
    assert found(start=TODAY - DAY, topic_id=go) == [d]
    assert found(external_id="a") == [a]
    assert found(external_id="a", start=TODAY) == []
    assert found(start=date.min, end=date.max) == [a, b, c, d]


def test_a_filter_by_a_topic_without_sessions_finds_none(session: Session) -> None:
    ids = person(session)
    empty = topics.create(session, ids.user, TopicCreate(name="Empty"))
    assert list(study_sessions.find(session, ids.user, topic_id=empty.id)) == []


def test_an_update_of_the_day_alone_is_judged_by_now(session: Session) -> None:
    ids = person(session)
    before = dump(session)
    update = StudySessionUpdate(notes="later")
    # A day that is not touched is not judged again, whatever the clock says now.
    study_sessions.update(session, ids.user, ids.study_session, update, now=NOW - 9 * DAY)
    after = dump(session)
    assert {name for name in after if after[name] != before[name]} == {"sessions"}
