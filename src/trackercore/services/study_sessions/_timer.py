"""The running timer: each user has at most one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from trackercore.domain.timed import SECOND, OnOverlap, is_forgotten, whole_second
from trackercore.errors import (
    Conflict,
    InvalidInput,
    NoRunningTimer,
    TimerAlreadyRunning,
    TimerTooShort,
)
from trackercore.models import StudySession, Timer, Topic, User
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_flag, as_instant, as_on_overlap, as_text
from trackercore.services.study_sessions._overlaps import Span, refuse_overlap
from trackercore.services.study_sessions._timed import Calendar, locked_calendar, store_parts
from trackercore.types import LAST_INSTANT


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
        Conflict: a timed session ends later than now.
        InvalidInput: the timer to stop was started more than 31 days ago, or later than now.
    """
    moment = whole_second(as_instant(now))
    text = None if notes is None else as_text(notes)
    stops, drops, overlaps = as_flag(switch), as_flag(discard), as_on_overlap(on_overlap)
    calendar = locked_calendar(session, user_id, moment)
    owned_rows.refer(session, Topic, user_id, [topic_id])
    timer = _running(session, user_id)
    if timer is not None and not stops:
        raise TimerAlreadyRunning(f"a timer has been running since {timer.started_at}")
    with session.begin_nested():  # the old one goes on if the new one is refused
        if timer is not None:
            _stop(session, timer, calendar, moment, discard=drops)
        if overlaps == "error":
            refuse_overlap(session, user_id, Span(moment, LAST_INSTANT - SECOND))
        timer = Timer(user_id=user_id, topic_id=topic_id, started_at=moment, notes=text)
        try:
            return owned_rows.add(session, timer, user_id, {"pk_timers": "a timer is running"})
        except Conflict as error:  # one that this transaction cannot see
            raise TimerAlreadyRunning(str(error)) from None


def stop(
    session: Session,
    user_id: int,
    *,
    at: datetime | None = None,
    discard: bool = False,
    now: datetime | None = None,
) -> list[StudySession]:
    """Stop the timer and store its session, cut into parts like any timed session.

    Args:
        at: when it should have been stopped, if it was forgotten; default now.

    Returns:
        The parts in order; none if the timer was dropped.

    Raises:
        NoRunningTimer: none is running.
        TimerTooShort: it has run for less than a second; it goes on.
        InvalidInput: `at` is in the future, before the start, or more than 31 days after it.
    """
    moment = whole_second(as_instant(now))
    end = moment if at is None else whole_second(as_instant(at))
    drop = as_flag(discard)
    calendar = locked_calendar(session, user_id, moment)
    timer = _require_running(session, user_id)
    if end > moment:
        raise InvalidInput(f"{end} is in the future: it is {moment}")
    return _stop(session, timer, calendar, end, discard=drop)


def cancel(session: Session, user_id: int) -> None:
    """Stop the timer and store nothing.

    Raises:
        NoRunningTimer: none is running.
    """
    owned_rows.get(session, User, user_id, lock="change")
    session.delete(_require_running(session, user_id))
    session.flush()


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
        raise NoRunningTimer("no timer is running")
    return timer


def _stop(
    session: Session, timer: Timer, calendar: Calendar, end: datetime, *, discard: bool
) -> list[StudySession]:
    if end < timer.started_at:
        raise InvalidInput(f"the timer was started later, at {timer.started_at}")
    if is_forgotten(timer.started_at, end):
        raise InvalidInput(
            f"the timer has been running since {timer.started_at}, for more than 31 days: stop it"
            " at an earlier time, with at=, or cancel it"
        )
    parts = calendar.parts(timer.started_at, end)
    if not parts and not discard:
        raise TimerTooShort(f"the timer was started at {timer.started_at}, less than a second ago")
    stored: list[StudySession] = []
    if parts:
        stored = store_parts(
            session, timer.user_id, parts, topic_id=timer.topic_id, notes=timer.notes
        )
    session.delete(timer)
    session.flush()
    return stored
