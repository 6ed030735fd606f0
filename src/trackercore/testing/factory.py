"""A factory of valid rows of every kind."""

from collections.abc import Collection, Container, Mapping, Set
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from secrets import token_hex

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from trackercore.domain.frequency import FREQUENCIES, Counts, Direction, Frequency
from trackercore.domain.recurrence import RepeatsFrom
from trackercore.domain.timed import OnOverlap
from trackercore.models import (
    Category,
    CheckIn,
    Habit,
    HabitPause,
    StudyGoal,
    StudySession,
    Tag,
    Task,
    Timer,
    Topic,
    User,
    UserPause,
)
from trackercore.schemas import (
    CategoryCreate,
    CheckInCreate,
    HabitCreate,
    HabitUpdate,
    ScheduleChange,
    StudyGoalCreate,
    StudySessionCreate,
    TagCreate,
    TaskCreate,
    TimedSessionCreate,
    TopicCreate,
    UserCreate,
)
from trackercore.services import categories, habits, study_sessions, tags, tasks, topics, users
from trackercore.testing.row_arguments import taking_rows
from trackercore.types import utc_now

_DAY = timedelta(days=1)
_WORKDAYS = frozenset({1, 2, 3, 4, 5})

# If two processes add the same email address to a database, one waits for the other.
_PROCESS = token_hex(3)
_numbers = count(1)


