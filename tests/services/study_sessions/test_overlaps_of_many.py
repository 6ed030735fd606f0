"""An import of sessions that overlap: which one is named, which are left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.services.refusals import outcome
from tests.services.support import Ids, dump, person
from tests.support.databases import empty
from trackercore import (
    CreateManyResult,
    Database,
    OnOverlapOfMany,
    SessionsOverlap,
    StudySession,
    StudySessionCreate,
    TimedSessionCreate,
    TimerOverlaps,
    TopicCreate,
    UserCreate,
    study_sessions,
    topics,
    users,
)
from trackercore.services._shared import batches

NOON = datetime(2026, 3, 9, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=2)
MINUTE = timedelta(minutes=1)

Item = StudySessionCreate | TimedSessionCreate


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_ROWS", 3)


def spans(first: int, length: int, topic: int, key: str | None) -> TimedSessionCreate:
    return TimedSessionCreate(
        topic_id=topic,
        started_at=NOON + first * MINUTE,
        ended_at=NOON + (first + length) * MINUTE,
        external_id=key,
    )


def logged(topic: int, key: str | None) -> StudySessionCreate:
    return StudySessionCreate(
        topic_id=topic, duration_minutes=7, study_date=NOON.date(), external_id=key
    )


KEYS = st.none() | st.sampled_from("abcdef")
TIMED = st.tuples(st.integers(0, 60), st.integers(1, 12), KEYS)
Given = list[tuple[int | None, int, str | None]]
ITEMS = st.lists(TIMED | KEYS.map(lambda key: (None, 0, key)), max_size=12)


@dataclass
class Oracle:
    """What is stored, as a plain list; each new item is compared with everything in it."""

    kept: list[Item] = field(default_factory=list[Item])
    timer: datetime | None = None

    def clash(self, item: Item) -> int | str | None:
        """The place of a session that an item overlaps."""
        if isinstance(item, StudySessionCreate):
            return None
        if self.timer is not None and item.ended_at > self.timer:
            return "the timer"
        for number, other in enumerate(self.kept):
            if (
                isinstance(other, TimedSessionCreate)
                and item.started_at < other.ended_at
                and other.started_at < item.ended_at
            ):
                return number
        return None

    def store(
        self, items: Sequence[Item], on_overlap: OnOverlapOfMany
    ) -> tuple[int, int, int] | int:
        """How many are created, found and skipped; or the position of the one that is refused."""
        before = list(self.kept)
        created = found = skipped = 0
        for position, item in enumerate(items):
            keys = {other.external_id for other in self.kept} - {None}
            if item.external_id in keys:
                found += 1
            elif on_overlap != "allow" and self.clash(item) is not None:
                if on_overlap == "error":
                    self.kept = before
                    return position
                skipped += 1
            else:
                self.kept.append(item)
                created += 1
        return created, found, skipped


def stored(session: Session, user_id: int) -> list[tuple[object, ...]]:
    columns = (StudySession.started_at, StudySession.ended_at, StudySession.external_id)
    rows = session.execute(select(*columns).where(StudySession.user_id == user_id))
    return sorted((tuple(row) for row in rows), key=repr)


def expected(kept: Sequence[Item]) -> list[tuple[object, ...]]:
    rows = [
        (None, None, item.external_id)
        if isinstance(item, StudySessionCreate)
        else (item.started_at, item.ended_at, item.external_id)
        for item in kept
    ]
    return sorted(rows, key=repr)


@settings(max_examples=settings().max_examples // 3)
@given(
    before=ITEMS,
    new=ITEMS,
    again=ITEMS,
    timer=st.none() | st.integers(0, 80),
    on_overlap=st.sampled_from(["error", "allow", "skip"]),
)
def test_an_import_does_what_a_double_loop_does(
    database: Database,
    before: Given,
    new: Given,
    again: Given,
    timer: int | None,
    on_overlap: OnOverlapOfMany,
) -> None:
    with database.session() as session:
        user = users.create(session, UserCreate(email="ada@example.com")).id
        topic = topics.create(session, user, TopicCreate(name="SQL")).id

        def made(items: Given) -> list[Item]:
            return [
                logged(topic, key) if first is None else spans(first, length, topic, key)
                for first, length, key in items
            ]

        oracle = Oracle()
        oracle.store(made(before), "allow")
        study_sessions.create_many(session, user, made(before), on_overlap="allow", now=NOW)
        if timer is not None:
            oracle.timer = NOON + timer * MINUTE
            study_sessions.start(session, user, topic, on_overlap="allow", now=oracle.timer)
        for items in (made(new), made(again)):
            answer = oracle.store(items, on_overlap)
            result = outcome(
                study_sessions.create_many,
                session,
                user,
                iter(items),
                on_overlap=on_overlap,
                now=NOW,
            )
            if isinstance(result, CreateManyResult):
                assert answer == (result.created, result.found, result.skipped)
            else:
                assert isinstance(result, SessionsOverlap | TimerOverlaps)
                assert result.item == answer
            assert stored(session, user) == expected(oracle.kept)
        if on_overlap == "skip":
            twice = [item for item in made(again) if item.external_id or is_timed(item)]
            second = study_sessions.create_many(session, user, twice, on_overlap="skip", now=NOW)
            assert second.created == 0
    empty(database)


def is_timed(item: Item) -> bool:
    return isinstance(item, TimedSessionCreate)


def refusal(session: Session, ids: Ids, items: Sequence[Item]) -> SessionsOverlap:
    before = dump(session)
    with pytest.raises(SessionsOverlap) as caught:
        study_sessions.create_many(session, ids.user, iter(items), now=NOW)
    assert dump(session) == before
    [note] = caught.value.__notes__
    assert note == f"It is the time of items[{caught.value.item}], {items[-1]!r}."
    return caught.value


@pytest.fixture
def ids(session: Session) -> Ids:
    ids = person(session)
    study_sessions.cancel(session, ids.user)
    return ids


AT_NOON = "2026-03-09 12:00:00+00:00 to 2026-03-09 12:10:00+00:00"


def test_two_items_are_named_by_their_positions_and_keys(session: Session, ids: Ids) -> None:
    apart = spans(100, 5, ids.topic, None)
    one, two = spans(0, 10, ids.topic, "one"), spans(5, 10, ids.topic, None)
    error = refusal(session, ids, [apart, one, two])
    assert str(error) == f"overlaps items[1] (external_id 'one'), {AT_NOON}"
    assert error.facts == {
        "other_id": None,
        "other_external_id": "one",
        "other_started_at": one.started_at,
        "other_ended_at": one.ended_at,
        "other_item": 1,
        "item": 2,
    }


def test_an_item_of_an_earlier_batch_is_no_stored_session(session: Session, ids: Ids) -> None:
    """It would have an id that nobody could look up: nothing is stored."""
    apart = [spans(100 * n, 5, ids.topic, None) for n in range(1, 4)]
    one, two = spans(0, 10, ids.topic, "one"), spans(5, 10, ids.topic, "two")
    error = refusal(session, ids, [one, *apart, two])
    assert str(error) == f"overlaps an earlier item (external_id 'one'), {AT_NOON}"
    assert (error.other_id, error.other_item, error.item) == (None, None, 4)


def test_a_stored_session_is_named_by_its_id_key_and_times(session: Session, ids: Ids) -> None:
    one, two = spans(0, 10, ids.topic, "one"), spans(5, 10, ids.topic, "two")
    row = study_sessions.create_timed(session, ids.user, one, now=NOW)[0]
    apart = [spans(100 * n, 5, ids.topic, None) for n in range(1, 4)]
    error = refusal(session, ids, [*apart, two])
    assert str(error) == f"overlaps study session {row.id} (external_id 'one'), {AT_NOON}"
    assert (error.other_id, error.other_item, error.item) == (row.id, None, 3)
    with pytest.raises(SessionsOverlap) as caught:
        study_sessions.create_timed(session, ids.user, two, now=NOW)
    times = {"other_started_at": one.started_at, "other_ended_at": one.ended_at}
    known = {"other_id": row.id, "other_external_id": "one", "other_item": None}
    assert caught.value.facts == {**known, **times}


def test_skipped_ones_are_counted_and_a_second_run_skips_them_again(
    session: Session, ids: Ids
) -> None:
    items = [spans(n, 10, ids.topic, f"{n}") for n in (0, 5, 10, 12, 19, 20)]
    first = study_sessions.create_many(session, ids.user, items, on_overlap="skip", now=NOW)
    assert (first.created, first.found, first.skipped) == (3, 0, 3)
    again = study_sessions.create_many(session, ids.user, items, on_overlap="skip", now=NOW)
    assert (again.created, again.found, again.skipped) == (0, 3, 3)


def test_an_earlier_item_wins_also_if_it_is_later_in_time(session: Session, ids: Ids) -> None:
    late, early = spans(5, 10, ids.topic, "late"), spans(0, 10, ids.topic, "early")
    study_sessions.create_many(session, ids.user, [late, early], on_overlap="skip", now=NOW)
    assert "late" in {row[2] for row in stored(session, ids.user)}
    assert "early" not in {row[2] for row in stored(session, ids.user)}


def test_one_that_was_skipped_does_not_take_its_key(session: Session, ids: Ids) -> None:
    items = [
        spans(0, 10, ids.topic, None),
        spans(5, 10, ids.topic, "key"),
        spans(20, 10, ids.topic, "key"),
    ]
    result = study_sessions.create_many(session, ids.user, items, on_overlap="skip", now=NOW)
    assert (result.created, result.skipped) == (2, 1)


def test_the_day_to_come_of_a_timed_item_is_named(session: Session, ids: Ids) -> None:
    def items() -> Iterator[Item]:
        for n in range(4):
            yield spans(20 * n, 5, ids.topic, None)
        yield spans(60 * 24 * 9, 5, ids.topic, "late")

    with pytest.raises(Exception, match="future") as caught:
        study_sessions.create_many(session, ids.user, items(), now=NOW)
    assert caught.value.__notes__[0].startswith("It is the time of items[4], ")
