"""Two at once: no row is lost or doubled, and the streak is right."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.services.habits.support import (
    DAY,
    NOW,
    START,
    TODAY,
    Row,
    columns_of,
    new_habit,
    new_user,
    stored_columns,
    stored_days,
)
from tests.support.kinds import together, workers
from tests.support.oracle import Kept, Rules
from trackercore import (
    CheckInCreate,
    CheckInResult,
    Database,
    Habit,
    ScheduleChange,
    TrackerError,
    User,
    UserUpdate,
    habits,
    users,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def shared(database: Database) -> Habit:
    """A committed habit that wants eight of something every day."""
    with database.session() as session:
        return new_habit(session, new_user(session), Rules("daily", 8, 1, START))


def state(database: Database, habit: Habit) -> tuple[list[Row], Kept]:
    with database.session() as session:
        assert habits.rebuild_streaks(session).corrected == 0
        return stored_days(session, habit), stored_columns(session, habit.user_id, habit.id)


def test_a_check_in_waits_for_the_one_before_and_sees_it(database: Database, shared: Habit) -> None:
    def check_in() -> CheckInResult:
        with database.session() as session:
            return habits.check_in(session, shared.user_id, shared.id, amount=8, now=NOW)

    with workers(1) as pool:
        with database.session() as first:
            habits.check_in(first, shared.user_id, shared.id, amount=8, now=NOW)
            second = pool.submit(check_in)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.2)
        result = second.result(timeout=30)
    assert (result.created, result.current_streak) == (False, 1)
    assert state(database, shared) == ([Row(TODAY, "done", 8, None)], Kept(1, 1, TODAY + DAY))


def test_the_same_check_in_from_many_at_once_is_one_row_created_once(
    database: Database, shared: Habit
) -> None:
    def check_in(_: int) -> CheckInResult:
        with database.session() as session:
            return habits.check_in(session, shared.user_id, shared.id, amount=8, now=NOW)

    results = together(6, check_in)
    assert [result.created for result in results].count(True) == 1
    assert {result.current_streak for result in results} == {1}
    assert state(database, shared) == ([Row(TODAY, "done", 8, None)], Kept(1, 1, TODAY + DAY))


def test_check_ins_on_many_days_at_once_make_the_whole_streak(
    database: Database, shared: Habit
) -> None:
    def check_in(ago: int) -> CheckInResult:
        with database.session() as session:
            day = TODAY - ago * DAY
            return habits.check_in(session, shared.user_id, shared.id, on=day, amount=8, now=NOW)

    assert all(result.created for result in together(8, check_in))
    rows, columns = state(database, shared)
    assert len(rows) == 8
    assert columns == Kept(8, 8, TODAY + DAY)


def test_adding_from_many_at_once_loses_nothing(database: Database, shared: Habit) -> None:
    def drink(number: int) -> list[CheckInResult]:
        taps: list[CheckInResult] = []
        for _ in range(3):
            with database.session() as session:
                taps.append(
                    habits.check_in(
                        session, shared.user_id, shared.id, amount=number + 1, add=True, now=NOW
                    )
                )
        return taps

    results = [tap for taps in together(8, drink) for tap in taps]
    total = 3 * sum(range(1, 9))
    assert [result.created for result in results].count(True) == 1
    assert len({result.check_in.amount for result in results}) == len(results)
    assert max(result.check_in.amount for result in results) == total
    assert state(database, shared) == ([Row(TODAY, "done", total, None)], Kept(1, 1, TODAY + DAY))


def test_check_ins_and_undos_of_neighbouring_days_at_once_leave_the_right_streak(
    database: Database, shared: Habit
) -> None:
    with database.session() as session:
        for ago in range(0, 8, 2):
            on = TODAY - ago * DAY
            habits.check_in(session, shared.user_id, shared.id, on=on, amount=8, now=NOW)

    def swap(ago: int) -> None:
        with database.session() as session:
            on = TODAY - ago * DAY
            if ago % 2:
                habits.check_in(session, shared.user_id, shared.id, on=on, amount=8, now=NOW)
            else:
                habits.undo_check_in(session, shared.user_id, shared.id, on=on, now=NOW)

    together(8, swap)
    rows, columns = state(database, shared)
    assert [row.day for row in rows] == [TODAY - ago * DAY for ago in (7, 5, 3, 1)]
    assert columns == Kept(1, 1, TODAY)


def test_any_writes_from_two_threads_at_once_leave_the_cache_right(
    database: Database, shared: Habit
) -> None:
    """Every write there is, on two habits, in an order of each thread's own."""
    key = (shared.user_id, shared.id)
    with database.session() as session:
        other = (shared.user_id, new_habit(session, session.get_one(User, shared.user_id)).id)

    def write(session: Session, random: Random) -> None:
        habit = random.choice((key, key, other))
        on = TODAY - random.randrange(12) * DAY
        ahead = TODAY + random.randrange(-12, 5) * DAY
        schedule = random.choice(
            (
                ScheduleChange(frequency="daily", target=random.choice((1, 8))),
                ScheduleChange(frequency="weekly", target=2),
                ScheduleChange(frequency="weekdays", weekdays={1, 3, 5}),
                ScheduleChange(frequency="daily", every=3),
            )
        )
        many = [CheckInCreate(on=on - n * DAY, amount=8) for n in range(random.randrange(5))]
        random.choice(
            (
                lambda: habits.check_in(session, *habit, on=on, amount=8, now=NOW),
                lambda: habits.check_in(session, *habit, on=on, add=True, now=NOW),
                lambda: habits.skip(session, *habit, on=on, now=NOW),
                lambda: habits.undo_check_in(session, *habit, on=on, now=NOW),
                lambda: habits.check_in_many(session, *habit, many, now=NOW),
                lambda: habits.change_schedule(
                    session, *habit, schedule, effective_from=ahead, now=NOW
                ),
                lambda: (
                    habits.pause(session, *habit, starts_on=ahead, ends_on=TODAY, now=NOW)
                    if ahead <= TODAY
                    else habits.resume(session, *habit, now=NOW)
                ),
                lambda: habits.pause(session, *habit, starts_on=ahead, now=NOW),
                lambda: habits.resume(session, *habit, on=on, now=NOW),
                lambda: habits.archive(session, *habit, on=on, now=NOW),
                lambda: habits.unarchive(session, *habit, on=on, now=NOW),
                lambda: users.update(
                    session,
                    habit[0],
                    UserUpdate(time_zone=random.choice(("UTC", "Pacific/Apia", "Asia/Tokyo"))),
                ),
            )
        )()

    def work(number: int) -> None:
        random = Random(number)  # noqa: S311
        for _ in range(60):
            with suppress(TrackerError), database.session() as session:
                write(session, random)

    together(2, work)
    with database.session() as session:
        assert habits.rebuild_streaks(session).corrected == 0


