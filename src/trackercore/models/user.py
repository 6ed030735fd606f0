"""Users: the owners of everything else, and the settings of their days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import (
    CheckConstraint,
    Connection,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship, validates
from sqlalchemy.orm.attributes import get_history

from trackercore.backends import backend_of
from trackercore.models.base import Base, TableArgs, created_at, extra, extra_check, updated_at
from trackercore.table_prefix import prefixed
from trackercore.types import RowId, SecretString, normal_email

if TYPE_CHECKING:
    from trackercore.models.category import Category
    from trackercore.models.habit import Habit
    from trackercore.models.study_session import StudySession
    from trackercore.models.tag import Tag
    from trackercore.models.task import Task
    from trackercore.models.topic import Topic

_rows_of_user = partial(
    relationship, back_populates="user", cascade="all, delete-orphan", passive_deletes=True
)


class User(Base):
    """Somebody with an email address, a time zone, and settings for days and weeks.

    `hashed_password` is opaque here and None for accounts that sign in elsewhere. `day_starts_at`
    is in minutes after midnight, `week_starts_on` an ISO weekday.
    """

    __tablename__: str = prefixed("users")
    __table_args__: TableArgs = (
        PrimaryKeyConstraint("id"),
        UniqueConstraint("email"),
        CheckConstraint("email = lower(email)", name="email_lower_case"),
        CheckConstraint("week_starts_on BETWEEN 1 AND 7", name="week_starts_on"),
        CheckConstraint("day_starts_at BETWEEN 0 AND 1439", name="day_starts_at"),
        extra_check(),
        {"sqlite_autoincrement": True},
    )
    __shown__: ClassVar[tuple[str, ...]] = ("email", "time_zone")

    id: Mapped[RowId]
    email: Mapped[str] = mapped_column(String(255), active_history=True)
    hashed_password: Mapped[str | None] = mapped_column(SecretString())
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    week_starts_on: Mapped[int] = mapped_column(default=1)
    day_starts_at: Mapped[int] = mapped_column(default=0)
    extra: Mapped[Mapping[str, object]] = extra()
    created_at: Mapped[datetime] = created_at()
    updated_at: Mapped[datetime] = updated_at()

    categories: Mapped[list[Category]] = _rows_of_user()
    tasks: Mapped[list[Task]] = _rows_of_user()
    habits: Mapped[list[Habit]] = _rows_of_user()
    topics: Mapped[list[Topic]] = _rows_of_user()
    sessions: Mapped[list[StudySession]] = _rows_of_user()
    tags: Mapped[list[Tag]] = _rows_of_user()

    @validates("email")
    def _lower_email(self, _key: str, email: str) -> str:
        return normal_email(email)


# Here rather than in the services, so that users whom a host stores by the ORM are among them.
@event.listens_for(User, "after_insert", propagate=True)
def _claim_first_email(_mapper: Mapper[User], connection: Connection, user: User) -> None:
    backend_of(connection).claim_email(connection, user.id, old=None, new=user.email)


@event.listens_for(User, "after_update", propagate=True)
def _claim_other_email(_mapper: Mapper[User], connection: Connection, user: User) -> None:
    if get_history(user, "email").added:
        backend_of(connection).claim_email(
            connection, user.id, old=_stored_email(user), new=user.email
        )


@event.listens_for(User, "before_delete", propagate=True)
def _load_email(_mapper: Mapper[User], _connection: Connection, user: User) -> None:
    _ = user.email


@event.listens_for(User, "after_delete", propagate=True)
def _free_email(_mapper: Mapper[User], connection: Connection, user: User) -> None:
    backend_of(connection).claim_email(connection, user.id, old=_stored_email(user), new=None)


def _stored_email(user: User) -> str:
    """The one that the row had when it was read: it may have been changed and deleted at once.

    It is not known of a user who takes the place of one who is deleted in the same flush.
    """
    history = get_history(user, "email")
    known = list[str](history.deleted or history.unchanged or history.added)
    return known[0]
