"""One row, one rule: what becomes of it.

All rows of this file are adopted at once, since no rule looks beyond a row, what it refers to and
what has the same name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from tests.adoption import legacy, oracle, support
from tests.adoption.legacy import Garbled, Row, Rows
from tests.adoption.oracle import ADOPTED, LOSSY, NAIVE, Rejected

pytestmark = pytest.mark.slow

ADA, BOB, NOBODY, OWNER = 1, 2, 3, 5
WORK, SAME_AS_WORK, NAMELESS, OF_BOB, OF_NO_USER, SAME_AS_BOBS = 1, 2, 3, 4, 5, 6
SQL, SAME_AS_SQL, NO_TOPIC = 1, 2, 3
GONE = 77

NIGHT = "2024-03-04 22:15:00"

WORLD: Rows = {
    "users": [
        {"id": ADA, "email": "ada@example.com", "created_at": NIGHT},
        {"id": BOB, "email": "bob@example.com", "created_at": NIGHT},
        {"id": NOBODY, "email": "", "created_at": NIGHT},
        {"id": OWNER, "email": "owner@example.com", "created_at": NIGHT},
    ],
    "categories": [
        {"id": WORK, "user_id": ADA, "name": "Work", "created_at": NIGHT},
        {"id": SAME_AS_WORK, "user_id": ADA, "name": "WORK", "created_at": NIGHT},
        {"id": NAMELESS, "user_id": ADA, "name": " ", "created_at": NIGHT},
        {"id": OF_BOB, "user_id": BOB, "name": "Work", "created_at": NIGHT},
        {"id": OF_NO_USER, "user_id": None, "name": "Work", "created_at": NIGHT},
        {"id": SAME_AS_BOBS, "user_id": BOB, "name": "work", "created_at": NIGHT},
    ],
    "tasks": [],
    "habits": [],
    "topics": [
        {"id": SQL, "name": "SQL", "created_at": NIGHT},
        {"id": SAME_AS_SQL, "name": "sql", "created_at": NIGHT},
        {"id": NO_TOPIC, "name": None, "created_at": NIGHT},
    ],
    "sessions": [],
}
"""What the cases' rows refer to."""

WORLD_FINDINGS = {
    ("users", NAIVE): 3,
    ("users", "no email address"): 1,
    ("categories", NAIVE): 2,
    ("categories", "the user has a category of this name"): 2,
    ("categories", "no name"): 1,
    ("categories", "no owner"): 1,
    ("topics", NAIVE): 1,
    ("topics", "the owner has a topic of this name"): 1,
    ("topics", "no name"): 1,
}

DEFAULTS: dict[str, Row] = {
    "users": {"hashed_password": "secret", "created_at": NIGHT},
    "categories": {"user_id": ADA, "created_at": NIGHT},
    "tasks": {"user_id": ADA, "title": "Write", "completed": False, "created_at": NIGHT},
    "habits": {"user_id": ADA, "name": "Run", "frequency": "daily", "created_at": NIGHT},
    "topics": {"created_at": NIGHT},
    "sessions": {
        "topic_id": SQL,
        "duration_minutes": 25,
        "study_date": "2024-03-05",
        "created_at": NIGHT,
    },
}
"""What the cases' rows leave out."""


@dataclass(frozen=True)
class Case:
    """An old row (but for what `DEFAULTS` says) and what becomes of it."""

    table: str
    id: int
    old: Row
    reason: str | None
    new: Row
    corrections: tuple[str, ...]
    only: str | None

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={_short(value)}" for name, value in self.old.items())
        return f"{self.table}: {shown} -> {self.reason or ', '.join(self.corrections) or 'kept'}"

    def runs_on(self, backend: str) -> bool:
        return self.only in (None, backend)


def _short(value: object) -> str:
    text = ascii(value)
    return text if len(text) < 30 else text[:27] + "..."


CASES: list[Case] = []


