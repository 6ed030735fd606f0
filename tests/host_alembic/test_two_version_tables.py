"""trackercore upgrades its tables, and the host's Alembic the host's."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text

from tests.host_alembic.project import Project, Refused
from tests.migrations.two_revisions import make_old_tables
from tests.support.names import named, named_sql
from trackercore import Base, Database, UserCreate, users
from trackercore.migrations import include_name, state

pytestmark = pytest.mark.slow

MODELS = "Your models"
ENV = "Your env.py"
BOTH = "Two version tables"

ADA = UserCreate(email="ada@example.com")


def removed_tables(connection: Connection, **options: object) -> set[str]:
    """The tables that autogenerate would drop for a host whose metadata is empty."""
    context = MigrationContext.configure(connection, opts=options)
    found = [
        change for change in compare_metadata(context, MetaData()) if change[0] == "remove_table"
    ]
    return {table.fullname for _, table in found}


def test_the_commands_of_the_page_make_both(project: Project, tracker: Database) -> None:
    project.follow(MODELS, ENV, BOTH)  # ends with `alembic check`, which exits with 0
    assert tracker.revision() == state.HEAD
    assert tracker.differences() == []
    orders = project.revisions()["orders"]
    assert orders.count("op.create_table") == 2
    assert project.execute("SELECT count(*) FROM alembic_version") == [(1,)]


def test_the_host_s_rows_go_with_their_user(project: Project, tracker: Database) -> None:
    project.follow(MODELS, ENV, BOTH)
    with tracker.session() as session:
        ada = users.create(session, ADA)
        session.execute(text("INSERT INTO products (id, name) VALUES (1, 'Tea')"))
        order = text("INSERT INTO orders (product_id, user_id) VALUES (1, :user)")
        session.execute(order, {"user": ada.id})
    with tracker.session() as session:
        users.delete(session, ada.id)
    assert project.execute("SELECT count(*) FROM orders") == [(0,)]


def test_without_include_name_autogenerate_proposes_to_drop_trackercore_s_tables(
    project: Project, tracker: Database
) -> None:
    project.edit(MODELS, ENV)
    project.replace("migrations/env.py", "            include_name=include_name,\n", "")
    tracker.init()
    with pytest.raises(Refused) as refused:
        project.run("alembic check")
    for table in (*Base.metadata.tables, state.VERSION_TABLE):
        assert f"Detected removed table '{table}'" in str(refused.value)


def test_all_that_trackercore_makes_is_hidden(tracker: Database) -> None:
    tracker.init()
    with tracker.engine.begin() as connection:
        # As `adopt` makes it.
        connection.execute(text(f"CREATE TABLE {state.REJECTED_TABLE} (reason text)"))
        ours = {*Base.metadata.tables, state.VERSION_TABLE, state.REJECTED_TABLE}
        assert removed_tables(connection) == ours
        assert removed_tables(connection, include_name=include_name) == set()


def test_names_that_look_alike_are_not_hidden(tracker: Database) -> None:
    names = {"user", "task", "trackercore", "trackercore_versions", "my_users", "users_", "version"}
    tracker.init()
    with tracker.engine.begin() as connection:
        for name in names:
            connection.execute(text(f'CREATE TABLE "{name}" (id integer)'))
        assert removed_tables(connection, include_name=include_name) == names


def test_columns_and_constraints_with_the_names_of_tables_are_not_hidden(
    project: Project, tracker: Database
) -> None:
    project.edit(MODELS, ENV)
    tracker.init()
    project.execute(
        "CREATE TABLE products ("
        "id integer CONSTRAINT shop_products_pk PRIMARY KEY, "
        "name varchar NOT NULL CONSTRAINT shop_products_name_uq UNIQUE, "
        "users integer, tasks integer CONSTRAINT sessions REFERENCES products)"
    )
    with pytest.raises(Refused) as refused:
        project.run("alembic check")
    for change in (
        "removed column 'products.users'",
        "removed column 'products.tasks'",
        "removed foreign key (tasks)(",
        "added table 'orders'",
    ):
        assert named(f"Detected {change}") in str(refused.value)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_tables_of_the_same_names_in_other_schemas_are_not_hidden(tracker: Database) -> None:
    tracker.init()
    with tracker.engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA shop"))
        connection.execute(named_sql("CREATE TABLE shop.users (id integer)"))
        found = removed_tables(connection, include_name=include_name, include_schemas=True)
    assert found == {named("shop.users")}


@pytest.mark.usefixtures("out_of_date")
def test_an_older_trackercore_is_upgraded_under_the_host_s_rows(
    project: Project, tracker: Database
) -> None:
    project.edit(MODELS, ENV)
    make_old_tables(tracker)
    project.run("alembic revision --autogenerate -m orders")
    project.run("alembic upgrade head")
    project.execute(
        "INSERT INTO users (id, email, time_zone, week_starts_on, day_starts_at, created_at,"
        " updated_at)"
        " VALUES (1, 'ada@example.com', 'UTC', 1, 0, '2026-01-01 00:00:00',"
        " '2026-01-01 00:00:00')"
    )
    project.execute("INSERT INTO products (id, name) VALUES (1, 'Tea')")
    project.execute("INSERT INTO orders (id, product_id, user_id) VALUES (1, 1, 1)")

    project.run("python -m trackercore upgrade")

    assert tracker.differences() == []
    assert project.execute("SELECT id, product_id, user_id FROM orders") == [(1, 1, 1)]
    project.run("alembic check")


def test_trackercore_cannot_be_upgraded_within_the_host_s_run(
    project: Project, tracker: Database
) -> None:
    project.edit(MODELS, ENV)
    target = "target_metadata = Base.metadata\n"
    upgrade = "__import__('trackercore').upgrade_db(os.environ['DATABASE_URL'])\n"
    project.replace("migrations/env.py", target, target + upgrade)
    with pytest.raises(Refused, match="AlembicIsRunning"):
        project.run("alembic upgrade head")
    assert tracker.revision() is None
