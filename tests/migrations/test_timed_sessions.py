"""trackercore_0004: `sessions` refers to itself, which SQLite has to rebuild the table for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Row, text
from sqlalchemy.exc import IntegrityError

from tests.migrations.support import Tracker
from tests.support.fixtures import OpenDatabase
from trackercore import SchemaError

BEFORE = "trackercore_0003"
REVISION = "trackercore_0004"

on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])
on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])

ADD_SESSION = """
    INSERT INTO sessions (user_id, topic_id, study_date, duration_minutes, created_at)
    VALUES (1, 1, '2026-01-03', 10, '2026-01-03 12:00:00')
    """


@pytest.fixture
def old(tracker: Tracker) -> Tracker:
    """Tables of the revision before, with rows; the ids of `sessions` are 1 and 2."""
    tracker.bring_to(BEFORE)
    tracker.fill(BEFORE)
    return tracker


def read(tracker: Tracker, query: str) -> Sequence[Row[Any]]:
    with tracker.reading() as connection:
        return connection.execute(text(query)).all()


# --- On SQLite the table is made anew ---------------------------------------------------------


@on_sqlite
def test_every_value_is_kept_just_as_it_was_stored(old: Tracker) -> None:
    """SQLite holds a value of any kind in any column, and texts as they were written."""
    columns = "id, user_id, topic_id, study_date, duration_minutes, notes, external_id, created_at"
    values = (
        "7, 1, 1, '2026-01-03', 1, '', '', '2026-01-03'",
        "8, 1, 1, '2026-01-03', 1560, x'00FF', 'Ключ', '2026-01-03T12:00:00.000001'",
        "4611686018427387904, 2, 2, 20260103, 2.5, 'a'' \"b\" :c %d' || char(0, 10, 128512), 8, 0",
        "9, 2, 2, '', 15, 1.5, '8 ', ' '",
    )
    old.execute(*(f"INSERT INTO sessions ({columns}) VALUES ({row})" for row in values))
    kinds = ", ".join(f"typeof({name}), quote({name})" for name in columns.split(", "))
    query = f"SELECT {kinds} FROM sessions ORDER BY id"
    before = read(old, query)
    assert len(before) == 2 + len(values)
    old.bring_to(REVISION)
    assert read(old, query) == before
    new = "started_at IS NULL AND ended_at IS NULL AND part_of IS NULL"
    assert read(old, f"SELECT count(*) FROM sessions WHERE {new}") == [(len(before),)]


@on_sqlite
@pytest.mark.parametrize("deleted", ["id > 5", "id > 3", "id IN (2, 5)", "id > 0"])
def test_ids_go_on_after_the_last_one_that_was_given_out(deleted: str, old: Tracker) -> None:
    old.execute(ADD_SESSION, ADD_SESSION, ADD_SESSION, f"DELETE FROM sessions WHERE {deleted}")
    old.bring_to(REVISION)
    old.execute(ADD_SESSION)
    assert read(old, "SELECT max(id) FROM sessions") == [(6,)]


@on_sqlite
def test_ids_begin_with_1_where_there_never_was_a_row(tracker: Tracker) -> None:
    tracker.bring_to(REVISION)
    assert read(tracker, "SELECT * FROM sqlite_sequence") == []
    tracker.execute(
        "INSERT INTO users (email, time_zone, week_starts_on, day_starts_at, created_at)"
        " VALUES ('ada@example.com', 'UTC', 1, 0, '2026-01-01')",
        "INSERT INTO topics (user_id, name, name_key, created_at)"
        " VALUES (1, 'SQL', 'sql', '2026-01-01')",
        ADD_SESSION,
    )
    assert read(tracker, "SELECT id FROM sessions") == [(1,)]


OF_THE_HOST = (
    "CREATE VIEW minutes AS SELECT user_id, sum(duration_minutes) AS n FROM sessions GROUP BY 1",
    "CREATE VIEW more AS SELECT * FROM minutes NATURAL JOIN users",
    (
        "CREATE TABLE stars (id integer PRIMARY KEY, "
        "session_id integer NOT NULL REFERENCES sessions ON DELETE CASCADE)"
    ),
    (
        "CREATE TABLE likes (user_id integer, session_id integer, "
        'FOREIGN KEY (user_id, session_id) REFERENCES "sessions" (user_id, id) ON DELETE CASCADE)'
    ),
    "INSERT INTO stars VALUES (1, 1), (2, 1), (3, 2)",
    "INSERT INTO likes VALUES (1, 1), (2, 2)",
    "CREATE TABLE log (line text)",
    "INSERT INTO log VALUES ('kept')",
    "CREATE INDEX shop_notes ON sessions (notes) WHERE notes NOT LIKE '%:x'",
    (
        "CREATE TRIGGER shop_added AFTER INSERT ON sessions BEGIN"
        " INSERT INTO log VALUES ('at 10:30 :x, 100 %d, ' || new.study_date); END"
    ),
    (
        "CREATE TRIGGER shop_starred AFTER INSERT ON stars BEGIN"
        " UPDATE sessions SET notes = '*' WHERE id = new.session_id; END"
    ),
)


@pytest.fixture
def host(old: Tracker) -> Tracker:
    """Views, tables, an index and triggers of a host's that have to do with `sessions`."""
    old.execute(*OF_THE_HOST)
    return old