def kept(table: str, old: Row, new: Row, *corrections: str, only: str | None = None) -> None:
    CASES.append(Case(table, _id(old), old, None, new, corrections, only))


def rejected(table: str, old: Row, reason: str, *, only: str | None = None) -> None:
    CASES.append(Case(table, _id(old), old, reason, {}, (), only))


def _id(old: Row) -> int:
    number: int = old.get("id", 100 + len(CASES))
    return number


SQLITE = "sqlite"
POSTGRESQL = "postgresql"
BYTES = b"\x00\xff"
GARBLED = Garbled(b"caf\xe9")
LOSSY_CREATED = "created_at could not be read"

# --- Ids ---------------------------------------------------------------------------------------

for table, names in {
    "users": {"email": "zero@example.com"},
    "categories": {"name": "Zero"},
    "tasks": {},
    "habits": {},
    "topics": {"name": "Zero"},
    "sessions": {},
}.items():
    for key in (0, -1):
        rejected(table, {"id": key, **names}, "no usable id")
    for no_id in (None, "x", 7.5):
        rejected(table, {"id": no_id, **names}, "no usable id", only=SQLITE)
    # The reasons are tried in order: rows without an id have no other.
    rejected(table, {"id": -2, **dict.fromkeys(names)}, "no usable id")
kept("users", {"id": 50, "email": "fifty@example.com"}, {"id": 50})

# --- Users -------------------------------------------------------------------------------------

LOWER = "email address in lower case"
OTHER_LETTERS = "another user has this email address in other letters"

kept(
    "users",
    {"email": "plain@example.com"},
    {
        "email": "plain@example.com",
        "hashed_password": "secret",
        "time_zone": "UTC",
        "week_starts_on": 1,
        "day_starts_at": 0,
        "created_at": datetime(2024, 3, 4, 22, 15, tzinfo=UTC),
    },
)
kept("users", {"email": "Grace@Example.COM"}, {"email": "grace@example.com"}, LOWER)
kept("users", {"email": "\t blank@example.com\xa0"}, {"email": "blank@example.com"}, LOWER)
kept("users", {"email": "jose\u0301@example.com"}, {"email": "jos\u00e9@example.com"}, LOWER)
kept("users", {"email": "stra\u00dfe@example.com"}, {"email": "stra\u00dfe@example.com"})
kept("users", {"email": "strasse@example.com"}, {"email": "strasse@example.com"})
kept("users", {"email": "not an address"}, {"email": "not an address"})
kept("users", {"email": "x" * 243 + "@example.com"}, {"email": "x" * 243 + "@example.com"})
kept("users", {"email": " " + "y" * 243 + "@example.com"}, {}, LOWER)
kept("users", {"email": "nopw@example.com", "hashed_password": None}, {"hashed_password": None})
for blank in (None, "", " \u3000\n"):
    rejected("users", {"email": blank}, "no email address")
rejected("users", {"email": BYTES}, "no email address", only=SQLITE)
rejected("users", {"email": "x" * 244 + "@example.com"}, "email address too long")
for same in ("ADA@example.com", " ada@example.com", "JOSE\u0301@EXAMPLE.COM"):
    rejected("users", {"email": same}, OTHER_LETTERS)
kept("users", {"email": "h@example.com", "hashed_password": "h" * 255}, {})
rejected(
    "users", {"email": "hh@example.com", "hashed_password": "h" * 256}, "hashed_password too long"
)
kept("users", {"email": "hh@example.com"}, {})  # only rows that are kept have their address
kept(
    "users",
    {"email": "bytes@example.com", "hashed_password": b"$2b$12$bytes"},
    {"hashed_password": "$2b$12$bytes"},
    only=SQLITE,
)

# --- Owners ------------------------------------------------------------------------------------

