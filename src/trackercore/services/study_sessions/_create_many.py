"""Storing many study sessions at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import date, datetime
from functools import cache, partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Date, Integer, bindparam, column, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trackercore.backends.statements import InsertFromJson
from trackercore.domain.timed import OnOverlapOfMany, Part
from trackercore.errors import FutureDay, TrackerError
from trackercore.models import StudySession, Topic
from trackercore.schemas import CreateManyResult, StudySessionCreate, TimedSessionCreate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_on_overlap_of_many
from trackercore.services._shared.clock import not_in_future
from trackercore.services._shared.create_many import (
    References,
    Stored,
    create_in_batches,
    note_item,
)
from trackercore.services._shared.snapshots import fail_if_unseen
from trackercore.services._shared.tags_of_many import TagsOfMany
from trackercore.services.study_sessions._overlaps import Span, TakenTime, newest_id
from trackercore.services.study_sessions._timed import COMMON, Calendar, columns, locked_calendar
from trackercore.types import BIG_ID, UtcDateTime, utc_now

_sessions = owned_rows.table(StudySession)

Values = dict[str, Any]
AnySession = StudySessionCreate | TimedSessionCreate
Items = Mapping[int, AnySession]
NewSession = tuple[TimedSessionCreate, list[Part]]

_MINUTES = column("duration_minutes", Integer)
_INSERT_NEW = InsertFromJson(
    _sessions,
    [_sessions.c.get(name, _MINUTES) for name in StudySessionCreate.model_fields if name != "tags"],
    lambda row: {
        **{name: value for name, value in row.items() if name != _MINUTES.name},
        "duration_seconds": row.duration_minutes * 60,
        "study_date": func.coalesce(row.study_date, bindparam("today", type_=Date)),
        "user_id": bindparam("user_id", type_=BIG_ID),
        "created_at": func.coalesce(row.created_at, bindparam("created_at", type_=UtcDateTime)),
        "updated_at": bindparam("updated_at", type_=UtcDateTime),
    },
    key=("user_id", "external_id"),
    on_conflict="keep",
    returning=(_sessions.c.id, _sessions.c.external_id),
)
_LOGGED = TypeAdapter(list[StudySessionCreate])
_INSERT = insert(_sessions)
_INSERT_FIRST = _INSERT.returning(_sessions.c.id)


def create_many(
    session: Session,
    user_id: int,
    items: Iterable[StudySessionCreate | TimedSessionCreate],
    *,
    on_overlap: OnOverlapOfMany = "error",
    now: datetime | None = None,
) -> CreateManyResult:
    """Store many sessions. One whose external_id is already stored is left as it is.

    All or nothing: if one session is refused, none is stored. `items` may be a generator, which is
    read in batches, so that memory stays flat. Give timed sessions in the order of their times: to
    find overlaps, all that is stored between the first and the last of a batch is read.

    Args:
        items: sessions logged by their length, timed ones, or both.
        on_overlap: also "skip", to leave out a timed session that overlaps a stored one, an earlier
            item or the timer. So a second run leaves out the same ones.

    Raises:
        FutureDay: a day has not begun yet; a note names the item.
        SessionsOverlap: a timed session overlaps another one.
        TimerOverlaps: it overlaps the running timer.
        TypeError: one of the items is neither kind of session.
    """
    overlaps = as_on_overlap_of_many(on_overlap)
    calendar = locked_calendar(session, user_id, now)
    stored_at = utc_now()
    common = {"user_id": user_id, "created_at": stored_at, "updated_at": stored_at}
    topics = References("topic", partial(owned_rows.refer, session, Topic, user_id))
    tags = TagsOfMany(session, StudySession, user_id)
    newest = cache(partial(newest_id, session, user_id))  # read if there are timed sessions

    def create(batch: Sequence[AnySession], position: int) -> Stored:
        topics.check(batch, position)
        tags.check(batch, position)
        items = dict(enumerate(batch, position))
        known = _stored_keys(session, user_id, items)
        taken = None
        if overlaps != "allow":
            taken = _taken_time(session, user_id, items, known, newest)
        new, skipped = _new_timed(items, known, calendar, taken, skip=overlaps == "skip")
        timed = _store_timed(session, common, new)
        number, logged = _store_logged(session, common, items, calendar.today)
        tags.link(timed | logged)
        return Stored(len(new) + number, skipped)

    schemas = (StudySessionCreate, TimedSessionCreate)
    try:
        return create_in_batches(session, items, "notes", schemas, create)
    except IntegrityError as error:
        fail_if_unseen(session, error, StudySession, f"uq_{_sessions.name}_user_id_external_id")
        raise


def _store_logged(
    session: Session, common: Values, items: Items, today: date
) -> tuple[int, dict[int, AnySession]]:
    """Insert those sessions logged by their length that are new.

    Returns:
        How many they are, and, if any of the items has tags, all of them by their ids.
    """
    logged: list[StudySessionCreate] = []
    for position, item in items.items():
        if isinstance(item, StudySessionCreate):
            try:
                not_in_future(item.study_date, today, "study_date")
            except FutureDay as error:
                note_item(error, "day", position, item)
                raise
            logged.append(item)
    if not logged:
        return 0, {}
    rows = _LOGGED.dump_json(logged, exclude_none=True, exclude={"__all__": {"tags"}}).decode()
    values = {**common, "today": today, "rows": rows}
    connection = owned_rows.connection(session)
    if not any(item.tags for item in logged):
        return _INSERT_NEW.execute(connection, values), {}
    created = sorted(_INSERT_NEW.rows(connection, values))
    return len(created), _items_by_id(created, logged)


def _items_by_id(
    created: Iterable[tuple[int, str | None]], logged: Iterable[StudySessionCreate]
) -> dict[int, AnySession]:
    """Which item a row was made of: the ids were given out in the order of the items.

    Args:
        created: ids and external_ids of the rows, in order.
        logged: the items. One of an external_id that is stored, or that an earlier item has, has
            no row.
    """
    rest = iter(logged)
    items: dict[int, AnySession] = {}
    for row_id, external_id in created:
        items[row_id] = next(item for item in rest if item.external_id == external_id)
    return items


def _stored_keys(session: Session, user_id: int, items: Items) -> set[str | None]:
    """Which external_ids of timed items are stored."""
    timed = (item for item in items.values() if isinstance(item, TimedSessionCreate))
    keys = {item.external_id for item in timed} - {None}
    if not keys:
        return set()
    query = select(_sessions.c.external_id).where(
        _sessions.c.user_id == user_id, _sessions.c.external_id.in_(keys)
    )
    return set(owned_rows.connection(session).execute(query).scalars())


def _taken_time(
    session: Session, user_id: int, items: Items, known: Set[str | None], newest: Callable[[], int]
) -> TakenTime | None:
    """The time that is taken around the timed items; None if none of them is new."""
    spans = [
        _span(item)
        for item in items.values()
        if isinstance(item, TimedSessionCreate) and item.external_id not in known
    ]
    return TakenTime(session, user_id, spans, newest=newest()) if spans else None


def _span(item: TimedSessionCreate) -> Span:
    return Span(item.started_at, item.ended_at)


def _new_timed(
    items: Items, known: set[str | None], calendar: Calendar, taken: TakenTime | None, *, skip: bool
) -> tuple[list[NewSession], int]:
    """The timed items to store, and how many are left out because of an overlap.

    Args:
        items: in their order, by their positions.
        known: external_ids that are stored. Those of the items are added, and found later on.
        calendar: by which they are cut.
        taken: the time that they must not overlap; None if they may.
        skip: whether one that overlaps is left out; otherwise it is an error.
    """
    new: list[NewSession] = []
    skipped = 0
    for position, item in items.items():
        if item.external_id in known:
            continue
        if isinstance(item, TimedSessionCreate):
            span = _span(item)
            try:
                parts = calendar.parts(*span)
            except TrackerError as error:
                note_item(error, "time", position, item)
                raise
            if taken is not None:
                overlap = taken.overlapped(span)
                if overlap is not None and not skip:
                    note_item(overlap, "time", position, item)
                    raise overlap
                if overlap is not None:
                    skipped += 1
                    continue
                taken.add(span, item.external_id, position)
            new.append((item, parts))
        if item.external_id is not None:
            known.add(item.external_id)
    return new, skipped


def _store_timed(
    session: Session, common: Values, new: Sequence[NewSession]
) -> dict[int, AnySession]:
    """Insert timed sessions; those with tags are returned, by the ids of their first parts."""
    if not new:
        return {}
    connection = owned_rows.connection(session)
    cut = [parts for _, parts in new]
    rows = [common | item.model_dump(include=COMMON) for item, _ in new]
    for row in rows:
        row["created_at"] = row["created_at"] or common["created_at"]
    ids: list[int | None] = []
    firsts = [{**row, **columns(parts[0])} for row, parts in zip(rows, cut, strict=True)]
    # In their order, in which ids are given out. Only some need theirs: for later parts, and tags.
    needed = [bool(item.tags) or len(parts) > 1 for item, parts in new]
    for is_needed, group in groupby(zip(needed, firsts, strict=True), itemgetter(0)):
        some = [first for _, first in group]
        if is_needed:
            ids += sorted(connection.execute(_INSERT_FIRST, some).scalars())
        else:
            connection.execute(_INSERT, some)
            ids += [None] * len(some)
    others = [
        {**row, **columns(part), "part_of": first, "external_id": None}
        for row, parts, first in zip(rows, cut, ids, strict=True)
        for part in parts[1:]
    ]
    if others:
        connection.execute(_INSERT, others)
    return {
        first: item
        for (item, _), first in zip(new, ids, strict=True)
        if item.tags and first is not None
    }
