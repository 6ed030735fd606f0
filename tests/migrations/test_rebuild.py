"""A revision that gives a table a foreign key: SQLite has to rebuild the table for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from tests.migrations.support import Tracker, on_postgresql, on_sqlite
from tests.migrations.two_revisions import NEWEST
from tests.support.fixtures import OpenDatabase
from tests.support.names import named_sql
from trackercore import SchemaError

pytestmark = pytest.mark.slow

ADD_SESSION = """
    INSERT INTO sessions
    (user_id, topic_id, study_date, duration_seconds, created_at, updated_at)
    VALUES (1, 1, '2026-01-03', 600, '2026-01-03 12:00:00', '2026-01-03 12:00:00')
    """


def read(tracker: Tracker, query: str) -> Sequence[Row[Any]]:
    with tracker.reading() as connection:
        return connection.execute(named_sql(query)).all()


# --- On SQLite the table is rebuilt ------------------------------------------------------------


@on_sqlite
def test_every_value_is_kept_just_as_it_was_stored(filled: Tracker) -> None:
    """SQLite holds a value of any kind in any column, and texts as they were written."""
    columns = "id, user_id, topic_id, study_date, duration_seconds, notes, external_id, created_at"
    values = (
        "7, 1, 1, '2026-01-03', 1, '', '', '2026-01-03'",
        "8, 1, 1, '2026-01-03', 1560, x'00FF', 'Ключ', '2026-01-03T12:00:00.000001'",
        "4611686018427387904, 2, 2, 20260103, 2.5, 'a'' \"b\" :c %d' || char(0, 10, 128512), 8, 0",
        "9, 2, 2, '', 15, 1.5, '8 ', ' '",
    )
    into = f"INSERT INTO sessions ({columns}, updated_at)"
    filled.execute(*(f"{into} VALUES ({row}, '2026-01-03')" for row in values))
    kinds = ", ".join(f"typeof({name}), quote({name})" for name in columns.split(", "))
    query = f"SELECT {kinds} FROM sessions ORDER BY id"
    before = read(filled, query)
    assert len(before) == 2 + len(values)
    filled.bring_to(NEWEST)
    assert read(filled, query) == before
    new = "started_at IS NULL AND ended_at IS NULL AND part_of IS NULL"
    assert read(filled, f"SELECT count(*) FROM sessions WHERE {new}") == [(len(before),)]


@on_sqlite
@pytest.mark.parametrize("deleted", ["id > 5", "id > 3", "id IN (2, 5)", "id > 0"])
def test_ids_go_on_after_the_last_one_that_was_given_out(deleted: str, filled: Tracker) -> None:
    filled.execute(ADD_SESSION, ADD_SESSION, ADD_SESSION, f"DELETE FROM sessions WHERE {deleted}")
    filled.bring_to(NEWEST)
    filled.execute(ADD_SESSION)
    assert read(filled, "SELECT max(id) FROM sessions") == [(6,)]


@on_sqlite
def test_ids_begin_with_1_in_a_table_without_a_row(two_revisions: None, tracker: Tracker) -> None:
    tracker.bring_to(NEWEST)
    assert read(tracker, "SELECT * FROM sqlite_sequence") == []
    tracker.execute(
        "INSERT INTO users"
        " (email, time_zone, week_starts_on, day_starts_at, created_at, updated_at)"
        " VALUES ('ada@example.com', 'UTC', 1, 0, '2026-01-01', '2026-01-01')",
        "INSERT INTO topics (user_id, name, name_key, created_at, updated_at)"
        " VALUES (1, 'SQL', 'sql', '2026-01-01', '2026-01-01')",
        ADD_SESSION,
    )
    assert read(tracker, "SELECT id FROM sessions") == [(1,)]


OF_THE_HOST = (
    "CREATE VIEW minutes AS SELECT user_id, sum(duration_seconds) AS n FROM sessions GROUP BY 1",
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
def host(filled: Tracker) -> Tracker:
    """Views, tables, an index and triggers of a host's that use `sessions`."""
    filled.execute(*OF_THE_HOST)
    return filled


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
    host.bring_to(NEWEST)
    assert [read(host, query) for query in queries] == before


@on_sqlite
def test_what_a_host_has_made_goes_on_working(host: Tracker) -> None:
    host.bring_to(NEWEST)
    host.execute(ADD_SESSION)
    assert read(host, "SELECT n FROM minutes") == [(2100,), (3000,)]
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
def test_columns_of_a_host_stop_the_upgrade(column: str, filled: Tracker) -> None:
    filled.execute(f"ALTER TABLE sessions ADD COLUMN {column}")
    before = filled.dump()
    with pytest.raises(SchemaError, match=r"nothing was changed: .* did not make: mood\."):
        filled.bring_to(NEWEST)
    assert filled.dump() == before
    filled.execute("ALTER TABLE sessions DROP COLUMN mood")
    filled.bring_to(NEWEST)


@on_sqlite
def test_the_connection_has_its_setting_for_alter_table_back(
    filled: Tracker, open_database: OpenDatabase
) -> None:
    database = open_database(filled.url, pool_size=1, max_overflow=0)
    database.upgrade()
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA legacy_alter_table").scalar_one() == 0


# --- On PostgreSQL it is altered --------------------------------------------------------------

STORED = """
    SELECT pg_class.oid, relfilenode FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = current_schema()
    WHERE relname = '{}'
    """


@on_postgresql
@pytest.mark.parametrize("schema", [None, "My tracker"])
@pytest.mark.parametrize("name", ["sessions", "pk_sessions"])
def test_neither_the_table_nor_its_key_is_rebuilt(name: str, filled: Tracker) -> None:
    before = read(filled, STORED.format(name))
    filled.bring_to(NEWEST)
    assert read(filled, STORED.format(name)) == before != []


@on_postgresql
def test_a_host_s_foreign_key_to_the_primary_key_stays(filled: Tracker) -> None:
    filled.execute(
        "CREATE TABLE likes (user_id bigint, session_id bigint, CONSTRAINT likes_fk"
        " FOREIGN KEY (user_id, session_id) REFERENCES sessions (user_id, id))",
        "INSERT INTO likes VALUES (1, 1)",
    )
    filled.bring_to(NEWEST)
    with pytest.raises(IntegrityError, match="likes_fk"):
        filled.execute("INSERT INTO likes VALUES (2, 1)")
