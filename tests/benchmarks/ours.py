"""The library, called as an application calls it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select

from trackercore import (
    CheckInCreate,
    Database,
    Habit,
    HabitRead,
    PageRead,
    StudySessionCreate,
    habits,
    overview,
    study_sessions,
    users,
)

_STREAKS = (
    select(Habit.id, Habit.name, Habit.current_streak(bindparam("today")))
    .where(Habit.user_id == bindparam("owner"))
    .order_by(Habit.id)
)


class Ours:
    """Each call is a session of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def check_in(self, user_id: int, habit_id: int, now: datetime) -> tuple[int, int, bool]:
        """The streak, the longest one, and whether the day was new."""
        with self._database.session() as session:
            done = habits.check_in(session, user_id, habit_id, now=now)
        return done.current_streak, done.longest_streak, done.created

    def check_in_on(self, user_id: int, habit_id: int, day: date, now: datetime) -> tuple[int, int]:
        """The streak and the longest one."""
        with self._database.session() as session:
            done = habits.check_in(session, user_id, habit_id, on=day, now=now)
        return done.current_streak, done.longest_streak

    def streaks(self, user_id: int, now: datetime) -> list[tuple[int, str, int | None]]:
        """Every habit's id, name and current streak, as a query of the host's."""
        with self._database.session(read_only=True) as session:
            values = {"owner": user_id, "today": users.today(session, user_id, now=now)}
            return [(id_, name, streak) for id_, name, streak in session.execute(_STREAKS, values)]

    def streaks_of_objects(self, user_id: int, now: datetime) -> list[tuple[int, str, int | None]]:
        """The same from whole objects."""
        with self._database.session(read_only=True) as session:
            page = habits.find(session, user_id, limit=1000, now=now)
            shown = PageRead[HabitRead].model_validate(page)
        return [(habit.id, habit.name, habit.current_streak) for habit in shown.items]

    def weeks(self, user_id: int, start: date, end: date) -> list[tuple[date, int, int]]:
        """Totals of the weeks: first day, seconds, sessions."""
        with self._database.session(read_only=True) as session:
            totals = study_sessions.totals_by_week(session, user_id, start, end)
        return [(total.start, total.seconds, total.sessions) for total in totals]

    def screen(self, user_id: int, now: datetime) -> object:
        """Habits, overdue tasks, tasks of today, minutes of today and of the week, goal, timer."""
        with self._database.session(read_only=True) as session:
            shown = overview(session, user_id, now=now)
        return (
            [
                (
                    habit.habit_id,
                    habit.status,
                    int(habit.progress),
                    habit.current_streak,
                    habit.longest_streak,
                )
                for habit in shown.habits
            ],
            [task.id for task in shown.overdue],
            [task.id for task in shown.due_today],
            (shown.minutes_today, shown.minutes_this_week),
            shown.goal_today,
            shown.timer,
        )

    def load_sessions(self, user_id: int, rows: Iterable[Sequence[Any]]) -> None:
        """Checked one by one, stored in batches."""
        with self._database.session() as session:
            study_sessions.create_many(
                session,
                user_id,
                (
                    StudySessionCreate(
                        topic_id=topic,
                        study_date=day,
                        duration_minutes=minutes,
                        external_id=external_id,
                    )
                    for topic, day, minutes, external_id in rows
                ),
            )

    def load_check_ins(self, user_id: int, rows: Iterable[tuple[int, Sequence[date]]]) -> None:
        """Habit by habit."""
        with self._database.session() as session:
            for habit_id, days in rows:
                habits.check_in_many(
                    session, user_id, habit_id, (CheckInCreate(on=day) for day in days)
                )

    def rebuild(self) -> int:
        """Correct the streaks of all habits; returns how many were wrong."""
        with self._database.session() as session:
            return habits.rebuild_streaks(session).corrected
