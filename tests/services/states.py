"""Calls that need more rows than `person` creates, or rows in other states, to send all they can.

They are no part of the table of calls, which are to work in any state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.services.support import NOW, TODAY, Ids, timed
from trackercore import (
    Habit,
    HabitCreate,
    NameTaken,
    SessionsOverlap,
    Task,
    TaskCreate,
    TaskUpdate,
    TopicCreate,
    UserUpdate,
    habits,
    study_sessions,
    tags,
    tasks,
    topics,
    users,
)
from trackercore.schemas import TaskFilters
from trackercore.services import named_rows


def _give_subtasks(session: Session, ids: Ids) -> None:
    """One that is completed, and one that is open."""
    for is_done in (True, False):
        data = TaskCreate(title="Part", parent_id=ids.task, due_at=NOW, completed=is_done)
        tasks.create(session, ids.user, data)


def _repeat_with_subtasks(session: Session, ids: Ids) -> None:
    _give_subtasks(session, ids)
    data = TaskUpdate(due_at=NOW, recurrence="FREQ=DAILY")
    tasks.update(session, ids.user, ids.task, data, now=NOW)


def _complete_with_subtasks(session: Session, ids: Ids) -> None:
    _give_subtasks(session, ids)
    tasks.complete(session, ids.user, ids.task, subtasks=True, now=NOW)


def _complete_twice(session: Session, ids: Ids) -> None:
    _repeat_with_subtasks(session, ids)
    for _ in range(2):
        tasks.complete(session, ids.user, ids.task, occurrence_date=TODAY, now=NOW)


def _reopen(session: Session, ids: Ids) -> None:
    _complete_twice(session, ids)
    tasks.reopen(session, ids.user, ids.task, occurrence_date=TODAY, now=NOW)


def _change_zone(session: Session, ids: Ids) -> None:
    """The session has a habit with its standing, which is read again."""
    _repeat_with_subtasks(session, ids)
    habit = habits.get(session, ids.user, ids.habit, now=NOW)
    users.update(session, ids.user, UserUpdate(time_zone="Asia/Tokyo"), now=NOW)
    assert habit.standing is not None


def _become_a_subtask(session: Session, ids: Ids) -> None:
    parent = tasks.create(session, ids.user, TaskCreate(title="Whole"))
    tasks.update(session, ids.user, ids.task, TaskUpdate(parent_id=parent.id), now=NOW)


def _leave_no_room(session: Session, model: type[Task | Habit], owner: int) -> None:
    session.execute(update(model).where(model.user_id == owner).values(position=1))


def _move_task(session: Session, ids: Ids) -> None:
    ends = [tasks.create(session, ids.user, TaskCreate(title="End")) for _ in range(2)]
    _leave_no_room(session, Task, ids.user)
    tasks.move(session, ids.user, ids.task, before=ends[1].id)


def _move_habit(session: Session, ids: Ids) -> None:
    data = [HabitCreate(name=name, frequency="daily") for name in ("Row", "Sing")]
    ends = [habits.create(session, ids.user, each, now=NOW) for each in data]
    _leave_no_room(session, Habit, ids.user)
    habits.move(session, ids.user, ids.habit, before=ends[1].id, now=NOW)


def _merge_tags(session: Session, ids: Ids) -> None:
    into = tags.get_or_create(session, ids.user, "Garden")
    tags.merge(session, ids.user, ids.tag, into.id)


def _take_a_name(session: Session, ids: Ids) -> None:
    with pytest.raises(NameTaken):
        topics.create(session, ids.user, TopicCreate(name="SQL"))


def _overlap(session: Session, ids: Ids) -> None:
    data = timed(ids.topic)
    study_sessions.create_timed(session, ids.user, data, now=NOW)
    with pytest.raises(SessionsOverlap):
        study_sessions.create_timed(session, ids.user, data, now=NOW)


STATES: Mapping[str, Callable[[Session, Ids], object]] = {
    "tasks.complete with subtasks": _complete_with_subtasks,
    "tasks.complete of an occurrence with subtasks, again": _complete_twice,
    "tasks.reopen of an occurrence with subtasks": _reopen,
    "tasks.update of the parent": _become_a_subtask,
    "tasks.move where there is no room": _move_task,
    "habits.get on a day before check-ins": lambda session, ids: habits.get(
        session, ids.user, ids.habit, now=NOW - timedelta(days=1)
    ),
    "habits.move where there is no room": _move_habit,
    "users.update of the time zone": _change_zone,
    "tags.merge into another": _merge_tags,
    "topics.create of a name that is taken": _take_a_name,
    "study_sessions.create_timed in a time that is taken": _overlap,
    "named_rows.check_ins": lambda session, ids: named_rows.check_ins(
        session, ids.user, ids.habit, None, None
    ),
    "named_rows.study_sessions": lambda session, ids: named_rows.study_sessions(
        session, ids.user, ids.topic, None, None
    ),
    "named_rows.tasks": lambda session, ids: named_rows.tasks(
        session, ids.user, TaskFilters(), None
    ),
}
"""What they are, and how a user runs them who owns one row of each kind."""
