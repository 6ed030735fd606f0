"""Strategies for study sessions and goals."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trackercore.domain.timed import LONGEST, SECOND
from trackercore.schemas import (
    StudyGoalCreate,
    StudySessionCreate,
    StudySessionUpdate,
    TimedSessionCreate,
)
from trackercore.testing.strategies._fields import (
    Fields,
    days,
    external_ids,
    extras,
    instants,
    optional,
    patches,
    tags,
    texts,
)

# Since then no time zone had a date twice, which would make parts that are too long.
_SINCE = datetime(1970, 1, 1, tzinfo=UTC) + LONGEST


def lengths() -> SearchStrategy[timedelta]:
    """Lengths of timed sessions: a second to 31 days, mostly some minutes or hours."""
    longest = (timedelta(minutes=3), timedelta(hours=4), LONGEST)
    return st.one_of([st.timedeltas(SECOND, length) for length in longest])


def study_session_creates(
    topic_ids: SearchStrategy[int],
    *,
    tag_ids: SearchStrategy[int] | None = None,
    today: date | None = None,
) -> SearchStrategy[StudySessionCreate]:
    """Sessions logged by their length.

    Args:
        topic_ids: a strategy.
        tag_ids: without it, tags are given by their names.
        today: the latest `study_date`; without it, that is left out.
    """
    on: SearchStrategy[date | None] = st.none()
    if today is not None:
        on = on | days(last=today)
    return st.builds(
        StudySessionCreate,
        topic_id=topic_ids,
        duration_minutes=st.integers(1, 1440),
        study_date=on,
        notes=st.none() | texts(),
        tags=tags(tag_ids),
        extra=extras(),
        external_id=st.none() | external_ids(),
        created_at=st.none() | instants(),
    )


def timed_session_creates(
    topic_ids: SearchStrategy[int],
    *,
    tag_ids: SearchStrategy[int] | None = None,
    before: datetime,
) -> SearchStrategy[TimedSessionCreate]:
    """Sessions with a start and an end since 1970, which may overlap.

    Args:
        topic_ids: a strategy.
        tag_ids: without it, tags are given by their names.
        before: the latest end, aware: the current time, or earlier.
    """
    return st.builds(
        _timed,
        lengths(),
        topic_id=topic_ids,
        ended_at=instants(_SINCE, before),
        notes=st.none() | texts(),
        tags=tags(tag_ids),
        extra=extras(),
        external_id=st.none() | external_ids(),
        created_at=st.none() | instants(),
    )


def study_session_updates(
    topic_ids: SearchStrategy[int],
    *,
    tag_ids: SearchStrategy[int] | None = None,
    today: date,
    before: datetime,
    timed: bool = False,
) -> SearchStrategy[StudySessionUpdate]:
    """Changes of a session; some of them give a start and an end to one logged by its length.

    Args:
        topic_ids: a strategy.
        tag_ids: without it, tags are given by their names.
        today: the latest `study_date`.
        before: the latest end, aware: the current time, or earlier.
        timed: whether the session has a start and an end.
    """
    fields: Fields = {
        "topic_id": topic_ids,
        "notes": st.none() | texts(),
        "tags": tags(tag_ids),
        "extra": extras(),
        "external_id": st.none() | external_ids(),
    }
    spans = timed_session_creates(topic_ids, before=before)
    with_times = st.builds(_at_times_of, spans, st.fixed_dictionaries({}, optional=fields))
    of_logged = {"duration_minutes": st.integers(1, 1440), "study_date": days(last=today)}
    return patches(StudySessionUpdate, fields if timed else {**fields, **of_logged}) | with_times


def study_goal_creates(
    topic_ids: SearchStrategy[int] | None = None,
) -> SearchStrategy[StudyGoalCreate]:
    """Goals for every day and for weekdays, for all study and, with `topic_ids`, for topics."""
    minutes = st.integers(0, 1440)
    topics = optional(topic_ids)
    every_day = st.builds(StudyGoalCreate, minutes=minutes, topic_id=topics)
    on_a_weekday = st.builds(
        StudyGoalCreate, minutes=minutes | st.none(), topic_id=topics, weekday=st.integers(1, 7)
    )
    return every_day | on_a_weekday


def _timed(length: timedelta, *, ended_at: datetime, **more: object) -> TimedSessionCreate:
    times = {"started_at": ended_at.astimezone(UTC) - length, "ended_at": ended_at}
    return TimedSessionCreate.model_validate(times | more)


def _at_times_of(span: TimedSessionCreate, others: dict[str, object]) -> StudySessionUpdate:
    times = {"started_at": span.started_at, "ended_at": span.ended_at}
    return StudySessionUpdate.model_validate(times | others)
