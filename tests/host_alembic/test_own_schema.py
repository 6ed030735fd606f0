"""trackercore in a PostgreSQL schema of its own, next to a host's `users`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, MetaData, Table, Text, select, text
from sqlalchemy.exc import ProgrammingError

from tests.host_alembic.project import Project, Refused
from trackercore import Database, UserCreate, users

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("without_prefix"),
    pytest.mark.parametrize("backend", ["postgresql"]),
]

SECTION = "A PostgreSQL schema for trackercore"
ACCOUNT = "INSERT INTO public.users (login, tracker_id) VALUES ('ada', :id)"
FILTER = "            include_schemas=True,\n            include_name=include_name,\n"


@pytest.fixture
def tracker(project: Project) -> Iterator[Database]:
    database = Database(project.url, schema="tracker")
    yield database
    database.dispose()


def test_the_commands_of_the_page_make_both(project: Project, tracker: Database) -> None:
    project.follow(SECTION)
    assert tracker.differences() == []
    with tracker.session() as session:
        ada = users.create(session, UserCreate(email="ada@example.com"))
        session.execute(text(ACCOUNT), {"id": ada.id})
    with tracker.session() as session:
        users.delete(session, ada.id)
    assert project.execute("SELECT count(*) FROM public.users") == [(0,)]


def test_the_host_s_users_table_is_not_hidden(project: Project, tracker: Database) -> None:
    project.edit(SECTION)
    tracker.init()
    project.execute("CREATE TABLE users (id serial PRIMARY KEY, password text)")
    with pytest.raises(Refused, match=r"Detected removed column 'users\.password'"):
        project.run("alembic check")


def test_without_the_filter_autogenerate_proposes_to_drop_the_schema_s_tables(
    project: Project, tracker: Database
) -> None:
    project.edit(SECTION)
    project.replace("migrations/env.py", FILTER, "            include_schemas=True,\n")
    tracker.init()
    with pytest.raises(Refused) as refused:
        project.run("alembic check")
    assert "Detected removed table 'tracker.users'" in str(refused.value)


def test_without_include_schemas_no_filter_is_needed(project: Project, tracker: Database) -> None:
    project.edit(SECTION)
    project.replace("migrations/env.py", FILTER, "")
    tracker.init()
    project.run("alembic revision --autogenerate -m accounts")
    project.run("alembic upgrade head")
    project.run("alembic check")
    assert tracker.differences() == []


def test_sessions_look_for_every_table_without_a_schema_in_trackercore_s(tracker: Database) -> None:
    tracker.init()
    with tracker.engine.begin() as connection:
        connection.execute(text("CREATE TABLE public.users (login text)"))
        connection.execute(text("INSERT INTO public.users VALUES ('ada')"))
    account = Table("users", MetaData(), Column("login", Text))
    with tracker.session() as session, pytest.raises(ProgrammingError):
        session.execute(select(account))
