"""Importing sessions: all or nothing, in one pass, as often as one likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from pydantic import ValidationError, field_serializer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.services.hostile import HOSTILE
from tests.services.support import NOW, TODAY, YEAR, Ids, dump, logged, person
from tests.support.statements import count_statements
from trackercore import (
    CategoryCreate,
    CreateManyResult,
    Database,
    FutureDay,
    NotFound,
    StudySession,
    StudySessionCreate,
    categories,
    study_sessions,
    topics,
)

BATCH = 5_000


def item(
    ids: Ids, key: str | None = None, minutes: int = 5, day: date = TODAY
) -> StudySessionCreate:
    return logged(ids.topic, day, minutes=minutes, key=key)


def stored(session: Session, ids: Ids) -> list[tuple[str | None, int]]:
    rows = study_sessions.find(session, ids.user)
    return [(row.external_id, row.duration_minutes) for row in rows if row.id != ids.study_session]


def test_it_stores_what_it_is_given(session: Session) -> None:
    ids = person(session)
    go = topics.get_or_create(session, ids.user, "Go")
    full = StudySessionCreate(
        topic_id=go.id,
        duration_minutes=1440,
        study_date=date(2005, 1, 31),
        notes="n",
        external_id="e",
    )
    bare = logged(ids.topic, minutes=1)
    result = study_sessions.create_many(session, ids.user, [full, bare], now=NOW)
    assert result == CreateManyResult(created=2, found=0)
    first, _, second = study_sessions.find(session, ids.user)
    for row, data in ((first, full), (second, bare)):
        given = data.model_dump() | {"study_date": data.study_date or TODAY}
        assert {name: getattr(row, name) for name in given} == given
    assert first.created_at == second.created_at


def test_all_days_are_stored_as_they_are(session: Session) -> None:
    ids = person(session)
    late = datetime(9998, 12, 31, 12, tzinfo=UTC)
    days = [date.min, date(99, 12, 31), date(1000, 1, 1), TODAY, None, late.date()]
    items = [logged(ids.topic, day, minutes=7) for day in days]
    study_sessions.create_many(session, ids.user, items, now=late)
    rows = study_sessions.find(session, ids.user)
    there = sorted(row.study_date for row in rows if row.duration_minutes == 7)
    assert there == sorted(day or late.date() for day in days)


def test_all_text_is_stored_as_it_is(session: Session) -> None:
    ids = person(session)
    notes = [*HOSTILE.values(), "", "\t\r\n", "\x01\x1f\x7f\x85", "null", "[1]", '{"a": "\\u0041"}']
    items = [
        StudySessionCreate(
            topic_id=ids.topic, duration_minutes=5, notes=note, external_id=key or None
        )
        for note, key in zip_longest(notes, HOSTILE.values())
    ]
    result = study_sessions.create_many(session, ids.user, items, now=NOW)
    assert result == CreateManyResult(created=len(notes), found=0)
    given = [(item.notes, item.external_id) for item in items]
    rows = study_sessions.find(session, ids.user)
    there = [(row.notes, row.external_id) for row in rows if row.id != ids.study_session]
    assert Counter(there) == Counter(given)


def test_a_subclass_of_the_hosts_is_stored_as_what_it_inherits(session: Session) -> None:
    class Entry(StudySessionCreate):
        source: str

        @field_serializer("study_date")
        def _shown(self, day: date | None) -> str:
            return f"on {day}"

    ids = person(session)
    entry = Entry(topic_id=ids.topic, duration_minutes=5, study_date=TODAY, source="log")
    study_sessions.create_many(session, ids.user, [entry], now=NOW)
    assert stored(session, ids) == [(None, 5)]


def test_one_that_is_there_is_left_alone_and_counted_as_found(session: Session) -> None:
    ids = person(session)
    study_sessions.create(session, ids.user, item(ids, "b", minutes=9), now=NOW)
    items = [item(ids, "a"), item(ids, "b"), item(ids, "c")]
    result = study_sessions.create_many(session, ids.user, items, now=NOW)
    assert result == CreateManyResult(created=2, found=1)
    assert sorted(stored(session, ids)) == [("a", 5), ("b", 9), ("c", 5)]
    before = dump(session)
    result = study_sessions.create_many(session, ids.user, items, now=NOW)
    assert result == CreateManyResult(created=0, found=3)
    assert dump(session) == before


def test_of_two_alike_in_one_call_the_first_is_stored(session: Session) -> None:
    ids = person(session)
    items = [item(ids, "a", minutes=1), item(ids, "a", minutes=2), item(ids, "b", minutes=3)]
    result = study_sessions.create_many(session, ids.user, items, now=NOW)
    assert result == CreateManyResult(created=2, found=1)
    assert sorted(stored(session, ids)) == [("a", 1), ("b", 3)]


def test_without_an_external_id_nothing_is_ever_found(session: Session) -> None:
    ids = person(session)
    for _ in range(2):
        result = study_sessions.create_many(session, ids.user, [item(ids)] * 3, now=NOW)
        assert result == CreateManyResult(created=3, found=0)
    assert stored(session, ids) == [(None, 5)] * 6


def test_external_ids_of_another_user_are_theirs(session: Session) -> None:
    ada, eve = person(session), person(session, "eve@example.com")
    for owner in (ada, eve):
        result = study_sessions.create_many(session, owner.user, [item(owner, "a")], now=NOW)
        assert result == CreateManyResult(created=1, found=0)


def test_nothing_in_nothing_out(session: Session) -> None:
    ids = person(session)
    before = dump(session)
    assert study_sessions.create_many(session, ids.user, []) == CreateManyResult(created=0, found=0)
    assert study_sessions.create_many(session, ids.user, iter(())).created == 0
    assert dump(session) == before


def test_more_than_a_batch_comes_from_a_generator_that_is_read_once(database: Database) -> None:
    read = 0

    def many() -> Iterator[StudySessionCreate]:
        nonlocal read
        for number in range(BATCH + 7):
            read += 1
            yield item(ids, str(number % (BATCH + 3)), day=TODAY - timedelta(days=number % 300))

    with database.session() as session:
        ids = person(session)
        result = study_sessions.create_many(session, ids.user, many(), now=NOW)
        assert result == CreateManyResult(created=BATCH + 3, found=4)
        assert read == BATCH + 7
    with database.session() as session:
        result = study_sessions.create_many(session, ids.user, many(), now=NOW)
        assert result == CreateManyResult(created=0, found=BATCH + 7)
        count = select(func.count()).select_from(StudySession)
        assert session.scalar(count) == BATCH + 3 + 1


@pytest.mark.parametrize("good", [3, BATCH + 1])
def test_if_one_is_refused_none_is_stored_and_earlier_work_is_kept(
    database: Database, good: int
) -> None:
    with database.session() as session:
        ids, eve = person(session), person(session, "eve@example.com")
        before = dump(session)
        for bad, error in (
            (item(ids, "x", day=TODAY + timedelta(days=1)), FutureDay),
            (item(eve, "x"), NotFound),
            (item(ids.but("topic", 2**63 - 1), "x"), NotFound),
        ):
            items = [*(item(ids, str(number)) for number in range(good)), bad, item(ids, "y")]
            with pytest.raises(error):
                study_sessions.create_many(session, ids.user, items, now=NOW)
            assert dump(session) == before
        categories.create(session, ids.user, CategoryCreate(name="After"))
    with database.session() as session:
        assert len(study_sessions.find(session, ids.user)) == 1
        assert [row.name for row in categories.find(session, ids.user)] == ["Home", "After"]


def test_an_error_of_the_callers_own_generator_undoes_all_of_the_call(session: Session) -> None:
    ids = person(session)
    before = dump(session)

    def rows() -> Iterator[StudySessionCreate]:
        for minutes in (5, 6, 0):
            yield item(ids, minutes=minutes)

    with pytest.raises(ValidationError):
        study_sessions.create_many(session, ids.user, rows(), now=NOW)
    assert dump(session) == before


def test_the_generator_may_use_the_session_itself(session: Session) -> None:
    """As an import does that makes topics while it goes along."""
    ids = person(session)

    def rows() -> Iterator[StudySessionCreate]:
        for number in range(6):
            topic = topics.get_or_create(session, ids.user, f"topic {number % 3}")
            yield item(ids.but("topic", topic.id), str(number))

    result = study_sessions.create_many(session, ids.user, rows(), now=NOW)
    assert result == CreateManyResult(created=6, found=0)
    totals = study_sessions.totals_by_topic(session, ids.user, *YEAR)
    assert sorted(total.sessions for total in totals) == [1, 2, 2, 2]


def test_the_error_names_the_item_that_is_refused(session: Session) -> None:
    ids = person(session)
    items = [item(ids, f"key-{number}") for number in range(20)]
    late = item(ids, "late", day=TODAY + timedelta(days=1))
    with pytest.raises(FutureDay) as refused:
        study_sessions.create_many(session, ids.user, [*items, late], now=NOW)
    assert "external_id='late'" in refused.value.__notes__[0]
    astray = item(ids, "astray").model_copy(update={"topic_id": 10**6})
    with pytest.raises(NotFound) as missed:
        study_sessions.create_many(session, ids.user, [*items, astray], now=NOW)
    assert "external_id='astray'" in missed.value.__notes__[0]


def test_long_notes_are_sent_in_pieces(session: Session) -> None:
    ids = person(session)
    note = "x" * 3_000_000
    items = [item(ids, f"{number}").model_copy(update={"notes": note}) for number in range(7)]
    with count_statements(session) as statements:
        result = study_sessions.create_many(session, ids.user, items, now=NOW)
    assert result == CreateManyResult(created=7, found=0)
    inserts = [statement for statement in statements if statement.startswith("INSERT")]
    assert len(inserts) == 2


@pytest.mark.parametrize("wrong", [{"topic_id": 1}, ("topic_id", 1), None])
def test_what_is_no_session_is_a_type_error(session: Session, wrong: Any) -> None:
    ids = person(session)
    with pytest.raises(TypeError, match="StudySessionCreate or TimedSessionCreate, not "):
        study_sessions.create_many(session, ids.user, [item(ids), wrong], now=NOW)
    assert stored(session, ids) == []
