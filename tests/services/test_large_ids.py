"""Ids of more than 32 bits, which psycopg 3 sends with the type that a statement says they have."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import Connection, make_url, text

from tests.services.calls import CALLS, Call, first, services
from tests.services.support import person
from tests.support.fixtures import OpenDatabase
from trackercore import Database
from trackercore.models import Base, User

FIRST_ID = 2**40


@pytest.fixture
def database(empty_url: str, open_database: OpenDatabase) -> Database:
    """A database that gives out large ids, on PostgreSQL with psycopg 3."""
    url = make_url(empty_url)
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    database = open_database(url)
    database.init()
    with database.engine.begin() as connection:
        give_out_large_ids(connection)
    return database


def give_out_large_ids(connection: Connection) -> None:
    for table in Base.metadata.tables.values():
        if "id" not in table.columns:
            continue
        if connection.dialect.name == "postgresql":
            restart = f"ALTER TABLE {table.name} ALTER COLUMN id RESTART WITH {FIRST_ID}"
            connection.execute(text(restart))
        else:
            known = "INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :id)"
            connection.execute(text(known), {"name": table.name, "id": FIRST_ID - 1})


@pytest.mark.parametrize("backend", ["postgresql"])
def test_every_service_takes_large_ids(database: Database) -> None:
    run_with_large_ids(database, [first(service) for service in services()])


@pytest.mark.slow
def test_every_call_takes_large_ids(database: Database) -> None:
    run_with_large_ids(database, CALLS)


def run_with_large_ids(database: Database, calls: Iterable[Call]) -> None:
    with database.session() as session:
        ada = person(session)
        assert ada.user >= FIRST_ID
        assert session.get(User, ada.user) is not None
        for call in calls:
            with session.begin_nested() as savepoint:
                call.run(session, ada)
                savepoint.rollback()
