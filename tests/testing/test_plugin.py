"""The pytest plugin, in test suites of hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.migrations import two_revisions
from tests.support.fixtures import OpenDatabase
from tests.support.names import named_sql
from trackercore import Database, users
from trackercore.testing import Factory

pytest_plugins = "pytester"

# As strict as a host may be.
STRICT = ("-W", "error", "--strict-config", "--strict-markers", "-p", "no:cacheprovider")


@pytest.fixture(autouse=True)
def no_database_of_the_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///precious.db")


def passed(pytester: pytest.Pytester, count: int, *options: str) -> None:
    pytester.runpytest_inprocess(*STRICT, *options).assert_outcomes(passed=count)


def test_an_unused_plugin_imports_nothing_and_leaves_no_trace(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others import all they like
    pytester.makepyfile(
        """
        import sys

        def test_of_something_else():
            ours = {name for name in sys.modules if name.startswith("trackercore")}
            assert ours == {"trackercore", "trackercore.testing", "trackercore.testing.plugin"}
            assert not {"sqlalchemy", "pydantic", "alembic", "hypothesis"} & sys.modules.keys()
        """
    )
    result = pytester.runpytest_subprocess(*STRICT, "-p", "trackercore.testing.plugin")
    result.assert_outcomes(passed=1)
    assert "tracker_" not in result.stdout.str()
    assert list(pytester.path.rglob("*.db")) == []


def test_all_it_adds_to_pytest_begins_with_its_prefix(pytester: pytest.Pytester) -> None:
    helped = pytester.runpytest_inprocess("--help").stdout.str()
    assert "--tracker-database-url=URL" in helped
    assert "tracker_database_url (string)" in helped
    assert "tracker" not in pytester.runpytest_inprocess("--markers").stdout.str()
    fixtures = pytester.runpytest_inprocess("--fixtures").stdout.str()
    section = fixtures.partition("trackercore.testing.plugin")[2].partition("fixtures defined")[0]
    names = [line.split()[0] for line in section.splitlines() if " -- " in line]
    assert len(names) == 5
    assert all(name.startswith("tracker_") for name in names)


def test_by_default_the_database_is_in_memory_whatever_database_url_says(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        def test_where(tracker_database, tracker_session):
            assert repr(tracker_database) == "Database('sqlite://')"
        """
    )
    passed(pytester, 1)
    assert not Path(pytester.path, "precious.db").exists()


def test_the_url_is_that_of_the_option_else_that_of_the_ini_file(
    pytester: pytest.Pytester, open_database: OpenDatabase
) -> None:
    pytester.makeini("[pytest]\ntracker_database_url = sqlite:///by_ini.db")
    pytester.makepyfile(
        """
        from trackercore.testing import Factory

        def test_makes_a_user(tracker_database):
            with tracker_database.session() as session:
                Factory(session).user()
        """
    )
    for file, options in {
        "by_ini.db": (),
        "by_option.db": ("--tracker-database-url=sqlite:///by_option.db",),
    }.items():
        passed(pytester, 1, *options)
        assert emails_in(open_database(f"sqlite:///{file}")) == []


def emails_in(database: Database) -> list[str]:
    with database.session() as session:
        return [user.email for user in users.find(session)]


def database_of_a_developer(database: Database) -> Database:
    """One that has a row."""
    database.init()
    with database.session() as session:
        Factory(session).user(email="dev@example.com")
    return database


