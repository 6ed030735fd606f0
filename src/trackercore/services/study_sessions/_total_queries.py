"""The one statement of each report of study time: sums of sessions, and the running timer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Label,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from trackercore.domain.calendar import Unit
from trackercore.domain.timed import cut, is_forgotten, whole_second
from trackercore.models import StudySession, StudySessionTag, Tag, Timer, Topic, User
from trackercore.schemas.fields import MAX_DAYS
from trackercore.services._shared.arguments import (
    as_day_or_none,
    as_flag,
    as_instant,
    as_range_to_fill,
)
from trackercore.services._shared.calendar_units import key_of
from trackercore.services._shared.clock import day_settings
from trackercore.services._shared.owned_rows import check_id, table
from trackercore.services.study_sessions._owner import rows_of_user

_Row = Row[*tuple[Any, ...]]
_users, _topics, _sessions, _timers = table(User), table(Topic), table(StudySession), table(Timer)
_tags, _links = table(Tag), table(StudySessionTag)
_seconds = func.coalesce(func.sum(_sessions.c.duration_seconds), 0).label("seconds")
_count = func.count(_sessions.c.user_id).label("sessions")
_IN_RANGE = _sessions.c.study_date.between(bindparam("first"), bindparam("last"))
_ENDS = (
    func.min(_sessions.c.study_date).label("first_day"),
    func.max(_sessions.c.study_date).label("last_day"),
)


class TotalsQuery:
    """The checked arguments of a report, and the statement that answers it.

    The range of the query, `days`, ends where the calendar does if an end was left out: what it
    comes to is seen in the rows, by `range_of`.

    The running timer is read until the instant `until`; not at all if that is None.
    """

    def __init__(
        self,
        session: Session,
        user_id: int,
        start: date | None,
        end: date | None,
        topic_id: int | None = None,
        include_running: bool = False,
        now: datetime | None = None,
        *,
        fill: bool = False,
        max_days: int = MAX_DAYS,
    ) -> None:
        self.session = session
        self.user_id = user_id
        self._start, self._end = as_day_or_none(start, "start"), as_day_or_none(end, "end")
        self._is_open = self._start is None or self._end is None
        self.fill = as_flag(fill, "fill")
        self._max_days = max_days
        # An open range is checked when it is known how long it is.
        to_fill = self.fill and not self._is_open
        self.days = as_range_to_fill(
            self._start or date.min, self._end or date.max, to_fill, max_days
        )
        self.topic_id = topic_id
        self._moment = as_instant(now)
        runs = as_flag(include_running, "include_running")
        self.until = whole_second(self._moment) if runs else None

    def rows(self, unit: Unit | None, *, settings: bool = False) -> Sequence[_Row]:
        """A row for each day, week, month or year with sessions; one of no sessions if none has.

        Args:
            unit: its key is read by `days_of`; None for one row of all.
            settings: also the user's time zone and day start, which a running timer needs anyway.
        """
        statement = _by(
            unit, self.topic_id is not None, settings, self.until is not None, self._is_open
        )
        return self._execute(statement)

    def rows_by_topic(self, unit: Unit | None = None) -> Sequence[_Row]:
        """A row for each topic and unit, and one for a topic without sessions.

        A user without topics has a row without a topic.
        """
        return self._execute(_by_topic(unit, self.topic_id is not None, self.until is not None))

    def rows_by_tag(self, *, all_tags: bool) -> Sequence[_Row]:
        """A row for each tag, and one without a tag for the sessions that have none.

        All have the columns of the one row of `rows(None)`; their own are `tag_id`, `tag_name`,
        `tag_seconds` and `tag_sessions`.

        Args:
            all_tags: also a row of no sessions for each tag; some have two rows then, to add up.
        """
        of_topic, runs = self.topic_id is not None, self.until is not None
        return self._execute(_by_tag(of_topic, runs, self._is_open, all_tags))

    def running_seconds(self, row: _Row) -> Counter[date]:
        """The seconds of the running timer on each of the days; every row has its columns.

        None if it was forgotten.
        """
        seconds = Counter[date]()
        if self.until is None or row.timer_started_at is None:
            return seconds
        if is_forgotten(row.timer_started_at, self.until):
            return seconds
        first, last = self.days
        settings = day_settings(self.user_id, row)
        for part in cut(row.timer_started_at, self.until, *settings):
            if first <= part.day <= last:
                seconds[part.day] += part.seconds
        return seconds

    def range_of(self, rows: Sequence[_Row], running: Iterable[date]) -> tuple[date, date]:
        """The first and the last day of the report.

        An end that was left out is that of the sessions, and of the running timer. Without any of
        them it is the other end, or the user's today if both were left out.

        Args:
            rows: what `rows` returned.
            running: the days of `running_seconds`.

        Raises:
            ValidationError: it is to be filled, and is too long.
        """
        if not self._is_open:
            return self.days
        seen = [*running]
        for row in rows:
            if row.sessions:
                seen += row.first_day, row.last_day
        if not seen:
            given = self._start or self._end
            seen = [given or day_settings(self.user_id, rows[0]).day(self._moment)]
        first, last = self._start or min(seen), self._end or max(seen)
        return as_range_to_fill(first, last, self.fill, self._max_days)

    def _execute(self, statement: Select[*tuple[Any, ...]]) -> Sequence[_Row]:
        first, last = self.days
        values: dict[str, object] = {"first": first, "last": last}
        if self.topic_id is not None:
            values["topic"] = check_id(Topic, self.topic_id)
        return rows_of_user(self.session, statement, self.user_id, self.topic_id, **values)


@cache
def _by(
    unit: Unit | None, of_topic: bool, settings: bool, running: bool, is_open: bool
) -> Select[*tuple[Any, ...]]:
    key = _users.c.id if unit is None else _key(unit)
    report = _report(of_topic, False, settings or is_open, running)
    ends = _ENDS if is_open else ()
    return report.add_columns(key.label("key"), _seconds, _count, *ends).group_by(key)


@cache
def _by_topic(unit: Unit | None, of_topic: bool, running: bool) -> Select[*tuple[Any, ...]]:
    keys = [_topics.c.id.label("topic_id"), _topics.c.name]
    if unit is not None:
        keys.append(_key(unit).label("key"))
    report = _report(of_topic, True, False, running).add_columns(_same(_topics.c.archived_at))
    return report.add_columns(*keys, _seconds, _count).group_by(*keys)


@cache
def _by_tag(
    of_topic: bool, running: bool, is_open: bool, all_tags: bool
) -> Select[*tuple[Any, ...]]:
    all_sessions = _by(None, of_topic, False, running, is_open).cte("all_sessions")
    # The links of a session are those of its first part.
    link = (_links.c.user_id == _sessions.c.user_id) & (
        _links.c.session_id == func.coalesce(_sessions.c.part_of, _sessions.c.id)
    )
    sums = (
        select(_links.c.tag_id, _seconds, _count)
        .select_from(_sessions.join(_links, link, isouter=True))
        .where(_sessions.c.user_id == bindparam("user_id"), _IN_RANGE)
        .group_by(_links.c.tag_id)
    )
    if of_topic:
        sums = sums.where(_sessions.c.topic_id == bindparam("topic"))
    own_tag = _tags.c.user_id == bindparam("user_id")
    zeros = select(_tags.c.id, literal(0), literal(0)).where(own_tag)
    by_tag = (union_all(sums, zeros) if all_tags else sums).subquery("by_tag")
    tag = own_tag & (_tags.c.id == by_tag.c.tag_id)
    return select(
        all_sessions,
        by_tag.c.tag_id,
        _tags.c.name.label("tag_name"),
        by_tag.c.seconds.label("tag_seconds"),
        by_tag.c.sessions.label("tag_sessions"),
    ).select_from(all_sessions.join(by_tag, true(), isouter=True).join(_tags, tag, isouter=True))


def _key(unit: Unit) -> ColumnElement[Any]:
    return key_of(unit, _sessions.c.study_date, _users.c.week_starts_on)


def _report(
    of_topic: bool, by_topic: bool, settings: bool, running: bool
) -> Select[*tuple[Any, ...]]:
    """The user, their topics if they matter, and the sessions; no row if one does not exist."""
    source: Any = _users
    on = [_sessions.c.user_id == _users.c.id, _IN_RANGE]
    timer = _timers.c.user_id == _users.c.id
    columns = [_same(_users.c.week_starts_on)]
    if of_topic or by_topic:
        topic = _topics.c.user_id == _users.c.id
        if of_topic:
            topic = and_(topic, _topics.c.id == bindparam("topic"))
            timer = and_(timer, _timers.c.topic_id == _topics.c.id)
        source = source.join(_topics, topic, isouter=not of_topic)
        on.append(_sessions.c.topic_id == _topics.c.id)
    if settings or running:
        columns += map(_same, (_users.c.time_zone, _users.c.day_starts_at))
    if running:
        source = source.join(_timers, timer, isouter=True)
        columns += [
            _same(_timers.c.topic_id).label("timer_topic_id"),
            _same(_timers.c.started_at).label("timer_started_at"),
        ]
    source = source.join(_sessions, and_(*on), isouter=True)
    return select(*columns).select_from(source).where(_users.c.id == bindparam("user_id"))


def _same(column: ColumnElement[Any]) -> Label[Any]:
    """The value of a column that is the same in all rows: cheaper than to group by it too."""
    return func.max(column).label(column.key)
