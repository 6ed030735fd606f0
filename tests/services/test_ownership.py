"""Nobody reaches another user's rows: they are not found, exactly like rows that never existed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from tests.services.calls import (
    CALLS,
    FINDS,
    KINDS,
    LISTS_OF_TAGS,
    OWNED,
    Call,
    keywords,
    neighbours,
    services,
)
from tests.services.support import NOW, TODAY, YEAR, Ids, Kind, dump, person
from trackercore import (
    Category,
    Database,
    Habit,
    NotFound,
    Page,
    StudySession,
    Tag,
    Task,
    Topic,
    categories,
    habits,
    study_sessions,
    tags,
    tasks,
    topics,
    users,
)

REFERENCES: list[tuple[Call, Kind]] = [(call, kind) for call in OWNED for kind in call.kinds]
NEIGHBOURS: list[tuple[Call, str, Kind]] = [
    (call, name, kind) for call in OWNED for name, kind in call.neighbours.items()
]
NO_ROW_CAN_HAVE = (0, -1, 2**63, 10**30)
NO_ROW_HAS = 2**63 - 1


def finds_nothing(session: Session, call: Call, ids: Ids) -> bool:
    """Whether the call says that there is no such row, or user.

    `find` without a filter returns an empty page, and `count` 0: to distinguish a user without rows
    from no user at all, it would need a second statement.
    """
    try:
        result = call.run(session, ids)
    except NotFound:
        return True
    return not call.kinds and (
        (call.service in FINDS and isinstance(result, Page) and not result)
        or (call.service.endswith(".count") and result == 0)
    )


def _kinds_of_ids(service: Callable[..., object]) -> set[Kind]:
    """What the ids that a service takes refer to, as arguments or as fields of its input."""
    hints = keywords(service)
    names = set(hints)
    for annotation in hints.values():
        for part in (annotation, *get_args(annotation)):
            for input_type in (part, *get_args(part)):
                if inspect.isclass(input_type) and issubclass(input_type, BaseModel):
                    names |= set(input_type.model_fields)
    ids = {name for name in names if name.endswith("_id") and name != "external_id"}
    return {KINDS[name] for name in ids | names & {*LISTS_OF_TAGS}}


def test_the_table_of_calls_has_every_service_and_every_id_it_takes() -> None:
    tried: dict[str, set[str]] = {}
    for call in CALLS:
        owner = {"user"} if call.has_owner else set[str]()
        tried.setdefault(call.service, set()).update(call.kinds, call.neighbours, owner)
    takes = {
        name: {*_kinds_of_ids(service), *neighbours(name)} for name, service in services().items()
    }
    assert tried == takes


def test_a_row_of_another_user_is_not_found_and_nothing_changes(session: Session) -> None:
    ada, eve = person(session), person(session, "eve@example.com")
    before = dump(session)
    for call, kind in REFERENCES:
        theirs: int = getattr(ada, kind)
        with pytest.raises(NotFound) as as_others:
            call.run_unprepared(session, eve.but(kind, theirs))
        with pytest.raises(NotFound) as as_no_row:
            call.run_unprepared(session, eve.but(kind, NO_ROW_HAS))
        assert dump(session) == before, str(call)
        assert as_others.value.id == theirs, str(call)
        noun = kind.replace("_", " ")
        assert as_others.value.entity == as_no_row.value.entity == noun, str(call)
        with session.begin_nested() as savepoint:
            call.run(session, eve)  # the same call with one's own rows
            savepoint.rollback()


def test_nothing_is_moved_next_to_a_row_of_another_user(session: Session) -> None:
    ada, eve = person(session), person(session, "eve@example.com")
    before = dump(session)
    for call, name, kind in NEIGHBOURS:
        for row_id in (getattr(ada, kind), NO_ROW_HAS, *NO_ROW_CAN_HAVE, True):
            with pytest.raises(NotFound) as caught:
                call.run_unprepared(session, eve, **{name: row_id})
            assert (caught.value.entity, caught.value.id) == (kind, row_id), str(call)
        assert dump(session) == before, str(call)


def test_an_id_that_no_row_can_have_is_refused_and_nothing_changes(session: Session) -> None:
    ada = person(session)
    before = dump(session)
    for call, kind in REFERENCES:
        for row_id in NO_ROW_CAN_HAVE:
            with pytest.raises(ValidationError if call.kinds[kind] else NotFound) as caught:
                call.run_unprepared(session, ada.but(kind, row_id))
            if isinstance(caught.value, NotFound):
                assert caught.value.id == row_id, str(call)
        assert dump(session) == before, str(call)


def test_an_owner_who_does_not_exist_is_not_found_and_nothing_changes(session: Session) -> None:
    ada = person(session)
    before = dump(session)
    for call in OWNED:
        for user_id in NO_ROW_CAN_HAVE:
            with pytest.raises(NotFound) as caught:
                call.run_unprepared(session, ada.but("user", user_id))
            assert (caught.value.entity, caught.value.id) == ("user", user_id), str(call)
        assert finds_nothing(session, call, ada.but("user", NO_ROW_HAS)), str(call)
        assert dump(session) == before, str(call)


def test_true_is_not_the_id_1(empty_url: str) -> None:
    database = Database(empty_url)
    database.init()
    try:
        with database.session() as session:
            ada = person(session)
            assert ada == Ids(1, 1, 1, 1, 1, 1, 1)
            before = dump(session)
            for call in OWNED:
                with pytest.raises(NotFound):
                    call.run_unprepared(session, ada.but("user", True))
                for kind in call.kinds:
                    with pytest.raises(ValidationError if call.kinds[kind] else NotFound):
                        call.run_unprepared(session, ada.but(kind, True))
            assert dump(session) == before
    finally:
        database.dispose()


def test_lists_and_sums_hold_only_ones_own(session: Session) -> None:
    person(session, minutes=30)
    eve = person(session, "eve@example.com", minutes=20)
    for found, own in (
        (categories.find(session, eve.user), eve.category),
        (tasks.find(session, eve.user), eve.task),
        (tasks.find(session, eve.user, text="sweep", completed=False), eve.task),
        (habits.find(session, eve.user), eve.habit),
        (tasks.find(session, eve.user, tags_all=["fun"], untagged=False), eve.task),
        (tasks.find(session, eve.user, text="FUN"), eve.task),
        (habits.find(session, eve.user, tags_any=["fun", eve.tag]), eve.habit),
        (tags.find(session, eve.user), eve.tag),
        (topics.find(session, eve.user), eve.topic),
        (study_sessions.find(session, eve.user), eve.study_session),
        (study_sessions.find(session, eve.user, start=TODAY, end=TODAY), eve.study_session),
    ):
        assert [row.id for row in found] == [own]
    tomorrow = NOW.replace(day=11)
    assert [item.habit_id for item in habits.due(session, eve.user, now=tomorrow)] == [eve.habit]
    tag = tags.get(session, eve.user, eve.tag)
    assert (tag.task_count, tag.habit_count) == (1, 1)
    for totals in (
        [study_sessions.total(session, eve.user, *YEAR)],
        study_sessions.totals_by_day(session, eve.user, *YEAR),
        study_sessions.totals_by_week(session, eve.user, *YEAR),
        study_sessions.totals_by_month(session, eve.user, *YEAR),
        study_sessions.totals_by_year(session, eve.user, *YEAR),
        study_sessions.totals_by_topic(session, eve.user, *YEAR),
    ):
        assert [(total.minutes, total.sessions) for total in totals] == [(20, 1)]


def test_with_a_user_goes_all_they_own_and_all_that_the_session_has_read(session: Session) -> None:
    ada = person(session)
    read: list[Category | Task | Habit | Topic | StudySession | Tag] = [
        categories.get(session, ada.user, ada.category),
        tasks.get(session, ada.user, ada.task),
        habits.get(session, ada.user, ada.habit),
        tags.get(session, ada.user, ada.tag),
        topics.get(session, ada.user, ada.topic),
        study_sessions.get(session, ada.user, ada.study_session),
    ]
    users.delete(session, ada.user)
    assert [str(call) for call in OWNED if not finds_nothing(session, call, ada)] == []
    assert not any(dump(session).values())
    assert {row.user_id for row in read} == {ada.user}  # what was read stays readable
