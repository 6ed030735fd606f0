"""Every statement equates the owner, for every table of ours that it names.

So a database that is distributed by user sends each to one shard. What the rule is about is in
tests/support/routing.py; here it is tried on the SQL of every call, and on that of the ORM.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, UniqueConstraint, inspect

from tests.services.sent_statements import Sent, all_sent
from tests.support.marked_sources import conditions_in, copy_marked, places_in, without_condition
from tests.support.names import short
from tests.support.routing import KEYS
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


@pytest.fixture(scope="module")
def sent(shared_database: Callable[[str], Database]) -> Sequence[Sent]:
    return all_sent(shared_database("postgresql"))


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


class Marked(NamedTuple):
    """What a copy of the package sends that says where each condition is written."""

    written: set[str]
    sent: Sequence[Sent]


@pytest.fixture(scope="module")
def marked(
    shared_database: Callable[[str], Database], tmp_path_factory: pytest.TempPathFactory
) -> Marked:
    """Another process imports the copy, in place of the package."""
    folder = tmp_path_factory.mktemp("marked")
    written = copy_marked(folder)
    paths = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    url = shared_database("postgresql").engine.url.render_as_string(hide_password=False)
    program = "import sys; from tests.services.sent_statements import *; dump_sent(sys.argv[1])"
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-c", program, url]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return Marked(written, pickle.loads(done.stdout))  # noqa: S301 - of our own process


def test_every_statement_and_condition_that_is_written_is_sent(marked: Marked) -> None:
    """A new one needs a call that sends it: in the table of calls, or in states.py."""
    assert marked.written - places_in(each.sql for each in marked.sent) == set()


def test_without_any_one_condition_that_is_written_a_statement_is_not_routed(
    marked: Marked,
) -> None:
    """Each is deleted in turn, from the statements that it is a part of."""
    by_place = defaultdict[str, list[Sent]](list)
    for each in marked.sent:
        for place, rows in conditions_in(each.sql):
            if rows.rstrip("_0123456789") in KEYS:  # and not what a subquery returns
                by_place[place].append(each)
    assert len(by_place) > 100

    def is_needed(each: Sent, place: str) -> bool:
        without = replace(each, sql=without_condition(each.sql, place))
        return len(without.statement.not_routed()) > len(each.statement.not_routed())

    needed = {
        place for place, some in by_place.items() if any(is_needed(each, place) for each in some)
    }
    assert by_place.keys() - needed == set()


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
