"""Strategies for whole histories, dense enough for long streaks."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy.orm import Session

from trackercore.domain.calendar import shift
from trackercore.domain.habit_rules import Pause
from trackercore.models import Habit, Topic
from trackercore.schemas import (
    CheckInCreate,
    HabitCreate,
    ScheduleChange,
    StudyGoalCreate,
    StudySessionCreate,
    TimedSessionCreate,
    TopicCreate,
)
from trackercore.services import habits, study_sessions, topics, users
from trackercore.testing.strategies._fields import texts
from trackercore.testing.strategies._habits import amounts, habit_creates, schedule_changes
from trackercore.testing.strategies._others import topic_creates
from trackercore.testing.strategies._study import lengths, study_goal_creates
from trackercore.types import text_key

_MISSED, _SKIPPED = -2, -1


@dataclass(frozen=True)
class HabitLog:
    """A habit, its schedules and check-ins, and the pauses of it and of all habits.

    Attributes:
        habit: the habit with its first schedule.
        schedules: changes of its schedule, each with its first day, in order.
        pauses: its own, some with reasons; they may overlap.
        user_pauses: pauses of all habits of the user, also of those that are not in this log.
        days: check-ins and skips, at most one per day, in order.
        archived_on: the last day that counts; None if it is not archived.
    """

    habit: HabitCreate
    schedules: tuple[tuple[date, ScheduleChange], ...]
    pauses: tuple[Pause, ...]
    user_pauses: tuple[Pause, ...]
    days: tuple[CheckInCreate, ...]
    archived_on: date | None

    def apply(self, session: Session, user_id: int, *, now: datetime | None = None) -> Habit:
        """Store it for a user whose today is not before the history's."""
        habit = habits.create(session, user_id, self.habit, now=now)
        key = (session, user_id, habit.id)
        for first, schedule in self.schedules:
            habits.change_schedule(*key, schedule, effective_from=first, now=now)
        habits.check_in_many(*key, self.days, now=now)
        for pause in self.pauses:
            habits.pause(*key, **pause._asdict(), now=now)
        for pause in self.user_pauses:
            users.pause(session, user_id, **pause._asdict(), now=now)
        if self.archived_on is not None:
            habits.archive(*key, on=self.archived_on, now=now)
        return habit


@dataclass(frozen=True)
class StudyLog:
    """Topics, study sessions and goals.

    A `topic_id` in it is a position in `topics`, from 1 on; `apply` replaces it by the topic's id.

    Attributes:
        topics: at least one.
        sessions: logged by their length, or timed; timed ones do not overlap.
        goals: each with its first day.
    """

    topics: tuple[TopicCreate, ...]
    sessions: tuple[StudySessionCreate | TimedSessionCreate, ...]
    goals: tuple[tuple[date, StudyGoalCreate], ...]

    def apply(self, session: Session, user_id: int, *, now: datetime | None = None) -> list[Topic]:
        """Store it for a user whose today is not before the log's."""
        stored = [topics.create(session, user_id, topic) for topic in self.topics]
        ids: dict[int | None, int | None] = {None: None}
        ids |= {position: topic.id for position, topic in enumerate(stored, 1)}
        items = [item.model_copy(update={"topic_id": ids[item.topic_id]}) for item in self.sessions]
        study_sessions.create_many(session, user_id, items, now=now)
        for first, goal in self.goals:
            stored_goal = goal.model_copy(update={"topic_id": ids[goal.topic_id]})
            study_sessions.set_goal(session, user_id, stored_goal, effective_from=first, now=now)
        return stored


def habit_histories(*, today: date, length: int = 42) -> SearchStrategy[HabitLog]:
    """Habits with changes of their schedules, pauses, check-ins and skips, archived or not.

    Args:
        today: the last day that may have a check-in or skip.
        length: how many days may have one.
    """
    return _habit_histories(today, length)


