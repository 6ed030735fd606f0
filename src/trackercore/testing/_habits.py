"""Habits, check-ins, pauses."""

from __future__ import annotations

from collections.abc import Container, Set
from datetime import date, timedelta

from trackercore.domain.frequency import FREQUENCIES, Frequency
from trackercore.models import CheckIn, Habit, HabitPause, User
from trackercore.schemas import CheckInCreate, HabitCreate, ScheduleChange
from trackercore.services import habits, users
from trackercore.testing._owners import OwnerRows, name_or_unique

_WORKDAYS = frozenset({1, 2, 3, 4, 5})
_DAY = timedelta(days=1)


class HabitRows(OwnerRows):
    """Makes habits, check-ins and pauses."""

    def habit(
        self,
        user: User | None = None,
        *,
        name: str | None = None,
        frequency: Frequency = "daily",
        target: int = 1,
        every: int = 1,
        weekdays: Set[int] | None = None,
        starts_on: date | None = None,
        week_starts_on: int | None = None,
        external_id: str | None = None,
    ) -> Habit:
        """A habit; with the frequency "weekdays", by default from Monday to Friday."""
        schedule = _schedule(frequency, target, every, weekdays)
        data = HabitCreate(
            name=name_or_unique(name, "Habit {}"),
            **schedule.model_dump(),
            starts_on=starts_on,
            week_starts_on=week_starts_on,
            external_id=external_id,
        )
        return habits.create(self._session, self._id_of(user), data, now=self._now)

    def schedule_change(
        self,
        habit: Habit,
        *,
        frequency: Frequency = "daily",
        target: int = 1,
        every: int = 1,
        weekdays: Set[int] | None = None,
        effective_from: date | None = None,
    ) -> Habit:
        """Another schedule from a day on, by default as in `habits.change_schedule`."""
        schedule = _schedule(frequency, target, every, weekdays)
        key = (habit.user_id, habit.id)
        return habits.change_schedule(
            self._session, *key, schedule, effective_from=effective_from, now=self._now
        )

    def check_in(
        self,
        habit: Habit | None = None,
        *,
        on: date | None = None,
        amount: int | None = None,
        note: str | None = None,
    ) -> CheckIn:
        """A check-in, by default of today."""
        key = self._key_of(habit)
        result = habits.check_in(
            self._session, *key, on=on, amount=amount, note=note, now=self._now
        )
        return self._session.get_one(CheckIn, (*key, result.check_in.day))

    def skip(
        self, habit: Habit | None = None, *, on: date | None = None, note: str | None = None
    ) -> CheckIn:
        """A skipped day, by default today."""
        key = self._key_of(habit)
        result = habits.skip(self._session, *key, on=on, note=note, now=self._now)
        return self._session.get_one(CheckIn, (*key, result.check_in.day))

    def history(
        self, habit: Habit | None = None, *, days: int = 30, missed: Container[int] = ()
    ) -> Habit:
        """A habit whose target was met on each of the last days, today included.

        Args:
            habit: by default a new one.
            days: how many days.
            missed: the days without a check-in: 0 is today, 1 is yesterday.
        """
        habit = habit or self.habit()
        today = users.today(self._session, habit.user_id, now=self._now)
        items = [
            CheckInCreate(on=today - ago * _DAY, amount=habit.target)
            for ago in reversed(range(days))
            if ago not in missed
        ]
        habits.check_in_many(self._session, habit.user_id, habit.id, items, now=self._now)
        return habit

    def pause(
        self,
        habit: Habit | None = None,
        *,
        starts_on: date | None = None,
        ends_on: date | None = None,
    ) -> HabitPause:
        """A pause, by default from today on without an end, joined with pauses that it touches."""
        habit = habit or self.habit()
        key = (habit.user_id, habit.id)
        first = starts_on or users.today(self._session, habit.user_id, now=self._now)
        habits.pause(self._session, *key, starts_on=first, ends_on=ends_on, now=self._now)
        before = [row for row in habits.pauses(self._session, *key) if row.starts_on <= first]
        return before[-1]

    def _key_of(self, habit: Habit | None) -> tuple[int, int]:
        habit = habit or self.habit()
        return habit.user_id, habit.id


def _schedule(
    frequency: Frequency, target: int, every: int, weekdays: Set[int] | None
) -> ScheduleChange:
    """A schedule, by default of all weekdays from Monday to Friday if its frequency needs some."""
    if FREQUENCIES[frequency].has_weekdays and weekdays is None:
        weekdays = _WORKDAYS
    return ScheduleChange(frequency=frequency, target=target, every=every, weekdays=weekdays)
