"""Timed sessions: a start and an end, stored in parts, one for each local day."""

from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime
from typing import NamedTuple, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from trackercore.display import Rows
from trackercore.domain.calendar import zone_of
from trackercore.domain.timed import (
    LONGEST,
    LONGEST_DAY,
    SECOND,
    OnOverlap,
    Part,
    cut,
    whole_minutes,
)
from trackercore.errors import (
    BothTimesNeeded,
    DayOutOfRange,
    InstantOutOfRange,
    MinutesOfTimedSession,
    NoSuchTime,
    PartTooLong,
    SessionTooLong,
    SessionTooShort,
    StudyDateWithTimes,
)
from trackercore.models import StudySession, Topic, User
from trackercore.schemas import StudySessionUpdate, TimedSessionCreate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_input, as_instant, as_on_overlap
from trackercore.services._shared.clock import day_settings, not_in_future
from trackercore.services._shared.snapshots import mark_changed
from trackercore.services._shared.tags import (
    GivenTags,
    IdsOrNames,
    add_tags,
    given_tags,
    replace_tags,
)
from trackercore.services.study_sessions._overlaps import Span, refuse_overlap
from trackercore.types import to_utc, utc_now

COMMON = {"topic_id", "notes", "extra", "external_id", "created_at"}
"""What all parts of a timed session have in common, except that only the first has the key."""


class Calendar(NamedTuple):
    """By which a user's time is cut."""

    time_zone: str
    day_starts_at: int
    today: date

    def parts(
        self, started_at: datetime, ended_at: datetime, field: str = "ended_at"
    ) -> list[Part]:
        """The parts of a span; `field` is what its end follows from.

        Raises:
            FutureDay: a part is later than today.
            PartTooLong: a part is too long to store.
        """
        parts = cut(started_at, ended_at, self.time_zone, self.day_starts_at)
        if parts:
            not_in_future(parts[-1].day, self.today, field)
        for part in parts:
            if part.ended_at - part.started_at > LONGEST_DAY:  # on a date that came twice
                raise PartTooLong(part.day, part.seconds)
        return parts


def locked_calendar(session: Session, user_id: int, now: datetime | None) -> Calendar:
    """The user's calendar; others who write timed sessions of theirs wait for the transaction."""
    moment = as_instant(now)
    user = owned_rows.get(session, User, user_id, lock="change")
    mark_changed(session, User, user_id)
    settings = day_settings(user_id, user)
    return Calendar(*settings, settings.day(moment))


def create_timed(
    session: Session,
    user_id: int,
    data: TimedSessionCreate,
    *,
    on_overlap: OnOverlap = "error",
    now: datetime | None = None,
) -> list[StudySession]:
    """Store a session with its start and end, cut into parts where the user's days end.

    The seconds of the parts add up to those between start and end. The later parts name the first
    one as `part_of`.

    Returns:
        The parts in order; the first one stands for the whole.

    Raises:
        FutureDay: the session reaches into a day that has not begun yet.
        SessionsOverlap: it overlaps another one.
        TimerOverlaps: it overlaps the running timer.
        ExternalIdTaken: a session has this external_id.
    """
    data = as_input(data, TimedSessionCreate)
    overlaps = as_on_overlap(on_overlap)
    calendar = locked_calendar(session, user_id, now)
    owned_rows.refer(session, Topic, user_id, [data.topic_id])
    parts = calendar.parts(data.started_at, data.ended_at)
    if overlaps == "error":
        refuse_overlap(session, user_id, Span(data.started_at, data.ended_at))
    return store_parts(session, user_id, parts, tags=data.tags, **data.model_dump(include=COMMON))


def store_parts(
    session: Session,
    user_id: int,
    parts: Sequence[Part],
    *,
    topic_id: int,
    notes: str | None,
    tags: IdsOrNames = (),
    extra: Mapping[str, object] | None = None,
    external_id: str | None = None,
    created_at: datetime | None = None,
) -> list[StudySession]:
    """Insert the rows of a session that is new.

    Raises:
        NotFound: one of the tags is not theirs.
        ExternalIdTaken: a session has this external_id.
    """
    given = given_tags(session, user_id, tags)
    now = utc_now()
    common: dict[str, object] = {"user_id": user_id, "topic_id": topic_id, "notes": notes}
    common |= {"extra": extra or {}, "created_at": created_at or now, "updated_at": now}
    first, *others = (StudySession(**common, **columns(part)) for part in parts)
    first.external_id = external_id
    conflicts = owned_rows.external_id_conflict(StudySession, external_id)
    owned_rows.add(session, first, user_id, conflicts)
    for other in others:
        other.part_of = first.id
    session.add_all(others)
    session.flush()
    add_tags(session, first, given)
    return Rows([first, *others])


def columns(part: Part) -> dict[str, date | datetime | int]:
    """The columns of a part's row."""
    return {
        "study_date": part.day,
        "started_at": part.started_at,
        "ended_at": part.ended_at,
        "duration_seconds": part.seconds,
    }


def parts(session: Session, user_id: int, session_id: int) -> list[StudySession]:
    """All parts of a session, in order, by the id of any of them."""
    row = owned_rows.get(session, StudySession, user_id, session_id)
    session.flush()
    return parts_of(session, user_id, row.part_of or row.id)


def parts_of(session: Session, user_id: int, first: int) -> list[StudySession]:
    """All parts of a session, in order, by the id of the first."""
    query = (
        select(StudySession)
        .where(
            StudySession.user_id == user_id,
            (StudySession.id == first) | (StudySession.part_of == first),
        )
        .order_by(StudySession.started_at)
        .execution_options(populate_existing=True)
    )
    return Rows(session.scalars(query))


