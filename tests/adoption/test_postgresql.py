"""What only PostgreSQL has: schemas, policies, inheritance, publications, types of one's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.adoption import legacy, support
from tests.adoption.legacy import ADA, BOTH, KEPT, REJECTED, Rows, rows_of
from tests.adoption.support import execute, refuse
from tests.adoption.test_encodings import database_with
from tests.support.shell import with_options
from trackercore import CannotAdopt, adopt

pytestmark = [pytest.mark.parametrize("backend", ["postgresql"]), pytest.mark.slow]

FOCUSFLOW = "FocusFlow, by its SQL script"


POLICIES = {
    "enabled": "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
    "written": "CREATE POLICY own ON {} USING (true)",
}


@pytest.mark.parametrize("how", POLICIES)
def test_row_level_security(how: str, filled_url: str, subtests: pytest.Subtests) -> None:
    """It would be gone from the new tables, and everybody could read them."""
    for table in legacy.TABLES:
        with subtests.test(table):
            execute(filled_url, POLICIES[how].format(table))
            refuse(filled_url, table, owner_email=ADA)
            execute(
                filled_url,
                f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
                f"DROP POLICY IF EXISTS own ON {table}",
            )


@pytest.fixture
def owner_url(filled_url: str) -> Iterator[str]:
    """The URL for a role that owns the tables and may do nothing else."""
    may_create = "GRANT CREATE, USAGE ON SCHEMA public TO {}"
    owns = (f"ALTER TABLE {table} OWNER TO {{}}" for table in legacy.TABLES)
    with support.role_with(filled_url, may_create, *owns) as url:
        yield url


def test_row_level_security_that_hides_rows_from_the_owner(filled_url: str, owner_url: str) -> None:
    """They would be dropped unseen."""
    execute(
        filled_url,
        "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE tasks FORCE ROW LEVEL SECURITY",
    )
    with support.unchanged(filled_url), pytest.raises(CannotAdopt, match="tasks"):
        adopt(owner_url, owner_email=ADA)


def test_who_owns_the_tables_can_adopt_them(owner_url: str) -> None:
    assert adopt(owner_url, owner_email=ADA).kept == KEPT


def test_tables_in_a_schema_that_is_not_the_current_one(filled_url: str) -> None:
    execute(filled_url, "CREATE SCHEMA app")
    with support.unchanged(filled_url), pytest.raises(CannotAdopt, match="app"):
        adopt(with_options(filled_url, "-c search_path=app,public"), owner_email=ADA)


def in_app(url: str, kind: str) -> str:
    """Make tables in the schema app; the URL for which it is the current one."""
    execute(url, "CREATE SCHEMA app")
    first = with_options(url, "-c search_path=app,public")
    with support.connect(first) as connection:
        legacy.create(connection, kind)
        legacy.insert(connection, rows_of(kind))
    return first


def test_only_the_current_schema_is_changed(empty_url: str) -> None:
    """What has the same names in the other one keeps them."""
    url = in_app(empty_url, BOTH)
    execute(
        empty_url,
        "CREATE TABLE public.tasks (id serial CONSTRAINT users_pkey PRIMARY KEY, own text)",
        "CREATE TABLE public.notes (id serial PRIMARY KEY, email text UNIQUE)",
        "CREATE SEQUENCE public.users_id_seq",
        "CREATE INDEX users_email_key ON public.notes (email)",
        "CREATE INDEX ix_topics_name ON public.notes (email)",
        "CREATE INDEX ix_users_email ON public.notes (email)",
        "CREATE VIEW public.overview AS SELECT own FROM public.tasks",
        "INSERT INTO public.tasks (own) VALUES ('kept')",
    )
    with support.unchanged(empty_url):
        assert adopt(url, owner_email=ADA).kept == KEPT


def test_the_tables_of_two_schemas_are_not_mixed(empty_url: str) -> None:
    support.fill(empty_url, FOCUSFLOW, rows_of(FOCUSFLOW))
    with support.unchanged(empty_url):
        kept = adopt(in_app(empty_url, "StudyTracker"), owner_email=ADA).kept
    assert kept == {"topics": KEPT["topics"], "sessions": KEPT["sessions"]}


ELSEWHERE = {
    "a foreign key": "CREATE TABLE other.loans (id int PRIMARY KEY, who int REFERENCES users (id))",
    "a view": "CREATE VIEW other.loans AS SELECT email FROM users",
    "a materialized view": "CREATE MATERIALIZED VIEW other.loans AS SELECT email FROM users",
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_something_in_another_schema_that_refers_to_a_table(what: str, filled_url: str) -> None:
    execute(filled_url, "CREATE SCHEMA other", ELSEWHERE[what])
    refuse(filled_url, "loans", owner_email=ADA)


INHERITANCE = {
    "a child": (
        "CREATE TABLE users (id int PRIMARY KEY, email text)",
        "CREATE TABLE staff () INHERITS (users)",
        "INSERT INTO staff VALUES (1, 'ada@example.com')",
    ),
    "a parent": (
        "CREATE TABLE people (email text)",
        "CREATE TABLE users (id int PRIMARY KEY) INHERITS (people)",
        "INSERT INTO users VALUES ('ada@example.com', 1)",
    ),
    "partitions": (
        "CREATE TABLE users (id int PRIMARY KEY, email text) PARTITION BY RANGE (id)",
        "CREATE TABLE users_1 PARTITION OF users FOR VALUES FROM (1) TO (1000)",
        "INSERT INTO users VALUES (1, 'ada@example.com')",
    ),
    "a whole that it is a part of": (
        "CREATE TABLE people (id int PRIMARY KEY, email text) PARTITION BY RANGE (id)",
        "CREATE TABLE users PARTITION OF people FOR VALUES FROM (1) TO (1000)",
        "INSERT INTO people VALUES (1, 'ada@example.com')",
    ),
}


@pytest.mark.parametrize("what", INHERITANCE)
def test_a_table_that_shares_its_rows_with(what: str, empty_url: str) -> None:
    execute(empty_url, *INHERITANCE[what])
    refuse(empty_url, "users")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE RULE hosts_own AS ON DELETE TO tasks DO INSTEAD NOTHING",
        "CREATE MATERIALIZED VIEW hosts_own AS SELECT title FROM tasks",
        # Its subscribers would wait for ever for what happens to the new table.
        "CREATE PUBLICATION hosts_own FOR TABLE tasks",
    ],
)
def test_something_of_the_hosts_that_depends_on_a_table(statement: str, filled_url: str) -> None:
    execute(filled_url, statement)
    refuse(filled_url, "hosts_own", "tasks", owner_email=ADA)


TYPES = {
    "an enumeration": (
        "CREATE TYPE pace AS ENUM ('daily', 'Weekly', 'monthly')",
        "ALTER TABLE habits ALTER frequency TYPE pace USING frequency::pace",
    ),
    "domains": (
        "CREATE DOMAIN address AS text CHECK (VALUE LIKE '%@%')",
        "CREATE DOMAIN words AS varchar(255)",
        "CREATE DOMAIN number AS integer CHECK (VALUE >= 0)",
        "ALTER TABLE users ALTER id TYPE number, ALTER email TYPE address",
        "ALTER TABLE categories ALTER name TYPE words, ALTER user_id TYPE number",
        "ALTER TABLE tasks ALTER title TYPE words, ALTER category_id TYPE number",
        "ALTER TABLE habits ALTER frequency TYPE words, ALTER streak TYPE number",
        "ALTER TABLE topics ALTER name TYPE words",
        "ALTER TABLE sessions ALTER duration_minutes TYPE number, ALTER notes TYPE words",
    ),
    "a domain of a domain": (
        "CREATE DOMAIN words AS text",
        "CREATE DOMAIN titles AS words",
        "ALTER TABLE tasks ALTER title TYPE titles",
    ),
}


@pytest.mark.parametrize("what", TYPES)
def test_columns_whose_type_is(what: str, filled_url: str) -> None:
    execute(filled_url, *TYPES[what])
    report = adopt(filled_url, owner_email=ADA)
    assert report.kept == KEPT
    assert support.counts(report.rejected) == REJECTED


def test_addresses_that_the_database_compares_in_any_letters(filled_url: str) -> None:
    with support.connect(filled_url) as connection:
        extension = "SELECT FROM pg_available_extensions WHERE name = 'citext'"
        if connection.execute(text(extension)).first() is None:
            pytest.skip("the server has no citext")
    execute(
        filled_url,
        "CREATE EXTENSION citext",
        "ALTER TABLE users ALTER email TYPE citext",
        "INSERT INTO users (email, hashed_password) VALUES ('JOSÉ@example.com', 'x')",
    )
    report, stored, _moved = support.adopted(filled_url, ADA)
    assert report.kept == {**KEPT, "users": 3}
    corrected = support.counts(report.corrected)
    assert corrected["users", "email address in lower case"] == 2
    emails = {row["email"] for row in stored["users"].values()}
    assert emails == {ADA, "bob@example.com", "josé@example.com"}


UNKNOWN = "\ua7cb"
"""A capital letter that Unicode has since version 16."""


def test_an_address_of_letters_that_the_database_knows_better(empty_url: str) -> None:
    """It could not be stored: the database sees to it that addresses are in lower case."""
    rows: Rows = {
        "users": [
            {"id": 1, "email": f"{UNKNOWN}da@example.com"},
            {"id": 2, "email": "Bob@example.com"},
        ],
        "habits": [
            {"id": key, "name": "Run", "frequency": "daily", "user_id": key} for key in (1, 2)
        ],
    }
    if UNKNOWN.lower() != UNKNOWN:
        pytest.skip("Python knows it")
    with support.connect(empty_url) as connection:
        version: int = connection.execute(text("SHOW server_version_num")).scalar_one()
    if int(version) < 180000:
        pytest.skip("the server has no such locale")
    options = "ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST'"
    with database_with(options, empty_url) as url:
        support.put_rows(url, rows)
        report = adopt(url)
        assert report.kept == {"users": 1, "habits": 1}
        assert support.counts(report.rejected) == {
            ("users", "email address has no lower case here"): 1,
            ("habits", "its user was rejected"): 1,
        }


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE archive (old tasks)",
        "CREATE TABLE tickets (id bigint DEFAULT nextval('tasks_id_seq'))",
    ],
)
def test_whatever_else_depends_on_an_old_table(statement: str, filled_url: str) -> None:
    """The error comes when the old table is dropped, and has its original name."""
    execute(filled_url, statement)
    refuse(filled_url, "something else depends on tasks", owner_email=ADA)
