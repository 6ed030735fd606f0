"""Statements that each database runs in its own way, with the same effect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Delete,
    Insert,
    Integer,
    MetaData,
    String,
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from tests.support.statements import count_statements
from trackercore import Database
from trackercore.backends.statements import InsertFromJson, execute_together

_metadata = MetaData()
ENTRIES = Table(
    "entries",
    _metadata,
    Column("habit", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("note", String),
    prefixes=["TEMPORARY"],
)
STREAKS = Table(
    "streaks",
    _metadata,
    Column("habit", Integer, primary_key=True, autoincrement=False),
    Column("length", Integer),
    prefixes=["TEMPORARY"],
)

_OF_DAY = (ENTRIES.c.habit == bindparam("of"), ENTRIES.c.day == bindparam("on"))
_INSERT = insert(ENTRIES).values(
    habit=bindparam("of"), day=bindparam("on"), note=bindparam("new_note")
)
_UPDATE = update(ENTRIES).where(*_OF_DAY).values(note=bindparam("new_note"))
_DELETE = delete(ENTRIES).where(*_OF_DAY)
_SET_LENGTH = (
    update(STREAKS)
    .where(STREAKS.c.habit == bindparam("of"))
    .values(length=bindparam("new_length", type_=Integer))
)

WRITES: list[tuple[Insert | Update | Delete, list[tuple[int, int, str]]]] = [
    (_INSERT, [(7, 1, "old"), (7, 2, "new")]),
    (_UPDATE, [(7, 1, "old")]),
    (_DELETE, [(7, 1, "old")]),
]


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        connection.begin()
        _metadata.create_all(connection)
        connection.execute(insert(ENTRIES), {"habit": 7, "day": 1, "note": "old"})
        connection.execute(insert(STREAKS), [{"habit": 7, "length": 1}, {"habit": 8, "length": 5}])
        yield connection
        connection.rollback()


def rows(connection: Connection, table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(select(table).order_by(*table.columns))]


@pytest.mark.parametrize(("write", "expected"), WRITES, ids=["insert", "update", "delete"])
def test_two_writes_together_are_one_statement_on_postgresql(
    connection: Connection,
    backend: str,
    write: Insert | Update | Delete,
    expected: list[tuple[int, int, str]],
) -> None:
    values = {"of": 7, "on": 2, "new_note": "new", "new_length": 2}
    with count_statements(connection.engine) as statements:
        execute_together(connection, write, _SET_LENGTH, values)
    assert len(statements) == (1 if backend == "postgresql" else 2)
    assert rows(connection, ENTRIES) == expected
    assert rows(connection, STREAKS) == [(7, 2), (8, 5)]


def store(
    connection: Connection, on_conflict: Literal["fail", "keep", "replace"], *notes: str | None
) -> int:
    insert = InsertFromJson(
        ENTRIES,
        [ENTRIES.c.day, ENTRIES.c.note],
        lambda row: {
            "habit": bindparam("of", type_=Integer),
            "day": row.day,
            "note": func.coalesce(row.note, bindparam("default", type_=String)),
        },
        key=("habit", "day"),
        on_conflict=on_conflict,
    )
    items = [
        {"day": day, "note": note} if note is not None else {"day": day}
        for day, note in enumerate(notes, 1)
    ]
    return insert.execute(connection, {"of": 7, "default": "-", "rows": json.dumps(items)})


def test_rows_from_json_keep_what_is_stored(connection: Connection) -> None:
    assert store(connection, "keep", "a", "b", None) == 2
    assert rows(connection, ENTRIES) == [(7, 1, "old"), (7, 2, "b"), (7, 3, "-")]


def test_rows_from_json_are_counted_by_what_the_statement_returns(connection: Connection) -> None:
    """The driver's count is wrong on a distributed database, which adds those that are kept."""
    with count_statements(connection.engine) as statements:
        assert store(connection, "keep", "a", "b", None) == 2
    (statement,) = statements
    assert "RETURNING 1" in statement


def test_rows_from_json_replace_what_is_stored(connection: Connection) -> None:
    assert store(connection, "replace", "a", "ä'\"\\", None) == 3
    assert rows(connection, ENTRIES) == [(7, 1, "a"), (7, 2, "ä'\"\\"), (7, 3, "-")]


def test_rows_from_json_fail_if_one_is_stored(connection: Connection) -> None:
    with pytest.raises(IntegrityError), connection.begin_nested():
        store(connection, "fail", "a", "b")
    assert rows(connection, ENTRIES) == [(7, 1, "old")]


def test_no_rows_from_json_are_no_rows(connection: Connection) -> None:
    assert store(connection, "fail") == 0
    assert rows(connection, ENTRIES) == [(7, 1, "old")]
