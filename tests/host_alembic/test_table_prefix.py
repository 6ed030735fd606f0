"""docs/how-to/table-prefix.md: a table prefix, next to a host's own `users` and its Alembic."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from tests.host_alembic.page import Page
from tests.host_alembic.project import Project, Refused
from tests.support.fixtures import MakeEngine
from trackercore.table_prefix import VARIABLE

pytestmark = pytest.mark.slow  # each test starts processes

SET, MODELS = "Set it for a process", "Your models and your Alembic"
ROWS, COLUMN = "Your users table has rows", "A column in your users table"
NAMES = ("ada", "bob")
LINKED = "SELECT email FROM users JOIN user_links ON users.id = user_id ORDER BY email"
FILTER = "            include_name=include_name,\n"


class PrefixedProject(Project):
    """Its commands are processes that get the prefix from the variable, or from the package."""

    page = Page("table-prefix.md")
    exported = ""  # the prefix that the shell knows

    def run(self, command: str) -> str:
        arguments = shlex.split(command)
        if arguments[0] == "export":
            self.exported = arguments[1].removeprefix(f"{VARIABLE}=")
            return ""
        if arguments[0] == "alembic":
            arguments = ["python", "-m", *arguments]
        path = os.pathsep.join([str(self.folder), *filter(None, sys.path)])
        prefix = self.exported if "trackercore" in arguments else ""  # Alembic does without
        environment = {"DATABASE_URL": self.url, "PYTHONPATH": path, VARIABLE: prefix}
        done = subprocess.run(
            [sys.executable, *arguments[1:]],
            env={**os.environ, **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refused(done.stdout + done.stderr)
        return done.stdout


@pytest.fixture
def prefixed(project: Project) -> PrefixedProject:
    return PrefixedProject(project.folder, project.url)


def test_every_section_is_followed() -> None:
    assert PrefixedProject.page.sections_to_follow() == [SET, MODELS, ROWS, COLUMN]
    assert PrefixedProject.page.unmarked_blocks() == {"python", "text"}


def test_the_commands_of_the_page_make_both(
    prefixed: PrefixedProject, make_engine: MakeEngine
) -> None:
    prefixed.follow(SET, MODELS)  # ends with two checks, which exit with 0
    tables = set(inspect(make_engine(prefixed.url)).get_table_names())
    others = {name for name in tables if not name.startswith("tracker_")}
    assert others == {"users", "alembic_version"}
    assert {"tracker_users", "tracker_trackercore_version"} < tables
    (revision,) = prefixed.revisions().values()
    assert revision.count("op.create_table") == 1


Select = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def select(prefixed: PrefixedProject, make_engine: MakeEngine) -> Select:
    """Runs SQL on a project whose `users` has rows, which its Alembic did not make."""
    prefixed.edit(SET, MODELS)
    engine = make_engine(prefixed.url)
    kind = "char(32)" if engine.name == "sqlite" else "uuid"
    with engine.begin() as connection:
        sql = f"CREATE TABLE users (id {kind} PRIMARY KEY NOT NULL, email varchar NOT NULL)"
        connection.execute(text(sql))
        for name in NAMES:
            connection.execute(
                text("INSERT INTO users VALUES (:id, :email)"),
                {"id": uuid4().hex, "email": f"{name}@example.com"},
            )

    def select(sql: str) -> list[tuple[object, ...]]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    return select


def test_a_filled_table_of_users_is_linked(prefixed: PrefixedProject, select: Select) -> None:
    prefixed.follow(ROWS)  # ends with two checks, which exit with 0
    prefixed.run("python -m shop.link_users")
    assert [email for (email,) in select(LINKED)] == [f"{name}@example.com" for name in NAMES]


def test_a_filled_table_of_users_gets_a_column(prefixed: PrefixedProject, select: Select) -> None:
    prefixed.follow(COLUMN)  # ends with a check, which exits with 0
    joined = "SELECT u.email, t.email FROM users u JOIN tracker_users t ON t.id = tracker_id"
    assert sorted(select(joined)) == [(f"{name}@example.com",) * 2 for name in NAMES]
    with pytest.raises(IntegrityError):
        select("UPDATE users SET tracker_id = NULL")


PRODUCT = """
import os
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from german import translate
from shop.models import User, UserLink
from host_app.accounts import sign_up, user_of
from host_app.outbox import check_in, unsent
from trackercore import Database, HabitCreate, TrackerError, UserCreate, habits, users

NOW = datetime(2026, 3, 10, 11, tzinfo=UTC)
LOOK = {"colour": "red", "icon": "book"}

database = Database(os.environ["DATABASE_URL"])
with database.session() as session:
    link = session.scalars(select(UserLink).join(User).order_by(User.email)).first()
    email = link.user.email
    data = HabitCreate(name="Lesen", frequency="daily", extra=LOOK)
    habit = habits.create(session, link.tracker_id, data, now=NOW)
    for days in range(6, -1, -1):
        day = NOW.date() - timedelta(days=days)
        check_in(session, link.tracker_id, habit.id, on=day, now=NOW)
    grace = sign_up(session, UserCreate(email="grace@example.com")).id
with database.session() as session:
    (message,) = unsent(session)
    (red,) = habits.find(session, message.user_id, extra={"colour": "red"}, now=NOW)
    print(email, red.name, red.extra["icon"], message.streak)
    print(user_of(session, grace).email)
for refused in (
    lambda session: users.create(session, UserCreate(email="ADA@example.com")),
    lambda session: habits.get(session, link.tracker_id, habit.id + 1),
    lambda session: habits.check_in(
        session, link.tracker_id, habit.id, on=NOW.date() + timedelta(days=1), now=NOW
    ),
):
    try:
        with database.session() as session:
            refused(session)
    except TrackerError as error:
        print(translate(error))
with database.session() as session:
    users.delete(session, message.user_id)
    print(len(unsent(session)), len(session.scalars(select(UserLink)).all()))
"""


def test_all_of_it_goes_together(prefixed: PrefixedProject, select: Select) -> None:
    """UUID accounts, an outbox, looks and German errors, next to a filled `users`."""
    prefixed.edit(ROWS)
    base = "class Base(DeclarativeBase):\n    pass\n"
    prefixed.replace("shop/models.py", base, "from host_app.models import Base\n")
    (prefixed.folder / "shop" / "product.py").write_text(PRODUCT, encoding="utf-8")
    for block in prefixed.page.section(ROWS):
        for command in block.text.splitlines() if block.language == "sh" else ():
            prefixed.run(command)
    assert prefixed.run("python -m shop.product").splitlines() == [
        "ada@example.com Lesen book 7",
        "grace@example.com",
        "Die Adresse ada@example.com ist vergeben.",
        "Gewohnheit 2 gibt es nicht.",
        "Der 11.03.2026 ist noch nicht angebrochen.",
        "0 1",
    ]
    assert [email for (email,) in select(LINKED)] == ["bob@example.com"]
    prefixed.run("alembic check")


def test_without_include_name_autogenerate_proposes_to_drop_trackercore_s_tables(
    prefixed: PrefixedProject,
) -> None:
    prefixed.edit(SET, MODELS)
    prefixed.replace("migrations/env.py", FILTER, "")
    prefixed.run(f"export {VARIABLE}=tracker_")
    prefixed.run("python -m trackercore upgrade")
    with pytest.raises(Refused, match="Detected removed table 'tracker_users'"):
        prefixed.run("alembic check")
