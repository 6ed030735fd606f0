"""After any calls, a habit's columns and all that services return are what the rules say."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import (
    UTC,
    date,
    datetime,
    timedelta,
)
from decimal import Decimal
from functools import lru_cache
from typing import Concatenate, ParamSpec, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.domain.histories import (
    changes,
    rules_of_first,
)
from tests.services.habits.support import (
    COLUMNS,
    DAY,
    Row,
    as_wanted,
    columns_of,
    expected_columns,
    new_habit,
    shown,
    stored_columns,
)
from tests.services.study_sessions.day_by_day import walked
from tests.support import oracle
from tests.support.machines import CallsOfServices, run
from tests.support.oracle import (
    Amount,
    Change,
    Kept,
    Rules,
    Standing,
    Wanted,
)
from trackercore import (
    CheckIn,
    CheckInCreate,
    CheckInManyResult,
    CheckInResult,
    Database,
    DayAlreadyDone,
    FutureDay,
    Habit,
    HabitArchived,
    HabitRead,
    HabitStanding,
    HabitUpdate,
    ScheduleChange,
    Streak,
    TrackerError,
    UndoResult,
    UserCreate,
    UserUpdate,
    habits,
    overview,
    users,
)
from trackercore.domain.calendar import local_day
from trackercore.domain.recorded_days import EntryStatus

P = ParamSpec("P")
T = TypeVar("T")

NOW = datetime(2012, 1, 10, 12, tzinfo=UTC)
TODAY = NOW.date()  # soon after the date that Apia never had
WINDOW = [TODAY + offset * DAY for offset in range(-90, 260)]
"""Every day that may be paused; a pause that reaches the last of them has no end."""


@dataclass
class Known:
    """A habit of the test's, and what should be stored of it."""

    owner: int
    habit: int
    time_zone: str
    day_starts_at: int
    rules: Rules
    history: dict[date, Amount | None] = field(default_factory=dict[date, Amount | None])
    notes: dict[date, str | None] = field(default_factory=dict[date, str | None])
    paused: frozenset[date] = frozenset()
    paused_with_all: frozenset[date] = frozenset()

    def today(self, now: datetime) -> date:
        return local_day(now, self.time_zone, self.day_starts_at)

    def row(self, day: date) -> Row:
        amount = self.history[day]
        status = "skipped" if amount is None else "done"
        return Row(day, status, amount or 0, self.notes[day])

    def is_archived_before(self, day: date) -> bool:
        return self.rules.archived_on is not None and day > self.rules.archived_on

    def refusal(self, day: date, now: datetime) -> type[TrackerError] | None:
        """The error with which a check-in of a day has to end."""
        if day > self.today(now) and day not in self.history:
            return FutureDay
        return HabitArchived if self.is_archived_before(day) else None

    def pause_on(
        self, days: AbstractSet[date] | None = None, with_all: AbstractSet[date] | None = None
    ) -> None:
        """Pause these days and no others: those of the habit, or of all habits."""
        if days is not None:
            self.paused = frozenset(days)
        if with_all is not None:
            self.paused_with_all = frozenset(with_all)
        self.rules = replace(self.rules, pauses=ranges_of(self.paused | self.paused_with_all))

    def begin_on(self, day: date) -> None:
        """The first day is this one; the first schedule counts from it, if it did from the old."""
        rules = self.rules
        is_first = not rules.changes or day < rules.changes[0].effective_from
        anchored_on = rules.anchored_on or rules.starts_on
        if is_first and counts_from(rules, rules.starts_on):
            anchored_on = day
        self.rules = replace(rules, starts_on=day, anchored_on=anchored_on)

    def change(self, new: Change) -> None:
        """From the change's day on its schedule is in force, and before it what was."""
        rules, day = self.rules, new.effective_from
        if oracle.first_day(rules, self.history) >= day:
            goes_on = rules.schedule_on(day).kind == new.kind
            anchor = rules.anchor_on(day) if goes_on else day
            fields = new._asdict()
            del fields["effective_from"]
            self.rules = replace(rules, **fields, anchored_on=anchor, changes=())
            return
        earlier = tuple(change for change in rules.changes if change.effective_from < day)
        self.rules = replace(rules, changes=earlier)
        if not is_same(self.rules.schedule_on(day), new):
            self.rules = replace(self.rules, changes=(*earlier, new))


