"""A dry run tells what would happen, and nothing has happened."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from tests.adoption import dirty, support
from tests.adoption.legacy import fill_loose
from tests.adoption.test_kinds import ROWS, owner_of, rows_of
from trackercore import adopt


def test_it_changes_nothing_and_reports_what_adopting_will(backend: str, empty_url: str) -> None:
    given = dirty.generate(3, backend)
    with support.connect(empty_url) as connection:
        fill_loose(connection, given.rows, given.columns, zoned=given.zoned)
    before = support.dump_of(empty_url)
    report = adopt(empty_url, owner_email=given.owner_email, dry_run=True)
    assert support.dump_of(empty_url) == before
    real = adopt(empty_url, owner_email=given.owner_email)
    assert report.model_copy(update={"dry_run": False}) == real


def test_it_names_the_user_who_would_be_made(empty_url: str) -> None:
    support.fill(empty_url, "both, FocusFlow by its SQL script", ROWS)
    report = adopt(empty_url, owner_email="new@example.com", dry_run=True)
    assert report.owner_id == 3
    assert adopt(empty_url, owner_email="new@example.com").owner_id == 3


def test_of_what_is_adopted_finds_nothing_to_do(empty_url: str) -> None:
    support.fill(empty_url, "StudyTracker", rows_of("StudyTracker"))
    revision = adopt(empty_url, owner_email="ada@example.com").revision
    before = support.dump_of(empty_url)
    report = adopt(empty_url, dry_run=True)
    assert (report.kept, report.corrected, report.rejected) == ({}, (), ())
    assert report.revision == revision
    assert support.dump_of(empty_url) == before


def files(url: str) -> dict[str, bytes]:
    """The database's file and the files that SQLite puts next to it."""
    path = Path(str(make_url(url).database))
    return {found.name: found.read_bytes() for found in path.parent.glob(f"{path.name}*")}


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_stays_the_same_byte_for_byte(mode: str, empty_url: str) -> None:
    """Two of them have its journal mode."""
    with support.connect(empty_url) as connection:
        connection.execute(text(f"PRAGMA journal_mode={mode}"))
    kind = "both, FocusFlow by its SQL script"
    support.fill(empty_url, kind, ROWS)
    before = files(empty_url)
    assert len(before) == 1
    adopt(empty_url, owner_email=owner_of(kind), dry_run=True)
    assert files(empty_url) == before
