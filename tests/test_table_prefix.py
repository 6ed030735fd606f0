"""The prefix of all names: how it is given, and what is refused."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest
from sqlalchemy import Table

from tests.support.names import named, short
from tests.support.shell import start
from trackercore import (
    Base,
    CannotAdopt,
    InvalidTablePrefix,
    ModelsAlreadyLoaded,
    SchemaOutOfDate,
    TrackerError,
    UnmanagedSchema,
    adopt,
    set_table_prefix,
)
from trackercore import table_prefix as module
from trackercore.migrations import state
from trackercore.table_prefix import LONGEST_NAME, MAX_LENGTH, VARIABLE, table_prefix

WRONG = {
    "a capital": "Tracker_",
    "a digit first": "1_",
    "a hyphen": "my-",
    "a space": "my ",
    "a line break": "my_\n",
    "a quote": 'my"',
    "a dot": "my.",
    "another alphabet": "ключ_",
    "PostgreSQL's": "pg_",
    "SQLite's": "sqlite_",
    "too long": "t" * (MAX_LENGTH + 1),
}


@pytest.fixture
def not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before the models are loaded."""
    monkeypatch.setattr(module, "_given", None)
    monkeypatch.setattr(module, "_in_use", None)
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.usefixtures("not_loaded")
class TestBeforeTheModelsAreLoaded:
    def test_there_is_none_by_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert table_prefix() == ""
        monkeypatch.setattr(module, "_in_use", None)
        monkeypatch.setenv(VARIABLE, "")
        assert table_prefix() == ""

    @pytest.mark.parametrize("prefix", ["", "t", "_", "tracker_", "v2_", "t" * MAX_LENGTH])
    def test_a_call_or_the_environment_gives_it(
        self, prefix: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        set_table_prefix(prefix)
        assert table_prefix() == prefix
        monkeypatch.setattr(module, "_given", None)
        monkeypatch.setattr(module, "_in_use", None)
        monkeypatch.setenv(VARIABLE, prefix)
        assert table_prefix() == prefix

    def test_the_last_call_counts_and_goes_before_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(VARIABLE, "Not valid, and not read")
        for prefix in ("one_", "other_"):
            set_table_prefix(prefix)
        assert table_prefix() == "other_"

    @pytest.mark.parametrize("prefix", WRONG.values(), ids=WRONG)
    def test_what_a_name_cannot_begin_with_is_refused(
        self, prefix: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(InvalidTablePrefix, match=f"at most {MAX_LENGTH} ") as caught:
            set_table_prefix(prefix)
        assert (caught.value.prefix, caught.value.variable) == (prefix, None)
        assert repr(prefix) in str(caught.value)
        assert table_prefix() == ""
        monkeypatch.setattr(module, "_in_use", None)
        monkeypatch.setenv(VARIABLE, prefix)
        with pytest.raises(InvalidTablePrefix, match=VARIABLE) as caught:
            table_prefix()
        assert caught.value.max_length == MAX_LENGTH


def test_afterwards_only_the_same_one_can_be_set() -> None:
    set_table_prefix(table_prefix())
    with pytest.raises(ModelsAlreadyLoaded, match="before anything else is imported") as caught:
        set_table_prefix("other_")
    assert (caught.value.table_prefix, caught.value.requested_prefix) == (table_prefix(), "other_")
    assert VARIABLE in str(caught.value)
    set_table_prefix(table_prefix())


def names(table: Table) -> set[str]:
    """All that a database calls something of a table."""
    constraints = {str(constraint.name) for constraint in table.constraints}
    indexes = {str(index.name) for index in table.indexes}
    sequences = {f"{table.name}_id_seq"} if "id" in table.columns else set[str]()
    return {table.name} | constraints | indexes | sequences


OURS = {name for table in Base.metadata.tables.values() for name in names(table)} | {
    state.VERSION_TABLE,
    f"{state.VERSION_TABLE}_pkc",
    state.REJECTED_TABLE,
}


def test_every_name_has_the_prefix() -> None:
    assert {named(name.replace(table_prefix(), "", 1)) for name in OURS} == OURS
    for table in Base.metadata.tables.values():
        assert table.name == table_prefix() + short(table.name)
        for name in names(table):
            assert table.name in name


def test_with_the_longest_prefix_no_name_has_more_than_63_characters() -> None:
    longest = max(OURS, key=len)
    assert len(longest.replace(table_prefix(), "", 1)) == len(LONGEST_NAME)
    assert named(LONGEST_NAME) in OURS
    assert MAX_LENGTH + len(LONGEST_NAME) == 63


def test_it_can_be_set_without_sqlalchemy() -> None:
    code = (
        "import sys\nfrom trackercore import set_table_prefix\nset_table_prefix('t_')\n"
        "assert not {'sqlalchemy', 'pydantic'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_adopt_refuses_it_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackercore.adoption.run.table_prefix", lambda: "tracker_")
    with pytest.raises(CannotAdopt, match=r"the table prefix is 'tracker_': adopt without one"):
        adopt("sqlite:///nowhere/tracker.db")


def test_errors_of_the_schema_name_the_variable() -> None:
    error = SchemaOutOfDate("0001", "0002", "tracker", "t_")
    assert str(error).endswith(f"{VARIABLE} to t_")
    assert VARIABLE not in str(SchemaOutOfDate("0001", "0002"))
    assert "adopt" not in str(UnmanagedSchema(("t_users",), table_prefix="t_"))


@pytest.mark.parametrize(
    "error",
    [
        InvalidTablePrefix("T", 9, VARIABLE),
        ModelsAlreadyLoaded("a_", "b_"),
        SchemaOutOfDate("0001", "0002", None, "t_"),
        UnmanagedSchema(("t_users",), False, "t_"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_pickling(error: TrackerError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), vars(again), str(again)) == (type(error), vars(error), str(error))


@pytest.mark.slow
def test_check_says_that_the_tables_have_no_prefix(file_url: str) -> None:
    assert start("upgrade", "--url", file_url, **{VARIABLE: ""}).returncode == 0
    result = start("check", "--url", file_url, **{VARIABLE: "my_"})
    assert (result.returncode, result.stdout) == (
        1,
        "no tables with the prefix 'my_': there are some without it\n",
    )


def test_the_command_line_reports_a_wrong_one_on_one_line() -> None:
    result = start("current", "--url", "sqlite://", **{VARIABLE: "Tracker"})
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("trackercore: error: the table prefix in TRACKERCORE_TABLE_")
    assert result.stderr.count("\n") == 1
