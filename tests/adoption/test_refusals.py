"""What `adopt` does not take over stays exactly as it was, and the message names the culprit."""

from __future__ import annotations

import re
from copy import copy
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from tests.adoption import legacy, support
from tests.adoption.legacy import ADA, BOTH, COLUMNS, KEPT, OPTIONAL, ROWS, Row, rows_of
from tests.adoption.support import execute, refuse
from tests.support.fixtures import OpenDatabase
from trackercore import AdoptReport, CannotAdopt, RefusalReason, SchemaError, adopt
from trackercore.adoption.reasons import RefusalCode, RenameCondition, ValueKind

pytestmark = pytest.mark.slow

OTHER_LETTERS = ("Users", "TOPICS")
"""Table names mean the same in any letters."""


def test_the_error_is_one_of_the_schema_errors() -> None:
    assert issubclass(CannotAdopt, SchemaError)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_database_without_tables_of_either_design(empty_url: str, dry_run: bool) -> None:
    execute(empty_url, "CREATE TABLE notes (id INTEGER PRIMARY KEY)")
    refuse(empty_url, dry_run=dry_run)
    execute(empty_url, "DROP TABLE notes")
    refuse(empty_url, dry_run=dry_run)


USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255))"
TOPICS = "CREATE TABLE topics (id INTEGER PRIMARY KEY, name VARCHAR(200))"
HABITS = "CREATE TABLE habits (id INTEGER PRIMARY KEY, name TEXT, user_id INTEGER)"
OTHERS_HABIT_LOGS = "CREATE TABLE habit_logs (habit_id INTEGER REFERENCES users (id))"

REASONS: dict[RefusalCode, tuple[list[str], dict[str, str], str | None]] = {
    "no_tables": ([], {}, None),
    "table_needed": (
        [HABITS.replace("user_id", "frequency TEXT, user_id")],
        {"table": "habits", "column": "user_id", "other_table": "users"},
        None,
    ),
    "table_name": (
        ["CREATE TABLE todos (id INTEGER PRIMARY KEY)"],
        {
            "table": "todos",
            "rename_to": "tasks",
            "condition": "such_rows",
            "sql": "ALTER TABLE todos RENAME TO tasks",
        },
        None,
    ),
    "table_in_the_way": (
        [USERS, "CREATE TABLE check_ins (id INTEGER PRIMARY KEY)"],
        {"table": "check_ins"},
        None,
    ),
    "primary_key": (
        ["CREATE TABLE users (id INTEGER, email VARCHAR(255))"],
        {"table": "users"},
        None,
    ),
    "column_needed": ([USERS, HABITS], {"table": "habits", "column": "frequency"}, None),
    "column_name": (
        [USERS.replace("email", "mail")],
        {
            "table": "users",
            "column": "mail",
            "rename_to": "email",
            "sql": "ALTER TABLE users RENAME COLUMN mail TO email",
        },
        None,
    ),
    "column_type": (
        ["CREATE TABLE users (id VARCHAR(36) PRIMARY KEY, email VARCHAR(255))"],
        {"table": "users", "column": "id", "type": "VARCHAR(36)", "takes": "whole_numbers"},
        None,
    ),
    "column_unknown": (
        [USERS, "ALTER TABLE users ADD COLUMN xp INTEGER"],
        {"table": "users", "column": "xp"},
        None,
    ),
    "foreign_key": (
        [USERS, OTHERS_HABIT_LOGS],
        {"table": "users", "other_table": "habit_logs"},
        None,
    ),
    "view": (
        [USERS, "CREATE VIEW mails AS SELECT email FROM users"],
        {"table": "users", "name": "mails"},
        None,
    ),
    "owner_needed": ([TOPICS, "INSERT INTO topics VALUES (1, 'SQL')"], {}, None),
    "owner_of_nothing": ([USERS], {}, ADA),
}

PLPGSQL = "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"

