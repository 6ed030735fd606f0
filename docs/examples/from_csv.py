"""Load files of events into a tracker, through the public API only.

    python from_csv.py commits.csv work-sessions.csv

The columns decide what a file holds. With `committed_at`, every line is a check-in of four habits
(daily, weekly, monthly, and Monday to Friday), on the date in the time's own UTC offset. With
`topic`, `started_at` and `ended_at`, every line is a timed study session; the tracker cuts it where
the user's days end, and sessions of less than a second are left out. A file is loaded as a whole or
not at all, and loading it again changes nothing.

DATABASE_URL is the database; by default it is the file trackercore.db.
"""

import argparse
import csv
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from sqlalchemy.orm import Session

from trackercore import (
    CheckInCreate,
    Habit,
    HabitCreate,
    TimedSessionCreate,
    TrackerError,
    User,
    UserCreate,
    get_session,
    habits,
    init_db,
    study_sessions,
    topics,
    users,
)

T = TypeVar("T")
Row = dict[str, str]

SECOND = timedelta(seconds=1)
MON_TO_FRI = frozenset({1, 2, 3, 4, 5})
UNITS = {"daily": "days", "weekly": "weeks", "monthly": "months", "weekdays": "weekdays"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Load files of events into a tracker.")
    parser.add_argument("paths", metavar="PATH", nargs="+", type=Path)
    parser.add_argument("--email", default="csv@example.com", help="whose tracker it is")
    arguments = parser.parse_args()

    database = init_db()
    for path in arguments.paths:
        try:
            with get_session() as session:
                user = find_or_create_user(session, arguments.email)
                load(session, user, path)
        except (TrackerError, ValidationError) as error:
            sys.exit(f"{path}: {error}")
    database.dispose()


def find_or_create_user(session: Session, email: str) -> User:
    user = users.find_by_email(session, email)
    return user or users.create(session, UserCreate(email=email))


def load(session: Session, user: User, path: Path) -> None:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeError, csv.Error) as error:
        sys.exit(f"{path}: {error}")
    columns = set(rows[0]) if rows else set[str]()
    if not rows:
        print(f"{path.name}: no events")
    elif "committed_at" in columns:
        load_check_ins(session, user, path, rows)
    elif {"topic", "started_at", "ended_at"} <= columns:
        load_study(session, user, path, rows)
    else:
        sys.exit(f"{path}: has no column committed_at, nor topic, started_at and ended_at")


def load_check_ins(session: Session, user: User, path: Path, rows: list[Row]) -> None:
    began = time.perf_counter()
    # The date on the author's clock. Several events of a day are one check-in.
    days = sorted({moment(path, line, row["committed_at"]).date() for line, row in numbered(rows)})
    items = [CheckInCreate(on=day) for day in days]
    schedules = (
        HabitCreate(name=f"{path.stem} daily", frequency="daily"),
        HabitCreate(name=f"{path.stem} weekly", frequency="weekly"),
        HabitCreate(name=f"{path.stem} monthly", frequency="monthly"),
        HabitCreate(name=f"{path.stem} weekdays", frequency="weekdays", weekdays=MON_TO_FRI),
    )
    loaded = [find_or_create_habit(session, user, data) for data in schedules]
    new = 0
    for habit in loaded:
        bar = progress(items, habit.name, "day")
        new += habits.check_in_many(session, user.id, habit.id, bar).created
    seconds = time.perf_counter() - began
    print(f"{path.name}: {len(rows)} events on {len(days)} days, {new} new check-ins")
    print(f"loaded in {seconds:.1f} s", file=sys.stderr)

    last = days[-1]
    print(f"\nhabit     longest  current on {last}")
    for habit in loaded:
        streak = habits.streak(session, user.id, habit.id, as_of=last)
        unit = UNITS[habit.frequency]
        print(f"{habit.frequency:<8}  {streak.longest:>7}  {streak.current:>7} {unit}")
    print("\nyear  days")
    daily = loaded[0]
    for year in range(days[0].year, last.year + 1):
        start, end = date(year, 1, 1), date(year, 12, 31)
        print(year, len(habits.check_ins(session, user.id, daily.id, start=start, end=end)))
    print()


def find_or_create_habit(session: Session, user: User, data: HabitCreate) -> Habit:
    # external_id is the habit's key in another system: here, this script.
    data = data.model_copy(update={"external_id": data.name})
    existing = habits.find(session, user.id, external_id=data.external_id).items
    return existing[0] if existing else habits.create(session, user.id, data)


def load_study(session: Session, user: User, path: Path, rows: list[Row]) -> None:
    began = time.perf_counter()
    topic_ids = {
        name: topics.get_or_create(session, user.id, name).id
        for name in dict.fromkeys(row["topic"] for row in rows)
    }
    sessions = read_study(path, rows, topic_ids)
    if not sessions:
        print(f"{path.name}: {len(rows)} events, none of a second or more")
        return
    # Two events at the same time are an error: on_overlap="allow" would store both.
    result = study_sessions.create_many(session, user.id, progress(sessions, path.name, "session"))
    seconds = time.perf_counter() - began
    print(f"{path.name}: {len(rows)} events, {result.created} new sessions, {result.found} known")
    print(f"loaded in {seconds:.1f} s", file=sys.stderr)

    start = users.today(session, user.id, now=min(item.started_at for item in sessions))
    end = users.today(session, user.id, now=max(item.ended_at for item in sessions))
    print("\nyear  minutes  sessions")
    for year in study_sessions.totals_by_year(session, user.id, start, end):
        print(f"{year.start.year}  {year.minutes:>7}  {year.sessions:>8}")
    print("\ntopic     minutes  sessions")
    for topic in study_sessions.totals_by_topic(session, user.id, start, end):
        print(f"{topic.name:<8}  {topic.minutes:>7}  {topic.sessions:>8}")
    total = study_sessions.total(session, user.id, start, end)
    print(f"{'total':<8}  {total.minutes:>7}  {total.sessions:>8}\n")


def read_study(path: Path, rows: list[Row], topic_ids: dict[str, int]) -> list[TimedSessionCreate]:
    sessions: list[TimedSessionCreate] = []
    for line, row in numbered(rows):
        started_at = moment(path, line, row["started_at"])
        ended_at = moment(path, line, row["ended_at"])
        if ended_at < started_at:
            sys.exit(f"{path}, line {line}: the session ended before it started")
        if ended_at - started_at < SECOND:
            continue
        try:
            item = TimedSessionCreate(
                topic_id=topic_ids[row["topic"]],
                started_at=started_at,
                ended_at=ended_at,
                external_id=f"{row['topic'][:100]} {row['started_at']} {row['ended_at']}",
            )
        except ValidationError as error:  # for example, more than 31 days
            sys.exit(f"{path}, line {line}: {error.errors()[0]['msg']}")
        sessions.append(item)
    return sessions


def numbered(rows: Iterable[Row]) -> Iterator[tuple[int, Row]]:
    return enumerate(rows, start=2)  # line 1 has the column names


def moment(path: Path, line: int, text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        sys.exit(f"{path}, line {line}: {text!r} is not an ISO 8601 date and time")
    if value.tzinfo is None:
        sys.exit(f"{path}, line {line}: {text!r} has no UTC offset")
    return value


def progress(items: Sequence[T], label: str, unit: str) -> Iterable[T]:
    try:
        from tqdm import tqdm
    except ImportError:  # pip install "trackercore[progress]" for a progress bar
        return items
    return tqdm(items, desc=label, unit=unit, unit_scale=True)


if __name__ == "__main__":
    main()
