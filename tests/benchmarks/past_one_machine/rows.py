"""Rows of very many users, made by the database itself."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from tests.benchmarks.scale import TODAY
from tests.support.names import named, named_sql

_CREATED = "TIMESTAMPTZ '2020-01-01 00:00:00+00'"
_HABIT = """
INSERT INTO habits (id, user_id, name, name_key, position, frequency, target, every, week_starts_on,
                    starts_on, streak, longest_streak, streak_alive_through, direction, counts,
                    allowed_misses, streak_misses, created_at, updated_at)
SELECT {id}, u, 'Habit ' || n, 'habit ' || n, n, 'daily', 1000, 1, 1, {today} - {check_ins},
       {check_ins}, {check_ins}, {today}, 'at_least', 'amount', 0, 0, {created}, {created}
FROM generate_series({first}, {last}) u, generate_series(1, {habits}) n
"""
_ROWS = (
    """
INSERT INTO users (id, email, time_zone, week_starts_on, day_starts_at, created_at, updated_at)
SELECT u, 'user' || u || '@example.com', 'UTC', 1, 0, {created}, {created}
FROM generate_series({first}, {last}) u
""",
    """
INSERT INTO topics (id, user_id, name, name_key, created_at, updated_at)
SELECT u, u, 'SQL', 'sql', {created}, {created} FROM generate_series({first}, {last}) u
""",
    _HABIT,
    """
INSERT INTO check_ins (user_id, habit_id, day, status, amount, recorded_at)
SELECT u, {id}, {today} - d, 'done', 1000, {created}
FROM generate_series({first}, {last}) u, generate_series(1, {habits}) n,
     generate_series(1, {check_ins}) d
""",
    """
INSERT INTO sessions (user_id, topic_id, study_date, duration_seconds, created_at, updated_at)
SELECT u, u, {today} - n % 365, 60 * (25 + n % 50), {created}, {created}
FROM generate_series({first}, {last}) u, generate_series(1, {sessions}) n
""",
    """
INSERT INTO tasks (user_id, title, title_key, completed, due_date, due_day, position, created_at,
                   updated_at)
SELECT u, 'Task ' || n, 'task ' || n, n % 3 <> 0, {today} - n, {today} - n, n, {created}, {created}
FROM generate_series({first}, {last}) u, generate_series(1, {tasks}) n
""",
)
# Without them, every row's keys are looked up one by one. Only a superuser may leave them out.
_WITHOUT_FOREIGN_KEYS = "SET LOCAL session_replication_role = replica"
_IDS = ("users", "topics", "habits")


@dataclass(frozen=True)
class PerUser:
    """How many rows a user has; each has a topic too."""

    habits: int
    check_ins: int
    sessions: int
    tasks: int


MANY = PerUser(habits=20, check_ins=100, sessions=1000, tasks=300)
FEW = PerUser(habits=1, check_ins=3, sessions=1, tasks=1)


def habit_of(user_id: int, number: int = 1) -> int:
    """The id of a user's habit; they are numbered from 1 on."""
    return user_id * MANY.habits + number


def fill(connection: Connection, users: int, active: int) -> None:
    """Give empty tables so many users, the first `active` of them with many rows."""
    connection.execute(text(_WITHOUT_FOREIGN_KEYS))
    for first, last, per_user in ((1, active, MANY), (active + 1, users, FEW)):
        values = {
            **vars(per_user),
            "first": first,
            "last": last,
            "id": f"u * {MANY.habits} + n",
            "today": f"DATE '{TODAY}'",
            "created": _CREATED,
        }
        for statement in _ROWS:
            connection.execute(named_sql(statement.format(**values)))
    for table in _IDS:  # the next id that the database gives out
        sequence = f"pg_get_serial_sequence('{named(table)}', 'id')"
        connection.execute(named_sql(f"SELECT setval({sequence}, max(id)) FROM {table}"))
