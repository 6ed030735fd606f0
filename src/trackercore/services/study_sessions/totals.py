"""Sums of study time: one statement per call, which reads only an index of the sessions."""

from collections import Counter
from datetime import date, datetime
from typing import Annotated

from annotated_types import Interval
from pydantic import Strict
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.calendar import Unit, bucket, buckets, possible_days, shift
from trackercore.domain.timed import whole_minutes
from trackercore.schemas import TagTotal, TagTotals, TopicTotal, Total
from trackercore.schemas.argument import Argument
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services._shared.arguments import as_day, as_flag, as_instant
from trackercore.services._shared.calendar_units import days_of
from trackercore.services._shared.clock import day_settings
from trackercore.services.study_sessions._total_queries import TotalsQuery

_rolling_days = Argument[int](Annotated[int, Strict(), Interval(ge=1, le=MAX_DAYS)])


def total(
    session: Session,
    user_id: int,
    start: date | None = None,
    end: date | None = None,
    *,
    topic_id: int | None = None,
    include_running: bool = False,
    now: datetime | None = None,
) -> Total:
    """Study time and number of sessions from `start` to `end`, by default of all time."""
    query = TotalsQuery(session, user_id, start, end, topic_id, include_running, now)
    rows = query.rows(None)
    (row,) = rows
    running = query.running_seconds(row)
    return _total(*query.range_of(rows, running), row.seconds + running.total(), row.sessions)


def rolling(
    session: Session,
    user_id: int,
    n_days: int,
    *,
    as_of: date | None = None,
    topic_id: int | None = None,
    include_running: bool = False,
    now: datetime | None = None,
) -> Total:
    """The total of the `n_days` days (1..3660) that end on `as_of`."""
    before = 1 - _rolling_days(n_days, "n_days")
    moment = as_instant(now)
    if as_of is None:
        # The statement that reads the sums also reads the settings by which it is the user's today.
        first, last = possible_days(moment)
    else:
        first = last = as_day(as_of, "as_of")
    query = TotalsQuery(
        session, user_id, shift(first, before), last, topic_id, include_running, moment
    )
    rows = query.rows("day", settings=True)
    end = as_of or day_settings(user_id, rows[0]).day(moment)
    start = shift(end, before)
    inside = [row for row in rows if row.sessions and start <= row.key <= end]
    running = query.running_seconds(rows[0])
    seconds = sum(row.seconds for row in inside)
    seconds += sum(running[day] for day in running if start <= day <= end)
    return _total(start, end, seconds, sum(row.sessions for row in inside))


