"""Topics: subjects of study, which take their sessions with them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from tests.services.support import NO_EXTRA, NOW, YEAR, dump, logged, person
from trackercore import (
    Database,
    NotFound,
    TopicCreate,
    TopicRead,
    TopicUpdate,
    study_sessions,
    topics,
)


def test_a_topic_is_stored_as_given(session: Session) -> None:
    ids = person(session)
    before = datetime.now(UTC)
    data = TopicCreate(name=" Go ", description=" line\none\t", external_id="repo/7")
    topic = topics.create(session, ids.user, data)
    session.expire_all()
    assert TopicRead.model_validate(topic) == TopicRead(
        id=topic.id,
        user_id=ids.user,
        name="Go",
        description=" line\none\t",
        external_id="repo/7",
        archived_at=None,
        extra=NO_EXTRA,
        created_at=topic.created_at,
        updated_at=topic.updated_at,
    )
    assert before <= topic.created_at <= topic.updated_at <= datetime.now(UTC)
    assert topics.get(session, ids.user, topic.id) is topic


def test_only_the_name_is_needed(session: Session) -> None:
    ids = person(session)
    rows = [topics.create(session, ids.user, TopicCreate(name=name)) for name in ("Go", "C")]
    assert {(row.description, row.external_id) for row in rows} == {(None, None)}


def test_an_update_changes_what_it_names_and_none_clears(session: Session) -> None:
    ids = person(session)
    data = TopicCreate(name="Go", description="d", external_id="e")
    topic = topics.create(session, ids.user, data)

    def stored() -> tuple[str, str | None, str | None]:
        session.expire_all()
        return topic.name, topic.description, topic.external_id

    before = dump(session)
    assert topics.update(session, ids.user, topic.id, TopicUpdate()) is topic
    assert dump(session) == before
    topics.update(session, ids.user, topic.id, TopicUpdate(name="Rust"))
    assert stored() == ("Rust", "d", "e")
    topics.update(session, ids.user, topic.id, TopicUpdate(description=None))
    assert stored() == ("Rust", None, "e")
    topics.update(session, ids.user, topic.id, TopicUpdate(external_id=None, description=""))
    assert stored() == ("Rust", "", None)


def test_find_lists_them_by_id_and_by_external_id(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    for owner in (other, ids):
        topics.create(session, owner.user, TopicCreate(name="Go", external_id="1"))
    mine = list(topics.find(session, ids.user))
    assert [topic.name for topic in mine] == ["SQL", "Go"]
    assert list(topics.find(session, ids.user, external_id="1")) == mine[1:]
    assert list(topics.find(session, ids.user, external_id="2")) == []


def test_get_or_create_makes_a_topic_once(session: Session) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    topic = topics.get_or_create(session, ids.user, " Go ")
    assert (topic.name, topic.user_id, topic.description) == ("Go", ids.user, None)
    assert topics.get_or_create(session, ids.user, "GO") is topic
    assert topics.get_or_create(session, other.user, "Go").user_id == other.user
    assert len(topics.find(session, ids.user)) == 2


def test_get_or_create_of_an_existing_topic_writes_nothing(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
    with database.session(read_only=True) as session:
        assert topics.get_or_create(session, ids.user, "sql").id == ids.topic


def test_a_deleted_topic_takes_its_sessions_along(session: Session) -> None:
    ids = person(session)
    read = study_sessions.get(session, ids.user, ids.study_session)
    other = topics.create(session, ids.user, TopicCreate(name="Go"))
    kept = study_sessions.create(session, ids.user, logged(other.id, minutes=7), now=NOW)
    topics.delete(session, ids.user, ids.topic)
    assert list(topics.find(session, ids.user)) == [other]
    assert list(study_sessions.find(session, ids.user)) == [kept]
    assert study_sessions.total(session, ids.user, *YEAR).minutes == 7
    with pytest.raises(NotFound):
        topics.get(session, ids.user, ids.topic)
    with pytest.raises(NotFound):
        study_sessions.get(session, ids.user, ids.study_session)
    assert read.duration_minutes == 30
