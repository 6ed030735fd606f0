"""What all rows of a factory share: the session, the clock, the owner, unique names."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from secrets import token_hex

from sqlalchemy.orm import Session

from trackercore.models import User
from trackercore.schemas import UserCreate
from trackercore.services import users

# If two processes add the same email address to a database, one waits for the other.
_PROCESS = token_hex(3)
_numbers = count(1)


def name_or_unique(name: str | None, pattern: str) -> str:
    """The name, or the pattern with a number that is unique, also among processes."""
    return pattern.format(f"{next(_numbers)}-{_PROCESS}") if name is None else name


class OwnerRows:
    """Makes users."""

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
    ) -> User:
        """A user."""
        data = UserCreate(
            email=name_or_unique(email, "user-{}@example.com"),
            hashed_password=hashed_password,
            time_zone=time_zone,
            week_starts_on=week_starts_on,
            day_starts_at=day_starts_at,
        )
        return users.create(self._session, data)

    def _id_of(self, user: User | None) -> int:
        return self.owner.id if user is None else user.id
