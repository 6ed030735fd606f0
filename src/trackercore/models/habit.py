"""Habits: things to do regularly."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, get_args

from sqlalchemy import (
    JSON,
    BindParameter,
    CheckConstraint,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Dialect,
    Index,
    String,
    Text,
    UniqueConstraint,
    case,
    event,
    literal,
    or_,
    type_coerce,
)
from sqlalchemy.ext.hybrid import hybrid_method
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship, validates
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.types import TypeDecorator, TypeEngine

from trackercore.backends import BACKENDS
from trackercore.backends.functions import Ordinal
from trackercore.backends.owned_key import OwnedKey
from trackercore.domain.amount import ONE
from trackercore.domain.frequency import (
    FREQUENCIES,
    MAX_ALLOWED_MISSES,
    MAX_EVERY,
    Counts,
    Direction,
    Frequency,
)
from trackercore.domain.streak import (
    MOST_DAYS_AHEAD,
    EarlierStreak,
    StreakState,
)
from trackercore.models.base import Base, Owned, TableArgs, extra_check, key_of, position, reference
from trackercore.models.habit_standing import HabitStanding
from trackercore.models.tag_links import HabitTag, give_tags
from trackercore.table_prefix import prefixed
from trackercore.types import (
    BIG_ID,
    TEXT_KEY,
    LocalDay,
    Thousandths,
    UtcDateTime,
    Weekdays,
    text_key,
)

if TYPE_CHECKING:
    from trackercore.models.category import Category
    from trackercore.models.user import User


def schedule_checks() -> tuple[CheckConstraint, ...]:
    """The CHECKs of a schedule, the newest or a past one."""
    with_weekdays = [name for name, rule in FREQUENCIES.items() if rule.has_weekdays]
    return (
        CheckConstraint(
            "target >= 0 AND (target >= 1 OR direction = 'at_most')"
            f" AND (counts = 'amount' OR target % {ONE} = 0)",
            name="target",
        ),
        CheckConstraint(f"direction IN ({_quoted(get_args(Direction))})", name="direction"),
        CheckConstraint(f"counts IN ({_quoted(get_args(Counts))})", name="counts"),
        CheckConstraint(
            "day_minimum IS NULL OR (day_minimum >= 1 AND counts = 'days')", name="day_minimum"
        ),
        CheckConstraint(
            f"allowed_misses BETWEEN 0 AND {MAX_ALLOWED_MISSES}", name="allowed_misses"
        ),
        CheckConstraint(f"frequency IN ({_quoted(FREQUENCIES)})", name="frequency"),
        CheckConstraint(
            f"(frequency IN ({_quoted(with_weekdays)})) = (weekdays IS NOT NULL)"
            " AND (weekdays IS NULL OR weekdays BETWEEN 1 AND 127)",
            name="weekdays",
        ),
        CheckConstraint(f"every BETWEEN 1 AND {MAX_EVERY}", name="every"),
        CheckConstraint("week_starts_on BETWEEN 1 AND 7", name="week_starts_on"),
    )


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


class EarlierStreaks(TypeDecorator[tuple[EarlierStreak, ...]]):
    """Earlier streaks, stored as a JSON array of arrays in which a day is its ordinal."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = JSON
    cache_ok: bool | None = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSON that SELECT DISTINCT can compare, which PostgreSQL's own json type cannot."""
        return BACKENDS[dialect.name].comparable_json()

    def process_bind_param(
        self, value: Iterable[EarlierStreak] | None, dialect: Dialect
    ) -> list[list[int | None]] | None:
        """Convert them to arrays; none are NULL."""
        arrays = [
            [
                each.through.toordinal(),
                each.streak,
                each.longest,
                _ordinal(each.alive_through),
                _ordinal(each.grows_from),
                each.misses,
            ]
            for each in value or ()
        ]
        return arrays or None

    def process_result_value(
        self, value: list[Any] | None, dialect: Dialect
    ) -> tuple[EarlierStreak, ...] | None:
        """Convert the arrays to earlier streaks."""
        if value is None:
            return None
        return tuple(
            EarlierStreak(
                date.fromordinal(through),
                streak,
                longest,
                alive and date.fromordinal(alive),
                grows and date.fromordinal(grows),
                misses,
            )
            for through, streak, longest, alive, grows, misses in value
        )


def _ordinal(day: date | None) -> int | None:
    return None if day is None else day.toordinal()


