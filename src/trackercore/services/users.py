"""Users, who own everything else: here, `user_id` is the id of the user."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, or_, select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from trackercore.backends import backend_of
from trackercore.domain.calendar import nonexistent_dates
from trackercore.domain.repeating import due_in_new_zone
from trackercore.errors import EmailTaken, TrackerError, UnknownTimeZone
from trackercore.models import Habit, Task, User, UserPause
from trackercore.schemas import ExtraFilter, UserCreate, UserOrder, UserUpdate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    ExtraEntries,
    as_day_or_none,
    as_extra_entries,
    as_input,
    as_instant,
    as_reason,
    as_stored_emails,
    as_text,
)
from trackercore.services._shared.clock import DaySettings, day_settings, user_today
from trackercore.services._shared.filters import has_entries
from trackercore.services._shared.locks import lock_habits
from trackercore.services._shared.orders import USERS
from trackercore.services._shared.pages import Page, count_rows, paginate
from trackercore.services._shared.pauses import (
    Change,
    change_pauses,
    new_pause,
    pauses_of,
    until,
    with_pause,
)
from trackercore.services._shared.snapshots import mark_changed
from trackercore.services.habits import rebuild_streaks
from trackercore.services.habits.standings import renew_standings
from trackercore.sessions.owner import check_has_no_owner
from trackercore.table_prefix import prefixed
from trackercore.types import utc_now

_tasks = owned_rows.table(Task)
_parents = _tasks.alias()
_HAS_REPEATING_PARENT = and_(
    _tasks.c.parent_id.is_not(None),
    exists().where(
        _parents.c.user_id == owned_rows.OWNER,
        _parents.c.id == _tasks.c.parent_id,
        _parents.c.recurrence.is_not(None),
    ),
)
# Those that repeat, and their subtasks, may be opened again, also if they are completed.
_TIMED_TASKS = (
    select(
        *(_tasks.c[name] for name in ("id", "due_at", "due_day")),
        *(_tasks.c[name] for name in ("occurrence_date", "recurrence_time", "time_of_day")),
        _HAS_REPEATING_PARENT.label("has_repeating_parent"),
    )
    .where(
        _tasks.c.user_id == owned_rows.OWNER,
        or_(
            _tasks.c.recurrence_time.is_not(None),
            and_(
                _tasks.c.due_at.is_not(None),
                or_(_tasks.c.completed.is_(False), _HAS_REPEATING_PARENT),
            ),
        ),
    )
    .with_for_update(key_share=True)  # one that is completed meanwhile keeps its due day
)
_TASK = sql_update(_tasks).where(
    _tasks.c.user_id == owned_rows.OWNER, _tasks.c.id == bindparam("task")
)

__all__ = [
    "count",
    "create",
    "delete",
    "find",
    "find_by_email",
    "get",
    "pause",
    "pauses",
    "resume",
    "today",
    "update",
]


def __dir__() -> list[str]:
    return __all__


def create(session: Session, data: UserCreate) -> User:
    """Store a new user.

    Raises:
        EmailTaken: the email address is taken, in any letter case.
        SessionHasOwner: the session has only the rows of one user.
    """
    data = as_input(data, UserCreate)
    check_has_no_owner(session)
    user = User(**data.model_dump())
    return owned_rows.add(session, user, 0, _email_conflict(data.email))


def get(session: Session, user_id: int) -> User:
    """The user of this id."""
    return owned_rows.get(session, User, user_id)


def find_by_email(session: Session, email: str) -> User | None:
    """The user with this address, in any letter case; None if there is none."""
    spellings = as_stored_emails(as_text(email, "email"))
    connection = owned_rows.connection(session)
    has_email = backend_of(connection).has_email(connection, User.id, User.email, spellings)
    query = select(User).where(has_email)
    return session.scalars(query.order_by(User.email != spellings[0]).limit(1)).first()


def find(
    session: Session,
    *,
    extra: ExtraFilter | None = None,
    order_by: UserOrder = "id",
    limit: int = 100,
    after: str | Page[User] | None = None,
) -> Page[User]:
    """All users."""
    order, entries = USERS(order_by), as_extra_entries(extra)
    scope = ("users", entries)
    query = _some(entries)
    return paginate(session, query, order, scope=scope, owner=None, limit=limit, after=after)


def count(session: Session, *, extra: ExtraFilter | None = None) -> int:
    """How many users `find` finds."""
    return count_rows(session, _some(as_extra_entries(extra)))


def _some(entries: ExtraEntries) -> Select[User]:
    return select(User).where(*has_entries(User.extra, entries))


def update(
    session: Session, user_id: int, data: UserUpdate, *, now: datetime | None = None
) -> User:
    """Change a user.

    In another time zone, a task that repeats at 9:00 is due at 9:00 there, and any other task at
    the same instant as before.

    Check-ins and sessions keep their days. A date that the new time zone never had, as Apia never
    had 2011-12-30, counts neither for nor against a streak. After a move west, a recorded day may
    lie ahead of the user's today: it counts from that day on.

    Raises:
        EmailTaken: the new email address is taken.
        UnknownTimeZone: `day_starts_at` changes, and this machine does not have the user's zone.
    """
    data = as_input(data, UserUpdate)
    moment = as_instant(now)
    changes = data.changes()
    if {"time_zone", "day_starts_at"} & changes.keys():
        lock_habits(session, user_id)
    user = owned_rows.get(session, User, user_id, lock="change")  # habits.create waits for it
    before = DaySettings(user.time_zone, user.day_starts_at)
    after = DaySettings(
        data.time_zone if "time_zone" in changes else user.time_zone,
        data.day_starts_at if "day_starts_at" in changes else user.day_starts_at,
    )
    rebuild = after != before and _changes_streaks(before, day_settings(user_id, after), moment)
    user = owned_rows.change(session, user, user_id, changes, _email_conflict(data.email))
    if after != before:
        _rewrite_due_days(session, user_id, before, after)
        mark_changed(session, Habit, user_id)
    if rebuild:
        rebuild_streaks(session, user_id, now=moment)
    elif after != before:
        renew_standings(session, user_id, moment)
    return user


def _rewrite_due_days(
    session: Session, user_id: int, before: DaySettings, after: DaySettings
) -> None:
    """Store again on which local day tasks are due; writers of timed ones change the user.

    One that repeats at a time of day is due at the same time of day as before, and so are the
    subtasks of one that repeats. Both are written also if nothing changes, so that a transaction
    with an older snapshot cannot move them on. Other tasks that are completed stay as they are.
    """
    connection = owned_rows.connection(session)
    now = utc_now()
    changes: list[dict[str, Any]] = []
    for row in connection.execute(_TIMED_TASKS, {"owner": user_id}).all():
        due_at, day, at = row.due_at, row.due_day, row.time_of_day
        keeps_time = row.recurrence_time is not None or row.has_repeating_parent
        if due_at is not None:
            if keeps_time:
                zones = (before.time_zone, after.time_zone)
                by_rule = (row.occurrence_date, row.recurrence_time or at)
                due_at, at = due_in_new_zone(due_at, *zones, *by_rule)
            day = after.day(due_at)
        if keeps_time or day != row.due_day:
            change = {"task": row.id, "due_at": due_at, "due_day": day, "updated_at": now}
            changes.append({**change, "time_of_day": at if row.has_repeating_parent else None})
    if changes:
        connection.execute(_TASK, [{"owner": user_id, **change} for change in changes])
    for change in changes:
        key = (user_id, change.pop("task"))
        owned_rows.sync(session, Task, key, **change)


def _changes_streaks(before: DaySettings, after: DaySettings, now: datetime) -> bool:
    """Whether the streaks on the habits' rows may be others by the new settings."""
    try:
        # If today moves back, recorded days may lie ahead: the rows say how habits stand before.
        if after.day(now) < before.day(now):
            return True
        return nonexistent_dates(*after) != nonexistent_dates(*before)
    except UnknownTimeZone:  # the old zone's days are not known here
        return True


