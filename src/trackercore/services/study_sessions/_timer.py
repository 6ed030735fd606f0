"""The running timer: each user has at most one."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from trackercore.domain.calendar import LAST_INSTANT
from trackercore.domain.timed import SECOND, OnOverlap, is_forgotten, whole_second
from trackercore.errors import (
    BeforeTimerStart,
    FutureInstant,
    NoRunningTimer,
    TimerAlreadyRunning,
    TimerForgotten,
    TimerTooShort,
)
from trackercore.models import StudySession, Timer, Topic, User
from trackercore.schemas.argument import Argument
from trackercore.schemas.fields import Tags
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_flag, as_instant, as_on_overlap, as_text
from trackercore.services._shared.tags import IdsOrNames
from trackercore.services.study_sessions._overlaps import Span, refuse_overlap
from trackercore.services.study_sessions._timed import Calendar, locked_calendar, store_parts

_tags = Argument[tuple[int | str, ...]](Tags)


def start(
    session: Session,
    user_id: int,
    topic_id: int,
    *,
    notes: str | None = None,
    switch: bool = False,
    discard: bool = False,
    on_overlap: OnOverlap = "error",
    now: datetime | None = None,
) -> Timer:
    """Start the timer.

    Args:
        topic_id: what is studied.
        notes: the notes of the session that it will become.
        switch: stop a running timer at the same instant, and store its session.

    Raises:
        TimerAlreadyRunning: one is running, and `switch` is not given.
        TimerTooShort: the timer to stop has run for less than a second; it goes on.
        SessionsOverlap: a timed session ends later than now.
        TimerForgotten: the timer to stop was started more than 31 days ago.
        BeforeTimerStart: it was started later than now.
    """
    moment = whole_second(as_instant(now))
    text = None if notes is None else as_text(notes, "notes")
    stops, drops = as_flag(switch, "switch"), as_flag(discard, "discard")
    overlaps = as_on_overlap(on_overlap)
    calendar = locked_calendar(session, user_id, moment)
    owned_rows.refer(session, Topic, user_id, [topic_id])
    timer = _running(session, user_id)
    if timer is not None and not stops:
        raise TimerAlreadyRunning(timer.started_at)
    with session.begin_nested():  # the old one goes on if the new one is refused
        if timer is not None:
            _stop(session, timer, calendar, moment, discard=drops)
        if overlaps == "error":
            refuse_overlap(session, user_id, Span(moment, LAST_INSTANT - SECOND))
        timer = Timer(user_id=user_id, topic_id=topic_id, started_at=moment, notes=text)
        # There may be one that this transaction cannot see.
        return owned_rows.add(
            session, timer, user_id, {f"pk_{Timer.__tablename__}": TimerAlreadyRunning(None)}
        )


def stop(
    session: Session,
    user_id: int,
    *,
    at: datetime | None = None,
    tags: Collection[int | str] = (),
    discard: bool = False,
    now: datetime | None = None,
) -> list[StudySession]:
    """Stop the timer and store its session, cut into parts like any timed session.

    Args:
        at: when it should have been stopped, if it was forgotten; default now.
        tags: the tags of the session, given as in `StudySessionCreate`.

    Returns:
        The parts in order; none if the timer was dropped.

    Raises:
        NoRunningTimer: none is running.
        TimerTooShort: it has run for less than a second; it goes on.
        FutureInstant: `at` is in the future.
        BeforeTimerStart: `at` is before the start.
        TimerForgotten: `at` is more than 31 days after the start.
    """
    moment = whole_second(as_instant(now))
    end = moment if at is None else whole_second(as_instant(at, "at"))
    given, drop = _tags(tags, "tags"), as_flag(discard, "discard")
    calendar = locked_calendar(session, user_id, moment)
    timer = _require_running(session, user_id)
    if end > moment:
        raise FutureInstant(end, moment)
    return _stop(session, timer, calendar, end, tags=given, discard=drop)


def cancel(session: Session, user_id: int) -> None:
    """Stop the timer and store nothing.

    Raises:
        NoRunningTimer: none is running.
    """
    owned_rows.get(session, User, user_id, lock="change")
    owned_rows.remove(session, _require_running(session, user_id))


def running(session: Session, user_id: int) -> Timer | None:
    """The running timer; None if there is none."""
    timer = _running(session, user_id)
    if timer is None:
        owned_rows.get(session, User, user_id)
    return timer


def _running(session: Session, user_id: int) -> Timer | None:
    session.flush()
    return session.get(Timer, owned_rows.check_id(User, user_id), populate_existing=True)


def _require_running(session: Session, user_id: int) -> Timer:
    timer = _running(session, user_id)
    if timer is None:
        raise NoRunningTimer
    return timer


def _stop(
    session: Session,
    timer: Timer,
    calendar: Calendar,
    end: datetime,
    *,
    tags: IdsOrNames = (),
    discard: bool,
) -> list[StudySession]:
    if end < timer.started_at:
        raise BeforeTimerStart(end, timer.started_at)
    if is_forgotten(timer.started_at, end):
        raise TimerForgotten(timer.started_at)
    parts = calendar.parts(timer.started_at, end)
    if not parts and not discard:
        raise TimerTooShort(timer.started_at)
    stored: list[StudySession] = []
    if parts:
        stored = store_parts(
            session, timer.user_id, parts, topic_id=timer.topic_id, notes=timer.notes, tags=tags
        )
    owned_rows.remove(session, timer)
    return stored
