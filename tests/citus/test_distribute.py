"""A database becomes a distributed one in place, and stays one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, insert, inspect, text

from tests.adoption import legacy
from tests.database.tour import take_tour
from tests.migrations.conftest import two_revisions
from tests.migrations.rows import ROWS
from tests.migrations.two_revisions import NEW_TABLES, NEWEST, OLDEST, make_old_tables
from tests.support.fixtures import OpenDatabase
from tests.support.names import named, named_sql
from tests.support.postgresql import Server
from tests.support.row_security import new_secured_database
from tests.support.shell import Shell
from trackercore import (
    Base,
    CannotAdopt,
    Database,
    DistributedOtherwise,
    EmailsNotUnique,
    KeysWithoutOwner,
    NoRowLevelSecurity,
    SchemaOutOfDate,
    TablesMissing,
    TablesReferToOurs,
    UnmanagedSchema,
    UserCreate,
    adopt,
    users,
)
from trackercore.backends.sql_names import schema_of
from trackercore.citus import DistributeReport, distribute
from trackercore.migrations import distribution
from trackercore.row_level_security import secure

__all__ = ["two_revisions"]

pytestmark = pytest.mark.parametrize("backend", ["postgresql"])

HOME = """
SELECT relname, column_to_column_name(logicalrelid, partkey), colocationid
FROM pg_dist_partition JOIN pg_class ON pg_class.oid = logicalrelid WHERE partmethod = 'h'
"""

TABLES = [each.table.name for each in distribution.order()]


@pytest.fixture
def local(empty_url: str, open_database: OpenDatabase) -> Database:
    """A database without tables, which Citus could distribute."""
    return open_database(empty_url)


@pytest.fixture
def filled(local: Database) -> Database:
    """The same with local tables, in whose rows every column has a value and a NULL."""
    local.init()
    fill(local, NEWEST)
    return local


def fill(database: Database, revision: str) -> None:
    with database.engine.begin() as connection:
        for statement in ROWS[revision]:
            connection.execute(named_sql(statement))


def checksums(connection: Connection) -> dict[str, tuple[object, ...]]:
    """How many rows each table has, and a number that any other value in any of them changes."""
    digest = "sum(('x' || substr(md5(each::text), 1, 15))::bit(60)::bigint)"
    return {
        name: tuple(connection.execute(text(f"SELECT count(*), {digest} FROM {name} each")).one())
        for name in TABLES
    }


def rows_of(tables: dict[str, tuple[object, ...]]) -> dict[str, object]:
    """The rows of tables, and of the table of addresses, which has those of `users`."""
    rows = {name: rows for name, (rows, _) in tables.items()}
    return rows | {named("user_emails"): rows[named("users")]}


def in_use(database: Database) -> tuple[int, int]:
    """How many shards the tables of users and of addresses each have, and how many workers."""
    shards = "SELECT count(DISTINCT shardid) FROM pg_dist_shard"
    workers = "SELECT count(*) FROM pg_dist_node WHERE groupid <> 0"
    with database.engine.begin() as connection:
        total: int = connection.execute(text(shards)).scalar_one()
        return total // (len(TABLES) + 1), connection.execute(text(workers)).scalar_one()


def homes(connection: Connection) -> dict[str, tuple[str, int]]:
    """By which column each table is distributed, and with which others it is kept."""
    return {name: (column, group) for name, column, group in connection.execute(text(HOME))}


def check_distributed(database: Database) -> None:
    assert database.differences() == []
    with database.engine.begin() as connection:
        found = homes(connection)
    emails, _ = found.pop(named("user_emails"))
    assert emails == "email"
    expected = dict.fromkeys(TABLES, "user_id") | {named("users"): "id"}
    assert {name: column for name, (column, _) in found.items()} == expected
    assert len({group for _, group in found.values()}) == 1


def test_a_filled_database_is_distributed_with_all_its_rows(filled: Database) -> None:
    with filled.engine.begin() as connection:
        before = checksums(connection)
    report = distribute(filled)
    assert report.rows == rows_of(before)
    assert all(report.rows.values())
    assert not report.created
    assert (report.shards, report.workers) == in_use(filled)
    check_distributed(filled)
    with filled.engine.begin() as connection:
        assert checksums(connection) == before
    again = distribute(filled)
    assert again == DistributeReport(dry_run=False, shards=report.shards, workers=report.workers)
    assert str(again).startswith("nothing to distribute: the tables are distributed by the user")
    filled.init()
    filled.upgrade()
    check_distributed(filled)
    with filled.session() as session:  # ids go on after those that were given out
        ada = users.find_by_email(session, "ada@example.com")
        assert ada is not None
        assert users.create(session, UserCreate(email="new@example.com")).id > ada.id


def test_a_dry_run_changes_nothing(filled: Database) -> None:
    with filled.engine.begin() as connection:
        before = checksums(connection)
    report = distribute(filled, dry_run=True)
    assert report.dry_run
    assert report.rows == rows_of(before)
    assert report.workers
    assert filled.differences() == []
    with filled.engine.begin() as connection:
        assert homes(connection) == {}
        assert checksums(connection) == before


def test_a_table_that_stays_in_use_is_not_waited_for(filled: Database, shell: Shell) -> None:
    url = filled.engine.url.render_as_string(hide_password=False)
    with filled.engine.begin() as user:
        user.execute(named_sql("SELECT * FROM habits"))
        error = shell.error("distribute", "--url", url, "--lock-timeout", "0.05")
    assert "Nothing was changed" in error
    with filled.engine.begin() as connection:
        assert homes(connection) == {}


def test_the_command_distributes_a_database_without_tables(local: Database, shell: Shell) -> None:
    url = local.engine.url.render_as_string(hide_password=False)
    dry = shell("distribute", "--url", url, "--dry-run")
    assert "There were no tables: they would be created." in dry.out
    assert inspect(local.engine).get_table_names() == []
    assert "they were created." in shell("distribute", "--url", url).out
    check_distributed(local)
    with local.session() as session:
        take_tour(session, "tour@example.com")


def test_a_host_distributes_in_a_transaction_of_its_own(filled: Database) -> None:
    with filled.engine.begin() as connection:
        assert distribute(connection, dry_run=True).rows
        assert homes(connection) == {}
        assert distribute(connection).rows
    check_distributed(filled)


def test_an_upgrade_distributes_what_it_adds(two_revisions: None, local: Database) -> None:
    make_old_tables(local)
    fill(local, OLDEST)
    with pytest.raises(SchemaOutOfDate):
        distribute(local)
    with local.engine.begin() as connection:
        report = distribute(connection)  # as a host whose own Alembic runs the revisions
    assert not report.rows.keys() & set(NEW_TABLES)
    local.upgrade()
    check_distributed(local)
    with local.engine.begin() as connection:
        after = {name: rows for name, (rows, _) in checksums(connection).items()}
    addresses = {named("user_emails"): report.rows[named("users")]}
    assert after | addresses == report.rows | dict.fromkeys(NEW_TABLES, 0)


REFUSALS: dict[type[Exception], tuple[str, str]] = {
    TablesReferToOurs: (
        "CREATE TABLE profiles (user_id bigint CONSTRAINT to_users REFERENCES users)",
        r"profiles\.to_users",
    ),
    KeysWithoutOwner: ("CREATE UNIQUE INDEX mine ON tasks (external_id)", r"tasks\.mine"),
    DistributedOtherwise: ("SELECT create_reference_table('users')", r"users\."),
    UnmanagedSchema: ("CREATE TABLE user_emails (address text)", "user_emails"),
}


@pytest.mark.parametrize("error", REFUSALS)
def test_what_is_in_the_way_is_named(error: type[Exception], local: Database) -> None:
    statement, culprit = REFUSALS[error]
    local.init()
    with local.engine.begin() as connection:
        if error is DistributedOtherwise:
            connection.execute(text("DROP TABLE users CASCADE"))
            connection.execute(text("CREATE TABLE users (id bigint PRIMARY KEY, email text)"))
        connection.execute(named_sql(statement))
    with local.engine.begin() as connection:
        before = homes(connection)
        with pytest.raises(error, match=named(culprit)):
            distribute(connection)
    with local.engine.begin() as connection:
        assert homes(connection) == before


@pytest.fixture
def distributed(local: Database) -> Database:
    distribute(local)
    return local


def change(database: Database, *statements: str) -> list[str]:
    """The differences after statements."""
    for statement in statements:
        with database.engine.begin() as connection:
            connection.execute(named_sql(statement))
    return database.differences()


def test_differences_names_what_is_not_distributed_as_it_should_be(distributed: Database) -> None:
    found = change(
        distributed,
        *(
            f"ALTER TABLE timers DROP CONSTRAINT {name}"
            for name in ("fk_timers_user_id", "fk_timers_user_id_topic_id", "pk_timers")
        ),
        "SELECT undistribute_table('timers')",
    )
    assert named("table timers is not distributed") in found
    found = change(distributed, "SELECT create_distributed_table('timers', 'topic_id')")
    assert named("table timers is distributed by topic_id, not by user_id") in found
    with pytest.raises(DistributedOtherwise, match=named(r"user: timers\.")):
        distribute(distributed)
    found = change(
        distributed,
        "SELECT undistribute_table('timers')",
        "SELECT create_distributed_table('timers', 'user_id', colocate_with => 'none')",
    )
    assert named("table timers is not colocated with users") in found


def test_a_table_of_addresses_that_is_lost_is_the_only_difference(distributed: Database) -> None:
    found = change(distributed, "DROP TABLE user_emails")
    assert found == [named("table user_emails is missing")]


def test_what_was_written_past_the_library_is_claimed_later(distributed: Database) -> None:
    with distributed.session() as session:
        ada = users.create(session, UserCreate(email="ada@example.com")).id
        session.execute(named_sql("UPDATE users SET email = 'lovelace@example.com'"))
    with distributed.session() as session:
        assert users.find_by_email(session, "lovelace@example.com") is None
    for dry_run in (True, False):
        report = distribute(distributed, dry_run=dry_run)
        assert (report.rows, report.emails_added, report.emails_removed) == ({}, 1, 1)
    with distributed.session() as session:
        found = users.find_by_email(session, "lovelace@example.com")
        assert found is not None
        assert found.id == ada
        users.create(session, UserCreate(email="ada@example.com"))


def test_addresses_that_users_share_are_named(distributed: Database) -> None:
    for _ in range(2):
        with distributed.engine.begin() as connection:
            table = Base.metadata.tables[named("users")]
            connection.execute(insert(table), {"email": "ada@example.com"})
    with pytest.raises(EmailsNotUnique) as caught:
        distribute(distributed)
    assert caught.value.emails == ("ada@example.com",)


def test_a_lost_table_of_addresses_is_made_again(distributed: Database) -> None:
    with distributed.session() as session:
        users.create(session, UserCreate(email="ada@example.com"))
    change(distributed, "DROP TABLE user_emails")
    assert distribute(distributed).rows == {named("user_emails"): 1}
    check_distributed(distributed)


def test_a_schema_of_our_own_is_distributed(empty_url: str, open_database: OpenDatabase) -> None:
    database = open_database(empty_url, schema="Tracker")
    database.init()
    distribute(database)
    check_distributed(database)
    with database.session() as session:
        take_tour(session, "tour@example.com")


def test_a_host_distributes_a_schema_of_our_own(
    empty_url: str, open_database: OpenDatabase
) -> None:
    """By a connection whose tables are in another schema than the current one."""
    database = open_database(empty_url, schema="Tracker")
    database.init()
    for rows in (len(TABLES) + 1, 0):
        with database.engine.begin() as connection:
            path = connection.scalar(text("SHOW search_path"))
            assert len(distribute(connection, dry_run=True).rows) == rows
            assert len(distribute(connection).rows) == rows
            assert connection.scalar(text("SHOW search_path")) == path
            assert schema_of(connection) == "Tracker"
    check_distributed(database)


def test_a_host_must_have_all_tables_of_the_revision(local: Database) -> None:
    def check_missing(*names: str) -> None:
        for dry_run in (True, False):
            with local.engine.begin() as connection:
                with pytest.raises(TablesMissing) as caught:
                    distribute(connection, dry_run=dry_run)
                assert caught.value.tables == names
                assert homes(connection) == {}

    check_missing(*sorted(TABLES))
    local.init()
    change(local, "DROP TABLE timers")
    check_missing(named("timers"))


def test_tables_are_distributed_or_secured_and_not_both(backend: str, server: Server) -> None:
    with new_secured_database(server) as secured:
        database = Database(secured.url, owner_role=secured.role)
        with pytest.raises(NoRowLevelSecurity, match="DROP OWNED BY"):
            distribute(database)
        with database.engine.begin() as connection:
            assert homes(connection) == {}
        assert database.run(users.count, owner=1) == 0
        with database.engine.begin() as connection:
            connection.execute(text(f"DROP OWNED BY {secured.role}"))
        distribute(database)
        check_distributed(database)
        with database.session() as session:
            take_tour(session, "tour@example.com")
        with pytest.raises(NoRowLevelSecurity):
            secure(database)
        with pytest.raises(NoRowLevelSecurity):
            database.run(users.count, owner=1)
        database.dispose()


def test_schemas_can_be_the_shards(empty_url: str, open_database: OpenDatabase) -> None:
    """One organisation in each: `citus.enable_schema_based_sharding`."""
    setting = {"options": "-c citus.enable_schema_based_sharding=on"}
    organisations = [
        open_database(empty_url, schema=schema, connect_args=setting)
        for schema in ("acme", "initech")
    ]
    for database in organisations:
        database.init()
        assert database.differences() == []
        with database.session() as session:
            take_tour(session, "tour@example.com")
        with pytest.raises(DistributedOtherwise, match="is a shard itself") as caught:
            distribute(database)
        assert caught.value.schema == schema_of(database.engine)
        with pytest.raises(NoRowLevelSecurity):
            secure(database)
    with organisations[0].engine.begin() as connection:
        shards = connection.scalar(text("SELECT count(*) FROM pg_dist_schema"))
        assert shards == 2


def test_adopted_tables_are_local_until_they_are_distributed(
    local: Database, caplog: pytest.LogCaptureFixture
) -> None:
    url = local.engine.url.render_as_string(hide_password=False)
    with local.engine.begin() as connection:
        legacy.create(connection, "FocusFlow, by its SQL script")
        legacy.insert(connection, legacy.rows_of("FocusFlow, by its SQL script"))
    with caplog.at_level("INFO", "trackercore"):
        adopt(url)
    assert "python -m trackercore distribute" in caplog.text
    assert local.differences() == []
    assert distribute(local).rows
    check_distributed(local)
    assert adopt(url).kept == {}


def test_distributed_tables_are_not_adopted(local: Database) -> None:
    url = local.engine.url.render_as_string(hide_password=False)
    with local.engine.begin() as connection:
        legacy.create(connection, "StudyTracker")
        connection.execute(text("SELECT create_distributed_table('topics', 'id')"))
    with pytest.raises(CannotAdopt) as caught:
        adopt(url, owner_email="ada@example.com")
    assert {(each.code, each.table) for each in caught.value.reasons} == {("distributed", "topics")}


@pytest.mark.parametrize("again", [Database.init, Database.upgrade])
def test_tables_that_were_dropped_are_created_and_distributed_again(
    again: Callable[[Database], None], distributed: Database
) -> None:
    with distributed.session() as session:
        users.create(session, UserCreate(email="ada@example.com"))
    Base.metadata.drop_all(distributed.engine)
    again(distributed)
    check_distributed(distributed)
    with distributed.session() as session:
        users.create(session, UserCreate(email="ada@example.com"))
    assert named("users") in inspect(distributed.engine).get_table_names()
