"""Every statement equates the owner, for every table of ours that it names.

So a database that is distributed by user sends each to one shard. What the rule is about is in
tests/support/routing.py; here it is tried on the SQL of every call, and on that of the ORM.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import attrgetter
from typing import Any

import pytest
from sqlalchemy import (
    Connection,
    UniqueConstraint,
    event,
    func,
    inspect,
    select,
)
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import flag_modified

import trackercore
from tests.services.calls import CALLS, first
from tests.services.support import person
from tests.support.databases import empty
from tests.support.names import short
from tests.support.routing import KEYS, Statement, read_statement
from trackercore import Base, Database, User
from trackercore.backends.user_emails import is_distributed

NOT_ROUTED: Mapping[str, set[str]] = {
    # They are about all users.
    "users.find": {"users"},
    "users.count": {"users"},
    # An email address does not say who has it.
    "users.find_by_email": {"users"},
    # Of all users: which of them have habits. What follows goes owner by owner.
    "habits.rebuild_streaks": {"habits"},
}
"""The tables that a call cannot equate with an owner, in a statement that locks nothing."""

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


@pytest.fixture(scope="module")
def sent(shared_database: Callable[[str], Database]) -> Iterator[Sequence[Sent]]:
    """Every statement of every call, and of the ORM for every model."""
    database = shared_database("postgresql")
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
        for service in PREPARED:
            first(service).run(session, ada)
        for mapper in filter(is_ours, Base.registry.mappers):
            record_orm(recorder, mapper, ada.user)
        yield [*recorder.sent.values()]
        session.rollback()
    empty(database)


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


def test_every_statement_equates_the_owner_for_every_table(sent: Sequence[Sent]) -> None:
    not_routed = defaultdict[str, set[str]](set)
    for each in sent:
        if tables := each.statement.not_routed():
            not_routed[each.by].update(map(short, tables))
    assert not_routed == NOT_ROUTED


def test_a_statement_that_is_not_routed_locks_and_writes_nothing(sent: Sequence[Sent]) -> None:
    for each in sent:
        if each.statement.not_routed():
            assert each.sql.startswith("SELECT"), each.sql
            assert not each.statement.is_locking, each.sql


def test_without_any_one_of_its_conditions_a_statement_is_not_routed(sent: Sequence[Sent]) -> None:
    """Each condition on an owner is deleted in turn. None of them is there twice."""
    for each in sent:
        statement = each.statement
        before, reported = statement.not_routed(), set(statement.not_routed())
        for equality in statement.equalities():
            put_back = equality.delete()
            without = statement.not_routed()
            put_back()
            assert len(without) > len(before), (each.by, str(equality), each.sql)
            reported |= set(without)
        assert statement.not_routed() == before
        new_user = {User.__tablename__} if each.sql.startswith("INSERT") else set[str]()
        assert reported | new_user >= statement.tables, (each.by, each.sql)


UNIQUE_EMAIL = {"users": [{"email"}]}
"""A distributed database keeps it in a table of its own."""


def without_key(keys: Mapping[str, Sequence[set[str]]]) -> dict[str, list[set[str]]]:
    """The keys that lack the column that says whose a row is, by table."""
    lacking = {
        short(table): [columns for columns in keys[table] if KEYS[table] not in columns]
        for table in KEYS
    }
    return {table: columns for table, columns in lacking.items() if columns}


def test_every_key_of_the_models_has_the_owner() -> None:
    unique = defaultdict[str, list[set[str]]](list)
    for table in Base.metadata.sorted_tables:
        unique[table.name].append(set(table.primary_key.columns.keys()))
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                unique[table.name].append(set(constraint.columns.keys()))
        for index in table.indexes:
            if index.unique:
                unique[table.name].append(set(index.columns.keys()))
        for reference in table.foreign_key_constraints:
            assert "user_id" in reference.column_keys, reference
            target = reference.referred_table.name
            assert KEYS[target] in {key.column.name for key in reference.elements}, reference
    assert without_key(unique) == UNIQUE_EMAIL


@pytest.mark.parametrize("backend", ["postgresql"])
def test_every_key_of_the_database_has_the_owner(connection: Connection) -> None:
    database = inspect(connection)
    unique = defaultdict[str, list[set[str]]](list)
    for table in KEYS:
        unique[table].append(set(database.get_pk_constraint(table)["constrained_columns"]))
        for index in database.get_indexes(table):
            if index["unique"]:
                unique[table].append({name for name in index["column_names"] if name})
        for reference in database.get_foreign_keys(table):
            assert "user_id" in reference["constrained_columns"], reference
            assert KEYS[reference["referred_table"]] in reference["referred_columns"], reference
    assert without_key(unique) == ({} if is_distributed(connection) else UNIQUE_EMAIL)
