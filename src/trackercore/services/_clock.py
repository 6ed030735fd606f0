"""The user's today: the one place where the clock is read."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from trackercore.domain.calendar import local_day
from trackercore.errors import FutureDay, NotFound
from trackercore.models import User
from trackercore.schemas._fields import Day, Instant
from trackercore.services._rows import check_id, connection, entity, table
from trackercore.types import to_utc, utc_now

_instant = TypeAdapter[datetime](Instant)
_day = TypeAdapter[date](Day)

_users = table(User)
_SETTINGS = select(_users.c.time_zone, _users.c.day_starts_at).where(
    _users.c.id == bindparam("user_id")
)


def instant(now: datetime | None) -> datetime:
    """`now` in UTC, by default the clock's.

    Raises:
        pydantic.ValidationError: naive, or not a datetime.
    """
    return utc_now() if now is None else to_utc(_instant.validate_python(now))


def user_today(session: Session, user_id: int, now: datetime | None) -> date:
    """The user's local day at `now`.

    Raises:
        NotFound: there is no such user.
    """
    moment = instant(now)
    user = {"user_id": check_id(User, user_id)}
    settings = connection(session).execute(_SETTINGS, user).first()
    if settings is None:
        raise NotFound(entity(User), user_id)
    return local_day(moment, settings.time_zone, settings.day_starts_at)


def checked_day(day: date) -> date:
    """The day, if it is one.

    Raises:
        pydantic.ValidationError: a datetime, a number or no date at all.
    """
    return _day.validate_python(day)


def not_in_future(day: date | None, today: date) -> date:
    """The day, by default today.

    Raises:
        FutureDay: it has not begun yet.
    """
    if day is None:
        return today
    if day > today:
        raise FutureDay(f"{day} is in the future: the user's today is {today}")
    return day