def test_pauses_of_the_same_days_at_once_become_one(database: Database, shared: Habit) -> None:
    def pause(number: int) -> None:
        with database.session() as session:
            start, end = TODAY + number * DAY, TODAY + (number + 3) * DAY
            habits.pause(session, shared.user_id, shared.id, starts_on=start, ends_on=end, now=NOW)

    together(6, pause)
    with database.session() as session:
        (stored,) = habits.pauses(session, shared.user_id, shared.id)
    assert (stored.starts_on, stored.ends_on) == (TODAY, TODAY + 8 * DAY)


def test_changes_of_the_schedule_at_once_leave_one_after_the_other(
    database: Database, shared: Habit
) -> None:
    def change(number: int) -> None:
        weekly = ScheduleChange(frequency="weekly", target=number + 1)
        on = TODAY + number * DAY
        with database.session() as session:
            habits.change_schedule(
                session, shared.user_id, shared.id, weekly, effective_from=on, now=NOW
            )

    together(6, change)
    with database.session() as session:
        first, *later = habits.schedules(session, shared.user_id, shared.id)
        assert (first.frequency, first.target) == ("daily", Decimal(8))
        # Whoever came last dropped what begins later, and kept what began before.
        assert [read.effective_from for read in later] == [
            TODAY + int(read.target - 1) * DAY for read in later
        ]
        assert habits.rebuild_streaks(session).corrected == 0


