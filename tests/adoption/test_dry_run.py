"""A dry run tells what would happen, and nothing has happened."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.adoption import dirty, support
from tests.adoption.legacy import ADA, BOTH, ROWS
from trackercore import adopt

pytestmark = pytest.mark.slow


def test_it_changes_nothing_and_reports_what_adopting_will(backend: str, empty_url: str) -> None:
    given = dirty.generate(3, backend)
    support.put(empty_url, given)
    with support.unchanged(empty_url):
        report = adopt(empty_url, owner_email=given.owner_email, dry_run=True)
    real = adopt(empty_url, owner_email=given.owner_email)
    assert report.model_copy(update={"dry_run": False}) == real


def files(url: str) -> dict[str, bytes]:
    """The database's file and the files that SQLite puts next to it."""
    path = Path(str(make_url(url).database))
    return {found.name: found.read_bytes() for found in path.parent.glob(f"{path.name}*")}


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_stays_the_same_byte_for_byte(mode: str, empty_url: str) -> None:
    """Two of them have its journal mode."""
    support.execute(empty_url, f"PRAGMA journal_mode={mode}")
    support.fill(empty_url, BOTH, ROWS)
    before = files(empty_url)
    assert len(before) == 1
    adopt(empty_url, owner_email=ADA, dry_run=True)
    assert files(empty_url) == before
