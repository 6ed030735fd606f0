"""Storing many study sessions at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Date, Integer, bindparam, column, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from trackercore.backends import backend_of
from trackercore.backends.statements import InsertFromJson
from trackercore.errors import Conflict, FutureDay
from trackercore.models import StudySession, Topic
from trackercore.schemas import CreateManyResult, StudySessionCreate, TimedSessionCreate
from trackercore.services._shared import owned_rows
from trackercore.services._shared.arguments import as_flag
from trackercore.services._shared.clock import not_in_future
from trackercore.services._shared.create_many import References, create_in_batches
from trackercore.services.study_sessions._overlaps import Span, refuse_overlaps
from trackercore.services.study_sessions._timed import COMMON, Calendar, columns, locked_calendar
from trackercore.types import BIG_ID, UtcDateTime, utc_now

_sessions = owned_rows.table(StudySession)

Values = dict[str, Any]

_MINUTES = column("duration_minutes", Integer)
_INSERT_NEW = InsertFromJson(
    _sessions,
    [_sessions.c.get(name, _MINUTES) for name in StudySessionCreate.model_fields],
    lambda row: {
        **{name: value for name, value in row.items() if name != _MINUTES.name},
        "duration_seconds": row.duration_minutes * 60,
        "study_date": func.coalesce(row.study_date, bindparam("today", type_=Date)),
        "user_id": bindparam("user_id", type_=BIG_ID),
        "created_at": func.coalesce(row.created_at, bindparam("created_at", type_=UtcDateTime)),
    },
    key=("user_id", "external_id"),
    on_conflict="keep",
)
_LOGGED = TypeAdapter(list[StudySessionCreate])
_INSERT = insert(_sessions)
_INSERT_FIRST = _INSERT.returning(_sessions.c.id, sort_by_parameter_order=True)


def create_many(
    session: Session,
    user_id: int,
    items: Iterable[StudySessionCreate | TimedSessionCreate],
    *,
    allow_overlap: bool = False,
    now: datetime | None = None,
) -> CreateManyResult:
    """Store many sessions. One whose external_id is already stored is left as it is.

    All or nothing: if one session is refused, none is stored. `items` may be a generator, which is
    read in batches, so that memory stays flat. Give timed sessions in the order of their times: to
    find overlaps, all that is stored between the first and the last of a batch is read.

    Args:
        items: sessions logged by their length, timed ones, or both.

    Raises:
        FutureDay: a day has not begun yet.
        Conflict: a timed session overlaps another one.
        TypeError: one of the items is neither kind of session.
    """
    overlap = as_flag(allow_overlap)
    calendar = locked_calendar(session, user_id, now)
    common = {"user_id": user_id, "created_at": utc_now()}
    topics = References(session, Topic, user_id)

    def create(batch: Sequence[StudySessionCreate | TimedSessionCreate]) -> int:
        topics.check(batch)
        logged = [item for item in batch if isinstance(item, StudySessionCreate)]
        timed = [item for item in batch if isinstance(item, TimedSessionCreate)]
        new = 0
        if logged:
            new += _store_logged(session, common, logged, calendar.today)
        if timed:
            new += _store_timed(session, common, timed, calendar, allow_overlap=overlap)
        return new

    schemas = (StudySessionCreate, TimedSessionCreate)
    return create_in_batches(session, items, "notes", schemas, create)


def _store_logged(
    session: Session, common: Values, items: list[StudySessionCreate], today: date
) -> int:
    """Insert those that are new; how many they are."""
    for item in items:
        try:
            not_in_future(item.study_date, today)
        except FutureDay as error:
            error.add_note(f"It is the day of {item!r}.")
            raise
    rows = _LOGGED.dump_json(items, exclude_none=True).decode()
    values = {**common, "today": today, "rows": rows}
    return _INSERT_NEW.execute(owned_rows.connection(session), values)


def _store_timed(
    session: Session,
    common: Values,
    items: Sequence[TimedSessionCreate],
    calendar: Calendar,
    *,
    allow_overlap: bool,
) -> int:
    """Insert those that are new; how many they are."""
    connection = owned_rows.connection(session)
    user_id: int = common["user_id"]
    new = list(_new(session, user_id, items))
    if not new:
        return 0
    cut = [calendar.parts(item.started_at, item.ended_at) for item in new]
    if not allow_overlap:
        refuse_overlaps(session, user_id, [Span(item.started_at, item.ended_at) for item in new])
    rows = [common | item.model_dump(include=COMMON) for item in new]
    for row in rows:
        row["created_at"] = row["created_at"] or common["created_at"]
    ids: list[int | None] = []
    try:
        # In their order. Only sessions of several parts need their id back, which costs more.
        for is_whole, group in groupby(zip(rows, cut, strict=True), lambda pair: len(pair[1]) == 1):
            firsts = [{**row, **columns(parts[0])} for row, parts in group]
            if is_whole:
                connection.execute(_INSERT, firsts)
                ids += [None] * len(firsts)
            else:
                ids += connection.execute(_INSERT_FIRST, firsts).scalars()
    except IntegrityError as error:
        constraint = backend_of(connection).constraint_name(error, _sessions)
        if constraint != "uq_sessions_user_id_external_id":
            raise
        raise Conflict("a session with one of these external_ids was stored meanwhile") from None
    others = [
        {**row, **columns(part), "part_of": first, "external_id": None}
        for row, parts, first in zip(rows, cut, ids, strict=True)
        for part in parts[1:]
    ]
    if others:
        connection.execute(_INSERT, others)
    return len(new)


def _new(
    session: Session, user_id: int, items: Sequence[TimedSessionCreate]
) -> Iterator[TimedSessionCreate]:
    """Those whose external_id is neither stored nor given twice."""
    wanted = {item.external_id for item in items if item.external_id is not None}
    query = select(_sessions.c.external_id).where(
        _sessions.c.user_id == user_id, _sessions.c.external_id.in_(wanted)
    )
    known = set(session.connection().execute(query).scalars()) if wanted else set[str]()
    for item in items:
        if item.external_id is None:
            yield item
        elif item.external_id not in known:
            known.add(item.external_id)
            yield item
