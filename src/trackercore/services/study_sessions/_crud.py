"""Logging a session by its length, and reading, changing and deleting sessions of both kinds."""

from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from trackercore.domain.timed import OnOverlap
from trackercore.errors import TrackerError
from trackercore.models import StudySession, Topic, User
from trackercore.schemas import (
    ExtraFilter,
    StudySessionCreate,
    StudySessionOrder,
    StudySessionUpdate,
)
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import (
    DayRange,
    ExtraEntries,
    as_day_range,
    as_extra_entries,
    as_input,
    as_minutes,
    as_on_overlap,
    as_text,
)
from trackercore.services._shared.clock import not_in_future, user_today
from trackercore.services._shared.filters import has_entries, in_days
from trackercore.services._shared.orders import STUDY_SESSIONS, Order
from trackercore.services._shared.pages import Page, count_rows, paginate
from trackercore.services.study_sessions._timed import (
    change_timed,
    changed_fields,
    locked_calendar,
    parts_of,
    whole,
)


def create(
    session: Session, user_id: int, data: StudySessionCreate, *, now: datetime | None = None
) -> StudySession:
    """Log a session by its length, by default on the user's today.

    Raises:
        FutureDay: study_date has not begun yet.
        ExternalIdTaken: they have a session with this external_id.
    """
    data = as_input(data, StudySessionCreate)
    today = user_today(session, user_id, now)
    owned_rows.refer(session, Topic, user_id, [data.topic_id])
    values = data.model_dump() | {"study_date": not_in_future(data.study_date, today, "study_date")}
    row = StudySession(user_id=user_id, **values)
    return owned_rows.add(session, row, user_id, _conflicts(data))


def get(session: Session, user_id: int, session_id: int) -> StudySession:
    """The user's study session of this id."""
    return owned_rows.get(session, StudySession, user_id, session_id)


def find(
    session: Session,
    user_id: int,
    *,
    topic_id: int | None = None,
    start: date | None = None,
    end: date | None = None,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
    order_by: StudySessionOrder = "day",
    limit: int = 100,
    after: str | Page[StudySession] | None = None,
) -> Page[StudySession]:
    """The user's study sessions."""
    order = STUDY_SESSIONS(order_by)
    days = as_day_range(start, end)
    entries = as_extra_entries(extra)
    query = _some(user_id, topic_id, days, external_id, entries, order, after)
    scope = ("sessions", user_id, topic_id, days.start, days.end, external_id, entries)
    page = paginate(session, query, order, scope=scope, limit=limit, after=after)
    if not page and topic_id is not None:
        owned_rows.get(session, Topic, user_id, topic_id)
    return page


def count(
    session: Session,
    user_id: int,
    *,
    topic_id: int | None = None,
    start: date | None = None,
    end: date | None = None,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
) -> int:
    """How many study sessions `find` finds. A timed session counts once for each of its days."""
    days = as_day_range(start, end)
    query = _some(user_id, topic_id, days, external_id, as_extra_entries(extra))
    found = count_rows(session, query)
    if not found and topic_id is not None:
        owned_rows.get(session, Topic, user_id, topic_id)
    return found


def _some(
    user_id: int,
    topic_id: int | None,
    days: DayRange,
    external_id: str | None,
    entries: ExtraEntries,
    order: Order | None = None,
    after: object = None,
) -> Select[StudySession]:
    query = select(StudySession).where(
        StudySession.user_id == owned_rows.check_id(User, user_id),
        *in_days(StudySession.study_date, days.start, days.end, order, after),
        *has_entries(StudySession.extra, entries),
    )
    if topic_id is not None:
        query = query.where(StudySession.topic_id == owned_rows.check_id(Topic, topic_id))
    if external_id is not None:
        query = query.where(StudySession.external_id == as_text(external_id, "external_id"))
    return query


def update(
    session: Session,
    user_id: int,
    session_id: int,
    data: StudySessionUpdate,
    *,
    on_overlap: OnOverlap = "error",
    now: datetime | None = None,
) -> StudySession:
    """Change a study session; a timed one as a whole, by the id of any part.

    A field that is equal to what is stored is no change, so what was read can be given back. With
    new times it is cut into parts again, by the user's time zone and day start of now. The first
    part keeps its id.

    Returns:
        The session, or its first part.

    Raises:
        FutureDay: it would reach into a day that has not begun yet.
        ExternalIdTaken: another session has the new external_id.
        SessionsOverlap: another session overlaps the new times.
        TimerOverlaps: the running timer does.
        InvalidInput: the changes contradict each other or the session.
    """
    data = as_input(data, StudySessionUpdate)
    given = data.changes()
    overlaps = as_on_overlap(on_overlap)
    calendar = locked_calendar(session, user_id, now)
    if "topic_id" in given:  # locked first, as in topics.delete: no deadlock
        owned_rows.refer(session, Topic, user_id, [data.topic_id])
    row = whole(session, user_id, session_id, "change")
    stored = [row] if row.started_at is None else parts_of(session, user_id, row.id)
    changed = changed_fields(data, session_id, stored)
    if row.started_at is None and not {"started_at", "ended_at"} & changed:
        if "study_date" in changed:
            not_in_future(data.study_date, calendar.today, "study_date")
        if "duration_minutes" in changed:
            as_minutes(data.duration_minutes, "duration_minutes")
        new = {name: given[name] for name in changed}
        return owned_rows.change(session, row, user_id, new, _conflicts(data))
    new_key = {"external_id": data.external_id} if "external_id" in changed else {}
    with session.begin_nested():  # all of it or nothing
        change_timed(session, user_id, stored, data, changed, calendar, on_overlap=overlaps)
        return owned_rows.change(session, row, user_id, new_key, _conflicts(data))


def delete(session: Session, user_id: int, session_id: int) -> None:
    """Delete a study session; a timed one as a whole, by the id of any part."""
    owned_rows.get(session, User, user_id, lock="change")  # first, as in topics.delete: no deadlock
    row = whole(session, user_id, session_id, "delete")
    owned_rows.remove(session, row)


def _conflicts(data: StudySessionCreate | StudySessionUpdate) -> dict[str, TrackerError]:
    return owned_rows.external_id_conflict(StudySession, data.external_id)
