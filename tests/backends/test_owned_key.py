"""The primary key (user_id, id), whose ids the database gives out."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import (
    Column,
    Identity,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    insert,
    make_url,
)
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateTable

from tests.support.statements import count_statements
from trackercore import Task, User

ROWS = 50
STATEMENTS = {"sqlite": ROWS, "postgresql": 1}
"""To insert these rows. SQLAlchemy does not ask SQLite for the ids of many rows at once."""


@pytest.fixture
def ada(session: Session) -> int:
    user = User(email="ada@example.com")
    session.add(user)
    session.flush()
    return user.id


def test_a_flush_of_many_rows_is_one_statement_on_postgresql(
    backend: str, session: Session, ada: int
) -> None:
    tasks = [Task(user_id=ada, title=str(number)) for number in range(ROWS)]
    session.add_all(tasks)
    with count_statements(session) as statements:
        session.flush()
    assert len(statements) == STATEMENTS[backend]
    assert len({task.id for task in tasks}) == ROWS
    session.expire_all()
    assert [session.get_one(Task, (ada, task.id)).title for task in tasks] == [
        str(number) for number in range(ROWS)
    ]


def test_a_bulk_insert_returns_the_ids_in_the_order_of_its_rows(
    backend: str, session: Session, ada: int
) -> None:
    titles = [str(number) for number in range(ROWS)]
    rows = [{"user_id": ada, "title": title} for title in titles]
    statement = insert(Task).returning(Task.id, Task.title, sort_by_parameter_order=True)
    with count_statements(session) as statements:
        made = session.execute(statement, rows).all()
    assert len(statements) == STATEMENTS[backend]
    assert [title for _, title in made] == titles
    assert [id_ for id_, _ in made] == sorted({id_ for id_, _ in made})


def test_the_id_of_a_deleted_row_is_not_given_out_again(session: Session, ada: int) -> None:
    last = Task(user_id=ada, title="last")
    session.add(last)
    session.flush()
    session.delete(last)
    session.flush()
    new = Task(user_id=ada, title="new")
    session.add(new)
    session.flush()
    assert new.id > last.id


def test_the_models_alone_are_enough_to_create_the_tables() -> None:
    """In a host's engine, with nothing else of trackercore imported."""
    program = """
        from sqlalchemy import create_engine, inspect
        from trackercore.models import Base, Task
        engine = create_engine("sqlite://")
        Base.metadata.create_all(engine)
        print(inspect(engine).get_pk_constraint(Task.__tablename__)["constrained_columns"])
    """
    code = "\n".join(line.strip() for line in program.splitlines())
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "['id']\n"


def test_tables_of_a_host_are_created_as_before() -> None:
    table = Table(
        "theirs",
        MetaData(),
        Column("a", Integer),
        Column("b", Integer, Identity()),
        PrimaryKeyConstraint("a", "b"),
    )
    dialect = make_url("sqlite://").get_dialect()()
    made = str(CreateTable(table).compile(dialect=dialect))
    assert [line.strip() for line in made.splitlines() if line.strip()] == [
        "CREATE TABLE theirs (",
        "a INTEGER NOT NULL,",
        "b INTEGER NOT NULL,",
        "PRIMARY KEY (a, b)",
        ")",
    ]
