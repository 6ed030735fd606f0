"""Bad arguments are refused, and the session they were tried in goes on working."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from types import NoneType
from typing import Any, get_args

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.calls import CALLS, KINDS, Call, first, neighbours
from tests.services.refusals import (
    AMOUNTS,
    EXTRAS,
    LIMITS,
    MINUTES,
    NOT_A_DAY,
    NOT_A_FLAG,
    NOT_AN_INSTANT,
    NOTES,
    SUMS,
    Attempt,
    Refused,
    check_refused,
    create,
    names,
    outcome,
    refused,
    update,
    whole_numbers,
)
from tests.services.support import NOW, TODAY, dump, logged, person
from trackercore import (
    Database,
    DayAlreadyDone,
    FutureDay,
    Page,
    StudySessionUpdate,
    TaskCreate,
    TaskUpdate,
    habits,
    study_sessions,
    tasks,
)
from trackercore.schemas.fields import MAX_ESTIMATE

DAY = timedelta(days=1)

FROM_ANOTHER_WORLD = (
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    "9999-12-31T23:59:59-05:00",
    "0001-01-01T00:00:00+05:00",
)
"""Instants whose date in UTC Python cannot name."""

BAD_BY_TYPE: dict[type, Sequence[Any]] = {
    datetime: (*NOT_AN_INSTANT, *FROM_ANOTHER_WORLD),
    date: NOT_A_DAY,
    bool: NOT_A_FLAG,
}
NOT_A_NAME = (1, True, None, ["created"])
BAD_BY_NAME: dict[str, Sequence[Any]] = {
    "amount": AMOUNTS,
    "due": ("", "later", "Today", 1, True),
    "email": (*NOTES, "ada@example.com\0", "\ud800@example.com"),
    "external_id": NOTES,
    "extra": (*EXTRAS[1:], *({"a": value} for value in (1.0, None, [], {}, ["a"], {"b": "c"}))),
    "limit": LIMITS,
    "max_days": [0, -1, True, 1.0, "1", None, [1]],
    "n_days": whole_numbers(1, 3660),
    "name": names(200),
    "note": NOTES,
    "order_by": (
        "",
        "Id",
        "-",
        "--created",
        "+created",
        "created ",
        "hashed_password",
        *NOT_A_NAME,
    ),
    "reason": NOTES,
    "notes": NOTES,
    **dict.fromkeys(("priority_start", "priority_end"), whole_numbers(1, 9)),
    **dict.fromkeys(("estimate_start", "estimate_end"), whole_numbers(1, MAX_ESTIMATE)),
    "on_overlap": ("", "Error", "allow ", "ignore", True, 1, None, ["allow"]),
    "text": (*NOTES, "%" * 1001),
    "threshold_minutes": MINUTES,
}
ELSEWHERE = {"after", "data", "items", *KINDS}
"""Tried in test_cursors, test_wrong_inputs, test_bad_fields, test_many and test_ownership."""


def each_argument() -> Iterator[tuple[Call, str, Sequence[Any]]]:
    """Each argument of each service function, with values that it must refuse."""
    for service in dict.fromkeys(call.service for call in CALLS):
        call = first(service)
        for name, hint in call.parameters.items():
            if name not in (*ELSEWHERE, *neighbours(service)):
                types = (hint, *get_args(hint))
                bad = BAD_BY_NAME.get(name) or next(
                    values for kind, values in BAD_BY_TYPE.items() if kind in types
                )
                if service == "habits.rebuild_streaks":  # as many as one likes
                    bad = [0, -1, True, 1.0, "1", [1]]
                yield (
                    call,
                    name,
                    [value for value in bad if value is not None or NoneType not in types],
                )


def test_a_bad_argument(database: Database) -> None:
    check_refused(database, *(refused(*argument) for argument in each_argument()))


def test_a_bad_limit_whatever_is_looked_for(database: Database) -> None:
    calls = [call for call in CALLS if call.service.endswith(".find")]
    check_refused(database, *(refused(call, "limit", LIMITS) for call in calls))


def test_an_amount_that_makes_the_day_s_too_great_or_negative(database: Database) -> None:
    wrong = [value for value in AMOUNTS if value not in (-1, -0.001, None)]
    check_refused(database, refused(first("habits.check_in"), "amount", [*wrong, *SUMS], add=True))


def test_a_range_that_starts_after_it_ends(database: Database) -> None:
    of_days: list[tuple[object, object]] = [(TODAY, TODAY - DAY), (date.max, date.min)]
    check_refused(
        database,
        *(
            refused(call, other, [end], ValidationError, **{name: start})
            for call in CALLS
            for name, hint in call.parameters.items()
            if (other := f"{name.removesuffix('start')}end") in call.parameters
            for start, end in ([(2, 1)] if int in get_args(hint) else of_days)
        ),
    )


def test_an_instant_outside_the_calendar(database: Database) -> None:
    attempts = {
        "due_at": create(TaskCreate, "due_at", title="Mow"),
        "a new due_at": update(TaskUpdate, "due_at"),
        "completed_at": create(TaskCreate, "completed_at", title="Mow", completed=True),
    }
    check_refused(database, *(Refused(*item, FROM_ANOTHER_WORLD) for item in attempts.items()))


@pytest.mark.parametrize("length", [50_001, 1_000_000])
def test_a_very_long_text_filter_is_refused_or_finds_nothing(session: Session, length: int) -> None:
    ids = person(session)
    result = outcome(tasks.find, session, ids.user, text="%" * length)
    assert isinstance(result, ValidationError) or result == Page([])
    assert len(tasks.find(session, ids.user)) == 1


@pytest.mark.parametrize("time_zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_tasks_can_be_listed_by_due_whatever_due_at_was_accepted(
    session: Session, time_zone: str
) -> None:
    """A "someday" at the end of the calendar must not break the list of tasks for good."""
    ids = person(session, time_zone=time_zone)
    for due_at in (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        outcome(create(TaskCreate, "due_at", title="Someday"), session, ids, due_at)
        for now in (NOW, due_at):
            for due in ("overdue", "today", "upcoming"):
                result = outcome(tasks.find, session, ids.user, due=due, now=now)
                assert isinstance(result, (Page, ValidationError)), f"{due} at {now}: {result!r}"


FUTURE: dict[str, Attempt] = {
    "habits.check_in": lambda s, i, day: habits.check_in(s, i.user, i.habit, on=day, now=NOW),
    "habits.skip": lambda s, i, day: habits.skip(s, i.user, i.habit, on=day, now=NOW),
    "study_sessions.create": lambda s, i, day: study_sessions.create(
        s, i.user, logged(i.topic, day), now=NOW
    ),
    "study_sessions.create_many": lambda s, i, day: study_sessions.create_many(
        s, i.user, [logged(i.topic, TODAY - DAY), logged(i.topic, day)], now=NOW
    ),
    "study_sessions.update": lambda s, i, day: study_sessions.update(
        s, i.user, i.study_session, StudySessionUpdate(study_date=day), now=NOW
    ),
}


@pytest.mark.parametrize(
    ("time_zone", "day_starts_at", "today"),
    [
        ("UTC", 0, date(2026, 3, 10)),
        ("Pacific/Kiritimati", 0, date(2026, 3, 11)),
        ("Pacific/Kiritimati", 120, date(2026, 3, 10)),
        ("Pacific/Pago_Pago", 0, date(2026, 3, 10)),
        ("Pacific/Pago_Pago", 60, date(2026, 3, 9)),
    ],
)
def test_a_day_that_has_not_begun_where_the_user_lives(
    database: Database, time_zone: str, day_starts_at: int, today: date
) -> None:
    with database.session() as session:
        ids = person(session, time_zone=time_zone, day_starts_at=day_starts_at)
        habits.undo_check_in(session, ids.user, ids.habit, now=NOW)
        before = dump(session)
        for name, attempt in FUTURE.items():
            for day in (today + DAY, today + 400 * DAY, date.max):
                result = outcome(attempt, session, ids, day)
                assert isinstance(result, FutureDay), f"{name} on {day}: {result!r}"
                assert str(today) in str(result)
                assert dump(session) == before
        for name, attempt in FUTURE.items():  # which, each in turn, today allows
            result = outcome(attempt, session, ids, today)
            allowed = DayAlreadyDone if name == "habits.skip" else object
            assert isinstance(result, allowed), f"{name}: {result!r}"
            assert not isinstance(result, FutureDay), f"{name}: {result!r}"