def whole(session: Session, user_id: int, session_id: int, lock: owned_rows.Lock) -> StudySession:
    """The session's first part, locked."""
    row = owned_rows.get(session, StudySession, user_id, session_id)
    return owned_rows.get(session, StudySession, user_id, row.part_of or session_id, lock=lock)


def changed_fields(
    data: StudySessionUpdate, session_id: int, stored: Sequence[StudySession]
) -> set[str]:
    """The fields that are given and are not equal to what is stored.

    They are compared with the whole session, and with the part of this id if they are what was read
    of it: its day, its length or both its times are among them. One time alone is compared with the
    whole: the session may be meant to begin or end where the part does.
    """
    apart = {"extra", "tags"}
    given = {name: value for name, value in data.changes().items() if name not in apart}
    first, last = stored[0], stored[-1]
    part = next((row for row in stored if row.id == session_id), first)
    of_part = {name: getattr(part, name) for name in given}
    of_whole = {name: getattr(first, name) for name in given} | {
        "ended_at": last.ended_at,
        "duration_minutes": whole_minutes(sum(row.duration_seconds for row in stored)),
    }
    same = {name for name in given if given[name] == of_part[name]}
    was_read = {"study_date", "duration_minutes"} & same or {"started_at", "ended_at"} <= same
    equal = [of_whole, of_part] if was_read else [of_whole]
    changed = {name for name in given if all(given[name] != fields[name] for fields in equal)}
    # The flush compares an `extra`, and `replace_tags` compares tags: all parts have the same.
    return changed | ({"extra"} & data.model_fields_set)


def change_timed(
    session: Session,
    user_id: int,
    stored: Sequence[StudySession],
    data: StudySessionUpdate,
    changed: Set[str],
    calendar: Calendar,
    *,
    on_overlap: OnOverlap,
) -> Sequence[StudySession]:
    """Change a session that is timed or becomes so; the first part keeps its id and external_id.

    Only new times, or a new day, are cut by the calendar; otherwise the parts stay as they are.

    Returns:
        The parts that it has then.

    Raises:
        FutureDay: it would reach into a day that has not begun yet.
        SessionsOverlap: it would overlap another one.
        TimerOverlaps: it would overlap the running timer.
        InvalidInput: the changes do not fit together.
    """
    if "duration_minutes" in changed:
        raise MinutesOfTimedSession(stored[0].id)
    if {"started_at", "ended_at"} & changed:
        span = _new_span(data, changed, stored)
        if "study_date" in changed:
            raise StudyDateWithTimes(stored[0].id)
    elif "study_date" in changed:
        span = _moved(_times(stored), data.study_date, calendar)
    else:
        span = None
    if span is not None:
        new = calendar.parts(*span)
        if on_overlap == "error":
            refuse_overlap(session, user_id, span, replaced=[row.id for row in stored])
        stored = _recut(session, stored, new)
    for row in stored:
        if "topic_id" in changed:
            row.topic_id = data.topic_id
        if "notes" in changed:
            row.notes = data.notes
        if "extra" in changed:
            row.extra = data.extra
    session.flush()
    for row in stored:  # a new part has the tags of the first
        owned_rows.sync(session, StudySession, (user_id, row.id), tags=stored[0].tags)
    return stored


def replace_tags_of_all(session: Session, stored: Sequence[StudySession], given: GivenTags) -> None:
    """Give a session, of these parts, other tags; a change of them is one of every part."""
    first, *others = stored
    if replace_tags(session, first, given):
        for row in others:
            row.updated_at = first.updated_at
        session.flush()


def _new_span(data: StudySessionUpdate, changed: Set[str], stored: Sequence[StudySession]) -> Span:
    if stored[0].started_at is None and not {"started_at", "ended_at"} <= changed:
        raise BothTimesNeeded(stored[0].id)
    before = _times(stored)
    started_at = data.started_at if "started_at" in changed else before.started_at
    ended_at = data.ended_at if "ended_at" in changed else before.ended_at
    if ended_at - started_at < SECOND:
        raise SessionTooShort(started_at, ended_at)
    if ended_at - started_at > LONGEST:
        raise SessionTooLong(started_at, ended_at)
    return Span(started_at, ended_at)


def _times(stored: Sequence[StudySession]) -> Span:
    return Span(cast("datetime", stored[0].started_at), cast("datetime", stored[-1].ended_at))


def _moved(span: Span, day: date, calendar: Calendar) -> Span:
    """The span on another day, at the same time on the wall; as long as it was."""
    not_in_future(day, calendar.today, "study_date")
    zone = zone_of(calendar.time_zone)
    wall = span.started_at.astimezone(zone).replace(tzinfo=None)
    try:
        moved = (wall + (day - calendar.parts(*span)[0].day)).replace(tzinfo=zone)
        started_at = to_utc(moved)
    except (OverflowError, InstantOutOfRange):
        raise DayOutOfRange(day) from None
    new = Span(started_at, started_at + (span.ended_at - span.started_at))
    if calendar.parts(*new, "study_date")[0].day != day:
        raise NoSuchTime(day, wall.time())
    return new


def _recut(
    session: Session, stored: Sequence[StudySession], parts: Sequence[Part]
) -> list[StudySession]:
    """Give the rows of a session other parts, and as many rows as there are parts."""
    first = stored[0]
    rows = list(stored[: len(parts)])
    for _ in parts[len(rows) :]:
        row = StudySession(
            user_id=first.user_id,
            topic_id=first.topic_id,
            notes=first.notes,
            extra=first.extra,
            part_of=first.id,
            created_at=first.created_at,
        )
        session.add(row)
        rows.append(row)
    for row, part in zip(rows, parts, strict=True):
        for name, value in columns(part).items():
            setattr(row, name, value)
    owned_rows.remove(session, *stored[len(parts) :])
    return rows
