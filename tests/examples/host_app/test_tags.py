"""Tags on tasks; the names are unique per user."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from host_app.models import Tag, task_tags
from host_app.tags import add_tag, tagged, tags_of
from trackercore import NotFound, TaskCreate, tasks


def make_tasks(session: Session, user_id: int, *titles: str) -> list[int]:
    return [tasks.create(session, user_id, TaskCreate(title=title)).id for title in titles]


def names(session: Session, user_id: int, task_id: int) -> list[str]:
    return sorted(tag.name for tag in tags_of(tasks.get(session, user_id, task_id)))


def test_tasks_have_many_tags_and_tags_many_tasks(session: Session, ada: int) -> None:
    sow, reap, sleep = make_tasks(session, ada, "Sow", "Reap", "Sleep")
    for task, name in ((sow, "Garden"), (reap, "Garden"), (reap, "Autumn")):
        add_tag(session, ada, task, name)
    session.flush()
    session.expunge_all()
    assert names(session, ada, reap) == ["Autumn", "Garden"]
    assert names(session, ada, sleep) == []
    assert [task.id for task in tagged(session, ada, "Garden")] == [sow, reap]
    assert len(session.scalars(select(Tag)).all()) == 2


def test_a_tag_that_a_task_has_stays_as_it_is(session: Session, ada: int) -> None:
    (sow,) = make_tasks(session, ada, "Sow")
    for _ in range(2):
        add_tag(session, ada, sow, "Garden")
        session.flush()
        session.expunge_all()
    assert names(session, ada, sow) == ["Garden"]


def test_users_have_tags_of_their_own(session: Session, ada: int, eve: int) -> None:
    for owner in (ada, eve):
        (task,) = make_tasks(session, owner, "Sow")
        add_tag(session, owner, task, "Garden")
        session.flush()
        assert [task.user_id for task in tagged(session, owner, "Garden")] == [owner]
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Tag(user_id=ada, name="Garden"))
    (other,) = tagged(session, eve, "Garden")
    with pytest.raises(NotFound):
        add_tag(session, ada, other.id, "Garden")


def test_the_links_go_with_either_side(session: Session, ada: int) -> None:
    sow, reap = make_tasks(session, ada, "Sow", "Reap")
    add_tag(session, ada, sow, "Garden")
    add_tag(session, ada, reap, "Garden")
    tasks.delete(session, ada, sow)
    assert [task.id for task in tagged(session, ada, "Garden")] == [reap]
    session.delete(session.scalars(select(Tag)).one())
    session.flush()
    assert session.execute(select(task_tags)).all() == []
    assert tasks.get(session, ada, reap).title == "Reap"
