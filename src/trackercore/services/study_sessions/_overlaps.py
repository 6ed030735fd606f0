"""Timed sessions that overlap others.

The owner's row is locked before, so that of two sessions at once, the second sees the first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from trackercore.domain.timed import LONGEST_DAY
from trackercore.errors import Conflict
from trackercore.models import StudySession, Timer
from trackercore.services._shared.owned_rows import table
from trackercore.types import FIRST_INSTANT

_sessions, _timers = table(StudySession), table(Timer)


class Span(NamedTuple):
    """From one instant until just before another one."""

    started_at: datetime
    ended_at: datetime


def refuse_overlaps(
    session: Session, user_id: int, spans: Iterable[Span], *, replaced: Collection[int] = ()
) -> None:
    """Check that spans overlap neither each other nor the user's timed sessions and timer.

    Args:
        spans: in any order.
        replaced: ids of stored sessions that do not count.

    Raises:
        Conflict: two overlap; the message names the other one.
    """
    ordered = sorted(spans)
    if not ordered:
        return
    latest = ordered[0]
    for span in ordered[1:]:
        if span.started_at < latest.ended_at:
            raise Conflict(f"two of the sessions overlap: {_shown(*latest)} and {_shown(*span)}")
        latest = span
    connection = session.connection()
    first, last = ordered[0].started_at, latest.ended_at
    stored = connection.execute(
        select(
            func.coalesce(_sessions.c.part_of, _sessions.c.id).label("id"),
            _sessions.c.started_at,
            _sessions.c.ended_at,
        )
        .where(
            _sessions.c.user_id == user_id,
            _sessions.c.started_at >= max(first, FIRST_INSTANT + LONGEST_DAY) - LONGEST_DAY,
            _sessions.c.started_at < last,
            _sessions.c.ended_at > first,
            _sessions.c.id.not_in(replaced),
        )
        .order_by(_sessions.c.started_at)
    )
    other = _overlapped(ordered, stored)
    if other is not None:
        whole = select(func.min(_sessions.c.started_at), func.max(_sessions.c.ended_at)).where(
            _sessions.c.user_id == user_id,
            (_sessions.c.id == other) | (_sessions.c.part_of == other),
        )
        times = Span._make(connection.execute(whole).one())
        raise Conflict(f"overlaps study session {other}, {_shown(*times)}")
    since: datetime | None = connection.scalar(
        select(_timers.c.started_at).where(_timers.c.user_id == user_id)
    )
    if since is not None and since < last:
        raise Conflict(f"overlaps the timer that has been running since {_time(since)}")


def _overlapped(spans: list[Span], stored: Iterable[Row[*tuple[Any, ...]]]) -> int | None:
    """The id of a stored session that one of the spans overlaps, if there is any.

    Both are in the order of their starts; the spans do not overlap each other.
    """
    number = 0
    for row in stored:
        while number < len(spans) and spans[number].ended_at <= row.started_at:
            number += 1
        if number == len(spans):
            return None
        if spans[number].started_at < row.ended_at:
            return int(row.id)
    return None


def _shown(started_at: datetime, ended_at: datetime) -> str:
    return f"{_time(started_at)} to {_time(ended_at)}"


def _time(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")
