"""trackercore's revisions as a labelled branch of the host's tree."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.host_alembic.project import Project, Refused
from tests.host_alembic.test_two_version_tables import BOTH, ENV, MODELS
from tests.migrations.catalogue import describe, dump
from tests.migrations.rows import ROWS
from tests.migrations.two_revisions import OLDEST
from tests.support.names import named
from trackercore import Database, UnmanagedSchema, UserCreate, users
from trackercore.migrations import state

pytestmark = pytest.mark.slow  # each test starts processes

BRANCH = "A branch in your tree"
SWITCH = "From two version tables to a branch"
INIT_FIRST = "init_db() came first"

LATER = '''
"""What a later trackercore adds."""
import sqlalchemy as sa
from alembic import op

revision = "trackercore_9999"
down_revision = "{head}"

def upgrade() -> None:
    op.add_column("users", sa.Column("nickname", sa.Text()))
'''

A_RATED_SESSION = (
    *ROWS[OLDEST],
    "CREATE TABLE ratings (session_id INTEGER REFERENCES sessions ON DELETE CASCADE, stars)",
    "INSERT INTO ratings VALUES (1, 5)",
)


def described(database: Database) -> list[str]:
    with database.engine.begin() as connection:
        return describe(connection, except_for=state.VERSION_TABLE)


@pytest.fixture
def made_by_init(backend: str, shared_database: Callable[[str], Database]) -> list[str]:
    return described(shared_database(backend))


def test_the_commands_of_the_page_make_both(
    project: Project, tracker: Database, made_by_init: list[str]
) -> None:
    """Names of constraints too, although the host's metadata names them in other ways."""
    project.follow(MODELS, ENV, BRANCH)  # ends with `alembic check`, which exits with 0
    assert described(tracker) == made_by_init
    orders = project.revisions()["orders"]
    assert orders.count("op.create_table") == 2
    assert f"= '{state.HEAD}'\n" in orders.partition("depends_on")[2]


def test_alembic_shows_the_branches(project: Project) -> None:
    project.follow(MODELS, ENV, BRANCH)
    assert f"{state.HEAD} (trackercore) (effective head)" in project.run("alembic heads")
    assert f"{state.HEAD} (effective head)" in project.run("alembic current")
    history = project.run("alembic history -r trackercore@base:trackercore@head")
    assert all(revision in history for revision in state.REVISIONS)
    # The host's revision depends on trackercore's, which is therefore implied.
    assert project.execute("SELECT count(*) FROM alembic_version") == [(1,)]


def test_one_command_makes_a_new_database(
    project: Project, tracker: Database, made_by_init: list[str]
) -> None:
    project.follow(MODELS, ENV, BRANCH)
    project.forget_database()
    project.run("alembic upgrade heads")
    assert described(tracker) == made_by_init
    project.run("alembic check")


@pytest.mark.usefixtures("out_of_date")
def test_an_older_trackercore_is_upgraded_with_its_rows(
    project: Project, tracker: Database, made_by_init: list[str]
) -> None:
    project.edit(MODELS, ENV, BRANCH)
    project.run(f"alembic upgrade {OLDEST}")
    for statement in ROWS[OLDEST]:
        project.execute(statement)
    project.run("alembic upgrade trackercore@head")
    assert described(tracker) == made_by_init
    habits = project.execute("SELECT user_id, name FROM habits ORDER BY id LIMIT 2")
    assert habits == [(1, "Run"), (2, "Swim")]


WITH_FOREIGN_KEYS = """
    from sqlalchemy import event

    event.listen(connectable, "connect", lambda to, _: to.execute("PRAGMA foreign_keys=ON"))

"""


@pytest.mark.usefixtures("out_of_date")
@pytest.mark.parametrize("backend", ["sqlite"])
def test_with_foreign_keys_on_no_table_is_rebuilt_and_nothing_lost(
    project: Project, tracker: Database, made_by_init: list[str]
) -> None:
    project.edit(MODELS, ENV, BRANCH)
    connect = "    with connectable.connect() as connection:\n"
    project.replace("migrations/env.py", connect, WITH_FOREIGN_KEYS + connect)
    project.run(f"alembic upgrade {OLDEST}")
    for statement in A_RATED_SESSION:
        project.execute(statement)
    with tracker.engine.begin() as connection:
        before = dump(connection)

    with pytest.raises(Refused, match="FAILED: nothing was changed: with foreign keys on"):
        project.run("alembic upgrade trackercore@head")
    with tracker.engine.begin() as connection:
        assert dump(connection) == before

    project.replace("migrations/env.py", WITH_FOREIGN_KEYS, "")
    project.run("alembic upgrade trackercore@head")
    assert described(tracker) == made_by_init
    assert project.execute(
        "SELECT session_id, duration_seconds, stars FROM ratings"
        " JOIN sessions ON sessions.id = session_id"
    ) == [(1, 1500, 5)]


