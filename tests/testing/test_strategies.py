"""Every generated input can be stored as it is, and every generated history follows the rules."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import reduce

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy.orm import Session

from trackercore import (
    Database,
    DayAlreadyDone,
    Habit,
    StudySession,
    StudySessionCreate,
    Tag,
    Task,
    TimedSessionCreate,
    UserCreate,
    categories,
    habits,
    study_sessions,
    tags,
    tasks,
    topics,
    users,
)
from trackercore.domain.habit_rules import Pause, merged_pauses
from trackercore.schemas.fields import Patch
from trackercore.testing import Factory, rolled_back, strategies
from trackercore.testing.strategies import HabitLog, StudyLog
from trackercore.types import text_key

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 9)  # has begun for everybody

Shared = Callable[[str], Database]


def check_stored(session: Session, row: object, new: BaseModel) -> None:
    session.refresh(row)
    assert type(new).model_validate(row, from_attributes=True) == new


def check_changed(session: Session, row: object, change: Patch, **elsewhere: object) -> None:
    session.refresh(row)
    given = change.changes()
    after = {name: elsewhere[name] if name in elsewhere else getattr(row, name) for name in given}
    assert given == after


def check_tags(row: Task | Habit | StudySession, given: Collection[int | str], tag: Tag) -> None:
    """The row has the given tags: ids are those of `tag`."""
    keys = {tag.name_key if isinstance(one, int) else text_key(one) for one in given}
    assert {text_key(name) for name in row.tags} == keys


few = settings(max_examples=max(10, settings().max_examples // 10))


@few
@given(st.data())
def test_any_user_is_stored(backend: str, shared_database: Shared, data: st.DataObject) -> None:
    with rolled_back(shared_database(backend)) as scratch, scratch.session() as session:
        new = data.draw(strategies.user_creates())
        user = users.create(session, new)
        check_stored(session, user, new)
        change = data.draw(strategies.user_updates())
        users.update(session, user.id, change)
        check_changed(session, user, change)


@few
@given(st.data())
def test_any_category_and_topic_is_stored(
    backend: str, shared_database: Shared, data: st.DataObject
) -> None:
    with rolled_back(shared_database(backend)) as scratch, scratch.session() as session:
        owner = Factory(session).owner.id
        named = data.draw(strategies.category_creates())
        category = categories.create(session, owner, named)
        check_stored(session, category, named)
        renamed = data.draw(strategies.category_updates())
        categories.update(session, owner, category.id, renamed)
        check_changed(session, category, renamed)
        subject = data.draw(strategies.topic_creates())
        topic = topics.create(session, owner, subject)
        check_stored(session, topic, subject)
        other = data.draw(strategies.topic_updates())
        topics.update(session, owner, topic.id, other)
        check_changed(session, topic, other)
        assert topic.name_key == text_key(topic.name)


@few
@given(st.data())
def test_any_tag_and_task_is_stored(
    backend: str, shared_database: Shared, data: st.DataObject
) -> None:
    with rolled_back(shared_database(backend)) as scratch, scratch.session() as session:
        make = Factory(session)
        owner = make.owner.id
        named = data.draw(strategies.tag_creates())
        tag = tags.create(session, owner, named)
        check_stored(session, tag, named)
        remarked = data.draw(strategies.tag_updates())
        tags.update(session, owner, tag.id, remarked)
        check_changed(session, tag, remarked)
        ids, parents, tag_ids = (
            st.just(row.id) for row in (make.category(), make.task(title="Whole"), tag)
        )
        new = data.draw(strategies.task_creates(ids, parent_ids=parents, tag_ids=tag_ids))
        task = tasks.create(session, owner, new)
        stored = {"created_at": new.created_at or task.created_at, "tags": task.tags}
        check_stored(session, task, new.model_copy(update=stored))
        check_tags(task, new.tags, tag)

        repeats = task.recurrence is not None
        is_subtask = task.parent_id is not None or (not repeats and data.draw(st.booleans()))
        change = data.draw(
            strategies.task_updates(
                ids, parent_ids=parents if is_subtask else None, tag_ids=tag_ids, repeats=repeats
            )
        )
        tasks.update(session, owner, task.id, change)
        given = change.changes()
        others = {"tags", "this_and_future"}
        if repeats or task.recurrence is not None:  # it may have moved on to the next occurrence
            others |= {"completed", "due_date", "due_at", "starts_on"}
        check_changed(session, task, change, **{name: given.get(name) for name in others})
        check_tags(task, change.tags if "tags" in given else new.tags, tag)


@few
@given(st.data())
def test_any_habit_and_check_in_is_stored(
    backend: str, shared_database: Shared, data: st.DataObject
) -> None:
    with rolled_back(shared_database(backend)) as scratch, scratch.session() as session:
        owner = users.create(session, data.draw(strategies.user_creates())).id
        tag = tags.get_or_create(session, owner, "Home")
        new = data.draw(strategies.habit_creates(tag_ids=st.just(tag.id)))
        habit = habits.create(session, owner, new, now=NOW)
        defaults = {"starts_on": habit.starts_on, "week_starts_on": habit.week_starts_on}
        check_stored(session, habit, new.model_copy(update={**defaults, "tags": habit.tags}))
        assert new.model_dump(exclude_none=True, exclude={"tags"}).items() <= vars(habit).items()
        check_tags(habit, new.tags, tag)
        change = data.draw(strategies.habit_updates(tag_ids=st.just(tag.id)))
        habits.update(session, owner, habit.id, change)
        given_tags = change.tags if "tags" in change.model_fields_set else new.tags
        check_changed(session, habit, change, tags=given_tags)
        check_tags(habit, given_tags, tag)
        many = st.lists(
            strategies.check_in_creates(TODAY), max_size=5, unique_by=lambda item: item.on or TODAY
        )
        items = data.draw(many)
        habits.check_in_many(session, owner, habit.id, items, now=NOW)
        skips = data.draw(st.lists(strategies.check_in_creates(TODAY, skips=True), max_size=3))
        with suppress(DayAlreadyDone):
            habits.check_in_many(session, owner, habit.id, skips, now=NOW)
        on = data.draw(strategies.days())
        schedule = data.draw(strategies.schedule_changes())
        habits.change_schedule(session, owner, habit.id, schedule, effective_from=on, now=NOW)
        assert habits.rebuild_streaks(session).corrected == 0


@settings(max_examples=max(5, settings().max_examples // 30))
@given(st.data())
def test_any_study_is_stored(backend: str, shared_database: Shared, data: st.DataObject) -> None:
    with rolled_back(shared_database(backend)) as scratch, scratch.session() as session:
        owner = users.create(session, data.draw(strategies.user_creates())).id
        ids = st.just(topics.create(session, owner, data.draw(strategies.topic_creates())).id)
        goal = data.draw(strategies.study_goal_creates(ids))
        on = data.draw(strategies.days())
        stored = study_sessions.set_goal(session, owner, goal, effective_from=on, now=NOW)
        assert stored.minutes == goal.minutes
        tag = tags.get_or_create(session, owner, "Home")
        tag_ids = st.just(tag.id)
        new = data.draw(strategies.study_session_creates(ids, tag_ids=tag_ids, today=TODAY))
        logged = study_sessions.create(session, owner, new, now=NOW)
        session.refresh(logged)
        given = new.model_dump(exclude_none=True, exclude={"tags"})
        assert given == {name: getattr(logged, name) for name in given}
        span = data.draw(strategies.timed_session_creates(ids, tag_ids=tag_ids, before=NOW))
        if span.external_id == new.external_id:
            span = span.model_copy(update={"external_id": None})
        timed = study_sessions.create_timed(session, owner, span, now=NOW)
        seconds = (span.ended_at - span.started_at).total_seconds()
        assert sum(part.duration_seconds for part in timed) == seconds
        for row, first_tags in ((logged, new.tags), (timed[0], span.tags)):
            check_tags(row, first_tags, tag)
            is_timed = row.started_at is not None
            change = data.draw(
                strategies.study_session_updates(
                    ids, tag_ids=tag_ids, today=TODAY, before=NOW, timed=is_timed
                )
            )
            if change.external_id is not None:
                change = change.model_copy(update={"external_id": f"changed {row.id}"})
            study_sessions.update(session, owner, row.id, change, on_overlap="allow", now=NOW)
            *_, last = study_sessions.parts(session, owner, row.id)
            given_tags = change.tags if "tags" in change.model_fields_set else first_tags
            check_changed(session, row, change, ended_at=last.ended_at, tags=given_tags)
            check_tags(row, given_tags, tag)


@few
@given(history=strategies.habit_histories(today=TODAY), user=strategies.user_creates())
def test_the_columns_of_any_habit_have_the_streaks_of_its_history(
    backend: str, shared_database: Shared, history: HabitLog, user: UserCreate
) -> None:
    with rolled_back(shared_database(backend)) as scratch, scratch.session() as session:
        owner = users.create(session, user).id
        habit = history.apply(session, owner, now=NOW)
        today = users.today(session, owner, now=NOW)
        streak = habits.streak(session, owner, habit.id, today)
        if habit.streak_grows_from is None and habit.direction == "at_least":
            assert habit.current_streak(today) == streak.current
            assert habit.cached_longest_streak == streak.longest
        assert habits.rebuild_streaks(session).corrected == 0
        check_ins = habits.check_ins(session, owner, habit.id)
        assert len(check_ins) == len(history.days)
        for stored, given_pauses in (
            (habits.pauses(session, owner, habit.id), history.pauses),
            (users.pauses(session, owner), history.user_pauses),
        ):
            as_stored = tuple(Pause(row.starts_on, row.ends_on, row.reason) for row in stored)
            none: tuple[Pause, ...] = ()
            assert as_stored == reduce(with_one_more, given_pauses, none)


def with_one_more(pauses: tuple[Pause, ...], pause: Pause) -> tuple[Pause, ...]:
    return merged_pauses([*pauses, pause])


@pytest.mark.parametrize("whose", ["pauses", "user_pauses"])
def test_histories_have_pauses_of_the_habit_and_of_all_habits_with_reasons(whose: str) -> None:
    def has_both(history: HabitLog) -> bool:
        pauses: tuple[Pause, ...] = getattr(history, whose)
        return {bool(pause.reason) for pause in pauses} == {True, False}

    # To look for the smallest one as well would take half a minute.
    any_one = settings(phases=[Phase.generate], max_examples=2000)
    find(strategies.habit_histories(today=TODAY), has_both, settings=any_one)


@few
@given(log=strategies.study_logs(today=TODAY), user=strategies.user_creates())
def test_the_seconds_of_any_study_log_add_up_by_topic_day_and_week(
    backend: str, shared_database: Shared, log: StudyLog, user: UserCreate
) -> None:
    with rolled_back(shared_database(backend)) as scratch, scratch.session() as session:
        owner = users.create(session, user).id
        log.apply(session, owner, now=NOW)
        expected = sum(map(seconds_of, log.sessions))
        everything = (date.min, date.max)
        by_topic = study_sessions.totals_by_topic(session, owner, *everything)
        by_day = study_sessions.totals_by_day(session, owner, *everything)
        by_week = study_sessions.totals_by_week(session, owner, *everything)
        assert sum(total.seconds for total in by_topic) == expected
        assert sum(total.seconds for total in by_day) == expected
        assert sum(total.seconds for total in by_week) == expected


def seconds_of(item: StudySessionCreate | TimedSessionCreate) -> int:
    if isinstance(item, StudySessionCreate):
        return item.duration_minutes * 60
    return int((item.ended_at - item.started_at).total_seconds())


def test_without_the_extra_it_is_named() -> None:
    code = (
        "import sys\nsys.modules['hypothesis'] = None\nfrom trackercore.testing import strategies"
    )
    command = [sys.executable, "-c", code]
    refused = subprocess.run(command, check=False, capture_output=True, text=True)
    assert refused.stderr.splitlines()[-1] == (
        "ImportError: trackercore.testing.strategies needs hypothesis:"
        " pip install 'trackercore[testing]'"
    )