@contextmanager
def waiting(session: Session, write: Callable[[], None]) -> Generator[None]:
    """After the block, somebody writes and has to wait for the session, which then commits."""
    with workers(1) as pool:
        yield
        result = pool.submit(write)
        with pytest.raises(TimeoutError):
            result.result(timeout=0.3)
        session.commit()
        result.result(timeout=30)


# On SQLite there is one writer, and nothing to wait in.
@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("call", [habits.check_in, habits.undo_check_in, habits.check_in_many])
def test_a_writer_that_waits_for_a_move_judges_by_the_new_calendar(
    database: Database, call: Any
) -> None:
    december = [date(2011, 12, day) for day in (27, 28, 29, 31)]
    now = datetime(2012, 1, 1, 12, tzinfo=UTC)
    with database.session() as session:
        ada = new_user(session, time_zone="Pacific/Auckland")
        run = new_habit(session, ada, Rules("daily", 1, 1, december[0]))
        items = [CheckInCreate(on=day) for day in december if day.day != 28]
        habits.check_in_many(session, ada.id, run.id, items, now=now)
        key = (ada.id, run.id)

    def write() -> None:
        with database.session() as session:
            if call is habits.check_in_many:
                call(session, *key, [CheckInCreate(on=december[1])], now=now)
            else:
                call(session, *key, on=december[1], now=now)

    with database.session() as session, waiting(session, write):
        users.update(session, ada.id, UserUpdate(time_zone="Pacific/Apia"))
    with database.session() as session:
        assert habits.rebuild_streaks(session).corrected == 0


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("many", [False, True])
def test_a_writer_that_waits_for_a_move_west_records_the_day_that_it_is_there(
    many: bool, database: Database
) -> None:
    now = datetime(2024, 3, 20, 12, tzinfo=UTC)
    with database.session() as session:
        ada = new_user(session, time_zone="Pacific/Kiritimati")
        run = new_habit(session, ada, Rules("daily", 1, 1, date(2024, 3, 1)))
        key = (ada.id, run.id)

    def write() -> None:
        with database.session() as session:
            if many:
                habits.check_in_many(session, *key, [CheckInCreate()], now=now)
            else:
                habits.check_in(session, *key, now=now)

    with database.session() as session, waiting(session, write):
        habits.check_in(session, *key, on=date(2024, 3, 1), now=now)  # which locks the habit
        users.update(session, ada.id, UserUpdate(time_zone="Etc/GMT+12"))
    with database.session() as session:
        days = [row.day for row in habits.check_ins(session, *key)]
    assert days == [date(2024, 3, 1), date(2024, 3, 20)]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_habit_that_is_made_during_a_move_is_judged_by_the_new_calendar(
    database: Database,
) -> None:
    december = [date(2011, 12, day) for day in (29, 31)]
    now = datetime(2012, 1, 1, 12, tzinfo=UTC)
    with database.session() as session:
        ada = new_user(session, time_zone="Pacific/Auckland")

    def make() -> None:
        with database.session() as session:
            run = new_habit(session, ada, Rules("daily", 1, 1, december[0]))
            items = [CheckInCreate(on=day) for day in december]
            habits.check_in_many(session, ada.id, run.id, items, now=now)

    with database.session() as session, waiting(session, make):
        users.update(session, ada.id, UserUpdate(time_zone="Pacific/Apia"))
    with database.session() as session:
        assert habits.rebuild_streaks(session).corrected == 0
        assert columns_of(habits.find(session, ada.id).items[0]).streak == 2