def delete(session: Session, user_id: int) -> None:
    """Delete a user and all they own."""
    lock_habits(session, user_id)
    user = owned_rows.get(session, User, user_id, lock="delete")
    owned_rows.remove(session, user)


def today(session: Session, user_id: int, *, now: datetime | None = None) -> date:
    """The user's local day: their zone's date, moved back by `day_starts_at`."""
    return user_today(session, user_id, now)


def pause(
    session: Session,
    user_id: int,
    *,
    starts_on: date | None = None,
    ends_on: date | None = None,
    reason: str | None = None,
    now: datetime | None = None,
) -> User:
    """Pause all habits of the user, also those made meanwhile: see `habits.pause`.

    Args:
        starts_on: its first day, past or future; default the user's today.
        ends_on: its last day; default until `resume`.
        reason: any text.

    Raises:
        PauseEndsBeforeStart: the pause would end before it starts.
    """
    given = as_day_or_none(starts_on, "starts_on")
    last = as_day_or_none(ends_on, "ends_on")
    why = as_reason(reason)
    moment = as_instant(now)
    user, today = _locked_with_habits(session, user_id, moment)
    _change_pauses(session, user, with_pause(new_pause(given or today, last, why)), moment)
    return user


def resume(
    session: Session, user_id: int, *, on: date | None = None, now: datetime | None = None
) -> User:
    """End the pause of all habits that a day lies in: `on` counts again.

    The pauses of single habits go on. Without a pause of all, change nothing.
    """
    given = as_day_or_none(on, "on")
    moment = as_instant(now)
    user, today = _locked_with_habits(session, user_id, moment)
    _change_pauses(session, user, until(given or today), moment)
    return user


def pauses(session: Session, user_id: int) -> list[UserPause]:
    """The pauses of all habits of the user, past, present and future, in order."""
    user = owned_rows.get(session, User, user_id)
    return pauses_of(session, UserPause, user_id=user.id)


def _locked_with_habits(session: Session, user_id: int, now: datetime) -> tuple[User, date]:
    """The user, locked after their habits, and their today."""
    lock_habits(session, user_id)
    user = owned_rows.get(session, User, user_id, lock="change")  # habits.create waits for it
    return user, day_settings(user_id, user).day(now)


def _change_pauses(session: Session, user: User, change: Change, now: datetime) -> None:
    if change_pauses(session, UserPause, change, user_id=user.id):
        mark_changed(session, User, user.id)
        mark_changed(session, Habit, user.id)
        rebuild_streaks(session, user.id, now=now)


def _email_conflict(email: str) -> dict[str, TrackerError]:
    names = (f"uq_{User.__tablename__}_email", f"pk_{prefixed('user_emails')}")
    return dict.fromkeys(names, EmailTaken(email))