@taking_rows
class Factory:
    """Makes rows in a session, with a sensible value for every argument that is left out.

    Its methods take rows, where the services take ids. A row without an owner belongs to `owner`.
    Names and email addresses are unique. The services make the rows, so streaks are right, and the
    services' errors are raised here too.

        make = Factory(session)
        habit = make.habit(frequency="weekly", target=3)
        make.history(habit, days=60)

    Args:
        session: the rows are flushed and not committed.
        now: the current time, for today and for timers; by default the clock's at each call.
    """

    def __init__(self, session: Session, *, now: datetime | None = None) -> None:
        self._session = session
        self._now = now
        self._owner: User | None = None

    @property
    def owner(self) -> User:
        """The owner of rows that are made without one; this user is made when first needed."""
        if self._owner is None:
            self._owner = self.user()
        return self._owner

    def today(self, user: User | None = None) -> date:
        """The user's local day."""
        return users.today(self._session, self._id_of(user), now=self._now)

    def user(
        self,
        *,
        email: str | None = None,
        hashed_password: str | None = None,
        time_zone: str = "UTC",
        week_starts_on: int = 1,
        day_starts_at: int = 0,
        extra: Mapping[str, object] | None = None,
    ) -> User:
        """A user."""
        data = UserCreate(
            email=_name_or_unique(email, "user-{}@example.com"),
            hashed_password=hashed_password,
            time_zone=time_zone,
            week_starts_on=week_starts_on,
            day_starts_at=day_starts_at,
            extra=extra or {},
        )
        return users.create(self._session, data)

    def category(
        self,
        user: User | None = None,
        *,
        name: str | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> Category:
        """A category."""
        data = CategoryCreate(name=_name_or_unique(name, "Category {}"), extra=extra or {})
        return categories.create(self._session, self._id_of(user), data)

    def tag(
        self,
        user: User | None = None,
        *,
        name: str | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> Tag:
        """A tag. Tasks, habits and sessions take tags, their ids and names: `tags=[tag, "new"]`."""
        data = TagCreate(name=_name_or_unique(name, "Tag {}"), extra=extra or {})
        return tags.create(self._session, self._id_of(user), data)

    def task(
        self,
        user: User | None = None,
        *,
        title: str | None = None,
        description: str | None = None,
        category: Category | None = None,
        due_date: date | None = None,
        due_at: datetime | None = None,
        starts_on: date | None = None,
        priority: int | None = None,
        estimate_minutes: int | None = None,
        parent: Task | None = None,
        recurrence: str | None = None,
        repeats_from: RepeatsFrom | None = None,
        tags: Collection[int | str | Tag] = (),
        completed: bool = False,
        completed_at: datetime | None = None,
        extra: Mapping[str, object] | None = None,
        external_id: str | None = None,
        created_at: datetime | None = None,
    ) -> Task:
        """A task, by default open and without a due date; one that repeats is due today.

        It belongs to the owner of its parent or category.

        With `completed=True` alone, the time is unknown, as in `TaskCreate`: the task counts in no
        `tasks.completed_by_day` and the like. Give `completed_at` too, or call `tasks.complete`.
        """
        related = parent or category
        owner = self._id_of(user) if user or related is None else related.user_id
        if recurrence is not None and due_date is None and due_at is None:
            due_date = users.today(self._session, owner, now=self._now)
        data = TaskCreate(
            title=_name_or_unique(title, "Task {}"),
            description=description,
            category_id=None if category is None else category.id,
            due_date=due_date,
            due_at=due_at,
            starts_on=starts_on,
            priority=priority,
            estimate_minutes=estimate_minutes,
            parent_id=None if parent is None else parent.id,
            recurrence=recurrence,
            repeats_from=repeats_from,
            tags=_ids_or_names(tags),
            completed=completed,
            completed_at=completed_at,
            extra=extra or {},
            external_id=external_id,
            created_at=created_at,
        )
        return tasks.create(self._session, owner, data)

    def habit(
        self,
        user: User | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        category: Category | None = None,
        frequency: Frequency = "daily",
        target: Decimal | float = 1,
        every: int = 1,
        weekdays: Set[int] | None = None,
        week_starts_on: int | None = None,
        direction: Direction = "at_least",
        counts: Counts = "amount",
        day_minimum: Decimal | float | None = None,
        allowed_misses: int = 0,
        unit: str | None = None,
        starts_on: date | None = None,
        tags: Collection[int | str | Tag] = (),
        extra: Mapping[str, object] | None = None,
        external_id: str | None = None,
    ) -> Habit:
        """A habit, which belongs to its category's owner.

        With the frequency "weekdays", it is by default from Monday to Friday.
        """
        data = HabitCreate(
            name=_name_or_unique(name, "Habit {}"),
            description=description,
            category_id=None if category is None else category.id,
            frequency=frequency,
            target=target,
            every=every,
            weekdays=_weekdays(frequency, weekdays),
            week_starts_on=week_starts_on,
            direction=direction,
            counts=counts,
            day_minimum=day_minimum,
            allowed_misses=allowed_misses,
            unit=unit,
            starts_on=starts_on,
            tags=_ids_or_names(tags),
            extra=extra or {},
            external_id=external_id,
        )
        owner = self._id_of(user) if user or category is None else category.user_id
        return habits.create(self._session, owner, data, now=self._now)

    def schedule_change(
        self,
        habit: Habit,
        *,
        frequency: Frequency = "daily",
        target: Decimal | float = 1,
        every: int = 1,
        weekdays: Set[int] | None = None,
        week_starts_on: int | None = None,
        direction: Direction = "at_least",
        counts: Counts = "amount",
        day_minimum: Decimal | float | None = None,
        allowed_misses: int = 0,
        effective_from: date | None = None,
    ) -> Habit:
        """Another schedule from a day on, by default as in `habits.change_schedule`."""
        schedule = ScheduleChange(
            frequency=frequency,
            target=target,
            every=every,
            weekdays=_weekdays(frequency, weekdays),
            week_starts_on=week_starts_on,
            direction=direction,
            counts=counts,
            day_minimum=day_minimum,
            allowed_misses=allowed_misses,
        )
        key = (habit.user_id, habit.id)
        return habits.change_schedule(
            self._session, *key, schedule, effective_from=effective_from, now=self._now
        )

    def check_in(
        self,
        habit: Habit | None = None,
        *,
        on: date | None = None,
        amount: Decimal | float | None = None,
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

        A habit at most starts on the first of them, if it would start later.

        Args:
            habit: by default a new one.
            days: how many days.
            missed: the days without a check-in, or, at most, with an amount above the target: 0 is
                today, 1 is yesterday.
        """
        habit = habit or self.habit()
        today = users.today(self._session, habit.user_id, now=self._now)
        enough = habit.target if habit.counts == "amount" else habit.day_minimum or 1
        met, not_met = enough, None
        if habit.direction == "at_most":
            met, not_met = 0, max(habit.target + 1, enough)
            first = today - (days - 1) * _DAY
            if habit.starts_on > first:  # what is recorded before is not judged
                key = (habit.user_id, habit.id)
                habits.update(self._session, *key, HabitUpdate(starts_on=first), now=self._now)
        amounts = [(ago, not_met if ago in missed else met) for ago in reversed(range(days))]
        items = [
            CheckInCreate(on=today - ago * _DAY, amount=amount)
            for ago, amount in amounts
            if amount is not None
        ]
        habits.check_in_many(self._session, habit.user_id, habit.id, items, now=self._now)
        return habit

    def pause(
        self,
        habit: Habit | None = None,
        *,
        starts_on: date | None = None,
        ends_on: date | None = None,
        reason: str | None = None,
    ) -> HabitPause:
        """A pause, by default from today on without an end, joined with pauses that it touches."""
        key = self._key_of(habit)
        first = starts_on or users.today(self._session, key[0], now=self._now)
        habits.pause(
            self._session, *key, starts_on=first, ends_on=ends_on, reason=reason, now=self._now
        )
        before = [row for row in habits.pauses(self._session, *key) if row.starts_on <= first]
        return before[-1]

    def user_pause(
        self,
        user: User | None = None,
        *,
        starts_on: date | None = None,
        ends_on: date | None = None,
        reason: str | None = None,
    ) -> UserPause:
        """A pause of all habits of a user; otherwise as in `pause`."""
        owner = self._id_of(user)
        first = starts_on or users.today(self._session, owner, now=self._now)
        users.pause(
            self._session, owner, starts_on=first, ends_on=ends_on, reason=reason, now=self._now
        )
        before = [row for row in users.pauses(self._session, owner) if row.starts_on <= first]
        return before[-1]

    def topic(
        self,
        user: User | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        extra: Mapping[str, object] | None = None,
        external_id: str | None = None,
    ) -> Topic:
        """A topic."""
        data = TopicCreate(
            name=_name_or_unique(name, "Topic {}"),
            description=description,
            extra=extra or {},
            external_id=external_id,
        )
        return topics.create(self._session, self._id_of(user), data)

    def study_session(
        self,
        topic: Topic | None = None,
        *,
        duration_minutes: int = 30,
        study_date: date | None = None,
        notes: str | None = None,
        tags: Collection[int | str | Tag] = (),
        extra: Mapping[str, object] | None = None,
        external_id: str | None = None,
        created_at: datetime | None = None,
    ) -> StudySession:
        """A session logged by its length: half an hour, today."""
        topic = topic or self.topic()
        data = StudySessionCreate(
            topic_id=topic.id,
            duration_minutes=duration_minutes,
            study_date=study_date,
            notes=notes,
            tags=_ids_or_names(tags),
            extra=extra or {},
            external_id=external_id,
            created_at=created_at,
        )
        return study_sessions.create(self._session, topic.user_id, data, now=self._now)

    def timed_session(
        self,
        topic: Topic | None = None,
        *,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
        notes: str | None = None,
        tags: Collection[int | str | Tag] = (),
        extra: Mapping[str, object] | None = None,
        external_id: str | None = None,
        created_at: datetime | None = None,
        on_overlap: OnOverlap = "error",
    ) -> list[StudySession]:
        """A session with its start and end, in parts; half an hour if one of them is left out.

        Without both, it ends when the owner's first timed session or the timer starts, or now.
        """
        topic = topic or self.topic()
        length = timedelta(minutes=30)
        if ended_at is None:
            ended_at = (
                self._free_until(topic.user_id) if started_at is None else started_at + length
            )
        data = TimedSessionCreate(
            topic_id=topic.id,
            started_at=started_at or ended_at - length,
            ended_at=ended_at,
            notes=notes,
            tags=_ids_or_names(tags),
            extra=extra or {},
            external_id=external_id,
            created_at=created_at,
        )
        return study_sessions.create_timed(
            self._session, topic.user_id, data, on_overlap=on_overlap, now=self._now
        )

    def timer(
        self,
        topic: Topic | None = None,
        *,
        started_at: datetime | None = None,
        notes: str | None = None,
    ) -> Timer:
        """The running timer of the topic's owner, by default started now."""
        topic = topic or self.topic()
        start = started_at or self._now
        return study_sessions.start(self._session, topic.user_id, topic.id, notes=notes, now=start)

    def study_goal(
        self,
        user: User | None = None,
        *,
        minutes: int = 30,
        topic: Topic | None = None,
        weekday: int | None = None,
        effective_from: date | None = None,
    ) -> StudyGoal:
        """A goal, by default half an hour a day from today on, for all study or for the topic."""
        topic_id = None if topic is None else topic.id
        data = StudyGoalCreate(minutes=minutes, topic_id=topic_id, weekday=weekday)
        owner = self._id_of(user) if user or topic is None else topic.user_id
        return study_sessions.set_goal(
            self._session, owner, data, effective_from=effective_from, now=self._now
        )

    def _id_of(self, user: User | None) -> int:
        return self.owner.id if user is None else user.id

    def _key_of(self, habit: Habit | None) -> tuple[int, int]:
        habit = habit or self.habit()
        return habit.user_id, habit.id

    def _free_until(self, user_id: int) -> datetime:
        first = self._session.scalar(
            select(func.min(StudySession.started_at)).where(StudySession.user_id == user_id)
        )
        running = study_sessions.running(self._session, user_id)
        starts = [first, None if running is None else running.started_at, self._now or utc_now()]
        return min(start for start in starts if start is not None)


def _name_or_unique(name: str | None, pattern: str) -> str:
    """The name, or the pattern with a number that is unique, also among processes."""
    return pattern.format(f"{next(_numbers)}-{_PROCESS}") if name is None else name


def _ids_or_names(tags: Collection[int | str | Tag]) -> Collection[int | str]:
    if isinstance(tags, str):  # which the schema refuses
        return tags
    return [tag.id if isinstance(tag, Tag) else tag for tag in tags]


def _weekdays(frequency: Frequency, weekdays: Set[int] | None) -> Set[int] | None:
    """The weekdays, by default from Monday to Friday if the frequency needs some."""
    if FREQUENCIES[frequency].has_weekdays and weekdays is None:
        return _WORKDAYS
    return weekdays
