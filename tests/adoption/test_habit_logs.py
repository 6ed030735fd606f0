"""What docs/how-to/adopt.md says to do with a table of habit logs, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, cast

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.adoption import legacy, support
from tests.adoption.legacy import Row
from tests.host_alembic.page import Page
from trackercore import Database, HabitCreate, UserCreate, adopt, habits, users

pytestmark = pytest.mark.slow

ADA, BOB = 3, 5
RUN, SWIM, READ, COUNTED, LOST = 1, 2, 4, 6, 9

HOST = """
    CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE);
    CREATE TABLE habits (
        id INTEGER PRIMARY KEY, name VARCHAR(100) NOT NULL, frequency VARCHAR(50) NOT NULL,
        streak INTEGER, user_id INTEGER REFERENCES users (id)
    );
    CREATE TABLE habit_logs (
        id INTEGER PRIMARY KEY, habit_id INTEGER NOT NULL REFERENCES habits (id) ON DELETE CASCADE,
        date DATE NOT NULL, done BOOLEAN, notes TEXT
    )
"""

HABITS: list[Row] = [
    {"id": RUN, "name": "Run", "frequency": "daily", "streak": 40, "user_id": ADA},
    {"id": SWIM, "name": "Swim", "frequency": "weekly", "streak": 0, "user_id": ADA},
    {"id": READ, "name": "Read", "frequency": "daily", "streak": None, "user_id": BOB},
    {"id": COUNTED, "name": "Counted", "frequency": "daily", "streak": 5, "user_id": BOB},
    {"id": LOST, "name": "Lost", "frequency": "now and then", "streak": 5, "user_id": BOB},
]

SQL, PYTHON, COUNT = (
    block.text for block in Page("adopt.md").section("Bring habit logs in as check-ins")
)


@pytest.fixture
def import_habit_logs() -> Callable[[Session], int]:
    """The function of the page."""
    names: dict[str, Any] = {}
    exec(PYTHON, names)  # noqa: S102
    return cast("Callable[[Session], int]", names["import_habit_logs"])


@pytest.fixture
def today() -> date:
    return datetime.now(UTC).date()


STREAK = 9


def logs_until(today: date) -> list[Row]:
    """Two months of logs, with rows that are false, doubled, without a value, and too late."""
    random = Random(18)  # noqa: S311
    rows: list[Row] = []
    for habit in (RUN, SWIM, READ, LOST):
        for ago in range(-2, 60):
            is_kept_up = habit == RUN and 0 <= ago < STREAK
            rows += (
                {
                    "id": None,
                    "habit_id": habit,
                    "date": str(today - timedelta(days=ago)),
                    "done": is_kept_up or random.choice([True, True, True, False, None]),
                    "notes": random.choice([None, None, "", "ill", "5 km"]),
                }
                for _ in range(random.choice([1, 2] if is_kept_up else [0, 1, 1, 1, 2]))
            )
    for number, row in enumerate(rows, 1):
        row["id"] = number
    return rows


@pytest.fixture
def host(empty_url: str, today: date) -> list[Row]:
    """The logs of a database that is adopted as the page says."""
    logs = logs_until(today)
    users: list[Row] = [{"id": id_, "email": f"{id_}@example.com"} for id_ in (ADA, BOB)]
    support.execute(empty_url, *HOST.split(";"))
    with support.connect(empty_url) as connection:
        legacy.insert(connection, {"users": users, "habits": HABITS, "habit_logs": logs})
    refused = support.reasons(empty_url)
    assert {(reason.code, reason.table) for reason in refused} == {("foreign_key", "habits")}
    support.execute(empty_url, *filter(str.strip, SQL.split(";")))
    adopt(empty_url)
    return logs


@pytest.fixture
def adopted(host: list[Row], empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.dispose()


def done_days(logs: list[Row], habit: int, today: date) -> set[date]:
    return {
        day
        for row in logs
        if row["habit_id"] == habit and row["done"]
        if (day := date.fromisoformat(row["date"])) <= today
    }


def streak(done: set[date], today: date) -> int:
    """How many days in a row are done; today may still be open."""
    day = today if today in done else today - timedelta(days=1)
    days = 0
    while day - timedelta(days=days) in done:
        days += 1
    return days


def weekly_streak(done: set[date], today: date) -> int:
    """The same in weeks, numbered as if they were days."""
    return streak({week(day) for day in done}, week(today))


def week(day: date) -> date:
    return date.fromordinal((day.toordinal() - 1) // 7 + 1)


def test_the_days_and_streaks_are_those_of_the_logs(
    host: list[Row],
    adopted: Database,
    today: date,
    import_habit_logs: Callable[[Session], int],
) -> None:
    now = datetime.combine(today, datetime.max.time(), UTC)
    assert STREAK <= streak(done_days(host, RUN, today), today) < 40
    with adopted.session() as session:
        created = import_habit_logs(session)
    with adopted.session() as session:
        assert import_habit_logs(session) == 0
        assert habits.rebuild_streaks(session).corrected == 0
        recorded = 0
        for habit, user, streak_of in (
            (RUN, ADA, streak),
            (SWIM, ADA, weekly_streak),
            (READ, BOB, streak),
        ):
            done = done_days(host, habit, today)
            stored = habits.check_ins(session, user, habit)
            recorded += len(stored)
            assert {day.day for day in stored if day.amount} == done
            for day in stored:
                key = (habit, str(day.day))
                of_day = [row for row in host if (row["habit_id"], row["date"]) == key]
                notes = [row["notes"] for row in of_day if row["notes"]]
                assert day.note == (notes[-1] if notes else None)
                assert day.amount == int(any(row["done"] for row in of_day))
            assert habits.streak(session, user, habit, now=now).current == streak_of(done, today)
        assert created == recorded
        assert habits.streak(session, BOB, COUNTED, now=now).current == 5
        assert habits.check_ins(session, BOB, COUNTED) == []


def test_no_log_is_lost(
    host: list[Row],
    adopted: Database,
    today: date,
    import_habit_logs: Callable[[Session], int],
) -> None:
    with adopted.session() as session:
        created = import_habit_logs(session)
        assert session.scalar(text("SELECT count(*) FROM old_habit_logs")) == len(host)
        left_out = {
            (row["habit_id"], row["date"])
            for row in host
            if row["done"] or row["notes"]
            if row["habit_id"] == LOST or row["date"] > str(today)
        }
        assert left_out
        assert session.scalar(text(COUNT)) == created + len(left_out)


def test_without_the_line_that_lets_the_logs_win_the_number_counts(
    adopted: Database, today: date
) -> None:
    names: dict[str, Any] = {}
    (line,) = [line for line in PYTHON.splitlines() if line.endswith("# the logs win")]
    exec(PYTHON.replace(line + "\n", ""), names)  # noqa: S102
    now = datetime.combine(today, datetime.max.time(), UTC)
    with adopted.session() as session:
        assert names["import_habit_logs"](session) > 0
        done_today = any(day.amount for day in habits.check_ins(session, ADA, RUN, start=today))
        assert habits.streak(session, ADA, RUN, now=now).current == 40 + done_today


def test_what_cannot_be_read_for_sure_is_refused_with_its_row_and_a_remedy(
    today: date, database: Database
) -> None:
    names: dict[str, Any] = {}
    exec(PYTHON, names)  # noqa: S102
    with database.session() as session:
        user = users.create(session, UserCreate(email="ada@example.com")).id
        habit = habits.create(session, user, HabitCreate(name="Run", frequency="daily")).id
    columns = "id INTEGER, habit_id INTEGER, date TEXT, done TEXT, notes TEXT"
    for date_, done, remedy in LOGS:
        with database.session() as session:
            session.execute(text(f"CREATE TABLE old_habit_logs ({columns})"))
            values = {"habit": habit, "date": date_ and date_.format(today), "done": done}
            row = text("INSERT INTO old_habit_logs VALUES (7, :habit, :date, :done, 'ill')")
            session.execute(row, values)
            found = names["unreadable_logs"](session)
            if remedy is None:
                assert found == []
                assert names["import_habit_logs"](session) == 1
            else:
                (line,) = found
                assert line.startswith("old_habit_logs 7: ")
                assert remedy in line
                with pytest.raises(ValueError, match="old_habit_logs 7: "):
                    names["import_habit_logs"](session)
            session.rollback()


A_DATE, A_FLAG = "make it a date like 2026-05-03", "make it 1, 0 or NULL"

LOGS = [
    *((text, None, None) for text in ("{}", "{} 00:00:00.000000", "{} 00:00:00", "{}T00:00:00")),
    *((text, None, A_DATE) for text in ("03.05.2026", "2026-02-30", "1777766400", "", None)),
    *((text, None, A_DATE) for text in ("{} 14:30:00", "{} 00:00:00+00:00", "20260503")),
    *(("{}", flag, A_FLAG) for flag in ("no", "false", "yes", "2")),
]
"""A date of old logs, `{}` being today; whether it was done; what to do about them."""
