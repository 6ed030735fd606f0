"""A habit's history and the streaks kept on its row: after any calls they say what the rules say.

The rules themselves, as pure functions, are tested in tests/domain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from threading import Barrier
from typing import NamedTuple, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from pydantic import ValidationError
from sqlalchemy import Connection, event, select, text
from sqlalchemy.orm import Session

from tests.domain.histories import fold
from tests.support import oracle
from tests.support.databases import empty
from tests.support.oracle import History, Kept, Rules, Standing, Wanted
from tests.support.statements import count_statements
from trackercore import (
    CheckIn,
    CheckInResult,
    Database,
    DayAlreadyDone,
    DueHabit,
    FutureDay,
    Habit,
    HabitCreate,
    HabitRead,
    NotFound,
    UndoResult,
    User,
    UserCreate,
    UserUpdate,
    habits,
    users,
)
from trackercore.domain.calendar import local_day

T = TypeVar("T")

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)
TODAY = date(2024, 3, 20)  # a Wednesday
YESTERDAY = date(2024, 3, 19)
DAY = timedelta(days=1)
START = date(2024, 1, 1)


class Row(NamedTuple):
    """A recorded day."""

    day: date
    status: str
    amount: int
    note: str | None


def new_user(session: Session, email: str = "ada@example.com", time_zone: str = "UTC") -> User:
    return users.create(session, UserCreate(email=email, time_zone=time_zone))


def new_habit(session: Session, user: User, rules: Rules | None = None) -> Habit:
    rules = rules or Rules("daily", 1, 1, START)
    data = HabitCreate(
        name="Run",
        frequency=rules.frequency,
        target=rules.target,
        week_starts_on=rules.week_starts_on,
        starts_on=rules.starts_on,
    )
    habit = habits.create(session, user.id, data)
    habit.starting_streak = rules.starting_streak
    habit.starting_streak_on = rules.starting_streak_on
    return habit


@pytest.fixture
def habit(session: Session) -> Habit:
    """A daily habit of a user in UTC; its owner is `habit.user_id`."""
    return new_habit(session, new_user(session))


@pytest.fixture
def adopted(session: Session) -> Habit:
    """A daily habit that was taken over today, after twelve days in a row."""
    rules = Rules("daily", 1, 1, TODAY, starting_streak=12, starting_streak_on=TODAY)
    habit = new_habit(session, new_user(session), rules)
    assert habits.rebuild_streaks(session) == 1
    return habit


def stored_days(session: Session, habit: Habit) -> list[Row]:
    """What is in the table, past the ORM's objects."""
    query = select(CheckIn.day, CheckIn.status, CheckIn.amount, CheckIn.note)
    mine = query.where(CheckIn.user_id == habit.user_id, CheckIn.habit_id == habit.id)
    return [Row(*row) for row in session.execute(mine.order_by(CheckIn.day))]


def stored_columns(session: Session, owner: int, habit: int) -> Kept:
    """The streak columns in the table, past the ORM's objects."""
    query = select(Habit.streak, Habit.longest_streak, Habit.streak_alive_through)
    row = session.execute(query.where(Habit.user_id == owner, Habit.id == habit)).one()
    return Kept(row.streak, row.longest_streak, row.streak_alive_through)


def columns_of(habit: Habit) -> Kept:
    """The streak columns, as a loaded object shows them."""
    return Kept(habit.streak, habit.longest_streak, habit.streak_alive_through)


def shown(row: CheckIn) -> Row:
    return Row(row.day, row.status, row.amount, row.note)


def together(count: int, call: Callable[[int], T]) -> list[T]:
    """Run the call so many times at once, each in a thread of its own."""
    barrier = Barrier(count)

    def run(number: int) -> T:
        barrier.wait(timeout=30)
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


# --- Any sequence of calls -------------------------------------------------------------------


@dataclass
class Known:
    """A habit of the test's, and what should be recorded for it."""

    owner: int
    habit: int
    time_zone: str
    day_starts_at: int
    rules: Rules
    history: dict[date, int | None] = field(default_factory=dict[date, int | None])
    notes: dict[date, str | None] = field(default_factory=dict[date, str | None])

    def today(self, now: datetime) -> date:
        return local_day(now, self.time_zone, self.day_starts_at)

    def row(self, day: date) -> Row:
        amount = self.history[day]
        status = "skipped" if amount is None else "done"
        return Row(day, status, amount or 1, self.notes[day])


@lru_cache
def kept_and_pure(rules: Rules, days: frozenset[tuple[date, int | None]]) -> tuple[Kept, Kept]:
    """The columns by the oracle and by the package's pure function; most steps change neither."""
    pure = fold(rules, dict(days))
    kept = oracle.kept(rules, dict(days))
    return kept, Kept(pure.streak, pure.longest, pure.alive_through)


which = st.sampled_from([0, 0, 0, 0, 1, 2])  # mostly one habit, beside two that stay as they are
back = st.integers(0, 6) | st.integers(0, 40)
amounts = st.none() | st.integers(1, 9)  # None for as much as the target
all_notes = st.sampled_from([None, "wet", "windy"])

