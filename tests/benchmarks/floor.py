"""The floor: the driver alone, with the best SQL that can be written by hand.

It does what the library does, for the rows that the jobs make: daily habits without pauses, past
schedules or skips. Statements name parameters as `:name`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Parameters = Mapping[str, object]
Row = tuple[Any, ...]

_DAY = timedelta(days=1)

_USER = """
SELECT u.time_zone, u.day_starts_at, u.week_starts_on, t.topic_id, t.started_at
FROM users u LEFT JOIN timers t ON t.user_id = u.id WHERE u.id = :user
"""
_HABIT = """
SELECT h.streak, h.longest_streak, h.streak_alive_through, h.archived_on,
       u.time_zone, u.day_starts_at
FROM habits h JOIN users u ON u.id = h.user_id WHERE h.user_id = :user AND h.id = :habit
"""
_INSERT = """
INSERT INTO check_ins (user_id, habit_id, day, status, amount, recorded_at)
VALUES (:user, :habit, :day, 'done', 1000, :now) ON CONFLICT DO NOTHING
"""
_UPDATE = """
UPDATE habits SET streak = :streak, longest_streak = :longest, streak_alive_through = :alive
WHERE user_id = :user AND id = :habit
"""
_STREAKS = """
SELECT h.id, h.name, CASE WHEN h.streak_alive_through < :today THEN 0 ELSE h.streak END
FROM habits h WHERE h.user_id = :user ORDER BY h.id
"""
_HABITS_TODAY = """
SELECT h.id, h.name, h.target / 1000, coalesce(c.amount, 0) / 1000, coalesce(c.status, ''),
       CASE WHEN h.streak_alive_through < :today THEN 0 ELSE h.streak END, h.longest_streak
FROM habits h LEFT JOIN check_ins c
  ON c.user_id = h.user_id AND c.habit_id = h.id AND c.day = :today
WHERE h.user_id = :user AND h.starts_on <= :today AND h.archived_on IS NULL ORDER BY h.id
"""
TASK = """
t.id, t.user_id, t.title, t.description, t.category_id, t.completed, t.completed_at,
t.completed_on, t.due_date, t.due_at, t.due_day, t.starts_on, t.priority, t.estimate_minutes,
t.parent_id, t.recurrence, t.repeats_from, t.recurrence_start, t.recurrence_time,
t.occurrence_date, t.occurrence_number, t.archived_at, t.position, t.extra, t.external_id,
t.created_at, t.updated_at, t.starts_days_before,
(SELECT {names}(g.name) FROM task_tags l JOIN tags g ON g.user_id = l.user_id AND g.id = l.tag_id
 WHERE l.user_id = t.user_id AND l.task_id = t.id) AS tags,
(SELECT sum(CAST(c.completed AS integer)) || '/' || count(*) FROM tasks c
 WHERE c.user_id = t.user_id AND c.parent_id = t.id
 AND (c.archived_at IS NULL OR c.archived_at = t.archived_at)) AS progress