@on_sqlite
def test_what_a_host_has_made_is_as_before(host: Tracker) -> None:
    queries = (
        (
            "SELECT type, name, tbl_name, sql FROM sqlite_master"
            " WHERE name IN ('minutes', 'more', 'stars', 'likes', 'shop_notes', 'shop_added',"
            " 'shop_starred') ORDER BY name"
        ),
        "SELECT * FROM stars",
        "SELECT * FROM likes",
        "SELECT * FROM log",
        "SELECT * FROM minutes",
        "SELECT * FROM more",
    )
    before = [read(host, query) for query in queries]
    assert len(before[0]) == 7
    assert all(before)
    host.bring_to(REVISION)
    assert [read(host, query) for query in queries] == before


@on_sqlite
def test_what_a_host_has_made_goes_on_working(host: Tracker) -> None:
    host.bring_to(REVISION)
    host.execute(ADD_SESSION)
    assert read(host, "SELECT n FROM minutes") == [(35,), (50,)]
    assert read(host, "SELECT * FROM log") == [("kept",), ("at 10:30 :x, 100 %d, 2026-01-03",)]
    host.execute("INSERT INTO stars VALUES (4, 3)")
    assert read(host, "SELECT notes FROM sessions WHERE id = 3") == [("*",)]
    for refused in ("stars VALUES (5, 99)", "likes VALUES (2, 1)"):
        with pytest.raises(IntegrityError, match="FOREIGN KEY"):
            host.execute(f"INSERT INTO {refused}")
    host.execute("DELETE FROM sessions WHERE id = 1")
    assert read(host, "SELECT id FROM stars") == [(3,), (4,)]
    assert read(host, "SELECT user_id FROM likes") == [(2,)]


@on_sqlite
@pytest.mark.parametrize(
    "column", ["mood text", "mood text AS (upper(notes))", "mood integer DEFAULT 1"]
)
def test_columns_of_a_host_are_not_lost_without_a_word(column: str, old: Tracker) -> None:
    old.execute(f"ALTER TABLE sessions ADD COLUMN {column}")
    before = old.dump()
    with pytest.raises(SchemaError, match=r"nothing was changed: .* did not make: mood\."):
        old.bring_to(REVISION)
    assert old.dump() == before
    old.execute("ALTER TABLE sessions DROP COLUMN mood")
    old.bring_to(REVISION)


@on_sqlite
def test_the_connection_alters_tables_again_as_others_do(
    old: Tracker, open_database: OpenDatabase
) -> None:
    database = open_database(old.url, pool_size=1, max_overflow=0)
    database.upgrade()
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA legacy_alter_table").scalar_one() == 0


# --- On PostgreSQL it is altered --------------------------------------------------------------

KEY = """
    SELECT pg_class.oid, relfilenode FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = current_schema()
    WHERE relname = '{}'
    """


@on_postgresql
@pytest.mark.parametrize("schema", [None, "My tracker"])
def test_the_unique_index_becomes_a_constraint_and_is_not_built_anew(old: Tracker) -> None:
    (index,) = read(old, KEY.format("ux_sessions_user_id_id"))
    old.bring_to(REVISION)
    assert read(old, KEY.format("ux_sessions_user_id_id")) == []
    assert read(old, KEY.format("uq_sessions_user_id_id")) == [index]
    query = (
        "SELECT contype::text, conindid, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conname = 'uq_sessions_user_id_id' AND conrelid = 'sessions'::regclass"
    )
    (constraint,) = read(old, query)
    assert tuple(constraint) == ("u", index.oid, "UNIQUE (user_id, id)")


@on_postgresql
def test_the_table_is_not_written_anew(old: Tracker) -> None:
    (table,) = read(old, KEY.format("sessions"))
    old.bring_to(REVISION)
    assert read(old, KEY.format("sessions")) == [table]


@on_postgresql
def test_a_host_s_foreign_key_to_the_index_stays(old: Tracker) -> None:
    old.execute(
        "CREATE TABLE likes (user_id bigint, session_id bigint, CONSTRAINT likes_fk"
        " FOREIGN KEY (user_id, session_id) REFERENCES sessions (user_id, id))",
        "INSERT INTO likes VALUES (1, 1)",
    )
    old.bring_to(REVISION)
    with pytest.raises(IntegrityError, match="likes_fk"):
        old.execute("INSERT INTO likes VALUES (2, 1)")
