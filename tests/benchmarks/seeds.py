"""Rows for the jobs, made by the database itself; written once for both kinds."""

from __future__ import annotations

from datetime import date

from tests.benchmarks.floor_postgresql import PostgresqlFloor
from tests.benchmarks.floor_sqlite import SqliteFloor

Driver = SqliteFloor | PostgresqlFloor

_BATCH = 1_000_000
_CREATED = "'2020-01-01 00:00:00.000000'"


def users(floor: Driver, number: int) -> None:
    """Users 1 to `number` in Berlin, each with a topic of the same id."""
    _insert(
        floor,
        "users (id, email, time_zone, week_starts_on, day_starts_at, created_at, updated_at)",
        f"n + 1, 'user' || n || '@example.com', 'Europe/Berlin', 1, 0, {_CREATED}, {_CREATED}",
        number,
    )
    _insert(
        floor,
        "topics (id, user_id, name, name_key, created_at, updated_at)",
        f"n + 1, n + 1, 'SQL', 'sql', {_CREATED}, {_CREATED}",
        number,
    )


def habits(floor: Driver, number: int, starts_on: date, *, owners: int = 1, after: int = 0) -> None:
    """Daily habits with ids from `after` + 1; users from 1 on have as many each."""
    columns = (
        "id, user_id, name, name_key, position, frequency,"
        " target, every, week_starts_on, starts_on,"
        " streak, longest_streak, direction, counts, allowed_misses, streak_misses"
    )
    _insert(
        floor,
        f"habits ({columns}, created_at, updated_at)",
        f"n + 1 + {after}, n % {owners} + 1, 'Habit ' || n, 'habit ' || n, n, 'daily', 1000, 1, 1,"
        f" {_plus(floor, starts_on, '0')}, 0, 0, 'at_least', 'amount', 0, 0, {_CREATED},"
        f" {_CREATED}",
        number,
    )


def check_ins(
    floor: Driver,
    number: int,
    days: int,
    first: date,
    *,
    owners: int = 1,
    after: int = 0,
    gap: int | None = None,
) -> None:
    """Days in a row for so many habits, without every `gap`-th one, and the habits' streaks."""
    kept = f"(n % {days} + n / {days}) % {gap} <> {gap - 1}" if gap else "true"
    day = _plus(floor, first, f"n % {days}")
    _insert(
        floor,
        "check_ins (user_id, habit_id, day, status, amount, recorded_at)",
        f"(n / {days}) % {owners} + 1, n / {days} + 1 + {after}, {day}, 'done', 1000, {_CREATED}",
        number * days,
        where=kept,
    )
    floor.rebuild()


def study(floor: Driver, owners: int, each: int, first: date) -> None:
    """Sessions over a year, the same for every user."""
    columns = "user_id, topic_id, study_date, duration_seconds, created_at, updated_at"
    day = _plus(floor, first, f"(n % {each}) % 365")
    _insert(
        floor,
        f"sessions ({columns})",
        f"n / {each} + 1, n / {each} + 1, {day}, 60 * (25 + n % {each} % 50), {_CREATED},"
        f" {_CREATED}",
        owners * each,
    )


def tasks(floor: Driver, number: int, first: date) -> None:
    """Tasks of user 1, due on days from `first` on; every third one is open."""
    day = _plus(floor, first, "n")
    done = f"CASE WHEN n % 3 = 0 THEN {floor.false} ELSE NOT {floor.false} END"
    _insert(
        floor,
        "tasks (user_id, title, title_key, completed, due_date, due_day, position, created_at,"
        " updated_at)",
        f"1, 'Task ' || n, 'task ' || n, {done}, {day}, {day}, n, {_CREATED}, {_CREATED}",
        number,
    )


def goal(floor: Driver, minutes: int) -> None:
    """A goal of user 1, for all study and every weekday."""
    _insert(
        floor,
        "study_goals (user_id, topic_key, weekday, effective_from, minutes)",
        f"1, 0, 0, {_plus(floor, date(2020, 1, 1), 'n')}, {minutes}",
        1,
    )


def _plus(floor: Driver, first: date, days: str) -> str:
    if isinstance(floor, SqliteFloor):
        return f"date('{first}', ({days}) || ' days')"
    return f"DATE '{first}' + CAST({days} AS integer)"


def _insert(
    floor: Driver,
    into: str,
    values: str,
    number: int,
    *,
    where: str = "true",
) -> None:
    if isinstance(floor, PostgresqlFloor):
        values = values.replace(_CREATED, f"CAST({_CREATED} AS timestamptz)")
    for begin in range(0, number, _BATCH):
        end = min(begin + _BATCH, number)
        with floor.transaction():
            floor.write(
                f"INSERT INTO {into} WITH RECURSIVE numbers (n) AS"
                f" (SELECT {begin} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {end})"
                f" SELECT {values} FROM numbers WHERE {where}"
            )
