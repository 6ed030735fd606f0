"""Goals of minutes a day, and how they are met."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    FromClause,
    Integer,
    Row,
    Select,
    SmallInteger,
    bindparam,
    cast,
    func,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.calendar import nonexistent_dates, possible_days
from trackercore.domain.goal import EVERY_DAY, Goal, Goals
from trackercore.domain.habit_rules import HabitRules
from trackercore.domain.timed import whole_minutes
from trackercore.models import StudyGoal, StudySession, Topic, User
from trackercore.schemas import Streak
from trackercore.schemas.study_goal import GoalProgress, StudyGoalCreate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_day_or_none, as_input, as_instant
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.daily_streaks import streak_of_days
from trackercore.services._shared.snapshots import mark_changed
from trackercore.services.study_sessions._owner import SETTINGS, rows_of_user, users_with_topic
from trackercore.services.study_sessions.studied_days import studied_days

_users, _goals, _sessions = map(owned_rows.table, (User, StudyGoal, StudySession))


def set_goal(
    session: Session,
    user_id: int,
    data: StudyGoalCreate,
    *,
    effective_from: date | None = None,
    now: datetime | None = None,
) -> StudyGoal:
    """Set the minutes to study per day from a day on; the days before keep their goal.

    The goal holds until the next one of the same topic and weekday. It replaces the one that begins
    on the same day. If the same minutes are already in force on that day, nothing changes.

    Args:
        effective_from: its first day, past or future; default the user's today.

    Returns:
        The goal in force on that day for the topic and weekday.
    """
    data = as_input(data, StudyGoalCreate)
    given = as_day_or_none(effective_from, "effective_from")
    moment = as_instant(now)
    # Calls for the same user wait for each other: what is in force stays so until the commit.
    user = owned_rows.get(session, User, user_id, lock="change")
    if data.topic_id is not None:
        owned_rows.refer(session, Topic, user_id, [data.topic_id])
    day = given or day_settings(user_id, user).day(moment)
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
    mark_changed(session, User, user_id)
    if row is not None and row.effective_from == day:
        return owned_rows.change(session, row, user_id, {"minutes": data.minutes}, {})
    row = StudyGoal(
        user_id=user_id,
        topic_id=data.topic_id,
        weekday=weekday,
        effective_from=day,
        minutes=data.minutes,
    )
    return owned_rows.add(session, row, user_id, {})


def goals(session: Session, user_id: int) -> list[StudyGoal]:
    """The user's goals, past and future: those of all study first, then by topic.

    For each, the goals of every day come first, then those of single weekdays, by first day.
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
    """The study of a day, by default today, and its goal; of one topic, or of all study."""
    given = as_day_or_none(day, "day")
    moment = as_instant(now)
    # The same statement reads the settings by which it is the user's today.
    first, last = possible_days(moment) if given is None else (given, given)
    sums_and_goals = union_all(
        _goals_until(topic_id, last), _seconds_by_day(topic_id, first, last)
    ).subquery()
    rows = _rows(session, user_id, topic_id, sums_and_goals)
    on = given or day_settings(user_id, rows[0]).day(moment)
    goal = Goals(_goals_in(rows)).on(on)
    seconds = sum(row.seconds for row in rows if row.weekday is None and row.day == on)
    minutes = whole_minutes(seconds)
    return GoalProgress(
        day=on,
        goal=goal,
        minutes=minutes,
        seconds=seconds,
        # Rounded up, as the minutes are rounded down: 0 only when the goal is met.
        remaining=max((goal or 0) - minutes, 0),
        met=None if goal is None else seconds >= goal * 60,
    )


def goal_streak(
    session: Session,
    user_id: int,
    *,
    topic_id: int | None = None,
    as_of: date | None = None,
    now: datetime | None = None,
) -> Streak:
    """The streak of days that met their goal; of one topic, or of all study.

    Each day is judged by its own goal. A day without a goal neither counts nor breaks the streak,
    nor does a date that the user's calendar does not have. A day that is not over does not break
    it.
    """
    given = as_day_or_none(as_of, "as_of")
    moment = as_instant(now)
    rows = _rows(session, user_id, topic_id, _goals_until(topic_id, date.max).subquery())
    settings = day_settings(user_id, rows[0])
    day = given or settings.day(moment)
    all_goals = Goals(_goals_in(rows))
    since, least = all_goals.first_day, all_goals.least
    if since is None or least is None:
        return Streak(current=0, longest=0, since=None, alive_through=None)
    rules = HabitRules(all_goals.versions(), nonexistent_dates=nonexistent_dates(*settings))
    days = studied_days(session, user_id, topic_id, since, day, least * 60)
    return streak_of_days(day, rules, all_goals.met(days))


def _key(topic_id: int | None) -> int:
    """A goal's `topic_key`."""
    return 0 if topic_id is None else owned_rows.check_id(Topic, topic_id)


def _rows(
    session: Session, user_id: int, topic_id: int | None, source: FromClause
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The rows of `_goals_until` or `_seconds_by_day`, with the user's settings; at least one."""
    own = source.c.user_id == _users.c.id
    query = (
        select(*SETTINGS, source.c.weekday, source.c.day, source.c.minutes, source.c.seconds)
        .select_from(users_with_topic(topic_id).join(source, own, isouter=True))
        .where(_users.c.id == bindparam("user_id"))
    )
    return rows_of_user(session, query, user_id, topic_id)


def _goals_in(rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[Goal]:
    return (Goal(row.weekday, row.day, row.minutes) for row in rows if row.weekday is not None)


def _goals_until(topic_id: int | None, last: date) -> Select[*tuple[Any, ...]]:
    return select(
        _goals.c.user_id,
        _goals.c.weekday,
        _goals.c.effective_from.label("day"),
        _goals.c.minutes,
        cast(null(), BigInteger).label("seconds"),
    ).where(
        _goals.c.user_id == bindparam("user_id"),
        _goals.c.topic_key == _key(topic_id),
        _goals.c.effective_from <= last,
    )


def _seconds_by_day(topic_id: int | None, first: date, last: date) -> Select[*tuple[Any, ...]]:
    """Sums in the shape of goals; they have no weekday."""
    query = (
        select(
            _sessions.c.user_id,
            cast(null(), SmallInteger).label("weekday"),
            _sessions.c.study_date.label("day"),
            cast(null(), Integer).label("minutes"),
            func.sum(_sessions.c.duration_seconds).label("seconds"),
        )
        .where(
            _sessions.c.user_id == bindparam("user_id"), _sessions.c.study_date.between(first, last)
        )
        .group_by(_sessions.c.user_id, _sessions.c.study_date)
    )
    return query if topic_id is None else query.where(_sessions.c.topic_id == topic_id)
