"""The plain ORM code of the two designs: load objects, change them, commit; count in Python.

The classes are what such an application has, over the tables that the library made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, ForeignKey, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

_DAY = timedelta(days=1)


class Base(DeclarativeBase):
    """Of this application."""


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    time_zone: Mapped[str]
    week_starts_on: Mapped[int]
    day_starts_at: Mapped[int]
    habits: Mapped[list[Habit]] = relationship(order_by="Habit.id")
    tasks: Mapped[list[Task]] = relationship(order_by="Task.id")
    sessions: Mapped[list[StudySession]] = relationship()
    goals: Mapped[list[StudyGoal]] = relationship()


class Habit(Base):
    __tablename__ = "habits"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    frequency: Mapped[str]
    target: Mapped[int]
    starts_on: Mapped[date]
    archived_on: Mapped[date | None]
    streak: Mapped[int]
    longest_streak: Mapped[int]
    streak_alive_through: Mapped[date | None]
    check_ins: Mapped[list[CheckIn]] = relationship(order_by="CheckIn.day")


class CheckIn(Base):
    __tablename__ = "check_ins"

    habit_id: Mapped[int] = mapped_column(ForeignKey("habits.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    status: Mapped[str] = mapped_column(default="done")
    amount: Mapped[int] = mapped_column(default=1000)  # thousandths, like the target
    recorded_at: Mapped[datetime]


class Task(Base):
    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str]
    description: Mapped[str | None]
    completed: Mapped[bool]
    due_date: Mapped[date | None]


class StudySession(Base):
    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    topic_id: Mapped[int]
    study_date: Mapped[date]
    duration_seconds: Mapped[int]
    notes: Mapped[str | None]
    external_id: Mapped[str | None]
    created_at: Mapped[datetime]


class StudyGoal(Base):
    __tablename__ = "study_goals"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    topic_key: Mapped[int] = mapped_column(primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    minutes: Mapped[int | None]


class PlainOrm:
    """An application with classes of its own; `models` has them by these names."""

    def __init__(
        self, engine: Engine, models: Any, make: Callable[[Engine], Session] = Session
    ) -> None:
        self._engine = engine
        self._models = models
        self._make = make

    def check_in(self, user_id: int, habit_id: int, now: datetime) -> tuple[int, int, bool]:
        """Check in today; count the streak from the rows."""
        with self._make(self._engine) as session:
            user = session.get_one(self._models.User, user_id)
            result = self._check_in(session, user_id, habit_id, local_day(now, user), now)
            session.commit()
        return result

    def check_in_on(self, user_id: int, habit_id: int, day: date, now: datetime) -> tuple[int, int]:
        """Check in a past day; count the streak from the rows."""
        with self._make(self._engine) as session:
            result = self._check_in(session, user_id, habit_id, day, now)
            session.commit()
        return result[:2]

    def _check_in(
        self, session: Session, user_id: int, habit_id: int, day: date, now: datetime
    ) -> tuple[int, int, bool]:
        habit = session.get_one(self._models.Habit, habit_id)
        if habit.user_id != user_id:
            raise LookupError(habit_id)
        new = all(check_in.day != day for check_in in habit.check_ins)
        if new:
            habit.check_ins.append(
                self._models.CheckIn(
                    habit_id=habit_id,
                    user_id=user_id,
                    day=day,
                    status="done",
                    recorded_at=stored(now),
                )
            )
        days = sorted(check_in.day for check_in in habit.check_ins if check_in.status == "done")
        habit.streak, habit.longest_streak = streaks_of(days)
        habit.streak_alive_through = days[-1] + _DAY
        return habit.streak, habit.longest_streak, new

    def streaks(self, user_id: int, now: datetime) -> list[tuple[int, str, int]]:
        """Every habit's id, name and current streak, counted from its rows."""
        with self._make(self._engine) as session:
            user = session.get_one(self._models.User, user_id)
            today = local_day(now, user)
            listed = [(habit.id, habit.name, current(habit, today)) for habit in user.habits]
            session.commit()
        return listed

    def weeks(self, user_id: int, start: date, end: date) -> list[tuple[date, int, int]]:
        """Totals of the weeks, summed in Python."""
        model = self._models.StudySession
        with self._make(self._engine) as session:
            user = session.get_one(self._models.User, user_id)
            rows = session.scalars(
                select(model).where(
                    model.user_id == user_id, model.study_date >= start, model.study_date <= end
                )
            ).all()
            seconds, count = Counter[date](), Counter[date]()
            for row in rows:
                week = week_of(row.study_date, user.week_starts_on)
                seconds[week] += row.duration_seconds
                count[week] += 1
            session.commit()
        return [(week, seconds[week], count[week]) for week in sorted(seconds)]

    def overview(self, user_id: int, now: datetime) -> object:
        """What is on the screen: see `ours.screen`."""
        with self._make(self._engine) as session:
            user = session.get_one(self._models.User, user_id)
            today = local_day(now, user)
            week = week_of(today, user.week_starts_on)
            studied = Counter[date]()
            for row in user.sessions:
                if week <= row.study_date <= week + 6 * _DAY:
                    studied[row.study_date] += row.duration_seconds
            open_tasks = [task for task in user.tasks if not task.completed and task.due_date]
            goals = sorted(user.goals, key=lambda goal: goal.effective_from)
            of_weekday = {goal.weekday: goal.minutes for goal in goals if goal.topic_key == 0}
            screen = (
                [habit_today(habit, today) for habit in user.habits],
                [task.id for task in open_tasks if task.due_date < today],
                [task.id for task in open_tasks if task.due_date == today],
                (studied[today] // 60, studied.total() // 60),
                of_weekday.get(today.isoweekday(), of_weekday.get(0)),
                None,
            )
            session.commit()
        return screen

    def load_sessions(self, user_id: int, rows: Iterable[Sequence[Any]]) -> None:
        """Add an object for each row; commit once."""
        created = stored(datetime.now(UTC))
        with self._make(self._engine) as session:
            session.add_all(
                self._models.StudySession(
                    user_id=user_id,
                    topic_id=topic,
                    study_date=day,
                    duration_seconds=minutes * 60,
                    external_id=external_id,
                    created_at=created,
                )
                for topic, day, minutes, external_id in rows
            )
            session.commit()

    def load_check_ins(self, user_id: int, rows: Iterable[tuple[int, Sequence[date]]]) -> None:
        """Add an object for each day of each habit; commit once."""
        created = stored(datetime.now(UTC))
        with self._make(self._engine) as session:
            for habit_id, days in rows:
                habit = session.get_one(self._models.Habit, habit_id)
                habit.check_ins.extend(
                    self._models.CheckIn(
                        habit_id=habit_id, user_id=user_id, day=day, recorded_at=created
                    )
                    for day in days
                )
                habit.streak, habit.longest_streak = streaks_of(days)
                habit.streak_alive_through = days[-1] + _DAY
            session.commit()

    def rebuild(self) -> int:
        """Load every habit, and count its streaks from its rows."""
        corrected = 0
        with self._make(self._engine) as session:
            for habit in session.scalars(select(self._models.Habit)).all():
                days = [row.day for row in habit.check_ins if row.status == "done"]
                right = (*streaks_of(days), days[-1] + _DAY)
                stored = (habit.streak, habit.longest_streak, habit.streak_alive_through)
                if right != stored:
                    habit.streak, habit.longest_streak, habit.streak_alive_through = right
                    corrected += 1
            session.commit()
        return corrected


def local_day(now: datetime, user: Any) -> date:
    """The user's day."""
    local = now.astimezone(ZoneInfo(user.time_zone)).replace(tzinfo=None)
    return (local - timedelta(minutes=user.day_starts_at)).date()


def week_of(day: date, week_starts_on: int) -> date:
    """First day of the week."""
    return day - (day.isoweekday() - week_starts_on) % 7 * _DAY


def stored(now: datetime) -> datetime:
    """An instant as a column without a time zone takes it."""
    return now.astimezone(UTC).replace(tzinfo=None)


def streaks_of(days: Sequence[date]) -> tuple[int, int]:
    """The last run of days, and the longest."""
    run = longest = 0
    before: date | None = None
    for day in days:
        run = run + 1 if before is not None and day - before == _DAY else 1
        longest, before = max(longest, run), day
    return run, longest


def current(habit: Any, today: date) -> int:
    """The current streak, from the rows."""
    days = [row.day for row in habit.check_ins if row.status == "done"]
    return streaks_of(days)[0] if days and today - days[-1] <= _DAY else 0


def habit_today(habit: Any, today: date) -> tuple[int, str, int, int, int]:
    """A habit on the screen."""
    progress = sum(row.amount for row in habit.check_ins if row.day == today) // 1000
    status = "met" if progress >= habit.target // 1000 else "pending"
    longest = streaks_of([row.day for row in habit.check_ins])[1]
    return habit.id, status, progress, current(habit, today), longest
