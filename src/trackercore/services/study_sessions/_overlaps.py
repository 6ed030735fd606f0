"""Timed sessions that overlap others.

The owner's row is locked before, so that of two sessions at once, the second sees the first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from datetime import datetime
from heapq import merge
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from trackercore.domain.calendar import FIRST_INSTANT, LAST_INSTANT
from trackercore.domain.timed import LONGEST_DAY
from trackercore.errors import SessionsOverlap, TimerOverlaps
from trackercore.models import StudySession, Timer
from trackercore.services._shared.owned_rows import connection, open_connection, table
from trackercore.types import MAX_ID

T = TypeVar("T")

_sessions, _timers = table(StudySession), table(Timer)
_own = _sessions.c.user_id == bindparam("user_id")
_INSTANT = _sessions.c.started_at.type
_TIMER = select(_timers.c.started_at).where(_timers.c.user_id == bindparam("user_id"))
_STORED = (
    select(
        func.coalesce(_sessions.c.part_of, _sessions.c.id),
        _sessions.c.started_at,
        _sessions.c.ended_at,
    )
    .where(
        _own,
        _sessions.c.started_at >= bindparam("since", type_=_INSTANT),
        _sessions.c.started_at < bindparam("last", type_=_INSTANT),
        _sessions.c.ended_at > bindparam("first", type_=_INSTANT),
        _sessions.c.id.not_in(bindparam("replaced", expanding=True)),
    )
    .order_by(_sessions.c.started_at)
)
_NEWEST = select(_sessions.c.id).where(_own).order_by(_sessions.c.id.desc()).limit(1)
_WHOLE = select(
    func.max(_sessions.c.external_id),
    func.min(_sessions.c.started_at),
    func.max(_sessions.c.ended_at),
).where(
    _own,
    (_sessions.c.id == bindparam("whole")) | (_sessions.c.part_of == bindparam("whole")),
)


class Span(NamedTuple):
    """From one instant until just before another one."""

    started_at: datetime
    ended_at: datetime


class TakenTime:
    """The time that a user's timed sessions and timer take, and spans that are added to it."""

    def __init__(
        self,
        session: Session,
        user_id: int,
        spans: Collection[Span],
        *,
        replaced: Collection[int] = (),
        newest: int = MAX_ID,
    ) -> None:
        """Read what is stored around some spans.

        Args:
            session: the caller's.
            user_id: the owner.
            spans: those to be looked at or added; in any order, at least one.
            replaced: ids of stored sessions that do not count.
            newest: sessions with a higher id were stored by the same call.
        """
        self._session = session
        self._newest = newest
        self._user_id = user_id
        self._stored = _Spans[int | None]()  # ids of sessions; None for the timer
        self._added = _Spans[SessionsOverlap]()
        first = min(span.started_at for span in spans)
        last = max(span.ended_at for span in spans)
        since = open_connection(session).scalar(_TIMER, {"user_id": user_id})
        timer = [] if since is None else [(None, since, LAST_INSTANT)]
        values = {
            "user_id": user_id,
            "since": max(first, FIRST_INSTANT + LONGEST_DAY) - LONGEST_DAY,
            "first": first,
            "last": last,
            "replaced": list(replaced),
        }
        rows: Iterator[Any] = iter(open_connection(session).execute(_STORED, values))
        end = FIRST_INSTANT
        for of, started_at, ended_at in merge(rows, timer, key=itemgetter(1)):
            # Stored sessions may overlap each other: of each, what those before it leave.
            if ended_at > end:
                self._stored.add(Span(max(started_at, end), ended_at), of)
                end = ended_at

    def overlapped(self, span: Span) -> SessionsOverlap | TimerOverlaps | None:
        """The error about what a span overlaps; None if its time is free."""
        if (stored := self._stored.overlapped(span)) is not None:
            return self._overlap(*stored)
        added = self._added.overlapped(span)
        return None if added is None else added[0]

    def add(self, span: Span, external_id: str | None, item: int) -> None:
        """Take the time of a span that is free, for the item at a position."""
        self._added.add(span, SessionsOverlap(None, external_id, *span, other_item=item))

    def _overlap(self, study_session: int | None) -> SessionsOverlap | TimerOverlaps:
        values = {"user_id": self._user_id, "whole": study_session}
        if study_session is None:
            since = open_connection(self._session).execute(_TIMER, values).scalar_one()
            return TimerOverlaps(since)
        row = open_connection(self._session).execute(_WHOLE, values).one()
        return SessionsOverlap(None if study_session > self._newest else study_session, *row)


def newest_id(session: Session, user_id: int) -> int:
    """The highest id of the user's sessions; 0 if there are none."""
    newest: int | None = connection(session).scalar(_NEWEST, {"user_id": user_id})
    return newest or 0


class _Spans(Generic[T]):
    """Spans that do not overlap each other, and what they belong to."""

    def __init__(self) -> None:
        self._starts: list[datetime] = []
        self._ends: list[tuple[datetime, T]] = []

    def overlapped(self, span: Span) -> tuple[T] | None:
        """What the last one that a span overlaps belongs to; None if it overlaps none."""
        number = bisect_left(self._starts, span.ended_at) - 1
        if number < 0 or self._ends[number][0] <= span.started_at:
            return None
        return (self._ends[number][1],)

    def add(self, span: Span, of: T) -> None:
        number = bisect_left(self._starts, span.started_at)
        self._starts.insert(number, span.started_at)
        self._ends.insert(number, (span.ended_at, of))


def refuse_overlap(
    session: Session, user_id: int, span: Span, *, replaced: Collection[int] = ()
) -> None:
    """Check that a span does not overlap the user's timed sessions and timer.

    Args:
        session: the caller's.
        user_id: the owner.
        span: of a session that is to be stored.
        replaced: ids of stored sessions that do not count.

    Raises:
        SessionsOverlap: it overlaps a session.
        TimerOverlaps: it overlaps the timer.
    """
    error = TakenTime(session, user_id, [span], replaced=replaced).overlapped(span)
    if error is not None:
        raise error
