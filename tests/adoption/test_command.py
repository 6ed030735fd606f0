"""`python -m trackercore adopt`: what it prints, its exit codes, and errors in one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.adoption import legacy, support
from tests.adoption.legacy import ADA, KEPT, rows_of
from tests.adoption.support import execute, with_driver
from tests.support.shell import PASSWORD, Shell, start, with_options
from trackercore.migrations import state

pytestmark = pytest.mark.slow

on_postgresql = pytest.mark.parametrize("backend", ["postgresql"])

FOCUSFLOW = "FocusFlow, by its SQL script"
NOTHING = f"nothing to adopt: the database is at revision {state.HEAD}"


def test_from_a_shell_it_reports_and_logs_its_progress(filled_url: str) -> None:
    with support.unchanged(filled_url):
        tried = start("adopt", "--owner-email", ADA, "--dry-run", DATABASE_URL=filled_url)
    title, *findings = tried.stdout.splitlines()
    assert (tried.returncode, title) == (0, f"The database would be at revision {state.HEAD}.")
    done = start("adopt", "--owner-email", ADA, DATABASE_URL=filled_url)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [f"The database is at revision {state.HEAD}.", *findings]
    assert done.stderr.splitlines() == [f"{name}: {rows} rows kept" for name, rows in KEPT.items()]
    again = start("adopt", DATABASE_URL=filled_url)
    assert (again.returncode, again.stdout, again.stderr) == (0, f"{NOTHING}\n", "")


def test_from_a_shell_an_error_is_one_line(filled_url: str) -> None:
    refused = start("adopt", "--url", filled_url)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("trackercore: error: ")
    assert refused.stderr.count("\n") == 1
    assert "--owner-email" in refused.stderr


def test_the_report_has_every_table_and_every_reason(filled_url: str, shell: Shell) -> None:
    result = shell("adopt", "--url", filled_url, "--owner-email", ADA)
    assert result.code == 0
    kept, corrected, moved = (
        result.out.index(title) for title in ("Kept:", "corrected:", "Rejected ")
    )
    assert kept < corrected < moved
    for table, rows in KEPT.items():
        assert f" {rows}  {table}\n" in result.out[kept:corrected]
    assert "1  habits      frequency respelled" in result.out[corrected:moved]
    assert "1  habits      its frequency is not known" in result.out[moved:]


def test_a_second_run_finds_nothing_to_adopt(filled_url: str, shell: Shell) -> None:
    arguments = ("adopt", "--url", filled_url, "--owner-email", ADA)
    assert shell(*arguments).code == 0
    with support.unchanged(filled_url):
        for more in ((), ("--dry-run",)):
            assert shell(*arguments, *more) == (0, NOTHING, "")


def test_the_url_that_is_given_wins_over_the_environment(
    filled_url: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///none.db")
    assert "none.db" in shell.error("adopt")
    assert shell("adopt", "--url", filled_url, "--owner-email", ADA).code == 0


def test_an_empty_url_is_an_error(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set in a script is no order to take another database."""
    Path("other.db").touch()
    for other in ("sqlite:///other.db", None):
        if other is None:
            monkeypatch.delenv("DATABASE_URL")
        else:
            monkeypatch.setenv("DATABASE_URL", other)
        error = shell.error("adopt", "--url", "")
        assert "other.db" not in error
        assert "tables of FocusFlow" not in error
        assert "there is no file" not in error


def test_a_file_that_is_not_there(shell: Shell) -> None:
    assert "there is no file none.db" in shell.error("adopt", "--url", "sqlite:///none.db")
    assert list(Path.cwd().iterdir()) == []


def test_a_path_that_is_none(shell: Shell) -> None:
    Path("file").touch()
    for path in ("n" * 1000, ("n" * 200 + "/") * 50, "file/none.db", "."):
        shell.error("adopt", "--url", f"sqlite:///{path}")
    assert list(Path.cwd().iterdir()) == [Path.cwd() / "file"]


def test_a_file_in_a_folder_that_may_not_be_read(shell: Shell) -> None:
    folder = Path("folder")
    folder.mkdir(mode=0o000)
    if os.access(folder, os.X_OK):
        pytest.skip("this user may read any folder")
    try:
        shell.error("adopt", "--url", "sqlite:///folder/old.db")
    finally:
        folder.chmod(0o700)


def test_a_database_in_memory_has_nothing_to_adopt(shell: Shell) -> None:
    for url in ("sqlite://", "sqlite:///:memory:"):
        assert "no tables" in shell.error("adopt", "--url", url)


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_a_server_that_cannot_be_reached(driver: str, shell: Shell) -> None:
    url = f"{driver}://ada:{PASSWORD}@127.0.0.1:1/tracker"
    assert "127.0.0.1" in shell.error("adopt", "--url", url)


