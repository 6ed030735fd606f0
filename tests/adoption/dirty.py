"""Random legacy databases in which most rows break some rule and most rules meet another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.adoption.legacy import (
    COLUMNS,
    FOCUSFLOW,
    OPTIONAL,
    OTHERS,
    STUDYTRACKER,
    TABLES,
    Garbled,
    Row,
    Rows,
)

OWNER = "Owner@Example.com"


@dataclass
class Legacy:
    """What to put into loose tables.

    Attributes:
        columns: table → the columns it has.
        zoned: times are TIMESTAMP WITH TIME ZONE.
        owner_email: for `adopt`; None where there is nothing to own.
        rows: table → its rows.
    """

    columns: dict[str, list[str]]
    zoned: bool
    owner_email: str | None
    rows: Rows = field(default_factory=dict[str, list[Row]])


@dataclass
class Pool:
    """Values of a column: those in order, and the odd ones."""

    good: Sequence[Any]
    odd: Sequence[Any]

    def pick(self, random: Random) -> Any:
        """Mostly a good one: a row that breaks a rule should often get as far as that rule."""
        return random.choice(self.odd if self.odd and random.random() < 0.1 else self.good)


def generate(seed: int, backend: str) -> Legacy:
    """A database; on PostgreSQL with what the columns' types can hold."""
    random = Random(seed)  # noqa: S311
    sqlite = backend == "sqlite"
    tables = random.choice([*[TABLES] * 3, FOCUSFLOW, STUDYTRACKER, ("users", "tasks", "habits")])
    columns = {table: _columns(random, table) for table in tables}
    if tables == TABLES:
        for table in random.choice([(), ("topics",), *[("sessions",), STUDYTRACKER] * 2]):
            columns[table].append("user_id")
    legacy = Legacy(
        columns,
        zoned=not sqlite and random.random() < 0.5,
        owner_email=OWNER if "topics" in tables else None,
    )
    if "user_id" in columns.get("sessions", []) and random.random() < 0.5:
        legacy.owner_email = None
    pools = _pools(sqlite=sqlite, zoned=legacy.zoned)
    for table in tables:
        legacy.rows[table] = _rows(random, table, legacy, pools, sqlite=sqlite)
    return legacy


def _columns(random: Random, table: str) -> list[str]:
    optional = sorted(column for name, column in OPTIONAL if name == table)
    gone = random.sample(optional, random.choice([0, 0, 0, 1, len(optional)]))
    kept = [name for name in COLUMNS[table] if name not in gone]
    others = [name for name in OTHERS[table] if name not in COLUMNS[table]]
    return kept + random.choice([[], others])


def _rows(
    random: Random, table: str, legacy: Legacy, pools: dict[str, Pool], *, sqlite: bool
) -> list[Row]:
    length = {"users": 12, "topics": 16, "categories": 32, "habits": 32}.get(table, 40)
    ids: list[Any] = random.sample(range(1, 2 * length), length)
    # What comes next goes on after an id that may well be a rejected row's.
    odd_ids = [0, -3, 1000, *([None, None, "x1", 1.5, _BLOB, _GARBLED] if sqlite else [])]
    ids[:2] = random.sample(odd_ids, 2)
    rows: list[Row] = []
    for key in ids:
        row: Row = {"id": key}
        for column in legacy.columns[table][1:]:
            referred = _REFERENCES.get(column)
            if referred is None:
                row[column] = pools.get(f"{table}.{column}", pools.get(column, _NONE)).pick(random)
            else:
                row[column] = _reference(random, legacy.rows.get(referred, []), sqlite=sqlite)
        if table == "sessions" and "user_id" in row and random.random() < 0.7:
            row["user_id"] = _user_of_topic(legacy.rows["topics"], row)
        if table == "topics":
            _share(row)
        rows.append(row)
    return rows


def _share(topic: Row) -> None:
    """Some topics are shared, of the names of others. Words tell whose they were."""
    number = topic["id"] if isinstance(topic["id"], int) else 1
    if "user_id" in topic and number % 4 == 0:
        topic["user_id"] = None
    if "user_id" in topic and number % 4 in (0, 3):
        topic["name"] = ("Work", "WORK", " work")[number % 3]
    if topic.get("description") in ("some words", ""):
        topic["description"] = f"words of {topic['id']}"


def _reference(random: Random, rows: list[Row], *, sqlite: bool) -> Any:
    existing = [row["id"] for row in rows if isinstance(row["id"], int)]
    if existing and random.random() < 0.9:
        # Some have much, so that names meet.
        return random.choice(existing if random.random() < 0.4 else existing[-3:])
    return random.choice([None, None, 77777, *(["x", 2.5, b"\xff"] if sqlite else [])])


def _user_of_topic(topics: list[Row], row: Row) -> Any:
    """A session's user mostly agrees with its topic's."""
    topic = next((topic for topic in topics if topic["id"] == row["topic_id"]), row)
    return row["user_id"] if topic.get("user_id") is None else topic["user_id"]


_REFERENCES = {"user_id": "users", "category_id": "categories", "topic_id": "topics"}
_NONE = Pool([None], [])

_BLOB = b"\x00\xff\xfe"
_GARBLED = Garbled(_BLOB)
_WORDS_BLOB = b"$2b$12$bytes"

