"""Bad arguments are refused, and the session they were tried in goes on working."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError
from sqlalchemy.orm import Session

from tests.services.refusals import (
    AMOUNTS,
    FIND,
    LIMITS,
    NOT_A_DAY,
    NOT_AN_INSTANT,
    NOTES,
    Attempt,
    Refused,
    check_refused,
    create,
    finding,
    names,
    outcome,
    update,
)
from tests.services.support import (
    NOW,
    TODAY,
    dump,
    person,
    timed,
)
from trackercore import (
    CheckInCreate,
    Database,
    DayAlreadyDone,
    FutureDay,
    HabitCreate,
    Page,
    ScheduleChange,
    StudyGoalCreate,
    StudySessionCreate,
    StudySessionUpdate,
    TaskCreate,
    TaskUpdate,
    habits,
    overview,
    study_sessions,
    tasks,
    topics,
    users,
)

WEEK = (date(2026, 3, 9), date(2026, 3, 15))
WEEKLY = ScheduleChange(frequency="weekly")

NOW_S: dict[str, Attempt] = {
    "users.today": lambda s, i, now: users.today(s, i.user, now=now),
    "tasks.find": lambda s, i, now: tasks.find(s, i.user, due="today", now=now),
    "tasks.complete": lambda s, i, now: tasks.complete(s, i.user, i.task, now=now),
    "habits.create": lambda s, i, now: habits.create(
        s, i.user, HabitCreate(name="Read", frequency="daily"), now=now
    ),
    "habits.check_in": lambda s, i, now: habits.check_in(s, i.user, i.habit, now=now),
    "habits.skip": lambda s, i, now: habits.skip(s, i.user, i.habit, now=now),
    "habits.undo_check_in": lambda s, i, now: habits.undo_check_in(s, i.user, i.habit, now=now),
    "habits.streak": lambda s, i, now: habits.streak(s, i.user, i.habit, now=now),
    "habits.due": lambda s, i, now: habits.due(s, i.user, now=now),
    "habits.best_streaks": lambda s, i, now: habits.best_streaks(s, i.user, i.habit, now=now),
    "habits.completion_rate": lambda s, i, now: habits.completion_rate(
        s, i.user, i.habit, *WEEK, now=now
    ),
    "habits.history": lambda s, i, now: habits.history(s, i.user, i.habit, *WEEK, now=now),
    "habits.check_in_many": lambda s, i, now: habits.check_in_many(
        s, i.user, i.habit, [CheckInCreate()], now=now
    ),
    "habits.change_schedule": lambda s, i, now: habits.change_schedule(
        s, i.user, i.habit, WEEKLY, now=now
    ),
    "habits.pause": lambda s, i, now: habits.pause(s, i.user, i.habit, now=now),
    "habits.resume": lambda s, i, now: habits.resume(s, i.user, i.habit, now=now),
    "habits.archive": lambda s, i, now: habits.archive(s, i.user, i.habit, now=now),
    "habits.unarchive": lambda s, i, now: habits.unarchive(s, i.user, i.habit, now=now),
    "study_sessions.create": lambda s, i, now: study_sessions.create(
        s, i.user, StudySessionCreate(topic_id=i.topic, duration_minutes=5), now=now
    ),
    "study_sessions.create_many": lambda s, i, now: study_sessions.create_many(
        s, i.user, [StudySessionCreate(topic_id=i.topic, duration_minutes=5)], now=now
    ),
    "study_sessions.create_timed": lambda s, i, now: study_sessions.create_timed(
        s, i.user, timed(i.topic), now=now
    ),
    "study_sessions.start": lambda s, i, now: study_sessions.start(
        s, i.user, i.topic, switch=True, now=now
    ),
    "study_sessions.stop": lambda s, i, now: study_sessions.stop(s, i.user, now=now),
    "study_sessions.stop(at)": lambda s, i, at: study_sessions.stop(s, i.user, at=at),
    "study_sessions.rolling": lambda s, i, now: study_sessions.rolling(s, i.user, 7, now=now),
    "study_sessions.streak": lambda s, i, now: study_sessions.streak(s, i.user, now=now),
    "study_sessions.set_goal": lambda s, i, now: study_sessions.set_goal(
        s, i.user, StudyGoalCreate(minutes=5), now=now
    ),
    "study_sessions.goal_progress": lambda s, i, now: study_sessions.goal_progress(
        s, i.user, now=now
    ),
    "study_sessions.goal_streak": lambda s, i, now: study_sessions.goal_streak(s, i.user, now=now),
    "overview": lambda s, i, now: overview(s, i.user, now=now),
    "study_sessions.update": lambda s, i, now: study_sessions.update(
        s, i.user, i.study_session, StudySessionUpdate(study_date=TODAY), now=now
    ),
}

DAYS: dict[str, Attempt] = {
    "habits.check_in(on)": lambda s, i, day: habits.check_in(s, i.user, i.habit, on=day),
    "habits.skip(on)": lambda s, i, day: habits.skip(s, i.user, i.habit, on=day),
    "habits.undo_check_in(on)": lambda s, i, day: habits.undo_check_in(s, i.user, i.habit, on=day),
    "habits.streak(as_of)": lambda s, i, day: habits.streak(s, i.user, i.habit, day),
    "habits.due(on)": lambda s, i, day: habits.due(s, i.user, day),
    "habits.best_streaks(as_of)": lambda s, i, day: habits.best_streaks(
        s, i.user, i.habit, as_of=day
    ),
    "habits.change_schedule(effective_from)": lambda s, i, day: habits.change_schedule(
        s, i.user, i.habit, WEEKLY, effective_from=day
    ),
    "habits.pause(starts_on)": lambda s, i, day: habits.pause(s, i.user, i.habit, starts_on=day),
    "habits.pause(ends_on)": lambda s, i, day: habits.pause(s, i.user, i.habit, ends_on=day),
    "habits.resume(on)": lambda s, i, day: habits.resume(s, i.user, i.habit, on=day),
    "habits.archive(on)": lambda s, i, day: habits.archive(s, i.user, i.habit, on=day),
    "habits.unarchive(on)": lambda s, i, day: habits.unarchive(s, i.user, i.habit, on=day),
    "habits.check_ins(start)": lambda s, i, day: habits.check_ins(s, i.user, i.habit, start=day),
    "habits.check_ins(end)": lambda s, i, day: habits.check_ins(s, i.user, i.habit, end=day),
    "study_sessions.rolling(as_of)": lambda s, i, day: study_sessions.rolling(
        s, i.user, 7, as_of=day
    ),
    "study_sessions.streak(as_of)": lambda s, i, day: study_sessions.streak(s, i.user, as_of=day),
    "study_sessions.set_goal(effective_from)": lambda s, i, day: study_sessions.set_goal(
        s, i.user, StudyGoalCreate(minutes=5), effective_from=day
    ),
    "study_sessions.goal_progress(day)": lambda s, i, day: study_sessions.goal_progress(
        s, i.user, day
    ),
    "study_sessions.goal_streak(as_of)": lambda s, i, day: study_sessions.goal_streak(
        s, i.user, as_of=day
    ),
    "study_sessions.find(start)": lambda s, i, day: study_sessions.find(s, i.user, start=day),
    "study_sessions.find(end)": lambda s, i, day: study_sessions.find(s, i.user, end=day),
}

REPORTS: dict[str, Callable[..., object]] = {
    f"study_sessions.{report.__name__}": report
    for report in (
        study_sessions.total,
        study_sessions.totals_by_day,
        study_sessions.totals_by_week,
        study_sessions.totals_by_month,
        study_sessions.totals_by_year,
        study_sessions.totals_by_topic,
    )
}
REPORTS_ON_A_HABIT = (habits.completion_rate, habits.history)


def report_from(report: Callable[..., object]) -> Attempt:
    return lambda session, ids, day: report(session, ids.user, day, date.max)


def report_until(report: Callable[..., object]) -> Attempt:
    return lambda session, ids, day: report(session, ids.user, date.min, day)


def habit_since(report: Callable[..., object]) -> Attempt:
    return lambda session, ids, day: report(session, ids.user, ids.habit, day, date.max)


def habit_until(report: Callable[..., object]) -> Attempt:
    return lambda session, ids, day: report(session, ids.user, ids.habit, date.min, day)


def test_a_now_that_is_no_instant(database: Database) -> None:
    check_refused(database, *(Refused(name, call, NOT_AN_INSTANT) for name, call in NOW_S.items()))


def test_a_day_that_is_none(database: Database) -> None:
    check_refused(database, *(Refused(name, call, NOT_A_DAY) for name, call in DAYS.items()))


def test_a_report_from_or_until_no_day(database: Database) -> None:
    values = (*NOT_A_DAY, None)
    for range_of in (report_from, report_until):
        check_refused(
            database,
            *(Refused(name, range_of(report), values) for name, report in REPORTS.items()),
        )
    for report in REPORTS_ON_A_HABIT:
        until, since = habit_until(report), habit_since(report)
        check_refused(
            database,
            Refused(report.__name__, until, values),
            Refused(report.__name__, since, values),
        )


def test_how_many_runs_or_habits_is_no_number(database: Database) -> None:
    check_refused(
        database,
        Refused(
            "best_streaks",
            lambda s, i, limit: habits.best_streaks(s, i.user, i.habit, limit=limit),
            LIMITS,
        ),
        Refused(
            "rebuild_streaks",
            lambda s, i, limit: habits.rebuild_streaks(s, i.user, limit=limit),
            [0, -1, True, 1.0, "1", [1]],
        ),
    )


def test_a_limit_that_is_no_number_of_rows(database: Database) -> None:
    check_refused(database, *(Refused(name, finding(name, "limit"), LIMITS) for name in FIND))


def test_a_filter_that_nothing_can_meet(database: Database) -> None:
    with_keys = ("tasks", "habits", "topics", "study_sessions")
    check_refused(
        database,
        *(Refused(name, finding(name, "external_id"), NOTES) for name in with_keys),
        Refused("text", finding("tasks", "text"), NOTES),
        Refused("completed", finding("tasks", "completed"), ("yes", 1, 0, "", [])),
        Refused("archived", finding("habits", "archived"), ("yes", 1, 0, "", [])),
        Refused("due", finding("tasks", "due"), ("", "later", "Today", 1, True)),
    )


def test_a_bad_amount_note_or_name(database: Database) -> None:
    check_refused(
        database,
        Refused(
            "habits.check_in(amount)",
            lambda s, i, amount: habits.check_in(s, i.user, i.habit, amount=amount),
            [value for value in AMOUNTS if value is not None],
        ),
        Refused(
            "habits.check_in(amount, add)",
            lambda s, i, amount: habits.check_in(
                s, i.user, i.habit, amount=amount, add=True, on=TODAY, now=NOW
            ),
            [*(value for value in AMOUNTS if value is not None), 1_000_000],  # on top of today's 1
        ),
        Refused(
            "habits.check_in(note)",
            lambda s, i, note: habits.check_in(s, i.user, i.habit, note=note),
            NOTES,
        ),
        Refused(
            "habits.skip(note)",
            lambda s, i, note: habits.skip(s, i.user, i.habit, note=note, on=TODAY, now=NOW),
            NOTES,
        ),
        Refused(
            "topics.get_or_create(name)",
            lambda s, i, name: topics.get_or_create(s, i.user, name),
            names(200),
        ),
    )


def test_a_range_that_starts_after_it_ends(database: Database) -> None:
    ranges = ((TODAY, TODAY - timedelta(days=1)), (date.max, date.min))

    def attempt_with(report: Callable[..., object]) -> Attempt:
        return lambda session, ids, days: report(session, ids.user, *days)

    check_refused(
        database,
        *(Refused(name, attempt_with(report), ranges) for name, report in REPORTS.items()),
        Refused(
            "habits.check_ins",
            lambda s, i, days: habits.check_ins(s, i.user, i.habit, start=days[0], end=days[1]),
            ranges,
        ),
        Refused(
            "study_sessions.find",
            lambda s, i, days: study_sessions.find(s, i.user, start=days[0], end=days[1]),
            ranges,
        ),
    )


@pytest.mark.parametrize("length", [50_001, 1_000_000])
def test_a_very_long_text_filter_is_refused_or_finds_nothing(session: Session, length: int) -> None:
    ids = person(session)
    result = outcome(FIND["tasks"], session, ids, text="%" * length)
    assert isinstance(result, ValidationError) or result == Page([])
    assert len(tasks.find(session, ids.user)) == 1


FROM_ANOTHER_WORLD = (
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    "9999-12-31T23:59:59-05:00",
    "0001-01-01T00:00:00+05:00",
)
"""Instants whose date in UTC Python cannot name."""


def test_an_instant_outside_the_calendar(database: Database) -> None:
    attempts = {
        **NOW_S,
        "due_at": create(TaskCreate, "due_at", title="Mow"),
        "a new due_at": update(TaskUpdate, "due_at"),
        "completed_at": create(TaskCreate, "completed_at", title="Mow", completed=True),
    }
    check_refused(database, *(Refused(*item, FROM_ANOTHER_WORLD) for item in attempts.items()))


@pytest.mark.parametrize("time_zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_what_is_due_can_be_told_whatever_due_at_was_accepted(
    session: Session, time_zone: str
) -> None:
    """A "someday" at the end of the calendar must not break the list of tasks for good."""
    ids = person(session, time_zone=time_zone)
    for due_at in (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)):
        outcome(create(TaskCreate, "due_at", title="Someday"), session, ids, due_at)
        for now in (NOW, due_at):
            for due in ("overdue", "today", "upcoming"):
                result = outcome(FIND["tasks"], session, ids, due=due, now=now)
                assert isinstance(result, (Page, ValidationError)), f"{due} at {now}: {result!r}"


DAY = timedelta(days=1)
FUTURE: dict[str, Attempt] = {
    "habits.check_in": lambda s, i, day: habits.check_in(s, i.user, i.habit, on=day, now=NOW),
    "habits.skip": lambda s, i, day: habits.skip(s, i.user, i.habit, on=day, now=NOW),
    "habits.undo_check_in": lambda s, i, day: habits.undo_check_in(
        s, i.user, i.habit, on=day, now=NOW
    ),
    "study_sessions.create": lambda s, i, day: study_sessions.create(
        s,
        i.user,
        StudySessionCreate(topic_id=i.topic, duration_minutes=5, study_date=day),
        now=NOW,
    ),
    "study_sessions.create_many": lambda s, i, day: study_sessions.create_many(
        s,
        i.user,
        [
            StudySessionCreate(topic_id=i.topic, duration_minutes=5, study_date=NOW.date() - DAY),
            StudySessionCreate(topic_id=i.topic, duration_minutes=5, study_date=day),
        ],
        now=NOW,
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
