"""Logging a session by its length, and reading, changing and deleting sessions of both kinds."""

from collections.abc import Collection
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
from trackercore.services._shared.filters import has_entries, in_range
from trackercore.services._shared.orders import STUDY_SESSIONS, Order
from trackercore.services._shared.pages import Page, count_rows, paginate
from trackercore.services._shared.tag_filters import TagFilters, check_tags, tag_filters
from trackercore.services._shared.tags import (
    add_tags,
    given_tags,
    replace_tags,
)
from trackercore.services.study_sessions._timed import (
    change_timed,
    changed_fields,
    locked_calendar,
    parts_of,
    replace_tags_of_all,
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
    tags = given_tags(session, user_id, data.tags)
    owned_rows.refer(session, Topic, user_id, [data.topic_id])
    day = not_in_future(data.study_date, today, "study_date")
    values = data.model_dump(exclude={"tags"}) | {"study_date": day}
    row = StudySession(user_id=user_id, **values)
    owned_rows.add(session, row, user_id, _conflicts(data))
    add_tags(session, row, tags)
    return row


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
    tags_all: Collection[int | str] | None = None,
    tags_any: Collection[int | str] | None = None,
    untagged: bool | None = None,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
    order_by: StudySessionOrder = "day",
    limit: int = 100,
    after: str | Page[StudySession] | None = None,
) -> Page[StudySession]:
    """The user's study sessions.

    Args:
        tags_all: only sessions that have each of these tags: an int is an id, a str a name, in any
            letter case. Without any it is no condition, as for `tags_any`.
        tags_any: only sessions that have one of these tags.
        untagged: only sessions without a tag, or only those with one.
    """
    order = STUDY_SESSIONS(order_by)
    days = as_day_range(start, end)
    tags = TagFilters.of(tags_all, tags_any, untagged)
    entries = as_extra_entries(extra)
    query = _some(user_id, topic_id, days, tags, external_id, entries, order, after)
    scope = ("sessions", user_id, topic_id, days.start, days.end, tags, external_id, entries)
    page = paginate(session, query, order, scope=scope, owner=user_id, limit=limit, after=after)
    if not page:
        _check_references(session, user_id, topic_id, tags)
    return page


def count(
    session: Session,
    user_id: int,
    *,
    topic_id: int | None = None,
    start: date | None = None,
    end: date | None = None,
    tags_all: Collection[int | str] | None = None,
    tags_any: Collection[int | str] | None = None,
    untagged: bool | None = None,
    external_id: str | None = None,
    extra: ExtraFilter | None = None,
) -> int:
    """How many study sessions `find` finds. A timed session counts once for each of its days."""
    days = as_day_range(start, end)
    tags = TagFilters.of(tags_all, tags_any, untagged)
    query = _some(user_id, topic_id, days, tags, external_id, as_extra_entries(extra))
    found = count_rows(session, query)
    if not found:
        _check_references(session, user_id, topic_id, tags)
    return found


def _check_references(
    session: Session, user_id: int, topic_id: int | None, tags: TagFilters
) -> None:
    if topic_id is not None:
        owned_rows.get(session, Topic, user_id, topic_id)
    check_tags(session, user_id, tags)


def _some(
    user_id: int,
    topic_id: int | None,
    days: DayRange,
    tags: TagFilters,
    external_id: str | None,
    entries: ExtraEntries,
    order: Order | None = None,
    after: object = None,
) -> Select[StudySession]:
    query = select(StudySession).where(
        StudySession.user_id == owned_rows.check_id(User, user_id),
        *in_range(StudySession.study_date, days.start, days.end, order, after),
        *tag_filters(StudySession, user_id, tags),
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
    tags = given_tags(session, user_id, data.tags, row) if "tags" in given else None
    if row.started_at is None and not {"started_at", "ended_at"} & changed:
        if "study_date" in changed:
            not_in_future(data.study_date, calendar.today, "study_date")
        if "duration_minutes" in changed:
            as_minutes(data.duration_minutes, "duration_minutes")
        new = {name: given[name] for name in changed}
        owned_rows.change(session, row, user_id, new, _conflicts(data))
        if tags is not None:
            replace_tags(session, row, tags)
        return row
    new_key = {"external_id": data.external_id} if "external_id" in changed else {}
    with session.begin_nested():  # all of it or nothing
        parts = change_timed(session, user_id, stored, data, changed, calendar, on_overlap=overlaps)
        owned_rows.change(session, row, user_id, new_key, _conflicts(data))
        if tags is not None:
            replace_tags_of_all(session, parts, tags)
    return row


def delete(session: Session, user_id: int, session_id: int) -> None:
    """Delete a study session; a timed one as a whole, by the id of any part."""
    owned_rows.get(session, User, user_id, lock="change")  # first, as in topics.delete: no deadlock
    row = whole(session, user_id, session_id, "delete")
    owned_rows.remove(session, row)


def _conflicts(data: StudySessionCreate | StudySessionUpdate) -> dict[str, TrackerError]:
    return owned_rows.external_id_conflict(StudySession, data.external_id)