def test_everything_that_is_in_the_way_has_a_line_of_its_own(filled_url: str, shell: Shell) -> None:
    execute(
        filled_url,
        "ALTER TABLE tasks ADD COLUMN color TEXT",
        "CREATE VIEW overview AS SELECT name FROM habits",
    )
    with support.unchanged(filled_url):
        color, overview = shell.errors("adopt", "--url", filled_url, "--owner-email", ADA)
    assert color.startswith("tasks.color: ")
    assert "overview" in overview


@pytest.mark.parametrize("address", ["", "ada", "ada@", "ada@example.com, bob@example.com"])
def test_an_invalid_address_is_an_error_before_anything_is_done(
    address: str, filled_url: str, shell: Shell, caplog: pytest.LogCaptureFixture
) -> None:
    with support.unchanged(filled_url):
        assert "email" in shell.error("adopt", "--url", filled_url, "--owner-email", address)
    assert caplog.messages == []


def test_an_old_address_that_no_new_user_could_have_is_taken(filled_url: str, shell: Shell) -> None:
    execute(filled_url, "UPDATE users SET email = 'Root@localhost' WHERE id = 2")
    assert shell("adopt", "--url", filled_url, "--owner-email", "root@localhost").code == 0


def test_a_database_that_may_only_be_read(backend: str, filled_url: str, shell: Shell) -> None:
    if backend == "sqlite":
        url = filled_url.replace("sqlite:///", "sqlite:///file:") + "?mode=ro&uri=true"
    else:
        url = with_options(filled_url, "-c default_transaction_read_only=on")
    with support.unchanged(filled_url):
        assert "read" in shell.error("adopt", "--url", url, "--owner-email", ADA)


@pytest.fixture
def stranger(filled_url: str) -> Iterator[str]:
    """The URL for a role that may create tables, and read the old ones."""
    can_create = "GRANT USAGE, CREATE ON SCHEMA public TO {}"
    can_read = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}"
    with support.role_with(filled_url, can_create, can_read) as url:
        yield url


@on_postgresql
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_a_role_that_may_not_alter_the_tables(
    driver: str, filled_url: str, stranger: str, shell: Shell
) -> None:
    url = with_driver(stranger, driver)
    with support.unchanged(filled_url):
        assert "must be owner of" in shell.error("adopt", "--url", url, "--owner-email", ADA)


@on_postgresql
def test_a_role_that_may_not_even_read_the_tables(
    filled_url: str, stranger: str, shell: Shell
) -> None:
    execute(filled_url, f"REVOKE ALL ON {', '.join(legacy.TABLES)} FROM {role_of(stranger)}")
    with support.unchanged(filled_url):
        error = shell.error("adopt", "--url", stranger, "--owner-email", ADA)
    assert "must be owner of" in error or "permission denied" in error


def role_of(url: str) -> str:
    options = make_url(url).query["options"]
    assert isinstance(options, str)
    return options.removeprefix("-c role=")


NO_HASHES = (
    """
    CREATE FUNCTION meddle() RETURNS event_trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_regclass('public.users') IS NOT NULL THEN
            ALTER TABLE users DROP CONSTRAINT IF EXISTS no_hashes;
            ALTER TABLE users ADD CONSTRAINT no_hashes CHECK (hashed_password IS NULL);
        END IF;
    END $$
    """,
    """
    CREATE EVENT TRIGGER meddle ON ddl_command_end WHEN tag IN ('CREATE TABLE')
    EXECUTE FUNCTION meddle()
    """,
)


@on_postgresql
@pytest.mark.parametrize("driver", ["psycopg2", "psycopg"])
def test_a_row_that_the_database_refuses_is_not_shown(
    driver: str, empty_url: str, shell: Shell
) -> None:
    """PostgreSQL would tell all that is in it."""
    support.fill(empty_url, FOCUSFLOW, rows_of(FOCUSFLOW))
    execute(empty_url, *NO_HASHES)
    with support.unchanged(empty_url):
        error = shell.error("adopt", "--url", with_driver(empty_url, driver))
    assert "no_hashes" in error
    assert "$2b$" not in error
    assert ADA not in error


@pytest.mark.parametrize(
    "arguments", [["--schema", "app"], ["--dry-run=yes"], ["--owner-email"], ["nonsense"]]
)
def test_arguments_that_make_no_sense_are_refused_with_the_usage(
    arguments: list[str], shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        shell("adopt", *arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m trackercore")
