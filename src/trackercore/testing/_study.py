"""Topics, study sessions, the timer and goals."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from trackercore.models import StudyGoal, StudySession, Timer, Topic, User
from trackercore.schemas import StudyGoalCreate, StudySessionCreate, TimedSessionCreate, TopicCreate
from trackercore.services import study_sessions, topics
from trackercore.testing._owners import OwnerRows, name_or_unique
from trackercore.types import utc_now


class StudyRows(OwnerRows):
    """Makes topics and study."""

    def topic(
        self,
        user: User | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        external_id: str | None = None,
    ) -> Topic:
        """A topic."""
        data = TopicCreate(
            name=name_or_unique(name, "Topic {}"), description=description, external_id=external_id
        )
        return topics.create(self._session, self._id_of(user), data)

    def study_session(
        self,
        topic: Topic | None = None,
        *,
        duration_minutes: int = 30,
        study_date: date | None = None,
        notes: str | None = None,
        external_id: str | None = None,
    ) -> StudySession:
        """A session logged by its length: half an hour, today."""
        topic = topic or self.topic()
        data = StudySessionCreate(
            topic_id=topic.id,
            duration_minutes=duration_minutes,
            study_date=study_date,
            notes=notes,
            external_id=external_id,
        )
        return study_sessions.create(self._session, topic.user_id, data, now=self._now)

    def timed_session(
        self,
        topic: Topic | None = None,
        *,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
        notes: str | None = None,
        external_id: str | None = None,
        allow_overlap: bool = False,
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
            external_id=external_id,
        )
        return study_sessions.create_timed(
            self._session, topic.user_id, data, allow_overlap=allow_overlap, now=self._now
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

    def _free_until(self, user_id: int) -> datetime:
        first = self._session.scalar(
            select(func.min(StudySession.started_at)).where(StudySession.user_id == user_id)
        )
        running = study_sessions.running(self._session, user_id)
        starts = [first, None if running is None else running.started_at, self._now or utc_now()]
        return min(start for start in starts if start is not None)