for table, names in {"categories": {"name": "Owned"}, "tasks": {}, "habits": {}}.items():
    kept(table, {"user_id": BOB, **names}, {"user_id": BOB})
    rejected(table, {"user_id": None, **names}, "no owner")
    rejected(table, {"user_id": GONE, **names}, "its user does not exist")
    rejected(table, {"user_id": NOBODY, **names}, "its user was rejected")
    rejected(table, {"user_id": "y", **names}, "its user does not exist", only=SQLITE)

# --- Names -------------------------------------------------------------------------------------

TRIMMED = "name trimmed"
FIRST_LETTERS: Row = {"name": "\u00c9t\u00e9", "name_key": "\u00e9t\u00e9"}
for table, reason in {
    "categories": "the user has a category of this name",
    "topics": "the owner has a topic of this name",
}.items():
    kept(table, {"name": "\u00c9t\u00e9"}, FIRST_LETTERS)
    for same in ("\u00e9t\u00e9", "e\u0301te\u0301", " \u00e9t\u00e9\n"):
        rejected(table, {"name": same}, reason)
    kept(table, {"name": "Stra\u00dfe"}, {"name": "Stra\u00dfe", "name_key": "strasse"})
    rejected(table, {"name": "STRASSE"}, reason)
    kept(table, {"name": "\u0130"}, {"name": "\u0130"})
    rejected(table, {"name": "i\u0307"}, reason)
    kept(table, {"name": "I"}, {"name": "I", "name_key": "i"})
    kept(table, {"name": "\u0131"}, {"name": "\u0131"})  # the dotless i is another letter
kept("categories", {"user_id": BOB, "name": "\u00c9t\u00e9"}, FIRST_LETTERS)
for table, most in {"categories": 100, "habits": 100, "topics": 200}.items():
    # The lengths that follow are of the trimmed name.
    kept(table, {"name": "\x1f Padded\u2003"}, {"name": "Padded"}, TRIMMED)
    kept(table, {"name": "n" * most}, {"name": "n" * most})
    kept(table, {"name": "\t" + "m" * most + "\n"}, {"name": "m" * most}, TRIMMED)
    rejected(table, {"name": "n" * most + "n"}, "name too long")
    for blank in (None, "", "\x1c\xa0\u3000"):
        rejected(table, {"name": blank}, "no name")
    rejected(table, {"name": BYTES}, "no name", only=SQLITE)
kept("tasks", {"title": " Padded "}, {"title": "Padded"}, "title trimmed")
kept("tasks", {"title": " " + "t" * 255}, {"title": "t" * 255}, "title trimmed")
rejected("tasks", {"title": "t" * 256}, "title too long")
rejected("tasks", {"title": None}, "no title")
rejected("tasks", {"title": "\r\n"}, "no title")
rejected("tasks", {"title": BYTES}, "no title", only=SQLITE)

# --- Tasks -------------------------------------------------------------------------------------

kept(
    "tasks",
    {"description": " as\nit is ", "category_id": WORK, "completed": True},
    {
        "user_id": ADA,
        "title": "Write",
        "description": " as\nit is ",
        "category_id": WORK,
        "completed": True,
        "completed_at": None,
        "due_date": None,
        "due_at": None,
        "external_id": None,
        "created_at": datetime(2024, 3, 4, 22, 15, tzinfo=UTC),
    },
)
kept("tasks", {"completed": False}, {"completed": False})
AT: Row = {"completed_at": "2024-03-05 23:30:00"}
DONE_AT: Row = {
    "completed": True,
    "completed_at": datetime(2024, 3, 5, 23, 30, tzinfo=UTC),
    "completed_on": date(2024, 3, 5),
}
NOT_DONE: Row = {"completed": False, "completed_at": None, "completed_on": None}
kept("tasks", {"completed": True, **AT}, DONE_AT)
kept("tasks", {"completed": None, **AT}, DONE_AT, "completed was not set")
kept("tasks", {"completed": False, **AT}, NOT_DONE, "completed_at of an open task dropped")
UNREADABLE_AT = "completed_at could not be read"
for completed in (True, False):
    new = NOT_DONE | {"completed": completed}
    kept("tasks", {"completed": completed, "completed_at": "infinity"}, new, UNREADABLE_AT)