_EMAILS = [
    "ada@example.com",
    "bob@example.com",
    "eve@example.com",
    "kim@example.com",
    "Ada@Example.com",
    " ada@example.com\n",
    "jos\u00e9@example.com",
    "jose\u0301@example.com",
    "JOS\u00c9@EXAMPLE.COM",
    "owner@example.com",
    "OWNER@example.com",
    "\u0130vy@example.com",
    "I\u0307vy@example.com",
    "\u2126@example.com",
    "stra\u00dfe@example.com",
    "STRASSE@example.com",
    "a" * 243 + "@example.com",
    "no address",
]
_BAD_EMAILS = ["", "\u3000", None, "a" * 244 + "@example.com"]

_NAMES = [
    "Home",
    "Work",
    "work",
    " WORK\t",
    "\x1cWork\xa0",
    "Caf\u00e9",
    "Cafe\u0301",
    "CAFE\u0301",
    "Stra\u00dfe",
    "STRASSE",
    "\u0130",
    "i\u0307",
    "I",
    "\u200b",
    "\u03a3\u03b1\u03c2",
    "\u03c3\u03b1\u03c3",
    "\ufb01x",
    "FIX",
]
_BAD_NAMES = ["", " \u2003\n", None]

_TIMES = [
    "2024-03-05 10:30:00",
    "2024-03-05 23:59:59.999999",
    "2024-02-29 00:00:01",
    "0002-01-01 00:00:01",
    "9998-12-31 23:59:59",
]
_MIDNIGHTS = ["2024-03-05 00:00:00", "2024-02-29 00:00:00"]
_BAD_TIMES = [None, None, "0001-12-31 23:59:59", "9999-01-01 00:00:01"]

_POSTGRESQL_BAD_TIMES = ["infinity", "-infinity", "0044-03-15 10:00:00 BC", "12024-01-01 10:00:00"]
_POSTGRESQL_ZONED = [
    "2024-03-05 10:30:00+02",
    "2024-03-05 00:00:00-05:30",  # midnight where it was written
    "2024-03-05 02:00:00+02",  # midnight in UTC
]

_SQLITE_TIMES = [
    "2024-03-05",
    "2024-03-05 10:30:00.5",
    "2024-03-05T10:30:00",
    "2024-03-05T00:00:00",
    "2024-03-05T10:30:00Z",
    "2024-03-05 10:30:00+02:00",
    "2024-03-05T10:30:00.250000-05:30",
    "2024-03-05T02:00:00+02:00",
    "2024-03-05T00:00:00+02:00",
    "9999-01-01 01:00:00+02:00",
]
_SQLITE_BAD_TIMES = [
    "0001-01-01 01:00:00+02:00",
    "9999-12-31 23:00:00-02:00",
    "2024-02-30 10:30:00",
    "yesterday",
    "",
    20240305,
    1709634600.5,
    9e999,
    _BLOB,
    _GARBLED,
]

_DAYS = ["2024-03-05", "2024-02-29", "0001-01-01", "9999-12-31", None]
_POSTGRESQL_BAD_DAYS = ["infinity", "-infinity", "0044-03-15 BC", "12024-01-01"]
_SQLITE_DAYS = ["2024-03-05 10:30:00"]
_SQLITE_BAD_DAYS = ["2023-02-29", "05.03.2024", "", 20240305, 2460374.5, _BLOB, _GARBLED]


def _pools(*, sqlite: bool, zoned: bool) -> dict[str, Pool]:
    def names(longest: int) -> Pool:
        bad = [*_BAD_NAMES, "n" * (longest + 1), *blob]
        return Pool([*_NAMES, "n" * longest, " " + "N" * longest], bad)

    blob: list[Any] = [_BLOB, _GARBLED] if sqlite else []
    words = Pool(
        ["some words", "  two\nlines ", "", None, *([_WORDS_BLOB] if sqlite else [])], blob
    )
    times = _TIMES + (_SQLITE_TIMES if sqlite else []) + (_POSTGRESQL_ZONED if zoned else [])
    bad_times = _BAD_TIMES + (_SQLITE_BAD_TIMES if sqlite else _POSTGRESQL_BAD_TIMES)
    return {
        "email": Pool(_EMAILS, [*_BAD_EMAILS, *blob]),
        "hashed_password": Pool([*words.good, "h" * 255], ["h" * 256, *blob]),
        **dict.fromkeys(("created_at", "updated_at"), Pool(times, bad_times)),
        "completed_at": Pool([None, *times], bad_times),
        "categories.name": names(100),
        "habits.name": names(100),
        "topics.name": names(200),
        "title": names(255),
        "description": words,
        "notes": words,
        "completed": Pool([True, False, None], [2, -1, "yes", 0.5, _BLOB] if sqlite else []),
        "due_date": Pool([None, *times, *_MIDNIGHTS * 2], bad_times),
        "frequency": Pool(
            ["daily", "weekly", "Daily ", "WEEKLY", "\tdaily"], ["monthly", "", "day", None, *blob]
        ),
        "streak": Pool(
            [0, 1, 7, 365, 1_000_000, None, -1, -300, *(["7"] if sqlite else [])],
            [1_000_001, 2**31, *([2.5, "many", 9e999, *blob] if sqlite else [])],
        ),
        "study_date": Pool(
            _DAYS + (_SQLITE_DAYS if sqlite else []),
            _SQLITE_BAD_DAYS if sqlite else _POSTGRESQL_BAD_DAYS,
        ),
        "duration_minutes": Pool(
            [1, 25, 1440, *(["50"] if sqlite else [])],
            [0, -5, 1441, 2000, None, *([25.5, "an hour", *blob] if sqlite else [])],
        ),
    }