BY_BACKEND: dict[str, dict[RefusalCode, tuple[list[str], dict[str, str], str | None]]] = {
    "sqlite": {
        "trigger": (
            [USERS, "CREATE TRIGGER stamped AFTER INSERT ON users BEGIN DELETE FROM users; END"],
            {"table": "users", "name": "stamped"},
            None,
        )
    },
    "postgresql": {
        "no_tables": ([], {"name": "public"}, None),
        "foreign_key": (
            [USERS, OTHERS_HABIT_LOGS],
            {
                "table": "users",
                "other_table": "habit_logs",
                "name": "habit_logs_habit_id_fkey",
                "sql": "ALTER TABLE habit_logs DROP CONSTRAINT habit_logs_habit_id_fkey",
            },
            None,
        ),
        "trigger": (
            [
                USERS,
                PLPGSQL,
                "CREATE TRIGGER it BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION stamp()",
            ],
            {"table": "users", "name": "it", "sql": "DROP TRIGGER it ON users"},
            None,
        ),
        "rule": (
            [USERS, "CREATE RULE keep AS ON DELETE TO users DO INSTEAD NOTHING"],
            {
                "table": "users",
                "other_table": "users",
                "name": "keep",
                "sql": "DROP RULE keep ON users",
            },
            None,
        ),
        "function": (
            [USERS, "CREATE FUNCTION mail(users) RETURNS text LANGUAGE sql AS 'SELECT $1.email'"],
            {"table": "users", "name": "mail(users)"},
            None,
        ),
        "row_security": (
            [TOPICS, "ALTER TABLE topics ENABLE ROW LEVEL SECURITY"],
            {"table": "topics"},
            None,
        ),
        "publication": (
            [USERS, "CREATE PUBLICATION changes FOR TABLE users"],
            {
                "table": "users",
                "name": "changes",
                "sql": "ALTER PUBLICATION changes DROP TABLE users",
            },
            None,
        ),
        "inheritance": (
            [USERS, "CREATE TABLE staff () INHERITS (users)"],
            {
                "table": "users",
                "other_table": "staff",
                "sql": "ALTER TABLE staff NO INHERIT users",
            },
            None,
        ),
        "partitions": (
            [
                f"{USERS} PARTITION BY RANGE (id)",
                "CREATE TABLE users_1 PARTITION OF users DEFAULT",
            ],
            {"table": "users"},
            None,
        ),
        "dependent": (
            [USERS, "CREATE TABLE archive (old users)"],
            {"table": "users", "detail": "column old of table archive depends on type users"},
            None,
        ),
    },
}


def test_a_program_learns_every_reason_from_its_attributes(
    backend: str, empty_url: str, subtests: pytest.Subtests
) -> None:
    for code, (statements, facts, owner_email) in {**REASONS, **BY_BACKEND[backend]}.items():
        with subtests.test(code):
            support.renew(empty_url)
            execute(empty_url, *statements)
            (reason,) = (it for it in support.reasons(empty_url, owner_email) if it.code == code)
            assert given(reason) == facts
            for name in facts.keys() - {"condition", "takes"}:
                assert facts[name] in str(reason)
            assert copy(CannotAdopt((reason,))).reasons == (reason,)
            if "sql" in facts:
                execute(empty_url, facts["sql"])
                assert code not in {it.code for it in left(empty_url, owner_email)}


def given(reason: RefusalReason) -> dict[str, object]:
    return {
        name: value for name, value in vars(reason).items() if name != "code" and value is not None
    }


def left(url: str, owner_email: str | None) -> tuple[RefusalReason, ...]:
    """The reasons why the database cannot be adopted even now."""
    try:
        adopt(url, owner_email=owner_email, dry_run=True)
    except CannotAdopt as error:
        return error.reasons
    return ()


def test_every_code_is_tried_and_has_a_text() -> None:
    tried = {*REASONS, *BY_BACKEND["sqlite"], *BY_BACKEND["postgresql"]}
    # A process with a prefix has nothing to adopt: tests/test_table_prefix.py. Citus is not
    # everywhere: tests/citus.
    assert tried == set(get_args(RefusalCode)) - {"table_prefix", "distributed"}
    for condition in get_args(RenameCondition):
        text = str(RefusalReason(code="table_name", rename_to="tasks", condition=condition))
        assert text.partition(" if ")[2]
        assert "_" not in text
    for kind in get_args(ValueKind):
        assert kind.split("_")[0] in str(RefusalReason(code="column_type", takes=kind)).lower()


def test_the_page_says_what_to_do_about_every_code() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "how-to", "adopt.md").read_text("utf-8")
    _, _, table = page.partition("| `code` | what to do |")
    rows = [line.split("|")[1] for line in table.split("\n\n")[0].splitlines()[2:]]
    codes = [code for row in rows for code in re.findall(r"`(\w+)`", row)]
    assert sorted(codes) == sorted(get_args(RefusalCode))


def test_no_text_says_that_a_table_should_be_dropped() -> None:
    """What stands before "drop" or "remove" is what is dropped, and never the user's data."""
    for code in get_args(RefusalCode):
        reason = RefusalReason(code=code, table="habits", column="x", name="it", other_table="logs")
        for what in re.findall(r"\b(?:drop|remove) ([\w ]+)", str(reason)):
            assert what.partition(" or ")[0] in DROPPED[code], str(reason)


DROPPED: dict[RefusalCode, str] = {
    "column_unknown": "the column",
    "foreign_key": "the key",
    "view": "the view",
    "rule": "the rule",
    "function": "the function",
    "trigger": "the trigger",
    "row_security": "its policies and disable it",
    "dependent": "that",
}


def test_all_reasons_are_given_at_once(empty_url: str) -> None:
    support.fill(empty_url, BOTH, ROWS)
    execute(
        empty_url,
        "ALTER TABLE tasks ADD COLUMN colour INTEGER",
        "ALTER TABLE habits RENAME COLUMN name TO title",
        "CREATE TABLE check_ins (id INTEGER PRIMARY KEY)",
        "CREATE TABLE habit_logs (habit_id INTEGER REFERENCES habits (id))",
    )
    codes = [reason.code for reason in support.reasons(empty_url)]
    expected = ["table_in_the_way", "column_unknown", "column_name", "foreign_key", "owner_needed"]
    assert codes == expected


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
            support.put_rows(empty_url, {name: [] for name in tables})
            refuse(empty_url, missing, owner_email=ADA)