def nonexistent_dates_of(time_zone: str, day_starts_at: int) -> frozenset[date]:
    """Apia skipped a day, of which those whose day starts later than midnight had some hours."""
    skipped = time_zone == "Pacific/Apia" and day_starts_at == 0
    return frozenset({date(2011, 12, 30)}) if skipped else frozenset()


def counts_from(rules: Rules, day: date) -> bool:
    """Whether the blocks of the first schedule are those that are counted from a day."""
    first = replace(rules, changes=())
    other = replace(first, anchored_on=day)
    days = [day + number * DAY for number in range(8)]
    return all(
        oracle.natural_period(first, day) == oracle.natural_period(other, day) for day in days
    )


def is_same(one: Change, two: Change) -> bool:
    """Whether two schedules ask for the same, wherever their blocks begin."""
    alike = two._replace(effective_from=one.effective_from, week_starts_on=one.week_starts_on)
    return one.kind == two.kind and one == alike


def ranges_of(days: AbstractSet[date]) -> tuple[tuple[date, date | None], ...]:
    """The first and the last day of each row of days; none for one that reaches the last."""
    ranges: list[tuple[date, date | None]] = []
    for day in sorted(days):
        if ranges and ranges[-1][1] == day - DAY:
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    if ranges and ranges[-1][1] == WINDOW[-1]:
        ranges[-1] = (ranges[-1][0], None)
    return tuple(ranges)


def row_from(on: date, days: AbstractSet[date]) -> set[date]:
    """The day and those that follow it, as far as all of them are among the days."""
    row = set[date]()
    while on in days:
        row.add(on)
        on += DAY
    return row


@lru_cache  # most steps change neither
def expected_of(rules: Rules, days: frozenset[tuple[date, Amount | None]]) -> Kept:
    return expected_columns(rules, dict(days))


which = st.sampled_from([0, 0, 0, 0, 1, 2])  # mostly one habit; the other two seldom change
back = st.integers(0, 6) | st.integers(0, 40)
back_or_ahead = back | st.integers(-3, -1)
"""Back from today to a day, which may lie ahead of it if it is recorded, as after a move west."""
# None for as much as the target
amounts = st.none() | st.integers(1, 9) | st.sampled_from([0, Decimal("0.5"), Decimal("1.001")])
seldom = st.sampled_from([False, False, True])
all_notes = st.sampled_from([None, "wet", "windy"])

people = st.tuples(
    st.sampled_from(["UTC", "Pacific/Apia", "Pacific/Auckland", "America/Los_Angeles"]),
    st.sampled_from([0, 0, 180, 1439]),
)


@st.composite
def habits_begun_here(draw: st.DrawFn) -> Rules:
    starts_on = TODAY + draw(st.integers(-30, 5)) * DAY
    return rules_of_first(draw(changes(starts_on, draw(st.sampled_from([1, 1, 2, 3, 5, 9])))))


begun_here = habits_begun_here()
taken_over = st.builds(
    replace,
    begun_here,
    starting_streak=st.integers(1, 9),
    starting_streak_on=(st.integers(1, 6) | st.integers(1, 30)).map(lambda ago: TODAY - ago * DAY),
)

FULL, SKIPPED = -2, -1
# From today back, and dense, so that there is something to break: None for nothing recorded.
histories = st.lists(st.sampled_from([None, FULL, FULL, SKIPPED, 0, 1]), min_size=14, max_size=30)
no_history = st.builds(list[int | None])
habits_begun = st.tuples(begun_here, histories) | st.tuples(taken_over, no_history | histories)


