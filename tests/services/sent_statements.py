"""What services send to PostgreSQL, and the ORM by itself."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, event, func, select
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import flag_modified

import trackercore
from tests.services.calls import CALLS, first
from tests.services.states import STATES
from tests.services.support import person
from tests.support.routing import KEYS, Statement, read_statement
from trackercore import Base, Database, User

PREPARED = (
    "users.pause",
    "habits.pause",
    "habits.change_schedule",
    "study_sessions.set_goal",
    "tasks.skip_occurrence",
)
"""Calls after which a user has a row in every table."""

_CONTROL = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")
_FAR_FROM_OTHER_IDS = 10**9

Parameters = Mapping[str, object]


@dataclass(frozen=True)
class Sent:
    """A statement.

    Attributes:
        sql: its text.
        parameters: of one time that it was sent.
        owners: who it may be about.
        by: the first call that sent it.
    """

    sql: str
    parameters: Parameters
    owners: Sequence[int]
    by: str

    @cached_property
    def statement(self) -> Statement:
        """As it is read, about the one of the owners with whom it equates most of its tables."""
        read = [read_statement(self.sql, self.parameters, owner) for owner in self.owners]
        return min(read, key=lambda statement: len(statement.not_routed()))


class Recorder:
    """What is sent through a session, each statement once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sent: dict[object, Sent] = {}
        self._new: list[tuple[str, Parameters]] = []
        event.listen(session.connection(), "before_cursor_execute", self._collect)

    def record(self, by: str, owners: Sequence[int], run: Callable[[], object]) -> None:
        """Record what is sent, and undo it.

        Args:
            by: who is to be blamed.
            owners: who it is about; with those that it creates.
            run: what sends it.
        """
        self._new.clear()
        with self.session.begin_nested() as savepoint:
            created = run()
            self.session.flush()
            savepoint.rollback()
        assert self._new, by
        for sql, parameters in self._new:
            about = [created.id] if isinstance(created, User) and not owners else owners
            of_owner = frozenset(name for name, value in parameters.items() if value in about)
            self.sent.setdefault((sql, of_owner), Sent(sql, parameters, about, by))

    def _collect(
        self,
        connection: Connection,
        cursor: DBAPICursor,
        statement: str,
        parameters: Parameters | Sequence[Parameters],
        context: ExecutionContext | None,
        executemany: bool,
    ) -> None:
        if not statement.startswith(_CONTROL):
            each = [parameters] if isinstance(parameters, Mapping) else parameters
            self._new += [(statement, one) for one in each]


def all_sent(database: Database) -> list[Sent]:
    """Every statement of every call, in every state, and of the ORM for every model."""
    with database.session() as session:
        sequence = func.pg_get_serial_sequence(User.__tablename__, "id")
        session.scalar(select(func.setval(sequence, _FAR_FROM_OTHER_IDS)))
        eve, ada = person(session, "eve@example.com"), person(session)
        recorder = Recorder(session)
        for call in CALLS:
            session.expunge_all()
            owners = [ada.user] if call.has_owner else [ada.user, eve.user]
            if call.service == "users.create":
                owners = []
            recorder.record(call.service, owners, partial(call.run, session, ada))
        for name, run in STATES.items():
            session.expunge_all()
            recorder.record(name, [ada.user], partial(run, session, ada))
        for service in PREPARED:
            first(service).run(session, ada)
        for mapper in filter(is_ours, Base.registry.mappers):
            record_orm(recorder, mapper, ada.user)
        session.rollback()
    return [*recorder.sent.values()]


def dump_sent(url: str) -> None:
    """The same, pickled to stdout: for a process that imports another copy of the package."""
    database = Database(url)
    sys.stdout.buffer.write(pickle.dumps(all_sent(database)))
    database.dispose()


def is_ours(mapper: Mapper[Any]) -> bool:
    """Whether it is not a host's, of another test."""
    return mapper.class_.__module__.startswith(f"{trackercore.__name__}.")


def record_orm(recorder: Recorder, mapper: Mapper[Any], owner: int) -> None:
    """Record what the ORM sends by itself for a row of a model."""
    session, model = recorder.session, mapper.class_
    rows = select(model).where(model.__table__.c[KEYS[model.__tablename__]] == owner)

    def record(what: str, run: Callable[[Any], object]) -> None:
        session.expunge_all()
        row = session.scalars(rows.limit(1)).one()
        recorder.record(f"{model.__name__}: {what}", [owner], lambda: run(row))

    written = [
        name
        for name, column in mapper.columns.items()
        if column.table is mapper.local_table
        and not (column.primary_key or column.foreign_keys or column.computed)
    ]
    for name in written[-1:]:  # a table of links has none
        record("change", partial(_change, name=name))
    record("refresh", session.refresh)
    record("delete", session.delete)
    for relationship in mapper.relationships:
        if is_ours(relationship.mapper):
            record(relationship.key, attrgetter(relationship.key))


def _change(row: object, name: str) -> None:
    flag_modified(row, name)