@pytest.mark.parametrize("table", ["check_ins", "trackercore_rejected"])
def test_a_table_of_a_name_that_trackercore_needs(table: str, filled_url: str) -> None:
    execute(filled_url, f"CREATE TABLE {table} (id INTEGER PRIMARY KEY)")
    refuse(filled_url, table, owner_email=ADA)


OWN = {
    "TABLE": "CREATE TABLE hosts_own (id INTEGER PRIMARY KEY, it INTEGER REFERENCES {}(id))",
    "VIEW": "CREATE VIEW hosts_own AS SELECT count(*) AS n FROM {}",
}


@pytest.mark.parametrize("what", OWN)
def test_a_table_or_view_of_the_hosts_that_refers_to_one(
    what: str, filled_url: str, subtests: pytest.Subtests
) -> None:
    for table in (*legacy.TABLES, *OTHER_LETTERS):
        with subtests.test(table):
            execute(filled_url, OWN[what].format(table))
            refuse(filled_url, "hosts_own", owner_email=ADA)
            execute(filled_url, f"DROP {what} hosts_own")


def test_a_trigger_of_the_hosts(backend: str, filled_url: str) -> None:
    """It would go with the old table."""
    if backend == "postgresql":
        execute(
            filled_url,
            "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
            "CREATE TRIGGER stamped BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION stamp()",
        )
    else:
        execute(
            filled_url, "CREATE TRIGGER stamped AFTER INSERT ON tasks BEGIN DELETE FROM habits; END"
        )
    refuse(filled_url, "stamped", owner_email=ADA)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_trigger_of_the_hosts_that_writes_to_one(filled_url: str) -> None:
    execute(
        filled_url,
        "CREATE TABLE books (id INTEGER PRIMARY KEY)",
        "CREATE TRIGGER stamped AFTER INSERT ON books BEGIN"
        " INSERT INTO Tasks (title, user_id) VALUES ('Read', 1); END",
    )
    refuse(filled_url, "stamped", owner_email=ADA)


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
    support.put_rows(empty_url, {"topics": [], "sessions": [], table: [row]})
    refuse(empty_url, "owner_email")
    refuse(empty_url, "owner_email", dry_run=True)


def test_an_owner_of_nothing(empty_url: str) -> None:
    kind = "FocusFlow, by its SQL script"
    support.fill(empty_url, kind, rows_of(kind))
    refuse(empty_url, "topics or sessions", owner_email=ADA)


def test_an_owner_without_an_address_is_invalid_input(filled_url: str) -> None:
    with support.unchanged(filled_url):
        for address in ("", "ada", "ada@", "@example.com", "ada@example.com, bob@x.org"):
            with pytest.raises(ValidationError):
                adopt(filled_url, owner_email=address)


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_file_that_does_not_exist_is_not_made(tmp_path: Path, dry_run: bool) -> None:
    with pytest.raises(Exception, match=r"none\.db|unable to open"):
        adopt(f"sqlite:///{tmp_path / 'none.db'}", dry_run=dry_run)
    assert list(tmp_path.iterdir()) == []


def test_what_trackercore_made_is_left_alone(empty_url: str, open_database: OpenDatabase) -> None:
    database = open_database(empty_url)
    database.init()
    with support.unchanged(empty_url):
        report = adopt(empty_url, owner_email=ADA)
    assert report == AdoptReport(dry_run=False, revision=str(database.revision()))


def test_other_tables_of_the_hosts_stay_as_they_are(filled_url: str) -> None:
    execute(
        filled_url,
        "CREATE TABLE authors (id INTEGER PRIMARY KEY, name TEXT)",
        "CREATE TABLE books (id INTEGER PRIMARY KEY, author INTEGER REFERENCES authors(id),"
        " users TEXT, CHECK (users <> 'tasks'))",
        "CREATE INDEX ix_books_author ON books (author)",
        "CREATE VIEW shelf AS SELECT author, count(*) AS books FROM books GROUP BY author",
        "INSERT INTO authors VALUES (1, 'Ada')",
        "INSERT INTO books VALUES (1, 1, 'all users')",
    )
    before = [line for line in support.dump_of(filled_url) if HOSTS.search(line)]
    assert adopt(filled_url, owner_email=ADA).kept == KEPT
    assert [line for line in support.dump_of(filled_url) if HOSTS.search(line)] == before != []
    with support.connect(filled_url) as connection:
        assert connection.execute(text("SELECT * FROM books")).all() == [(1, 1, "all users")]
        assert connection.execute(text("SELECT * FROM shelf")).all() == [(1, 1)]


HOSTS = re.compile("authors|books|shelf")
