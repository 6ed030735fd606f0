"""`python -m trackercore`: what it prints, its exit codes, and errors on one line."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from tests.migrations import impostor
from tests.migrations.support import (
    FURTHER,
    Tracker,
    each_place,
    on_postgresql,
    on_sqlite,
    write_revision,
)
from tests.migrations.two_revisions import OLDEST, REVISIONS
from tests.support.names import named, named_sql
from tests.support.shell import PASSWORD, Shell, start, with_options
from trackercore import Database
from trackercore.migrations import run, state
from trackercore.table_prefix import table_prefix

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("two_revisions")]

RELEASED = state.REVISIONS
"""Those of a process that runs `python -m trackercore`."""

each_command = pytest.mark.parametrize("command", ["upgrade", "current", "check"])

SAME = "the tables match the models"
PREFIX = f"table prefix {table_prefix()!r}" if table_prefix() else "no table prefix"


def place(tracker: Tracker) -> list[str]:
    return ["--url", tracker.url, *(["--schema", tracker.schema] if tracker.schema else [])]


def assert_current(shell: Shell, url: str) -> None:
    """Every command finds that nothing is to be done."""
    for command, printed in (("upgrade", state.HEAD), ("current", state.HEAD), ("check", SAME)):
        assert shell(command, "--url", url) == (0, printed, "")


@each_place
def test_upgrade_prints_the_old_and_the_new_revision(tracker: Tracker, shell: Shell) -> None:
    assert shell("current", *place(tracker)) == (0, "no tables", "")
    assert shell("upgrade", *place(tracker)) == (
        0,
        f"no tables -> {state.HEAD}, {PREFIX}",
        "",
    )
    assert shell("upgrade", *place(tracker)) == (0, state.HEAD, "")
    assert shell("current", *place(tracker)) == (0, state.HEAD, "")
    assert shell("check", *place(tracker)) == (0, SAME, "")
    with tracker.reading() as connection:
        assert state.VERSION_TABLE in inspect(connection).get_table_names()


@each_place
def test_older_tables_are_a_difference_until_they_are_upgraded(
    tracker: Tracker, shell: Shell
) -> None:
    tracker.bring_to(OLDEST)
    tracker.fill(OLDEST)
    before = tracker.dump()
    assert shell("current", *place(tracker)) == (0, OLDEST, "")
    result = shell("check", *place(tracker))
    assert result.code == 1
    for word in (OLDEST, state.HEAD, "python -m trackercore upgrade"):
        assert word in result.out
    assert tracker.dump() == before
    assert shell("upgrade", *place(tracker)) == (0, f"{OLDEST} -> {state.HEAD}", "")
    assert shell("check", *place(tracker)) == (0, SAME, "")


def test_the_log_names_each_revision_that_is_run(
    tracker: Tracker, shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    shell("upgrade", "--url", tracker.url)
    logged = [line for line in caplog.messages if line.startswith("trackercore_")]
    assert [line.partition(":")[0] for line in logged] == list(state.REVISIONS)
    caplog.clear()
    shell("upgrade", "--url", tracker.url)
    assert caplog.messages == []


def test_newer_tables_are_an_error(tracker: Tracker, shell: Shell, tmp_path: Path) -> None:
    tracker.bring_to(FURTHER, [write_revision(tmp_path / "versions", "pass")])
    before = tracker.dump()
    assert "install a newer trackercore" in shell.error("upgrade", "--url", tracker.url)
    assert shell("current", "--url", tracker.url) == (0, FURTHER, "")
    result = shell("check", "--url", tracker.url)
    assert (result.code, result.err) == (1, "")
    assert FURTHER in result.out
    assert tracker.dump() == before


@each_place
def test_unknown_tables_are_an_error(tracker: Tracker, shell: Shell) -> None:
    tracker.execute("CREATE TABLE sessions (id integer PRIMARY KEY)")
    before = tracker.dump()
    assert "trackercore did not create: " in shell.error("upgrade", *place(tracker))
    assert "sessions" in shell.error("current", *place(tracker))
    result = shell("check", *place(tracker))
    assert (result.code, result.err) == (1, "")
    assert named("table users is missing") in result.out
    assert tracker.dump() == before


@each_place
def test_check_prints_each_difference(tracker: Tracker, shell: Shell) -> None:
    assert shell("check", *place(tracker)) == (1, "no tables", "")
    tracker.database().init()
    tracker.execute("DROP INDEX ix_sessions_by_day", "ALTER TABLE tasks ADD COLUMN color text")
    before = tracker.dump()
    result = shell("check", *place(tracker))
    assert (result.code, result.out.splitlines(), result.err) == (
        1,
        [
            named("column tasks.color is not in the models"),
            named("index sessions.ix_sessions_by_day is missing"),
        ],
        "",
    )
    assert tracker.dump() == before


@pytest.mark.parametrize("start", [None, *REVISIONS])
@pytest.mark.parametrize("schema", [None, "My tracker"])
def test_sql_prints_the_script_without_a_connection(
    start: str | None, schema: str | None, shell: Shell
) -> None:
    url = "postgresql://ada@nowhere.invalid/tracker"
    options = [*(["--from", start] if start else []), *(["--schema", schema] if schema else [])]
    assert shell("sql", "--url", url, *options) == (
        0,
        run.script("postgresql", start, schema).removesuffix("\n"),
        "",
    )
    if schema is None:
        result = shell("sql", "--url", "sqlite:///nowhere/tracker.db", *options)
        assert result == (0, run.script("sqlite", start).removesuffix("\n"), "")
    assert list(Path.cwd().iterdir()) == []


def test_the_script_names_the_schema_and_starts_at_the_given_revision() -> None:
    whole, rest = (run.script("postgresql", start, "My tracker") for start in (None, OLDEST))
    for script in (whole, rest):
        assert script.startswith("BEGIN;")
        assert script.rstrip().endswith("COMMIT;")
        assert '"My tracker"' in script
    assert named("CREATE TABLE users") in whole
    assert "CREATE SCHEMA" not in rest  # the right to create schemas is not needed
    assert run.script("sqlite", state.HEAD).split() == ["BEGIN;", "COMMIT;"]


@on_sqlite
def test_database_url_is_what_is_meant_without_a_url(
    tracker: Tracker, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", tracker.url)
    assert shell("upgrade").code == 0
    assert tracker.database().revision() == state.HEAD
    assert list(Path.cwd().iterdir()) == []


@on_sqlite
def test_a_url_wins_over_database_url(
    tracker: Tracker, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "garbage")
    assert shell("current", "--url", tracker.url) == (0, "no tables", "")
    assert "parse" in shell.error("current")


def test_without_either_it_is_the_file_in_the_working_directory(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    default = "sqlite:///trackercore.db, as neither --url nor DATABASE_URL names one"
    assert "no file trackercore.db" in shell.error("current")
    assert shell.database == default
    monkeypatch.setenv("DATABASE_URL", "")  # as if of a variable that is not set
    assert shell("upgrade").code == 0
    assert shell.database == default
    assert Path("trackercore.db").exists()


@each_place
@each_command
def test_each_command_says_which_database_it_uses(
    command: str, tracker: Tracker, shell: Shell
) -> None:
    url = make_url(tracker.url).set(password=None)
    if url.get_backend_name() == "postgresql":
        url = url.set(password=PASSWORD)  # which the server does not ask for
    options = ["--url", url.render_as_string(hide_password=False), *place(tracker)[2:]]
    shell(command, *options)
    named = url.render_as_string().replace("%2A", "*")
    schema = f", schema {tracker.schema!r}" if tracker.schema else ""
    assert shell.database == f"{named}{schema}"


@pytest.mark.parametrize("command", ["current", "check"])
def test_a_sqlite_file_that_is_not_there_is_not_made(command: str, shell: Shell) -> None:
    assert "no file gone.db" in shell.error(command, "--url", "sqlite:///gone.db")
    assert "unable to open" in shell.error(
        command, "--url", "sqlite:///file:gone.db?mode=ro&uri=true"
    )
    assert list(Path.cwd().iterdir()) == []


def test_a_sqlite_file_where_none_can_be_made_is_an_error(shell: Shell) -> None:
    assert "unable to open" in shell.error("upgrade", "--url", "sqlite:///no/such/folder/new.db")
    Path("text.db").write_text("Not a database, but longer than a header.\n" * 100)
    for command in ("upgrade", "current", "check"):
        assert "not a database" in shell.error(command, "--url", "sqlite:///text.db")


WRONG = {
    "garbage": "parse",
    "://": "parse",
    "mysql://ada:s3cr3t@localhost/tracker": "not on mysql",
    "postgresql+nothing://ada:s3cr3t@localhost/tracker": "driver nothing is not supported",
    "postgresql+asyncpg://ada:s3cr3t@localhost/tracker": "asyncpg",
    "postgresql://ada:pass@s3cr3t:word@localhost/tracker": "port",
    "postgresql://ada:s3cr3t@localhost:port/tracker": "port",
    "postgresql://ada:s3cr3t@localhost/tracker?sslmode=none": "sslmode",
    "postgresql://ada:s3cr3t@localhost/tracker?nonsense=1": "nonsense",
    "postgresql://ada:s3cr3t%00@127.0.0.1:1/tracker": "null",
    "postgresql://ada:s3cr3t@127.0.0.1:1/tracker": "127.0.0.1",
    "postgresql://ada:s3cr3t@nowhere.invalid/tracker": "nowhere.invalid",
    "sqlite:///tracker.db?timeout=soon": "soon",
}


@pytest.mark.parametrize("url", WRONG)
def test_an_unusable_url_is_reported_on_one_line(url: str, shell: Shell) -> None:
    assert WRONG[url] in shell.error("upgrade", "--url", url)
    assert list(Path.cwd().iterdir()) == []


@each_command
def test_a_schema_on_sqlite_is_an_error(command: str, shell: Shell) -> None:
    error = shell.error(command, "--url", "sqlite://", "--schema", "My tracker")
    assert "SQLite has no schemas" in error


@each_command
@pytest.mark.parametrize("form", ["ada:{}@127.0.0.1:{}/x", "ada@127.0.0.1:{1}/x?password={0}"])
def test_a_wrong_password_is_reported_and_not_shown(form: str, command: str, shell: Shell) -> None:
    with impostor.running() as port:
        url = f"postgresql://{form.format(PASSWORD, port)}"
        assert "password authentication failed" in shell.error(command, "--url", url)


@on_postgresql
@each_command
def test_a_role_or_database_that_does_not_exist_is_an_error(
    command: str, empty_url: str, shell: Shell
) -> None:
    url = make_url(empty_url)
    for wrong in (url.set(username="nobody", password=PASSWORD), url.set(database="no_such")):
        error = shell.error(command, "--url", wrong.render_as_string(hide_password=False))
        assert "does not exist" in error or "authentication failed" in error


@on_postgresql
def test_a_server_that_may_only_be_read_is_read_and_not_changed(
    tracker: Tracker, shell: Shell
) -> None:
    url = with_options(tracker.url, "-c default_transaction_read_only=on")
    before = tracker.dump()
    assert "read-only transaction" in shell.error("upgrade", "--url", url)
    assert "read-only transaction" in shell.error("upgrade", "--url", url, "--schema", "new")
    assert tracker.dump() == before
    tracker.database().init()
    assert_current(shell, url)


@on_sqlite
def test_a_file_that_may_only_be_read_is_read_and_not_changed(
    tracker: Tracker, shell: Shell
) -> None:
    url = tracker.url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    before = tracker.dump()
    assert "readonly" in shell.error("upgrade", "--url", url)
    assert tracker.dump() == before
    tracker.database().init()
    assert_current(shell, url)


@pytest.fixture
def stranger(tracker: Tracker) -> Iterator[str]:
    """The URL for a role that has no rights but to connect."""
    role = f"trackercore_test_{secrets.token_hex(8)}"
    with tracker.engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role}"))
    yield with_options(tracker.url, f"-c role={role}")
    with tracker.engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))


@on_postgresql
def test_a_role_that_may_not_create_tables_gets_an_error(
    tracker: Tracker, stranger: str, shell: Shell
) -> None:
    before = tracker.dump()
    advice = "; create and upgrade the tables as the login that owns them, with CREATE on their sch"
    error = shell.error("upgrade", "--url", stranger)
    assert "permission denied for schema" in error
    assert advice in error
    with pytest.raises(DBAPIError) as refused:
        Database(stranger).init()
    assert refused.value.__notes__ == [advice.removeprefix("; ") + "ema"]
    assert "permission denied for database" in shell.error(
        "upgrade", "--url", stranger, "--schema", "My tracker"
    )
    assert tracker.dump() == before
    assert shell("current", "--url", stranger) == (0, "no tables", "")


@on_postgresql
def test_a_role_that_may_not_alter_tables_gets_an_error(
    tracker: Tracker, stranger: str, shell: Shell
) -> None:
    tracker.bring_to(OLDEST)
    for command in ("upgrade", "current", "check"):
        assert "permission denied for table" in shell.error(command, "--url", stranger)
    tracker.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC")
    before = tracker.dump()
    assert shell("current", "--url", stranger) == (0, OLDEST, "")
    assert "must be owner of table" in shell.error("upgrade", "--url", stranger)
    assert tracker.dump() == before


@on_postgresql
def test_a_role_with_no_rights_to_change_can_see_that_all_is_current(
    tracker: Tracker, stranger: str, shell: Shell
) -> None:
    tracker.database().init()
    tracker.execute("GRANT SELECT ON trackercore_version TO PUBLIC")
    Database(stranger).init()
    assert_current(shell, stranger)


@on_postgresql
def test_a_table_that_stays_in_use_is_an_error(tracker: Tracker, shell: Shell) -> None:
    tracker.bring_to(OLDEST)
    with tracker.engine.begin() as user:
        user.execute(named_sql("SELECT * FROM habits"))
        error = shell.error("upgrade", "--url", tracker.url, "--lock-timeout", "0.05")
    assert "Nothing was changed" in error
    assert tracker.database().revision() == OLDEST


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["upgrade", "--lock-timeout", "soon"],
        ["sql", "--from", "trackercore_0000"],
    ],
)
def test_arguments_that_make_no_sense_are_refused_with_the_usage(
    arguments: list[str], shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        shell(*arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m trackercore")


@pytest.mark.parametrize("seconds", ["0", "0.0001", "-1", "nan", "inf"])
def test_a_lock_timeout_that_is_none_is_an_error(
    seconds: str, tracker: Tracker, shell: Shell
) -> None:
    error = shell.error("upgrade", "--url", tracker.url, "--lock-timeout", seconds)
    assert "lock_timeout must be at least 0.001 s" in error
    error = shell.error("distribute", "--url", tracker.url, "--lock-timeout", seconds)
    assert "lock_timeout must be at least 0.001 s" in error


def test_the_version_can_be_printed(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        shell("--version")
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"trackercore {version('trackercore')}\n"


def test_it_is_a_module_that_can_be_run(tracker: Tracker) -> None:
    upgraded = start("upgrade", DATABASE_URL=tracker.url)
    created = f"no tables -> {RELEASED[-1]}, {PREFIX}\n"
    assert (upgraded.returncode, upgraded.stdout) == (0, created)
    logged = upgraded.stderr.splitlines()
    assert [line.partition(":")[0] for line in logged] == list(RELEASED)
    refused = start("current", "--url", "garbage")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("trackercore: error: ")
    assert refused.stderr.count("\n") == 1
