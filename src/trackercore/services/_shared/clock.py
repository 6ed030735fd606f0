"""The user's today."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from trackercore.domain.calendar import earliest_day, local_day, zone_of
from trackercore.errors import FutureDay, NotFound, UnknownTimeZone
from trackercore.models import User
from trackercore.services._shared.arguments import as_instant
from trackercore.services._shared.owned_rows import check_id, connection, entity, table

_users = table(User)
_SETTINGS = select(_users.c.time_zone, _users.c.day_starts_at, _users.c.week_starts_on).where(
    _users.c.id == bindparam("user_id")
)


class DaySettings(NamedTuple):
    """What makes an instant a user's local day: the first arguments of `domain.calendar` for it."""

    time_zone: str
    day_starts_at: int

    def day(self, instant: datetime) -> date:
        """The user's local day at an instant."""
        return local_day(instant, *self)

    def earliest_day(self, instant: datetime) -> date:
        """The earliest that their local day is from an instant on."""
        return earliest_day(instant, *self)


def day_settings(user_id: int, row: Any) -> DaySettings:
    """The settings in a row that has a user's `time_zone` and `day_starts_at`.

    Raises:
        UnknownTimeZone: this machine does not have the zone.
    """
    try:
        zone_of(row.time_zone)
    except UnknownTimeZone as error:
        raise UnknownTimeZone(row.time_zone, user_id) from error
    return DaySettings(row.time_zone, row.day_starts_at)


def user_today(session: Session, user_id: int, now: datetime | None) -> date:
    """The user's local day at `now`."""
    return user_calendar(session, user_id, now)[0]


def user_calendar(session: Session, user_id: int, now: datetime | None) -> tuple[date, int]:
    """The user's local day at `now`, and the ISO weekday on which their weeks start."""
    moment = as_instant(now)
    user = {"user_id": check_id(User, user_id)}
    settings = connection(session).execute(_SETTINGS, user).first()
    if settings is None:
        raise NotFound(entity(User), user_id)
    return day_settings(user_id, settings).day(moment), settings.week_starts_on


def not_in_future(day: date | None, today: date, field: str) -> date:
    """The day, by default today; `field` is what the argument or field is called.

    Raises:
        FutureDay: it has not begun yet.
    """
    if day is None:
        return today
    if day > today:
        raise FutureDay(day, today, field)
    return day