kept("tasks", {"completed": None}, {"completed": False}, "completed was not set")
rejected("tasks", {"completed": 2}, "completed cannot be read", only=SQLITE)
rejected("tasks", {"completed": "yes"}, "completed cannot be read", only=SQLITE)
kept("tasks", {"description": b"bytes"}, {"description": "bytes"}, only=SQLITE)

for description, folded in {
    "": "",
    "Straße\n\U0001f600": "strasse\n\U0001f600",
    "cafe\u0301 UND " + "Ü" * 5000: "café und " + "ü" * 5000,
    "of\x1fTwo": "of\x1ftwo",
}.items():
    texts: Row = {"description": description}
    kept("tasks", texts, texts | {"title_key": "write", "description_key": folded})
kept("tasks", {"title": "ÉTÉ\x1f\n"}, {"title": "ÉTÉ", "title_key": "été"}, "title trimmed")
kept("tasks", {"category_id": None}, {"category_id": None})
kept(
    "tasks",
    {"category_id": SAME_AS_WORK},
    {"category_id": WORK},
    "moved to the category of the same name",
)
for category in (OF_BOB, SAME_AS_BOBS):
    kept(
        "tasks",
        {"category_id": category},
        {"category_id": None},
        "its category belongs to another user",
    )
kept("tasks", {"category_id": GONE}, {"category_id": None}, "its category does not exist")
kept("tasks", {"category_id": NAMELESS}, {"category_id": None}, "its category was rejected")
kept("tasks", {"category_id": OF_NO_USER}, {"category_id": None}, "its category was rejected")
kept(
    "tasks", {"category_id": "y"}, {"category_id": None}, "its category does not exist", only=SQLITE
)

AS_A_DAY = "due_date at midnight taken as a day"


def due(
    stored: object,
    *corrections: str,
    at: datetime | None = None,
    on: date | None = None,
    only: str | None = None,
) -> None:
    kept("tasks", {"due_date": stored}, {"due_at": at, "due_date": on}, *corrections, only=only)


def no_due(stored: object, *, only: str | None = None) -> None:
    due(stored, "due_date could not be read", only=only)


due("2024-03-05 00:00:00", AS_A_DAY, on=date(2024, 3, 5))
due("2024-03-05 10:30:00", at=datetime(2024, 3, 5, 10, 30, tzinfo=UTC))
due("2024-03-05 00:00:00.000001", at=datetime(2024, 3, 5, 0, 0, 0, 1, tzinfo=UTC))
due("9998-12-31 23:59:59", at=datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC))
due("2024-03-05T10:30:00", at=datetime(2024, 3, 5, 10, 30, tzinfo=UTC))
due("2024-03-05", AS_A_DAY, on=date(2024, 3, 5))
due("2024-03-05T10:30:00Z", at=datetime(2024, 3, 5, 10, 30, tzinfo=UTC), only=SQLITE)
due("2024-03-05 10:30:00+02:00", at=datetime(2024, 3, 5, 8, 30, tzinfo=UTC), only=SQLITE)
due("2024-03-05 02:00:00+02:00", AS_A_DAY, on=date(2024, 3, 5), only=SQLITE)
due("2024-03-05 00:00:00+02:00", at=datetime(2024, 3, 4, 22, tzinfo=UTC), only=SQLITE)
no_due("9999-01-01 00:00:01")
no_due("0001-12-31 23:59:59")
no_due("infinity")
no_due("-infinity")
no_due("0044-03-15 10:00:00 BC")
no_due("0044-03-15 00:00:00 BC")
for unreadable in ("tomorrow", "2024-02-30 10:00:00", "", 20240305, 1709634600.5, 9e999, BYTES):
    no_due(unreadable, only=SQLITE)

