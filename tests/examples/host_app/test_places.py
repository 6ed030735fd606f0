"""Where tasks are done; the names are unique per user."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from host_app.models import Place, task_places
from host_app.places import add_place, places_of, tasks_at
from trackercore import NotFound, TaskCreate, tasks


def make_tasks(session: Session, user_id: int, *titles: str) -> list[int]:
    return [tasks.create(session, user_id, TaskCreate(title=title)).id for title in titles]


def names(session: Session, user_id: int, task_id: int) -> list[str]:
    return sorted(place.name for place in places_of(tasks.get(session, user_id, task_id)))


def test_tasks_have_many_places_and_places_many_tasks(session: Session, ada: int) -> None:
    sow, reap, sleep = make_tasks(session, ada, "Sow", "Reap", "Sleep")
    for task, name in ((sow, "Garden"), (reap, "Garden"), (reap, "Autumn")):
        add_place(session, ada, task, name)
    session.flush()
    session.expunge_all()
    assert names(session, ada, reap) == ["Autumn", "Garden"]
    assert names(session, ada, sleep) == []
    assert [task.id for task in tasks_at(session, ada, "Garden")] == [sow, reap]
    assert len(session.scalars(select(Place)).all()) == 2


def test_a_place_that_a_task_has_stays_as_it_is(session: Session, ada: int) -> None:
    (sow,) = make_tasks(session, ada, "Sow")
    for _ in range(2):
        add_place(session, ada, sow, "Garden")
        session.flush()
        session.expunge_all()
    assert names(session, ada, sow) == ["Garden"]


def test_users_have_places_of_their_own(session: Session, ada: int, eve: int) -> None:
    for owner in (ada, eve):
        (task,) = make_tasks(session, owner, "Sow")
        add_place(session, owner, task, "Garden")
        session.flush()
        assert [task.user_id for task in tasks_at(session, owner, "Garden")] == [owner]
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(Place(user_id=ada, name="Garden"))
    (other,) = tasks_at(session, eve, "Garden")
    with pytest.raises(NotFound):
        add_place(session, ada, other.id, "Garden")


def test_the_links_go_with_either_side(session: Session, ada: int) -> None:
    sow, reap = make_tasks(session, ada, "Sow", "Reap")
    add_place(session, ada, sow, "Garden")
    add_place(session, ada, reap, "Garden")
    tasks.delete(session, ada, sow)
    assert [task.id for task in tasks_at(session, ada, "Garden")] == [reap]
    session.delete(session.scalars(select(Place)).one())
    session.flush()
    assert session.execute(select(task_places)).all() == []
    assert tasks.get(session, ada, reap).title == "Reap"