def study_logs(*, today: date, length: int = 42) -> SearchStrategy[StudyLog]:
    """Study of up to three topics, and goals.

    Args:
        today: the last day of sessions that are logged by their length; timed ones end before it.
        length: over how many days sessions that are logged by their length are spread.
    """
    return _study_logs(today, length)


@st.composite
def _habit_histories(draw: st.DrawFn, today: date, length: int) -> HabitLog:
    def day(earliest: int, latest: int) -> date:
        return shift(today, draw(st.integers(earliest, latest)))

    targets = st.integers(1, 4) | st.integers(1, 9)
    schedules = schedule_changes(
        targets=targets,
        max_every=12,
        day_minimums=st.none() | st.just(Decimal("0.5")) | amounts(3),
        max_allowed_misses=3,
    )
    starts_on = day(-length - 20, 10)
    habit = draw(habit_creates(schedules=schedules, starts=st.just(starts_on)))
    changes = {
        day(-length - 5, 10): draw(schedules) for _ in range(draw(st.sampled_from([0, 0, 1, 3])))
    }

    def pauses() -> tuple[Pause, ...]:
        drawn: list[Pause] = []
        for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
            first = day(-length - 10, 10)
            more = draw(st.integers(0, 6) | st.integers(0, 30) | st.none())
            last = None if more is None else shift(first, more)
            drawn.append(Pause(first, last, draw(st.none() | texts())))
        return tuple(drawn)

    # Mostly the whole target on each day: otherwise there are few streaks.
    done: list[Decimal | float] = [habit.target] * 5 + [1, 3, 0, 0.5]
    codes = st.sampled_from([*done, _MISSED, _SKIPPED])
    few, many = st.lists(codes, max_size=length), st.lists(codes, min_size=length, max_size=length)
    code_of = {shift(today, -ago): code for ago, code in enumerate(draw(few | many))}
    days = [
        CheckInCreate(on=on, status="skipped")
        if code == _SKIPPED
        else CheckInCreate(on=on, amount=code)
        for on, code in sorted(code_of.items())
        if code != _MISSED
    ]
    return HabitLog(
        habit=habit,
        schedules=tuple(sorted(changes.items())),
        pauses=pauses(),
        user_pauses=pauses(),
        days=tuple(days),
        archived_on=day(-length, 0) if draw(st.integers(0, 3)) == 0 else None,
    )


@st.composite
def _study_logs(draw: st.DrawFn, today: date, length: int) -> StudyLog:
    own = draw(st.lists(topic_creates(), min_size=1, max_size=3, unique_by=(_name_of, _key_of)))
    positions = st.integers(1, len(own))
    days = st.integers(0, length - 1).map(lambda ago: shift(today, -ago))
    logged = st.builds(
        StudySessionCreate,
        topic_id=positions,
        duration_minutes=st.integers(1, 180) | st.integers(1, 1440),
        study_date=days,
    )
    timed: list[TimedSessionCreate] = []
    # Before today begins in any time zone, so that it is in no user's future.
    free_until = datetime.combine(today, time(), UTC) - timedelta(days=1)
    for _ in range(draw(st.integers(0, 8))):
        ended_at = free_until - draw(st.timedeltas(timedelta(), timedelta(days=2)))
        free_until = ended_at - draw(lengths())
        timed.append(
            TimedSessionCreate(topic_id=draw(positions), started_at=free_until, ended_at=ended_at)
        )
    goals = st.tuples(days, study_goal_creates(positions))
    return StudyLog(
        topics=tuple(own),
        sessions=(*draw(st.lists(logged, max_size=30)), *reversed(timed)),
        goals=tuple(draw(st.lists(goals, max_size=5))),
    )


def _name_of(topic: TopicCreate) -> str:
    return text_key(topic.name)


def _key_of(topic: TopicCreate) -> str:
    return topic.external_id or f"\0{topic.name}"  # no external_id is like this
