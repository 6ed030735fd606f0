"""What all rows of a factory have in common: a session, a clock, an owner, new names."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from secrets import token_hex

from sqlalchemy.orm import Session

from trackercore.models import User
from trackercore.schemas import UserCreate
from trackercore.services import users

# Two processes that use one database must not wait for each other's email addresses.
_PROCESS = token_hex(3)
_numbers = count(1)


def name_or_new(name: str | None, pattern: str) -> str:
    """The name, or the pattern with a number that no other call gives, in any process."""
    return pattern.format(f"{next(_numbers)}-{_PROCESS}") if name is None else name


class OwnerRows:
    """Makes users."""

    def __init__(self, session: Session, *, now: datetime | None = None) -> None:
        self._session = session
        self._now = now
        self._owner: User | None = None

    @property
    def owner(self) -> User:
        """The user who owns what is made without an owner, made when first needed."""
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
    ) -> User:
        """A user."""
        data = UserCreate(
            email=name_or_new(email, "user-{}@example.com"),
            hashed_password=hashed_password,
            time_zone=time_zone,
            week_starts_on=week_starts_on,
            day_starts_at=day_starts_at,
        )
        return users.create(self._session, data)

    def _id_of(self, user: User | None) -> int:
        return self.owner.id if user is None else user.id