def totals_by_day(
    session: Session,
    user_id: int,
    start: date | None = None,
    end: date | None = None,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    max_days: int = MAX_DAYS,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[Total]:
    """Totals of the days from `start` to `end`, in order."""
    running = (topic_id, include_running, now)
    query = TotalsQuery(session, user_id, start, end, *running, fill=fill, max_days=max_days)
    return _totals_by("day", query)


def totals_by_week(
    session: Session,
    user_id: int,
    start: date | None = None,
    end: date | None = None,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    max_days: int = MAX_DAYS,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[Total]:
    """Totals of weeks by the user's week start.

    The first and the last week may be longer than the range; only days inside it count.
    """
    running = (topic_id, include_running, now)
    query = TotalsQuery(session, user_id, start, end, *running, fill=fill, max_days=max_days)
    return _totals_by("week", query)


def totals_by_month(
    session: Session,
    user_id: int,
    start: date | None = None,
    end: date | None = None,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    max_days: int = MAX_DAYS,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[Total]:
    """Totals of calendar months, of which only the days inside the range count."""
    running = (topic_id, include_running, now)
    query = TotalsQuery(session, user_id, start, end, *running, fill=fill, max_days=max_days)
    return _totals_by("month", query)


def totals_by_year(
    session: Session,
    user_id: int,
    start: date | None = None,
    end: date | None = None,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    max_days: int = MAX_DAYS,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[Total]:
    """Totals of calendar years, of which only the days inside the range count."""
    running = (topic_id, include_running, now)
    query = TotalsQuery(session, user_id, start, end, *running, fill=fill, max_days=max_days)
    return _totals_by("year", query)


def totals_by_topic(
    session: Session,
    user_id: int,
    start: date | None = None,
    end: date | None = None,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    include_running: bool = False,
    now: datetime | None = None,
) -> list[TopicTotal]:
    """Totals of topics, the most studied first.

    Args:
        fill: also the topics without a session, but for archived ones.
    """
    all_topics = as_flag(fill, "fill")
    query = TotalsQuery(session, user_id, start, end, topic_id, include_running, now)
    rows = query.rows_by_topic()
    running = query.running_seconds(rows[0]).total()
    totals: list[TopicTotal] = []
    for row in rows:
        more = running if running and row.topic_id == row.timer_topic_id else 0
        is_filled = all_topics and row.archived_at is None
        # A user without topics has a row all the same.
        if row.topic_id is not None and (is_filled or row.sessions or more):
            seconds = row.seconds + more
            totals.append(
                TopicTotal(
                    topic_id=row.topic_id,
                    name=row.name,
                    minutes=whole_minutes(seconds),
                    seconds=seconds,
                    sessions=row.sessions,
                )
            )
    return Rows(sorted(totals, key=lambda total: (-total.seconds, total.topic_id)))


def totals_by_tag(
    session: Session,
    user_id: int,
    start: date | None = None,
    end: date | None = None,
    *,
    topic_id: int | None = None,
    fill: bool = False,
    include_running: bool = False,
    now: datetime | None = None,
) -> TagTotals:
    """Totals of tags, the most studied first; also the total of all sessions and of the untagged.

    Args:
        fill: also the tags without a session.
        include_running: the running timer has no tags.
    """
    all_tags = as_flag(fill, "fill")
    query = TotalsQuery(session, user_id, start, end, topic_id, include_running, now)
    rows = query.rows_by_tag(all_tags=all_tags)
    running = query.running_seconds(rows[0])
    days = query.range_of(rows, running)
    more = running.total()
    names: dict[int, str] = {}
    seconds, sessions = Counter[int | None](), Counter[int | None]()
    for row in rows:
        if row.tag_id is not None:
            names[row.tag_id] = row.tag_name
        seconds[row.tag_id] += row.tag_seconds or 0  # None in the one row without sessions
        sessions[row.tag_id] += row.tag_sessions or 0
    tags = [
        TagTotal(
            tag_id=tag,
            name=name,
            minutes=whole_minutes(seconds[tag]),
            seconds=seconds[tag],
            sessions=sessions[tag],
        )
        for tag, name in names.items()
    ]
    return TagTotals(
        tags=tuple(sorted(tags, key=lambda total: (-total.seconds, total.tag_id))),
        total=_total(*days, rows[0].seconds + more, rows[0].sessions),
        untagged=_total(*days, seconds[None] + more, sessions[None]),
    )


def topics_by(
    session: Session, user_id: int, start: date, end: date, unit: Unit, max_days: int
) -> tuple[list[date], dict[str, Counter[date]]]:
    """The first days of all units of a range, and each topic's seconds in them.

    The most studied topic comes first. Topics without a session are left out.
    """
    query = TotalsQuery(session, user_id, start, end, fill=True, max_days=max_days)
    rows = query.rows_by_topic(unit)
    week_starts_on = rows[0].week_starts_on
    seconds: dict[str, Counter[date]] = {}
    for row in rows:
        if row.sessions:
            first, _ = days_of(unit, row.key, week_starts_on)
            seconds.setdefault(row.name, Counter())[first] = row.seconds
    studied_most = sorted(seconds.items(), key=lambda item: (-item[1].total(), item[0]))
    firsts = [first for first, _ in buckets(unit, *query.days, week_starts_on)]
    return firsts, dict(studied_most)


def _totals_by(unit: Unit, query: TotalsQuery) -> list[Total]:
    rows = query.rows(unit)
    week_starts_on = rows[0].week_starts_on
    running = query.running_seconds(rows[0])
    sums: dict[date, tuple[date, int, int]] = {}
    if query.fill:
        for first, last in buckets(unit, *query.range_of(rows, running), week_starts_on):
            sums[first] = last, 0, 0
    for row in rows:
        if row.sessions:
            first, last = days_of(unit, row.key, week_starts_on)
            sums[first] = last, row.seconds, row.sessions
    for day, more in running.items():
        first, last = bucket(unit, day, week_starts_on)
        _, seconds, sessions = sums.get(first, (last, 0, 0))
        sums[first] = last, seconds + more, sessions
    return Rows(_total(first, *rest) for first, rest in sorted(sums.items()))


def _total(start: date, end: date, seconds: int, sessions: int) -> Total:
    return Total(
        start=start, end=end, minutes=whole_minutes(seconds), seconds=seconds, sessions=sessions
    )