for description in ("", "Of\nÉTÉ"):
    new = {"description": description, "description_key": description.lower()}
    kept("habits", {"description": description}, new)
rejected("habits", {"description": BYTES}, "description cannot be read", only=SQLITE)

# --- Times -------------------------------------------------------------------------------------


def made(
    stored: object,
    expected: object,
    *corrections: str,
    only: str | None = None,
    column: str = "created_at",
) -> None:
    """A row of each table with this created_at, or updated_at."""
    names = {"users": "email", "categories": "name", "topics": "name"}
    for table in legacy.TABLES:
        row: Row = {column: stored}
        if table in names:
            row[names[table]] = f"{len(CASES)}@example.com"
        kept(table, row, {column: expected}, *corrections, only=only)


changed = partial(made, column="updated_at")


made("2024-03-05 10:30:00.25", datetime(2024, 3, 5, 10, 30, 0, 250000, tzinfo=UTC), NAIVE)
made("0002-01-01 00:00:00", datetime(2, 1, 1, tzinfo=UTC), NAIVE)
made("2024-03-05T10:30:00Z", datetime(2024, 3, 5, 10, 30, tzinfo=UTC), only=SQLITE)
made("2024-03-05 10:30:00-05:30", datetime(2024, 3, 5, 16, tzinfo=UTC), only=SQLITE)
made(None, ADOPTED, "created_at set to the time of adoption")
for unreadable in ("infinity", "0044-03-15 10:00:00 BC", "9999-01-01 00:00:00"):
    made(unreadable, ADOPTED, LOSSY_CREATED)
for odd in ("long ago", "", 1709634600, BYTES):
    made(odd, ADOPTED, LOSSY_CREATED, only=SQLITE)
changed(None, ADOPTED)
changed("2024-03-05 10:30:00", datetime(2024, 3, 5, 10, 30, tzinfo=UTC))
changed("infinity", ADOPTED, "updated_at could not be read")

# --- Habits ------------------------------------------------------------------------------------

STARTING = "streak kept as the starting streak"
RESPELLED = "frequency respelled"
TODAY = "the day of adoption"
SUNDAY = "the Sunday after it"
NO_NUMBER = "streak is not a whole number up to 1000000"
NO_STREAK: Row = {
    "streak": 0,
    "longest_streak": 0,
    "streak_alive_through": None,
    "starting_streak": None,
    "starting_streak_on": None,
}

kept(
    "habits",
    {"streak": 12},
    {
        "user_id": ADA,
        "name": "Run",
        "frequency": "daily",
        "target": 1,
        "week_starts_on": 1,
        "starts_on": TODAY,
        "streak": 12,
        "longest_streak": 12,
        "streak_alive_through": TODAY,
        "starting_streak": 12,
        "starting_streak_on": TODAY,
        "external_id": None,
        "created_at": datetime(2024, 3, 4, 22, 15, tzinfo=UTC),
    },
    STARTING,
)
kept(
    "habits",
    {"streak": 3, "frequency": "weekly"},
    {"streak": 3, "streak_alive_through": SUNDAY, "starting_streak_on": TODAY},
    STARTING,
)
kept("habits", {"streak": 1}, {"starting_streak": 1}, STARTING)
kept("habits", {"streak": 1_000_000}, {"longest_streak": 1_000_000}, STARTING)
for streak in (1_000_001, 2**31):
    rejected("habits", {"streak": streak}, NO_NUMBER)
kept("habits", {"streak": 0}, NO_STREAK)
kept("habits", {"streak": None}, NO_STREAK)
kept("habits", {"streak": -5}, NO_STREAK, "negative streak dropped")
for unreadable in (2.5, "a lot", BYTES):
    rejected("habits", {"streak": unreadable}, NO_NUMBER, only=SQLITE)
