"""Archived tasks and topics: out of sight, still there, and back at any time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.services.support import NOW, TODAY, YEAR, Ids, dump, person
from tests.services.test_races import after
from tests.support.statements import count_statements
from trackercore import (
    Database,
    NotFound,
    Task,
    TaskCreate,
    TopicCreate,
    overview,
    study_sessions,
    tasks,
    topics,
)

LATER = NOW + timedelta(days=1)


def test_archiving_twice_keeps_the_first_time_and_unarchiving_clears_it(session: Session) -> None:
    ids = person(session)
    for archive, unarchive, get, row_id in (
        (tasks.archive, tasks.unarchive, tasks.get, ids.task),
        (topics.archive, topics.unarchive, topics.get, ids.topic),
    ):

        def archived_at() -> datetime | None:
            session.expire_all()
            return get(session, ids.user, row_id).archived_at  # noqa: B023

        row = archive(session, ids.user, row_id, now=NOW)
        assert row is get(session, ids.user, row_id)
        assert archived_at() == NOW
        archive(session, ids.user, row_id, now=LATER)
        assert archived_at() == NOW
        assert unarchive(session, ids.user, row_id) is row
        assert archived_at() is None
        unarchive(session, ids.user, row_id)
        assert archived_at() is None
        archive(session, ids.user, row_id, now=LATER)
        assert archived_at() == LATER


def test_an_archived_task_is_not_in_the_overview(session: Session) -> None:
    ids = person(session)
    for data in (
        TaskCreate(title="all day", due_date=TODAY),
        TaskCreate(title="timed", due_at=NOW + timedelta(hours=1)),
        TaskCreate(title="late", due_date=TODAY - timedelta(days=1)),
    ):
        task = tasks.create(session, ids.user, data)
        shown = overview(session, ids.user, now=NOW)
        assert [it.id for it in (*shown.overdue, *shown.due_today)] == [task.id]
        tasks.archive(session, ids.user, task.id)
        shown = overview(session, ids.user, now=NOW)
        assert (shown.overdue, shown.due_today) == ([], [])


def test_an_archived_topic_is_filled_in_only_if_it_was_studied(session: Session) -> None:
    ids = person(session)
    go = topics.create(session, ids.user, TopicCreate(name="Go")).id

    def filled() -> dict[int, int]:
        totals = study_sessions.totals_by_topic(session, ids.user, *YEAR, fill=True)
        return {total.topic_id: total.minutes for total in totals}

    assert filled() == {ids.topic: 30, go: 0}
    for topic_id in (ids.topic, go):
        topics.archive(session, ids.user, topic_id)
    assert filled() == {ids.topic: 30}
    topics.unarchive(session, ids.user, go)
    assert filled() == {ids.topic: 30, go: 0}


def test_get_or_create_returns_an_archived_topic_as_it_is(session: Session) -> None:
    ids = person(session)
    topics.archive(session, ids.user, ids.topic, now=NOW)
    topic = topics.get_or_create(session, ids.user, "sql")
    assert (topic.id, topic.archived_at) == (ids.topic, NOW)


def some(session: Session, ids: Ids) -> dict[str, Task]:
    """Tasks of a user, by name: completed on three days, at an unknown time, archived, open."""
    rows = {
        f"{days} days ago": TaskCreate(
            title="t", completed=True, completed_at=NOW - timedelta(days=days)
        )
        for days in (0, 1, 2)
    }
    rows["unknown"] = TaskCreate(title="t", completed=True)
    rows["archived"] = rows["2 days ago"]
    rows["open"] = TaskCreate(title="t", due_date=TODAY)
    made = {name: tasks.create(session, ids.user, data) for name, data in rows.items()}
    tasks.archive(session, ids.user, made["archived"].id, now=LATER)
    return made


@pytest.mark.parametrize(
    ("before", "archived"),
    [
        (None, ["0 days ago", "1 days ago", "2 days ago", "unknown"]),
        (date.max, ["0 days ago", "1 days ago", "2 days ago"]),
        (TODAY, ["1 days ago", "2 days ago"]),
        (TODAY - timedelta(days=2), []),
    ],
)
@pytest.mark.parametrize("is_loaded", [True, False])
def test_completed_tasks_are_archived_at_once(
    session: Session, before: date | None, archived: list[str], is_loaded: bool
) -> None:
    ids, other = person(session), person(session, "eve@example.com")
    some(session, other)
    theirs = dump_of(session, other)
    made = some(session, ids)
    changed = {name: task.updated_at for name, task in made.items()}
    named = {task.id: name for name, task in made.items()}
    if not is_loaded:
        session.expunge_all()
    with count_statements(session) as statements:
        number = tasks.archive_completed(session, ids.user, before=before, now=NOW)
    assert number == len(archived)
    assert len(statements) == 2  # one locks the user
    for again in (False, True):  # what is loaded, and what is stored
        if again:
            session.expire_all()
        rows = session.scalars(select(Task).where(Task.id.in_(named))).all()
        times = {named[row.id]: row.archived_at for row in rows}
        assert times == dict.fromkeys(made) | dict.fromkeys(archived, NOW) | {"archived": LATER}
        for row in rows:
            is_new = row.updated_at > changed[named[row.id]]
            assert is_new == (named[row.id] in archived)
    assert tasks.archive_completed(session, ids.user, before=before) == 0
    assert dump_of(session, other) == theirs


def dump_of(session: Session, ids: Ids) -> list[str]:
    return [row for row in dump(session)["tasks"] if row.startswith(f"({ids.user},")]


def test_what_is_loaded_follows_when_a_savepoint_takes_it_back(session: Session) -> None:
    ids = person(session)
    task = tasks.complete(session, ids.user, ids.task, now=NOW)
    with session.begin_nested() as savepoint:
        tasks.archive_completed(session, ids.user, now=NOW)
        assert task.archived_at == NOW
        savepoint.rollback()
    assert task.archived_at is None


def test_a_task_that_another_opens_again_meanwhile_is_not_archived(database: Database) -> None:
    with database.session() as session:
        ids = person(session)
        tasks.complete(session, ids.user, ids.task, now=NOW)
    number = after(
        database,
        lambda session: tasks.reopen(session, ids.user, ids.task),
        lambda session: tasks.archive_completed(session, ids.user),
    )
    assert number == 0
    with database.session() as session:
        assert tasks.get(session, ids.user, ids.task).archived_at is None


def test_nothing_is_archived_for_a_user_who_does_not_exist(session: Session) -> None:
    with pytest.raises(NotFound):
        tasks.archive_completed(session, 1)