people = st.tuples(
    st.sampled_from(["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu"]),
    st.sampled_from([0, 180, 1439]),
)
begun_here = st.builds(
    Rules,
    frequency=st.sampled_from(["daily", "weekly"]),
    target=st.sampled_from([1, 1, 2, 3, 5, 9]),
    week_starts_on=st.integers(1, 7),
    starts_on=st.integers(-30, 5).map(lambda offset: TODAY + offset * DAY),
)
taken_over = st.builds(
    replace,
    begun_here,
    starting_streak=st.integers(1, 9),
    starting_streak_on=(st.integers(1, 6) | st.integers(1, 30)).map(lambda ago: TODAY - ago * DAY),
)

FULL, SKIPPED = 0, -1
# From today back, and dense, so that there is something to break: None for nothing recorded.
histories = st.lists(st.sampled_from([None, FULL, FULL, SKIPPED, 1]), min_size=14, max_size=30)
no_history = st.builds(list[int | None])
habits_begun = st.tuples(begun_here, histories) | st.tuples(taken_over, no_history | histories)


class AnyCalls(RuleBasedStateMachine):
    """Two users with three habits between them, and time going on."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.now = NOW
        self.known: list[Known] = []
        self.rows: list[Habit] = []
        self.days: list[tuple[Known, CheckIn]] = []
        self.stack = ExitStack()
        self.session = self.stack.enter_context(database.session())

    def teardown(self) -> None:
        self.session.rollback()
        self.stack.close()
        empty(self.database)

    @initialize(first=people, second=people, begun=st.tuples(*[habits_begun] * 3))
    def begin(
        self,
        first: tuple[str, int],
        second: tuple[str, int],
        begun: tuple[tuple[Rules, list[int | None]], ...],
    ) -> None:
        owners = [
            users.create(
                self.session,
                UserCreate(email=f"{start}@{number}.org", time_zone=zone, day_starts_at=start),
            )
            for number, (zone, start) in enumerate([first, second])
        ]
        for owner, (rules, codes) in zip([owners[0], owners[0], owners[1]], begun, strict=True):
            habit = new_habit(self.session, owner, rules)
            known = Known(owner.id, habit.id, owner.time_zone, owner.day_starts_at, rules)
            for ago, code in enumerate(codes):
                if code is not None:
                    amount = {FULL: rules.target, SKIPPED: None}.get(code, code)
                    known.history[known.today(NOW) - ago * DAY] = amount
            known.notes = dict.fromkeys(known.history)
            self.session.add_all(
                CheckIn(user_id=known.owner, habit_id=known.habit, **known.row(day)._asdict())
                for day in known.history
            )
            self.known.append(known)
            self.rows.append(habit)
        habits.rebuild_streaks(self.session)

    @rule(which=which, back=back, amount=amounts, add=st.booleans(), note=all_notes)
    def check_in(
        self, which: int, back: int, amount: int | None, add: bool, note: str | None
    ) -> None:
        known = self.known[which]
        self._check_in(known, known.today(self.now) - back * DAY, amount, add=add, note=note)

    @rule(which=which, back=back, length=st.integers(2, 8))
    def check_in_on_a_row_of_days(self, which: int, back: int, length: int) -> None:
        known = self.known[which]
        first = known.today(self.now) - (back + length) * DAY
        for number in range(length):
            self._check_in(known, first + number * DAY, None)

    @rule(which=which, back=back, note=all_notes)
    def skip(self, which: int, back: int, note: str | None) -> None:
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        if known.history.get(day) is not None:
            with pytest.raises(DayAlreadyDone):
                habits.skip(self.session, known.owner, known.habit, on=day, now=self.now)
            return
        result = habits.skip(
            self.session, known.owner, known.habit, on=day, note=note, now=self.now
        )
        self._recorded(known, day, None, note, result)

    @rule(which=which, back=back)
    def undo(self, which: int, back: int) -> None:
        known = self.known[which]
        self._undo(known, known.today(self.now) - back * DAY)

    @rule(which=which, back=back, amount=amounts, skip=st.booleans())
    def record_an_empty_day_and_undo_it(
        self, which: int, back: int, amount: int | None, skip: bool
    ) -> None:
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        if day in known.history:
            return
        before = stored_columns(self.session, known.owner, known.habit)
        if skip:
            habits.skip(self.session, known.owner, known.habit, on=day, now=self.now)
            known.history[day] = known.notes[day] = None
        else:
            self._check_in(known, day, amount)
        self._undo(known, day)
        assert stored_columns(self.session, known.owner, known.habit) == before

    @rule(which=which, ahead=st.integers(1, 3))
    def refuse_a_future_day(self, which: int, ahead: int) -> None:
        known = self.known[which]
        day = known.today(self.now) + ahead * DAY
        for call in (habits.check_in, habits.skip, habits.undo_check_in):
            with pytest.raises(FutureDay):
                call(self.session, known.owner, known.habit, on=day, now=self.now)

    @rule(which=which, back=back, how=st.sampled_from(["check_in", "skip", "undo"]))
    def roll_back_to_a_savepoint(self, which: int, back: int, how: str) -> None:
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        if how == "skip" and known.history.get(day) is not None:
            return
        savepoint = self.session.begin_nested()
        if how == "check_in":
            habits.check_in(self.session, known.owner, known.habit, on=day, now=self.now)
        elif how == "skip":
            habits.skip(self.session, known.owner, known.habit, on=day, now=self.now)
        else:
            habits.undo_check_in(self.session, known.owner, known.habit, on=day, now=self.now)
        savepoint.rollback()

    @rule(hours=st.integers(1, 60))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def commit_and_go_on_in_a_new_session(self) -> None:
        self.stack.close()
        self.session = self.stack.enter_context(self.database.session())
        self.rows = [habits.get(self.session, known.owner, known.habit) for known in self.known]
        self.days = []

    @rule()
    def load_the_check_ins(self) -> None:
        for known in self.known:
            rows = habits.check_ins(self.session, known.owner, known.habit)
            assert [shown(row) for row in rows] == [known.row(day) for day in sorted(known.history)]
            self.days += [(known, row) for row in rows]

    @rule(which=which, offset=st.integers(-45, 20))
    def look_from_any_day(self, which: int, offset: int) -> None:
        day = TODAY + offset * DAY
        known = self.known[which]
        streak = habits.streak(self.session, known.owner, known.habit, day, now=self.now)
        assert Standing(**streak.model_dump()) == oracle.standing(known.rules, known.history, day)
        for owner in {known.owner for known in self.known}:
            due = habits.due(self.session, owner, day, now=self.now)
            assert as_wanted(due) == self._wanted(owner, lambda _: day)

    @rule()
    def look_from_today(self) -> None:
        for known in self.known:
            today = known.today(self.now)
            streak = habits.streak(self.session, known.owner, known.habit, now=self.now)
            expected = oracle.standing(known.rules, known.history, today)
            assert Standing(**streak.model_dump()) == expected
        for owner in {known.owner for known in self.known}:
            due = habits.due(self.session, owner, now=self.now)
            assert as_wanted(due) == self._wanted(owner, lambda known: known.today(self.now))

    @rule()
    def rebuild_with_nothing_to_correct(self) -> None:
        assert habits.rebuild_streaks(self.session) == 0

    @invariant()
    def the_columns_are_what_the_rules_say_and_loaded_objects_show_them(self) -> None:
        query = select(Habit.id, Habit.streak, Habit.longest_streak, Habit.streak_alive_through)
        columns = {row[0]: Kept(*row[1:]) for row in self.session.execute(query)}
        for known, habit in zip(self.known, self.rows, strict=True):
            expected = kept_and_pure(known.rules, frozenset(known.history.items()))
            assert expected == (columns[known.habit], columns[known.habit])
            assert columns_of(habit) == columns[known.habit]

    @invariant()
    def loaded_check_ins_show_what_is_stored(self) -> None:
        for known, row in self.days:
            if row in self.session:
                assert shown(row) == known.row(row.day)

    def _check_in(
        self,
        known: Known,
        day: date,
        amount: int | None,
        *,
        add: bool = False,
        note: str | None = None,
    ) -> None:
        amount = known.rules.target if amount is None else amount
        result = habits.check_in(
            self.session,
            known.owner,
            known.habit,
            on=day,
            amount=amount,
            add=add,
            note=note,
            now=self.now,
        )
        if add:
            amount += known.history.get(day) or 0
        self._recorded(known, day, amount, note, result)

    def _recorded(
        self, known: Known, day: date, amount: int | None, note: str | None, result: CheckInResult
    ) -> None:
        created = day not in known.history or (known.history[day] is None) != (amount is None)
        known.history[day] = amount
        known.notes[day] = known.notes.get(day) if note is None else note
        stored = result.check_in
        assert Row(stored.day, stored.status, stored.amount, stored.note) == known.row(day)
        assert result.created == created
        self._told(known, result)

    def _undo(self, known: Known, day: date) -> None:
        result = habits.undo_check_in(self.session, known.owner, known.habit, on=day, now=self.now)
        assert result.removed == (day in known.history)
        known.history.pop(day, None)
        known.notes.pop(day, None)
        self._told(known, result)

    def _told(self, known: Known, result: CheckInResult | UndoResult) -> None:
        expected = oracle.standing(known.rules, known.history, known.today(self.now))
        assert (result.streak, result.longest_streak) == (expected.current, expected.longest)

    def _wanted(self, owner: int, day: Callable[[Known], date]) -> dict[int, Wanted]:
        judged = {
            known.habit: oracle.wanted(known.rules, known.history, day(known))
            for known in self.known
            if known.owner == owner
        }
        return {habit: wanted for habit, wanted in judged.items() if wanted is not None}


def as_wanted(due: list[DueHabit]) -> dict[int, Wanted]:
    assert [item.habit_id for item in due] == sorted(item.habit_id for item in due)
    return {
        item.habit_id: Wanted(item.period_start, item.period_end, item.progress, item.remaining)
        for item in due
    }


def test_after_any_calls_the_columns_are_what_the_rules_say(database: Database) -> None:
    class OnDatabase(AnyCalls):
        def __init__(self) -> None:
            super().__init__(database)

    case = OnDatabase.TestCase
    case.settings = settings(max_examples=settings().max_examples // 10, stateful_step_count=40)
    case().runTest()


# --- Recording a day -------------------------------------------------------------------------


def test_the_same_check_in_again_changes_nothing(session: Session, habit: Habit) -> None:
    first = habits.check_in(session, habit.user_id, habit.id, note="wet", now=NOW)
    later = NOW + timedelta(hours=3)
    again = habits.check_in(session, habit.user_id, habit.id, note="wet", now=later)
    assert first.created
    assert not again.created
    assert again.check_in == first.check_in  # the time of recording too
    assert (again.streak, again.longest_streak) == (1, 1)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, "wet")]


def test_another_amount_replaces_what_was_recorded(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, amount=5, now=NOW)
    later = NOW + timedelta(hours=3)
    result = habits.check_in(session, habit.user_id, habit.id, amount=2, now=later)
    assert not result.created
    assert result.check_in.recorded_at == later
    assert stored_days(session, habit) == [Row(TODAY, "done", 2, None)]


def test_a_smaller_amount_can_take_a_success_back(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("daily", 8, 1, START))
    habits.check_in(session, user.id, habit.id, on=YESTERDAY, amount=8, now=NOW)
    assert habits.check_in(session, user.id, habit.id, amount=8, now=NOW).streak == 2
    assert habits.check_in(session, user.id, habit.id, amount=7, now=NOW).streak == 1
    assert columns_of(habit) == Kept(1, 1, TODAY)


def test_a_note_stays_until_another_one_is_given(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, note="wet", now=NOW)
    habits.check_in(session, habit.user_id, habit.id, amount=3, now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 3, "wet")]
    habits.check_in(session, habit.user_id, habit.id, amount=3, note="windy", now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 3, "windy")]
    habits.check_in(session, habit.user_id, habit.id, amount=3, note="", now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 3, "")]


def test_adding_goes_on_top_of_the_days_amount(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("daily", 3, 1, START))
    glasses = [
        habits.check_in(session, user.id, habit.id, amount=amount, add=True, now=NOW)
        for amount in (1, 1, 2)
    ]
    assert [glass.created for glass in glasses] == [True, False, False]
    assert [glass.check_in.amount for glass in glasses] == [1, 2, 4]
    assert [glass.streak for glass in glasses] == [0, 0, 1]


def test_adding_to_a_skipped_day_starts_from_nothing(session: Session, habit: Habit) -> None:
    habits.skip(session, habit.user_id, habit.id, note="ill", now=NOW)
    result = habits.check_in(session, habit.user_id, habit.id, amount=2, add=True, now=NOW)
    assert result.created
    assert stored_days(session, habit) == [Row(TODAY, "done", 2, "ill")]


def test_a_sum_beyond_the_greatest_amount_is_refused_and_nothing_is_lost(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, amount=1_000_000, now=NOW)
    with pytest.raises(ValidationError):
        habits.check_in(session, habit.user_id, habit.id, add=True, now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1_000_000, None)]
    assert habits.check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW).streak == 2


def test_a_day_that_is_done_cannot_be_skipped(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    with pytest.raises(DayAlreadyDone, match="2024-03-20"):
        habits.skip(session, habit.user_id, habit.id, note="ill", now=NOW)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, None)]
    assert columns_of(habit) == Kept(1, 1, date(2024, 3, 21))


def test_a_day_that_is_skipped_can_be_done_after_all(session: Session, habit: Habit) -> None:
    skipped = habits.skip(session, habit.user_id, habit.id, now=NOW)
    again = habits.skip(session, habit.user_id, habit.id, now=NOW)
    done = habits.check_in(session, habit.user_id, habit.id, now=NOW)
    assert [skipped.created, again.created, done.created] == [True, False, True]
    assert [skipped.streak, again.streak, done.streak] == [0, 0, 1]
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, None)]


def test_undoing_removes_what_is_recorded_and_says_so(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    result = habits.undo_check_in(session, habit.user_id, habit.id, now=NOW)
    assert result == UndoResult(removed=True, streak=1, longest_streak=1)
    assert stored_days(session, habit) == [Row(YESTERDAY, "done", 1, None)]
    habits.skip(session, habit.user_id, habit.id, now=NOW)
    assert habits.undo_check_in(session, habit.user_id, habit.id, now=NOW).removed


def test_undoing_where_nothing_is_recorded_changes_nothing(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    result = habits.undo_check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    assert result == UndoResult(removed=False, streak=1, longest_streak=1)
    assert stored_days(session, habit) == [Row(TODAY, "done", 1, None)]


def test_what_is_today_for_one_user_is_a_future_day_for_another(session: Session) -> None:
    east = new_user(session, "east@example.com", "Pacific/Kiritimati")
    west = new_user(session, "west@example.com", "Pacific/Niue")
    for user, today in ((east, date(2024, 3, 21)), (west, date(2024, 3, 20))):
        habit = new_habit(session, user)
        assert habits.check_in(session, user.id, habit.id, now=NOW).check_in.day == today
        for call in (habits.check_in, habits.skip, habits.undo_check_in):
            with pytest.raises(FutureDay):
                call(session, user.id, habit.id, on=today + DAY, now=NOW)
        assert [row.day for row in stored_days(session, habit)] == [today]


def test_a_backfilled_day_joins_two_runs(session: Session, habit: Habit) -> None:
    for ago in (4, 3, 1, 0):
        habits.check_in(session, habit.user_id, habit.id, on=TODAY - ago * DAY, now=NOW)
    assert columns_of(habit) == Kept(2, 2, TODAY + DAY)
    on = TODAY - 2 * DAY
    assert habits.check_in(session, habit.user_id, habit.id, on=on, now=NOW).streak == 5
    assert habits.undo_check_in(session, habit.user_id, habit.id, on=on, now=NOW).streak == 2


def test_a_week_that_was_met_is_excused_by_its_skips_once_that_is_undone(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("weekly", 5, 1, START))
    last_week, monday = date(2024, 3, 11), date(2024, 3, 18)
    for day in (last_week, monday):
        habits.check_in(session, user.id, habit.id, on=day, amount=5, now=NOW)
    for day in (monday + DAY, monday + 2 * DAY):
        habits.skip(session, user.id, habit.id, on=day, now=NOW)
    assert columns_of(habit) == Kept(2, 2, date(2024, 3, 31))
    undone = habits.undo_check_in(session, user.id, habit.id, on=monday, now=NOW)
    assert undone.streak == 1  # five open days are enough for five: the week is pending
    assert columns_of(habit) == Kept(1, 1, date(2024, 3, 24))
    habits.check_in(session, user.id, habit.id, on=monday, amount=5, now=NOW)
    thursday = NOW + DAY
    habits.skip(session, user.id, habit.id, now=thursday)
    habits.undo_check_in(session, user.id, habit.id, on=monday, now=thursday)
    assert columns_of(habit) == Kept(1, 1, date(2024, 3, 31))  # four are not: it is excused


# --- Starting streaks ------------------------------------------------------------------------


def test_an_adopted_habit_stands_where_it_stood_and_shows_what_it_came_with(
    session: Session, adopted: Habit
) -> None:
    assert columns_of(adopted) == Kept(12, 12, TODAY)
    streak = habits.streak(session, adopted.user_id, adopted.id, now=NOW)
    assert Standing(**streak.model_dump()) == Standing(12, 12, since=None, alive_through=TODAY)
    read = HabitRead.model_validate(adopted)
    assert (read.starting_streak, read.starting_streak_on) == (12, TODAY)


def test_a_habit_that_began_here_shows_no_starting_streak(habit: Habit) -> None:
    read = HabitRead.model_validate(habit)
    assert (read.starting_streak, read.starting_streak_on) == (None, None)


def test_a_check_in_on_the_day_of_adoption_goes_on_from_there_and_undoing_it_goes_back(
    session: Session, adopted: Habit
) -> None:
    done = habits.check_in(session, adopted.user_id, adopted.id, now=NOW)
    assert (done.streak, done.longest_streak) == (13, 13)
    assert habits.streak(session, adopted.user_id, adopted.id, now=NOW).since is None
    assert habits.check_in(session, adopted.user_id, adopted.id, now=NOW + DAY).streak == 14
    assert columns_of(adopted) == Kept(14, 14, TODAY + 2 * DAY)
    for on in (TODAY + DAY, TODAY):
        habits.undo_check_in(session, adopted.user_id, adopted.id, on=on, now=NOW + DAY)
    assert columns_of(adopted) == Kept(12, 12, TODAY)


def test_a_missed_day_of_adoption_ends_the_starting_streak_the_day_after(
    session: Session, adopted: Habit
) -> None:
    tomorrow = NOW + DAY
    missed = habits.streak(session, adopted.user_id, adopted.id, now=tomorrow)
    assert Standing(**missed.model_dump()) == Standing(0, 12, None, None)
    again = habits.check_in(session, adopted.user_id, adopted.id, now=tomorrow)
    assert (again.streak, again.longest_streak) == (1, 12)
    assert habits.streak(session, adopted.user_id, adopted.id, now=tomorrow).since == TODAY + DAY


def test_the_missed_day_of_adoption_can_be_filled_in_later(
    session: Session, adopted: Habit
) -> None:
    habits.check_in(session, adopted.user_id, adopted.id, now=NOW + DAY)
    mended = habits.check_in(session, adopted.user_id, adopted.id, on=TODAY, now=NOW + DAY)
    assert (mended.streak, mended.longest_streak) == (14, 14)


def test_days_before_the_adoption_can_be_recorded_and_change_no_streak(
    session: Session, adopted: Habit
) -> None:
    for ago in range(20, 0, -1):  # also more of them than the starting streak has
        on = TODAY - ago * DAY
        result = habits.check_in(session, adopted.user_id, adopted.id, on=on, now=NOW)
        assert (result.created, result.streak, result.longest_streak) == (True, 12, 12)
    habits.undo_check_in(session, adopted.user_id, adopted.id, on=YESTERDAY, now=NOW)
    habits.skip(session, adopted.user_id, adopted.id, on=YESTERDAY, now=NOW)
    assert columns_of(adopted) == Kept(12, 12, TODAY)
    assert adopted.starts_on == TODAY
    assert habits.rebuild_streaks(session) == 0
    assert habits.check_in(session, adopted.user_id, adopted.id, now=NOW).streak == 13


def test_seen_from_a_day_before_the_adoption_only_what_was_recorded_counts(
    session: Session, adopted: Habit
) -> None:
    for on in (YESTERDAY - DAY, YESTERDAY):
        habits.check_in(session, adopted.user_id, adopted.id, on=on, now=NOW)
    before = habits.streak(session, adopted.user_id, adopted.id, YESTERDAY, now=NOW)
    assert Standing(**before.model_dump()) == Standing(2, 2, YESTERDAY - DAY, TODAY)
    assert habits.streak(session, adopted.user_id, adopted.id, TODAY, now=NOW).current == 12


def test_the_week_of_the_adoption_is_a_whole_one(session: Session) -> None:
    user = new_user(session)
    rules = Rules("weekly", 3, 1, TODAY, starting_streak=12, starting_streak_on=TODAY)
    habit = new_habit(session, user, rules)
    habits.rebuild_streaks(session)
    monday, sunday = date(2024, 3, 18), date(2024, 3, 24)
    assert columns_of(habit) == Kept(12, 12, sunday)
    last_week = habits.check_in(session, user.id, habit.id, on=monday - DAY, amount=3, now=NOW)
    assert last_week.streak == 12
    assert habits.check_in(session, user.id, habit.id, on=monday, amount=2, now=NOW).streak == 12
    assert habits.check_in(session, user.id, habit.id, now=NOW).streak == 13
    assert columns_of(habit) == Kept(13, 13, sunday + 7 * DAY)


def test_after_a_move_west_the_day_of_adoption_may_be_yet_to_come(
    session: Session, adopted: Habit
) -> None:
    users.update(session, adopted.user_id, UserUpdate(time_zone="Pacific/Honolulu"))
    evening = datetime(2024, 3, 20, 5, tzinfo=UTC)
    assert users.today(session, adopted.user_id, now=evening) == YESTERDAY
    assert habits.check_in(session, adopted.user_id, adopted.id, now=evening).streak == 1
    assert habits.streak(session, adopted.user_id, adopted.id, now=evening).current == 1
    assert habits.undo_check_in(session, adopted.user_id, adopted.id, now=evening).streak == 0
    assert columns_of(adopted) == Kept(12, 12, TODAY)
    assert habits.check_in(session, adopted.user_id, adopted.id, now=evening + DAY).streak == 13


def test_a_check_in_of_an_adopted_habit_reads_no_history(session: Session, adopted: Habit) -> None:
    for ago in (3, 2, 1, 0):
        with count_statements(session) as statements:
            habits.check_in(session, adopted.user_id, adopted.id, on=TODAY - ago * DAY, now=NOW)
        assert len(statements) <= 4, statements


# --- What is due -----------------------------------------------------------------------------


def test_what_is_due_on_a_past_day_is_judged_by_what_was_recorded_until_then(
    session: Session,
) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("weekly", 3, 1, START))
    monday = date(2024, 3, 18)
    for day in (monday, TODAY):
        habits.check_in(session, user.id, habit.id, on=day, amount=2, now=NOW)
    week = (monday, date(2024, 3, 24))
    assert as_wanted(habits.due(session, user.id, monday, now=NOW)) == {
        habit.id: Wanted(*week, progress=2, remaining=1)
    }
    assert habits.due(session, user.id, now=NOW) == []


def test_a_skipped_day_is_not_due_but_the_rest_of_its_week_is(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("weekly", 5, 1, START))
    for day in (date(2024, 3, 18), YESTERDAY):
        habits.skip(session, user.id, habit.id, on=day, now=NOW)
    assert habits.due(session, user.id, YESTERDAY, now=NOW) == []
    assert [item.remaining for item in habits.due(session, user.id, now=NOW)] == [5]
    habits.skip(session, user.id, habit.id, now=NOW)  # leaves four open days for five
    assert habits.due(session, user.id, TODAY + DAY, now=NOW) == []


# --- Days that lie ahead of today ------------------------------------------------------------


def test_a_move_west_neither_takes_a_recorded_day_away_nor_counts_it_early(
    session: Session,
) -> None:
    user = new_user(session, time_zone="Pacific/Kiritimati")
    habit = new_habit(session, user)
    for day in (YESTERDAY, TODAY, TODAY + DAY):  # the 21st has begun there
        habits.check_in(session, user.id, habit.id, on=day, now=NOW)
    users.update(session, user.id, UserUpdate(time_zone="Pacific/Honolulu"))
    assert users.today(session, user.id, now=NOW) == TODAY
    again = habits.check_in(session, user.id, habit.id, now=NOW)
    assert (again.created, again.streak, again.longest_streak) == (False, 2, 3)
    with pytest.raises(FutureDay):
        habits.undo_check_in(session, user.id, habit.id, on=TODAY + DAY, now=NOW)
    assert habits.streak(session, user.id, habit.id, now=NOW).current == 2
    assert habits.streak(session, user.id, habit.id, now=NOW + DAY).current == 3
    assert columns_of(habit) == Kept(3, 3, TODAY + 2 * DAY)


def test_a_habit_is_due_once_it_was_done_though_it_starts_later(session: Session) -> None:
    user = new_user(session)
    habit = new_habit(session, user, Rules("daily", 1, 1, starts_on=TODAY + 10 * DAY))
    habits.skip(session, user.id, habit.id, on=YESTERDAY - DAY, now=NOW)
    assert habits.due(session, user.id, now=NOW) == []
    assert habits.check_in(session, user.id, habit.id, on=YESTERDAY, now=NOW).streak == 1
    # Its first day is yesterday, and the streak ends if today is missed.
    assert [item.habit_id for item in habits.due(session, user.id, now=NOW)] == [habit.id]
    assert habits.due(session, user.id, YESTERDAY - DAY, now=NOW) == []


# --- Loaded objects --------------------------------------------------------------------------


def test_a_loaded_habit_shows_its_new_streak(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    assert columns_of(habit) == Kept(1, 1, TODAY + DAY)
    habits.skip(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    habits.check_in(session, habit.user_id, habit.id, on=TODAY - 2 * DAY, now=NOW)
    assert columns_of(habit) == Kept(2, 2, TODAY + DAY)
    habits.undo_check_in(session, habit.user_id, habit.id, now=NOW)
    assert columns_of(habit) == Kept(1, 1, TODAY)
    assert not session.dirty


def test_a_loaded_check_in_shows_what_replaced_it(session: Session, habit: Habit) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    later = NOW + timedelta(minutes=5)
    habits.check_in(session, habit.user_id, habit.id, amount=4, note="wet", now=later)
    assert shown(row) == Row(TODAY, "done", 4, "wet")
    assert row.recorded_at == later


def test_an_undone_check_in_is_gone_and_a_new_one_is_another_object(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, note="wet", now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    habits.undo_check_in(session, habit.user_id, habit.id, now=NOW)
    assert row not in session
    assert session.get(CheckIn, (habit.user_id, habit.id, TODAY)) is None
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    assert [shown(row) for row in habits.check_ins(session, habit.user_id, habit.id)] == [
        Row(TODAY, "done", 1, None)
    ]


def test_loaded_objects_show_the_old_values_when_a_savepoint_is_rolled_back(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    savepoint = session.begin_nested()
    habits.check_in(session, habit.user_id, habit.id, amount=9, note="wet", now=NOW)
    habits.check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    assert (habit.streak, row.amount) == (2, 9)
    savepoint.rollback()
    assert columns_of(habit) == Kept(1, 1, TODAY + DAY)
    assert shown(row) == Row(TODAY, "done", 1, None)


def test_a_savepoint_inside_that_is_rolled_back_first_makes_no_difference(
    session: Session, habit: Habit
) -> None:
    outer = session.begin_nested()
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    session.begin_nested().rollback()  # as a service does that reports a conflict
    assert columns_of(habit) == Kept(1, 1, TODAY + DAY)
    outer.rollback()
    assert columns_of(habit) == Kept(0, 0, None)


def test_changes_of_loaded_objects_that_are_not_written_yet_are_not_lost(
    session: Session, habit: Habit
) -> None:
    habits.check_in(session, habit.user_id, habit.id, now=NOW)
    (row,) = habits.check_ins(session, habit.user_id, habit.id)
    habit.name, row.note = "Swim", "cold"
    habits.check_in(session, habit.user_id, habit.id, on=YESTERDAY, now=NOW)
    assert stored_days(session, habit)[-1] == Row(TODAY, "done", 1, "cold")
    assert session.scalar(select(Habit.name)) == "Swim"
    assert columns_of(habit) == Kept(2, 2, TODAY + DAY)


def test_a_loaded_habit_shows_the_streak_that_another_session_made(database: Database) -> None:
    with database.session() as session:
        habit = new_habit(session, new_user(session))
        session.commit()
        with database.session() as another:
            habits.check_in(another, habit.user_id, habit.id, now=NOW)
        told = habits.check_in(session, habit.user_id, habit.id, now=NOW)
        assert (told.created, told.streak) == (False, 1)
        assert columns_of(habit) == Kept(1, 1, TODAY + DAY)


# --- Rebuilding ------------------------------------------------------------------------------

HABITS_PER_USER = 80  # of three users: more than are corrected in one go


def patterns() -> Iterator[tuple[Rules, History]]:
    """Habits of all kinds with months of history; every tenth has none, every third a start."""
    for number in range(HABITS_PER_USER):
        target = number % 9 + 1
        rules = Rules("weekly" if number % 2 else "daily", target, number % 7 + 1, START)
        if number % 3 == 0:
            on = TODAY - number // 3 * DAY
            rules = replace(rules, starting_streak=number % 5 + 1, starting_streak_on=on)
        history: dict[date, int | None] = {}
        for ago in range(40 if number % 10 else 0):
            kind = (number * 7 + ago * ago + ago // 9) % 11
            if kind < 8:
                history[TODAY - ago * DAY] = target if kind else None
        yield rules, history


def write_past_the_services(session: Session, user: User) -> dict[int, Kept]:
    """Store the habits of `patterns` with plain SQL; what their columns should say, by habit."""
    right: dict[int, Kept] = {}
    rows: list[dict[str, object]] = []
    made = [
        (Habit(user_id=user.id, name="Run", **vars(rules)), rules, history)
        for rules, history in patterns()
    ]
    session.add_all([habit for habit, _, _ in made])
    session.flush()
    for habit, rules, history in made:
        right[habit.id] = oracle.kept(rules, history)
        for day, amount in history.items():
            status = "skipped" if amount is None else "done"
            row = {
                "habit": habit.id,
                "day": day.isoformat(),
                "status": status,
                "amount": amount or 1,
            }
            rows.append({"owner": user.id, **row})
    query = """
        INSERT INTO check_ins (user_id, habit_id, day, status, amount, recorded_at)
        VALUES (:owner, :habit, :day, :status, :amount, '2024-03-20 12:00:00.000000')
    """
    session.execute(text(query), rows)
    return right


def all_columns(session: Session, user: User) -> dict[int, Kept]:
    query = select(Habit.id, Habit.streak, Habit.longest_streak, Habit.streak_alive_through)
    rows = session.execute(query.where(Habit.user_id == user.id))
    return {row[0]: Kept(*row[1:]) for row in rows}


def wrong(right: dict[int, Kept]) -> int:
    """How many of new habits, which are stored without a streak, that is wrong for."""
    return sum(columns != Kept(0, 0, None) for columns in right.values())


def test_rebuilding_corrects_what_was_written_past_the_services_and_counts_it(
    session: Session,
) -> None:
    owners = [new_user(session, f"{name}@example.com") for name in ("ada", "bob", "eve")]
    right = {user.id: write_past_the_services(session, user) for user in owners}
    assert 0 < wrong(right[owners[0].id]) < HABITS_PER_USER
    assert habits.rebuild_streaks(session) == sum(wrong(columns) for columns in right.values())
    for user in owners:
        assert all_columns(session, user) == right[user.id]
    assert habits.rebuild_streaks(session) == 0


def test_rebuilding_for_one_user_leaves_the_others_alone(session: Session) -> None:
    ada, bob = new_user(session, "ada@example.com"), new_user(session, "bob@example.com")
    right = write_past_the_services(session, ada)
    others = write_past_the_services(session, bob)
    assert habits.rebuild_streaks(session, ada.id) == wrong(right)
    assert all_columns(session, ada) == right
    assert set(all_columns(session, bob).values()) == {Kept(0, 0, None)}
    assert habits.rebuild_streaks(session) == wrong(others)


def test_rebuilding_clears_a_streak_without_history_and_loaded_objects_show_it(
    session: Session, habit: Habit
) -> None:
    query = "UPDATE habits SET streak = 5, longest_streak = 9, streak_alive_through = '2024-03-20'"
    session.execute(text(query))
    session.refresh(habit)
    assert columns_of(habit) == Kept(5, 9, TODAY)
    assert habits.rebuild_streaks(session) == 1
    assert columns_of(habit) == Kept(0, 0, None)


def test_rebuilding_for_an_unknown_user_is_not_found(session: Session, habit: Habit) -> None:
    with pytest.raises(NotFound):
        habits.rebuild_streaks(session, habit.user_id + 1)


def test_rebuilding_without_any_habits_corrects_none(session: Session) -> None:
    assert habits.rebuild_streaks(session) == 0
    assert habits.rebuild_streaks(session, new_user(session).id) == 0


# On SQLite the rebuilding transaction keeps all other writers out.
@pytest.mark.parametrize("backend", ["postgresql"])
def test_rebuilding_is_not_disturbed_by_a_habit_made_meanwhile(database: Database) -> None:
    with database.session() as session:
        ada, bob = new_user(session, "ada@example.com"), new_user(session, "bob@example.com")
        write_past_the_services(session, ada)
        new_habit(session, bob)

    made: list[Habit] = []

    def meanwhile(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if made or not statement.endswith("FOR NO KEY UPDATE"):
            return
        with database.session() as another:
            made.append(new_habit(another, ada))
            habits.check_in(another, ada.id, made[0].id, now=NOW)

    event.listen(database.engine, "after_cursor_execute", meanwhile)
    try:
        with database.session() as session:
            assert habits.rebuild_streaks(session) > 0
    finally:
        event.remove(database.engine, "after_cursor_execute", meanwhile)
    with database.session() as session:
        assert made
        assert columns_of(habits.get(session, ada.id, made[0].id)) == Kept(1, 1, TODAY + DAY)
        assert habits.rebuild_streaks(session) == 0


# --- Two at once -----------------------------------------------------------------------------


@pytest.fixture
def shared(database: Database) -> Habit:
    """A committed habit that wants eight of something every day."""
    with database.session() as session:
        return new_habit(session, new_user(session), Rules("daily", 8, 1, START))


def state(database: Database, habit: Habit) -> tuple[list[Row], Kept]:
    with database.session() as session:
        assert habits.rebuild_streaks(session) == 0
        return stored_days(session, habit), stored_columns(session, habit.user_id, habit.id)


def test_a_check_in_waits_for_the_one_before_and_sees_it(database: Database, shared: Habit) -> None:
    def check_in() -> CheckInResult:
        with database.session() as session:
            return habits.check_in(session, shared.user_id, shared.id, amount=8, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with database.session() as first:
            habits.check_in(first, shared.user_id, shared.id, amount=8, now=NOW)
            second = pool.submit(check_in)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.2)
        result = second.result(timeout=30)
    assert (result.created, result.streak) == (False, 1)
    assert state(database, shared) == ([Row(TODAY, "done", 8, None)], Kept(1, 1, TODAY + DAY))


def test_the_same_check_in_from_many_at_once_is_one_row_created_once(
    database: Database, shared: Habit
) -> None:
    def check_in(_: int) -> CheckInResult:
        with database.session() as session:
            return habits.check_in(session, shared.user_id, shared.id, amount=8, now=NOW)

    results = together(6, check_in)
    assert [result.created for result in results].count(True) == 1
    assert {result.streak for result in results} == {1}
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