class Habit(Owned, Base):
    """A habit, its schedule, and the cache of its streaks.

    `frequency`, `target`, `every`, `weekdays`, `week_starts_on`, `direction`, `counts`,
    `day_minimum` and `allowed_misses` are the newest schedule, in force from `schedule_from` on,
    which may lie ahead; None if the schedule was never changed. `habits.schedules` lists those
    before it. `unit` says what amounts are measured in. `archived_on` is the last day that counts,
    None while the habit is not archived.

    `cached_streak` is the length of the last run in periods, `streak_alive_through` the last day on
    which that run still stands if nothing more is recorded (None without a limit, or without a
    run), and `cached_longest_streak` the best run. A streak at most grows without a write: then
    `streak_grows_from` is the first day that is not counted yet, and `streak_misses` the number of
    failed periods in a row before it. `earlier_streaks` says where the habit stands before recorded
    days that lie ahead of the user's today, as after a move west; mostly there are none. They are a
    cache of `domain.streak.cached_state`; every write refreshes it. What it comes to on the owner's
    today is `standing`, which the services that return habits attach.

    `starting_streak` is the number of periods in a row that had succeeded before
    `starting_streak_on`, the day on which the habit came from another system; otherwise both are
    None.
    """

    __tablename__: str = prefixed("habits")
    __table_args__: TableArgs = (
        OwnedKey("user_id", "id"),
        reference("category_id", "categories", ondelete=None),
        UniqueConstraint("user_id", "external_id"),
        extra_check(),
        *schedule_checks(),
        CheckConstraint(
            "streak >= 0 AND longest_streak >= streak AND streak_misses >= 0", name="streaks"
        ),
        # Not "starting_streak >= 1 AND ...": that is null with a day alone, and null passes.
        CheckConstraint(
            "(starting_streak IS NULL) = (starting_streak_on IS NULL)"
            " AND (starting_streak IS NULL OR starting_streak >= 1)",
            name="starting_streak",
        ),
        Index(None, "user_id", "category_id", "id"),
    )
    __shown__: ClassVar[tuple[str, ...]] = (
        "name",
        "frequency",
        "target",
        "unit",
        "archived_on",
    )
    __units__: ClassVar[Mapping[str, str]] = {"current_streak": "periods"}

    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(TEXT_KEY, default=key_of("name"))
    description: Mapped[str | None] = mapped_column(Text)
    description_key: Mapped[str | None] = mapped_column(TEXT_KEY, default=key_of("description"))
    category_id: Mapped[int | None] = mapped_column(BIG_ID)
    frequency: Mapped[Frequency] = mapped_column(String(50))
    target: Mapped[Decimal] = mapped_column(Thousandths(), default=Decimal(1))
    every: Mapped[int] = mapped_column(default=1)
    weekdays: Mapped[frozenset[int] | None] = mapped_column(Weekdays())
    week_starts_on: Mapped[int] = mapped_column(default=1)
    direction: Mapped[Direction] = mapped_column(String(10), default="at_least")
    counts: Mapped[Counts] = mapped_column(String(10), default="amount")
    day_minimum: Mapped[Decimal | None] = mapped_column(Thousandths())
    allowed_misses: Mapped[int] = mapped_column(default=0)
    unit: Mapped[str | None] = mapped_column(String(50))
    starts_on: Mapped[date]
    cached_streak: Mapped[int] = mapped_column("streak", default=0)
    cached_longest_streak: Mapped[int] = mapped_column("longest_streak", default=0)
    streak_alive_through: Mapped[date | None]
    streak_grows_from: Mapped[date | None]
    streak_misses: Mapped[int] = mapped_column(default=0)
    earlier_streaks: Mapped[tuple[EarlierStreak, ...] | None] = mapped_column(EarlierStreaks())
    external_id: Mapped[str | None] = mapped_column(String(255))
    starting_streak: Mapped[int | None]
    starting_streak_on: Mapped[date | None]
    schedule_from: Mapped[date | None]
    archived_on: Mapped[date | None]
    position: Mapped[int] = position()

    if TYPE_CHECKING:  # set by give_tags
        tags: Mapped[tuple[str, ...]]

    user: Mapped["User"] = relationship(back_populates="habits")
    category: Mapped["Category | None"] = relationship(
        back_populates="habits",
        primaryjoin="and_(Category.user_id == Habit.user_id, "
        "Category.id == foreign(Habit.category_id))",
    )

    @validates("name", "description")
    def _derive_key(self, name: str, text: str | None) -> str | None:
        setattr(self, f"{name}_key", None if text is None else text_key(text))
        return text

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        yield from super().__repr_args__()
        if (standing := self.standing) is not None:
            yield "current_streak", standing.current_streak
            yield "as_of", standing.as_of

    @property
    def standing(self) -> HabitStanding | None:
        """The streaks on the owner's today, as the service that was called last has seen them.

        It is None for a habit that no service returned, and once the columns of the cache are
        expired or refreshed: `habits.get` reads it.
        """
        return vars(self).get(_STANDING)

    @property
    def cached_state(self) -> StreakState:
        """The columns of the cache, as the rules take them."""
        return StreakState(
            self.cached_streak,
            self.cached_longest_streak,
            self.streak_alive_through,
            grows_from=self.streak_grows_from,
            misses=self.streak_misses,
            earlier=self.earlier_streaks or (),
        )

    @hybrid_method
    def current_streak(self, on: date | SQLCoreOperations[date]) -> int | None:
        """The current streak on the user's today or a later day, in periods, from the cache.

        It is None for a habit at most, whose streak grows without a write: `habits.streak` and
        `habits.find` with `order_by="-streak"` have it.

        In a query it is an expression of the habit's own columns, to select, filter and order by:
        `select(Habit).order_by(Habit.current_streak(today).desc())`. For a day in the past, ask
        `habits.streak`.

        Args:
            on: a local day of the user's, such as `users.today`; in a query an expression too, such
                as `bindparam("today")`, whose value is checked when the query is executed.

        Raises:
            TypeError: it is no date, or a datetime.
        """
        day = _date(on)
        if self.direction == "at_most" or self.streak_grows_from is not None:
            return None
        return self.cached_state.current(day)

    @current_streak.expression
    @classmethod
    def _current_streak_in_sql(
        cls, on: date | SQLCoreOperations[date]
    ) -> ColumnElement[int | None]:
        # The rule of StreakState.current.
        day = _day_in_sql(on)
        latest = case((cls.streak_alive_through < day, 0), else_=cls.cached_streak)
        ordinal = Ordinal(literal(day, Date()) if isinstance(day, date) else day)
        earlier = type_coerce(cls.earlier_streaks, JSON())

        def stored(number: int, field: str) -> ColumnElement[int]:
            position = EarlierStreak._fields.index(field)
            value: ColumnElement[int] = earlier[number, position].as_integer()
            return value

        on_earlier_days = (
            (
                ordinal <= stored(number, "through"),
                case(
                    (stored(number, "alive_through") < ordinal, 0), else_=stored(number, "streak")
                ),
            )
            for number in range(MOST_DAYS_AHEAD)
        )
        # Most habits have none; then nothing of JSON is evaluated.
        return case(
            (or_(cls.direction == "at_most", cls.streak_grows_from.is_not(None)), None),
            (cls.earlier_streaks.is_(None), latest),
            *on_earlier_days,
            else_=latest,
        )