"""
"""All that is shown of a task `t`."""

_OPEN_TASKS = f"""
SELECT l.due, {TASK} FROM (
  SELECT * FROM (SELECT 'overdue' AS due, id, due_at IS NOT NULL AS is_timed
    FROM tasks WHERE user_id = :user AND completed = {{false}} AND archived_at IS NULL
    AND due_day <= :tomorrow AND (due_at < :now OR due_date < :today)
    AND (starts_on IS NULL OR starts_on <= :today OR due_day <= :today)
    ORDER BY due_day, is_timed, due_at, id LIMIT 100) o
  UNION ALL SELECT * FROM (SELECT 'today', id, due_at IS NOT NULL AS is_timed
    FROM tasks WHERE user_id = :user AND completed = {{false}} AND archived_at IS NULL
    AND due_day = :today ORDER BY is_timed, due_at, id LIMIT 100) d
) l JOIN tasks t ON t.user_id = :user AND t.id = l.id
ORDER BY t.due_day, l.is_timed, t.due_at, t.id
"""
_STUDIED = """
SELECT study_date, sum(duration_seconds) FROM sessions
WHERE user_id = :user AND study_date BETWEEN :first AND :last GROUP BY study_date
"""
_GOALS = """
SELECT weekday, effective_from, minutes FROM study_goals
WHERE user_id = :user AND topic_key = 0 AND effective_from <= :last
"""

SESSION_COLUMNS = (
    "user_id, topic_id, study_date, duration_seconds, notes, external_id, created_at, updated_at"
)
CHECK_IN_COLUMNS = "user_id, habit_id, day, status, amount, recorded_at"


class Floor(ABC):
    """A connection of the driver's, kept open, with its statements prepared where it can.

    Attributes:
        false: how the database writes it.
        for_update: what makes a SELECT of a habit `h` lock it.
        names: the aggregate that makes a JSON array.
        islands: the days of `check_ins` less their number, the same for days in a row.
        the_day_after: `last` and a day.
        week: the ordinal, as Python counts, of the first day of the week that `s.study_date` is in.
    """

    false: str
    for_update: str
    names: str
    islands: str
    the_day_after: str
    week: str

    @abstractmethod
    def rows(self, sql: str, parameters: Parameters) -> list[Row]:
        """Send a statement and fetch what it returns."""

    @abstractmethod
    def write(self, sql: str, parameters: Parameters | None = None) -> int:
        """Send a statement and count the rows it wrote."""

    @abstractmethod
    def load(self, table: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        """Store many rows in the fastest way there is."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[None]:
        """Commit at the end of the block."""

    @abstractmethod
    def counted(self) -> AbstractContextManager[Sequence[str]]:
        """Collect the statements that are sent in the block, without transaction control."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""

    def check_in(self, user: int, habit: int, now: datetime) -> Row:
        """Check in today; returns the streak, the longest one, and whether the day was new."""
        key: dict[str, object] = {"user": user, "habit": habit}
        with self.transaction():
            ((streak, longest, alive, archived, *settings),) = self.rows(self._habit, key)
            today = _local_day(now, *settings)
            if archived is not None and today > _day(archived):
                raise ValueError("archived")
            new = self.write(_INSERT, {**key, "day": today.isoformat(), "now": self.instant(now)})
            if new:
                streak = streak + 1 if alive is not None and _day(alive) >= today else 1
                longest = max(streak, longest)
                values = {"streak": streak, "longest": longest, "alive": str(today + _DAY)}
                self.write(_UPDATE, key | values)
        return streak, longest, bool(new)

    def check_in_on(self, user: int, habit: int, day: date, now: datetime) -> Row:
        """Check in a past day; returns the streak and the longest one."""
        key: dict[str, object] = {"user": user, "habit": habit}
        with self.transaction():
            (before,) = self.rows(self._habit, key)
            if day > _local_day(now, *before[4:]):
                raise ValueError("in the future")
            new = self.write(_INSERT, {**key, "day": day.isoformat(), "now": self.instant(now)})
            if not new:
                return before[:2]
            (after,) = self.rows(self._refresh, key)
        return after

    def streaks(self, user: int, now: datetime) -> list[Row]:
        """Every habit's id, name and current streak."""
        with self.transaction():
            (settings,) = self.rows(_USER, {"user": user})
            today = _local_day(now, *settings[:2])
            return self.rows(_STREAKS, {"user": user, "today": today.isoformat()})

    def weeks(self, user: int, start: date, end: date) -> list[Row]:
        """Totals of the weeks: first day, seconds, sessions."""
        with self.transaction():
            span = {"user": user, "start": start.isoformat(), "end": end.isoformat()}
            return [
                (date.fromordinal(first), *rest) for first, *rest in self.rows(self._weeks, span)
            ]

    def overview(self, user: int, now: datetime) -> object:
        """What is on the screen: see `ours.screen`."""
        with self.transaction():
            ((zone, starts_at, week_starts_on, *timer),) = self.rows(_USER, {"user": user})
            today = _local_day(now, zone, starts_at)
            first = today - (today.isoweekday() - week_starts_on) % 7 * _DAY
            last = first + 6 * _DAY
            key = {"user": user, "today": str(today), "first": str(first), "last": str(last)}
            times = {"tomorrow": str(today + _DAY), "now": self.instant(now)}
            tasks = self.rows(self._open_tasks, key | times)
            habits = self.rows(_HABITS_TODAY, key)
            studied = {_day(day): seconds for day, seconds in self.rows(_STUDIED, key)}
            goals = sorted((_day(row[1]), row[0], row[2]) for row in self.rows(_GOALS, key))
        goal = {weekday: minutes for _, weekday, minutes in goals}
        return (
            [
                (habit, "met" if progress >= target else "pending", progress, streak, longest)
                for habit, _, target, progress, _, streak, longest in habits
            ],
            [task for due, task, *_ in tasks if due == "overdue"],
            [task for due, task, *_ in tasks if due == "today"],
            (studied.get(today, 0) // 60, sum(studied.values()) // 60),
            goal.get(today.isoweekday(), goal.get(0)),
            timer[1],
        )

    def rebuild(self) -> int:
        """Correct the streaks of all habits; returns how many were wrong."""
        with self.transaction():
            return self.write(self._rebuild)

    def instant(self, now: datetime) -> object:
        """An instant as the driver takes it."""
        return now

    @property
    def _open_tasks(self) -> str:
        return _OPEN_TASKS.format(names=self.names, false=self.false)

    @property
    def _habit(self) -> str:
        return f"{_HABIT} {self.for_update}"

    @property
    def _weeks(self) -> str:
        return f"""
        SELECT {self.week} AS first, sum(s.duration_seconds), count(*)
        FROM users u JOIN sessions s ON s.user_id = u.id
        WHERE u.id = :user AND s.study_date BETWEEN :start AND :end GROUP BY 1 ORDER BY 1
        """

    @property
    def _refresh(self) -> str:
        return f"""
        WITH days AS (
          SELECT day, {self.islands} AS island FROM check_ins
          WHERE user_id = :user AND habit_id = :habit AND status = 'done'
        ), runs AS MATERIALIZED (
          SELECT count(*) AS length, max(day) AS last FROM days GROUP BY island
        )
        UPDATE habits SET
          streak = (SELECT length FROM runs ORDER BY last DESC LIMIT 1),
          longest_streak = (SELECT max(length) FROM runs),
          streak_alive_through = (SELECT {self.the_day_after} FROM runs ORDER BY last DESC LIMIT 1)
        WHERE user_id = :user AND id = :habit RETURNING streak, longest_streak
        """

    @property
    def _rebuild(self) -> str:
        return f"""
        WITH days AS (
          SELECT user_id, habit_id, day, {self.islands} AS island FROM check_ins
          WHERE status = 'done'
        ), runs AS (
          SELECT user_id, habit_id, count(*) AS length, max(day) AS last FROM days
          GROUP BY user_id, habit_id, island
        ), ranked AS (
          SELECT user_id, habit_id, length, last,
                 max(length) OVER (PARTITION BY user_id, habit_id) AS longest,
                 row_number() OVER (PARTITION BY user_id, habit_id ORDER BY last DESC) AS rank
          FROM runs
        )
        UPDATE habits SET streak = r.length, longest_streak = r.longest,
                          streak_alive_through = {self.the_day_after}
        FROM ranked r
        WHERE r.rank = 1 AND r.user_id = habits.user_id AND r.habit_id = habits.id
          AND (habits.streak <> r.length OR habits.longest_streak <> r.longest
               OR habits.streak_alive_through IS DISTINCT FROM {self.the_day_after})
        """


@contextmanager
def between(begin: str, end: str, floor: Floor) -> Generator[None]:
    """Sends `begin` before a block and `end` after it, or ROLLBACK if it raises."""
    floor.write(begin)
    try:
        yield
    except BaseException:
        floor.write("ROLLBACK")
        raise
    floor.write(end)


def _local_day(now: datetime, zone: str, starts_at: int) -> date:
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return (local - timedelta(minutes=starts_at)).date()


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