def test_each_test_gets_the_database_without_changes_of_others(
    pytester: pytest.Pytester, empty_url: str, open_database: OpenDatabase
) -> None:
    database = database_of_a_developer(open_database(empty_url))
    pytester.makepyfile(
        """
        import pytest
        from trackercore import UserCreate, users

        @pytest.mark.parametrize("time", range(3))
        def test_commits(tracker_database, tracker_session, time):
            assert [user.email for user in users.find(tracker_session)] == ["dev@example.com"]
            with tracker_database.session() as session:
                users.create(session, UserCreate(email="ada@example.com"))
                users.delete(session, users.find(session).items[0].id)
            tracker_session.commit()
            assert [user.email for user in users.find(tracker_session)] == ["ada@example.com"]
        """
    )
    passed(pytester, 3, f"--tracker-database-url={empty_url}")
    assert emails_in(database) == ["dev@example.com"]


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgresql"])
def test_the_workers_of_xdist_may_share_a_database(
    pytester: pytest.Pytester, empty_url: str
) -> None:
    pytester.makepyfile(
        """
        import pytest
        from trackercore import UserCreate, users

        @pytest.mark.parametrize("time", range(20))
        def test_commits(tracker_database, tracker_session, tracker_factory, time):
            tracker_factory.task()
            with tracker_database.session() as session:
                users.create(session, UserCreate(email="ada@example.com"))
            assert len(users.find(tracker_session)) == 2
        """
    )
    url = f"--tracker-database-url={empty_url}"
    result = pytester.runpytest_subprocess(*STRICT, "-n", "2", url)
    result.assert_outcomes(passed=20)


def test_get_session_is_on_it_during_a_test_that_uses_any_of_the_fixtures(
    pytester: pytest.Pytester, open_database: OpenDatabase
) -> None:
    precious = database_of_a_developer(open_database("sqlite:///precious.db"))
    pytester.makepyfile(
        """
        import pytest
        from trackercore import UserCreate, get_session, init_db, users

        def add_a_user():
            with get_session() as session:
                users.create(session, UserCreate(email="ada@example.com"))
                return len(users.find(session))

        def test_of_code_that_opens_its_own_sessions(tracker_factory):
            init_db()
            tracker_factory.user()
            assert add_a_user() == 2

        @pytest.mark.usefixtures("tracker_database")
        def test_without_a_factory(monkeypatch):
            monkeypatch.undo()
            assert add_a_user() == 1
        """
    )
    passed(pytester, 2)
    assert emails_in(precious) == ["dev@example.com"]


def test_after_the_test_the_default_database_is_the_previous_one(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from trackercore import configure, get_session, init_db, users

        @pytest.fixture(scope="module", autouse=True)
        def own():
            database = configure("sqlite:///own.db")
            database.init()
            yield
            database.dispose()

        @pytest.mark.usefixtures("tracker_database")
        def test_that_replaces_it():
            init_db("sqlite:///other.db").dispose()

        def test_of_something_else():
            with get_session() as session:
                assert str(session.get_bind().url) == "sqlite:///own.db"
        """
    )
    passed(pytester, 2)


def test_one_setting_keeps_a_whole_suite_off_the_default_database(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeini("[pytest]\nusefixtures = tracker_database")
    pytester.makepyfile(
        """
        from trackercore import get_session, users

        def test_without_any_fixture():
            with get_session() as session:
                assert len(users.find(session)) == 0
        """
    )
    passed(pytester, 1)
    assert not Path("precious.db").exists()


def test_the_url_and_the_database_underneath_can_be_chosen_in_a_conftest(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeconftest(
        """
        import pytest
        from trackercore import Database

        @pytest.fixture(scope="session")
        def tracker_database_url(tmp_path_factory):
            return f"sqlite:///{tmp_path_factory.mktemp('db') / 'chosen.db'}"

        @pytest.fixture(scope="session")
        def tracker_shared_database(tracker_database_url):
            database = Database(tracker_database_url, echo=False)
            database.init()
            yield database
            database.dispose()
        """
    )
    pytester.makepyfile(
        """
        def test_chosen(tracker_factory, tracker_database):
            assert tracker_factory.user().id == 1
            assert "chosen.db" in repr(tracker_database)
        """
    )
    passed(pytester, 1)


def test_tables_of_an_older_version_are_an_error_that_says_what_to_do(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, open_database: OpenDatabase
) -> None:
    two_revisions.install(monkeypatch)
    url = "sqlite:///old.db"
    database = open_database(url)
    database.init()
    with database.engine.begin() as connection:
        connection.execute(
            named_sql("UPDATE trackercore_version SET version_num = 'trackercore_0001'")
        )
    pytester.makepyfile("def test_any(tracker_session): ...")
    result = pytester.runpytest_inprocess(*STRICT, f"--tracker-database-url={url}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*SchemaOutOfDate: the database is at revision trackercore_0001*upgrade*",
            "*This is the test database, Database('sqlite:///old.db').",
        ]
    )
