"""Calls that a type checker must refuse: what is wrong is seen before the program runs.

These need mypy, which is among the tools of the "types" session and not of the tests.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

HEADER = """\
from datetime import UTC, date, datetime
from sqlalchemy.orm import Session
import trackercore
from trackercore import *
from trackercore import categories, get_session, habits, study_sessions, tasks, topics, users
from trackercore import frames, plots
def call(session: Session, user: User, day: date, now: datetime) -> None:
"""

WRONG: dict[str, str] = {
    "users.get(session)": "call-arg",
    'users.get(session, "1")': "arg-type",
    'users.create(session, {"email": "ada@example.com"})': "arg-type",
    "users.create(session, user.id, UserCreate(email='ada@example.com'))": "call-arg",
    "users.find_by_email(session, 'ada@example.com').id": "union-attr",
    "UserCreate()": "call-arg",
    "UserCreate(email=None)": "arg-type",
    "UserUpdate(email=None)": "arg-type",
    "UserUpdate(time_zone=None)": "arg-type",
    "UserCreate(email='ada@example.com', nonsense=1)": "call-arg",
    "UserRead.model_validate(user).hashed_password": "attr-defined",
    "categories.create(session, CategoryCreate(name='Home'))": "call-arg",
    "categories.create(session, user.id, TopicCreate(name='Home'))": "arg-type",
    "CategoryUpdate(name=None)": "arg-type",
    "categories.find(session, user.id, 10)": "call-arg",
    "TaskCreate(title='Sweep', due_date='tomorrow')": "arg-type",
    "TaskUpdate(completed=True)": "call-arg",
    "TaskUpdate(title=None)": "arg-type",
    "tasks.find(session, user.id, due='later')": "arg-type",
    "tasks.find(session, user.id).next.upper()": "union-attr",
    "tasks.find(session, user.id)[0]": "index",
    "tasks.complete(session, user.id, 1, now=day)": "arg-type",
    "tasks.complete(session, user.id, 1, now)": "call-arg",
    "tasks.get(session, user.id, 1).completed_at.date()": "union-attr",
    "HabitCreate(name='Run', frequency='hourly')": "arg-type",
    "HabitUpdate(frequency='weekly')": "call-arg",
    "habits.check_in(session, user.id, 1, day)": "call-arg",
    "habits.check_in(session, user.id, 1, amount=1.5)": "arg-type",
    "habits.check_in(session, user.id, 1).steak": "attr-defined",
    "habits.check_ins(session, user.id, 1).items": "attr-defined",
    "habits.streak(session, user.id, 1).since.year": "union-attr",
    "habits.rebuild_streaks(user.id)": "arg-type",
    "habits.rebuild_streaks(session) + 1": "operator",
    "ScheduleChange(target=3)": "call-arg",
    "ScheduleChange(frequency='weekdays', weekdays=[1])": "arg-type",
    "habits.change_schedule(session, user.id, 1, frequency='daily')": "call-arg",
    "habits.change_schedule(session, user.id, 1, HabitUpdate(name='Run'))": "arg-type",
    "habits.pause(session, user.id, 1, day, day)": "call-arg",
    "habits.pause(session, user.id, 1, starts_on=now.isoformat())": "arg-type",
    "habits.completion_rate(session, user.id, 1, day, day) * 100": "operator",
    "habits.check_in_many(session, user.id, 1, [day])": "list-item",
    "habits.history(session, user.id, 1, day, day)[0].done": "attr-defined",
    "habits.get(session, user.id, 1).current_streak()": "call-arg",
    "TopicUpdate(name=None)": "arg-type",
    "topics.get_or_create(session, user.id, TopicCreate(name='SQL'))": "arg-type",
    "StudySessionCreate(duration_minutes=5)": "call-arg",
    "StudySessionUpdate(study_date=None)": "arg-type",
    "study_sessions.create_many(session, user.id, StudySessionCreate(topic_id=1,"
    " duration_minutes=5))": "arg-type",
    "study_sessions.total(session, user.id)": "call-arg",
    "study_sessions.total(session, user.id, day, day).name": "attr-defined",
    "study_sessions.totals_by_week(session, user.id, '2026-01-01', day)": "arg-type",
    "TimedSessionCreate(topic_id=1, started_at=now)": "call-arg",
    "TimedSessionCreate(topic_id=1, started_at=day, ended_at=now)": "arg-type",
    "study_sessions.create_timed(session, user.id, StudySessionCreate(topic_id=1,"
    " duration_minutes=5))": "arg-type",
    "study_sessions.start(session, user.id)": "call-arg",
    "study_sessions.running(session, user.id).topic_id": "union-attr",
    "study_sessions.stop(session, user.id, now)": "call-arg",
    "study_sessions.rolling(session, user.id)": "call-arg",
    "study_sessions.set_goal(session, user.id, 60)": "arg-type",
    "study_sessions.goal_progress(session, user.id).goal + 1": "operator",
    "trackercore.overview(session)": "call-arg",
    "frames.totals(session, user.id, day, day)": "call-arg",
    "frames.totals(session, user.id, start=day, end=day, by='hour')": "arg-type",
    "frames.topics(session, user.id, start=day, end=day, by='topic')": "arg-type",
    "frames.check_ins(session, user.id, start=now.isoformat())": "arg-type",
    "plots.calendar(session, user.id, year='2026')": "arg-type",
    "plots.weeks(session, user.id, start=day)": "call-arg",
    "plots.streaks(session, user.id, 1)": "arg-type",
    "plots.streaks(session, user.id).show()": "attr-defined",
    "get_session(True)": "call-arg",
    "get_session().execute": "attr-defined",
    "Database(1)": "arg-type",
}


def test_a_wrong_call_is_an_error_and_nothing_else_is(tmp_path: Path) -> None:
    mypy = pytest.importorskip("mypy.api", reason="mypy is installed where types are checked")
    program = tmp_path / "wrong.py"
    program.write_text(HEADER + "".join(f"    {call}\n" for call in WRONG), "utf-8")
    options = ("--strict", "--no-error-summary", "--show-error-codes", "--hide-error-context")
    settings = PROJECT / "pyproject.toml"
    # The project's cache: without one, mypy would first have to read all of SQLAlchemy.
    cache = PROJECT / ".mypy_cache"
    output, errors, _ = mypy.run(
        [*options, f"--config-file={settings}", f"--cache-dir={cache}", str(program)]
    )
    found: dict[int, set[str]] = {}
    for line in output.splitlines():
        match = re.fullmatch(r".*wrong\.py:(\d+): error: .*  \[([\w-]+)\]", line)
        if match is not None:
            found.setdefault(int(match[1]), set()).add(match[2])
    first = len(HEADER.splitlines()) + 1
    unseen = {
        call: found.get(number)
        for number, (call, code) in enumerate(WRONG.items(), first)
        if code not in found.get(number, set())
    }
    assert unseen == {}, output + errors
    assert found.keys() == set(range(first, first + len(WRONG))), output + errors
