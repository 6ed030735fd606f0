"""Goals of minutes a day, and how far somebody has come."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, SmallInteger, and_, cast, func, null, select, union_all
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.calendar import local_day, nonexistent_dates, shift
from trackercore.domain.goal import EVERY_DAY, Goal, Goals
from trackercore.domain.habit_rules import HabitRules
from trackercore.models import StudyGoal, StudySession, Topic, User
from trackercore.schemas import Streak
from trackercore.schemas.study_goal import GoalProgress, StudyGoalCreate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day, as_instant, check_input
from trackercore.services.study_sessions.studied_days import found, owner_of, seen_on, studied_days

_users, _goals, _sessions = map(owned_rows.table, (User, StudyGoal, StudySession))
_SETTINGS = (_users.c.time_zone, _users.c.day_starts_at)


def set_goal(
    session: Session,
    user_id: int,
    data: StudyGoalCreate,
    *,
    effective_from: date | None = None,
    now: datetime | None = None,
) -> StudyGoal:
    """Set the minutes to study a day from a day on; the days before keep the goal they had.

    It holds until the next goal of the same topic and weekday, and replaces the one that begins on
    the same day. What is in force on that day already is no change.

    Args:
        session: the caller's.
        user_id: the owner.
        data: the goal; 0 minutes end one.
        effective_from: its first day, past or to come; default the user's today.
        now: what today refers to; default the current time.

    Returns:
        The goal in force on that day for the topic and weekday.

    Raises:
        NotFound: there is no such user, or they have no such topic.
        Conflict: another transaction, which this one cannot see, has set a goal that begins then.
    """
    check_input(data, StudyGoalCreate)
    given = None if effective_from is None else as_day(effective_from)
    moment = as_instant(now)
    # Those who set goals take turns, so that what is in force stays so until the commit.
    user = owned_rows.get(session, User, user_id, lock="change")
    if data.topic_id is not None:
        owned_rows.refer(session, Topic, user_id, [data.topic_id])
    day = given or local_day(moment, user.time_zone, user.day_starts_at)
    weekday = EVERY_DAY if data.weekday is None else data.weekday
    query = (
        select(StudyGoal)
        .where(
            StudyGoal.user_id == user_id,
            StudyGoal.topic_key == _key(data.topic_id),
            StudyGoal.weekday == weekday,
            StudyGoal.effective_from <= day,
        )
        .order_by(StudyGoal.effective_from.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    row = session.scalar(query)
    if row is not None and row.minutes == data.minutes:
        return row
    if row is not None and row.effective_from == day:
        return owned_rows.change(session, row, user_id, {"minutes": data.minutes}, {})
    row = StudyGoal(
        user_id=user_id,
        topic_id=data.topic_id,
        weekday=weekday,
        effective_from=day,
        minutes=data.minutes,
    )
    # At REPEATABLE READ, a turn taken does not show what was set in the turns before.
    taken = {"pk_study_goals": f"a goal that begins on {day} was set at the same time"}
    return owned_rows.add(session, row, user_id, taken)


def goals(session: Session, user_id: int) -> list[StudyGoal]:
    """The user's goals, past, present and to come: those of all study first, then by topic.

    Of each, those for every day come first, then those of the weekdays, each in the order of their
    days.

    Raises:
        NotFound: there is no such user.
    """
    query = (
        select(StudyGoal)
        .where(StudyGoal.user_id == owned_rows.check_id(User, user_id))
        .order_by(StudyGoal.topic_key, StudyGoal.weekday, StudyGoal.effective_from)
    )
    session.flush()
    rows = Rows(session.scalars(query))
    if not rows:
        owned_rows.get(session, User, user_id)
    return rows


def goal_progress(
    session: Session,
    user_id: int,
    day: date | None = None,
    *,
    topic_id: int | None = None,
    now: datetime | None = None,
) -> GoalProgress:
    """A day's minutes against its goal.

    Args:
        session: the caller's.
        user_id: the owner.
        day: any day; default the user's today.
        topic_id: the goal and the sessions of this topic; default those of all study.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such user, or they have no such topic.
    """
    given = None if day is None else as_day(day)
    moment = as_instant(now)
    # Which day it is for the user comes with the same statement. It is one of these, whatever
    # their time zone, and though their days may start almost a day late.
    first, last = (given or shift(moment.date(), -2)), (given or shift(moment.date(), 1))
    records = union_all(
        _goals_until(user_id, topic_id, last), _minutes_by_day(user_id, topic_id, first, last)
    ).subquery()
    source = owner_of(topic_id).join(records, records.c.user_id == _users.c.id, isouter=True)
    query = (
        select(*_SETTINGS, records.c.weekday, records.c.day, records.c.minutes)
        .select_from(source)
        .where(_users.c.id == owned_rows.check_id(User, user_id))
    )
    rows = found(owned_rows.connection(session).execute(query).all(), user_id, topic_id)
    on = given or local_day(moment, rows[0].time_zone, rows[0].day_starts_at)
    goal = Goals(
        Goal(row.weekday, row.day, row.minutes) for row in rows if row.weekday is not None
    ).on(on)
    minutes = sum(row.minutes for row in rows if row.weekday is None and row.day == on)
    return GoalProgress(
        day=on,
        goal=goal,
        minutes=minutes,
        remaining=max((goal or 0) - minutes, 0),
        met=None if goal is None else minutes >= goal,
    )


def goal_streak(
    session: Session,
    user_id: int,
    *,
    topic_id: int | None = None,
    as_of: date | None = None,
    now: datetime | None = None,
) -> Streak:
    """The streak of days on which the goal was met, as seen on a day, from what is stored up to it.

    Each day is judged by the goal it has. A day without a goal neither counts nor breaks the
    streak, nor does a date that the user's calendar does not have; a day that is not over does not
    break it.

    Args:
        session: the caller's.
        user_id: the owner.
        topic_id: the goals and the sessions of this topic; default those of all study.
        as_of: any day; default the user's today. Later sessions are ignored.
        now: what today refers to; default the current time.

    Raises:
        NotFound: there is no such user, or they have no such topic.
    """
    given = None if as_of is None else as_day(as_of)
    moment = as_instant(now)
    mine = and_(_goals.c.user_id == _users.c.id, _goals.c.topic_key == _key(topic_id))
    query = (
        select(*_SETTINGS, _goals.c.weekday, _goals.c.effective_from, _goals.c.minutes)
        .select_from(owner_of(topic_id).join(_goals, mine, isouter=True))
        .where(_users.c.id == owned_rows.check_id(User, user_id))
    )
    rows = found(owned_rows.connection(session).execute(query).all(), user_id, topic_id)
    settings = (rows[0].time_zone, rows[0].day_starts_at)
    day = given or local_day(moment, *settings)
    all_goals = Goals(
        Goal(row.weekday, row.effective_from, row.minutes)
        for row in rows
        if row.weekday is not None
    )
    since, least = all_goals.first_day, all_goals.least
    if since is None or least is None:
        return Streak(current=0, longest=0, since=None, alive_through=None)
    rules = HabitRules(all_goals.versions(), nonexistent_dates=nonexistent_dates(*settings))
    days = studied_days(session, user_id, topic_id, since, day, least)
    return seen_on(day, rules, list(all_goals.met(days)))


def _key(topic_id: int | None) -> int:
    """A goal's `topic_key`."""
    return 0 if topic_id is None else owned_rows.check_id(Topic, topic_id)


def _goals_until(user_id: int, topic_id: int | None, last: date) -> Select[*tuple[Any, ...]]:
    return select(
        _goals.c.user_id,
        _goals.c.weekday,
        _goals.c.effective_from.label("day"),
        _goals.c.minutes,
    ).where(
        _goals.c.user_id == user_id,
        _goals.c.topic_key == _key(topic_id),
        _goals.c.effective_from <= last,
    )


def _minutes_by_day(
    user_id: int, topic_id: int | None, first: date, last: date
) -> Select[*tuple[Any, ...]]:
    """Sums in the shape of goals; they have no weekday."""
    query = (
        select(
            _sessions.c.user_id,
            cast(null(), SmallInteger).label("weekday"),
            _sessions.c.study_date.label("day"),
            func.sum(_sessions.c.duration_minutes).label("minutes"),
        )
        .where(_sessions.c.user_id == user_id, _sessions.c.study_date.between(first, last))
        .group_by(_sessions.c.user_id, _sessions.c.study_date)
    )
    return query if topic_id is None else query.where(_sessions.c.topic_id == topic_id)