kept("habits", {"streak": "7"}, {"streak": 7}, STARTING, only=SQLITE)
kept("habits", {"frequency": "weekly"}, {"frequency": "weekly"})
kept("habits", {"frequency": "Daily "}, {"frequency": "daily"}, RESPELLED)
kept("habits", {"frequency": "\tWEEKLY"}, {"frequency": "weekly"}, RESPELLED)
for unknown in ("monthly", "every day", "", None):
    rejected("habits", {"frequency": unknown}, "its frequency is not known")
rejected("habits", {"frequency": BYTES}, "its frequency is not known", only=SQLITE)
rejected("habits", {"frequency": "monthly", "streak": 2**31}, "its frequency is not known")

# --- Topics and sessions -----------------------------------------------------------------------

kept(
    "topics",
    {"name": "Maps", "description": " all of\nthem "},
    {
        "user_id": OWNER,
        "name": "Maps",
        "name_key": "maps",
        "description": " all of\nthem ",
        "external_id": None,
        "created_at": datetime(2024, 3, 4, 22, 15, tzinfo=UTC),
    },
)
kept(
    "sessions",
    {"notes": " Chapter 1\n"},
    {
        "user_id": OWNER,
        "topic_id": SQL,
        "study_date": date(2024, 3, 5),
        "duration_seconds": 1500,
        "notes": " Chapter 1\n",
        "external_id": None,
        "created_at": datetime(2024, 3, 4, 22, 15, tzinfo=UTC),
    },
)
rejected("sessions", {"topic_id": None}, "no topic")
rejected("sessions", {"topic_id": GONE}, "its topic does not exist")
rejected("sessions", {"topic_id": NO_TOPIC}, "its topic was rejected")
kept(
    "sessions", {"topic_id": SAME_AS_SQL}, {"topic_id": SQL}, "moved to the topic of the same name"
)
kept("sessions", {"duration_minutes": 1}, {"duration_seconds": 60})
kept("sessions", {"duration_minutes": 1440}, {"duration_seconds": 86_400})
for minutes in (None, 0, -25, 1441, 2000):
    rejected("sessions", {"duration_minutes": minutes}, "duration_minutes is not 1 to 1440")
for text in (25.5, "an hour", BYTES):
    rejected(
        "sessions", {"duration_minutes": text}, "duration_minutes is not 1 to 1440", only=SQLITE
    )
kept("sessions", {"study_date": "0001-01-01"}, {"study_date": date(1, 1, 1)})
kept("sessions", {"study_date": "9999-12-31"}, {"study_date": date(9999, 12, 31)})
kept("sessions", {"study_date": "2024-03-05 23:00:00"}, {"study_date": date(2024, 3, 5)})
FROM_CREATED = "study_date taken from created_at"
kept("sessions", {"study_date": None}, {"study_date": date(2024, 3, 4)}, FROM_CREATED)
kept(
    "sessions",
    {"study_date": None, "created_at": "2024-03-04 23:30:00-02:00"},
    {"study_date": date(2024, 3, 5)},
    FROM_CREATED,
    only=SQLITE,
)
rejected("sessions", {"study_date": None, "created_at": None}, "no study_date")
rejected("sessions", {"study_date": None, "created_at": "infinity"}, "no study_date")
for day in ("infinity", "-infinity", "0044-03-15 BC", "12024-01-01"):
    rejected("sessions", {"study_date": day}, "study_date cannot be read")
for odd in ("05.03.2024", "2023-02-29", "", 20240305, BYTES):
    rejected("sessions", {"study_date": odd}, "study_date cannot be read", only=SQLITE)


# --- Text that is not UTF-8 ----------------------------------------------------------------------

