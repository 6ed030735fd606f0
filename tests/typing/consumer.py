"""A small program on top of trackercore, to show what type checkers make of it.

mypy and pyright check it with the rest of the tests; a test runs it, so that what they believe is
true. That each service returns what its annotation says is checked in tests/services/test_results.
Calls that must not pass either of the type checkers are in wrong_calls.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import assert_type

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import Engine, bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

import trackercore
from trackercore import (
    AsyncDatabase,
    Category,
    CategoryCreate,
    CategoryRead,
    CategoryUpdate,
    CheckIn,
    CheckInCreate,
    CheckInManyResult,
    CheckInRead,
    CheckInResult,
    CreateManyResult,
    Database,
    Habit,
    HabitCreate,
    HabitPause,
    HabitPauseRead,
    HabitRead,
    HabitToday,
    HabitUpdate,
    NotFound,
    Overview,
    Page,
    PageRead,
    ScheduleChange,
    StudyGoal,
    StudyGoalCreate,
    StudyGoalRead,
    StudySession,
    StudySessionCreate,
    StudySessionRead,
    StudySessionUpdate,
    Task,
    TaskCreate,
    TaskRead,
    TaskUpdate,
    TimedSessionCreate,
    Timer,
    TimerRead,
    Topic,
    TopicCreate,
    TopicRead,
    TopicUpdate,
    Total,
    User,
    UserCreate,
    UserRead,
    UserUpdate,
    categories,
    configure,
    get_session,
    habits,
    init_db,
    overview,
    prepare_engine,
    rules,
    run,
    study_sessions,
    tags,
    tasks,
    topics,
    users,
)
from trackercore.row_level_security import secure
from trackercore.rules import Schedule
from trackercore.testing import Factory, ScratchDatabase, rolled_back, strategies
from trackercore.testing.strategies import HabitLog

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = date(2026, 3, 10)


def use_databases(url: str) -> Database:
    assert_type(trackercore.__version__, str)
    assert_type(trackercore.testing.Factory, type[Factory])
    assert_type(configure(Database(url, schema=None, echo=False)), Database)
    first = init_db(url)
    assert_type(first, Database)
    first.dispose()
    database = configure(url)
    assert_type(database, Database)
    assert_type(database.engine, Engine)
    assert_type(prepare_engine(database.engine), Engine)
    assert_type(init_db(), Database)
    assert_type(get_session(), AbstractContextManager[Session])
    with get_session(read_only=True) as session:
        assert_type(session, Session)
    with database.session() as session:
        assert_type(session, Session)
    assert_type(run(count_users), int)
    assert_type(database.run(count_users, retries=3, read_only=True), int)
    assert_type(run(lambda session: users.find(session).next), str | None)
    return database


async def use_async_database(url: str) -> None:
    database = AsyncDatabase(url, schema=None, echo=False)
    assert_type(database.engine, AsyncEngine)
    assert_type(prepare_engine(database.engine), AsyncEngine)
    await database.init()
    await database.upgrade(lock_timeout=1)
    assert_type(await database.revision(), str | None)
    assert_type(await database.differences(), list[str])
    async with database.session() as session:
        assert_type(session, AsyncSession)
        user_id = await session.run_sync(use_users)
        assert_type(user_id, int)
        run = await session.run_sync(
            habits.create, user_id, HabitCreate(name="Swim", frequency="daily")
        )
        assert_type(run, Habit)
        result = await session.run_sync(habits.check_in, user_id, run.id, amount=2, now=NOW)
        assert_type(result, CheckInResult)
        await session.run_sync(users.delete, user_id)
    async with database.session(read_only=True) as session:
        assert_type(await session.run_sync(users.find, limit=10), Page[User])
    await database.dispose()


async def use_sessions_of_one_user(url: str) -> None:
    """On PostgreSQL: nothing runs it on SQLite, which has no row-level security."""
    database = configure(Database(url, owner_role="shop_owner"))
    assert_type(secure(database, role="shop_owner", logins=["shop"], dry_run=True), list[str])
    with database.session(owner=1) as session:
        assert_type(session, Session)
    with get_session(owner=1, read_only=True) as session:
        assert_type(session, Session)
    assert_type(database.run(count_users, owner=1), int)
    assert_type(run(count_users, owner=None), int)
    async_database = AsyncDatabase(url, owner_role="shop_owner")
    async with async_database.session(owner=1) as async_session:
        assert_type(async_session, AsyncSession)
    assert_type(await async_database.run(count_users, owner=1), int)


def count_users(session: Session) -> int:
    return len(users.find(session))


def use_users(session: Session) -> int:
    user = users.create(session, UserCreate(email="ada@example.com", time_zone="Europe/Berlin"))
    assert_type(user, User)
    assert_type(user.id, int)
    assert_type(user.email, str)
    assert_type(user.hashed_password, str | None)
    assert_type(user.created_at, datetime)
    assert_type(user.tasks, list[Task])
    assert_type(user.sessions, list[StudySession])
    assert_type(users.find(session, limit=10, after=None), Page[User])
    assert_type(users.find_by_email(session, "ada@example.com"), User | None)
    assert_type(users.update(session, user.id, UserUpdate(week_starts_on=7)), User)
    assert_type(UserRead.model_validate(user).email, str)
    return user.id


def use_categories_and_tasks(session: Session, user_id: int) -> None:
    category = categories.create(session, user_id, CategoryCreate(name="Home"))
    assert_type(category.tasks, list[Task])
    categories.update(session, user_id, category.id, CategoryUpdate(name="House"))
    assert_type(CategoryRead.model_validate(category).name, str)

    data = TaskCreate(title="Sweep", category_id=category.id, due_at=NOW, external_id="1")
    task = tasks.create(session, user_id, data)
    assert_type(tasks.create_many(session, user_id, (it for it in [data])), CreateManyResult)
    assert_type(task, Task)
    assert_type(task.category, Category | None)
    assert_type(task.due_date, date | None)
    assert_type(task.due_at, datetime | None)
    assert_type(task.completed, bool)
    page = tasks.find(
        session,
        user_id,
        completed=False,
        category_id=category.id,
        due="today",
        text="sweep",
        external_id="1",
        now=NOW,
        limit=5,
    )
    assert_type(page, Page[Task])
    assert_type(page[0], Task)
    assert_type(page[:2], list[Task])
    assert_type(tasks.find(session, user_id, order_by="-due", after=page), Page[Task])
    assert_type(tasks.count(session, user_id, completed=False), int)
    assert_type(PageRead[TaskRead].model_validate(page).items, list[TaskRead])
    assert_type(page.items, list[Task])
    assert_type(page.next, str | None)
    assert_type(list(page), list[Task])
    assert_type(len(page), int)
    tasks.update(session, user_id, task.id, TaskUpdate(due_date=DAY))
    assert_type(TaskRead.model_validate(task).completed_at, datetime | None)
    tasks.delete(session, user_id, task.id)


class Look(TypedDict, total=False):
    colour: str
    stars: int


class TaskOut(TaskRead[Look]):
    """A task with what this program keeps in its extra."""


def title_of(task: TaskRead) -> str:
    return task.title


def use_extra(session: Session, user_id: int) -> None:
    look: Look = {"colour": "red", "stars": 3}
    data = TaskCreate(title="Paint", extra=look)
    assert_type(data.extra, Mapping[str, object])
    task = tasks.create(session, user_id, data)
    assert_type(task.extra, Mapping[str, object])
    task.extra = {**task.extra, "stars": 4}
    out = TaskOut.model_validate(task)
    assert_type(out.extra, Look)
    assert_type(out.extra.get("stars"), int | None)
    assert_type(TaskRead[Look].model_validate(task).extra, Look)
    assert_type(TaskRead.model_validate(task).extra, Mapping[str, object])
    assert_type(title_of(out), str)  # it is a TaskRead
    tasks.update(session, user_id, task.id, TaskUpdate(extra={**out.extra, "colour": "blue"}))
    found = tasks.find(session, user_id, extra={"colour": "blue", "stars": 4})
    assert_type(PageRead[TaskOut].model_validate(found).items, list[TaskOut])
    typed = PageRead[TaskRead[Look]].model_validate(found)
    assert_type(typed.items[0].extra, Look)
    wanted = {"colour": "blue"}
    assert_type(tasks.count(session, user_id, extra=wanted), int)
    user = users.update(session, user_id, UserUpdate(extra=look))
    assert_type(UserRead[Look].model_validate(user).extra, Look)
    assert_type(CategoryRead[Look].model_fields.keys() >= {"extra"}, bool)
    for read in (HabitRead[Look], TopicRead[Look], StudySessionRead[Look]):
        assert read.model_fields["extra"].annotation is Look


def use_habits(session: Session, user_id: int) -> None:
    data = HabitCreate(name="Run", frequency="weekly", target=3, starts_on=DAY)
    habit = habits.create(session, user_id, data, now=NOW)
    assert_type(habit, Habit)
    assert_type(habit.cached_streak, int)
    assert_type(habit.streak_alive_through, date | None)
    assert_type(habit.starting_streak, int | None)
    assert_type(habit.starting_streak_on, date | None)
    assert_type(habit.weekdays, frozenset[int] | None)
    assert_type(habit.schedule_from, date | None)
    habits.update(session, user_id, habit.id, HabitUpdate(name="Ride"))
    result = habits.check_in(
        session, user_id, habit.id, on=DAY, amount=2, note="far", add=True, now=NOW
    )
    assert_type(result.check_in, CheckInRead)
    assert_type(result.created, bool)
    assert_type(result.current_streak, int)
    many = habits.check_in_many(session, user_id, habit.id, [CheckInCreate(on=DAY)], now=NOW)
    assert_type(many, CheckInManyResult)
    streak = habits.streak(session, user_id, habit.id, DAY)
    assert_type(streak.since, date | None)
    assert_type(due_of(session, user_id), list[tuple[str, Decimal, int]])
    runs = habits.best_streaks(session, user_id, habit.id, limit=3, as_of=DAY)
    assert_type([run.start for run in runs], list[date | None])
    (shown,) = habits.history(session, user_id, habit.id, DAY, DAY, now=NOW)
    assert_type(shown.amount, Decimal | None)
    assert_type(habits.strength(session, user_id, habit.id, DAY, now=NOW), float)
    (strong,) = habits.strength_by_day(session, user_id, habit.id, DAY, DAY, now=NOW)
    assert_type(strong.strength, float)
    monday, *_ = habits.done_by_weekday(session, user_id, habit.id, DAY, DAY, now=NOW)
    assert_type((monday.done, monday.possible, monday.rate), tuple[int, int, float | None])
    (counted,) = habits.done_by_day(session, user_id, DAY, DAY, now=NOW)
    assert_type((counted.done, counted.due), tuple[int, int])
    assert_type((counted.done_ids, counted.due_ids), tuple[tuple[int, ...], tuple[int, ...]])
    assert_type(habits.any_streak(session, user_id, DAY, now=NOW).current, int)
    change = ScheduleChange(frequency="weekdays", weekdays={1, 3, 5})
    habits.change_schedule(session, user_id, habit.id, change, effective_from=DAY)
    habits.pause(session, user_id, habit.id, starts_on=DAY, ends_on=DAY)
    pauses = habits.pauses(session, user_id, habit.id)
    assert_type([HabitPauseRead.model_validate(pause) for pause in pauses], list[HabitPauseRead])
    assert_type(habit.current_streak(DAY), int | None)
    standing = select(Habit).where(Habit.current_streak(DAY) > 2)
    prepared = select(Habit.current_streak(bindparam("today")))
    assert_type(session.scalars(prepared, {"today": DAY}).all(), Sequence[int | None])
    best_first = standing.order_by(Habit.current_streak(DAY).desc())
    assert_type(session.scalars(best_first).all(), Sequence[Habit])
    assert_type(HabitRead.model_validate(habit).target, Decimal)
    assert_type(HabitRead.model_validate(habit).starting_streak, int | None)


def due_of(session: Session, user_id: int) -> list[tuple[str, Decimal, int]]:
    due = habits.due(session, user_id, DAY)
    return [(habit.name, habit.remaining, habit.days_left) for habit in due]


def use_topics_and_sessions(session: Session, user_id: int) -> None:
    topic = topics.create(session, user_id, TopicCreate(name="SQL", description="joins"))
    assert_type(topic.sessions, list[StudySession])
    topics.update(session, user_id, topic.id, TopicUpdate(description=None))
    assert_type(TopicRead.model_validate(topic).description, str | None)

    data = StudySessionCreate(topic_id=topic.id, duration_minutes=50, study_date=DAY)
    row = study_sessions.create(session, user_id, data, now=NOW)
    assert_type(row, StudySession)
    assert_type(row.topic, Topic)

    def more() -> Iterator[StudySessionCreate]:
        yield data
        yield data

    many = study_sessions.create_many(session, user_id, more(), now=NOW)
    assert_type(many.created, int)
    study_sessions.create_many(session, user_id, [data], now=NOW)
    study_sessions.create_many(session, user_id, [], now=NOW)
    changes = StudySessionUpdate(duration_minutes=45)
    study_sessions.update(session, user_id, row.id, changes, now=NOW)
    assert_type(StudySessionRead.model_validate(row).notes, str | None)
    assert_type((row.duration_seconds, row.duration_minutes), tuple[int, int])
    assert_type(session.scalars(select(StudySession.duration_minutes)).all(), Sequence[int])
    total = study_sessions.total(session, user_id, DAY, DAY, topic_id=topic.id)
    assert_type((total.minutes, total.seconds), tuple[int, int])
    by_day = study_sessions.totals_by_day(session, user_id, start=DAY, end=DAY, fill=True)
    assert_type(by_day, list[Total])
    by_topic = study_sessions.totals_by_topic(session, user_id, DAY, DAY)
    assert_type([total.name for total in by_topic], list[str])
    by_tag = study_sessions.totals_by_tag(session, user_id, DAY, DAY, fill=True)
    assert_type([total.name for total in by_tag.tags], list[str])
    assert_type((by_tag.total, by_tag.untagged), tuple[Total, Total])
    deep = tags.get_or_create(session, user_id, "deep")
    study_sessions.update(session, user_id, row.id, StudySessionUpdate(tags={"new", deep.id}))
    assert_type(row.tags, tuple[str, ...])
    tagged = study_sessions.find(session, user_id, tags_all=["deep"], tags_any={deep.id})
    assert_type(tagged.items[0].tags, tuple[str, ...])
    use_timed_study(session, user_id, topic.id)


def use_timed_study(session: Session, user_id: int, topic_id: int) -> None:
    data = TimedSessionCreate(topic_id=topic_id, started_at=NOW - 2 * HOUR, ended_at=NOW)
    parts = study_sessions.create_timed(session, user_id, data, on_overlap="allow", now=NOW)
    assert_type(parts[0].started_at, datetime | None)
    assert_type(parts[0].part_of, int | None)
    changes = StudySessionUpdate(ended_at=NOW - HOUR)
    study_sessions.update(session, user_id, parts[0].id, changes, on_overlap="allow", now=NOW)
    study_sessions.start(session, user_id, topic_id, now=NOW)
    running = study_sessions.running(session, user_id)
    assert_type(running, Timer | None)
    assert_type(TimerRead.model_validate(running).started_at, datetime)
    goal = StudyGoalCreate(minutes=30, topic_id=topic_id, weekday=7)
    stored = study_sessions.set_goal(session, user_id, goal, effective_from=DAY)
    assert_type(StudyGoalRead.model_validate(stored).weekday, int | None)
    progress = study_sessions.goal_progress(session, user_id, DAY)
    assert_type(progress.met, bool | None)
    screen = overview(session, user_id, now=NOW)
    assert_type(screen, Overview)
    assert_type(screen.habits, list[HabitToday])
    assert_type(screen.timer, TimerRead | None)


def use_testing(database: Database) -> None:
    """What a test of a host's gets from its fixtures."""
    with rolled_back(database) as scratch:
        assert_type(scratch, ScratchDatabase)
        with scratch.enclosing_session() as session:
            assert_type(session, Session)
            make = Factory(session, now=NOW)
            assert_type(make.owner, User)
            assert_type(make.today(), date)
            category = make.category(make.user(time_zone="Asia/Tokyo"), name="Home")
            assert_type(category, Category)
            assert_type(make.task(category=category, due_date=DAY), Task)
            habit = make.habit(frequency="weekdays", weekdays={1, 3}, target=2)
            assert_type(habit, Habit)
            assert_type(make.schedule_change(habit, frequency="monthly", every=3), Habit)
            assert_type(make.history(habit, days=7, missed={2}), Habit)
            assert_type(make.check_in(habit, on=DAY, amount=2), CheckIn)
            assert_type(make.skip(habit, on=DAY - timedelta(days=2)), CheckIn)
            assert_type(make.pause(habit, starts_on=DAY, ends_on=None), HabitPause)
            topic = make.topic(description="joins")
            assert_type(topic, Topic)
            assert_type(make.study_session(topic, duration_minutes=50), StudySession)
            assert_type(make.timed_session(topic, ended_at=NOW), list[StudySession])
            assert_type(make.timer(topic, started_at=NOW), Timer)
            assert_type(make.study_goal(topic=topic, minutes=20), StudyGoal)
        with scratch.session(read_only=True) as session:
            assert_type(session, Session)
    assert_type(strategies.task_creates(st.just(1)), SearchStrategy[TaskCreate])
    assert_type(strategies.user_updates(), SearchStrategy[UserUpdate])
    assert_type(strategies.habit_histories(today=DAY), SearchStrategy[HabitLog])


