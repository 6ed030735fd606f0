"""The code of docs/how-to/row-level-security.md, on PostgreSQL: the page itself runs on SQLite."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, NullPool, create_engine, text

import trackercore.database
from tests.support.fixtures import OpenDatabase
from tests.support.postgresql import Server
from tests.support.row_security import Secured, execute, new_roles, new_secured_database
from trackercore import Database, NotSecured, TaskCreate, UserCreate, configure, tasks, users
from trackercore.row_level_security import secure
from trackercore.testing import Factory, rolled_back

# It is written with the names without a prefix.
pytestmark = pytest.mark.usefixtures("without_prefix")

PAGES = Path(__file__).parents[2] / "docs/how-to"
PAGE = (PAGES / "row-level-security.md").read_text("utf-8")


def blocks(language: str, text: str = PAGE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def sql(*, takes_back: bool) -> list[str]:
    """What takes row-level security back is marked as PostgreSQL's own SQL."""
    return blocks("postgresql" if takes_back else "sql")


def test_the_sql_of_the_page_sees_the_user_s_rows_only(
    secured: Secured, open_database: OpenDatabase
) -> None:
    database = open_database(secured.login_url, owner_role=secured.role)
    with database.session() as session:
        ada = users.create(session, UserCreate(email="ada@example.com")).id
        eve = users.create(session, UserCreate(email="eve@example.com")).id
        tasks.create(session, eve, TaskCreate(title="Mow"))
    names: dict[str, Any] = {}
    exec(blocks("python")[0], names)  # noqa: S102 - the page's own code
    assert names["titles"](database, ada) == ["Sweep"]
    assert sorted(names["titles"](database, eve)) == ["Mow", "Sweep"]


def test_the_policies_of_the_page_protect_a_table_of_the_host_s(
    secured: Secured, open_database: OpenDatabase
) -> None:
    database = open_database(secured.login_url, owner_role=secured.role)
    statements = ";\n".join(sql(takes_back=False)).replace("trackercore_owner", secured.role)
    orders = "CREATE TABLE orders (user_id bigint REFERENCES users)"
    execute(secured.url, [orders, statements])
    try:
        with database.session() as session:
            ada = users.create(session, UserCreate(email="ada@example.com")).id
            eve = users.create(session, UserCreate(email="eve@example.com")).id
        execute(secured.url, [f"INSERT INTO orders VALUES ({ada}), ({eve}), ({eve})"])
        for user, number in ((ada, 1), (eve, 2)):
            with database.session(owner=user) as session:
                assert session.connection().exec_driver_sql("TABLE orders").rowcount == number
    finally:
        execute(secured.url, ["DROP TABLE orders"])


def run_script(url: URL, script: str) -> None:
    """Run statements with their own BEGIN and COMMIT, as psql would."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(script)


def left_of(url: URL, role: str) -> list[str]:
    """The tables that are secured, and the policies and roles that there are."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        left = """
            SELECT relname FROM pg_class WHERE relrowsecurity
            UNION ALL SELECT policyname FROM pg_policies
            UNION ALL SELECT rolname FROM pg_roles WHERE starts_with(rolname, :role)
        """
        return list(connection.scalars(text(left), {"role": role}))


def test_the_way_back_of_one_role_leaves_tables_that_another_one_uses(server: Server) -> None:
    with new_roles(server) as others, new_secured_database(server) as secured:
        database = Database(secured.url)
        secure(database, role=others.owner, logins=[])
        in_each, in_one = (
            block.replace("trackercore_owner", secured.role) for block in sql(takes_back=True)
        )
        run_script(secured.url, in_each)
        run_script(secured.url, in_one)
        assert secure(database, role=others.owner, logins=[]) == database.differences() == []
        assert left_of(secured.url, secured.role)
        execute(secured.url, [f"DROP OWNED BY {others.owner}"])
        database.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("secured_by", ["superuser", "owner"])
def test_the_statements_of_the_page_take_it_back(server: Server, secured_by: str) -> None:
    """In all databases of the server; the owner of the tables is not a superuser."""
    with (
        new_roles(server) as roles,
        new_roles(server) as theirs,
        server.database() as url,
        server.database() as other_url,
    ):
        execute(server.url, [f"ALTER ROLE {theirs.login} CREATEROLE"])
        urls = [url, other_url]
        for each in urls:
            execute(each, [f"GRANT CREATE ON SCHEMA public TO {theirs.login}"])
        if secured_by == "owner":
            urls = [theirs.url(url), theirs.url(other_url)]
        for each in urls:
            database = Database(each)
            database.init()
            secure(database, role=roles.owner, logins=[roles.login])
            rights = f"SELECT ON ALL TABLES IN SCHEMA public TO {roles.login}"
            run_script(each, f"GRANT {rights}")
            database.dispose()
        in_each, in_one = sql(takes_back=True)
        for each in urls:
            run_script(each, in_each.replace("trackercore_owner", roles.owner))
        run_script(urls[0], in_one.replace("trackercore_owner", roles.owner))
        for each in urls:
            assert left_of(each, roles.owner) == []
        database = Database(roles.url(url), owner_role=roles.owner)
        with (
            pytest.raises(NotSecured, match="does not exist"),
            database.session(owner=1) as session,
        ):
            users.count(session)
        assert database.run(users.count) == 0
        assert database.differences() == []
        database.dispose()


def test_the_test_of_the_page_about_pytest_passes(
    secured: Secured, open_database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, section = (PAGES / "pytest.md").read_text("utf-8").split("## Code with owner=\n")
    names: dict[str, Any] = {}
    exec(blocks("python", section)[0], names)  # noqa: S102 - the page's own code
    monkeypatch.setattr(trackercore.database, "_default", None)
    database = open_database(secured.login_url, owner_role=secured.role)
    with rolled_back(database) as scratch, scratch.enclosing_session() as session:
        configure(scratch)
        names["test_a_user_has_their_own_titles"](session, Factory(session))