rejected("users", {"email": GARBLED}, "no email address", only=SQLITE)
rejected("categories", {"name": GARBLED}, "no name", only=SQLITE)
rejected("tasks", {"title": GARBLED}, "no title", only=SQLITE)
no_due(GARBLED, only=SQLITE)
rejected("habits", {"frequency": GARBLED}, "its frequency is not known", only=SQLITE)
kept("habits", {"created_at": GARBLED}, {"created_at": ADOPTED}, LOSSY_CREATED, only=SQLITE)
for odd in (BYTES, GARBLED):
    rejected(
        "users",
        {"email": f"{len(CASES)}@example.com", "hashed_password": odd},
        "hashed_password cannot be read",
        only=SQLITE,
    )
    rejected("tasks", {"description": odd}, "description cannot be read", only=SQLITE)
    rejected(
        "topics",
        {"name": "sq\u0142", "description": odd},
        "description cannot be read",
        only=SQLITE,
    )
    rejected("sessions", {"notes": odd}, "notes cannot be read", only=SQLITE)
kept("topics", {"name": "sq\u0142"}, {})  # only rows that are kept have their name


def world(backend: str) -> Rows:
    """All old rows."""
    rows: Rows = {table: list(members) for table, members in WORLD.items()}
    for case in CASES:
        if case.runs_on(backend):
            rows[case.table].append({"id": case.id, **DEFAULTS[case.table], **case.old})
    return rows


Counts = Mapping[tuple[str, str], int]
"""The rows of a report, by table and reason."""


def check_report(backend: str, corrected: Counts, rejected: Counts) -> None:
    expected = Counter(WORLD_FINDINGS)
    for case in CASES:
        if case.runs_on(backend):
            reasons = [case.reason] if case.reason else case.corrections
            expected.update((case.table, reason) for reason in reasons)
            # As most rows' is in `DEFAULTS`.
            is_naive = case.reason is None and "created_at" not in case.old
            expected[case.table, NAIVE] += is_naive
    rejections = {case.reason for case in CASES}
    for given, is_rejection in ((corrected, False), (rejected, True)):
        assert given == {
            (table, reason): rows
            for (table, reason), rows in expected.items()
            if (reason in rejections) == is_rejection
        }


def test_every_row_meets_its_rule(backend: str, empty_url: str, subtests: pytest.Subtests) -> None:
    support.put_rows(empty_url, world(backend), legacy.OTHERS)
    report, stored, moved = support.adopted(empty_url, "owner@example.com")
    check_cases(backend, stored, moved, subtests)
    with subtests.test("the report"):
        check_report(backend, support.counts(report.corrected), support.counts(report.rejected))


def test_the_oracle_judges_alike(backend: str, empty_url: str, subtests: pytest.Subtests) -> None:
    """The random tests compare with the oracle."""
    with support.connect(empty_url) as connection:
        legacy.fill_loose(connection, world(backend), legacy.OTHERS)
        rows = legacy.fetch(connection)
    outcome = oracle.adopt(rows, date(2024, 3, 6), "owner@example.com")
    check_cases(backend, outcome.tables, outcome.moved, subtests)
    with subtests.test("the report"):
        check_report(backend, outcome.corrections, outcome.rejections)


def check_cases(
    backend: str,
    stored: support.Stored,
    moved: list[Rejected],
    subtests: pytest.Subtests,
) -> None:
    for case in CASES:
        if not case.runs_on(backend):
            continue
        with subtests.test(str(case)):
            row = stored[case.table].get(case.id)
            records = [
                (item.reason, item.corrected)
                for item in moved
                if item.table == case.table and item.row["id"] == case.id
            ]
            if case.reason:
                assert (row, records) == (None, [(case.reason, False)])
            else:
                assert row is not None, records
                assert {name: row[name] for name in case.new} == on_the_day(case.new, row)
                assert records == [(reason, True) for reason in case.corrections if reason in LOSSY]


def on_the_day(expected: Row, row: Row) -> Row:
    """The expected values, for the day on which the row's habit was adopted."""
    day = row.get("starts_on")
    if day is None:
        return expected
    sunday = day + timedelta(days=(7 - day.isoweekday()))
    meant = {TODAY: day, SUNDAY: sunday}
    return {name: meant.get(value, value) for name, value in expected.items()}