def use_rules(logs: dict[date, float]) -> None:
    """What somebody with tables of their own gets."""
    schedule = Schedule("weekdays", weekdays={1, 3}, target=2.5, starts_on=DAY)
    assert_type(schedule.target, Decimal | float)
    for days in ([DAY], {DAY}, iter([DAY]), logs, {DAY: True}, {DAY: Decimal("2.5")}):
        assert_type(rules.streak(days, "daily", DAY).current, int)
    streak = rules.streak(logs, schedule, DAY, skipped=[DAY - timedelta(days=1)])
    assert_type(streak, rules.StreakStanding)
    assert_type((streak.longest, streak.alive_through), tuple[int, date | None])
    due = rules.due([], schedule, DAY, pauses=[(DAY + timedelta(days=1), None)])
    assert_type(due, rules.PeriodStanding | None)
    standing = rules.period_standing([], "weekly", DAY)
    assert standing is not None
    assert_type((standing.remaining, standing.days_left), tuple[Decimal, int])
    assert_type(rules.completion_rate(logs, schedule, DAY, DAY, DAY), float | None)
    assert_type(rules.local_day(NOW, "Europe/Berlin", 180), date)
    assert_type(rules.day_bounds(DAY, "Europe/Berlin"), tuple[datetime, datetime] | None)
    parts = rules.cut_by_day(NOW - HOUR, NOW, "Europe/Berlin", day_starts_at=180)
    assert_type([(part.day, part.seconds) for part in parts], list[tuple[date, int]])
    assert_type(rules.nonexistent_dates("Pacific/Apia"), tuple[date, ...])


def message_of_missing(session: Session, user_id: int, task_id: int) -> str:
    """What an app would do with the library's errors."""
    try:
        return tasks.get(session, user_id, task_id).title
    except NotFound as error:
        assert_type(error.entity, str)
        assert_type(error.id, int)
        assert_type(error.code, str)
        assert_type(error.facts, dict[str, object])
        return str(error)


def main(url: str) -> str:
    """Run it all."""
    database = use_databases(url)
    with database.session() as session:
        user_id = use_users(session)
        use_categories_and_tasks(session, user_id)
        use_extra(session, user_id)
        use_habits(session, user_id)
        use_topics_and_sessions(session, user_id)
        message = message_of_missing(session, user_id, 1)
        users.delete(session, user_id)
    use_testing(database)
    use_rules({DAY: 2.5})
    database.dispose()
    asyncio.run(use_async_database(url))
    return message