class AnyCalls(CallsOfServices):
    """Two users with three habits between them, and time going on."""

    def __init__(self, database: Database, compared_every: int = 1) -> None:
        super().__init__(database, compared_every)
        self.now = NOW
        self.known: list[Known] = []
        self.rows: list[Habit] = []
        self.days: list[tuple[Known, CheckIn]] = []

    @initialize(first=people, second=people, begun=st.tuples(*[habits_begun] * 3))
    def begin(
        self,
        first: tuple[str, int],
        second: tuple[str, int],
        begun: tuple[tuple[Rules, list[int | None]], ...],
    ) -> None:
        owners = [
            self.call(
                users.create,
                self.session,
                UserCreate(email=f"{start}@{number}.org", time_zone=zone, day_starts_at=start),
            )
            for number, (zone, start) in enumerate([first, second])
        ]
        for owner, (rules, codes) in zip([owners[0], owners[0], owners[1]], begun, strict=True):
            habit = new_habit(self.session, owner, rules)
            zone = (owner.time_zone, owner.day_starts_at)
            judged_by = replace(rules, nonexistent=nonexistent_dates_of(*zone))
            known = Known(owner.id, habit.id, *zone, judged_by)
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
        self.call(habits.rebuild_streaks, self.session, now=self.now)

    @rule(which=which, back=back_or_ahead, amount=amounts, add=st.booleans(), note=all_notes)
    def check_in(
        self, which: int, back: int, amount: Amount | None, add: bool, note: str | None
    ) -> None:
        known = self.known[which]
        self._check_in(known, known.today(self.now) - back * DAY, amount, add=add, note=note)

    @rule(which=which, back=back_or_ahead, less=st.none() | st.integers(1, 9))
    def take_away(self, which: int, back: int, less: int | None) -> None:
        """An amount, or all of it."""
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        done = known.history.get(day) or 0
        amount = less or done
        if known.refusal(day, self.now) or amount == 0:
            return
        if amount > done:
            with pytest.raises(ValidationError, match="for arguments\namount\n"):
                self._of(known, habits.check_in, on=day, amount=-amount, add=True, now=self.now)
            return
        result = self._of(known, habits.check_in, on=day, amount=-amount, add=True, now=self.now)
        assert (result.created, result.removed) == (False, amount == done)
        assert result.check_in.amount == done - amount
        known.history[day] = done - amount
        if result.removed:
            del known.history[day], known.notes[day]
        self._check_result(known, result)

    @rule(which=which, back=back, length=st.integers(2, 8))
    def check_in_on_a_row_of_days(self, which: int, back: int, length: int) -> None:
        known = self.known[which]
        first = known.today(self.now) - (back + length) * DAY
        for number in range(length):
            self._check_in(known, first + number * DAY, None)

    @rule(which=which, back=back_or_ahead, note=all_notes)
    def skip(self, which: int, back: int, note: str | None) -> None:
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        if refusal := known.refusal(day, self.now):
            with pytest.raises(refusal):
                self._of(known, habits.skip, on=day, now=self.now)
            return
        if known.history.get(day) is not None:
            with pytest.raises(DayAlreadyDone):
                self._of(known, habits.skip, on=day, now=self.now)
            return
        result = self._of(known, habits.skip, on=day, note=note, now=self.now)
        self._recorded(known, day, None, note, result)

    @rule(which=which, back=back_or_ahead)
    def undo(self, which: int, back: int) -> None:
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        self._undo(known, day)

    @rule(which=which, back=back, amount=amounts, skip=st.booleans())
    def record_an_empty_day_and_undo_it(
        self, which: int, back: int, amount: Amount | None, skip: bool
    ) -> None:
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        if day in known.history or known.is_archived_before(day):
            return
        before = stored_columns(self.session, known.owner, known.habit)
        if skip:
            self._of(known, habits.skip, on=day, now=self.now)
            known.history[day] = known.notes[day] = None
        else:
            self._check_in(known, day, amount)
        self._undo(known, day)
        assert stored_columns(self.session, known.owner, known.habit) == before

    @rule(which=which, offset=st.integers(-30, 5))
    def correct_the_first_day(self, which: int, offset: int) -> None:
        known = self.known[which]
        day = TODAY + offset * DAY
        known.begin_on(day)
        self._of(known, habits.update, HabitUpdate(starts_on=day), now=self.now)
        self._stands(known.habit)

    @rule(which=which, back=back, how=st.sampled_from(["check_in", "skip", "undo"]))
    def roll_back_to_a_savepoint(self, which: int, back: int, how: str) -> None:
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        if known.is_archived_before(day) or (how == "skip" and known.history.get(day) is not None):
            return
        savepoint = self.session.begin_nested()
        if how == "check_in":
            self._of(known, habits.check_in, on=day, now=self.now)
        elif how == "skip":
            self._of(known, habits.skip, on=day, now=self.now)
        else:
            self._of(known, habits.undo_check_in, on=day, now=self.now)
        savepoint.rollback()

    @rule(which=which, data=st.data(), offset=st.integers(-40, 20))
    def change_schedule(self, which: int, data: st.DataObject, offset: int) -> None:
        known = self.known[which]
        day = known.today(self.now) + offset * DAY
        target = data.draw(st.sampled_from([known.rules.target, 1, 2]))
        change = data.draw(changes(day, target))
        if data.draw(st.integers(0, 3)) == 0:
            change = known.rules.schedule_on(day)._replace(effective_from=day)
        fields = change._asdict()
        del fields["effective_from"]
        wanted = ScheduleChange(**fields)
        if known.is_archived_before(day):
            with pytest.raises(HabitArchived):
                self._of(known, habits.change_schedule, wanted, effective_from=day, now=self.now)
            return
        for _ in range(2):  # the second call changes nothing
            self._of(known, habits.change_schedule, wanted, effective_from=day, now=self.now)
            known.change(change)
        first, *later = self._of(known, habits.schedules)
        assert [read.effective_from for read in later] == [
            change.effective_from for change in known.rules.changes
        ]
        assert (first.effective_from, first.frequency) == (None, known.rules.frequency)

    @rule(which=which, offset=st.integers(-40, 20), length=st.none() | st.integers(0, 20))
    def pause(self, which: int, offset: int, length: int | None) -> None:
        known = self.known[which]
        start = known.today(self.now) + offset * DAY
        end = None if length is None else start + length * DAY
        if known.is_archived_before(start):
            with pytest.raises(HabitArchived):
                self._of(known, habits.pause, starts_on=start, ends_on=end, now=self.now)
            return
        self._of(known, habits.pause, starts_on=start, ends_on=end, now=self.now)
        known.pause_on(known.paused | {day for day in WINDOW if start <= day <= (end or day)})
        self._pauses_are_stored(known)

    @rule(which=which, offset=st.integers(-40, 20))
    def resume(self, which: int, offset: int) -> None:
        known = self.known[which]
        on = known.today(self.now) + offset * DAY
        self._of(known, habits.resume, on=on, now=self.now)
        known.pause_on(known.paused - row_from(on, known.paused))
        self._pauses_are_stored(known)

    @rule(which=which, offset=st.integers(-40, 20), length=st.none() | st.integers(0, 20))
    def pause_all(self, which: int, offset: int, length: int | None) -> None:
        start = self.known[which].today(self.now) + offset * DAY
        end = None if length is None else start + length * DAY
        owner = self.known[which].owner
        self.call(users.pause, self.session, owner, starts_on=start, ends_on=end, now=self.now)
        days = {day for day in WINDOW if start <= day <= (end or day)}
        self._all_pause_on(owner, self.known[which].paused_with_all | days)

    @rule(which=which, offset=st.integers(-40, 20))
    def resume_all(self, which: int, offset: int) -> None:
        on = self.known[which].today(self.now) + offset * DAY
        owner, paused = self.known[which].owner, self.known[which].paused_with_all
        self.call(users.resume, self.session, owner, on=on, now=self.now)
        self._all_pause_on(owner, paused - row_from(on, paused))

    def _all_pause_on(self, owner: int, days: AbstractSet[date]) -> None:
        for known in self.known:
            if known.owner == owner:
                known.pause_on(with_all=days)
        stored = self.call(users.pauses, self.session, owner)
        assert tuple((pause.starts_on, pause.ends_on) for pause in stored) == ranges_of(days)

    @rule(which=which, back=st.none() | st.integers(0, 20))
    def archive(self, which: int, back: int | None) -> None:
        known = self.known[which]
        on = None if back is None else known.today(self.now) - back * DAY
        self._of(known, habits.archive, on=on, now=self.now)
        if known.rules.archived_on is None or on is not None:
            on = on or known.today(self.now)
            known.rules = replace(known.rules, archived_on=on)

    @rule(which=which, back=st.integers(0, 10))
    def unarchive(self, which: int, back: int) -> None:
        known = self.known[which]
        day = known.today(self.now) - back * DAY
        archived_on = known.rules.archived_on
        before = oracle.standing(known.rules, known.history, known.today(self.now))
        self._of(known, habits.unarchive, on=day, now=self.now)
        if archived_on is None:
            return
        gap = {other for other in WINDOW if archived_on < other < day}
        cut = oracle.period_of(known.rules, archived_on)
        whole = oracle.period_of(replace(known.rules, archived_on=None), archived_on)
        if cut is not None and whole is not None and whole[0][-1] < day:
            outcome = oracle.outcome_of(known.rules, known.history, cut[0], date.min, partial=True)
            if outcome == "neutral":
                gap |= set(whole[0])
        known.rules = replace(known.rules, archived_on=None)
        known.pause_on(known.paused | {other for other in gap if other < day})
        if day == known.today(self.now):
            after = self._of(known, habits.streak, now=self.now)
            assert after.current >= before.current

    @rule(
        which=which,
        items=st.lists(
            st.tuples(back_or_ahead, st.sampled_from([False, False, True])), max_size=12
        ),
        amount=amounts,
    )
    def check_in_many(
        self, which: int, items: list[tuple[int, bool]], amount: Amount | None
    ) -> None:
        """Days to do, of which some are to be skipped, one after the other."""
        known = self.known[which]
        history, notes, refusal = {**known.history}, {**known.notes}, None
        wanted: list[CheckInCreate] = []
        created = changed = 0
        for number, (back, skipped) in enumerate(items):
            day = known.today(self.now) - back * DAY
            full = known.rules.target if amount is None else amount
            new = None if skipped else full + number % 2
            before = history.get(day)
            is_same_kind = day in history and (before is None) == skipped
            refusal = refusal or known.refusal(day, self.now)
            if skipped and before is not None:
                refusal = refusal or DayAlreadyDone
            status: EntryStatus = "skipped" if skipped else "done"
            wanted.append(CheckInCreate(on=day, status=status, amount=new))
            created += not is_same_kind
            changed += is_same_kind and before != new
            history[day] = new
            notes.setdefault(day, None)
        if refusal:
            with pytest.raises(refusal):
                self._of(known, habits.check_in_many, wanted, now=self.now)
            return
        result = self._of(known, habits.check_in_many, wanted, now=self.now)
        known.history, known.notes = history, notes
        assert (result.created, result.changed) == (created, changed)
        assert result.found == len(wanted) - created - changed
        self._check_result(known, result)

    @rule(which=which, zone=people)
    def move(self, which: int, zone: tuple[str, int]) -> None:
        owner = self.known[which].owner
        update = UserUpdate(time_zone=zone[0], day_starts_at=zone[1])
        self.call(users.update, self.session, owner, update, now=self.now)
        for known in self.known:
            if known.owner == owner:
                known.time_zone, known.day_starts_at = zone
                known.rules = replace(known.rules, nonexistent=nonexistent_dates_of(*zone))

    @rule(which=which, first=st.integers(-45, 20), length=st.integers(0, 50))
    def look_at_a_range(self, which: int, first: int, length: int) -> None:
        known = self.known[which]
        start, today = TODAY + first * DAY, known.today(self.now)
        end = start + length * DAY
        shown = self._of(known, habits.history, start, end, now=self.now)
        assert [(day.day, day.status, day.amount, day.target, day.met) for day in shown] == [
            (day, *oracle.calendar_day(known.rules, known.history, day, today))
            for day in oracle.days_between(start, end)
        ]
        successes, failures = oracle.completion(known.rules, known.history, start, end, today)
        judged = successes + failures
        rate = self._of(known, habits.completion_rate, start, end, now=self.now)
        assert rate == (successes / judged if judged else None)
        best = self._of(known, habits.best_streaks, limit=3, as_of=end, now=self.now)
        runs = oracle.best_runs(known.rules, known.history, end)
        assert [(run.length, run.start, run.end) for run in best] == runs[:3]
        all_habits = self.call(
            habits.done_by_day, self.session, known.owner, start, end, now=self.now
        )
        for day, mine in zip(all_habits, shown, strict=True):
            assert day.day == mine.day
            assert (known.habit in day.done_ids) == (mine.status == "done")
            assert (known.habit in day.due_ids) == (mine.status in ("done", "missed", "pending"))
        counts = self._of(known, habits.done_by_weekday, start, end, now=self.now)
        counted = oracle.by_weekday(known.rules, known.history, start, end, today)
        assert [(each.done, each.possible) for each in counts] == counted

    @rule(hours=st.integers(1, 60))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def commit_and_go_on_in_a_new_session(self) -> None:
        self.begin_a_new_session()
        self.rows = [self._of(known, habits.get) for known in self.known]
        self.days = []

    @rule()
    def load_the_check_ins(self) -> None:
        for known in self.known:
            rows = self._of(known, habits.check_ins)
            assert [shown(row) for row in rows] == [known.row(day) for day in sorted(known.history)]
            self.days += [(known, row) for row in rows]

    @rule(which=which, offset=st.integers(-45, 20))
    def look_from_any_day(self, which: int, offset: int) -> None:
        day = TODAY + offset * DAY
        known = self.known[which]
        streak = self._of(known, habits.streak, day, now=self.now)
        assert Standing(**streak.model_dump()) == oracle.standing(known.rules, known.history, day)
        for owner in {known.owner for known in self.known}:
            due = self.call(habits.due, self.session, owner, day, now=self.now)
            assert as_wanted(due) == self._wanted(owner, lambda _: day)
            any_streak = self.call(habits.any_streak, self.session, owner, day, now=self.now)
            assert any_streak == self._any_streak(owner, day)

    @rule()
    def look_from_today(self) -> None:
        for known in self.known:
            today = known.today(self.now)
            streak = self._of(known, habits.streak, now=self.now)
            expected = oracle.standing(known.rules, known.history, today)
            assert Standing(**streak.model_dump()) == expected
        for owner in {known.owner for known in self.known}:
            due = self.call(habits.due, self.session, owner, now=self.now)
            assert as_wanted(due) == self._wanted(owner, lambda known: known.today(self.now))
            by_streak = self.call(
                habits.find,
                self.session,
                owner,
                order_by="-streak",
                archived=None,
                now=self.now,
            )
            mine = [known for known in self.known if known.owner == owner]
            for habit in by_streak:
                self._stands(habit.id)
            assert [habit.id for habit in by_streak] == sorted(
                (known.habit for known in mine), key=lambda habit: (-self._current(habit), -habit)
            )
            for each in self.call(overview, self.session, owner, now=self.now).habits:
                (known,) = (known for known in self.known if known.habit == each.habit_id)
                seen = oracle.standing(known.rules, known.history, known.today(self.now))
                assert (each.current_streak, each.longest_streak) == (seen.current, seen.longest)

    @rule()
    def read_the_habits(self) -> None:
        for known in self.known:
            read = self._of(known, habits.get, now=self.now)
            self._stands(known.habit)
            assert HabitRead.model_validate(read).current_streak == self._current(known.habit)

    def _current(self, habit: int) -> int:
        """The current streak of a habit, as its owner's today sees it."""
        (known,) = (known for known in self.known if known.habit == habit)
        return oracle.standing(known.rules, known.history, known.today(self.now)).current

    def _stands(self, habit: int) -> None:
        """The loaded habit has the standing of its owner's today."""
        ((known, row),) = (
            (known, row)
            for known, row in zip(self.known, self.rows, strict=True)
            if known.habit == habit
        )
        today = known.today(self.now)
        seen = oracle.standing(known.rules, known.history, today)
        assert row.standing == HabitStanding(today, seen.current, seen.longest)

    @rule()
    def rebuild_with_nothing_to_correct(self) -> None:
        assert self.call(habits.rebuild_streaks, self.session, now=self.now).corrected == 0

    @rule(later=st.integers(0, 3) | st.integers(0, 60))
    def ask_the_columns_for_today_or_later(self, later: int) -> None:
        """In Python and in SQL, the columns tell what the whole history says."""
        for known, habit in zip(self.known, self.rows, strict=True):
            day = known.today(self.now) + later * DAY
            expected = None
            if habit.direction == "at_least" and habit.streak_grows_from is None:
                expected = oracle.standing(known.rules, known.history, day).current
            assert habit.current_streak(day) == expected
            query = select(Habit.current_streak(day))
            mine = query.where(Habit.user_id == known.owner, Habit.id == known.habit)
            assert self.session.scalar(mine) == expected

    def compare(self) -> None:
        """The columns are what the rules say, and loaded objects show what is stored."""
        query = select(Habit.id, *COLUMNS)
        columns = {row[0]: Kept(*row[1:]) for row in self.session.execute(query)}
        for known, habit in zip(self.known, self.rows, strict=True):
            expected = expected_of(known.rules, frozenset(known.history.items()))
            assert columns[known.habit] == expected
            assert columns_of(habit) == columns[known.habit]
        for known, row in self.days:
            if row in self.session:
                assert shown(row) == known.row(row.day)

    def _of(
        self,
        known: Known,
        service: Callable[Concatenate[Session, int, int, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Make a call of a service for one habit."""
        return self.call(service, self.session, known.owner, known.habit, *args, **kwargs)

    def _check_in(
        self,
        known: Known,
        day: date,
        amount: Amount | None,
        *,
        add: bool = False,
        note: str | None = None,
    ) -> None:
        amount = known.rules.target if amount is None else amount
        add = add and amount != 0
        if refusal := known.refusal(day, self.now):
            with pytest.raises(refusal):
                self._of(known, habits.check_in, on=day, now=self.now)
            return
        result = self._of(
            known,
            habits.check_in,
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
        self,
        known: Known,
        day: date,
        amount: Amount | None,
        note: str | None,
        result: CheckInResult,
    ) -> None:
        created = day not in known.history or (known.history[day] is None) != (amount is None)
        known.history[day] = amount
        known.notes[day] = known.notes.get(day) if note is None else note
        stored = result.check_in
        assert Row(stored.day, stored.status, stored.amount, stored.note) == known.row(day)
        assert result.created == created
        self._check_result(known, result)

    def _undo(self, known: Known, day: date) -> None:
        result = self._of(known, habits.undo_check_in, on=day, now=self.now)
        assert result.removed == (day in known.history)
        known.history.pop(day, None)
        known.notes.pop(day, None)
        self._check_result(known, result)

    def _pauses_are_stored(self, known: Known) -> None:
        stored = self._of(known, habits.pauses)
        expected = ranges_of(known.paused)
        assert tuple((pause.starts_on, pause.ends_on) for pause in stored) == expected

    def _check_result(
        self, known: Known, result: CheckInResult | CheckInManyResult | UndoResult
    ) -> None:
        seen = oracle.standing(known.rules, known.history, known.today(self.now))
        assert (result.current_streak, result.longest_streak) == (seen.current, seen.longest)
        self._stands(known.habit)

    def _any_streak(self, owner: int, as_of: date) -> Streak:
        """The streak of days on which any habit was done, found by walking through the days."""
        mine = [known for known in self.known if known.owner == owner]
        done = {
            day: 1
            for known in mine
            for day, amount in known.history.items()
            if amount and known.rules.schedule_on(day).direction == "at_least"
        }
        neutral = mine[0].paused_with_all | mine[0].rules.nonexistent
        return walked(lambda _: 1, done, neutral, as_of, (WINDOW[0], WINDOW[-1]))

    def _wanted(self, owner: int, day: Callable[[Known], date]) -> dict[int, Wanted]:
        judged = {
            known.habit: oracle.wanted(known.rules, known.history, day(known))
            for known in self.known
            if known.owner == owner
        }
        return {habit: wanted for habit, wanted in judged.items() if wanted is not None}


@pytest.mark.slow
@pytest.mark.hypothesis  # for the nightly session; a state machine has no @given
def test_after_any_calls_the_columns_are_what_the_rules_say(database: Database) -> None:
    options = settings(max_examples=settings().max_examples // 10, stateful_step_count=40)
    run(lambda: AnyCalls(database), options)
