"""Attempts that must fail, values that make them fail, and the proof that nothing was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, ParamSpec

from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.services.calls import Call
from tests.services.support import Ids, dump, person
from tests.support.databases import empty
from tests.support.statements import count_statements
from trackercore import (
    CategoryCreate,
    CategoryUpdate,
    Database,
    HabitCreate,
    HabitUpdate,
    StudyGoalCreate,
    StudySessionCreate,
    StudySessionUpdate,
    TagCreate,
    TagUpdate,
    TaskCreate,
    TaskUpdate,
    TimedSessionCreate,
    TopicCreate,
    TopicUpdate,
    UserCreate,
    UserUpdate,
    categories,
    habits,
    study_sessions,
    tags,
    tasks,
    topics,
    users,
)

P = ParamSpec("P")
Attempt = Callable[[Session, Ids, Any], object]


@dataclass(frozen=True)
class Refused:
    """An attempt that has to end in this error with each of these values.

    Attributes:
        what: for the test's output.
        attempt: tries a value.
        values: the values.
        error: which error each of them has to end in.
        argument: the name with which the `loc` of a ValidationError begins; None for any.
    """

    what: str
    attempt: Attempt
    values: Sequence[Any]
    error: type[Exception] = ValidationError
    argument: str | None = None


def refused(
    call: Call,
    name: str,
    values: Sequence[Any],
    error: type[Exception] = ValidationError,
    **others: object,
) -> Refused:
    """A call in which an argument has to end in this error with each of these values."""

    def attempt(session: Session, ids: Ids, value: Any) -> object:
        return call.run_unprepared(session, ids, **others, **{name: value})

    return Refused(f"{call.service}({name})", attempt, values, error, name)


def outcome(call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> object:
    """What comes out of a call: the value it returns, or the error it raises."""
    try:
        return call(*args, **kwargs)
    # Whoever asks judges which error it is.
    except Exception as error:  # noqa: BLE001
        return error


def check_refused(database: Database, *attempts: Refused) -> None:
    """Try every value in one session, with work before and after that must be kept."""
    wrong: list[str] = []
    with database.session() as session:
        ids = person(session)
        categories.create(session, ids.user, CategoryCreate(name="Before"))
        before = dump(session)
        for refused in attempts:
            for value in refused.values:
                with count_statements(session) as statements:
                    result = outcome(refused.attempt, session, ids, value)
                if not isinstance(result, refused.error):
                    wrong.append(f"{refused.what} of {value!r:.99} led to {result!r:.99}")
                if isinstance(result, ValidationError) and refused.argument is not None:
                    locs = [error["loc"] for error in result.errors()]
                    if any(loc[:1] != (refused.argument,) for loc in locs):
                        wrong.append(f"{refused.what} of {value!r:.99} is located at {locs}")
                # Whether a sum of amounts is out of range is known when the day is read.
                is_sum = refused.what == "habits.check_in(amount)" and value in SUMS
                if isinstance(result, ValidationError) and statements and not is_sum:
                    wrong.append(f"{refused.what} of {value!r:.99} ran {statements[0]:.99}")
                session.execute(text("SELECT 1"))  # which an aborted transaction refuses
        assert not wrong, "\n".join(wrong)
        assert dump(session) == before, "something was left behind"
        categories.create(session, ids.user, CategoryCreate(name="After"))
    with database.session() as session:
        page = categories.find(session, ids.user)
        assert [category.name for category in page] == ["Home", "Before", "After"]
    empty(database)


class Weekday(IntEnum):
    MONDAY = 1


BLANK = ("", " ", "\t \n", "\u00a0", "\u200b", "\ufeff \u200b")
CONTROL = (
    "a\0b",
    "a\nb",
    "a\rb",
    "a\tb",
    "\x1b[31mred",
    "a\x7fb",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
)
SURROGATES = ("\ud800", "a\udfffb", "\ud83d")
NOT_TEXT = (5, True, 1.5, ["a"], {"a": 1}, date(2026, 3, 10))


def names(longest: int) -> list[Any]:
    return [*BLANK, *CONTROL, *SURROGATES, *NOT_TEXT, None, "x" * (longest + 1), "é" * 10_000]


NOTES = ("\0", "a\0b", *SURROGATES, *NOT_TEXT)
RECURRENCES = (
    *("", "daily", "FREQ=HOURLY", "FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;COUNT=0", "\0", "x" * 1001),
    *("FREQ=DAILY;COUNT=2;UNTIL=20270101", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
    *(*SURROGATES, *NOT_TEXT),
)
TAGS: tuple[object, ...] = (
    *(None, 5, True, "a", b"a", {"a": 1}, {"a", None}, ["a"] * 51),
    *([tag] for tag in (0, -1, 2**63, 10**30, True, 1.0, Decimal(1), None, ["a"])),
    *(["a", name] for name in (*BLANK, *CONTROL, *SURROGATES, "x" * 101)),
)
EXTERNAL_IDS = (*names(255)[:-3], "x" * 256, " ", "\0")


def in_a_list(value: object) -> list[object]:
    """The value, deeper down."""
    return [1, {"b": [value]}]


EXTRAS: tuple[object, ...] = (
    *(None, 5, True, "{}", ["a"], [("a", 1)], {"a"}),
    *({key: 1} for key in (1, True, None, b"a", ("a",), *NOTES[:5])),
    *(
        {"a": place}
        for value in (
            *(float("nan"), float("inf"), -float("inf"), 2**63, -(2**63) - 1, 10**400),
            *("a\0b", *SURROGATES, b"a", 1j, Decimal(1), date(2026, 3, 10), ("a",), {"a"}, {1: 2}),
            *(int, object(), Weekday.MONDAY),
        )
        for place in (value, in_a_list(value))
    ),
    {"a": "x" * 16_384},
    {"a": "é" * 8_192},
    {"a": [1] * 8_192},
    {"a": [1] * 1_000_000},
    {"é" * 8_192: 1},
)
HASHES = ("", "x" * 256, "a\0b", *SURROGATES, *NOT_TEXT)
EMAILS = (
    *BLANK,
    *SURROGATES,
    *NOT_TEXT,
    None,
    "ada",
    "ada@",
    "@example.com",
    "ada@example",
    "ada@@example.com",
    "ada lovelace@example.com",
    "ada@exa mple.com",
    "ada\0@example.com",
    "ada@example.com\0",
    "a\nda@example.com",
    "a\u200bda@example.com",
    "\ud800@example.com",
    "ada@" + "x" * 64 + ".com",
    "x" * 250 + "@example.com",
    "ada@" + ".".join(["x" * 60] * 5) + ".com",
)
TIME_ZONES = (
    "",
    "Mars/Olympus",
    "europe/berlin",
    "Europe/Berlin ",
    "UTC+2",
    "+02:00",
    "../../etc/passwd",
    "/etc/localtime",
    "UTC\0",
    *SURROGATES,
    *NOT_TEXT,
    None,
)


def whole_numbers(low: int, high: int) -> list[Any]:
    """What is no whole number from `low` to `high`."""
    inside = str(low)
    return [
        low - 1,
        -1,
        high + 1,
        2**31,
        2**63,
        10**30,
        -(10**30),
        True,
        False,
        float(low),
        low + 0.5,
        float("nan"),
        float("inf"),
        inside,
        inside.encode(),
        Decimal(low),
        None,
        [low],
    ]


MINUTES = whole_numbers(1, 1440)
AMOUNTS: list[Any] = [
    *(-1, -0.001, 1_000_001, 1_000_000.001, 2**63, 10**30, -(10**30)),
    *(1.0005, Decimal("0.0001"), Decimal("1E-400"), Decimal("1E+999999999"), Decimal(-1)),
    *(float("nan"), float("inf"), Decimal("nan"), Decimal("-Infinity")),
    *(True, False, 1j, "1", b"1", None, [1]),
]
"""What is no number from 0 to 1,000,000 with up to three decimals."""
SUMS = (-2, 1_000_000)
"""Amounts that cannot be added where the day has an amount of 1."""
LIMITS = whole_numbers(1, 1000)
WEEKDAYS = whole_numbers(1, 7)
INTERVALS = whole_numbers(1, 1000)
NOT_WEEKDAYS: tuple[Any, ...] = (
    set[int](),
    {0},
    {8},
    {1, 8},
    {-1},
    {True},
    {1.0},
    {"1"},
    {"MO"},
    {None},
    "1",
    1,
    True,
    {1: "Monday"},
)
MINUTES_OF_DAY = whole_numbers(0, 1439)[1:]  # without -1, which stands there twice
IDS = (0, -1, 2**63, 10**30, True, 1.0, "1", Decimal(1), [1])

GOAL_MINUTES = whole_numbers(0, 1440)[1:]  # without -1, which stands there twice
SHOWN_MINUTES = whole_numbers(0, 1560)[1:]  # without -1, which stands there twice

NOT_A_FLAG: tuple[Any, ...] = ("yes", "", 1, 0, 1.0, [], None)
NOT_A_DAY = (
    datetime(2026, 3, 10, tzinfo=UTC),
    datetime.fromisoformat("2026-03-10T00:00"),
    "2026-03-10T00:00:00Z",
    "2026-03-10T00:00:00",
    "2026-03-10 00:00",
    "2026-03-10T07:30:00+02:00",
    "2026-02-30",
    "2026-3-1",
    "today",
    "",
    "\0",
    "\ud800",
    0,
    20_522,
    1_773_100_800,
    1_773_100_800.0,
    float("nan"),
    Decimal(1_773_100_800),
    "1773100800",
    " 1773100800 ",
    "-1",
    b"1773100800",
    True,
    [2026, 3, 10],
)
NOT_AN_INSTANT = (
    datetime.fromisoformat("2026-03-10T07:30"),
    "2026-03-10T07:30:00",
    "2026-03-10",
    date(2026, 3, 10),
    "now",
    "",
    "\0",
    0,
    1_773_100_800,
    1_773_100_800.5,
    float("inf"),
    Decimal(1_773_100_800),
    "1773100800",
    "1773100800.5",
    b"1773100800",
    True,
    [2026],
)


SERVICES: dict[type[BaseModel], Any] = {
    UserCreate: users,
    CategoryCreate: categories,
    TagCreate: tags,
    TaskCreate: tasks,
    HabitCreate: habits,
    TopicCreate: topics,
    StudySessionCreate: study_sessions,
}

UPDATES: dict[type[BaseModel], Callable[[Session, Ids, Any], Any]] = {
    UserUpdate: lambda s, i, data: users.update(s, i.user, data),
    CategoryUpdate: lambda s, i, data: categories.update(s, i.user, i.category, data),
    TagUpdate: lambda s, i, data: tags.update(s, i.user, i.tag, data),
    TaskUpdate: lambda s, i, data: tasks.update(s, i.user, i.task, data),
    HabitUpdate: lambda s, i, data: habits.update(s, i.user, i.habit, data),
    TopicUpdate: lambda s, i, data: topics.update(s, i.user, i.topic, data),
    StudySessionUpdate: lambda s, i, data: study_sessions.update(s, i.user, i.study_session, data),
}


def create(data: type[BaseModel], field: str, **others: Any) -> Attempt:
    """Store a row with a value in this field."""

    def attempt(session: Session, ids: Ids, value: Any) -> object:
        of_a_topic = data in (StudySessionCreate, TimedSessionCreate)
        filled = {"topic_id": ids.topic} if of_a_topic else {}
        given = data.model_validate({**filled, **others, field: value})
        owner = () if data is UserCreate else (ids.user,)
        if isinstance(given, TimedSessionCreate):
            return study_sessions.create_timed(session, ids.user, given)
        if isinstance(given, StudyGoalCreate):
            return study_sessions.set_goal(session, ids.user, given)
        return SERVICES[data].create(session, *owner, given)

    return attempt


def update(data: type[BaseModel], field: str) -> Attempt:
    """Change this field of one's row to a value."""

    def attempt(session: Session, ids: Ids, value: Any) -> object:
        return UPDATES[data](session, ids, data.model_validate({field: value}))

    return attempt
