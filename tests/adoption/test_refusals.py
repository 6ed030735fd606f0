"""What `adopt` does not take over stays exactly as it was, and the message names the culprit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from tests.adoption import legacy, support
from tests.adoption.legacy import COLUMNS, OPTIONAL, Row
from tests.adoption.test_kinds import KEPT, ROWS, rows_of
from trackercore import AdoptReport, CannotAdopt, Database, SchemaError, adopt

BOTH = "both, FocusFlow by its SQL script"
ADA = "ada@example.com"

OTHER_LETTERS = ("Users", "TOPICS")
"""Table names mean the same in any letters."""


def execute(url: str, *statements: str) -> None:
    with support.connect(url) as connection:
        for statement in statements:
            connection.execute(text(statement))


def refuse(url: str, *culprits: str, owner_email: str | None = None, dry_run: bool = False) -> None:
    """See that the database cannot be adopted, for a reason that names the culprits."""
    before = support.dump_of(url)
    with pytest.raises(CannotAdopt) as raised:
        adopt(url, owner_email=owner_email, dry_run=dry_run)
    message = str(raised.value)
    assert [name for name in culprits if name not in message] == [], message
    assert support.dump_of(url) == before


def test_the_error_is_one_of_the_schema_errors() -> None:
    assert issubclass(CannotAdopt, SchemaError)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_database_without_tables_of_either_design(empty_url: str, dry_run: bool) -> None:
    execute(empty_url, "CREATE TABLE notes (id INTEGER PRIMARY KEY)")
    refuse(empty_url, dry_run=dry_run)
    execute(empty_url, "DROP TABLE notes")
    refuse(empty_url, dry_run=dry_run)


REQUIRED = [
    (table, column)
    for table, columns in COLUMNS.items()
    for column in columns
    if (table, column) not in OPTIONAL and column != "id"
]


def test_a_table_that_lacks_a_column(empty_url: str, subtests: pytest.Subtests) -> None:
    for table, column in REQUIRED:
        columns = {name: list(names) for name, names in COLUMNS.items()}
        columns[table].remove(column)
        with subtests.test(f"{table}.{column}"):
            support.renew(empty_url)
            with support.connect(empty_url) as connection:
                legacy.fill_loose(connection, {name: [] for name in columns}, columns)
            refuse(empty_url, table, column, owner_email=ADA)


def test_a_table_with_columns_of_the_hosts_own(empty_url: str, subtests: pytest.Subtests) -> None:
    """Their values would have no place to go."""
    for table in legacy.TABLES:
        with subtests.test(table):
            support.fill(empty_url, BOTH, ROWS)
            execute(
                empty_url,
                f"ALTER TABLE {table} ADD COLUMN avatar TEXT",
                f"ALTER TABLE {table} ADD COLUMN theme TEXT",
            )
            refuse(empty_url, table, "avatar", "theme", owner_email=ADA)


def test_tables_without_the_one_that_they_refer_to(
    empty_url: str, subtests: pytest.Subtests
) -> None:
    for tables, missing in [
        (["categories"], "users"),
        (["tasks", "categories"], "users"),
        (["habits"], "users"),
        (["habits", "topics", "sessions"], "users"),
        (["sessions"], "topics"),
        (["users", "sessions"], "topics"),
    ]:
        with subtests.test(", ".join(tables)):
            support.renew(empty_url)
            with support.connect(empty_url) as connection:
                legacy.fill_loose(connection, {name: [] for name in tables})
            refuse(empty_url, missing, owner_email=ADA)


@pytest.mark.parametrize("table", ["check_ins", "trackercore_rejected"])
def test_a_table_of_a_name_that_trackercore_needs(table: str, empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    execute(empty_url, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY)")
    refuse(empty_url, table, owner_email=ADA)


def test_a_table_of_the_hosts_that_refers_to_one(empty_url: str, subtests: pytest.Subtests) -> None:
    support.fill(empty_url, BOTH, ROWS)
    for number, table in enumerate((*legacy.TABLES, *OTHER_LETTERS)):
        with subtests.test(table):
            execute(
                empty_url,
                f"CREATE TABLE own_{number}"
                f" (id INTEGER PRIMARY KEY, it INTEGER REFERENCES {table}(id))",
            )
            refuse(empty_url, f"own_{number}", owner_email=ADA)
            execute(empty_url, f"DROP TABLE own_{number}")


def test_a_view_of_the_hosts_of_one(empty_url: str, subtests: pytest.Subtests) -> None:
    support.fill(empty_url, BOTH, ROWS)
    for number, table in enumerate((*legacy.TABLES, *OTHER_LETTERS)):
        with subtests.test(table):
            execute(empty_url, f"CREATE VIEW over_{number} AS SELECT count(*) AS n FROM {table}")
            refuse(empty_url, f"over_{number}", owner_email=ADA)
            execute(empty_url, f"DROP VIEW over_{number}")


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_materialized_view_of_the_hosts(empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    execute(empty_url, "CREATE MATERIALIZED VIEW overview AS SELECT title FROM tasks")
    refuse(empty_url, "overview", owner_email=ADA)


def test_a_trigger_of_the_hosts(backend: str, empty_url: str) -> None:
    """It would go with the old table."""
    support.fill(empty_url, BOTH, ROWS)
    if backend == "postgresql":
        execute(
            empty_url,
            "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER stamped BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION stamp()",
        )
    else:
        execute(
            empty_url, "CREATE TRIGGER stamped AFTER INSERT ON tasks BEGIN DELETE FROM habits; END"
        )
    refuse(empty_url, "stamped", owner_email=ADA)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_trigger_of_the_hosts_that_writes_to_one(empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    execute(
        empty_url,
        "CREATE TABLE books (id INTEGER PRIMARY KEY)",
        "CREATE TRIGGER stamped AFTER INSERT ON books BEGIN"
        " INSERT INTO Tasks (title, user_id) VALUES ('Read', 1); END",
    )
    refuse(empty_url, "stamped", owner_email=ADA)


@pytest.mark.parametrize(
    "keys",
    ["", ", PRIMARY KEY (email)", ", PRIMARY KEY (id, email)"],
    ids=["none", "another", "of two"],
)
def test_a_table_whose_primary_key_is_not_the_id(keys: str, empty_url: str) -> None:
    """Two rows could have the same id."""
    execute(
        empty_url,
        f"CREATE TABLE users (id INTEGER NOT NULL, email VARCHAR(255) NOT NULL{keys})",
        "INSERT INTO users VALUES (1, 'ada@example.com')",
    )
    refuse(empty_url, "users")


@pytest.mark.parametrize("table", ["topics", "sessions"])
def test_topics_and_sessions_without_an_owner(table: str, empty_url: str) -> None:
    row: Row = {"id": 7, "name": "SQL"} if table == "topics" else {"id": 7, "topic_id": 1}
    with support.connect(empty_url) as connection:
        legacy.fill_loose(connection, {"topics": [], "sessions": [], table: [row]})
    refuse(empty_url, "owner_email")
    refuse(empty_url, "owner_email", dry_run=True)


def test_an_owner_of_nothing(empty_url: str) -> None:
    kind = "FocusFlow, by its SQL script"
    support.fill(empty_url, kind, rows_of(kind))
    refuse(empty_url, "topics or sessions", owner_email=ADA)


def test_an_owner_without_an_address_is_invalid_input(empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    before = support.dump_of(empty_url)
    for address in ("", "ada", "ada@", "@example.com", "ada@example.com, bob@x.org"):
        with pytest.raises(ValidationError):
            adopt(empty_url, owner_email=address)
    assert support.dump_of(empty_url) == before


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_file_that_does_not_exist_is_not_made(tmp_path: Path, dry_run: bool) -> None:
    with pytest.raises(Exception, match=r"none\.db|unable to open"):
        adopt(f"sqlite:///{tmp_path / 'none.db'}", dry_run=dry_run)
    assert list(tmp_path.iterdir()) == []


def test_what_trackercore_made_is_left_alone(empty_url: str) -> None:
    database = Database(empty_url)
    database.init()
    before = support.dump_of(empty_url)
    revision = database.revision()
    database.dispose()
    report = adopt(empty_url, owner_email=ADA)
    assert report == AdoptReport(
        dry_run=False, revision=str(revision), owner_id=None, kept={}, corrected=(), rejected=()
    )
    assert support.dump_of(empty_url) == before


def test_other_tables_of_the_hosts_stay_as_they_are(empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    execute(
        empty_url,
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE TABLE books (id INTEGER PRIMARY KEY, author INTEGER REFERENCES authors(id),"
        " users TEXT, CHECK (users <> 'tasks'))",
        "CREATE INDEX ix_books_author ON books (author)",
        "CREATE VIEW shelf AS SELECT author, count(*) AS books FROM books GROUP BY author",
        "INSERT INTO authors VALUES (1, 'Ada')",
        "INSERT INTO books VALUES (1, 1, 'all users')",
    )
    before = [line for line in support.dump_of(empty_url) if HOSTS.search(line)]
    assert adopt(empty_url, owner_email=ADA).kept == KEPT
    assert [line for line in support.dump_of(empty_url) if HOSTS.search(line)] == before != []
    with support.connect(empty_url) as connection:
        assert connection.execute(text("SELECT * FROM books")).all() == [(1, 1, "all users")]
        assert connection.execute(text("SELECT * FROM shelf")).all() == [(1, 1)]


HOSTS = re.compile("authors|books|shelf")
