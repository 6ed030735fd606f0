"""The code of docs/how-to/row-level-security.md, on PostgreSQL: the page itself runs on SQLite."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import trackercore.database
from tests.support.fixtures import OpenDatabase
from tests.support.postgresql import Server
from tests.support.row_security import Secured, execute, new_secured_database
from trackercore import Database, NotSecured, TaskCreate, UserCreate, configure, tasks, users
from trackercore.testing import Factory, rolled_back

# It is written with the names without a prefix.
pytestmark = pytest.mark.usefixtures("without_prefix")

PAGES = Path(__file__).parents[2] / "docs/how-to"
PAGE = (PAGES / "row-level-security.md").read_text("utf-8")


def blocks(language: str, text: str = PAGE) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def sql(*, takes_back: bool) -> str:
    found = [block for block in blocks("sql") if block.startswith("DROP") == takes_back]
    return ";\n".join(found)


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
    statements = sql(takes_back=False).replace("trackercore_owner", secured.role)
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


def test_the_statements_of_the_page_take_it_back(server: Server) -> None:
    with new_secured_database(server) as secured:
        execute(secured.url, [sql(takes_back=True).replace("trackercore_owner", secured.role)])
        database = Database(secured.login_url, owner_role=secured.role)
        assert database.differences() == []
        with database.session() as session:
            ada = users.create(session, UserCreate(email="ada@example.com")).id
        with pytest.raises(NotSecured), database.session(owner=ada) as session:
            users.count(session)
        with database.session() as session:
            assert users.count(session) == 1
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
