"""docs/examples/quickstart.py and from_csv.py.

The files of real events are loaded by a process of its own, as a newcomer would; small files of
events are loaded by calling `main`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

import from_csv
from tests.support.names import short
from trackercore import Base, StudySession, configure, get_session
from trackercore.table_prefix import VARIABLE, table_prefix

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
COMMITS = ROOT / "tests" / "data" / "commits.csv"
WORK = ROOT / "tests" / "data" / "work-sessions.csv"


def output(program: str, *arguments: object, url: str, cwd: Path) -> str:
    result = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / program), *map(str, arguments)],
        env={"DATABASE_URL": url, VARIABLE: table_prefix(), "PATH": ""},
        cwd=cwd,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def row_counts(url: str) -> dict[str, int]:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.connect() as connection:
        counts = {
            short(name): connection.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }
    engine.dispose()
    return counts


@pytest.mark.slow
def test_the_quickstart_prints_the_same_when_it_is_run_again(
    empty_url: str, tmp_path: Path
) -> None:
    first = output("quickstart.py", url=empty_url, cwd=tmp_path)
    stored = row_counts(empty_url)
    assert "Run     day           8        8" in first
    assert "Water the plants (overdue)" in first
    assert output("quickstart.py", url=empty_url, cwd=tmp_path) == first
    assert row_counts(empty_url) == stored


def test_the_quickstart_uses_a_file_in_the_working_directory_by_default(tmp_path: Path) -> None:
    output("quickstart.py", url="", cwd=tmp_path)
    assert (tmp_path / "trackercore.db").exists()


@pytest.mark.slow
def test_the_real_data_gives_the_figures_in_the_docs_and_loading_it_again_changes_nothing(
    empty_url: str, tmp_path: Path
) -> None:
    page = (ROOT / "docs" / "explanation" / "real-data.md").read_text(encoding="utf-8")
    documented = page.partition("```text\n")[2].partition("\n```")[0]
    first = output("from_csv.py", COMMITS, WORK, url=empty_url, cwd=tmp_path)
    assert first.rstrip() == documented

    stored = row_counts(empty_url)
    again = output("from_csv.py", COMMITS, WORK, url=empty_url, cwd=tmp_path)
    assert row_counts(empty_url) == stored
    first = first.replace("16860 new check-ins", "0 new check-ins")
    assert again == first.replace("6537 new sessions, 0", "0 new sessions, 6537")


Load = Callable[[str], str]


@pytest.fixture
def load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Load]:
    """Loads the text of a file of events into a new database, and returns what is printed."""
    path = tmp_path / "events.csv"
    monkeypatch.setattr("sys.argv", ["from_csv.py", str(path)])
    monkeypatch.setattr("trackercore.database._default", None)
    database = configure(f"sqlite:///{tmp_path / 'events.db'}")

    def load(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        from_csv.main()
        return capsys.readouterr().out

    yield load
    database.dispose()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("when\n2026-01-01\n", "no column committed_at"),
        ("committed_at\n9000-01-01T10:00:00Z\n", "9000-01-01 is in the future"),
        (
            "topic,started_at,ended_at\nlib,2026-01-05T10:00:00Z,2026-01-05T09:00:00Z\n",
            "line 2: the session ended before it started",
        ),
        (
            "topic,started_at,ended_at\nlib,2026-01-05T10:00:00Z,2026-02-05T10:00:01Z\n",
            "line 2: a session takes 31 days at most",
        ),
        (
            (
                "topic,started_at,ended_at\n"
                "lib,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n"
                "doc,2026-01-05T10:59:59Z,2026-01-05T12:00:00Z\n"
            ),
            "overlaps items[0] (external_id 'lib 2026-01-05T10:00:00Z",
        ),
        (
            "topic,started_at,ended_at\nlib,9000-01-05T10:00:00Z,9000-01-05T11:00:00Z\n",
            "9000-01-05 is in the future",
        ),
        (
            "topic,started_at,ended_at\n,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n",
            "at least 1 character",
        ),
        ("committed_at\nyesterday\n", "line 2: 'yesterday' is not an ISO 8601"),
        ("committed_at\n2026-01-01T10:00:00\n", "line 2: '2026-01-01T10:00:00' has no UTC offset"),
    ],
)
def test_a_file_that_is_no_event_file_is_named_with_its_fault(
    text: str, message: str, load: Load
) -> None:
    with pytest.raises(SystemExit) as refused:
        load(text)
    assert isinstance(refused.value.code, str)  # printed, without a traceback; the status is 1
    assert "events.csv" in refused.value.code
    assert message in refused.value.code


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "events.csv: no events"),
        ("committed_at\n", "events.csv: no events"),
        (
            "topic,started_at,ended_at\nlib,2026-01-05T10:00:00Z,2026-01-05T10:00:00Z\n",
            "events.csv: 1 events, none of a second or more",
        ),
        ("\ufeffcommitted_at\n2026-01-01T10:00:00Z\n", "1 events on 1 days, 4 new check-ins"),
    ],
)
def test_a_file_with_little_in_it_is_read_like_any_other(
    text: str, message: str, load: Load
) -> None:
    assert message in load(text)


def test_a_session_is_cut_at_midnight_of_the_user_and_a_short_one_left_out(load: Load) -> None:
    printed = load(
        "topic,started_at,ended_at\n"
        "lib,2026-01-01T23:49:30+01:00,2026-01-03T01:59:30+01:00\n"  # 70.5 min, a day, 59.5 min
        "lib,2026-01-05T10:00:00+01:00,2026-01-05T10:00:00.9+01:00\n"
        "doc,2026-01-06T23:00:00+01:00,2026-01-07T01:00:00+01:00\n"  # midnight of UTC is at 1
    )
    assert "events.csv: 3 events, 2 new sessions, 0 known" in printed
    assert "lib          1570         3" in printed
    assert "doc           120         1" in printed

    with get_session(read_only=True) as session:
        stored = session.scalars(select(StudySession).order_by(StudySession.started_at)).all()
    assert [(row.study_date, row.duration_seconds) for row in stored] == [
        (date(2026, 1, 1), 4230),
        (date(2026, 1, 2), 86_400),
        (date(2026, 1, 3), 3570),
        (date(2026, 1, 6), 7200),
    ]
    assert [row.external_id for row in stored] == [
        "lib 2026-01-01T23:49:30+01:00 2026-01-03T01:59:30+01:00",
        None,
        None,
        "doc 2026-01-06T23:00:00+01:00 2026-01-07T01:00:00+01:00",
    ]