give_tags(Habit, HabitTag.habit_id, Habit.__table__.c.id)


_STANDING = "_standing"
CACHE = (
    "cached_streak",
    "cached_longest_streak",
    "streak_alive_through",
    "streak_grows_from",
    "streak_misses",
    "earlier_streaks",
)
"""The attributes that keep the streaks: a cache."""


def attach_standing(habit: Habit, standing: HabitStanding) -> None:
    """Have `Habit.standing` say how the habit stands."""
    vars(habit)[_STANDING] = standing


@event.listens_for(Habit, "expire")
def _forget_when_expired(habit: Habit, names: Iterable[str] | None) -> None:
    _forget(habit, names)


@event.listens_for(Habit, "refresh")
def _forget_when_refreshed(habit: Habit, _context: object, names: Iterable[str] | None) -> None:
    _forget(habit, names)


def _forget(habit: Habit, names: Iterable[str] | None) -> None:
    # SQLAlchemy also calls it a refresh when a query meets a loaded row, and reads nothing of it.
    if names is None or not set(CACHE).isdisjoint(names):
        vars(habit).pop(_STANDING, None)


@event.listens_for(Habit, "before_insert")
def _grow_from_the_first_day(_mapper: Mapper[Habit], _connection: Connection, habit: Habit) -> None:
    """Nothing of a new habit is judged yet."""
    if habit.direction == "at_most" and habit.streak_grows_from is None:
        habit.streak_grows_from = habit.starts_on


def _day_in_sql(on: date | SQLCoreOperations[date]) -> date | SQLCoreOperations[date]:
    if isinstance(on, BindParameter):
        return type_coerce(on, LocalDay())
    kind = getattr(on, "type", None)
    if isinstance(on, SQLCoreOperations) and not isinstance(kind, DateTime | UtcDateTime):
        return on
    return _date(on)


def _date(on: object) -> date:
    # A datetime is a date to Python and to type checkers, and no day is equal to it.
    if type(on) is not date:
        raise TypeError(f"on must be a date, such as users.today(...), not {type(on).__name__}")
    return on
