"""Which tables are distributed, in which order; and what is said where there is no Citus."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert, inspect

from tests.services.test_emails import like_distributed
from tests.support.fixtures import OpenDatabase
from tests.support.names import named, named_sql
from tests.support.shell import Shell
from trackercore import (
    AsyncDatabase,
    Base,
    CitusNotFound,
    Database,
    DistributedOtherwise,
    EmailsNotUnique,
    TablesMissing,
)
from trackercore.backends.user_emails import user_emails
from trackercore.citus import DistributeReport, distribute
from trackercore.migrations import distribution, emails, include_name, state
from trackercore.row_level_security import secure

ORDER = {each.table.name: each.column for each in distribution.order()}


def test_every_table_is_distributed_by_its_owner() -> None:
    assert dict.fromkeys(Base.metadata.tables, "user_id") | {named("users"): "id"} == ORDER
    assert not ORDER.keys() & {state.VERSION_TABLE, state.REJECTED_TABLE}


def test_a_table_comes_after_those_that_it_refers_to() -> None:
    before = set[str]()
    for table in (Base.metadata.tables[name] for name in ORDER):
        assert {key.column.table.name for key in table.foreign_keys} <= before | {table.name}
        before.add(table.name)


def test_a_database_without_citus_is_refused(database: Database, shell: Shell) -> None:
    backend = database.engine.dialect.name
    with pytest.raises(CitusNotFound) as caught:
        distribute(database)
    assert caught.value.facts == {"backend": backend}
    with database.engine.begin() as connection, pytest.raises(CitusNotFound):
        distribute(connection, dry_run=True)
    url = database.engine.url.render_as_string(hide_password=False)
    said = {"postgresql": "CREATE EXTENSION citus", "sqlite": "this is one of sqlite"}
    assert said[backend] in shell.error("distribute", "--url", url)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("function", [distribute, secure])
def test_what_is_no_database_is_a_type_error(backend: str, function: Callable[[Any], Any]) -> None:
    for not_a_database in ("postgresql://localhost/tracker", AsyncDatabase("sqlite://")):
        words = f"not {type(not_a_database).__name__}: pass Database(url) for a URL, and use"
        with pytest.raises(TypeError, match=re.escape(words)) as caught:
            function(not_a_database)
        assert f"connection.run_sync({function.__name__})" in str(caught.value)


def test_a_database_without_citus_gets_no_tables(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    with pytest.raises(CitusNotFound):
        distribute(database)
    assert inspect(database.engine).get_table_names() == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_schema_that_is_missing_is_not_created(
    empty_url: str, open_database: OpenDatabase, shell: Shell
) -> None:
    database = open_database(empty_url, schema="typo")
    with pytest.raises(TablesMissing, match="there are no tables"):
        distribute(database)
    assert "there are no tables" in shell.error(
        "distribute", "--url", empty_url, "--schema", "typo"
    )
    assert not inspect(database.engine).has_schema("typo")


@pytest.mark.parametrize("backend", ["postgresql"])
def test_addresses_of_a_distributed_database_are_the_only_difference_without_citus(
    empty_url: str, open_database: OpenDatabase
) -> None:
    database = open_database(empty_url)
    database.init()
    with database.engine.begin() as connection:
        like_distributed(connection)
    (difference,) = database.differences()
    assert difference.startswith(named("table user_emails is of a distributed database"))
    assert difference.endswith(named("add the unique constraint users.uq_users_email"))
    assert database.revision() == state.HEAD
    database.upgrade()
    database.init()
    with database.engine.begin() as connection:  # as the page says
        connection.execute(named_sql("DROP TABLE user_emails"))
        connection.execute(
            named_sql("ALTER TABLE users ADD CONSTRAINT uq_users_email UNIQUE (email)")
        )
    assert database.differences() == []


@pytest.mark.parametrize("backend", ["postgresql"])
def test_addresses_that_users_share_are_named(database: Database) -> None:
    rows = [{"email": f"{name}@example.com"} for name in ("grace", "ada", "grace", "alan")]
    with database.engine.connect() as connection:  # is rolled back
        like_distributed(connection)
        emails.check_unique(connection)
        connection.execute(insert(Base.metadata.tables[named("users")]), rows)
        with pytest.raises(EmailsNotUnique, match="same email address: grace@example") as caught:
            emails.check_unique(connection)
        assert caught.value.emails == ("grace@example.com",)


def test_a_hosts_alembic_does_not_see_the_table_of_addresses() -> None:
    assert user_emails().name in state.OUR_TABLES
    assert not include_name(user_emails().name, "table", {"schema_name": None})


def test_a_schema_that_is_a_shard_is_not_to_be_undistributed() -> None:
    by_day = DistributedOtherwise(("tasks", "habits"))
    assert "tasks, habits" in str(by_day)
    assert "Dump the database" in str(by_day)
    shard = DistributedOtherwise(("tasks", "habits"), "acme")
    assert str(shard) == "the schema acme is a shard itself, with all its tables: they stay there"


def test_a_report_is_printed() -> None:
    rows = {"users": 1200, "tasks": 0}
    report = DistributeReport(dry_run=True, created=True, rows=rows, shards=32, workers=2)
    assert str(report).splitlines() == [
        "There were no tables: they would be created.",
        "These tables would be distributed:",
        "      1,200  users",
        "          0  tasks",
        "Shards: 32, workers: 2.",
    ]
    assert "would be" not in str(report.model_copy(update={"dry_run": False}))


def test_a_report_says_what_was_mended() -> None:
    report = DistributeReport(dry_run=False, emails_added=1, shards=32)
    assert str(report).splitlines() == [
        f"Addresses in {named('user_emails')}: 1 were added, 0 were removed.",
        "Shards: 32, all on the coordinator: add workers with citus_add_node().",
    ]
    nothing = report.model_copy(update={"emails_added": 0})
    assert str(nothing).startswith("nothing to distribute")