def test_a_later_revision_of_trackercore_runs_although_the_last_one_was_implied(
    project: Project,
) -> None:
    project.follow(MODELS, ENV, BRANCH)
    (project.folder / "later").mkdir()
    (project.folder / "later" / "rev.py").write_text(named(LATER.format(head=state.HEAD)))
    folder = "    trackercore:migrations/versions\n"
    project.replace("alembic.ini", folder, f"{folder}    %(here)s/later\n")
    with pytest.raises(Refused, match="Target database is not up to date"):
        project.run("alembic check")
    project.run("alembic upgrade heads")
    assert project.execute("SELECT nickname FROM users") == []
    project.run("alembic check")


def test_a_host_s_next_revision_names_its_branch(project: Project) -> None:
    project.follow(MODELS, ENV, BRANCH)
    project.replace(
        "shop/models.py", "    name: Mapped[str]", "    size: Mapped[int]\n    name: Mapped[str]"
    )
    with pytest.raises(Refused, match="Multiple heads are present"):
        project.run("alembic revision --autogenerate -m sizes")
    project.run("alembic revision --autogenerate -m sizes --head shop@head")
    sizes = project.revisions()["sizes"]
    assert sizes.count("op.") == 2  # add_column, and drop_column in its downgrade
    assert "depends_on: Union[str, Sequence[str], None] = None\n" in sizes


def test_trackercore_leaves_the_revision_to_the_host(project: Project, tracker: Database) -> None:
    project.follow(MODELS, ENV, BRANCH)
    for call in (tracker.init, tracker.upgrade, tracker.revision):
        with pytest.raises(UnmanagedSchema):
            call()
    project.run("python -m trackercore check")
    with tracker.session() as session:
        users.create(session, UserCreate(email="ada@example.com"))
    assert project.execute("SELECT email FROM users") == [("ada@example.com",)]


@pytest.mark.usefixtures("out_of_date")
def test_check_names_what_the_host_has_not_upgraded(project: Project) -> None:
    project.edit(MODELS, ENV, BRANCH)
    project.run(f"alembic upgrade {OLDEST}")
    with pytest.raises(Refused, match=named(r"habits\.archived_on")):
        project.run("python -m trackercore check")


def test_there_is_no_way_down_and_nothing_changes_on_the_attempt(project: Project) -> None:
    project.follow(MODELS, ENV, BRANCH)
    current = sorted(project.run("alembic current").splitlines())
    for target in ("base", "trackercore@base"):
        with pytest.raises(Refused, match="has no attribute 'downgrade'"):
            project.run(f"alembic downgrade {target}")
    assert sorted(project.run("alembic current").splitlines()) == current
    project.run("alembic check")


def test_the_host_s_own_revisions_can_be_taken_back(project: Project, tracker: Database) -> None:
    project.follow(MODELS, ENV, BRANCH)
    project.run("alembic downgrade shop@base")
    assert tracker.differences() == []
    with pytest.raises(Refused, match="Target database is not up to date"):
        project.run("alembic check")
    project.run("alembic upgrade heads")
    project.run("alembic check")


def test_the_sql_of_both_branches_can_be_printed(project: Project) -> None:
    project.follow(MODELS, ENV, BRANCH)
    sql = project.run("alembic upgrade heads --sql")
    assert sql.index(named("CREATE TABLE users ")) < sql.index("CREATE TABLE orders ")


def test_two_version_tables_become_a_branch(
    project: Project, tracker: Database, made_by_init: list[str]
) -> None:
    project.follow(MODELS, ENV, BOTH)
    (orders,) = project.folder.glob("migrations/versions/*_orders.py")
    for name, value in {"branch_labels": '("shop",)', "depends_on": f'"{state.HEAD}"'}.items():
        declared = f"{name}: Union[str, Sequence[str], None] = "
        project.replace(f"migrations/versions/{orders.name}", f"{declared}None", declared + value)
    project.edit(BRANCH)
    project.follow(SWITCH)

    project.run("alembic check")
    project.forget_database()
    project.run("alembic upgrade heads")
    project.run("alembic check")
    assert described(tracker) == made_by_init


def test_tables_that_init_made_first_are_taken_over(
    project: Project, tracker: Database, made_by_init: list[str]
) -> None:
    project.follow(MODELS, ENV, BRANCH)
    project.forget_database()
    tracker.init()
    with pytest.raises(Refused, match="already exists"):
        project.run("alembic upgrade heads")
    project.follow(INIT_FIRST)
    project.run("alembic check")
    assert described(tracker) == made_by_init
