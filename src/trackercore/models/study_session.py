"""Study sessions: time spent on a topic on one local day."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from sqlalchemy import CheckConstraint, ColumnElement, Index, String, Text, UniqueConstraint, func
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trackercore.backends.owned_key import OwnedKey
from trackercore.domain.timed import whole_minutes
from trackercore.models.base import Base, Owned, TableArgs, extra_check, reference
from trackercore.models.tag_links import StudySessionTag, give_tags
from trackercore.table_prefix import prefixed
from trackercore.types import BIG_ID

if TYPE_CHECKING:
    from trackercore.models.topic import Topic
    from trackercore.models.user import User

_IX = f"ix_{prefixed('sessions')}"
_BY_DAY = ("study_date", "id", "topic_id", "duration_seconds", "part_of")


class StudySession(Owned, Base):
    """Study on a day, stored in whole seconds; `study_date` is fixed when written.

    `started_at` and `ended_at` are None if the session was logged by its length. A session that
    lasts past the end of a local day has a row for each day; `part_of` of the later rows is the id
    of the first, which has the external_id. The seconds of all rows add up to those of the session.

    A local day has at most 26 hours (clocks have been set back by two), so 93600 seconds. The only
    longer days were those that came twice, when a zone crossed the date line eastwards.
    """

    __tablename__: str = prefixed("sessions")
    __table_args__: TableArgs = (
        OwnedKey("user_id", "id"),
        reference("topic_id", "topics"),
        reference("part_of", "sessions"),
        UniqueConstraint("user_id", "external_id"),
        extra_check(),
        CheckConstraint(
            "(started_at IS NULL) = (ended_at IS NULL)"
            " AND (started_at IS NULL OR started_at < ended_at)",
            name="times",
        ),
        CheckConstraint(
            "part_of IS NULL OR (started_at IS NOT NULL AND external_id IS NULL AND part_of <> id)",
            name="part_of",
        ),
        CheckConstraint("duration_seconds BETWEEN 1 AND 93600", name="duration_seconds"),
        # Totals read by_day or by_topic, and nothing else of the table.
        Index(f"{_IX}_by_day", "user_id", *_BY_DAY),
        Index(f"{_IX}_by_time", "user_id", "started_at", "ended_at"),
        Index(f"{_IX}_by_part", "user_id", "part_of"),
        Index(f"{_IX}_by_topic", "user_id", "topic_id", "study_date", "duration_seconds"),
    )
    __shown__: ClassVar[tuple[str, ...]] = (
        "topic_id",
        "study_date",
        "duration_seconds",
        "started_at",
        "part_of",
    )

    topic_id: Mapped[int] = mapped_column(BIG_ID)
    study_date: Mapped[date]
    duration_seconds: Mapped[int]
    notes: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(String(255))
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    part_of: Mapped[int | None] = mapped_column(BIG_ID)

    if TYPE_CHECKING:  # set by give_tags
        tags: Mapped[tuple[str, ...]]

    user: Mapped["User"] = relationship(back_populates="sessions")
    topic: Mapped["Topic"] = relationship(
        back_populates="sessions",
        primaryjoin="and_(Topic.user_id == StudySession.user_id, "
        "Topic.id == foreign(StudySession.topic_id))",
    )

    def __repr_args__(self) -> Iterator[tuple[str, object]]:
        for name, value in super().__repr_args__():
            if name == "duration_seconds":
                yield "duration_minutes", self.duration_minutes
            else:
                yield name, value

    @hybrid_property
    def duration_minutes(self) -> int:
        """`duration_seconds` in minutes, rounded down. Add up seconds, not these."""
        return whole_minutes(self.duration_seconds)

    @duration_minutes.inplace.setter
    def _set_duration_minutes(self, minutes: int) -> None:
        seconds = cast("int | None", self.duration_seconds)  # None in a new row
        if seconds is None or minutes != whole_minutes(seconds):
            self.duration_seconds = minutes * 60

    @duration_minutes.inplace.update_expression
    @classmethod
    def _update_duration_minutes(cls, value: Any) -> Any:
        return [(cls.duration_seconds, value * 60)]

    @duration_minutes.inplace.expression
    @classmethod
    def _duration_minutes_in_sql(cls) -> ColumnElement[int]:
        return cls.duration_seconds // 60


_columns = StudySession.__table__.c
give_tags(StudySession, StudySessionTag.session_id, func.coalesce(_columns.part_of, _columns.id))
